"""pandas values, kept with their dtypes, indexes, names and zones; imported only when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from hitl_nb.codec.kinds import Kind, flag, record, row, rows, whole
from hitl_nb.codec.standard import read_zone, write_zone
from hitl_nb.errors.codec import UnstorableValue

if TYPE_CHECKING:
    from hitl_nb.codec.encoder import Reader, Writer

_CLOSED = ("left", "right", "both", "neither")
_UNITS = ("s", "ms", "us", "ns")


def kind_for(cls: type) -> Kind | None:
    """Return the kind of a pandas class, or None for any other class."""
    return _KINDS.get(cls)


# Indexes


def _write_index(value: Any, writer: Writer) -> dict[str, Any]:
    return {
        "values": write_column(value.array, value, "[{}]", writer),
        "name": writer.part(value, ".name", value.name),
        "freq": frequency_text(getattr(value, "freq", None)),
    }


def _read_index(cls: Any) -> Any:
    def read(data: Any, reader: Reader) -> Any:
        values, name, freq = record(data, "values", "name", "freq")
        array = read_column(values, "[{}]", reader)
        index: Any = pd.Index(array, dtype=array.dtype, name=reader.value(name), copy=False)
        if type(index) is not cls:
            raise ValueError(f"not the values of a {cls.__name__}")
        if cls in (pd.DatetimeIndex, pd.TimedeltaIndex):
            index.freq = frequency(freq)
        return index

    return read


def _write_range(value: pd.RangeIndex, writer: Writer) -> list[Any]:
    return [value.start, value.stop, value.step, writer.part(value, ".name", value.name)]


def _read_range(data: Any, reader: Reader) -> pd.RangeIndex:
    start, stop, step, name = row(data, 4)
    return pd.RangeIndex(whole(start), whole(stop), whole(step), name=reader.value(name))


def _write_multi(value: pd.MultiIndex, writer: Writer) -> dict[str, Any]:
    return {
        "levels": writer.items(list(value.levels), value, ("", ".levels[{}]")),
        "codes": writer.items([np.asarray(codes) for codes in value.codes], value),
        "names": writer.items(list(value.names), value, ("", ".names[{}]")),
    }


def _read_multi(data: Any, reader: Reader) -> pd.MultiIndex:
    levels, codes, names = (reader.items(part) for part in record(data, "levels", "codes", "names"))
    return pd.MultiIndex(levels=levels, codes=codes, names=names)


# Series and frames


def _write_series(value: Any, writer: Writer) -> dict[str, Any]:
    return {
        "values": write_column(value.array, value, ".iloc[{}]", writer),
        "index": writer.part(value, ".index", value.index),
        "name": writer.part(value, ".name", value.name),
        **_write_extras(value, writer),
    }


def _read_series(data: Any, reader: Reader) -> Any:
    values, index, name, attrs, unique = record(data, "values", "index", "name", "attrs", "unique")
    array = read_column(values, ".iloc[{}]", reader)
    series = pd.Series(
        array, index=_index(index, reader), dtype=array.dtype, name=reader.value(name), copy=False
    )
    return _read_extras(series, attrs, unique, reader)


def _write_frame(value: Any, writer: Writer) -> dict[str, Any]:
    # By position: names may occur twice.
    parts = [
        (f"[{name!r}]" if isinstance(name, str | int) else f".iloc[:, {position}]", position)
        for position, name in enumerate(value.columns)
    ]
    return {
        "columns": writer.part(value, ".columns", value.columns),
        "index": writer.part(value, ".index", value.index),
        "values": [
            _write_frame_column(value, value.iloc[:, position], step, writer)
            for step, position in parts
        ],
        **_write_extras(value, writer),
    }


def _write_frame_column(frame: Any, series: Any, step: str, writer: Writer) -> list[Any]:
    try:
        return write_column(series.array, series, ".iloc[{}]", writer)
    except UnstorableValue as error:
        error.rise(step, frame)
        raise


def _read_frame(data: Any, reader: Reader) -> Any:
    values, columns, index, attrs, unique = record(
        data, "values", "columns", "index", "attrs", "unique"
    )
    arrays = [read_column(column, ".iloc[{}]", reader) for column in rows(values)]
    labels = _index(index, reader)
    if any(len(array) != len(labels) for array in arrays):
        raise ValueError("columns and index of different lengths")
    series = {
        position: pd.Series(array, dtype=array.dtype, copy=False)
        for position, array in enumerate(arrays)
    }
    frame = pd.DataFrame(series, index=range(len(labels)))
    frame.index = labels
    frame.columns = _index(columns, reader)
    return _read_extras(frame, attrs, unique, reader)


def _index(data: Any, reader: Reader) -> Any:
    index = reader.value(data)
    if not isinstance(index, pd.Index):
        raise ValueError("expected an index")
    return index


def _write_extras(value: Any, writer: Writer) -> dict[str, Any]:
    return {
        "attrs": writer.part(value, ".attrs", value.attrs),
        "unique": not value.flags.allows_duplicate_labels,
    }


def _read_extras(value: Any, attrs: Any, unique: Any, reader: Reader) -> Any:
    value.attrs = read_mapping(attrs, reader)
    if flag(unique):
        value.flags.allows_duplicate_labels = False
    return value


# Scalars


def _write_timestamp(value: pd.Timestamp, writer: Writer) -> list[Any]:
    ticks = int(value.asm8.view("i8"))
    return [ticks, value.unit, value.fold, write_zone(value, value.tzinfo, writer)]


def _read_timestamp(data: Any, reader: Reader) -> Any:
    ticks, unit, fold, zone = row(data, 4)
    value: Any = pd.Timestamp(np.datetime64(whole(ticks), _unit(unit)))
    tz = read_zone(zone, reader)
    if tz is not None:
        value = value.tz_localize("UTC").tz_convert(tz)
    if value.fold != whole(fold):
        value = value.replace(fold=fold)
    if int(value.asm8.view("i8")) != ticks or type(value) is not pd.Timestamp:
        raise ValueError("no such moment")
    return value


def _write_timedelta(value: pd.Timedelta, _writer: Writer) -> list[Any]:
    return [int(value.asm8.view("i8")), value.unit]


def _read_timedelta(data: Any, _reader: Reader) -> Any:
    ticks, unit = row(data, 2)
    value = pd.Timedelta(np.timedelta64(whole(ticks), _unit(unit)))
    if type(value) is not pd.Timedelta:
        raise ValueError("no such duration")
    return value


def _unit(data: Any) -> Any:
    if data not in _UNITS:
        raise ValueError("an unknown unit")
    return data


def _write_interval(value: Any, writer: Writer) -> list[Any]:
    return [
        writer.part(value, ".left", value.left),
        writer.part(value, ".right", value.right),
        value.closed,
    ]


def _read_interval(data: Any, reader: Reader) -> Any:
    left, right, closed = row(data, 3)
    if closed not in _CLOSED:
        raise ValueError("an unknown side")
    return pd.Interval(reader.value(left), reader.value(right), closed)


def _write_period(value: Any, _writer: Writer) -> list[Any]:
    return [value.ordinal, frequency_text(value.freq)]


def _read_period(data: Any, _reader: Reader) -> Any:
    ordinal, freq = row(data, 2)
    return pd.Period(ordinal=whole(ordinal), freq=frequency(freq))


def _constant(tag: str, value: Any) -> Kind:
    def read(data: Any, _: Reader) -> Any:
        if data is not None:
            raise ValueError("expected null")
        return value

    return Kind(tag, lambda *_: None, read)


_INDEXES: tuple[Any, ...] = (
    pd.Index,
    pd.DatetimeIndex,
    pd.TimedeltaIndex,
    pd.PeriodIndex,
    pd.CategoricalIndex,
    pd.IntervalIndex,
)
_KINDS: dict[type, Kind] = {
    **{cls: Kind(f"pandas-{cls.__name__}", _write_index, _read_index(cls)) for cls in _INDEXES},
    pd.RangeIndex: Kind("pandas-RangeIndex", _write_range, _read_range),
    pd.MultiIndex: Kind("pandas-MultiIndex", _write_multi, _read_multi),
    pd.Series: Kind("pandas-Series", _write_series, _read_series),
    pd.DataFrame: Kind("pandas-DataFrame", _write_frame, _read_frame),
    pd.Categorical: Kind("pandas-Categorical", write_categorical, read_categorical),
    pd.Timestamp: Kind("pandas-Timestamp", _write_timestamp, _read_timestamp),
    pd.Timedelta: Kind("pandas-Timedelta", _write_timedelta, _read_timedelta),
    pd.Interval: Kind("pandas-Interval", _write_interval, _read_interval),
    pd.Period: Kind("pandas-Period", _write_period, _read_period),
    type(pd.NaT): _constant("pandas-NaT", pd.NaT),
    type(pd.NA): _constant("pandas-NA", pd.NA),
}
READERS = {kind.tag: kind for kind in _KINDS.values()}
