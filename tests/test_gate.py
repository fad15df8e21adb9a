"""The gate: an action passes, is shown, or waits, and the record says which and why."""

from __future__ import annotations

import asyncio
import operator
from datetime import timedelta
from typing import Annotated, Any

import numpy as np
import pytest
from typing_extensions import TypedDict

from hitl_nb import (
    END,
    PASS,
    START,
    CallbackReviewer,
    Command,
    CompiledGraph,
    Escalation,
    InMemorySaver,
    Policy,
    Rule,
    ScriptedReviewer,
    Send,
    SqliteSaver,
    StateGraph,
    agate,
    gate,
    gated,
    run_with,
)
from hitl_nb.errors import ApprovedBefore, InvalidAnswer, MissingThread, OwnRequest
from hitl_nb.policies.budget import asked_today
from hitl_nb.savers import clock

NO = {"action": "reject", "comment": "no"}
CONFIG: Any = {"configurable": {"thread_id": "t"}}
REFUNDS = Policy(
    [Rule("auto", amount={"<=": 20}), Rule("soft", amount={"<=": 100}),
     Rule("manual", amount={">": 1000})],
    name="refunds",
    amount="amount",
)  # fmt: skip


def graph_of(node: Any, saver: Any = None) -> CompiledGraph:
    graph = StateGraph(name="refunds").add_node("refund", node)
    return graph.add_edge(START, "refund").add_edge("refund", END).compile(saver or InMemorySaver())


def gating(args: dict[str, Any] | None = None, saver: Any = None, **asking: Any) -> CompiledGraph:
    asking = {"policy": REFUNDS} | asking

    def refund(state: dict[str, Any]) -> dict[str, Any]:
        decision = gate("refund", args or {"amount": 12}, **asking)
        return {"ran": decision.value, "action": decision.action, "by": decision.reviewer}

    return graph_of(refund, saver)


def rows_of(graph: CompiledGraph) -> list[Any]:
    assert graph.checkpointer is not None
    return list(graph.checkpointer.decisions())


def asked_by(graph: CompiledGraph) -> Any:
    (question,) = graph.get_state(CONFIG).interrupts
    return question.value


def test_what_passes_is_a_row_that_says_which_rule_let_it_and_why() -> None:
    graph = gating()

    assert graph.invoke({}, CONFIG) == {"ran": {"amount": 12}, "action": "approve", "by": "refunds"}

    (row,) = rows_of(graph)
    assert (row.kind, row.action, row.given, row.reviewer) == (
        "approval", "approve", "policy", "refunds",
    )  # fmt: skip
    assert row.comment == "rule 1: amount ≤ 20"
    assert row.payload["draft"] == {"amount": 12}
    (turn,) = row.payload["history"]
    assert (turn["action"], turn["reviewer"]) == ("auto", f"refunds@{REFUNDS.version}")


def test_an_automatic_decision_is_made_once_however_often_the_node_runs() -> None:
    asked: list[int] = []

    def node(state: dict[str, Any]) -> dict[str, Any]:
        policy = Policy.fixed("auto" if not asked else "hard")
        asked.append(1)
        first = gate("mail", {"to": "ana"}, policy=policy)
        second = gate("call", {"to": "bo"}, policy=Policy.fixed("hard"))
        return {"ran": [first.value, second.value]}

    graph = graph_of(node)
    graph.invoke({}, CONFIG)

    result = graph.invoke(Command(resume="approve"), CONFIG)

    assert result == {"ran": [{"to": "ana"}, {"to": "bo"}]}
    assert [row.given for row in rows_of(graph)] == ["policy", "code"]


def test_a_refusal_stands_when_the_policy_becomes_more_lenient_meanwhile() -> None:
    policy = [Policy.fixed("hard")]

    def node(state: dict[str, Any]) -> dict[str, Any]:
        decision = gate("mail", {"to": "ana"}, policy=policy[0])
        return {"action": decision.action, "ran": decision.value}

    graph = graph_of(node)
    graph.invoke({}, CONFIG)
    policy[0] = Policy.fixed("auto")

    assert graph.invoke(Command(resume=NO), CONFIG) == {"action": "reject", "ran": None}


