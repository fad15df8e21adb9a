"""The type of a value that was given without one: what its edited versions have to be like."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import GenericAlias
from typing import Annotated, Any, NotRequired, Union

from hitl_nb.codec.classes import is_pydantic_model

_LISTS = (list, set, frozenset)


def type_like(value: Any) -> Any:
    """Return a type that a value and its edited versions have.

    A dict becomes a TypedDict of its keys, a list a list of what it holds, an instance of a
    model that model. What says too little, such as None or an empty list, takes anything.
    """
    return _joint([value])


def _joint(values: Sequence[Any]) -> Any:
    """Return a type that several values have."""
    classes = list(dict.fromkeys(_class_of(value) for value in values))
    if not classes or classes == [type(None)]:
        return Any
    found = [
        _of_class(cls, [value for value in values if _class_of(value) is cls]) for cls in classes
    ]
    return Any if Any in found else Union[tuple(found)]  # noqa: UP007  (as many as there are)


def _class_of(value: Any) -> Any:
    if isinstance(value, Mapping) and not is_pydantic_model(type(value)):
        return dict
    return type(value)


def _of_class(cls: Any, values: Sequence[Any]) -> Any:
    if cls is type(None):
        return None
    if cls is dict:
        return _dict_like(values)
    if cls in _LISTS:
        return GenericAlias(cls, (_joint([item for value in values for item in value]),))
    if cls is tuple:
        if len({len(value) for value in values}) == 1 and values[0]:
            return GenericAlias(tuple, tuple(map(_joint, zip(*values, strict=True))))
        return GenericAlias(tuple, (_joint([item for value in values for item in value]), ...))
    return _encoded_bytes() if cls is bytes else _plain(cls)


def _plain(cls: Any) -> Any:
    """Return a type that forms know: of numpy's numbers and texts Python's own."""
    numpy = sys.modules.get("numpy")  # whoever has one of its values has loaded it
    if numpy is None or not issubclass(cls, numpy.generic):
        return cls
    if issubclass(cls, (numpy.timedelta64, numpy.longdouble)):  # an integer and a float to numpy
        return cls
    known = {numpy.bool_: bool, numpy.integer: int, numpy.floating: float, numpy.str_: str}
    own = next((own for base, own in known.items() if issubclass(cls, base)), None)
    return cls if own is None else _of_numpy(cls, own)


@cache
def _of_numpy(cls: Any, own: Any) -> Any:
    from pydantic import BeforeValidator

    return Annotated[own, BeforeValidator(lambda it: it.item() if isinstance(it, cls) else it)]


@cache
def _encoded_bytes() -> Any:
    """Return bytes whose JSON form is base64, since not all bytes are the UTF-8 of a text."""
    from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

    def read(value: Any) -> Any:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value

    return Annotated[
        bytes,
        BeforeValidator(read),
        PlainSerializer(lambda value: base64.b64encode(value).decode(), when_used="json"),
        WithJsonSchema({"type": "string", "format": "base64"}),
    ]


def _dict_like(values: Sequence[Mapping[Any, Any]]) -> Any:
    keys = list(dict.fromkeys(key for value in values for key in value))
    if not keys:
        return dict[str, Any]
    if not all(isinstance(key, str) for key in keys):
        items = [item for value in values for item in value.values()]
        return GenericAlias(dict, (_joint(keys), _joint(items)))
    fields = []
    for key in keys:
        type_ = _joint([value[key] for value in values if key in value])
        fields.append((key, type_, all(key in value for value in values)))
    return _record(tuple(fields))


@lru_cache(1024)
def _record(fields: Iterable[tuple[str, Any, bool]]) -> Any:
    """Return a TypedDict; the same for the same fields, so that what is alike compares equal."""
    from pydantic import ConfigDict
    from typing_extensions import TypedDict

    hints = {key: type_ if always else NotRequired[type_] for key, type_, always in fields}
    make: Any = TypedDict
    record = make("Fields", hints)
    record.__pydantic_config__ = ConfigDict(extra="forbid")
    return record
