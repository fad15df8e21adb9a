"""Wait in a cell for a person, without blocking the kernel that person's clicks arrive at."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from hitl_nb.errors import CannotWait

Value = TypeVar("Value")

LOOK_UP = 0.25
"""Seconds after which a wait looks up, so that interrupting the kernel ends it."""
PUMP = 0.02
"""Seconds between two looks at the queued messages on ipykernel 6."""
_NEEDED_BY_VIEWS = ("comm_", "kernel_info_request")


async def until_done(work: Future[None], look_up: Callable[[], None]) -> None:
    """Wait until ``work`` is done, calling ``look_up`` every now and then.

    On ipykernel 6 a cell that awaits keeps the kernel from handling the messages of its own
    widgets, so they are handled here.
    """
    kernel = running_kernel()
    pumped = hasattr(kernel, "msg_queue")
    done = asyncio.wrap_future(work)
    while not done.done():
        look_up()
        if pumped:
            await pump_views(kernel)
        await asyncio.wait({done}, timeout=PUMP if pumped else LOOK_UP)


def run_nested(wait: Callable[[], Coroutine[Any, Any, Value]], loop: Any) -> Value:
    """Run a wait to its end inside the loop that runs already, where that is safe.

    It is on ipykernel 6 and where no kernel runs. On ipykernel 7 it would lose the cells that
    are queued.

    Raises:
        CannotWait: If it is not.
    """
    kernel = running_kernel()
    if loop is not _running_loop():
        raise CannotWait(
            "The session belongs to the event loop of the cell that began it. Wait there, with: "
            "await session"
        )
    if kernel is not None and not hasattr(kernel, "msg_queue"):
        raise CannotWait(
            "Waiting here without await would block the notebook the answer comes from. Write: "
            "await session"
        )
    import nest_asyncio

    nest_asyncio.apply(loop)  # type: ignore[no-untyped-call]
    result: Value = loop.run_until_complete(wait())
    return result


def _running_loop() -> Any:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def running_kernel() -> Any:
    """Return the IPython kernel this code runs in, or None."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return getattr(get_ipython(), "kernel", None)


def person_can_answer() -> bool:
    """Whether someone sits in front of this kernel.

    Programs that execute notebooks allow no input; Voila allows none either, but shows the
    page to a person.
    """
    kernel = running_kernel()
    if kernel is None:
        return False
    return in_voila() or bool(getattr(kernel, "_allow_stdin", False))


def in_voila() -> bool:
    """Whether this kernel serves a web page made by Voila."""
    return any(name.startswith("VOILA_") for name in os.environ)


async def pump_views(kernel: Any) -> None:
    """Handle the view messages that queue up behind the running cell; leave the rest.

    What is left keeps its order, so cells queued by "Run All" run in theirs. The cell that
    waits stays the parent of what it prints.
    """
    queue = kernel.msg_queue
    waiting = [queue.get_nowait() for _ in range(queue.qsize())]
    mine = [item for item in waiting if _is_for_views(kernel, item[2])]
    for item in waiting:
        if item not in mine:
            queue.put_nowait(item)
    if not mine:
        return
    ident, parent = kernel._parent_ident["shell"], kernel.get_parent("shell")
    handler = kernel.saved_sigint_handler
    try:
        for _, dispatch, arguments in mine:
            await dispatch(*arguments)
    finally:
        kernel.set_parent(ident, parent, channel="shell")
        kernel.saved_sigint_handler = handler


def _is_for_views(kernel: Any, arguments: tuple[Any, ...]) -> bool:
    if not arguments or not isinstance(arguments[0], list):
        return False
    _, frames = kernel.session.feed_identities(arguments[0], copy=False)
    header = json.loads(bytes(frames[1]))
    return str(header["msg_type"]).startswith(_NEEDED_BY_VIEWS)
