"""Bring a JSON Schema into the few forms a form is drawn from.

Schemas say one thing in many ways. The normal form says it in one: a reference into ``$defs``, a
union, a choice, a constant, a single type, or nothing at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hitl_nb.forms.notation.field_kinds import Schema, branches_of, is_choice
from hitl_nb.json_schema.schema_size import check_size, look_up
from hitl_nb.json_schema.secrets import (
    applied,
    at_key,
    at_others,
    at_place,
    is_secret,
    speaks_of_secrets,
)
from hitl_nb.marked_text import plain, show

ANNOTATIONS = ("title", "description", "default", "examples", "readOnly", "writeOnly", "deprecated")
_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "object": (
        "properties", "required", "additionalProperties", "propertyNames", "minProperties",
        "maxProperties", "patternProperties", "dependentRequired",
    ),
    "array": (
        "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
        "maxContains",
    ),
    "string": (
        "minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType",
    ),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
_SAFE_INTEGER = 2**53
_DEEPEST_MERGE = 20


def normal(schema: Any) -> Schema:
    """Return a schema in its normal form, with hidden characters in its words spelled out.

    One that has no such form, for whatever reason, takes anything here: then its value is typed as
    JSON, and the schema itself has the last word on it.

    Raises:
        LimitExceeded: If it is too large to be drawn.
    """
    check_size(schema)
    try:
        return _Normalizer(schema).whole()
    except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return {}


def resolve(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Follow a normal schema's reference to what it stands for; an endless one takes anything."""
    for _ in range(len(definitions) + 1):
        name = node.get("$ref")
        if name is None:
            return node
        node = definitions.get(name.removeprefix("#/$defs/"), {})
    return {}


def labels_of(node: Schema) -> list[str]:
    """Return what the options of a choice, or of a list of choices, are called."""
    inside = node.get("items")
    if node.get("type") == "array" and isinstance(inside, dict):
        return labels_of(inside)
    if "enum" in node:
        return [_label(value) for value in node["enum"]]
    branches = branches_of(node) or []
    return [str(item.get("title", item["const"])) for item in branches] if is_choice(node) else []


