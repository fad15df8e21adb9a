"""The one codec: typed values to JSON-able values and back, and their canonical digest.

A value made of plain JSON is stored as itself. Everything else becomes a dict with the key
`$hitl`, and a user's dict that has that key is escaped, so any data comes back as data. There is
no fallback: what cannot be kept exactly is refused with its path before anything is written.
Classes are looked up in the `Types` a program declares; no name found in data is ever imported.
Nor is anything pickled: whoever can write to a store or sends a snapshot would choose what runs
here, and a class that was renamed or edited would come back half, in silence.

What is not kept: identity (a value stored twice comes back as two equal ones), pydantic private
attributes, cached properties, and the strides and read-only flag of arrays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from hitl_nb.codec.encoder import ValueDecoder, ValueEncoder
from hitl_nb.codec.json_text import canonical_text, plain_text
from hitl_nb.codec.types_table import NO_TYPES, Types
from hitl_nb.errors.codec import (
    CodecError,
    CyclicValue,
    DuplicateLabel,
    SecretValue,
    TooDeep,
    UndeclarableClass,
    UndeclaredClass,
    UnreadableData,
    UnstorableValue,
)

__all__ = [
    "NO_TYPES",
    "CodecError",
    "CyclicValue",
    "DuplicateLabel",
    "SecretValue",
    "TooDeep",
    "Types",
    "UndeclarableClass",
    "UndeclaredClass",
    "UnreadableData",
    "UnstorableValue",
    "decode",
    "digest",
    "dumps",
    "encode",
    "loads",
]


_Finished = TypeVar("_Finished")


def encode(value: Any, types: Types = NO_TYPES, path: str = "value") -> Any:
    """Turn a value into JSON-able data that `decode` turns back exactly.

    The result shares no list or dict with the value, so later changes to one do not reach the
    other.

    Args:
        value: Anything made of JSON, the standard library's value types, arrays, frames and
            instances of declared classes.
        types: The declared classes.
        path: What the value is called in an error message.

    Returns:
        Data made of `str`, `int`, finite `float`, `bool`, `None`, `list` and `dict` with `str`
        keys.

    Raises:
        UnstorableValue: Something in the value has no exact stored form; the message names it.

    Example:
        >>> from decimal import Decimal
        >>> encode({"amount": Decimal("1.10")})
        {'amount': {'$hitl': 'decimal', 'value': '1.10'}}
    """
    return _write(value, ValueEncoder(types), path, _as_it_is)


def decode(data: Any, types: Types = NO_TYPES, path: str = "value") -> Any:
    """Turn data made by `encode` back into the value.

    Args:
        data: JSON-able data, possibly from a file somebody else wrote.
        types: The declared classes; stored class names are only looked up here.
        path: What the value is called in an error message.

    Raises:
        UnreadableData: The data is malformed or names an unknown tag or undeclared class.
    """
    try:
        return ValueDecoder(types).value(data)
    except UnreadableData as error:
        error.root = path
        raise
    except RecursionError as error:
        raise UnreadableData("is nested too deeply to read here", path) from error


def digest(value: Any, types: Types = NO_TYPES, path: str = "value") -> str:
    """Return the SHA-256 of a value's canonical text, in hexadecimal.

    Values of different types differ (`1`, `True`, `1.0`, `"1"`, `Decimal("1")`), and so do lists
    and tuples. The order of a dict's keys and of a set's members does not matter.

    Raises:
        UnstorableValue: Something in the value has no exact stored form; the message names it.
    """
    # What equality ignores must not tell two digests apart: a node that runs again to be answered
    # may build the same dict in another order, and the answer has to find its question.
    text = _write(value, ValueEncoder(types, True), path, canonical_text)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def dumps(value: Any, types: Types = NO_TYPES, path: str = "value") -> str:
    """Return `encode(value)` as JSON text, pure ASCII and without spaces."""
    return _write(value, ValueEncoder(types), path, plain_text)


def loads(text: str | bytes, types: Types = NO_TYPES, path: str = "value") -> Any:
    """Return the value of text made by `dumps`.

    Raises:
        UnreadableData: The text is not JSON, or `decode` would refuse it.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableData("is not JSON text", path) from error
    return decode(data, types, path)


def _as_it_is(data: Any) -> Any:
    return data


def _write(
    value: Any, encoder: ValueEncoder, path: str, finish: Callable[[Any], _Finished]
) -> _Finished:
    try:
        return finish(encoder.value(value))
    except CodecError as error:
        error.root = path
        if isinstance(error, TooDeep) and (cyclic := error.cycle()) is not None:
            raise cyclic from None
        raise
    except RecursionError as error:
        raise TooDeep("is nested too deeply to store: store it flat", path) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
