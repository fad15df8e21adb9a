"""Requests in a session: asked as a form, answered field by field, left as a record."""

from __future__ import annotations

import asyncio
import operator
from datetime import datetime, timedelta
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel
from stand_in import Browser, submit, waiting, watched

from hitl_nb import (
    START,
    Approval,
    Ask,
    Confirm,
    InMemorySaver,
    Policy,
    Session,
    StateGraph,
    gate,
    interrupt,
)
from hitl_nb.marked_text import plain
from hitl_nb.notebook.session.first_reviewer import reviewer_of
from hitl_nb.notebook.session.static_record import as_html, as_text
from hitl_nb.reviewers.protocol import PASS
from hitl_nb.savers import clock

pytestmark = pytest.mark.usefixtures("fresh_sessions")


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


class Refund(BaseModel):
    to: str
    amount: int


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.fromisoformat("2030-01-01T00:00:00+00:00")

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(clock, "utc", found)
    return found


def asking(request: Any) -> Any:
    def ask(state: State) -> dict[str, Any]:
        decision = interrupt(request)
        return {"log": [(decision.action, decision.value, decision.reviewer)]}

    return (
        StateGraph(State, name="refund")
        .add_node(ask)
        .add_edge(START, "ask")
        .compile(types=[Refund])
    )


REFUND = Approval("Send it?", draft=Refund(to="ana", amount=5), context={"case": "late"})
REPLY = {
    "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "", "reviewer": "",
}  # fmt: skip
DRAFT = {"to": "ana", "amount": {"$number": "5"}}