def test_a_soft_gate_shows_what_will_happen_with_the_policys_time() -> None:
    graph = gating({"amount": 50}, policy=REFUNDS)
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.kind, request.gate, request.timeout) == ("approval", "soft", 60)
    assert request.draft == {"amount": 50}
    assert request.history[-1].comment == "rule 2: amount ≤ 100"


def test_a_hard_gate_runs_what_was_approved_as_edited() -> None:
    graph = gating({"amount": 500, "to": "ana"})
    graph.invoke({}, CONFIG)

    edited = {"action": "edit", "value": {"amount": 400, "to": "ana"}}
    result = graph.invoke(Command(resume=edited), CONFIG)

    assert result["ran"] == {"amount": 400, "to": "ana"}


def test_a_rejected_action_has_nothing_that_may_run() -> None:
    graph = gating({"amount": 500})
    graph.invoke({}, CONFIG)

    result = graph.invoke(Command(resume={"action": "reject", "comment": "why?"}), CONFIG)

    assert result == {"ran": None, "action": "reject", "by": "code"}


def test_amounts_out_of_a_table_are_numbers_too_and_can_be_edited() -> None:
    assert gating({"amount": np.int64(12)}).invoke({}, CONFIG)["by"] == "refunds"
    graph = gating({"amount": np.int64(500), "rate": np.float64(0.5)})
    graph.invoke({}, CONFIG)
    (part,) = asked_by(graph).parts()
    assert part.proposed == {"amount": 500, "rate": 0.5}
    edit = {"action": "edit", "value": {"amount": 400, "rate": 0.5}}

    ran = graph.invoke(Command(resume=edit), CONFIG)["ran"]

    assert ran == {"amount": 400, "rate": 0.5}
    assert type(ran["rate"]) is np.float64


def test_a_manual_action_shows_its_arguments_and_wants_its_name_typed() -> None:
    graph = gating({"amount": 5000}, context="The order never shipped.")
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.kind, request.phrase) == ("confirm", "refund")
    assert request.context == {
        "action": "refund", "arguments": {"amount": 5000}, "context": "The order never shipped.",
    }  # fmt: skip
    with pytest.raises(InvalidAnswer, match="refund"):
        graph.invoke(Command(resume="approve"), CONFIG)
    result = graph.invoke(Command(resume={"action": "approve", "value": "refund"}), CONFIG)
    assert result["ran"] == {"amount": 5000}


def test_a_manual_action_that_is_rejected_has_nothing_that_may_run() -> None:
    graph = gating({"amount": 5000})
    graph.invoke({}, CONFIG)
    assert graph.invoke(Command(resume=False), CONFIG)["ran"] is None


def test_an_edit_cannot_slip_under_the_policy() -> None:
    graph = gating({"amount": 50})
    graph.invoke({}, CONFIG)

    graph.invoke(Command(resume={"action": "edit", "value": {"amount": 9000}}), CONFIG)

    request = asked_by(graph)
    assert (request.kind, request.phrase) == ("confirm", "refund")
    assert request.context["arguments"] == {"amount": 9000}
    assert [turn.action for turn in request.history] == ["soft", "proposed", "manual"]
    result = graph.invoke(Command(resume={"action": "approve", "value": "refund"}), CONFIG)
    assert result["ran"] == {"amount": 9000}


def test_an_edit_to_something_smaller_is_not_asked_about_again() -> None:
    graph = gating({"amount": 500})
    graph.invoke({}, CONFIG)
    edited = {"action": "edit", "value": {"amount": 5}}
    assert graph.invoke(Command(resume=edited), CONFIG)["ran"] == {"amount": 5}


