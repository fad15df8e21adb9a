"""LangGraph."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict


class Count(TypedDict, total=False):
    """The smallest state there is."""

    count: int


class Spread(TypedDict, total=False):
    """What many tasks write into."""

    out: Annotated[list[int], operator.add]


class Refund(TypedDict, total=False):
    """What an approval needs."""

    request: str
    draft: str
    answer: str
    sent: bool


class Chat(TypedDict, total=False):
    """A growing conversation."""

    turns: Annotated[list[str], operator.add]


async def increment(state: Count) -> Count:
    """Do next to nothing."""
    return {"count": state["count"] + 1}


async def one_node(rounds: int) -> None:
    """One async node."""
    graph = StateGraph(Count)
    graph.add_node("increment", increment)
    graph.add_edge(START, "increment")
    app = graph.compile()
    for _ in range(rounds):
        await app.ainvoke({"count": 1})


async def thousand_sends(rounds: int) -> None:
    """1,000 ``Send`` tasks and a join."""

    async def work(item: int) -> Spread:
        return {"out": [item]}

    async def join(state: Spread) -> Spread:
        return {"out": [len(state["out"])]}

    graph = StateGraph(Spread)
    graph.add_node("work", work)
    graph.add_node("join", join)
    graph.add_conditional_edges(
        START, lambda state: [Send("work", item) for item in range(1000)], ["work"]
    )
    graph.add_edge("work", "join")
    app = graph.compile()
    for _ in range(rounds):
        await app.ainvoke({})


async def _pause(saver: Any, rounds: int) -> None:
    async def draft(state: Refund) -> Refund:
        return {"draft": "We are sorry."}

    async def approve(state: Refund) -> Refund:
        return {"answer": interrupt({"question": "Send it?", "draft": state["draft"]})}

    async def send(state: Refund) -> Refund:
        return {"sent": state["answer"] == "yes"}

    graph = StateGraph(Refund)
    graph.add_sequence([draft, approve, send])
    graph.add_edge(START, "draft")
    app = graph.compile(saver)
    for number in range(rounds):
        config: Any = {"configurable": {"thread_id": str(number)}}
        await app.ainvoke({"request": "refund"}, config)
        await app.ainvoke(Command(resume="yes"), config)


async def pause_in_memory(rounds: int) -> None:
    """Pause and resume with a saver in memory."""
    await _pause(InMemorySaver(), rounds)


async def pause_durable(rounds: int, folder: Path) -> None:
    """Pause and resume with an SQLite file."""
    async with AsyncSqliteSaver.from_conn_string(str(folder / "threads.db")) as saver:
        await _pause(saver, rounds)


async def long_thread(rounds: int, folder: Path) -> None:
    """One durable thread of ``rounds`` turns of 400 bytes."""

    async def turn(state: Chat) -> Chat:
        return {"turns": ["x" * 400]}

    graph = StateGraph(Chat)
    graph.add_node("turn", turn)
    graph.add_edge(START, "turn")
    async with AsyncSqliteSaver.from_conn_string(str(folder / "threads.db")) as saver:
        app = graph.compile(saver)
        for _ in range(rounds):
            await app.ainvoke({}, {"configurable": {"thread_id": "one"}})
