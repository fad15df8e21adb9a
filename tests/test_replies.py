"""What is replied to a request, who may reply, and what the node gets back."""

from __future__ import annotations

import datetime as dt
import json
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, model_validator
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import (
    END,
    START,
    Approval,
    Ask,
    CallDecision,
    Choice,
    Command,
    Confirm,
    Decision,
    Edit,
    Feedback,
    Form,
    InMemorySaver,
    Option,
    Rating,
    Request,
    Send,
    StateGraph,
    ToolCall,
    ToolReview,
    decisions,
    export_thread,
    import_thread,
    interrupt,
    once,
)
from hitl_nb.engine.checkpoint_rows import read_question
from hitl_nb.engine.interrupts import decide_now
from hitl_nb.errors import (
    AlreadyAnswered,
    AnswerRefused,
    ApprovedBefore,
    InvalidAnswer,
    OwnRequest,
    UnknownAction,
    UnreadableData,
)
from hitl_nb.requests.replies import Reply, check_reviewer, decide, read_reply, restore


class Refund(BaseModel):
    amount: Decimal
    due: dt.date


NO = {"action": "reject", "comment": "no"}
CALLS = ToolReview(
    [
        ToolCall("send", {"to": "ana"}, id="1"),
        ToolCall("pay", {"amount": "1.5", "due": "2026-01-02"}, schema=Refund),
    ]
)
REFUND = Approval("Pay?", Refund(amount="1.50", due="2026-01-02"))
DRAFT = {"amount": "1.50", "due": "2026-01-02"}


@pytest.mark.parametrize(
    ("request_", "given", "reply"),
    [
        (Approval("?", "x"), "approve", Reply("approve", "x")),
        (Approval("?", "x"), True, Reply("approve", "x")),
        (Approval("?"), True, Reply("approve")),
        (Approval("?", "x"), False, Reply("reject")),
        (Approval("?", "x"), {"action": "reject", "comment": "no"}, Reply("reject", None, "no")),
        (Approval("?", "x"), {"action": "edit", "value": "y"}, Reply("edit", "y")),
        (Approval("?", "x"), {"action": "edit", "value": "x"}, Reply("approve", "x")),
        (
            Approval("?", "x"),
            {"action": "respond", "value": "why?"},
            Reply("respond", "why?", "why?"),
        ),
        (
            Approval("?", "x"),
            {"action": "respond", "comment": "why?"},
            Reply("respond", "why?", "why?"),
        ),
        (Approval("?", "x", ladder=("lead",)), "escalate", Reply("escalate")),
        (REFUND, Decision("edit", Refund(amount=2, due="2026-01-02"), reviewer="ana"),
         Reply("edit", {**DRAFT, "amount": "2"}, "", "ana")),
        (Approval("?", "x"), Decision("reject", comment="no"), Reply("reject", None, "no")),
        (CALLS.with_(calls=CALLS.calls[1:]),
         Decision("edit", [CallDecision("edit", "pay", {"amount": Decimal("2"),
                                                        "due": dt.date(2026, 1, 2)})]),
         Reply("edit", [{"action": "edit", "args": {"amount": "2", "due": "2026-01-02"},
                         "message": ""}])),
        (REFUND, "approve", Reply("approve", DRAFT)),
        (Choice("?", ["a", "b"]), "b", Reply("answer", "b")),
        (Choice("?", [Option(1, "one"), Option(True, "yes")]), True, Reply("answer", True)),
        (Choice("?", [Option(1, "one"), Option(True, "yes")]), "one", Reply("answer", 1)),
        (Choice("?", ["a"], other=True), "else", Reply("answer", "else")),
        (Choice("?", ["a", "b", "c"], multiple=True), ["c", "a"],
         Reply("answer", ["a", "c"])),
        (Ask("?"), "because", Reply("answer", "because")),
        (Ask("?"), "answer", Reply("answer", "answer")),
        (Confirm("?"), True, Reply("approve")),
        (Confirm("?", "verify", "delete"), "delete", Reply("approve", "delete")),
        (Form(Refund), DRAFT, Reply("answer", DRAFT)),
        (Form(Refund), Refund(**DRAFT), Reply("answer", DRAFT)),
        (Form(dict[str, int]), {"action": 1}, Reply("answer", {"action": 1})),
        (Edit("teh"), "the", Reply("edit", "the")),
        (Edit("the"), "the", Reply("approve", "the")),
        (Edit("the"), "approve", Reply("approve", "the")),
        (Feedback("x"), 4, Reply("answer", {"score": 4, "type": None})),
        (Feedback("x", types=("bad",)), Rating(1, "bad"),
         Reply("answer", {"score": 1, "type": "bad"})),
        (CALLS, "reject", Reply("reject", [{"action": "reject", "message": ""}] * 2)),
        (CALLS, [True, {"action": "reject", "message": "no"}],
         Reply("mixed", [{"action": "approve", "args": {"to": "ana"}, "message": ""},
                         {"action": "reject", "message": "no"}])),
    ],
)  # fmt: skip
def test_a_shorthand_is_read_as_the_full_reply_it_stands_for(
    request_: Request, given: Any, reply: Reply
) -> None:
    found = read_reply(request_, given)

    assert found == reply
    full = {"action": found.action, "value": found.value}
    if found.value is None:
        del full["value"]
    assert read_reply(request_, full)[:2] == found[:2]


