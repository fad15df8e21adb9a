"""The floor: the node awaited directly."""

from __future__ import annotations


async def increment(state: dict[str, int]) -> dict[str, int]:
    """Do next to nothing, so that what is measured is the executor."""
    return {"count": state["count"] + 1}


async def one_node(rounds: int) -> None:
    """One async node."""
    for _ in range(rounds):
        await increment({"count": 1})
