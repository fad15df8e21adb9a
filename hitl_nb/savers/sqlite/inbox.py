"""What inboxes and servers ask of a SQLite file: what waits, what was noted, what can go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hitl_nb.savers.inbox_records import BEGINNING, Marks, PayloadPath, Unattended, WaitingRow
from hitl_nb.savers.sqlite.connection import Database
from hitl_nb.savers.sqlite.rows import lease_of, packed, thread_row, unpacked

_NOWHERE = ("$[#]", "$[#]")
"""Places where nothing is, to fill a list of paths up with."""
_ESCAPE_AT_MOST = 12
"""Characters of JSON that stand for one: two surrogates."""


def read_waiting(
    database: Database, known: Collection[int], listed: Sequence[PayloadPath]
) -> tuple[Sequence[int], Sequence[WaitingRow]]:
    """Return what an inbox lists, inside a transaction; see `Saver.waiting`."""
    keys = [key for (key,) in database.run("keys_of_waiting")]
    new = [key for key in keys if key not in known]
    if not new:
        return keys, []
    # Of one path SQLite would return the value itself instead of a list of values.
    paths = [*map(_path, listed), *_NOWHERE][: max(2, len(listed))]
    names = {"keys": json.dumps(new)}
    found = database.run("waiting_by_key", names, lists={"paths": paths}).fetchall()
    return keys, _waiting_rows(found, len(listed))


def find_text(database: Database, text: str) -> Collection[int]:
    """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
    inside = json.dumps(text)[1:-1].lower()
    return {key for (key,) in database.run("waiting_with_text", {"text": inside})}


def write_marks(database: Database, question: int, changes: Mapping[str, str]) -> Marks:
    """Note something on the open question of that key, inside a transaction."""
    names = {"question": question}
    found = database.run("marks_of", names).fetchone()
    before = Marks(*map(unpacked, found)) if found else Marks()
    marks = before._replace(**changes)
    if marks == Marks():
        database.run("drop_marks", names)
    elif marks != before:
        columns = {name: packed(text) for name, text in marks._asdict().items()}
        database.run("set_marks", names | columns)
    return marks


def read_marks(database: Database) -> Mapping[int, Marks]:
    """Return what is noted on open questions, by their keys."""
    return {key: Marks(*map(unpacked, texts)) for key, *texts in database.run("marks")}


def read_unattended(database: Database, handed_over: str, after: int | None) -> Unattended:
    """Return threads that may have to go on, inside a transaction; see `Saver.unattended`."""
    if after is None:
        found = database.run("unattended", {"handed_over": packed(handed_over)}).fetchall()
    else:
        found = database.run("decided_since", {"seq": after}).fetchall()
    newest = database.run("newest_decision").fetchone()
    threads = [(thread_row(each), lease_of(each, database.file)) for each in found]
    return Unattended(threads, int(newest[0]) if newest else 0)


def _path(steps: PayloadPath) -> str:
    """Write where something is in a payload as SQLite has it."""
    written = (f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps)
    return f"${''.join(written)}"


def _waiting_rows(found: Sequence[Sequence[Any]], wanted: int) -> list[WaitingRow]:
    # One text is read faster than many.
    texts = [each[-1] if each[-1].startswith("[") else _text(each[-1], wanted) for each in found]
    listed = json.loads(f"[{','.join(texts)}]")
    return [
        WaitingRow._make((key, *map(unpacked, names), asked_at, values[:wanted], context))
        for (key, *names, asked_at, context, _), values in zip(found, listed, strict=True)
    ]


def _text(found: str, wanted: int) -> str:
    """Write what is listed of a text, of which the beginning was found."""
    return json.dumps([_beginning(found), *[None] * (wanted - 1)])


def _beginning(text: str) -> str:
    """Read a JSON string that may have been cut, also inside an escape."""
    with suppress(ValueError):
        return str(json.loads(text))[:BEGINNING]
    for cut in range(_ESCAPE_AT_MOST):
        with suppress(ValueError):
            found = str(json.loads(f'{text[: len(text) - cut]}"'))[:BEGINNING]
            return found[:-1] if "\ud800" <= found[-1:] <= "\udbff" else found
    raise ValueError(f"no JSON string: {text!r}")
