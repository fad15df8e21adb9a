"""What every saver says when it refuses an answer or a thread's id."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from hitl_nb.errors.questions import AnswerTooLate, StaleQuestion, UnknownQuestion, UnknownThread
from hitl_nb.errors.threads import DoubleAnswer
from hitl_nb.savers.records import AnswerRow, QuestionRow, QuestionStatus
from hitl_nb.types import Interrupt


def unknown_thread(thread_id: str, known: Iterable[str]) -> UnknownThread:
    """Compose the error for a thread that is not stored, with the nearest one that is."""
    near = difflib.get_close_matches(thread_id, list(known), n=1)
    return UnknownThread(thread_id, near[0] if near else None)


def unknown_question(question_id: str, asked: Iterable[QuestionRow]) -> UnknownQuestion:
    """Compose the error for a question that was never asked, with those that are open."""
    pending = [
        Interrupt(row.payload, row.id, node=row.node, digest=row.digest, key=row.key)
        for row in asked
    ]
    return UnknownQuestion(question_id, pending)


def refuse_double(answers: Sequence[AnswerRow]) -> None:
    """Raise DoubleAnswer if two of the answers are for one question."""
    seen: set[str] = set()
    for answer in answers:
        if answer.question in seen:
            raise DoubleAnswer(answer.question)
        seen.add(answer.question)


def refuse_late(answers: Sequence[AnswerRow], moment: str) -> None:
    """Raise AnswerTooLate if the time of one of the answers is over."""
    for answer in answers:
        if answer.before is not None and moment >= answer.before:
            raise AnswerTooLate(answer.question, answer.before)


def refuse_stale(
    thread_id: str, answer: AnswerRow, status: QuestionStatus | Any, digest: str
) -> None:
    """Raise StaleQuestion unless an unanswered question is open and was shown as it is."""
    if status != "open":
        raise StaleQuestion(thread_id, answer.question, "state changed")
    if answer.digest != digest:
        raise StaleQuestion(thread_id, answer.question, "shown otherwise")
