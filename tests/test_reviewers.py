"""Reviewers: a script, a terminal, a function, a policy; and runs that they answer."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from hitl_nb import (
    END,
    PASS,
    START,
    Approval,
    Ask,
    CallbackReviewer,
    Choice,
    Command,
    CompiledGraph,
    Confirm,
    ConsoleReviewer,
    Edit,
    Feedback,
    Form,
    InMemorySaver,
    Interrupt,
    Policy,
    Rule,
    ScriptedReviewer,
    StateGraph,
    ToolCall,
    ToolReview,
    arun_with,
    interrupt,
    run_with,
)
from hitl_nb.codec.json_equality import equal_json
from hitl_nb.errors import (
    InvalidAnswer,
    LeftoverAnswers,
    MissingAnswer,
    MissingThread,
    ReviewerPassedOver,
)
from hitl_nb.requests.replies import read_reply
from hitl_nb.reviewers import Reviewer, answer_pending, as_reviewer, named_reviewer
from hitl_nb.reviewers.terminal_text import lines_of_difference
from hitl_nb.testing.reviewers import HOSTILE, PAYLOADS, ReviewerContract

CONFIG: Any = {"configurable": {"thread_id": "t"}}
VALID: dict[str, Any] = {
    "approval": "approve",
    "ask": "an answer",
    "confirm": "reject",
    "edit": "approve",
    "feedback": 3,
    "form": {"street": "Ring 1", "kind": "home"},
}


def valid(question: Interrupt) -> Any:
    request = question.value
    if question.kind == "choice":
        first = request.options[0].value
        return [first] if request.multiple else first
    if question.kind == "tool_review":
        return [call.allow[0] for call in request.calls]
    return VALID.get(question.kind, PASS)


class Typist:
    """Types what each prompt seems to want, and something else when it is asked again."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}
        self.shown: list[str] = []

    def type(self, prompt: str) -> str:
        self.shown.append(prompt)
        time = self.times[prompt] = self.times.get(prompt, 0) + 1
        assert time < 40, f"{prompt!r} is asked again and again"
        if "y/n" in prompt:
            return "y"
        if prompt.startswith("type "):
            return prompt.removeprefix("type ").removesuffix(" to go on: ")
        return ["1", "words", "-", ""][time % 4 - 1]


class TestScriptedReviewer(ReviewerContract):
    def make_reviewer(self) -> Reviewer:
        return ScriptedReviewer(valid)


class TestCallbackReviewer(ReviewerContract):
    def make_reviewer(self) -> Reviewer:
        return CallbackReviewer(valid)


class TestAsyncCallbackReviewer(ReviewerContract):
    def make_reviewer(self) -> Reviewer:
        async def careful(question: Interrupt) -> Any:
            await asyncio.sleep(0)
            return valid(question)

        return CallbackReviewer(careful)


class TestPolicyReviewer(ReviewerContract):
    def make_reviewer(self) -> Reviewer:
        return Policy.fixed("auto").as_reviewer()


class TestConsoleReviewer(ReviewerContract):
    def make_reviewer(self) -> Reviewer:
        self.typist = Typist()
        return ConsoleReviewer(input=self.typist.type)

    def printed(self) -> str:
        return "\n".join(self.typist.shown)


class Terminal:
    """A terminal at which the lines of a test are typed."""

    def __init__(self, *typed: str | BaseException) -> None:
        self.typed = list(typed)
        self.lines: list[str] = []
        self.prompts: list[str] = []
        self.reviewer = ConsoleReviewer(input=self.read, print=self.lines.append, name="ana")

    def read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        assert self.typed, f"nothing is typed at {prompt!r}; shown was\n" + "\n".join(self.lines)
        line = self.typed.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    def review(self, payload: Any, schema: Any = None) -> Any:
        answer = self.reviewer.review(Interrupt(payload, "1", schema, node="ask"))
        assert not self.typed, f"{self.typed} was not asked for"
        return answer

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def graph_of(*payloads: Any, saver: Any = None) -> CompiledGraph:
    """Return a graph that asks one thing after the other."""

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        answers = [interrupt(item, key=str(place)) for place, item in enumerate(payloads)]
        return {"answers": [getattr(answer, "value", answer) for answer in answers]}

    graph = StateGraph(name="asking").add_node("ask", ask)
    return graph.add_edge(START, "ask").add_edge("ask", END).compile(saver)


# Scripts


