"""Two states side by side: what is the same, what is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_nb.notebook.session.state_comparison import Row, changed_rows, compare, equal_live_values
from hitl_nb.types import UNSET

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
states = st.dictionaries(st.text(), values, max_size=5)


def test_keys_of_either_side_are_rows_in_the_order_of_the_left() -> None:
    assert compare({"a": 1, "b": 2, "c": 3}, {"d": 4, "c": 3, "a": 0}) == [
        Row(("a",), 1, 0, "changed"),
        Row(("b",), 2, UNSET, "only left"),
        Row(("c",), 3, 3, "same"),
        Row(("d",), UNSET, 4, "only right"),
    ]


def test_dicts_that_differ_are_compared_one_level_deep() -> None:
    left = {"order": {"to": "Ana", "lines": {"n": 1}}, "same": {"x": 1}}
    right = {"order": {"to": "Ana", "lines": {"n": 2}}, "same": {"x": 1}}

    assert [(row.label, row.sameness) for row in compare(left, right)] == [
        ("order.to", "same"),
        ("order.lines", "changed"),
        ("same", "same"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), ("1", 1), ((1,), [1]), ({"a": 1}, {"a": True}), ([1], [1, 2]),
     (np.array([1, 2]), np.array([1, 3])), (np.array([1]), np.array([1.0])),
     (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})), (object(), object())],
)  # fmt: skip
def test_what_is_shown_differently_differs(one: Any, other: Any) -> None:
    assert not equal_live_values(one, other)
    (row,) = changed_rows({"key": [one]}, {"key": [other]})
    assert row.sameness == "changed"


@pytest.mark.parametrize(
    "make",
    [lambda: float("nan"), lambda: Decimal("NaN"), lambda: np.array([1.0, np.nan]),
     lambda: pd.DataFrame({"a": [1.0, None]}), lambda: pd.Series([1]), lambda: {"a": [1, (2,)]}],
)  # fmt: skip
def test_equal_values_of_any_kind_are_the_same(make: Any) -> None:
    assert equal_live_values(make(), make())


def test_a_value_that_cannot_be_compared_is_the_same_only_as_itself() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError("cannot tell")

        __hash__ = None  # type: ignore[assignment]

    odd = Odd()
    assert equal_live_values(odd, odd)
    assert not equal_live_values(odd, Odd())


@given(states)
def test_a_state_is_the_same_as_itself(state: dict[str, Any]) -> None:
    assert changed_rows(state, dict(state)) == []


@given(states, states)
def test_swapping_the_sides_swaps_the_rows(left: dict[str, Any], right: dict[str, Any]) -> None:
    swapped = {"only left": "only right", "only right": "only left"}
    there = {row.key: row.sameness for row in compare(left, right)}
    back = {row.key: row.sameness for row in compare(right, left)}

    assert back == {key: swapped.get(value, value) for key, value in there.items()}


@given(states, states)
def test_every_value_of_either_side_is_in_a_row(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    rows = compare(left, right)

    assert {row.key[0] for row in rows} >= {
        key for key in (*left, *right) if left.get(key) != {} or right.get(key) != {}
    }
