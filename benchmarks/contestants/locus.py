"""Locus."""

from __future__ import annotations

from typing import Any

from locus.core.command import Command
from locus.core.interrupt import interrupt
from locus.multiagent.graph import StateGraph


async def increment(state: dict[str, Any]) -> dict[str, Any]:
    """Do next to nothing."""
    return {"count": state["count"] + 1}


async def one_node(rounds: int) -> None:
    """One async node."""
    graph = StateGraph(name="one")
    graph.add_node("increment", increment)
    graph.set_entry_point("increment")
    for _ in range(rounds):
        await graph.execute({"count": 1})


async def pause_pure(rounds: int) -> None:
    """Pause and resume without a saver."""

    async def draft(state: dict[str, Any]) -> dict[str, Any]:
        return {"draft": "We are sorry."}

    async def approve(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": interrupt({"question": "Send it?", "draft": state["draft"]})}

    async def send(state: dict[str, Any]) -> dict[str, Any]:
        return {"sent": state["answer"] == "yes"}

    graph = StateGraph(name="approval")
    for name, node in (("draft", draft), ("approve", approve), ("send", send)):
        graph.add_node(name, node)
    graph.set_entry_point("draft")
    graph.add_edge("draft", "approve")
    graph.add_edge("approve", "send")
    for _ in range(rounds):
        paused = await graph.execute({"request": "refund"})
        await graph.execute(Command(update=paused.final_state, resume="yes"))
