"""What inboxes and servers ask of threads in memory: what waits, and what can go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from hitl_nb.savers.copies import own
from hitl_nb.savers.inbox_records import BEGINNING, PayloadPath, WaitingRow
from hitl_nb.savers.lease import Lease, this_process
from hitl_nb.savers.memory_threads import KeptQuestion, KeptThread, questions_of
from hitl_nb.savers.records import Json

Threads = Iterable[KeptThread]


def read_waiting(
    threads: Threads, known: Collection[int], listed: Sequence[PayloadPath]
) -> tuple[Sequence[int], Sequence[WaitingRow]]:
    """Return what an inbox lists; see `Saver.waiting`."""
    found = sorted(
        ((item.age, kept, item) for kept, item in each_open(threads) if _waits(kept, item)),
        key=lambda each: each[0],
    )
    new = [_waiting_row(kept, item, listed) for age, kept, item in found if age not in known]
    return [age for age, _, _ in found], new


def find_text(threads: Threads, text: str) -> Collection[int]:
    """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
    inside = json.dumps(text)[1:-1].lower()
    return {
        item.age for _, item in each_open(threads) if inside in json.dumps(item.row.payload).lower()
    }


def each_open(threads: Threads) -> Iterator[tuple[KeptThread, KeptQuestion]]:
    """Yield every open question and whose it is."""
    for kept in threads:
        for item in questions_of(kept):
            if item.status == "open":
                yield kept, item


def can_go_on(kept: KeptThread, handed_over: str) -> bool:
    """Whether a thread may have to go on although nobody runs it; see `Saver.unattended`."""
    if kept.fence is not None or (kept.status == "running" and kept.error == handed_over):
        return True
    return kept.status in ("running", "waiting") and any(
        item.status == "answered" for item in questions_of(kept)
    )


def lease_of(kept: KeptThread) -> Lease | None:
    """Return the lease by which a run holds a thread."""
    if kept.fence is None:
        return None
    return Lease(kept.fence, this_process(), kept.since)


def _waits(kept: KeptThread, item: KeptQuestion) -> bool:
    ns, checkpoint = item.place
    points = kept.points[ns]
    return next(reversed(points)) == checkpoint and item.row.task in points[checkpoint].outcomes


def _waiting_row(kept: KeptThread, item: KeptQuestion, listed: Sequence[PayloadPath]) -> WaitingRow:
    row = item.row
    if isinstance(row.payload, str):
        values = [row.payload[:BEGINNING], *[None] * len(listed)][: len(listed)]
    else:
        values = [own(_at(row.payload, path)) for path in listed]
    context = _at(row.payload, ("context",))
    beginning = json.dumps(context)[:BEGINNING] if isinstance(context, dict) else ""
    return WaitingRow(
        item.age, kept.id, kept.graph, row.id, row.node, row.kind, row.asked_at, values, beginning
    )


def _at(payload: Json, path: PayloadPath) -> Json:
    for step in path:
        if isinstance(step, str) and isinstance(payload, dict):
            payload = payload.get(step)
        elif isinstance(step, int) and isinstance(payload, list) and step < len(payload):
            payload = payload[step]
        else:
            return None
    return payload
