"""The file itself: what it is, what it holds, how large it grows, and what may be wrong with it."""

from __future__ import annotations

import ast
import contextlib
import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import hitl_nb
from hitl_nb.codec.json_text import plain_text
from hitl_nb.errors import (
    HitlError,
    NotAStore,
    StoreBusy,
    StoreClosed,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
)
from hitl_nb.savers import SqliteSaver
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import Batch, CheckpointRow, OutcomeRow
from hitl_nb.savers.sqlite.connection import APPLICATION_ID, migrations, statements
from hitl_nb.testing.savers.rows import answer, checkpoint, question, read, refused, waiting


@contextlib.contextmanager
def editing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as any other program would."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def turns(saver: SqliteSaver, many: int, *, outcomes: bool = False) -> CheckpointRow:
    """Run a conversation: each turn adds 400 bytes to the state."""
    _, fence = saver.acquire("t", "graph", create=True)
    row = checkpoint("c" * 36, {"messages": []})
    saver.write("t", fence, Batch(checkpoints=[row]))
    for n in range(many):
        message = f"{n:0400}"
        values = {"messages": [*row.values["messages"], message], "turn": n}
        wrote = OutcomeRow("", row.id, "0:talk", {"messages": [message]})
        row = checkpoint(f"{n:036}", values, row)
        batch = Batch(checkpoints=[row], outcomes=[wrote] if outcomes else [])
        saver.write("t", fence, batch)
    saver.write("t", fence, Batch(status="done", release=True))
    return row


# What it is


