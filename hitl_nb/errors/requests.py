"""A question, a rule or a filter that is written wrong, found when it is made."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from hitl_nb.errors.base import HitlError


class InvalidRequest(HitlError, ValueError, TypeError):
    """A request was made with parameters it does not have, or values they do not take."""


class InvalidRule(HitlError, ValueError, TypeError):
    """A rule or policy was made with parameters it does not have, or values they do not take."""


class InvalidFilter(HitlError, ValueError, TypeError):
    """A list was asked for by a filter it does not have, or by a value that one never has."""


class LimitExceeded(HitlError, ValueError):
    """A question, or the check of an answer, is more work than is done at once."""

    def __init__(self, limit: str, found: int, most: int) -> None:
        super().__init__(
            f"{_TOO_MUCH[limit].format(found)}, and no more than {most:,} are done at once. Ask "
            f"for less, or set hitl_nb.json_schema.limits.LIMITS.{limit}."
        )
        self.limit, self.found, self.most = limit, found, most


_TOO_MUCH = {
    "schema_parts": "A JSON Schema has {:,} parts or more when it is spelled out",
    "options": "A question offers {:,} options",
    "schema_steps": "To check a JSON Schema takes {:,} steps or more",
    "steps": "A check takes {:,} steps or more",
}


def unknown_parameter(owner: str, name: str, known: Sequence[str]) -> str:
    """Say that a parameter does not exist, which is the nearest, and which do."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{owner} has no parameter {name!r}.{hint} It takes: {', '.join(known)}."
