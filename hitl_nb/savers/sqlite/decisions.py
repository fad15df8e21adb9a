"""The decision log in a SQLite file."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hitl_nb.codec.json_text import plain_text
from hitl_nb.savers.hash_chain import ORIGIN, sealed
from hitl_nb.savers.records import DecisionRow
from hitl_nb.savers.sqlite.connection import Database
from hitl_nb.savers.sqlite.rows import ESCAPE, Columns, Found, packed, unpacked

FEW_VALUES = ("graph", "ns", "node", "kind", "action", "reviewer", "given", "identity")
"""Columns that take few values, in the order the statement `decision_columns` joins them."""
_LOG = (
    "seq", "thread_id", "checkpoint", "question", "payload", "digest", "answer", "comment",
    "displayed", "asked_at", "answered_at", "attempts", "previous_hash", "hash",
)  # fmt: skip
_JSON = frozenset({"payload", "answer", "displayed"})
_NUMBERS = frozenset({"seq", "attempts"})


def append_decision(database: Database, row: DecisionRow) -> DecisionRow:
    """Write an entry at the end of the log, inside a transaction, and return it sealed.

    The transaction holds the write lock since before the newest entry is read, so nobody else
    can take the same place in the chain.
    """
    seq, previous_hash = database.run("newest_decision").fetchone() or (0, ORIGIN)
    entry = sealed(row._replace(seq=seq + 1), previous_hash)
    database.run("append_decision", _columns(entry))
    return entry


def decisions_of(database: Database, thread_id: str) -> list[DecisionRow]:
    """Read a thread's part of the log."""
    found = database.run("decisions_of_thread", {"thread_id": packed(thread_id)}).fetchall()
    return [decision_row(each) for each in found]


def _columns(row: DecisionRow) -> Columns:
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


def log_columns(found: Sequence[Found]) -> Columns:
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
