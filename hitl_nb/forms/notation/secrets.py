"""Find what a schema calls a secret: what is of format ``password``, or ``writeOnly``.

A secret is sought by every keyword by which a schema can speak of a value, also those that a form
is not drawn from. Whether a condition holds is not asked: what may be a secret is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hitl_nb.json_schema import matches
from hitl_nb.json_schema.schema_size import look_up

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