@pytest.mark.parametrize(
    ("request_", "given", "paths"),
    [
        (REFUND, {"action": "edit", "value": {**DRAFT, "amount": "x"}}, [("draft", "amount")]),
        (REFUND, {"action": "edit"}, [("draft",)]),
        (REFUND, {"action": "approve", "value": {**DRAFT, "amount": "9"}}, [("draft",)]),
        (Approval("?", {"a": 1, "b": 2}, editable=("a",)),
         {"action": "edit", "value": {"a": 5, "b": 6}}, [("draft", "b")]),
        (Approval("?", {"a": 1}), {"action": "edit", "value": {"a": 1, "b": 2}}, [("draft", "b")]),
        (Approval("?", "x"), {"action": "respond"}, [("comment",)]),
        (Approval("?", "x"), {"action": "approve", "comment": 5}, [("comment",)]),
        (Choice("?", ["apple", "pear"]), "appel", [("answer",)]),
        (Choice("?", [1, 2]), True, [("answer",)]),
        (Choice("?", ["a"], multiple=True), "a", [("answer",)]),
        (Choice("?", ["a"], multiple=True), [], [("answer",)]),
        (Choice("?", ["a"], multiple=True, other=True), [], [("answer",)]),
        (Ask("?"), " ", [("answer",)]),
        (Form({"type": "string", "format": "date"}), "2026-02-31", [("answer",)]),
        (Confirm("?", "verify", "delete"), "Delete", [("phrase",)]),
        (Confirm("?", "verify", "delete"), True, [("phrase",)]),
        (Form(Refund), {"amount": "1"}, [("answer", "due")]),
        (Feedback("x"), 6, [("answer", "score")]),
        (Feedback("x"), True, [("answer",)]),
        (CALLS, [True], [()]),
        (CALLS, [True, {"action": "edit", "args": {"amount": "x", "due": "2026-01-02"}}],
         [("call-2", "amount")]),
        (CALLS, ["respond", {"action": "approve", "args": {"amount": "9", "due": "2026-01-02"}}],
         [("call-1",), ("call-2",)]),
        (CALLS.with_(approvers=2), [True, False], [()]),
    ],
)  # fmt: skip
def test_a_reply_that_does_not_fit_names_each_field(
    request_: Request, given: Any, paths: list[Any]
) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        read_reply(request_, given, "q")

    assert [path for path, _ in caught.value.errors] == paths
    assert caught.value.question_id == "q"
    assert repr(request_.question) in str(caught.value)


@pytest.mark.parametrize(
    "given", ["aprove", {"action": "aprove"}, {"action": "aprove", "value": 1}]
)
def test_an_unknown_action_is_told_with_the_nearest(given: Any) -> None:
    with pytest.raises(UnknownAction, match="Did you mean 'approve'") as caught:
        read_reply(Approval("?", "x"), given)
    assert caught.value.offered == ("approve", "edit", "reject", "respond")


def test_only_approving_and_answering_goes_on() -> None:
    assert Decision("approve").approved
    assert Decision("edit").approved
    assert Decision("edit").edited
    assert Decision("answer").approved
    assert not Decision("reject").approved
    assert not Decision("respond").approved
    assert not Decision("mixed").approved
    assert not Decision("approve").edited


def kept(decision: Decision) -> dict[str, Any]:
    """Return what a test looks at, in a form that can be stored."""
    return {"log": [[decision.action, decision.value, decision.comment, decision.reviewer]]}


def asking(request: Request, **options: Any) -> Any:
    def node(state: State) -> dict[str, Any]:
        return kept(interrupt(request, **options))

    return node


