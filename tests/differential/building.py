"""Realise a program on either library: the same code, only the imports differ."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

import langgraph.checkpoint.memory
import langgraph.graph
import langgraph.types
from differential.programs import Graph, Node, Route, Writes

import hitl_nb


class Broken(Exception):
    """What a node raises that was told to fail."""


def peak(left: int, right: int) -> int:
    """Keep the greater."""
    return max(left, right)


def unite(left: list[str], right: list[str]) -> list[str]:
    """Add what is not there yet."""
    return left + [item for item in right if item not in left]


class State(TypedDict, total=False):
    """What all graphs share: a plain key and three with reducers."""

    word: str
    log: Annotated[list[str], operator.add]
    peak: Annotated[int, peak]
    tags: Annotated[list[str], unite]


class OwnState(State, total=False):
    """The state of a graph with a key that the graph around it does not have."""

    own: Annotated[list[str], operator.add]


class PartState(TypedDict, total=False):
    """What a node that asks for part of the state is handed."""

    log: Annotated[list[str], operator.add]


@dataclass(frozen=True)
class Library:
    """The names a program needs, from one library or the other."""

    name: str
    StateGraph: Any
    START: str
    END: str
    Command: Any
    Send: Any
    Overwrite: Any
    interrupt: Any
    InMemorySaver: Any
    StateUpdate: Any


OURS = Library(
    "hitl_nb",
    hitl_nb.StateGraph,
    hitl_nb.START,
    hitl_nb.END,
    hitl_nb.Command,
    hitl_nb.Send,
    hitl_nb.Overwrite,
    hitl_nb.interrupt,
    hitl_nb.InMemorySaver,
    hitl_nb.StateUpdate,
)
THEIRS = Library(
    "langgraph",
    langgraph.graph.StateGraph,
    langgraph.graph.START,
    langgraph.graph.END,
    langgraph.types.Command,
    langgraph.types.Send,
    langgraph.types.Overwrite,
    langgraph.types.interrupt,
    langgraph.checkpoint.memory.InMemorySaver,
    langgraph.types.StateUpdate,
)


@dataclass
class Builder:
    """Make graphs of one library.

    Args:
        library: Whose.
        broken: The nodes that fail at the moment.
        ran: How often each node ran.
    """

    library: Library
    broken: set[str] = field(default_factory=set)
    ran: list[str] = field(default_factory=list)

    def compile(self, graph: Graph, checkpointer: Any = None) -> Any:
        """Declare a graph and compile it."""
        declared = self.library.StateGraph(OwnState if graph.own else State)
        for node in graph.nodes:
            declared.add_node(node.name, self.action(node), defer=node.defer)
        for start, end in graph.edges:
            declared.add_edge(start, end)
        for starts, end in graph.joins:
            declared.add_edge(list(starts), end)
        for number, route in enumerate(graph.routes):
            self.add_route(declared, route, number)
        if graph.entry:
            declared.set_entry_point(graph.entry)
        options = {"checkpointer": checkpointer} if checkpointer is not None else {}
        stops = {name: _names(getattr(graph, name)) for name in ("before", "after")}
        return declared.compile(
            **options, interrupt_before=stops["before"], interrupt_after=stops["after"]
        )

    def action(self, node: Node) -> Any:
        """Return the function or the graph that is the node."""
        if node.inner is None:
            return self.function(node)
        app = self.compile(node.inner)
        if not node.calls:
            return app

        def call(state: State) -> Any:
            self.ran.append(node.name)
            result = app.invoke({"word": state.get("word", "-")})
            return {"log": [f"{node.name}<{len(result['log'])}>", *result["log"]]}

        async def acall(state: State) -> Any:
            self.ran.append(node.name)
            result = await app.ainvoke({"word": state.get("word", "-")})
            return {"log": [f"{node.name}<{len(result['log'])}>", *result["log"]]}

        return acall if node.is_async else call

    def function(self, node: Node) -> Callable[..., Any]:
        """Return the function that is the node."""

        def body(state: Mapping[str, Any]) -> Any:
            self.ran.append(node.name)
            if node.name in self.broken:
                raise Broken(node.name)
            seen = f"{node.name}/{state.get('word', '-')}/{len(state.get('log', ()))}"
            asked = [self.library.interrupt(_payload(seen, n)) for n in range(node.asks)]
            return self.returned(node, seen + "".join(f"={item!r}" for item in asked))

        def whole(state: State) -> Any:
            return body(state)

        def part(state: PartState) -> Any:
            return body(state)

        async def awhole(state: State) -> Any:
            return body(state)

        async def apart(state: PartState) -> Any:
            return body(state)

        if node.is_async:
            return apart if node.part else awhole
        return part if node.part else whole

    def returned(self, node: Node, shown: str) -> Any:
        """Return what a node returns that shows ``shown``."""
        update = self.update(node.writes, shown)
        if node.leaves:
            return self.library.Command(
                update=update, goto=node.leaves, graph=self.library.Command.PARENT
            )
        if not node.goes and not node.sends:
            return self.listed(update) if "list" in node.writes else update
        goto = [*node.goes, *self.sends(node.name, node.sends)]
        return self.library.Command(update=update, goto=goto[0] if len(goto) == 1 else goto)

    def update(self, writes: tuple[Writes, ...], shown: str) -> dict[str, Any] | None:
        """Return an update of the keys."""
        values: dict[str, Any] = {
            "log": [shown],
            "word": shown.partition("/")[0],
            "peak": len(shown),
            "tags": [shown[0], "tag"],
        }
        update: dict[str, Any] = {key: value for key, value in values.items() if key in writes}
        if "clear" in writes:
            update["log"] = self.library.Overwrite([shown])
        return update or None

    def listed(self, update: dict[str, Any] | None) -> Any:
        """Return an update as a list of updates and a command."""
        return [self.library.Command(update=update), {"tags": ["listed"]}]

    def sends(self, source: str, targets: tuple[str, ...]) -> list[Any]:
        """Return one send for each target, each with a word of its own."""
        return [
            self.library.Send(target, {"word": f"{source}{place}", "log": []})
            for place, target in enumerate(targets)
        ]

    def add_route(self, declared: Any, route: Route, number: int) -> None:
        """Add a conditional edge."""
        words = {f"to {target}": target for target in route.targets}

        def choose(state: State) -> Any:
            length = len(state.get("log", ()))
            if route.asks:
                seen = f"{route.source}~{number}/{state.get('word', '-')}/{length}"
                length = len(repr(self.library.interrupt(_payload(seen, 0))))
            place = length % len(route.targets)
            if route.how == "several":
                return list(route.targets[place:])
            if route.how == "sends":
                return self.sends(route.source, route.targets[place:])
            return list(words)[place] if route.how == "word" else route.targets[place]

        choose.__name__ = f"route_{number}"
        if route.how in ("word", "listed"):
            mapping = words if route.how == "word" else list(route.targets)
            declared.add_conditional_edges(route.source, choose, mapping)
        else:
            declared.add_conditional_edges(route.source, choose)


def _payload(seen: str, number: int) -> Any:
    return f"{seen}?" if number == 0 else {"ask": seen, "number": number}


def _names(names: Any) -> Any:
    return names if names == "*" else list(names)
