"""A reviewer that cannot go on as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hitl_nb.errors.base import HitlError


class MissingAnswer(HitlError, LookupError):
    """A script has no answer to what it is asked."""

    def __init__(
        self, question: str, node: str, known: Sequence[str], nearest: str | None = None
    ) -> None:
        self.question, self.node, self.known, self.nearest = question, node, known, nearest
        hint = f" Did you mean {question!r} by {nearest!r}?" if nearest else ""
        super().__init__(
            f"The script has no answer to {question!r}, asked by {node!r}.{hint} It answers: "
            f"{', '.join(known) or 'nothing'}."
        )


class ReviewerPassedOver(UserWarning):
    """A reviewer approved what they may not approve, so the question stays open for others."""


class LeftoverAnswers(HitlError, AssertionError):
    """A script has answers that nothing was asked for."""

    def __init__(self, left: Mapping[str, Any], asked: Sequence[str]) -> None:
        self.left, self.asked = dict(left), list(asked)
        listed = "; ".join(f"{key}: {answer!r:.60}" for key, answer in left.items())
        super().__init__(
            f"The script has answers that were not needed: {listed}. It was asked: "
            f"{', '.join(map(repr, asked)) or 'nothing'}. Take them out, or find out why the "
            f"question did not come."
        )


class NameRequired(HitlError, ValueError):
    """Somebody has to be named, and the name given is empty to whoever reads it."""

    def __init__(self, name: str | None, why: str) -> None:
        given = "no name is given" if name is None else f"{name!r} names nobody"
        super().__init__(f"Who answers has to be named, because {why}; {given}. Give reviewer=.")
        self.name, self.why = name, why
