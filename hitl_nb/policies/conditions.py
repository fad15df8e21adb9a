"""Conditions on one value, written as data: a value, several, or comparisons.

``"refund"`` is that very value, ``["EUR", "USD"]`` one of these, ``{">": 20, "<=": 500}`` a range,
``{"like": "*@example.com"}`` a pattern, ``{"not in": [...]}`` none of these. A function of the
value is a condition too, though one that cannot be kept as data.

A condition holds, does not hold, or cannot be told (None): text is neither more nor less than 20.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from hitl_nb.policies.action import is_number, one_of

Condition = Any
_DATES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_SEVERAL = (list, tuple, set, frozenset)


def holds(condition: Condition, value: Any) -> bool | None:
    """Whether a value meets a condition; None if that cannot be told."""
    if callable(condition):
        return bool(condition(value))
    if isinstance(condition, Mapping):
        found = [_COMPARE[name](value, operand) for name, operand in condition.items()]
        return False if False in found else None if None in found else True
    if isinstance(condition, _SEVERAL):
        return any(_same(value, item) for item in condition)
    return _same(value, condition)


def check_condition(condition: Condition, where: str) -> None:
    """Refuse a condition that could never be meant.

    Raises:
        ValueError: Naming where it stands.
    """
    if isinstance(condition, Mapping):
        if not condition:
            raise ValueError(f"{where} is empty. Give a comparison such as {{'<=': 100}}.")
        for name in condition:
            one_of(f"{where}: the comparison", name, tuple(_COMPARE))
            if name in ("in", "not in") and not isinstance(condition[name], _SEVERAL):
                raise ValueError(f"{where}={condition!r}: {name!r} takes a list of values.")
        low, _, high, _ = _range(condition) or (None, False, None, False)
        if low is not None and high is not None and _more(low, high):
            raise ValueError(f"{where}={condition!r} holds for nothing: {low} is above {high}.")
    elif isinstance(condition, _SEVERAL) and not condition:
        raise ValueError(f"{where} is an empty list, which holds for nothing.")


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether all that meets one condition is known to meet the other."""
    if narrow is wide or (not callable(narrow) and not callable(wide) and _same(narrow, wide)):
        return True
    if callable(narrow) or callable(wide):
        return False
    if isinstance(narrow, Mapping):
        inner, outer = _range(narrow), _range(wide)
        return inner is not None and outer is not None and _inside(inner, outer)
    values = narrow if isinstance(narrow, _SEVERAL) else [narrow]
    return all(holds(wide, value) for value in values)


def write(condition: Condition) -> str:
    """Write a condition in a few words."""
    if callable(condition):
        return f"meets {getattr(condition, '__qualname__', repr(condition))}"
    if isinstance(condition, Mapping):
        return " and ".join(f"{_WORDS.get(name, name)} {v!r}" for name, v in condition.items())
    if isinstance(condition, _SEVERAL):
        return f"is one of {', '.join(map(repr, condition))}"
    return f"is {condition!r}"


_WORDS = {"==": "is", "!=": "is not", "<=": "≤", ">=": "≥", "not in": "is none of"}
_Range = tuple[Any, bool, Any, bool]


def _same(value: Any, other: Any) -> bool:
    if is_number(value) and is_number(other):
        return bool(value == other)
    return type(value) is type(other) and bool(value == other)


def _ordered(value: Any, operand: Any, compare: Callable[[Any, Any], bool]) -> bool | None:
    numbers = is_number(value) and is_number(operand)
    alike = type(value) is type(operand) and isinstance(value, (str, *_DATES))
    if not numbers and not alike:
        return None
    try:
        return compare(value, operand)
    except TypeError:  # a time with and one without a time zone
        return None


def _like(value: Any, pattern: Any) -> bool | None:
    return fnmatchcase(value, pattern) if isinstance(value, str) else None


_COMPARE: Mapping[str, Callable[[Any, Any], bool | None]] = {
    "==": _same,
    "!=": lambda value, other: not _same(value, other),
    "<": lambda value, other: _ordered(value, other, lambda a, b: a < b),
    "<=": lambda value, other: _ordered(value, other, lambda a, b: a <= b),
    ">": lambda value, other: _ordered(value, other, lambda a, b: a > b),
    ">=": lambda value, other: _ordered(value, other, lambda a, b: a >= b),
    "in": lambda value, several: any(_same(value, item) for item in several),
    "not in": lambda value, several: not any(_same(value, item) for item in several),
    "like": _like,
}


def _range(condition: Condition) -> _Range | None:
    """Return a range as low, whether without it, high, whether without it; None if it is none."""
    if not isinstance(condition, Mapping) or not set(condition) <= {"<", "<=", ">", ">="}:
        return None
    if len({">", ">="} & set(condition)) > 1 or len({"<", "<="} & set(condition)) > 1:
        return None
    low = condition.get(">", condition.get(">="))
    high = condition.get("<", condition.get("<="))
    return low, ">" in condition, high, "<" in condition


def _inside(inner: _Range, outer: _Range) -> bool:
    low, bare_low, high, bare_high = inner
    out_low, out_bare_low, out_high, out_bare_high = outer
    if out_low is not None and (
        low is None or _more(out_low, low) or (_same(low, out_low) and out_bare_low > bare_low)
    ):
        return False
    return out_high is None or not (
        high is None
        or _more(high, out_high)
        or (_same(high, out_high) and out_bare_high > bare_high)
    )


def _more(value: Any, other: Any) -> bool:
    return _ordered(value, other, lambda a, b: a > b) is not False and not _same(value, other)
