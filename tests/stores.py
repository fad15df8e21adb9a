"""One place that keeps threads, opened as often as a test likes."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

from hitl_nb import START, CompiledGraph, InMemorySaver, SqliteSaver, StateGraph
from hitl_nb.savers import Saver

THREAD = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[Any], operator.add]


class Store:
    """A store in memory, or in a file; each ``saver()`` is what another process would open."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._savers: list[Saver] = [] if path else [InMemorySaver()]

    def saver(self) -> Saver:
        if self.path is not None:
            self._savers.append(SqliteSaver(self.path))
        return self._savers[-1]

    def keep(self, graph: StateGraph, **options: Any) -> CompiledGraph:
        """Compile a graph over a saver of its own."""
        return graph.compile(self.saver(), **options)

    def close(self) -> None:
        for saver in self._savers:
            saver.close()


def chain(*functions: Any, schema: Any = State, **options: Any) -> StateGraph:
    """Declare nodes that run one after the other."""
    graph = StateGraph(schema, name="chain")
    previous = START
    for function in functions:
        graph.add_node(function, **options).add_edge(previous, function.__name__)
        previous = function.__name__
    return graph


def side_by_side(*functions: Any, schema: Any = State) -> StateGraph:
    """Declare nodes that run in one superstep."""
    graph = StateGraph(schema, name="side by side")
    for function in functions:
        graph.add_node(function).add_edge(START, function.__name__)
    return graph


def asked(result: dict[str, Any]) -> list[Any]:
    """Return the payloads of the questions a result holds."""
    return [item.value for item in result.get("__interrupt__", ())]
