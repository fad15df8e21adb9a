"""Print one table: what a step costs here, in LangGraph, and as a bare await.

Run with ``make benchmark``; ``--smoke`` runs everything once, to see that it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict

Work = Callable[[], Awaitable[Any]]


class State(TypedDict, total=False):
    """The smallest state there is."""

    count: int


async def increment(state: State) -> State:
    """Do next to nothing, so that what is measured is the executor."""
    return {"count": state["count"] + 1}


def ours() -> Work:
    """One async node here."""
    from hitl_nb import START, StateGraph

    app = StateGraph(State).add_node("increment", increment).add_edge(START, "increment").compile()
    return lambda: app.ainvoke({"count": 1})


def langgraph() -> Work:
    """The same node in LangGraph."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("increment", increment)
    graph.add_edge(START, "increment")
    app = graph.compile()
    return lambda: app.ainvoke({"count": 1})


def bare() -> Work:
    """The node awaited directly."""
    return lambda: increment({"count": 1})


async def microseconds(work: Work, rounds: int) -> float:
    """Return the median time of one call over five batches."""
    batches = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(rounds):
            await work()
        batches.append((time.perf_counter() - started) / rounds)
    return statistics.median(batches) * 1e6


def import_milliseconds(statement: str, rounds: int) -> float:
    """Return the median time an import adds to a bare interpreter."""

    def start(program: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - started

    added = [start(statement) - start("pass") for _ in range(rounds)]
    return statistics.median(added) * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="run everything once")
    smoke = parser.parse_args().smoke

    print(f"{'what':<28}{'hitl_nb':>12}{'LangGraph':>12}{'bare':>10}{'ratio':>8}")
    rounds = 2 if smoke else 2_000
    steps = [asyncio.run(microseconds(make(), rounds)) for make in (ours, langgraph, bare)]
    show("one async node, µs", *steps)
    rounds = 1 if smoke else 11
    theirs = import_milliseconds("import langgraph.graph", rounds)
    show("import, ms", import_milliseconds("import hitl_nb", rounds), theirs)
    used = "from hitl_nb import StateGraph, interrupt, InMemorySaver"
    show("import and use names, ms", import_milliseconds(used, rounds), theirs)


def show(what: str, mine: float, theirs: float, floor: float | None = None) -> None:
    """Print one row; the ratio says how often ours fits into theirs."""
    bare_cost = "" if floor is None else f"{floor:.2f}"
    print(f"{what:<28}{mine:>12.1f}{theirs:>12.1f}{bare_cost:>10}{theirs / mine:>7.0f}×")


if __name__ == "__main__":
    main()
