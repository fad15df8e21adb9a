"""A session follows what others do to its thread, and says so."""

from __future__ import annotations

import asyncio
import operator
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from interfered import LOCKED, Interfered, asks
from stand_in import Browser, rested, run_beside, submit, waiting, watched

from hitl_nb import START, Command, InMemorySaver, Session, SqliteSaver, StateGraph, interrupt
from hitl_nb.errors import (
    CannotWait,
    StoreMissing,
    ThreadBusy,
    Unfinished,
    UnknownThread,
    WrongGraph,
)
from hitl_nb.marked_text import plain
from hitl_nb.notebook.session import registry
from hitl_nb.notebook.session.static_record import as_text
from hitl_nb.savers.records import AnswerRow

pytestmark = pytest.mark.usefixtures("fresh_sessions")

sent: list[str] = []


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[Any], operator.add]


def draft(state: State) -> dict[str, Any]:
    return {"log": ["draft"]}


def approve(state: State) -> dict[str, Any]:
    return {"log": [interrupt({"question": "Send?", "draft": state["text"]})]}


def send(state: State) -> dict[str, Any]:
    sent.append(state["text"])
    return {"log": ["sent"]}


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    sent.clear()


def declared(name: str = "refund") -> Any:
    return (
        StateGraph(State, name=name).add_sequence([draft, approve, send]).add_edge(START, "draft")
    )


def config(thread: str = "t") -> Any:
    return {"configurable": {"thread_id": thread}}


def notices(browser: Browser) -> str:
    return " ".join(plain(notice) for notice in browser.drawn["notices"])


def kinds(browser: Browser) -> list[str]:
    return [item["kind"] for item in browser.drawn["timeline"]]


def hurried(session: Session) -> Session:
    """Let it look at what others do without a pause."""
    watch = session._driver.watch
    watch.quick = watch.slow = 0.001
    return session


async def ended(session: Session) -> Any:
    async with asyncio.timeout(60):
        await asyncio.wrap_future(session._driver.ended)
    return session.values


async def until(reached: Any) -> None:
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110  (what is waited for happens on another thread)
            await asyncio.sleep(0.01)


async def test_an_answer_and_a_run_from_another_cell_become_the_record() -> None:
    graph = declared().compile(InMemorySaver())
    session = graph.session({"text": "hi"}, thread_id="t")
    browser = await watched(session)

    await graph.ainvoke(Command(resume="yes"), config())

    assert (await ended(session))["log"] == ["draft", "yes", "sent"]
    kinds = [(item["kind"], plain(item["node"])) for item in browser.drawn["timeline"]]
    assert kinds == [
        ("step", "draft"), ("record", "approve"), ("step", "approve"), ("step", "send"),
    ]  # fmt: skip
    assert sent == ["hi"]


async def test_two_notebooks_on_one_file_agree_and_the_run_goes_on_once(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "hitl.db") as one, SqliteSaver(tmp_path / "hitl.db") as other:
        first = declared().compile(one).session({"text": "hi"}, thread_id="t")
        here = await watched(first)
        second = declared().compile(other).session({"text": "hi"}, thread_id="t")
        there = await watched(second)
        assert [form["id"] for form in here.drawn["forms"]] == [
            form["id"] for form in there.drawn["forms"]
        ]

        submit(first, {"text": "yes"})

        for session in (first, second):
            assert (await ended(session))["log"] == ["draft", "yes", "sent"]
        for browser in (here, there):
            assert browser.drawn["forms"] == []
            records = [item for item in browser.drawn["timeline"] if item["kind"] == "record"]
            assert [plain(item["answer"]) for item in records] == ['"yes"']
        assert "notebook user answered 'approve' in another place." in notices(there)
        assert sent == ["hi"]


