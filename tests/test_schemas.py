"""Questions that say what a valid answer looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import pytest
from pydantic import BaseModel, Field
from stores import THREAD, State, Store, asked, chain

from hitl_nb import Command, Form, StateGraph, ToolCall, ToolReview, interrupt
from hitl_nb.errors import AnswerRefused, InvalidAnswer
from hitl_nb.json_schema import check, errors_of
from hitl_nb.requests.shape import Shape


class Refund(BaseModel):
    amount: int = Field(gt=0)
    reason: str = ""


class Ticket(TypedDict):
    amount: int


@dataclass
class Order:
    amount: int


JSON_SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "integer"}},
    "required": ["amount"],
}


def asker(schema: Any, seen: list[Any]) -> StateGraph:
    def node(state: State) -> dict[str, Any]:
        seen.append(interrupt("how much?", response_schema=schema))
        return {"log": ["done"]}

    return chain(node)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (Refund, Refund(amount=5)),
        (Ticket, {"amount": 5}),
        (Order, Order(5)),
        (JSON_SCHEMA, {"amount": 5}),
    ],
    ids=["pydantic", "typed dict", "dataclass", "JSON Schema"],
)
async def test_an_answer_is_checked_and_the_node_is_handed_the_object(
    store: Store, schema: Any, expected: Any
) -> None:
    seen: list[Any] = []
    (question,) = (await store.keep(asker(schema, seen)).ainvoke({}, THREAD))["__interrupt__"]
    assert question.response_schema["properties"]["amount"]["type"] == "integer"

    for wrong in ({"amount": "much"}, {}, "yes", None):
        with pytest.raises(InvalidAnswer, match=r"amount|the answer") as caught:
            await store.keep(asker(schema, seen)).ainvoke(Command(resume=wrong), THREAD)
        assert caught.value.question_id == question.id
    assert asked(await store.keep(asker(schema, seen)).ainvoke(None, THREAD)) == ["how much?"]
    assert store.saver().decisions() == []

    await store.keep(asker(schema, seen)).ainvoke(Command(resume={"amount": 5}), THREAD)

    assert seen == [expected]
    assert type(seen[0]) is type(expected)


async def test_a_bad_field_is_named(store: Store) -> None:
    app = store.keep(asker(Refund, []))
    await app.ainvoke({}, THREAD)

    with pytest.raises(InvalidAnswer, match=r"amount: .*still open") as caught:
        await app.ainvoke(Command(resume={"amount": -1}), THREAD)

    assert [path for path, _ in caught.value.errors] == [("amount",)]


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (int, 5, "five"),
        (bool, False, "no"),
        (Literal["approve", "reject"], "reject", "maybe"),
        (list[int], [1, 2], [1, "two"]),
        (int | None, None, "none"),
    ],
)
async def test_plain_types_are_schemas_too(store: Store, schema: Any, good: Any, bad: Any) -> None:
    seen: list[Any] = []
    app = store.keep(asker(schema, seen))
    await app.ainvoke({}, THREAD)

    with pytest.raises(InvalidAnswer):
        await app.ainvoke(Command(resume=bad), THREAD)
    await app.ainvoke(Command(resume=good), THREAD)

    assert seen == [good]


async def test_an_instance_of_the_schema_is_an_answer(store: Store) -> None:
    seen: list[Any] = []
    app = store.keep(asker(Refund, seen), types=[Refund])
    await app.ainvoke({}, THREAD)

    await app.ainvoke(Command(resume=Refund(amount=5)), THREAD)

    assert seen == [Refund(amount=5)]


async def test_a_changed_schema_is_another_question(store: Store) -> None:
    strict = {**JSON_SCHEMA, "required": ["amount", "reason"]}
    seen: list[Any] = []
    app = store.keep(asker(JSON_SCHEMA, seen))
    (first,) = (await app.ainvoke({}, THREAD))["__interrupt__"]

    (second,) = (
        await store.keep(asker(strict, seen)).ainvoke(Command(resume={"amount": 5}), THREAD)
    )["__interrupt__"]

    assert second.value == first.value
    assert second.id != first.id
    assert second.previous == first.id
    assert seen == []


async def test_what_only_the_type_can_refuse_leaves_the_question_open(store: Store) -> None:
    class Even(BaseModel):
        amount: int

        def model_post_init(self, context: Any) -> None:
            if self.amount % 2:
                raise ValueError("odd amounts cannot be halved")

    seen: list[Any] = []
    app = store.keep(asker(Even, seen))
    await app.ainvoke({}, THREAD)

    with pytest.warns(AnswerRefused, match="odd amounts"):
        (again,) = (await app.ainvoke(Command(resume={"amount": 3}), THREAD))["__interrupt__"]
    assert (again.value, again.attempts) == ("how much?", 2)
    with pytest.warns(AnswerRefused, match="odd amounts"):
        await app.ainvoke(Command(resume={"amount": 4}), THREAD)

    assert seen == [Even(amount=4)]
    assert [row.answer for row in store.saver().decisions()] == [{"amount": 3}, {"amount": 4}]


async def test_a_bad_answer_to_a_pure_run_is_refused() -> None:
    seen: list[Any] = []
    paused = await asker(JSON_SCHEMA, seen).execute({})

    with pytest.raises(InvalidAnswer, match="amount"):
        await asker(JSON_SCHEMA, seen).execute(Command(update=paused.final_state, resume={}))
    await asker(JSON_SCHEMA, seen).execute(Command(update=paused.final_state, resume={"amount": 5}))

    assert seen == [{"amount": 5}]


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "round in circles"),
        ({"$ref": "#/$defs/gone"}, "/[$]defs/gone"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "Unresolvable"),
        ({"$ref": "file:///etc/passwd"}, "Unresolvable"),
        ({"pattern": "("}, "cannot be used"),
    ],
)
def test_a_schema_that_cannot_tell_refuses_and_fetches_nothing(schema: Any, why: str) -> None:
    with pytest.raises(InvalidAnswer, match=why):
        check(schema, "x", "q")
    with pytest.raises(InvalidAnswer, match=why):
        Shape(schema).check("x")


LONG = "a" * 5000 + "!"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a+)+$"}, LONG),
        ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {LONG: 1}),
        (
            {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": {"type": "null"}},
            {LONG: 1},
        ),
    ],
)
def test_a_pattern_takes_no_longer_than_the_text(schema: Any, value: Any) -> None:
    with pytest.raises(InvalidAnswer):
        check(schema, value, "q")


@pytest.mark.parametrize(
    ("pattern", "fits", "misfit"),
    [
        ("b", "abc", "acc"),
        ("^a$", "a", "a\n"),
        (r"^\p{L}+$", "ß", "1"),
        (r"^(?=.*\d).+$", "a1", "a"),
        (r"^(.)\1$", "aa", "ab"),
    ],
)
def test_patterns_are_searched_as_the_browser_does(pattern: str, fits: str, misfit: str) -> None:
    check({"pattern": pattern}, fits, "q")
    with pytest.raises(InvalidAnswer):
        check({"pattern": pattern}, misfit, "q")


@pytest.mark.parametrize("schema", [{"type": "strng"}, {"required": "amount"}])
def test_what_is_no_schema_is_refused_before_anybody_is_asked(store: Store, schema: Any) -> None:
    for asks in (Form(schema), ToolReview([ToolCall("pay", {}, schema=schema)])):

        def node(state: State, asks: Any = asks) -> None:
            interrupt(asks)

        with pytest.raises(ValueError, match="no JSON Schema"):
            store.keep(chain(node)).invoke({}, THREAD)
    with pytest.raises(ValueError, match="no JSON Schema"):
        store.keep(asker(schema, [])).invoke({}, THREAD)


@pytest.mark.parametrize(
    ("format_", "fits", "misfits"),
    [
        ("date", ["2030-01-31"], ["2030-02-30", "20300131", "soon"]),
        ("date-time",
         ["2030-01-31T09:30", "2030-01-31t09:30:00.5z", "2016-12-31T23:59:60Z",
          "2030-01-31 09:30:00+02:00"],
         ["2030-01-31", "2030-01-31T09", "2030-01-31T25:00"]),
        ("time", ["09:30", "09:30:00Z", "23:59:60"], ["09", "24:61", "noon"]),
        ("email", ["ana@example.org", "ana@host"], ["@", "ana@", "@host", "a b@host", "a@b@c"]),
        ("uri", ["https://example.org/a", "mailto:ana@host", "urn:a"], ["a:", "a", "http://a b"]),
        ("uuid", ["12345678-1234-5678-1234-567812345678"], ["1234"]),
    ],
)  # fmt: skip
def test_a_text_of_a_format_is_read_as_people_write_it(
    format_: str, fits: list[str], misfits: list[str]
) -> None:
    schema = {"type": "string", "format": format_}

    assert [text for text in fits if [*errors_of(schema, text)]] == []
    assert [text for text in misfits if not [*errors_of(schema, text)]] == []