def test_an_amount_told_beside_the_arguments_does_not_cover_an_edit() -> None:
    policy = Policy([Rule("soft", amount={"<=": 100})])
    graph = gating({"to": "ana", "cents": 5000}, policy=policy, amount=50)
    graph.invoke({}, CONFIG)
    assert asked_by(graph).gate == "soft"

    edited = {"action": "edit", "value": {"to": "ana", "cents": 900000}}
    graph.invoke(Command(resume=edited), CONFIG)

    assert asked_by(graph).gate == "hard"


def test_what_a_reviewer_has_edited_needs_no_sample() -> None:
    policy = Policy([Rule("auto", amount={"<=": 20}), Rule("soft")], amount="amount", sample=1.0)
    graph = gating({"amount": 50}, policy=policy)
    graph.invoke({}, CONFIG)
    edited = {"action": "edit", "value": {"amount": 5}}
    assert graph.invoke(Command(resume=edited), CONFIG)["ran"] == {"amount": 5}


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = clock.utc() + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "utc", lambda: moment)


def test_a_soft_gate_goes_on_by_itself_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = gating({"amount": 50})
    graph.invoke({}, CONFIG)
    later(monkeypatch, 61)

    result = graph.invoke(None, CONFIG)

    assert result == {"ran": {"amount": 50}, "action": "approve", "by": "timeout"}


def test_a_soft_gate_that_is_held_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = gating({"amount": 50})
    graph.invoke({}, CONFIG)
    graph.invoke(Command(resume="hold"), CONFIG)
    later(monkeypatch, 6100)
    graph.invoke(None, CONFIG)
    assert (asked_by(graph).gate, asked_by(graph).timeout) == ("hard", None)


def test_a_question_nobody_answers_in_time_goes_up_and_at_the_top_is_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = gating({"amount": 500}, escalation=Escalation(), timeout=60)
    graph.invoke({}, CONFIG)
    later(monkeypatch, 61)
    graph.invoke(None, CONFIG)
    request = asked_by(graph)
    assert (request.role, request.history[-1].given) == ("manager", "timeout")
    later(monkeypatch, 61)
    assert graph.invoke(None, CONFIG) == {"ran": None, "action": "reject", "by": "timeout"}


def test_a_policy_may_stand_on_a_rung() -> None:
    small = Policy([Rule("auto", action="refund", amount={"<=": 50})], name="s", amount="amount")
    ladder = Escalation(reviewers={"senior agent": small})
    policy = Policy.fixed("hard")
    assert gating({"amount": 40}, policy=policy, escalation=ladder).invoke({}, CONFIG)["by"] == "s"
    graph = gating({"amount": 60}, policy=policy, escalation=ladder)
    graph.invoke({}, CONFIG)
    assert asked_by(graph).role == "human"


def test_what_the_node_says_of_the_question_goes_before_the_rule() -> None:
    graph = gating({"amount": 50}, question="Refund 50?", timeout=5, role="support", tags=("eu",))
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.question, request.timeout, request.role) == ("Refund 50?", 5, "support")
    assert request.tags == ("eu",)


def test_a_timeout_never_lets_pass_what_is_to_be_typed() -> None:
    graph = gating({"amount": 5000}, timeout=5, on_timeout="approve")
    with pytest.raises(ValueError, match="would let pass 'refund'"):
        graph.invoke({}, CONFIG)


def test_two_people_have_to_approve_and_not_the_one_who_asks() -> None:
    graph = gating(
        {"amount": 500}, approvers=2, requester="rob", delegates={"dan": "ana", "rex": "rob"}
    )
    graph.invoke({}, CONFIG)

    def approve(reviewer: str) -> Any:
        reply = {"action": "approve", "reviewer": reviewer}
        return graph.invoke(Command(resume=reply), CONFIG)

    for requester in ("rob", "rex"):
        with pytest.raises(OwnRequest):
            approve(requester)
    assert "ran" not in approve("ana")
    for same in ("ana", "dan"):
        with pytest.raises(ApprovedBefore):
            approve(same)
    assert approve("bo")["ran"] == {"amount": 500}
    assert [row.reviewer for row in rows_of(graph)] == ["ana", "bo"]


