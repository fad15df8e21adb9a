"""Who answers: what is claimed, and what somebody vouches for.

A name that is typed, or given by code, is *asserted*. A server with logins gives its doors a
`Verifier`, and what that returns is on the record as *verified*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from hitl_nb.marked_text.identity import names_somebody, required_identity
from hitl_nb.savers.identity_source import ASSERTED, PROGRAM, SYSTEM, UNNAMED, is_verified
from hitl_nb.types import Interrupt

Named = Literal["named", "verified"]
"""How whoever answers has to be known, where that matters."""


class Claim(NamedTuple):
    """What a verifier is told.

    Args:
        name: Who somebody says they are; empty if they did not say.
        door: How they answer: ``"widget"``, ``"code"`` ….
        question: What they answer.
    """

    name: str
    door: str
    question: Interrupt


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, and who says so.

    Args:
        name: Their name on the record.
        source: ``"verified:<issuer>"``, ``"system"`` for an account of the operating system, or
            ``"asserted"``.

    Raises:
        NameRequired: If the name names nobody.
        ValueError: If the source is none of these.

    Example:
        >>> Identity("ana", "verified:https://login.example.com").name
        'ana'
    """

    name: str
    source: str

    def __post_init__(self) -> None:
        required_identity(self.name, "an identity is somebody's")
        if self.source not in (ASSERTED, SYSTEM) and not is_verified(self.source):
            raise ValueError(
                f"source={self.source!r} is none. Give {SYSTEM!r}, {ASSERTED!r}, or 'verified:' "
                f"and who vouches for it."
            )


class Verifier(Protocol):
    """Finds out who answers at a door, such as from the login behind it."""

    def verify(self, claim: Claim) -> Identity | None:
        """Return who it is; None if it cannot tell, and the claim stays one.

        Args:
            claim: Who they say they are, at which door, about what. It comes from whoever
                answers, so it is to be checked against something that does not.

        Raises:
            Exception: If nobody may answer like this; the question stays open.
        """


def source_of(name: str, *, automatic: bool) -> str:
    """Return where a name comes from that no verifier vouches for."""
    if automatic:
        return PROGRAM
    return ASSERTED if names_somebody(name) else UNNAMED
