"""pandas values, kept with their dtypes, indexes, names and zones; imported only when needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hitl_nb.codec.builtin import read_mapping
from hitl_nb.codec.columns import (
    frequency,
    frequency_text,
    read_categorical,
    read_column,
    write_categorical,
    write_column,
)
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.standard import read_zone, write_zone
from hitl_nb.codec.value_types import ValueType, flag, record, row, rows, whole
from hitl_nb.errors.codec import UnstorableValue

_CLOSED = ("left", "right", "both", "neither")
_UNITS = ("s", "ms", "us", "ns")


def type_for(cls: type) -> ValueType | None:
    """Return the value type of a pandas class, or None for any other class."""
    return _TYPES.get(cls)


# Indexes


def _write_index(value: Any, encoder: Encoder) -> dict[str, Any]:
    return {
        "values": write_column(value.array, value, "[{}]", encoder),
        "name": encoder.part(value, ".name", value.name),
        "freq": frequency_text(getattr(value, "freq", None)),
    }


def _read_index(cls: Any) -> Any:
    def read(data: Any, decoder: Decoder) -> Any:
        values, name, freq = record(data, "values", "name", "freq")
        array = read_column(values, "[{}]", decoder)
        index: Any = pd.Index(array, dtype=array.dtype, name=decoder.value(name), copy=False)
        if type(index) is not cls:
            raise ValueError(f"not the values of a {cls.__name__}")
        if cls in (pd.DatetimeIndex, pd.TimedeltaIndex):
            index.freq = frequency(freq)
        return index

    return read


def _write_range(value: pd.RangeIndex, encoder: Encoder) -> list[Any]:
    return [value.start, value.stop, value.step, encoder.part(value, ".name", value.name)]


def _read_range(data: Any, decoder: Decoder) -> pd.RangeIndex:
    start, stop, step, name = row(data, 4)
    return pd.RangeIndex(whole(start), whole(stop), whole(step), name=decoder.value(name))


def _write_multi(value: pd.MultiIndex, encoder: Encoder) -> dict[str, Any]:
    return {
        "levels": encoder.items(list(value.levels), value, ("", ".levels[{}]")),
        "codes": encoder.items([np.asarray(codes) for codes in value.codes], value),
        "names": encoder.items(list(value.names), value, ("", ".names[{}]")),
    }


def _read_multi(data: Any, decoder: Decoder) -> pd.MultiIndex:
    levels, codes, names = (
        decoder.items(part) for part in record(data, "levels", "codes", "names")
    )
    return pd.MultiIndex(levels=levels, codes=codes, names=names)


# Series and frames


def _write_series(value: Any, encoder: Encoder) -> dict[str, Any]:
    return {
        "values": write_column(value.array, value, ".iloc[{}]", encoder),
        "index": encoder.part(value, ".index", value.index),
        "name": encoder.part(value, ".name", value.name),
        **_write_extras(value, encoder),
    }


def _read_series(data: Any, decoder: Decoder) -> Any:
    values, index, name, attrs, unique = record(data, "values", "index", "name", "attrs", "unique")
    array = read_column(values, ".iloc[{}]", decoder)
    series = pd.Series(
        array, index=_index(index, decoder), dtype=array.dtype, name=decoder.value(name), copy=False
    )
    return _read_extras(series, attrs, unique, decoder)


def _write_frame(value: Any, encoder: Encoder) -> dict[str, Any]:
    # By position: names may occur twice.
    parts = [
        (f"[{name!r}]" if isinstance(name, str | int) else f".iloc[:, {position}]", position)
        for position, name in enumerate(value.columns)
    ]
    return {
        "columns": encoder.part(value, ".columns", value.columns),
        "index": encoder.part(value, ".index", value.index),
        "values": [
            _write_frame_column(value, value.iloc[:, position], step, encoder)
            for step, position in parts
        ],
        **_write_extras(value, encoder),
    }


def _write_frame_column(frame: Any, series: Any, step: str, encoder: Encoder) -> list[Any]:
    try:
        return write_column(series.array, series, ".iloc[{}]", encoder)
    except UnstorableValue as error:
        error.rise(step, frame)
        raise


def _read_frame(data: Any, decoder: Decoder) -> Any:
    values, columns, index, attrs, unique = record(
        data, "values", "columns", "index", "attrs", "unique"
    )
    arrays = [read_column(column, ".iloc[{}]", decoder) for column in rows(values)]
    labels = _index(index, decoder)
    if any(len(array) != len(labels) for array in arrays):
        raise ValueError("columns and index of different lengths")
    series = {
        position: pd.Series(array, dtype=array.dtype, copy=False)
        for position, array in enumerate(arrays)
    }
    frame = pd.DataFrame(series, index=range(len(labels)))
    frame.index = labels
    frame.columns = _index(columns, decoder)
    return _read_extras(frame, attrs, unique, decoder)


def _index(data: Any, decoder: Decoder) -> Any:
    index = decoder.value(data)
    if not isinstance(index, pd.Index):
        raise ValueError("expected an index")
    return index


def _write_extras(value: Any, encoder: Encoder) -> dict[str, Any]:
    return {
        "attrs": encoder.part(value, ".attrs", value.attrs),
        "unique": not value.flags.allows_duplicate_labels,
    }


def _read_extras(value: Any, attrs: Any, unique: Any, decoder: Decoder) -> Any:
    value.attrs = read_mapping(attrs, decoder)
    if flag(unique):
        value.flags.allows_duplicate_labels = False
    return value


# Scalars


def _write_timestamp(value: pd.Timestamp, encoder: Encoder) -> list[Any]:
    ticks = int(value.asm8.view("i8"))
    return [ticks, value.unit, value.fold, write_zone(value, value.tzinfo, encoder)]


def _read_timestamp(data: Any, decoder: Decoder) -> Any:
    ticks, unit, fold, zone = row(data, 4)
    value: Any = pd.Timestamp(np.datetime64(whole(ticks), _unit(unit)))
    tz = read_zone(zone, decoder)
    if tz is not None:
        value = value.tz_localize("UTC").tz_convert(tz)
    if value.fold != whole(fold):
        value = value.replace(fold=fold)
    if int(value.asm8.view("i8")) != ticks or type(value) is not pd.Timestamp:
        raise ValueError("no such moment")
    return value


def _write_timedelta(value: pd.Timedelta, _encoder: Encoder) -> list[Any]:
    return [int(value.asm8.view("i8")), value.unit]


def _read_timedelta(data: Any, _decoder: Decoder) -> Any:
    ticks, unit = row(data, 2)
    value = pd.Timedelta(np.timedelta64(whole(ticks), _unit(unit)))
    if type(value) is not pd.Timedelta:
        raise ValueError("no such duration")
    return value


def _unit(data: Any) -> Any:
    if data not in _UNITS:
        raise ValueError("an unknown unit")
    return data


def _write_interval(value: Any, encoder: Encoder) -> list[Any]:
    return [
        encoder.part(value, ".left", value.left),
        encoder.part(value, ".right", value.right),
        value.closed,
    ]


def _read_interval(data: Any, decoder: Decoder) -> Any:
    left, right, closed = row(data, 3)
    if closed not in _CLOSED:
        raise ValueError("an unknown side")
    return pd.Interval(decoder.value(left), decoder.value(right), closed)


def _write_period(value: Any, _encoder: Encoder) -> list[Any]:
    return [value.ordinal, frequency_text(value.freq)]


def _read_period(data: Any, _decoder: Decoder) -> Any:
    ordinal, freq = row(data, 2)
    return pd.Period(ordinal=whole(ordinal), freq=frequency(freq))


def _constant(tag: str, value: Any) -> ValueType:
    def read(data: Any, _: Decoder) -> Any:
        if data is not None:
            raise ValueError("expected null")
        return value

    return ValueType(tag, lambda *_: None, read)


_INDEXES: tuple[Any, ...] = (
    pd.Index,
    pd.DatetimeIndex,
    pd.TimedeltaIndex,
    pd.PeriodIndex,
    pd.CategoricalIndex,
    pd.IntervalIndex,
)
_TYPES: dict[type, ValueType] = {
    **{
        cls: ValueType(f"pandas-{cls.__name__}", _write_index, _read_index(cls)) for cls in _INDEXES
    },
    pd.RangeIndex: ValueType("pandas-RangeIndex", _write_range, _read_range),
    pd.MultiIndex: ValueType("pandas-MultiIndex", _write_multi, _read_multi),
    pd.Series: ValueType("pandas-Series", _write_series, _read_series),
    pd.DataFrame: ValueType("pandas-DataFrame", _write_frame, _read_frame),
    pd.Categorical: ValueType("pandas-Categorical", write_categorical, read_categorical),
    pd.Timestamp: ValueType("pandas-Timestamp", _write_timestamp, _read_timestamp),
    pd.Timedelta: ValueType("pandas-Timedelta", _write_timedelta, _read_timedelta),
    pd.Interval: ValueType("pandas-Interval", _write_interval, _read_interval),
    pd.Period: ValueType("pandas-Period", _write_period, _read_period),
    type(pd.NaT): _constant("pandas-NaT", pd.NaT),
    type(pd.NA): _constant("pandas-NA", pd.NA),
}
BY_TAG = {value_type.tag: value_type for value_type in _TYPES.values()}