def test_a_soft_gate_that_several_people_have_to_approve_is_a_hard_one() -> None:
    graph = gating({"amount": 50}, approvers=2)
    graph.invoke({}, CONFIG)
    request = asked_by(graph)
    assert (request.gate, request.timeout, request.approvers) == ("hard", None, 2)


def test_an_edit_may_need_more_people_than_what_was_proposed() -> None:
    policy = Policy([Rule("hard", amount={">": 100}, approvers=2)], amount="amount")
    graph = gating({"amount": 50}, policy=policy)
    graph.invoke({}, CONFIG)
    edited = {"action": "edit", "value": {"amount": 900}, "reviewer": "ana"}
    graph.invoke(Command(resume=edited), CONFIG)

    assert asked_by(graph).approvers == 2
    graph.invoke(Command(resume={"action": "approve", "reviewer": "ana"}), CONFIG)
    approve = {"action": "approve", "reviewer": "bo"}
    assert graph.invoke(Command(resume=approve), CONFIG)["ran"] == {"amount": 900}


def test_a_sampled_action_waits_in_the_inbox_and_is_marked() -> None:
    graph = gating(policy=Policy.fixed("auto", sample=1.0))
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.gate, request.timeout, request.tags) == ("review", None, ("sampled",))
    assert "sampled" in request.history[-1].comment
    assert graph.invoke(Command(resume="approve"), CONFIG)["ran"] == {"amount": 12}


def test_beyond_the_days_budget_questions_wait_in_the_inbox() -> None:
    policy = Policy([Rule("auto", amount={"<=": 1})], default="soft", amount="amount", budget=2)
    saver = InMemorySaver()
    graph = gating({"amount": 50}, saver, policy=policy, role="support")
    gates = []
    for name in ("a", "b", "c"):
        config: Any = {"configurable": {"thread_id": name}}
        (question,) = graph.invoke({}, config)["__interrupt__"]
        gates.append((question.value.gate, question.value.timeout))

    assert gates == [("soft", 60), ("soft", 60), ("review", None)]
    assert asked_today(saver, "support") == 3
    assert asked_today(saver, None) == 0


def test_a_budget_holds_among_tasks_that_run_side_by_side() -> None:
    policy = Policy.fixed("soft", budget=1)

    def ask(name: str) -> Any:
        return lambda state: gate(name, {}, policy=policy).approved and None

    graph = StateGraph(name="wide")
    for name in ("a", "b", "c"):
        graph.add_node(name, ask(name)).add_edge(START, name).add_edge(name, END)
    asked = graph.compile(InMemorySaver()).invoke({}, CONFIG)["__interrupt__"]

    assert sorted(question.value.gate for question in asked) == ["review", "review", "soft"]


def test_a_used_up_budget_can_let_pass_what_was_soft_but_nothing_harder() -> None:
    policy = Policy(
        [Rule("soft", amount={"<=": 100}), Rule("manual", amount={">": 1000})],
        amount="amount", budget=0, over_budget="auto",
    )  # fmt: skip

    soft = gating({"amount": 50}, policy=policy)
    assert soft.invoke({}, CONFIG)["by"] == "policy"
    assert "used up" in rows_of(soft)[0].comment
    hard = gating({"amount": 500}, policy=policy)
    hard.invoke({}, CONFIG)
    assert asked_by(hard).gate == "review"
    manual = gating({"amount": 5000}, policy=policy)
    manual.invoke({}, CONFIG)
    assert asked_by(manual).phrase == "refund"


