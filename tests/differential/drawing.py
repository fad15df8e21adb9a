"""Draw programs: a shape, what its nodes do, and a script of what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from hypothesis import strategies as st

ANSWERS = ("yes", False, 0, "", ["x"], {"edit": 1}, 2.5)
WRITES = (
    ("log",), ("log",), ("log", "peak"), ("log", "tags"), ("log", "word"), ("clear",), ("tags",),
    ("log", "list"), ("nothing",),
)  # fmt: skip
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass
class Sketch:
    """The edges of a graph while its shape is drawn."""

    edges: list[tuple[str, str]] = field(default_factory=list)
    joins: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    goes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sends: dict[str, tuple[str, ...]] = field(default_factory=dict)


def chain(draw: Draw, names: Sequence[str]) -> Sketch:
    """One after the other."""
    return Sketch(edges=[*zip((START, *names), names, strict=False)])


def fan(draw: Draw, names: Sequence[str]) -> Sketch:
    """All side by side, and the last one after those before it."""
    *wide, last = names
    edges = [(START, name) for name in wide or names]
    return Sketch(edges=edges + [(name, last) for name in wide])


def join(draw: Draw, names: Sequence[str]) -> Sketch:
    """Branches of different length that one node waits for."""
    if len(names) < 3:
        return chain(draw, names)
    first, second, *rest = names
    sketch = Sketch(edges=[(START, first), (START, second)])
    if len(rest) > 1:
        sketch.edges.append((second, rest[0]))
        second = rest[0]
    sketch.joins.append(((first, second), rest[-1]))
    return sketch


def loop(draw: Draw, names: Sequence[str]) -> Sketch:
    """A chain whose end may lead back to its beginning."""
    sketch = chain(draw, names)
    back = draw(st.sampled_from(names))
    how = draw(st.sampled_from(("name", "listed", "word")))
    sketch.routes.append(Route(names[-1], (back, END), how, draw(_one_in(3))))
    return sketch


def choice(draw: Draw, names: Sequence[str]) -> Sketch:
    """A way in, or a first node, with a choice of the rest."""
    how = draw(st.sampled_from(("name", "listed", "word", "several")))
    asks = draw(_one_in(3))
    if len(names) < 2 or draw(st.booleans()):
        return Sketch(routes=[Route(START, tuple(names), how, asks=False)])
    first, *rest = names
    return Sketch(edges=[(START, first)], routes=[Route(first, (*rest, END), how, asks)])


def spread(draw: Draw, names: Sequence[str]) -> Sketch:
    """Send tasks, by a route or a command, and what comes after them."""
    if len(names) < 2:
        return Sketch(routes=[Route(START, tuple(names) * 2, "sends")])
    first, second, *rest = names
    sketch = Sketch(edges=[(START, first), *((second, name) for name in rest[:1])])
    targets = draw(st.sampled_from(((second,), (second, second), (second, *rest[:1], second))))
    if draw(st.booleans()):
        sketch.sends[first] = targets
    else:
        sketch.routes.append(Route(first, targets, "sends", draw(_one_in(3))))
    return sketch


def command(draw: Draw, names: Sequence[str]) -> Sketch:
    """Nodes that say themselves where to go."""
    sketch = Sketch(edges=[(START, names[0])])
    for name, after in pairwise(names):
        goes = st.sampled_from(((after,), (after, names[-1]), (END,), (names[-1],)))
        sketch.goes[name] = draw(goes)
    return sketch


def free(draw: Draw, names: Sequence[str]) -> Sketch:
    """Any edges at all."""
    sources, targets = st.sampled_from((START, *names)), st.sampled_from((*names, END))
    pairs = st.lists(st.tuples(sources, targets), max_size=5)
    return Sketch(edges=[(START, names[0]), *draw(pairs)])


def _one_in(count: int) -> st.SearchStrategy[bool]:
    return st.integers(0, count).map(lambda dice: dice == count)


SHAPES = (chain, fan, join, loop, choice, spread, command, free)


@st.composite
def graphs(
    draw: Draw, prefix: str = "", depth: int = 2, *, is_async: bool = False, asking: bool = False
) -> Graph:
    """Draw a graph; its nodes may be graphs, ``depth`` deep."""
    inner = depth < 2
    names = [prefix + letter for letter in "abcd"[: draw(st.integers(1, 2 if inner else 4))]]
    sketch = draw(st.sampled_from(SHAPES))(draw, names)
    if draw(_one_in(4)):
        source, target = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        sketch.routes.append(Route(source, (END, target), "name"))
    nodes = [draw(_nodes(name, sketch, depth, is_async, asking)) for name in names]
    if inner and not sketch.routes and not sketch.sends and not sketch.goes and draw(_one_in(5)):
        nodes[-1] = replace(nodes[-1], leaves=f"{prefix[:-1]}a", goes=(), sends=())
    before, after = draw(_stops(names)), draw(_stops(names))
    edges = tuple(dict.fromkeys(sketch.edges))
    entry = ""
    if edges and edges[0][0] == START and draw(_one_in(4)):
        (_, entry), *rest = edges
        edges = tuple(rest)
    return Graph(
        tuple(nodes),
        edges,
        tuple(sketch.joins),
        tuple(sketch.routes),
        entry,
        before,
        after if not inner else (),
        own=inner and draw(st.booleans()),
    )


@st.composite
def _nodes(draw: Draw, name: str, sketch: Sketch, depth: int, is_async: bool, asking: bool) -> Node:
    if depth and draw(_one_in(6)) and not sketch.goes and not sketch.sends:
        nested = draw(graphs(name, depth - 1, is_async=is_async, asking=asking))
        return Node(name, inner=nested, calls=draw(_one_in(3)), is_async=is_async)
    return Node(
        name,
        draw(st.sampled_from(WRITES)),
        draw(st.sampled_from((1, 1, 0, 2) if asking else (0, 0, 0, 1))),
        sketch.goes.get(name, ()),
        sketch.sends.get(name, ()),
        is_async=is_async and draw(st.booleans()),
        defer=draw(_one_in(9)),
        part=draw(_one_in(9)),
    )


def _stops(names: Sequence[str]) -> st.SearchStrategy[Any]:
    some = st.sampled_from(names).map(lambda name: (name,))
    return st.integers(0, 9).flatmap(
        lambda dice: st.just("*") if dice == 9 else some if dice == 8 else st.just(())
    )


def _steps(names: Sequence[str], answers: int) -> st.SearchStrategy[Step]:
    node, stream = st.sampled_from(names), st.booleans()
    one = st.sampled_from(ANSWERS).map(lambda value: (value,))
    answer = st.builds(
        Answer,
        one | st.permutations(ANSWERS).map(tuple),
        st.sampled_from(("all", "all", "all", "first", "last", "reversed", "bare")),
        st.booleans(),
        st.sampled_from(("", "", "", "told")),
        stream,
    )
    names_of = st.lists(node, min_size=1, max_size=2).map(tuple)
    again: tuple[st.SearchStrategy[Any], ...] = (
        st.builds(Run, st.sampled_from(("in", "again")), stream, st.sampled_from((0, 0, 0, 1, 2))),
        st.builds(Continue, stream),
        st.builds(Order, st.sampled_from(("", "ordered")), node, stream),
        st.builds(Replay, st.integers(1, 4), stream),
        st.builds(
            Update, st.sampled_from(WRITES), node | st.just(""), st.sampled_from((0, 0, 1, 2))
        ),
        st.builds(Bulk, st.lists(names_of, min_size=1, max_size=2).map(tuple)),
        st.builds(Break, node),
        st.just(Mend()),
    )
    kinds: list[st.SearchStrategy[Any]] = [answer] * answers + list(again)
    return st.integers(0, len(kinds) - 1).flatmap(lambda place: kinds[place])


@st.composite
def programs(draw: Draw) -> Program:
    """Draw a program."""
    by = draw(st.sampled_from(("sync", "async")))
    asking = draw(st.booleans())
    graph = draw(graphs(is_async=by == "async", asking=asking))
    names = [node.name for node in graph.nodes]
    first = draw(st.builds(Run, st.just("in"), st.booleans(), st.just(0)))
    rest = draw(st.lists(_steps(names, 12 if asking else 3), max_size=6))
    return Program(graph, (first, *rest), by, draw(st.integers(4, 9)))
