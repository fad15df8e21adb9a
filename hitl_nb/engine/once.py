"""Make a call once in the life of a task, however often the task runs again.

*Begun* is stored before the call is made and *done* or *raised* after it. What is found begun and
without an end was cut off in between: it may have happened, and only a person can tell.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from hitl_nb.codec import Types, digest, encode
from hitl_nb.codec.json_text import plain_text
from hitl_nb.codec.value_types import TAG
from hitl_nb.engine.answered_secrets import answered_secrets, data_without_secrets
from hitl_nb.engine.interrupts import ParentCommand, Pause, RunningTask, current_task
from hitl_nb.errors import InterruptOutsideNode, OnceInsideItself, StoppedInDoubt, UnstorableValue
from hitl_nb.graph.planner import Call
from hitl_nb.marked_text import shorten
from hitl_nb.savers.clock import now
from hitl_nb.savers.lease import name_of, this_process
from hitl_nb.types import UNSET

Result = TypeVar("Result")
_AWAITED = "~awaited"
"""Files of earlier versions mark so the result of a sync function that gave something to await."""
_EVIDENCE = ("function", "arguments", "begun", "process", "attempt", "stops")
_LONGEST = 2_000
"""Characters of an argument that are kept as evidence."""

Place = tuple[object, str, str, str, str]
"""Where a call stands: its store, thread, namespace, task and name."""


def once(
    fn: Callable[..., Result],
    *args: Any,
    key: str | None = None,
    repeatable: bool = False,
    **kwargs: Any,
) -> Result:
    """Call ``fn`` the first time a task gets here; afterwards return what it returned.

    A node runs again from its beginning when its question is answered, and when its process
    died. What it does through ``once`` is not done again. (The idea is LangGraph's ``@task`` and
    the step functions of workflow engines.)

    If the process dies during the call, nobody knows whether it happened. The thread then waits
    with a question of the kind ``in_doubt``: it happened (with its result), it did not, or stop.
    Only a thread that is kept by a saver can know of that; a pure run (``execute``) cannot.

    One call of a name is at work at a time: whoever comes to it meanwhile, on another thread, in
    ``asyncio.gather`` or in a node that is retried after its time, waits for its result.

    Args:
        fn: What to call; of an async function the result is to be awaited, as usual.
        args: Its arguments.
        key: Names the call. Without one it goes by the function's name, its arguments and how
            often the task has made the same call before.
        repeatable: Whether it does no harm to make it again, as with asking a model: then it is
            made again where it is not known whether it happened.
        kwargs: Its keyword arguments.

    Returns:
        What ``fn`` returned when it ran.

    Raises:
        InterruptOutsideNode: If no node is running here, or its time was over.
        UnstorableValue: If the result cannot be stored; the call has been made all the same.
        OnceInsideItself: If the call is made by itself.
        StoppedInDoubt: If a person stopped the run because of it.

    Example:
        >>> from hitl_nb import START, StateGraph, interrupt, once
        >>> def write():
        ...     print("writing")
        ...     return "We are sorry."
        >>> graph = StateGraph().add_node("ask", lambda state: {"draft": once(write)})
        >>> graph.add_edge(START, "ask").compile().invoke({})
        writing
        {'draft': 'We are sorry.'}
    """
    running = current_task("once()")
    name = _name(running, fn, args, kwargs) if key is None else key
    call = _OnceCall(running, name, fn, args, kwargs, repeatable=repeatable)
    if inspect.iscoroutinefunction(fn):
        return call.later()  # type: ignore[return-value]
    return call.now()  # type: ignore[no-any-return]


def idempotency_key() -> str:
    """Return what is the same each time the call around it is made, and for no other call.

    Services that take an idempotency key do what they are asked once for each: give them this one
    in a function that is called through ``once``, and a call in doubt can be made again.

    Returns:
        64 hex digits.

    Raises:
        InterruptOutsideNode: If no call made through ``once`` is at work here.
    """
    inside = _INSIDE.get()
    if not inside:
        raise InterruptOutsideNode("idempotency_key() is for a function called through once()")
    _, *place = inside[-1]
    return hashlib.sha256(json.dumps(place).encode()).hexdigest()


class _AtWork(Future[Any]):
    """A call that is being made.

    Attributes:
        awaited: Whether its function is sync and gave something to await, as its callers expect.
    """

    awaited = False


_INSIDE: contextvars.ContextVar[tuple[Place, ...]] = contextvars.ContextVar(
    "hitl_nb_once", default=()
)
# Calls of this process that are at work, so that nobody makes one a second time meanwhile: a
# sibling, or the next attempt of a node whose time was over. What ended after its run was given
# up stays here, for the run that goes on with the thread.
_at_work: dict[Place, _AtWork] = {}
_at_work_lock = threading.Lock()


class _OnceCall:
    """One call that a task comes to: made, waited for, remembered, or in doubt."""

    def __init__(
        self,
        running: RunningTask,
        name: str,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        *,
        repeatable: bool,
    ) -> None:
        self._running, self._host, self._task = running, running.host, running.task
        self._name, self._fn, self._args, self._kwargs = name, fn, args, kwargs
        self._repeatable = repeatable
        self._asking = self._awaits = False
        # Where nothing is kept, the run itself stands for the store.
        store = self._host.store or self._host
        self._place: Place = (store, self._host.thread, self._host.ns, self._task.id, name)

    def now(self) -> Any:
        """Return the result of a sync function, or something to await if it gives that."""
        kept, theirs = self._claim()
        if theirs is not None:
            if theirs.awaited:  # to wait here could keep the loop from ever getting to its end
                return _result_of(theirs)
            result = theirs.result()
            return _at_once(result) if theirs.awaited else result
        try:
            known = self._known(kept)
            if known is not UNSET:
                self._end(known)
                return _at_once(known) if self._awaits else known
            if self._host.store is not None:
                self._record(self._begun(), durable=not self._repeatable)
            with self._inside():
                result = self._fn(*self._args, **self._kwargs)
        except BaseException as error:
            self._fail(error)
            raise
        if inspect.isawaitable(result):
            self._at_work.awaited = True
            return self._awaited(result)
        try:
            self._record(self._done(result))
        except BaseException:
            self._keep(result)
            raise
        self._end(result)
        return result

    async def later(self) -> Any:
        """Return the result of an async function."""
        kept, theirs = self._claim()
        if theirs is not None:
            return await _result_of(theirs)
        try:
            if kept is None and not self._in_doubt():
                known = self._known(None)
            else:  # rare, and it may have to write
                known = await asyncio.to_thread(self._known, kept)
            if known is not UNSET:
                self._end(known)
                return known
            if self._host.store is not None:
                await self._record_later(self._begun(), durable=not self._repeatable)
        except BaseException as error:
            self._fail(error)
            raise
        with self._inside():
            return await self._to_its_end(self._fn(*self._args, **self._kwargs))

    async def _awaited(self, work: Awaitable[Any]) -> Any:
        """Await what a sync function gave; later runs get its result to be awaited too."""
        if self._host.store is not None:
            try:
                begun = self._host.call_of(self._task, self._name) or self._begun()
                about = {**begun.about, "awaited": True}
                await self._record_later(begun._replace(about=about))
            except BaseException as error:
                self._fail(error)
                raise
        with self._inside():
            return await self._to_its_end(work, awaited=True)

    async def _to_its_end(self, work: Awaitable[Any], *, awaited: bool = False) -> Any:
        """Await the call; one that must not be repeated is not cut off by its node's end.

        A node is cancelled when its time is over. The call then goes on by itself: cancelled, it
        could have happened or not, and its retry would have to ask a person.
        """
        finishing = self._finish(work, awaited=awaited)
        if self._repeatable:
            return await finishing
        task = asyncio.ensure_future(finishing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # Nobody awaits it any more; what it raises is on the record.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def _finish(self, work: Awaitable[Any], *, awaited: bool) -> Any:
        try:
            result = await work
        except BaseException as error:
            self._fail(error)
            raise
        try:
            await self._record_later(self._done(result, awaited=awaited))
        except BaseException:
            self._keep(result)
            raise
        self._end(result)
        return result

    def _claim(self) -> tuple[_AtWork | None, _AtWork | None]:
        """Take the call, or find who is at it.

        Returns:
            A call that happened and could not be written down, which is ours to keep now; and one
            that somebody else is at, whose result to wait for.
        """
        with _at_work_lock:
            found = _at_work.get(self._place)
            if found is None or found.done():
                self._at_work = _at_work[self._place] = _AtWork()
                return found, None
        if self._place in _INSIDE.get():
            raise OnceInsideItself(self._name)
        return None, found

    def _end(self, result: Any) -> None:
        """Give the result to those who wait for it."""
        with _at_work_lock:
            del _at_work[self._place]
        self._at_work.set_result(result)

    def _keep(self, result: Any) -> None:
        """Keep what happened and could not be written down, for the next run in this process."""
        self._at_work.set_result(result)

    def _fail(self, error: BaseException) -> None:
        """Write down that the call raised, and so is made again, unless it was cut off."""
        try:
            call = self._host.call_of(self._task, self._name)
            ended = isinstance(error, (Exception, Pause, ParentCommand))
            if ended and call is not None and call.status == "begun" and not self._asking:
                about = {**call.about, "raised": type(error).__name__}
                about.pop("arguments", None)  # evidence of a doubt there is none of
                self._record(call._replace(status="raised", about=about))
        finally:
            with _at_work_lock:
                del _at_work[self._place]
            self._at_work.set_exception(error)

    def _in_doubt(self) -> bool:
        """Whether the call was begun by a run that did not get to its end."""
        call = self._host.call_of(self._task, self._name)
        if call is None or call.status != "begun":
            return False
        return not (self._repeatable or call.about.get("repeatable"))

    def _known(self, kept: _AtWork | None) -> Any:
        """Return the result if the call is known to have happened, UNSET if it is to be made."""
        if (old := self._host.call_of(self._task, f"{self._name}{_AWAITED}")) is not None:
            self._awaits = True
            return old.result
        call = self._host.call_of(self._task, self._name)
        self._awaits = call is not None and bool(call.about.get("awaited"))
        if kept is not None:
            self._record(self._done(kept.result()))
            return kept.result()
        if call is not None and call.status == "done":
            return call.result
        if call is None or not self._in_doubt():
            return UNSET
        self._asking = True
        return self._ask(call)

    def _ask(self, call: Call) -> Any:
        """Ask what became of a call that was cut off."""
        from hitl_nb.requests.in_doubt import InDoubt

        function = str(call.about.get("function", self._name))
        evidence = {name: call.about[name] for name in _EVIDENCE if call.about.get(name)}
        request = InDoubt(f"Did this happen? {function}", context=evidence)
        decision = self._running.request(request, None)
        if decision.action == "happened":
            self._record(self._done(decision.value))
            return decision.value
        if decision.action == "run":
            self._asking = False
            return UNSET
        # Written down, so that a retry asks anew instead of finding this answer.
        stops = call.about.get("stops", 0) + 1
        self._record(call._replace(about={**call.about, "stops": stops}))
        raise StoppedInDoubt(self._task.node, function)

    def _begun(self) -> Call:
        before = self._host.call_of(self._task, self._name)
        about = {
            "function": _called(self._fn),
            "arguments": self._arguments(),
            "begun": now(),
            "process": name_of(this_process()),
            "attempt": 1 if before is None else before.about.get("attempt", 1) + 1,
        }
        if self._repeatable:
            about["repeatable"] = True
        return Call("begun", None, about)

    def _done(self, result: Any, *, awaited: bool = False) -> Call:
        call = self._host.call_of(self._task, self._name)
        about = {} if call is None else {**call.about}
        about.pop("arguments", None)  # evidence of a doubt there is none of
        if awaited:
            about["awaited"] = True
        return Call("done", result, about)

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments as they are shown to whoever has to tell what happened."""
        named = {f"{place}.": value for place, value in enumerate(self._args, start=1)}
        given = {**named, **self._kwargs}
        shown = {name: _evidence_of(value, self._host.types) for name, value in given.items()}
        secrets = answered_secrets(self._host.checkpoint)
        return data_without_secrets(shown, secrets) if secrets else shown

    def _record(self, call: Call, *, durable: bool = False) -> None:
        self._host.record_call(self._task, self._name, call, durable=durable)

    async def _record_later(self, call: Call, *, durable: bool = False) -> None:
        await self._host.record_call_later(self._task, self._name, call, durable=durable)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        token = _INSIDE.set((*_INSIDE.get(), self._place))
        try:
            yield
        finally:
            _INSIDE.reset(token)


def _called(fn: Callable[..., Any]) -> str:
    return f"{getattr(fn, '__module__', '')}.{getattr(fn, '__qualname__', repr(type(fn)))}"


def _evidence_of(value: Any, types: Types) -> Any:
    """Return an argument as plain data; of what cannot be stored, which may be secret, its type."""
    try:
        encoded = encode(value, types)
    except UnstorableValue:
        return f"<{type(value).__name__}>"
    text = plain_text(encoded)
    plain = TAG not in text and len(text) <= _LONGEST
    return encoded if plain else shorten(value, _LONGEST)


def _name(running: RunningTask, fn: Any, args: Any, kwargs: Any) -> str:
    """Name a call by function, arguments and its order among equal ones."""
    called = _called(fn) + running.stage
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


async def _at_once(known: Any) -> Any:
    return known


async def _result_of(theirs: _AtWork) -> Any:
    # Shielded, since whoever made the call goes on with it if this wait is cancelled.
    return await asyncio.shield(asyncio.wrap_future(theirs))