def test_a_list_answers_in_order_and_knows_what_it_was_asked() -> None:
    with ScriptedReviewer(["Ana", True]) as reviewer:
        state = run_with(graph_of("Who?", Confirm("Sure?")), {}, reviewer=reviewer)

    assert state["answers"] == ["Ana", True]
    assert [question.kind for question in reviewer.asked] == ["raw", "confirm"]


def test_a_dict_answers_by_question_node_or_pattern_the_most_exact_first() -> None:
    script = {"Refund *": "reject", "ask": "approve", "Refund 20?": {"action": "reject"}}
    reviewer = ScriptedReviewer(script)

    def answer(text: str, node: str = "ask") -> Any:
        return reviewer.review(Interrupt(Approval(text), "1", node=node))

    assert answer("Refund 20?") == {"action": "reject"}
    assert answer("Refund 30?") == "approve"
    assert answer("Refund 40?", "other") == "reject"
    reviewer.finish()


def test_an_answer_may_be_a_function_of_the_question() -> None:
    reviewer = ScriptedReviewer([lambda question: question.value.upper()])
    assert run_with(graph_of("who"), {}, reviewer=reviewer)["answers"] == ["WHO"]


def test_a_script_that_lacks_an_answer_says_for_what_and_what_comes_near() -> None:
    reviewer = ScriptedReviewer({"Refund 20 EUR?": "approve"})
    with pytest.raises(MissingAnswer, match=r"'Refund 20 USD\?', asked by 'ask'.*Did you mean"):
        run_with(graph_of(Approval("Refund 20 USD?")), {}, reviewer=reviewer)
    with pytest.raises(MissingAnswer, match="1 question, in order"):
        run_with(graph_of("a", "b"), {}, reviewer=ScriptedReviewer(["x"]))


def test_a_script_with_too_many_answers_says_which() -> None:
    with (
        pytest.raises(LeftoverAnswers, match=r"answer 2: 'b'.*It was asked: 'Who\?'"),
        ScriptedReviewer(["a", "b"]) as reviewer,
    ):
        run_with(graph_of("Who?"), {}, reviewer=reviewer)
    with pytest.raises(LeftoverAnswers, match="never: 1"), ScriptedReviewer({"never": 1}):
        pass


def test_an_error_in_the_run_is_not_hidden_by_leftover_answers() -> None:
    with pytest.raises(ZeroDivisionError), ScriptedReviewer(["a"]):
        _ = 1 / 0


def test_a_script_may_speak_for_several_people() -> None:
    replies = [{"action": "approve", "reviewer": name} for name in ("ana", "bo")]
    saver = InMemorySaver()
    graph = graph_of(Approval("Pay?", {"n": 1}, approvers=2), saver=saver)
    run_with(graph, {}, CONFIG, reviewer=ScriptedReviewer(replies))
    assert [row.reviewer for row in saver.decisions()] == ["ana", "bo"]


def test_a_script_is_a_list_a_dict_or_a_function() -> None:
    with pytest.raises(TypeError, match=r"write \['approve'\]"):
        ScriptedReviewer("approve")


def test_an_answer_that_does_not_fit_is_the_scripts_error_and_the_question_stays_open() -> None:
    graph = graph_of(Choice("Which?", ("a", "b")), saver=InMemorySaver())
    with pytest.raises(InvalidAnswer, match="none of the options"):
        run_with(graph, {}, CONFIG, reviewer=ScriptedReviewer(["c"]))
    assert len(graph.get_state(CONFIG).interrupts) == 1


# Runs


def test_a_run_stops_at_what_its_reviewer_leaves_open_and_goes_on_with_another() -> None:
    saver = InMemorySaver()
    graph = graph_of("Who?", "Where?", saver=saver)
    asked = []

    def shy(question: Interrupt) -> Any:
        asked.append(question.value)
        return "Ana" if question.value == "Who?" else PASS

    state = run_with(graph, {}, CONFIG, reviewer=shy)
    assert [item.value for item in state["__interrupt__"]] == ["Where?"]
    assert asked == ["Who?", "Where?"]

    assert run_with(graph, {}, CONFIG, reviewer=ScriptedReviewer(["Linz"])) == {
        "answers": ["Ana", "Linz"]
    }
    assert [(row.reviewer, row.given) for row in saver.decisions()] == [
        ("shy", "callback"), ("script", "script"),
    ]  # fmt: skip


def test_a_thread_that_waits_and_is_left_open_again_is_asked_once() -> None:
    graph = graph_of("Who?", saver=InMemorySaver())
    graph.invoke({}, CONFIG)
    asked = []

    def shy(question: Interrupt) -> Any:
        asked.append(question.id)
        return PASS

    state = run_with(graph, {}, CONFIG, reviewer=shy)
    assert len(state["__interrupt__"]) == len(asked) == 1


