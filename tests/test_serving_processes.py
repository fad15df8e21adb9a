"""Servers in other processes: they race, they are killed, they are told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import served
from served import at, decide, status
from stores import Store

from hitl_nb import SqliteSaver
from hitl_nb.server.recovery import RecoveryScan

ROOT = Path(__file__).parents[1]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "journal"
    path.touch()
    monkeypatch.setenv("HITL_NB_JOURNAL", str(path))
    return path


class Terminal:
    """Runs the command line, and kills what still runs at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "hitl_nb", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        )
        self._started.append(process)
        return process

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit status and what was logged."""
        process = self.start(*arguments)
        _, told = process.communicate()
        return process.returncode, told

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path)
    yield found
    found.close()


def test_of_two_servers_that_race_each_effect_happens_once(
    file: Store, journal: Path, terminal: Terminal
) -> None:
    saver = file.saver()
    graph = served.graph.kept_by(saver)
    names = [f"order {n}" for n in range(50)]
    for name in names:
        graph.invoke({"order": name}, at(name))
        decide(graph, saver, name)

    command = ("serve", "served:graph", "--saver", str(file.path), "--once")
    racers = [terminal.start(*command) for _ in range(2)]
    told = [racer.communicate()[1] for racer in racers]

    assert [racer.returncode for racer in racers] == [0, 0]
    assert sorted(journal.read_text().splitlines()) == sorted(f"{name} yes" for name in names)
    assert len([line for text in told for line in text.splitlines() if "now done" in line]) == 50
    assert {row.status for row in saver.threads()} == {"done"}


def test_another_server_takes_over_from_one_that_was_killed(
    file: Store, journal: Path, terminal: Terminal
) -> None:
    saver = file.saver()
    graph = served.slow.compile(saver)
    graph.invoke({"order": "t"}, at("t"))
    decide(graph, saver, "t")
    command = ("serve", "served:slow", "--saver", str(file.path))
    killed = terminal.start(*command)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "hangs\n"

    killed.kill()
    killed.wait()
    journal.with_name("way").touch()
    code, told = terminal.run(*command, "--once")

    assert (code, status(saver, "t")) == (0, "done"), told
    assert journal.read_text() == "prepared\n"


def test_a_server_that_looks_on_takes_over_when_another_is_killed(
    file: Store, journal: Path, terminal: Terminal
) -> None:
    saver = file.saver()
    graph = served.slow.compile(saver)
    graph.invoke({"order": "t"}, at("t"))
    decide(graph, saver, "t")
    killed = terminal.start("serve", "served:slow", "--saver", str(file.path))
    assert killed.stdout is not None
    assert killed.stdout.readline() == "hangs\n"
    lookout = RecoveryScan(saver, {"slow"})
    assert lookout.look(changed=True) == []

    killed.kill()
    killed.wait()

    (found,) = lookout.look(changed=False)
    assert (found.row.id, found.left) == ("t", True)
    assert lookout.look(changed=False) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server(file: Store, terminal: Terminal, name: signal.Signals) -> None:
    file.saver().threads()
    server = terminal.start("serve", "served:graph", "--saver", str(file.path))
    assert server.stderr is not None
    assert "Server of 'refund', saved in hitl.db" in server.stderr.readline()

    server.send_signal(name)

    _, told = server.communicate()
    assert (server.returncode, told) == (0, "")


KEPT = """
from hitl_nb import InMemorySaver, SqliteSaver
from served import graph as plain

graph = plain.kept_by(SqliteSaver("mine.db"))
memory = plain.kept_by(InMemorySaver())
"""


def test_a_graph_is_served_where_it_was_compiled_to_keep_its_threads(
    tmp_path: Path, journal: Path, terminal: Terminal
) -> None:
    (tmp_path / "kept.py").write_text(KEPT)
    with SqliteSaver(tmp_path / "mine.db") as saver:
        graph = served.graph.kept_by(saver)
        graph.invoke({"order": "t"}, at("t"))
        decide(graph, saver, "t")

        code, said = terminal.run("serve", "kept:graph", "--once")

        assert (code, status(saver, "t")) == (0, "done")
    assert "saved in mine.db" in said


@pytest.mark.parametrize(
    ("graphs", "told"),
    [
        (["kept:memory"], "Name a file: --saver hitl.db"),
        (["kept:graph", "served:slow"], "'refund' saved in mine.db, 'slow' saved in hitl.db"),
    ],
)
def test_savers_that_cannot_be_served_together_or_at_all_are_named(
    tmp_path: Path, terminal: Terminal, graphs: list[str], told: str
) -> None:
    (tmp_path / "kept.py").write_text(KEPT)

    code, said = terminal.run("serve", *graphs)

    assert (code, told in said, len(said.splitlines())) == (2, True, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["served"], "Write module:graph"),
        (["srved:graph"], "no module 'srved'"),
        (["shop.flows:graph"], "Did you mean 'shop.flow'?"),
        (["served:grap"], "Did you mean 'graph'? Graphs in served: 'graph', 'slow'."),
        (["served:note"], "served:note is function, not a graph."),
        (["served:graph", "--saver", "hilt.db"], "Did you mean 'hitl.db'?"),
        (["served:graph", "--saver", ":memory:"], "Name a file: --saver hitl.db"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, terminal: Terminal, arguments: list[str], told: str
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "flow.py").touch()
    SqliteSaver(tmp_path / "hitl.db").close()

    code, said = terminal.run("serve", *arguments)

    assert code == 2
    assert told in said
    assert len(said.splitlines()) == 1


def test_a_failed_thread_makes_the_exit_status_one(
    file: Store, journal: Path, terminal: Terminal
) -> None:
    saver = file.saver()
    graph = served.graph.kept_by(saver)
    graph.invoke({"order": "t"}, at("t"))
    decide(graph, saver, "t")
    journal.unlink()
    journal.mkdir()

    code, said = terminal.run("serve", "served:graph", "--saver", str(file.path), "--once")

    assert code == 1
    assert "'t' of 'refund': stopped by IsADirectoryError" in said
