"""A whole thread as the sections of a snapshot, and back after checking that it holds together."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from hitl_nb.codec.json_equality import equal_as_stored
from hitl_nb.errors.snapshots import SnapshotDamaged
from hitl_nb.savers import deltas
from hitl_nb.savers.hash_chain import seal
from hitl_nb.savers.records import (
    CallRow,
    CheckpointRow,
    DecisionRow,
    Json,
    OutcomeRow,
    QuestionRow,
    QuestionStatus,
    ThreadRow,
    WholeThread,
)
from hitl_nb.snapshot.file_format import MADE_BY, NO_FILE
from hitl_nb.snapshot.graph_compatibility import is_description
from hitl_nb.version import __version__

_Row = TypeVar("_Row")
_Place = tuple[str, str]
_LARGEST = 2**63 - 1
_ASCII = {"digest", "previous_hash", "hash", "asked_at", "answered_at", "created_at", "updated_at"}
_STATUSES = get_args(QuestionStatus)
_SECTIONS = (MADE_BY, "thread", "graph", "state", "questions", "decisions", "checkpoints")
_ROW_TYPES: tuple[Any, ...] = (
    ThreadRow,
    CheckpointRow,
    OutcomeRow,
    CallRow,
    QuestionRow,
    DecisionRow,
)
_FIELDS = {
    row_type: (get_type_hints(row_type), row_type._field_defaults) for row_type in _ROW_TYPES
}
"""By kind of row, the types of its fields and the defaults of those that have one."""


def to_sections(thread: WholeThread, graph: Json) -> dict[str, Json]:
    """Return a thread as JSON-able data, what a reader looks for first.

    Args:
        thread: The thread.
        graph: What is known of its graph.
    """
    inside: dict[_Place, dict[str, list[Json]]] = {}
    for name, rows in (("outcomes", thread.outcomes), ("calls", thread.calls)):
        for row in rows:
            lists = inside.setdefault((row.ns, row.checkpoint), {})
            lists.setdefault(name, []).append(_record(row, ("ns", "checkpoint")))
    known: set[_Place] = set()
    checkpoints = []
    for checkpoint in thread.checkpoints:
        place = (checkpoint.ns, checkpoint.id)
        checkpoints.append(_checkpoint(checkpoint, known) | inside.get(place, {}))
        known.add(place)
    return {
        MADE_BY: {"hitl_nb": __version__},
        "thread": _record(thread.row),
        "graph": graph,
        "state": dict(_head(thread.checkpoints)),
        "questions": [
            {"status": status, "decision": seq} | _record(row)
            for row, status, seq in thread.questions
        ],
        "decisions": [_record(row) for row in thread.decisions],
        "checkpoints": checkpoints,
    }


def from_sections(sections: Mapping[str, Json], path: str = NO_FILE) -> WholeThread:
    """Return the thread that sections hold.

    Raises:
        SnapshotDamaged: If they do not hold together; names the section and the place in it.
    """
    reader = _Reader(path)
    reader.at("header")
    if sections.keys() != set(_SECTIONS):
        reader.fail(f"a snapshot of this version has the sections {', '.join(_SECTIONS)}")
    reader.at("thread")
    row = reader.row(ThreadRow, sections["thread"])
    reader.at("graph")
    if not is_description(sections["graph"]):
        reader.fail("it describes no graph")
    decisions = _decisions(reader, sections)
    checkpoints, outcomes, calls = _checkpoints(reader, sections)
    reader.at("state")
    if not equal_as_stored(sections["state"], dict(_head(checkpoints))):
        reader.fail("it is not the state of the newest checkpoint")
    places = {(each.ns, each.id) for each in checkpoints}
    answered = {each.seq for each in decisions}
    questions = _questions(reader, sections, places, answered)
    return WholeThread(row, checkpoints, outcomes, calls, questions, decisions)


class _Reader:
    """Reads records of one file, and remembers where it is for the sake of its errors."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._section = ""
        self._place = ""

    def at(self, section: str, place: str = "") -> None:
        self._section, self._place = section, place

    def fail(self, why: str) -> NoReturn:
        where = f"{self._place}: " if self._place else ""
        raise SnapshotDamaged(self._path, where + why, section=self._section)

    def list(self, section: str, value: Json) -> list[Json]:
        self.at(section)
        if not isinstance(value, list):
            self.fail("it should be a list")
        return value

    def row(self, kind: type[_Row], record: Json, **given: Any) -> _Row:
        """Read one record, whose fields must be those of the row but for what is given."""
        if not isinstance(record, dict):
            self.fail("it should be a record")
        hints, defaults = _FIELDS[kind]
        values = {**defaults, **record, **given}
        for name in record:
            if name not in hints or name in given:
                self.fail(f"this version has no field {name!r} here")
        for name, hint in hints.items():
            if name not in values:
                self.fail(f"the field {name!r} is missing")
            plain = name not in _ASCII or str(values[name]).isascii()
            if not plain or not _fits(values[name], hint):
                self.fail(f"{values[name]!r:.60} is no {name!r}")
        return kind(**values)


