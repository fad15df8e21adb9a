"""Where in the data an error is: of a union, in the branch that fits best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hitl_nb.json_schema import errors_of, extra_properties
from hitl_nb.requests.error_text import in_words_of_schema, in_words_of_type

Path = tuple[str | int, ...]


class _Located(NamedTuple):
    path: Path
    branches: tuple[tuple[Path, str], ...]
    """The branches of unions it is in: where each union is, and which branch."""
    message: str


def located(errors: Iterable[Mapping[str, Any]], data: Any) -> list[tuple[Path, str]]:
    """Return paths into the data and what is wrong there.

    Of a union's branches only the one that fits best is heard.

    Args:
        errors: As ``ValidationError.errors()`` gives them.
        data: What was validated.
    """
    left = [_locate(error, data) for error in errors]
    for place, branch in _losers(left):
        left = [item for item in left if (place, branch) not in item.branches]
    return list(dict.fromkeys((item.path, item.message) for item in left))


def _locate(error: Mapping[str, Any], data: Any) -> _Located:
    path: list[str | int] = []
    branches: list[tuple[Path, str]] = []
    here = data
    loc = error["loc"]
    for number, step in enumerate(loc):
        last = number == len(loc) - 1
        if _is_inside(step, here):
            path.append(step)
            here = here[step]
        elif last and error["type"] == "missing" and isinstance(here, dict):
            path.append(step)
        elif step != "[key]":
            branches.append((tuple(path), str(step)))
    return _Located(tuple(path), tuple(branches), in_words_of_type(error))


def _is_inside(step: Any, data: Any) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _losers(errors: list[_Located]) -> list[tuple[Path, str]]:
    """Return the branches that fit worse than another one of their union."""
    rivals: dict[Path, dict[str, list[_Located]]] = {}
    for item in errors:
        for place, branch in item.branches:
            rivals.setdefault(place, {}).setdefault(branch, []).append(item)
    losers = []
    for place, branches in rivals.items():
        best = min(branches, key=lambda name: _misses(place, branches[name]))
        losers += [(place, name) for name in branches if name != best]
    return losers


def _misses(place: Path, errors: list[_Located]) -> tuple[bool, int]:
    """Say how badly a branch fits: not at all, or in so many fields."""
    return any(item.path == place for item in errors), len(errors)


def misfits(schema: dict[str, Any], data: Any) -> list[tuple[Path, str]]:
    """Return paths into the data and what a JSON Schema has against it there."""
    found = (item for error in errors_of(schema, data) for item in _unfold(error, ()))
    return list(dict.fromkeys(found))


def _unfold(error: Any, start: Path) -> Iterator[tuple[Path, str]]:
    path = (*start, *error.relative_path)
    branch = _best_branch(error) if error.validator in ("anyOf", "oneOf") else None
    if branch is not None:
        for inner in branch:
            yield from _unfold(inner, path)
    else:
        yield from _inside(error, path)


def _inside(error: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Say at each field of an object what is wrong with it; of anything else, at its place."""
    rule, limit, value = error.validator, error.validator_value, error.instance
    if rule == "required":
        for name in limit:
            if name not in value and error.message.startswith(repr(name)):
                yield (*path, name), "required"
    elif rule == "dependentRequired":
        for name, needed in limit.items():
            for other in needed if name in value else ():
                if other not in value:
                    yield (*path, other), f"required, as {name} is filled in"
    elif rule == "additionalProperties" and limit is False:
        for name in extra_properties(value, error.schema):
            yield (*path, name), "there is no such field"
    else:
        yield path, in_words_of_schema(error)


def _best_branch(error: Any) -> list[Any] | None:
    """Return the errors of the branch that fits best; None if none fits at all."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    possible = [items for items in branches.values() if not any(map(_is_other_kind, items))]
    if not possible:
        return None
    return min(possible, key=lambda items: (sum(map(_is_other_tag, items)), len(items)))


def _is_other_kind(error: Any) -> bool:
    return not error.relative_path and error.validator in {"type", "const", "enum"}


def _is_other_tag(error: Any) -> bool:
    return bool(error.validator == "const")
