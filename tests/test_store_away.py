"""A store that goes away for a while strands nothing, ends no server, and repeats nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import at
from stand_in import waiting

from hitl_nb import START, Command, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.engine.checkpoint_rows import open_questions
from hitl_nb.errors import StoreBusy, StoreFailed
from hitl_nb.savers import lease
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.server import Server
from hitl_nb.threads.answer_recording import answer

GONE = (StoreBusy("hitl.db", 5.0), StoreFailed("hitl.db", "SQLITE_IOERR: disk I/O error"))
CALLS = (
    "acquire", "answer", "history", "namespaces", "questions", "read", "release", "renew",
    "thread", "threads", "unattended", "version", "write",
)  # fmt: skip


class Flaky(SqliteSaver):
    """A saver whose every call fails while ``error`` is set; ``hit`` tells that one did."""

    error: Exception | None = None
    hit = threading.Event()

    def __getattribute__(self, name: str) -> Any:
        if name in CALLS and Flaky.error is not None:
            Flaky.hit.set()
            raise Flaky.error
        return super().__getattribute__(name)


@pytest.fixture
def saver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flaky]:
    monkeypatch.setattr(lease, "RENEWED_EVERY", 0.01)
    with Flaky(tmp_path / "hitl.db") as opened:
        yield opened
        Flaky.error = None


def pays(done: list[str], begun: threading.Event, go: threading.Event) -> StateGraph:
    """Ask, pay once, and work on until it may end."""

    def pay(state: dict[str, Any]) -> dict[str, Any]:
        said = interrupt("Pay?")
        once(done.append, said)
        begun.set()
        assert go.wait(60)
        return {"paid": said}

    return StateGraph(name="pays").add_node(pay).add_edge(START, "pay")


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
async def test_a_server_outlives_it_says_what_was_stopped_and_goes_on_with_the_rest(
    saver: Flaky, error: Exception
) -> None:
    done: list[str] = []
    begun, go = threading.Event(), threading.Event()
    graph = pays(done, begun, go).compile(saver)
    for name in ("t", "other"):
        await graph.ainvoke({}, at(name))
    answer(saver, "t", pending := open_questions(graph.plan, saver, "t"), graph.plan, {
        pending[0].id: "yes"
    })  # fmt: skip
    server = Server([graph], saver)
    running = asyncio.ensure_future(server.run())
    assert await asyncio.to_thread(begun.wait, 60)

    Flaky.error = error
    go.set()
    looks = 0
    while looks < 30 or "t" not in server.status.errors:  # it stays away for a while
        Flaky.hit.clear()
        assert await asyncio.to_thread(Flaky.hit.wait, 60)
        looks += 1
    assert not running.done()
    Flaky.error = None

    watch = ChangePoller(saver)
    async with asyncio.timeout(60):
        while any(held for _, held in saver.unattended("").threads):
            await watch.changed(0.05)
    assert isinstance(server.status.errors["t"], type(error))
    assert await graph.ainvoke(None, at("t")) == {"paid": "yes"}
    pending = open_questions(graph.plan, saver, "other")
    answer(saver, "other", pending, graph.plan, {pending[0].id: "no"})
    async with asyncio.timeout(60):
        while saver.thread("other").status != "done":  # type: ignore[union-attr]
            await watch.changed(0.05)
    assert done == ["yes", "no"]
    server.stop()
    await running


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
async def test_a_thread_whose_run_ended_while_the_store_was_away_is_free_when_it_is_back(
    saver: Flaky, error: Exception
) -> None:
    done: list[str] = []
    begun, go = threading.Event(), threading.Event()
    graph = pays(done, begun, go).compile(saver)
    await graph.ainvoke({}, at("t"))
    running = asyncio.ensure_future(graph.ainvoke(Command(resume="yes"), at("t")))
    assert await asyncio.to_thread(begun.wait, 60)

    Flaky.error = error
    go.set()
    with pytest.raises(type(error)):
        await running
    Flaky.error = None

    watch = ChangePoller(saver)
    async with asyncio.timeout(60):
        while any(held for _, held in saver.unattended("").threads):
            await watch.changed(0.05)
    assert await graph.ainvoke(None, at("t")) == {"paid": "yes"}
    assert done == ["yes"]


@pytest.mark.usefixtures("fresh_sessions")
@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
async def test_a_session_that_waits_hears_of_an_answer_once_the_store_is_back(
    saver: Flaky, error: Exception
) -> None:
    done: list[str] = []
    begun, go = threading.Event(), threading.Event()
    go.set()
    graph = pays(done, begun, go).compile(saver)
    session = graph.session({}, thread_id="t")
    await waiting(session)

    Flaky.hit.clear()
    Flaky.error = error
    assert await asyncio.to_thread(Flaky.hit.wait, 60)
    Flaky.error = None
    answer(saver, "t", session.pending, graph.plan, {session.pending[0].id: "yes"})

    async with asyncio.timeout(60):
        assert (await session)["paid"] == "yes"
    assert done == ["yes"]
