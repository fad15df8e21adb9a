"""Which saver is used when nobody says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_nb.errors import NoPlace
from hitl_nb.errors.stores import NotAStore
from hitl_nb.savers import InMemorySaver, SqliteSaver
from hitl_nb.savers.default import choose_saver, close_savers, default_path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HITL_NB_SAVER", raising=False)
    yield tmp_path
    close_savers()


def test_by_default_it_is_a_file_in_the_working_directory(here: Path) -> None:
    saver = choose_saver()

    assert saver.place == "saved in hitl.db"
    assert (here / "hitl.db").exists()


@pytest.mark.parametrize(
    "said", ["sub/my.db", "sqlite:///sub/my.db", "sub/../sub/my.db", "{here}/sub/my.db",
             "sqlite:///{here}/sub/my.db"],
)  # fmt: skip
def test_the_environment_names_another_file(
    here: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    (here / "sub").mkdir()
    monkeypatch.setenv("HITL_NB_SAVER", said.format(here=here))

    assert default_path() == here / "sub" / "my.db"
    assert choose_saver() is choose_saver(here / "sub" / "my.db")
    assert not (here / "hitl.db").exists()


@pytest.mark.parametrize("said", ["memory", ":memory:", "sqlite:///:memory:"])
def test_the_environment_may_say_memory(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("HITL_NB_SAVER", said)

    saver = choose_saver()

    assert isinstance(saver, InMemorySaver)
    assert choose_saver("memory") is saver


def test_an_argument_counts_before_the_environment(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITL_NB_SAVER", "memory")
    given = InMemorySaver()

    assert choose_saver(given) is given
    assert choose_saver("mine.db").place == "saved in mine.db"


def test_one_file_has_one_saver(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "link.db").symlink_to(here / "hitl.db")
    saver = choose_saver()

    assert choose_saver("./hitl.db") is saver
    assert choose_saver(here / "link.db") is saver
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert choose_saver() is not saver


def test_a_file_that_was_deleted_is_begun_anew(here: Path) -> None:
    saver = choose_saver()
    for file in here.glob("hitl.db*"):
        file.unlink()

    again = choose_saver()

    assert again is not saver
    assert again.threads() == []


def test_a_saver_somebody_closed_is_made_anew() -> None:
    choose_saver().close()

    assert choose_saver().threads() == []


def test_a_missing_directory_is_named(here: Path) -> None:
    with pytest.raises(NoPlace, match="there is no directory") as caught:
        choose_saver("nowhere/hitl.db")

    assert "HITL_NB_SAVER" in str(caught.value)
    assert "checkpointer=InMemorySaver()" in str(caught.value)


def test_a_directory_is_no_file(here: Path) -> None:
    with pytest.raises(NoPlace, match="that is a directory"):
        choose_saver(here)


@pytest.mark.parametrize("what", ["file", "directory"])
def test_what_cannot_be_written_is_told_before_anything_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    SqliteSaver("hitl.db").close()
    closed = here / "hitl.db" if what == "file" else here
    # A test that runs as root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed)

    with pytest.raises(NoPlace, match=f"the {what} .*cannot be written"):
        choose_saver()


def test_another_kind_of_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITL_NB_SAVER", "mysql://host/db")

    with pytest.raises(NoPlace, match="only paths and sqlite:///path are known"):
        choose_saver()


def test_a_file_that_is_something_else_is_left_alone(here: Path) -> None:
    (here / "hitl.db").write_text("a diary" * 1000)

    with pytest.raises(NotAStore):
        choose_saver()


def test_what_was_chosen_is_closed_at_the_end(here: Path) -> None:
    program = (
        "from hitl_nb.savers.default import choose_saver;"
        "choose_saver().acquire('t', 'graph', create=True)"
    )
    root = str(Path(__file__).parents[2])

    subprocess.run(
        [sys.executable, "-c", program], check=True, env=os.environ | {"PYTHONPATH": root}
    )

    assert [file.name for file in here.iterdir()] == ["hitl.db"]
