"""The classes a program declares, looked up by name and never imported."""

from __future__ import annotations

import contextlib
import sys
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from types import SimpleNamespace
from typing import Any

from hitl_nb.codec.builtin import BUILTIN
from hitl_nb.codec.classes import is_pydantic_model, type_for
from hitl_nb.codec.standard import STANDARD
from hitl_nb.codec.value_types import ValueType
from hitl_nb.errors.codec import DuplicateLabel, UndeclarableClass


def label_of(cls: type) -> str:
    """Return the name a class is stored under."""
    return f"{cls.__module__}.{cls.__qualname__}"


def can_declare(cls: type) -> bool:
    """Say whether instances of a class could be stored if it were declared."""
    return cls not in BUILTIN and cls not in STANDARD and type_for(cls) is not None


class Types:
    """The table of classes whose instances may be stored.

    A class is known by its label, `module.qualname`. A label found in stored data is only looked
    up here. The standard library's value types, arrays and frames need no declaration.

    Args:
        classes: Dataclasses, pydantic models, named tuples, enums, and subclasses of str, int,
            float, tuple, list, dict, set and frozenset.

    Raises:
        UndeclarableClass: Instances of a class cannot be stored.
        DuplicateLabel: Two different classes have one label.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Order:
        ...     id: int
        >>> Order in Types(Order)
        True
    """

    __slots__ = ("_by_class", "_by_label")

    def __init__(self, *classes: type) -> None:
        self._by_class: dict[type, tuple[str, ValueType]] = {}
        self._by_label: dict[str, type] = {}
        for cls in classes:
            self._declare(cls)

    @classmethod
    def from_schema(cls, schema: Any, extra: Iterable[Any] = ()) -> Types:
        """Declare every class found in a schema's type hints, however deep.

        Args:
            schema: A TypedDict, dataclass, pydantic model, any type hint, or None.
            extra: Further classes or hints, which are walked the same way.

        Returns:
            A table with all classes found whose instances can be stored; others are refused when
            a value of theirs is written.

        Raises:
            UndeclarableClass: A class named in `extra` cannot be declared.
            DuplicateLabel: Two different classes have one label.
        """
        types = cls()
        extra = tuple(extra)
        for named in extra:
            if isinstance(named, type) and not hasattr(named, "__required_keys__"):
                types._declare(named)
        types._walk([schema, *extra])
        return types

    def declared(self, cls: type) -> tuple[str, ValueType] | None:
        """Return the label and value type of a class, or None if it is not declared."""
        return self._by_class.get(cls)

    def type_named(self, label: str) -> ValueType | None:
        """Return the value type of the class with a label, or None if none was declared."""
        cls = self._by_label.get(label)
        return None if cls is None else self._by_class[cls][1]

    def __contains__(self, cls: object) -> bool:
        return cls in self._by_class

    def __iter__(self) -> Iterator[type]:
        return iter(self._by_class)

    def __len__(self) -> int:
        return len(self._by_class)

    def __repr__(self) -> str:
        return f"Types({', '.join(cls.__qualname__ for cls in self)})"

    def _declare(self, cls: Any) -> None:
        value_type = type_for(cls) if isinstance(cls, type) and can_declare(cls) else None
        if value_type is None:
            raise UndeclarableClass(cls)
        label = label_of(cls)
        if self._by_label.setdefault(label, cls) is not cls:
            raise DuplicateLabel(label)
        self._by_class[cls] = (label, value_type)

    def _walk(self, hints: list[Any]) -> None:
        seen: set[int] = set()
        kept: list[Any] = []  # ids stay valid only while what they name lives
        while hints:
            hint = hints.pop()
            if id(hint) in seen:
                continue
            seen.add(id(hint))
            kept.append(hint)
            if isinstance(hint, type) and not typing.get_args(hint):
                if can_declare(hint):
                    self._declare(hint)
                hints.extend(_field_hints(hint))
            else:
                hints.extend(_parts(hint))


NO_TYPES = Types()
"""The empty table: only values that need no declaration can be stored."""


def _parts(hint: Any) -> list[Any]:
    """Return the hints a compound hint is made of."""
    if isinstance(hint, list | tuple):  # the arguments of a Callable, or Annotated metadata
        return list(hint)
    if typing.get_origin(hint) is typing.Literal:
        return [type(choice) for choice in typing.get_args(hint) if isinstance(choice, Enum)]
    if typing.get_origin(hint) is typing.Annotated:
        return [typing.get_args(hint)[0]]
    names = ("__supertype__", "__value__", "__bound__", "__constraints__")
    inner = [getattr(hint, name, None) for name in names]
    return [*typing.get_args(hint), typing.get_origin(hint), *inner]


def _field_hints(cls: type) -> list[Any]:
    """Return the hints of a class's fields; one that cannot be resolved here is left out.

    Values of a class missed that way are refused when written, with the line that declares it.
    """
    if is_pydantic_model(cls):
        fields: dict[str, Any] = getattr(cls, "__pydantic_fields__", {})
        return [field.annotation for field in fields.values()]
    return [hint for base in cls.__mro__ for hint in _resolved_hints(base)]


def _resolved_hints(cls: type) -> Iterator[Any]:
    """Yield a class's own hints one by one, so that one bad name does not hide the others."""
    scope = vars(sys.modules.get(cls.__module__, typing))
    for name, hint in vars(cls).get("__annotations__", {}).items():
        alone = SimpleNamespace(__annotations__={name: hint})
        with contextlib.suppress(NameError, TypeError, AttributeError, SyntaxError):
            yield typing.get_type_hints(alone, scope, include_extras=True)[name]
