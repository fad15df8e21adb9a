"""Hide what its schema calls a secret, wherever a value is only shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hitl_nb.fields.normal import Schema, branches_of, normal, resolve
from hitl_nb.fields.reading import is_same
from hitl_nb.types import UNSET

VEIL = "••••••••"
"""As long for every secret."""


def veiled(schema: Any, value: Any, before: Any = UNSET) -> Any:
    """Return a value with marks in place of its secrets.

    A secret is what a form hides while it is typed: of format ``password``, or ``writeOnly``.

    Args:
        schema: The value's JSON Schema.
        value: The value in its JSON form.
        before: What it was; the mark of a secret says whether it is another one now.
    """
    if not _speaks_of_secrets(schema):
        return value
    node = normal(schema)
    return _Veil(node.get("$defs", {})).over([node], value, before)


def is_secret(node: Schema) -> bool:
    """Whether a schema is that of a secret."""
    return node.get("format") == "password" or node.get("writeOnly") is True


class _Veil:
    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def over(self, nodes: Iterable[Schema], value: Any, before: Any) -> Any:
        """Veil a value of any of some schemas; what one of them hides is hidden."""
        if value is None or value is UNSET:
            return value
        found: list[Schema] = []
        for node in nodes:
            self._open(node, found)
        if any(map(is_secret, found)):
            return VEIL if before is UNSET or is_same(value, before) else f"{VEIL} changed"
        if isinstance(value, dict):
            old = before if isinstance(before, dict) else {}
            return {
                name: self.over([_at(node, name) for node in found], item, old.get(name, UNSET))
                for name, item in value.items()
            }
        if isinstance(value, list):
            known = [*before, *value[len(before) :]] if isinstance(before, list) else value
            return [
                self.over([_item(node, place) for node in found], item, known[place])
                for place, item in enumerate(value)
            ]
        return value

    def _open(self, node: Schema, found: list[Schema]) -> None:
        """Add a schema, what it refers to and the branches of a union, each once."""
        for one in (node, resolve(node, self._definitions)):
            if not any(one is other for other in found):
                found.append(one)
                for branch in branches_of(one) or ():
                    self._open(branch, found)


def _at(node: Schema, name: str) -> Schema:
    found = node.get("properties", {}).get(name, node.get("additionalProperties"))
    return found if isinstance(found, dict) else {}


def _item(node: Schema, place: int) -> Schema:
    first = node.get("prefixItems", ())
    found = first[place] if place < len(first) else node.get("items")
    return found if isinstance(found, dict) else {}


def _speaks_of_secrets(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_speaks_of_secrets, schema))
    if not isinstance(schema, dict):
        return False
    return is_secret(schema) or any(map(_speaks_of_secrets, schema.values()))
