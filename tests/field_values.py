"""Random models and values of them, of every kind a form has a field for."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from pydantic import Base64Bytes, BaseModel, Field, create_model


class Kind(NamedTuple):
    """A type, and values of it."""

    type: Any
    values: st.SearchStrategy[Any]


class Colour(enum.Enum):
    RED = "red"
    ODD = "o\u202edd"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str


class Cash(BaseModel):
    kind: Literal["cash"] = "cash"
    amount: int


Paid = Annotated[Card | Cash, Field(discriminator="kind")]
texts = st.text(max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
cards = st.builds(Card, number=texts)
cash = st.builds(Cash, amount=st.integers())
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4)
zones = st.sampled_from([UTC, None])
SCALARS = [
    Kind(str, texts),
    Kind(bool, st.booleans()),
    Kind(int, st.integers()),
    Kind(float, floats),
    Kind(Decimal, decimals),
    Kind(date, st.dates()),
    Kind(datetime, st.datetimes(timezones=zones)),
    Kind(time, st.times()),
    Kind(timedelta, st.timedeltas(timedelta(-999), timedelta(999))),
    Kind(UUID, st.uuids()),
    Kind(Colour, st.sampled_from(Colour)),
    Kind(Level, st.sampled_from(Level)),
    Kind(Literal["a", "b", 3, True], st.sampled_from(["a", "b", 3, True])),
    Kind(Base64Bytes, st.just(b"\xff\x00")),
    Kind(None, st.none()),
    Kind(Paid, cards | cash),
    Kind(Card | Cash, cards | cash),
    Kind(Annotated[int, Field(ge=3, multiple_of=3)], st.just(9) | st.just(2**70 * 3)),
]
hashable = SCALARS[:12]
scalars = st.sampled_from(SCALARS)


def _list(item: Kind) -> Kind:
    return Kind(list[item.type], st.lists(item.values, max_size=3))  # type: ignore[name-defined]


def _optional(item: Kind) -> Kind:
    return Kind(item.type | None if item.type is not None else None, item.values | st.none())


def _dict(item: Kind) -> Kind:
    return Kind(dict[str, item.type], st.dictionaries(texts, item.values, max_size=3))  # type: ignore[name-defined]


def _pair(one: Kind, other: Kind) -> Kind:
    return Kind(tuple[one.type, other.type], st.tuples(one.values, other.values))  # type: ignore[name-defined]


def _model(fields: list[Kind]) -> Kind:
    given = {f"f{place}": kind for place, kind in enumerate(fields)}
    annotated: dict[str, Any] = {name: (kind.type, ...) for name, kind in given.items()}
    model = create_model("M", **annotated)
    values = {name: kind.values for name, kind in given.items()}
    return Kind(model, st.fixed_dictionaries(values).map(lambda found: model(**found)))


def _wider(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    makers: list[Callable[[Kind], Kind]] = [_list, _optional, _dict]
    return st.one_of(
        *(inner.map(maker) for maker in makers),
        st.builds(_pair, inner, inner),
        st.lists(inner, max_size=4).map(_model),
        st.sampled_from(hashable).map(
            lambda kind: Kind(set[kind.type], st.sets(kind.values, max_size=3))  # type: ignore[name-defined]
        ),
        st.just(Kind(int | float | str, st.integers() | floats | texts)),
        st.just(Kind(dict[int, str], st.dictionaries(st.integers(), texts, max_size=3))),
    )


kinds = st.recursive(scalars, _wider, max_leaves=6)
models = st.lists(kinds, max_size=5).map(_model)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
