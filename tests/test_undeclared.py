"""What a schema does not name is kept and seen, or refused when it is asked about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inboxes import Opened

from hitl_nb import START, Approval, Form, Inbox, InMemorySaver, StateGraph, ToolReview, interrupt
from hitl_nb.errors import InvalidRequest
from hitl_nb.forms import describe
from hitl_nb.forms.notation import normal
from hitl_nb.json_schema.undeclared import with_undeclared
from hitl_nb.requests.tool_review import ToolCall
from hitl_nb.types import Interrupt

AT: Any = {"configurable": {"thread_id": "t"}}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
ROME = {"city": "Rome", "units": "C"}
PLACES = [
    (CITY, ROME),
    ({"type": "object", "properties": {"in": CITY}}, {"in": ROME}),
    ({"type": "array", "items": CITY}, [ROME, {"city": "Oslo", "seas": [1]}]),
    (
        {"$defs": {"c": CITY}, "type": "object", "properties": {"in": {"$ref": "#/$defs/c"}}},
        {"in": ROME},
    ),
    ({"$defs": {"c": CITY}, "$ref": "#/$defs/c"}, ROME),
]


def answered(request: Any) -> Any:
    """Return what a request's form answers if it is sent as it came."""

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"value": interrupt(request).value}

    app = StateGraph(name="odd").add_node(ask).add_edge(START, "ask").compile(InMemorySaver())
    app.invoke({}, AT)
    view = Opened(Inbox(app.checkpointer))
    (primary,) = [it["name"] for it in view.form["control"]["actions"] if it["primary"]]
    if view.form["control"]["parts"][0]["actions"]:
        own = {"action": "approve", "message": ""}
        view.decide(primary, decisions={it["name"]: own for it in view.form["control"]["parts"]})
    else:
        view.decide(primary)
    (row,) = app.checkpointer.decisions()
    return row.answer["value"]


@pytest.mark.parametrize(("schema", "value"), PLACES)
def test_a_key_that_no_schema_names_is_shown_and_answered(schema: Any, value: Any) -> None:
    form = describe(Interrupt(Form(schema, initial=value), "q" * 32))
    (part,) = form["control"]["parts"]  # type: ignore[typeddict-item]

    assert "$json" not in part["value"]
    assert "units" in str(part["schema"])
    assert answered(Form(schema, initial=value)) == value
    assert answered(Approval("Fine?", value, schema=schema)) == value


@pytest.mark.parametrize(("schema", "value"), PLACES)
def test_a_key_that_the_schema_forbids_is_refused_when_it_is_asked(schema: Any, value: Any) -> None:
    named = '"properties": {"city"'
    closed = json.loads(
        json.dumps(schema).replace(named, f'"additionalProperties": false, {named}')
    )

    with pytest.raises(InvalidRequest, match="units"):
        Form(closed, initial=value)


def test_one_argument_that_is_not_declared_leaves_the_others_their_fields() -> None:
    form = describe(Interrupt(ToolReview([ToolCall("weather", ROME, schema=CITY)]), "q" * 32))
    (part,) = form["control"]["parts"]  # type: ignore[typeddict-item]

    assert part["schema"]["properties"] == {"city": {"type": "string"}, "units": {}}
    assert part["value"] == {"city": "Rome", "units": {"$json": '"C"'}}


NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=2),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(NAMES, inside, max_size=3),
    max_leaves=8,
)
SCHEMAS = st.recursive(
    st.sampled_from([{}, {"type": "object"}, {"type": "integer"}]),
    lambda inside: (
        st.builds(lambda it: {"type": "array", "items": it}, inside)
        | st.builds(
            lambda it: {"type": "object", "properties": it},
            st.dictionaries(NAMES, inside, max_size=2),
        )
    ),
    max_leaves=5,
)


@given(SCHEMAS, VALUES)
def test_a_schema_that_names_more_takes_the_same(schema: Any, value: Any) -> None:
    from jsonschema import Draft202012Validator

    more = with_undeclared(schema, value)

    assert Draft202012Validator(more).is_valid(value) == Draft202012Validator(schema).is_valid(
        value
    )
    assert with_undeclared(more, value) == more


# What cannot be described

ODD = [
    {"type": "object", "properties": {"up": {"allOf": [{"$ref": "#"}]}}},
    {"type": "object", "properties": {"up": {"$ref": "#", "x-order": 1}}},
    {"allOf": [{"$ref": "#"}]},
    {"anyOf": [{"$ref": "#"}]},
    {"type": "array", "items": {"allOf": [{"$ref": "#"}, {"title": "again"}]}},
    {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}},
     "$ref": "#/$defs/a"},
    {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
]  # fmt: skip


@pytest.mark.parametrize("schema", ODD, ids=str)
@pytest.mark.parametrize("first", ["odd", "plain"])
def test_a_schema_that_leads_back_to_itself_takes_no_other_question_down(
    schema: Any, first: str
) -> None:
    def ask(state: dict[str, Any]) -> dict[str, Any]:
        odd = state["kind"] == "odd"
        return {"a": interrupt("Odd?", response_schema=schema) if odd else interrupt("Plain?")}

    graph = StateGraph(name="odd").add_node(ask).add_edge(START, "ask")
    app = graph.compile(InMemorySaver())
    for kind in (first, {"odd": "plain", "plain": "odd"}[first]):
        app.invoke({"kind": kind}, {"configurable": {"thread_id": kind}})

    inbox = Inbox(app.checkpointer, app)
    assert len(inbox) == 2
    ids = dict(zip(inbox.questions()["thread_id"], inbox.questions()["question"], strict=True))
    inbox.select(ids["odd"])
    assert Opened(inbox).form["control"]["parts"]
    inbox.answer(ids["plain"], "yes")

    assert app.get_state({"configurable": {"thread_id": "plain"}}).values["a"] == "yes"


def test_what_comes_back_to_itself_by_merging_is_drawn_as_a_plain_reference_is() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "up": {"$ref": "#", "x": 1}},
    }
    drawn = normal(schema)

    again = drawn["properties"]["up"]["$ref"].removeprefix("#/$defs/")
    assert drawn["$defs"][again]["properties"]["up"] == drawn["properties"]["up"]
    assert drawn["$defs"][again]["properties"]["n"] == {"type": "integer"}
    value = {"n": 1, "up": {"n": 2, "up": {"n": 3}}}
    assert answered(Form(schema, initial=value)) == value


def test_what_was_merged_as_a_part_is_drawn_where_it_stands_by_itself() -> None:
    part = {"allOf": [CITY]}
    drawn = normal({"type": "object", "properties": {"a": {"allOf": [part]}, "b": part}})

    assert drawn == {"type": "object", "properties": {"a": CITY, "b": CITY}}


def test_what_has_no_normal_form_is_typed_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from hitl_nb.forms.notation import normal_form

    def fails(self: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(normal_form._Normalizer, "whole", fails)

    assert answered(Form(CITY, initial={"city": "Rome"})) == {"city": "Rome"}
