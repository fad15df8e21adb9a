"""Mask what its schema calls a secret, wherever a value is only shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation.readable import readable
from hitl_nb.json_schema.secrets import applied, at_key, at_place, is_secret, speaks_of_secrets
from hitl_nb.types import UNSET

MASK = "••••••••"
"""As long for every secret: its length would say something about it."""


def masked(schema: Any, value: Any, before: Any = UNSET) -> Any:
    """Return a value with marks in place of its secrets.

    A secret is what a form hides while it is typed: of format ``password``, or ``writeOnly``.

    Args:
        schema: The value's JSON Schema.
        value: The value in its JSON form.
        before: What it was; the mark of a secret says whether it is another one now.
    """
    if not speaks_of_secrets(schema):
        return value
    return _Masker(schema).over([schema], value, before)


def masked_notation(schema: Any, notation: Any) -> Any:
    """Return what form notation says, as plain data for a reader, without its secrets."""
    if not speaks_of_secrets(schema):
        return readable(notation)
    return masked(schema, readable(notation, parse=True))


class _Masker:
    def __init__(self, root: Any) -> None:
        self._root = root

    def over(self, schemas: Iterable[Any], value: Any, before: Any) -> Any:
        """Mask a value of any of some schemas; what one of them hides is hidden."""
        if value is None or value is UNSET:
            return value
        found = applied(schemas, self._root)
        if any(map(is_secret, found)):
            return MASK if before is UNSET or equal_with_types(value, before) else f"{MASK} changed"
        if isinstance(value, dict):
            old = before if isinstance(before, dict) else {}
            return {
                name: self.over(
                    [inside for one in found for inside in at_key(one, name)],
                    item,
                    old.get(name, UNSET),
                )
                for name, item in value.items()
            }
        if isinstance(value, list):
            # What is new in a list has nothing to differ from, and only its mark is shown.
            known = [*before, *value[len(before) :]] if isinstance(before, list) else value
            return [
                self.over(
                    [inside for one in found for inside in at_place(one, place)],
                    item,
                    known[place],
                )
                for place, item in enumerate(value)
            ]
        return value
