"""What the codec refuses: values without exact form, and stored data nobody should trust."""

from __future__ import annotations

import array
import json
import math
import re
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from codec_classes import Basket, Client, Key, Line
from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr

from hitl_nb.codec import (
    CodecError,
    CyclicValue,
    SecretValue,
    TooDeep,
    Types,
    UndeclaredClass,
    UnreadableData,
    UnstorableValue,
    decode,
    digest,
    dumps,
    encode,
    loads,
)


class Colour(Enum):
    RED = 1
    GREEN = Decimal("2.0")


class Point(NamedTuple):
    x: Any
    y: Any = 0


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    id: Any


class Undeclared(BaseModel):
    id: int


class Shouty(str):
    pass


TYPES = Types(Colour, Point, Basket, Line, Key, Client, Open)


def cyclic() -> dict[str, Any]:
    state: dict[str, Any] = {"a": [1]}
    state["a"].append({"back": state["a"]})
    return state


def cyclic_object() -> Client:
    client = Client("x")
    client.session = {"owner": client}
    return client


def cyclic_model() -> Open:
    items: list[Any] = []
    model = Open.model_construct(id=items)
    items.append(model)
    return model


def nested(levels: int, wrap: Any) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = wrap(value)
    return value


def with_stray_attribute() -> Line:
    line = Line("a", Decimal(1))
    line.cache = {}  # type: ignore[attr-defined]
    return line


def without_total() -> Key:
    key = Key(1)
    object.__delattr__(key, "total")
    return key


REFUSED: dict[str, tuple[Any, type[UnstorableValue], str]] = {
    "lambda": ([0, lambda: 1], UnstorableValue, "state[1]"),
    "function": ({"run": print}, UnstorableValue, "state['run']"),
    "class": ({"a": {"b": int}}, UnstorableValue, "state['a']['b']"),
    "module": ((json,), UnstorableValue, "state[0]"),
    "generator": (deque([(x for x in range(3))]), UnstorableValue, "state[0]"),
    "lock in a dataclass": (
        {"client": Client("x", threading.Lock())},
        UnstorableValue,
        "state['client'].session",
    ),
    "lock in a model": (Open(id=[threading.Lock()]), UnstorableValue, "state.id[0]"),
    "lock in model extras": (
        Open(id=1, more=threading.Lock()),  # type: ignore[call-arg]
        UnstorableValue,
        "state['more']",
    ),
    "lock in a named tuple": (Point(1, threading.Lock()), UnstorableValue, "state.y"),
    "object in a key": ({(1, object()): 1}, UnstorableValue, "list(state)[0][1]"),
    "object under a key": ({(1, 2): object()}, UnstorableValue, "list(state.values())[0]"),
    "object in a set": ({"s": {object()}}, UnstorableValue, "list(state['s'])[0]"),
    "exception": ({"e": ValueError("x")}, UnstorableValue, "state['e']"),
    "namespace": (SimpleNamespace(a=1), UnstorableValue, "state"),
    "memoryview": ([memoryview(b"")], UnstorableValue, "state[0]"),
    "undeclared model": ({"m": Undeclared(id=1)}, UndeclaredClass, "state['m']"),
    "undeclared subclass": ({"s": Shouty("x")}, UndeclaredClass, "state['s']"),
    "defaultdict with a factory": ([defaultdict(lambda: 1)], UnstorableValue, "state[0]"),
    "SecretStr": ({"key": SecretStr("hunter2")}, SecretValue, "state['key']"),
    "SecretBytes": (Client("x", [SecretBytes(b"hunter2")]), SecretValue, "state.session[0]"),
    "cycle": (cyclic(), CyclicValue, "state['a'][1]['back']"),
    "model inside itself": (cyclic_model(), CyclicValue, "state.id[0]"),
    "cycle through an object": (cyclic_object(), CyclicValue, "state.session['owner']"),
    "100,000 lists": (
        nested(100_000, lambda v: [v]),
        TooDeep,
        "state" + "[0]" * 6 + "…" + "[0]" * 6,
    ),
    "100,000 dicts": (
        nested(100_000, lambda v: {"a": v}),
        TooDeep,
        "state" + "['a']" * 6 + "…" + "['a']" * 6,
    ),
    "stray attribute": (with_stray_attribute(), UnstorableValue, "state.cache"),
    "field without value": ([without_total()], UnstorableValue, "state[0].total"),
    "time zone of another make": (
        pd.Timestamp("2024", tz="dateutil/Europe/Berlin"),
        UnstorableValue,
        "state.tzinfo",
    ),
    "long double": ([np.longdouble(1)], UnstorableValue, "state[0]"),
    "masked array": ([np.ma.MaskedArray([1])], UnstorableValue, "state[0]"),
    "object in an array": (
        np.array([[1, print]], dtype=object),
        UnstorableValue,
        "state.flat[1]",
    ),
    "object in a frame": (pd.DataFrame({"f": [1, print]}), UnstorableValue, "state['f'].iloc[1]"),
    "object in an index": (
        pd.Series([1], index=pd.Index([print], dtype=object)),
        UnstorableValue,
        "state.index[0]",
    ),
    "sparse column": (
        pd.DataFrame({"s": pd.arrays.SparseArray([0, 1])}),
        UnstorableValue,
        "state['s']",
    ),
    "array.array": ([array.array("i")], UnstorableValue, "state[0]"),
}


