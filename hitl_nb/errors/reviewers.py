"""A reviewer that cannot go on as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hitl_nb.errors.base import HitlError
from hitl_nb.errors.questions import AnswerError


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


class NameRequired(AnswerError, ValueError):
    """Somebody has to be named, and the name given is nobody's to whoever reads it."""

    def __init__(self, name: str | None, why: str) -> None:
        given = "no name is given" if name is None else f"{name!r} names nobody"
        super().__init__(f"Who answers has to be named, because {why}; {given}. Give reviewer=.")
        self.name, self.why = name, why


class ReviewerDiffers(AnswerError):
    """An answer names somebody else than the place it was given at; the question stays open."""

    def __init__(self, said: str, known: str) -> None:
        self.said, self.known = said, known
        where = f"and answers here are given by {known!r}" if known else "and nobody asked for that"
        super().__init__(
            f"The answer says that it is by {said!r}, {where}. Leave the name out, or answer where "
            f"you are known by it. The question is still open."
        )


class IdentityRequired(AnswerError):
    """A question takes answers only from people whose identity is verified; it stays open."""

    def __init__(self, reviewer: str, source: str) -> None:
        self.reviewer, self.source = reviewer, source
        super().__init__(
            f"This question takes only answers of people whose identity is verified, and that of "
            f"{reviewer!r} is {source}. Answer where people log in, or give the place where they "
            f"answer a verifier: Inbox(..., verifier=...). The question is still open."
        )


class UnsignedAnswer(AnswerError):
    """A run that nobody keeps holds an answer that counts, and it was not signed here."""

    def __init__(self, question_id: str, reviewer: str) -> None:
        self.question_id, self.reviewer = question_id, reviewer
        super().__init__(
            f"The paused run holds an answer of {reviewer!r} to the question {question_id!r} that "
            f"counts as one of several, or as verified, and was not signed with the key of this "
            f"process: it was changed, or another process took it. Set the same secret as "
            f"HITL_NB_SIGNING_KEY in all that go on with the run, or keep it: "
            f"compile(checkpointer=...)."
        )
