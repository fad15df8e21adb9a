"""Classes a program declares: dataclasses, pydantic models, named tuples, enums, subclasses.

Instances are rebuilt field by field. No constructor, validator or `__post_init__` runs, so a
value comes back as it was rather than as its class would coerce it today; what is checked is that
the stored fields are the class's own.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from enum import Enum, Flag
from functools import cached_property
from typing import Any

from hitl_nb.codec.builtin import read_mapping, write_members
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.value_types import ValueType, record, rows, text, whole
from hitl_nb.errors.codec import UnstorableValue

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: the class was made by a class statement


def type_for(cls: type) -> ValueType | None:
    """Return how instances of a class are stored, or None if it cannot be declared."""
    if issubclass(cls, Enum):
        return _enum_type(cls) if cls.__members__ else None
    base = _static_base(cls)
    if base is object:
        if is_pydantic_model(cls):
            return _model_type(cls)
        return _dataclass_type(cls) if dataclasses.is_dataclass(cls) else None
    if base is tuple and isinstance(getattr(cls, "_fields", None), tuple):
        return _named_tuple_type(cls)
    typed_dict = hasattr(cls, "__required_keys__")  # its values are plain dicts
    if base not in _PLAIN or cls is base or typed_dict or dataclasses.is_dataclass(cls):
        return None
    return _subclass_type(cls, base)


def is_pydantic_model(cls: type) -> bool:
    """Say whether a class is a pydantic model, without importing pydantic."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return base is not None and issubclass(cls, base)


def is_secret(cls: type) -> bool:
    """Say whether instances of a class are pydantic secrets."""
    module = sys.modules.get("pydantic.types")
    names = ("SecretStr", "SecretBytes", "Secret")
    secrets = tuple(getattr(module, name) for name in names if hasattr(module, name))
    return issubclass(cls, secrets)


def _static_base(cls: type) -> type:
    """Return the base that decides how instances look in memory: `object`, or say `tuple`."""
    return next(base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE)


def _enum_type(cls: Any) -> ValueType:
    def write(value: Any, encoder: Encoder) -> Any:
        if isinstance(value, Flag):
            return encoder.value(value.value)
        name = value.name
        if cls.__members__.get(name) is not value:
            raise UnstorableValue(f"is no member of {cls.__qualname__}, so it cannot be stored")
        return name

    def read(data: Any, decoder: Decoder) -> Any:
        if not issubclass(cls, Flag):
            return cls.__members__[text(data)]
        number = whole(decoder.value(data))
        value = cls(number)
        if value.value != number:
            raise ValueError("not a combination of the flags")
        return value

    return ValueType("enum", write, read)


def _dataclass_type(cls: type) -> ValueType:
    names = tuple(field.name for field in dataclasses.fields(cls))

    def write(value: Any, encoder: Encoder) -> dict[str, Any]:
        _check_only(value, set(names))
        return {name: _attribute(value, name, encoder) for name in names}

    def read(data: Any, decoder: Decoder) -> Any:
        value: Any = object.__new__(cls)
        for name, item in zip(names, record(data, *names), strict=True):
            object.__setattr__(value, name, decoder.part(data, f".{name}", item))
        return value

    return ValueType("dataclass", write, read)


def _attribute(value: Any, name: str, encoder: Encoder) -> Any:
    try:
        item = object.__getattribute__(value, name)
    except AttributeError:
        error = UnstorableValue("has no value yet, so its owner cannot be stored")
        error.rise(f".{name}", value)
        raise error from None
    return encoder.part(value, f".{name}", item)


def _check_only(value: Any, names: set[str]) -> None:
    """Refuse an instance with attributes that are not stored and would be lost."""
    extra = [name for name in getattr(value, "__dict__", ()) if name not in names]
    for name in extra:
        # What is only cached is computed again when somebody asks for it.
        if not isinstance(getattr(type(value), name, None), cached_property):
            error = UnstorableValue(
                f"is an attribute that is no field of {type(value).__qualname__} and would be "
                "lost: make it a field, or keep live objects in context="
            )
            error.rise(f".{name}", value)
            raise error


