"""Copies of what a saver still holds, so that nobody changes it by changing what was handed out."""

from __future__ import annotations

from typing import Any


def own(value: Any) -> Any:
    """Copy the lists and dicts of JSON-able data."""
    kind = type(value)
    if kind is dict:
        return {
            key: own(item) if type(item) in _CHANGEABLE else item for key, item in value.items()
        }
    if kind is list:
        return [own(item) if type(item) in _CHANGEABLE else item for item in value]
    return value


def own_row(row: Any) -> Any:
    """Copy what can be changed in a row."""
    for item in row:
        if type(item) in _CHANGEABLE:
            return row._make(map(own, row))
    return row


# Looked at before calling: most values are text and numbers, and a call costs more than a look.
_CHANGEABLE = frozenset({dict, list})
