"""The stored form of one type: its tag, and how it is written and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hitl_nb.codec.protocols import Decoder, Encoder

TAG = "$hitl"
"""The key that marks a stored dict as an escaped value rather than plain data."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """How values of one class become JSON-able data and come back.

    `write` raises `UnstorableValue` for a value it cannot keep exactly. `read` may raise anything
    on malformed data: the decoder turns it into the one typed error.
    """

    tag: str
    write: Callable[[Any, Encoder], Any]
    read: Callable[[Any, Decoder], Any]


def text_type(tag: str, parse: Callable[[str], Any], show: Callable[[Any], str] = str) -> ValueType:
    """Return the value type of a class whose values have one exact text each."""

    def read(data: Any, decoder: Decoder) -> Any:
        exact = text(decoder.value(data))
        value = parse(exact)
        # Lenient parsers accept spaces, signs and underscores; the stored text is the exact one.
        if show(value) != exact:
            raise ValueError("not the exact text of a value")
        return value

    # Even such a text (a file name, say) may hold surrogates, which need escaping themselves.
    return ValueType(tag, lambda value, encoder: encoder.value(show(value)), read)


def text(data: Any) -> str:
    """Return data that must be a string."""
    if type(data) is not str:
        raise ValueError("expected a string")
    return data


def whole(data: Any) -> int:
    """Return data that must be an integer."""
    if type(data) is not int:
        raise ValueError("expected an integer")
    return data


def flag(data: Any) -> bool:
    """Return data that must be true or false."""
    if type(data) is not bool:
        raise ValueError("expected true or false")
    return data


def rows(data: Any) -> list[Any]:
    """Return data that must be a list."""
    if type(data) is not list:
        raise ValueError("expected a list")
    return data


def row(data: Any, length: int) -> list[Any]:
    """Return data that must be a list of exactly `length` items."""
    if len(rows(data)) != length:
        raise ValueError(f"expected {length} items")
    return rows(data)


def record(data: Any, *names: str) -> list[Any]:
    """Return the values of data that must be an object with exactly these names."""
    if type(data) is not dict or data.keys() != set(names):
        raise ValueError(f"expected an object with {', '.join(names)}")
    return [data[name] for name in names]
