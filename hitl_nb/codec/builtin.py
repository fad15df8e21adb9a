"""Python's own types, as far as JSON does not have them."""

from __future__ import annotations

import binascii
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from math import isnan
from typing import Any

from hitl_nb.codec.json_text import canonical_text
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.value_types import ValueType, row, rows, text, text_type, whole
from hitl_nb.errors.codec import UnstorableValue

# A stored factory is a name in this table, so no data can choose what is called.
_FACTORIES: dict[str, type] = {
    cls.__name__: cls for cls in (list, dict, set, int, str, float, tuple)
}


def base64_text(value: bytes | bytearray | memoryview) -> str:
    """Return bytes as base64 text."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def base64_bytes(data: Any) -> bytes:
    """Return the bytes of base64 text."""
    return binascii.a2b_base64(text(data), strict_mode=True)


def _write_str(value: str, _encoder: Encoder) -> str:
    return base64_text(value.encode("utf-8", "surrogatepass"))


def _read_str(data: Any, _decoder: Decoder) -> str:
    return base64_bytes(data).decode("utf-8", "surrogatepass")


def _float(data: str) -> float:
    if data not in ("nan", "inf", "-inf"):
        raise ValueError("expected nan, inf or -inf")
    return float(data)


def _show_float(value: float) -> str:
    return "nan" if isnan(value) else str(value)


def _write_complex(value: complex, encoder: Encoder) -> list[Any]:
    return [encoder.value(value.real), encoder.value(value.imag)]


def _read_complex(data: Any, decoder: Decoder) -> complex:
    real, imag = (decoder.value(part) for part in row(data, 2))
    if type(real) is not float or type(imag) is not float:
        raise ValueError("expected two floats")
    return complex(real, imag)


def write_members(value: set[Any] | frozenset[Any], encoder: Encoder) -> list[Any]:
    """Return the members of a set in an order that does not depend on their hashes."""
    # Hashes of texts differ from process to process, and digests must not.
    return sorted(encoder.items(value, step=("list(", ")[{}]")), key=canonical_text)


def _read_members(data: Any, decoder: Decoder) -> set[Any]:
    members = decoder.items(data, step=("list(", ")[{}]"))
    value = set(members)
    if len(value) != len(members):
        raise ValueError("a member occurs twice")
    return value


def _read_dict(data: Any, decoder: Decoder) -> dict[Any, Any]:
    pairs = decoder.pairs(data)
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key occurs twice")
    return value


def read_mapping(data: Any, decoder: Decoder) -> dict[Any, Any]:
    """Return the dict that a stored mapping, plain or escaped, stands for."""
    value = decoder.value(data)
    if type(value) is not dict:
        raise ValueError("expected a dict")
    return value


def _read_counter(data: Any, decoder: Decoder) -> Counter[Any]:
    value: Counter[Any] = Counter()
    # Counter's own update would add counts; counts may be of any type and are kept as they are.
    dict.update(value, read_mapping(data, decoder))
    return value


def _write_defaultdict(value: defaultdict[Any, Any], encoder: Encoder) -> list[Any]:
    factory: Callable[[], Any] | None = value.default_factory
    name = getattr(factory, "__name__", None)
    if factory is not None and _FACTORIES.get(str(name)) is not factory:
        raise UnstorableValue(
            f"is a defaultdict whose factory cannot be stored: use one of {', '.join(_FACTORIES)}, "
            "or turn it into a dict"
        )
    return [None if factory is None else name, encoder.mapping(value)]


def _read_defaultdict(data: Any, decoder: Decoder) -> defaultdict[Any, Any]:
    name, items = row(data, 2)
    factory = None if name is None else _FACTORIES[text(name)]
    return defaultdict(factory, read_mapping(items, decoder))


def _write_deque(value: deque[Any], encoder: Encoder) -> list[Any]:
    return [value.maxlen, encoder.items(value)]


def _read_deque(data: Any, decoder: Decoder) -> deque[Any]:
    limit, items = row(data, 2)
    values = decoder.items(items)
    if limit is not None and len(values) > whole(limit):
        raise ValueError("more items than maxlen")
    return deque(values, limit)


def _write_range(value: range, encoder: Encoder) -> list[Any]:
    return [encoder.value(part) for part in (value.start, value.stop, value.step)]


def _read_range(data: Any, decoder: Decoder) -> range:
    return range(*(whole(decoder.value(part)) for part in row(data, 3)))


def _write_slice(value: slice, encoder: Encoder) -> list[Any]:
    return [
        encoder.part(value, f".{name}", getattr(value, name)) for name in ("start", "stop", "step")
    ]


def _read_slice(data: Any, decoder: Decoder) -> slice:
    return slice(*(decoder.value(part) for part in row(data, 3)))


BUILTIN: dict[type, ValueType] = {
    str: ValueType("str", _write_str, _read_str),
    int: text_type("int", lambda data: int(data, 16), hex),
    float: text_type("float", _float, _show_float),
    complex: ValueType("complex", _write_complex, _read_complex),
    bytes: ValueType(
        "bytes", lambda value, _: base64_text(value), lambda data, _: base64_bytes(data)
    ),
    bytearray: ValueType(
        "bytearray",
        lambda value, _: base64_text(value),
        lambda data, _: bytearray(base64_bytes(data)),
    ),
    tuple: ValueType(
        "tuple",
        lambda value, encoder: encoder.items(value),
        lambda data, decoder: tuple(decoder.items(rows(data))),
    ),
    set: ValueType("set", write_members, _read_members),
    frozenset: ValueType(
        "frozenset", write_members, lambda data, decoder: frozenset(_read_members(data, decoder))
    ),
    dict: ValueType("dict", lambda value, encoder: encoder.pairs(value), _read_dict),
    OrderedDict: ValueType(
        "ordered-dict",
        lambda value, encoder: encoder.pairs(value),
        lambda data, decoder: OrderedDict(_read_dict(data, decoder)),
    ),
    Counter: ValueType("counter", lambda value, encoder: encoder.mapping(value), _read_counter),
    defaultdict: ValueType("default-dict", _write_defaultdict, _read_defaultdict),
    deque: ValueType("deque", _write_deque, _read_deque),
    range: ValueType("range", _write_range, _read_range),
    slice: ValueType("slice", _write_slice, _read_slice),
}
