"""Values survive the way into a form and back; what is wrong is said at its field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from field_values import json_values, models
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator, model_validator

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation import from_fields, initial, normal, to_fields, validate
from hitl_nb.forms.notation.decode import _DECODERS, Path
from hitl_nb.forms.notation.encode import _ENCODERS
from hitl_nb.forms.notation.field_kinds import FieldKind, kind_of
from hitl_nb.forms.notation.normal_form import resolve
from hitl_nb.requests.shape import Shape
from hitl_nb.types import UNSET


def problems(schema: Any, notation: Any) -> dict[str, str]:
    shape = Shape(schema)
    return {".".join(map(str, path)): message for path, message in validate(shape, notation)[1]}


def number(text: Any) -> dict[str, Any]:
    return {"$number": str(text)}


@given(st.data())
def test_every_value_of_every_type_comes_back_exactly(data: st.DataObject) -> None:
    kind = data.draw(models)
    value = data.draw(kind.values)
    shape = Shape(kind.type)
    written = shape.write(value)

    notation = json.loads(json.dumps(to_fields(written, shape.schema)))
    back, wrong = validate(shape, notation)

    assert "$json" not in notation
    assert wrong == []
    assert equal_with_types(back, written)
    assert shape.read(back) == value


@given(json_values)
def test_every_json_value_comes_back_exactly_without_a_schema(value: Any) -> None:
    back, wrong = from_fields(to_fields(value, {}), {})

    assert (equal_with_types(back, value), wrong) == (True, [])


@given(st.data())
def test_a_wrong_number_is_told_at_its_own_field_wherever_it_is(data: st.DataObject) -> None:
    kind = data.draw(models)
    shape = Shape(kind.type)
    notation = to_fields(shape.write(data.draw(kind.values)), shape.schema)
    leaves = list(numbers_in(notation, ()))
    assume(leaves)
    place, leaf = data.draw(st.sampled_from(leaves))

    leaf["$number"] = "x"

    assert [path for path, _ in validate(shape, notation)[1]] == [place]


def numbers_in(notation: Any, place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Find the numbers a form holds, and where."""
    if isinstance(notation, list):
        for number, item in enumerate(notation):
            yield from numbers_in(item, (*place, number))
    elif isinstance(notation, dict):
        if "$number" in notation:
            yield place, notation
        elif "$branch" in notation:
            yield from numbers_in(notation["value"], place)
        elif "$entries" in notation:
            for number, (_, item) in enumerate(notation["$entries"]):
                yield from numbers_in(item, (*place, number))
        else:
            for name, item in notation.items():
                yield from numbers_in(item, (*place, name))


@given(st.data())
def test_the_normal_form_of_a_normal_form_is_itself(data: st.DataObject) -> None:
    schema = normal(Shape(data.draw(models).type).schema)

    assert normal(schema) == schema


