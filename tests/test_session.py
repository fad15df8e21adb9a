"""A session runs without a kernel too: the loop is the test's, the browser a dict of messages."""

from __future__ import annotations

import asyncio
import operator
import re
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from stand_in import Browser, rested, submit, waiting, watched

from hitl_nb import START, Approval, InMemorySaver, Session, StateGraph, interrupt
from hitl_nb.errors import (
    AlreadyAnswered,
    AmbiguousAnswer,
    AnswerError,
    CannotWait,
    NobodyToAnswer,
    NothingPending,
    NotOffered,
    UnknownQuestion,
    WaitStopped,
    WrongGraph,
)
from hitl_nb.marked_text import plain
from hitl_nb.notebook.session.static_record import as_html, as_text
from hitl_nb.notebook.widget.widget import SessionView

pytestmark = pytest.mark.usefixtures("fresh_sessions")


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[Any], operator.add]


class Handle:
    """Stands in for a display of the session."""

    def update(self, data: Any, raw: bool) -> None:
        self.shown = data


def graph_of(*functions: Any) -> Any:
    graph = StateGraph(State, name="refund").add_sequence(list(functions))
    return graph.add_edge(START, functions[0].__name__)


def triage(state: State) -> dict[str, Any]:
    return {"text": state["text"].upper()}


def approve(state: State) -> dict[str, Any]:
    return {
        "log": [interrupt({"question": "Send?", "draft": state["text"], "options": ["y", "n"]})]
    }


