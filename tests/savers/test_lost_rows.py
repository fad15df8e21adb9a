"""Rows that went away are missed, and nothing else of the store is harmed."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hitl_nb import START, Command, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.errors import HitlError, RowsMissing, StoreCorrupt
from hitl_nb.types import RetryPolicy

TABLES = ("checkpoint", "outcome", "call", "question")


def at(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


def inner(state: dict[str, Any]) -> dict[str, Any]:
    return {"inner": once(lambda: "made", key="inner"), "said": interrupt("Inside?")}


def graph() -> StateGraph:
    def left(state: dict[str, Any]) -> dict[str, Any]:
        return {"left": once(lambda: "made", key="left")}

    def right(state: dict[str, Any]) -> dict[str, Any]:
        once(lambda: "made", key="right")
        return {"first": interrupt("First?"), "second": interrupt("Second?")}

    within = StateGraph(name="within").add_node(inner).add_edge(START, "inner").compile()
    built = StateGraph(name="outer").add_node(left).add_node(right).add_node("within", within)
    built.add_edge(START, "left").add_edge(START, "right")
    return built.add_edge(["left", "right"], "within")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with a thread at each of its stops, and one that is done."""
    path = tmp_path_factory.mktemp("lost") / "hitl.db"
    with SqliteSaver(path) as saver:
        app = graph().compile(saver)
        for answers in range(4):
            app.invoke({}, at(f"t{answers}"))
            for answer in range(answers):
                app.invoke(Command(resume=f"answer {answer}"), at(f"t{answers}"))
    return path


def keys(path: Path, table: str) -> list[int]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute(f"SELECT key FROM {table} ORDER BY key")]


def threads_of(path: Path, table: str, where: str = "true") -> set[str]:
    """Return the threads some rows belong to."""
    joined = {
        "checkpoint": "checkpoint ON checkpoint.thread = thread.key",
        "question": "question ON question.thread = thread.key",
    }.get(
        table,
        f"checkpoint ON checkpoint.thread = thread.key "
        f"JOIN {table} ON {table}.checkpoint = checkpoint.key",
    )
    query = f"SELECT DISTINCT thread.id FROM thread JOIN {joined} WHERE {where}"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute(query)}


def is_refused(path: Path, thread: str) -> bool:
    """Whether every door to a thread is closed; none may be while another is open."""
    refused = []
    with SqliteSaver(path) as saver:
        app = graph().compile(saver)
        for use in (
            lambda: app.get_state(at(thread)),
            lambda: list(app.get_state_history(at(thread))),
            lambda: saver.export(thread),
            lambda: saver.copy(thread, f"copy of {thread}"),
            lambda: app.invoke(None, at(thread)),
        ):
            missing = None
            try:
                use()
            except RowsMissing as error:
                missing = error.thread_id
            assert missing in (None, thread)
            refused.append(missing is not None)
        saver.thread(thread)
        for _, row, _ in saver.questions(thread):
            if all(refused):
                with pytest.raises(HitlError):
                    app.invoke(Command(resume={row.id: "yes"}), at(thread))
    assert len(set(refused)) == 1
    return refused[0]


@pytest.mark.parametrize("enforced", [False, True], ids=["orphans stay", "orphans go"])
@pytest.mark.parametrize("table", TABLES)
def test_each_row_that_is_removed_is_missed_by_its_thread_alone(
    store: Path, tmp_path: Path, table: str, enforced: bool
) -> None:
    for key in keys(store, table):
        path = tmp_path / f"{key}.db"
        shutil.copy(store, path)
        harmed = threads_of(path, table, f"{table}.key = {key}")
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"PRAGMA foreign_keys = {'ON' if enforced else 'OFF'}")
            connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))

        with SqliteSaver(path) as saver:  # what others do meanwhile takes no freed number
            app = graph().compile(saver)
            app.invoke({}, at("new"))
        whole = {f"t{number}" for number in range(4)} - harmed

        assert {thread for thread in ("new", *whole) if is_refused(path, thread)} == set()
        assert {thread for thread in harmed if is_refused(path, thread)} == harmed != set()


@pytest.mark.parametrize("table", TABLES)
def test_all_rows_of_a_table_that_are_removed_are_missed(
    store: Path, tmp_path: Path, table: str
) -> None:
    path = tmp_path / "hitl.db"
    shutil.copy(store, path)
    harmed = threads_of(path, table)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DELETE FROM {table}")

    assert {thread for thread in harmed if is_refused(path, thread)} == harmed != set()


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_were_moved_to_another_thread_are_missed(
    store: Path, tmp_path: Path, table: str
) -> None:
    path = tmp_path / "hitl.db"
    shutil.copy(store, path)
    column = "thread" if table in ("checkpoint", "question") else "checkpoint"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            f"UPDATE {table} SET {column} = (SELECT max({column}) FROM {table}), id = 'moved' "
            f"WHERE key = (SELECT min(key) FROM {table})"
            if column == "thread"
            else f"UPDATE {table} SET {column} = (SELECT max({column}) FROM {table}), "
            f"task = 'moved' WHERE key = (SELECT min(key) FROM {table})"
        )

    assert is_refused(path, "t0")
    assert is_refused(path, "t3")


def test_a_thread_that_lost_its_row_lends_its_rows_to_no_other(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    shutil.copy(store, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM thread WHERE id = 't3'")

    with SqliteSaver(path) as saver:
        app = graph().compile(saver)
        assert len(app.invoke({}, at("new"))["__interrupt__"]) == 1
        assert saver.read("new", "") is not None
        assert not is_refused(path, "new")
        with pytest.raises(HitlError):
            app.invoke(None, at("t3"))


def test_what_is_missing_is_said(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    shutil.copy(store, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM call WHERE key = (SELECT max(key) FROM call)")

    with SqliteSaver(path) as saver, pytest.raises(RowsMissing) as caught:
        saver.acquire("t3", "outer", create=False)

    error = caught.value
    assert (error.kind, error.wrote - error.there) == ("calls of once", 1)
    assert f"the thread 't3' wrote {error.wrote} calls of once, and {error.there} are there" in str(
        error
    )


def test_rows_that_nobody_counts_any_more_are_noticed(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    shutil.copy(store, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER outcome_is_counted")

    with pytest.raises(StoreCorrupt, match="no longer counted"):
        SqliteSaver(path)


def test_a_row_that_is_written_again_is_one_row(tmp_path: Path) -> None:
    tries = []

    def fails_twice(state: dict[str, Any]) -> dict[str, Any]:
        once(lambda: len(tries), key="first")
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return {"tries": len(tries)}

    built = StateGraph(name="again").add_edge(START, "fails_twice")
    retry = RetryPolicy(initial_interval=0, jitter=False, max_attempts=2)
    built.add_node("fails_twice", fails_twice, retry_policy=retry)
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        app = built.compile(saver)
        with contextlib.suppress(ConnectionError):
            app.invoke({}, at("t"))

    with SqliteSaver(tmp_path / "hitl.db") as saver:
        assert built.compile(saver).invoke(None, at("t")) == {"tries": 3}