def test_a_node_asks_and_gets_a_decision(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        decision = interrupt(REFUND)
        assert isinstance(decision, Decision)
        assert isinstance(decision.value, Refund)
        assert decision.payload == REFUND.payload()
        assert decision.given == "code"
        assert decision.at
        return {"log": [decision.action, decision.value.amount, decision.question]}

    first = store.keep(chain(node)).invoke({}, THREAD)
    (question,) = first["__interrupt__"]
    (shown,) = store.keep(chain(node)).get_state(THREAD).interrupts
    edit = {"action": "edit", "value": {**DRAFT, "amount": "2"}, "comment": "less"}
    ended = store.keep(chain(node)).invoke(Command(resume=edit), THREAD)

    assert question.value == shown.value == REFUND
    assert question.kind == "approval"
    assert question.asked_at == shown.asked_at != ""
    assert ended["log"] == ["edit", Decimal("2"), question.id]
    (row,) = store.saver().decisions()
    assert (row.kind, row.action, row.comment, row.given) == ("approval", "edit", "less", "code")
    assert row.payload["request"] == "approval"


@pytest.mark.parametrize(
    ("request_", "reply", "value"),
    [
        (Approval("?", {"n": Decimal("1.0")}), "approve", {"n": Decimal("1.0")}),
        (Choice("?", [Decimal(1), Decimal(2)]), Decimal(2), Decimal(2)),
        (Ask("?"), "because", "because"),
        (Confirm("?"), False, None),
        (Confirm("?", "verify", "yes"), "yes", True),
        (Edit({"due": dt.date(2026, 1, 1)}), {"due": "2026-01-02"}, {"due": dt.date(2026, 1, 2)}),
        (Form(dict[str, dt.date]), {"a": "2026-01-02"}, {"a": dt.date(2026, 1, 2)}),
    ],
)
def test_the_value_of_a_decision_is_typed(
    store: Store, request_: Request, reply: Any, value: Any
) -> None:
    node = asking(request_)
    store.keep(chain(node)).invoke({}, THREAD)
    ended = store.keep(chain(node)).invoke(Command(resume=reply), THREAD)

    assert ended["log"][0][1] == value
    assert type(ended["log"][0][1]) is type(value)


def test_a_decision_may_be_kept_in_the_state(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt(CALLS.with_(ladder=("lead",)))]}

    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    app.invoke(Command(resume="escalate"), THREAD)
    app.invoke(Command(resume="reject"), THREAD)

    (decision,) = store.keep(chain(node)).get_state(THREAD).values["log"]
    assert isinstance(decision, Decision)
    assert isinstance(decision.value[0], CallDecision)
    assert [turn.action for turn in decision.history] == ["escalate"]


