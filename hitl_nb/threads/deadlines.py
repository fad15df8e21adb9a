"""Questions that answer themselves when their time is over: exactly once, and on the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from hitl_nb.codec import encode
from hitl_nb.engine.checkpoint_rows import RAW, Typed, open_questions
from hitl_nb.errors import AlreadyAnswered, StaleQuestion
from hitl_nb.savers import clock
from hitl_nb.savers.identity_source import PROGRAM
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import AnswerRow, DecisionRow
from hitl_nb.types import Interrupt

TIMEOUT = "timeout"


def deadline(question: Interrupt) -> datetime | None:
    """Return when a question answers itself, UTC; None if it never does."""
    if question.kind == RAW:
        return None
    from hitl_nb.requests.replies import deadline_of

    return deadline_of(question.value, question.asked_at)


def seconds_left(question: Interrupt) -> float | None:
    """Return how long a question stays open; 0 if its time is over, None if it never is."""
    ends = deadline(question)
    return None if ends is None else max(0.0, (ends - clock.utc()).total_seconds())


def next_deadline(pending: Iterable[Interrupt]) -> datetime | None:
    """Return when the first of some questions answers itself, UTC; None if none does."""
    return min((ends for item in pending if (ends := deadline(item)) is not None), default=None)


def overdue(pending: Iterable[Interrupt]) -> list[Interrupt]:
    """Return the questions whose time is over."""
    return [item for item in pending if seconds_left(item) == 0]


def answer_by_time(question: Interrupt) -> dict[str, Any]:
    """Return the answer that a question's time gives, as it is stored."""
    from hitl_nb.requests.replies import timed_out

    reply = timed_out(question.value)
    return {**reply, "reviewer": TIMEOUT, "given": TIMEOUT, "identity": PROGRAM, "at": clock.now()}


def expire(saver: Saver, plan: Typed, thread_id: str) -> Sequence[DecisionRow]:
    """Let a thread's questions whose time is over answer themselves.

    Whoever runs, shows or answers a thread calls this first; the first of them wins.

    Returns:
        The decisions this made; whoever runs the thread goes on with them.
    """
    timed = [
        row.id
        for _, row, _ in saver.questions(thread_id)
        if row.kind != RAW and isinstance(row.payload, Mapping) and "timeout" in row.payload
    ]
    if not timed:
        return []
    return expire_pending(saver, plan, thread_id, open_questions(plan, saver, thread_id))


def expire_pending(
    saver: Saver, plan: Typed, thread_id: str, pending: Iterable[Interrupt]
) -> list[DecisionRow]:
    """Let those of a thread's open questions whose time is over answer themselves."""
    rows: list[DecisionRow] = []
    for item in overdue(pending):
        stored = answer_by_time(item)
        row = AnswerRow(
            item.id, item.digest, encode(stored, plan.types, "answer"), stored["action"], "",
            TIMEOUT, TIMEOUT, identity=PROGRAM,
        )  # fmt: skip
        # Several look at once, and none holds a lease for it: the saver lets one of them win.
        with suppress(AlreadyAnswered, StaleQuestion):
            rows += saver.answer(thread_id, [row])
    return rows
