"""Threads for calls that may wait for a disk, in half the time asyncio's own executor takes.

A future of `concurrent.futures` comes with locks of its own and two trips through the loop; here
the result goes straight to the future that the loop waits for.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

Value = TypeVar("Value")

_MOST = 4  # a saver makes one call at a time; whatever is beyond waits in asyncio's executor


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    context: Context
    work: Callable[[], Any]


_Desk = SimpleQueue[_Job | None]
_idle: list[_Desk] = []
_threads: list[tuple[_Desk, threading.Thread]] = []


def elsewhere(work: Callable[[], Value]) -> asyncio.Future[Value]:
    """Begin work on another thread; nothing ends it early, not even cancelling the future."""
    loop, context = asyncio.get_running_loop(), copy_context()
    try:
        desk = _idle.pop()
    except IndexError:
        if len(_threads) >= _MOST:
            return loop.run_in_executor(None, context.run, work)
        desk = SimpleQueue()
        thread = threading.Thread(target=_serve, args=(desk,), name="hitl_nb", daemon=True)
        thread.start()
        _threads.append((desk, thread))
    done: asyncio.Future[Value] = loop.create_future()
    desk.put(_Job(loop, done, context, work))
    return done


def _serve(desk: _Desk) -> None:
    while (job := desk.get()) is not None:
        result, error = None, None
        try:
            result = job.context.run(job.work)
        except BaseException as raised:
            error = raised
        _idle.append(desk)
        with suppress(RuntimeError):  # the loop was closed, so nobody waits
            job.loop.call_soon_threadsafe(_tell, job.done, result, error)
        del job, result, error  # a thread that waits for work keeps nothing alive


def _tell(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


def _finish() -> None:
    """Let the process end no sooner than what was begun."""
    for desk, _ in _threads:
        desk.put(None)
    for _, thread in _threads:
        thread.join()
    _forget()


def _forget() -> None:
    _idle.clear()
    _threads.clear()


atexit.register(_finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
