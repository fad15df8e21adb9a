"""The one door for synchronous callers, also inside a notebook whose loop is running."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Value = TypeVar("Value")
Run = Callable[[Coroutine[Any, Any, Any]], Any]


def run_sync(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine to its end and return its result."""
    with _private_loop() as run:
        result: Value = run(work)
        return result


def iterate_sync(items: AsyncGenerator[Value, None]) -> Iterator[Value]:
    """Draw items from an async generator one by one; nothing runs between two draws."""

    async def draw() -> Value:
        return await anext(items)

    with _private_loop() as run:
        try:
            while True:
                try:
                    item = run(draw())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            run(items.aclose())


@contextmanager
def _private_loop() -> Iterator[Run]:
    """Give a way to run coroutines on a loop that nobody else uses.

    Where a loop is already running, as in a notebook, it lives on another thread:
    re-entering a running loop loses queued cells on ipykernel 7.
    """
    context = contextvars.copy_context()
    if not _loop_is_running():
        with asyncio.Runner() as runner:
            yield lambda work: runner.run(work, context=context)
        return
    with ThreadPoolExecutor(1, "hitl_nb-sync") as worker:
        runner = worker.submit(asyncio.Runner().__enter__).result()
        try:
            yield lambda work: worker.submit(runner.run, work, context=context).result()
        finally:
            worker.submit(runner.close).result()


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