def test_what_somebody_else_answered_meanwhile_stands_and_the_run_goes_on() -> None:
    saver = InMemorySaver()
    graph = graph_of("Who?", saver=saver)

    def slow(question: Interrupt) -> str:
        graph.invoke(Command(resume="Bo"), CONFIG)
        return "Ana"

    assert run_with(graph, {}, CONFIG, reviewer=slow)["answers"] == ["Bo"]


def test_questions_side_by_side_are_answered_one_after_the_other() -> None:
    graph = StateGraph(name="wide")
    for name in ("a", "b"):
        graph.add_node(name, lambda state, name=name: {name: interrupt(f"{name}?")})
        graph.add_edge(START, name).add_edge(name, END)
    state = run_with(graph.compile(), {}, reviewer=ScriptedReviewer({"a?": 1, "b?": 2}))
    assert state == {"a": 1, "b": 2}


async def test_a_run_may_be_async_with_a_reviewer_that_is() -> None:
    async def careful(question: Interrupt) -> str:
        await asyncio.sleep(0)
        return "Ana"

    assert (await arun_with(graph_of("Who?"), {}, reviewer=careful))["answers"] == ["Ana"]


def test_a_policy_answers_what_may_run_and_leaves_the_rest_to_people() -> None:
    policy = Policy([Rule("auto", amount={"<=": 20})], name="small", amount="amount")
    saver = InMemorySaver()
    graph = graph_of(
        Approval("refund", {"amount": 5}), Approval("refund", {"amount": 50}), saver=saver
    )
    state = run_with(graph, {}, CONFIG, reviewer=policy)

    assert len(state["__interrupt__"]) == 1
    (row,) = saver.decisions()
    assert (row.reviewer, row.given, row.comment) == ("small", "policy", "rule 1: amount ≤ 20")


def test_a_policy_approves_several_calls_only_together() -> None:
    policy = Policy([Rule("auto", action="read_*")]).as_reviewer()
    calls = ToolCall("read_mail"), ToolCall("send_mail")

    assert policy.review(Interrupt(ToolReview(calls), "1")) is PASS
    reply = policy.review(Interrupt(ToolReview(calls[:1]), "1"))
    assert read_reply(ToolReview(calls[:1]), reply).action == "approve"


def test_a_policy_is_not_one_of_the_people_who_have_to_approve() -> None:
    reviewer = Policy.fixed("auto").as_reviewer()
    assert reviewer.review(Interrupt(Approval("Pay?", {"n": 1}, approvers=2), "1")) is PASS


async def test_pending_questions_are_answered_without_running_anything() -> None:
    graph = graph_of("Who?", saver=InMemorySaver())
    await graph.ainvoke({}, CONFIG)

    (row,) = await answer_pending(graph, "t", lambda question: "Ana")

    assert row.answer == "Ana"
    assert await answer_pending(graph, "t", lambda question: "Bo") == []
    assert (await graph.ainvoke(None, CONFIG))["answers"] == ["Ana"]
    with pytest.raises(MissingThread):
        await answer_pending(graph_of("Who?"), "t", lambda question: "Ana")


def test_reviewers_go_by_name() -> None:
    assert isinstance(named_reviewer("console"), ConsoleReviewer)
    assert named_reviewer(f"{__name__}:valid").name == "valid"
    for name, message in (
        ("valid", "module:attribute"),
        ("nowhere:valid", "No module named 'nowhere'"),
        (f"{__name__}:nobody", "no attribute 'nobody'"),
    ):
        with pytest.raises(ValueError, match=message):
            named_reviewer(name)


def test_only_what_can_answer_is_a_reviewer() -> None:
    with pytest.raises(TypeError, match="3 is no reviewer"):
        as_reviewer(3)
    with pytest.raises(ValueError, match="how='policy'"):
        CallbackReviewer(valid, how="policy")
    with pytest.raises(TypeError, match="needs a function"):
        CallbackReviewer("yes")  # type: ignore[arg-type]


# The terminal


