"""Turn what happens in an execution into the items of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from hitl_nb.run import Asked, Event, Execution, Finished, Stepped, Written, updates_of
from hitl_nb.types import INTERRUPT, START

STREAM_MODES = ("values", "updates", "custom")


async def watch(execution: Execution) -> AsyncGenerator[Event, None]:
    """Run an execution and yield its events; between supersteps it waits for the reader."""
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    execution.listen = lambda event: _hand_over(loop, events, event)
    while not execution.checkpoint.resting:
        step = asyncio.ensure_future(execution.superstep())
        step.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
        finally:
            if not step.done():
                step.cancel()
                await asyncio.wait({step})
        step.result()


def stream_items(event: Event) -> Iterator[tuple[str, Any]]:
    """Yield an event's stream items as pairs of mode and item."""
    match event:
        case Finished(task, outcome):
            yield "updates", {task.node: updates_of(outcome)}
        case Asked(_, questions):
            yield "updates", {INTERRUPT: questions}
        case Written(_, value):
            yield "custom", value
        case Stepped(before, after):
            values = dict(after.values)
            if after.questions:
                yield "values", {**values, INTERRUPT: after.pending}
            elif before.tasks[0].node != START:
                yield "values", values
            if after.stopped:
                yield "updates", {INTERRUPT: ()}


def label(mode: str, item: Any, asked: str | Sequence[str]) -> Any:
    """Return the item alone if one mode was asked for by name, else with its mode."""
    return item if isinstance(asked, str) else (mode, item)


def _hand_over(
    loop: asyncio.AbstractEventLoop, events: asyncio.Queue[Event | None], event: Event
) -> None:
    """Queue an event from whichever thread a node runs on."""
    loop.call_soon_threadsafe(events.put_nowait, event)