SOME = [
    {}, {"type": "object", "properties": {"a": {"type": "integer"}}}, {"type": "array"},
    {"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"type": "object"}, {"enum": [1, "a"]},
    {"type": "string", "format": "binary"}, {"type": ["integer", "null"]}, {"$ref": "#"},
    {"type": "array", "prefixItems": [{"type": "boolean"}], "items": False}, {"type": "nonsense"},
]  # fmt: skip
hostile = st.recursive(
    json_values,
    lambda inner: st.dictionaries(
        st.sampled_from(["$number", "$entries", "$branch", "value", "$json", "$bytes", "$unset",
                         "$$a", "a"]), inner),
    max_leaves=6,
)  # fmt: skip


@given(json_values, st.sampled_from(SOME))
def test_what_a_schema_does_not_describe_is_kept_all_the_same(value: Any, schema: Any) -> None:
    back, _ = from_fields(to_fields(value, schema), schema)

    assert equal_with_types(back, value)


@given(hostile, st.sampled_from(SOME))
def test_malformed_notation_gives_problems_and_never_fails(notation: Any, schema: Any) -> None:
    value, wrong = from_fields(notation, schema)

    assert value is not UNSET or wrong


@pytest.mark.parametrize(
    ("schema", "notation", "why"),
    [
        (int, number("x"), "not a whole number"),
        (int, number("1.5"), "must be a whole number"),
        (int, number(""), "required: enter a whole number"),
        (int, number("9" * 5000), "has more than 4,000 digits"),
        (int, number("1e99999"), "too large"),
        (float, number("1e999"), "too large"),
        (float, number("nan"), "not a number"),
        (float, number("80,5"), "not a number: write it with a point, 80.5"),
        (float, number("1,000,5"), "not a number"),
        (float, number("0.10000000000000001"), "has more digits than are kept; the nearest is 0.1"),
        (bool, UNSET, "required: choose yes or no"),
        (bool, "yes", "must be yes or no"),
        (Literal["a", "b"], "c", "must be one of the choices"),
        (Literal["a", "b"], UNSET, "required: choose one"),
        (Any, {"$json": "{"}, "not valid JSON: expecting property name enclosed in double "
                              "quotes at line 1, character 2"),
        (Any, {"$json": '{"a": 1, "a": 2}'}, 'not valid JSON: the key "a" is there twice'),
        (Any, {"$json": "NaN"}, "not valid JSON: NaN is no JSON number"),
        (Any, {"$json": "[" * 100_000}, "not valid JSON: nested too deeply"),
        (dict[str, int], {"$entries": [["a", number(1)], ["a", number(2)]]},
         'the key "a" is there twice'),
        (bytes, {"$bytes": "?"}, "did not arrive whole: choose the file again"),
        (bytes, {"$bytes": "/w=="}, "must be a text file, in UTF-8"),
        (Annotated[int, Field(ge=1)], number(0), "must be at least 1"),
        (Annotated[float, Field(gt=0.5)], number(0), "must be more than 0.5"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[str, Field(min_length=3)], "ab", "must have at least 3 characters"),
        (Annotated[list[int], Field(min_length=1)], [], "needs at least 1 item"),
        (Annotated[Decimal, Field(decimal_places=2)], number("0.125"),
         "may have at most 2 digits after the point"),
        (set[int], [number(1), number(1)], "holds the same item twice"),
    ],
)  # fmt: skip
def test_problems_are_said_in_plain_words(schema: Any, notation: Any, why: str) -> None:
    assert list(problems(schema, notation).values()) == [why]


class Line(BaseModel):
    name: str
    pieces: Annotated[int, Field(ge=1)]


class Card(BaseModel):
    kind: Literal["card"]
    number: str

    @field_validator("number")
    @classmethod
    def _digits(cls, value: str) -> str:
        if not value.isdigit():
            raise ValueError("must be digits only")
        return value


class Cash(BaseModel):
    kind: Literal["cash"]
    amount: Annotated[int, Field(le=500)]


class Order(BaseModel):
    lines: list[Line]
    prices: dict[str, Decimal]
    paid: Annotated[Card | Cash, Field(discriminator="kind")]
    limit: Annotated[int, Field(lt=10)] | str | None = None

    @model_validator(mode="after")
    def _known(self) -> Order:
        if len(self.lines) > 2:
            raise ValueError("too many lines for one order")
        return self


def order(**changes: Any) -> dict[str, Any]:
    value = {"lines": [], "prices": {}, "paid": {"kind": "card", "number": "1"}}
    return {**to_fields(value, Order.model_json_schema()), **changes}


LINE = {"name": "a", "pieces": {"$number": "1"}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lines": [LINE, {**LINE, "pieces": number(0)}]},
         {"lines.1.pieces": "must be at least 1"}),
        ({"lines": [{"pieces": number("x")}]},
         {"lines.0.name": "required", "lines.0.pieces": "not a whole number"}),
        ({"lines": [{"$unset": True}]},
         {"lines.0.name": "required", "lines.0.pieces": "required: enter a whole number"}),
        ({"prices": {"$entries": [["a", number(1)], ["b", number("?")]]}},
         {"prices.1": "not a number"}),
        ({"paid": {"$branch": 1, "value": {"kind": "cash", "amount": number(501)}}},
         {"paid.amount": "must be at most 500"}),
        ({"paid": {"$branch": 0, "value": {"kind": "card", "number": "x"}}},
         {"paid.number": "must be digits only"}),
        ({"paid": {"$branch": 0}}, {"paid.number": "required"}),
        ({"paid": {"$branch": 7}}, {"paid": "must be one of the kinds offered"}),
        ({"limit": {"$branch": 0, "value": number(11)}}, {"limit": "must be less than 10"}),
        ({"lines": [LINE] * 3}, {"": "too many lines for one order"}),
        ({"more": "x"}, {"more": "is no field of this form"}),
    ],
)  # fmt: skip
def test_each_problem_is_at_the_field_it_is_about(changes: Any, expected: dict[str, str]) -> None:
    assert problems(Order, order(**changes)) == expected


