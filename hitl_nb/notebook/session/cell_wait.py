"""What a cell does while it waits for a session, and what becomes of it when it is interrupted.

An interrupted cell ends and the session goes on without it: the form stays open and can still be
answered. (An interrupt that reaches a node instead is the driver's: it stops the run there.)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from hitl_nb.errors import CannotWait, NobodyToAnswer, WaitInterrupted, WaitStopped
from hitl_nb.marked_text import shorten
from hitl_nb.notebook.kernel import person_can_answer, running_kernel
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.tracebacks import from_user
from hitl_nb.notebook.widget.cell_display import CellDisplay
from hitl_nb.notebook.widget.static_items import duration
from hitl_nb.threads.deadlines import seconds_left

Value = TypeVar("Value")

SOON = 5.0
"""Seconds that a wait lets pass for a question to answer itself where nobody else can."""
LOOK_UP = 0.25
"""Seconds after which a wait looks up, so that interrupting the kernel ends it."""
PUMP = 0.02
"""Seconds between two looks at the queued messages on ipykernel 6."""
_NEEDED_BY_VIEWS = ("comm_", "kernel_info_request")


class CellWait:
    """Waits in a cell for the end of a session's run.

    Args:
        driver: What carries the run.
        display: Where it is shown; a question that no cell shows is shown in the one that waits.
    """

    def __init__(self, driver: Driver, display: CellDisplay) -> None:
        self._driver = driver
        self._display = display
        self._thread = driver.spec.thread_id

    async def final_state(self) -> dict[str, Any]:
        """Wait for the end of the run and return its final state.

        Raises:
            WaitStopped: If the cell was interrupted by cancelling what it awaits.
            WaitInterrupted: If the interrupt came as a ``KeyboardInterrupt``.
            NobodyToAnswer: If a question is open and nobody can answer it here.
        """
        stopped = (
            f"Waiting stopped. The thread {self._thread!r} goes on without it, its form stays "
            f"open: answer it, then await the session again."
        )
        driver = self._driver
        try:
            await until_done(driver.ended, self._check_somebody_can_answer)
        except asyncio.CancelledError:
            raise WaitStopped(stopped) from None
        except KeyboardInterrupt:
            raise WaitInterrupted(stopped) from None
        except NobodyToAnswer as nobody:
            raise nobody.with_traceback(None) from None
        # Programs that execute notebooks take a display's update only from the cell they run.
        if self._display.recorded:
            self._display.leave_record()
        error = driver.error
        if error is not None:
            raise error.with_traceback(from_user(error.__traceback__))
        return driver.spec.state().values

    def _check_somebody_can_answer(self) -> None:
        """See to it that somebody can answer what this wait is for."""
        driver, intake = self._driver, self._driver.intake
        if driver.status != "waiting" or driver.error is not None or driver.reviewing:
            return
        if person_can_answer():
            # What was just decided elsewhere needs no form here.
            if not self._display.shown and not intake.catch_up():
                self._display.show(running=False, ended=False)
            return
        pending = intake.pending
        left = min((it for item in pending if (it := seconds_left(item)) is not None), default=None)
        if (left is not None and left <= SOON) or intake.catch_up():
            return  # the clock answers, or somebody else did
        if not pending:
            before = ", ".join(driver.spec.state().next)
            raise NobodyToAnswer(
                f"The thread {self._thread!r} is paused before {before} and "
                f"nobody can press a button here. Use session.run_to_end() before awaiting it."
            )
        questions = "; ".join(f"{item.node!r} asks {shorten(item.value)}" for item in pending)
        time = "" if left is None else f" Its time is over only in {duration(left)}."
        raise NobodyToAnswer(
            f"The thread {self._thread!r} waits and nobody can answer here ({questions}).{time} "
            f"Answer with session.answer(...) before awaiting it, or name who answers: "
            f"session(..., reviewer=...) or HITL_NB_REVIEWER."
        )


async def until_done(work: Future[None], look_up: Callable[[], None]) -> None:
    """Wait until ``work`` is done, calling ``look_up`` every now and then.

    On ipykernel 6 a cell that awaits keeps the kernel from handling the messages of its own
    widgets, so they are handled here.
    """
    kernel = running_kernel()
    pumped = hasattr(kernel, "msg_queue")
    done = asyncio.wrap_future(work)
    # A bare await would never notice an interrupt: nothing runs in which it could be raised.
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


async def pump_views(kernel: Any) -> None:
    """Handle the view messages that queue up behind the running cell; leave the rest.

    What is left keeps its order, so cells queued by "Run All" run in theirs. The cell that
    waits stays the parent of what it prints.
    """
    queue = kernel.msg_queue
    waiting = [queue.get_nowait() for _ in range(queue.qsize())]
    mine = [item for item in waiting if _is_for_views(kernel, item[2])]
    # Put back before anything is awaited: what arrives meanwhile must stand behind them.
    for item in waiting:
        if item not in mine:
            queue.put_nowait(item)
    if not mine:
        return
    # Each dispatch makes its message the kernel's parent, and saves the handler of interrupts that
    # it finds over the one that the end of the waiting cell is to restore.
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
