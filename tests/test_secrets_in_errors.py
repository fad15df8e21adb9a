"""What a schema calls secret stands in no error, whatever is wrong with it."""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import AfterValidator, BaseModel, Field, SecretStr

from hitl_nb import START, Command, Form, InMemorySaver, StateGraph, interrupt, once
from hitl_nb.errors import InvalidAnswer
from hitl_nb.json_schema import check, convert
from hitl_nb.requests.shape import Shape

PLANTED = "hunter2-hunter2"
SECRET = {"type": "string", "format": "password"}
SHORT = {**SECRET, "minLength": 50}


def texts(error: BaseException | None) -> str:
    """Return all that an error and what led to it say."""
    if error is None:
        return ""
    notes = getattr(error, "__notes__", [])
    own = f"{error} {error.args} {notes} {getattr(error, 'errors', '')}"
    shown = "".join(traceback.format_exception(error))
    return own + shown + texts(error.__cause__) + texts(error.__context__)


SCHEMAS: dict[str, tuple[dict[str, Any], Any]] = {
    "itself": (SHORT, PLANTED),
    "write only": ({"writeOnly": True, "pattern": "^[0-9]+$"}, PLANTED),
    "a number": ({"writeOnly": True, "type": "string"}, {"a": PLANTED}),
    "nested": ({"properties": {"a": {"properties": {"b": SHORT}}}}, {"a": {"b": PLANTED}}),
    "in a list": ({"items": SHORT}, ["x" * 60, PLANTED]),
    "a list twice": ({"items": SECRET, "uniqueItems": True}, [PLANTED, PLANTED]),
    "too many": ({"items": SECRET, "maxItems": 1}, [PLANTED, "x"]),
    "by reference": ({"$ref": "#/$defs/s", "$defs": {"s": SHORT}}, PLANTED),
    "by another reference": (
        {"properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": SHORT}}, {"a": PLANTED},
    ),
    "of a union": ({"anyOf": [{"type": "integer"}, SHORT]}, PLANTED),
    "of one kind": ({"oneOf": [SECRET, {"type": "string"}]}, PLANTED),
    "told apart": ({"allOf": [SECRET, {"enum": ["a", "b"]}]}, PLANTED),
    "the right one": ({**SECRET, "const": PLANTED}, "wrong"),
    "ruled out": ({**SECRET, "not": {"const": PLANTED}}, PLANTED),
    "the whole": ({"properties": {"a": SECRET}, "maxProperties": 0}, {"a": PLANTED}),
    "a key": ({"propertyNames": SHORT}, {PLANTED: 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_is_not_fitted_quotes_no_secret(name: str) -> None:
    schema, answer = SCHEMAS[name]

    with pytest.raises(InvalidAnswer) as by_check:
        check(schema, answer, "q")
    with pytest.raises(InvalidAnswer) as by_shape:
        Shape(schema).read(answer)

    assert PLANTED not in texts(by_check.value)
    assert PLANTED not in texts(by_shape.value)
    assert "••••" in str(by_check.value)


def test_what_is_no_secret_is_quoted_as_before() -> None:
    schema = {"properties": {"key": SECRET, "city": {"type": "string", "maxLength": 2}}}

    with pytest.raises(InvalidAnswer, match="'Bonn' is too long") as refused:
        check(schema, {"key": PLANTED, "city": "Bonn"}, "q")

    assert PLANTED not in texts(refused.value)


def refuse(text: str) -> str:
    raise ValueError(f"{text} was used before")


Used = Annotated[str, AfterValidator(refuse), Field(json_schema_extra={"format": "password"})]


class Login(BaseModel):
    key: Used


class Live(TypedDict):
    key: Annotated[SecretStr, Field(min_length=50)]


@pytest.mark.parametrize("kind", [Login, Live])
def test_a_type_that_is_not_fitted_quotes_no_secret(kind: Any) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        convert(kind, {"key": PLANTED}, "q")

    assert PLANTED not in texts(refused.value)


def test_a_shape_that_is_not_fitted_quotes_no_secret() -> None:
    with pytest.raises(InvalidAnswer, match="key: •••• does not fit") as refused:
        Shape(Login).read({"key": PLANTED})

    assert PLANTED not in texts(refused.value)


@pytest.mark.parametrize("ends", ["while it is called", "raised"])
def test_a_secret_that_a_call_is_made_with_is_no_evidence(ends: str) -> None:
    schema = {"type": "object", "properties": {"key": SECRET}, "required": ["key"]}
    seen: list[str] = []
    saver = InMemorySaver()

    def log_in(key: str, *, beside: dict[str, Any]) -> None:
        seen.append(repr(saver.export("t").calls))
        if ends == "raised":
            raise ConnectionError

    def node(state: dict[str, Any]) -> dict[str, Any]:
        key = interrupt(Form(schema)).value["key"]
        with suppress(ConnectionError):
            once(log_in, key, beside={"url": [f"https://{key}@host"], "who": "ana"})
        return {}

    app = StateGraph(name="in").add_node(node).add_edge(START, "node").compile(saver)
    app.invoke({}, at := {"configurable": {"thread_id": "t"}})
    app.invoke(Command(resume={"action": "answer", "value": {"key": PLANTED}}), at)

    (begun,) = seen
    assert "ana" in begun
    assert PLANTED not in begun
    assert PLANTED not in repr(saver.export("t").calls)
