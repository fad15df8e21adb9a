"""Whether a value is read back as the branch of a union that was chosen for it.

JSON cannot tell everything: a text chosen as a text may look like a date, and two models may have
the same fields. What would become something else than what was chosen is refused, not altered.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Mapping
from typing import Any

from hitl_nb.types import UNSET

Schema = Mapping[str, Any]
_FORMATS: dict[str, type | tuple[type, ...]] = {
    "date": datetime.date,
    "date-time": datetime.datetime,
    "time": datetime.time,
    "duration": datetime.timedelta,
    "uuid": uuid.UUID,
    "decimal": (decimal.Decimal, int),
}
_NOT_TEXT = (
    datetime.date, datetime.time, datetime.timedelta, uuid.UUID, decimal.Decimal, int, float,
)  # fmt: skip
_CALLED = {
    datetime.datetime: "a date and time", datetime.date: "a date", datetime.time: "a time",
    datetime.timedelta: "a duration", uuid.UUID: "an id", decimal.Decimal: "a decimal number",
    int: "a whole number", float: "a number", bool: "yes or no", str: "text",
}  # fmt: skip


def misread(typed: Any, branch: Schema) -> str | None:
    """Say what a value was read as, if that is surely not the branch chosen for it."""
    kind, form = branch.get("type"), branch.get("format")
    if kind == "object" and "properties" in branch:
        wrong = _is_record(typed) and branch.get("title") not in (None, _title(type(typed)))
    elif form in _FORMATS:
        wrong = not isinstance(typed, _FORMATS[form])
        wrong |= form == "date" and isinstance(typed, datetime.datetime)
    else:
        wrong = kind == "string" and form is None and isinstance(typed, _NOT_TEXT)
        wrong |= kind in ("integer", "number") and isinstance(typed, (bool, str))
    if not wrong:
        return None
    called = _CALLED.get(type(typed), type(typed).__name__)
    return f"would be read as {called}, not as what was chosen: choose that, or write it otherwise"


def reach(typed: Any, path: tuple[str | int, ...]) -> Any:
    """Return what lies at a path of a value's JSON form; UNSET where that cannot be told."""
    for step in path:
        if isinstance(typed, Mapping):
            typed = typed.get(step, UNSET)
        elif isinstance(step, int) and isinstance(typed, (list, tuple)):
            typed = typed[step] if step < len(typed) else UNSET
        else:
            typed = getattr(typed, _field(typed, str(step)), UNSET)
        if typed is UNSET:
            return UNSET
    return typed


def _title(cls: Any) -> str:
    config = getattr(cls, "model_config", None) or getattr(cls, "__pydantic_config__", None) or {}
    return str(config.get("title") or cls.__name__)


def _is_record(value: Any) -> bool:
    return hasattr(value, "model_fields_set") or hasattr(value, "__dataclass_fields__")


def _field(value: Any, name: str) -> str:
    """Return the name of the field that JSON calls by this name."""
    fields: Mapping[str, Any] = getattr(type(value), "__pydantic_fields__", {})
    for own, field in fields.items():
        if name in (field.alias, field.serialization_alias):
            return own
    return name
