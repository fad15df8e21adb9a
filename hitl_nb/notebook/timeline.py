"""The steps and decisions of a session: the newest ones, and how many came before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hitl_nb.messages import Change, Print, RecordEntry, StepEntry
from hitl_nb.notebook.entries import record_of
from hitl_nb.plan import Plan
from hitl_nb.savers.protocol import DecisionRow
from hitl_nb.text import brief, show
from hitl_nb.types import START, UNSET, StateSnapshot

MOST = 200
"""Entries that are shown, so that a redraw costs the same after a thousand steps as after ten."""
Entry = StepEntry | RecordEntry


class Timeline:
    """Keeps the newest entries."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self.before = 0
        self.seconds = 0.0
        """What all steps took, those that are no longer shown included."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def add(self, entry: Entry) -> None:
        """Append an entry; the oldest one makes room."""
        if len(self._entries) == MOST:
            self.before += 1
        self._entries.append(entry)

    def skip(self, count: int) -> None:
        """Count entries that came before all others."""
        self.before += max(0, count)


def step_entry(
    node: str, seconds: float, changes: list[Change], printed: Print | None = None
) -> StepEntry:
    """Describe a node that ran to its end."""
    entry: StepEntry = {
        "kind": "step",
        "node": show(node),
        "seconds": seconds,
        "changes": changes,
    }
    if printed is not None:
        entry["prints"] = printed
    return entry


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Describe what differs between two states."""
    changes: list[Change] = []
    for name, value in after.items():
        old = before.get(name, UNSET)
        if old is value:
            continue
        change: Change = {"key": show(str(name)), "after": brief(value)}
        if old is not UNSET:
            change["before"] = brief(old)
        changes.append(change)
    return changes


def recalled(
    plan: Plan, history: Sequence[StateSnapshot], decisions: Sequence[DecisionRow]
) -> Iterator[tuple[StateSnapshot | None, Entry]]:
    """Yield what a thread did before, with the state before each step; newest state first."""
    left = list(decisions)
    if history:
        since = str(history[-1].created_at)
        left = [row for row in left if row.asked_at >= since]
    for before, after in zip(history[:0:-1], history[-2::-1], strict=True):
        began = _moment(before)
        while left and left[0].asked_at < str(after.created_at):
            row = left.pop(0)
            began = max(began, datetime.fromisoformat(row.answered_at))
            yield None, record_of(row, plan.types)
        if before.next != (START,):
            seconds = max(0.0, (_moment(after) - began).total_seconds())
            changes = [
                change
                for change in changes_between(before.values, after.values)
                if change.get("before") != change["after"]
            ]
            source = (after.metadata or {}).get("source")
            names = "edited" if source == "update" else ", ".join(before.next)
            yield before, step_entry(names, 0.0 if source == "update" else seconds, changes)
    for row in left:
        yield None, record_of(row, plan.types)


def _moment(state: StateSnapshot) -> datetime:
    return datetime.fromisoformat(str(state.created_at))
