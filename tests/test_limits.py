"""What would take for ever is refused in words, by counting and never by the clock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hitl_nb import START, Approval, Choice, Edit, Form, StateGraph, interrupt
from hitl_nb.errors import InvalidAnswer, InvalidRequest, LimitExceeded
from hitl_nb.forms import describe
from hitl_nb.forms.notation import normal
from hitl_nb.json_schema import check, check_schema, errors_of
from hitl_nb.json_schema.limits import LIMITS, Steps
from hitl_nb.json_schema.schema_size import check_size
from hitl_nb.types import Interrupt


def chain(word: str, depth: int, **beside: Any) -> dict[str, Any]:
    """Return a schema in which each definition speaks of the next one twice."""
    next_ones = {
        f"n{level}": {word: [{"$ref": f"#/$defs/n{level + 1}", **beside}] * 2}
        for level in range(depth)
    }
    return {"$defs": {**next_ones, f"n{depth}": {"type": "integer"}}, "$ref": "#/$defs/n0"}


def steps_of(monkeypatch: pytest.MonkeyPatch, schema: Any, value: Any) -> int:
    """Count the steps that checking a value takes."""
    made: list[Steps] = []
    usual = Steps.__init__

    def remembered(self: Steps, **options: Any) -> None:
        usual(self, **options)
        made.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(Steps, "__init__", remembered)
        list(errors_of(schema, value))
    return made[-1].taken


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> int:
    """Set a limit that is reached sooner, to the same effect."""
    monkeypatch.setattr(LIMITS, "steps", 10_000)
    monkeypatch.setattr(LIMITS, "schema_steps", 10_000)
    return LIMITS.steps


def refused(schema: Any, value: Any) -> LimitExceeded:
    """Return why checking a value was given up."""
    with pytest.raises(InvalidAnswer, match=r"LIMITS\.steps") as caught:
        check(schema, value, "q")
    cause = caught.value.__cause__.__cause__
    assert isinstance(cause, LimitExceeded)
    return cause


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
@pytest.mark.parametrize("value", [3, "wrong"])
def test_each_of_a_chain_of_twos_is_applied_once_to_a_value(
    word: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = chain(word, 24)
    first, defs = {"$ref": schema["$ref"]}, {"$defs": schema["$defs"]}
    assert steps_of(monkeypatch, schema, value) < 500
    assert steps_of(monkeypatch, {"not": first, **defs}, value) < 500
    assert steps_of(monkeypatch, {"contains": first, **defs}, [value]) < 500
    assert steps_of(monkeypatch, {"if": first, "else": first, **defs}, value) < 1000


def test_a_reference_finds_in_a_value_what_it_found_before() -> None:
    even = {"type": "object", "required": ["a"], "properties": {"b": {"type": "integer"}}}
    twice = [{"$ref": "#/$defs/even"}, {"not": {"not": {"$ref": "#/$defs/even"}}}]
    schema = {"allOf": [twice[1], twice[0], twice[0]]}
    value = {"b": "x"}

    found = [
        (list(error.absolute_path), error.message)
        for error in errors_of({"$defs": {"even": even}, "properties": {"c": schema}}, {"c": value})
    ]

    inside = [(["c"], "'a' is a required property"), (["c", "b"], "'x' is not of type 'integer'")]
    assert found[1:] == inside * 2


def test_a_chain_of_twos_is_given_up_at_the_limit_and_not_later(low: int) -> None:
    cause = refused(chain("allOf", 24), "wrong")
    assert low < cause.found <= low + 100
    assert (cause.limit, cause.most) == ("steps", low)


def test_a_chain_of_twos_takes_two_steps_where_the_first_one_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert steps_of(monkeypatch, chain("anyOf", 24), 3) < 100


def test_a_schema_that_names_its_dialect_is_counted_and_checked_our_way_inside_too(
    low: int,
) -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    refused({**chain("allOf", 24), "$schema": dialect}, "wrong")
    inner = {"$schema": dialect, "$id": "urn:cents", "multipleOf": 0.01}
    check({"items": {"$ref": "urn:cents"}, "$defs": {"cents": inner}}, [19.99], "q")


def test_comparing_items_takes_a_step_for_each_part_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unequal = [{"a": number, "b": [number]} for number in range(6000)]
    taken = steps_of(monkeypatch, {"uniqueItems": True}, unequal)
    assert taken == 1 + 6000 * 4
    refused({"uniqueItems": True}, unequal * 20)


def test_options_are_looked_up_and_not_compared_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema = {"items": {"enum": list(range(5000))}}
    assert steps_of(monkeypatch, schema, [4999] * 1000) < 5000 + 3 * 1001


def test_rules_over_many_names_count_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"p{number}": {} for number in range(1000)}
    for schema in ({"properties": many}, {"required": list(many)}, {"patternProperties": many}):
        assert steps_of(monkeypatch, schema, {}) >= 1000
    assert steps_of(monkeypatch, {"unevaluatedItems": False}, list(range(1000))) >= 1000**2 // 100


def test_a_limit_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"type": "array", "items": {"type": "integer"}}
    check(rows, [1] * 1000, "q")
    monkeypatch.setattr(LIMITS, "steps", 1000)
    refused(rows, [1] * 1000)


def test_an_ordinary_table_of_fifty_thousand_cells_is_checked() -> None:
    row = {f"column {number}": number for number in range(10)}
    columns = {name: {"type": "integer"} for name in row}
    table = {"items": {"type": "object", "properties": columns, "required": [*columns]}}
    check(table, [row] * 5000, "q")


@pytest.mark.parametrize(
    "schema",
    [
        chain("allOf", 24),
        chain("anyOf", 24, minimum=0),
        {"properties": {f"p{number}": {"type": "integer"} for number in range(100_000)}},
        {"type": "array", "prefixItems": [{}] * 200_000},
    ],
    ids=["allOf", "anyOf with a rule beside", "properties", "items"],
)
def test_a_schema_of_too_many_parts_is_refused_before_it_is_checked_or_drawn(schema: Any) -> None:
    for enters in (check_schema, normal):
        with pytest.raises(LimitExceeded, match=r"LIMITS\.schema_parts") as caught:
            enters(schema)
        assert caught.value.found > caught.value.most == LIMITS.schema_parts


def test_a_schema_that_speaks_of_itself_is_as_large_as_it_is_written() -> None:
    tree = {"properties": {"value": {}, "children": {"items": {"$ref": "#", "title": "a child"}}}}
    check_schema(tree)
    joined = {"allOf": [{"$ref": "#"}, {"properties": {"more": {}}}]}
    check_size(joined)
    with pytest.raises(LimitExceeded):
        check_size({"allOf": [{"$ref": "#"}, {"$ref": "#"}]})


def test_a_schema_nested_too_deeply_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"not": deep}
    with pytest.raises(ValueError, match="nested too deeply"):
        check_schema(deep)


def test_properties_of_the_same_kind_are_checked_once(low: int) -> None:
    few = [{"type": "integer", "minimum": n % 3, "description": f"No. {n}"} for n in range(1000)]
    check_schema({"properties": {f"p{number}": kind for number, kind in enumerate(few)}})
    many = [{"type": "integer", "minimum": number} for number in range(1000)]
    with pytest.raises(LimitExceeded, match=r"LIMITS\.schema_steps"):
        check_schema({"properties": {f"p{number}": kind for number, kind in enumerate(many)}})
    with pytest.raises(ValueError, match=r"properties\.wrong\.type"):
        check_schema({"properties": {"right": {"type": "null"}, "wrong": {"type": "nul"}}})


MANY = [str(number) for number in range(LIMITS.options + 1)]


def test_more_options_than_anybody_reads_are_refused_when_the_question_is_made() -> None:
    with pytest.raises(InvalidRequest, match="10,001 options"):
        Choice("which?", MANY)
    with pytest.raises(InvalidRequest, match="10,001 options"):
        Choice("which?", {name: name for name in MANY})
    assert len(Choice("which?", MANY[1:]).options) == LIMITS.options
    with pytest.raises(LimitExceeded, match="10,001 options"):
        check_schema({"enum": MANY})


def asking(question: Any, schema: Any = None) -> Any:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"said": interrupt(question, response_schema=schema)}

    return StateGraph(dict).add_node("ask", node).add_edge(START, "ask").compile()


@pytest.mark.parametrize(
    ("question", "schema"),
    [
        ({"question": "which?", "options": MANY}, None),
        ({"question": "which?", "choices": dict.fromkeys(MANY, "x")}, None),
        ("which?", {"enum": MANY}),
        ("what?", chain("allOf", 24)),
        (Form(chain("allOf", 24)), None),
    ],
    ids=["options", "choices", "enum", "schema", "form"],
)
def test_a_question_beyond_a_limit_is_refused_where_it_is_asked(question: Any, schema: Any) -> None:
    with pytest.raises(LimitExceeded):
        asking(question, schema).invoke({})


def test_a_stored_question_beyond_a_limit_is_refused_where_it_is_drawn() -> None:
    stored = Interrupt({"question": "which?", "options": MANY}, "1", None, node="ask", digest="0")
    with pytest.raises(LimitExceeded, match="10,001 options"):
        describe(stored)


@pytest.mark.parametrize(
    "question",
    [Approval("Pay?", draft={"eur": 3}), Edit({"a": [1, 2]}), Choice("which?", MANY[:3])],
    ids=lambda question: type(question).__name__,
)
def test_what_is_asked_every_day_is_within_all_limits(question: Any) -> None:
    assert asking(question).invoke({})["__interrupt__"]


SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "1", "a", ""])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


@given(value=st.lists(JSON, max_size=4), options=st.lists(JSON, max_size=4))
def test_looking_up_finds_equal_what_comparing_finds_equal(value: Any, options: Any) -> None:
    for schema in ({"uniqueItems": True}, {"items": {"enum": options}}, {"enum": options}):
        theirs = [error.message for error in Draft202012Validator(schema).iter_errors(value)]
        assert [error.message for error in errors_of(schema, value)] == theirs
