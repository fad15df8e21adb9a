"""What happens in or to a saver between two calls costs an inbox and a server nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from inboxes import Opened, refunds, waiting
from interfered import LOCKED, Interfered, Visit, asks
from served import at, decide, refund
from stand_in import waiting as session_waits

from hitl_nb import Approval, Inbox, InMemorySaver, StateGraph, interrupt
from hitl_nb.engine.checkpoint_rows import open_questions
from hitl_nb.marked_text import plain
from hitl_nb.notebook.session import answer_intake
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.recovery import RecoveryScan
from hitl_nb.server.server import Server
from hitl_nb.threads.answer_recording import Given, answer
from hitl_nb.types import START

pytestmark = pytest.mark.usefixtures("fresh_sessions")
APPROVE = {
    "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
    "reviewer": "",
}  # fmt: skip


def reject(saver: Interfered, thread: str) -> None:
    """Answer as somebody in another process does."""
    graph = refunds().compile(saver)
    pending = open_questions(graph.plan, saver, thread)
    given = Given("ben", "widget")
    answer(
        saver,
        thread,
        pending,
        graph.plan,
        {pending[0].id: {"action": "reject", "comment": "no"}},
        given,
    )


def opened(saver: Interfered, *orders: str) -> Opened:
    waiting(saver, *orders)
    return Opened(Inbox(saver, reviewer="ana"))


async def test_a_file_that_is_locked_for_a_moment_hides_nothing_from_an_inbox() -> None:
    for later in range(1, 100):
        saver = Interfered()
        view = opened(saver, "a", "b")
        reject(saver, "a")
        saver.visits = {saver.calls + later: LOCKED}

        await view.until(lambda view=view: view.headings == ["Refund b?"])  # type: ignore[misc]

        assert plain(view.state["selected"]["note"]).startswith("Answered by ben"), later
        view.inbox.close()
        if saver.visits:
            break
    assert later > 4


def test_whoever_presses_a_button_hears_that_the_file_is_locked() -> None:
    messages: list[Callable[[Opened], object]] = [
        lambda view: view.decide("approve"),
        lambda view: view.send("select", question="", step=1),
        lambda view: view.send("filter", facet="search", value="b"),
        lambda view: view.send("draft", question=view.form["id"], text="{}"),
    ]
    for send in messages:
        view = opened(saver := Interfered(), "a", "b")
        saver.visits = {saver.calls + 1: LOCKED}
        send(view)
        heard = [*view.state["notices"], *([view.said] if view.browser.said else [])]
        assert "was locked by another program" in str(heard)


def test_an_answer_that_was_stored_is_not_called_unwritten_when_the_list_cannot_be_read() -> None:
    view = opened(saver := Interfered(), "a", "b")
    messages = view.inbox._receiver._handler
    handle = messages.handle

    def then_locked(message: Any) -> Any:
        word = handle(message)
        saver.visits = dict.fromkeys(range(saver.calls + 1, saver.calls + 40), LOCKED)
        return word

    messages.handle = then_locked  # type: ignore[method-assign]

    view.decide("approve")

    assert [row.answer["action"] for row in InMemorySaver.decisions(saver)] == ["approve"]
    assert view.browser.said[-1]["accepted"]
    assert "nothing was written" not in str(view.state["notices"])


async def test_what_a_lookout_is_told_while_it_reads_it_looks_at_next() -> None:
    found: list[str] = []
    graph = refund(found).compile(saver := Interfered())
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    lookout = RecoveryScan(saver, [graph.name])
    saver.visits = {saver.calls + 1: lookout.look_again}

    assert [len(lookout.look(changed=changed)) for changed in (True, False, False)] == [1, 1, 0]


def test_of_several_answers_each_is_told_that_a_locked_file_refused() -> None:
    for later in range(1, 100):
        view = opened(saver := Interfered(), "a", "b")
        view.send("together", on=True)
        names = [row["id"] for row in view.state["bulk"]["rows"]]
        saver.visits = {saver.calls + later: LOCKED}
        view.send(
            "submit_all", nonce="n", questions=names, answer=APPROVE, seconds=1.0, characters={}
        )
        if saver.visits:
            break
        view.inbox.refresh()
        given = {row.question for row in InMemorySaver.decisions(saver)}
        said = view.state["bulk"]["rows"] if view.state["bulk"] else []
        told = {row["id"] for row in said if row["said"] != ["answered"]}
        assert given | told == {*names}, later
        assert given & told == set(), later
    assert later > 6


def test_a_list_that_is_scrolled_before_it_is_drawn_anew_has_only_what_waits() -> None:
    view = opened(saver := Interfered(), "a", "b")
    reject(saver, "a")
    view.inbox._view_state.look()

    view.send("window", start=0, count=60)
    view.send("together", on=True)

    assert view.headings == ["Refund b?"]


async def test_whatever_is_answered_while_a_server_looks_goes_on_once() -> None:
    for call in range(2, 22):
        saver, done = Interfered(), []
        graph = refund(done).compile(saver)
        await graph.ainvoke({}, at("t"))
        answers: Visit = partial(decide, graph, saver, "t")
        await served(graph, saver, {call: answers}, done)
        assert done == ["yes"]


async def test_a_second_question_that_is_answered_while_its_run_ends_goes_on() -> None:
    def twice(state: dict[str, Any]) -> dict[str, Any]:
        return {"decision": [interrupt("first?"), interrupt("second?")][1]}

    for call in range(1, 20):
        saver, done = Interfered(begun=asks_a_second_time), []

        async def send(state: dict[str, Any], done: list[str] = done) -> None:
            done.append(state["decision"])

        declared = StateGraph(name="twice").add_node(twice).add_node(send)
        graph = declared.add_edge(START, "twice").add_edge("twice", "send").compile(saver)
        await graph.ainvoke({}, at("t"))
        decide(graph, saver, "t")
        answers: Visit = partial(decide, graph, saver, "t")
        await served(graph, saver, {call: answers}, done)
        assert done == ["yes"]


def asks_a_second_time(saver: Interfered) -> bool:
    return asks(saver) and InMemorySaver.questions(saver, "t")[0][1].payload == "second?"


async def test_a_thread_that_could_not_be_taken_from_a_locked_file_goes_on_later() -> None:
    """Whichever call fails, up to the first node that runs."""
    for call in range(1, 100):
        saver, done = Interfered(), []
        graph = refund(done).compile(saver)
        await graph.ainvoke({}, at("t"))
        decide(graph, saver, "t")
        if not await served(graph, saver, {call: LOCKED}, done):
            break
        assert done == ["yes"]
    assert call > 6


async def served(graph: Any, saver: Interfered, visits: dict[int, Visit], done: list[str]) -> bool:
    """Serve until the thread is done; False if the run itself was stopped and reported.

    Args:
        graph: What is served.
        saver: Where its thread is.
        visits: What happens at which call of the server.
        done: What it did.
    """
    server = Server([graph], saver, watch=ChangePoller(saver, quick=0.001, slow=0.001))
    saver.visits = {saver.calls + call: visit for call, visit in visits.items()}
    serving = asyncio.create_task(server.run())
    async with asyncio.timeout(60):
        while not done or InMemorySaver.thread(saver, "t").status != "done":  # type: ignore[union-attr]
            if server.status.errors:
                break
            assert not serving.done(), visits
            await asyncio.sleep(0)
    failed = bool(server.status.errors)
    server.stop()
    await serving
    return not failed


async def test_a_deadline_that_a_locked_file_held_up_is_enforced_after_that(
    later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_intake, "SLOW", 0.001)

    def review(state: Any) -> Any:
        asked = Approval("Send?", draft="hi", timeout=60, on_timeout="reject")
        return {"action": interrupt(asked).action}

    declared = StateGraph(name="timed").add_node(review).add_edge(START, "review")
    for call in range(1, 5):
        saver = Interfered()
        session = declared.compile(saver).session({}, thread_id=f"t{call}")
        await session_waits(session)
        later(61)
        saver.visits = {saver.calls + call: LOCKED}
        session._intake.watch_deadlines()
        async with asyncio.timeout(10):
            await asyncio.wrap_future(session._driver.ended)
        assert session.values == {"action": "reject"}, call