async def test_what_was_done_elsewhere_has_its_time_at_work_and_not_that_of_waiting(
    tmp_path: Path, later: Callable[[float], None]
) -> None:
    with SqliteSaver(tmp_path / "hitl.db") as one, SqliteSaver(tmp_path / "hitl.db") as other:
        first = declared().compile(one).session({"text": "hi"}, thread_id="t", step=True)
        await waiting(first)
        second = declared().compile(other).session({"text": "hi"}, thread_id="t")
        there = await watched(second)
        for go_on in (first.step, first.step, lambda: first.answer("yes"), first.step):
            later(3600)
            go_on()
            await rested(first)
        await ended(second)

        took = [it["seconds"] for it in there.drawn["timeline"] if it["kind"] == "step"]
        assert len(took) == 3
        assert 0 < sum(took) < 60
        assert 0 < there.drawn["header"]["seconds"] < 60


async def test_a_step_whose_time_nobody_knows_has_none() -> None:
    graph = declared().compile(InMemorySaver())
    await graph.ainvoke({"text": "hi"}, config())
    await graph.aupdate_state(config(), {"log": ["yes"]}, as_node="approve")

    session = graph.session({"text": "hi"}, thread_id="t")
    await waiting(session)

    edited = session._view_state.state["timeline"][1]
    assert (plain(edited["node"]), edited["seconds"]) == ("edited", None)
    assert "✓ edited  log: " in as_text(session._view_state.state)


@pytest.mark.parametrize("later", [0, 1, 2, 3, 5, 8, 13])
async def test_an_answer_given_at_any_moment_is_noticed(later: int) -> None:
    """Whatever the session has read when others answer and go on, it does not wait for ever.

    Args:
        later: How many calls of the session after the answer the others go on with the thread;
            0 leaves that to the session.
    """
    graph = declared()

    def answer() -> None:
        (question,) = kept.get_state(config()).interrupts
        row = AnswerRow(question.id, question.digest, "yes", "answer", "", "anna", "code")
        saver.answer("t", [row])

    def go_on() -> None:
        with suppress(ThreadBusy):
            kept.invoke(None, config())

    for first in range(1, 100):
        visits = {first: answer} | ({first + later: go_on} if later else {})
        saver = Interfered(visits, asks)
        kept = graph.compile(saver)
        session = kept.session({"text": "hi"}, thread_id="t")
        browser = await watched(session)
        if first in saver.visits:
            break
        assert (await ended(session))["log"] == ["draft", "yes", "sent"], first
        assert kinds(browser).count("record") == 1
    assert first > 10
    assert sent == ["hi"] * (first - 1)


async def test_a_file_that_is_locked_for_a_moment_costs_a_waiting_session_no_answer() -> None:
    graph = declared()
    for later in range(1, 100):
        saver = Interfered()
        session = hurried(graph.compile(saver).session({"text": "hi"}, thread_id="t"))
        await waiting(session)
        (question,) = session.pending
        saver.visits = {saver.calls + later: LOCKED}
        row = AnswerRow(question.id, question.digest, "yes", "answer", "", "anna", "code")
        InMemorySaver.answer(saver, "t", [row])
        await asyncio.wait_for(asyncio.wrap_future(session._driver.ended), 10)
        if saver.visits:
            break
        if session.status == "failed":
            assert session._driver.error is LOCKED
            session.retry()
        assert (await ended(session))["log"] == ["draft", "yes", "sent"], (later, session)
    assert later > 10


async def test_a_run_that_a_locked_file_stopped_anywhere_is_retried() -> None:
    graph = declared()
    for first in range(2, 100):
        saver = Interfered({first: LOCKED})
        session = hurried(graph.compile(saver).session({"text": "hi"}, thread_id="t"))
        await waiting(session)
        if saver.visits:
            break
        if session.status == "failed":
            session.retry()
            await rested(session)
        session.answer("yes")
        assert (await ended(session))["log"] == ["draft", "yes", "sent"], first
    assert first > 10