def explain(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Why?")]}


async def test_a_session_returns_at_once_and_runs_to_its_question() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"})
    assert (session.status, session.pending) == ("running", ())

    await waiting(session)

    assert session.status == "waiting"
    assert session.pending[0].value["draft"] == "HI"
    assert session.values == {"text": "HI", "log": []}


async def test_an_answer_from_code_resumes_it_and_await_gives_the_final_state() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"})
    await waiting(session)

    session.answer("y")

    assert await session == {"text": "HI", "log": ["y"]}
    assert session.status == "done"
    assert repr(session) == f"<Session {session.thread_id!r} done>"


async def test_an_answer_from_the_browser_is_acknowledged_recorded_and_resumes() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    assert [form["heading"] for form in browser.drawn["forms"]] == [["Send?"]]

    submit(session, {"choice": 1, "label": "n"})
    await asyncio.sleep(0)

    assert await session == {"text": "HI", "log": ["n"]}
    assert browser.said == [{"type": "acknowledge", "nonce": "n1", "accepted": True, "errors": []}]
    assert browser.disposed
    record = browser.drawn["timeline"][1]
    assert (record["kind"], record["heading"], record["answer"]) == ("record", ["Send?"], ['"n"'])
    assert browser.drawn["forms"] == []
    assert browser.drawn["header"]["status"] == "done"


async def test_one_nonce_answers_once_however_often_it_arrives() -> None:
    session = graph_of(explain, approve).compile().session({"text": "hi"})
    browser = await watched(session)
    question = session.pending[0].id

    for _ in range(2):
        submit(session, {"text": "because"}, question=question)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await waiting(session)

    assert [message["accepted"] for message in browser.said] == [True, True]
    assert [item.value["question"] for item in session.pending] == ["Send?"]


async def test_an_answer_that_is_seen_stored_before_it_is_shown_was_not_given_elsewhere() -> None:
    session = graph_of(explain, approve).compile().session({"text": "hi"})
    browser = await watched(session)

    session.answer("because")
    assert session._intake.catch_up()
    await rested(session)

    assert browser.drawn["notices"] == []


async def test_a_late_answer_hears_who_answered_and_reaches_nothing_else() -> None:
    session = graph_of(explain, approve).compile().session({"text": "hi"})
    browser = await watched(session)
    first = session.pending[0].id
    submit(session, {"text": "because"})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await waiting(session)

    submit(session, {"text": "too late"}, "n2", question=first)
    await asyncio.sleep(0)

    (error,) = browser.said[1]["errors"]
    assert not browser.said[1]["accepted"]
    stands = "Already answered by notebook user: 'because'. It stands."
    assert error["message"] == [stands]
    assert browser.drawn["notices"] == [[f"Your answer came too late and does not count. {stands}"]]
    assert session.pending[0].value["question"] == "Send?"


@pytest.mark.parametrize(
    "answer", [{"choice": 7, "label": "y"}, {"choice": 0, "label": "n"}, {"text": "y"}]
)
async def test_an_answer_the_form_did_not_offer_is_refused_and_the_question_stays(
    answer: Any,
) -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    browser = await watched(session)

    submit(session, answer)
    await asyncio.sleep(0)

    assert browser.said[0]["accepted"] is False
    assert session.pending


@pytest.mark.parametrize("message", [None, "x", {}, {"type": "submit"}, {"type": "evil"}])
async def test_a_message_that_is_none_of_ours_changes_nothing(message: Any) -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    browser = await watched(session)

    session._receive_anywhere(message)
    await asyncio.sleep(0)

    assert browser.said == []
    assert session.pending


async def test_whoever_submits_hears_of_an_error_that_nobody_foresaw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = graph_of(explain).compile().session({"text": "hi"})
    browser = await watched(session)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(session._intake, "take", fail)
    submit(session, {"text": "yes"})
    await asyncio.sleep(0)

    (said,) = browser.said
    assert not said["accepted"]
    assert "ZeroDivisionError: nobody foresaw this" in plain(said["errors"][0]["message"])
    assert session.pending


async def test_a_draft_is_kept_until_its_question_is_answered() -> None:
    session = graph_of(explain, approve).compile().session({"text": "hi"})
    browser = await watched(session)
    question = session.pending[0].id

    session._receive_anywhere({"type": "draft", "question": question, "text": "bec"})
    await asyncio.sleep(0)
    assert browser.drawn["drafts"] == {question: "bec"}

    session.answer("because")
    await rested(session)
    assert browser.drawn["drafts"] == {}


async def test_parallel_questions_are_answered_one_by_one() -> None:
    graph = StateGraph(State, name="pair")
    for name in ("left", "right"):
        graph.add_node(name, lambda state, name=name: {"log": [interrupt(name)]})
        graph.add_edge(START, name)
    session = graph.compile().session({"text": "x"})
    browser = await watched(session)
    left, right = session.pending
    assert len(browser.drawn["forms"]) == 2

    with pytest.raises(AmbiguousAnswer):
        session.answer("both")
    with pytest.raises(UnknownQuestion):
        session.answer("x", id="0" * 32)
    session.answer("R", id=right.id)
    with pytest.raises(AlreadyAnswered):
        session.answer("R again", id=right.id)
    session.answer("L", id=left.id)

    assert (await session)["log"] == ["L", "R"]


async def test_an_answer_that_arrives_while_a_sibling_runs_is_not_lost() -> None:
    running, go = asyncio.Event(), asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        answer = interrupt("slow?")
        running.set()
        await go.wait()
        return {"log": [answer]}

    def quick(state: State) -> dict[str, Any]:
        return {"log": [interrupt("quick?")]}

    graph = StateGraph(State, name="pair").add_node(slow).add_node(quick)
    session = graph.add_edge(START, "slow").add_edge(START, "quick").compile().session({})
    await waiting(session)
    ids = {item.value: item.id for item in session.pending}

    session.answer("S", id=ids["slow?"])
    await running.wait()
    session.answer("Q", id=ids["quick?"])
    go.set()

    assert (await session)["log"] == ["Q", "S"]


async def test_running_the_cell_again_attaches_to_the_same_thread() -> None:
    app = graph_of(approve).compile()
    first = app.session({"text": "hi"})
    await waiting(first)

    assert app.session({"text": "hi"}) is first
    assert app.session({"text": "other"}).thread_id != first.thread_id


async def test_another_input_for_the_same_thread_is_not_used_and_said() -> None:
    app = graph_of(approve).compile()
    first = app.session({"text": "hi"}, thread_id="t")

    with pytest.warns(UserWarning, match="'t' exists and was started with another input"):
        assert app.session({"text": "other"}, thread_id="t") is first


async def test_restart_begins_a_new_thread_and_keeps_the_old() -> None:
    app = graph_of(approve).compile()
    first = app.session({"text": "hi"}, thread_id="t")
    await waiting(first)

    second = app.session({"text": "hi"}, thread_id="t", restart=True)
    await waiting(second)

    assert (first.thread_id, second.thread_id) == ("t", "t-2")
    assert first.pending
    assert second.pending


async def test_a_redefined_graph_takes_the_waiting_thread_over() -> None:
    first = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    await waiting(first)
    question = first.pending[0].id

    second = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    await waiting(second)

    assert second is not first
    assert second.pending[0].id == question
    with pytest.raises(CannotWait, match="replaced"):
        await first


async def test_a_node_edited_under_its_question_is_told_at_the_form() -> None:
    await waiting(graph_of(approve).compile().session({"text": "hi"}, thread_id="t"))
    asks = approve

    def edited(state: State) -> dict[str, Any]:
        return {"log": [*asks(state)["log"], "edited"]}

    graph = StateGraph(State, name="refund").add_node("approve", edited)
    session = graph.add_edge(START, "approve").compile().session({"text": "hi"}, thread_id="t")
    await waiting(session)

    assert "'approve' changed while the thread 't' waited in it" in as_text(
        session._view_state.state
    )
    session.answer("y")
    assert (await session)["log"] == ["y", "edited"]


async def test_a_failing_node_shows_and_raises_and_runs_again_when_asked() -> None:
    tries = []

    def flaky(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the network is down")
        return {"log": ["sent"]}

    app = graph_of(triage, flaky).compile()
    session = app.session({"text": "hi"})
    with pytest.raises(OSError, match="the network is down"):
        await session
    failure = session._view_state.state["failure"]
    assert failure is not None
    assert "in node 'flaky' of graph 'refund'" in failure["title"][0]
    assert "raise OSError" in failure["traceback"][0]
    assert "run.py" not in failure["traceback"][0]
    assert "Run the cell again to retry this node" in as_html(session._view_state.state)
    assert "Run the cell again to retry this node" in as_text(session._view_state.state)

    assert (await app.session({"text": "hi"}))["log"] == ["sent"]


async def test_a_nodes_traceback_begins_in_the_node() -> None:
    def broken(state: State) -> None:
        raise LookupError("no such order")

    with pytest.raises(LookupError) as caught:
        await graph_of(broken).compile().session({"text": "hi"})

    frames = [Path(entry.path).name for entry in caught.traceback]
    assert "run.py" not in frames
    assert caught.traceback[-1].name == "broken"


async def test_a_view_that_was_drawn_again_after_a_reload_is_not_taken_away() -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    browser = await watched(session)
    session._display._handles = [Handle()]
    session._display._sent = 1

    for _ in range(2):
        session._receive_anywhere({"type": "here"})
    await asyncio.sleep(0)
    session.answer("y")
    await session

    assert not browser.disposed
    assert browser.drawn["header"]["status"] == "done"


async def test_a_record_stays_one_though_a_reloaded_page_keeps_its_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs: list[Handle] = []

    def display(data: Any, **_: Any) -> Handle:
        outputs.append(Handle())
        outputs[-1].shown = data
        return outputs[-1]

    def ask_if_told(state: State) -> dict[str, Any]:
        return {"log": [interrupt("Why?")] if state["text"] == "ask" else []}

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("hitl_nb.notebook.widget.cell_display.running_kernel", object)
    for place in ("widget.cell_display", "session.session", "session.cell_wait"):
        monkeypatch.setattr(f"hitl_nb.notebook.{place}.person_can_answer", lambda: True)
    session = graph_of(triage, ask_if_told).compile().session({"text": "hi"})
    record, browser, screen = Handle(), Browser(), session._display
    screen._view, screen._handles = browser, [record]  # type: ignore[assignment]
    screen._sent, screen._drawn_views = 1, 2
    monkeypatch.setattr(browser, "bundle", lambda: {"view": "live"})
    await session
    assert not browser.disposed

    session.rewind()
    session.edit({"text": "ask"}, as_node="triage")
    await rested(session)

    assert session.status == "waiting"
    assert "view" not in record.shown
    assert "result" in record.shown["text/plain"]
    assert [handle.shown.get("view") for handle in outputs] == [None, "live"]


async def test_a_finished_thread_shows_its_decisions_to_a_redefined_graph() -> None:
    first = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    await first.settled()
    first.answer("y")
    await first

    again = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    assert await again.settled() == "done"

    assert 'Send? → "y" by code' in as_text(again._view_state.state)


async def test_nobody_to_answer_is_said_instead_of_waited_for() -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    await waiting(session)

    with pytest.raises(NobodyToAnswer, match=r"'approve' asks.*session\.answer"):
        await session


async def test_a_wait_of_an_hour_for_the_clock_is_refused_where_nobody_can_answer() -> None:
    def approve(state: State) -> dict[str, Any]:
        return {"log": interrupt(Approval("Send?", draft="hi", timeout=3600)).action}

    session = graph_of(approve).compile().session({"text": "hi"})
    await waiting(session)

    with pytest.raises(NobodyToAnswer, match="Its time is over only in 1 h"):
        await session


async def test_a_wrong_answer_shows_its_sentence_and_nothing_from_inside() -> None:
    def approve(state: State) -> dict[str, Any]:
        return {"log": interrupt(Approval("Send?", draft="hi")).action}

    session = graph_of(approve).compile().session({"text": "hi"})
    await waiting(session)

    with pytest.raises(AnswerError) as refused:
        session.answer("aprove")

    assert len(refused.traceback) == 2
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_each_view_hides_only_what_was_saved_of_itself() -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    await waiting(session)
    one, other = (SessionView(session._view_state.state, print) for _ in range(2))

    assert one.saved != other.saved
    assert one.get_state("saved") == {"saved": one.saved}


async def test_lines_of_a_text_stand_below_its_first_in_plain_text() -> None:
    session = graph_of(triage).compile().session({"text": "two\nlines"}, thread_id="t")
    await session

    assert "\n    text: TWO\n        LINES\n" in as_text(session._view_state.state)


async def test_an_answer_before_anything_is_asked_is_refused() -> None:
    session = graph_of(approve).compile().session({"text": "hi"})

    with pytest.raises(NothingPending, match="is running"):
        session.answer("y")


def test_a_session_needs_a_running_loop() -> None:
    with pytest.raises(CannotWait, match=r"graph\.compile\(InMemorySaver\(\)\)\.invoke"):
        graph_of(approve).compile().session({"text": "hi"})


async def test_a_breakpoint_shows_as_a_form_with_one_button() -> None:
    app = graph_of(triage, explain).compile(InMemorySaver(), interrupt_before=["explain"])
    session = app.session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    (form,) = browser.drawn["forms"]
    assert form["control"]["choices"] == [{"label": ["Continue"]}]

    submit(session, {"choice": 0, "label": "Continue"}, question=form["id"])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await waiting(session)

    assert session.pending[0].value == "Why?"


HOSTILE = "<img src=x onerror=alert(1)>\u202e & \"quotes\" 'too'"


async def test_what_is_left_as_html_holds_every_payload_as_text_only() -> None:
    def ask(state: State) -> dict[str, Any]:
        answer = interrupt(
            {"question": HOSTILE, HOSTILE: {HOSTILE: [HOSTILE]}, "options": [HOSTILE]}
        )
        raise ValueError(HOSTILE + str(answer))

    graph = StateGraph(State, name=HOSTILE).add_node("ask", ask).add_edge(START, "ask")
    session = graph.compile().session({"text": HOSTILE}, thread_id=HOSTILE)
    await waiting(session)
    html = as_html(session._view_state.state)
    session.answer(HOSTILE)
    with pytest.raises(ValueError, match="onerror"):
        await session
    html += as_html(session._view_state.state)

    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 8
    assert "<img" not in html
    assert "\u202e" not in html


async def test_what_is_left_keeps_its_looks_where_the_theme_is_taken_away() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"})
    await waiting(session)

    for style in re.findall(r'style="([^"]*)"', as_html(session._view_state.state)):
        declared = [item.partition(":")[::2] for item in style.split(";")]
        for name, value in declared:
            assert "var(" not in value or any(
                other == name and "var(" not in plain for other, plain in declared
            ), style


async def test_what_is_left_as_text_tells_the_story() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"}, thread_id="t-1")
    await waiting(session)
    assert "? approve: Send?" in as_text(session._view_state.state)
    session.answer("y")
    await session

    lines = as_text(session._view_state.state).splitlines()
    assert lines[0] == "refund ▸ t-1 · done"
    assert lines[1].startswith("✓ triage")
    assert lines[1].endswith('text: "hi" → "HI"')
    assert lines[2].startswith("✓ approve  ")
    assert lines[2].endswith('  Send? → "y" by code')
    (step,) = (line for line in lines if "log: [] → " in line)
    assert step.startswith("     ")  # it stands below the answer its node got
    assert lines[-3:] == ["result", "    text: HI", "    log: y"]


async def test_a_session_travels_in_a_file_and_goes_on_elsewhere(tmp_path: Path) -> None:
    first = graph_of(triage, approve).compile().session({"text": "hi"}, thread_id="t")
    await first.settled()
    path = first.export(tmp_path / "t.json")

    elsewhere = graph_of(triage, approve).compile(InMemorySaver())
    second = Session.load(path, elsewhere)
    await second.settled()
    assert second.pending == first.pending
    assert Session.load(path, elsewhere) is second
    second.answer("y")

    assert (await second)["log"] == ["y"]
    assert first.status == "waiting"
    first.detach()


async def test_a_sessions_decisions_and_history_can_be_looked_at() -> None:
    session = graph_of(triage, approve).compile().session({"text": "hi"}, thread_id="t")
    await session.settled()
    session.answer("y")
    await session

    assert session.decisions()[["node", "answer", "reviewer"]].values.tolist() == [
        ["approve", "y", "code"]
    ]
    assert [state.next for state in session.history()] == [
        (), ("approve",), ("triage",), ("__start__",),
    ]  # fmt: skip


async def test_a_thread_of_one_graph_is_never_continued_by_another() -> None:
    def wipe(state: State) -> dict[str, Any]:
        return {"log": [interrupt("Wipe the database?")]}

    refund = graph_of(explain).compile().session({"text": "1"}, thread_id="t")
    await refund.settled()
    refund.answer("yes")
    await refund
    same_name = graph_of(wipe).compile().session({"text": "1"}, thread_id="t")
    with pytest.raises(WrongGraph, match="'explain'"):
        await same_name
    other_name = graph_of(explain)
    other_name.name = "wipe"
    with pytest.raises(WrongGraph, match="belongs to the graph 'refund'"):
        await other_name.compile().session({"text": "1"}, thread_id="t")


async def test_unnamed_graphs_with_other_nodes_have_threads_of_their_own() -> None:
    def wipe(state: State) -> dict[str, Any]:
        return {"log": [interrupt("Wipe the database?")]}

    names = set()
    for node in (explain, wipe):
        graph = StateGraph(State).add_node(node).add_edge(START, node.__name__)
        names.add(graph.compile().session({"text": "1"}).thread_id)

    assert len(names) == 2


async def test_an_answer_from_code_must_be_one_that_is_offered() -> None:
    session = graph_of(approve).compile().session({"text": "hi"})
    await session.settled()

    with pytest.raises(NotOffered, match="'y', 'n'"):
        session.answer("yes")

    assert session.pending


async def test_a_wait_that_is_cancelled_says_that_the_session_goes_on() -> None:
    session = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    wait = asyncio.ensure_future(session._cell_wait.final_state())
    await asyncio.sleep(0)
    wait.cancel()

    with pytest.raises(WaitStopped, match="its form stays open"):
        await wait
    assert await session.settled() == "waiting"


async def test_a_session_taken_over_by_a_newer_one_shows_no_form() -> None:
    first = graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    browser = await watched(first)

    graph_of(approve).compile().session({"text": "hi"}, thread_id="t")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert browser.drawn["forms"] == []
    assert browser.drawn["header"]["note"] == ["continued by a newer session"]


async def test_a_newer_session_shows_the_steps_and_answers_of_the_one_before() -> None:
    first = graph_of(triage, explain, approve).compile().session({"text": "hi"}, thread_id="t")
    await first.settled()
    first.answer("because")
    await asyncio.sleep(0)
    await first.settled()
    before = [line.split("  ")[0].split(" · ")[:2] for line in story(first)]

    second = graph_of(triage, explain, approve).compile().session({"text": "hi"}, thread_id="t")
    await second.settled()

    assert [line.split("  ")[0].split(" · ")[:2] for line in story(second)] == before
    assert before == [["✓ triage"], ["✓ explain"]]


def story(session: Session) -> list[str]:
    return [
        line for line in as_text(session._view_state.state).splitlines() if line.startswith("✓")
    ]