def _decisions(reader: _Reader, sections: Mapping[str, Json]) -> list[DecisionRow]:
    decisions: list[DecisionRow] = []
    for number, record in enumerate(reader.list("decisions", sections["decisions"])):
        reader.at("decisions", f"decision {number}")
        row = reader.row(DecisionRow, record)
        if row.hash != seal(row, row.previous_hash):
            reader.fail("its content is not what its hash was taken of")
        if decisions and row.seq <= decisions[-1].seq:
            reader.fail("it stands after a newer one")
        follows = decisions and row.seq == decisions[-1].seq + 1
        if follows and row.previous_hash != decisions[-1].hash:
            reader.fail("it does not follow from the one before it")
        decisions.append(row)
    return decisions


def _checkpoints(
    reader: _Reader, sections: Mapping[str, Json]
) -> tuple[list[CheckpointRow], list[OutcomeRow], list[CallRow]]:
    checkpoints: list[CheckpointRow] = []
    outcomes: list[OutcomeRow] = []
    calls: list[CallRow] = []
    states: dict[_Place, Mapping[str, Json]] = {}
    for number, record in enumerate(reader.list("checkpoints", sections["checkpoints"])):
        reader.at("checkpoints", f"checkpoint {number}")
        if not isinstance(record, dict):
            reader.fail("it should be a record")
        fields = dict(record)
        lists = {name: fields.pop(name, []) for name in ("outcomes", "calls")}
        row = _read_checkpoint(reader, fields, states)
        if (row.ns, row.id) in states:
            reader.fail(f"there is a checkpoint {row.id!r} before it")
        states[row.ns, row.id] = row.values
        checkpoints.append(row)
        place = {"ns": row.ns, "checkpoint": row.id}
        for name, items in lists.items():
            if not isinstance(items, list):
                reader.fail(f"its {name} should be a list")
        outcomes += [reader.row(OutcomeRow, item, **place) for item in lists["outcomes"]]
        calls += [reader.row(CallRow, item, **place) for item in lists["calls"]]
    return checkpoints, outcomes, calls


def _read_checkpoint(
    reader: _Reader, fields: dict[str, Json], states: Mapping[_Place, Mapping[str, Json]]
) -> CheckpointRow:
    """Read a checkpoint; without values of its own it has its parent's, changed."""
    changed = fields.pop("changes", None)
    if "values" in fields:
        return reader.row(CheckpointRow, fields | {"changes": changed})
    ns, parent = fields.get("ns"), fields.get("parent")
    before = states.get((ns, parent)) if isinstance(ns, str) and isinstance(parent, str) else None
    if before is None or not isinstance(changed, dict):
        reader.fail("it has neither values nor changes of an older checkpoint")
    try:
        values = deltas.apply(before, changed)
    except (ValueError, TypeError, AttributeError, RecursionError):
        reader.fail("its changes are not changes of the checkpoint before it")
    return reader.row(CheckpointRow, fields, values=values, changes=changed)


def _questions(
    reader: _Reader, sections: Mapping[str, Json], places: set[_Place], decided: set[int]
) -> list[tuple[QuestionRow, QuestionStatus, int | None]]:
    questions: list[tuple[QuestionRow, QuestionStatus, int | None]] = []
    asked: set[tuple[str, str, str]] = set()
    for number, record in enumerate(reader.list("questions", sections["questions"])):
        reader.at("questions", f"question {number}")
        if not isinstance(record, dict):
            reader.fail("it should be a record")
        fields = dict(record)
        status, seq = fields.pop("status", None), fields.pop("decision", None)
        row = reader.row(QuestionRow, fields)
        if (row.ns, row.checkpoint) not in places:
            reader.fail(f"there is no checkpoint {row.checkpoint!r} in {row.ns!r}")
        if (row.ns, row.checkpoint, row.id) in asked:
            reader.fail(f"the question {row.id!r} is there twice")
        asked.add((row.ns, row.checkpoint, row.id))
        if status not in _STATUSES:
            reader.fail(f"{status!r:.60} is no status")
        if (status == "answered") != (seq is not None):
            reader.fail("a question has a decision if, and only if, it is answered")
        if seq is not None and (type(seq) is not int or seq not in decided):
            reader.fail(f"there is no decision {seq!r:.60}")
        questions.append((row, status, seq))
    return questions


def _checkpoint(row: CheckpointRow, known: set[_Place]) -> dict[str, Json]:
    """Write a checkpoint; only what changed, where the one before it is in the file."""
    record = _record(row)
    if row.changes is None:
        del record["changes"]
    elif row.parent is not None and (row.ns, row.parent) in known:
        del record["values"]
    return record


def _record(row: Any, but: Sequence[str] = ()) -> dict[str, Json]:
    """Write a row by the names of its fields, without what is as usual."""
    _, defaults = _FIELDS[type(row)]
    return {
        name: value
        for name, value in row._asdict().items()
        if name not in but and not (name in defaults and equal_as_stored(value, defaults[name]))
    }


def _head(checkpoints: Sequence[CheckpointRow]) -> Mapping[str, Json]:
    """Return the newest state of a thread's own graph."""
    return next((row.values for row in reversed(checkpoints) if not row.ns), {})


def _fits(value: Json, hint: Any) -> bool:
    """Whether JSON-able data is of a field's type."""
    origin = get_origin(hint)
    if hint is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if origin is not None:
        return isinstance(value, dict)
    if hint is int:
        return type(value) is int and abs(value) <= _LARGEST
    return type(value) is (type(None) if hint is None else hint)