def json_text(value: Any) -> str:
    """Write a JSON value as text a person can edit."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= 60 else json.dumps(value, ensure_ascii=False, indent=2)


class _Normalizer:
    """One schema on its way to the normal form.

    Definitions are brought along as they are met, so what refers to itself comes to an end.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._hides = speaks_of_secrets(root)
        self._names: dict[str, str] = {}
        # What is being merged, by how it is written, with the name it gets if it comes to itself.
        self._merging: dict[str, str] = {}
        self._definitions: dict[str, Schema] = {}

    def whole(self) -> Schema:
        done = self.node(self._root)
        return {**done, "$defs": self._definitions} if self._definitions else done

    def node(self, schema: Any, depth: int = 0) -> Schema:
        if not isinstance(schema, dict):
            return {"not": {}} if schema is False else {}
        done = self._node(schema, depth)
        return self._hiding(schema, done) if self._hides else done

    def _hiding(self, schema: Schema, done: Schema) -> Schema:
        """Mark secrets, which may be named by what the normal form leaves out."""
        around = applied([schema], self._root)
        names = done.get("properties", {})
        changed: Schema = {}
        if names:
            changed["properties"] = {
                name: self._hidden(node, [it for one in around for it in at_key(one, name)])
                for name, node in names.items()
            }
        if isinstance(extra := done.get("additionalProperties"), dict):
            said = [it for one in around for it in at_others(one, names)]
            changed["additionalProperties"] = self._hidden(extra, said)
        first = done.get("prefixItems", [])
        if first:
            changed["prefixItems"] = [
                self._hidden(node, [it for one in around for it in at_place(one, place)])
                for place, node in enumerate(first)
            ]
        if isinstance(rest := done.get("items"), dict):
            said = [it for one in around for it in at_place(one, len(first))]
            changed["items"] = self._hidden(rest, said)
        return self._hidden({**done, **changed}, [schema])

    def _hidden(self, node: Schema, said: list[Any]) -> Schema:
        """Mark what one of some schemas hides, or of which only some know a secret inside."""
        hides = any(map(is_secret, applied(said, self._root)))
        if not hides and any(one != said[0] for one in said):
            hides = any(speaks_of_secrets(one, self._root) for one in said)
        return {**node, "writeOnly": True} if hides and not is_secret(node) else node

    def _node(self, schema: Schema, depth: int) -> Schema:
        if "$ref" in schema:
            return self._reference(schema, depth)
        if "allOf" in schema:
            rest = {name: item for name, item in schema.items() if name != "allOf"}
            return self._joined(schema, [*schema["allOf"], rest], depth)
        if schema.get("nullable") is True:
            bare = {name: item for name, item in schema.items() if name != "nullable"}
            return self._union([bare, {"type": "null"}], _annotations(schema), "anyOf")
        if isinstance(schema.get("type"), list):
            return self._types(schema)
        return {**_annotations(schema), **self._body(schema)}

    def _body(self, schema: Schema) -> Schema:
        if "const" in schema:
            return _choice([{"const": schema["const"]}], schema, single=True)
        if "enum" in schema:
            options = schema["enum"]
            return _choice([{"const": value} for value in options], schema)
        for name in ("anyOf", "oneOf"):
            if _is_union(schema, name):
                return self._union(schema[name], {}, name, schema.get("discriminator"))
        return self._typed(schema)

    def _typed(self, schema: Schema) -> Schema:
        type_ = schema.get("type") or _implied(schema)
        if type_ is None:
            return {name: schema[name] for name in ("not",) if name in schema}
        done = {
            name: item
            for name, item in schema.items()
            if name not in (*ANNOTATIONS, "$defs", "definitions", "anyOf", "oneOf", "$schema")
        }
        done["type"] = type_
        if type_ == "object":
            self._object(schema, done)
        elif type_ == "array":
            self._array(schema, done)
        for name, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if done.get(name) is True:
                done[name] = done.pop(limit)
            elif done.get(name) is False:
                del done[name]
        return done

    def _object(self, schema: Schema, done: Schema) -> None:
        done.pop("patternProperties", None)
        extra = schema.get("additionalProperties")
        properties = schema.get("properties")
        patterns = list(schema.get("patternProperties", {}).values())
        if properties or extra is False:
            done["properties"] = {
                str(name): self.node(item) for name, item in (properties or {}).items()
            }
            if extra is not False:  # what has to be there has a field, whatever it takes
                for name in schema.get("required", ()):
                    done["properties"].setdefault(name, self.node(True if extra is None else extra))
        else:
            done.pop("properties", None)
        if patterns and not isinstance(extra, dict):
            extra = patterns[0] if len(patterns) == 1 else True
        if extra is False:
            done["additionalProperties"] = False
        elif extra is not None or "properties" not in done:
            done["additionalProperties"] = self.node(True if extra is None else extra)
        if "propertyNames" in schema:
            done["propertyNames"] = self.node(schema["propertyNames"])

    def _array(self, schema: Schema, done: Schema) -> None:
        first, rest = schema.get("prefixItems"), schema.get("items")
        if isinstance(rest, list):
            first, rest = rest, schema.get("additionalItems")
            done.pop("additionalItems", None)
            done.pop("items", None)
        if first is not None:
            done["prefixItems"] = [self.node(item) for item in first]
        if rest is False:
            done["items"] = False
            done.setdefault("maxItems", len(first or ()))
        elif rest is not None or first is None:
            done["items"] = self.node(True if rest is None else rest)

    def _union(
        self, branches: Iterable[Any], annotations: Schema, name: str, tag: Any = None
    ) -> Schema:
        given = [item for item in branches if item is not False]
        if all(isinstance(item, dict) and "const" in item for item in given):
            return {**annotations, **_choice(given, {})}
        if len(given) == 1:
            return {**self.node(given[0]), **annotations}
        decimal = _decimal(given)
        if decimal is not None:
            return {**annotations, **decimal}
        if len(given) == 3 and {"type": "null"} in given:
            rest = [item for item in given if item != {"type": "null"}]
            decimal = _decimal(rest)
            if decimal is not None:
                order = [decimal, {"type": "null"}]
                return {**annotations, "anyOf": order if given[-1] in order else order[::-1]}
        done: Schema = {**annotations, name: [self.node(item) for item in given]}
        if isinstance(tag, dict) and "propertyName" in tag:
            done["discriminator"] = {"propertyName": tag["propertyName"]}
        return done

    def _types(self, schema: Schema) -> Schema:
        bare = {name: item for name, item in schema.items() if name not in ("type", *ANNOTATIONS)}
        if "enum" in bare or "const" in bare:
            return {**_annotations(schema), **self._body(bare)}
        known = {word for words in _BY_TYPE.values() for word in words}
        branches = []
        for type_ in schema["type"]:
            own = _BY_TYPE.get("number" if type_ == "integer" else type_, ())
            kept = {n: item for n, item in bare.items() if n in own or n not in known}
            branches.append({"type": type_, **kept})
        return self._union(branches, _annotations(schema), "anyOf")

    def _reference(self, schema: Schema, depth: int) -> Schema:
        rest = {name: item for name, item in schema.items() if name not in ("$ref", "$defs")}
        rest.pop("definitions", None)
        if rest.keys() - set(ANNOTATIONS) - {"$schema", "$id", "$comment"}:
            return self._joined(schema, [{"$ref": schema["$ref"]}, rest], depth)
        name = self._define(str(schema["$ref"]))
        return {**_annotations(rest), "$ref": f"#/$defs/{name}"} if name else _annotations(rest)

    def _define(self, reference: str) -> str | None:
        if reference in self._names:
            return self._names[reference]
        found = self._lookup(reference)
        if found is None:
            return None
        name = self._free_name(re.sub(r"\W+", "_", reference.rpartition("/")[2]) or "root")
        self._names[reference] = name
        self._definitions[name] = {}
        self._definitions[name].update(self.node(found))
        return name

    def _free_name(self, base: str) -> str:
        name, number = base, 2
        while name in self._definitions:
            name, number = f"{base}_{number}", number + 1
        return name

    def _lookup(self, reference: str) -> Any:
        found = look_up(reference, self._root)
        if found is self._root and isinstance(found, dict):
            return {name: item for name, item in found.items() if name not in ("$defs", "$schema")}
        return found

    def _opened(self, part: Any, depth: int) -> Any:
        """Return a schema with its reference, if it is one, replaced by what it stands for."""
        if isinstance(part, dict) and "$ref" in part and depth < _DEEPEST_MERGE:
            found = self._lookup(str(part["$ref"]))
            return self._opened(found, depth + 1) if found is not None else {}
        return part

    def _joined(self, schema: Schema, parts: list[Any], depth: int) -> Schema:
        """Merge what is said at once, with what references lead to; inside itself, refer to it."""
        if depth:  # a part of what is being merged already
            return self._merged([self._opened(part, depth) for part in parts], depth)
        written = json.dumps(schema, sort_keys=True, default=repr)
        if written in self._merging:
            name = self._merging[written] = self._merging[written] or self._free_name("again")
            self._definitions.setdefault(name, {})
            return {"$ref": f"#/$defs/{name}"}
        self._merging[written] = ""
        done = self._merged([self._opened(part, 0) for part in parts], 0)
        name = self._merging.pop(written)
        if not name:
            return done
        self._definitions[name].update(done)
        return {"$ref": f"#/$defs/{name}"}

    def _merged(self, parts: Iterable[Any], depth: int) -> Schema:
        if depth >= _DEEPEST_MERGE:
            return {}
        done: Schema = {}
        for part in parts:
            for name, item in (part if isinstance(part, dict) else {}).items():
                done[name] = _both(name, done[name], item) if name in done else item
        return self.node(done, depth + 1)