def test_a_question_shows_its_facts_its_history_and_its_evidence_behind_a_margin() -> None:
    terminal = Terminal("a", "")
    request = Approval(
        "Refund?", {"amount": 12}, risk="high", role="support", confidence=0.5,
        context={"mail": "first line\nAna approved this", "items": ["a", "b"]},
    )  # fmt: skip

    assert terminal.review(request) == {"action": "approve", "comment": "", "value": {"amount": 12}}

    assert "Refund?" in terminal.lines
    assert "risk high · confidence 50% · for support" in terminal.text
    assert "  │ mail: first line" in terminal.lines
    assert "  │   Ana approved this" in terminal.lines
    assert '  │   "amount": 12' in terminal.lines


def test_enter_never_approves() -> None:
    terminal = Terminal("", "", "yes", "r", "too much")
    reply = terminal.review(Approval("Refund?", {"amount": 12}))
    assert (reply["action"], reply["comment"]) == ("reject", "too much")


@pytest.mark.parametrize("stop", [EOFError(), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [[], ["e"], ["e", "13"]])
def test_leaving_at_any_prompt_leaves_the_question_open(
    stop: BaseException, before: list[str]
) -> None:
    terminal = Terminal(*before, stop)
    assert terminal.review(Approval("Refund?", {"amount": 12})) is PASS
    assert terminal.lines[-1] == "Left open."


def test_an_edit_goes_field_by_field_and_shows_the_difference_before_it_is_sent() -> None:
    terminal = Terminal("edit", "", "13.5", "as agreed", "y")
    reply = terminal.review(Approval("Refund?", {"to": "ana", "amount": 12.0}))

    assert reply["value"] == {"to": "ana", "amount": 13.5}
    assert (reply["action"], reply["comment"]) == ("edit", "as agreed")
    assert terminal.lines[-2:] == ["  │ - amount: 12.0", "  │ + amount: 13.5"]


def test_an_edit_that_is_not_sent_is_kept_for_the_next_try() -> None:
    terminal = Terminal("e", "13", "", "n", "e", "", "", "y")
    reply = terminal.review(Approval("Refund?", {"amount": 12}))
    assert reply["value"] == {"amount": 13}


def test_only_fields_that_may_be_changed_are_asked_for() -> None:
    terminal = Terminal("e", "13", "", "y")
    request = Approval("Refund?", {"to": "ana", "amount": 12}, editable=("amount",))
    assert terminal.review(request)["value"] == {"to": "ana", "amount": 13}


def test_options_are_numbered_and_a_wrong_number_is_asked_again() -> None:
    terminal = Terminal("3", "0", "", "2")
    assert terminal.review(Choice("Which?", {"d": "DHL", "u": "UPS"}))["value"] == "u"
    assert "  2  UPS" in terminal.lines


def test_words_of_ones_own_take_the_place_of_an_option() -> None:
    terminal = Terminal("", "by bike")
    request = Choice("Which?", ("DHL", "UPS"), other=True)
    assert terminal.review(request)["value"] == "by bike"
    assert Terminal("1", "by bike", "-").review(request)["value"] == "DHL"


def test_several_options_are_chosen_by_their_numbers() -> None:
    request = Choice("Which?", ("a", "b", "c"), multiple=True)
    assert Terminal("9", "", "1 3").review(request)["value"] == ["a", "c"]
    assert Terminal("3,1").review(request)["value"] == ["c", "a"]
    terminal = Terminal("-", "", "2")
    assert terminal.review(request)["value"] == ["b"]
    assert "needs at least 1 item" in terminal.text
    assert "for none" not in terminal.text + "".join(terminal.prompts)


def test_a_guess_is_taken_with_enter() -> None:
    assert Terminal("").review(Ask("Country?", guess="Austria"))["value"] == "Austria"
    assert Terminal("", "Italy").review(Ask("Country?"))["value"] == "Italy"


def test_what_was_edited_and_not_sent_is_not_approved_with_the_rest() -> None:
    terminal = Terminal("e", "shorter", "", "n", "a", "")
    reply = terminal.review(Approval("Send?", "a long text"))
    assert (reply["action"], reply["value"]) == ("approve", "a long text")


def test_what_cannot_be_approved_as_it_is_leads_back_to_the_choice() -> None:
    request = Approval("Go?", {"count": 0}, schema=Count)
    terminal = Terminal("a", "", "e", "2", "", "y")
    assert terminal.review(request)["value"] == {"count": 2}


def test_what_can_only_be_approved_is_not_approved_with_enter() -> None:
    terminal = Terminal("", "a", "")
    assert terminal.review(Approval("Go?", allow=("approve",)))["action"] == "approve"
    assert terminal.prompts[:2] == ["decide: "] * 2


def test_a_phrase_has_to_be_typed_exactly() -> None:
    terminal = Terminal("a", "Drop it", "", "drop it")
    reply = terminal.review(Confirm("Delete?", level="verify", phrase="drop it"))
    assert (reply["action"], reply["value"]) == ("approve", "drop it")
    assert "type 'drop it' exactly" in terminal.text


class Count(BaseModel):
    count: int = Field(ge=1)


class Line(BaseModel):
    text: str
    count: int = Field(ge=1)


class Order(BaseModel):
    name: str = Field(min_length=2, description="As on the card")
    paid: bool
    price: Decimal
    due: date
    kind: Literal["home", "work"] = "home"
    note: str | None = None
    lines: list[Line] = []
    first: Line
    data: bytes = b""


def test_a_form_asks_field_by_field_and_again_where_it_is_wrong() -> None:
    terminal = Terminal(
        "A", "Ana", "maybe", "y", "12,5", "12.50", "tomorrow", "2026-11-20", "",
        "-", '[{"text": "x", "count": 2}]', "socks", "0", "2", "", "",
    )  # fmt: skip
    reply = terminal.review(Form(Order))
    stored = read_reply(Form(Order), reply)

    order = Form(Order).typed("answer", stored.value)
    assert order == Order(
        name="Ana", paid=True, price=Decimal("12.50"), due=date(2026, 11, 20), note=None,
        lines=[Line(text="x", count=2)], first=Line(text="socks", count=2),
    )  # fmt: skip
    assert "  │ As on the card" in terminal.lines


def test_what_only_the_type_refuses_is_asked_again_and_the_rest_is_kept() -> None:
    class Range(BaseModel):
        name: str
        code: str = Field(pattern="^[a-z]+$")

    terminal = Terminal("Ana", "A1", "ab", "")
    assert terminal.review(Form(Range))["value"] == {"name": "Ana", "code": "ab"}
    assert "must match the pattern ^[a-z]+$" in terminal.text


def test_text_in_double_quotes_holds_line_breaks_and_nothing_at_all() -> None:
    assert Terminal("e", r'"a\nb"', "", "y").review(Edit("a"))["value"] == "a\nb"
    assert Terminal("e", '""', "", "y").review(Edit("a"))["value"] == ""
    assert Terminal("e", '"quoted', "", "y").review(Edit("a"))["value"] == '"quoted'


def test_feedback_is_a_score_in_its_range_a_type_and_words() -> None:
    terminal = Terminal("9", "4", "2", "too long")
    reply = terminal.review(Feedback("We are sorry.", types=("wrong", "good")))
    assert reply["value"] == {"score": 4, "type": "good"}
    assert reply["comment"] == "too long"
    assert "  │ output: We are sorry." in terminal.lines


def test_every_call_is_shown_with_its_arguments_and_decided_by_itself() -> None:
    calls = (
        ToolCall("mail", {"to": "ana"}),
        ToolCall("pay", {"amount": 5}),
        ToolCall("delete", {"path": "a"}),
    )
    terminal = Terminal("a", "e", "6", "r", "keep it", "")
    reply = terminal.review(ToolReview(calls))

    found = read_reply(ToolReview(calls), reply)
    assert [(item["action"], item["args"]) for item in found.value[:2]] == [
        ("approve", {"to": "ana"}), ("edit", {"amount": 6}),
    ]  # fmt: skip
    assert (found.value[2]["action"], found.value[2]["message"]) == ("reject", "keep it")
    assert [line for line in terminal.lines if "mail" in line]


def test_calls_of_other_frameworks_are_answered_in_their_own_shape() -> None:
    answer = Terminal("e", "bo", "").review(PAYLOADS[3])
    assert answer == {
        "decisions": [{"type": "edit", "edited_action": {"name": "mail", "args": {"to": "bo"}}}]
    }
    answer = Terminal("a", "").review(PAYLOADS[4])
    assert answer == [{"type": "accept", "args": None}]


def test_a_plain_payload_takes_its_options_or_words() -> None:
    assert Terminal("2").review({"question": "Go on?", "options": ["yes", "no"]}) == "no"
    assert Terminal("Ana").review("Who?") == "Ana"


def test_a_request_that_can_be_handed_up_offers_that() -> None:
    reply = Terminal("e", "not mine").review(Ask("Which?", ladder=("manager",)))
    assert (reply["action"], reply["comment"]) == ("escalate", "not mine")


def test_the_same_program_runs_as_a_script() -> None:
    saver = InMemorySaver()
    terminal = Terminal("Ana", "e", "13", "", "y")
    graph = graph_of("Who?", Approval("Refund?", {"amount": 12}), saver=saver)

    state = run_with(graph, {}, CONFIG, reviewer=terminal.reviewer)

    assert state["answers"] == ["Ana", {"amount": 13}]
    assert [(row.reviewer, row.given) for row in saver.decisions()] == [("ana", "console")] * 2


def test_hostile_text_stays_behind_the_margin() -> None:
    terminal = Terminal("a", "")
    terminal.review(Approval("Send?", {"text": f"{HOSTILE}\n[ a Approve ]"}, context=HOSTILE))
    assert all(line == "[ a Approve ]" or "[ a Approve ]" not in line or line.startswith("  │ ")
               for line in terminal.lines)  # fmt: skip
    assert "[U+001B]" in terminal.text


fields: dict[str, tuple[Any, Any]] = {
    "text": ({"type": "string"}, st.text()),
    "count": ({"type": "integer"}, st.integers()),
    "share": ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
    "sure": ({"type": "boolean"}, st.booleans()),
    "kind": ({"enum": ["a", "b", 3, None]}, st.sampled_from(["a", "b", 3, None])),
    "note": ({"anyOf": [{"type": "string"}, {"type": "null"}]}, st.none() | st.text()),
    "tags": ({"type": "array", "items": {"type": "string"}}, st.lists(st.text(), max_size=3)),
    "more": ({}, st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3)),
}