@pytest.mark.parametrize("beside", [False, True])
async def test_whoever_submits_while_the_file_is_locked_hears_it_and_submits_again(
    beside: bool,
) -> None:
    for later in range(1, 100):
        saver = Interfered()
        session = declared().compile(saver).session({"text": "hi"}, thread_id="t")
        browser = await watched(session)
        if beside:
            session._run.draw_beside(session.fork()._run)
            await rested(run_beside(session))
        question = session.pending[0].id
        submit(session, {"text": "yes"}, question=question)
        saver.visits = {saver.calls + later: LOCKED}
        await asyncio.sleep(0)
        if browser.said[-1]["accepted"]:
            break
        assert "was locked" in plain(browser.said[-1]["errors"][0]["message"]), later
        submit(session, {"text": "yes"}, "n2", question=question)
        assert (await ended(session))["log"] == ["draft", "yes", "sent"], later
    assert later > 2


async def test_a_waiting_session_says_that_its_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    with SqliteSaver(path) as saver:
        session = hurried(declared().compile(saver).session({"text": "hi"}, thread_id="t"))
        await waiting(session)

        path.rename(tmp_path / "moved.db")

        await asyncio.wait_for(asyncio.wrap_future(session._driver.ended), 10)
        with pytest.raises(StoreMissing, match="deleted, moved or replaced"):
            await session
        assert session.status == "failed"


async def test_a_form_whose_state_was_edited_elsewhere_is_replaced_and_asks_anew() -> None:
    graph = declared().compile(InMemorySaver())
    session = graph.session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    (stale,) = browser.drawn["forms"]

    await graph.aupdate_state(config(), {"text": "better"}, as_node="draft")
    await until(lambda: browser.drawn["forms"][0]["id"] != stale["id"])
    (offered,) = browser.drawn["forms"]
    assert "edited" in plain(offered["heading"])
    assert "no longer holds" in notices(browser)
    assert graph.checkpointer.thread("t").status == "waiting"
    submit(session, {"choice": 0, "label": "Continue"}, question=offered["id"])
    await rested(session)

    assert session.pending[0].value["draft"] == "better"
    session.answer("yes")
    assert (await session)["text"] == "better"


async def test_a_thread_that_another_run_holds_is_watched_until_it_rests() -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        began.set()
        await go.wait()
        return {"log": ["slow"]}

    graph = StateGraph(State, name="slow").add_sequence([slow, approve]).add_edge(START, "slow")
    app = graph.compile(InMemorySaver())
    elsewhere = asyncio.ensure_future(app.ainvoke({"text": "hi"}, config()))
    await began.wait()

    session = app.session({"text": "hi"}, thread_id="t")
    browser = Browser()
    session._display._view = browser  # type: ignore[assignment]
    await until(lambda: "running elsewhere" in plain(session._view_state.state["header"]["note"]))
    assert session.status == "running"
    go.set()
    await elsewhere
    await waiting(session)

    assert session.pending[0].node == "approve"
    assert [plain(item["node"]) for item in browser.drawn["timeline"]] == ["slow"]


async def test_a_thread_that_was_deleted_elsewhere_is_said_to_be_gone() -> None:
    graph = declared().compile(InMemorySaver())
    session = graph.session({"text": "hi"}, thread_id="t")
    await waiting(session)

    graph.checkpointer.delete("t")

    async with asyncio.timeout(60):
        await asyncio.wrap_future(session._driver.ended)
    with pytest.raises(UnknownThread):
        await session


async def test_what_is_edited_belongs_to_the_graph_and_rests_afterwards() -> None:
    saver = InMemorySaver()
    graph = declared().compile(saver)
    graph.invoke({"text": "hi"}, config())

    with pytest.raises(WrongGraph, match="belongs to the graph 'refund'"):
        declared("other").compile(saver).update_state(config(), {"text": "x"}, as_node="draft")
    graph.update_state(config(), {"text": "x"}, as_node="draft")
    assert saver.thread("t").status == "waiting"
    graph.update_state(config(), {"text": "x"}, as_node="send")

    assert saver.thread("t").status == "done"


