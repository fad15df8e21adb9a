"""What a schema calls a secret is shown to nobody, and answered all the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from hitl_nb import (
    END,
    START,
    Approval,
    Command,
    ConsoleReviewer,
    Form,
    InMemorySaver,
    Interrupt,
    StateGraph,
    interrupt,
)
from hitl_nb.codec import Types
from hitl_nb.forms import describe
from hitl_nb.forms.notation import masked
from hitl_nb.notebook.inbox.bulk import bulk_of
from hitl_nb.notebook.session.view_state import SessionViewState
from hitl_nb.notebook.widget.record_entries import record_of
from hitl_nb.notebook.widget.static_items import shown_in
from hitl_nb.requests.base import Request
from hitl_nb.requests.shape import Shape

MASK = "••••••••"
Password = Annotated[str, Field(json_schema_extra={"format": "password"})]
SECRET = {"type": "string", "format": "password"}


class Account(BaseModel):
    user: str
    key: Password


class Vault(BaseModel):
    main: Account
    spare: Account | None = None
    old: list[Password] = []
    by_name: dict[str, Account | int] = {}
    pair: tuple[str, Password] = ("", "")


def test_secrets_are_masked_wherever_a_schema_has_them() -> None:
    ana = {"user": "ana", "key": "hunter2"}
    value = {
        "main": ana, "spare": ana, "old": ["a", "b"], "by_name": {"x": ana, "y": 1},
        "pair": ["p", "q"],
    }  # fmt: skip
    shown = {"user": "ana", "key": MASK}

    assert masked(Shape(Vault).schema, value) == {
        "main": shown, "spare": shown, "old": [MASK, MASK], "by_name": {"x": shown, "y": 1},
        "pair": ["p", MASK],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        (SECRET, "hunter2", MASK),
        ({"type": "string", "writeOnly": True}, "hunter2", MASK),
        ({"anyOf": [SECRET, {"type": "null"}]}, None, None),
        ({"oneOf": [{"type": "integer"}, SECRET]}, "hunter2", MASK),
        ({"allOf": [{"type": "object", "properties": {"key": SECRET}}]}, {"key": "x"},
         {"key": MASK}),
        ({"type": "string"}, "hunter2", "hunter2"),
        ({"$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, SECRET]}}, "$ref": "#/$defs/A"}, "x",
         MASK),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "format": "password"}, "x", MASK),
        ({"type": "string", "nullable": True, "format": "password"}, "x", MASK),
        ({"type": ["string", "null"], "format": "password"}, "x", MASK),
        ({"type": "string", "anyOf": [{"minLength": 3}, {"format": "password"}]}, "x", MASK),
        ({"type": "string", "if": {"minLength": 3}, "then": {"writeOnly": True}}, "x", MASK),
        ({"type": "object", "patternProperties": {"key$": SECRET},
          "additionalProperties": {"type": "string"}}, {"a_key": "x", "b": "y"},
         {"a_key": MASK, "b": "y"}),
        ({"type": "object", "properties": {"a": {"type": "string"}},
          "else": {"properties": {"b": SECRET}}}, {"a": "x", "b": "y"}, {"a": "x", "b": MASK}),
        ({"type": "object", "dependentSchemas": {"a": {"properties": {"b": SECRET}}}},
         {"a": "x", "b": "y"}, {"a": "x", "b": MASK}),
        ({"allOf": [{"properties": {"b": SECRET}}, {"properties": {"b": {"minLength": 3}}}]},
         {"b": "y"}, {"b": MASK}),
        ({"type": "array", "contains": SECRET}, ["x"], [MASK]),
        ({"$defs": {"A": SECRET}, "properties": {"b": {"$ref": "#far"}}}, {"b": "y"},
         {"b": MASK}),
    ],
)  # fmt: skip
def test_a_schema_says_in_many_ways_that_a_value_is_secret(
    schema: Any, value: Any, shown: Any
) -> None:
    assert masked(schema, value) == shown


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "format": "password"}, "hunter2"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}], "format": "password"}, "hunter2"),
        ({"type": "string", "then": {"writeOnly": True}}, "hunter2"),
        ({"type": "object", "patternProperties": {"key$": SECRET},
          "additionalProperties": {"type": "string"}}, {"a_key": "hunter2", "b": "y"}),
        ({"type": "object", "properties": {"a": {"type": "string"}},
          "then": {"properties": {"b": SECRET}}}, {"a": "x", "b": "hunter2"}),
        ({"type": "object", "properties": {"a": {"type": "string"}},
          "then": {"properties": {"a": SECRET}}}, {"a": "hunter2"}),
        ({"allOf": [{"type": "object", "properties": {"b": SECRET}},
                    {"properties": {"b": {"minLength": 3}}}]}, {"b": "hunter2"}),
        ({"type": "array", "contains": SECRET, "items": {"type": "string"}}, ["hunter2"]),
        ({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": SECRET}}}},
         {"a": {"b": "hunter2", "c": [1]}}),
        (Shape(Account).schema, {"user": "ana", "key": ["hunter2"]}),
    ],
)  # fmt: skip
def test_a_form_hides_what_it_is_not_drawn_from(schema: Any, value: Any) -> None:
    form = describe(Interrupt(Form(schema, initial=value), "q"))
    assert "hunter" not in str(shown_in(form))


def test_a_form_shows_what_stands_beside_a_secret() -> None:
    schema = Shape(Vault).schema
    form = describe(
        Interrupt(Form(schema, initial={"old": ["hunter2"], "pair": ["seen", "x"]}), "q")
    )
    shown = str(shown_in(form))
    assert "seen" in shown
    assert "hunter" not in shown


def test_of_a_changed_secret_it_is_said_that_it_was_changed() -> None:
    schema = {"type": "array", "items": SECRET}
    assert masked(schema, ["a", "b", "c"], ["a", "x"]) == [MASK, f"{MASK} changed", MASK]


def answered(request: Request, reply: dict[str, Any]) -> tuple[Any, Any]:
    """Return what the node was handed, and the decision's row."""
    saver = InMemorySaver()

    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"got": interrupt(request).value}

    app = StateGraph().add_node(node).add_edge(START, "node").add_edge("node", END).compile(saver)
    thread = {"configurable": {"thread_id": "t"}}
    app.invoke({}, thread)
    final = app.invoke(Command(resume=reply), thread)
    (row,) = saver.decisions()
    return final["got"], row


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (Form(Shape(Account).schema),
         {"action": "answer", "value": {"user": "ana", "key": "hunter2"}}),
        (Form(Shape(Account).schema, initial={"user": "ana", "key": "hunter1"}),
         {"action": "answer", "value": {"user": "ana", "key": "hunter2"}}),
        (Approval("?", {"user": "ana", "key": "hunter1"}, schema=Shape(Account).schema),
         {"action": "edit", "value": {"user": "ana", "key": "hunter2"}}),
    ],
)  # fmt: skip
def test_a_secret_answer_can_be_used_and_is_nowhere_to_be_read(
    request_: Request, reply: dict[str, Any]
) -> None:
    got, row = answered(request_, reply)

    assert got == {"user": "ana", "key": "hunter2"}
    entry = record_of(row, Types())
    form = describe(Interrupt(request_, "q"))
    assert "hunter" not in str(entry) + str(shown_in(form))
    if row.action == "edit":
        assert f"{MASK} changed" in str(entry["edits"])


