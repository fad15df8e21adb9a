"""Find what a schema calls a secret: what is of format ``password``, or ``writeOnly``.

A secret is sought by every keyword by which a schema can speak of a value, also those that a form
is not drawn from. Whether a condition holds is not asked: what may be a secret is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hitl_nb.json_schema.patterns import matches
from hitl_nb.json_schema.schema_size import look_up

HIDDEN = "••••"
"""Stands for a secret in what an error says."""
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("if", "then", "else")
_NAMED = ("dependentSchemas", "dependencies")
_UNKNOWN = {"writeOnly": True}
"""Stands for what a reference leads to that cannot be followed, and so may be a secret."""


def is_secret(schema: Any) -> bool:
    """Whether a schema itself is that of a secret."""
    return isinstance(schema, dict) and (
        schema.get("format") == "password" or schema.get("writeOnly") is True
    )


def speaks_of_secrets(schema: Any, root: Any = None) -> bool:
    """Whether there is a secret in a schema, or in what it refers to in ``root``."""
    waiting, seen = [schema], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if is_secret(one):
            return True
        if isinstance(one, dict):
            waiting += one.values()
            waiting += _referred(one, root) if root is not None else ()
        elif isinstance(one, list):
            waiting += one
    return False


def holds_secret(root: Any, value: Any, path: Sequence[str | int] = ()) -> bool:
    """Whether what stands at a path of a value is a secret, is in one, or has one inside."""
    return speaks_of_secrets(root, root) and _holds([root], root, value, path)


def _holds(schemas: Iterable[Any], root: Any, value: Any, path: Sequence[str | int]) -> bool:
    found = applied(schemas, root)
    if any(map(is_secret, found)):
        return value is not None
    return any(
        _holds(inside, root, item, path[1:])
        for step, item, inside in _inside(found, value)
        if not path or step == path[0]
    )


def _inside(
    schemas: Sequence[dict[str, Any]], value: Any
) -> Iterator[tuple[str | int, Any, list[Any]]]:
    """Yield what is in a value, with where it is and what schemas say of it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, item, [said for one in schemas for said in at_key(one, str(name))]
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield place, item, [said for one in schemas for said in at_place(one, place)]


def secret_texts(root: Any, value: Any) -> set[str]:
    """Return the texts and numbers of a value that its schema calls secret, as texts."""
    return set(_texts([root], root, value)) if speaks_of_secrets(root, root) else set()


def _texts(schemas: Iterable[Any], root: Any, value: Any, *, secret: bool = False) -> Iterator[str]:
    found = applied(schemas, root)
    secret = secret or any(map(is_secret, found))
    if isinstance(value, (dict, list)):
        for _, item, inside in _inside(found, value):
            yield from _texts(inside, root, item, secret=secret)
    elif secret and value is not None and not isinstance(value, bool):
        yield str(value)


def applied(schemas: Iterable[Any], root: Any) -> list[dict[str, Any]]:
    """Return schemas with all others that may apply to the same value, each once."""
    waiting, found, seen = list(schemas), [], set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        waiting += _referred(one, root)
        for name in _LISTS:
            waiting += one.get(name) or ()
        waiting += [one[name] for name in _SINGLE if name in one]
        for name in _NAMED:
            waiting += (one.get(name) or {}).values()
    return found


def _referred(schema: dict[str, Any], root: Any) -> list[Any]:
    texts = [schema[name] for name in _REFERENCES if isinstance(schema.get(name), str)]
    found = [look_up(text, root) for text in texts]
    return [_UNKNOWN if one is None else one for one in found]


def at_key(schema: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield what a schema says of one property."""
    own, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
    known = [own[name]] if name in own else []
    known += [inside for pattern, inside in patterns.items() if _may_match(pattern, name)]
    yield from known
    if not known:
        yield from _given(schema, "additionalProperties")
    if name not in own:
        yield from _given(schema, "unevaluatedProperties")


def at_others(schema: dict[str, Any], names: Iterable[str]) -> Iterator[Any]:
    """Yield what a schema says of properties that are none of some names."""
    own = schema.get("properties") or {}
    yield from (own[name] for name in own if name not in names)
    yield from (schema.get("patternProperties") or {}).values()
    yield from _given(schema, "additionalProperties", "unevaluatedProperties")


def at_place(schema: dict[str, Any], place: int) -> Iterator[Any]:
    """Yield what a schema says of one item of a list."""
    items, first = schema.get("items"), schema.get("prefixItems") or ()
    if isinstance(items, list):
        first, items = items, schema.get("additionalItems")
    if place < len(first):
        yield first[place]
    elif isinstance(items, dict):
        yield items
    yield from _given(schema, "contains", "unevaluatedItems")


def _given(schema: dict[str, Any], *names: str) -> Iterator[Any]:
    yield from (schema[name] for name in names if isinstance(schema.get(name), dict))


def _may_match(pattern: str, name: str) -> bool:
    try:
        return matches(pattern, name)
    except re.error:
        return True
