"""Conditions on one value, written as data: a value, several, or comparisons.

``"refund"`` is that very value, ``["EUR", "USD"]`` one of these, ``{">": 20, "<=": 500}`` a range,
``{"like": "*@example.com"}`` a pattern, ``{"not in": [...]}`` none of these. A function of the
value is a condition too, though one that cannot be kept as data.

A condition holds, does not hold, or cannot be told (None): text is neither more nor less than 20.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
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


def check_condition(condition: Condition, where: str, bounds: Bounds | None = None) -> None:
    """Refuse a condition that could never hold.

    Args:
        condition: The condition.
        where: What it is about.
        bounds: The least and greatest number it can be, if it is always a number.

    Raises:
        ValueError: Naming where it stands.
    """
    check_operands(condition, where, bounds)
    why = None if callable(condition) else _contradiction(_comparisons(condition), bounds)
    if why:
        raise ValueError(f"{where}={condition!r} holds for nothing: {why}.")


def check_operands(condition: Condition, where: str, bounds: Bounds | None = None) -> None:
    """Refuse a condition that compares with what nothing can be compared with.

    Raises:
        ValueError: Naming where it stands.
    """
    if callable(condition):
        return
    if isinstance(condition, Mapping) and not condition:
        raise ValueError(f"{where} is empty. Give a comparison such as {{'<=': 100}}.")
    for name, operand in _comparisons(condition).items():
        one_of(f"{where}: the comparison", name, tuple(_COMPARE))
        several = name in ("in", "not in")
        if several and not isinstance(operand, _SEVERAL):
            raise ValueError(f"{where}={condition!r}: {name!r} takes a list of values.")
        if name == "in" and not operand:
            raise ValueError(f"{where} is an empty list, which holds for nothing.")
        explicit = isinstance(condition, Mapping) and bounds is None
        for value in operand if several else (operand,):
            meant = None if explicit else _spelled_out(value, bounds)
            why = f"is a text: write {meant}" if meant else _misfit(name, value, bounds)
            if why:
                raise ValueError(f"{where}={condition!r} can never hold: {value!r} {why}.")


def _comparisons(condition: Condition) -> Mapping[str, Any]:
    if isinstance(condition, Mapping):
        return condition
    return {"in" if isinstance(condition, _SEVERAL) else "==": condition}


def sign_and_rest(text: str) -> tuple[str, str] | None:
    """Split a comparison that somebody wrote as one text, such as ``">=0.7"``."""
    found = re.fullmatch(r"\s*([<>=!≥≤≠]{1,2})\s*(.+?)\s*", text)
    return (_SIGNS.get(found[1], found[1]), found[2]) if found else None


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


def _spelled_out(text: Any, bounds: Bounds | None) -> str | None:
    """Write the condition that is meant by a text; a number by itself may be a text elsewhere."""
    if not isinstance(text, str):
        return None
    name, rest = sign_and_rest(text) or ("", text)
    try:
        number = float(rest) if {".", "e"} & set(rest) else int(rest)
    except ValueError:
        return None
    return repr({name: number}) if name else repr(number) if bounds else None


def _misfit(name: str, value: Any, bounds: Bounds | None) -> str | None:
    """Say why nothing is ever compared with a value like this."""
    if bounds is not None:
        if name == "like" or not is_number(value):
            return "is not a number"
        if not bounds[0] <= value <= bounds[1]:
            return f"is not a number from {bounds[0]} to {bounds[1]}"
    if name == "like" and not isinstance(value, str):
        return "is not a pattern"
    if name in _ORDER and not is_number(value) and not isinstance(value, (str, *_DATES)):
        return "is neither more nor less than anything"
    if isinstance(value, float | Decimal) and not is_number(value):
        return "is not equal to anything"
    return None


def _contradiction(comparisons: Mapping[str, Any], bounds: Bounds | None) -> str | None:
    """Say why no value meets all comparisons, each of which could be met."""
    named = comparisons["in"] if "in" in comparisons else [comparisons.get("==")]
    if {"==", "in"} & set(comparisons) and not any(holds(comparisons, one) for one in named):
        return f"{' or '.join(map(repr, named))} does not meet the rest"
    lows = [(comparisons[name], name == ">") for name in (">", ">=") if name in comparisons]
    highs = [(comparisons[name], name == "<") for name in ("<", "<=") if name in comparisons]
    if bounds is not None:
        lows.append((bounds[0], False))
        highs.append((bounds[1], False))
    for low, bare_low in lows:
        for high, bare_high in highs:
            if not _alike(low, high):
                return f"{low!r} cannot be compared with {high!r}"
            if _more(low, high):
                return f"{low} is above {high}"
            if _same(low, high) and (bare_low or bare_high or not holds(comparisons, low)):
                return f"{low} itself is left out"
    if "like" in comparisons and any(not isinstance(end, str) for end, _ in (*lows, *highs)):
        return "only a text can be like a pattern"
    return None


Bounds = tuple[float, float]
_ORDER = ("<", "<=", ">", ">=")
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "=>": ">=", "=<": "<=", "<>": "!=", "=": "=="}
_WORDS = {"==": "is", "!=": "is not", "<=": "≤", ">=": "≥", "not in": "is none of"}
_Range = tuple[Any, bool, Any, bool]


def _same(value: Any, other: Any) -> bool:
    if is_number(value) and is_number(other):
        return bool(value == other)
    return type(value) is type(other) and bool(value == other)


def _alike(value: Any, operand: Any) -> bool:
    """Whether one of two values can be more than the other."""
    if is_number(value) and is_number(operand):
        return True
    return type(value) is type(operand) and isinstance(value, (str, *_DATES))


def _ordered(value: Any, operand: Any, compare: Callable[[Any, Any], bool]) -> bool | None:
    if not _alike(value, operand):
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
