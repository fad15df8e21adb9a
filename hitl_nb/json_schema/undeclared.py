"""Keys of a proposed value that its schema does not name, and may or may not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hitl_nb.json_schema.schema_size import look_up

_FOLLOWED = 20
"""References followed one by way of another."""


def with_undeclared(schema: Any, value: Any) -> Any:
    """Return a schema that names what it lets a value have besides; itself if there is nothing.

    A form has a field for each name that is declared. What is proposed beside them is approved
    too, so it has to be seen: it gets a field of its own, which takes anything.
    """
    extended = _extended(schema, [value], schema)
    if extended is schema or not isinstance(schema, Mapping):
        return schema
    # Of a reference at the top, what it leads to stands there now; others still need these.
    kept = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    return {**kept, **extended}


def forbidden_key(schema: Any, value: Any) -> tuple[str | int, ...] | None:
    """Return where a value has a key that its schema forbids; None if it has none."""
    return _forbidden(schema, value, schema)


def _extended(schema: Any, values: list[Any], root: Any) -> Any:
    """Extend the schema of values that stand at one place."""
    node = _followed(schema, root)
    if not isinstance(node, Mapping):
        return schema
    changes: dict[str, Any] = {}
    records = [value for value in values if isinstance(value, dict)]
    properties = node.get("properties")
    if records and isinstance(properties, Mapping) and properties:
        inside = {
            name: _extended(part, [each[name] for each in records if name in each], root)
            for name, part in properties.items()
        }
        more = _names(records) if _takes_more(node) else ()
        named = {**inside, **{name: {} for name in more if name not in properties}}
        if len(named) > len(properties) or any(named[it] is not properties[it] for it in inside):
            changes["properties"] = named
    items = node.get("items")
    rows = [row for value in values if isinstance(value, list) for row in value]
    if rows and isinstance(items, Mapping) and "prefixItems" not in node:
        each = _extended(items, rows, root)
        if each is not items:
            changes["items"] = each
    return {**node, **changes} if changes else schema


def _forbidden(schema: Any, value: Any, root: Any) -> tuple[str | int, ...] | None:
    node = _followed(schema, root)
    if not isinstance(node, Mapping):
        return None
    inside: Iterable[tuple[str | int, Any, Any]] = ()
    if isinstance(value, dict):
        properties = node.get("properties")
        named = properties if isinstance(properties, Mapping) else {}
        if node.get("additionalProperties") is False and "patternProperties" not in node:
            for name in value:
                if name not in named:
                    return (name,)
        inside = ((name, named[name], value[name]) for name in value if name in named)
    elif isinstance(value, list) and "prefixItems" not in node:
        inside = ((place, node.get("items"), row) for place, row in enumerate(value))
    for step, part, below in inside:
        if (found := _forbidden(part, below, root)) is not None:
            return (step, *found)
    return None


def _names(records: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def _takes_more(node: Mapping[str, Any]) -> bool:
    """Whether what else there may be has no field: neither a schema for it, nor a pattern."""
    return node.get("additionalProperties", True) is True and "patternProperties" not in node


def _followed(schema: Any, root: Any) -> Any:
    """Return what a bare reference leads to, and any other schema as it is."""
    for _ in range(_FOLLOWED):
        if not (isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str)):
            return schema
        beside = {name: it for name, it in schema.items() if name not in ("$ref", "$defs")}
        found = look_up(schema["$ref"], root)
        if not isinstance(found, Mapping):
            return schema
        schema = {**found, **beside}
    return schema