def test_the_next_approver_hears_that_a_secret_was_changed_and_not_to_what() -> None:
    draft, schema = {"user": "ana", "key": "hunter1"}, Shape(Account).schema
    saver = InMemorySaver()

    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"got": interrupt(Approval("?", draft, schema=schema, approvers=2)).value}

    app = StateGraph().add_node(node).add_edge(START, "node").add_edge("node", END).compile(saver)
    thread = {"configurable": {"thread_id": "t"}}
    app.invoke({}, thread)
    edit = {"action": "edit", "value": {"user": "ana", "key": "hunter2"}, "reviewer": "ana"}
    (question,) = app.invoke(Command(resume=edit), thread)["__interrupt__"]

    history = str(describe(question)["history"])

    assert "hunter" not in history
    assert f"{MASK} → {MASK} changed" in history.replace("', '", "")


def test_a_terminal_shows_no_secret() -> None:
    lines: list[str] = []
    typed = iter(["e", "", "hunter2", "", "y"])

    def read(prompt: str) -> str:
        lines.append(prompt)
        return next(typed)

    draft, schema = {"user": "ana", "key": "hunter1"}, Shape(Account).schema
    reviewer = ConsoleReviewer(input=read, print=lines.append)
    reply = reviewer.review(Interrupt(Approval("?", draft, schema=schema), "q"))

    assert reply["value"] == {"user": "ana", "key": "hunter2"}
    assert "hunter" not in "\n".join(lines)


