"""Burr."""

from __future__ import annotations

from burr.core import ApplicationBuilder, State, action


@action(reads=["count"], writes=["count"])
async def increment(state: State) -> State:
    """Do next to nothing."""
    return state.update(count=state["count"] + 1)


async def one_node(rounds: int) -> None:
    """One async step of an application that is built once, and steps in a circle."""
    app = await (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_entrypoint("increment")
        .with_state(count=1)
        .abuild()
    )
    for _ in range(rounds):
        await app.astep()
