"""The round-trip matrix: every awkward value comes back exactly, or is refused by its path."""

from __future__ import annotations

import ipaddress
import math
import re
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from functools import cached_property, singledispatch
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pandas.testing
import pytest
from codec_classes import Basket, Client, Key, Line
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from hitl_nb.codec import (
    Types,
    decode,
    digest,
    dumps,
    encode,
    loads,
)

BERLIN = ZoneInfo("Europe/Berlin")


class Colour(Enum):
    RED = 1
    GREEN = Decimal("2.0")


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    YES = "yes"


class Rights(Flag):
    READ = 1
    WRITE = 2


class Bits(IntFlag):
    ONE = 1
    TWO = 2


class Point(NamedTuple):
    x: Any
    y: Any = 0


class Name(str):
    pass


@dataclass
class Cached:
    base: int

    @cached_property
    def double(self) -> int:
        return 2 * self.base


class Order(BaseModel):
    id: int
    total: Decimal = Decimal(0)
    lines: list[Any] = Field(default_factory=list, alias="items")
    _seen: int = PrivateAttr(default=3)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    id: Any


class Undeclared(BaseModel):
    id: int


class Shouty(str):
    pass


TYPES = Types(
    *(Colour, Level, Word, Rights, Bits, Point, Name, Basket),
    *(Line, Key, Client, Cached, Order, Open),
)

FRAME = pd.DataFrame(
    {
        "int": [1, 2, 3],
        "float": [1.5, math.nan, -0.0],
        "text": ["a", None, "c"],
        "object": pd.Series([Decimal("1.1"), None, (1, 2)], dtype=object),
        "category": pd.Categorical(["x", "y", None], categories=["y", "x", "z"], ordered=True),
        "Int64": pd.array([1, None, 3], dtype="Int64"),
        "Float32": pd.array([1.5, None, 2], dtype="Float32"),
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "string": pd.array(["a", pd.NA, "b"], dtype="string"),
        "zoned": pd.date_range("2024-01-01", periods=3, tz=BERLIN),
        "naive": pd.date_range("2024-01-01", periods=3),
        "delta": pd.to_timedelta([1, 2, None], unit="s"),
        "interval": pd.interval_range(0, 3),
        "period": pd.period_range("2024-01", periods=3, freq="M"),
        "small": np.array([1, 2, 3], dtype="u1"),
    },
    index=pd.Index(["x", "x", "z"], name="key"),
)
FRAME.attrs = {"source": (1, 2)}
MULTI = pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("b", 3)], names=["x", None])

