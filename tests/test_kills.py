"""A run that is killed anywhere and started again loses nothing and repeats nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from killed import ROUNDS, Journal, build, decision, effects_of, go_on

from hitl_nb import START, Command, Interrupt, SqliteSaver
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import DecisionRow

WORKER = Path(__file__).with_name("killed.py")
ROOT = Path(__file__).parents[1]
FULL = os.environ.get("HITL_NB_FULL") == "1"
Start = Callable[..., "subprocess.Popen[str]"]


def told(row: DecisionRow) -> str:
    """Name what was only told, which no person answers."""
    assert row.given == "info"
    return f"told {row.payload['question']}"


class Place:
    """Where a killed program keeps its threads, and what the world saw of it."""

    def __init__(self, directory: Path) -> None:
        self.store = directory / "hitl.db"
        self.journal = directory / "journal"
        self.journal.touch()

    def lines(self, word: str) -> list[str]:
        lines = self.journal.read_text().splitlines()
        return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]

    def check(self) -> int:
        """Hold the promises over everything that happened; return how many threads are done."""
        again = [name for name, times in Counter(self.lines("effect")).items() if times > 1]
        assert again == [], "done again"
        with SqliteSaver(self.store) as saver:
            decisions = saver.decisions()
            threads = saver.threads()
            verify(decisions)
            answered = Counter(
                row.payload.get("for") or told(row) for row in decisions if row.kind != "in_doubt"
            )
            assert [name for name, times in answered.items() if times > 1] == []
            assert set(self.lines("accepted")) <= answered.keys()
            app = build(Journal(self.journal)).compile(saver)
            done = [row.id for row in threads if row.status == "done"]
            for name in done:
                values = app.get_state({"configurable": {"thread_id": name}}).values
                last = max(int(each.split("/")[1]) for each in values["log"] if "/" in each)
                effects = [each for each in values["log"] if each.startswith(f"{name}/{last}/")]
                assert sorted(effects) == effects_of({"name": name, "round": last})
                for what in ("left", "deep"):
                    assert answered[f"told {name}/{last}/{what}"] == 1
        return len(done)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    """Start the program; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(place.store), str(place.journal), *arguments],
            stdin=subprocess.PIPE,
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


@pytest.mark.full_size
@pytest.mark.timeout(3_600)
def test_a_program_killed_at_any_moment_goes_on_where_it_was(place: Place, start: Start) -> None:
    for _ in range(1_000 if FULL else 20):
        process = start("until-killed")
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        sleep(random.uniform(0, 0.3))  # the moment is what this test is about
        process.kill()
        out, _ = process.communicate()
        assert process.returncode == -9, out

    finishing = start("finish")
    out, _ = finishing.communicate()

    assert out == "ready\nfinished\n"
    done = set(place.lines("done done"))
    assert done
    assert place.check() == len(done)


def answer_to(asked: Sequence[Interrupt], place: Place) -> Command | None:
    if not asked:
        return None
    in_doubt = asked[0].kind == "in_doubt"
    return Command(resume=Journal(place.journal).truth(asked[0]) if in_doubt else "end")


class Killed(BaseException):
    """Stands for the end of a process: from here on, nothing reaches the store."""


class Dying(SqliteSaver):
    """A saver whose process is killed before or after its n-th write to the store."""

    def __init__(self, path: Path, writes: int, *, after: bool) -> None:
        super().__init__(path)
        self.left, self.after, self.dead = writes, after, False

    def _step(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise Killed
        self.left -= 1
        if self.left >= 0:
            return call(*args, **kwargs)
        if self.after:
            call(*args, **kwargs)
        self.dead = True
        raise Killed

    def acquire(self, *args: Any, **kwargs: Any) -> Any:
        return self._step(super().acquire, *args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        return self._step(super().write, *args, **kwargs)

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        return self._step(super().answer, *args, **kwargs)

    def release(self, *args: Any, **kwargs: Any) -> None:
        self._step(super().release, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> None:
        self._step(super().delete, *args, **kwargs)


@pytest.mark.full_size
@pytest.mark.parametrize("style", range(12) if FULL else (0, 1, 3, 4, 6, 11))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_program_killed_at_every_write_in_turn_goes_on(
    place: Place, style: int, after: bool
) -> None:
    journal = Journal(place.journal)

    def run(saver: SqliteSaver) -> None:
        while go_on(build(journal).compile(saver), journal, "t", style):
            pass

    # Each life ends one write later than the last got anywhere, so every write is the last once.
    for lives in range(400):
        saver = Dying(place.store, 1 + lives % 7, after=after)
        try:
            run(saver)
            break
        except Killed:
            pass
        finally:
            saver.close()

    assert place.check() == 1
    assert place.lines("done done") == ["t"]
    assert len(place.lines("accepted")) <= 5 * ROUNDS


@pytest.mark.parametrize("way", ["replay", "answer", "edit"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_fork_killed_at_every_write_is_there_whole_or_not_at_all(
    place: Place, way: str, after: bool
) -> None:
    config = {"configurable": {"thread_id": "t"}}
    graph = decision(Journal(place.journal))
    with SqliteSaver(place.store) as saver:
        app = graph.compile(saver)
        app.invoke({"name": "t"}, config)
        app.invoke(Command(resume="first"), config)
        past = list(app.get_state_history(config))[1].config

    for writes in range(12):
        with SqliteSaver(place.store) as saver:
            before = len(list(graph.compile(saver).get_state_history(config)))
        dying = Dying(place.store, writes, after=after)
        app = graph.compile(dying)
        try:
            if way == "edit":
                app.update_state(past, {"name": "edited"}, as_node=START)
            else:
                app.invoke(Command(resume="again") if way == "answer" else None, past)
        except Killed:
            pass
        finally:
            dying.close()

        with SqliteSaver(place.store) as saver:
            app = graph.compile(saver)
            states = list(app.get_state_history(config))
            assert len(states) - before in (0, 1, 2)
            assert all(app.get_state(state.config).values for state in states[:-1])
            while (state := app.get_state(config)).next:
                app.invoke(answer_to(state.interrupts, place), config)
            row = saver.thread("t")
            assert row is not None
            assert row.status == "done"
            decisions = saver.decisions()
            assert decisions[0].answer == "first"
            assert len({row.question for row in decisions}) == len(decisions)
            verify(decisions)


@pytest.mark.full_size
@pytest.mark.timeout(3_600)
def test_processes_that_race_for_one_question_have_one_winner(place: Place, start: Start) -> None:
    rounds, values = (1_000 if FULL else 20), ("approve", "reject", "escalate")
    racers = [start("race", value) for value in values]
    pipes = [(racer.stdin, racer.stdout) for racer in racers if racer.stdin and racer.stdout]
    assert [out.readline() for _, out in pipes] == ["ready\n"] * 3
    with SqliteSaver(place.store, timeout=30) as saver:
        app = decision(Journal(place.journal)).compile(saver)
        for number in range(rounds):
            name = f"r{number}"
            paused = app.invoke({"name": name}, {"configurable": {"thread_id": name}})
            for stdin, _ in pipes:
                stdin.write(f"{name} {paused['__interrupt__'][0].id}\n")
                stdin.flush()
            said = [out.readline().split() for _, out in pipes]

            (row,) = saver.decisions(name)
            lost = ["lost", row.reviewer, row.answered_at]
            assert sorted(said) == [lost, lost, ["won"]]
            assert row.answer == values[said.index(["won"])]
            assert place.lines("effect")[number:] == [f"{name} {row.answer}"]
        verify(saver.decisions())
