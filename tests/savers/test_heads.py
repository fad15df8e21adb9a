"""What a saver remembers of the states it wrote is never older than the file."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from hitl_nb.errors import UnknownCheckpoint
from hitl_nb.savers import SqliteSaver
from hitl_nb.savers.records import Batch, CheckpointRow, OutcomeRow
from hitl_nb.testing.savers.rows import checkpoint


def values(saver: SqliteSaver) -> object:
    stored = saver.read("t")
    assert stored is not None
    return stored.row.values


def begin(saver: SqliteSaver) -> tuple[CheckpointRow, int]:
    _, fence = saver.acquire("t", "graph", create=True)
    row = checkpoint("first", {"log": ["a"]})
    saver.write("t", fence, Batch(checkpoints=[row]))
    return row, fence


def test_the_saver_that_wrote_a_state_reads_what_any_other_reads(path: Path) -> None:
    with SqliteSaver(path) as saver, SqliteSaver(path) as other:
        row, fence = begin(saver)
        for n in range(50):
            row = checkpoint(f"{n}", {"log": [*row.values["log"], {"n": [n]}]}, row)
            saver.write("t", fence, Batch(checkpoints=[row]))

            assert values(saver) == values(other) == row.values


def test_what_is_read_can_be_changed(path: Path) -> None:
    with SqliteSaver(path) as saver:
        row, _ = begin(saver)
        saver.read("t").row.values["log"].append("mine")  # type: ignore[union-attr]

        assert values(saver) == row.values == {"log": ["a"]}


def test_a_thread_deleted_and_begun_anew_elsewhere_is_read_anew(path: Path) -> None:
    with SqliteSaver(path) as saver, SqliteSaver(path) as other:
        _, fence = begin(saver)
        saver.write("t", fence, Batch(release=True))
        other.delete("t")
        _, fence = other.acquire("t", "graph", create=True)
        other.write("t", fence, Batch(checkpoints=[checkpoint("first", {"log": ["b"]})]))

        assert values(saver) == {"log": ["b"]}


def test_a_thread_deleted_and_begun_anew_here_is_read_anew(path: Path) -> None:
    with SqliteSaver(path) as saver:
        _, fence = begin(saver)
        saver.write("t", fence, Batch(release=True))
        saver.delete("t")
        _, fence = saver.acquire("t", "graph", create=True)
        assert saver.read("t") is None
        saver.write("t", fence, Batch(checkpoints=[checkpoint("first", {"log": ["b"]})]))

        assert values(saver) == {"log": ["b"]}


def test_a_state_that_was_not_kept_is_not_remembered(path: Path) -> None:
    with SqliteSaver(path) as saver:
        row, fence = begin(saver)
        lost = checkpoint("second", {"log": ["lost"]}, row)
        with pytest.raises(UnknownCheckpoint):
            saver.write("t", fence, Batch([lost], [OutcomeRow("", "nowhere", "0:task")]))
        assert values(saver) == {"log": ["a"]}
        kept = checkpoint("second", {"log": ["kept"]}, row)
        with SqliteSaver(path) as other:
            other.write("t", fence, Batch([kept]))

        assert values(saver) == {"log": ["kept"]}


def test_a_state_another_program_changed_is_read_anew(path: Path) -> None:
    with SqliteSaver(path) as saver:
        begin(saver)
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("""UPDATE checkpoint SET state = '{"log":["changed"]}'""")

        assert values(saver) == {"log": ["changed"]}
