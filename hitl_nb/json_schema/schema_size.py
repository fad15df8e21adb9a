"""How large a JSON Schema is once it is spelled out, told without spelling it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hitl_nb.errors import LimitExceeded
from hitl_nb.json_schema.limits import LIMITS, check_options

_BESIDE = frozenset(
    ("$ref", "$schema", "$id", "$comment", "$defs", "definitions", "title", "description",
     "default", "examples", "readOnly", "writeOnly", "deprecated")
)  # fmt: skip
"""What stands beside a reference without being joined with what it refers to."""
_OFFERING = ("enum", "anyOf", "oneOf")
_DEEPEST = 20
"""References followed one by way of another; drawing joins no more."""


def check_size(schema: Any) -> None:
    """Refuse a JSON Schema that is too large to check or to draw.

    Raises:
        LimitExceeded: If it has too many parts, or offers too much.
        ValueError: If it is nested too deeply.
    """
    try:
        _Spelled(schema).parts(schema)
    except RecursionError:
        raise ValueError("This JSON Schema is nested too deeply.") from None


def look_up(reference: str, root: Any) -> Any:
    """Return what a reference into a schema leads to; None if it leads nowhere."""
    if reference != "#" and not reference.startswith("#/"):
        return None
    found = root
    words = reference[1:].replace("~1", "\0").replace("~0", "~").split("/")[1:]
    for word in (item.replace("\0", "/") for item in words):
        if isinstance(found, dict) and word in found:
            found = found[word]
        elif isinstance(found, list) and word.isdigit() and int(word) < len(found):
            found = found[int(word)]
        else:
            return None
    return found


class _Spelled:
    """Count the parts of a schema, with a copy of whatever is joined by a reference.

    A chain of schemas that each join two copies of the next has a few lines and a million parts;
    what one reference comes to is counted once for each depth.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._copies: dict[tuple[str, int], int] = {}

    def parts(self, part: Any, depth: int = 0, *, joined: bool = False) -> int:
        if not isinstance(part, (list, Mapping)):
            return 1
        _check_parts(len(part))
        if isinstance(part, list):
            total = 1 + sum(self.parts(item, depth, joined=joined) for item in part)
        else:
            total = 1 + self._inside(part, depth)
            reference = part.get("$ref")
            if isinstance(reference, str) and (joined or part.keys() - _BESIDE):
                total += self._copy(reference, depth)
        _check_parts(total)
        return total

    def _inside(self, part: Mapping[str, Any], depth: int) -> int:
        for name in _OFFERING:
            if isinstance(offered := part.get(name), list):
                check_options(offered)
        return sum(self.parts(item, depth, joined=name == "allOf") for name, item in part.items())

    def _copy(self, reference: str, depth: int) -> int:
        if depth >= _DEEPEST:
            return 1
        place = (reference, depth)
        if place not in self._copies:
            found = look_up(reference, self._root)
            self._copies[place] = self.parts(found, depth + 1, joined=True)
        return self._copies[place]


def _check_parts(number: int) -> None:
    if number > LIMITS.schema_parts:
        raise LimitExceeded("schema_parts", number, LIMITS.schema_parts)
