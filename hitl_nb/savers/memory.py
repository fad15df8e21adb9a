"""Keep threads in this process; they are gone when it ends."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Self

from hitl_nb.errors.threads import LeaseLost, ThreadBusy, ThreadExists
from hitl_nb.savers.checks import refuse_double, refuse_late, unknown_thread
from hitl_nb.savers.clock import now
from hitl_nb.savers.copies import own_row
from hitl_nb.savers.hash_chain import ORIGIN, sealed
from hitl_nb.savers.inbox_records import Marks, PayloadPath, Unattended, WaitingRow
from hitl_nb.savers.log_import import import_decisions
from hitl_nb.savers.memory_inbox import can_go_on, each_open, find_text, lease_of, read_waiting
from hitl_nb.savers.memory_threads import (
    KeptCheckpoint,
    KeptQuestion,
    KeptThread,
    answerable,
    make_stale,
    open_question,
    questions_of,
    refuse_unstorable,
)
from hitl_nb.savers.records import (
    AnswerRow,
    Batch,
    DecisionRow,
    QuestionRow,
    QuestionStatus,
    Stored,
    ThreadRow,
    WholeThread,
)
from hitl_nb.types import Status


class InMemorySaver:
    """Keep threads in this process; they are gone when it ends.

    Example:
        >>> saver = InMemorySaver()
        >>> thread, fence = saver.acquire("order-42", "refund", create=True)
        >>> thread.status
        'running'
    """

    place = "in memory"
    blocking = False

    def __init__(self) -> None:
        self._threads: dict[str, KeptThread] = {}
        self._decisions: list[DecisionRow] = []
        self._fences = count(1)
        self._ages = count(1)
        # Taken for each transaction, so that a reader on another thread sees all of a batch or
        # nothing of it. What goes out is copied under it too: see `hitl_nb.savers.copies`.
        self._lock = threading.Lock()
        self._version = 0
        self._marks: dict[int, Marks] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def acquire(self, thread_id: str, graph: str, *, create: bool) -> tuple[ThreadRow, int]:
        """Begin a run; see `Saver.acquire`."""
        with self._lock:
            kept = self._threads.get(thread_id)
            if kept is None:
                if not create:
                    raise unknown_thread(thread_id, self._threads)
                moment = now()
                kept = KeptThread(thread_id, graph, "running", None, moment, moment)
                self._threads[thread_id] = kept
                kept.since = moment
            elif kept.fence is not None:
                raise ThreadBusy(thread_id, "this process", kept.since)
            else:
                kept.since = now()
            kept.fence = next(self._fences)
            self._version += 1
            return kept.row, kept.fence

    def write(self, thread_id: str, fence: int, batch: Batch) -> None:
        """Write all of a batch or nothing; see `Saver.write`."""
        with self._lock:
            kept = self._held(thread_id, fence)
            refuse_unstorable(kept, batch)
            self._version += 1
            for row in batch.checkpoints:
                kept.points.setdefault(row.ns, {})[row.id] = KeptCheckpoint(row)
            for outcome in batch.outcomes:
                outcomes = kept.find(outcome.ns, outcome.checkpoint).outcomes
                outcomes.pop(outcome.task, None)
                outcomes[outcome.task] = outcome
            for call in batch.calls:
                calls = kept.find(call.ns, call.checkpoint).calls
                calls.pop((call.task, call.key), None)
                calls[call.task, call.key] = call
            for question_id in batch.stale:
                make_stale(kept.asked.get(question_id, ()))
            for question in batch.questions:
                self._ask(kept, question)
            kept.updated_at = now()
            if batch.status is not None:
                kept.status, kept.error = batch.status, batch.error
            if batch.release:  # last, as in a file: whoever takes the thread next sees all of it
                kept.fence = None

    def renew(self, thread_id: str, fence: int) -> None:
        """Say that the run is alive; see `Saver.renew`."""
        with self._lock:
            self._held(thread_id, fence)

    def release(self, thread_id: str, fence: int) -> None:
        """End a run that has nothing to write; see `Saver.release`."""
        with self._lock:
            kept = self._threads.get(thread_id)
            if kept is not None and kept.fence == fence:
                kept.fence = None
                self._version += 1

    def answer(self, thread_id: str, answers: Sequence[AnswerRow]) -> Sequence[DecisionRow]:
        """Close questions and record the decisions; see `Saver.answer`."""
        refuse_double(answers)
        with self._lock:
            kept = self._existing(thread_id)
            asked = [answerable(kept, answer) for answer in answers]
            moment = now()
            refuse_late(answers, moment)
            self._version += 1
            for item, answer in zip(asked, answers, strict=True):
                self._decide(kept, item, answer, moment)
            kept.updated_at = moment
            return [own_row(item.decision) for item in asked if item.decision]

    def read(self, thread_id: str, ns: str = "", checkpoint: str | None = None) -> Stored | None:
        """Return a checkpoint, the newest by default; see `Saver.read`."""
        with self._lock:
            kept = self._threads.get(thread_id)
            points = kept.points.get(ns) if kept else None
            if not points:
                return None
            if checkpoint is None:
                return points[next(reversed(points))].stored()
            point = points.get(checkpoint)
            return point.stored() if point else None

    def history(self, thread_id: str, ns: str = "") -> Iterator[Stored]:
        """Yield a namespace's checkpoints, newest first."""
        with self._lock:
            kept = self._threads.get(thread_id)
            points = list(kept.points.get(ns, {}).values()) if kept else []
        for point in reversed(points):
            with self._lock:
                stored = point.stored()
            yield stored

    def namespaces(self, thread_id: str) -> Sequence[str]:
        """Return the namespaces a thread has, the outermost first."""
        with self._lock:
            kept = self._threads.get(thread_id)
            return list(kept.points) if kept else []

    def thread(self, thread_id: str) -> ThreadRow | None:
        """Return a thread, or None."""
        kept = self._threads.get(thread_id)
        return kept.row if kept else None

    def threads(self, status: Status | None = None) -> Sequence[ThreadRow]:
        """Return all threads, or those of a status, most recently changed first."""
        with self._lock:
            rows = [kept.row for kept in self._threads.values()]
        found = [row for row in rows if status is None or row.status == status]
        found.reverse()
        found.sort(key=lambda row: row.updated_at, reverse=True)
        return found

    def questions(
        self, thread_id: str | None = None, status: QuestionStatus | None = "open"
    ) -> Sequence[tuple[str, QuestionRow, QuestionStatus]]:
        """Return questions with their thread's id, oldest first."""
        with self._lock:
            if thread_id is None:
                threads = list(self._threads.values())
            else:
                threads = [self._threads[thread_id]] if thread_id in self._threads else []
            found = [
                (item.age, kept.id, item)
                for kept in threads
                for items in kept.asked.values()
                for item in items
                if status is None or item.status == status
            ]
            found.sort(key=lambda each: each[0])
            return [(owner, own_row(item.row), item.status) for _, owner, item in found]

    def waiting(
        self, known: Collection[int] = (), listed: Sequence[PayloadPath] = ()
    ) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists; see `Saver.waiting`."""
        with self._lock:
            return read_waiting(self._threads.values(), known, listed)

    def waiting_with_text(self, text: str) -> Collection[int]:
        """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
        with self._lock:
            return find_text(self._threads.values(), text)

    def mark(self, thread_id: str, question: str, **changes: str) -> Marks:
        """Note something on an open question; see `Saver.mark`."""
        with self._lock:
            item = open_question(self._existing(thread_id), question)
            before = self._marks.get(item.age, Marks())
            marks = before._replace(**changes)
            if marks != before:
                self._marks[item.age] = marks
                self._version += 1
        return marks

    def marks(self) -> Mapping[int, Marks]:
        """Return what is noted on open questions, by their keys."""
        with self._lock:
            if self._marks:
                ages = {item.age for _, item in each_open(self._threads.values())}
                kept = {age: it for age, it in self._marks.items() if age in ages and it != Marks()}
                self._marks = kept
            return dict(self._marks)

    def unattended(self, handed_over: str, after: int | None = None) -> Unattended:
        """Return threads that may have to go on; see `Saver.unattended`."""
        with self._lock:
            decided = {row.thread_id for row in self._decisions[after or 0 :]}
            found = [
                (kept.row, lease_of(kept))
                for kept in self._threads.values()
                if (kept.id in decided if after is not None else can_go_on(kept, handed_over))
            ]
            found.sort(key=lambda each: each[0].updated_at)
            return Unattended(found, len(self._decisions))

    def version(self) -> object:
        """Return what differs once anything was written; see `Saver.version`."""
        return self._version

    def decisions(self, thread_id: str | None = None) -> Sequence[DecisionRow]:
        """Return the decision log, or a thread's part of it, oldest first."""
        with self._lock:
            rows = list(self._decisions)
        return [own_row(row) for row in rows if thread_id is None or row.thread_id == thread_id]

    def delete(self, thread_id: str) -> None:
        """Forget a thread; its decisions stay on the record."""
        with self._lock:
            kept = self._existing(thread_id)
            if kept.fence is not None:
                raise ThreadBusy(thread_id, "this process", kept.since)
            del self._threads[thread_id]
            self._version += 1

    def copy(self, thread_id: str, to: str) -> None:
        """Copy a thread with everything in it but its decisions; see `Saver.copy`."""
        with self._lock:
            kept = self._existing(thread_id)
            if to in self._threads:
                raise ThreadExists(to)
            moment = now()
            other = KeptThread(to, kept.graph, kept.status, kept.error, moment, moment)
            for ns, points in kept.points.items():
                other.points[ns] = {
                    key: KeptCheckpoint(point.row, dict(point.outcomes), dict(point.calls))
                    for key, point in points.items()
                }
            for item in sorted(questions_of(kept), key=lambda each: each.age):
                status: QuestionStatus = "stale" if item.status == "open" else item.status
                again = KeptQuestion(next(self._ages), item.place, item.row, status, item.decision)
                other.asked.setdefault(item.row.id, []).append(again)
                other.find(*item.place).asked[item.row.id] = again
            self._threads[to] = other
            self._version += 1

    def export(self, thread_id: str) -> WholeThread:
        """Return all of a thread; see `Saver.export`."""
        with self._lock:
            kept = self._existing(thread_id)
            points = [point for inside in kept.points.values() for point in inside.values()]
            asked = sorted(questions_of(kept), key=lambda each: each.age)
            seqs = [item.decision.seq if item.decision else None for item in asked]
            log = [row for row in self._decisions if row.thread_id == thread_id or row.seq in seqs]
            return WholeThread(
                kept.row,
                [own_row(point.row) for point in points],
                [own_row(row) for point in points for row in point.outcomes.values()],
                [own_row(row) for point in points for row in point.calls.values()],
                [(own_row(it.row), it.status, seq) for it, seq in zip(asked, seqs, strict=True)],
                [own_row(row) for row in log],
            )

    def restore(self, thread: WholeThread) -> None:
        """Keep a thread that was exported; see `Saver.restore`."""
        with self._lock:
            kept = KeptThread(*thread.row)
            if kept.id in self._threads:
                raise ThreadExists(kept.id)
            rows = [row for row, _, _ in thread.questions]
            refuse_unstorable(
                kept, Batch(thread.checkpoints, thread.outcomes, thread.calls, (), rows)
            )
            for point in thread.checkpoints:
                kept.points.setdefault(point.ns, {})[point.id] = KeptCheckpoint(point)
            for outcome in thread.outcomes:
                kept.find(outcome.ns, outcome.checkpoint).outcomes[outcome.task] = outcome
            for call in thread.calls:
                kept.find(call.ns, call.checkpoint).calls[call.task, call.key] = call
            told = import_decisions(thread.decisions, self._decisions, self._append)
            for row, status, seq in thread.questions:
                decision = None if seq is None else told[seq]
                item = KeptQuestion(
                    next(self._ages), (row.ns, row.checkpoint), row, status, decision
                )
                kept.asked.setdefault(row.id, []).append(item)
                kept.find(row.ns, row.checkpoint).asked[row.id] = item
            self._threads[kept.id] = kept
            self._version += 1

    def close(self) -> None:
        """Do nothing: there is neither a file nor a connection to let go of."""

    def _append(self, row: DecisionRow) -> DecisionRow:
        previous = self._decisions[-1].hash if self._decisions else ORIGIN
        entry = sealed(row._replace(seq=len(self._decisions) + 1), previous)
        self._decisions.append(entry)
        return entry

    def _existing(self, thread_id: str) -> KeptThread:
        kept = self._threads.get(thread_id)
        if kept is None:
            raise unknown_thread(thread_id, self._threads)
        return kept

    def _held(self, thread_id: str, fence: int) -> KeptThread:
        kept = self._threads.get(thread_id)
        if kept is None or kept.fence != fence:
            raise LeaseLost(thread_id, fence)
        return kept

    def _ask(self, kept: KeptThread, row: QuestionRow) -> None:
        point = kept.find(row.ns, row.checkpoint)
        known = point.asked.get(row.id)
        others = kept.asked.setdefault(row.id, [])
        make_stale([item for item in others if item is not known])
        if known is not None:
            if known.status == "stale":
                known.row, known.status = row, "open"
            return
        item = KeptQuestion(next(self._ages), (row.ns, row.checkpoint), row)
        others.append(item)
        point.asked[row.id] = item

    def _decide(
        self, thread: KeptThread, item: KeptQuestion, answer: AnswerRow, moment: str
    ) -> None:
        row = DecisionRow(
            seq=0,
            thread_id=thread.id,
            graph=thread.graph,
            checkpoint=item.row.checkpoint,
            ns=item.row.ns,
            node=item.row.node,
            question=item.row.id,
            kind=item.row.kind,
            payload=item.row.payload,
            digest=item.row.digest,
            answer=answer.value,
            action=answer.action,
            comment=answer.comment,
            reviewer=answer.reviewer,
            given=answer.given,
            displayed=answer.displayed,
            asked_at=item.row.asked_at,
            answered_at=moment,
            attempts=item.row.attempts,
            identity=answer.identity,
        )
        item.status, item.decision = "answered", self._append(row)


MemorySaver = InMemorySaver
