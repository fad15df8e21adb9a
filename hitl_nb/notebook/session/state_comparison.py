"""Two states side by side, with their differences: pure data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from hitl_nb.types import UNSET

Sameness = Literal["same", "changed", "only left", "only right"]


class Row(NamedTuple):
    """One key of two states.

    Args:
        key: The key, and one inside it if both sides hold a dict there: ``("order", "amount")``.
        left: Its value on the left; ``UNSET`` if there is none.
        right: Its value on the right; ``UNSET`` if there is none.
        sameness: Whether the two are the same.
    """

    key: tuple[Any, ...]
    left: Any
    right: Any
    sameness: Sameness

    @property
    def label(self) -> str:
        """The key in one piece, such as ``order.amount``."""
        return ".".join(map(str, self.key))


def compare(left: Mapping[Any, Any], right: Mapping[Any, Any]) -> list[Row]:
    """Put two states side by side.

    Where both hold a dict under a key, and these differ, its keys are rows of their own.

    Args:
        left: A state, such as ``session.values``.
        right: Another one.

    Returns:
        A row for each key of either, in the order of the left one, then what only the right has.

    Example:
        >>> from hitl_nb.notebook.session.state_comparison import compare
        >>> for row in compare({"paid": True, "to": "Ana"}, {"paid": False, "by": "Bo"}):
        ...     print(row.label, row.sameness)
        paid changed
        to only left
        by only right
    """
    return [*_rows((), left, right, inside=True)]


def changed_rows(left: Mapping[Any, Any], right: Mapping[Any, Any]) -> list[Row]:
    """Return the rows of ``compare`` that are not the same."""
    return [row for row in compare(left, right) if row.sameness != "same"]


def _rows(
    path: tuple[Any, ...], left: Mapping[Any, Any], right: Mapping[Any, Any], *, inside: bool
) -> Iterator[Row]:
    for key in (*left, *(key for key in right if key not in left)):
        here = (*path, key)
        one, other = left.get(key, UNSET), right.get(key, UNSET)
        if one is UNSET:
            yield Row(here, one, other, "only right")
        elif other is UNSET:
            yield Row(here, one, other, "only left")
        elif equal_live_values(one, other):
            yield Row(here, one, other, "same")
        elif inside and isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _rows(here, one, other, inside=False)
        else:
            yield Row(here, one, other, "changed")


def equal_live_values(one: Any, other: Any) -> bool:
    """Whether two values are of one type and equal, for values of any kind.

    1, 1.0 and True differ here, as they do in what a person is shown; NaN is NaN. What cannot be
    compared is the same only if it is the same object.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(
            equal_live_values(one[key], other[key]) for key in one
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal_live_values, one, other))
    return _equal(one, other)


def _equal(one: Any, other: Any) -> bool:
    equals = getattr(one, "equals", None)  # DataFrames and Series say it whole
    try:
        if callable(equals):
            return bool(equals(other))
        equal = (one == other) | ((one != one) & (other != other))  # noqa: PLR0124  (NaN is NaN)
        if hasattr(equal, "all"):  # arrays, element by element
            return bool(one.shape == other.shape and one.dtype == other.dtype and equal.all())
        return bool(equal)
    except Exception:  # a value's own comparison may raise anything
        return False
