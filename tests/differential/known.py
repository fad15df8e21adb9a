"""Programs worth trying every time: one for each part of a graph, and what once went wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from differential.programs import (
    END,
    START,
    Answer,
    Break,
    Bulk,
    Continue,
    Graph,
    Mend,
    Node,
    Order,
    Program,
    Replay,
    Route,
    Run,
    Step,
    Update,
)


def chain(*nodes: Node, **options: Any) -> Graph:
    """One node after the other."""
    names = [START, *(node.name for node in nodes)]
    return Graph(nodes, tuple(pairwise(names)), **options)


def side_by_side(*nodes: Node) -> Graph:
    """All nodes at once."""
    return Graph(nodes, tuple((START, node.name) for node in nodes))


def program(graph: Graph, *script: Step, **options: Any) -> Program:
    """Do this with that graph."""
    return Program(graph, script, **options)


A, B, C, D = (Node(name) for name in "abcd")
ASK_A, ASK_B = Node("a", asks=1), Node("b", asks=1)
INSIDE = chain(Node("ba", asks=1), Node("bb", asks=2))
JOIN = Graph((A, B, C, D), ((START, "a"), (START, "b"), ("b", "c")), joins=((("a", "c"), "d"),))
SENT = Graph((Node("a", sends=("b", "b", "b")), ASK_B), ((START, "a"),))
LOOP = chain(A, B, C, routes=(Route("c", (END, "a"), "word"),))
SENT_INSIDE = Graph((Node("ab", asks=1),), routes=(Route(START, ("ab", "ab"), "sends"),))

PROGRAMS: dict[str, Program] = {
    "a join waits for the longer branch": program(JOIN, Run(), Run(stream=True)),
    "a deferred node waits for the longer branch": program(
        Graph(
            (A, B, C, Node("d", defer=True)),
            ((START, "a"), (START, "b"), ("b", "c"), ("a", "d"), ("c", "d")),
        ),
        Run(stream=True),
    ),
    "a loop ends by its route": program(LOOP, Run(stream=True), Run(), Replay(2)),
    "a run may take as many supersteps as its limit": program(chain(A, B, C), Run(), limit=3),
    "a run that takes more than its limit is stopped": program(chain(A, B, C, D), Run(), limit=3),
    "nodes of one superstep merge by name": program(side_by_side(B, A, C), Run(stream=True)),
    "two writers of a plain key are refused": program(
        side_by_side(Node("a", ("word",)), Node("b", ("word",))), Run()
    ),
    "what is overwritten takes no more writes": program(
        side_by_side(Node("a", ("clear",)), B, Node("c", ("tags",))), Run(stream=True)
    ),
    "a node may return several updates": program(
        chain(Node("a", ("log", "list"))), Run(stream=True)
    ),
    "a node may write nothing": program(chain(Node("a", ("nothing",)), B), Run(stream=True)),
    "a node may be handed part of the state": program(chain(A, Node("b", part=True)), Run()),
    "a command goes besides the edges": program(
        Graph((Node("a", goes=("c",)), B, C), ((START, "a"), ("a", "b"))), Run(stream=True)
    ),
    "several routes of a node all count": program(
        Graph((A, B, C), ((START, "a"),), routes=(Route("a", ("b",)), Route("a", ("c",)))), Run()
    ),
    "send tasks ask, and are answered in parts": program(
        SENT, Run(stream=True), Answer(which="last"), Answer((False,), "first"), Answer((0,))
    ),
    "send tasks of a subgraph ask, and are answered in parts": program(
        chain(Node("a", inner=SENT_INSIDE)), Run(), Answer(which="first"), Answer()
    ),
    "one answer cannot be for two questions": program(
        side_by_side(ASK_A, ASK_B), Run(), Answer(which="bare")
    ),
    "two questions of a node are answered in turn": program(
        chain(Node("a", asks=2), B), Run(), Answer(("",)), Answer((["x"],), stream=True), Run()
    ),
    "a finished sibling of a question shows in the result": program(
        side_by_side(A, ASK_B, C), Run(stream=True), Answer(stream=True)
    ),
    "a route asks after its node": program(
        Graph((A, B), ((START, "a"),), routes=(Route("a", ("b", END), asks=True),)),
        Run(stream=True), Answer(("x",)),
    ),
    "a route asks after a subgraph that left by a command": program(
        Graph(
            (Node("a", inner=chain(Node("aa", leaves="b"))), B),
            ((START, "a"),),
            routes=(Route("a", ("b", END), asks=True),),
        ),
        Run(), Answer(),
    ),
    "a subgraph asks from two levels down": program(
        chain(A, Node("b", inner=chain(Node("bc", inner=chain(Node("bcd", asks=1)))))),
        Run(stream=True), Answer(stream=True), Run(),
    ),
    "a subgraph that asks twice keeps its own key": program(
        chain(Node("b", inner=Graph(INSIDE.nodes, INSIDE.edges, own=True))),
        Run(), Answer(), Answer(), Answer(),
    ),
    "a subgraph that a node calls asks": program(
        chain(Node("b", inner=INSIDE, calls=True)), Run(), Answer(), Answer(), Answer()
    ),
    "a called subgraph leaves for the graph around it": program(
        Graph((Node("a", inner=chain(Node("aa", leaves="b")), calls=True), B), ((START, "a"),)),
        Run(stream=True),
    ),
    "a subgraph stops at its breakpoint beside a sibling": program(
        side_by_side(A, Node("b", inner=chain(Node("ba"), before=("ba",)))),
        Run(stream=True), Continue(stream=True),
    ),
    "breakpoints stop a run and None continues it": program(
        chain(A, B, C, before=("b",), after=("b",)),
        Run(stream=True), Continue(), Continue(stream=True), Continue(stream=True),
    ),
    "breakpoints at every node": program(
        chain(A, ASK_B, before="*"), Run(), Continue(), Continue(stream=True), Answer()
    ),
    "a thread that failed behind a breakpoint takes new input": program(
        chain(A, B, after=("a",)), Run(), Break("b"), Continue(), Run("again"), Mend(), Continue()
    ),
    "a failed node runs again": program(
        chain(A, ASK_B), Break("b"), Run(), Mend(), Continue(stream=True), Answer()
    ),
    "None shows what is open": program(chain(ASK_A), Run(), Continue(stream=True), Continue()),
    "a command on a finished thread runs where it says": program(
        chain(A, B), Run(), Order("told", "b"), Order("again"), Order(goes="a", stream=True)
    ),
    "a replay begins with the state it finds": program(
        chain(A, ASK_B), Run(), Answer(), Replay(3, stream=True), Answer(("no",)), Replay(1)
    ),
    "an update replaces the question": program(
        chain(ASK_A, B), Run(), Update(as_node="a"), Continue(),
        Run(), Update(as_node="a", back=1), Continue(),
    ),
    "an update forks from an earlier checkpoint": program(
        chain(A, B, C), Run(), Update(("word",), "a", back=2), Continue(), Run("more", back=3)
    ),
    "an update before any node ran is from START": program(
        chain(ASK_A), Run(), Update(back=1), Continue(), Answer()
    ),
    "several updates in one superstep": program(
        chain(A, B), Run(), Bulk((("a", "a"), ("a", "b"))), Continue(stream=True)
    ),
    "a deferred node goes on waiting after an update": program(
        Graph(
            (A, B, Node("c", defer=True)),
            ((START, "a"), (START, "b"), ("b", "c"), ("a", "c")),
            before=("c",),
        ),
        Run(), Continue(), Run(),
    ),
}  # fmt: skip
