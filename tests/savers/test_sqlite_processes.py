"""Several processes on one file, some of them killed."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from savers.processes import Start, full_size

from hitl_nb.errors import LeaseLost, ThreadBusy
from hitl_nb.savers import SqliteSaver
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import Batch
from hitl_nb.testing.savers.rows import answer, checkpoint, read, refused, waiting


def tell(process: subprocess.Popen[str], *words: object) -> None:
    assert process.stdin is not None
    process.stdin.write(" ".join(map(str, words)) + "\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the other process ended"
    return line.split()


@pytest.mark.full_size
@pytest.mark.timeout(1200)
def test_of_two_processes_that_answer_one_question_one_wins(path: Path, start: Start) -> None:
    saver = SqliteSaver(path)
    racers = {value: start("race", value) for value in ("approve", "reject")}
    for racer in racers.values():
        assert hear(racer) == ["ready"]

    races = full_size(40, 1000)
    for n in range(races):
        waiting(saver, f"t{n}")
        moment = time.monotonic() + 0.002
        for racer in racers.values():
            tell(racer, f"t{n}", moment)
        heard = {value: hear(racer) for value, racer in racers.items()}
        winner = read(saver, f"t{n}").answers["q"]
        (decision,) = saver.decisions(f"t{n}")
        for value, words in heard.items():
            if value == winner:
                assert words == ["won"]
            else:
                assert words == ["lost", decision.reviewer, decision.answered_at]
        assert decision.reviewer == decision.answer == winner

    assert len(saver.decisions()) == races
    verify(saver.decisions())
    saver.close()


@pytest.mark.full_size
@pytest.mark.timeout(1200)
def test_decisions_of_many_processes_are_numbered_without_gaps(path: Path, start: Start) -> None:
    many = full_size(50, 1000)
    deciders = [start("decide", f"p{n}", many) for n in range(full_size(3, 8))]

    assert all(hear(decider) == ["done"] for decider in deciders)

    with SqliteSaver(path) as saver:
        rows = saver.decisions()
    assert [row.seq for row in rows] == list(range(1, many * len(deciders) + 1))
    verify(rows)


def kill_while_writing(path: Path, start: Start, kills: int, size: int) -> None:
    """Kill writers at random moments; each finds all that those before it were told is kept."""
    chance = random.Random(kills)
    written: list[tuple[str, str]] = []
    answered: list[tuple[str, int, str]] = []
    for kill in range(kills):
        writer = start("write", kill, size)
        assert hear(writer) == ["ready"]
        for _ in range(chance.randrange(12)):
            hear_of(writer, written, answered)
        time.sleep(chance.random() * 0.003)
        writer.kill()
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.endswith("\n"):
                note(line.split(), written, answered)
        writer.wait()

        with SqliteSaver(path) as saver:
            for row in saver.threads("running")[:1]:
                saver.release(row.id, saver.acquire(row.id, "graph", create=False)[1])
            for thread_id, checkpoint_id in written[-20:]:
                found = read(saver, thread_id, checkpoint=checkpoint_id)
                assert found.row.values == {"log": ["x" * 400] * int(checkpoint_id[1:])}
    with SqliteSaver(path) as saver:
        rows = saver.decisions()
        verify(rows)
        assert len(rows) >= len(answered)
        for thread_id, seq, digest in answered:
            assert (rows[seq - 1].thread_id, rows[seq - 1].hash) == (thread_id, digest)
            assert read(saver, thread_id).answers == {"q": int(thread_id.split("-")[1])}
        for thread_id, checkpoint_id in written:
            assert saver.read(thread_id, checkpoint=checkpoint_id)


def hear_of(
    writer: subprocess.Popen[str],
    written: list[tuple[str, str]],
    answered: list[tuple[str, int, str]],
) -> None:
    note(hear(writer), written, answered)


def note(
    words: list[str], written: list[tuple[str, str]], answered: list[tuple[str, int, str]]
) -> None:
    if words[0] == "wrote":
        written.append((words[1], words[2]))
    else:
        answered.append((words[1], int(words[2]), words[3]))


@pytest.mark.full_size
@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(path: Path, start: Start) -> None:
    kill_while_writing(path, start, full_size(20, 1000), size=400)


@pytest.mark.full_size
@pytest.mark.timeout(3600)
def test_the_log_holds_when_a_process_is_killed_while_it_writes_8_mb(
    path: Path, start: Start
) -> None:
    kill_while_writing(path, start, full_size(4, 60), size=8_000_000)


def test_the_thread_of_a_killed_process_is_taken_over_at_once(path: Path, start: Start) -> None:
    holder = start("hold", "t")
    (old,) = map(int, hear(holder))
    with SqliteSaver(path) as saver:
        with refused(ThreadBusy) as caught:
            saver.acquire("t", "graph", create=False)
        assert str(holder.pid) in caught.error.holder

        holder.kill()
        holder.wait()

        _, fence = saver.acquire("t", "graph", create=False)
        assert fence > old
        with refused(LeaseLost):
            saver.write("t", old, Batch(status="done"))


def test_a_process_that_has_another_ones_number_is_not_taken_for_it(path: Path) -> None:
    with SqliteSaver(path) as saver, SqliteSaver(path) as other:
        saver.acquire("t", "graph", create=True)
        edit(path, "UPDATE thread SET started = 'long ago'")

        other.acquire("t", "graph", create=False)


def test_the_thread_of_a_silent_machine_is_taken_over_after_a_minute(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = [0.0]
    monkeypatch.setattr("hitl_nb.savers.lease.monotonic", lambda: time[0])
    with SqliteSaver(path) as saver, SqliteSaver(path) as other:
        _, fence = saver.acquire("t", "graph", create=True)
        edit(path, "UPDATE thread SET host = 'elsewhere', renewed_at = '1999-01-01'")
        for moment in (0, 59):
            time[0] = moment
            with refused(ThreadBusy):
                other.acquire("t", "graph", create=False)
        edit(path, "UPDATE thread SET renewals = renewals + 1")
        for moment, busy in ((61, True), (120, True), (121, False)):
            time[0] = moment
            with refused(ThreadBusy) if busy else contextlib.nullcontext():
                other.acquire("t", "graph", create=False)

        with refused(LeaseLost):
            saver.renew("t", fence)


def test_a_saver_that_is_closed_holds_nothing(path: Path) -> None:
    saver = SqliteSaver(path)
    _, fence = saver.acquire("t", "graph", create=True)
    with SqliteSaver(path) as other:
        with refused(ThreadBusy) as caught:
            other.acquire("t", "graph", create=False)
        assert caught.error.holder == "another run in this process"

        saver.close()

        assert other.acquire("t", "graph", create=False)[1] > fence


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_reads_and_answers_but_does_not_write_to_its_parents_thread(path: Path) -> None:
    saver = SqliteSaver(path)
    waiting(saver, "t")
    _, fence = saver.acquire("t", "graph", create=False)

    child = os.fork()
    if not child:
        try:
            with refused(LeaseLost):
                saver.write("t", fence, Batch(status="done"))
            with refused(ThreadBusy):
                saver.acquire("t", "graph", create=False)
            saver.answer("t", [answer(value="from the child")])
            saver.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0

    assert read(saver, "t").answers == {"q": "from the child"}
    saver.write("t", fence, Batch(checkpoints=[checkpoint("d")], status="done"))
    saver.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_a_fork_writes_outlives_its_parents_saver(path: Path) -> None:
    saver = SqliteSaver(path)
    waiting(saver, "t1")
    waiting(saver, "t2")
    parent_closed, close = os.pipe()

    child = os.fork()
    if not child:
        try:
            saver.answer("t1", [answer()])
            os.read(parent_closed, 1)
            saver.answer("t2", [answer()])
            os._exit(0)  # without closing anything
        finally:
            os._exit(1)
    while not saver.decisions():
        pass
    saver.close()
    os.write(close, b".")
    assert os.waitpid(child, 0)[1] == 0

    with SqliteSaver(path) as again:
        assert [row.thread_id for row in again.decisions()] == ["t1", "t2"]
        verify(again.decisions())


def edit(path: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)