EITHER = {"anyOf": [{"type": "string"}, {"type": "null"}], "format": "password"}


@pytest.mark.parametrize(
    ("schema", "known", "typed", "value"),
    [
        (EITHER, "hunter1", "hunter2", "hunter2"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "writeOnly": True}, "hunter1",
         "hunter2", "hunter2"),
        ({"type": "array", "items": SECRET}, ["hunter1"], '["hunter2"]', ["hunter2"]),
        ({"type": "object", "writeOnly": True, "properties": {"key": {"type": "string"}}},
         {"key": "hunter1"}, "hunter2", {"key": "hunter2"}),
    ],
)  # fmt: skip
def test_a_secret_is_typed_unseen_wherever_it_is(
    monkeypatch: pytest.MonkeyPatch, schema: Any, known: Any, typed: str, value: Any
) -> None:
    said: list[str] = []
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("hitl_nb.reviewers.console.getpass", lambda p: said.append(p) or typed)  # type: ignore[func-returns-value]
    monkeypatch.setattr("builtins.input", lambda p: said.append(p) or "")  # type: ignore[func-returns-value]

    reply = ConsoleReviewer(print=said.append).review(Interrupt(Form(schema, initial=known), "q"))

    assert reply["value"] == value
    assert "hunter" not in "".join(said)


def test_an_answer_with_a_schema_of_its_own_is_typed_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("hitl_nb.reviewers.console.getpass", lambda prompt: "unseen")
    monkeypatch.setattr("builtins.input", lambda prompt: "")

    question = Interrupt("key?", "q", response_schema=SECRET)

    assert ConsoleReviewer(print=lambda line: None).review(question) == "unseen"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_secret_is_typed_unseen_where_there_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.setattr("hitl_nb.reviewers.console.getpass", lambda prompt: "unseen")
    monkeypatch.setattr("builtins.input", lambda prompt: "seen")

    reply = ConsoleReviewer(print=lambda line: None).review(Interrupt(Form(SECRET), "q"))

    assert reply["value"] == ("unseen" if terminal else "seen")
    assert reply["comment"] == "seen"


def test_an_answer_with_a_schema_of_its_own_is_masked_in_the_record() -> None:
    saver = InMemorySaver()

    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"got": interrupt("key?", response_schema=SECRET)}

    app = StateGraph().add_node(node).add_edge(START, "node").add_edge("node", END).compile(saver)
    thread = {"configurable": {"thread_id": "t"}}
    app.invoke({}, thread)
    live = SessionViewState(app.plan, "t", saver)
    live.wait(app.get_state(thread))
    final = app.invoke(Command(resume="hunter2"), thread)
    live.decided(saver.decisions()[0])
    later = SessionViewState(app.plan, "t", saver)
    later.recall([*app.get_state_history(thread)], saver.decisions(), {})

    assert final["got"] == "hunter2"
    for board in (live, later):
        (record,) = [entry for entry in board.timeline if entry["kind"] == "record"]
        assert record["answer"] == [f'"{MASK}"']


def test_the_decision_log_keeps_the_answer_as_it_was_given() -> None:
    _, row = answered(Form(SECRET), {"action": "answer", "value": "hunter2"})
    assert row.answer["value"] == "hunter2"


def test_questions_put_together_tell_secrets_apart_and_show_none() -> None:
    schema = Shape(Account).schema

    def ask(key: str, place: int) -> Interrupt:
        return Interrupt(Approval("?", {"user": "ana", "key": key}, schema=schema), f"q{place}")

    apart = bulk_of([ask("hunter1", 1), ask("hunter2", 2)], "ana")
    alike = bulk_of([ask("hunter1", 1), ask("hunter1", 2)], "ana")

    assert apart.columns == ["draft.key"]
    assert apart.cells == {"q1": [MASK], "q2": [MASK]}
    assert f"draft.key: {MASK}" in alike.same
