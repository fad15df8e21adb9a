"""A store of an older version goes on with this one, and keeps what it held."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from hitl_nb.savers import SqliteSaver
from hitl_nb.savers.sqlite import connection as database_module
from hitl_nb.savers.sqlite.connection import migrations
from hitl_nb.testing.savers.rows import answer, question, waiting


def tables(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


@pytest.fixture
def old(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a store as the first version wrote it, with a question that waits."""
    monkeypatch.setattr(database_module, "migrations", lambda: migrations()[:1])
    with SqliteSaver(path) as saver:
        waiting(saver, "t", question("q"), question("r"))
    monkeypatch.undo()
    return path


def test_the_first_schema_gets_marks(old: Path) -> None:
    assert "mark" not in tables(old)

    with SqliteSaver(old) as saver:
        assert [row.id for _, row, _ in saver.questions()] == ["q", "r"]
        saver.mark("t", "q", assigned="ana")
        saver.mark("t", "r", assigned="bob")
        saver.answer("t", [answer("q")])
        assert [each.assigned for each in saver.marks().values()] == ["bob"]

    assert {"mark", "mark_goes_with_its_question"} <= tables(old)


def test_two_versions_of_the_package_do_not_migrate_twice(old: Path) -> None:
    with SqliteSaver(old), SqliteSaver(old) as saver:
        saver.mark("t", "q", assigned="ana")
    with contextlib.closing(sqlite3.connect(old)) as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM migration")]
    assert numbers == [step.number for step in migrations()]
