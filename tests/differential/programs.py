"""Graph programs as plain data: what a graph is made of, and what is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

START, END = "__start__", "__end__"
Answering = Literal["all", "first", "last", "reversed", "bare"]
Writes = Literal["log", "word", "peak", "tags", "clear", "list", "nothing"]


class Shown:
    """Prints as the call that makes it, without what is left at its default."""

    def __repr__(self) -> str:
        parts = []
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            default = item.default if item.default is not MISSING else item.default_factory()  # type: ignore[misc, operator]
            if value != default:
                parts.append(f"{item.name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Node(Shown):
    """What a node does when it runs: ask, write, and say where to go.

    Args:
        name: Its name.
        writes: Which keys it writes; each shows what the node saw.
        asks: How many questions it asks, one after the other.
        goes: Nodes its command leads to, if any.
        sends: Nodes it sends one task each, with an input of their own.
        leaves: Where its command leads in the graph around its own.
        is_async: Whether it is a coroutine function.
        defer: Whether it waits until nothing else is left.
        part: Whether it is handed only the part of the state its annotation names.
        inner: The graph that is this node, or that it calls.
        calls: Whether it calls the inner graph itself.
    """

    name: str = ""
    writes: tuple[Writes, ...] = ("log",)
    asks: int = 0
    goes: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    leaves: str = ""
    is_async: bool = False
    defer: bool = False
    part: bool = False
    inner: Graph | None = None
    calls: bool = False


@dataclass(frozen=True, repr=False)
class Route(Shown):
    """A conditional edge: it picks among its targets by how long the log is.

    Args:
        source: The node it follows, or START.
        targets: Where it may lead.
        how: What it returns: a name, a word of a mapping, names from one on, or sends.
        asks: Whether it asks which way to go.
    """

    source: str = ""
    targets: tuple[str, ...] = ()
    how: Literal["name", "listed", "word", "several", "sends"] = "name"
    asks: bool = False


@dataclass(frozen=True, repr=False)
class Graph(Shown):
    """Nodes, and how one leads to the next.

    Args:
        nodes: The nodes.
        edges: Pairs of names.
        joins: Lists of names, each with the node that waits for them all.
        routes: Conditional edges.
        entry: The node to start at, by ``set_entry_point``, if not by an edge.
        before: Nodes to stop before; ``"*"`` means all.
        after: Nodes to stop after.
        own: Whether the state also has a key the graph around it does not have.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    joins: tuple[tuple[tuple[str, ...], str], ...] = ()
    routes: tuple[Route, ...] = ()
    entry: str = ""
    before: tuple[str, ...] | Literal["*"] = ()
    after: tuple[str, ...] | Literal["*"] = ()
    own: bool = False

    @property
    def stops(self) -> bool:
        """Whether it has static breakpoints."""
        return bool(self.before or self.after)

    def all_nodes(self) -> Iterator[Node]:
        """Yield the nodes, those of inner graphs included."""
        for node in self.nodes:
            yield node
            if node.inner is not None:
                yield from node.inner.all_nodes()

    def all_graphs(self) -> Iterator[Graph]:
        """Yield this graph and those inside it."""
        yield self
        for node in self.nodes:
            if node.inner is not None:
                yield from node.inner.all_graphs()


@dataclass(frozen=True, repr=False)
class Run(Shown):
    """Give new input, perhaps at an earlier checkpoint."""

    word: str = "in"
    stream: bool = False
    back: int = 0


@dataclass(frozen=True, repr=False)
class Order(Shown):
    """Give a command with an update, a goto or both as input."""

    word: str = ""
    goes: str = ""
    stream: bool = False


@dataclass(frozen=True, repr=False)
class Answer(Shown):
    """Answer what is open: a single question by value, several by their ids.

    Args:
        values: The answers, in the order of the questions.
        which: Which questions are answered, in which order; ``"bare"`` gives one answer by value,
            however many are open.
        by_id: Whether a single question is answered by its id too.
        word: What is written to the state along with the answer.
        stream: Whether the run is streamed.
    """

    values: tuple[Any, ...] = ("yes",)
    which: Answering = "all"
    by_id: bool = False
    word: str = ""
    stream: bool = False


@dataclass(frozen=True, repr=False)
class Continue(Shown):
    """Run on without any input."""

    stream: bool = False


@dataclass(frozen=True, repr=False)
class Replay(Shown):
    """Run on from an earlier checkpoint."""

    back: int = 1
    stream: bool = False


@dataclass(frozen=True, repr=False)
class Update(Shown):
    """Write to the state from outside, perhaps on an earlier checkpoint."""

    writes: tuple[Writes, ...] = ("log",)
    as_node: str = ""
    back: int = 0


@dataclass(frozen=True, repr=False)
class Bulk(Shown):
    """Write several supersteps from outside."""

    supersteps: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, repr=False)
class Break(Shown):
    """Let a node fail from now on."""

    node: str = ""


@dataclass(frozen=True, repr=False)
class Mend(Shown):
    """Let all nodes work again."""


Step = Run | Order | Answer | Continue | Replay | Update | Bulk | Break | Mend


@dataclass(frozen=True, repr=False)
class Program(Shown):
    """A graph and what is done with it.

    Args:
        graph: The graph.
        script: What is done, in order.
        by: Which doors are used.
        limit: The recursion limit.
    """

    graph: Graph = field(default_factory=Graph)
    script: tuple[Step, ...] = ()
    by: Literal["sync", "async"] = "sync"
    limit: int = 8

    def __str__(self) -> str:
        lines = [f"by {self.by} doors, recursion limit {self.limit}", *_lines(self.graph, "  ")]
        return "\n".join([*lines, *(f"  {step!r}" for step in self.script)])


def _lines(graph: Graph, indent: str) -> Iterator[str]:
    for node in graph.nodes:
        shown = repr(node)
        if node.inner is not None:
            shown = shown.replace(f", inner={node.inner!r}", "")
        yield f"{indent}{shown}"
        if node.inner is not None:
            yield from _lines(node.inner, indent + "    ")
    for item in fields(graph):
        value = getattr(graph, item.name)
        if item.name != "nodes" and value:
            yield f"{indent}{item.name}: {value!r}"
