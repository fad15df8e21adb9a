"""The law of forms: a valid value comes back exactly, an invalid one is refused at its field."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from browser.filler import Filler, Fingers, Leaf
from browser.form_page import FormPage
from browser.random_forms import alike, models
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext, expect

from hitl_nb import Form
from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation import to_fields

pytestmark = pytest.mark.browser

ROUNDS = range(40 if os.environ.get("HITL_NB_FULL") == "1" else 1)
"""Rounds of 25 examples: in a long one, hypothesis may take its own draws for inconsistent."""
SHORT = 30_000
"""Milliseconds to wait, less than elsewhere: an example that fails is tried again."""
law = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a smaller example would take minutes to find
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.fixture(scope="module")
def desk(context: BrowserContext) -> Iterator[FormPage]:
    """One page for all forms."""
    desk = FormPage.open(context)
    desk.page.set_default_timeout(SHORT)
    yield desk
    assert desk.complaints == []
    desk.page.close()


def value_of(request: Form, reply: Any) -> Any:
    """Return the decision's value."""
    return request.typed(reply["action"], json.loads(json.dumps(reply["value"])))


def spoilt(leaf: Leaf) -> list[Any]:
    """Return what the field lets a person type and its schema forbids."""
    schema = leaf.schema
    if leaf.kind in ("integer", "number", "decimal") and leaf.role == "textbox":
        return [{"$number": text} for text in _wrong_numbers(leaf)]
    if leaf.kind == "any":
        return [{"$json": text} for text in ("{", "nothing", "[1, 2", '{"a": 1, "a": 2}')]
    if leaf.kind == "moment" and schema["format"] != "date":
        return ["sometime"]
    if leaf.kind != "string":
        return []
    wrong = {
        "x": schema.get("minLength", 0) > 1,
        "x" * (schema.get("maxLength", 0) + 1): "maxLength" in schema,
        "123": "pattern" in schema,
        "never": schema.get("format") in ("uuid", "duration"),
    }
    return [text for text, holds in wrong.items() if holds]


def _wrong_numbers(leaf: Leaf) -> list[str]:
    schema = leaf.schema
    beyond = [schema[name] + step for name, step in OUTSIDE.items() if name in schema]
    return ["abc", "1,5", "--1", *map(str, beyond), *(["1.5"] if leaf.kind == "integer" else [])]


OUTSIDE = {"minimum": -1, "maximum": 1, "exclusiveMinimum": 0, "exclusiveMaximum": 0}


def is_refused_at(leaf: Leaf) -> None:
    """See that the error is at this field, and that the field says so to everybody."""
    wrong = "data-invalid" if leaf.role == "group" else "aria-invalid"
    expect(leaf.field).to_have_attribute(wrong, "true", timeout=SHORT)
    described = (leaf.field.get_attribute("aria-describedby") or "").split()
    errors = [leaf.field.page.locator(f"[id='{name}'].errors") for name in described]
    assert any(error.count() and error.inner_text().strip() for error in errors)


@pytest.mark.full_size
@pytest.mark.parametrize("_round", ROUNDS)
@law
@given(st.data())
def test_every_value_that_is_filled_in_comes_back_exactly(
    desk: FormPage, _round: int, data: st.DataObject
) -> None:
    kind = data.draw(models())
    value = data.draw(kind.values)
    # All is drawn before the browser has a say, so that the same draws give the same example.
    wrong = data.draw(st.sampled_from(["nothing", "left out", "spoilt"]))
    left_out, pick = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 999))
    request = Form(kind.type)
    note(repr(value))
    form = desk.show(request)
    assert desk.form is not None
    control: Any = desk.form["control"]
    (part,) = control["parts"]
    notation = to_fields(request.shape.write(value), request.shape.schema)  # type: ignore[union-attr]
    note(json.dumps(notation))
    filler = Filler(form, Fingers(desk.page), left_out if wrong == "left out" else None)

    filler.fill(part, notation)
    amiss = _make_wrong(filler, pick, wrong, '"default"' in json.dumps(part["schema"]))
    if amiss is not None:
        note(f"{amiss.name}: {amiss.kind}")
        assert desk.submit() is None
        is_refused_at(amiss)
        filler.put(amiss)
    reply = desk.submit()

    assert reply is not None, desk.refusals[-1]
    found = value_of(request, reply)
    assert alike(found, value), found


def _make_wrong(filler: Filler, pick: int, wrong: str, has_defaults: bool) -> Leaf | None:
    """Return the field that is wrong now."""
    if wrong == "left out":
        place = filler.left_out or 0
        if place >= len(filler.leaves):
            return None
        leaf = filler.leaves[place]
        # A text that is empty by default is right as it is, and bytes may be there unseen.
        fine = leaf.kind == "choices" or (leaf.kind in ("string", "bytes") and has_defaults)
        if leaf.is_blank() and not fine and leaf.notation != "":
            return leaf
        filler.put(leaf)
        return None
    spoilable = [leaf for leaf in filler.leaves if spoilt(leaf)] if wrong == "spoilt" else []
    if not spoilable:
        return None
    leaf = spoilable[pick % len(spoilable)]
    ways = spoilt(leaf)
    filler.put(leaf, ways[pick % len(ways)])
    return leaf


@pytest.mark.full_size
@pytest.mark.parametrize("_round", ROUNDS)
@law
@given(st.data())
def test_every_value_that_is_shown_goes_back_exactly(
    desk: FormPage, _round: int, data: st.DataObject
) -> None:
    kind = data.draw(models())
    value = data.draw(kind.values)
    request = Form(kind.type, value)
    note(repr(value))
    desk.show(request)

    reply = desk.submit()

    assert reply is not None, desk.refusals[-1]
    assert equal_with_types(reply["value"], request.shape.write(value))  # type: ignore[union-attr]
    assert alike(value_of(request, reply), value)
