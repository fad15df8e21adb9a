"""Between live checkpoints and the rows a saver keeps: encode, decode, and what to write when."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from hitl_nb.codec import decode, encode
from hitl_nb.engine.answered_secrets import without_secrets
from hitl_nb.engine.checkpoint_rows import (
    AMENDMENT,
    check_code,
    encoder,
    new_id,
    read_checkpoint,
    survey_subgraphs,
    with_inner_questions,
    write_frontier,
    write_outcome,
    written_keys,
)
from hitl_nb.engine.events import Failed
from hitl_nb.engine.graph_edits import surroundings
from hitl_nb.engine.heartbeat import HEARTBEAT
from hitl_nb.errors import AlreadyAnswered, LeaseLost, ThreadBusy, UnknownThread, UnstorableValue
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.graph.planner import NOTHING, Call, Checkpoint, Outcome, Plan, Task
from hitl_nb.savers.clock import now
from hitl_nb.savers.deltas import changes
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import (
    AnswerRow,
    Batch,
    CallRow,
    CheckpointRow,
    DecisionRow,
    Json,
    OutcomeRow,
    QuestionRow,
    Source,
    Stored,
)
from hitl_nb.savers.worker_threads import run_off_loop, wait_to_end
from hitl_nb.types import Interrupt, Status

Durability = Literal["sync", "async", "exit"]


class Head(NamedTuple):
    """The newest checkpoint of a namespace: its id and its encoded values."""

    id: str
    values: Mapping[str, Json]


class CheckpointWriter:
    """Keeps one run of one thread, subgraphs included.

    Args:
        saver: Where.
        thread: The thread's id.
        fence: The number its lease was given.
        durability: ``"sync"`` writes before the next superstep begins, ``"async"`` while it
            runs, ``"exit"`` when the run comes to rest.
        inline: Whether a saver may block right here, because nobody else uses the loop.

    Attributes:
        secrets: What no error that is stored may show.
    """

    def __init__(
        self, saver: Saver, thread: str, fence: int, durability: Durability, *, inline: bool
    ) -> None:
        self.saver, self.thread, self.fence = saver, thread, fence
        self.durability = durability
        self.blocking = saver.blocking and not inline
        self.heads: dict[str, Head] = {}
        self._stored: dict[str, Head] = {}
        self.released = False
        self.secrets: set[str] = set()
        self._batch = Batch([], [], [], [])
        self._asked: set[str] = set()
        self._fresh: set[str] = set()
        self._amended: dict[str, set[str]] = {}
        self._writing: asyncio.Future[None] | None = None
        # Guards the batch that is being filled: sync nodes that run subgraphs or remember calls
        # come from threads of their own. Held for moments only, never while a disk is waited for.
        self._batch_lock = threading.Lock()
        # Filled batches, in the order they were filled. Whoever has the write lock writes all of
        # them, so a batch never overtakes one that it builds on, however threads are scheduled.
        self._queue: deque[Batch] = deque()
        self._write_lock = threading.Lock()
        self._broken: BaseException | None = None
        HEARTBEAT.begin(self)

    def load(
        self, plan: Plan, ns: str = "", checkpoint: str | None = None, *, checked: bool = False
    ) -> Checkpoint | None:
        """Read a checkpoint, the newest by default, and go on from there.

        With ``checked``, report nodes that were renamed, removed or edited since.
        """
        stored = self.saver.read(self.thread, ns, checkpoint)
        if stored is None:
            return None
        if checked:
            check_code(plan, self.thread, stored)
        return self.resume_from(plan, ns, stored)

    def resume_from(self, plan: Plan, ns: str, stored: Stored) -> Checkpoint:
        """Go on from a checkpoint that has been read."""
        self.heads[ns] = self._stored[ns] = Head(stored.row.id, stored.row.values)
        loaded = read_checkpoint(plan, stored)
        amended = [row for row in stored.outcomes if row.task.startswith(AMENDMENT)]
        if amended:
            self._amended[ns] = set(loaded.values)
        inner = survey_subgraphs(self.saver, self.thread, stored)
        self._asked.update(row.id for row, _ in stored.questions)
        self._asked.update(row.id for item in inner.values() for row in item.rows)
        return with_inner_questions(plan, loaded, inner)

    async def aload(
        self, plan: Plan, ns: str = "", checkpoint: str | None = None, *, checked: bool = False
    ) -> Checkpoint | None:
        """Load where it keeps nobody waiting."""
        if not self.blocking:
            return self.load(plan, ns, checkpoint, checked=checked)
        return await asyncio.to_thread(self.load, plan, ns, checkpoint, checked=checked)

    def add_checkpoint(
        self,
        plan: Plan,
        ns: str,
        checkpoint: Checkpoint,
        source: Source,
        keys: Collection[str],
        seconds: float | None = None,
    ) -> None:
        """Note a new checkpoint, and what is finished in it.

        Args:
            plan: The graph.
            ns: Its namespace.
            checkpoint: What to store.
            source: What made it.
            keys: What was written in it.
            seconds: How long the superstep took that led to it, if one did.
        """
        head = self.heads.get(ns)
        values = dict(head.values) if head else {}
        written = {*keys, *self._amended.get(ns, ())}
        for name in checkpoint.values if head is None else written:
            if name in checkpoint.values:
                values[name] = encode(checkpoint.values[name], plan.types, f"state[{name!r}]")
        if source == "update":  # it may move the thread on without fields that were dropped
            values = {name: value for name, value in values.items() if name in checkpoint.values}
        base = self._stored.get(ns) if self.durability == "exit" else head
        row = CheckpointRow(
            new_id(),
            ns,
            base.id if base else None,
            checkpoint.step,
            source,
            now(),
            values,
            changes(base.values, values) if base else None,
            write_frontier(plan, checkpoint, seconds),
        )
        self.heads[ns] = Head(row.id, values)
        self._amended.pop(ns, None)
        with self._batch_lock:
            rows = list(self._batch.checkpoints)
            if self.durability == "exit":
                passed = {other.id for other in rows if other.ns == ns}
                rows = [other for other in rows if other.id not in passed]
                self._batch.outcomes = [
                    item for item in self._batch.outcomes if item.checkpoint not in passed
                ]
            self._batch.checkpoints = [*rows, row]
            if checkpoint.finished:
                self._batch.outcomes = [
                    *self._batch.outcomes,
                    *(
                        OutcomeRow(
                            ns, row.id, task,
                            {"outcome": write_outcome(outcome, encoder(plan.types)), "seen": None},
                        )
                        for task, outcome in checkpoint.finished.items()
                    ),
                ]  # fmt: skip

    def add_results(
        self, plan: Plan, ns: str, checkpoint: Checkpoint, ran: Collection[Task]
    ) -> None:
        """Note what the tasks that just ran have finished or asked."""
        head = self.heads[ns].id
        outcomes = []
        for task in ran:
            outcome = checkpoint.finished.get(task.id)
            if outcome is None and task.id not in checkpoint.questions:
                continue
            stored = write_outcome(outcome, encoder(plan.types)) if outcome else None
            left: dict[str, Json] = {"outcome": stored, "seen": None}
            if task.id in checkpoint.questions:
                # Which answers the task had seen when it asked: a later one lets it run again.
                left["seen"] = [name for name in checkpoint.answers if name in checkpoint.asked]
                if task.node in plan.nodes:
                    left["code"] = plan.nodes[task.node].fingerprint
                    left["around"] = surroundings(plan, task.node)
            outcomes.append(OutcomeRow(ns, head, task.id, left))
        questions = [
            _row_of(plan, ns, head, task, item)
            for task, items in checkpoint.questions.items()
            for item in items
            if item.id not in self._asked
        ]
        with self._batch_lock:
            self._fresh = {row.id for row in questions}
            self._asked.update(self._fresh)
            self._batch.outcomes = [*self._batch.outcomes, *outcomes]
            self._batch.questions = [*self._batch.questions, *questions]

    def add_amendment(
        self, plan: Plan, ns: str, outcome: Outcome, about: Mapping[str, Json] = NOTHING
    ) -> None:
        """Note a change of the state under a superstep that goes on, and what it outdates."""
        row = OutcomeRow(
            ns,
            self.heads[ns].id,
            f"{AMENDMENT}{new_id()}",
            {"outcome": write_outcome(outcome, encoder(plan.types)), "seen": None, **about},
        )
        with self._batch_lock:
            self._amended.setdefault(ns, set()).update(written_keys([outcome]))
            self._batch.outcomes = [*self._batch.outcomes, row]

    def add_failure(self, plan: Plan, failed: Failed) -> None:
        """Note what a task raised."""
        left = failed.outcome
        outcome = (
            {"outcome": write_outcome(left, encoder(plan.types)), "seen": None} if left else None
        )
        error = without_secrets(f"{type(failed.error).__name__}: {failed.error}", self.secrets)
        row = OutcomeRow(failed.ns, self.heads[failed.ns].id, failed.task.id, outcome, error)
        with self._batch_lock:
            self._batch.outcomes = [*self._batch.outcomes, row]

    def write_call(
        self, plan: Plan, ns: str, task: str, key: str, call: Call, *, durable: bool
    ) -> Call:
        """Store now how a call fares, before anything else happens.

        Args:
            plan: The graph.
            ns: The namespace of its task.
            task: The task.
            key: What the task calls it.
            call: How it fares.
            durable: Whether that is to outlast a power cut.

        Returns:
            The call as it was stored, whose result the node cannot change in place.
        """
        path = f"the result of once({key.split(':', maxsplit=1)[0]})"
        try:
            stored = encode(call.result, plan.types, path)
        except UnstorableValue as error:
            error.add_note(
                "The call was made. If the node runs again, a person is asked what came of it."
            )
            raise
        if self.released:  # a node whose time was over is still at it; the thread is another's now
            raise LeaseLost(self.thread, self.fence)
        row = CallRow(ns, self.heads[ns].id, task, key, stored, call.status, dict(call.about))
        with self._batch_lock:
            self._batch.calls = [*self._batch.calls, row]
        # Written before the node goes on, whatever the durability: what the call did is done.
        self._enqueue_batch(None, None, release=False, durable=durable)
        self._write_queue()
        return call._replace(result=decode(stored, plan.types, path))

    def write_decision(
        self, plan: Plan, ns: str, question: Interrupt, answer: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], DecisionRow | None]:
        """Store a question, and then its answer, before anything else happens.

        Returns:
            The answer that stands, which is another one if somebody was faster, and the
            decision's row if it is this one.
        """
        stored = encode(dict(answer), plan.types, "answer")
        if question.id not in self._asked:
            row = _row_of(plan, ns, self.heads[ns].id, question.task, question)
            with self._batch_lock:
                self._asked.add(question.id)
                self._batch.questions = [*self._batch.questions, row]
        # The question goes first: a decision refers to the question it closes.
        self._enqueue_batch(None, None, release=False)
        self._write_queue()
        decided = AnswerRow(
            question.id, question.digest, stored, answer["action"], answer["comment"],
            answer["reviewer"], answer["given"], identity=answer.get("identity", ""),
        )  # fmt: skip
        try:
            (decision,) = self.saver.answer(self.thread, [decided])
        except AlreadyAnswered as error:
            return decode(error.answer, plan.types, "answer"), None
        return decode(stored, plan.types, "answer"), decision

    async def flush(
        self,
        status: Status | None = None,
        error: str | None = None,
        *,
        release: bool = False,
    ) -> None:
        """Write what was noted, when the durability asks for it or the run comes to rest."""
        earlier = self._writing
        # A subgraph that a sync node runs has a loop of its own, and cannot wait for ours.
        if earlier is not None and earlier.get_loop() is asyncio.get_running_loop():
            await wait_to_end(earlier)
            self._writing = None
        if self.durability == "exit" and not release:
            return
        self._enqueue_batch(status, error, release=release)
        if not self.blocking:
            self._write_queue()
            return
        writing = run_off_loop(self._write_queue)
        if self.durability == "async" and not release and self._writing is None:
            # An error is kept in the writer too, and raised by whatever is written next.
            writing.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._writing = writing
        else:
            await wait_to_end(writing)

    def flush_blocking(self) -> None:
        """Write what was noted now, where a saver may block, if the durability asks for it."""
        if self.durability != "exit":
            self._enqueue_batch(None, None, release=False)
            self._write_queue()

    async def reacquire_if_answered(self, plan: Plan, rests: Checkpoint) -> Checkpoint:
        """Take the thread again if an answer came too late for this run to see, or stay at rest.

        Whoever gave it found the thread busy, so nobody else would go on with it.
        """
        # Asked and released in one transaction, they could not be answered while it was busy;
        # so most runs need no second look.
        if all(item.id in self._fresh for item in rests.pending):
            return rests
        if not self.blocking:
            return self.reacquire_if_answered_blocking(plan, rests)
        return await wait_to_end(
            run_off_loop(partial(self.reacquire_if_answered_blocking, plan, rests))
        )

    def reacquire_if_answered_blocking(self, plan: Plan, rests: Checkpoint) -> Checkpoint:
        """Take the thread again like `reacquire_if_answered`, where a saver may block."""
        while True:
            still_open = {row.id for _, row, _ in self.saver.questions(self.thread)}
            if all(item.id in still_open for item in rests.pending):
                return rests
            try:
                _, self.fence = self.saver.acquire(self.thread, plan.name, create=False)
            except (ThreadBusy, UnknownThread):
                return rests
            self.released = False
            HEARTBEAT.begin(self)
            checkpoint = self.load(plan)
            if checkpoint is not None and not checkpoint.resting:
                return checkpoint
            self.write_and_release()
            if checkpoint is None:
                return rests
            rests = checkpoint  # another answer may have come while the thread was held here

    def mark_stale(self, questions: Sequence[str]) -> None:
        """Note that open questions no longer hold."""
        self._batch.stale = questions

    def write_and_release(self) -> None:
        """Write what was noted and release the thread, without a word on how it fares."""
        if not self.released:
            self._enqueue_batch(None, None, release=True)
            self._write_queue()

    def release(self) -> None:
        """Release the thread without writing what was noted."""
        self.released = True  # first, lest a failing saver is asked again on the way out
        HEARTBEAT.end(self)
        try:
            self.saver.release(self.thread, self.fence)
        except STORE_AWAY:
            # Nobody runs the thread any more; held by a process that lives, it would be stranded.
            HEARTBEAT.release_later(self)
            raise

    def _enqueue_batch(
        self,
        status: Status | None,
        error: str | None,
        *,
        release: bool,
        durable: bool = False,
    ) -> None:
        if error is not None:
            error = without_secrets(error, self.secrets)
        # Swapped and queued under one lock: else two batches could be queued the wrong way round.
        with self._batch_lock:
            batch, self._batch = self._batch, Batch([], [], [], [])
            batch.status, batch.error, batch.release = status, error, release
            batch.durable = durable
            self._queue.append(batch)

    def _write_queue(self) -> None:
        with self._write_lock:
            if self._broken is not None:
                raise self._broken  # what was to be kept here may have been in that batch
            while self._queue:
                batch = self._queue.popleft()
                try:
                    self.saver.write(self.thread, self.fence, batch)
                except BaseException as error:
                    self._broken = error
                    raise
                self.released = batch.release
                if batch.release:
                    HEARTBEAT.end(self)
                for row in batch.checkpoints:
                    self._stored[row.ns] = Head(row.id, row.values)


def _row_of(plan: Plan, ns: str, checkpoint: str, task: str, item: Interrupt) -> QuestionRow:
    return QuestionRow(
        item.id, ns, checkpoint, task, item.node, item.key, item.kind,
        encode(item.payload, plan.types, "payload"), item.digest, item.response_schema,
        item.asked_at or now(), item.previous, item.attempts,
    )  # fmt: skip
