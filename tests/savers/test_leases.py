"""A run keeps its thread for as long as it works, and no longer."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_nb import START, SqliteSaver, StateGraph
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.engine.heartbeat import HEARTBEAT
from hitl_nb.errors import LeaseLost, StoreFailed
from hitl_nb.savers import lease

WORKER = Path(__file__).with_name("leaseholder.py")
ROOT = Path(__file__).parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal"
    path.touch()
    return path


@pytest.fixture
def start(tmp_path: Path, journal: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(host: str, seconds: float, duration: float) -> subprocess.Popen[str]:
        arguments = [str(tmp_path / "hitl.db"), str(journal), host, str(seconds), str(duration)]
        process = subprocess.Popen(
            [sys.executable, str(WORKER), *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def until(what: Callable[[], Any]) -> None:
    """Wait for a state; the limit is for hangs alone."""
    ends = time.monotonic() + 60
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_node_of_three_lease_times_runs_once_on_two_hosts(start: Start, journal: Path) -> None:
    hosts = [start(name, 6, 2) for name in ("first", "second")]

    ended = [host.communicate(timeout=100)[0].strip() for host in hosts]

    lines = journal.read_text().splitlines()
    assert len(lines) == 2, lines
    assert ended[0] == ended[1] == lines[0].split()[1]


def test_the_thread_of_a_host_that_died_is_taken_over(start: Start, journal: Path) -> None:
    dead = start("first", 60, 1)
    until(lambda: "begun first" in journal.read_text())
    dead.send_signal(signal.SIGKILL)

    alive = start("second", 0, 1)

    assert alive.communicate(timeout=100)[0].strip() == "second"
    assert journal.read_text().splitlines() == ["begun first", "begun second", "effect second"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWED_EVERY", 0.01)


@pytest.mark.usefixtures("quick")
class TestHeartbeat:
    @pytest.fixture
    def saver(self, tmp_path: Path) -> Iterator[SqliteSaver]:
        with SqliteSaver(tmp_path / "hitl.db") as saver:
            yield saver

    def renewals(self, saver: SqliteSaver, thread: str = "t") -> int:
        held = {row.id: it for row, it in saver.unattended("").threads}
        found = held.get(thread)
        return found.renewals if found else -1

    def begin(self, saver: SqliteSaver) -> CheckpointWriter:
        _, fence = saver.acquire("t", "graph", create=True)
        return CheckpointWriter(saver, "t", fence, "sync", inline=True)

    def test_a_long_node_renews_its_lease(self, saver: SqliteSaver) -> None:
        seen: list[int] = []

        def work(state: dict[str, Any]) -> None:
            before = self.renewals(saver)
            until(lambda: self.renewals(saver) > before + 2)
            seen.append(self.renewals(saver))

        app = StateGraph(name="g").add_node(work).add_edge(START, "work").compile(saver)
        app.invoke({}, {"configurable": {"thread_id": "t"}})

        assert seen
        assert self.renewals(saver) == -1

    def test_a_run_that_nobody_holds_any_more_gives_its_thread_back(
        self, saver: SqliteSaver
    ) -> None:
        writer = self.begin(saver)
        del writer
        gc.collect()

        until(lambda: self.renewals(saver) == -1)
        saver.acquire("t", "graph", create=False)

    def test_a_store_that_is_away_for_a_while_strands_nothing(
        self, saver: SqliteSaver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = threading.Event()
        renew = saver.renew

        def fails(thread: str, fence: int) -> None:
            if away.is_set():
                tried.set()
                raise StoreFailed("hitl.db", "the disk is away")
            renew(thread, fence)

        tried = threading.Event()
        monkeypatch.setattr(saver, "renew", fails)
        away.set()
        writer = self.begin(saver)
        assert tried.wait(60)
        before = self.renewals(saver)
        away.clear()

        until(lambda: self.renewals(saver) > before)
        writer.release()

    def test_it_ends_with_the_last_run(self, saver: SqliteSaver) -> None:
        writer = self.begin(saver)
        writer.release()

        until(lambda: HEARTBEAT._thread is None)

    def test_a_lease_that_was_lost_is_renewed_no_more(self, saver: SqliteSaver) -> None:
        writer = self.begin(saver)
        saver.release("t", writer.fence)
        saver.acquire("t", "graph", create=False)

        with pytest.raises(LeaseLost):
            saver.renew("t", writer.fence)
        until(lambda: id(writer) not in HEARTBEAT._runs)