def test_numbers_keep_every_digit_and_their_type() -> None:
    schema = {"type": "array", "items": {"type": "number"}}
    value = [2**80, 1.0, 1, -0.0, 1e300, 0.1]

    notation = to_fields(value, schema)

    assert notation[:3] == [number(2**80), number("1.0"), number("1")]
    assert equal_with_types(from_fields(notation, schema)[0], value)


def test_a_form_begins_with_the_defaults_and_leaves_the_rest_unset() -> None:
    class Settings(BaseModel):
        name: str
        sure: bool
        size: int = 3
        tags: list[str]
        line: Line
        note: str | None = None
        pair: tuple[int, list[str]]

    assert initial(Settings.model_json_schema()) == {
        "size": number(3), "tags": [], "line": {}, "note": {"$branch": 1, "value": None},
        "pair": [{"$unset": True}, []],
    }  # fmt: skip
    assert initial(Settings.model_json_schema(), {"name": "x"})["name"] == "x"


def test_a_property_whose_name_begins_with_a_dollar_is_escaped() -> None:
    schema = {"type": "object", "properties": {"$number": {"type": "string"}}}

    assert to_fields({"$number": "x"}, schema) == {"$$number": "x"}
    assert from_fields({"$$number": "x"}, schema) == ({"$number": "x"}, [])


