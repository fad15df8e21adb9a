"""Every payload gives a form, and what the form sends becomes the answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from hitl_nb.errors import NotOffered
from hitl_nb.forms import BadAnswer, check_offered, describe, heading_of, read_answer, read_options
from hitl_nb.marked_text import plain
from hitl_nb.messages import FormView, Item
from hitl_nb.types import Interrupt

FORM = TypeAdapter(FormView)


def form_of(payload: Any) -> FormView:
    form = describe(Interrupt(payload, "q1", node="approve"))
    return FORM.validate_python(form, strict=True)


def rows(items: list[Item]) -> dict[str, Any]:
    return {
        plain(item["label"]): rows(item["items"]) if "items" in item else plain(item["text"])
        for item in items
    }


@pytest.mark.parametrize("key", ["question", "message", "prompt"])
def test_a_dicts_question_is_its_heading(key: str) -> None:
    form = form_of({"draft": "Dear Ana", key: "Send it?"})

    assert plain(form["heading"]) == "Send it?"
    assert rows(form["context"]) == {"draft": "Dear Ana"}


def test_options_become_buttons_and_many_a_dropdown() -> None:
    assert form_of({"question": "?", "options": list("abcdef")})["control"] == {
        "kind": "options",
        "layout": "buttons",
        "choices": [{"label": [letter]} for letter in "abcdef"],
    }
    assert form_of({"question": "?", "options": list("abcdefg")})["control"]["kind"] == "options"
    assert form_of({"question": "?", "options": list("abcdefg")})["control"].get("layout") == (
        "dropdown"
    )


def test_no_options_mean_a_text_answer() -> None:
    assert form_of({"question": "Why?"})["control"] == {"kind": "text", "quick": []}


@pytest.mark.parametrize(
    ("heading", "quick"),
    [
        ("Send it?", ["yes", "no"]),
        ("Is this right?", ["yes", "no"]),
        ("Should the log say why?", ["yes", "no"]),
        ("How is the style?", []),
        ("In which language?", []),
        ("Which colour?", []),
        ("Name a colour", []),
    ],
)
def test_yes_and_no_are_offered_where_they_could_answer(heading: str, quick: list[str]) -> None:
    assert form_of(heading)["control"] == {"kind": "text", "quick": quick}


def test_an_answer_from_code_must_be_offered_too() -> None:
    payload = {"options": ["approve", "reject", True, 3]}
    for answer in ("approve", True, 3):
        check_offered(payload, answer)
    check_offered("Why?", "anything")
    with pytest.raises(NotOffered, match=r"'aprove'.*Did you mean 'approve'"):
        check_offered(payload, "aprove")
    with pytest.raises(NotOffered):
        check_offered(payload, 1)


@pytest.mark.parametrize(
    ("payload", "heading", "context"),
    [
        ("Approve?", "Approve?", {}),
        ("", "(empty question)", {}),
        ("two\nlines", "Please read and answer", {"text": "two\nlines"}),
        (42, "Please answer", {"value": "42"}),
        (None, "Please answer", {}),
        (["a", {"b": 1}], "Please answer", {"1": "a", "2": {"b": "1"}}),
        ({}, "Please answer", {}),
        ({"question": {"nested": 1}}, "Please answer", {"question": {"nested": "1"}}),
        ({"question": "?", "tags": ["x", "y"]}, "?", {"tags": "x, y"}),
        ({"question": "?", "none": [], "flag": True}, "?", {"none": "empty", "flag": "True"}),
        ({"question": "?", 1: {(2, 3): "odd keys"}}, "?", {"1": {"(2, 3)": "odd keys"}}),
        ({"question": "?", "options": []}, "?", {"options": "empty"}),
    ],
)
def test_any_payload_has_a_heading_and_evidence(
    payload: Any, heading: str, context: dict[str, Any]
) -> None:
    form = form_of(payload)

    assert plain(form["heading"]) == heading == heading_of(payload) or payload == ""
    assert rows(form["context"]) == context


def test_models_and_dataclasses_show_their_fields() -> None:
    class Order(BaseModel):
        id: int = 42

    @dataclass
    class Customer:
        name: str = "Ana"

    assert rows(form_of({"question": "?", "order": Order(), "by": Customer()})["context"]) == {
        "order": {"id": "42"},
        "by": {"name": "Ana"},
    }


def test_long_text_is_cut_and_its_size_said() -> None:
    (item,) = form_of({"question": "?", "log": "x" * 50_000})["context"]

    assert item["size"] == 50_000
    assert len(plain(item["text"])) == 20_000


def test_long_lists_say_how_many_rows_are_missing() -> None:
    (item,) = form_of({"question": "?", "rows": [{"n": n} for n in range(1_000)]})["context"]

    assert plain(item["items"][-1]["text"]) == "800 more are not shown"


def test_a_value_whose_repr_fails_is_shown_all_the_same() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "Broken" in rows(form_of({"question": "?", "it": Broken()})["context"])["it"]


@pytest.mark.parametrize("option", ["approve", True, None, 0, 1.5, {"go": 1}, ["x"], ("a", 1), ""])
def test_choosing_an_option_answers_exactly_that_value(option: Any) -> None:
    question = Interrupt({"options": ["other", option]}, "q1")
    label = read_options(question.value)[1].label

    answer = read_answer(question, {"choice": 1, "label": label})

    assert answer == option
    assert type(answer) is type(option)


def test_options_may_carry_labels_and_values() -> None:
    assert read_options({"options": [{"label": "Yes, send", "value": True}]}) == [
        ("Yes, send", True)
    ]
    assert read_options({"options": {"a": "Apple"}}) == [("a — Apple", "a")]


def test_options_that_look_alike_get_labels_that_differ() -> None:
    labels = [option.label for option in read_options({"options": ["1", 1, "1"]})]

    assert labels == ["1", "1 (2)", "1 (3)"]


def test_an_option_with_a_hidden_character_is_recognised_as_the_browser_spells_it() -> None:
    question = Interrupt({"options": ["ok\u202e"]}, "q1")

    assert read_answer(question, {"choice": 0, "label": "okU+202E"}) == "ok\u202e"


@pytest.mark.parametrize(
    "sent", [{"choice": 2, "label": "a"}, {"choice": -1, "label": "b"}, {"text": "a"},
             {"choice": 0, "label": "b"}]
)  # fmt: skip
def test_what_was_not_offered_is_refused(sent: Any) -> None:
    with pytest.raises(BadAnswer):
        read_answer(Interrupt({"options": ["a", "b"]}, "q1"), sent)


def test_a_written_answer_is_exactly_what_was_written() -> None:
    question = Interrupt("Why?", "q1")

    assert read_answer(question, {"text": " because \n"}) == " because \n"
    with pytest.raises(BadAnswer):
        read_answer(question, {"choice": 0, "label": "yes"})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(anything)
def test_the_form_renders_something_for_any_payload(payload: Any) -> None:
    assert form_of(payload)["heading"]


def test_a_plain_question_is_described_without_loading_what_only_requests_need() -> None:
    program = (
        "import sys, hitl_nb.notebook.session.session; from hitl_nb.forms import describe;"
        "from hitl_nb import Interrupt; describe(Interrupt({'question': '?'}, 'q1'));"
        "print([name for name in ('pydantic', 'jsonschema', 'pandas') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