def test_each_call_gets_its_decision(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        decision = interrupt(CALLS)
        first, second = decision.value
        assert second == CallDecision(
            "edit", "pay", {"amount": Decimal("2"), "due": dt.date(2026, 1, 2)}
        )
        return {"log": [decision.action, first.action, first.message, first.id]}

    store.keep(chain(node)).invoke({}, THREAD)
    edit = {"action": "edit", "args": {"amount": "2", "due": "2026-01-02"}}
    reject = {"action": "reject", "message": "no"}
    ended = store.keep(chain(node)).invoke(Command(resume=[reject, edit]), THREAD)

    assert ended["log"] == ["mixed", "reject", "no", "1"]


def test_a_reply_that_does_not_fit_leaves_the_question_open(store: Store) -> None:
    node = asking(REFUND)
    app = store.keep(chain(node))
    app.invoke({}, THREAD)

    with pytest.raises(InvalidAnswer, match="amount"):
        app.invoke(Command(resume={"action": "edit", "value": {**DRAFT, "amount": "x"}}), THREAD)
    assert asked({"__interrupt__": app.get_state(THREAD).interrupts}) == [REFUND]
    assert app.invoke(Command(resume=NO), THREAD)["log"] == [["reject", None, "no", "code"]]


def test_several_requests_in_one_node_and_side_by_side(store: Store) -> None:
    def one(state: State) -> dict[str, Any]:
        draft = once(lambda: "draft")
        first = interrupt(Approval("?", draft))
        second = interrupt(Approval("?", draft))
        return {"log": [first.action, second.action]}

    def two(state: State) -> dict[str, Any]:
        return {"log": [interrupt(Ask("Why?")).value]}

    app = store.keep(side_by_side(one, two))
    questions = {type(item.value): item.id for item in app.invoke({}, THREAD)["__interrupt__"]}
    left = app.invoke(
        Command(resume={questions[Approval]: "approve", questions[Ask]: "so"}), THREAD
    )
    assert asked(left) == [Approval("?", "draft")]
    assert app.invoke(Command(resume=NO), THREAD)["log"] == ["approve", "reject", "so"]


def test_requests_in_sent_tasks_and_subgraphs(store: Store) -> None:
    inner = StateGraph(State, name="inner")
    inner.add_node("ask", asking(Approval("Inner?")))
    inner.add_edge(START, "ask").add_edge("ask", END)
    graph = StateGraph(State, name="outer")
    graph.add_node("each", lambda state: kept(interrupt(Approval("Each?", state["text"]))))
    graph.add_node("inner", inner.compile())
    graph.add_conditional_edges(START, lambda state: [Send("each", {"text": "a"}), "inner"])

    first = store.keep(graph).invoke({}, THREAD)
    answers = {item.id: {"action": "reject", "comment": "no"} for item in first["__interrupt__"]}
    ended = store.keep(graph).invoke(Command(resume=answers), THREAD)

    assert len(answers) == 2
    assert ended["log"] == [["reject", None, "no", "code"]] * 2


def test_a_fork_asks_the_same_request_again(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?", "x"))))
    app.invoke({}, THREAD)
    before = app.get_state(THREAD).config
    app.invoke(Command(resume="approve"), THREAD)

    fork = app.invoke(None, before)
    assert asked(fork) == [Approval("?", "x")]
    assert app.invoke(Command(resume=NO), THREAD)["log"] == [["reject", None, "no", "code"]]


def test_a_request_goes_on_from_a_snapshot(store: Store, tmp_path: Any) -> None:
    app = store.keep(chain(asking(Approval("?", {"n": Decimal("1.0")}))))
    app.invoke({}, THREAD)
    other = InMemorySaver()
    import_thread(export_thread(app.checkpointer, "t", tmp_path / "t.json"), other, graph=app)

    ended = app.kept_by(other).invoke(Command(resume="approve"), THREAD)

    assert ended["log"] == [["approve", {"n": Decimal("1.0")}, "", "code"]]


async def test_a_run_without_a_saver_asks_too() -> None:
    graph = chain(asking(REFUND))
    paused = await graph.execute({})
    state = json.loads(json.dumps(paused.final_state))

    assert paused.interrupt is not None
    assert paused.interrupt.interrupt.payload == REFUND
    with pytest.raises(InvalidAnswer):
        await graph.execute(Command(update=state, resume={"action": "edit"}))
    ended = await graph.execute(Command(update=state, resume="approve"))
    assert ended.final_state["log"] == [["approve", Refund(**DRAFT), "", "code"]]


def test_a_request_says_itself_what_may_be_replied(store: Store) -> None:
    app = store.keep(chain(asking(REFUND, response_schema=str)))

    with pytest.raises(TypeError, match="Approval says itself"):
        app.invoke({}, THREAD)


def reply(action: str, reviewer: str, comment: str = "", **more: Any) -> Command:
    return Command(resume={"action": action, "reviewer": reviewer, "comment": comment, **more})


def test_escalating_asks_the_next_on_the_ladder(store: Store) -> None:
    request = Approval("?", "x", role="agent", ladder=("lead", "cto"))
    app = store.keep(chain(asking(request)))
    app.invoke({}, THREAD)

    (second,) = asked(app.invoke(reply("escalate", "ana", "too much for me"), THREAD))
    (third,) = asked(app.invoke(reply("escalate", "ben"), THREAD))
    ended = app.invoke(reply("approve", "cyd"), THREAD)

    assert (second.role, second.ladder) == ("lead", ("cto",))
    assert [(turn.reviewer, turn.role, turn.comment) for turn in third.history] == [
        ("ana", "agent", "too much for me"),
        ("ben", "lead", ""),
    ]
    assert "escalate" not in third.actions
    assert ended["log"] == [["approve", "x", "", "cyd"]]
    rows = store.saver().decisions()
    assert [row.action for row in rows] == ["escalate", "escalate", "approve"]


def test_a_soft_gate_that_is_held_waits(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?", "x", gate="soft", timeout=60))))
    app.invoke({}, THREAD)

    (held,) = asked(app.invoke(reply("hold", "ana"), THREAD))

    assert (held.gate, held.timeout) == ("hard", None)
    assert "hold" not in held.actions
    assert app.invoke(reply("approve", "ana"), THREAD)["log"] == [["approve", "x", "", "ana"]]


def test_two_approvers_are_two_people(store: Store) -> None:
    request = Approval("?", "x", approvers=2, requester="bot", delegates={"dan": "ana"})
    app = store.keep(chain(asking(request)))
    app.invoke({}, THREAD)

    with pytest.raises(OwnRequest) as own:
        app.invoke(reply("approve", "bot"), THREAD)
    assert asked(app.invoke(reply("approve", "ana"), THREAD))[0].approvers == 1
    with pytest.raises(ApprovedBefore) as before:
        app.invoke(reply("approve", "dan"), THREAD)
    assert app.invoke(reply("approve", "ben"), THREAD)["log"] == [["approve", "x", "", "ben"]]
    assert own.value.requester == "bot"
    assert (before.value.reviewer, before.value.before) == ("dan", "ana")


def test_whoever_approved_may_still_reject_and_the_requester_too(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?", "x", approvers=2, requester="bot"))))
    app.invoke({}, THREAD)
    app.invoke(reply("approve", "ana"), THREAD)

    no = Command(resume={**NO, "reviewer": "bot"})
    assert app.invoke(no, THREAD)["log"] == [["reject", None, "no", "bot"]]


def test_what_the_second_approver_edits_the_first_approves_again(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?", "x", approvers=2))))
    app.invoke({}, THREAD)
    app.invoke(reply("approve", "ana"), THREAD)

    (edited,) = asked(app.invoke(reply("edit", "ben", value="y"), THREAD))
    assert (edited.draft, edited.approvers) == ("y", 1)
    with pytest.raises(ApprovedBefore):
        app.invoke(reply("approve", "ben"), THREAD)
    assert app.invoke(reply("approve", "ana"), THREAD)["log"] == [["approve", "y", "", "ana"]]


def test_calls_edited_by_one_are_approved_by_the_other(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        decision = interrupt(CALLS.with_(calls=CALLS.calls[1:], approvers=2))
        return {"log": [decision.action, decision.value[0].args["amount"]]}

    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    edit = {"action": "edit", "args": {"amount": "2", "due": "2026-01-02"}}

    (second,) = asked(app.invoke(reply("decide", "ana", value=[edit]), THREAD))
    assert second.calls[0].args["amount"] == "2"
    assert app.invoke(reply("approve", "ben"), THREAD)["log"] == ["approve", Decimal("2")]


def test_what_the_type_refuses_is_refused_where_it_is_given(store: Store) -> None:
    class Range(BaseModel):
        low: int
        high: int

        @model_validator(mode="after")
        def ordered(self) -> Range:
            if self.low > self.high:
                raise ValueError("low is above high")
            return self

    app = store.keep(chain(asking(Form(Range))))
    app.invoke({}, THREAD)

    with pytest.raises(InvalidAnswer, match="low is above high"):
        app.invoke(Command(resume={"low": 2, "high": 1}), THREAD)


def test_what_only_the_node_can_refuse_is_asked_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Even(BaseModel):
        number: int

        @model_validator(mode="after")
        def even(self) -> Even:
            if self.number % 2:
                raise ValueError("it is odd")
            return self

    app = store.keep(chain(asking(Form(Even))), types=[Even])
    (first,) = app.invoke({}, THREAD)["__interrupt__"]
    monkeypatch.setattr(
        "hitl_nb.requests.live_types._shapes", OrderedDict()
    )  # as in another process

    with pytest.warns(AnswerRefused, match="it is odd"):
        (again,) = app.invoke(Command(resume={"number": 1}), THREAD)["__interrupt__"]
    with pytest.warns(AnswerRefused):
        ended = app.invoke(Command(resume={"number": 2}), THREAD)

    assert again.id != first.id
    assert (again.previous, again.attempts) == (first.id, 2)
    (turn,) = again.value.history
    assert turn.action == "refused"
    assert "it is odd" in turn.comment
    assert ended["log"][0][1].number == 2


def test_an_info_goes_on_and_is_on_the_record(store: Store) -> None:
    app = store.keep(chain(asking(Confirm("Sent.", "info"))))

    assert app.invoke({}, THREAD)["log"] == [["approve", True, "", "nobody"]]
    (row,) = store.saver().decisions()
    assert (row.kind, row.action, row.given) == ("confirm", "approve", "info")


def by_policy(request: Request, given: Any = "approve") -> Decision:
    return decide_now(request, given, reviewer="small amounts", given="policy")


def test_what_a_policy_decides_is_decided_once_and_asks_nobody(store: Store) -> None:
    asks: list[int] = []

    def node(state: State) -> dict[str, Any]:
        asks.append(1)
        first = by_policy(Approval("?", "x", approvers=2))
        second = interrupt(Ask("Why?"))
        return {"log": [first.given, first.value, first.at == second.history, second.value]}

    app = store.keep(chain(node))
    assert asked(app.invoke({}, THREAD)) == [Ask("Why?")]
    ended = store.keep(chain(node)).invoke(Command(resume="so"), THREAD)

    assert ended["log"] == ["policy", "x", False, "so"]
    assert len(asks) == 2
    rows = store.saver().decisions()
    assert [(row.given, row.reviewer) for row in rows] == [
        ("policy", "small amounts"),
        ("code", "code"),
    ]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_policy_decides_in_an_async_node_however_a_run_is_kept(
    store: Store, durability: Any
) -> None:
    async def node(state: State) -> dict[str, Any]:
        return {"log": [by_policy(Approval("?", "x")).at, interrupt(Ask("Why?")).value]}

    def before(state: State) -> dict[str, Any]:
        return {"text": "begun"}

    app = store.keep(chain(before, node))
    await app.ainvoke({}, THREAD, durability=durability)
    ended = await store.keep(chain(before, node)).ainvoke(
        Command(resume="so"), THREAD, durability=durability
    )

    first, second = store.saver().decisions()
    assert ended["log"] == [first.answer["at"], "so"]
    assert (first.given, second.given) == ("policy", "code")


def test_a_reviewer_who_decides_at_once_has_to_be_somebody_who_may(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        request = Approval("?", "x", requester="bot")
        return kept(decide_now(request, True, reviewer="bot", given="callback"))

    with pytest.raises(OwnRequest):
        store.keep(chain(node)).invoke({}, THREAD)


def test_a_policy_that_escalates_asks_a_person(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        return kept(by_policy(Approval("?", "x", ladder=("human",)), "escalate"))

    app = store.keep(chain(node))
    (question,) = asked(app.invoke({}, THREAD))
    assert question.role == "human"
    assert [turn.given for turn in question.history] == ["policy"]
    assert app.invoke(Command(resume=NO), THREAD)["log"][0][0] == "reject"


async def test_a_policy_decides_without_a_saver_too() -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [by_policy(Approval("?", "x")).at, interrupt(Ask("Why?")).value]}

    graph = chain(node)
    paused = await graph.execute({})
    state = json.loads(json.dumps(paused.final_state))
    first = await graph.execute(Command(update=state, resume="so"))
    second = await graph.execute(Command(update=state, resume="so"))

    assert first.final_state["log"] == second.final_state["log"]


class Unplugged(InMemorySaver):
    """Fails once between a policy's question and its answer, as a killed process would."""

    failed = False

    def answer(self, thread_id: str, answers: Any) -> Any:
        if answers[0].given == "policy" and not self.failed:
            self.failed = True
            raise OSError("unplugged")
        return super().answer(thread_id, answers)


@pytest.mark.parametrize("inside", [False, True])
def test_killed_between_question_and_answer_the_next_run_decides_and_records_once(
    inside: bool,
) -> None:
    def first(state: State) -> dict[str, Any]:
        return {"log": [interrupt("start?")]}

    def second(state: State) -> dict[str, Any]:
        return kept(by_policy(Approval("?", "x")))

    inner = chain(first, second)
    outer = StateGraph(State, name="outer")
    outer.add_node("inner", inner.compile()).add_edge(START, "inner")
    saver = Unplugged()
    app = (outer if inside else inner).compile(saver)
    app.invoke({}, THREAD)

    with pytest.raises(OSError, match="unplugged"):
        app.invoke(Command(resume="go"), THREAD)
    assert app.get_state(THREAD).interrupts == ()
    ended = app.invoke(None, THREAD)

    assert ended["log"][-1] == ["approve", "x", "", "small amounts"]
    assert [row.given for row in saver.decisions()] == ["code", "policy"]
    assert saver.questions("t") == []


def test_somebody_who_answers_before_the_policy_wins() -> None:
    class Overtaken(InMemorySaver):
        def answer(self, thread_id: str, answers: Any) -> Any:
            (row,) = answers
            if row.given == "policy":
                value = {**row.value, "action": "reject", "value": None, "reviewer": "ana"}
                super().answer(thread_id, [row._replace(value=value, reviewer="ana")])
            return super().answer(thread_id, answers)

    def node(state: State) -> dict[str, Any]:
        return kept(by_policy(Approval("?", "x")))

    app = chain(node).compile(Overtaken())

    assert app.invoke({}, THREAD)["log"] == [["reject", None, "", "ana"]]


def test_the_first_reply_stands(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?"))))
    (question,) = app.invoke({}, THREAD)["__interrupt__"]
    app.invoke(Command(resume={question.id: "approve"}), THREAD)

    with pytest.raises(AlreadyAnswered):
        app.invoke(Command(resume={question.id: "reject"}), THREAD)


def test_the_decision_log_shows_a_replys_value_and_the_rest_as_columns(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt("plain").upper(), interrupt(Edit("teh")).value]}

    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    app.invoke(Command(resume="yes"), THREAD)
    app.invoke(reply("edit", "ana", "typo", value="the"), THREAD)

    table = decisions(store.saver())
    assert list(table["answer"]) == ["yes", "the"]
    assert list(table["kind"]) == ["raw", "edit"]
    assert list(table["action"]) == ["answer", "edit"]
    assert list(table["reviewer"]) == ["code", "ana"]
    assert list(table["comment"]) == ["", "typo"]


def test_a_decision_is_read_from_what_is_stored() -> None:
    stored = {
        "action": "approve", "value": DRAFT, "comment": "", "reviewer": "ana",
        "given": "widget", "at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip

    decision = decide(REFUND, stored, "q")

    assert decision.value == Refund(**DRAFT)
    assert decision.question == "q"
    assert decision.payload == REFUND.payload()


def test_an_answer_does_not_reach_a_draft_that_changed_meanwhile(store: Store) -> None:
    drafts = iter(["one", "two", "two"])

    def node(state: State) -> dict[str, Any]:
        return kept(interrupt(Approval("?", next(drafts))))

    app = store.keep(chain(node))
    (before,) = app.invoke({}, THREAD)["__interrupt__"]
    (after,) = app.invoke(Command(resume="approve"), THREAD)["__interrupt__"]

    assert (before.value.draft, after.value.draft) == ("one", "two")
    assert (after.previous, after.attempts) == (before.id, 2)
    assert app.invoke(Command(resume="approve"), THREAD)["log"] == [["approve", "two", "", "code"]]


def test_a_stored_question_that_is_no_request_is_told(store: Store) -> None:
    app = store.keep(chain(asking(Ask("Why?"))))
    app.invoke({}, THREAD)
    saver = store.saver()
    (_, row, _), *_ = saver.questions("t")

    with pytest.raises(UnreadableData, match="no request of the kind 'nonsense'"):
        read_question(row._replace(kind="nonsense"), app.plan.types)


def test_none_is_an_answer_where_an_option_says_so() -> None:
    assert read_reply(Choice("Who?", {"ana": "Ana", None: "nobody"}), None) == Reply("answer", None)
    with pytest.raises(InvalidAnswer, match="please answer"):
        read_reply(Choice("Who?", ["ana"]), None)


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def circular() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [10**5000, nested(160), nested(3000), nested(100_000), circular(), object()],
    ids=["digits", "deep", "deeper", "deepest", "circular", "object"],
)
@pytest.mark.parametrize("request_", [Form({}), Form(Any), Edit({"a": 1})], ids=lambda it: it.kind)
def test_what_cannot_be_stored_is_refused_like_any_other_misfit(
    request_: Request, value: Any
) -> None:
    with pytest.raises(InvalidAnswer):
        read_reply(request_, {"action": request_.actions[-1], "value": [value]})


@pytest.mark.parametrize("words", [0, 7, ["ana"], {"a": 1}, b"ana"])
@pytest.mark.parametrize("field", ["comment", "reviewer"])
def test_comment_and_reviewer_are_text(field: str, words: Any) -> None:
    with pytest.raises(InvalidAnswer, match=f"{field}: please write this as text"):
        read_reply(Approval("?", "x"), {"action": "approve", field: words})


def test_a_decision_about_a_call_may_hold_nonsense() -> None:
    with pytest.raises(InvalidAnswer, match="has no 'x', 1"):
        read_reply(CALLS, [{"action": "approve", "x": 1, 1: 2}, "reject"])


def test_nobody_answers_as_the_deadline() -> None:
    with pytest.raises(InvalidAnswer, match="reviewer"):
        read_reply(Approval("?", "x"), {"action": "approve", "reviewer": "Timeout "})


def by(reviewer: str, **reply: Any) -> Command:
    return Command(resume={"action": "approve", "reviewer": reviewer, **reply})


@pytest.mark.parametrize("name", [" ana", "Ana", "ANA ", "ana\u200b", "\uff41na"])
def test_a_name_typed_otherwise_is_the_same_person(store: Store, name: str) -> None:
    app = store.keep(chain(asking(Approval("Send?", "x", approvers=2))))
    app.invoke({}, THREAD)
    app.invoke(by("ana"), THREAD)

    with pytest.raises(ApprovedBefore):
        app.invoke(by(name), THREAD)
    app.invoke(by("bea"), THREAD)


def test_people_who_stand_in_for_each_other_count_once() -> None:
    delegates = {"ana": "bea", "bea": "ana", "cem": "ana"}
    request = Approval("Send?", "x", requester="ana", delegates=delegates)

    for name in ("ana", "bea", "cem"):
        with pytest.raises(OwnRequest):
            check_reviewer(request, name)
    check_reviewer(request, "dora")


def test_the_second_approver_cannot_edit_one_of_several_calls_alone(store: Store) -> None:
    calls = ToolReview([ToolCall("send", {"to": "ana"}), ToolCall("log")], approvers=2)
    app = store.keep(chain(asking(calls)))
    app.invoke({}, THREAD)
    app.invoke(by("ana"), THREAD)
    edited = [{"action": "edit", "args": {"to": "eve"}}, "approve"]

    with pytest.raises(InvalidAnswer, match="decide all calls alike"):
        app.invoke(by("bea", action="decide", value=edited), THREAD)


def test_a_decision_keeps_what_was_shown_whatever_the_node_does_to_it(store: Store) -> None:
    shown: list[Any] = []

    def ask(state: State) -> dict[str, Any]:
        draft = {"amount": 1}
        decision = interrupt(Approval("Pay?", draft))
        draft["amount"] = 1000
        shown.append((decision.payload["draft"], decision.value))
        return {}

    app = store.keep(chain(ask))
    app.invoke({}, THREAD)
    app.invoke(Command(resume="approve"), THREAD)

    assert shown == [({"amount": 1}, {"amount": 1})]


@pytest.mark.parametrize("listed", [["0"], ["0", "2000-01-01T00:00:00", "7"]])
def test_what_was_not_edited_stays_though_it_could_be_read_as_something_else(
    listed: list[Any],
) -> None:
    draft = {"mixed": [Decimal(0), dt.datetime(2000, 1, 1)], "note": "old"}
    edited = {"mixed": ["0", "2000-01-01T00:00:00"], "note": "new"}
    calls = ToolReview([ToolCall("send", draft)])

    for request, value in (
        (Approval("?", draft), edited),
        (Edit(draft), edited),
        (calls, [{"action": "edit", "args": edited}]),
    ):
        action = "decide" if request is calls else "edit"
        reply = read_reply(request, {"action": action, "value": value})
        given = request.typed(reply.action, reply.value)
        assert (given[0].args if request is calls else given) == {**draft, "note": "new"}
    reply = read_reply(Edit(draft), {"action": "edit", "value": {**edited, "mixed": listed}})
    assert Edit(draft).typed("edit", reply.value)["mixed"][0] == Decimal(0)


def test_only_what_was_approved_has_a_value_to_use(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        letter = interrupt(Approval("Send?", "We regret."))
        plain = interrupt(Approval("Go on?"))
        return {"log": [[letter.value, letter.comment], [plain.value, plain.approved]]}

    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    app.invoke(Command(resume={"action": "respond", "value": "to whom?"}), THREAD)

    ended = app.invoke(Command(resume="approve"), THREAD)
    assert ended["log"] == [[None, "to whom?"], [True, True]]


@pytest.mark.parametrize("given", ["reject", False, {"action": "reject", "comment": " "}])
def test_a_rejection_needs_a_reason_from_code_too(store: Store, given: Any) -> None:
    app = store.keep(chain(asking(REFUND)))
    app.invoke({}, THREAD)

    with pytest.raises(InvalidAnswer, match=r"Pay.*comment: rejecting needs a reason"):
        app.invoke(Command(resume=given), THREAD)

    assert asked({"__interrupt__": app.get_state(THREAD).interrupts}) == [REFUND]


def test_a_misspelt_key_of_a_reply_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidAnswer, match=r"no 'coment'\. Did you mean 'comment'"):
        read_reply(REFUND, {"action": "approve", "coment": "x"})


def test_the_next_approver_has_what_was_proposed_before_the_edit(store: Store) -> None:
    app = store.keep(chain(asking(Approval("?", {"amount": 700}, approvers=2))))
    app.invoke({}, THREAD)
    edit = {"action": "edit", "value": {"amount": 600}, "reviewer": "ana"}

    (again,) = asked(app.invoke(Command(resume=edit), THREAD))

    assert again.proposals() == {"draft": {"amount": 600}}
    assert again.history[0].before == {"draft": {"amount": 700}}
    assert restore(again.payload()) == again


def test_a_field_that_an_approver_took_out_may_still_be_named_as_editable(store: Store) -> None:
    draft = {"amount": 7, "extra": 1}
    request = Approval("?", draft, schema=dict[str, int], editable=("extra",), approvers=2)
    app = store.keep(chain(asking(request)))
    app.invoke({}, THREAD)
    edit = {"action": "edit", "value": {"amount": 7}, "reviewer": "ana"}

    (again,) = asked(app.invoke(Command(resume=edit), THREAD))

    assert (again.draft, again.editable) == ({"amount": 7}, ("extra",))
