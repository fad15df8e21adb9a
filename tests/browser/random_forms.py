"""Random pydantic models and values of them, with no value that a keyboard cannot type."""

from __future__ import annotations

import enum
import string
from base64 import b64encode
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from field_values import Card, Cash, Kind, Level, Paid
from hypothesis import strategies as st
from pydantic import Base64Bytes, BaseModel, Field, create_model


class Colour(enum.Enum):
    RED = "red"
    DEEP = "deep blue"


class Circle(BaseModel):
    radius: float


class Square(BaseModel):
    side: float
    filled: bool


LETTERS = Literal["a", "b", "c", "d", "e", "f", "g", "h", "i"]
zones = [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3)), None]

# One line of text; what a browser itself takes out of a line cannot be typed there.
texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
keys = st.text("abcXYZ019äß日本_$.<&", max_size=5)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, -0.0, 1e22, 0.1])
whole = st.integers() | st.integers(2**53, 2**80)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=3)
cards = st.builds(Card, number=texts)
cash = st.builds(Cash, amount=whole)
json_values = st.recursive(
    st.none() | st.booleans() | whole | floats | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
minutes = st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0))
SCALARS = [
    Kind(str, texts),
    Kind(Annotated[str, Field(json_schema_extra={"format": "textarea"})],
         texts.map(lambda text: f"{text}\n{text}")),
    Kind(Annotated[str, Field(min_length=2, max_length=5)],
         st.text(string.ascii_letters, min_size=2, max_size=5)),
    Kind(Annotated[str, Field(pattern="^[a-z]+$")],
         st.text(string.ascii_lowercase, min_size=1, max_size=5)),
    Kind(bool, st.booleans()),
    Kind(int, whole),
    Kind(Annotated[int, Field(ge=1, le=5)], st.integers(1, 5)),
    Kind(Annotated[int, Field(ge=0, le=500)], st.integers(0, 500)),
    Kind(Annotated[int, Field(gt=3, multiple_of=3)], st.just(9) | st.just(2**70 * 3)),
    Kind(float, floats),
    Kind(Annotated[float, Field(ge=0, lt=1)], st.floats(0, 1, exclude_max=True)),
    Kind(Decimal, decimals),
    Kind(Annotated[Decimal, Field(max_digits=8, decimal_places=2)],
         st.decimals(-9999, 9999, places=2)),
    Kind(date, st.dates()),
    Kind(datetime, (st.datetimes() | minutes).flatmap(
        lambda moment: st.sampled_from(zones).map(lambda zone: moment.replace(tzinfo=zone)))),
    Kind(time, st.times()),
    Kind(timedelta, st.timedeltas(timedelta(-999), timedelta(999))),
    Kind(UUID, st.uuids()),
    Kind(Colour, st.sampled_from(Colour)),
    Kind(Level, st.sampled_from(Level)),
    Kind(Literal["a", "b", 3, True], st.sampled_from(["a", "b", 3, True])),
    Kind(LETTERS, st.sampled_from("abcdefghi")),
    Kind(Base64Bytes, st.binary(min_size=1, max_size=9).map(b64encode)),
    Kind(Any, json_values),
    Kind(set[Colour], st.sets(st.sampled_from(Colour))),
    Kind(Paid, cards | cash),
    Kind(Card | Cash, cards | cash),
    Kind(Circle | Square, st.builds(Circle, radius=floats)
         | st.builds(Square, side=floats, filled=st.booleans())),
    Kind(int | float | str, whole | floats | texts),
    Kind(bool | int, st.booleans() | whole),
    Kind(list[int] | dict[str, int],
         st.lists(whole, max_size=2) | st.dictionaries(keys, whole, max_size=2)),
]  # fmt: skip


@st.composite
def kinds(draw: st.DrawFn, name: str, depth: int) -> Kind:
    """Draw a type; a model's fields are named after the place it is in."""
    made = draw(st.sampled_from(["scalar", "scalar", *WIDER]) if depth else st.just("scalar"))
    if made == "scalar":
        return draw(st.sampled_from(SCALARS))
    if made == "model":
        return draw(models(f"{name}x", depth - 1))
    inner = draw(kinds(name, depth - 1))
    few: dict[str, Any] = {"max_size": 2}
    wider = {
        "list": (list[inner.type], st.lists(inner.values, **few)),  # type: ignore[name-defined]
        "optional": (inner.type | None, inner.values | st.none()),
        "dict": (dict[str, inner.type], st.dictionaries(keys, inner.values, **few)),  # type: ignore[name-defined]
        "numbered": (dict[int, str], st.dictionaries(st.integers(0, 99), texts, **few)),
        "tuple": (tuple[inner.type, int], st.tuples(inner.values, whole)),  # type: ignore[name-defined]
    }
    return Kind(*wider[made])


WIDER = ("list", "optional", "dict", "numbered", "tuple", "model")


@st.composite
def models(draw: st.DrawFn, name: str = "f", depth: int = 2) -> Kind:
    """Draw a model with up to four fields, some with a default."""
    fields: dict[str, Any] = {}
    values: dict[str, st.SearchStrategy[Any]] = {}
    for letter in "abcd"[: draw(st.integers(1, 4))]:
        field = f"{name}{letter}"
        kind = draw(kinds(field, depth))
        default = draw(kind.values) if draw(st.integers(0, 3)) == 0 else ...
        fields[field] = (kind.type, default)
        values[field] = kind.values
    model = create_model(f"Model_{name}", **fields)
    return Kind(model, st.fixed_dictionaries(values).map(lambda found: model(**found)))


def alike(one: Any, other: Any) -> bool:
    """Whether two values are one and the same: 1 is neither 1.0 nor True, nor 0.0 -0.0."""
    if type(one) is not type(other):
        return False
    match one:
        case BaseModel():
            return alike(dict(one), dict(other))
        case dict():
            return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
        case list() | tuple():
            return len(one) == len(other) and all(map(alike, one, other))
    return exactly(one) == exactly(other)


def exactly(value: Any) -> Any:
    """Return what tells a value from others that are equal to it."""
    match value:
        case float():
            return value.hex()
        case Decimal():
            return value.as_tuple()
        case datetime():
            return value.isoformat()
    return value
