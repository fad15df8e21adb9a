"""A delta says what changed, exactly, and no more than it must."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hitl_nb.codec.json_equality import equal_as_stored
from hitl_nb.codec.json_text import plain_text
from hitl_nb.savers.deltas import amend, apply, changes

SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, 0.0, -0.0, 1.0, "", "=", "-", "+", "~", ">"])
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)
KEYS = st.sampled_from(["a", "b", "c", "=", "~", ""]) | st.text(max_size=2)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)
STATES = st.dictionaries(KEYS, JSON, max_size=5)


@st.composite
def edited(draw: st.DrawFn, value: Any) -> Any:
    """A value not far from the given one."""
    match value:
        case list() if draw(st.booleans()):
            kept = value[: draw(st.integers(0, len(value)))]
            return copy.deepcopy(kept) + draw(st.lists(JSON, max_size=2))
        case str() if draw(st.booleans()):
            return value + draw(st.text(max_size=3))
        case dict() if draw(st.integers(0, 3)):
            left = {k: draw(edited(v)) for k, v in value.items() if draw(st.integers(0, 4))}
            return left | draw(st.dictionaries(KEYS, SCALARS, max_size=1))
    return draw(st.just(copy.deepcopy(value)) | SCALARS)


PAIRS = st.tuples(STATES, STATES) | STATES.flatmap(lambda old: st.tuples(st.just(old), edited(old)))
PAIRS = PAIRS.filter(lambda pair: isinstance(pair[1], dict))


@given(PAIRS)
def test_a_change_made_again_gives_the_new_state_with_types_and_order(pair: Any) -> None:
    old, new = pair
    before = plain_text(old)

    again = apply(old, changes(old, new))

    assert plain_text(again) == plain_text(new)
    assert plain_text(old) == before


@given(PAIRS)
def test_a_change_made_in_place_gives_the_same(pair: Any) -> None:
    old, new = pair
    change = copy.deepcopy(changes(old, new))

    amend(old, change)

    assert plain_text(old) == plain_text(new)


@given(PAIRS)
@example(({"a": [0, None]}, {"a": [0]}))
def test_a_delta_is_never_larger_than_the_values_it_changes_and_a_constant(pair: Any) -> None:
    old, new = pair

    for key, change in changes(old, new).items():
        whole = len(plain_text(new[key])) if key in new else 0
        assert len(plain_text(change)) <= whole + 6


@given(JSON, JSON)
def test_two_values_are_the_same_if_their_texts_are(one: Any, other: Any) -> None:
    assert equal_as_stored(one, other) == (plain_text(one) == plain_text(other))
    assert equal_as_stored(one, copy.deepcopy(one))


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ([1, 2], [1, 2, 3], ["+", [3]]),
        ([1, 2], [1, True], ["+", [True], 1]),
        ([10, 2], [10], ["+", [], 1]),
        ([1, 2], [1], ["=", [1]]),
        (["x"], ["y"], ["=", ["y"]]),
        ("so", "some", ["+", "me"]),
        ("", "some", ["=", "some"]),
        (1, True, ["=", True]),
        (0.0, -0.0, ["=", -0.0]),
        ({"first": 1, "second": 2}, {"first": 1, "second": 3}, ["~", {"second": ["=", 3]}]),
        ({"one": [1], "two": 2}, {"one": [1, 2], "two": 2}, ["~", {"one": ["+", [2]]}]),
        ({"one": 1, "two": 2}, {"two": 2, "one": 1}, ["=", {"two": 2, "one": 1}]),
        ({"a": 1}, {"a": 2}, ["=", {"a": 2}]),
    ],
)
def test_a_change_names_only_what_is_new(old: Any, new: Any, change: Any) -> None:
    found = changes({"key": old, "other": 0}, {"key": new, "other": 0})

    assert plain_text(found) == plain_text({"key": change})


def test_nothing_changed_is_an_empty_change() -> None:
    state = {"log": ["a", {"b": 1}], "text": "x"}

    assert changes(state, copy.deepcopy(state)) == {}


def test_values_nested_too_deeply_to_compare_are_written_whole() -> None:
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    other = copy.copy(deep)

    assert changes({"deep": deep}, {"deep": [other]}) == {"deep": ["=", [other]]}


@pytest.mark.parametrize(
    "change", [["?"], ["+", ["x"]], ["+", "x"], ["~", {}], ["-"], [], None, {}, "=", ["="]]
)
def test_what_is_no_change_of_the_state_is_refused(change: Any) -> None:
    with pytest.raises(ValueError, match="is not a change of"):
        apply({"n": 1}, {"missing" if change == ["-"] else "n": change})
