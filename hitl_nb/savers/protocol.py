"""What the executor needs of a place that keeps threads: rows in, rows out, one transaction each.

Every method is described by its contract, which `hitl_nb.testing.savers` tests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from hitl_nb.savers.inbox_records import Marks, PayloadPath, Unattended, WaitingRow
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


class Saver(Protocol):
    """A place that keeps threads.

    Every method is one transaction and safe to call from any thread and, where the place outlives
    the process, from several processes. A row handed over is never changed afterwards; rows
    handed out belong to the caller.
    """

    place: str
    """Where this is, in words for the reader, such as ``saved in hitl.db``."""
    blocking: bool
    """Whether calls may wait for a disk or a network, and so must stay off an event loop."""

    def acquire(self, thread_id: str, graph: str, *, create: bool) -> tuple[ThreadRow, int]:
        """Begin a run: take the thread's lease and return the thread and a fencing number.

        The lease of a process that no longer lives is taken over, and so is one taken through a
        saver of this process that was closed. With ``create`` a thread that
        does not exist begins, with status ``running``.

        Raises:
            UnknownThread: If there is no such thread and ``create`` is False.
            ThreadBusy: If another run holds it; says who and since when.
        """

    def write(self, thread_id: str, fence: int, batch: Batch) -> None:
        """Write all of a batch or nothing.

        Raises:
            LeaseLost: If another run has taken the thread over; nothing is written.
            UnknownCheckpoint: If a row belongs to a checkpoint that is neither stored nor in the
                batch; nothing is written.
            CheckpointExists: If a checkpoint of the batch is stored already; nothing is written.
        """

    def renew(self, thread_id: str, fence: int) -> None:
        """Say that the run is alive though it has nothing to write.

        A lease ends with its process, where that can be seen; else when whoever watches it has
        seen neither a write nor a renewal for as long as a lease lasts, by its own clock.

        Raises:
            LeaseLost: If another run has taken the thread over.
        """

    def release(self, thread_id: str, fence: int) -> None:
        """End a run that has nothing to write, whatever became of its lease.

        For the way out of an error, so it raises none: what cannot be given back on disk is at
        least free for the next run of this process.
        """

    def answer(self, thread_id: str, answers: Sequence[AnswerRow]) -> Sequence[DecisionRow]:
        """Close the questions, append the decisions and keep the answers, on disk on return.

        Needs no lease: whoever is first wins.

        Raises:
            UnknownThread: If there is no such thread.
            UnknownQuestion: If one of the ids was never asked there; names what is open.
            AlreadyAnswered: If one was answered before; says by whom and when.
            StaleQuestion: If one is stale, or was shown with another digest.
            DoubleAnswer: If two answers are for one question.
            AnswerTooLate: If the time of one was over when nobody else was writing.
        """

    def read(self, thread_id: str, ns: str = "", checkpoint: str | None = None) -> Stored | None:
        """Return a checkpoint, the newest by default, or None if there is none."""

    def history(self, thread_id: str, ns: str = "") -> Iterator[Stored]:
        """Yield a namespace's checkpoints, newest first."""

    def namespaces(self, thread_id: str) -> Sequence[str]:
        """Return the namespaces a thread has, the outermost first."""

    def thread(self, thread_id: str) -> ThreadRow | None:
        """Return a thread, or None."""

    def threads(self, status: Status | None = None) -> Sequence[ThreadRow]:
        """Return all threads, or those of a status, most recently changed first."""

    def questions(
        self, thread_id: str | None = None, status: QuestionStatus | None = "open"
    ) -> Sequence[tuple[str, QuestionRow, QuestionStatus]]:
        """Return questions with their thread's id, oldest first."""

    def waiting(
        self, known: Collection[int] = (), listed: Sequence[PayloadPath] = ()
    ) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists, without reading again what the caller knows.

        A question waits if it is open, its task has paused, and its thread stands there.

        Args:
            known: Keys of questions whose rows are not wanted again.
            listed: What of each payload is wanted: a list shows little of it, and payloads are
                long.

        Returns:
            The keys of all that wait, oldest first; the rows of those not known.
        """

    def waiting_with_text(self, text: str) -> Collection[int]:
        """Return the keys of open questions whose payload holds a text; case does not matter."""

    def mark(self, thread_id: str, question: str, **changes: str) -> Marks:
        """Note something on an open question: some of the fields of ``Marks``.

        It is gone once the question is answered or stale.

        Raises:
            UnknownThread: If there is no such thread.
            UnknownQuestion: If it was never asked there.
            AlreadyAnswered: If it was answered; says by whom and when.
            StaleQuestion: If it is stale.
        """

    def marks(self) -> Mapping[int, Marks]:
        """Return what is noted on open questions, by their keys."""

    def unattended(self, handed_over: str, after: int | None = None) -> Unattended:
        """Return threads that may have to go on although nobody runs them, oldest change first.

        Those are held by somebody, or were handed over, or a question of theirs was answered.

        Args:
            handed_over: The error of a running thread whose server handed it over.
            after: An entry of the decision log: only threads with a newer one are wanted.
        """

    def version(self) -> object:
        """Return what differs once anything was written, by whoever; cheap enough to poll."""

    def decisions(self, thread_id: str | None = None) -> Sequence[DecisionRow]:
        """Return the decision log, or a thread's part of it, oldest first."""

    def delete(self, thread_id: str) -> None:
        """Forget a thread; its decisions stay on the record.

        Raises:
            UnknownThread: If there is no such thread.
            ThreadBusy: If a run holds it.
        """

    def copy(self, thread_id: str, to: str) -> None:
        """Copy a thread with its checkpoints, questions, answers and remembered calls.

        The copy's open questions are stale, and asked anew by the run that continues it,
        because a question's id commits to its thread. Answered ones stay answered.

        Raises:
            UnknownThread: If there is no such thread.
            ThreadExists: If ``to`` exists.
        """

    def export(self, thread_id: str) -> WholeThread:
        """Return all of a thread as it stands at one moment.

        Raises:
            UnknownThread: If there is no such thread.
        """

    def restore(self, thread: WholeThread) -> None:
        """Keep a thread that was exported, on disk on return.

        Its decisions are appended to the log, with numbers and hashes of this log; those the log
        holds already are not written twice.

        Raises:
            ThreadExists: If there is a thread of that id; nothing is written.
        """

    def close(self) -> None:
        """Let go of files and connections; the saver cannot be used after that."""