EXACT: dict[str, Any] = {
    "str": "naïve ☃ 😀",
    "str with NUL": "a\0b",
    "lone surrogate": "\ud83d",
    "surrogate pair kept apart": "\ud83d\ude00",
    "int": 3,
    "int of 64 bits": -(2**63),
    "int beyond 64 bits": 2**64,
    "int beyond the digit limit": -(10**5000) - 1,
    "bool": True,
    "None": None,
    "float": 0.1,
    "whole float": 1.0,
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "-0.0": -0.0,
    "smallest float": 5e-324,
    "complex": complex(-0.0, math.nan),
    "bytes": b"\x00\xff",
    "bytearray": bytearray(b"\x00\xff"),
    "list": [1, [2, []]],
    "tuple": (1, (2, ()), [3]),
    "set": {1, "1", 2.5, None, (1, 2)},
    "frozenset": frozenset({frozenset({1}), b""}),
    "dict": {"b": 1, "a": {"c": []}},
    "dict with our tag": {"$hitl": "decimal", "value": "1.10"},
    "dict with a surrogate key": {"a": 1, "\ud83d\ude00": 2},
    "dict with keys of any type": {1: "int", "1": "str", None: 0, (1, 2): 1, 2.0: [{}]},
    "dict keyed by value types": {date(2024, 1, 1): 1, Key("a"): {Key("b"): 2}, Colour.RED: 3},
    "dict with nan keys": {math.nan: 1},
    "deque": deque([1, (2,)]),
    "deque with maxlen": deque([1, 2], maxlen=2),
    "OrderedDict": OrderedDict([("b", 1), ("$hitl", 2), (3, 4)]),
    "Counter": Counter({"a": -1, ("b",): Decimal("2.5")}),
    "defaultdict": defaultdict(list, {"a": [1]}),
    "defaultdict without factory": defaultdict(None, {1: 2}),
    "range": range(10, -(2**70), -3),
    "slice": slice(None, Decimal("1.5"), (1,)),
    "Decimal": Decimal("1.10"),
    "Decimal exponent": Decimal("1E+5"),
    "Decimal -0": Decimal("-0E-7"),
    "Decimal sNaN": Decimal("-sNaN123"),
    "Decimal beyond precision": Decimal("1." + "3" * 100),
    "Fraction": Fraction(-3, 10**5000 + 1),
    "UUID": uuid.UUID(int=7),
    "Path": Path("/tmp/ä"),
    "Path of undecodable bytes": PurePosixPath("a/\udcff\udc80"),
    "PurePosixPath": PurePosixPath("//a/../b"),
    "PureWindowsPath": PureWindowsPath("c:a\\b"),
    "date": date(1, 1, 1),
    "time": time(1, 2, 3, 4, tzinfo=UTC, fold=1),
    "datetime": datetime(2024, 1, 1, 12, 0, 0, 5),
    "datetime UTC": datetime(2024, 1, 1, tzinfo=UTC),
    "datetime with named offset": datetime(
        2024, 1, 1, tzinfo=timezone(timedelta(hours=-3, microseconds=7), "BRT\ud83d\ude00")
    ),
    "datetime in a fold": datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1),
    "naive datetime with fold": datetime(2024, 10, 27, 2, 30, fold=1),
    "timedelta": timedelta(days=-1, microseconds=1),
    "timezone": timezone(timedelta(minutes=5)),
    "ZoneInfo": BERLIN,
    "Enum": Colour.GREEN,
    "IntEnum": Level.LOW,
    "StrEnum": Word.YES,
    "Flag combination": Rights.READ | Rights.WRITE,
    "empty Flag": Rights(0),
    "IntFlag": Bits.ONE | Bits.TWO,
    "IntFlag with unknown bits": Bits(9),
    "NamedTuple": Point([1], y=(2,)),
    "subclass of str": Name("ana"),
    "subclass of list": Basket([1, (2,)]),
    "dataclass": Line("a", Decimal("1.10")),
    "frozen dataclass with slots and init=False": Key((1,)),
    "pydantic model": Order(id=1, items=[(1, Line("a", Decimal(2)))]),
    "pydantic extras": Open(id=(1,), **{"more": Decimal("1.0"), "$hitl": 1}),
    "pydantic unvalidated": Order.model_construct(id="not a number"),  # type: ignore[arg-type]
    "ip addresses": (
        *(ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("fe80::1%eth0")),
        *(ipaddress.ip_interface("10.0.0.1/8"), ipaddress.ip_interface("::1/64")),
        *(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")),
    ),
    "pattern": re.compile("a+(?i:b)", re.MULTILINE | re.VERBOSE),
    "bytes pattern": re.compile(b"\xff+", re.DOTALL),
    "numpy scalars": (np.float64(1.5), np.int8(-3), np.bool_(True), np.complex64(1 + 2j)),
    "numpy text scalars": (np.str_("a\0"), np.bytes_(b"a\0"), np.str_("")),
    "numpy time scalars": (np.datetime64("2024-01-01T00", "ns"), np.timedelta64(3, "D")),
    "array": np.array([[1.5, math.nan], [-0.0, math.inf]]),
    "array without dimensions": np.array(5, dtype=">i4"),
    "empty array": np.zeros((0, 3), dtype="c8"),
    "Fortran array": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "strided array": np.arange(10)[::-2],
    "bool array": np.array([True, False]),
    "text array": np.array(["a", "bcd"]),
    "datetime array": np.array(["2024-01-01", "NaT"], dtype="M8[25s]"),
    "structured array": np.array(
        [(1, [1.0, 2.0], ("x", (3,)))],
        dtype=np.dtype(
            [("$hitl", "i1"), ("b", "f8", (2,)), ("c", [("d", "U3"), ("e", object)])], align=True
        ),
    ),
    "object array": np.array([[1, "a"], [None, (Decimal(1),)]], dtype=object),
    "DataFrame": FRAME,
    "empty DataFrame": pd.DataFrame(),
    "DataFrame without columns": pd.DataFrame(index=[1, 2]),
    "DataFrame with duplicate columns": pd.DataFrame([[1, "a"], [2, "b"]], columns=["a", "a"]),
    "DataFrame with MultiIndex": pd.DataFrame([[1, 2, 3]], columns=MULTI),
    "Series": pd.Series([1, 2, 3], index=MULTI, name=("a", 1)),
    "Series of objects": pd.Series([1, "a", None], dtype=object),
    "Series of numbers that are dates": pd.Series([1], index=[pd.Timestamp("2024")]),
    "DatetimeIndex": pd.date_range("2024-03-30", periods=3, freq="D", tz=BERLIN, name="day"),
    "DatetimeIndex across a fold": pd.date_range("2024-10-27 01:30", "2024-10-27 04:00", freq="h"),
    "TimedeltaIndex": pd.timedelta_range("1D", periods=3),
    "RangeIndex": pd.RangeIndex(1, 9, 2, name="n"),
    "PeriodIndex": pd.period_range("2024", periods=2, freq="Q"),
    "CategoricalIndex": pd.CategoricalIndex(["a", "b"]),
    "IntervalIndex": pd.IntervalIndex.from_breaks(pd.date_range("2024", periods=3, tz="UTC")),
    "Index": pd.Index([1, "a", None], dtype=object),
    "Categorical": pd.Categorical([1, None], categories=[2, 1]),
    "Timestamp": pd.Timestamp("2024-01-01 00:00:00.000000001", tz=BERLIN),
    "Timestamp in a fold": pd.Timestamp(datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1)),
    "Timestamp in seconds": pd.Timestamp("2024").as_unit("s"),
    "Timedelta": pd.Timedelta("-1ns"),
    "Period": pd.Period("2024-01", "M"),
    "Interval": pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025"), "both"),
    "NaT and NA": (pd.NaT, pd.NA),
}