def test_what_was_decided_without_a_person_costs_no_budget() -> None:
    saver = InMemorySaver()
    gating(saver=saver).invoke({}, CONFIG)
    assert asked_today(saver, None) == 0


def test_a_new_day_has_a_new_budget_but_what_still_waits_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saver = InMemorySaver()
    graph = gating({"amount": 500}, saver, policy=Policy.fixed("hard", budget=1))
    graph.invoke({}, CONFIG)
    config: Any = {"configurable": {"thread_id": "u"}}
    graph.invoke({}, config)
    graph.invoke(Command(resume="approve"), config)
    tomorrow = clock.utc().replace(year=2099)
    monkeypatch.setattr(clock, "utc", lambda: tomorrow)

    assert asked_today(saver, None) == 1
    graph.invoke(Command(resume="approve"), CONFIG)
    assert asked_today(saver, None) == 0


def test_a_budget_needs_a_place_where_questions_are_counted() -> None:
    graph = StateGraph().add_node(
        "a", lambda state: gate("a", {}, policy=Policy.fixed("hard", budget=1)) and None
    )
    compiled = graph.add_edge(START, "a").add_edge("a", END).compile()
    with pytest.raises(MissingThread, match="The budget of the policy"):
        compiled.invoke({})


def test_low_confidence_goes_up_the_ladder_though_the_policy_would_let_it_pass() -> None:
    graph = gating(escalation=Escalation(), confidence=0.5)
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.gate, request.role, request.ladder) == ("hard", "human", ("manager",))
    assert "confidence 0.5 is below 0.7" in request.history[0].comment


def test_a_sure_and_harmless_action_needs_no_ladder() -> None:
    graph = gating(escalation=Escalation(), confidence=0.9, risk="low")
    assert graph.invoke({}, CONFIG)["by"] == "refunds"


def test_a_person_escalates_to_the_next_one_and_the_record_has_both() -> None:
    graph = gating({"amount": 500}, escalation=Escalation())
    graph.invoke({}, CONFIG)
    reply = {"action": "escalate", "comment": "too much for me", "reviewer": "ana"}
    graph.invoke(Command(resume=reply), CONFIG)

    request = asked_by(graph)
    assert (request.role, request.ladder) == ("manager", ())
    assert request.history[-1].comment == "too much for me"
    assert graph.invoke(Command(resume="approve"), CONFIG)["action"] == "approve"
    assert [(row.action, row.payload["role"]) for row in rows_of(graph)] == [
        ("escalate", "human"), ("approve", "manager"),
    ]  # fmt: skip


def test_an_automated_rung_answers_and_is_on_the_record() -> None:
    asked: list[Any] = []

    def senior(question: Any) -> Any:
        asked.append(question.value.role)
        return {"action": "approve", "comment": "seen worse", "reviewer": "the boss"}

    graph = gating({"amount": 500}, escalation=Escalation(reviewers={"senior agent": senior}))

    assert graph.invoke({}, CONFIG)["by"] == "senior agent"
    (row,) = rows_of(graph)
    assert (row.reviewer, row.given, row.comment) == (
        "senior agent", "callback", "seen worse",
    )  # fmt: skip
    assert asked == ["senior agent"]


@pytest.mark.parametrize(
    ("senior", "why"),
    [
        (lambda question: PASS, "passed on"),
        (lambda question: {"action": "escalate", "comment": "not me"}, "not me"),
        (lambda question: "approove", "its answer was refused"),
        (lambda question: 1 / 0, "an error: ZeroDivisionError"),
    ],
)
def test_a_rung_that_passes_on_fails_or_answers_nonsense_leads_to_the_next(
    senior: Any, why: str
) -> None:
    ladder = Escalation(
        ("agent", "senior agent", "lead agent", "human"),
        reviewers={"senior agent": senior, "lead agent": lambda question: PASS},
        automated=("agent",),
    )
    graph = gating({"amount": 500}, escalation=ladder)
    graph.invoke({}, CONFIG)

    assert asked_by(graph).role == "human"
    rows = rows_of(graph)
    assert [(row.action, row.payload["role"]) for row in rows] == [
        ("escalate", "senior agent"), ("escalate", "lead agent"),
    ]  # fmt: skip
    assert why in rows[0].comment
    roles = [turn.role for turn in asked_by(graph).history]
    assert roles[-2:] == ["senior agent", "lead agent"]
    graph.invoke(Command(resume="approve"), CONFIG)
    assert [row.action for row in rows_of(graph)] == ["escalate", "escalate", "approve"]


