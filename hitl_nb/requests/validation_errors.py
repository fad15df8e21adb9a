"""What a JSON Schema or a type has against a value: where in it, and in plain words.

Of a union only the branch that fits best is heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from hitl_nb.json_schema import errors_of, extra_properties
from hitl_nb.json_schema.secrets import HIDDEN, holds_secret

Path = tuple[str | int, ...]


class _Located(NamedTuple):
    path: Path
    branches: tuple[tuple[Path, str], ...]
    """The branches of unions it is in: where each union is, and which branch."""
    message: str


def located(
    errors: Iterable[Mapping[str, Any]], data: Any, schema: Mapping[str, Any]
) -> list[tuple[Path, str]]:
    """Return paths into the data and what is wrong there.

    Of a union's branches only the one that fits best is heard.

    Args:
        errors: As ``ValidationError.errors()`` gives them.
        data: What was validated.
        schema: The JSON Schema of the type, which says what is a secret and so is not quoted.
    """
    left = [_locate(error, data, schema) for error in errors]
    for place, branch in _losers(left):
        left = [item for item in left if (place, branch) not in item.branches]
    return list(dict.fromkeys((item.path, item.message) for item in left))


def _locate(error: Mapping[str, Any], data: Any, schema: Mapping[str, Any]) -> _Located:
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
    quotes = error["type"] not in _BY_PYDANTIC and holds_secret(schema, data, path)
    said = f"{HIDDEN} does not fit" if quotes else in_words_of_type(error)
    return _Located(tuple(path), tuple(branches), said)


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


def schema_problems(schema: dict[str, Any], data: Any) -> list[tuple[Path, str]]:
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


_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number",
    "boolean": "yes or no", "array": "a list", "object": "a set of fields", "null": "none",
}  # fmt: skip
_LIMITED = {
    "minimum": "must be at least",
    "maximum": "must be at most",
    "exclusiveMinimum": "must be more than",
    "exclusiveMaximum": "must be less than",
    "multipleOf": "must be a multiple of",
    "pattern": "must match the pattern",
    "const": "must be",
}
_SAID = {
    "uniqueItems": "holds the same item twice",
    "contains": "lacks an item of a kind that has to be there",
    "not": "is ruled out here",
    "anyOf": "is of none of the kinds it may be",
    "oneOf": "is of none of the kinds it may be",
    "several": "is of several kinds at once, and has to be of one",
}
_COUNTED = {
    "minLength": ("must have at least", "character", "characters"),
    "maxLength": ("must have at most", "character", "characters"),
    "minItems": ("needs at least", "item", "items"),
    "maxItems": ("may have at most", "item", "items"),
    "minProperties": ("needs at least", "entry", "entries"),
    "maxProperties": ("may have at most", "entry", "entries"),
}


def in_words_of_schema(error: Any) -> str:
    """Say what an error of the JSON Schema library means."""
    rule, limit = error.validator, _limit(error.validator_value)
    if rule in _COUNTED:
        words, one, many = _COUNTED[rule]
        empty = rule == "minLength" and limit == 1
        unit = one if limit == 1 else many
        return "must not be empty" if empty else f"{words} {limit:,} {unit}"
    if rule in _LIMITED:
        return f"{_LIMITED[rule]} {limit}"
    if rule == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        return f"must be {' or '.join(_TYPES.get(item, item) for item in kinds)}"
    if rule == "enum":
        return f"must be one of {', '.join(map(repr, limit))}"
    several = rule == "oneOf" and not error.context
    return _SAID["several" if several else rule] if rule in _SAID else str(error.message)


def in_words_of_type(error: Mapping[str, Any]) -> str:
    """Say what an error of pydantic means."""
    context = {name: _limit(item) for name, item in error.get("ctx", {}).items()}
    said = _BY_PYDANTIC.get(error["type"])
    if said is not None:
        with suppress(KeyError):
            return said.format_map(context)
    message = str(error["msg"])
    for beginning in ("Value error, ", "Assertion failed, ", "Input "):
        message = message.removeprefix(beginning)
    if error["type"] in ("value_error", "assertion_error"):
        return message
    return message[:1].lower() + message[1:].replace("should", "must").replace("valid ", "")


def _limit(value: Any) -> Any:
    """Return a limit the way a person writes it: 0, not 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_BY_PYDANTIC: Mapping[str, str] = {
    "missing": "required",
    "extra_forbidden": "is no field of this form",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "not a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "not a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "not a number",
    "decimal_max_digits": "may have at most {max_digits} digits",
    "decimal_max_places": "may have at most {decimal_places} digits after the point",
    "decimal_whole_digits": "may have at most {whole_digits} digits before the point",
    "bool_type": "must be yes or no",
    "bool_parsing": "must be yes or no",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "needs at least {min_length} items",
    "too_long": "may have at most {max_length} items",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "none_required": "must be none",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "dict_type": "must be a set of entries",
    "date_type": "not a date, such as 2030-01-31",
    "date_parsing": "not a date, such as 2030-01-31",
    "date_from_datetime_parsing": "not a date, such as 2030-01-31",
    "date_from_datetime_inexact": "must be a date without a time",
    "date_past": "must be in the past",
    "date_future": "must be in the future",
    "time_type": "not a time, such as 09:30:00",
    "time_parsing": "not a time, such as 09:30:00",
    "datetime_type": "not a date and time, such as 2030-01-31T09:30:00Z",
    "datetime_parsing": "not a date and time, such as 2030-01-31T09:30:00Z",
    "datetime_from_date_parsing": "not a date and time, such as 2030-01-31T09:30:00Z",
    "datetime_past": "must be in the past",
    "datetime_future": "must be in the future",
    "timezone_aware": "needs a time zone, such as Z or +02:00",
    "timezone_naive": "must not have a time zone",
    "time_delta_type": "not a duration, such as P1DT2H or 02:00:00",
    "time_delta_parsing": "not a duration, such as P1DT2H or 02:00:00",
    "uuid_type": "not a UUID",
    "uuid_parsing": "not a UUID",
    "url_type": "not a web address",
    "url_parsing": "not a web address",
    "url_scheme": "must begin with {expected_schemes}",
    "bytes_type": "must be a file",
    "bytes_too_short": "must have at least {min_length} bytes",
    "bytes_too_long": "may have at most {max_length} bytes",
    "union_tag_invalid": "must be one of the kinds offered",
    "union_tag_not_found": "required: choose what it is",
    "recursion_loop": "nested too deeply",
}
