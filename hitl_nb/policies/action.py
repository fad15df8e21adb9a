"""What an agent is about to do, as policies see it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from typing import Any, Literal, get_args

from hitl_nb.requests.identity import Named

Mode = Literal["auto", "soft", "hard", "manual"]
"""How far an action may go by itself: ``auto`` runs, ``soft`` is shown and runs unless held,
``hard`` waits for approval, ``manual`` waits for its name to be typed."""
MODES: tuple[Mode, ...] = get_args(Mode)
"""From the freest to the strictest."""
Known = Named | None
"""How whoever answers has to be known."""
IDENTITIES: tuple[Known, ...] = (None, "named", "verified")
"""From the least to the most."""
RISKS = ("low", "medium", "high", "critical")
Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Action:
    """What an agent is about to do.

    Args:
        name: What it is called, such as the tool's name.
        args: Its arguments.
        risk: How much is at stake: ``"low"``, ``"medium"``, ``"high"`` or ``"critical"``.
        confidence: How sure the agent is, 0 to 1.
        amount: How much it moves, in whatever unit the policy counts.
        tags: Words to tell it by.

    Raises:
        ValueError: If a fact is not one, such as a confidence of 3 or NaN.

    Example:
        >>> Action("refund", {"order": 42, "amount": 20}, risk="low").args["amount"]
        20
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    risk: str | None = None
    confidence: float | None = None
    amount: Number | None = None
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("An action needs a name.")
        if self.risk is not None:
            one_of("risk", self.risk, RISKS)
        if self.confidence is not None and not (
            is_number(self.confidence) and 0 <= self.confidence <= 1
        ):
            raise ValueError(f"confidence={self.confidence!r} is not a number from 0 to 1.")
        if self.amount is not None and not is_number(self.amount):
            raise ValueError(f"amount={self.amount!r} is not a number.")


def is_number(value: Any) -> bool:
    """Whether a value can be compared with numbers; True and NaN cannot."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return False
    return not value.is_nan() if isinstance(value, Decimal) else bool(value == value)  # noqa: PLR0124


def one_of(what: str, given: Any, allowed: Sequence[str]) -> None:
    """Refuse a word that is none of those there are.

    Raises:
        ValueError: Naming them, and the nearest.
    """
    if given in allowed:
        return
    letters = sorted(str(given).lower())
    turned = [word for word in allowed if sorted(word.lower()) == letters]  # "=<" is "<="
    near = turned or difflib.get_close_matches(str(given), allowed, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{what}={given!r} is none of {', '.join(map(repr, allowed))}.{hint}")