def same(left: Any, right: Any) -> bool:
    """Say whether two values agree in type and value, more strictly than == does."""
    return type(left) is type(right) and agree(left, right)


@singledispatch
def agree(left: Any, right: Any) -> bool:
    """Say whether two values of one type agree."""
    marks = ("fold", "tzinfo", "unit", "flags", "start", "stop", "step")
    return left is right or (
        bool(left == right)
        and repr(left) == repr(right)
        and all(getattr(left, mark, None) == getattr(right, mark, None) for mark in marks)
    )


@agree.register(float)
@agree.register(complex)
@agree.register(Decimal)
@agree.register(slice)
def _(left: Any, right: Any) -> bool:
    return repr(left) == repr(right)


@agree.register(int)
@agree.register(Fraction)  # some are too long to show
def _(left: Any, right: Any) -> bool:
    return bool(left == right)


@agree.register
def _(left: set | frozenset, right: Any) -> bool:  # type: ignore[type-arg]
    return same(sorted(left, key=repr), sorted(right, key=repr))


@agree.register
def _(left: dict, right: Any) -> bool:  # type: ignore[type-arg]
    factories = [getattr(value, "default_factory", None) for value in (left, right)]
    return factories[0] is factories[1] and same(list(left.items()), list(right.items()))


@agree.register
def _(left: list | tuple | deque, right: Any) -> bool:  # type: ignore[type-arg]
    limits = [getattr(value, "maxlen", None) for value in (left, right)]
    return limits[0] == limits[1] and len(left) == len(right) and all(map(same, left, right))


