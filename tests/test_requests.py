"""Typed questions: what they offer, show and store, and what they take back."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from typing_extensions import TypedDict

from hitl_nb import (
    Approval,
    Ask,
    Choice,
    Confirm,
    Edit,
    Feedback,
    Form,
    Option,
    Request,
    Source,
    ToolCall,
    ToolReview,
)
from hitl_nb.codec import decode, digest, encode
from hitl_nb.errors import InvalidAnswer, InvalidRequest, UnreadableData
from hitl_nb.requests.base import Turn
from hitl_nb.requests.replies import read_reply, restore
from hitl_nb.requests.shape import Shape
from hitl_nb.types import UNSET


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Refund(BaseModel):
    amount: Decimal
    due: dt.date
    note: str | None = None


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str


class Bank(BaseModel):
    kind: Literal["bank"] = "bank"
    iban: str


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    when: dt.datetime
    tags: set[str]
    amount: Decimal
    raw: bytes
    pair: tuple[int, float]


@dataclass
class Address:
    street: str
    city: str


class Person(TypedDict):
    name: str
    age: int


REQUESTS: list[Request] = [
    Approval("Send?", "Dear customer", context={"order": 42}, risk="high", timeout=60),
    Approval("Send?", {"amount": Decimal("1.50"), "due": dt.date(2026, 1, 2)}, editable=("due",)),
    Approval("Pay?", Refund(amount="2.5", due="2026-01-02")),
    Approval("Go?", allow=("approve", "reject"), ladder=("lead", "cto"), approvers=2),
    Approval("Go?", context=[Source("Mail", "I want it back", "https://example.org")]),
    Approval("Go?", requester="bot", delegates={"ben": "ana"}, history=(Turn("escalate", "ana"),)),
    Choice("Which?", ["a", "b"]),
    Choice("Which?", {1: "one", 2: "two"}, multiple=True, other=True),
    Choice("Which?", [Option(True, "yes", "do it"), Option(None, "no")]),
    Ask("Why?", guess="because", gate="clarify", timeout=dt.timedelta(minutes=2)),
    Confirm("Delete it?", "verify", "delete 42"),
    Form(Refund, {"amount": "1"}),
    Form({"type": "object", "properties": {"x": {"type": "integer"}}}, tags=("a", "b")),
    Edit({"lines": [{"n": 1}, {"n": 2}]}, confidence=0.5),
    Feedback("An output", types=("good", "bad"), high=10),
    ToolReview([ToolCall("send", {"to": "ana"}, id="1"), ToolCall("pay", {}, schema=Refund)]),
]


def stored(request: Request) -> Request:
    """Return a request as another process reads it."""
    return restore(decode(json.loads(json.dumps(encode(request.payload())))))


@pytest.mark.parametrize("request_", REQUESTS, ids=repr)
def test_a_request_comes_back_from_where_it_was_stored(request_: Request) -> None:
    again = stored(request_)

    assert type(again) is type(request_)
    assert again == request_
    assert hash(again) == hash(request_)
    assert digest(again.payload()) == digest(request_.payload())
    assert again.reply_schema() == request_.reply_schema()
    assert again.actions == request_.actions
    assert [part[:2] + part[3:] for part in again.parts()] == [
        part[:2] + part[3:] for part in request_.parts()
    ]


@pytest.mark.parametrize("request_", REQUESTS, ids=repr)
def test_every_schema_a_request_has_is_one(request_: Request) -> None:
    Draft202012Validator.check_schema(request_.reply_schema())
    Draft202012Validator.check_schema(type(request_).json_schema())
    for part in request_.parts():
        Draft202012Validator.check_schema(part.shape.schema)


def test_the_schema_of_a_kind_takes_what_is_stored() -> None:
    request = Approval("Send?", "Dear customer", risk="high", ladder=("lead",))

    Draft202012Validator(Approval.json_schema()).validate(request.payload())


def test_a_request_shows_only_what_is_not_as_usual() -> None:
    request = Approval("Send?", "Hi", risk="low")

    assert repr(request) == "Approval(question='Send?', risk='low', draft='Hi')"
    assert request.payload() == {
        "request": "approval",
        "question": "Send?",
        "draft": "Hi",
        "risk": "low",
    }


def test_a_table_as_context_is_stored_as_it_is() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    request = Ask("Why?", context=table)

    assert stored(request).context.equals(table)
    assert stored(request) == request
    assert request != Ask("Why?", context=table.head(1))


def test_requests_cannot_be_changed() -> None:
    request = Ask("Why?")

    with pytest.raises(AttributeError):
        request.guess = "because"  # type: ignore[misc]
    assert request.with_(guess="because") == Ask("Why?", "because")


class Hidden(BaseModel):
    account: str = Field("mine", exclude=True)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Confirm("?", "verify"), "phrase"),
        (lambda: Confirm("?", phrase="x"), "phrase"),
        (lambda: Feedback("x", low=5, high=5), "low=5"),
        (lambda: Choice("?", []), "at least one"),
        (lambda: ToolReview([]), "at least one"),
        (lambda: Approval("?", allow=()), "nothing to decide"),
        (lambda: Approval("?", allow=("edit", "escalate")), "nothing to decide"),
        (lambda: ToolReview([ToolCall("pay", allow=())]), "about 'pay': name at least one of"),
        (lambda: Approval("?", timeout=0), "greater than 0"),
        (lambda: Approval("?", confidence=1.5), "less than or equal"),
        (lambda: Approval("?", rsik="low"), "rsik"),  # type: ignore[call-arg]
        (lambda: Edit(None), "nothing to correct"),
        (lambda: Choice("?"), "at least 1"),
        (lambda: Choice("?", [1, 2], approvers=2), "answered, not approved"),
        (lambda: Form(dict[str, int], approvers=2), "answered, not approved"),
        (lambda: Approval("?", timeout=float("inf")), "timeout"),
        (lambda: Approval("?", timeout=dt.timedelta.max), "timeout"),
        (lambda: Approval("?", float("nan")), "no number that JSON can hold"),
        (lambda: Approval("?", 10**5000), "no number that JSON can hold"),
        (lambda: Approval("?", {"to": [Hidden()]}), "Hidden.account is left out"),
        (lambda: Approval("?", pd.DataFrame()), "no form for DataFrame"),
        (lambda: Approval("?", {"to": [range(3)]}), "no form for range"),
        (lambda: Approval("?", {"to": np.void(b"x")}), "no form for void"),
        (lambda: Approval("?", {"to": np.timedelta64(5, "ns")}), "no form for timedelta64"),
        (lambda: Form(dict[str, SecretStr]), "secrets never are"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(make: Any, why: str) -> None:
    with pytest.raises((ValueError, TypeError), match=why):
        make()


@pytest.mark.parametrize("payload", [{}, {"request": "nonsense"}, {"request": "ask", "x": 1}])
def test_what_is_no_request_is_not_read_as_one(payload: Any) -> None:
    with pytest.raises(UnreadableData):
        restore(payload)


def test_actions_are_offered_only_where_there_is_what_for() -> None:
    assert Approval("?").actions == ("approve", "reject", "respond")
    assert Approval("?", "x", editable=False).actions == ("approve", "reject", "respond")
    assert Approval("?", "x", ladder=("lead",)).actions == (
        "approve", "edit", "reject", "respond", "escalate",
    )  # fmt: skip
    assert Approval("?", allow=("approve",), ladder=("lead",)).actions == ("approve",)
    assert Ask("?", gate="soft", timeout=5).actions == ("answer", "hold")
    assert Ask("?", gate="soft").actions == ("answer",)
    assert Confirm("?", "info").actions == ("approve",)


def test_the_parts_of_a_review_are_its_calls() -> None:
    parts = REQUESTS[-1].parts()

    assert [(part.name, part.label, part.actions) for part in parts] == [
        ("call-1", "send", ("approve", "edit", "reject")),
        ("call-2", "pay", ("approve", "edit", "reject")),
    ]
    assert parts[0].proposed == {"to": "ana"}
    assert set(parts[1].shape.schema["properties"]) == {"amount", "due", "note"}


def test_a_form_is_put_together_again_from_its_parts() -> None:
    one = Choice("?", ["a", Option(2, "two")], other=True)
    several = Choice("?", ["a", "b", "c"], multiple=True, other=True)
    review = ToolReview([ToolCall("send", {"to": "ana"}), ToolCall("pay", {"n": 1})])
    made = {
        "call-1": {"action": "edit", "message": ""},
        "call-2": {"action": "reject", "message": "no"},
    }

    assert Approval("?", "x").assemble("edit", {"draft": "y"}) == "y"
    assert Approval("?", "x").assemble("reject", {"draft": "y"}) is UNSET
    assert one.assemble("answer", {"answer": 1}) == 2
    assert one.assemble("answer", {"other": "else"}) == "else"
    assert several.assemble("answer", {"answer": [2, 0], "other": "d"}) == ["c", "a", "d"]
    assert Confirm("?", "verify", "yes").assemble("approve", {"phrase": "yes"}) == "yes"
    assert Feedback("x").assemble("answer", {"answer": {"score": 3}}) == {"score": 3}
    values = {"call-1": {"to": "ben"}, "call-2": {"n": 1}}
    assert review.assemble("decide", values, made) == [
        {"action": "edit", "message": "", "args": {"to": "ben"}},
        {"action": "reject", "message": "no"},
    ]


@pytest.mark.parametrize(
    ("request_", "values", "path"),
    [
        (Choice("?", ["a"], other=True), {"answer": 0, "other": "b"}, ("other",)),
        (Choice("?", ["a"], multiple=True), {"answer": 0}, ("answer",)),
        (Choice("?", ["a"]), {}, ("answer",)),
        (Choice("?", ["a"]), {"answer": 7}, ("answer",)),
    ],
)
def test_parts_that_do_not_go_together_are_refused(
    request_: Request, values: dict[str, Any], path: Any
) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        request_.assemble("answer", values)
    assert [where for where, _ in caught.value.errors] == [path]


def test_a_call_nobody_decided_about_is_named() -> None:
    review = ToolReview([ToolCall("send"), ToolCall("pay")])

    with pytest.raises(InvalidAnswer) as caught:
        review.assemble("decide", {}, {"call-1": {"action": "approve", "message": ""}})
    assert [path for path, _ in caught.value.errors] == [("call-2",)]


KEYS = st.text(max_size=5)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
)
ALONE = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.none() | st.just(dt.UTC)),
    st.timedeltas(),
    st.binary(max_size=8),
    st.uuids(),
    st.sampled_from(Color),
    st.frozensets(st.integers(), max_size=3),
    st.sets(st.dates(), max_size=3),
    st.tuples(st.integers(), st.dates()),
    st.dictionaries(st.integers(), st.binary(max_size=3), max_size=3),
    st.builds(Refund, amount=st.decimals(allow_nan=False, allow_infinity=False), due=st.dates()),
    st.builds(Address, street=st.text(max_size=3), city=st.text(max_size=3)),
)
VALUES = st.recursive(
    PLAIN | ALONE,
    lambda inner: (
        st.dictionaries(KEYS, inner, max_size=4)
        | st.lists(PLAIN, max_size=4)
        | ALONE.flatmap(lambda one: st.just([one, one]))
    ),
    max_leaves=12,
)


def same_types(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_types(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_types, one, other))
    return type(one) is type(other) and one == other


@given(VALUES)
def test_a_value_is_the_same_after_a_form_held_it(value: Any) -> None:
    shape = Shape.like(value)
    written = json.loads(json.dumps(shape.write(value), allow_nan=False))

    again = shape.read(written)

    assert again == value
    assert same_types(value, again)
    # A set has no order, so there the JSON form may differ.
    assert shape.read(shape.write(again)) == value
    assert shape.read(shape.normalize(value)) == shape.read(shape.normalize(written)) == value
    assert shape.normalize(written) == shape.normalize(written)


@given(
    st.builds(
        Strict,
        when=st.datetimes(timezones=st.just(dt.UTC)),
        tags=st.sets(st.text(max_size=3), max_size=3),
        amount=st.decimals(allow_nan=False, allow_infinity=False),
        raw=st.text(max_size=3).map(str.encode),
        pair=st.tuples(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    )
)
def test_strict_models_are_the_same_too(value: Strict) -> None:
    shape = Shape(Strict)

    assert shape.read(shape.write(value)) == value


@pytest.mark.parametrize("value", [float("nan"), [1, float("inf")], {"a": {"b": -float("inf")}}])
def test_numbers_json_cannot_hold_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no number that JSON can hold"):
        Shape.like(value).write(value)
    with pytest.raises(InvalidAnswer, match="nothing JSON can hold"):
        Shape({}).read(value)


class Renamed(BaseModel):
    class_: str = Field(alias="class")
    pay: Card | Bank
    by_kind: Annotated[Card | Bank, Field(discriminator="kind")]
    people: dict[str, Person]


FINE = {
    "class": "x",
    "pay": {"kind": "card", "number": "1"},
    "by_kind": {"kind": "bank", "iban": "1"},
    "people": {"a": {"name": "Ana", "age": 3}},
}


@pytest.mark.parametrize("known", [True, False], ids=["type", "schema alone"])
@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"class": 1}, [("class",)]),
        ({"pay": {"kind": "card"}}, [("pay", "number")]),
        ({"pay": {"kind": "bank", "iban": 3}}, [("pay", "iban")]),
        ({"by_kind": {"kind": "bank", "iban": None}}, [("by_kind", "iban")]),
        ({"people": {"a": {"name": "Ana", "age": "x"}}}, [("people", "a", "age")]),
        ({"people": {"a": {"name": "Ana"}}}, [("people", "a", "age")]),
        ({"pay": None}, [("pay",)]),
        ({"people": {"a": {"name": "Ana", "age": 3}, "b": 3}}, [("people", "b")]),
    ],
)
def test_an_error_is_where_the_data_is(
    change: dict[str, Any], paths: list[Any], known: bool
) -> None:
    shape = Shape(Renamed) if known else Shape(Shape(Renamed).schema)

    with pytest.raises(InvalidAnswer) as caught:
        shape.check({**FINE, **change})

    assert sorted({path for path, _ in caught.value.errors}) == paths


def test_a_field_there_is_not_is_named() -> None:
    shape = Shape({"type": "object", "properties": {"a": {}}, "additionalProperties": False})

    with pytest.raises(InvalidAnswer) as caught:
        shape.check({"a": 1, "b": 2})
    assert caught.value.errors == [(("b",), "there is no such field")]


def test_data_goes_by_alias_both_ways() -> None:
    shape = Shape(Renamed)

    assert shape.write(shape.read(FINE)) == FINE
    assert "class" in shape.schema["properties"]


def test_what_only_leniency_would_take_is_refused_as_the_schema_says() -> None:
    with pytest.raises(InvalidAnswer):
        Shape(int).check("12")
    with pytest.raises(InvalidAnswer):
        Shape(bool).check(1)
    assert Shape(Decimal).read("1.50") == Decimal("1.50")


def test_a_type_knows_more_than_its_schema() -> None:
    class Range(BaseModel):
        low: int
        high: int

        @model_validator(mode="after")
        def ordered(self) -> Range:
            if self.low > self.high:
                raise ValueError("low is above high")
            return self

    with pytest.raises(InvalidAnswer, match="low is above high"):
        read_reply(Form(Range), {"low": 2, "high": 1})


def test_an_edit_keeps_the_types_of_what_it_left_alone() -> None:
    draft = {"items": ["a", Decimal("1"), dt.date(2026, 1, 1)], "id": UUID(int=1), "n": 1}
    request = Approval("?", draft)
    written = request.parts()[0].proposed

    value = request.typed("edit", {**written, "n": 2})

    assert value == {**draft, "n": 2}


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Approval(darft="x"), "no parameter 'darft'. Did you mean 'draft'?"),  # type: ignore[call-arg]
        (lambda: Choice("x", []), "options=[] is empty"),
        (lambda: Approval("x", "y", "z"), "Give 'z' with the name"),  # type: ignore[call-arg]
        (lambda: Approval("x", risk="hihg"), "Did you mean 'high'?"),  # type: ignore[arg-type]
        (lambda: Approval("x", {"a": 1}, editable=("b",)), "editable names 'b'"),
        (lambda: Approval("x", on_timeout="reject"), "no effect without a time"),
        (lambda: ToolCall(nmae="x"), "no parameter 'nmae'. Did you mean 'name'?"),  # type: ignore[call-arg]
    ],
)
def test_a_request_that_is_written_wrong_says_which_parameter(make: Any, why: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(why)) as caught:
        make()

    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize("kind", [Approval, Ask, Choice, Confirm, Edit, Feedback, Form, ToolReview])
def test_the_help_of_a_request_says_what_each_parameter_is(kind: type[Request]) -> None:
    said = re.findall(r"^    (\w+): ", inspect.getdoc(kind) or "", re.MULTILINE)

    assert sorted(said) == sorted(inspect.signature(kind).parameters)
