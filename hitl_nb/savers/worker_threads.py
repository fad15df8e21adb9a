"""Work that may wait for a disk or a network, off the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Value = TypeVar("Value")

_WORKERS = 4


def _new_pool() -> None:
    global _pool  # noqa: PLW0603  (the process's, and another one after a fork)
    _pool = ThreadPoolExecutor(_WORKERS, "hitl_nb")


# Not asyncio's own executor: nodes may fill that one, and a checkpoint must not wait for a node.
# The interpreter joins the threads of every pool when it ends, so what was begun is written.
_pool: ThreadPoolExecutor
_new_pool()
if hasattr(os, "register_at_fork"):
    # A child has the pool but none of its threads, so work given to it would wait for ever.
    os.register_at_fork(after_in_child=_new_pool)


def run_off_loop(work: Callable[[], Value]) -> asyncio.Future[Value]:
    """Begin work on another thread, in this context; once begun, nothing ends it early."""
    return asyncio.get_running_loop().run_in_executor(_pool, copy_context().run, work)


async def wait_to_end(work: asyncio.Future[Value]) -> Value:
    """Wait until work on another thread is done, even when this task is cancelled meanwhile.

    Whoever is cancelled goes on to release or delete what the work uses, so it has to be over.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        if not work.cancelled():
            work.exception()  # asked for, so that nobody complains it never was
        raise