@given(st.fixed_dictionaries({name: values for name, (_, values) in fields.items()}))
def test_whatever_is_typed_into_a_form_is_what_comes_back(record: dict[str, Any]) -> None:
    properties = {name: schema for name, (schema, _) in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    typed = {name: json.dumps(value) for name, value in record.items()}
    typed["kind"] = str(["a", "b", 3, None].index(record["kind"]) + 1)
    typed["note"] = "-" if record["note"] is None else typed["note"]
    typed["sure"] = "yes" if record["sure"] else "no"

    reply = Terminal(*(typed[name] for name in fields), "").review(Form(schema))

    assert equal_json(reply["value"], record)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(json_values, json_values)
def test_a_difference_is_shown_exactly_where_there_is_one(before: Any, after: Any) -> None:
    assert bool(list(lines_of_difference(before, after))) is not equal_json(before, after)


def test_a_policy_is_not_the_second_person() -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"ran": interrupt(Approval("Run it?", {"amount": 1}, approvers=2)).approved}

    declared = StateGraph().add_node(node).add_edge(START, "node").add_edge("node", END)
    graph = declared.compile(InMemorySaver())
    graph.invoke({}, CONFIG)
    graph.invoke(Command(resume={"action": "approve", "reviewer": "ana"}), CONFIG)

    state = run_with(graph, None, CONFIG, reviewer=Policy.fixed("auto"))

    assert "__interrupt__" in state


