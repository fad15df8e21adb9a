"""What travels between the executor and a saver: rows of JSON-able values, and what holds them.

The codec has done its work before a row is made, so a saver needs no classes and runs no code of
the program whose threads it keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hitl_nb.marked_text import shorten
from hitl_nb.types import Status

Json = Any
Source = Literal["input", "loop", "update", "fork"]
QuestionStatus = Literal["open", "answered", "stale"]
CallStatus = Literal["begun", "done", "raised"]
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
    """A call made through ``once``.

    Args:
        ns: The namespace of the graph whose task makes it.
        checkpoint: The checkpoint of its superstep.
        task: The task.
        key: What the task calls it.
        result: What it returned; None until it has.
        status: ``"begun"`` is written before it is made; one of the others, once it has ended.
        about: What was called, with what, when and where; None in files of earlier versions.
    """

    ns: str
    checkpoint: str
    task: str
    key: str
    result: Json
    status: CallStatus = "done"
    about: Json = None


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
        before: Until when it counts, UTC, ISO 8601, by the store's clock once nobody else writes;
            None if at any time.
        identity: Where the reviewer's name comes from; see `hitl_nb.savers.identity_source`.
    """

    question: str
    digest: str
    value: Json
    action: str
    comment: str
    reviewer: str
    given: str
    displayed: Json = None
    before: str | None = None
    identity: str = ""


class DecisionRow(NamedTuple):
    """One entry of the decision log; never changed, never removed but with its thread.

    ``hash`` is the SHA-256 of ``previous_hash`` and the canonical text of every other field, so
    an edited, inserted, removed or moved row is found. ``seq`` counts from 1 without gaps over
    the whole saver. ``identity`` is empty in rows of earlier versions, whose hashes do not cover
    it.
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
    identity: str = ""
    previous_hash: str = ""
    hash: str = ""

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
        durable: Whether it is to outlast a power cut, and not only the process.
    """

    checkpoints: Sequence[CheckpointRow] = ()
    outcomes: Sequence[OutcomeRow] = ()
    calls: Sequence[CallRow] = ()
    stale: Sequence[str] = ()
    questions: Sequence[QuestionRow] = ()
    status: Status | None = None
    error: str | None = None
    release: bool = False
    durable: bool = False


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
