"""Each kind of request has its form, and what the form sends is its reply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter

from hitl_nb import (
    Approval,
    Ask,
    Choice,
    Confirm,
    Edit,
    Feedback,
    Option,
    Source,
    ToolCall,
    ToolReview,
)
from hitl_nb import Form as FormRequest
from hitl_nb.forms import BadAnswer, describe, read_answer
from hitl_nb.forms.differences import differences, runs_of
from hitl_nb.forms.outcome import edits_of, seen_of, words_of
from hitl_nb.forms.submissions import read_part
from hitl_nb.marked_text import plain
from hitl_nb.messages import FormView
from hitl_nb.requests.base import Request, Turn
from hitl_nb.types import Interrupt

FORM = TypeAdapter(FormView)


def form_of(request: Request, **more: Any) -> Any:
    form = describe(Interrupt(request, "q1", node="ask", **more))
    return FORM.validate_python(form, strict=True)


def actions(request: Request) -> dict[str, str]:
    return {plain(item["label"]): item["key"] for item in form_of(request)["control"]["actions"]}


def send(request: Request, **answer: Any) -> Any:
    """Answer as the form does: by its primary action, with nothing filled in."""
    primary = [item["name"] for item in form_of(request)["control"]["actions"] if item["primary"]]
    base: Any = {
        "action": primary[0], "values": {}, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    reply = read_answer(Interrupt(request, "q1"), base | answer)
    return reply["action"], reply["value"]


def wrong(request: Request, **answer: Any) -> dict[str, str]:
    with pytest.raises(BadAnswer) as refused:
        send(request, **answer)
    return {
        ".".join(map(str, error["path"])): plain(error["message"]) for error in refused.value.errors
    }


class Refund(BaseModel):
    to: str
    amount: Decimal = Field(ge=0)


REFUND = Approval("Send?", draft=Refund(to="ana", amount=Decimal("5.50")))
COLOURS = Choice("Which?", ("red", Option(2, "two", "the number"), True))
CALLS = ToolReview(
    (ToolCall("send", {"to": "ana"}, description="Sends mail."),
     ToolCall("drop", {"table": "t"}, allow=("approve", "reject", "respond")))
)  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (REFUND.with_(ladder=("manager",)),
         {"Reject": "r", "Ask back": "b", "Escalate to manager": "e", "Approve": "a"}),
        (REFUND.with_(gate="soft", timeout=9), {"Reject": "r", "Ask back": "b", "Hold": "h",
                                                "Approve": "a"}),
        (Confirm("Sure?"), {"Cancel": "n", "Confirm": "c"}),
        (Confirm("Done.", level="info"), {"OK": "o"}),
        (Ask("Why?"), {"Submit": "s"}),
        (Ask("Why?", guess="x", gate="soft", timeout=9), {"Hold": "h", "Submit": "s"}),
        (COLOURS, {"Submit": "s"}),
        (CALLS, {"Submit": "s"}),
        (Edit("text"), {"Approve": "a"}),
    ],
)  # fmt: skip
def test_buttons_have_letters_of_their_own_and_the_primary_comes_last(
    request_: Request, expected: dict[str, str]
) -> None:
    assert actions(request_) == expected
    assert form_of(request_)["control"]["actions"][-1]["primary"]


def test_the_facts_say_what_is_at_stake() -> None:
    form = form_of(
        REFUND.with_(
            gate="review", risk="critical", confidence=0.42, role="support", tags=("eu",),
            approvers=2, requester="bob", history=(Turn("escalate", "ana", "unsure", "support"),),
        )
    )  # fmt: skip

    assert [(plain(fact["text"]), fact["warns"]) for fact in form["facts"]] == [
        ("may wait", False), ("risk critical", True), ("confidence 42%", True),
        ("for support", False), ("2 approvals needed", False), ("requested by bob", False),
        ("#eu", False),
    ]  # fmt: skip
    assert [plain(line) for line in form["history"]] == ["escalated by ana (support): unsure"]
    assert form["control"]["reviewer"] == ""


@pytest.mark.parametrize(
    ("request_", "then"),
    [
        (REFUND.with_(timeout=60), "rejects"),
        (REFUND.with_(timeout=60, on_timeout="approve"), "approves as shown"),
        (REFUND.with_(timeout=60, gate="soft"), "goes on as shown"),
        (REFUND.with_(timeout=60, on_timeout="escalate", ladder=("boss",)), "escalates to boss"),
        (REFUND.with_(timeout=60, on_timeout="escalate"), "rejects"),
        (Ask("?", guess="x", timeout=60, gate="clarify"), "goes on with the best guess"),
        (Ask("?", timeout=60, gate="clarify"), "rejects"),
    ],
)
def test_the_deadline_says_what_happens_then(request_: Request, then: str) -> None:
    asked = "2000-01-01T00:00:00+00:00"

    assert form_of(request_, asked_at=asked)["deadline"] == {"left": 0.0, "then": [then]}
    assert "deadline" not in form_of(request_)


def test_a_draft_is_approved_as_it_is_or_as_edited() -> None:
    value = form_of(REFUND)["control"]["parts"][0]["value"]
    assert value == {"to": "ana", "amount": {"$number": "5.50"}}

    assert send(REFUND)[0] == "approve"
    assert send(REFUND, values={"draft": value})[0] == "approve"
    assert send(REFUND, values={"draft": {**value, "amount": {"$number": "6"}}}) == (
        "edit", {"to": "ana", "amount": "6"},
    )  # fmt: skip
    assert send(REFUND, action="respond", comment="why?") == ("respond", "why?")
    assert wrong(REFUND, values={"draft": {"amount": {"$number": "-1"}}}) == {
        "draft.to": "required", "draft.amount": "must be at least 0",
    }  # fmt: skip


def test_what_may_not_be_edited_is_refused_at_its_field() -> None:
    some, none = REFUND.with_(editable=("to",)), REFUND.with_(editable=False)
    changed = {"to": "bea", "amount": {"$number": "9"}}

    assert form_of(some)["control"]["parts"][0]["editable"] == ["to"]
    assert wrong(some, values={"draft": changed}) == {"draft.amount": "may not be changed"}
    assert send(none, values={"draft": changed}) == ("approve", {"to": "ana", "amount": "5.50"})


def test_a_choice_is_one_field_and_may_have_another_in_ones_own_words() -> None:
    part = form_of(COLOURS)["control"]["parts"][0]
    assert part["schema"]["oneOf"] == [
        {"const": 0, "title": "red"}, {"const": 1, "title": "two", "description": "the number"},
        {"const": 2, "title": "True"},
    ]  # fmt: skip
    assert "value" not in part

    assert send(COLOURS, values={"answer": {"$number": "1"}}) == ("answer", 2)
    assert send(COLOURS, values={"answer": {"$number": "2"}}) == ("answer", True)
    assert wrong(COLOURS) == {"answer": "please choose one"}
    assert wrong(COLOURS, values={"answer": {"$number": "7"}}) == {
        "answer": "must be one of the choices"
    }
    other = COLOURS.with_(other=True)
    assert send(other, values={"other": "green"}) == ("answer", "green")
    several = COLOURS.with_(multiple=True)
    picked = [{"$number": "1"}, {"$number": "0"}]
    assert send(several, values={"answer": picked}) == ("answer", ["red", 2])
    assert wrong(several, values={"answer": [{"$number": "0"}] * 2}) == {
        "answer": "holds the same item twice"
    }


@pytest.mark.parametrize(
    "values", [{}, {"answer": []}, {"answer": None}, {"answer": [], "other": " "}]
)
def test_of_several_at_least_one_is_chosen_or_written(values: dict[str, Any]) -> None:
    several = COLOURS.with_(multiple=True)
    either = several.with_(other=True)
    for request in (several, either):
        assert wrong(request, values=values) == {"answer": "please choose at least one"}
    assert send(either, values={"answer": [], "other": "green"}) == ("answer", ["green"])


def test_words_a_phrase_a_score_and_a_record_are_answered() -> None:
    assert send(Ask("Why?"), values={"answer": "because"}) == ("answer", "because")
    assert "answer" in wrong(Ask("Why?"))
    verify = Confirm("Delete?", level="verify", phrase="delete all")
    assert send(verify, phrase="delete all")[0] == "approve"
    assert wrong(verify, phrase="delete") == {"phrase": "must be typed exactly as shown"}
    assert send(verify, action="reject")[0] == "reject"
    rate = Feedback("a poem", types=("good", "bad"))
    given = {"score": {"$number": "4"}, "type": "good"}
    assert send(rate, values={"answer": given}) == ("answer", {"score": 4, "type": "good"})
    assert wrong(rate, values={"answer": {"score": {"$number": "9"}}}) == {
        "answer.score": "must be at most 5"
    }
    record = FormRequest(Refund, initial={"to": "ana"})
    begun = form_of(record)["control"]["parts"][0]["value"]
    assert begun == {"to": "ana"}
    assert wrong(record, values={"answer": begun}) == {"answer.amount": "required: enter a number"}
    assert send(record, values={"answer": {**begun, "amount": {"$number": "1"}}})[1] == {
        "to": "ana", "amount": "1",
    }  # fmt: skip


def test_each_call_is_decided_with_its_arguments() -> None:
    first, second = form_of(CALLS)["control"]["parts"]
    assert (plain(first["label"]), plain(first["about"][0]["text"])) == ("send", "Sends mail.")
    edit = {"action": "approve", "message": ""}

    action, value = send(
        CALLS,
        values={"call-1": {"to": "bea"}, "call-2": second["value"]},
        decisions={"call-1": edit, "call-2": {"action": "respond", "message": "why?"}},
    )

    assert (action, [item["action"] for item in value]) == ("mixed", ["edit", "respond"])
    assert value[0]["args"] == {"to": "bea"}
    assert wrong(CALLS, decisions={"call-1": edit}) == {"call-2": "required: decide"}
    words = words_of(CALLS, {"action": action, "value": value})
    assert plain(words) == "1 approved as edited, 1 asked back"
    (difference,) = edits_of(CALLS, {"action": action, "value": value})
    assert plain(difference["path"]) == "send: to"


def test_a_name_is_asked_where_it_matters_and_has_to_be_given() -> None:
    assert wrong(REFUND.with_(approvers=2)) == {"reviewer": "required: say who you are"}
    assert send(REFUND.with_(requester="bob"), reviewer="ana")[0] == "approve"


def test_a_draft_that_does_not_fit_its_schema_is_shown_and_approved_as_it_is() -> None:
    request = Approval("?", draft={"a": "x", "extra": 1}, schema={
        "type": "object", "properties": {"a": {"type": "integer"}}})  # fmt: skip
    part = form_of(request)["control"]["parts"][0]

    assert (part["schema"], part["value"]) == ({}, {"$json": '{"a": "x", "extra": 1}'})
    assert wrong(request, values={"draft": {"$json": '{"a": "y"}'}})


def rows(request: Request) -> dict[str, Any]:
    return {plain(item["label"]): item for item in form_of(request)["context"]}


def test_evidence_may_be_text_a_table_sources_or_nested_data() -> None:
    frame = pd.DataFrame({"n": range(1000), "s": "x"})
    table = rows(Ask("?", context=frame))["context"]["table"]
    assert (len(table["rows"]), table["size"]) == (50, [1000, 2])
    assert table["rows"][1] == [["1"], ["1"], ["x"]]
    levels = rows(Ask("?", context=frame[:1].groupby(["s", "n"]).agg({"n": ["min"]})))
    table = levels["context"]["table"]
    assert (table["columns"], table["rows"]) == ([["n, min"]], [[["x, 0"], ["0"]]])
    nested = rows(Ask("?", context={"f": frame, "s": pd.Series([1]), "a": np.zeros((2, 3))}))
    assert [item["table"]["size"] for item in nested.values()] == [[1000, 2], [1, 1], [2, 3]]
    sources = [Source("law", "§ 1", "http://x"), Source("mail", "late")]
    shown = rows(Ask("?", context=sources))
    assert [plain(item["text"]) for item in shown["law"]["items"]] == ["§ 1", "http://x"]
    assert plain(shown["mail"]["text"]) == "late"
    assert plain(rows(Ask("?", context="text"))["context"]["text"]) == "text"
    assert plain(rows(Feedback("a poem"))["output"]["text"]) == "a poem"


@pytest.mark.parametrize("shape", [(0,), (3, 0), (2, 2, 2), ()])
def test_odd_arrays_and_frames_show_too(shape: tuple[int, ...]) -> None:
    assert rows(Ask("?", context=np.zeros(shape)))["context"]
    assert rows(Ask("?", context=pd.DataFrame(columns=["a", "a"])))["context"]


@pytest.mark.parametrize(
    ("displayed", "words"),
    [
        (
            {"seconds": 12.2, "characters": 10, "total": 10},
            "all of it seen, on the screen for 12 s",
        ),
        ({"seconds": 1, "characters": 1, "total": 1000}, "1% of it seen, on the screen for 1 s"),
        ({"seconds": 1, "characters": 999, "total": 1000}, "99% of it seen, on the screen for 1 s"),
        ({"seconds": 0, "characters": 0, "total": 5}, "none of it seen, on the screen for 0 s"),
        ({"seconds": 3, "characters": 0, "total": 0}, "on the screen for 3 s"),
    ],
)
def test_the_record_says_how_much_was_seen(displayed: Any, words: str) -> None:
    assert plain(seen_of(displayed) or []) == words


def test_no_display_leaves_no_word_about_it() -> None:
    assert seen_of(None) is None


def test_prose_differs_word_by_word_and_structures_field_by_field() -> None:
    (prose,) = differences("We are sorry for it.", "We are truly sorry.")
    assert [(run["what"], plain(run["text"])) for run in prose["runs"]] == [
        ("same", "We are "), ("added", "truly "), ("same", "sorry"), ("removed", " for it"),
        ("same", "."),
    ]  # fmt: skip
    fields = differences({"a": 1, "b": [1, 2, 3], "c": {"d": "x"}}, {"a": 1, "b": [1, 3], "e": 2})
    assert [plain(item["path"]) for item in fields] == ["b.2", "c", "e"]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_the_runs_of_two_texts_give_both_back(before: str, after: str) -> None:
    runs = runs_of(before, after)

    assert "".join(plain(run["text"]) for run in runs if run["what"] != "added") == before
    assert "".join(plain(run["text"]) for run in runs if run["what"] != "removed") == after


def test_the_next_approver_is_shown_what_was_changed() -> None:
    edited = Turn("edit", "ana", "too much", "finance", before={"draft": {"amount": 700}})
    form = form_of(Approval("Pay?", {"amount": 600}, history=(edited,)))

    assert [plain(line) for line in form["history"]] == [
        "approved as edited by ana (finance): too much · amount: 700 → 600"
    ]


class Reasoned(BaseModel):
    reason: str
    note: str = ""


@pytest.mark.parametrize(
    ("request_", "sent", "wrong"),
    [
        (Approval("Pay?", {"reason": "late"}), {"reason": ""}, ["reason"]),
        (Approval("Pay?", {"reason": "", "note": "x"}), {"reason": "", "note": "y"}, []),
        (FormRequest(Reasoned), {"reason": "", "note": ""}, []),
    ],
)
def test_what_was_proposed_with_words_is_not_approved_without_them(
    request_: Any, sent: Any, wrong: list[str]
) -> None:
    (part,) = request_.parts()

    filled = read_part(part, {part.name: sent})

    assert [path[-1] for path, _ in filled.wrong] == wrong