def test_what_is_kept_is_there_for_the_next_saver(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t", question(payload={"draft": "We are sorry"}))
        saver.answer("t", [answer(value={"ok": True})])
        kept = read(saver, "t")

    with SqliteSaver(path) as saver:
        assert read(saver, "t") == kept
        verify(saver.decisions())


def test_closing_leaves_one_file(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t")

    assert [each.name for each in path.parent.iterdir()] == ["hitl.db"]


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "q?x=1#y.db", "ü😀.db", "'.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    with SqliteSaver(tmp_path / name) as saver:
        assert saver.place == f"saved in {name}"
        waiting(saver, "t")

    assert (tmp_path / name).exists()


def test_a_saver_takes_the_file_of_a_connection(path: Path) -> None:
    with editing(path) as connection, SqliteSaver(connection) as saver:
        waiting(saver, "t")
    with editing(Path(":memory:")) as connection, SqliteSaver(connection) as saver:
        assert saver.place == "in memory"

    with SqliteSaver.from_conn_string(str(path)) as saver:
        assert saver.thread("t")


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()

    with SqliteSaver(path) as saver:
        waiting(saver, "t")

    with editing(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_many_open_a_new_file_at_once(path: Path) -> None:
    failures: list[BaseException] = []

    def use(n: int) -> None:
        try:
            with SqliteSaver(path) as saver:
                waiting(saver, str(n))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with SqliteSaver(path) as saver:
        assert len(saver.threads()) == 8


# How large it is


def test_a_thread_grows_with_what_changes_not_with_its_state(path: Path) -> None:
    with SqliteSaver(path) as saver:
        last = turns(saver, 400, outcomes=True)
        assert plain_text(read(saver, "t").row) == plain_text(last)

    assert path.stat().st_size <= 1_000_000


def test_reading_the_newest_state_reads_little_more_than_the_state(path: Path) -> None:
    with SqliteSaver(path) as saver:
        for many in (50, 100, 200):
            if saver.thread("t"):
                saver.delete("t")
            last = turns(saver, many)
            with editing(path) as connection:
                place = {"thread": 1, "ns": "", "key": 2**63 - 1}
                place["key"] = connection.execute("SELECT max(key) FROM checkpoint").fetchone()[0]
                (place["thread"],) = connection.execute("SELECT key FROM thread").fetchone()
                chain = connection.execute(statements()["chain"], place).fetchall()
            length = sum(len(text) for row in chain for text in row if text)
            assert length <= 4 * len(plain_text(last.values))


def test_a_state_that_is_overwritten_is_stored_whole_now_and_then(path: Path) -> None:
    with SqliteSaver(path) as saver:
        _, fence = saver.acquire("t", "graph", create=True)
        row = checkpoint("first", {"n": 0, "text": "x" * 1000})
        saver.write("t", fence, Batch(checkpoints=[row]))
        for n in range(200):
            row = checkpoint(str(n), {"n": n, "text": "x" * 1000}, row)
            saver.write("t", fence, Batch(checkpoints=[row]))

    with editing(path) as connection:
        found = connection.execute("SELECT count(state), sum(length(state)) FROM checkpoint")
        whole, length = found.fetchone()
    assert 5 <= whole <= 15
    assert length <= 15 * 1100


# What may be wrong with it


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with refused(StoreMissing) as caught:
        SqliteSaver(tmp_path / "nowhere" / "hitl.db")

    assert "nowhere" in str(caught.error)
    with refused(NotAStore):
        SqliteSaver(tmp_path)
    with refused(StoreMissing):
        SqliteSaver(tmp_path / "hitl.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_another_programs_file_is_not_touched(path: Path) -> None:
    with editing(path) as connection:
        connection.execute("CREATE TABLE customers (name)")
    before = path.read_bytes()

    with refused(NotAStore) as caught:
        SqliteSaver(path)

    assert "customers" in str(caught.error)
    assert path.read_bytes() == before
    path.write_text("name,age\n" * 1000)
    with refused(NotAStore):
        SqliteSaver(path)


def test_a_newer_store_is_not_touched(path: Path) -> None:
    SqliteSaver(path).close()
    with editing(path) as connection:
        connection.execute("INSERT INTO migration VALUES (99, 'future', '2099')")

    with refused(StoreTooNew) as caught:
        SqliteSaver(path)

    assert (caught.error.found, caught.error.known) == (99, migrations()[-1].number)


def test_a_store_that_can_only_be_read_is_read(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t")

    with SqliteSaver(path, read_only=True) as saver:
        assert saver.thread("t")
        assert len(saver.questions()) == 1
        with refused(StoreReadOnly):
            saver.acquire("t", "graph", create=False)


def test_a_closed_saver_says_so(path: Path) -> None:
    saver = SqliteSaver(path)
    saver.close()
    saver.close()

    with refused(StoreClosed):
        saver.threads()


def test_a_locked_file_is_waited_for_and_then_named(path: Path) -> None:
    with SqliteSaver(path, timeout=0.02) as saver, editing(path) as other:
        waiting(saver, "t")
        other.execute("BEGIN IMMEDIATE")

        with refused(StoreBusy) as caught:
            saver.answer("t", [answer()])
        assert caught.error.seconds == 0.02
        assert len(saver.questions()) == 1

        other.rollback()
        saver.answer("t", [answer()])


@pytest.mark.parametrize("step", ["write", "answer"])
def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(
    path: Path, step: str
) -> None:
    with SqliteSaver(path) as saver:
        row = checkpoint("c", {"text": "before"})
        _, fence = saver.acquire("t", "graph", create=True)
        saver.write("t", fence, Batch(checkpoints=[row], questions=[question()]))
        connection = saver._db._connection
        assert connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        large = "x" * 100_000

        def use() -> None:
            if step == "write":
                rows = [checkpoint("d", {"text": large}, row)]
                saver.write("t", fence, Batch(checkpoints=rows, status="done"))
            else:
                saver.answer("t", [answer(value=large)])

        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        for _ in range(3):
            with refused(StoreFull):
                use()
        found = read(saver, "t")
        assert found.row == row
        assert found.answers == {}
        assert list(saver.decisions()) == []

        connection.execute("PRAGMA max_page_count = 1000000")
        use()
        verify(saver.decisions())
    with SqliteSaver(path) as saver:
        assert read(saver, "t").row.id == ("d" if step == "write" else "c")


def test_a_run_that_could_not_be_ended_on_disk_does_not_keep_this_process_out(path: Path) -> None:
    with SqliteSaver(path, timeout=0.01) as saver, editing(path) as other:
        _, fence = saver.acquire("t", "graph", create=True)
        other.execute("BEGIN IMMEDIATE")
        with refused(StoreBusy):
            saver.write("t", fence, Batch(status="failed", release=True))
        saver.release("t", fence)
        other.rollback()

        assert saver.acquire("t", "graph", create=False)[1] > fence


def test_a_file_that_went_away_is_noticed(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t")
        path.rename(path.with_suffix(".old"))
        with refused(StoreMissing):
            saver.answer("t", [answer()])

        SqliteSaver(path).close()
        with refused(StoreMissing):
            saver.threads()


def test_every_truncation_is_noticed(path: Path) -> None:
    with SqliteSaver(path) as saver:
        turns(saver, 30)
        waiting(saver, "w")
        saver.answer("w", [answer()])
    whole = path.read_bytes()

    for size in [*range(1, 600, 37), *range(600, len(whole), 1009)]:
        path.write_bytes(whole[:size])
        with refused(StoreError) as caught:
            use_everything(path)
        assert isinstance(caught.error, (StoreCorrupt, NotAStore))


def test_garbage_in_the_file_never_escapes_as_anything_but_a_typed_error(path: Path) -> None:
    with SqliteSaver(path) as saver:
        turns(saver, 20)
        waiting(saver, "w")
        saver.answer("w", [answer()])
    whole = path.read_bytes()
    chance = random.Random(7)

    for _ in range(150):
        damaged = bytearray(whole)
        start = chance.randrange(len(whole))
        length = chance.choice([1, 16, 512, 8192])
        damaged[start : start + length] = chance.randbytes(len(damaged[start : start + length]))
        for leftover in path.parent.glob("hitl.db-*"):
            leftover.unlink()
        path.write_bytes(damaged)
        with contextlib.suppress(HitlError):
            use_everything(path)


def use_everything(path: Path) -> None:
    with SqliteSaver(path) as saver:
        for thread in saver.threads():
            for ns in saver.namespaces(thread.id):
                list(saver.history(thread.id, ns))
        saver.questions(None, None)
        verify(saver.decisions())


def test_a_state_that_does_not_fit_together_is_an_error_that_names_its_checkpoint(
    path: Path,
) -> None:
    with SqliteSaver(path) as saver:
        row = checkpoint("c0", {"log": ["a"]})
        last = checkpoint("c1", {"log": ["a", "b"]}, row)
        fence = saver.acquire("t", "graph", create=True)[1]
        saver.write("t", fence, Batch(checkpoints=[row, last]))
        with editing(path) as connection:
            connection.execute("UPDATE checkpoint SET state = '{}' WHERE id = 'c0'")

        with refused(StoreCorrupt) as caught:
            saver.read("t")

    assert "'c1'" in str(caught.error)


def test_the_database_itself_refuses_to_change_the_log(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t")
        saver.answer("t", [answer()])
        for statement in ("DELETE FROM decision", "UPDATE decision SET reviewer = 'bo'"):
            with pytest.raises(sqlite3.IntegrityError), editing(path) as connection:
                connection.execute(statement)


def test_a_copy_of_the_file_is_a_store(path: Path) -> None:
    with SqliteSaver(path) as saver:
        waiting(saver, "t")
    shutil.copy(path, path.with_name("copy.db"))

    with SqliteSaver(path.with_name("copy.db")) as saver:
        saver.answer("t", [answer()])


# SQL is SQL


def test_no_statement_is_put_together_from_pieces() -> None:
    executors = {"execute", "executemany", "executescript", "read_sql", "read_sql_query"}
    for file in Path(hitl_nb.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            match call:
                case ast.Call(func=ast.Attribute(attr=name), args=[sql, *_]) if name in executors:
                    named = isinstance(sql, ast.Subscript | ast.Name)
                    assert named, f"{file.name}, line {call.lineno}"


def test_every_statement_has_a_name_a_reason_and_a_use() -> None:
    package = Path(hitl_nb.__file__).parent / "savers"
    code = "".join(file.read_text("utf-8") for file in package.parent.rglob("*.py"))
    for name, statement in statements().items():
        assert statement.startswith("-- "), f"{name} does not say why"
        assert f'"{name}"' in code, f"{name} is not used"
        assert sqlite3.complete_statement(statement + ";"), f"{name} is not one statement"
        assert ";" not in statement.partition("SELECT")[2], f"{name} is more than one statement"


def test_statements_that_list_rows_use_an_index(path: Path) -> None:
    by_index = ("checkpoint_by_id", "newest_checkpoint", "checkpoints_before", "chain", "outcomes",
                "calls", "questions_at", "question_to_answer", "decisions_of_thread",
                "open_questions", "thread", "renew_lease")  # fmt: skip
    SqliteSaver(path).close()
    with editing(path) as connection:
        for name in by_index:
            statement = statements()[name]
            blanks = dict.fromkeys(("thread", "ns", "id", "key", "before", "checkpoint"), 1)
            blanks |= dict.fromkeys(("thread_id", "fence", "host", "pid", "started", "moment"), 1)
            explain = "EXPLAIN QUERY PLAN " + statement
            plan = [row[3] for row in connection.execute(explain, blanks)]
            scans = [line for line in plan if line.startswith("SCAN") and "INDEX" not in line]
            assert not [line for line in scans if "chain" not in line], (name, plan)
