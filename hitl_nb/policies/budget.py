"""Count what people have been asked today, so that nobody is asked until approving is a reflex."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from hitl_nb.savers.clock import now
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import QuestionRow

_DAY = len("2026-11-20")
_BY_ITSELF = ("policy", "timeout")
_one_at_a_time = threading.Lock()
_promised: WeakKeyDictionary[Saver, tuple[str, dict[Any, Counter[Any]]]] = WeakKeyDictionary()


def asked_today(saver: Saver, role: str | None) -> int:
    """Count the questions a role was asked today, or that wait for it since before.

    What was decided without a person does not count. A day is one of UTC.
    """
    return sum(1 for _ in _asked(saver, role))


def promise(saver: Saver, role: str | None, place: tuple[str, str], budget: int) -> bool:
    """Take one of today's questions, if there is one left.

    Tasks that run side by side ask before any of their questions is stored, so what was promised
    in this process counts from the moment it is.

    Args:
        saver: Where questions are kept.
        role: Who is to be asked.
        place: The thread and task that want to ask.
        budget: How many questions there are in a day.
    """
    stored = Counter((thread, row.task) for thread, row in _asked(saver, role))
    with _one_at_a_time:
        today, taken = _promised.get(saver, ("", {}))
        if today != now()[:_DAY]:
            today, taken = now()[:_DAY], {}
            _promised[saver] = today, taken
        mine = taken.setdefault(role, Counter())
        left = budget - sum((stored | mine).values())
        if left > 0:
            mine[place] = max(mine[place], stored[place]) + 1
    return left > 0


def _asked(saver: Saver, role: str | None) -> list[tuple[str, QuestionRow]]:
    today = now()[:_DAY]
    alone = {row.question for row in saver.decisions() if row.given in _BY_ITSELF}
    return [
        (thread, row)
        for thread, row, status in saver.questions(None, None)
        if (status == "open" or (status == "answered" and row.asked_at[:_DAY] == today))
        and row.id not in alone
        and _role_of(row) == role
    ]


def _role_of(row: QuestionRow) -> Any:
    return row.payload.get("role") if isinstance(row.payload, Mapping) else None
