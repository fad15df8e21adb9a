"""Keep threads: their checkpoints, questions and decisions."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from hitl_nb.errors import AlreadyAnswered, NothingPending, UnknownThread
from hitl_nb.plan import Checkpoint, accept
from hitl_nb.types import Interrupt, Status


@dataclass(frozen=True, slots=True)
class Thread:
    """A stored run: where it stands and how it fares."""

    id: str
    graph: str
    checkpoint: Checkpoint
    status: Status


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One answer, as it is kept.

    Args:
        thread_id: The thread that asked.
        graph: Name of its graph.
        question: What was asked, payload and digest included.
        answer: What was answered.
        reviewer: Who answered.
        given: How: ``"widget"``, ``"code"``.
        asked_at: When the question was stored, UTC.
        answered_at: When the answer was stored, UTC.
    """

    thread_id: str
    graph: str
    question: Interrupt
    answer: Any
    reviewer: str
    given: str
    asked_at: datetime
    answered_at: datetime

    @property
    def seconds(self) -> float:
        """How long the question was open."""
        return (self.answered_at - self.asked_at).total_seconds()


class Saver(Protocol):
    """What the executor needs of a place that keeps threads."""

    def load(self, thread_id: str) -> Thread | None:
        """Return the thread, or None if there is none of that id."""

    def thread_ids(self) -> Sequence[str]:
        """Return the ids of all threads, oldest first."""

    def keep(self, thread: Thread) -> None:
        """Store where a thread stands now."""

    def answer(
        self, thread_id: str, answers: Mapping[str, Any], reviewer: str, given: str
    ) -> Thread:
        """Close questions, record the decisions and store the answers, all or nothing.

        Raises:
            UnknownThread: If there is no such thread.
            AlreadyAnswered: If one of the questions was answered before.
            UnknownQuestion: If one of them was never open.
        """

    def decisions(self, thread_id: str) -> list[DecisionRow]:
        """Return the thread's decisions, oldest first."""


@dataclass
class _Kept:
    thread: Thread
    asked: dict[str, datetime] = field(default_factory=dict)
    decisions: list[DecisionRow] = field(default_factory=list)


class InMemorySaver:
    """Keep threads in this process; they are gone when it ends."""

    place = "in memory"

    def __init__(self) -> None:
        self._threads: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def load(self, thread_id: str) -> Thread | None:
        """Return the thread, or None if there is none of that id."""
        kept = self._threads.get(thread_id)
        return kept.thread if kept else None

    def thread_ids(self) -> Sequence[str]:
        """Return the ids of all threads, oldest first."""
        return list(self._threads)

    def keep(self, thread: Thread) -> None:
        """Store where a thread stands now."""
        with self._lock:
            kept = self._threads.setdefault(thread.id, _Kept(thread))
            kept.thread = _with_late_answers(thread, kept.thread.checkpoint)
            now = datetime.now(UTC)
            for question in thread.checkpoint.pending:
                kept.asked.setdefault(question.id, now)

    def answer(
        self, thread_id: str, answers: Mapping[str, Any], reviewer: str, given: str
    ) -> Thread:
        """Close questions, record the decisions and store the answers, all or nothing.

        Raises:
            UnknownThread: If there is no such thread.
            AlreadyAnswered: If one of the questions was answered before.
            UnknownQuestion: If one of them was never open.
        """
        with self._lock:
            kept = self._threads.get(thread_id)
            if kept is None:
                raise unknown_thread(thread_id, self._threads)
            for row in kept.decisions:
                if row.question.id in answers:
                    raise AlreadyAnswered(
                        row.question.id, row.answer, row.reviewer, row.answered_at.isoformat()
                    )
            thread = kept.thread
            if not thread.checkpoint.pending:
                raise NothingPending(thread_id, thread.status)
            checkpoint = accept(thread.checkpoint, answers)
            now = datetime.now(UTC)
            for question in thread.checkpoint.pending:
                if question.id in answers:
                    asked = kept.asked.get(question.id, now)
                    kept.decisions.append(
                        DecisionRow(
                            thread_id,
                            thread.graph,
                            question,
                            answers[question.id],
                            reviewer,
                            given,
                            asked,
                            now,
                        )
                    )
            kept.thread = replace(thread, checkpoint=checkpoint, status="running")
            return kept.thread

    def decisions(self, thread_id: str) -> list[DecisionRow]:
        """Return the thread's decisions, oldest first."""
        kept = self._threads.get(thread_id)
        return list(kept.decisions) if kept else []


MemorySaver = InMemorySaver


def _with_late_answers(thread: Thread, stored: Checkpoint) -> Thread:
    """Keep answers that arrived while the executor was at work on other tasks."""
    late = {
        question: answer
        for question, answer in stored.answers.items()
        if question not in thread.checkpoint.answers
    }
    if not late or stored.step != thread.checkpoint.step:
        return thread
    return replace(thread, checkpoint=accept(thread.checkpoint, late))


def unknown_thread(thread_id: str, known: Iterable[str]) -> UnknownThread:
    """Compose the error for a thread that is not stored, with the nearest one that is."""
    near = difflib.get_close_matches(thread_id, list(known), n=1)
    return UnknownThread(thread_id, near[0] if near else None)
