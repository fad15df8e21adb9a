"""The one executor: it carries a thread from its checkpoint to where it rests next."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, NamedTuple

from hitl_nb.codec import Types
from hitl_nb.engine.answered_secrets import answered_secrets
from hitl_nb.engine.changed_questions import link_changed_questions
from hitl_nb.engine.checkpoint_rows import encoder, with_asked_at, write_outcome, written_keys
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.engine.events import (
    Asked,
    Decided,
    Failed,
    Finished,
    Listener,
    Started,
    Stepped,
    Written,
)
from hitl_nb.engine.interrupts import CURRENT_TASK, RUNNING_TASKS, ParentCommand, Pause, RunningTask
from hitl_nb.engine.node_runner import call_error_handler, call_node, call_routes
from hitl_nb.engine.run_config import DEFAULT_RECURSION_LIMIT, RunConfig, stops_between
from hitl_nb.engine.signed_answers import with_signature
from hitl_nb.errors import (
    AnswerNotUsed,
    InvalidUpdate,
    RecursionLimit,
    UnstorableValue,
)
from hitl_nb.graph.foreign_objects import foreign_failure
from hitl_nb.graph.planner import Call, Checkpoint, Outcome, Plan, Task, advance, status_of
from hitl_nb.savers.clock import now
from hitl_nb.savers.worker_threads import wait_to_end
from hitl_nb.types import IN_DOUBT, START, UNSET, Interrupt

_record_lock = threading.Lock()


class Paused(NamedTuple):
    """What a waiting task leaves: its questions, and its outcome if only its route asks."""

    questions: tuple[Interrupt, ...]
    outcome: Outcome | None


class Execution:
    """Advance one thread, superstep by superstep.

    Args:
        plan: The graph.
        checkpoint: Where the thread stands.
        thread: Its id; questions commit to it.
        run_config: How.
        ns: The path of tasks that leads to this graph, if it runs inside another.
        writer: Keeps what happens; without one the run lives in its checkpoint alone.
        nested: Where subgraphs stand, by namespace, when there is no writer.

    Attributes:
        trail: The nodes that have run, superstep by superstep.
        listen: Hears of everything that happens; may be called from a node's thread.
    """

    __slots__ = (
        "_began",
        "breakpoints",
        "checkpoint",
        "config",
        "context",
        "inline",
        "left",
        "listen",
        "nested",
        "ns",
        "plan",
        "run_config",
        "thread",
        "trail",
        "writer",
    )  # fmt: skip

    def __init__(
        self,
        plan: Plan,
        checkpoint: Checkpoint,
        thread: str,
        run_config: RunConfig,
        *,
        ns: str = "",
        writer: CheckpointWriter | None = None,
        nested: dict[str, Checkpoint] | None = None,
    ) -> None:
        self.plan = plan
        self.checkpoint = checkpoint
        self.thread = thread
        self.run_config = run_config
        self.config, self.context, self.breakpoints, _, self.inline, _ = run_config
        self.ns = ns
        self.writer = writer
        self.nested = nested
        self.listen: Listener | None = None
        self.trail: list[str] = []
        self._began = 0.0
        self.left = self.config.get("recursion_limit", DEFAULT_RECURSION_LIMIT)

    @property
    def types(self) -> Types:
        """Classes that may be stored."""
        return self.plan.types

    async def finish(self) -> Checkpoint:
        """Run supersteps until the thread rests."""
        if self.writer is None and self.listen is None and self.breakpoints is None:
            await self._run_single_tasks()
        while not self.checkpoint.resting:
            await self.superstep()
        return self.checkpoint

    async def _run_single_tasks(self) -> None:
        """Run supersteps of one task each, while nothing has to be kept, told or waited for."""
        # Nobody can see between these supersteps, so a run and a merge is all there is to them;
        # the rest of one would cost more than a small node. At the first question, failure,
        # second task or limit the general case takes over from the same checkpoint.
        while self.left > 0:
            checkpoint = self.checkpoint
            tasks = checkpoint.tasks
            if len(tasks) != 1 or checkpoint.finished or checkpoint.questions or checkpoint.stopped:
                return
            result = await self._run(tasks[0])
            if type(result) is not Outcome:
                await self._end_superstep(checkpoint, tasks, [result])
                return
            self.left -= 1
            self.trail.append(tasks[0].node)
            self.checkpoint = advance(self.plan, checkpoint, (result,))

    async def superstep(self) -> None:
        """Run what is due and merge it, or keep what finished if some task waits or failed.

        Raises:
            Exception: What a node raised, with a note that names the node.
            RecursionLimit: If the run has taken as many supersteps as it may.
        """
        try:
            await self._superstep()
        except BaseException as error:
            await self.release(error)
            raise

    async def release(self, error: BaseException | None = None) -> None:
        """Let the thread go before it rests, so that another run can go on with it."""
        writer = self.writer
        if writer is None or self.ns or writer.released:
            return
        failed = isinstance(error, Exception)
        try:
            # Status and release in one transaction: once released, this run may write no more.
            await writer.flush(
                "failed" if failed else None, str(error) if failed else None, release=True
            )
        except BaseException:
            # What cannot be written is lost either way; a thread held by no run would be, too.
            await asyncio.to_thread(writer.release)
            if error is None:
                raise

    async def _superstep(self) -> None:
        self._began = perf_counter()
        before = self.checkpoint
        if self.left <= 0:
            limit = self.config.get("recursion_limit", DEFAULT_RECURSION_LIMIT)
            raise RecursionLimit(limit, [task.node for task in before.tasks])
        due = before.due
        if len(due) == 1:
            results = [await self._run(due[0])]
        elif due:
            results = await self._run_together(due)
        else:
            results = []
        try:
            await self._end_superstep(before, due, results)
        except UnstorableValue:
            storable = [self._storable(result) for result in results]
            if storable == results:
                raise
            await self._end_superstep(before, due, storable)

    async def _end_superstep(
        self, before: Checkpoint, due: tuple[Task, ...], results: list[Outcome | Paused | Failed]
    ) -> None:
        """Store what a superstep's tasks came to, and stand where that leads."""
        failures = [result for result in results if isinstance(result, Failed)]
        if len(due) == len(before.tasks) == 1 and isinstance(results[0], Outcome):
            outcomes = [results[0]]
            held = before
        else:
            held = _with_results(self.checkpoint, zip(due, results, strict=True))
            outcomes = [] if failures or held.questions else [*held.finished.values()]
        after = self._advance(held, outcomes) if outcomes else held
        if self.writer is not None:
            # Before anything is shown or goes on: an answer has to find its question stored, and
            # if writing fails this still stands where the stored thread does.
            await self._write(held, after, due, outcomes, failures)
        self.checkpoint = after
        if self.listen is not None:
            for task, result in zip(due, results, strict=True):
                if isinstance(result, Paused):  # told now, since only now it can be answered
                    self.listen(Asked(self.ns, task, result.questions))
            if not failures:
                self.listen(Stepped(self.ns, before, after))
        if failures:
            raise _first_of(failures)
        if after.questions and self.writer is not None and not self.ns:
            # An answer that came between the last read and the release found the thread busy and
            # left it to this run, which had not seen it: so look once more, now that it is free.
            self.checkpoint = await self.writer.reacquire_if_answered(self.plan, after)

    @property
    def store(self) -> object | None:
        """What keeps the thread; None if nothing does."""
        return None if self.writer is None else self.writer.saver

    def record_call(self, task: Task, key: str, call: Call, *, durable: bool = False) -> None:
        """Store how a call fares before anything else happens."""
        if self.writer is not None:
            call = self.writer.write_call(self.plan, self.ns, task.id, key, call, durable=durable)
        # Siblings of this superstep add to the same record, some from threads of their own: a
        # copy made of a record that has changed meanwhile would drop what the other added.
        with _record_lock:
            calls = {**self.checkpoint.calls, (task.id, key): call}
            self.checkpoint = self.checkpoint._replace(calls=calls)

    async def record_call_later(
        self, task: Task, key: str, call: Call, *, durable: bool = False
    ) -> None:
        """Store how a call fares where it keeps nobody waiting, even if the node is cancelled."""
        if self.writer is None or not self.writer.blocking:
            self.record_call(task, key, call, durable=durable)
        else:
            work = asyncio.to_thread(self.record_call, task, key, call, durable=durable)
            await wait_to_end(asyncio.ensure_future(work))

    def call_of(self, task: Task, key: str) -> Call | None:
        """Return how a call fares; None if it was never begun."""
        return self.checkpoint.calls.get((task.id, key))

    def record(self, question: Interrupt, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Store a question with its answer, and return the answer that stands."""
        question = with_asked_at(question)
        stands: Mapping[str, Any] = {**answer, "at": now()}
        if self.writer is not None:
            stands, row = self.writer.write_decision(self.plan, self.ns, question, stands)
            if self.listen is not None and row is not None:
                self.listen(Decided(self.ns, question, row))
        else:
            stands = with_signature(question.value, question.id, question.digest, stands)
        with _record_lock:
            before = self.checkpoint
            self.checkpoint = before._replace(
                asked={**before.asked, question.id: question},
                answers={**before.answers, question.id: stands},
            )
        return stands

    def write(self, task: Task, value: Any) -> None:
        """Send a value of the node's own to whoever watches."""
        if self.listen is not None:
            self.listen(Written(self.ns, task, value))

    def _advance(self, held: Checkpoint, outcomes: list[Outcome]) -> Checkpoint:
        if outcomes[0].task.node != START:
            self.left -= 1
            self.trail += [task.node for task in held.tasks]
        after = advance(self.plan, held, outcomes)
        if self.breakpoints is not None and after.tasks:
            after = after._replace(stopped=stops_between(self.breakpoints, held, after))
        return after

    async def _write(
        self,
        held: Checkpoint,
        after: Checkpoint,
        due: tuple[Task, ...],
        outcomes: list[Outcome],
        failures: list[Failed],
    ) -> None:
        writer = self.writer
        assert writer is not None  # noqa: S101  (asked by the caller)
        if outcomes:
            seconds = perf_counter() - self._began
            writer.add_checkpoint(
                self.plan, self.ns, after, "loop", written_keys(outcomes), seconds
            )
        else:
            writer.add_results(self.plan, self.ns, held, due)
        for failure in failures:
            writer.add_failure(self.plan, failure)
        if self.ns:
            await writer.flush()
        elif failures:
            await writer.flush("failed", str(failures[0].error), release=True)
        elif after.resting:
            await writer.flush(status_of(after), release=True)
        else:
            await writer.flush()

    async def _run_together(self, due: tuple[Task, ...]) -> list[Outcome | Paused | Failed]:
        running = [asyncio.ensure_future(self._run(task)) for task in due]
        try:
            return await asyncio.gather(*running)
        except BaseException:
            for future in running:
                future.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
            if self.writer is not None:
                # What siblings finished before the cancellation must not be done a second time.
                done = [
                    (task, result)
                    for task, result in zip(due, ended, strict=True)
                    if isinstance(result, Outcome)
                ]
                with suppress(UnstorableValue):
                    held = _with_results(self.checkpoint, done)
                    self.writer.add_results(self.plan, self.ns, held, [task for task, _ in done])
            raise

    async def _run(self, task: Task) -> Outcome | Paused | Failed:
        """Run one task to its end, its question or its failure."""
        checkpoint = self.checkpoint
        running = RunningTask(self, task, checkpoint.answers)
        token = CURRENT_TASK.set(running)
        RUNNING_TASKS.add(running)
        started = perf_counter() if self.listen is not None else 0.0
        outcome = checkpoint.finished.get(task.id)
        if self.listen is not None and outcome is None and task.node != START:
            self.listen(Started(self.ns, task))
        try:
            if outcome is None:
                outcome = await call_node(self, task, running)
            elif outcome.used:
                running.used = set(outcome.used)
            if outcome.error is not None:
                running.begin_stage("~handler")
                outcome = await call_error_handler(self, outcome)
            if not outcome.routed:
                running.begin_stage("~route")
                outcome = await call_routes(self, outcome)
            running.refuse_swallowed_questions()
        except (Pause, BaseExceptionGroup) as pause:
            return self._paused(task, running, outcome, pause, started)
        except (ParentCommand, Exception) as error:
            error = foreign_failure(error) or error  # of a route or an error handler
            return self._failed(task, self._unless_inside(task, error), started, outcome)
        finally:
            # A thread that the node left behind may still ask with it; it is refused from here.
            running.closed = True
            RUNNING_TASKS.discard(running)
            CURRENT_TASK.reset(token)
        if checkpoint.answers:
            self._warn_of_unused(task, running)
        if self.listen is not None and task.node != START:
            self.listen(Finished(self.ns, task, outcome, perf_counter() - started))
        return outcome

    def _paused(
        self,
        task: Task,
        running: RunningTask,
        outcome: Outcome | None,
        pause: BaseException,
        started: float,
    ) -> Paused | Failed:
        """Collect the questions of a task that paused; several may come in one group."""
        if isinstance(pause, BaseExceptionGroup) and pause.split(Pause)[1] is not None:
            return self._failed(task, pause, started)
        asked = {item.id: item for item in running.asked}
        for part in _pauses(pause):
            asked.update((item.id, item) for item in part.questions if item.id not in asked)
        try:
            linked = link_changed_questions(self.checkpoint, task, [*asked.values()], running.used)
            questions = tuple(with_asked_at(item) for item in linked)
        except Exception as error:
            return self._failed(task, error, started)
        if outcome is not None and running.used:
            outcome = outcome._replace(used=tuple(sorted(running.used)))
        return Paused(questions, outcome)

    def _storable(self, result: Outcome | Paused | Failed) -> Outcome | Paused | Failed:
        """Return a task's outcome, or its failure if a value in it cannot be stored."""
        if isinstance(result, Outcome):
            try:
                write_outcome(result, encoder(self.types))
            except UnstorableValue as error:
                return self._failed(result.task, error, perf_counter())
        return result

    def _unless_inside(self, task: Task, error: BaseException) -> BaseException:
        """Let a command for the graph around this one pass; at the top there is none."""
        if not isinstance(error, ParentCommand):
            return error
        if self.ns:
            raise error
        return InvalidUpdate(
            f"The node {task.node!r} returned {error.command!r}, but there is no graph around "
            f"this one."
        )

    def _failed(
        self, task: Task, error: BaseException, started: float, left: Outcome | None = None
    ) -> Failed:
        if self.writer is not None:
            self.writer.secrets |= answered_secrets(self.checkpoint)
        error.add_note(
            f"in node {task.node!r} of graph {self.plan.name!r}, superstep {task.id.split(':')[0]}"
        )
        if left is not None and left.error is not None:
            left = None  # the handler failed, and so the node has not finished
        failed = Failed(self.ns, task, error, perf_counter() - started, left)
        if self.listen is not None:
            self.listen(failed)
        return failed

    def _warn_of_unused(self, task: Task, running: RunningTask) -> None:
        asked = self.checkpoint.asked
        # A question that was asked again because its content changed has done its part.
        used = {*(running.used or ()), *(item.previous or "" for item in asked.values())}
        for question in asked.values():
            answer = running.answers.get(question.id, UNSET)
            settled = question.id in used or question.kind == IN_DOUBT
            if question.task == task.id and not settled and answer is not UNSET:
                warnings.warn(
                    f"The node {task.node!r} ended without asking {question.value!r:.80} again, so "
                    f"the answer {answer!r:.80} had no effect.",
                    AnswerNotUsed,
                    stacklevel=2,
                )


def _with_results(
    before: Checkpoint, results: Iterable[tuple[Task, Outcome | Paused | Failed]]
) -> Checkpoint:
    """Keep what tasks of this superstep finished or asked, without ending it."""
    finished = dict(before.finished)
    questions = dict(before.questions)
    asked = dict(before.asked)
    for task, result in results:
        if isinstance(result, Outcome):
            finished[task.id] = result
        elif isinstance(result, Paused):
            questions[task.id] = result.questions
            asked.update((item.id, item) for item in result.questions)
        if isinstance(result, Paused | Failed) and result.outcome is not None:
            finished[task.id] = result.outcome
    return before._replace(finished=finished, questions=questions, asked=asked)


def _pauses(pause: BaseException) -> Iterator[Pause]:
    if isinstance(pause, Pause):
        yield pause
    elif isinstance(pause, BaseExceptionGroup):
        for part in pause.exceptions:
            yield from _pauses(part)


def _first_of(failures: list[Failed]) -> BaseException:
    first, *others = failures
    for other in others:
        first.error.add_note(f"the node {other.task.node!r} failed too: {other.error!r}")
    return first.error
