"""Inboxes, sessions and servers in several processes over one file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import served
from inboxes import Opened, at
from stores import Store

from hitl_nb import Inbox, decisions
from hitl_nb.errors import AlreadyAnswered
from hitl_nb.savers import Saver
from hitl_nb.server.change_poller import ChangePoller

ROOT = Path(__file__).parents[1]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "journal"
    path.touch()
    monkeypatch.setenv("HITL_NB_JOURNAL", str(path))
    return path


@pytest.fixture
def start(journal: Path) -> Iterator[Any]:
    """Start a program in another process; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])

    def begin(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


async def done(saver: Saver, thread: str) -> None:
    """Wait until another process has run a thread to its end."""
    watch = ChangePoller(saver)
    async with asyncio.timeout(30):
        while served.status(saver, thread) != "done":
            await watch.changed(0.2)


def lines_of(journal: Path) -> list[str]:
    return journal.read_text().splitlines()


RACER = """
import sys
from hitl_nb import Inbox
from hitl_nb.errors import AnswerError
inbox = Inbox(sys.argv[1], reviewer=sys.argv[2])
names = inbox.questions()["question"].to_list()
print("ready", flush=True)
sys.stdin.readline()
for name in names:
    try:
        inbox.answer(name, sys.argv[2])
    except AnswerError as error:
        assert "answered" in str(error), error
print("done", flush=True)
"""


def test_of_two_inboxes_and_a_graph_in_three_processes_one_wins_each_question(
    file: Store, start: Any, journal: Path
) -> None:
    saver = file.saver()
    graph = served.graph.kept_by(saver)
    names = [f"order {n}" for n in range(25)]
    for name in names:
        graph.invoke({"order": name}, at(name))
    racers = [start("-c", RACER, file.path, who) for who in ("ana", "bob")]
    assert [racer.stdout.readline() for racer in racers] == ["ready\n", "ready\n"]

    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for name in names:
        if saver.questions(name):
            with suppress(AlreadyAnswered, IndexError):
                served.decide(graph, saver, name, "cleo")
    told = [racer.communicate() for racer in racers]
    assert [out for out, _ in told] == ["done\n", "done\n"], told

    made = decisions(saver)
    assert sorted(made["thread_id"]) == sorted(names)
    for name in names:
        graph.invoke(None, at(name))
    done = dict(line.rsplit(" ", 1) for line in journal.read_text().splitlines())
    assert done == dict(zip(made["thread_id"], made["answer"], strict=True))


async def test_what_an_inbox_decides_goes_on_where_the_graph_is_served(
    file: Store, start: Any, journal: Path
) -> None:
    saver = file.saver()
    graph = served.graph.kept_by(saver)
    await graph.ainvoke({"order": "42"}, at("42"))
    server = start("-m", "hitl_nb", "serve", "served:graph", "--saver", file.path)
    opened = Opened(Inbox(file.saver(), reviewer="ana"))
    assert "refund is not run by this inbox" in str(opened.state["selected"]["serving"])

    opened.submit({"text": "yes"})
    await done(saver, "42")

    assert server.poll() is None
    assert lines_of(journal) == ["42 yes"]
    assert (await graph.aget_state(at("42"))).values["sent"] is True


WITH_GRAPH = """
import asyncio, sys
import served
from hitl_nb import Inbox
async def main():
    inbox = Inbox(sys.argv[1], [served.graph.kept_by(None)], reviewer="bob")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    inbox.close()
asyncio.run(main())
"""


async def test_an_inbox_with_the_graph_goes_on_with_what_another_inbox_decides(
    file: Store, start: Any, journal: Path
) -> None:
    saver = file.saver()
    await served.graph.kept_by(saver).ainvoke({"order": "42"}, at("42"))
    holder = start("-c", WITH_GRAPH, file.path)
    assert await asyncio.to_thread(holder.stdout.readline) == "ready\n", holder.stderr.read()
    inbox = Inbox(file.saver(), reviewer="ana")

    inbox.answer(str(inbox.selected), "yes")
    await done(saver, "42")

    assert lines_of(journal) == ["42 yes"]


def test_what_is_noted_in_one_process_is_seen_in_another(file: Store, start: Any) -> None:
    saver = file.saver()
    served.graph.kept_by(saver).invoke({"order": "42"}, at("42"))
    inbox = Inbox(saver)
    inbox.assign(str(inbox.selected), "ana")
    inbox.keep_draft(str(inbox.selected), "half a sen")

    program = (
        "import sys; from hitl_nb import Inbox; inbox = Inbox(sys.argv[1]);"
        "print(inbox.questions(assigned='ana')['thread_id'].to_list(), "
        "inbox._view_state.state['drafts'])"
    )
    told, _ = start("-c", program, file.path).communicate()

    assert told.strip() == f"['42'] {{'{inbox.selected}': 'half a sen'}}"


ANSWER = """
import sys
from hitl_nb import Inbox
inbox = Inbox(sys.argv[1], reviewer="bob")
print(inbox.answer(inbox.selected, "yes").reviewer)
"""


@pytest.mark.usefixtures("fresh_sessions")
async def test_a_session_goes_on_with_what_an_inbox_in_another_process_decides(
    file: Store, start: Any, journal: Path
) -> None:
    graph = served.graph.kept_by(file.saver())
    session = graph.session({"order": "42"}, thread_id="42")
    await session.settled()
    late = Inbox(file.saver(), reviewer="ana")

    told, _ = await asyncio.to_thread(start("-c", ANSWER, file.path).communicate)
    await done(file.saver(), "42")
    with pytest.raises(AlreadyAnswered) as caught:
        late.answer(str(late.selected), "no")

    assert told == "bob\n"
    assert caught.value.reviewer == "bob"
    assert lines_of(journal) == ["42 yes"]
    session.detach()
