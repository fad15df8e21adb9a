"""What changed between two states, as JSON-able data, and how to make the change again.

A change is a list whose first item says what happened to its key, so no data can be mistaken for
one:

- ``["=", value]``: it has this value now; a key that is new comes last.
- ``[">", value]``: the same, and it comes last now though it was there before.
- ``["-"]``: it is gone.
- ``["+", more]``: the list or the text has grown by this.
- ``["+", more, kept]``: so many items of the list are kept, and these follow.
- ``["~", changes]``: some keys of the dict have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from hitl_nb.codec.json_equality import equal_as_stored
from hitl_nb.codec.json_text import plain_text

Json = Any
Changes = dict[str, Json]

_NESTED_LEVELS = 2
_SET_COSTS = len('["=",],')
_REMOVAL_COSTS = len(':["-"],')
_KEPT_SAVES = len('"":0,')


def changes(old: Mapping[str, Json], new: Mapping[str, Json]) -> Changes:
    """Return what turns ``old`` into ``new``, never much larger than the changed values.

    Types and the order of keys count: ``1``, ``True`` and ``1.0`` differ. The result shares
    values with ``new``.

    Example:
        >>> changes({"log": ["a"], "n": 1}, {"log": ["a", "b"], "n": True})
        {'log': ['+', ['b']], 'n': ['=', True]}
    """
    return _between(old, new, _NESTED_LEVELS)


def apply(old: Mapping[str, Json], changed: Mapping[str, Json]) -> dict[str, Json]:
    """Return the state after a change; ``old`` stays as it is and shares what is unchanged.

    Raises:
        ValueError: If this is not a change of that state.
    """
    values = dict(old)
    _each(values, changed, _extended, apply)
    return values


def amend(values: dict[str, Json], changed: Mapping[str, Json]) -> None:
    """Change a state in place, so that many changes cost no more than they say.

    Raises:
        ValueError: If this is not a change of that state.
    """
    _each(values, changed, _extend, _amended)


def _between(old: Mapping[str, Json], new: Mapping[str, Json], levels: int) -> Changes:
    found: Changes = {}
    added = 0
    for key, value in new.items():
        if key not in old:
            found[key] = ["=", value]
            added += 1
        elif (before := old[key]) is not value and not equal_as_stored(before, value):
            found[key] = _change(before, value, levels)
    if len(old) + added != len(new):
        for key in old:
            if key not in new:
                found[key] = ["-"]
    for key in islice(new, _in_order(old, new), None):
        if key in old:
            found.pop(key, None)
            found[key] = [">", new[key]]
        else:
            found[key] = found.pop(key)
    return found


def _in_order(old: Mapping[str, Json], new: Mapping[str, Json]) -> int:
    """Count the first keys that setting and removing leaves where they belong."""
    wanted = list(new)
    if wanted[: len(old)] == list(old):
        return len(wanted)
    reached = [key for key in old if key in new]
    reached += [key for key in wanted if key not in old]
    pairs = enumerate(zip(wanted, reached, strict=True))
    return next((place for place, (key, other) in pairs if key != other), len(wanted))


def _change(old: Json, new: Json, levels: int) -> Json:
    """Return the shortest change that turns one value into another, of the same type or not."""
    kind = type(new)
    if kind is not type(old):
        return ["=", new]
    if kind is str:
        return ["+", new[len(old) :]] if old and new.startswith(old) else ["=", new]
    if kind is list:
        kept = _kept(old, new)
        if not kept or (kept < len(old) and _is_one_digit(new)):
            return ["=", new]
        return ["+", new[kept:]] if kept == len(old) else ["+", new[kept:], kept]
    if kind is dict and levels:
        inner = _between(old, new, levels - 1)
        if _pays(inner, new):
            return ["~", inner]
    return ["=", new]


def _is_one_digit(value: list[Json]) -> bool:
    """Whether a list is so short that saying what is kept of it takes longer than writing it."""
    return len(value) == 1 and type(value[0]) is int and 0 <= value[0] <= 9


def _kept(old: list[Json], new: list[Json]) -> int:
    for place, (mine, yours) in enumerate(zip(old, new, strict=False)):
        if mine is not yours and not equal_as_stored(mine, yours):
            return place
    return min(len(old), len(new))


def _pays(inner: Changes, new: Mapping[str, Json]) -> bool:
    """Whether naming the changed keys is shorter than writing the dict, at the very least."""
    costs = sum(
        _SET_COSTS if key in new else len(plain_text(key)) + _REMOVAL_COSTS for key in inner
    )
    saved = 0
    for key in new:
        if saved >= costs:
            break
        if key not in inner:
            saved += len(key) + _KEPT_SAVES
    return saved >= costs


def _each(
    values: dict[str, Json],
    changed: Mapping[str, Json],
    grow: Callable[[Json, Json, Any], Json],
    nest: Callable[[Any, Any], Json],
) -> None:
    for key, change in changed.items():
        match change:
            case ["=", value]:
                values[key] = value
            case [">", value]:
                values.pop(key, None)
                values[key] = value
            case ["-"] if key in values:
                del values[key]
            case ["+", more] if type(values.get(key)) is type(more):
                values[key] = grow(values[key], more, None)
            case ["+", list(more), int(kept)] if type(values.get(key)) is list:
                values[key] = grow(values[key], more, kept)
            case ["~", dict(inner)] if type(values.get(key)) is dict:
                values[key] = nest(values[key], inner)
            case _:
                raise ValueError(f"{change!r} is not a change of {key!r}")


def _extended(value: Json, more: Json, kept: int | None) -> Json:
    return value + more if kept is None else value[:kept] + more


def _extend(value: Json, more: Json, kept: int | None) -> Json:
    if type(value) is str:
        return value + more
    if kept is not None:
        del value[kept:]
    value.extend(more)
    return value


def _amended(value: dict[str, Json], inner: Mapping[str, Json]) -> dict[str, Json]:
    amend(value, inner)
    return value
