"""What a part of an answer may be: a JSON Schema for everyone, and the type itself where known."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

from hitl_nb.codec.classes import is_pydantic_model
from hitl_nb.codec.json_equality import equal_json
from hitl_nb.errors import InvalidAnswer
from hitl_nb.json_schema import adapter_of, describe_schema
from hitl_nb.json_schema.secrets import HIDDEN, holds_secret, speaks_of_secrets
from hitl_nb.json_schema.undeclared import with_undeclared
from hitl_nb.requests.type_of_value import type_like
from hitl_nb.requests.validation_errors import located, schema_problems
from hitl_nb.types import UNSET

_CLASS = re.compile(r"class '(?:[^']*\.)?([^'.]+)'")
_DEEPEST = 150
"""Levels of a value that are read; a question and its answer are stored with a few more."""
_LARGEST = 10**4000
"""Integers from here on Python refuses to write, lest it takes forever."""


class Shape:
    """The values a part of an answer takes.

    Args:
        schema: A pydantic model, dataclass, TypedDict or any other type, or a JSON Schema.

    Attributes:
        schema: The JSON Schema, which is all that a question keeps when it is stored.
        type: The type, if it is known in this process; else None.
    """

    __slots__ = ("schema", "type")

    def __init__(self, schema: Any) -> None:
        try:
            self.schema = describe_schema(schema)
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "pydantic":
                raise
            inside = _CLASS.search(str(error))  # what is in the way may be a part of it
            name = inside[1] if inside else getattr(schema, "__name__", schema)
            raise TypeError(
                f"There is no form for {name}. Propose text, a dict, or a model; what is only "
                f"shown goes into context=."
            ) from error
        self.type = None if isinstance(schema, dict) else schema
        if self.type is not None and _is_secret(self.schema):
            raise TypeError(
                f"{getattr(schema, '__name__', schema)} asks for a secret, and an answer is kept "
                f"while secrets never are. Hand secrets to the graph as context=."
            )

    def __repr__(self) -> str:
        return f"Shape({self.schema if self.type is None else self.type})"

    @classmethod
    def like(cls, value: Any) -> Shape:
        """Return the shape of a value: other values of its kind fit it."""
        return cls(type_like(value))

    def naming(self, value: Any) -> Shape:
        """Return this shape with a field for all that a value in its JSON form has besides."""
        schema = self.schema if value is UNSET else with_undeclared(self.schema, value)
        if schema is self.schema:
            return self
        more = copy.copy(self)
        more.schema = schema
        return more

    def write(self, value: Any) -> Any:
        """Return a value the way JSON Schema speaks of it.

        Takes an instance of the type, or data of which one could be made; what fits the type in
        no way, such as a record with fields missing, is written field by field.

        Raises:
            ValueError: If it has no JSON form, such as a number that is not finite.
        """
        from pydantic_core import PydanticSerializationError, to_jsonable_python

        try:
            written = self._dump(value)
            if written is None:
                written = to_jsonable_python(value)
        except (PydanticSerializationError, UnicodeDecodeError, RecursionError) as error:
            if not speaks_of_secrets(self.schema):
                raise ValueError(f"{_short(value)} has no JSON form: {error}") from error
            written = UNSET
        if written is UNSET:
            raise ValueError(f"{HIDDEN} has no JSON form")
        place = _not_json(written)
        if place is not None:
            path, number = place
            where = f" at {'.'.join(map(str, path))}" if path else ""
            shown = HIDDEN if holds_secret(self.schema, written, path) else _short(number)
            raise ValueError(f"{shown}{where} is no number that JSON can hold")
        return written

    def check(self, value: Any, question: str = "") -> None:
        """Check a value in its JSON form against the type, or the schema if that is all there is.

        Raises:
            InvalidAnswer: Naming each field and what is wrong with it.
        """
        self.read(value, question)

    def read(self, value: Any, question: str = "") -> Any:
        """Return a value in its JSON form as an instance of the type, if that is known.

        Raises:
            InvalidAnswer: Naming each field and what is wrong with it.
        """
        if (place := _not_json(value)) is not None:
            path, found = place
            shown = HIDDEN if holds_secret(self.schema, value, path) else _short(found)
            raise InvalidAnswer(question, [(path, f"{shown} is nothing JSON can hold")])
        text = json.dumps(value)
        if self.type is None:
            self._check_schema(value, question)
            return json.loads(text)
        from pydantic import ValidationError

        adapter = adapter_of(self.type)
        try:
            return adapter.validate_json(text, strict=True)
        except ValidationError:
            pass  # a validator of its own may take what strict types refuse
        try:
            found = adapter.validate_json(text)
        except ValidationError as error:
            wrong = located(error.errors(), value, self.schema)
            # Pydantic quotes values, and the cause of an error is printed with it.
            cause = None if speaks_of_secrets(self.schema) else error
        else:
            wrong = []
        if wrong:
            raise InvalidAnswer(question, wrong) from cause
        # Where only leniency makes it fit, the schema decides: "12" is no number.
        self._check_schema(value, question)
        return found

    def normalize(self, value: Any, before: Any = UNSET) -> Any:
        """Check a value, in its JSON form or an instance, and return its JSON form.

        Args:
            value: The value.
            before: What was proposed, of whose kind it is: all of it that was not edited stays as
                it was, also where the type could read it as something else.

        Raises:
            InvalidAnswer: Naming each field and what is wrong with it.
        """
        if _not_json(value) is not None:
            try:
                value = self.write(value)
            except ValueError as error:
                raise InvalidAnswer("", [((), str(error))]) from error
        found = self.read(value)
        normal = found if self.type is None else self.write(found)
        return normal if before is UNSET else kept(before, before, value, normal)

    def canonical(self, value: Any) -> Any:
        """Return the one JSON form the type gives a value; the value itself if it does not fit."""
        try:
            return self.normalize(value)
        except InvalidAnswer:
            return value

    def _check_schema(self, value: Any, question: str) -> None:
        if wrong := schema_problems(self.schema, value):
            raise InvalidAnswer(question, wrong)

    def _dump(self, value: Any) -> Any:
        """Write an instance of the type; None if it is none."""
        if self.type is None:
            return None
        from pydantic import ValidationError

        adapter = adapter_of(self.type)
        try:
            instance = adapter.validate_python(value, strict=True)
        except ValidationError:
            try:
                instance = adapter.validate_python(value)
            except ValidationError:
                return None
        if (hidden := _excluded(instance)) is not None:
            raise ValueError(
                f"The field {hidden} is left out of what is written (exclude=True), so nobody "
                f"would see what they approve. Propose a model without it."
            )
        return adapter.dump_python(instance, mode="json", by_alias=True, round_trip=True)


def _excluded(value: Any) -> str | None:
    """Find a field of a model in a value that pydantic does not write."""
    if isinstance(value, (list, tuple, set, frozenset)):
        inside: Iterable[Any] = value
    elif isinstance(value, dict):
        inside = value.values()
    elif is_pydantic_model(type(value)):
        fields = type(value).model_fields
        hidden = next((name for name, item in fields.items() if item.exclude), None)
        if hidden is not None:
            return f"{type(value).__name__}.{hidden}"
        inside = (getattr(value, name, None) for name in fields)
    else:
        return None
    return next((found for item in inside if (found := _excluded(item)) is not None), None)


def is_instance_of_model(value: Any) -> bool:
    """Whether a value is an instance of a pydantic model or dataclass."""
    return not isinstance(value, type) and (is_dataclass(value) or is_pydantic_model(type(value)))


def _is_secret(schema: Any) -> bool:
    """Whether a value of this schema, which pydantic made, holds a secret."""
    if isinstance(schema, list):
        return any(map(_is_secret, schema))
    if not isinstance(schema, dict):
        return False
    secret = schema.get("format") == "password" and schema.get("writeOnly") is True
    return secret or any(map(_is_secret, schema.values()))


def kept(original: Any, before: Any, after: Any, typed: Any) -> Any:
    """Return an edited value, in which all that was not edited is just what it was.

    Args:
        original: The value that was proposed.
        before: Its JSON form.
        after: The JSON form of the edited one.
        typed: The edited one, typed as far as JSON tells types: a date in a list of texts is not.
    """
    if equal_json(before, after):
        return copy.deepcopy(original)
    if isinstance(original, dict) and isinstance(typed, dict) and original.keys() == before.keys():
        return {
            key: kept(original[key], before[key], after[key], item) if key in original else item
            for key, item in typed.items()
        }
    if isinstance(original, list) and isinstance(typed, list):
        return _kept_items(original, before, after, typed)
    return typed


def _kept_items(original: list[Any], before: list[Any], after: list[Any], typed: Any) -> list[Any]:
    """Return an edited list; what stands before and after all that was edited is as it was."""
    if len(before) == len(after):
        return [kept(*parts) for parts in zip(original, before, after, typed, strict=True)]
    first = _number_alike(before, after)
    last = _number_alike(before[first:][::-1], after[first:][::-1])
    middle = typed[first : len(typed) - last]
    return copy.deepcopy([*original[:first], *middle, *original[len(original) - last :]])


def _number_alike(some: list[Any], others: list[Any]) -> int:
    """Return how many items two lists have in common at their beginning."""
    pairs = zip(some, others, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if not equal_json(one, other)),
                min(len(some), len(others)))  # fmt: skip


def _not_json(value: Any, path: tuple[str | int, ...] = ()) -> tuple[Any, Any] | None:
    """Find the first thing in a value that JSON cannot hold, or that is too deep or large."""
    if len(path) > _DEEPEST:
        return path, value
    if type(value) is dict:
        if odd := [key for key in value if type(key) is not str]:
            return path, odd[0]
        items: Iterable[Any] = value.items()
    elif type(value) is list:
        items = enumerate(value)
    else:
        return None if _is_json_scalar(value) else (path, value)
    inside = (_not_json(item, (*path, key)) for key, item in items)
    return next((found for found in inside if found is not None), None)


def _is_json_scalar(value: Any) -> bool:
    if type(value) is int:
        return -_LARGEST < value < _LARGEST
    if type(value) is float:
        return math.isfinite(value)
    return type(value) in (str, bool, type(None))


def _short(value: Any) -> str:
    """Write a value for a message, whatever it is."""
    try:
        return f"{value!r:.60}"
    except (ValueError, RecursionError):  # of more digits or levels than Python writes
        return f"this {type(value).__name__}"


__all__ = ["Shape", "is_instance_of_model", "kept", "type_like"]
