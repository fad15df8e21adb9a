# ruff: noqa: T201  (what nodes print is shown)
"""A session can be stepped through, edited between steps, looked back at and forked."""

from __future__ import annotations

import asyncio
import operator
import os
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from stand_in import Browser, look, press, rested, run_beside, submit, waiting, watched

from hitl_nb import START, Command, Overwrite, Send, Session, StateGraph, interrupt
from hitl_nb.errors import (
    NotFailed,
    NotPaused,
    ThreadExists,
    UnknownCheckpoint,
    UnknownQuestion,
    UnknownStateKey,
)
from hitl_nb.marked_text import plain
from hitl_nb.notebook.session.static_record import as_text

pytestmark = pytest.mark.usefixtures("fresh_sessions")


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person sit in front of the view."""
    monkeypatch.setattr("hitl_nb.notebook.session.session.person_can_answer", lambda: True)
    monkeypatch.setattr("hitl_nb.notebook.session.cell_wait.person_can_answer", lambda: True)


class State(TypedDict, total=False):
    text: str
    amount: int
    log: Annotated[list[str], operator.add]


def triage(state: State) -> dict[str, Any]:
    return {"log": ["triage"]}


def draft(state: State) -> dict[str, Any]:
    return {"text": f"{state['text']}!", "log": ["draft"]}


def approve(state: State) -> dict[str, Any]:
    answer = interrupt({"question": "Send?", "draft": state["text"], "options": ["yes", "no"]})
    return {"log": [answer]}


def approve_again(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Really?")]}


def send(state: State) -> dict[str, Any]:
    return {"log": ["sent"]}


def app(*nodes: Any) -> Any:
    nodes = nodes or (triage, draft, approve, send)
    graph = StateGraph(State, name="refund").add_sequence(list(nodes))
    return graph.add_edge(START, nodes[0].__name__).compile()


async def stepped(session: Session) -> list[str]:
    await waiting(session)
    return list(session.values.get("log", []))


def note(session: Session) -> str:
    return plain(session._view_state.state["header"]["note"])


def enabled(session: Session) -> set[str]:
    return {item["name"] for item in session._view_state.state["buttons"] if item["enabled"]}


async def test_stepping_pauses_before_every_node() -> None:
    session = app().session({"text": "hi"}, step=True)
    assert await stepped(session) == []
    assert note(session) == "paused · before triage"

    session.step()
    assert await stepped(session) == ["triage"]
    session.step()
    assert await stepped(session) == ["triage", "draft"]
    session.step()
    await waiting(session)
    assert session.pending[0].value["draft"] == "hi!"

    with pytest.raises(NotPaused, match="a question is open"):
        session.step()
    session.answer("yes")
    await rested(session)
    assert (note(session), session.values["log"][-1]) == ("paused · before send", "yes")
    session.step()
    assert (await session)["log"] == ["triage", "draft", "yes", "sent"]
    with pytest.raises(NotPaused, match="it is done"):
        session.step()


async def test_running_to_the_next_question_pauses_again_after_its_answer() -> None:
    session = app().session({"text": "hi"}, step=True)
    await waiting(session)

    session.run_to_question()
    await waiting(session)
    assert [item.node for item in session.pending] == ["approve"]
    session.answer("yes")
    await rested(session)

    assert note(session) == "paused · before send"


async def test_running_to_the_end_answers_nothing_and_pauses_no_more() -> None:
    session = app().session({"text": "hi"}, step=True)
    await waiting(session)

    session.run_to_end()
    await waiting(session)
    assert session.pending
    session.answer("no")

    assert (await session)["log"] == ["triage", "draft", "no", "sent"]


async def test_stopping_pauses_before_the_next_node_and_the_thread_can_be_continued() -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        began.set()
        await go.wait()
        return {"log": ["slow"]}

    session = app(slow, send).session({}, thread_id="t")
    await began.wait()
    session.stop()
    go.set()
    assert await stepped(session) == ["slow"]
    assert session.graph.checkpointer.thread("t").status == "waiting"
    assert enabled(session) >= {"step", "run_to_end", "edit", "export"}
    session.run_to_end()

    assert (await session)["log"] == ["slow", "sent"]


async def test_each_button_does_what_the_method_of_its_name_does() -> None:
    session = app(triage, draft, send).session({"text": "hi"}, step=True)
    browser = await watched(session)

    press(session, "nonsense")
    await asyncio.sleep(0)
    for name, after in (("step", ["triage"]), ("run_to_question", ["triage", "draft", "sent"])):
        press(session, name)
        await rested(session)
        assert session.values["log"] == after

    assert [word["accepted"] for word in browser.said] == [False, True, True]
    assert "'nonsense'" in plain(browser.said[0]["errors"][0]["message"])


async def test_the_state_is_edited_between_steps_and_what_runs_next_stays() -> None:
    def spread(state: State) -> Any:
        return Command(goto=[Send("one", {"text": "a"}), Send("one", {"text": "b"})])

    def one(state: State) -> dict[str, Any]:
        return {"log": [state["text"]]}

    graph = StateGraph(State, name="fan").add_node(spread).add_node(one).add_edge(START, "spread")
    session = graph.compile().session({"text": "x"}, step=True)
    browser = await watched(session)
    session.step()
    await waiting(session)

    session.edit({"text": "edited", "log": Overwrite(["from here"])})
    await waiting(session)
    with pytest.raises(UnknownStateKey, match="'txt'"):
        session.edit({"txt": "x"})
    session.run_to_end()

    assert await session == {"text": "edited", "log": ["from here", "a", "b"]}
    moments = browser.drawn["past"]["moments"]
    assert plain(moments[-2]["label"]) == "after step 2 · edited"


async def test_an_edit_under_an_open_question_asks_it_anew() -> None:
    session = app().session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    (first,) = session.pending

    session.edit({"text": "better"})
    await rested(session)

    (second,) = session.pending
    assert second.value["draft"] == "better"
    submit(session, {"choice": 0, "label": "yes"}, question=first.id)
    await asyncio.sleep(0)
    assert "state was changed" in plain(browser.said[-1]["errors"][0]["message"])
    session.answer("yes")
    assert (await session)["log"] == ["triage", "draft", "yes", "sent"]


async def test_the_state_form_has_a_typed_field_for_each_key_and_sends_only_what_changed() -> None:
    session = app().session({"text": "hi"}, step=True)
    browser = await watched(session)
    session.step()
    await waiting(session)

    press(session, "edit")
    await asyncio.sleep(0)
    (form,) = browser.drawn["forms"]
    parts = {part["name"]: part for part in form["control"]["parts"]}
    assert form["id"].startswith("state:")
    assert list(parts) == ["text", "amount", "log"]
    assert (parts["text"]["value"], parts["log"]["value"]) == ("hi", ["triage"])
    values = {"text": "hi", "amount": {"$number": "twelve"}, "log": ["triage"]}
    submit_state(session, form["id"], values, "n1")
    await asyncio.sleep(0)
    assert browser.said[-1]["errors"][0]["path"] == ["amount"]
    values |= {"amount": {"$number": "12"}, "log": ["triage", "by hand"]}
    submit_state(session, form["id"], values, "n2")
    await rested(session)

    assert browser.said[-1]["accepted"]
    assert session.values == {"text": "hi", "amount": 12, "log": ["triage", "by hand"]}
    assert browser.drawn["forms"] == []


async def test_a_state_form_that_was_overtaken_says_so_and_is_drawn_anew() -> None:
    session = app().session({"text": "hi"}, step=True)
    browser = await watched(session)
    press(session, "edit")
    await asyncio.sleep(0)
    (form,) = browser.drawn["forms"]

    session.edit({"text": "meanwhile"})
    submit_state(session, form["id"], {"text": "late"}, "n2")
    await asyncio.sleep(0)

    assert "has changed since" in plain(browser.said[-1]["errors"][0]["message"])
    (fresh,) = browser.drawn["forms"]
    assert fresh["control"]["parts"][0]["value"] == "meanwhile"
    submit_state(session, fresh["id"], {}, "n3", action="cancel")
    await rested(session)
    assert browser.drawn["forms"] == []
    assert session.values["text"] == "meanwhile"


async def test_looking_back_shows_the_state_at_a_checkpoint_and_what_led_there() -> None:
    session = app().session({"text": "hi"})
    browser = await watched(session)
    past = browser.drawn["past"]
    labels = [plain(moment["label"]) for moment in past["moments"]]
    assert labels == ["input", "start", "after step 1 · triage", "after step 2 · draft"]
    assert (past["at"], past["items"]) == (None, [])

    look(session, past["moments"][3]["id"])
    await asyncio.sleep(0)
    seen = browser.drawn["past"]
    assert [plain(item["text"]) for item in seen["items"]] == ["hi!", "triage, draft"]
    assert seen["changed"] == ["text", "log"]
    state = session.look(session.history()[-2])
    assert state is not None
    assert state.values["text"] == "hi"
    look(session, "")
    await asyncio.sleep(0)

    assert browser.drawn["past"]["at"] is None
    with pytest.raises(UnknownCheckpoint):
        session.look("nowhere")


async def test_answering_differently_forks_beside_and_shows_both_outcomes(somebody: None) -> None:
    session = app().session({"text": "hi"}, thread_id="t", step=True)
    browser = await watched(session)
    session.run_to_end()
    await waiting(session)
    question = session.pending[0].id
    session.answer("yes")
    await rested(session)
    record = next(item for item in browser.drawn["timeline"] if item["kind"] == "record")
    assert (record["question"], record["forks"]) == (question, True)

    press(session, "fork", question)
    await asyncio.sleep(0)
    fork = run_beside(session)
    assert fork is not None
    await waiting(fork)
    (form,) = browser.drawn["branch"]["view"]["forms"]
    submit(session, {"choice": 1, "label": "no"}, "n2", question=form["id"])
    await asyncio.sleep(0)
    assert browser.said[-1] == {
        "type": "acknowledge",
        "nonce": "n2",
        "accepted": True,
        "errors": [],
    }
    await rested(fork)
    session._display.draw("now")

    rows = {plain(row["key"]): row for row in browser.drawn["branch"]["rows"]}
    assert (rows["text"]["same"], rows["log"]["same"]) == (True, False)
    assert "no" in plain(rows["log"]["right"])
    frame = session.compare(fork)
    assert frame.loc["log"].tolist() == [
        ["triage", "draft", "yes", "sent"], ["triage", "draft", "no", "sent"], "changed",
    ]  # fmt: skip
    press(session, "join")
    await asyncio.sleep(0)
    assert browser.drawn["branch"] is None
    assert session.values["log"][2] == "yes"


async def test_each_of_two_runs_side_by_side_is_looked_back_at_by_itself() -> None:
    session = app().session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    press(session, "fork", session.pending[0].id)
    await asyncio.sleep(0)
    assert run_beside(session) is not None
    await rested(run_beside(session))
    first = browser.drawn["past"]["moments"][0]["id"]

    look(session, first, "branch")
    await asyncio.sleep(0)
    assert browser.drawn["past"]["at"] is None
    assert browser.drawn["branch"]["view"]["past"]["at"] == first
    look(session, first)
    look(session, "", "branch")
    await asyncio.sleep(0)

    assert browser.drawn["past"]["at"] == first
    assert browser.drawn["branch"]["view"]["past"]["at"] is None


async def test_a_run_answered_differently_once_more_takes_the_place_of_the_one_beside() -> None:
    session = app(approve, approve_again).session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    press(session, "fork", session.pending[0].id)
    await asyncio.sleep(0)
    beside = run_beside(session)
    assert beside is not None
    await rested(beside)
    beside.answer("no")
    await rested(beside)

    press(session, "fork", beside.pending[0].id, "branch")
    await asyncio.sleep(0)
    assert browser.said[-1]["accepted"]
    assert run_beside(session) is not None
    await rested(run_beside(session))

    assert run_beside(session).thread_id not in ("t", beside.thread_id)
    assert run_beside(session).values["log"] == ["no"]
    assert browser.drawn["branch"]["view"]["branch"] is None


async def test_a_finished_thread_is_rewound_in_a_cell_of_its_own(somebody: None) -> None:
    session = app().session({"text": "hi"}, thread_id="t")
    record = await watched(session)
    session.answer("yes")
    await session
    assert (record.disposed, session._display.recorded) == (True, True)

    browser = await rewound(session)
    (answered,) = [entry for entry in browser.drawn["timeline"] if entry["kind"] == "record"]
    press(session, "fork", answered["question"])
    await asyncio.sleep(0)
    assert run_beside(session) is not None
    await rested(run_beside(session))
    run_beside(session).answer("no")
    await rested(run_beside(session))
    session._display.draw("now")

    rows = browser.drawn["branch"]["rows"]
    assert [plain(row["key"]) for row in rows if not row["same"]] == ["log"]
    assert (await session)["log"] == ["triage", "draft", "yes", "sent"]
    assert not browser.disposed


async def test_a_failed_thread_goes_on_by_itself_once_its_state_is_edited() -> None:
    def divide(state: State) -> dict[str, Any]:
        return {"log": [f"{10 // state['amount']} each"]}

    session = app(triage, divide).session({"amount": 0}, thread_id="t")
    await waiting(session)
    assert session.status == "failed"
    session.edit({"amount": 5})
    await rested(session)

    assert (session.status, session.values["log"]) == ("done", ["triage", "2 each"])


async def test_a_failed_thread_that_was_rewound_is_retried_there(somebody: None) -> None:
    broken = [True]

    def break_once(state: State) -> dict[str, Any]:
        if broken:
            raise LookupError(broken.pop())
        return {"log": ["mended"]}

    session = app(break_once).session({}, thread_id="t")
    await waiting(session)
    browser = await rewound(session)

    press(session, "retry")
    await rested(session)

    assert session.status == "done"
    assert not browser.disposed
    assert [item["name"] for item in browser.drawn["buttons"]][-2:] == ["export", "load"]


async def rewound(session: Session) -> Browser:
    session.rewind()
    browser = await watched(session)
    session._display.draw("now")
    return browser


async def test_a_fork_at_a_second_question_keeps_the_answer_to_the_first() -> None:
    def twice(state: State) -> dict[str, Any]:
        return {"log": [interrupt("first?"), interrupt("second?")]}

    session = app(twice).session({}, thread_id="t")
    await waiting(session)
    session.answer("one")
    await rested(session)
    second = session.pending[0].id
    session.answer("two")
    await session

    fork = session.fork(question=second)
    await rested(fork)
    assert [item.value for item in fork.pending] == ["second?"]
    fork.answer("other")

    assert (await fork)["log"] == ["one", "other"]
    with pytest.raises(UnknownQuestion):
        session.fork(question="nowhere")


async def test_a_fork_tells_what_led_to_its_question_and_what_it_did_itself() -> None:
    def settle(state: State) -> dict[str, Any]:
        return {"log": [interrupt("Settle?")]}

    session = app(triage, approve, settle, send).session({"text": "hi"}, thread_id="t")
    await waiting(session)
    session.answer("yes")
    await rested(session)
    second = session.pending[0].id
    session.answer("now")
    await session

    fork = session.fork(question=second)
    await rested(fork)
    assert told(fork) == ["triage", "approve?", "approve"]
    first = next(item for item in fork._view_state.timeline if item["kind"] == "record")
    assert first["forks"] is False  # it is the original's
    fork.answer("later")
    await fork

    assert told(fork) == [*told(session)]
    assert {node["runs"] for node in drawn(fork)} == {1}
    past = fork._view_state.state["past"]
    assert past is not None
    assert len(past["moments"]) == len(session._view_state.state["past"]["moments"]) + 1


async def test_while_a_fork_waits_what_it_lacks_may_still_come(somebody: None) -> None:
    def settle(state: State) -> dict[str, Any]:
        return {"amount": interrupt("How much?")}

    session = app(settle).session({"text": "hi"}, thread_id="t")
    await waiting(session)
    question = session.pending[0].id
    session.answer(5)
    await session
    session._run.draw_beside(session.fork(question=question)._run)
    assert run_beside(session) is not None
    await rested(run_beside(session))

    beside = session._view_state.state["branch"]
    assert beside is not None
    rows = {plain(row["key"]): row for row in beside["rows"]}
    assert rows["amount"]["right"] == ["still waiting"]
    run_beside(session).answer(6)
    await run_beside(session)
    beside = session._view_state.state["branch"]
    assert beside is not None
    assert [row["right"] for row in beside["rows"]][1] == ["6"]


async def test_a_fork_is_drawn_beside_the_run_in_the_view_that_was_pressed() -> None:
    session = app(approve).session({"text": "hi"}, thread_id="t")
    await watched(session)
    press(session, "fork", session.pending[0].id)
    await asyncio.sleep(0)
    fork = run_beside(session)
    assert fork is not None
    there = await watched(fork)

    press(fork, "fork", fork.pending[0].id)
    await asyncio.sleep(0)

    assert run_beside(session) is fork
    assert run_beside(fork) is not None
    await rested(run_beside(fork))
    assert there.drawn["branch"]["view"]["header"]["thread"] == [run_beside(fork).thread_id]
    assert session._view_state.state["branch"]["view"]["branch"] is None


async def test_a_closed_run_leaves_the_view_it_was_beside_alone() -> None:
    session = app(approve).session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    press(session, "fork", session.pending[0].id)
    await asyncio.sleep(0)
    fork = run_beside(session)
    assert fork is not None
    await rested(fork)

    press(session, "join")
    await asyncio.sleep(0)
    assert browser.said[-1]["accepted"]
    browser.said.clear()
    browser.drawn.clear()
    press(fork, "nonsense")
    fork.answer("yes")
    await rested(fork)

    assert (browser.said, browser.drawn) == ([], {})
    press(session, "retry", thread="branch")
    await asyncio.sleep(0)
    (refusal,) = browser.said
    assert "closed" in plain(refusal["errors"][0]["message"])


async def test_a_run_is_beside_one_other_at_most_and_never_beside_itself() -> None:
    one = app(approve).session({"text": "hi"}, thread_id="one")
    two = app(approve).session({"text": "hi"}, thread_id="two")
    three = app(approve).session({"text": "hi"}, thread_id="three")
    for session in (one, two, three):
        await waiting(session)

    one._run.draw_beside(two._run)
    two._run.draw_beside(three._run)
    for session in (one, two, three):
        with pytest.raises(ValueError, match="is shown in this view already"):
            three._run.draw_beside(session._run)
    one._run.draw_beside(three._run)

    assert (run_beside(one), run_beside(two)) == (three, None)


async def test_a_button_that_cannot_be_pressed_says_why() -> None:
    session = app().session({"text": "hi"}, step=True)
    await waiting(session)
    assert titles(session)["stop"] == "The run is not at work"
    session.run_to_question()
    await waiting(session)
    assert titles(session)["step"] == "A question is open: answer it first"
    session.run_to_end()
    session.answer("yes")
    await session
    assert titles(session)["step"] == titles(session)["stop"] == "The run is done"


async def test_a_step_that_only_passed_an_answer_on_is_told_once() -> None:
    def ask(state: State) -> dict[str, Any]:
        interrupt("Ready?")
        return {}

    session = app(ask, send).session({}, thread_id="t")
    await waiting(session)
    session.answer("yes")
    await session

    assert told(session) == ["ask?", "send"]


def told(session: Session) -> list[str]:
    return [
        plain(item["node"]) + ("?" if item["kind"] == "record" else "")
        for item in session._view_state.timeline
    ]


def titles(session: Session) -> dict[str, str]:
    return {item["name"]: plain(item["title"]) for item in session._view_state.state["buttons"]}


def drawn(session: Session) -> list[Any]:
    nodes = session._view_state.state["drawing"]["nodes"]
    return [node for node in nodes if node["kind"] not in ("start", "end")]


async def test_a_fork_goes_on_from_a_checkpoint_and_the_thread_stays() -> None:
    session = app().session({"text": "hi"}, thread_id="t")
    await waiting(session)
    early = next(state for state in session.history() if state.next == ("draft",))

    fork = session.fork(early, thread_id="other")
    await rested(fork)
    fork.answer("no")
    here = session.fork()
    await rested(here)

    assert (await fork)["log"] == ["triage", "draft", "no", "sent"]
    assert here.pending[0].id != session.pending[0].id
    assert (session.status, here.thread_id) == ("waiting", "t-fork")
    with pytest.raises(ThreadExists):
        session.fork(early, thread_id="other")


async def test_a_failed_node_is_retried_by_method_and_by_button(somebody: None) -> None:
    tries = []

    def flaky(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the network is down")
        return {"log": ["sent"]}

    session = app(triage, flaky).session({})
    browser = await watched(session)
    with pytest.raises(OSError, match="network"):
        await session
    assert enabled(session) >= {"retry"}
    session.retry()
    with pytest.raises(OSError, match="network"):
        await session
    press(session, "retry")
    await asyncio.sleep(0)

    assert (await session)["log"] == ["triage", "sent"]
    assert browser.drawn["failure"] is None
    with pytest.raises(NotFailed):
        session.retry()


async def test_an_exported_thread_is_loaded_beside_the_one_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = app().session({"text": "hi"}, thread_id="t")
    browser = await watched(session)

    press(session, "export", "t.json")
    await asyncio.sleep(0)
    assert plain(browser.drawn["notices"][-1]) == f"Written to {tmp_path / 't.json'}."
    press(session, "export", "t.json")
    await asyncio.sleep(0)
    assert not browser.said[-1]["accepted"]
    press(session, "load", str(tmp_path / "nothing.json"))
    await asyncio.sleep(0)

    assert not browser.said[-1]["accepted"]


@pytest.mark.parametrize(
    "name",
    [
        "/etc/t.json", "../t.json", "a/b.json", "a\\b.json", "C:t.json", "t\0.json", "t\n.json",
        "..", ".", "  ", ".bashrc", "~", "-rf", "nul.json", "COM1", "x" * 201, "t.json ", "t?.json",
    ],
)  # fmt: skip
async def test_a_browser_names_a_file_and_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    session = app().session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    before = os.listdir(tmp_path), os.listdir(tmp_path.parent)

    press(session, "export", name)
    await asyncio.sleep(0)

    assert not browser.said[-1]["accepted"]
    assert "plain file name" in str(browser.said[-1])
    assert (os.listdir(tmp_path), os.listdir(tmp_path.parent)) == before


async def test_the_drawing_shows_how_each_node_fares() -> None:
    session = app().session({"text": "hi"})
    browser = await watched(session)
    nodes = {node["id"]: node for node in browser.drawn["drawing"]["nodes"]}

    assert {name: node["state"] for name, node in nodes.items()} == {
        "__start__": "done", "triage": "done", "draft": "done", "approve": "waiting",
        "send": "idle", "__end__": "idle",
    }  # fmt: skip
    assert nodes["draft"]["runs"] == 1
    assert [plain(change["key"]) for change in nodes["draft"]["changes"]] == ["text", "log"]
    assert plain(browser.drawn["progress"]["text"]) == "step 3 · next: approve"
    assert "● approve" in str(session.picture())
    assert set(session.picture()._repr_mimebundle_()) == {"text/vnd.mermaid", "text/plain"}
    session.answer("yes")
    await session
    assert {node["state"] for node in browser.drawn["drawing"]["nodes"]} == {"done"}


async def test_prints_are_shown_at_the_node_that_printed_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def inner(state: State) -> dict[str, Any]:
        print("from inside")
        return {}

    def talk(state: State) -> dict[str, Any]:
        print("hello")
        return {"log": ["talk"]}

    def ask(state: State) -> dict[str, Any]:
        print("asking")
        return {"log": [interrupt("?")]}

    sub = StateGraph(State, name="sub").add_node(inner).add_edge(START, "inner").compile()
    graph = StateGraph(State, name="g").add_node(talk).add_node("sub", sub).add_node(ask)
    graph.add_edge(START, "talk").add_edge("talk", "sub").add_edge("sub", "ask")
    session = graph.compile().session({})
    browser = await watched(session)
    nodes = {node["id"]: node for node in browser.drawn["drawing"]["nodes"]}
    assert plain(nodes["ask"]["prints"]["text"]) == "asking\n"
    session.answer("x")
    await session

    prints = [
        plain(item["prints"]["text"]) for item in browser.drawn["timeline"] if "prints" in item
    ]
    assert prints == ["hello\n", "from inside\n", "asking\n"]
    assert capsys.readouterr().out == ""
    assert "    hello" in as_text(session._view_state.state)


async def test_a_thousand_steps_are_drawn_as_the_newest_and_a_count() -> None:
    def count(state: State) -> Command[Any]:
        done = state["amount"] + 1
        return Command(update={"amount": done}, goto="count" if done < 1000 else "__end__")

    graph = StateGraph(State, name="long").add_node(count).add_edge(START, "count")
    session = graph.compile().session({"amount": 0}, config={"recursion_limit": 2000})
    browser = await watched(session)
    await session

    assert len(browser.drawn["timeline"]) == 200
    assert plain(browser.drawn["notices"][-1]) == "800 earlier entries are not listed."
    assert len(browser.drawn["past"]["moments"]) == 1002
    again = graph.compile().session({"amount": 0}, thread_id=session.thread_id)
    await rested(again)
    assert len(again._view_state.state["timeline"]) == 200
    assert plain(again._view_state.state["notices"][-1]) == "800 earlier entries are not listed."


def submit_state(
    session: Session, form: str, values: dict[str, Any], nonce: str, action: str = "apply"
) -> None:
    answer = {
        "action": action, "values": values, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    submit(session, answer, nonce, question=form)