async def test_a_kernel_that_starts_anew_finds_the_form_and_then_the_record(tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    with SqliteSaver(path) as saver:
        before = declared().compile(saver).session({"text": "hi"}, thread_id="t")
        await waiting(before)
        question = before.pending[0].id
        before.detach()
    registry._sessions.clear()
    with SqliteSaver(path) as saver:
        again = declared().compile(saver).session({"text": "hi"}, thread_id="t")
        await waiting(again)
        assert again.pending[0].id == question
        again.answer("yes")
        await again
        registry._sessions.clear()
        record = declared().compile(saver).session({"text": "hi"}, thread_id="t")
        assert await record.settled() == "done"
        assert record["log"] == ["draft", "yes", "sent"]
    assert sent == ["hi"]


async def test_without_a_saver_threads_are_kept_in_a_file_right_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HITL_NB_SAVER")
    monkeypatch.chdir(tmp_path)
    session = declared().compile().session({"text": "hi"})
    browser = await watched(session)

    assert (tmp_path / "hitl.db").exists()
    assert plain(browser.drawn["header"]["saver"]) == "saved in hitl.db"
    monkeypatch.setenv("HITL_NB_SAVER", str(tmp_path / "other.db"))
    other = declared().compile().session({"text": "hi"})
    await waiting(other)
    assert other is not session
    assert plain(other._view_state.state["header"]["saver"]) == "saved in other.db"


async def test_an_unfinished_result_stops_the_cells_after_it_in_one_line() -> None:
    session = declared().compile().session({"text": "hi"}, thread_id="t")
    await waiting(session)

    uses: list[Any] = [lambda: session["log"], lambda: session.result, lambda: [*session]]
    for use in uses:
        with pytest.raises(Unfinished, match="answer the form above, then run") as caught:
            use()
        (line,) = caught.value._render_traceback_()
        assert (
            line
            == "The thread 't' is waiting: answer the form above, then run the cells from here on."
        )
    session.answer("yes")
    await session

    assert session["log"] == ["draft", "yes", "sent"]
    assert [*session] == ["text", "log"]
    assert session.result == session.values


PLAIN = """
import asyncio
from hitl_nb import START, InMemorySaver, StateGraph, interrupt
from hitl_nb.errors import NobodyToAnswer

graph = StateGraph(name="g").add_node("ask", lambda state: {"said": interrupt("?")})
app = graph.add_edge(START, "ask").compile(InMemorySaver())

async def main():
    print(app.session({}, reviewer=lambda question: "yes").wait())
    try:
        app.session({}, thread_id="other").wait()
    except NobodyToAnswer as error:
        print(type(error).__name__)

asyncio.run(main())
"""


def test_a_wait_without_await_works_where_the_loop_can_be_entered_again() -> None:
    # In a process of its own: whoever enters a loop again patches asyncio for good.
    command = [sys.executable, "-c", PLAIN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["{'said': 'yes'}", "NobodyToAnswer"]


async def test_a_wait_without_await_is_refused_at_once_where_it_would_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hitl_nb.notebook.session.cell_wait.running_kernel", object)
    session = declared().compile().session({"text": "hi"})

    with pytest.raises(CannotWait, match="await session"):
        session.wait()


async def test_two_notebooks_that_begin_one_thread_at_once_begin_it_once(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "hitl.db") as one, SqliteSaver(tmp_path / "hitl.db") as other:
        sessions = [
            declared().compile(saver).session({"text": "hi"}, thread_id="t")
            for saver in (one, other)
        ]
        for session in sessions:
            await waiting(session)

        assert sessions[0].values == {"text": "hi", "log": ["draft"]}
        assert sessions[0].pending == sessions[1].pending
        sessions[1].answer("yes")
        assert [(await ended(session))["log"][1] for session in sessions] == ["yes", "yes"]
    assert sent == ["hi"]


async def test_a_cell_run_again_with_step_begins_to_pause_between_nodes() -> None:
    graph = declared().compile(InMemorySaver())
    session = graph.session({"text": "hi"}, thread_id="t")
    await waiting(session)

    assert graph.session({"text": "hi"}, thread_id="t", step=True) is session
    session.answer("yes")
    await rested(session)

    assert plain(session._view_state.state["header"]["note"]) == "paused · before send"


async def test_a_cell_run_again_lets_the_node_that_works_end_and_goes_on_from_there() -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        began.set()
        await go.wait()
        return send(state)

    def after(state: State) -> dict[str, Any]:
        return {"log": ["after"]}

    def compiled() -> Any:
        graph = StateGraph(State, name="slow").add_sequence([slow, after])
        return graph.add_edge(START, "slow").compile(saver)

    saver = InMemorySaver()
    first = compiled().session({"text": "hi"}, thread_id="t")
    await began.wait()

    second = compiled().session({"text": "hi"}, thread_id="t")
    assert second is not first
    await until(lambda: "running elsewhere" in plain(second._view_state.state["header"]["note"]))
    go.set()

    assert (await ended(second))["log"] == ["sent", "after"]
    assert sent == ["hi"]
    with pytest.raises(CannotWait, match="replaced by a newer one"):
        await first


class Slow:
    """A graph whose first node works until it may go on, and then asks."""

    def __init__(self) -> None:
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self._saver = InMemorySaver()

    async def slow(self, state: State) -> dict[str, Any]:
        self.began.set()
        await self.go.wait()
        return {"log": [interrupt("Send?")]}

    def session(self) -> Session:
        """Return what its cell gives when it is run again."""
        graph = StateGraph(State, name="slow").add_node("slow", self.slow).add_edge(START, "slow")
        return graph.compile(self._saver).session({"text": "hi"}, thread_id="t")


async def test_a_cell_run_a_third_time_while_it_asks_ends_the_session_before() -> None:
    cell = Slow()
    first = cell.session()
    await cell.began.wait()
    second = cell.session()
    cell.go.set()
    await waiting(second)

    third = cell.session()
    for replaced in (first, second):
        with pytest.raises(CannotWait, match="replaced by a newer one"):
            await asyncio.wait_for(replaced._cell_wait.final_state(), 10)
    await waiting(third)
    third.answer("yes")

    assert (await third)["log"] == ["yes"]


async def test_a_failed_session_whose_thread_others_mended_ends_when_it_is_replaced() -> None:
    broken = [True]

    def look_up(state: State) -> dict[str, Any]:
        if broken:
            raise LookupError(broken.pop())
        return {"log": ["found"]}

    def compiled() -> Any:
        graph = StateGraph(State, name="mended").add_sequence([look_up, approve])
        return graph.add_edge(START, "look_up").compile(saver)

    saver = InMemorySaver()
    first = compiled().session({"text": "hi"}, thread_id="t")
    await waiting(first)
    await compiled().ainvoke(None, config())
    first.retry()
    await rested(first)
    assert first.pending

    second = compiled().session({"text": "hi"}, thread_id="t")
    with pytest.raises(CannotWait, match="replaced by a newer one"):
        await asyncio.wait_for(first._cell_wait.final_state(), 10)
    await waiting(second)
    second.answer("yes")

    assert (await second)["log"] == ["found", "yes"]


async def test_a_detached_thread_goes_on_where_it_stood_when_its_cell_is_run_again() -> None:
    graph = declared().compile(InMemorySaver())
    detached = graph.session({"text": "hi"}, thread_id="t")
    await waiting(detached)

    detached.detach()
    again = graph.session({"text": "hi"}, thread_id="t")
    await waiting(again)
    again.answer("yes")

    assert again is not detached
    assert (await again)["log"] == ["draft", "yes", "sent"]
    with pytest.raises(CannotWait, match="was detached"):
        await detached
    detached.detach()
    assert graph.session({"text": "hi"}, thread_id="t") is again
