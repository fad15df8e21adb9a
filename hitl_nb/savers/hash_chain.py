"""The chain that holds the decision log together: each entry's hash covers the one before.

An entry that was edited, moved, removed or inserted no longer fits its neighbours. Cutting off
the newest entries leaves a chain that holds, so who must notice that keeps the last hash
elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from hitl_nb.codec.json_text import canonical_text
from hitl_nb.errors.stores import RecordBroken
from hitl_nb.savers.records import DecisionRow

ORIGIN = "0" * 64
"""What stands before the first entry."""

_COVERED = DecisionRow._fields[: DecisionRow._fields.index("previous_hash")]


def sealed(row: DecisionRow, previous_hash: str) -> DecisionRow:
    """Return the row with its place in the chain."""
    return row._replace(previous_hash=previous_hash, hash=seal(row, previous_hash))


def seal(row: DecisionRow, previous_hash: str) -> str:
    """Return SHA-256 of the previous hash and the canonical text of all other fields, in hex."""
    covered = dict(zip(_COVERED, row, strict=False))
    if not row.identity:  # a row of an earlier version, which was sealed without
        del covered["identity"]
    text = canonical_text(covered)
    return hashlib.sha256(f"{previous_hash}{text}".encode("ascii")).hexdigest()


def verify(rows: Iterable[DecisionRow], *, anchor: str | None = None) -> None:
    """Check a whole decision log, oldest entry first.

    Args:
        rows: Every entry of a saver.
        anchor: The hash of an entry seen earlier, which must still be there.

    Raises:
        RecordBroken: If an entry is not as it was written; says which is the first.
    """
    previous, seq = ORIGIN, 0
    for seq, row in enumerate(rows, start=1):
        if row.seq != seq:
            raise RecordBroken(seq, f"its place is taken by an entry numbered {row.seq}")
        if row.previous_hash != previous:
            raise RecordBroken(seq, "it does not follow from the entry before it")
        if row.hash != seal(row, previous):
            raise RecordBroken(seq, "its content is not what its hash was taken of")
        previous = row.hash
        if previous == anchor:
            anchor = None
    if anchor is not None:
        raise RecordBroken(seq + 1, f"no entry has the hash {anchor} that was seen earlier")