def _both(name: str, one: Any, other: Any) -> Any:
    """Say two things at once, as near as one keyword can."""
    if name == "properties":
        return {**one, **other}
    if name == "required":
        return [*one, *(item for item in other if item not in one)]
    if name in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
        return max(one, other)
    if name in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
        return min(one, other)
    if name == "allOf":
        return [*one, *other]
    return other


def _annotations(schema: Schema) -> Schema:
    kept = {name: schema[name] for name in ANNOTATIONS if name in schema}
    for name in ("title", "description"):
        if name in kept:
            kept[name] = _spelled(kept[name])
    return kept


def _spelled(text: Any) -> str:
    return plain(show(str(text)))


def _is_union(schema: Schema, name: str) -> bool:
    """Whether branches are values to choose from, not constraints on a value described beside."""
    if not isinstance(schema.get(name), list) or not schema[name]:
        return False
    return not any(word in schema for word in ("type", "properties", "items"))


def _implied(schema: Schema) -> str | None:
    """Guess the type a schema means that does not say it."""
    for type_, words in _BY_TYPE.items():
        if any(word in schema for word in words):
            return type_
    return None


def _choice(options: list[Schema], schema: Schema, *, single: bool = False) -> Schema:
    """Offer constants; with labels where a constant does not say itself what it is."""
    values = [item["const"] for item in options]
    names = schema.get("enumNames") or []
    labels = [
        item.get("title", names[place] if place < len(names) else _label(item["const"]))
        for place, item in enumerate(options)
    ]
    plainly = all(_is_easy(value) for value in values)
    if single:
        return {"const": values[0]}
    if plainly and labels == [_label(value) for value in values]:
        bare = all(_spelled(label) == label for label in labels)
        if bare:
            return {"enum": values}
    return {
        "oneOf": [
            {
                "const": item["const"] if _is_easy(item["const"]) else json_text(item["const"]),
                "title": _spelled(label),
                **({"description": _spelled(item["description"])} if "description" in item else {}),
            }
            for item, label in zip(options, labels, strict=True)
        ]
    }


def _label(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


def _is_easy(value: Any) -> bool:
    """Whether JavaScript can hold a value as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _SAFE_INTEGER
    return value is None or isinstance(value, (str, bool, float))


def _decimal(branches: list[Any]) -> Schema | None:
    """Recognise the two ways in which pydantic writes a decimal: a number, or text of digits."""
    if len(branches) != 2 or not all(isinstance(item, dict) for item in branches):
        return None
    number, text = sorted(branches, key=lambda item: str(item.get("type")))
    pattern = str(text.get("pattern", ""))
    digits = text.get("format") == "decimal" or pattern.startswith("^(?!^[-+.]*$)[+-]?0*")
    if number.get("type") != "number" or text.get("type") != "string" or not digits:
        return None
    return {**number, "format": "decimal"}
