"""Keep threads in a SQLite file, safe with several threads and several processes."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, Self
from weakref import WeakSet

from hitl_nb.errors.questions import AlreadyAnswered, StaleQuestion, UnknownQuestion, UnknownThread
from hitl_nb.errors.stores import RecordBroken, StoreError
from hitl_nb.errors.threads import (
    LeaseLost,
    ThreadBusy,
    ThreadExists,
)
from hitl_nb.savers.checks import (
    refuse_double,
    refuse_late,
    refuse_stale,
    unknown_question,
    unknown_thread,
)
from hitl_nb.savers.clock import now
from hitl_nb.savers.inbox_records import Marks, PayloadPath, Unattended, WaitingRow
from hitl_nb.savers.lease import described, lives, this_process
from hitl_nb.savers.records import (
    AnswerRow,
    Batch,
    DecisionRow,
    Json,
    QuestionRow,
    QuestionStatus,
    Stored,
    ThreadRow,
    WholeThread,
)
from hitl_nb.savers.sqlite import rows
from hitl_nb.savers.sqlite.checkpoints import Checkpoints
from hitl_nb.savers.sqlite.connection import IN_MEMORY, Database, file_of, no_collection
from hitl_nb.savers.sqlite.decisions import (
    append_decision,
    decision_row,
    decisions_of,
    log_columns,
)
from hitl_nb.savers.sqlite.inbox import (
    find_text,
    read_marks,
    read_unattended,
    read_waiting,
    write_marks,
)
from hitl_nb.savers.sqlite.rows import packed, unpacked
from hitl_nb.savers.sqlite.whole_thread import read_whole, write_whole
from hitl_nb.types import Status


class SqliteSaver:
    """Keep threads in a SQLite file, safe with several threads and several processes.

    An answer is on disk when the call that gives it returns. A step is safe from the end of the
    process; a power cut may take the last ones, which then run again.

    While the file is in use, the newest writes are in the ``-wal`` and ``-shm`` files beside it.
    So copy a file in use with `export_thread`, or whole with ``sqlite3.Connection.backup``.

    Args:
        path: The file; made if there is none. ``":memory:"`` keeps nothing.
        timeout: Seconds to wait while another process writes.
        read_only: Only read, from a file that exists.

    Raises:
        StoreError: One of its kinds, if the file is something else, damaged, made by a newer
            version or cannot be opened.

    Example:
        >>> with SqliteSaver(":memory:") as saver:
        ...     thread, fence = saver.acquire("order-42", "refund", create=True)
        >>> thread.status
        'running'
    """

    blocking = True

    def __init__(
        self,
        path: str | os.PathLike[str] | sqlite3.Connection,
        *,
        timeout: float = 5.0,
        read_only: bool = False,
    ) -> None:
        if isinstance(path, sqlite3.Connection):
            path = file_of(path)
        self._runs: set[int] = set()
        self._db = Database(path, timeout=timeout, read_only=read_only)
        self._checkpoints = Checkpoints(self._db)
        _OPEN.add(self)
        in_memory = self._db.path == IN_MEMORY
        self.place = "in memory" if in_memory else f"saved in {self._db.name}"

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> Iterator[Self]:
        """Open a saver for the length of a ``with`` block."""
        with cls(conn_string) as saver:
            yield saver

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        if "_db" in self.__dict__:
            self._db.close()

    def acquire(self, thread_id: str, graph: str, *, create: bool) -> tuple[ThreadRow, int]:
        """Begin a run; see `Saver.acquire`."""
        moment = now()
        names = {"thread_id": packed(thread_id), "graph": packed(graph), "moment": moment}
        with self._db.writing():
            found = self._db.run("thread", names).fetchone()
            if found is None:
                if not create:
                    raise self._unknown_thread(thread_id)
                row = ThreadRow(thread_id, graph, "running", None, moment, moment)
            else:
                row = rows.thread_row(found)
                self._refuse_busy(found)
                self._db.refuse_losses(thread_id, found[rows.THREAD_KEY])
            ((fence,),) = self._db.run("next_fence").fetchall()
            lease = names | this_process()._asdict() | {"fence": fence}
            self._db.run("take_lease" if found else "begin_thread", lease)
            # Before the commit: seen without its run, the lease would be taken for a dead one.
            self._runs.add(fence)
        return row, fence

    def write(self, thread_id: str, fence: int, batch: Batch) -> None:
        """Write all of a batch or nothing; see `Saver.write`."""
        with self._db.writing("sync_always" if batch.durable else "sync_lazily"):
            error = rows.packed_or_none(batch.error)
            fares = {"status": batch.status, "error": error, "release": batch.release}
            thread = self._held("begin_batch", thread_id, fence, fares)
            self._write_rows(_Thread(thread_id, thread), batch)
        # After the commit: if that fails, the run still holds the thread and may write again.
        if batch.release:
            self._runs.discard(fence)

    def renew(self, thread_id: str, fence: int) -> None:
        """Say that the run is alive; see `Saver.renew`."""
        with self._db.writing():
            self._held("renew_lease", thread_id, fence)

    def release(self, thread_id: str, fence: int) -> None:
        """End a run that has nothing to write; see `Saver.release`."""
        # Whether or not the file can be written, this process no longer runs it.
        self._runs.discard(fence)
        with suppress(StoreError), self._db.writing():
            self._db.run("release_lease", {"thread_id": packed(thread_id), "fence": fence})

    def answer(self, thread_id: str, answers: Sequence[AnswerRow]) -> Sequence[DecisionRow]:
        """Close questions and record the decisions; see `Saver.answer`."""
        refuse_double(answers)
        # All in one transaction: question closed, decision appended, thread touched. Closing is
        # conditional, so of two answers one finds the question closed, whoever holds the lease.
        with self._db.writing("sync_always"):
            found = self._intact(thread_id)
            # Judged here and not by whoever asks: an answer may have waited for the lock.
            moment = now()
            thread = _Thread(thread_id, found[rows.THREAD_KEY], unpacked(found[1]))
            decided = [self._decide(thread, answer, moment) for answer in answers]
            refuse_late(answers, moment)
            self._db.run("touch", {"thread": thread.key, "moment": moment})
        return decided

    def read(self, thread_id: str, ns: str = "", checkpoint: str | None = None) -> Stored | None:
        """Return a checkpoint, the newest by default; see `Saver.read`."""
        with self._db.reading():
            place = self._place(thread_id, ns)
            if place is None:
                return None
            if checkpoint is None:
                found = self._db.run("newest_checkpoint", place).fetchone()
            else:
                found = self._db.run(
                    "checkpoint_by_id", place | {"id": packed(checkpoint)}
                ).fetchone()
            return self._stored(ns, found, self._checkpoints.read(place, found)) if found else None

    def history(self, thread_id: str, ns: str = "") -> Iterator[Stored]:
        """Yield a namespace's checkpoints, newest first."""
        before = _LAST_KEY
        while True:
            with self._db.reading():
                place = self._place(thread_id, ns)
                if place is None:
                    return
                page = self._db.run("checkpoints_before", place | {"before": before}).fetchall()
                states: dict[str, dict[str, Json]] = {}
                for found in reversed(page):
                    states[found[1]] = self._checkpoints.read(place, found, states)
                stored = [self._stored(ns, found, states[found[1]]) for found in page]
            if not page:
                return
            before = page[-1][0]
            yield from stored

    def namespaces(self, thread_id: str) -> Sequence[str]:
        """Return the namespaces a thread has, the outermost first."""
        with self._db.reading():
            place = self._place(thread_id, "")
            found = self._db.run("namespaces", place).fetchall() if place else []
        return [unpacked(ns) for (ns,) in found]

    def thread(self, thread_id: str) -> ThreadRow | None:
        """Return a thread, or None."""
        with self._db.reading():
            found = self._db.run("thread", {"thread_id": packed(thread_id)}).fetchone()
            return rows.thread_row(found) if found else None

    def threads(self, status: Status | None = None) -> Sequence[ThreadRow]:
        """Return all threads, or those of a status, most recently changed first."""
        with self._db.reading():
            found = self._db.run("threads", {"status": status}).fetchall()
            return [rows.thread_row(each) for each in found]

    def questions(
        self, thread_id: str | None = None, status: QuestionStatus | None = "open"
    ) -> Sequence[tuple[str, QuestionRow, QuestionStatus]]:
        """Return questions with their thread's id, oldest first."""
        with self._db.reading():
            return self._questions(thread_id, status)

    def waiting(
        self, known: Collection[int] = (), listed: Sequence[PayloadPath] = ()
    ) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists; see `Saver.waiting`."""
        with self._db.reading():
            return read_waiting(self._db, known, listed)

    def waiting_with_text(self, text: str) -> Collection[int]:
        """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
        with self._db.reading():
            return find_text(self._db, text)

    def mark(self, thread_id: str, question: str, **changes: str) -> Marks:
        """Note something on an open question; see `Saver.mark`."""
        with self._db.writing():
            thread = _Thread(thread_id, self._existing(thread_id)[rows.THREAD_KEY])
            asked = self._unanswered(thread, question)
            if asked.status != "open":
                raise StaleQuestion(thread_id, question, "state changed")
            return write_marks(self._db, asked.key, changes)

    def marks(self) -> Mapping[int, Marks]:
        """Return what is noted on open questions, by their keys."""
        with self._db.reading():
            return read_marks(self._db)

    def unattended(self, handed_over: str, after: int | None = None) -> Unattended:
        """Return threads that may have to go on; see `Saver.unattended`."""
        with self._db.reading():
            return read_unattended(self._db, handed_over, after)

    def version(self) -> object:
        """Return what differs once anything was written; see `Saver.version`."""
        with self._db.reading():
            return self._db.changes_seen()

    def decisions(self, thread_id: str | None = None) -> Sequence[DecisionRow]:
        """Return the decision log, or a thread's part of it, oldest first."""
        with self._db.reading():
            if thread_id is not None:
                return decisions_of(self._db, thread_id)
            return [decision_row(each) for each in self._db.run("decisions")]

    def decision_columns(self) -> rows.Columns:
        """Return the decision log by columns, which is faster for a long one.

        Those in `decisions.FEW_VALUES` are pairs: the values that occur, and each row's place
        among them.
        """
        with self._db.reading(), no_collection():
            return log_columns(self._db.run("decision_columns").fetchall())

    def delete(self, thread_id: str) -> None:
        """Forget a thread; its decisions stay on the record."""
        with self._db.writing("sync_always"):
            found = self._existing(thread_id)
            self._refuse_busy(found)
            # On disk like an answer: what somebody deleted must not come back after a power cut.
            self._db.run("delete_thread", {"thread_id": packed(thread_id)})
            self._checkpoints.forget()

    def copy(self, thread_id: str, to: str) -> None:
        """Copy a thread with everything in it but its decisions; see `Saver.copy`."""
        with self._db.writing():
            thread = self._intact(thread_id)[rows.THREAD_KEY]
            names = {"thread_id": packed(to), "to": packed(to), "thread": thread, "moment": now()}
            if self._db.run("thread", names).fetchone():
                raise ThreadExists(to)
            ((copy,),) = self._db.run("copy_thread", names).fetchall()
            (distance,) = self._db.run("copy_distance", names).fetchone()
            names |= {"copy": copy, "distance": distance}
            for table in ("copy_checkpoints", "copy_outcomes", "copy_calls", "copy_questions"):
                self._db.run(table, names)

    def export(self, thread_id: str) -> WholeThread:
        """Return all of a thread; see `Saver.export`."""
        with self._db.reading():
            return read_whole(self._db, self._checkpoints, self._intact(thread_id))

    def restore(self, thread: WholeThread) -> None:
        """Keep a thread that was exported; see `Saver.restore`."""
        with self._db.writing("sync_always"):
            write_whole(self._db, self._checkpoints, thread)

    def close(self) -> None:
        """Let go of the file, and of threads that runs of this saver still hold."""
        self._runs.clear()
        self._db.close()

    def _unknown_thread(self, thread_id: str) -> UnknownThread:
        known = [unpacked(each) for (each,) in self._db.run("recent_thread_ids")]
        return unknown_thread(thread_id, known)

    def _existing(self, thread_id: str) -> rows.Found:
        found: rows.Found | None = self._db.run(
            "thread", {"thread_id": packed(thread_id)}
        ).fetchone()
        if found is None:
            raise self._unknown_thread(thread_id)
        return found

    def _intact(self, thread_id: str) -> rows.Found:
        """Return a thread that has all its rows."""
        found = self._existing(thread_id)
        self._db.refuse_losses(thread_id, found[rows.THREAD_KEY])
        return found

    def _refuse_busy(self, found: rows.Found) -> None:
        lease = rows.lease_of(found, self._db.file)
        if lease is None or not lives(lease):
            return
        if lease.holder != this_process() or self._runs_here(lease.fence):
            raise ThreadBusy(unpacked(found[0]), described(lease.holder), lease.since)

    def _runs_here(self, fence: int) -> bool:
        """Whether a saver of this process that is open on this file has begun that run."""
        return any(
            fence in saver._runs and saver._db.file == self._db.file for saver in list(_OPEN)
        )

    def _held(
        self, statement: str, thread_id: str, fence: int, fares: rows.Columns | None = None
    ) -> int:
        """Return the thread's key if the run still holds it, and say that it is alive."""
        lease = {"thread_id": packed(thread_id), "fence": fence, "moment": now()}
        lease |= this_process()._asdict() | (fares or {})
        found = self._db.run(statement, lease).fetchall()
        if not found:
            raise LeaseLost(thread_id, fence)
        return int(found[0][0])

    def _place(self, thread_id: str, ns: str) -> rows.Columns | None:
        found = self._db.run("thread", {"thread_id": packed(thread_id)}).fetchone()
        if found is None:
            return None
        self._db.refuse_losses(thread_id, found[rows.THREAD_KEY])
        return {"thread": found[rows.THREAD_KEY], "ns": packed(ns)}

    def _write_rows(self, thread: _Thread, batch: Batch) -> None:
        for row in batch.checkpoints:
            self._checkpoints.write(thread.id, thread.key, row)
        for outcome in batch.outcomes:
            key = self._checkpoints.key_of(thread.id, thread.key, outcome.ns, outcome.checkpoint)
            columns = rows.outcome_columns(outcome)
            self._db.run("replace_outcome", columns | {"checkpoint": key})
        for call in batch.calls:
            key = self._checkpoints.key_of(thread.id, thread.key, call.ns, call.checkpoint)
            self._db.run("replace_call", rows.call_columns(call) | {"checkpoint": key})
        for question_id in batch.stale:
            self._db.run("make_stale", {"thread": thread.key, "id": packed(question_id)})
        for question in batch.questions:
            key = self._checkpoints.key_of(thread.id, thread.key, question.ns, question.checkpoint)
            columns = rows.question_columns(question)
            columns |= {"thread": thread.key, "checkpoint": key}
            self._db.run("make_older_stale", columns)
            self._db.run("ask", columns)

    def _decide(self, thread: _Thread, answer: AnswerRow, moment: str) -> DecisionRow:
        asked = self._unanswered(thread, answer.question)
        refuse_stale(thread.id, answer, asked.status, asked.digest)
        row = DecisionRow(
            seq=0,
            thread_id=thread.id,
            graph=thread.graph,
            checkpoint=unpacked(asked.checkpoint),
            ns=unpacked(asked.ns),
            node=unpacked(asked.node),
            question=answer.question,
            kind=unpacked(asked.kind),
            payload=json.loads(asked.payload),
            digest=asked.digest,
            answer=answer.value,
            action=answer.action,
            comment=answer.comment,
            reviewer=answer.reviewer,
            given=answer.given,
            displayed=answer.displayed,
            asked_at=asked.asked_at,
            answered_at=moment,
            attempts=asked.attempts,
            identity=answer.identity,
        )
        row = append_decision(self._db, row)
        closing = {"key": asked.key, "decision": row.seq, "digest": answer.digest}
        if self._db.run("close_question", closing).rowcount != 1:
            raise self._db.corrupt(f"the question {answer.question!r} is open and cannot be closed")
        return row

    def _unanswered(self, thread: _Thread, question: str) -> _QuestionToAnswer:
        """Return the open question of that id, else a stale one."""
        names = {"thread": thread.key, "id": packed(question)}
        found = self._db.run("question_to_answer", names).fetchone()
        if found is None:
            raise self._unknown_question(thread.id, question)
        asked = _QuestionToAnswer._make(found)
        if asked.status == "answered" and asked.answer is None:
            raise RecordBroken(asked.decision or 0, _NOT_ITS_OWN)
        if asked.answer is not None:
            who = unpacked(asked.reviewer)
            raise AlreadyAnswered(question, json.loads(asked.answer), who, asked.answered_at)
        return asked

    def _unknown_question(self, thread_id: str, question: str) -> UnknownQuestion:
        open_rows = [row for _, row, _ in self._questions(thread_id, "open")]
        return unknown_question(question, open_rows)

    def _questions(
        self, thread_id: str | None, status: QuestionStatus | None
    ) -> list[tuple[str, QuestionRow, QuestionStatus]]:
        names = {"thread_id": rows.packed_or_none(thread_id), "status": status}
        if thread_id is not None:
            statement = "questions_of_thread"
        else:
            statement = "open_questions" if status == "open" else "questions_of_store"
        found = self._db.run(statement, names).fetchall()
        return [(unpacked(each[14]), rows.question_row(each), each[13]) for each in found]

    def _stored(self, ns: str, found: rows.Found, values: dict[str, Json]) -> Stored:
        row = rows.checkpoint_row(ns, found, values)
        at = {"checkpoint": found[0]}
        asked = self._db.run("questions_at", at).fetchall()
        for *_, status, answer, seq in asked:
            if status == "answered" and answer is None:
                raise RecordBroken(seq or 0, _NOT_ITS_OWN)
        return Stored(
            row=row,
            outcomes=[rows.outcome_row(ns, row.id, it) for it in self._db.run("outcomes", at)],
            calls=[rows.call_row(ns, row.id, it) for it in self._db.run("calls", at)],
            questions=[(rows.question_row(each), each[13]) for each in asked],
            answers={unpacked(each[0]): json.loads(each[14]) for each in asked if each[14]},
        )


_LAST_KEY = 2**63 - 1
_NOT_ITS_OWN = "it is not the decision on the question that refers to it, or it is gone"
_OPEN: WeakSet[SqliteSaver] = WeakSet()


class _Thread(NamedTuple):
    """A thread by its name and by its key in this file."""

    id: str
    key: int
    graph: str = ""


class _QuestionToAnswer(NamedTuple):
    """A question as an answer finds it; the last three are None until it is answered."""

    key: int
    status: str
    digest: str
    node: str
    kind: str
    payload: str
    asked_at: str
    attempts: int
    checkpoint: str
    ns: str
    decision: int | None
    answer: str | None
    reviewer: str
    answered_at: str
