"""This project."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any

from typing_extensions import TypedDict

from hitl_nb import START, Command, InMemorySaver, Send, SqliteSaver, StateGraph, interrupt


class Count(TypedDict, total=False):
    """The smallest state there is."""

    count: int


class Spread(TypedDict, total=False):
    """What many tasks write into."""

    out: Annotated[list[int], operator.add]


class Chat(TypedDict, total=False):
    """A growing conversation."""

    turns: Annotated[list[str], operator.add]


async def increment(state: Count) -> Count:
    """Do next to nothing."""
    return {"count": state["count"] + 1}


async def one_node(rounds: int) -> None:
    """One async node."""
    graph = StateGraph(Count).add_node("increment", increment).add_edge(START, "increment")
    app = graph.compile()
    for _ in range(rounds):
        await app.ainvoke({"count": 1})


async def thousand_sends(rounds: int) -> None:
    """1,000 ``Send`` tasks and a join."""

    async def work(item: int) -> Spread:
        return {"out": [item]}

    async def join(state: Spread) -> Spread:
        return {"out": [len(state["out"])]}

    graph = StateGraph(Spread).add_node("work", work).add_node("join", join)
    graph.add_conditional_edges(
        START, lambda state: [Send("work", item) for item in range(1000)], ["work"]
    )
    app = graph.add_edge("work", "join").compile()
    for _ in range(rounds):
        await app.ainvoke({})


def approval() -> StateGraph:
    """Three nodes, the middle one asks."""

    async def draft(state: dict[str, Any]) -> dict[str, Any]:
        return {"draft": "We are sorry."}

    async def approve(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": interrupt({"question": "Send it?", "draft": state["draft"]})}

    async def send(state: dict[str, Any]) -> dict[str, Any]:
        return {"sent": state["answer"] == "yes"}

    graph = StateGraph(name="approval").add_sequence([draft, approve, send])
    return graph.add_edge(START, "draft")


async def pause_pure(rounds: int) -> None:
    """Pause and resume without a saver."""
    graph = approval()
    for _ in range(rounds):
        paused = await graph.execute({"request": "refund"})
        await graph.execute(Command(update=paused.final_state, resume="yes"))


async def _pause(saver: Any, rounds: int) -> None:
    app = approval().compile(saver)
    for number in range(rounds):
        config = {"configurable": {"thread_id": str(number)}}
        await app.ainvoke({"request": "refund"}, config)
        await app.ainvoke(Command(resume="yes"), config)


async def pause_in_memory(rounds: int) -> None:
    """Pause and resume with a saver in memory."""
    await _pause(InMemorySaver(), rounds)


async def pause_durable(rounds: int, folder: Path) -> None:
    """Pause and resume with an SQLite file; the answer is on disk when the call returns."""
    saver = SqliteSaver(folder / "threads.db")
    await _pause(saver, rounds)
    saver.close()


async def long_thread(rounds: int, folder: Path) -> None:
    """One durable thread of ``rounds`` turns of 400 bytes."""

    async def turn(state: Chat) -> Chat:
        return {"turns": ["x" * 400]}

    saver = SqliteSaver(folder / "threads.db")
    app = StateGraph(Chat).add_node("turn", turn).add_edge(START, "turn").compile(saver)
    for _ in range(rounds):
        await app.ainvoke({}, {"configurable": {"thread_id": "one"}})
    saver.close()
