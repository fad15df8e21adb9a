"""Rows as the columns of a SQLite table, and back.

SQLite holds all text but surrogates, which occur in file names and in what browsers send. They,
and the escape character itself, are written as the escape character, which nobody types, and
four hexadecimal digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from hitl_nb.codec.json_text import plain_text
from hitl_nb.savers.lease import Lease, Process
from hitl_nb.savers.records import (
    CallRow,
    CheckpointRow,
    Json,
    OutcomeRow,
    QuestionRow,
    ThreadRow,
)

Columns = dict[str, Any]
Found = Sequence[Any]
"""A row as SQLite returns it."""

THREAD_KEY = 6
"""Where the statement `thread` has a thread's key, after the columns of ThreadRow."""
_FENCE, _LEASE = 7, slice(8, 13)
ESCAPE = "\x1b"
_ESCAPED = re.compile("\x1b([0-9a-f]{4})")
_UNSAFE = re.compile("[\x1b\ud800-\udfff]")


def packed(text: str) -> str:
    """Return text SQLite can hold; different texts stay different."""
    # Nearly all text is plain, and looking at it is several times faster than searching it.
    if ESCAPE not in text and (text.isascii() or not _UNSAFE.search(text)):
        return text
    return _UNSAFE.sub(lambda found: f"{ESCAPE}{ord(found[0]):04x}", text)


def unpacked(text: str) -> str:
    """Return the text that was packed."""
    if ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


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