@pytest.mark.parametrize("how", ["timeout", "info"])
def test_no_reviewer_decides_as_if_nobody_did(how: str) -> None:
    reviewer = ScriptedReviewer(["approve"])
    reviewer.how = how

    with pytest.raises(ValueError, match=how):
        as_reviewer(reviewer)


def test_a_script_is_not_text_and_may_answer_an_empty_question() -> None:
    with pytest.raises(TypeError, match="A script is a list"):
        ScriptedReviewer(b"approve")
    assert ScriptedReviewer({"": "yes"}).review(Interrupt("", "1")) == "yes"


def test_a_reviewer_who_approved_before_is_passed_over_and_the_reason_is_said() -> None:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        return {"paid": interrupt(Approval("Pay?", approvers=2)).approved}

    app = StateGraph().add_node(pay).add_edge(START, "pay").compile(InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    bob = CallbackReviewer(lambda question: "approve", name="bob")

    with pytest.warns(ReviewerPassedOver, match="'bob' approved this already"):
        left = run_with(app, {}, config, reviewer=bob)

    assert [item.value.approvers for item in left["__interrupt__"]] == [1]
    ana = CallbackReviewer(lambda question: "approve", name="ana")
    assert run_with(app, {}, config, reviewer=ana) == {"paid": True}


def test_a_reviewer_that_returns_nothing_is_told_how_to_leave_it_open() -> None:
    def send(state: dict[str, Any]) -> dict[str, Any]:
        return {"sent": interrupt(Approval("Send?")).approved}

    app = StateGraph().add_node(send).add_edge(START, "send").compile()

    with pytest.raises(InvalidAnswer, match="return PASS"):
        run_with(app, {}, reviewer=lambda question: None)
