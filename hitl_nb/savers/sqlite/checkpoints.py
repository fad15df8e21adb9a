"""Checkpoints in a SQLite file: their values as changes, and whole now and then."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from hitl_nb.codec.json_text import plain_text
from hitl_nb.errors.threads import CheckpointExists, UnknownCheckpoint
from hitl_nb.savers import deltas
from hitl_nb.savers.copies import own
from hitl_nb.savers.records import CheckpointRow, Json
from hitl_nb.savers.sqlite import rows
from hitl_nb.savers.sqlite.connection import Database
from hitl_nb.savers.sqlite.rows import packed, unpacked

# All values are written again once the changes since then, with so many bytes for a row of their
# own, are this many times as large, and a little more. So the file grows with the changes, and
# reading a state costs no more than a few times its size.
_TIMES_STATE = 2
_AT_LEAST = 1000
_ROW_COSTS = 100
_HEADS = 16  # that many threads go on without putting their state together again


class Checkpoints:
    """Write and read the checkpoints of one file, inside its transactions."""

    def __init__(self, database: Database) -> None:
        self._db = database
        # By thread and namespace, what was written last, as of which version of the file: a run
        # mostly reads what it has just written. Another writer or a rollback changes the version.
        self._heads: dict[tuple[int, str], _Head] = {}

    def write(self, thread_id: str, thread: int, row: CheckpointRow) -> None:
        """Write a checkpoint of the thread with that key, all values or only the changes."""
        columns = rows.checkpoint_columns(row)
        columns |= {"thread": thread, "state": None}
        columns["budget"] = self._budget(thread, columns)
        if columns["budget"] < 0:
            state = plain_text(dict(row.values))
            columns |= {"state": state, "budget": len(state) * _TIMES_STATE + _AT_LEAST}
        try:
            key = self._db.run("insert_checkpoint", columns).lastrowid
        except sqlite3.IntegrityError as error:
            raise CheckpointExists(thread_id, row.id, row.ns) from error
        head = _Head(self._db.version, key, columns["id"], row.values)
        self._keep((thread, columns["ns"]), head)

    def _budget(self, thread: int, columns: Mapping[str, Any]) -> int:
        """Return what is left after a checkpoint's changes; below 0, all values are due."""
        if columns["changes"] is None or columns["parent"] is None:
            return -1
        parent = {"thread": thread, "ns": columns["ns"], "id": columns["parent"]}
        found = self._db.run("budget", parent).fetchone()
        return found[0] - len(columns["changes"]) - _ROW_COSTS if found else -1

    def read(
        self,
        place: rows.Columns,
        found: rows.Found,
        known: Mapping[str, dict[str, Json]] | None = None,
    ) -> dict[str, Json]:
        """Return a checkpoint's values: those stored whole nearest to it, and what changed since.

        Args:
            place: The thread and the namespace.
            found: The checkpoint.
            known: Values of its ancestors, by id, to start from if its parent is among them.
        """
        head = self._heads.get((place["thread"], place["ns"]))
        if head and (head.key, head.id) == found[:2] and head.version == self._db.version:
            # A copy, since rows handed out belong to the caller.
            kept: dict[str, Json] = own(dict(head.values))
            return kept
        try:
            if known and (parent := known.get(found[2])) is not None:
                return deltas.apply(parent, json.loads(found[7]))
            *changed, (_, state) = self._db.run("chain", place | {"key": found[0]}).fetchall()
            values: dict[str, Json] = json.loads(state)
            for change in _parsed([text for text, _ in reversed(changed)]):
                deltas.amend(values, change)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            what = f"the state of the checkpoint {unpacked(found[1])!r} cannot be put together"
            raise self._db.corrupt(what) from error
        return values

    def key_of(self, thread_id: str, thread: int, ns: str, checkpoint: str) -> int:
        """Return what rows that belong to a checkpoint refer to.

        Raises:
            UnknownCheckpoint: If it is not stored.
        """
        names = {"thread": thread, "ns": packed(ns), "id": packed(checkpoint)}
        found = self._db.run("checkpoint_key", names).fetchone()
        if found is None:
            raise UnknownCheckpoint(thread_id, checkpoint, ns)
        return int(found[0])

    def forget(self) -> None:
        """Forget what may be deleted, because its keys may be used again."""
        self._heads.clear()

    def _keep(self, at: tuple[int, str], head: _Head) -> None:
        self._heads.pop(at, None)
        self._heads[at] = head
        if len(self._heads) > _HEADS:
            del self._heads[next(iter(self._heads))]


class _Head(NamedTuple):
    """A checkpoint's values, and where they were."""

    version: object
    key: int | None
    id: str
    values: Mapping[str, Json]


def _parsed(texts: list[str]) -> list[Json]:
    """Parse many small texts in one go, which is several times faster than one by one."""
    parsed: list[Json] = json.loads(f"[{','.join(texts)}]")
    if len(parsed) != len(texts):
        raise ValueError("a change holds more than one value")
    return parsed
