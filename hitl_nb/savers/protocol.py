"""What the executor needs of a place that keeps threads: rows in, rows out, one transaction each.

Everything in a row is JSON-able: the codec has done its work before a row is made, so a saver
needs no classes and runs no code of the program whose threads it keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from hitl_nb.savers.overview import Marks, Unattended, WaitingRow
from hitl_nb.text import shorten
from hitl_nb.types import Status

Json = Any
Source = Literal["input", "loop", "update", "fork"]
QuestionStatus = Literal["open", "answered", "stale"]
_SHORT = 40


class CheckpointRow(NamedTuple):
    """The state between two supersteps.

    Args:
        id: Sorts by creation within a process; unique everywhere.
        ns: Empty for the thread's own graph; the path of tasks that lead to a subgraph.
        parent: The checkpoint this one followed.
        step: Number of the superstep that comes next; -1 holds the input.
        source: What made it.
        created_at: UTC, ISO 8601 with microseconds.
        values: Every key's value. Shared with the rows around it, so never changed in place.
        changes: By key, what changed since the parent (see ``deltas``); None if there is no
            parent. A saver stores these, and all the values only as often as keeps a thread's
            size linear in what changed and the reading of its head linear in its state.
        frontier: What runs next.
    """

    id: str
    ns: str
    parent: str | None
    step: int
    source: Source
    created_at: str
    values: Mapping[str, Json]
    changes: Mapping[str, Json] | None
    frontier: Json


class OutcomeRow(NamedTuple):
    """What a task wrote that finished, or failed, while its superstep goes on."""

    ns: str
    checkpoint: str
    task: str
    outcome: Json = None
    error: str | None = None


class CallRow(NamedTuple):
    """The remembered result of a call made through ``once``."""

    ns: str
    checkpoint: str
    task: str
    key: str
    result: Json


class QuestionRow(NamedTuple):
    """A question as it was shown.

    Args:
        id: Commits to place and content.
        ns: The namespace of the graph whose node asks.
        checkpoint: The checkpoint of the superstep it was asked in.
        task: The task that asks.
        node: Its node.
        key: The name the node gave it.
        kind: ``"raw"`` for a plain payload, else the name of the request.
        payload: What was shown.
        digest: SHA-256 of the canonical payload and schema, in hex.
        schema: JSON Schema of a valid answer, or None.
        asked_at: UTC, ISO 8601.
        previous: The answered question this one replaces because its content changed.
        attempts: How often the place it is asked at has asked, this time included.
    """

    id: str
    ns: str
    checkpoint: str
    task: str
    node: str
    key: str | None
    kind: str
    payload: Json
    digest: str
    schema: Json
    asked_at: str
    previous: str | None = None
    attempts: int = 1


class AnswerRow(NamedTuple):
    """An answer on its way in.

    Args:
        question: Id of the question.
        digest: Digest of what was shown to whoever answers; the question must still have it.
        value: The answer, encoded.
        action: ``"answer"``, or what a request calls it: ``"approve"``, ``"reject"`` …
        comment: What the reviewer wrote besides.
        reviewer: Who answers.
        given: How: ``"widget"``, ``"code"``, ``"console"``, ``"policy"``, ``"timeout"`` ….
        displayed: What was on the screen, if somebody looked.
    """

    question: str
    digest: str
    value: Json
    action: str
    comment: str
    reviewer: str
    given: str
    displayed: Json = None


class DecisionRow(NamedTuple):
    """One entry of the decision log; never changed, never removed but with its thread.

    ``hash`` is the SHA-256 of ``previous_hash`` and the canonical text of every other field, so
    an edited, inserted, removed or moved row is found. ``seq`` counts from 1 without gaps over
    the whole saver.
    """

    seq: int
    thread_id: str
    graph: str
    checkpoint: str
    ns: str
    node: str
    question: str
    kind: str
    payload: Json
    digest: str
    answer: Json
    action: str
    comment: str
    reviewer: str
    given: str
    displayed: Json
    asked_at: str
    answered_at: str
    attempts: int
    previous_hash: str
    hash: str

    def __repr__(self) -> str:
        """Say who decided what where; a payload may be as long as it likes."""
        said = ("seq", "thread_id", "node", "action", "answer", "comment", "reviewer")
        told = ", ".join(f"{name}={shorten(getattr(self, name), _SHORT)}" for name in said)
        return f"DecisionRow({told}, …)"


class ThreadRow(NamedTuple):
    """A stored run: whose it is and how it fares; the status is stored, never inferred."""

    id: str
    graph: str
    status: Status
    error: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint with all that belongs to it.

    ``outcomes``, ``calls`` and ``questions`` are those of its superstep, oldest first;
    ``answers`` the encoded answers to them by question id.
    """

    row: CheckpointRow
    outcomes: Sequence[OutcomeRow] = ()
    calls: Sequence[CallRow] = ()
    questions: Sequence[tuple[QuestionRow, QuestionStatus]] = ()
    answers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """What one transaction writes; the order of the fields is the order of writing.

    Args:
        outcomes: A second one of the same task replaces the first, and counts as newest.
        calls: A second one of the same task and key replaces the first.
        stale: Open questions that no longer hold, because the state was edited under them.
        questions: Asking again what is open or answered at the same checkpoint changes nothing;
            what is stale there opens again. An open question of the same id at an older
            checkpoint becomes stale.
        status: The thread's new status; None leaves it.
        error: Why it failed; stored with the status.
        release: Whether the run ends here and another may go on.
    """

    checkpoints: Sequence[CheckpointRow] = ()
    outcomes: Sequence[OutcomeRow] = ()
    calls: Sequence[CallRow] = ()
    stale: Sequence[str] = ()
    questions: Sequence[QuestionRow] = ()
    status: Status | None = None
    error: str | None = None
    release: bool = False


@dataclass(frozen=True, slots=True)
class WholeThread:
    """All of a thread, as it leaves one saver and comes into another.

    Args:
        row: The thread.
        checkpoints: Namespace by namespace, the outermost first; within one, oldest first.
        outcomes: Oldest first.
        calls: Oldest first.
        questions: Oldest first, each with the ``seq`` of the decision that answered it.
        decisions: The thread's, and those that answered its questions where it was copied from;
            with the numbers and hashes of the log they were written to.
    """

    row: ThreadRow
    checkpoints: Sequence[CheckpointRow]
    outcomes: Sequence[OutcomeRow]
    calls: Sequence[CallRow]
    questions: Sequence[tuple[QuestionRow, QuestionStatus, int | None]]
    decisions: Sequence[DecisionRow]


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

        The lease of a run on another machine ends when it neither wrote nor renewed for a
        minute; that of a process on this machine ends with the process.

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

    def waiting(self, known: Collection[int] = ()) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists, without reading again what the caller knows.

        A question waits if it is open, its task has paused, and its thread stands there.

        Args:
            known: Keys of questions whose rows are not wanted again.

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
