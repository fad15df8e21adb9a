"""A store of an older version goes on with this one, and keeps what it held."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hitl_nb import START, Approval, Command, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.sqlite.connection import migrations

GOLDEN = {number: Path(__file__).with_name(f"store_v{number}.sql") for number in (2, 3)}
"""Stores as versions of the schema wrote them: three threads of the graph below."""


def tables(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


@pytest.fixture(params=[1, 2, 3], ids=["v1", "v2", "v3"])
def old(path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a store as an earlier version wrote it; the first had no marks."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(GOLDEN[max(2, request.param)].read_text("utf-8"))
        if request.param == 1:
            connection.executescript(
                "DROP TRIGGER mark_goes_with_its_question; DROP TABLE mark;"
                "DELETE FROM migration WHERE number = 2;"
            )
        connection.commit()
    return path


def price(order: int) -> dict[str, int]:
    raise AssertionError("this was remembered")


price.__module__ = "__main__"  # as it was called where the golden file was made


def refund(state: dict[str, Any]) -> dict[str, Any]:
    found = once(price, state["order"])
    decision = interrupt(Approval(f"Refund {found['eur']} EUR?", draft=found, risk="low"))
    return {"how": decision.action, "note": interrupt("A note?")}


def at(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


# The node stood in a script of its own when the golden file was made.
@pytest.mark.filterwarnings("ignore::hitl_nb.errors.NodeEdited")
def test_what_waited_is_answered_and_goes_on(old: Path) -> None:
    with SqliteSaver(old) as saver:
        app = StateGraph(name="refund").add_node(refund).add_edge(START, "refund").compile(saver)

        for thread, replies, how in (
            ("order-1", [], "approve"),
            ("order-2", ["a note"], "reject"),
            ("order-3", ["approve", "a note"], "approve"),
        ):
            for reply in replies:
                app.invoke(Command(resume=reply), at(thread))
            assert app.get_state(at(thread)).values["how"] == how

        rows = saver.decisions()
        verify(rows)
        assert [row.reviewer for row in rows][:3] == ["ana", "code", "bob"]
        # What was written before names had a source says so, and its hash still holds.
        sources = [row.identity for row in rows]
        assert sources == [""] * sources.count("") + ["unnamed"] * (len(sources) - 3)


def test_marks_are_kept_and_made(old: Path) -> None:
    with SqliteSaver(old) as saver:
        (waits,) = saver.questions("order-3")
        saver.mark("order-3", waits[1].id, draft="typed")
        (mark,) = saver.marks().values()

    assert mark.draft == "typed"
    assert mark.assigned in ("", "ana")
    assert {"mark", "mark_goes_with_its_question"} <= tables(old)


def test_two_versions_of_the_package_do_not_migrate_twice(old: Path) -> None:
    with SqliteSaver(old), SqliteSaver(old) as saver:
        assert len(saver.threads()) == 3
    with contextlib.closing(sqlite3.connect(old)) as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM migration")]
    assert sorted(numbers) == [step.number for step in migrations()]
