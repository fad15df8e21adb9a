"""Python's own types, as far as JSON does not have them."""

from __future__ import annotations

import binascii
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from math import isnan
from typing import TYPE_CHECKING, Any

from hitl_nb.codec.json_text import canonical_text
from hitl_nb.codec.kinds import Kind, row, rows, text, text_kind, whole
from hitl_nb.errors.codec import UnstorableValue

if TYPE_CHECKING:
    from hitl_nb.codec.encoder import Reader, Writer

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


def _write_str(value: str, _writer: Writer) -> str:
    return base64_text(value.encode("utf-8", "surrogatepass"))


def _read_str(data: Any, _reader: Reader) -> str:
    return base64_bytes(data).decode("utf-8", "surrogatepass")


def _float(data: str) -> float:
    if data not in ("nan", "inf", "-inf"):
        raise ValueError("expected nan, inf or -inf")
    return float(data)


def _show_float(value: float) -> str:
    return "nan" if isnan(value) else str(value)


def _write_complex(value: complex, writer: Writer) -> list[Any]:
    return [writer.value(value.real), writer.value(value.imag)]


def _read_complex(data: Any, reader: Reader) -> complex:
    real, imag = (reader.value(part) for part in row(data, 2))
    if type(real) is not float or type(imag) is not float:
        raise ValueError("expected two floats")
    return complex(real, imag)


def write_members(value: set[Any] | frozenset[Any], writer: Writer) -> list[Any]:
    """Return the members of a set in an order that does not depend on their hashes."""
    return sorted(writer.items(value, step=("list(", ")[{}]")), key=canonical_text)


def _read_members(data: Any, reader: Reader) -> set[Any]:
    members = reader.items(data, step=("list(", ")[{}]"))
    value = set(members)
    if len(value) != len(members):
        raise ValueError("a member occurs twice")
    return value


def _read_dict(data: Any, reader: Reader) -> dict[Any, Any]:
    pairs = reader.pairs(data)
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key occurs twice")
    return value


def read_mapping(data: Any, reader: Reader) -> dict[Any, Any]:
    """Return the dict that a stored mapping, plain or escaped, stands for."""
    value = reader.value(data)
    if type(value) is not dict:
        raise ValueError("expected a dict")
    return value


def _read_counter(data: Any, reader: Reader) -> Counter[Any]:
    value: Counter[Any] = Counter()
    # Counter's own update would add counts; counts may be of any type and are kept as they are.
    dict.update(value, read_mapping(data, reader))
    return value


def _write_defaultdict(value: defaultdict[Any, Any], writer: Writer) -> list[Any]:
    factory: Callable[[], Any] | None = value.default_factory
    name = getattr(factory, "__name__", None)
    if factory is not None and _FACTORIES.get(str(name)) is not factory:
        raise UnstorableValue(
            f"is a defaultdict whose factory cannot be stored: use one of {', '.join(_FACTORIES)}, "
            "or turn it into a dict"
        )
    return [None if factory is None else name, writer.mapping(value)]


def _read_defaultdict(data: Any, reader: Reader) -> defaultdict[Any, Any]:
    name, items = row(data, 2)
    factory = None if name is None else _FACTORIES[text(name)]
    return defaultdict(factory, read_mapping(items, reader))


def _write_deque(value: deque[Any], writer: Writer) -> list[Any]:
    return [value.maxlen, writer.items(value)]


def _read_deque(data: Any, reader: Reader) -> deque[Any]:
    limit, items = row(data, 2)
    values = reader.items(items)
    if limit is not None and len(values) > whole(limit):
        raise ValueError("more items than maxlen")
    return deque(values, limit)


def _write_range(value: range, writer: Writer) -> list[Any]:
    return [writer.value(part) for part in (value.start, value.stop, value.step)]


def _read_range(data: Any, reader: Reader) -> range:
    return range(*(whole(reader.value(part)) for part in row(data, 3)))


def _write_slice(value: slice, writer: Writer) -> list[Any]:
    return [
        writer.part(value, f".{name}", getattr(value, name)) for name in ("start", "stop", "step")
    ]


def _read_slice(data: Any, reader: Reader) -> slice:
    return slice(*(reader.value(part) for part in row(data, 3)))


BUILTIN: dict[type, Kind] = {
    str: Kind("str", _write_str, _read_str),
    int: text_kind("int", lambda data: int(data, 16), hex),
    float: text_kind("float", _float, _show_float),
    complex: Kind("complex", _write_complex, _read_complex),
    bytes: Kind("bytes", lambda value, _: base64_text(value), lambda data, _: base64_bytes(data)),
    bytearray: Kind(
        "bytearray",
        lambda value, _: base64_text(value),
        lambda data, _: bytearray(base64_bytes(data)),
    ),
    tuple: Kind(
        "tuple",
        lambda value, writer: writer.items(value),
        lambda data, reader: tuple(reader.items(rows(data))),
    ),
    set: Kind("set", write_members, _read_members),
    frozenset: Kind(
        "frozenset", write_members, lambda data, reader: frozenset(_read_members(data, reader))
    ),
    dict: Kind("dict", lambda value, writer: writer.pairs(value), _read_dict),
    OrderedDict: Kind(
        "ordered-dict",
        lambda value, writer: writer.pairs(value),
        lambda data, reader: OrderedDict(_read_dict(data, reader)),
    ),
    Counter: Kind("counter", lambda value, writer: writer.mapping(value), _read_counter),
    defaultdict: Kind("default-dict", _write_defaultdict, _read_defaultdict),
    deque: Kind("deque", _write_deque, _read_deque),
    range: Kind("range", _write_range, _read_range),
    slice: Kind("slice", _write_slice, _read_slice),
}
