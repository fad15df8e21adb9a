"""The walk over a value: `ValueEncoder` down into JSON-able data, `ValueDecoder` back up."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from math import isfinite
from types import MappingProxyType
from typing import Any

from hitl_nb.codec.builtin import BUILTIN
from hitl_nb.codec.classes import is_secret
from hitl_nb.codec.json_text import canonical_text, has_surrogates
from hitl_nb.codec.standard import STANDARD
from hitl_nb.codec.types_table import Types, can_declare, label_of
from hitl_nb.codec.value_types import TAG, ValueType, row, rows, text
from hitl_nb.errors.codec import (
    CodecError,
    SecretValue,
    Step,
    TooDeep,
    UndeclaredClass,
    UnreadableData,
    UnstorableValue,
)

MAX_DEPTH = 200
"""Levels a stored value may have; a tuple, an object or an odd key takes two.

Two rules keep this count, rather than the stack, the limit that is met: each level costs only a
few frames, and reading counts no more levels than writing did, so what was written can be read.
"""

# Wider integers are legal JSON, but many readers round them, and Python refuses to parse very
# long ones: beyond 64 bits they are written in hexadecimal.
_LOW, _HIGH = -(2**63), 2**63

_KEEP = "keep live objects in context="
_TYPES: dict[type, ValueType] = {**BUILTIN, **STANDARD}
_BY_TAG: dict[str, ValueType] = {value_type.tag: value_type for value_type in _TYPES.values()}
_NONE: Mapping[str, Any] = MappingProxyType({})


class ValueEncoder:
    """One walk over one value.

    Args:
        types: The classes the program declared.
        canonical: Whether what equality ignores (the order of a dict's keys, memory layout) is
            written in one fixed way, for a digest, instead of being kept.
    """

    __slots__ = ("canonical", "depth", "types")

    def __init__(self, types: Types, canonical: bool = False) -> None:
        self.types = types
        self.canonical = canonical
        self.depth = 0

    def value(self, value: Any) -> Any:
        """Return the stored form of any value."""
        cls = type(value)
        if cls is str:
            if value.isascii() or not has_surrogates(value):
                return value
        elif (
            (cls is int and _LOW <= value < _HIGH)
            or (cls is float and isfinite(value))
            or cls is bool
            or value is None
        ):
            return value
        elif cls is dict:
            return self.mapping(value)
        elif cls is list:
            return self.items(value)
        return self._tagged(value, cls)

    def mapping(self, value: dict[Any, Any]) -> Any:
        """Return the stored form of a dict: itself if it is plain, else a tagged list of pairs."""
        self._descend()
        out: dict[str, Any] = {}
        key: Any = None
        try:
            for key, item in value.items():
                if type(key) is not str or key == TAG:
                    break
                if not key.isascii() and has_surrogates(key):
                    break
                out[key] = self.value(item)
            else:
                self.depth -= 1
                return out
        except CodecError as error:
            error.rise(item_step(key, len(out)), value)
            raise
        # What is done already is not walked again: that would double the work at every level.
        pairs = self.pairs(value, out)
        if self.canonical:
            pairs.sort(key=canonical_text)
        self.depth -= 1
        return {TAG: "dict", "value": pairs}

    def pairs(self, value: dict[Any, Any], done: Mapping[str, Any] = _NONE) -> list[list[Any]]:
        """Return the stored keys and values of a dict in its own order.

        Args:
            value: The dict.
            done: Its first items, if they are already in stored form.
        """
        self._descend()
        out: list[list[Any]] = [list(pair) for pair in done.items()]
        for key, item in islice(dict.items(value), len(out), None):
            stored_key = self.part(value, ("list(", f")[{len(out)}]"), key)
            try:
                out.append([stored_key, self.value(item)])
            except CodecError as error:
                error.rise(item_step(key, len(out)), value)
                raise
        self.depth -= 1
        return out

    def items(
        self, values: Iterable[Any], owner: object = None, step: tuple[str, str] = ("", "[{}]")
    ) -> list[Any]:
        """Return the stored items of a sequence; `step` says how a path names one of them."""
        self._descend()
        out: list[Any] = []
        try:
            for item in values:
                out.append(self.value(item))  # noqa: PERF401 (its length is the failing index)
        except CodecError as error:
            error.rise((step[0], step[1].format(len(out))), values if owner is None else owner)
            raise
        self.depth -= 1
        return out

    def part(self, owner: object, step: Step, value: Any) -> Any:
        """Return the stored form of one part of `owner`."""
        self._descend()
        try:
            stored = self.value(value)
        except CodecError as error:
            error.rise(step, owner)
            raise
        self.depth -= 1
        return stored

    def _descend(self) -> None:
        # Whoever raises does not count back: the walk ends with its first error.
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeep(f"is nested more than {MAX_DEPTH} levels deep: store it flat")

    def _tagged(self, value: Any, cls: type) -> Any:
        value_type = _TYPES.get(cls)
        if value_type is not None:
            self._descend()
            data = {TAG: value_type.tag, "value": value_type.write(value, self)}
        elif (declared := self.types.declared(cls)) is not None:
            self._descend()
            label, value_type = declared
            data = {TAG: value_type.tag, "type": label, "value": value_type.write(value, self)}
        elif (value_type := _family_type(cls)) is not None:
            self._descend()
            data = {TAG: value_type.tag, "value": value_type.write(value, self)}
        else:
            raise refusal(cls, self.types)
        self.depth -= 1
        return data


class ValueDecoder:
    """One walk over one piece of stored data.

    Args:
        types: The classes the program declared; a stored label is only looked up in it.
    """

    __slots__ = ("depth", "types")

    def __init__(self, types: Types) -> None:
        self.types = types
        self.depth = 0

    def value(self, data: Any) -> Any:
        """Return the value that any stored data stands for."""
        cls = type(data)
        if cls is str or cls is bool or cls is int or data is None:
            return data
        if cls is float:
            if isfinite(data):
                return data
            raise UnreadableData("is a number outside JSON")
        if cls is dict:
            return self._tagged(data) if TAG in data else self.mapping(data)
        if cls is list:
            return self.items(data)
        raise UnreadableData(f"is a {class_name(cls)}, not JSON")

    def mapping(self, data: dict[Any, Any]) -> dict[str, Any]:
        """Return the plain dict that a stored object stands for."""
        self._descend()
        out: dict[str, Any] = {}
        key: Any = None
        try:
            for key, item in data.items():
                if type(key) is not str:
                    raise UnreadableData("has a key that is not a string, so it is not JSON")
                out[key] = self.value(item)
        except CodecError as error:
            error.rise(item_step(key, len(out)), data)
            raise
        self.depth -= 1
        return out

    def pairs(self, data: Any) -> list[tuple[Any, Any]]:
        """Return the keys and values of a stored list of pairs."""
        self._descend()
        out: list[tuple[Any, Any]] = []
        for pair in rows(data):
            stored_key, item = row(pair, 2)
            key = self.part(data, ("list(", f")[{len(out)}]"), stored_key)
            try:
                out.append((key, self.value(item)))
            except CodecError as error:
                error.rise(item_step(key, len(out)), data)
                raise
        self.depth -= 1
        return out

    def items(self, data: Any, step: tuple[str, str] = ("", "[{}]")) -> list[Any]:
        """Return the values of a stored list."""
        self._descend()
        out: list[Any] = []
        try:
            for item in rows(data):
                out.append(self.value(item))  # noqa: PERF401 (its length is the failing index)
        except CodecError as error:
            error.rise((step[0], step[1].format(len(out))), data)
            raise
        self.depth -= 1
        return out

    def part(self, owner: object, step: Step, data: Any) -> Any:
        """Return the value of one part of stored data."""
        self._descend()
        try:
            value = self.value(data)
        except CodecError as error:
            error.rise(step, owner)
            raise
        self.depth -= 1
        return value

    def _descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableData(f"is nested more than {MAX_DEPTH} levels deep")

    def _tagged(self, data: dict[Any, Any]) -> Any:
        tag, label = data[TAG], data.get("type")
        named = "type" in data
        if data.keys() != ({TAG, "type", "value"} if named else {TAG, "value"}):
            raise UnreadableData(f"has the key {TAG!r} but is no stored value")
        if type(tag) is not str:
            raise UnreadableData("has a tag that is not a string")
        value_type = self._declared(label, tag) if named else _type_tagged(tag)
        if value_type is None:
            raise UnreadableData(f"has the unknown tag {shown(tag)}")
        self._descend()
        try:
            value = value_type.read(data["value"], self)
        except CodecError:
            raise
        except ImportError as error:
            raise UnreadableData(f"is a {shown(tag)} and needs {error.name} installed") from error
        # Data from outside reaches constructors of the standard library, numpy, pandas and the
        # program's own classes here; whatever they make of it, the caller sees one error.
        except Exception as error:
            raise UnreadableData(f"is a malformed {shown(tag)}") from error
        self.depth -= 1
        return value

    def _declared(self, label: Any, tag: str) -> ValueType:
        value_type = self.types.type_named(text(label)) if type(label) is str else None
        if value_type is None:
            raise UnreadableData(
                f"is of the class {shown(label)}, which is not declared here: "
                "declare it with compile(types=[...])"
            )
        if value_type.tag != tag:
            raise UnreadableData(
                f"was stored as {shown(tag)}, but {label} is now a {value_type.tag}"
            )
        return value_type


def refusal(cls: type, types: Types) -> UnstorableValue:
    """Return the error that says why values of a class cannot be stored and what to do."""
    name = class_name(cls)
    if is_secret(cls):
        return SecretValue(f"is a {name}, and secrets are never written: {_KEEP}")
    if types.type_named(label_of(cls)) is not None:
        return UndeclaredClass(
            f"is a {name}, but of another class than the declared one of that name: "
            "after running its cell again, build the value and the graph from the new class"
        )
    if can_declare(cls):
        return UndeclaredClass(
            f"is a {name}, which is not declared: compile(types=[{cls.__name__}]), or {_KEEP}"
        )
    return UnstorableValue(
        f"is a {name}, which cannot be stored: {_KEEP}, or turn it into plain data or a "
        "dataclass declared with compile(types=[Name])"
    )


def class_name(cls: type) -> str:
    """Return a class's name for a message, with its module unless it is a builtin."""
    return cls.__qualname__ if cls.__module__ == "builtins" else label_of(cls)


def shown(data: object) -> str:
    """Return a string from stored data for a message, cut to a readable length."""
    if type(data) is not str:
        return f"a {type(data).__name__}"
    return repr(data) if len(data) <= 80 else repr(data[:80]) + "…"


def item_step(key: Any, position: int) -> Step:
    """Return how a path names the value under a key; only builtin keys are shown themselves."""
    if type(key) is str and len(key) > 60:
        return f"[{key[:60]!r}…]"
    if type(key) in (str, int, float, bool, type(None)) and not _is_long(key):
        return f"[{key!r}]"
    return ("list(", f".values())[{position}]")


def _is_long(key: Any) -> bool:
    return type(key) is int and not _LOW <= key < _HIGH


def _family_type(cls: type) -> ValueType | None:
    """Return how a numpy or pandas class is stored; neither is imported if it was not before."""
    if "numpy" in sys.modules:
        from hitl_nb.codec import arrays

        if (value_type := arrays.type_for(cls)) is not None:
            return value_type
    if "pandas" in sys.modules:
        from hitl_nb.codec import frames

        return frames.type_for(cls)
    return None


def _type_tagged(tag: str) -> ValueType | None:
    value_type = _BY_TAG.get(tag)
    if value_type is not None:
        return value_type
    family = tag.partition("-")[0]
    try:
        if family == "numpy":
            from hitl_nb.codec import arrays

            return arrays.BY_TAG.get(tag)
        if family == "pandas":
            from hitl_nb.codec import frames

            return frames.BY_TAG.get(tag)
    except ImportError as error:
        raise UnreadableData(f"needs {family}, which is not installed: pip install {family}") from (
            error
        )
    return None
