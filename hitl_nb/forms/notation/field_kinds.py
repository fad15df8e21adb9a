"""The kinds of field a form has: the one list that everything else about fields is keyed by.

A kind says how a value is held, read and written. The words are those of JSON Schema where it has
one, and the front end uses the same. It draws two kinds in a second way: a ``string`` whose format
is a date or a time, and an ``array`` of different options of one ``choice``.

A new kind is a member here, a case in `kind_of`, how it is read (`decode`) and written (`encode`),
and how it is drawn (``frontend/src/schema/field_kinds.ts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]


class FieldKind(StrEnum):
    """How the value of a field is filled in."""

    ANY = "any"
    """Any JSON value, typed as text: its schema says nothing."""
    ARRAY = "array"
    """A list; its first items may have a schema each."""
    BOOLEAN = "boolean"
    """Yes or no, and at first neither."""
    BYTES = "bytes"
    """A file: JSON has its bytes in base64, or its text."""
    CHOICE = "choice"
    """One of several constants."""
    CONST = "const"
    """A constant: there is nothing to fill in."""
    DECIMAL = "decimal"
    """A number kept digit by digit."""
    ENTRIES = "entries"
    """A dict with keys of its own."""
    INTEGER = "integer"
    """A whole number, however large."""
    NULL = "null"
    """None: there is nothing to fill in."""
    NUMBER = "number"
    """A number that is kept as a float."""
    OBJECT = "object"
    """Declared properties, a field each, and perhaps entries beside them."""
    STRING = "string"
    """Text; a date, a time or an id too."""
    UNION = "union"
    """A value of one of several schemas, and which of them."""


REQUIRED: Mapping[FieldKind, str] = {
    FieldKind.BOOLEAN: "required: choose yes or no",
    FieldKind.BYTES: "required: choose a file",
    FieldKind.CHOICE: "required: choose one",
    FieldKind.DECIMAL: "required: enter a number",
    FieldKind.INTEGER: "required: enter a whole number",
    FieldKind.NUMBER: "required: enter a number",
    FieldKind.UNION: "required: choose what it is",
}
"""What is said of a field nobody has filled in; of one of another kind only that it is required."""

_BYTES_FORMATS = ("binary", "base64", "base64url", "byte")


def kind_of(node: Schema) -> FieldKind | None:
    """Say which kind of field a normal schema makes; None for a type that is none of JSON's."""
    if "const" in node:
        return FieldKind.CONST
    if "enum" in node or is_choice(node):
        return FieldKind.CHOICE
    if branches_of(node) is not None:
        return FieldKind.UNION
    kind = _BY_TYPE.get(str(node.get("type", "any")))
    if kind is FieldKind.STRING and _is_bytes(node):
        return FieldKind.BYTES
    if kind is FieldKind.NUMBER and node.get("format") == "decimal":
        return FieldKind.DECIMAL
    return FieldKind.ENTRIES if kind is FieldKind.OBJECT and "properties" not in node else kind


_BY_TYPE = {
    kind.value: kind
    for kind in (
        FieldKind.ANY,
        FieldKind.ARRAY,
        FieldKind.BOOLEAN,
        FieldKind.INTEGER,
        FieldKind.NULL,
        FieldKind.NUMBER,
        FieldKind.OBJECT,
        FieldKind.STRING,
    )
}


def branches_of(node: Schema) -> list[Schema] | None:
    """Return the schemas a union is of."""
    found = node.get("anyOf", node.get("oneOf"))
    return found if isinstance(found, list) else None


def is_choice(node: Schema) -> bool:
    """Whether a schema offers labelled constants."""
    branches = branches_of(node)
    return bool(branches) and all("const" in item for item in branches or ())


def options_of(node: Schema) -> list[Any]:
    """Return the values a choice is of."""
    if "enum" in node:
        return list(node["enum"])
    return [item["const"] for item in branches_of(node) or ()]


def _is_bytes(node: Schema) -> bool:
    """Whether a text stands for bytes."""
    encoding = str(node.get("contentEncoding", ""))
    return node.get("format") in _BYTES_FORMATS or encoding.startswith("base64")
