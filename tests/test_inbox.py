"""The inbox: what waits, decided from wherever it is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict

import pytest
from inboxes import Opened, at, picking, plain, refunds, waiting
from pydantic import BaseModel
from stores import Store

from hitl_nb import START, Inbox, InMemorySaver, StateGraph, decisions, interrupt
from hitl_nb.errors import (
    AlreadyAnswered,
    DeadlinePassed,
    InvalidFilter,
    NotOffered,
    StoreMissing,
    UnknownAction,
    UnknownQuestion,
    UnreadableData,
)
from hitl_nb.server.change_poller import ChangePoller


class Order(BaseModel):
    price: Decimal


class Shop(TypedDict, total=False):
    order: Order
    answer: Any


def ask_to_ship(state: Shop) -> dict[str, Any]:
    return {"answer": interrupt({"question": "Ship it?", "order": state["order"]})}


def test_questions_of_all_threads_are_listed(store: Store) -> None:
    saver = store.saver()
    waiting(saver, "a", "b", risk="high", role="support", tags=("eu", "vip"))
    plain().compile(saver).invoke({}, at("p"))

    found = Inbox(store.saver()).questions()

    assert found["heading"].to_list() == ["Refund a?", "Refund b?", "Which order?"]
    assert found["graph"].to_list() == ["refund", "refund", "plain"]
    first = found.iloc[0]
    assert (first["thread_id"], first["node"], first["kind"]) == ("a", "review", "approval")
    assert (first["risk"], first["role"], first["tags"]) == ("high", "support", ["eu", "vip"])
    assert str(found["deadline"].dtype).endswith("UTC]")


def test_the_soonest_deadline_comes_first_and_then_the_oldest(store: Store) -> None:
    saver = store.saver()
    waiting(saver, "old")
    waiting(saver, "late", timeout=900)
    waiting(saver, "soon", timeout=60)
    waiting(saver, "new")

    assert Opened(Inbox(saver)).headings == [
        "Refund soon?", "Refund late?", "Refund old?", "Refund new?",
    ]  # fmt: skip


def test_an_inbox_with_nothing_in_it_says_so() -> None:
    inbox = Inbox(InMemorySaver())

    assert (len(inbox), inbox.selected) == (0, None)
    assert repr(inbox) == "inbox · 0 questions wait · in memory · serves no graph"
    assert inbox.questions().empty


def test_a_path_that_does_not_exist_is_refused_and_no_file_made(tmp_path: Path) -> None:
    typo = tmp_path / "tne.db"
    for given in (typo, str(typo), f"sqlite:///{typo}"):
        with pytest.raises(StoreMissing, match=r"tne\.db does not exist\. Give the path"):
            Inbox(given)

    assert list(tmp_path.iterdir()) == []


def test_an_id_that_is_none_hears_what_is_open() -> None:
    saver = InMemorySaver()
    waiting(saver, *map(str, range(20)))
    inbox = Inbox(saver)
    first, *_, tenth = inbox.questions()["question"].iloc[:10]

    with pytest.raises(UnknownQuestion, match=f"Open: {first} .*{tenth} .*; and 10 more"):
        inbox.answer("nonsense", "approve")


def test_the_id_of_a_thread_is_told_from_that_of_its_question(store: Store) -> None:
    waiting(store.saver(), "a", "b")
    inbox = Inbox(store.saver())
    question = inbox.questions()["question"].iloc[1]

    with pytest.raises(UnknownQuestion) as caught:
        inbox.answer("b", "approve")
    assert str(caught.value) == (
        f"No open question has the id 'b'. Open in the thread 'b': "
        f"{question} ('Refund b?', asked by 'review')."
    )


def test_a_decision_is_written_in_a_line() -> None:
    waiting(saver := InMemorySaver(), "a", context={"mail": "x" * 30_000})
    inbox = Inbox(saver)

    made = inbox.answer(str(inbox.selected), {"action": "reject", "comment": "y" * 300})

    assert repr(made).startswith("DecisionRow(seq=1, thread_id='a', node='review', ")
    assert "action='reject'" in repr(made)
    assert len(repr(made)) < 300


def test_a_question_is_decided_without_its_graph(store: Store) -> None:
    done: list[Any] = []
    graph = refunds(done).compile(store.saver())
    graph.invoke({"order": "42"}, at("42"))
    inbox = Inbox(store.saver(), reviewer="ana")

    row = inbox.answer(str(inbox.selected), "approve")

    assert (row.reviewer, row.given, row.action) == ("ana", "code", "approve")
    assert len(inbox) == 0
    graph.invoke(None, at("42"))
    assert done == [["approve", "Sorry about 42.", "ana"]]


def test_a_plain_question_takes_what_it_offers(store: Store) -> None:
    saver = store.saver()
    graph = plain({"question": "Send it?", "options": ["yes", "no"]}).compile(saver)
    graph.invoke({}, at("t"))
    inbox = Inbox(saver)

    with pytest.raises(NotOffered):
        inbox.answer(str(inbox.selected), "ys")
    inbox.answer(str(inbox.selected), "yes", reviewer="bob")

    assert graph.invoke(None, at("t"))["answer"] == "yes"
    assert decisions(saver)["reviewer"].to_list() == ["bob"]


def test_of_two_inboxes_one_wins_and_the_other_hears_who(store: Store) -> None:
    waiting(store.saver(), "a")
    first, second = Inbox(store.saver(), reviewer="ana"), Inbox(store.saver(), reviewer="bob")
    question = str(first.selected)
    first.answer(question, "approve")

    with pytest.raises(AlreadyAnswered) as caught:
        second.answer(question, {"action": "reject", "comment": "no"})
    assert caught.value.reviewer == "ana"
    assert len(second) == 0
    with pytest.raises(AlreadyAnswered):
        second.answer(question, "approve")
    with pytest.raises(UnknownQuestion):
        second.answer("f" * 32, "approve")


def test_reviewer_rules_hold_in_the_inbox(store: Store) -> None:
    waiting(store.saver(), "a", requester="ana")
    inbox = Inbox(store.saver(), reviewer="ana")

    with pytest.raises(Exception, match="ana"):
        inbox.answer(str(inbox.selected), "approve")
    inbox.answer(str(inbox.selected), "approve", reviewer="bob")


def test_two_approvers_are_asked_one_after_the_other(store: Store) -> None:
    graph = waiting(store.saver(), "a", approvers=2)
    inbox = Inbox(store.saver())

    inbox.answer(str(inbox.selected), "approve", reviewer="ana")
    graph.invoke(None, at("a"))
    inbox.refresh()
    inbox.answer(str(inbox.selected), "approve", reviewer="bob")

    assert graph.invoke(None, at("a"))["decision"][2] == "bob"


def test_a_question_is_escalated_where_its_request_allows(store: Store) -> None:
    graph = waiting(store.saver(), "a", role="support", ladder=("manager",))
    plain().compile(store.saver()).invoke({}, at("p"))
    inbox = Inbox(store.saver(), reviewer="ana")
    first, second = inbox.questions()["question"]

    inbox.escalate(first, "too much for me")
    with pytest.raises(UnknownAction):
        inbox.escalate(second)

    graph.invoke(None, at("a"))
    found = inbox.questions(graph="refund")
    assert found["role"].to_list() == ["manager"]
    inbox.select(found["question"].iloc[0])
    form = inbox._view_state.state["selected"]
    assert form is not None
    assert form["form"] is not None
    assert "too much for me" in str(form["form"]["history"])


def test_what_only_the_graph_declares_is_decided_where_the_graph_is(store: Store) -> None:
    declared = StateGraph(Shop, name="shop").add_node(ask_to_ship)
    graph = declared.add_edge(START, "ask_to_ship").compile(store.saver())
    graph.invoke({"order": Order(price=Decimal("4.20"))}, at("t"))
    blind = Opened(Inbox(store.saver()))

    assert blind.headings == ["Ship it?"]
    assert blind.form is None
    assert "Inbox(saver, [graph])" in str(blind.state["selected"]["note"])
    with pytest.raises(UnreadableData):
        blind.inbox.answer(str(blind.inbox.selected), "yes")

    seeing = Opened(Inbox(store.saver(), [graph]))
    assert "4.20" in str(seeing.form["context"])
    seeing.inbox.answer(str(seeing.inbox.selected), "yes")


def test_the_inbox_enforces_deadlines_of_what_it_shows(
    store: Store, later: Callable[[float], None]
) -> None:
    graph = waiting(store.saver(), "a", timeout=60)
    opened = Opened(Inbox(store.saver()))
    question = opened.form["id"]

    later(61)
    opened.inbox.refresh()

    assert len(opened.inbox) == 0
    assert "Its time was over: rejected." in str(opened.state["selected"]["note"])
    assert graph.invoke(None, at("a"))["decision"][:1] == ["reject"]
    with pytest.raises(DeadlinePassed):
        opened.inbox.answer(question, "approve")


def test_an_answer_after_the_time_is_refused(store: Store, later: Callable[[float], None]) -> None:
    waiting(store.saver(), "a", timeout=60)
    inbox = Inbox(store.saver())
    question = str(inbox.selected)
    later(61)

    with pytest.raises(DeadlinePassed):
        inbox.answer(question, "approve")


def test_questions_are_filtered_and_counted(store: Store) -> None:
    saver = store.saver()
    waiting(saver, "a", "b", risk="high", role="support", tags=("eu",))
    waiting(saver, "c", risk="low", role="legal", tags=("eu", "vip"))
    picking().compile(saver).invoke({}, at("p"))
    opened = Opened(Inbox(saver))

    assert opened.counts("graph") == {"refund": 3, "picking": 1}
    assert list(opened.counts("risk").items()) == [("high", 2), ("low", 1)]
    assert opened.counts("tag") == {"eu": 3, "vip": 1}

    opened.send("filter", facet="risk", value="high")
    assert opened.headings == ["Refund a?", "Refund b?"]
    assert opened.counts("risk") == {"high": 2, "low": 1}
    assert opened.counts("role") == {"support": 2}

    opened.send("filter", facet="role", value="legal")
    assert opened.headings == []
    assert opened.counts("role") == {"support": 2, "legal": 0}
    opened.send("filter", facet="risk", value=None)
    assert opened.headings == ["Refund c?"]

    inbox = opened.inbox
    assert inbox.questions(node="pick")["heading"].to_list() == ["Which?"]
    assert inbox.questions(tag="vip")["thread_id"].to_list() == ["c"]
    assert inbox.questions(text="sorry about b")["thread_id"].to_list() == ["b"]
    assert inbox.questions(text="PICKING")["thread_id"].to_list() == ["p"]


def test_a_filter_that_does_not_exist_names_the_nearest() -> None:
    inbox = Inbox(InMemorySaver())

    for ask in (inbox.questions, inbox.filter):
        with pytest.raises(InvalidFilter) as caught:
            ask(rsik="high")
        assert str(caught.value) == (
            "An inbox's list has no parameter 'rsik'. Did you mean 'risk'? It takes: graph, "
            "node, role, risk, tag, assigned, only, text."
        )


def test_a_word_that_a_filter_never_has_names_those_it_has() -> None:
    waiting(saver := InMemorySaver(), "a", risk="high")
    inbox = Inbox(saver)

    with pytest.raises(InvalidFilter) as caught:
        inbox.questions(risk="hihg")
    assert str(caught.value) == (
        "risk='hihg' is none of 'low', 'medium', 'high', 'critical'. Did you mean 'high'?"
    )
    with pytest.raises(InvalidFilter, match="Did you mean 'overdue'"):
        inbox.filter(only="overdu")
    assert inbox.questions(risk="critical").empty


def test_a_risk_of_another_program_can_be_filtered_by() -> None:
    plain({"question": "Send it?", "risk": "P1"}).compile(saver := InMemorySaver()).invoke(
        {}, at("p")
    )

    assert len(Inbox(saver).questions(risk="P1")) == 1


def test_questions_are_assigned_and_found_by_whom(store: Store) -> None:
    waiting(store.saver(), "a", "b")
    inbox, other = Inbox(store.saver()), Inbox(store.saver())
    question = inbox.questions()["question"].iloc[0]

    inbox.assign(question, " ana ")

    assert other.questions(assigned="ana")["thread_id"].to_list() == ["a"]
    assert other.questions(assigned="")["thread_id"].to_list() == ["b"]
    other.assign(question, "")
    assert inbox.questions(assigned="ana").empty


def test_a_snoozed_question_is_left_out_until_its_time(
    store: Store, later: Callable[[float], None]
) -> None:
    waiting(store.saver(), "a", "b")
    opened = Opened(Inbox(store.saver()))
    question = opened.inbox.questions()["question"].iloc[0]

    opened.inbox.snooze(question, timedelta(hours=1))
    assert opened.headings == ["Refund b?"]
    assert opened.state["inbox"]["snoozed"] == 1
    assert opened.inbox.questions(only="snoozed")["thread_id"].to_list() == ["a"]
    assert not opened.inbox._view_state.is_due

    later(3601)
    assert opened.inbox._view_state.is_due
    opened.inbox.refresh()
    assert opened.headings == ["Refund a?", "Refund b?"]


def test_a_snooze_is_taken_back_and_takes_a_time_of_day(store: Store) -> None:
    waiting(store.saver(), "a")
    inbox = Inbox(store.saver())
    question = str(inbox.selected)

    assert inbox.snooze(question, datetime(2099, 1, 1)).snoozed.startswith(("2098", "2099"))
    assert inbox.questions().empty
    inbox.snooze(question, None)
    assert len(inbox.questions()) == 1


def test_an_answered_question_takes_its_marks_along(store: Store) -> None:
    waiting(store.saver(), "a")
    inbox = Inbox(store.saver())
    inbox.assign(str(inbox.selected), "ana")

    inbox.answer(str(inbox.selected), "approve")

    assert dict(inbox.saver.marks()) == {}


def test_an_inbox_is_static_text_where_nothing_runs() -> None:
    saver = InMemorySaver()
    waiting(saver, "<b>a</b>", risk="high")
    inbox = Inbox(saver)

    shown = inbox._static()

    assert "Refund <b>a</b>?" in shown["text/plain"]
    assert "<b>a</b>" not in shown["text/html"]
    assert "&lt;b&gt;a&lt;/b&gt;" in shown["text/html"]
    assert "Waiting for an answer" in shown["text/html"]


def test_in_a_script_a_run_goes_on_before_the_answer_returns(store: Store) -> None:
    done: list[Any] = []
    graph = refunds(done).compile(store.saver())
    for order in ("a", "b"):
        graph.invoke({"order": order, "asked": {"approvers": 2}}, at(order))
    inbox = Inbox(store.saver(), [graph.kept_by(InMemorySaver())])
    first = str(inbox.selected)

    inbox.answer(first, "approve", reviewer="ana")
    assert len(inbox) == 2
    again = next(item for item in inbox.questions()["question"] if item != str(inbox.selected))
    inbox.answer(again, "approve", reviewer="bob")

    assert done == [["approve", "Sorry about a.", "bob"]]
    assert graph.get_state(at("a")).values["sent"] is True
    assert graph.get_state(at("b")).values == {"order": "b", "asked": {"approvers": 2}}


def test_in_a_script_what_a_node_raises_is_heard_and_the_answer_stands(store: Store) -> None:
    def fail(state: dict[str, Any]) -> None:
        raise ValueError(interrupt("Which?"))

    graph = StateGraph(name="failing").add_node(fail).add_edge(START, "fail")
    saver = store.saver()
    graph.compile(saver).invoke({}, at("t"))
    inbox = Inbox(saver, [graph.compile()])

    with pytest.raises(ValueError, match="red") as caught:
        inbox.answer(str(inbox.selected), "red")

    assert "The answer was recorded before that, and stands." in caught.value.__notes__
    assert [row.answer for row in saver.decisions()] == ["red"]


@pytest.mark.parametrize("served", [False, True])
async def test_where_a_loop_runs_an_answer_can_be_waited_for(store: Store, served: bool) -> None:
    done: list[Any] = []
    graph = refunds(done).compile(store.saver())
    await graph.ainvoke({"order": "a", "asked": {"approvers": 2}}, at("a"))
    inbox = Inbox(store.saver(), [graph])
    if not served:
        inbox.close()  # nobody goes on in the background
    first = str(inbox.selected)

    row = await inbox.aanswer(first, "approve", reviewer="ana")
    assert (row.reviewer, len(inbox), done) == ("ana", 1, [])
    await inbox.aanswer(str(inbox.selected), "approve", reviewer="bob")

    assert done == [["approve", "Sorry about a.", "bob"]]
    assert graph.get_state(at("a")).next == ()
    assert len(inbox) == 0
    inbox.close()


async def test_whoever_waits_for_a_run_of_another_hears_where_it_came_to(store: Store) -> None:
    done: list[Any] = []
    app = refunds(done).compile(store.saver())
    await app.ainvoke({"order": "a"}, at("a"))
    inbox = Inbox(store.saver(), [app])
    saver = store.saver()
    _, fence = saver.acquire("a", app.name, create=False)

    waiting = asyncio.ensure_future(inbox.aanswer(str(inbox.selected), "approve", reviewer="ana"))
    await ChangePoller(saver, quick=0.01).changed()
    assert not waiting.done()
    saver.release("a", fence)
    await waiting

    assert done == [["approve", "Sorry about a.", "ana"]]
    inbox.close()


async def test_what_a_node_raises_is_heard_once_by_whoever_waits(store: Store) -> None:
    tried: list[str] = []

    def fail(state: dict[str, Any]) -> None:
        tried.append(interrupt("Which?"))
        raise ValueError(tried[-1])

    graph = StateGraph(name="failing").add_node(fail).add_edge(START, "fail")
    saver = store.saver()
    await graph.compile(saver).ainvoke({}, at("t"))
    inbox = Inbox(saver, [graph.compile()])

    with pytest.raises(ValueError, match="red") as caught:
        await inbox.aanswer(str(inbox.selected), "red")

    assert "The answer was recorded before that, and stands." in caught.value.__notes__
    assert tried == ["red"]
    inbox.close()


async def test_without_its_graph_an_answer_is_recorded_and_that_is_all(store: Store) -> None:
    saver = store.saver()
    waiting(saver, "a")
    inbox = Inbox(saver)

    await inbox.aanswer(str(inbox.selected), "approve", reviewer="ana")

    assert [row.reviewer for row in saver.decisions()] == ["ana"]


def test_a_breakpoint_after_the_question_holds_the_run_that_goes_on(store: Store) -> None:
    done: list[Any] = []
    graph = refunds(done).compile(store.saver(), interrupt_before=["send"])
    graph.invoke({"order": "a"}, at("a"))
    inbox = Inbox(store.saver(), [graph])

    inbox.answer(str(inbox.selected), "approve")

    assert (done, graph.get_state(at("a")).next) == ([], ("send",))


async def test_a_given_graph_is_served_and_others_are_named(store: Store) -> None:
    done: list[Any] = []
    saver = store.saver()
    graph = refunds(done).compile(saver)
    await graph.ainvoke({"order": "42"}, at("42"))
    await plain().compile(saver).ainvoke({}, at("p"))
    opened = Opened(Inbox(saver, [graph], reviewer="ana"))
    assert "goes on in this notebook" in str(opened.state["selected"]["serving"])

    opened.decide("approve")
    await opened.until(lambda: done)
    opened.inbox.close()

    assert done == [["approve", "Sorry about 42.", "ana"]]
    opened.inbox.next()
    serving = str(opened.inbox._view_state.state["selected"])
    assert "plain is not run by this inbox: once answered, it goes on where its" in serving


async def test_an_open_session_of_this_notebook_is_who_goes_on(store: Store) -> None:
    saver = store.saver()
    graph = refunds().compile(saver)
    session = graph.session({"order": "42"}, thread_id="42")
    await session.settled()
    opened = Opened(Inbox(saver))
    assert "42 goes on in its session in this notebook" in str(opened.state["selected"])

    session.detach()
    opened.inbox.refresh()
    assert "where its session is open" in str(opened.state["selected"])


async def test_what_others_do_shows_up_by_itself(store: Store) -> None:
    saver = store.saver()
    graph = refunds().compile(saver)
    await graph.ainvoke({"order": "a"}, at("a"))
    opened = Opened(Inbox(store.saver(), reviewer="ana"))
    await graph.ainvoke({"order": "b"}, at("b"))
    await opened.until(lambda: len(opened.headings) == 2)

    Inbox(saver).answer(opened.form["id"], "approve", reviewer="bob")
    await opened.until(lambda: opened.form is None)
    opened.inbox.close()

    assert opened.headings == ["Refund b?"]
    assert "Answered by bob" in str(opened.state["selected"]["note"])


def test_nothing_is_read_again_that_is_known(store: Store) -> None:
    saver = store.saver()
    waiting(saver, *map(str, range(20)))
    inbox = Inbox(saver)
    read: list[int] = []
    look = saver.waiting

    def counted(known: Any = (), listed: Any = ()) -> Any:
        keys, rows = look(known, listed)
        read.append(len(rows))
        return keys, rows

    saver.waiting = counted  # type: ignore[method-assign]
    inbox.answer(str(inbox.selected), "approve")
    waiting(saver, "more")
    inbox.refresh()

    assert sum(read) == 1
