"""Show what a form holds where there is no form."""

from __future__ import annotations

import json
from typing import Any


def readable(notation: Any, *, parse: bool = False) -> Any:
    """Return what form notation says, as plain data for a reader.

    Args:
        notation: What a form holds.
        parse: Whether JSON text is read, rather than shown as it is written.
    """
    if isinstance(notation, list):
        return [readable(item, parse=parse) for item in notation]
    if not isinstance(notation, dict):
        return notation
    for name in ("$number", "$json"):
        if name in notation:
            return _parsed(notation[name]) if parse and name == "$json" else notation[name]
    if "$branch" in notation or "$unset" in notation:
        return readable(notation.get("value", ""), parse=parse)
    if "$bytes" in notation:
        return notation.get("name") or f"{len(str(notation['$bytes'])) * 3 // 4:,} bytes"
    own = {
        name.removeprefix("$") if name.startswith("$$") else name: readable(item, parse=parse)
        for name, item in notation.items()
        if name != "$entries"
    }
    entries = notation.get("$entries", ())
    return {**own, **{str(key): readable(item, parse=parse) for key, item in entries}}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
