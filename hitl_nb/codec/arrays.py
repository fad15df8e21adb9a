"""NumPy arrays and scalars, kept as the bytes of plain dtypes; imported only when needed."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from hitl_nb.codec.builtin import base64_bytes, base64_text
from hitl_nb.codec.json_text import has_surrogates
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.value_types import ValueType, flag, record, row, rows, text, whole
from hitl_nb.errors.codec import UnstorableValue

# Booleans, integers, floats, complex, bytes, text, dates, durations and raw bytes. Long doubles
# are left out: their size and padding depend on the machine.
_DTYPE = re.compile(
    r"\|b1|[<>|][iu][1248]|[<>]f[248]|[<>]c(8|16)|[|]S[0-9]+|[<>]U[0-9]+|[|]V[0-9]+"
    r"|[<>][mM]8(\[[0-9]*(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)


def type_for(cls: Any) -> ValueType | None:
    """Return the value type of an array or of a NumPy scalar's class, or None for anything else."""
    if cls is np.ndarray:
        return _ARRAY
    if cls is np.str_ or cls is np.bytes_:
        return _TEXT if cls is np.str_ else _BYTES
    # A class made by the program may derive from these; it is not flattened into its base.
    if issubclass(cls, np.generic) and cls.__module__ == "numpy":
        return _SCALAR
    return None


def _write_dtype(dtype: np.dtype[Any]) -> Any:
    if dtype.metadata is not None:
        raise UnstorableValue("has dtype metadata, which cannot be stored: drop it")
    if dtype.names is not None:
        fields: Any = dtype.fields or {}
        if not fields:
            raise UnstorableValue("has a dtype without fields, which cannot be stored: drop it")
        if any(len(fields[name]) > 2 or has_surrogates(name) for name in dtype.names):
            raise UnstorableValue("has field titles or invalid field names: use plain names only")
        return {
            "names": list(dtype.names),
            "formats": [_write_dtype(fields[name][0]) for name in dtype.names],
            "offsets": [fields[name][1] for name in dtype.names],
            "size": dtype.itemsize,
            "aligned": dtype.isalignedstruct,
        }
    if dtype.subdtype is not None:
        return [_write_dtype(dtype.subdtype[0]), list(dtype.subdtype[1])]
    if dtype.kind == "O":
        return "object"
    if not _DTYPE.fullmatch(dtype.str) or dtype.itemsize == 0:
        raise UnstorableValue(
            f"has the dtype {dtype.name}, which cannot be stored: use .astype(...) first"
        )
    return dtype.str


def _read_dtype(data: Any) -> np.dtype[Any]:
    if type(data) is list:
        base, shape = row(data, 2)
        return _dtype((_read_dtype(base), _read_shape(shape)))
    if type(data) is dict:
        names, formats, offsets, size, aligned = record(
            data, "names", "formats", "offsets", "size", "aligned"
        )
        if not names:
            raise ValueError("no fields")
        return _dtype(
            {
                "names": [text(name) for name in rows(names)],
                "formats": [_read_dtype(part) for part in rows(formats)],
                "offsets": [whole(offset) for offset in rows(offsets)],
                "itemsize": whole(size),
            },
            flag(aligned),
        )
    if data == "object":
        return _dtype(object)
    if not _DTYPE.fullmatch(text(data)):
        raise ValueError("not a stored dtype")
    return _dtype(data)


def _dtype(form: Any, align: bool = False) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(form, align=align)
    return dtype


def _read_shape(data: Any) -> tuple[int, ...]:
    shape = tuple(whole(length) for length in rows(data))
    if any(length < 0 for length in shape):
        raise ValueError("a negative length")
    return shape


def _write_content(value: np.ndarray[Any, Any], encoder: Encoder) -> Any:
    dtype = value.dtype
    if dtype.names is not None:
        # Field by field: the padding between fields holds whatever was in memory.
        return [_write_field(value[name], f"[{name!r}]", value, encoder) for name in dtype.names]
    if dtype.kind == "O":
        step = "[{}]" if value.ndim == 1 else ".flat[{}]"
        return write_objects(value.ravel().tolist(), value, step, encoder)
    if encoder.canonical and dtype.kind in "fc":
        value = _one_nan(value)
    return base64_text(value.tobytes())


def write_objects(items: list[Any], owner: object, step: str, encoder: Encoder) -> list[Any]:
    """Return the stored items of an array of objects; `step` names one of them in errors."""
    # Assigning such an array to an item of another stores what is in it.
    if any(type(item) is np.ndarray and item.ndim == 0 for item in items):
        raise UnstorableValue("has an array without dimensions as an item: use .item() of it")
    return encoder.items(items, owner, ("", step))