def test_a_rung_is_asked_once_however_often_the_node_runs() -> None:
    asked: list[int] = []

    def senior(question: Any) -> Any:
        asked.append(1)
        return PASS

    graph = gating({"amount": 500}, escalation=Escalation(reviewers={"senior agent": senior}))
    graph.invoke({}, CONFIG)
    graph.invoke(Command(resume="approve"), CONFIG)
    assert len(asked) == 1


def test_an_agent_is_not_one_of_the_people_who_have_to_approve() -> None:
    ladder = Escalation(reviewers={"senior agent": lambda question: "approve"})
    graph = gating({"amount": 500}, escalation=ladder, approvers=2)
    graph.invoke({}, CONFIG)

    request = asked_by(graph)
    assert (request.role, request.approvers) == ("human", 2)
    assert "would approve" in request.history[-1].comment


def test_what_is_to_be_typed_by_hand_and_what_is_sampled_no_agent_decides() -> None:
    def eager(question: Any) -> Any:
        raise AssertionError("nobody asks an agent")

    ladder = Escalation(reviewers={"senior agent": eager})
    manual = gating({"amount": 5000}, escalation=ladder)
    sampled = gating(policy=Policy.fixed("auto", sample=1.0), escalation=ladder)
    for graph in (manual, sampled):
        graph.invoke({}, CONFIG)
        assert asked_by(graph).role == "human"
        assert rows_of(graph) == []


def test_an_agent_may_still_reject_what_several_have_to_approve() -> None:
    ladder = Escalation(reviewers={"senior agent": lambda question: NO})
    graph = gating({"amount": 500}, escalation=ladder, approvers=2)
    assert graph.invoke({}, CONFIG)["action"] == "reject"


async def test_an_async_rung_is_awaited() -> None:
    async def senior(question: Any) -> str:
        return "approve"

    ladder = Escalation(reviewers={"senior agent": senior})

    async def refund(state: dict[str, Any]) -> dict[str, Any]:
        decision = await agate("refund", {"n": 1}, policy=Policy.fixed("hard"), escalation=ladder)
        return {"by": decision.reviewer}

    assert await graph_of(refund).ainvoke({}, CONFIG) == {"by": "senior agent"}


def test_an_async_rung_in_a_sync_gate_is_an_error_that_says_what_to_use(tmp_path: Any) -> None:
    async def senior(question: Any) -> str:
        await asyncio.sleep(0)
        return "approve"

    ladder = Escalation(reviewers={"senior agent": senior})
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        graph = gating({"amount": 500}, saver, escalation=ladder)
        with pytest.raises(TypeError, match="await agate"):
            graph.invoke({}, CONFIG)


def test_a_gated_call_runs_once_with_exactly_what_was_approved() -> None:
    calls: list[dict[str, Any]] = []

    def pay(key: str, amount: int) -> str:
        calls.append({"key": key, "amount": amount})
        return f"paid {amount}"

    def node(state: dict[str, Any]) -> dict[str, Any]:
        paid = gated(pay, {"key": "k", "amount": 500}, policy=REFUNDS)
        again = gated(pay, {"key": "l", "amount": 700}, policy=REFUNDS)
        return {"paid": [paid.result, again.result], "action": again.decision.action}

    graph = graph_of(node)
    edited = {"action": "edit", "value": {"key": "k", "amount": 450}}
    result = run_with(graph, {}, CONFIG, reviewer=ScriptedReviewer([edited, NO]))

    assert result == {"paid": ["paid 450", None], "action": "reject"}
    assert calls == [{"key": "k", "amount": 450}]


