"""Where the name on a decision comes from, as the record says it."""

from __future__ import annotations

from typing import Any, Final

ASSERTED: Final = "asserted"
"""Somebody typed it, or code gave it: nobody has checked it."""
SYSTEM: Final = "system"
"""The account of the operating system: whoever started the program chose it."""
PROGRAM: Final = "program"
"""Nobody answered: a policy, a deadline or a notice decided, and has the program's name for it."""
UNNAMED: Final = "unnamed"
"""Somebody answered and did not say who."""
_VERIFIED = "verified:"
_IMPORTED = "imported "


def issuer_of(source: str) -> str:
    """Return who vouches for a name; empty if nobody does."""
    return source.removeprefix(_VERIFIED) if source.startswith(_VERIFIED) else ""


def is_verified(source: str) -> bool:
    """Whether somebody vouches for a name: nothing but a verifier's word counts."""
    return bool(issuer_of(source).strip())


def imported(source: str) -> str:
    """Return what this record says of a name that another record calls verified."""
    return f"{_IMPORTED}{source}" if source.startswith(_VERIFIED) else source


def before_import(source: str) -> str:
    """Return what the other record said: the inverse of `imported`."""
    return source.removeprefix(_IMPORTED)


def with_identity(answer: Any, source: str) -> Any:
    """Return a stored answer that says the same as its row about where the name comes from."""
    if isinstance(answer, dict) and "identity" in answer and "given" in answer:
        return {**answer, "identity": source}
    return answer
