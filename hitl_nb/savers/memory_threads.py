"""What a saver in memory keeps of a thread, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hitl_nb.errors.questions import AlreadyAnswered, StaleQuestion
from hitl_nb.errors.threads import CheckpointExists, UnknownCheckpoint
from hitl_nb.savers.checks import refuse_stale, unknown_question
from hitl_nb.savers.copies import own, own_row
from hitl_nb.savers.records import (
    AnswerRow,
    Batch,
    CallRow,
    CheckpointRow,
    DecisionRow,
    OutcomeRow,
    QuestionRow,
    QuestionStatus,
    Stored,
    ThreadRow,
)
from hitl_nb.types import Status

Place = tuple[str, str]
"""A namespace and a checkpoint's id."""


@dataclass(slots=True)
class KeptQuestion:
    """A question and what became of it."""

    age: int
    place: Place
    row: QuestionRow
    status: QuestionStatus = "open"
    decision: DecisionRow | None = None


@dataclass(slots=True)
class KeptCheckpoint:
    """A checkpoint and what its superstep wrote so far."""

    row: CheckpointRow
    outcomes: dict[str, OutcomeRow] = field(default_factory=dict)
    calls: dict[tuple[str, str], CallRow] = field(default_factory=dict)
    asked: dict[str, KeptQuestion] = field(default_factory=dict)

    def stored(self) -> Stored:
        """Return all of it as values of its own."""
        answers = {
            item.row.id: own(item.decision.answer) for item in self.asked.values() if item.decision
        }
        return Stored(
            row=own_row(self.row),
            outcomes=[own_row(row) for row in self.outcomes.values()],
            calls=[own_row(row) for row in self.calls.values()],
            questions=[(own_row(item.row), item.status) for item in self.asked.values()],
            answers=answers,
        )


@dataclass(slots=True)
class KeptThread:
    """A thread with everything in it; ``points`` by namespace, then by id, in order."""

    id: str
    graph: str
    status: Status
    error: str | None
    created_at: str
    updated_at: str
    fence: int | None = None
    since: str = ""
    points: dict[str, dict[str, KeptCheckpoint]] = field(default_factory=dict)
    asked: dict[str, list[KeptQuestion]] = field(default_factory=dict)

    @property
    def row(self) -> ThreadRow:
        """The thread as a row."""
        return ThreadRow(
            self.id, self.graph, self.status, self.error, self.created_at, self.updated_at
        )

    def find(self, ns: str, checkpoint: str) -> KeptCheckpoint:
        """Return a checkpoint, or raise that there is none."""
        point = self.points.get(ns, {}).get(checkpoint)
        if point is None:
            raise UnknownCheckpoint(self.id, checkpoint, ns)
        return point


def refuse_unstorable(kept: KeptThread, batch: Batch) -> None:
    """Raise before anything is written if some of the batch cannot be."""
    fresh: set[Place] = set()
    for row in batch.checkpoints:
        place = (row.ns, row.id)
        if place in fresh or row.id in kept.points.get(row.ns, ()):
            raise CheckpointExists(kept.id, row.id, row.ns)
        fresh.add(place)
    for rows in (batch.outcomes, batch.calls, batch.questions):
        for each in rows:
            if (each.ns, each.checkpoint) not in fresh:
                kept.find(each.ns, each.checkpoint)


def make_stale(items: Sequence[KeptQuestion]) -> None:
    """Close questions that no longer hold."""
    for item in items:
        if item.status == "open":
            item.status = "stale"


def answerable(kept: KeptThread, answer: AnswerRow) -> KeptQuestion:
    """Return the open question an answer is for, or raise what is wrong with it."""
    item = _unanswered(kept, answer.question)
    refuse_stale(kept.id, answer, item.status, item.row.digest)
    return item


def open_question(kept: KeptThread, question: str) -> KeptQuestion:
    """Return an open question, or raise what is wrong with it."""
    item = _unanswered(kept, question)
    if item.status != "open":
        raise StaleQuestion(kept.id, question, "state changed")
    return item


def _unanswered(kept: KeptThread, question: str) -> KeptQuestion:
    """Return the open question of that id, else a stale one."""
    items = kept.asked.get(question)
    if not items:
        open_rows = [item.row for item in questions_of(kept) if item.status == "open"]
        raise unknown_question(question, open_rows)
    item = next((each for each in items if each.status == "open"), items[-1])
    if (given := item.decision) is not None:
        raise AlreadyAnswered(question, own(given.answer), given.reviewer, given.answered_at)
    return item


def questions_of(kept: KeptThread) -> list[KeptQuestion]:
    """Return every question a thread has asked."""
    return [item for items in kept.asked.values() for item in items]
