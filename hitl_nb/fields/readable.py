"""Show what a form holds where there is no form."""

from __future__ import annotations

from typing import Any


def readable(notation: Any) -> Any:
    """Return what form notation says, as plain data for a reader."""
    if isinstance(notation, list):
        return [readable(item) for item in notation]
    if not isinstance(notation, dict):
        return notation
    for name in ("$number", "$json"):
        if name in notation:
            return notation[name]
    if "$branch" in notation or "$unset" in notation:
        return readable(notation.get("value", ""))
    if "$bytes" in notation:
        return notation.get("name") or f"{len(str(notation['$bytes'])) * 3 // 4:,} bytes"
    own = {
        name.removeprefix("$") if name.startswith("$$") else name: readable(item)
        for name, item in notation.items()
        if name != "$entries"
    }
    return {**own, **{str(key): readable(item) for key, item in notation.get("$entries", ())}}
