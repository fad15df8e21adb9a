"""What a part of an answer may be: a JSON Schema for everyone, and the type itself where known."""

from __future__ import annotations

import copy
import json
from dataclasses import is_dataclass
from typing import Any

from hitl_nb.errors import InvalidAnswer
from hitl_nb.requests.likeness import type_like
from hitl_nb.requests.locating import located, misfits
from hitl_nb.schema import adapter_of, describe_schema
from hitl_nb.state import is_pydantic

_JSON_TYPES = (str, int, float, bool, type(None))


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
            raise TypeError(
                f"There is no form for {getattr(schema, '__name__', schema)}. Propose text, a "
                f"dict, or a model; what is only shown goes into context=."
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
        except (PydanticSerializationError, UnicodeDecodeError) as error:
            raise ValueError(f"{value!r:.80} has no JSON form: {error}") from error
        place = _not_json(written)
        if place is not None:
            path, number = place
            where = f" at {'.'.join(map(str, path))}" if path else ""
            raise ValueError(f"{number!r}{where} is no number that JSON can hold")
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
            raise InvalidAnswer(question, [(path, f"{found!r:.60} is nothing JSON can hold")])
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
            raise InvalidAnswer(question, located(error.errors(), value)) from error
        # Where only leniency makes it fit, the schema decides: "12" is no number.
        self._check_schema(value, question)
        return found

    def settle(self, value: Any) -> Any:
        """Check a value, in its JSON form or an instance, and return its JSON form.

        Raises:
            InvalidAnswer: Naming each field and what is wrong with it.
        """
        if _not_json(value) is not None:
            try:
                value = self.write(value)
            except ValueError as error:
                raise InvalidAnswer("", [((), str(error))]) from error
        found = self.read(value)
        return found if self.type is None else self.write(found)

    def _check_schema(self, value: Any, question: str) -> None:
        if wrong := misfits(self.schema, value):
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
        return adapter.dump_python(instance, mode="json", by_alias=True, round_trip=True)


def is_instance_of_model(value: Any) -> bool:
    """Whether a value is an instance of a pydantic model or dataclass."""
    return not isinstance(value, type) and (is_dataclass(value) or is_pydantic(type(value)))


def same(one: Any, other: Any) -> bool:
    """Whether two values in their JSON form are one and the same: 1 is not True."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


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
    if same(before, after):
        return copy.deepcopy(original)
    if isinstance(original, dict) and isinstance(typed, dict) and original.keys() == before.keys():
        return {
            key: kept(original[key], before[key], after[key], item) if key in original else item
            for key, item in typed.items()
        }
    if isinstance(original, list) and isinstance(typed, list) and len(before) == len(after):
        return [kept(*parts) for parts in zip(original, before, after, typed, strict=True)]
    return typed


def _not_json(value: Any, path: tuple[str | int, ...] = ()) -> tuple[Any, Any] | None:
    """Find the first thing in a value that JSON cannot hold."""
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                return path, key
            if (found := _not_json(item, (*path, key))) is not None:
                return found
        return None
    if type(value) is list:
        for place, item in enumerate(value):
            if (found := _not_json(item, (*path, place))) is not None:
                return found
        return None
    fine = type(value) in _JSON_TYPES and not (isinstance(value, float) and value - value != 0)
    return None if fine else (path, value)


__all__ = ["Shape", "is_instance_of_model", "kept", "same", "type_like"]
