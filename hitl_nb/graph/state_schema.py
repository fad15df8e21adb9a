"""Read a state schema: which keys there are, how writes to them merge, what a node is handed."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections import abc
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from hitl_nb.codec.classes import is_pydantic_model
from hitl_nb.errors import InvalidGraph, InvalidReducer, UnknownStateKey
from hitl_nb.types import Reducer


@dataclasses.dataclass(frozen=True, slots=True)
class StateKey:
    """One declared key of the state; without a reducer it takes one write per superstep."""

    name: str
    reducer: Reducer | None = None
    initial: Callable[[], Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StateSchema:
    """The declared keys, or an open dict when ``keys`` is None.

    Args:
        keys: Declared keys by name.
        build: Makes what a node is handed from the state's dict; None hands out a plain dict.
    """

    keys: Mapping[str, StateKey] | None = None
    build: Callable[[dict[str, Any]], Any] | None = None
    source: Any = None

    def initial(self) -> dict[str, Any]:
        """Return the values that exist before any write: those of reduced keys."""
        if self.keys is None:
            return {}
        return {key.name: key.initial() for key in self.keys.values() if key.initial is not None}

    def joined_by(self, *others: StateSchema) -> StateSchema:
        """Return this schema with the keys that only the others declare."""
        if self.keys is None:
            return self
        extra = {
            name: key
            for other in others
            for name, key in (other.keys or {}).items()
            if name not in self.keys
        }
        return dataclasses.replace(self, keys={**self.keys, **extra}) if extra else self

    def pick(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of the state this schema declares."""
        if self.keys is None:
            return dict(values)
        return {name: values[name] for name in self.keys if name in values}

    def hand_out(self, values: Mapping[str, Any]) -> Any:
        """Return what a node is handed: a dict of its own, or an instance of the schema."""
        own = dict(values)
        return own if self.build is None else self.build(own)

    def check(self, update: Mapping[str, Any], writer: str) -> None:
        """Refuse keys that were not declared.

        Raises:
            UnknownStateKey: Naming the key, who wrote it and the nearest declared one.
        """
        if self.keys is None or update.keys() <= self.keys.keys():
            return
        unknown = next(name for name in update if name not in self.keys)
        near = difflib.get_close_matches(str(unknown), self.keys, n=1)
        raise UnknownStateKey(unknown, writer, tuple(self.keys), near[0] if near else None)


def read_schema(schema: Any) -> StateSchema:
    """Read a TypedDict, dataclass or pydantic model; ``None`` and ``dict`` mean an open dict.

    Raises:
        InvalidGraph: If ``schema`` is none of these.
        InvalidReducer: If what a key is annotated with cannot join two values.
    """
    if schema is None or schema is dict or get_origin(schema) is dict:
        return StateSchema()
    if not isinstance(schema, type):
        raise InvalidGraph(
            f"The state schema must be a TypedDict, a dataclass, a pydantic model or dict, "
            f"not {schema!r}."
        )
    hints = get_type_hints(schema, include_extras=True)
    fields = _field_names(schema, hints)
    keys = {name: _read_key(name, hints.get(name, Any)) for name in fields}
    if is_pydantic_model(schema):
        return StateSchema(keys, build=schema.model_validate, source=schema)  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(schema):
        return StateSchema(keys, build=lambda values: schema(**values), source=schema)
    if not hints and not hasattr(schema, "__total__"):
        raise InvalidGraph(
            f"The state schema {schema.__name__} declares no keys. Annotate them, "
            f"for instance as a TypedDict."
        )
    return StateSchema(keys, source=schema)


def as_update(value: Any) -> Mapping[str, Any] | None:
    """Return what a node returned as a mapping of state keys, or None if it is not one."""
    if isinstance(value, Mapping):
        return value
    if is_pydantic_model(type(value)):
        return {name: getattr(value, name) for name in value.model_fields_set}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    return None


def _field_names(schema: type, hints: Mapping[str, Any]) -> Iterable[str]:
    if is_pydantic_model(schema):
        return tuple(schema.model_fields)  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(schema):
        return tuple(item.name for item in dataclasses.fields(schema))
    return tuple(hints)


def _read_key(name: str, hint: Any) -> StateKey:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated:
        return StateKey(name)
    kind, *notes = get_args(hint)
    reducer = next((note for note in reversed(notes) if _is_callable(note)), None)
    if reducer is None:
        return StateKey(name)
    if not _takes_two(reducer):
        raise InvalidReducer(name, reducer)
    return StateKey(name, reducer, _initial_of(kind))


def _is_callable(note: Any) -> bool:
    """Tell a callable from a type hint such as ``Literal["text"]``, which only looks like one."""
    return callable(note) and get_origin(note) is None


def _takes_two(reducer: Callable[..., Any]) -> bool:
    """Whether a call with what is there and what is written would be one."""
    try:
        inspect.signature(reducer).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # builtins without a signature: max, but not dict
        return not isinstance(reducer, type)
    return True


def _initial_of(kind: Any) -> Callable[[], Any] | None:
    """Return what makes the value a reducer starts from: an empty one of the declared type."""
    origin = get_origin(kind) or kind
    concrete = _CONCRETE.get(origin, origin)
    if not isinstance(concrete, type):
        return None
    try:
        concrete()
    except TypeError:
        return None
    return concrete


_CONCRETE: dict[Any, type] = {
    **dict.fromkeys((abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection), list),
    **dict.fromkeys((abc.Set, abc.MutableSet), set),
    **dict.fromkeys((abc.Mapping, abc.MutableMapping), dict),
}