@agree.register
def _(left: BaseModel, right: Any) -> bool:
    return (
        same(left.__dict__, right.__dict__)
        and same(left.__pydantic_extra__, right.__pydantic_extra__)
        and left.model_fields_set == right.model_fields_set
    )


@agree.register
def _(left: np.generic, right: Any) -> bool:
    return left.dtype == right.dtype and bytes(left.data) == bytes(right.data)


@agree.register
def _(left: np.ndarray, right: Any) -> bool:
    # Fortran order is kept, other strides are not.
    forms = [(value.dtype, value.shape, value.flags.fnc) for value in (left, right)]
    if left.dtype.hasobject:
        return forms[0] == forms[1] and repr(left) == repr(right)
    return forms[0] == forms[1] and left.tobytes() == right.tobytes()


@agree.register
def _(left: pd.DataFrame, right: Any) -> bool:
    pandas.testing.assert_frame_equal(left, right, check_exact=True, check_flags=True)
    return same(left.attrs, right.attrs) and same(list(left.columns), list(right.columns))


@agree.register
def _(left: pd.Series, right: Any) -> bool:
    pandas.testing.assert_series_equal(left, right, check_exact=True, check_flags=True)
    return same(left.name, right.name)


@agree.register
def _(left: pd.Index, right: Any) -> bool:
    pandas.testing.assert_index_equal(left, right, exact=True)
    frequencies = [getattr(value, "freq", None) for value in (left, right)]
    return same(list(left), list(right)) and frequencies[0] == frequencies[1]


@agree.register
def _(left: pd.Categorical, right: Any) -> bool:
    return left.dtype == right.dtype and same(left.codes.tolist(), right.codes.tolist())


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_a_value_comes_back_exactly_through_text(value: Any) -> None:
    assert same(loads(dumps({"v": [value]}, TYPES), TYPES), {"v": [value]})


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_a_value_that_came_back_has_the_digest_it_had(value: Any) -> None:
    assert digest(decode(encode(value, TYPES), TYPES), TYPES) == digest(value, TYPES)


def test_the_matrix_is_as_large_as_promised() -> None:
    assert len(EXACT) >= 69


def test_no_two_values_of_the_matrix_have_one_digest() -> None:
    digests = {digest(value, TYPES) for value in EXACT.values()}
    assert len(digests) == len(EXACT)


def test_plain_json_is_stored_as_itself_but_shares_nothing_with_the_value() -> None:
    value = {"a": [1, {"b": None}], "c": "d"}
    data = encode(value)
    assert data == value
    value["a"].append(2)  # type: ignore[attr-defined]
    assert data == {"a": [1, {"b": None}], "c": "d"}


def test_a_shared_value_comes_back_as_two_equal_ones() -> None:
    shared = [1]
    first, second = decode(encode((shared, shared)))
    assert first == second == [1]
    assert first is not second


def test_private_attributes_come_back_as_their_defaults() -> None:
    order = Order(id=1)
    order._seen = 99
    assert decode(encode(order, TYPES), TYPES)._seen == 3


def test_what_a_dataclass_only_cached_is_computed_again() -> None:
    cached = Cached(2)
    assert cached.double == 4
    restored = decode(encode(cached, TYPES), TYPES)
    assert vars(restored) == {"base": 2}
    assert restored.double == 4


def test_an_array_that_came_back_can_be_written_to() -> None:
    restored = decode(encode(np.arange(3)))
    restored[0] = 7
    assert restored.tolist() == [7, 1, 2]


def test_a_very_long_string_is_written_and_read_whole() -> None:
    text = "x" * 5_000_000 + "é"
    assert loads(dumps([text])) == [text]
