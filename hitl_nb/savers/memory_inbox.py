"""What inboxes and servers ask of threads in memory: what waits, was noted, and can go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from hitl_nb.errors.questions import AlreadyAnswered, StaleQuestion
from hitl_nb.savers.checks import unknown_question, unknown_thread
from hitl_nb.savers.copies import own
from hitl_nb.savers.inbox_records import BEGINNING, LISTED, Marks, Unattended, WaitingRow
from hitl_nb.savers.lease import Lease, this_process
from hitl_nb.savers.records import DecisionRow, Json


class InboxRows:
    """The part of `InMemorySaver` that looks at all threads."""

    _threads: dict[str, Any]
    _decisions: list[DecisionRow]
    _marks: dict[int, Marks]
    _lock: threading.Lock
    _version: int

    def waiting(self, known: Collection[int] = ()) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists; see `Saver.waiting`."""
        with self._lock:
            found = sorted(
                ((item.age, kept, item) for kept, item in self._open() if _waits(kept, item)),
                key=lambda each: each[0],
            )
            new = [_waiting_row(kept, item) for age, kept, item in found if age not in known]
            return [age for age, _, _ in found], new

    def waiting_with_text(self, text: str) -> Collection[int]:
        """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
        inside = json.dumps(text)[1:-1].lower()
        with self._lock:
            return {
                item.age
                for _, item in self._open()
                if inside in json.dumps(item.row.payload).lower()
            }

    def mark(self, thread_id: str, question: str, **changes: str) -> Marks:
        """Note something on an open question; see `Saver.mark`."""
        with self._lock:
            item = self._open_one(thread_id, question)
            before = self._marks.get(item.age, Marks())
            marks = before._replace(**changes)
            if marks != before:
                self._marks[item.age] = marks
                self._version += 1
        return marks

    def marks(self) -> Mapping[int, Marks]:
        """Return what is noted on open questions, by their keys."""
        with self._lock:
            if self._marks:
                ages = {item.age for _, item in self._open()}
                kept = {age: it for age, it in self._marks.items() if age in ages and it != Marks()}
                self._marks = kept
            return dict(self._marks)

    def unattended(self, handed_over: str, after: int | None = None) -> Unattended:
        """Return threads that may have to go on; see `Saver.unattended`."""
        with self._lock:
            decided = {row.thread_id for row in self._decisions[after or 0 :]}
            found = [
                (kept.row, _lease_of(kept))
                for kept in self._threads.values()
                if (kept.id in decided if after is not None else _can_go_on(kept, handed_over))
            ]
            found.sort(key=lambda each: each[0].updated_at)
            return Unattended(found, len(self._decisions))

    def version(self) -> object:
        """Return what differs once anything was written; see `Saver.version`."""
        return self._version

    def _open(self) -> Iterator[tuple[Any, Any]]:
        for kept in self._threads.values():
            for items in kept.asked.values():
                for item in items:
                    if item.status == "open":
                        yield kept, item

    def _open_one(self, thread_id: str, question: str) -> Any:
        kept = self._threads.get(thread_id)
        if kept is None:
            raise unknown_thread(thread_id, self._threads)
        items = kept.asked.get(question)
        if not items:
            asked = [item.row for owner, item in self._open() if owner is kept]
            raise unknown_question(question, asked)
        item = next((each for each in items if each.status == "open"), items[-1])
        if (given := item.decision) is not None:
            raise AlreadyAnswered(question, own(given.answer), given.reviewer, given.answered_at)
        if item.status != "open":
            raise StaleQuestion(thread_id, question, "state changed")
        return item


def _can_go_on(kept: Any, handed_over: str) -> bool:
    if kept.fence is not None or (kept.status == "running" and kept.error == handed_over):
        return True
    return kept.status in ("running", "waiting") and any(
        item.status == "answered" for items in kept.asked.values() for item in items
    )


def _lease_of(kept: Any) -> Lease | None:
    if kept.fence is None:
        return None
    return Lease(kept.fence, this_process(), kept.since, kept.since)


def _waits(kept: Any, item: Any) -> bool:
    ns, checkpoint = item.place
    points = kept.points[ns]
    return next(reversed(points)) == checkpoint and item.row.task in points[checkpoint].outcomes


def _waiting_row(kept: Any, item: Any) -> WaitingRow:
    row = item.row
    if isinstance(row.payload, str):
        listed = [row.payload[:BEGINNING], *[None] * (len(LISTED) - 1)]
    else:
        listed = [own(_at(row.payload, path)) for path in LISTED]
    context = _at(row.payload, ("context",))
    beginning = json.dumps(context)[:BEGINNING] if isinstance(context, dict) else ""
    return WaitingRow(
        item.age, kept.id, kept.graph, row.id, row.node, row.kind, row.asked_at, listed, beginning
    )


def _at(payload: Json, path: Sequence[str | int]) -> Json:
    for step in path:
        if isinstance(step, str) and isinstance(payload, dict):
            payload = payload.get(step)
        elif isinstance(step, int) and isinstance(payload, list) and step < len(payload):
            payload = payload[step]
        else:
            return None
    return payload
