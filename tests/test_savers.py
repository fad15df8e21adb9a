"""Every saver keeps the same contract."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hitl_nb.savers import InMemorySaver, MemorySaver, Saver, SqliteSaver
from hitl_nb.testing.savers import SaverContract


class TestInMemorySaver(SaverContract):
    def make_saver(self) -> Saver:
        return InMemorySaver()


class TestSqliteSaver(SaverContract):
    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.directory = tmp_path

    def make_saver(self) -> Saver:
        return SqliteSaver(self.directory / "hitl.db")


class TestSqliteSaverInMemory(SaverContract):
    def make_saver(self) -> Saver:
        return SqliteSaver(":memory:")


def test_savers_say_where_they_keep_threads_and_whether_they_wait(tmp_path: Path) -> None:
    assert (InMemorySaver().place, InMemorySaver.blocking) == ("in memory", False)
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        assert (saver.place, saver.blocking) == ("saved in hitl.db", True)


def test_the_memory_saver_has_two_names() -> None:
    assert MemorySaver is InMemorySaver


def test_a_saver_loads_nothing_of_forms_messages_or_the_notebook() -> None:
    program = (
        "import sys, hitl_nb.savers.memory, hitl_nb.savers.sqlite.saver;"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('hitl_nb.')};"
        "print(*sorted(rooms - {'codec', 'errors', 'marked_text', 'savers', 'types', 'version'}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == ""