def test_others_stand_beside_the_declared_properties() -> None:
    schema = {
        "type": "object", "properties": {"a": {"type": "string"}},
        "additionalProperties": {"type": "integer"},
    }  # fmt: skip
    notation = {"a": "x", "$entries": [["b", number(1)]]}

    assert to_fields({"a": "x", "b": 1}, schema) == notation
    assert from_fields(notation, schema) == ({"a": "x", "b": 1}, [])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"], "minLength": 2},
         {"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}]}),
        ({"allOf": [{"minimum": 1}, {"minimum": 3, "type": "integer"}], "title": "N"},
         {"title": "N", "minimum": 3, "type": "integer"}),
        ({"definitions": {"A": {"type": "string"}}, "$ref": "#/definitions/A"},
         {"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}}),
        ({"type": "array", "items": [{"type": "string"}], "additionalItems": False},
         {"type": "array", "prefixItems": [{"type": "string"}], "items": False, "maxItems": 1}),
        ({"enum": ["a", 2**60]},
         {"oneOf": [{"const": "a", "title": "a"}, {"const": str(2**60), "title": str(2**60)}]}),
        ({"anyOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]},
         {"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]}),
        ({"type": "string", "title": "a\u202eb"}, {"title": "a[U+202E]b", "type": "string"}),
        ({"type": "integer", "nullable": True}, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ({"minLength": 2}, {"type": "string", "minLength": 2}),
        (True, {}),
    ],
)  # fmt: skip
def test_a_schema_has_one_normal_form(schema: Any, expected: Any) -> None:
    assert normal(schema) == expected


def test_options_javascript_cannot_hold_come_back_as_they_were() -> None:
    schema = {"enum": ["a", 2**60, {"x": 1}, 1]}

    for value in schema["enum"]:
        assert from_fields(to_fields(value, schema), schema) == (value, [])


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    class Tree(BaseModel):
        name: str
        children: list[Tree] = []

    schema = normal(Tree.model_json_schema())
    assert kind_of(resolve(schema, schema["$defs"])) == "object"
    assert initial(Tree.model_json_schema()) == {"children": []}


class Mail(BaseModel):
    text: str


class Letter(BaseModel):
    text: str


class Ambiguous(BaseModel):
    when: date | str = "soon"
    by: Mail | Letter = Mail(text="")


@pytest.mark.parametrize(
    ("notation", "path"),
    [
        ({"when": {"$branch": 1, "value": "2026-01-02"}}, ("when",)),
        ({"by": {"$branch": 1, "value": {"text": "hello"}}}, ("by",)),
    ],
)
def test_what_would_be_read_as_another_kind_than_was_chosen_is_refused(
    notation: Any, path: tuple[str, ...]
) -> None:
    _, wrong = validate(Shape(Ambiguous), notation)
    assert [problem.path for problem in wrong] == [path]
    assert "not as what was chosen" in wrong[0].message


def test_what_is_read_as_it_was_chosen_is_not() -> None:
    chosen = {
        "when": {"$branch": 0, "value": "2026-01-02"},
        "by": {"$branch": 0, "value": {"text": "hello"}},
    }
    assert validate(Shape(Ambiguous), chosen)[1] == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "number", "multipleOf": 0.01}, 19.99),
        (Annotated[float, Field(multiple_of=0.01)], 0.07),
        ({"type": "number", "multipleOf": 0.01}, 10**40),
        ({"type": "number", "multipleOf": 0.5}, 1e300),
        ({"type": "string", "nullable": True}, None),
        ({"type": "object", "properties": {"a": {"type": "integer"}},
          "unevaluatedProperties": False}, {"a": 1}),
        ({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a", "b"]},
         {"a": 1, "b": 2}),
    ],
)  # fmt: skip
def test_a_value_that_fits_is_never_refused(schema: Any, value: Any) -> None:
    shape = Shape(schema)
    assert validate(shape, to_fields(value, shape.schema)) == (value, [])


RULES = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["a", "b"]}, "n": {"type": "integer"}, "to": {"type": "string"},
        "cc": {"type": "string"},
    },
    "if": {"properties": {"kind": {"const": "b"}}, "required": ["kind"]},
    "then": {"required": ["n"]},
    "dependentRequired": {"cc": ["to"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "notation", "expected"),
    [
        (RULES, {"kind": "b"}, {"n": "required"}),
        (RULES, {"kind": "a", "cc": "bo"}, {"to": "required, as cc is filled in"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}},
         {"$entries": [["a", {"$json": '"x"'}]]}, {"0": "must be a whole number"}),
        ({"type": "string", "format": "email"}, "nomail", {"": "not an email address"}),
        ({"type": "string", "format": "uri"}, "no uri", {"": "not a web address"}),
        ({"type": "string", "not": {"const": "bad"}}, "bad", {"": "is ruled out here"}),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]},
         {"$branch": 0, "value": number(1)},
         {"": "is of several kinds at once, and has to be of one"}),
    ],
)  # fmt: skip
def test_the_rules_of_a_schema_are_said_in_plain_words_at_their_field(
    schema: Any, notation: Any, expected: dict[str, str]
) -> None:
    assert problems(schema, notation) == expected


@pytest.mark.parametrize("table", [_DECODERS, _ENCODERS], ids=["read", "written"])
def test_every_kind_of_field_is_read_and_written(table: Mapping[FieldKind, Any]) -> None:
    assert table.keys() == set(FieldKind)


def test_a_type_that_is_none_of_jsons_makes_no_field() -> None:
    assert kind_of({"type": "money"}) is None
    assert from_fields("1", {"type": "money"})[1][0].message.startswith("cannot be filled in")
    assert to_fields(1, {"type": "money"}) == {"$json": "1"}
