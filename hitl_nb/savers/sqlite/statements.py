"""The SQL of this package: named statements and numbered migrations, each from its file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_SQL = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Migration(NamedTuple):
    """A step from one schema to the next."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def statements() -> Mapping[str, str]:
    """Return every named statement of ``sql/*.sql``."""
    found: dict[str, str] = {}
    for file in _SQL.glob("*.sql"):
        _, *parts = _NAME.split(file.read_text("utf-8"))
        found.update(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    return found


@cache
def migrations() -> tuple[Migration, ...]:
    """Return the migrations, oldest first."""
    found = []
    for file in _SQL.glob("migrations/*.sql"):
        number, _, name = file.stem.partition("_")
        found.append(Migration(int(number), name, tuple(_split(file.read_text("utf-8")))))
    return tuple(sorted(found))


def _split(script: str) -> Iterator[str]:
    """Cut a script into statements, because running it whole would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