async def settled(session: Session) -> None:
    """Let what was sent arrive, and the run come to rest again."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await waiting(session)


def record(browser: Browser) -> dict[str, Any]:
    (entry,) = [item for item in browser.drawn["timeline"] if item["kind"] == "record"]
    return dict(entry)


async def test_a_request_is_approved_as_it_was_shown() -> None:
    session = asking(REFUND).session({}, reviewer="ana")
    browser = await watched(session)
    (form,) = browser.drawn["forms"]
    assert form["control"]["parts"][0]["value"] == DRAFT

    submit(session, REPLY)
    await asyncio.sleep(0)

    assert (await session)["log"] == [("approve", Refund(to="ana", amount=5), "ana")]
    assert plain(record(browser)["answer"]) == "approved"
    assert "edits" not in record(browser)


async def test_an_edit_is_on_the_record_with_what_was_changed_and_seen() -> None:
    session = asking(REFUND).session({}, reviewer="ana")
    browser = await watched(session)

    submit(session, {**REPLY, "values": {"draft": {**DRAFT, "to": "bea"}}, "comment": "typo"})
    await asyncio.sleep(0)

    assert (await session)["log"] == [("edit", Refund(to="bea", amount=5), "ana")]
    entry = record(browser)
    assert plain(entry["answer"]) == "approved as edited"
    assert plain(entry["comment"]) == "typo"
    assert plain(entry["reviewer"]) == "ana"
    assert plain(entry["seen"]) == "all of it seen, on the screen for 2 s"
    assert entry["edits"] == [
        {"path": ["to"], "runs": [{"what": "removed", "text": ["ana"]},
                                  {"what": "added", "text": ["bea"]}]}
    ]  # fmt: skip


async def test_what_is_wrong_is_said_at_its_field_and_the_question_stays() -> None:
    session = asking(REFUND).session({})
    browser = await watched(session)

    submit(session, {**REPLY, "values": {"draft": {**DRAFT, "amount": {"$number": "x"}}}})
    submit(session, {**REPLY, "action": "reject"}, "n2")
    await asyncio.sleep(0)

    assert [item["errors"] for item in browser.said] == [
        [{"path": ["draft", "amount"], "message": ["not a whole number"]}],
        [{"path": ["comment"], "message": ["required: say why"]}],
    ]
    assert session.pending


async def test_code_answers_a_request_with_a_reply() -> None:
    session = asking(REFUND).session({})
    await session.settled()

    session.answer({"action": "edit", "value": {"to": "bea", "amount": 6}})

    assert (await session)["log"] == [("edit", Refund(to="bea", amount=6), "code")]


async def test_a_question_answers_itself_when_its_time_is_over(time: Time) -> None:
    session = asking(REFUND.with_(timeout=60)).session({})
    browser = await watched(session)
    (form,) = browser.drawn["forms"]
    assert form["deadline"] == {"left": 60.0, "then": ["rejects"]}

    time.pass_by(20)
    submit(session, {}, type="here")
    await asyncio.sleep(0)
    assert browser.drawn["forms"][0]["deadline"]["left"] == 40.0
    time.pass_by(41)
    session._intake.watch_deadlines()

    assert (await session)["log"] == [("reject", None, "timeout")]
    assert plain(record(browser)["answer"]) == "rejected after its time"


async def test_a_late_answer_is_told_what_stands(time: Time) -> None:
    session = asking(REFUND.with_(timeout=60, on_timeout="approve")).session({})
    browser = await watched(session)
    time.pass_by(61)

    submit(session, {**REPLY, "action": "reject", "comment": "no"})
    await asyncio.sleep(0)

    assert (await session)["log"][0][0] == "approve"
    (error,) = browser.said[0]["errors"]
    assert error["message"] == ["Its time was over: approved. That stands."]


async def test_a_soft_gate_that_is_held_keeps_what_was_typed(time: Time) -> None:
    session = asking(REFUND.with_(gate="soft", timeout=60)).session({})
    browser = await watched(session)
    (first,) = browser.drawn["forms"]
    assert first["deadline"]["then"] == ["goes on as shown"]
    submit(session, {}, type="draft", text="half")
    submit(session, {**REPLY, "action": "hold"})
    await settled(session)

    (form,) = browser.drawn["forms"]
    assert form["follows"] == first["id"]
    assert browser.drawn["drafts"] == {form["id"]: "half"}
    assert "deadline" not in form
    assert plain(form["history"][0]) == "held by notebook user"


async def test_two_people_have_to_approve_and_the_form_asks_who_it_is() -> None:
    session = asking(REFUND.with_(approvers=2)).session({})
    browser = await watched(session)
    assert browser.drawn["forms"][0]["control"]["reviewer"] == ""

    submit(session, {**REPLY, "reviewer": "ana"})
    await settled(session)
    submit(session, {**REPLY, "reviewer": "ana"}, "n2")
    await asyncio.sleep(0)
    assert not browser.said[1]["accepted"]
    submit(session, {**REPLY, "reviewer": "bea"}, "n3")
    await asyncio.sleep(0)

    assert (await session)["log"] == [("approve", Refund(to="ana", amount=5), "bea")]


async def test_all_of_a_long_text_can_be_read_a_page_at_a_time() -> None:
    text = "".join(f"line {number}\n" for number in range(100_000))
    session = asking(Ask("Fine?", context={"short": "x", "deep": {"log": text}})).session({})
    browser = await watched(session)
    item = browser.drawn["forms"][0]["context"][1]["items"][0]
    read = plain(item["text"])

    while len(read) < item["size"]:
        submit(session, {}, type="turn", path=[1, 0], start=len(read))
        await asyncio.sleep(0)
        read += plain(browser.said[-1]["text"])

    assert read == text


async def test_a_page_of_what_is_not_there_is_not_answered() -> None:
    session = asking(REFUND).session({})
    browser = await watched(session)

    for path in ([], [7], [0, 0, 0], [-1]):
        submit(session, {}, type="turn", path=path, start=0)
    await asyncio.sleep(0)

    assert browser.said == []


async def test_a_reviewer_answers_first_and_leaves_the_rest_to_the_form() -> None:
    def careful(question: Any) -> Any:
        return "approve"

    session = asking(REFUND).session({}, reviewer=careful)

    assert (await session)["log"] == [("approve", Refund(to="ana", amount=5), "careful")]


async def test_a_reviewer_is_asked_each_question_once_and_a_person_the_rest() -> None:
    asked = []

    def nobody(question: Any) -> Any:
        asked.append(question.id)
        return PASS

    session = asking(REFUND.with_(ladder=("boss",))).session({}, reviewer=nobody)
    await watched(session)
    submit(session, {**REPLY, "action": "escalate"})
    await settled(session)

    assert session.pending[0].value.role == "boss"
    assert len(asked) == len(set(asked)) == 2


def test_a_session_says_what_can_be_a_reviewer() -> None:
    with pytest.raises(TypeError, match="is no reviewer"):
        reviewer_of(42)


async def test_an_answer_that_comes_as_the_form_is_drawn_is_shown_once() -> None:
    session = asking(REFUND).session({})
    browser = await watched(session)
    session.answer("approve")
    session._intake.catch_up()

    assert (await session)["log"]
    assert plain(record(browser)["answer"]) == "approved"


async def test_static_text_and_html_hold_the_open_form_and_then_the_edit() -> None:
    request = REFUND.with_(risk="high", draft="We are <b>sorry</b> for it.", schema=None)
    session = asking(request).session({})
    await waiting(session)
    text = as_text(session._view_state.state)
    assert "? ask: Send it? (risk high)" in text
    assert "draft: We are <b>sorry</b> for it." in text

    session.answer({"action": "edit", "value": "We are <i>sorry</i>."})
    await session
    text, html = as_text(session._view_state.state), as_html(session._view_state.state)

    assert "→ approved as edited by code" in text
    assert "[-b-]{+i+}" in text
    assert "<del" in html
    assert "&lt;" in html
    assert "<b>sorry" not in html


async def test_another_process_answers_and_the_view_goes_on() -> None:
    app = asking(REFUND).kept_by(InMemorySaver())
    session = app.session({}, thread_id="t")
    browser = await watched(session)

    other = app.session({}, thread_id="t")
    assert other is session
    from hitl_nb.threads.answer_recording import Given, answer

    assert app.checkpointer is not None
    question = session.pending[0]
    given = Given("bea", "script")
    answer(app.checkpointer, "t", [question], app.plan, {question.id: "approve"}, given)
    session._intake.catch_up()

    assert (await session)["log"] == [("approve", Refund(to="ana", amount=5), "bea")]
    assert plain(record(browser)["reviewer"]) == "bea"


async def test_another_frameworks_question_is_answered_in_its_own_shape() -> None:
    payload = {
        "action_request": {"action": "refund", "args": {"amount": 5}},
        "config": {"allow_accept": True, "allow_edit": True},
    }

    def ask(state: State) -> dict[str, Any]:
        return {"log": [interrupt([payload])]}

    session = StateGraph(State).add_node(ask).add_edge(START, "ask").compile().session({})
    browser = await watched(session)
    assert plain(browser.drawn["forms"][0]["heading"]) == "refund"

    submit(session, {**REPLY, "values": {"draft": {"amount": {"$number": "7"}}}})
    await asyncio.sleep(0)

    edited = {"action": "refund", "args": {"amount": 7}}
    assert (await session)["log"] == [[{"type": "edit", "args": edited}]]
    assert plain(record(browser)["answer"]) == "approved as edited"


async def test_a_question_with_a_type_is_a_form_and_gives_an_instance() -> None:
    def ask(state: State) -> dict[str, Any]:
        return {"log": [interrupt("Whom?", response_schema=Refund)]}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask")
    session = graph.compile(types=[Refund]).session({})
    browser = await watched(session)
    submit(session, {**REPLY, "action": "answer", "values": {"answer": {"to": "x"}}})
    await asyncio.sleep(0)
    (error,) = browser.said[0]["errors"]
    assert error == {"path": ["answer", "amount"], "message": ["required: enter a whole number"]}

    submit(session, {**REPLY, "action": "answer", "values": {"answer": DRAFT}}, "n2")
    await asyncio.sleep(0)

    assert (await session)["log"] == [Refund(to="ana", amount=5)]


async def test_hostile_requests_reach_html_as_text_only() -> None:
    evil = "<img src=x onerror=alert(1)>\u202e"
    request = Approval(
        evil, draft={evil: evil}, context={evil: [evil]}, role=evil, tags=(evil,),
        ladder=(evil,), timeout=60, on_timeout="escalate",
    )  # fmt: skip
    session = asking(request).session({})
    await waiting(session)
    html = as_html(session._view_state.state)
    session.answer({"action": "edit", "value": {evil: "x"}, "comment": evil})
    await session
    html += as_html(session._view_state.state)

    assert html.count("&lt;img") > 10
    assert "<img" not in html
    assert "\u202e" not in html


async def test_what_nobody_was_asked_for_is_on_the_record_too() -> None:
    def node(state: State) -> dict[str, Any]:
        interrupt(Confirm("Mails go out now", "info"))
        paid = gate("pay", {"amount": 5}, policy=Policy.fixed("auto"))
        return {"log": [paid.value]}

    app = StateGraph(State, name="refund").add_node(node).add_edge(START, "node").compile()
    session = app.session({})
    await session
    said = as_text(session._view_state.state)
    assert "Mails go out now → said by the run" in said
    assert "→ approved by always auto" in said
