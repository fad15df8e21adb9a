"""How much is drawn and checked at once, and the counting of it.

A few lines of JSON Schema can ask for more comparisons than there is time for, and the kernel that
makes them answers nobody else. Work is counted, not timed: the same question is refused on a slow
and on a fast machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hitl_nb.errors import LimitExceeded


@dataclass(slots=True)
class Limits:
    """How much is drawn and checked at once. A program may set others on `LIMITS`.

    Args:
        schema_parts: Objects, lists and values in a JSON Schema, with the ``allOf`` in it joined.
        options: What one question offers to choose from.
        schema_steps: Rules applied to see that a JSON Schema is one: some hundred for each schema
            in it that is unlike the others.
        steps: Rules applied to an answer, items compared, and errors found.
        must_see: The share, 0 to 1, of what is too long to be sent at once that has to be on the
            screen before a form approves it, unless a person says that they do without.
    """

    schema_parts: int = 100_000
    schema_steps: int = 1_000_000
    options: int = 10_000
    steps: int = 300_000
    must_see: float = 1.0


LIMITS = Limits()


class Steps:
    """The steps that one check has taken.

    Args:
        of_schema: Whether it is a JSON Schema that is checked: its texts need not be of the format
            they should be, and what was found to fit is not checked again.
    """

    def __init__(self, *, of_schema: bool = False) -> None:
        self.of_schema = of_schema
        self.limit = "schema_steps" if of_schema else "steps"
        self.most: int = getattr(LIMITS, self.limit)
        self.taken = 0
        self.fitting: set[Any] = set()
        """What was checked already and fits."""
        self.followed: dict[tuple[str, str, int], tuple[list[Any], bool]] = {}
        """By reference and value, which errors were found, and whether these are all."""
        self.options: dict[int, frozenset[Any]] = {}
        """The keys of lists of options, by their address."""

    def take(self, number: int = 1) -> None:
        """Count some steps.

        Raises:
            LimitExceeded: If these are too many.
        """
        self.taken += number
        if self.taken > self.most:
            raise LimitExceeded(self.limit, self.taken, self.most)


OPTION_KEYS = ("options", "choices")
"""Under which a plain payload offers what to choose from."""


def check_offer(payload: Any) -> None:
    """Refuse a payload that offers more than anybody can choose from.

    Raises:
        LimitExceeded: Saying how many there are.
    """
    if isinstance(payload, Mapping):
        for key in OPTION_KEYS:
            if isinstance(offered := payload.get(key), (list, tuple, Mapping)):
                check_options(offered)


def check_options(offered: Collection[Any]) -> None:
    """Refuse to offer more than anybody can choose from.

    Raises:
        LimitExceeded: Saying how many there are.
    """
    if len(offered) > LIMITS.options:
        raise LimitExceeded("options", len(offered), LIMITS.options)