def _named_tuple_type(cls: Any) -> ValueType:
    names: tuple[str, ...] = cls._fields

    def write(value: Any, encoder: Encoder) -> dict[str, Any]:
        _check_only(value, set())
        parts = zip(names, tuple.__iter__(value), strict=True)
        return {name: encoder.part(value, f".{name}", item) for name, item in parts}

    def read(data: Any, decoder: Decoder) -> Any:
        parts = zip(names, record(data, *names), strict=True)
        return tuple.__new__(cls, [decoder.part(data, f".{name}", item) for name, item in parts])

    return ValueType("named-tuple", write, read)


def _model_type(cls: Any) -> ValueType:
    def write(value: Any, encoder: Encoder) -> dict[str, Any]:
        names = cls.__pydantic_fields__
        _check_only(value, set(names))
        extra = value.__pydantic_extra__
        # Which fields were given explicitly is no part of what two models compare, so a digest
        # leaves it out.
        given = [] if encoder.canonical else sorted(value.__pydantic_fields_set__)
        return {
            "fields": {name: _model_field(value, name, encoder) for name in names},
            "extra": None if extra is None else encoder.mapping(extra),
            "given": encoder.items(given),
        }

    def read(data: Any, decoder: Decoder) -> Any:
        stored, extra, given = record(data, "fields", "extra", "given")
        names = cls.__pydantic_fields__
        parts = zip(names, record(stored, *names), strict=True)
        fields = {name: decoder.part(data, f".{name}", item) for name, item in parts}
        more = None if extra is None else read_mapping(extra, decoder)
        if (more is not None) != (cls.model_config.get("extra") == "allow"):
            raise ValueError("extra fields where the model allows none, or the reverse")
        fields_set = {text(name) for name in decoder.items(rows(given))}
        if not fields_set <= fields.keys() | (more or {}).keys():
            raise ValueError("unknown names among the fields given")
        return _build_model(cls, fields, more, fields_set)

    return ValueType("model", write, read)


def _model_field(value: Any, name: str, encoder: Encoder) -> Any:
    if name in value.__dict__:
        return encoder.part(value, f".{name}", value.__dict__[name])
    error = UnstorableValue("has no value yet, so its owner cannot be stored")
    error.rise(f".{name}", value)
    raise error


def _build_model(
    cls: Any, fields: dict[str, Any], extra: dict[Any, Any] | None, fields_set: set[str]
) -> Any:
    from pydantic import BaseModel
    from pydantic_core import PydanticUndefined

    defaults = {
        name: attribute.get_default() for name, attribute in cls.__private_attributes__.items()
    }
    private = {
        name: default for name, default in defaults.items() if default is not PydanticUndefined
    }
    value = cls.__new__(cls)
    # Its own copy protocol: `model_construct` would look values up by alias and run hooks.
    BaseModel.__setstate__(
        value,
        {
            "__dict__": fields,
            "__pydantic_extra__": extra,
            "__pydantic_fields_set__": fields_set,
            "__pydantic_private__": private if cls.__private_attributes__ else None,
        },
    )
    return value


# How to see an instance of a subclass as its plain base, past anything the subclass overrides.
_PLAIN: dict[type, Callable[[Any], Any]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


def _subclass_type(cls: type, base: Any) -> ValueType:
    def write(value: Any, encoder: Encoder) -> Any:
        _check_only(value, set())
        plain = _PLAIN[base](value)
        if base in (list, tuple):
            return encoder.items(plain, value)
        if base in (set, frozenset):
            return write_members(plain, encoder)
        return encoder.value(plain)

    def read(data: Any, decoder: Decoder) -> Any:
        plain = decoder.value(data)
        if base in (tuple, set, frozenset):
            plain = base(plain)
        if type(plain) is not base:
            raise ValueError(f"expected a {base.__name__}")
        value = base.__new__(cls, plain)
        if base in (list, dict, set):
            fill: Any = base.__init__
            fill(value, plain)
        return value

    return ValueType(base.__name__, write, read)
