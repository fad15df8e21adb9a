"""Questions of other frameworks show as requests, and are answered in their own shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate

from hitl_nb.forms import BadAnswer, describe, read_answer, read_submission
from hitl_nb.interop.langchain_payloads import recognise
from hitl_nb.marked_text import plain
from hitl_nb.types import Interrupt

SEND = {"name": "send_email", "args": {"to": "ana", "retries": 3, "cc": []}}
DROP = {"name": "drop_table", "args": {"table": "users"}}
REQUIRED = "Tool execution requires approval"


def described(call: dict[str, Any]) -> dict[str, Any]:
    return {**call, "description": f"{REQUIRED}\n\nTool: {call['name']}\nArgs: {call['args']}"}


BATCHED = {
    "action_requests": [described(SEND), described(DROP)],
    "review_configs": [
        {"action_name": "send_email", "allowed_decisions": ["approve", "edit", "reject"]},
        {"action_name": "drop_table", "allowed_decisions": ["approve", "reject", "respond"]},
    ],
}
PER_CALL = {
    "type": "tool_approval", "tool_call_id": "c1", **SEND, "description": REQUIRED,
}  # fmt: skip
PER_CALL_SCHEMA = {
    "oneOf": [
        {"$ref": "#/$defs/Approve"}, {"$ref": "#/$defs/Edit"}, {"$ref": "#/$defs/Reject"},
    ],
    "discriminator": {"propertyName": "type"},
    "$defs": {
        "Approve": {
            "type": "object", "properties": {"type": {"const": "approve"}}, "required": ["type"],
        },
        "Edit": {
            "type": "object",
            "properties": {
                "type": {"const": "edit"},
                "edited_action": {
                    "type": "object",
                    "properties": {
                        "name": {"const": "send_email"}, "args": {"$ref": "#/$defs/Args"},
                    },
                    "required": ["name", "args"],
                },
            },
            "required": ["type", "edited_action"],
        },
        "Reject": {
            "type": "object",
            "properties": {"type": {"const": "reject"}, "message": {"type": "string"}},
            "required": ["type"],
        },
        "Args": {
            "type": "object",
            "properties": {
                "to": {"type": "string"}, "retries": {"type": "integer", "maximum": 5},
                "cc": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["to"],
        },
    },
}  # fmt: skip


def inbox(*allowed: str, **more: Any) -> dict[str, Any]:
    config = {f"allow_{name}": name in allowed for name in ("accept", "edit", "ignore", "respond")}
    return {
        "action_request": {"action": "refund", "args": {"amount": 5, "fast": True}},
        "config": config, **more,
    }  # fmt: skip


ALL = ("accept", "edit", "ignore", "respond")


def send(payload: Any, schema: Any = None, **answer: Any) -> Any:
    """Answer a question as its form does; what is not given is as it was shown."""
    question = Interrupt(payload, "q1", schema)
    control = describe(question)["control"]
    assert control["kind"] == "request"
    primary = next((item["name"] for item in control["actions"] if item["primary"]), "")
    base: Any = {
        "action": primary, "values": {}, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    return read_answer(question, base | answer)


def decision(action: str, message: str = "") -> dict[str, str]:
    return {"action": action, "message": message}


def part(payload: Any, schema: Any = None, place: int = 0) -> Any:
    control: Any = describe(Interrupt(payload, "q1", schema))["control"]
    return control["parts"][place]


def test_a_batch_of_calls_is_decided_one_by_one_and_answered_all_at_once() -> None:
    edited = {**part(BATCHED)["value"], "to": "bea"}
    answer = send(
        BATCHED,
        values={"call-1": edited},
        decisions={"call-1": decision("approve"), "call-2": decision("reject", "never")},
    )

    assert answer == {
        "decisions": [
            {
                "type": "edit",
                "edited_action": {
                    "name": "send_email", "args": {"to": "bea", "retries": 3, "cc": []},
                },
            },
            {"type": "reject", "message": "never"},
        ]
    }  # fmt: skip


def test_each_call_of_a_batch_has_its_own_decisions() -> None:
    names = [[item["name"] for item in part(BATCHED, place=n)["actions"]] for n in (0, 1)]
    assert names == [["reject", "approve"], ["reject", "respond", "approve"]]
    assert [part(BATCHED, place=n)["editable"] for n in (0, 1)] == [True, False]
    with pytest.raises(BadAnswer) as refused:
        send(BATCHED, decisions={"call-1": decision("respond", "?")})
    assert [error["path"] for error in refused.value.errors] == [["call-1"], ["call-2"]]


def test_the_dump_in_a_description_is_left_out_for_the_arguments_are_shown() -> None:
    assert [plain(item["text"]) for item in part(BATCHED)["about"]] == [
        "Tool execution requires approval"
    ]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"action": "approve"}, {"type": "approve"}),
        ({"action": "reject", "comment": "no"}, {"type": "reject", "message": "no"}),
        (
            {"values": {"draft": {"to": "bea", "retries": {"$number": "4"}, "cc": []}}},
            {"type": "edit", "edited_action": {
                "name": "send_email", "args": {"to": "bea", "retries": 4, "cc": []}}},
        ),
    ],
)  # fmt: skip
def test_a_call_asked_about_alone_is_answered_with_one_decision(sent: Any, answer: Any) -> None:
    found = send(PER_CALL, PER_CALL_SCHEMA, **sent)

    assert found == answer
    validate(found, PER_CALL_SCHEMA)


def test_edited_arguments_are_checked_by_the_tools_own_schema() -> None:
    with pytest.raises(BadAnswer) as refused:
        send(PER_CALL, PER_CALL_SCHEMA, values={"draft": {"to": "b", "retries": {"$number": "9"}}})

    assert refused.value.errors == [
        {"path": ["draft", "retries"], "message": ["must be at most 5"]}
    ]


@pytest.mark.parametrize("wrap", [lambda payload: payload, lambda payload: [payload]])
@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"action": "approve"}, {"type": "accept", "args": None}),
        ({"action": "reject", "comment": "x"}, {"type": "ignore", "args": None}),
        ({"action": "respond", "comment": "why?"}, {"type": "response", "args": "why?"}),
        (
            {"values": {"draft": {"amount": {"$number": "7"}, "fast": True}}},
            {"type": "edit", "args": {"action": "refund", "args": {"amount": 7, "fast": True}}},
        ),
    ],
)
def test_agent_inbox_hears_its_own_words_and_values_keep_their_types(
    sent: Any, answer: Any, wrap: Any
) -> None:
    assert send(wrap(inbox(*ALL)), **sent) == [answer]


def test_agent_inbox_offers_what_its_config_allows() -> None:
    def offered(*allowed: str) -> list[str]:
        control: Any = describe(Interrupt(inbox(*allowed), "q1"))["control"]
        return [item["name"] for item in control["actions"]]

    assert offered("ignore", "accept") == ["reject", "approve"]
    assert offered("edit") == ["edit"]
    assert describe(Interrupt(inbox(), "q1"))["control"]["kind"] == "text"


def test_ignoring_needs_no_reason() -> None:
    assert send(inbox(*ALL), action="reject") == [{"type": "ignore", "args": None}]
    assert send(PER_CALL, PER_CALL_SCHEMA, action="reject") == {"type": "reject"}


def test_an_inbox_that_only_edits_wants_an_edit() -> None:
    with pytest.raises(BadAnswer, match="draft: this may only be approved with changes"):
        send(inbox("edit"))


@pytest.mark.parametrize(
    ("schema", "notation", "answer"),
    [
        ({"type": "boolean"}, True, True),
        ({"type": "integer"}, {"$number": "3"}, 3),
        ({"enum": ["a", "b"]}, "b", "b"),
        ({"type": "array", "items": {"type": "string"}}, ["x"], ["x"]),
        ({"type": ["string", "null"]}, {"$branch": 1, "value": None}, None),
    ],
)
def test_a_question_with_a_schema_is_a_form_and_answered_by_its_value(
    schema: Any, notation: Any, answer: Any
) -> None:
    assert send("How many?", schema, values={"answer": notation}) == answer
    with pytest.raises(BadAnswer, match="required"):
        send("How many?", {"type": "integer"})


def test_a_question_with_a_schema_keeps_its_heading_and_evidence() -> None:
    form = describe(Interrupt({"question": "Size?", "log": "x"}, "q1", {"type": "integer"}))

    assert plain(form["heading"]) == "Size?"
    assert [plain(item["label"]) for item in form["context"]] == ["log"]


def test_the_record_says_what_was_decided() -> None:
    base: Any = {"values": {}, "decisions": {}, "phrase": "", "reviewer": ""}
    sent: Any = {**base, "action": "reject", "comment": "no"}

    read = read_submission(Interrupt(PER_CALL, "q1", PER_CALL_SCHEMA), sent)

    assert (read.action, read.comment) == ("reject", "no")


@pytest.mark.parametrize(
    "payload",
    [
        {"action_requests": "x"}, {"action_requests": [{}]}, {"action_requests": [1]},
        {"type": "tool_approval"}, {"action_request": {"args": 1}, "config": {}},
        {"action_request": {"action": "x", "args": object()}, "config": {"allow_accept": True}},
        {"action_requests": [{"name": "x", "args": [1]}], "review_configs": 3},
        {"action_requests": [SEND], "review_configs": [
            {"action_name": "send_email", "allowed_decisions": ["dance"]}]},
        {"action_requests": [SEND], "review_configs": [
            {"action_name": "send_email", "allowed_decisions": []}]},
        {"action_request": {"action": "x"}, "config": {"allow_edit": True}},
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_shown_as_it_is(payload: Any) -> None:
    assert recognise(payload) is None
    assert describe(Interrupt(payload, "q1"))["control"]["kind"] == "text"


keys = st.sampled_from(
    ["action_requests", "review_configs", "type", "name", "args", "action_request", "config",
     "allow_accept", "allow_edit", "action", "action_name", "allowed_decisions", "question"]
)  # fmt: skip
payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just("tool_approval"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


@given(payloads, st.none() | payloads.filter(lambda item: isinstance(item, dict)))
def test_no_payload_and_no_schema_breaks_the_form(payload: Any, schema: Any) -> None:
    assert describe(Interrupt(payload, "q1", schema))["heading"]


def test_all_that_a_call_says_is_shown() -> None:
    call = {"name": "pay", "args": {"amount": 1}}
    payloads: list[Any] = [
        {"action_requests": [{**call, "account": "theirs"}], "note": "irreversible"},
        {"type": "tool_approval", **call, "account": "theirs", "note": "irreversible"},
        {
            "action_request": {"action": "pay", "args": {}, "account": "theirs"},
            "config": {"allow_accept": True},
            "note": "irreversible",
        },
        {
            "action_requests": [
                {
                    **call,
                    "description": f"Pay\n\nTool: pay\nArgs: {call['args']}\ntheirs irreversible",
                }
            ]
        },
    ]
    for payload in payloads:
        dialect = recognise(payload)
        assert dialect is not None
        shown = str(dialect.request.payload())
        assert "theirs" in shown
        assert "irreversible" in shown


@pytest.mark.parametrize(
    "payload",
    [
        {"action_requests": [{"name": "pay", "args": [["amount", 1], ["amount", 2]]}]},
        {"action_requests": [{"name": "pay", "args": {"amount": float("nan")}}]},
        {"action_requests": [{"name": "pay", "args": {"amount": object()}}]},
        {"type": "tool_approval", "name": "pay", "args": [["amount", 1]]},
        {"action_request": {"action": {"a": 1}, "args": {}}, "config": {"allow_accept": True}},
    ],
)
def test_what_only_looks_like_calls_is_shown_as_it_is(payload: Any) -> None:
    assert recognise(payload) is None
    assert describe(Interrupt(payload, "q1"))["control"]["kind"] == "text"


@pytest.mark.parametrize("schema", [True, 5, "string", {"type": "strng"}])
def test_what_is_no_schema_is_no_form(schema: Any) -> None:
    config = {"action_name": "pay", "allowed_decisions": ["edit"], "args_schema": schema}
    calls = {"action_requests": [{"name": "pay", "args": {"a": 1}}], "review_configs": [config]}

    assert recognise("Pay?", schema) is None
    assert part(calls)["schema"]["properties"].keys() == {"a"}
