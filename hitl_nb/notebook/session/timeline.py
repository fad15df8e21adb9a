"""The steps and decisions of a session: the newest ones, and how many came before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import brief, show
from hitl_nb.messages import Change, Print, RecordEntry, StepEntry
from hitl_nb.notebook.widget.record_entries import record_of
from hitl_nb.savers.records import DecisionRow
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
        """Append an entry; the oldest one makes room.

        A step that only passed on what was answered is left out: its record says it all.
        """
        if entry["kind"] == "step" and self._says_nothing_new(entry):
            return
        if len(self._entries) == MOST:
            self.before += 1
        self._entries.append(entry)

    def _says_nothing_new(self, step: StepEntry) -> bool:
        if step["changes"] or "prints" in step:
            return False
        records = takewhile(lambda entry: entry["kind"] == "record", reversed(self._entries))
        return any(entry["node"] == step["node"] for entry in records)

    def skip(self, count: int) -> None:
        """Count entries that came before all others."""
        self.before += max(0, count)


def step_entry(
    node: str, seconds: float | None, changes: list[Change], printed: Print | None = None
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
    plan: Plan,
    thread: str,
    history: Sequence[StateSnapshot],
    decisions: Sequence[DecisionRow],
    seconds: Mapping[str, float],
) -> Iterator[tuple[StateSnapshot | None, Entry]]:
    """Yield what a thread did before, with the state before each step.

    Args:
        plan: The graph.
        thread: The thread's id.
        history: Its states, newest first.
        decisions: Its decisions, oldest first.
        seconds: By checkpoint, those of the superstep that led to it, if they are known.
    """
    left = _still_holding(history, decisions)
    schemas = {item.id: item.response_schema for state in history for item in state.interrupts}

    def recorded(row: DecisionRow) -> RecordEntry:
        return _recorded(row, plan, thread, schemas.get(row.question))

    for before, after in zip(history[:0:-1], history[-2::-1], strict=True):
        while left and left[0].asked_at < str(after.created_at):
            yield None, recorded(left.pop(0))
        source = _source(after)
        changes = [
            change
            for change in changes_between(before.values, after.values)
            if change.get("before") != change["after"]
        ]
        if source == "update":
            yield None, step_entry("edited", None, changes)
        elif source != "fork" and before.next not in ((), (START,)):
            took = seconds.get(after.config["configurable"]["checkpoint_id"])
            yield before, step_entry(", ".join(before.next), took, changes)
    for row in left:
        yield None, recorded(row)


def _still_holding(
    history: Sequence[StateSnapshot], decisions: Sequence[DecisionRow]
) -> list[DecisionRow]:
    """Leave out decisions from before this history, and those that a fork in it went back past."""
    left = list(decisions)
    if history:
        left = [row for row in left if row.asked_at >= str(history[-1].created_at)]
    for after, before in pairwise(history):
        if _source(after) == "fork":
            since, until = str(before.created_at), str(after.created_at)
            left = [row for row in left if not since <= row.asked_at < until]
    return left


def _recorded(row: DecisionRow, plan: Plan, thread: str, schema: Any) -> RecordEntry:
    entry = record_of(row, plan.types, schema)
    if row.thread_id != thread:  # where it was copied from it can be answered differently
        entry["forks"] = False
    return entry


def _source(state: StateSnapshot) -> Any:
    return (state.metadata or {}).get("source")
