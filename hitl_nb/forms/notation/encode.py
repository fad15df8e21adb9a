"""Write a value the way a form holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation.base64_files import write_bytes
from hitl_nb.forms.notation.decode import FormDecoder
from hitl_nb.forms.notation.field_kinds import (
    FieldKind,
    Schema,
    branches_of,
    kind_of,
    options_of,
)
from hitl_nb.forms.notation.normal_form import json_text, normal, resolve
from hitl_nb.types import UNSET

Definitions = dict[str, Schema]


class Unfit(ValueError):
    """A value that is none of those its schema describes."""


def to_fields(value: Any, schema: Any) -> Any:
    """Write a value in form notation.

    Args:
        value: The value in its JSON form.
        schema: Its JSON Schema.

    Returns:
        The notation; of a value that its schema does not describe, its JSON text as
        ``{"$json": ...}``.

    Raises:
        TypeError: If it is no JSON value.
    """
    node = normal(schema)
    return _noted(value, node, node.get("$defs", {}))


def initial(schema: Any, value: Any = UNSET) -> Any:
    """Write what a form holds at first: a value, the defaults around it, unset where neither is.

    Args:
        schema: The JSON Schema.
        value: What is known already, of an object perhaps not all.

    Returns:
        The notation, or UNSET for a field nobody has filled in.
    """
    node = normal(schema)
    definitions = node.get("$defs", {})
    return _begin(node, definitions, value)


def escape(name: str) -> str:
    """Write a property's name so that it is none of the notation's own."""
    return f"${name}" if name.startswith("$") else name


def _noted(value: Any, node: Schema, definitions: Definitions) -> Any:
    try:
        written = _write(value, node, definitions)
        # A form that sent back anything else than it was given would count as an edit.
        back = FormDecoder(definitions, by_rules=False).value(written, node)
        if back is not UNSET and equal_with_types(back, value):
            return written
    except (Unfit, RecursionError):
        pass
    return {"$json": json_text(value)}


def _begin(
    node: Schema, definitions: Definitions, value: Any = UNSET, above: tuple[Any, ...] = ()
) -> Any:
    if value is UNSET:
        value = node.get("default", UNSET)
    target = resolve(node, definitions)
    if value is UNSET:
        value = target.get("default", UNSET)
    kind = kind_of(target)
    if kind is FieldKind.OBJECT and (value is UNSET or isinstance(value, dict)):
        if value is UNSET and id(target) in above:
            return UNSET
        known = value if isinstance(value, dict) else {}
        return _begin_object(target, definitions, known, above)
    if value is not UNSET:
        return _noted(value, node, definitions)
    if kind is FieldKind.ARRAY:
        inside = () if id(target) in above else target.get("prefixItems", ())
        first = [_begin(item, definitions, UNSET, (*above, id(target))) for item in inside]
        return [{"$unset": True} if item is UNSET else item for item in first]
    empty: dict[Any, Any] = {FieldKind.ENTRIES: {"$entries": []}, FieldKind.NULL: None}
    return target["const"] if kind is FieldKind.CONST else empty.get(kind, UNSET)


def _begin_object(
    node: Schema, definitions: Definitions, value: dict[str, Any], above: tuple[Any, ...]
) -> Any:
    required = node.get("required", ())
    done: dict[str, Any] = {}
    for name, item in node["properties"].items():
        known = value.get(name, UNSET)
        if known is UNSET and name not in required and "default" not in item:
            continue
        field = _begin(item, definitions, known, (*above, id(node)))
        if field is not UNSET:
            done[escape(name)] = field
    others = {name: item for name, item in value.items() if name not in node["properties"]}
    extra = node.get("additionalProperties", False)
    if extra is not False:
        done["$entries"] = [
            [name, _noted(item, extra, definitions)] for name, item in others.items()
        ]
    return done


def _write(value: Any, node: Schema, definitions: Definitions) -> Any:
    node = resolve(node, definitions)
    kind = kind_of(node)
    if kind is None:
        raise Unfit(value)
    return _ENCODERS[kind](value, node, definitions)


def _write_number(value: Any, node: Schema, definitions: Definitions) -> Any:
    del node, definitions
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unfit(value)
    return _number(value)


def _write_decimal(value: Any, node: Schema, definitions: Definitions) -> Any:
    exact = isinstance(value, str)
    return {"$number": value} if exact else _write_number(value, node, definitions)


def _write_boolean(value: Any, node: Schema, definitions: Definitions) -> Any:
    del node, definitions
    if not isinstance(value, bool):
        raise Unfit(value)
    return value


def _write_string(value: Any, node: Schema, definitions: Definitions) -> Any:
    del node, definitions
    if not isinstance(value, str):
        raise Unfit(value)
    return value


def _write_bytes(value: Any, node: Schema, definitions: Definitions) -> Any:
    del definitions
    if not isinstance(value, str):
        raise Unfit(value)
    return {"$bytes": write_bytes(value, node)}


def _number(value: Any) -> Any:
    try:
        return {"$number": repr(value)}
    except ValueError as error:  # an integer of more digits than Python writes
        raise Unfit("an integer") from error


def _write_any(value: Any, node: Schema, definitions: Definitions) -> Any:
    del node, definitions
    return {"$json": json_text(value)}


def _write_null(value: Any, node: Schema, definitions: Definitions) -> Any:
    del node, definitions
    if value is not None:
        raise Unfit(value)


def _write_option(value: Any, node: Schema, definitions: Definitions) -> Any:
    del definitions
    options = [node["const"]] if "const" in node else options_of(node)
    if value is None or isinstance(value, (bool, str)):
        return value
    easy = any(equal_with_types(value, option) for option in options)
    return _number(value) if easy and isinstance(value, (int, float)) else json_text(value)


def _write_array(value: Any, node: Schema, definitions: Definitions) -> Any:
    if not isinstance(value, list):
        raise Unfit(value)
    first = node.get("prefixItems", [])
    rest = node.get("items", {}) or {}
    return [
        _write(item, first[place] if place < len(first) else rest, definitions)
        for place, item in enumerate(value)
    ]


def _write_dict(value: Any, node: Schema, definitions: Definitions) -> Any:
    if not isinstance(value, dict):
        raise Unfit(value)
    return {"$entries": _write_entries(value, node.get("additionalProperties", {}), definitions)}


def _write_entries(value: dict[str, Any], inside: Schema, definitions: Definitions) -> Any:
    return [[name, _write(item, inside, definitions)] for name, item in value.items()]


def _write_object(value: Any, node: Schema, definitions: Definitions) -> Any:
    if not isinstance(value, dict):
        raise Unfit(value)
    properties = node["properties"]
    done = {
        escape(name): _write(item, properties[name], definitions)
        for name, item in value.items()
        if name in properties
    }
    others = {name: item for name, item in value.items() if name not in properties}
    extra = node.get("additionalProperties", False)
    if extra is False and others:
        raise Unfit(value)
    if extra is not False:
        done["$entries"] = _write_entries(others, extra, definitions)
    return done


def _write_union(value: Any, node: Schema, definitions: Definitions) -> Any:
    """Choose the first branch that holds the value exactly, and best one whose rules it obeys."""
    second = None
    for place, branch in enumerate(branches_of(node) or ()):
        try:
            written = _write(value, branch, definitions)
        except Unfit:
            continue
        decoder = FormDecoder(definitions)
        back = decoder.value(written, branch)
        if back is UNSET or not equal_with_types(back, value):
            continue
        chosen = {"$branch": place, "value": written}
        if not decoder.problems:
            return chosen
        second = second or chosen
    if second is None:
        raise Unfit(value)
    return second


_ENCODERS: Mapping[FieldKind, Callable[[Any, Schema, Definitions], Any]] = {
    FieldKind.ANY: _write_any,
    FieldKind.ARRAY: _write_array,
    FieldKind.BOOLEAN: _write_boolean,
    FieldKind.BYTES: _write_bytes,
    FieldKind.CHOICE: _write_option,
    FieldKind.CONST: _write_option,
    FieldKind.DECIMAL: _write_decimal,
    FieldKind.ENTRIES: _write_dict,
    FieldKind.INTEGER: _write_number,
    FieldKind.NULL: _write_null,
    FieldKind.NUMBER: _write_number,
    FieldKind.OBJECT: _write_object,
    FieldKind.STRING: _write_string,
    FieldKind.UNION: _write_union,
}