def read_objects(data: Any, step: str, decoder: Decoder) -> np.ndarray[Any, Any]:
    """Return the array of objects, of one dimension, that stored items stand for."""
    items = decoder.items(data, ("", step))
    value = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        value[position] = item
    return value


def _write_field(value: np.ndarray[Any, Any], step: str, owner: object, encoder: Encoder) -> Any:
    """Return the content of one field of a structured array, named in errors by `step`."""
    try:
        return _write_content(value, encoder)
    except UnstorableValue as error:
        error.rise(step, owner)
        raise


def _one_nan(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array in which all NaNs have the same bits; a computed one may have any."""
    parts = np.array(value, order="C", ndmin=1)
    floats = (
        parts.view(f"{parts.dtype.byteorder}f{parts.dtype.itemsize // 2}")
        if (parts.dtype.kind == "c")
        else parts
    )
    floats[np.isnan(floats)] = np.nan
    return parts


def _read_content(
    data: Any, dtype: np.dtype[Any], shape: tuple[int, ...], decoder: Decoder
) -> np.ndarray[Any, Any]:
    if dtype.names is not None:
        parts = zip(dtype.names, row(data, len(dtype.names)), strict=True)
        fields = [(name, _read_field(part, dtype[name], shape, decoder)) for name, part in parts]
        value = np.zeros(shape, dtype)
        for name, field in fields:
            value[name] = field
        return value
    count = math.prod(shape)
    if dtype.kind == "O":
        value = read_objects(data, "[{}]" if len(shape) == 1 else ".flat[{}]", decoder)
        return value.reshape(shape)
    content = base64_bytes(data)
    if len(content) != count * dtype.itemsize or dtype.itemsize == 0:
        raise ValueError("not as many bytes as the shape says")
    # A copy, because an array over immutable bytes could not be written to.
    return np.frombuffer(content, dtype).reshape(shape).copy()


def _read_field(
    data: Any, dtype: np.dtype[Any], shape: tuple[int, ...], decoder: Decoder
) -> np.ndarray[Any, Any]:
    base, inner = (dtype, ()) if dtype.subdtype is None else dtype.subdtype
    return _read_content(data, base, (*shape, *inner), decoder)


def _write_array(value: np.ndarray[Any, Any], encoder: Encoder) -> dict[str, Any]:
    dtype = _write_dtype(value.dtype)
    # How an array lies in memory is kept, but two equal arrays have one digest.
    fortran = value.flags.f_contiguous and not value.flags.c_contiguous and not encoder.canonical
    return {
        "dtype": dtype,
        "shape": list(value.shape),
        "order": "F" if fortran else "C",
        "data": _write_content(value, encoder),
    }


def _read_array(data: Any, decoder: Decoder) -> Any:
    dtype, shape, order, content = record(data, "dtype", "shape", "order", "data")
    if order not in ("C", "F"):
        raise ValueError("expected the order C or F")
    stored = _read_dtype(dtype)
    if stored.itemsize == 0 or stored.subdtype is not None:
        raise ValueError("no dtype of an array")
    value = _read_content(content, stored, _read_shape(shape), decoder)
    return np.asfortranarray(value) if order == "F" else value


def _write_scalar(value: Any, encoder: Encoder) -> list[Any]:
    array = np.asarray(value)
    if type(array[()]) is not type(value) or np.dtype(array.dtype.str).type is not type(value):
        raise UnstorableValue(
            f"is a {type(value).__name__}, which depends on the machine: use .item() of it"
        )
    dtype = _write_dtype(array.dtype)
    return [dtype, _write_content(array, encoder)]


def _read_scalar(data: Any, decoder: Decoder) -> Any:
    dtype, content = row(data, 2)
    stored = _read_dtype(dtype)
    if stored.kind == "O":
        raise ValueError("an object is no scalar")
    return _read_content(content, stored, (), decoder)[()]


def _read_text(data: Any, decoder: Decoder) -> np.str_:
    return np.str_(text(decoder.value(data)))


_ARRAY = ValueType("numpy-array", _write_array, _read_array)
_SCALAR = ValueType("numpy-scalar", _write_scalar, _read_scalar)
# As arrays these two would lose trailing NULs.
_TEXT = ValueType("numpy-str", lambda value, encoder: encoder.value(str.__str__(value)), _read_text)
_BYTES = ValueType(
    "numpy-bytes",
    lambda value, _: base64_text(bytes(value)),
    lambda data, _: np.bytes_(base64_bytes(data)),
)

BY_TAG = {value_type.tag: value_type for value_type in (_ARRAY, _SCALAR, _TEXT, _BYTES)}
