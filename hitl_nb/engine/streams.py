"""Turn what happens in an execution into the items of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from hitl_nb.engine.events import Asked, Event, Failed, Finished, Started, Stepped, Written
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.node_results import updates_of
from hitl_nb.graph.planner import visible
from hitl_nb.types import INTERRUPT, START

STREAM_MODES = ("values", "updates", "custom", "tasks")


def check_modes(asked: str | Sequence[str]) -> None:
    """Refuse a stream mode nobody knows.

    Raises:
        ValueError: Naming it and those there are.
    """
    for mode in (asked,) if isinstance(asked, str) else asked:
        if mode not in STREAM_MODES:
            raise ValueError(f"Unknown stream_mode {mode!r}. Known: {', '.join(STREAM_MODES)}.")


async def stream_of(
    execution: Execution, asked: str | Sequence[str], *, subgraphs: bool, fresh: bool = True
) -> AsyncGenerator[Any, None]:
    """Run an execution and yield the items of the modes asked for.

    A run that goes on, unlike a ``fresh`` one, begins with the state it finds.
    """
    modes = (asked,) if isinstance(asked, str) else tuple(asked)
    begun = execution.checkpoint
    at_start = begun.tasks and begun.tasks[0].node == START
    if "values" in modes and not (fresh and at_start):
        yield _labelled("values", dict(begun.values), "", asked, subgraphs)
    if begun.resting and (pending := begun.pending):
        waits = {"updates": {}, "values": visible(execution.plan, begun)}
        for mode, item in waits.items():
            if mode in modes:
                shown = {**item, INTERRUPT: pending}
                yield _labelled(mode, shown, "", asked, subgraphs)
    try:
        async with aclosing(watch(execution)) as events:
            async for event in events:
                ns = event.ns.removeprefix(execution.ns)
                for mode, item in stream_items(event, execution):
                    if mode in modes and (subgraphs or not ns or mode == "custom"):
                        yield _labelled(mode, item, ns, asked, subgraphs)
    finally:
        await execution.release()


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
            if not step.cancelled():
                step.exception()  # asked for, lest it be reported as one nobody asked for
        step.result()


def stream_items(event: Event, execution: Execution) -> Iterator[tuple[str, Any]]:
    """Yield an event's stream items as pairs of mode and item."""
    match event:
        case Started(_, task):
            yield "tasks", {"id": task.id, "name": task.node}
        case Finished(_, task, outcome):
            result = updates_of(outcome)
            yield "updates", {task.node: result}
            yield "tasks", _ended(task.id, task.node, result=result)
        case Asked(_, task, questions):
            if questions:
                yield "updates", {INTERRUPT: questions}
            yield "tasks", _ended(task.id, task.node, interrupts=questions)
        case Failed(_, task, error):
            yield "tasks", _ended(task.id, task.node, error=f"{type(error).__name__}: {error}")
        case Written(_, _, value):
            yield "custom", value
        case Stepped():
            yield from _stepped(event, execution)


def _stepped(event: Stepped, execution: Execution) -> Iterator[tuple[str, Any]]:
    """Yield the state after a superstep, unless it failed or wrote nothing."""
    before, after = event.before, event.after
    if after.questions:
        values = dict(after.values if event.ns else visible(execution.plan, after))
        if after.pending:
            yield "values", {**values, INTERRUPT: after.pending}
        elif any(update for item in after.finished.values() for update in item.updates):
            yield "values", values
    elif after.step != before.step and after.values is not before.values:
        yield "values", dict(after.values)
    inner_stop = after.questions and not after.pending
    if inner_stop or (after.stopped and after.step != before.step):
        yield "updates", {INTERRUPT: ()}


def _ended(
    task: str, node: str, *, result: Any = None, interrupts: Any = (), error: str | None = None
) -> dict[str, Any]:
    return {"id": task, "name": node, "error": error, "result": result, "interrupts": interrupts}


def _labelled(mode: str, item: Any, ns: str, asked: str | Sequence[str], subgraphs: bool) -> Any:
    """Put mode and namespace in front of an item, where they were asked for."""
    place = tuple(part for part in ns.split("|") if part)
    if isinstance(asked, str):
        return (place, item) if subgraphs else item
    return (place, mode, item) if subgraphs else (mode, item)


def _hand_over(
    loop: asyncio.AbstractEventLoop, events: asyncio.Queue[Event | None], event: Event
) -> None:
    """Queue an event from whichever thread a node runs on."""
    loop.call_soon_threadsafe(events.put_nowait, event)