async def test_a_gated_async_call_is_awaited_and_runs_once() -> None:
    calls = []

    async def pay(amount: int) -> int:
        calls.append(amount)
        return amount

    async def node(state: dict[str, Any]) -> dict[str, Any]:
        paid = await gated(pay, {"amount": 5}, policy=REFUNDS).result
        gate("more", {}, policy=Policy.fixed("hard"))
        return {"paid": paid}

    graph = graph_of(node)
    await graph.ainvoke({}, CONFIG)
    assert await graph.ainvoke(Command(resume="approve"), CONFIG) == {"paid": 5}
    assert calls == [5]


def test_a_gate_works_where_nobody_keeps_the_run() -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"ran": gate("refund", {"amount": 500}, policy=REFUNDS).value}

    graph = StateGraph().add_node("a", node).add_edge(START, "a").add_edge("a", END)
    reviewer = CallbackReviewer(lambda question: "approve")
    assert run_with(graph.compile(), {}, reviewer=reviewer) == {"ran": {"amount": 500}}


async def test_gates_side_by_side_in_a_file_each_have_their_decision(tmp_path: Any) -> None:
    def refund(state: dict[str, Any]) -> dict[str, Any]:
        paid = gate("refund", {"amount": state["amount"]}, policy=REFUNDS).value
        return {"paid": [paid["amount"] if paid else 0]}

    class State(TypedDict):
        paid: Annotated[list[int], operator.add]

    graph = StateGraph(State, name="wide").add_node("refund", refund)
    graph.add_conditional_edges(
        START, lambda state: [Send("refund", {"amount": n}) for n in (5, 50, 500)], ["refund"]
    )
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        waiting = graph.add_edge("refund", END).compile(saver)
        asked = (await waiting.ainvoke({}, CONFIG))["__interrupt__"]
        assert [item.value.draft["amount"] for item in asked] == [50, 500]
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        again = graph.compile(saver)
        answers = {asked[0].id: NO, asked[1].id: "approve"}
        assert await again.ainvoke(Command(resume=answers), CONFIG) == {"paid": [5, 0, 500]}
        assert [row.given for row in saver.decisions()] == ["policy", "code", "code"]


def test_a_gate_in_a_subgraph_asks_in_the_thread_around_it() -> None:
    inner = StateGraph(name="inner").add_node(
        "refund", lambda state: {"ran": gate("refund", {"amount": 500}, policy=REFUNDS).value}
    )
    inner.add_edge(START, "refund").add_edge("refund", END)
    graph = StateGraph(name="outer").add_node("inner", inner.compile())
    outer = graph.add_edge(START, "inner").add_edge("inner", END).compile(InMemorySaver())
    outer.invoke({}, CONFIG)
    assert outer.invoke(Command(resume="approve"), CONFIG)["ran"] == {"amount": 500}


def test_two_equal_actions_of_one_node_are_two_decisions() -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"did": [gate("mail", {}, policy=Policy.fixed("hard")).action for _ in range(2)]}

    reviewer = ScriptedReviewer(["approve", NO])
    assert run_with(graph_of(node), {}, CONFIG, reviewer=reviewer) == {"did": ["approve", "reject"]}


def test_a_call_that_changes_its_arguments_does_not_change_the_decision() -> None:
    def send(to: list[str]) -> int:
        to.append("eve")
        return len(to)

    def node(state: dict[str, Any]) -> dict[str, Any]:
        done = gated(send, {"to": ["ana"]}, policy=Policy.fixed("auto"))
        return {"approved": done.decision.value, "result": done.result}

    assert graph_of(node).invoke({}, CONFIG) == {"approved": {"to": ["ana"]}, "result": 2}
