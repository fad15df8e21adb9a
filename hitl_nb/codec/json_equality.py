"""When two JSON values are equal: as numbers, with their types, or to the letter.

The three differ in what they take for one value, and each place needs just one of them: an edit
that turns 1 into 1.0 is none, a form has to hold just what it was given, and what is stored is
left out only where nobody could tell the difference.
"""

from __future__ import annotations

from math import copysign
from typing import Any


def equal_json(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON Schema has it: 1 is 1.0, and neither is True."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_json, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def equal_with_types(one: Any, other: Any) -> bool:
    """Whether two values are equal in type too: 1, 1.0 and True differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            equal_with_types(one[name], other[name]) for name in one
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal_with_types, one, other))
    return bool(one == other)


def equal_as_stored(one: Any, other: Any) -> bool:
    """Whether two values are written alike: with types, signs of zero and the order of keys.

    Values nested too deeply to tell count as different.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other) and _alike(one, other)
    except RecursionError:
        return False


def _alike(one: Any, other: Any) -> bool:
    """Compare what ``==`` leaves out; the two are known to be equal."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is list:
        pairs = zip(one, other, strict=True)
    elif kind is dict:
        if list(one) != list(other):
            return False
        pairs = zip(one.values(), other.values(), strict=True)
    else:
        return kind is not float or one != 0 or copysign(1, one) == copysign(1, other)
    return all(mine is yours or _alike(mine, yours) for mine, yours in pairs)
