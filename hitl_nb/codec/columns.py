"""What a Series, an Index or a column of a frame holds, in one form for each kind of dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from hitl_nb.codec.arrays import read_objects, write_objects
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.standard import read_zone, write_zone
from hitl_nb.codec.value_types import flag, row, text
from hitl_nb.errors.codec import UnstorableValue

_MASKED: dict[str, Any] = {
    "b": pd.arrays.BooleanArray,
    "i": pd.arrays.IntegerArray,
    "u": pd.arrays.IntegerArray,
    "f": pd.arrays.FloatingArray,
}


def write_column(array: Any, owner: Any, step: str, encoder: Encoder) -> list[Any]:
    """Return the name of an array's form and its stored content.

    Args:
        array: An extension array or an array of one dimension.
        owner: What holds the array.
        step: How a path names one item of the owner, such as `.iloc[{}]`.
        encoder: The walk.
    """
    if type(array.dtype) in _FORMS:
        form, write = _FORMS[type(array.dtype)]
        return [form, write(array, owner, step, encoder)]
    if isinstance(array, tuple(_MASKED.values())):
        return ["masked", _write_masked(array, encoder)]
    if not (isinstance(array.dtype, np.dtype) or type(array) is pd.arrays.NumpyExtensionArray):
        raise UnstorableValue(
            f"has the dtype {array.dtype}, which cannot be stored: use .astype(...) first"
        )
    plain = array.to_numpy() if not isinstance(array, np.ndarray) else array
    if plain.dtype.kind == "O":
        return ["objects", write_objects(plain.tolist(), owner, step, encoder)]
    return ["array", encoder.value(plain)]


def read_column(data: Any, step: str, decoder: Decoder) -> Any:
    """Return the array that stored content stands for."""
    form, content = row(data, 2)
    return _READERS[text(form)](content, step, decoder)


def _read_array(data: Any, _: str, decoder: Decoder) -> np.ndarray[Any, Any]:
    value = decoder.value(data)
    if type(value) is not np.ndarray or value.ndim != 1:
        raise ValueError("expected an array of one dimension")
    return value


def _write_masked(array: Any, encoder: Encoder) -> list[Any]:
    # What lies under the mask is no part of the value.
    data = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=array.dtype.type(0))
    return [encoder.value(data), encoder.value(np.asarray(array.isna()))]


def _read_masked(data: Any, step: str, decoder: Decoder) -> Any:
    values, mask = (_read_array(part, step, decoder) for part in row(data, 2))
    return _MASKED[values.dtype.kind](values, mask)


def _write_texts(array: Any, owner: Any, step: str, encoder: Encoder) -> list[Any]:
    texts = [None if pd.isna(item) else str(item) for item in array]
    missing = "NA" if array.dtype.na_value is pd.NA else "nan"
    return [array.dtype.storage, missing, encoder.items(texts, owner, ("", step))]


def _read_texts(data: Any, step: str, decoder: Decoder) -> Any:
    storage, missing, items = row(data, 3)
    dtype: Any = pd.StringDtype
    # Older versions of pandas know only NA, and no argument to say so.
    options = {"NA": {}, "nan": {"na_value": np.nan}}[text(missing)]
    return pd.array(decoder.items(items, ("", step)), dtype=dtype(text(storage), **options))


def write_categorical(value: Any, encoder: Encoder) -> list[Any]:
    """Return the codes, categories and orderedness of a Categorical."""
    categories = encoder.part(value, ".categories", value.categories)
    return [encoder.value(np.asarray(value.codes)), categories, bool(value.ordered)]


def read_categorical(data: Any, decoder: Decoder) -> Any:
    """Return the Categorical that stored data stands for."""
    codes, categories, ordered = row(data, 3)
    build: Any = pd.Categorical.from_codes
    plain = _read_array(codes, "", decoder)
    return build(plain, categories=decoder.value(categories), ordered=flag(ordered))


def _write_moments(array: Any, owner: Any, _: str, encoder: Encoder) -> list[Any]:
    moments = array.tz_convert("UTC").tz_localize(None).to_numpy()
    return [encoder.value(moments), write_zone(owner, array.dtype.tz, encoder)]


def _read_moments(data: Any, step: str, decoder: Decoder) -> Any:
    moments, zone = row(data, 2)
    utc = pd.DatetimeIndex(_read_array(moments, step, decoder)).tz_localize("UTC")
    return utc.tz_convert(read_zone(zone, decoder)).array


def _write_intervals(array: Any, _: Any, __: str, encoder: Encoder) -> list[Any]:
    bounds = [encoder.value(pd.Index(side)) for side in (array.left, array.right)]
    return [*bounds, array.closed]


def _read_intervals(data: Any, _: str, decoder: Decoder) -> Any:
    left, right, closed = row(data, 3)
    build: Any = pd.arrays.IntervalArray.from_arrays
    return build(decoder.value(left), decoder.value(right), closed=text(closed))


def _write_periods(array: Any, _: Any, __: str, encoder: Encoder) -> list[Any]:
    return [encoder.value(np.array(array.asi8)), frequency_text(array.dtype.freq)]


def _read_periods(data: Any, step: str, decoder: Decoder) -> Any:
    ordinals, freq = row(data, 2)
    index: Any = pd.PeriodIndex
    return index.from_ordinals(_read_array(ordinals, step, decoder), freq=frequency(freq)).array


def frequency_text(offset: Any) -> str | None:
    """Return the text of an index's frequency; one with a calendar of its own has none."""
    if offset is None:
        return None
    name: str = offset.freqstr
    if to_offset(name) != offset:
        raise UnstorableValue(f"has the frequency {name}, whose calendar would be lost: unset it")
    return name


def frequency(data: Any) -> Any:
    """Return the frequency that stored text stands for, or None."""
    return None if data is None else to_offset(text(data))


_FORMS: dict[type, tuple[str, Callable[[Any, Any, str, Encoder], Any]]] = {
    pd.StringDtype: ("text", _write_texts),
    pd.CategoricalDtype: (
        "categories",
        lambda array, _, __, encoder: write_categorical(array, encoder),
    ),
    pd.DatetimeTZDtype: ("moments", _write_moments),
    pd.IntervalDtype: ("intervals", _write_intervals),
    pd.PeriodDtype: ("periods", _write_periods),
}
_READERS: dict[str, Callable[[Any, str, Decoder], Any]] = {
    "objects": read_objects,
    "array": _read_array,
    "masked": _read_masked,
    "text": _read_texts,
    "categories": lambda data, _, decoder: read_categorical(data, decoder),
    "moments": _read_moments,
    "intervals": _read_intervals,
    "periods": _read_periods,
}
