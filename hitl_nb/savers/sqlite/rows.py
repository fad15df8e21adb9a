"""Rows as the columns of a SQLite table, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hitl_nb.codec.json_text import plain_text
from hitl_nb.savers.lease import Lease, Process
from hitl_nb.savers.records import (
    CallRow,
    CheckpointRow,
    DecisionRow,
    Json,
    OutcomeRow,
    QuestionRow,
    ThreadRow,
)
from hitl_nb.savers.sqlite.surrogates import ESCAPE, packed, unpacked

Columns = dict[str, Any]
Found = Sequence[Any]
"""A row as SQLite returns it."""

THREAD_KEY = 6
"""Where the statement `thread` has a thread's key, after the columns of ThreadRow."""
_FENCE, _LEASE = 7, slice(8, 13)
FEW_VALUES = ("graph", "ns", "node", "kind", "action", "reviewer", "given")
"""Columns of the decision log that take few values, in the order `decision_columns` joins them."""
_LOG = (
    "seq", "thread_id", "checkpoint", "question", "payload", "digest", "answer", "comment",
    "displayed", "asked_at", "answered_at", "attempts", "previous_hash", "hash",
)  # fmt: skip
_JSON = frozenset({"payload", "answer", "displayed"})
_NUMBERS = frozenset({"seq", "attempts"})


def packed_or_none(text: str | None) -> str | None:
    """Pack a text that may be missing."""
    return None if text is None else packed(text)


def unpacked_or_none(text: str | None) -> str | None:
    """Unpack a text that may be missing."""
    return None if text is None else unpacked(text)


def thread_row(found: Found) -> ThreadRow:
    """Read a thread."""
    thread_id, graph, status, error, created_at, updated_at, *_ = found
    return ThreadRow(
        unpacked(thread_id),
        unpacked(graph),
        status,
        unpacked_or_none(error),
        created_at,
        updated_at,
    )


def lease_of(found: Found, file: object) -> Lease | None:
    """Read who holds a thread of a file."""
    host, pid, started, since, renewals = found[_LEASE]
    if host is None:
        return None
    place = (file, found[THREAD_KEY])
    return Lease(found[_FENCE], Process(host, pid, started), since, renewals, place)


def checkpoint_columns(row: CheckpointRow) -> Columns:
    """Write all of a checkpoint but its state."""
    return {
        "ns": packed(row.ns),
        "id": packed(row.id),
        "parent": packed_or_none(row.parent),
        "step": row.step,
        "source": row.source,
        "created_at": row.created_at,
        "frontier": plain_text(row.frontier),
        "changes": None if row.changes is None else plain_text(dict(row.changes)),
    }


def checkpoint_row(ns: str, found: Found, values: dict[str, Json]) -> CheckpointRow:
    """Read a checkpoint."""
    _, checkpoint, parent, step, source, created_at, frontier, changes = found
    return CheckpointRow(
        unpacked(checkpoint),
        ns,
        unpacked_or_none(parent),
        step,
        source,
        created_at,
        values,
        None if changes is None else json.loads(changes),
        json.loads(frontier),
    )


def outcome_columns(row: OutcomeRow) -> Columns:
    """Write what a task wrote."""
    return {
        "task": packed(row.task),
        "outcome": plain_text(row.outcome),
        "error": packed_or_none(row.error),
    }


def outcome_row(ns: str, checkpoint: str, found: Found) -> OutcomeRow:
    """Read what a task wrote."""
    task, outcome, error = found
    return OutcomeRow(ns, checkpoint, unpacked(task), json.loads(outcome), unpacked_or_none(error))


def call_columns(row: CallRow) -> Columns:
    """Write a remembered call."""
    return {
        "task": packed(row.task),
        "name": packed(row.key),
        "result": plain_text(row.result),
        "status": row.status,
        "about": plain_text(row.about),
    }


def call_row(ns: str, checkpoint: str, found: Found) -> CallRow:
    """Read a remembered call."""
    task, name, result, status, about = found
    return CallRow(
        ns,
        checkpoint,
        unpacked(task),
        unpacked(name),
        json.loads(result),
        status,
        json.loads(about),
    )


def question_columns(row: QuestionRow) -> Columns:
    """Write a question."""
    return {
        "id": packed(row.id),
        "task": packed(row.task),
        "node": packed(row.node),
        "name": packed_or_none(row.key),
        "kind": packed(row.kind),
        "payload": plain_text(row.payload),
        "digest": row.digest,
        "schema": plain_text(row.schema),
        "asked_at": row.asked_at,
        "previous": packed_or_none(row.previous),
        "attempts": row.attempts,
    }


def question_row(found: Found) -> QuestionRow:
    """Read a question."""
    question, ns, checkpoint, task, node, name, kind, payload, digest, *rest = found[:13]
    schema, asked_at, previous, attempts = rest
    return QuestionRow(
        unpacked(question),
        unpacked(ns),
        unpacked(checkpoint),
        unpacked(task),
        unpacked(node),
        unpacked_or_none(name),
        unpacked(kind),
        json.loads(payload),
        digest,
        json.loads(schema),
        asked_at,
        unpacked_or_none(previous),
        attempts,
    )


def decision_columns(row: DecisionRow) -> Columns:
    """Write an entry of the decision log."""
    return {
        name: plain_text(value) if name in _JSON else value if name in _NUMBERS else packed(value)
        for name, value in zip(row._fields, row, strict=True)
    }


def decision_row(found: Found) -> DecisionRow:
    """Read an entry of the decision log."""
    return DecisionRow._make(
        json.loads(value) if name in _JSON else value if name in _NUMBERS else unpacked(value)
        for name, value in zip(DecisionRow._fields, found, strict=True)
    )


def decision_log(found: Sequence[Found]) -> Columns:
    """Read the whole decision log by columns."""
    *plain, combined = zip(*found, strict=True) if found else ((),) * (len(_LOG) + 1)
    columns: Columns = {}
    for name, values in zip(_LOG, plain, strict=True):
        if name in _JSON:
            columns[name] = json.loads(f"[{','.join(values)}]")
        elif name not in _NUMBERS and ESCAPE in "".join(values):
            columns[name] = list(map(unpacked, values))
        else:
            columns[name] = values
    places = {text: place for place, text in enumerate(dict.fromkeys(combined))}
    rows = list(map(places.__getitem__, combined))
    split = [text.split(f"{ESCAPE},") for text in places]
    few = zip(*split, strict=True) if split else ((),) * len(FEW_VALUES)
    for name, each in zip(FEW_VALUES, few, strict=True):
        columns[name] = (list(map(unpacked, each)), rows)
    return columns
