"""Run a call once in the life of a task, however often the task runs again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from hitl_nb.codec import digest
from hitl_nb.engine.interrupts import RunningTask, current_task
from hitl_nb.errors import UnstorableValue
from hitl_nb.types import UNSET

Result = TypeVar("Result")
_AWAITED = "~awaited"
"""Marks the result of a sync function that gave something to await, and will be awaited again."""


def once(fn: Callable[..., Result], *args: Any, key: str | None = None, **kwargs: Any) -> Result:
    """Call ``fn`` the first time a task gets here; afterwards return what it returned.

    A node runs again from its beginning when its question is answered, and when its process
    died. What it does through ``once`` is not done again. (The idea is LangGraph's ``@task`` and
    the step functions of workflow engines.)

    Args:
        fn: What to call; of an async function the result is to be awaited, as usual.
        args: Its arguments.
        key: Names the call. Without one it goes by the function's name, its arguments and how
            often the task has made the same call before.
        kwargs: Its keyword arguments.

    Returns:
        What ``fn`` returned when it ran.

    Raises:
        InterruptOutsideNode: If no node is running here.
        UnstorableValue: If the result cannot be stored; the call has been made all the same.
    """
    running = current_task("once()")
    name = _name(running, fn, args, kwargs) if key is None else key
    known = running.host.recall(running.task, name)
    if (awaited := running.host.recall(running.task, f"{name}{_AWAITED}")) is not UNSET:
        return _at_once(awaited)  # type: ignore[return-value]
    if inspect.iscoroutinefunction(fn):
        return _call_later(running, name, known, fn, args, kwargs)  # type: ignore[return-value]
    if known is not UNSET:
        return known  # type: ignore[no-any-return]
    result = fn(*args, **kwargs)
    if inspect.isawaitable(result):
        return _keep_later(running, f"{name}{_AWAITED}", result)  # type: ignore[return-value]
    running.host.remember(running.task, name, result)
    return result


async def _at_once(known: Any) -> Any:
    return known


async def _call_later(
    running: RunningTask, name: str, known: Any, fn: Any, args: Any, kwargs: Any
) -> Any:
    if known is not UNSET:
        return known
    return await _keep_later(running, name, fn(*args, **kwargs))


async def _keep_later(running: RunningTask, name: str, work: Any) -> Any:
    result = await work
    await running.host.remember_later(running.task, name, result)
    return result


def _name(running: RunningTask, fn: Any, args: Any, kwargs: Any) -> str:
    """Name a call by function, arguments and its order among equal ones."""
    called = f"{getattr(fn, '__module__', '')}.{getattr(fn, '__qualname__', repr(type(fn)))}"
    called += running.stage
    try:
        called += f":{digest([list(args), kwargs], running.host.types)[:16]}"
    except UnstorableValue:
        # A live object among the arguments has no digest; its calls are told apart by order.
        called += ":live"
    if running.calls is None:
        running.calls = {}
    time = running.calls.get(called, 0)
    running.calls[called] = time + 1
    return f"{called}#{time}"