@pytest.mark.parametrize(("value", "error", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_a_value_without_exact_form_is_refused_by_its_path(
    value: Any, error: type[UnstorableValue], path: str
) -> None:
    for write in (encode, digest):
        with pytest.raises(UnstorableValue) as refusal:
            write(value, TYPES, "state")
        assert type(refusal.value) is error
        assert refusal.value.path == path
        assert str(refusal.value).startswith(f"{path} ")
        assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (Undeclared(id=1), "compile(types=[Undeclared])"),
        (threading.Lock(), "keep live objects in context="),
        (SecretStr("hunter2"), "secrets are never written"),
        (defaultdict(lambda: 1), "use one of list, dict, set, int, str, float, tuple"),
        (cyclic(), "refers back to value['a']"),
    ],
)
def test_a_refusal_says_what_to_do(value: Any, advice: str) -> None:
    with pytest.raises(UnstorableValue, match=re.escape(advice)):
        encode(value)


def test_a_class_made_again_under_its_name_is_told_apart() -> None:
    def cell() -> type:
        @dataclass
        class Ticket:
            id: int

        return Ticket

    before, after = cell(), cell()
    with pytest.raises(UndeclaredClass, match="after running its cell again"):
        encode(before(1), Types(after))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda v: [v],
        lambda v: (v,),
        lambda v: {"a": v},
        lambda v: {1: v},
        lambda v: {"é": v},
        lambda v: frozenset([v]),
        lambda v: {(1, v): 0}.popitem()[0],
        lambda v: deque([v]),
        Point,
        lambda v: Client("x", v),
        lambda v: Open(id=v),
        lambda v: defaultdict(list, {2: v}),
        lambda v: Basket([v]),
        lambda v: np.array([v, None], dtype=object),
    ],
)
def test_whatever_is_shallow_enough_to_be_written_can_be_read(wrap: Any) -> None:
    written, refusal = 0, ""
    for levels in range(1, 250):
        try:
            text = dumps(nested(levels, wrap), TYPES)
        except TooDeep as error:
            refusal = error.reason
            break
        loads(text, TYPES)
        written = levels
    assert "more than 200 levels" in refusal
    assert 40 <= written <= 200


def test_awkward_keys_at_every_level_cost_no_more_than_their_number() -> None:
    value = nested(60, lambda v: {"inner": v, 1: 0})
    assert decode(encode(value)) == value


def at_the_end_of_the_stack(call: Callable[[], Any], spare: int) -> Any:
    """Call with only about `spare` frames left."""

    def descend(left: int) -> Any:
        return call() if left == 0 else descend(left - 1)

    used = 0
    frame: Any = sys._getframe()
    while frame := frame.f_back:
        used += 1
    return descend(sys.getrecursionlimit() - used - spare)


@pytest.mark.parametrize("spare", range(25, 400, 13))
@pytest.mark.parametrize("write", [encode, digest, dumps])
def test_a_stack_that_is_almost_full_is_a_typed_error(write: Any, spare: int) -> None:
    value = nested(40, lambda v: {1: (v,)})
    try:
        at_the_end_of_the_stack(lambda: write(value), spare)
    except TooDeep:
        assert spare < 390


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "Infinity", "1e999", "[" * 100_000, "1" * 5000, '{"$hitl": "nan"}'],
)
def test_text_that_is_no_stored_value_is_one_typed_error(text: str) -> None:
    with pytest.raises(UnreadableData):
        loads(text, TYPES, "state")


