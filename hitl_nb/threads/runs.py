"""Open a run: take the thread's lease, read where it stands, give answers, and let go on error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from hitl_nb.engine.checkpoint_rows import (
    check_code,
    check_name,
    edited_since,
    new_id,
    new_run,
    open_questions,
    refuse_gone,
    waiting_answers,
    written_keys,
)
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.engine.events import Stepped
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.graph_edits import graph_edits_since
from hitl_nb.engine.run_config import RunConfig
from hitl_nb.errors import (
    AnswerWaiting,
    EmptyInput,
    HitlError,
    InvalidUpdate,
    ThreadBusy,
    UnknownCheckpoint,
)
from hitl_nb.graph.planner import Checkpoint, Plan, advance, launch
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Stored
from hitl_nb.savers.worker_threads import run_off_loop, wait_to_end
from hitl_nb.threads.answer_recording import BY_CODE, Given, answer_pending
from hitl_nb.threads.deadlines import expire
from hitl_nb.threads.history import config_of, place_of, thread_of
from hitl_nb.threads.inputs import (
    Input,
    amended,
    amendment,
    check_update,
    enter,
    first,
    is_answer,
    is_bare_answer,
    planned_again,
)
from hitl_nb.threads.outdated_answers import outdate
from hitl_nb.threads.state_updates import StateUpdate, edit_state, edit_values
from hitl_nb.types import START, Command, Config

Value = TypeVar("Value")


def begin_run(plan: Plan, input: Input, run_config: RunConfig) -> Execution:
    """Begin a run that nobody keeps."""
    return Execution(plan, _launch(plan, input, run_config), new_run(), run_config)


async def open_run(
    plan: Plan, saver: Saver | None, input: Input, run_config: RunConfig
) -> Execution:
    """Turn an input into an execution that is ready to go on.

    Raises:
        AnswerError: If an answer reaches no open question, or input comes in its place or in that
            of an answer not yet used.
        ThreadBusy: If another run holds the thread.
    """
    if saver is None:
        return begin_run(plan, input, run_config)
    thread_id = thread_of(run_config.config, "A graph with a checkpointer")
    _, wanted = place_of(run_config.config)
    if is_bare_answer(input) and run_config.seen is None:
        # Before anything else is read: what is asked later cannot be what the answer is for.
        asked = await threaded(saver, saver.questions, thread_id)
        run_config = run_config._replace(seen={row.id for _, row, _ in asked})
    if isinstance(input, Command) and is_answer(input) and wanted is not None:
        head = await threaded(saver, saver.read, thread_id)
        if head is not None and head.row.id != wanted:
            answer, asked_again = await _ask_again(plan, saver, input, run_config)
            return await open_run(plan, saver, answer, _at_head(run_config, asked_again))
        wanted = None
    if saver.blocking and not run_config.inline:
        work = partial(_open, plan, saver, thread_id, wanted, input, run_config)
        opened = await acquire_or_release(
            run_off_loop(work), lambda got: _release_unopened(saver, got[1])
        )
    else:
        opened = _open(plan, saver, thread_id, wanted, input, run_config)
    checkpoint, writer, after = opened
    execution = _OpenedExecution(plan, checkpoint, thread_id, run_config, writer=writer)
    execution.after = after
    return execution


class _OpenedExecution(Execution):
    """An execution whose input may have been merged and written when it was opened."""

    __slots__ = ("after",)

    after: Checkpoint | None

    async def superstep(self) -> None:
        """Run what is due; see `Execution.superstep`."""
        if self.after is None:
            await super().superstep()
            return
        before, self.checkpoint, self.after = self.checkpoint, self.after, None
        if self.listen is not None:
            self.listen(Stepped(self.ns, before, self.checkpoint))


async def begin_thread(
    plan: Plan, saver: Saver, thread_id: str, input: Input, run_config: RunConfig
) -> Execution | None:
    """Begin a thread that has no state yet; None if somebody else has begun it meanwhile.

    Raises:
        ThreadBusy: If somebody else is about to.
    """

    def begin() -> CheckpointWriter | None:
        _, fence = saver.acquire(thread_id, plan.name, create=True)
        writer = CheckpointWriter(
            saver, thread_id, fence, run_config.durability, inline=run_config.inline
        )
        began = False
        try:
            # Under the lease, since two cells may begin one thread at a time.
            began = saver.read(thread_id) is None
        finally:
            if not began:
                writer.release()
        return writer if began else None

    writer = await acquire_or_release(
        threaded(saver, begin),
        lambda got: _release_unopened(saver, got) if got is not None else None,
    )
    if writer is None:
        return None
    try:
        begun = first(plan, input)
        writer.add_checkpoint(plan, "", begun, "input", ())
    except BaseException:
        await wait_to_end(asyncio.ensure_future(threaded(saver, _release_unopened, saver, writer)))
        raise
    return Execution(plan, begun, thread_id, run_config, writer=writer)


async def edit_thread(
    plan: Plan, saver: Saver, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
) -> Config:
    """Apply updates to a stored thread, or begin one with them; return the new config.

    Raises:
        WrongGraph: If the thread belongs to another graph.
        ThreadBusy: If a run holds it.
    """
    thread_id = thread_of(config, "update_state()")
    _, wanted = place_of(config)
    checkpoint = await _with_lease(
        plan, saver, thread_id, lambda writer: edit_state(plan, writer, supersteps, wanted)
    )
    return config_of(thread_id, "", checkpoint)


async def edit_thread_values(
    plan: Plan, saver: Saver, thread_id: str, values: Mapping[str, Any]
) -> Config:
    """Change a stored thread's state and not what runs next; return the new config.

    Raises:
        WrongGraph: If the thread belongs to another graph.
        ThreadBusy: If a run holds it.
    """
    checkpoint = await _with_lease(
        plan, saver, thread_id, lambda writer: edit_values(plan, writer, values)
    )
    return config_of(thread_id, "", checkpoint)


async def fork_thread(plan: Plan, saver: Saver, thread_id: str, checkpoint: str) -> None:
    """Let a thread stand at an earlier checkpoint again; its questions will be asked anew.

    Raises:
        UnknownCheckpoint: If it has none of that id.
    """

    async def fork(writer: CheckpointWriter) -> str:
        head = await writer.aload(plan)
        writer.mark_stale([item.id for item in head.pending] if head else [])
        found = await writer.aload(plan, "", checkpoint)
        if found is None:
            raise UnknownCheckpoint(thread_id, checkpoint)
        _fork(plan, writer, found, None)
        await writer.flush("waiting" if found.tasks else "done", release=True)
        return writer.heads[""].id

    await _with_lease(plan, saver, thread_id, fork)


async def _with_lease(
    plan: Plan, saver: Saver, thread_id: str, work: Callable[[CheckpointWriter], Awaitable[str]]
) -> str:
    """Do something to a thread that nobody runs meanwhile."""
    thread = await threaded(saver, saver.thread, thread_id)
    if thread is not None:
        check_name(plan, thread)
    taking = threaded(saver, saver.acquire, thread_id, plan.name, create=True)
    _, fence = await acquire_or_release(taking, lambda got: saver.release(thread_id, got[1]))
    writer = CheckpointWriter(saver, thread_id, fence, "sync", inline=False)
    try:
        return await work(writer)
    except BaseException:
        await wait_to_end(asyncio.ensure_future(threaded(saver, _release_unopened, saver, writer)))
        raise


async def threaded(saver: Saver, call: Callable[..., Value], *args: Any, **kwargs: Any) -> Value:
    """Make a call to a saver where it blocks nobody."""
    if saver.blocking:
        return await asyncio.to_thread(call, *args, **kwargs)
    return call(*args, **kwargs)


async def acquire_or_release(work: Awaitable[Value], give_back: Callable[[Value], None]) -> Value:
    """Wait until a thread is taken; if this task is cancelled meanwhile, give it back."""
    taking = asyncio.ensure_future(work)
    try:
        return await wait_to_end(taking)
    except asyncio.CancelledError:
        if taking.done() and not taking.cancelled() and taking.exception() is None:
            await asyncio.to_thread(give_back, taking.result())
        raise


def refuse_other_graph(plan: Plan, saver: Saver, thread_id: str) -> list[str]:
    """Refuse a thread that another graph began, or whose nodes are gone.

    Returns:
        What to tell those who answer it: which nodes were edited since they asked, and what
        is around them.

    Raises:
        WrongGraph: If it belongs to another graph.
        NodeGone: If it stands before a node the graph does not have.
        StateFieldGone: If it holds a value of a field the graph does not declare.
    """
    thread, stored = saver.thread(thread_id), saver.read(thread_id)
    if thread is not None:
        check_name(plan, thread)
    if stored is None:
        return []
    refuse_gone(plan, thread_id, stored)
    return edited_since(plan, thread_id, stored) + graph_edits_since(plan, thread_id, stored)


def _open(
    plan: Plan,
    saver: Saver,
    thread_id: str,
    wanted: str | None,
    input: Input,
    run_config: RunConfig,
) -> tuple[Checkpoint, CheckpointWriter, Checkpoint | None]:
    thread = saver.thread(thread_id)
    if thread is not None:
        check_name(plan, thread)
    # Before the lease is taken: somebody else may hold the thread for long, and an answer that was
    # given must not depend on that. Whoever runs it finds the answer; see `reacquire_if_answered`.
    given: Collection[str] = ()
    if is_answer(input):
        given = _record_answer(plan, saver, thread_id, input, run_config.seen)
    elif input is None and thread is not None:
        expire(saver, plan, thread_id)
    elif input is None:
        raise EmptyInput(
            f"There is no thread {thread_id!r} to continue, and a new one needs an input, such "
            f"as {{}}."
        )
    try:
        _, fence = saver.acquire(thread_id, plan.name, create=not is_answer(input))
    except ThreadBusy as busy:
        if is_answer(input):
            busy.add_note("The answer was recorded before that, and will be used.")
            if input.update is not None:
                busy.add_note("The update beside it was not: give it again without the answer.")
        raise
    writer = CheckpointWriter(
        saver, thread_id, fence, run_config.durability, inline=run_config.inline
    )
    # Read only now: before the lease was taken another run could have moved the thread on.
    try:
        checkpoint = _load(plan, writer, wanted, input, given)
        if checkpoint.resting:
            writer.write_and_release()
            # An answer that came meanwhile found the thread busy, and left it to this run.
            checkpoint = writer.reacquire_if_answered_blocking(plan, checkpoint)
        return checkpoint, writer, _merge_input(plan, writer, checkpoint, run_config)
    except BaseException:
        _release_unopened(saver, writer)
        raise


def _record_answer(
    plan: Plan, saver: Saver, thread_id: str, input: Command, seen: Collection[str] | None
) -> Collection[str]:
    """Record an answer, once all that comes with it is known to hold; return what it is to."""
    if input.goto:
        raise InvalidUpdate(
            "Command(resume=..., goto=...) would answer and go run_off_loop at once. Answer "
            "first, then give Command(goto=...), or let the node that asks say where to go."
        )
    edited = check_update(plan, input) if input.update is not None else set()
    given = Given(displayed={"edited": sorted(edited)}) if edited else BY_CODE
    pending = open_questions(plan, saver, thread_id)
    rows = answer_pending(saver, thread_id, pending, plan, input.resume, seen, given)
    return {row.question for row in rows}


def _load(
    plan: Plan,
    writer: CheckpointWriter,
    wanted: str | None,
    input: Input,
    given: Collection[str],
) -> Checkpoint:
    """Read where the thread stands and enter it with the input."""
    stored = writer.saver.read(writer.thread)
    if stored is None:
        begun = first(plan, input)
        writer.add_checkpoint(plan, "", begun, "input", ())
        return begun
    head = stored.row.id
    if wanted is not None and wanted != head:
        checkpoint = writer.load(plan, "", wanted)
        if checkpoint is None:
            raise UnknownCheckpoint(writer.thread, wanted)
        writer.mark_stale([item.id for item in open_questions(plan, writer.saver, writer.thread)])
        return _fork(plan, writer, checkpoint, input)
    check_code(plan, writer.thread, stored)
    checkpoint = writer.resume_from(plan, "", stored)
    entered = enter(plan, writer.thread, checkpoint, input)
    change = amendment(checkpoint, input)
    if entered.step != checkpoint.step:
        _refuse_waiting_answer(writer, stored)
        writer.add_checkpoint(plan, "", entered, "input", ())
    elif change is not None:
        amend = amended(plan, entered, change)
        entered, about = outdate(plan, writer, amend, entered.values, given)
        if change.goto:
            writer.add_checkpoint(plan, "", entered, "input", written_keys([change]))
            change = change._replace(updates=(), goto=())
        if change.updates or about:
            writer.add_amendment(plan, "", change, about)
    return entered


def _refuse_waiting_answer(writer: CheckpointWriter, stored: Stored) -> None:
    """Refuse to begin anew where somebody's answer would be thrown away by that.

    Raises:
        AnswerWaiting: If there is one.
    """
    waiting = waiting_answers(writer.saver, writer.thread, stored)
    if not waiting:
        return
    # The whole log: a copied thread's answers stand there under the thread they were given to.
    log = writer.saver.decisions()
    made = next(row for row in reversed(log) if row.question in waiting)
    raise AnswerWaiting(writer.thread, made.question, made.reviewer, made.answered_at)


def _merge_input(
    plan: Plan, writer: CheckpointWriter, begun: Checkpoint, run_config: RunConfig
) -> Checkpoint | None:
    """Merge and write an input while the saver is at hand; None leaves that to a superstep."""
    # One trip to another thread instead of two.
    start = begun.tasks[0] if len(begun.tasks) == 1 and not begun.resting else None
    outcome = begun.finished.get(start.id) if start and start.node == START else None
    if outcome is None or not outcome.routed or run_config.breakpoints is not None:
        return None
    try:
        after = advance(plan, begun, (outcome,))
        if after.resting:
            return None
        writer.add_checkpoint(plan, "", after, "loop", written_keys((outcome,)))
    except Exception:
        return None  # the superstep comes to it too, and reports it
    writer.flush_blocking()
    return after


def _fork(plan: Plan, writer: CheckpointWriter, checkpoint: Checkpoint, input: Input) -> Checkpoint:
    """Run on from an earlier checkpoint; its questions are asked anew."""
    fresh = Checkpoint(
        checkpoint.values,
        checkpoint.step,
        checkpoint.tasks,
        checkpoint.arrived,
        checkpoint.deferred,
        checkpoint.ran,
        new_id()[-8:],
        finished={
            name: outcome
            for name, outcome in checkpoint.finished.items()
            if outcome.task.node == START
        },
    )
    if isinstance(input, Command) or input is None:
        fresh = planned_again(fresh)
    if is_answer(input) or input is None:
        writer.add_checkpoint(plan, "", fresh, "fork", ())
        return fresh
    entered = enter(plan, writer.thread, fresh, input)
    change = amendment(fresh, input)
    if change is not None:
        entered = amended(plan, entered, change)
    writer.add_checkpoint(plan, "", entered, "input", written_keys([change] if change else ()))
    return entered


async def _ask_again(
    plan: Plan, saver: Saver, answer: Command, run_config: RunConfig
) -> tuple[Command, Collection[str]]:
    """Run a fork to its questions, and address the answer to them instead of the old ones.

    Returns:
        The answer, and what the fork asks.
    """
    thread_id = thread_of(run_config.config, "A graph with a checkpointer")
    before = {
        row.id: (_stepless(row.task), row.key, row.digest)
        for _, row, _ in await threaded(saver, saver.questions, thread_id, None)
    }
    fork = await open_run(plan, saver, None, run_config)
    await fork.finish()
    resume = answer.resume
    if isinstance(resume, dict) and resume and resume.keys() <= before.keys():
        now = {
            (_stepless(item.task), item.key, item.digest): item.id
            for item in fork.checkpoint.pending
        }
        resume = {now.get(before[name], name): value for name, value in resume.items()}
    return replace(answer, resume=resume), {item.id for item in fork.checkpoint.pending}


def _stepless(task: str) -> str:
    """Return what a task's id says besides the superstep, which a fork counts on."""
    return task.partition(":")[2]


def _release_unopened(saver: Saver, writer: CheckpointWriter) -> None:
    """Release a thread that could not be opened; forget it if it had just begun."""
    writer.release()
    with suppress(HitlError):  # there may be no disk any more; another run may have it by now
        if saver.read(writer.thread) is None:
            saver.delete(writer.thread)


def _launch(plan: Plan, input: Input, run_config: RunConfig) -> Checkpoint:
    if type(input) is dict and run_config.breakpoints is None:
        return launch(plan, input)
    return first(plan, input)


def _at_head(run_config: RunConfig, asked: Collection[str]) -> RunConfig:
    """Go on where the thread stands, with an answer to what it asks there."""
    configurable = {**run_config.config.get("configurable", {}), "checkpoint_id": None}
    config = {**run_config.config, "configurable": configurable}
    return run_config._replace(config=config, seen=asked)