HOSTILE: dict[str, tuple[Any, str]] = {
    "unknown tag": ({"a": [{"$hitl": "os.system", "value": "id"}]}, "state['a'][0]"),
    "tag that is no string": ({"$hitl": ["x"], "value": 1}, "state"),
    "undeclared class": ({"$hitl": "dataclass", "type": "os.Popen", "value": {}}, "state"),
    "label that is no string": ({"$hitl": "dataclass", "type": {}, "value": {}}, "state"),
    "extra key": ({"$hitl": "decimal", "value": "1", "run": "id"}, "state"),
    "object that is not JSON": ([b"x"], "state[0]"),
    "key that is not JSON": ([{1: 2}], "state[0][1]"),
    "nan outside a tag": ([math.nan], "state[0]"),
    "zone outside the database": ({"$hitl": "zone", "value": "../../etc/passwd"}, "state"),
    "zone that is a directory": ({"$hitl": "zone", "value": "Europe"}, "state"),
    "factory outside the table": ({"$hitl": "default-dict", "value": ["eval", {}]}, "state"),
    "member twice": ({"$hitl": "set", "value": [1, 1]}, "state"),
    "key twice": ({"$hitl": "dict", "value": [[1, 2], [1, 3]]}, "state"),
    "unhashable key": ({"$hitl": "dict", "value": [[[], 2]]}, "state"),
    "loose decimal": ({"$hitl": "decimal", "value": " 1_0 "}, "state"),
    "loose base64": ({"$hitl": "bytes", "value": "QQ"}, "state"),
    "printing pattern": ({"$hitl": "pattern", "value": ["a", 160]}, "state"),
    "object dtype by name": (
        {
            "$hitl": "numpy-array",
            "value": {"dtype": "|O", "shape": [1], "order": "C", "data": "AAAAAAAAAAA="},
        },
        "state",
    ),
    "larger shape than bytes": (
        {
            "$hitl": "numpy-array",
            "value": {"dtype": "<f8", "shape": [10**12], "order": "C", "data": ""},
        },
        "state",
    ),
    "field of another class": (
        {
            "$hitl": "dataclass",
            "type": f"{Client.__module__}.Client",
            "value": {"url": "x", "session": None, "__class__": "y"},
        },
        "state",
    ),
    "missing field": (
        {"$hitl": "dataclass", "type": f"{Client.__module__}.Client", "value": {"url": "x"}},
        "state",
    ),
    "malformed field": (
        {
            "$hitl": "dataclass",
            "type": f"{Client.__module__}.Client",
            "value": {"url": "x", "session": [{"$hitl": "uuid", "value": "x"}]},
        },
        "state.session[0]",
    ),
    "kind of another class": (
        {"$hitl": "enum", "type": f"{Client.__module__}.Client", "value": "url"},
        "state",
    ),
    "unknown member": ({"$hitl": "enum", "type": f"{__name__}.Colour", "value": "name"}, "state"),
    "model field of another class": (
        {
            "$hitl": "model",
            "type": f"{__name__}.Open",
            "value": {"fields": {"id": 1, "more": 2}, "extra": {}, "given": []},
        },
        "state",
    ),
    "too deep": (nested(5000, lambda v: [v]), "state" + "[0]" * 6 + "…" + "[0]" * 6),
}


@pytest.mark.parametrize(("data", "path"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_data_is_one_typed_error_that_says_where(data: Any, path: str) -> None:
    with pytest.raises(UnreadableData) as refusal:
        decode(data, TYPES, "state")
    assert refusal.value.path == path


def test_a_field_added_since_is_an_error_rather_than_a_guess() -> None:
    data = encode(Line("a", Decimal(1)), TYPES)
    data["value"]["discount"] = 0
    with pytest.raises(UnreadableData) as refusal:
        decode(data, TYPES)
    assert "sku, price" in str(refusal.value.__cause__)


def test_errors_are_also_the_builtin_ones_people_catch() -> None:
    assert issubclass(UnstorableValue, CodecError)
    assert issubclass(UnstorableValue, TypeError)
    assert issubclass(UnreadableData, CodecError)
    assert issubclass(UnreadableData, ValueError)
