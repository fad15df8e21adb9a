"""What comes back from a typed question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

APPROVING = frozenset({"approve", "edit"})
ANSWERING = frozenset({"answer", "happened"})
AUTOMATIC = frozenset({"timeout", "policy", "info"})
"""Ways of deciding that need no further approver, and no reviewer to be checked."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier hand a request went through.

    Args:
        action: What was decided: ``"escalate"``, ``"approve"``, ``"hold"`` ….
        reviewer: By whom.
        comment: With what words.
        role: The role that was asked.
        given: How: ``"widget"``, ``"code"``, ``"timeout"`` ….
        at: When, UTC, ISO 8601.
        before: What was proposed before an edit, by part and in its JSON form.
    """

    action: str
    reviewer: str
    comment: str = ""
    role: str | None = None
    given: str = "code"
    at: str = ""
    before: dict[str, Any] | None = None


class Rating(NamedTuple):
    """What a reviewer makes of an output.

    Args:
        score: From the request's low to its high.
        type: One of the request's types, if it has some.
    """

    score: int
    type: str | None = None


class CallDecision(NamedTuple):
    """What was decided about one call.

    Args:
        action: ``"approve"``, ``"edit"``, ``"reject"`` or ``"respond"``.
        name: The tool.
        args: The arguments to run with: as proposed, or as edited.
        message: Why not, or the words to give the agent as the tool's answer.
        id: The call's id.
    """

    action: str
    name: str
    args: dict[str, Any]
    message: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer to a `Request`, by a person, a policy or its deadline.

    Args:
        action: What was decided: ``"approve"``, ``"edit"``, ``"reject"``, ``"respond"``,
            ``"answer"`` …; for several calls at once ``"mixed"`` if they differ.
        value: What may be used, typed; each kind of request says what it is. None if it was
            neither approved nor answered; of several calls what was decided about each.
        comment: What the reviewer wrote besides, why they rejected it, or the words with which
            they ``"respond"``.
        reviewer: Who decided.
        given: How: ``"widget"``, ``"console"``, ``"code"``, ``"policy"``, ``"timeout"`` ….
        at: When, UTC, ISO 8601.
        payload: Exactly what was shown.
        question: Id of the question it answers.
        history: The hands the request went through before.
        identity: Where the reviewer's name comes from: ``"asserted"``, ``"verified:<issuer>"``,
            ``"system"``, ``"program"`` of a policy or deadline, ``"unnamed"`` if nobody said;
            empty in answers of earlier versions.

    Example:
        >>> decision = Decision("edit", "We are sorry.", reviewer="ana")
        >>> decision.approved, decision.edited
        (True, True)
    """

    action: str
    value: Any = None
    comment: str = ""
    reviewer: str = "code"
    given: str = "code"
    at: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    question: str = field(default="", repr=False)
    history: tuple[Turn, ...] = field(default=(), repr=False)
    identity: str = field(default="", repr=False)

    @property
    def approved(self) -> bool:
        """Whether what was asked may go on: approved, as it was or edited, or answered."""
        return self.action in APPROVING or self.action in ANSWERING

    @property
    def edited(self) -> bool:
        """Whether it goes on otherwise than it was proposed."""
        return self.action == "edit"


# They, and `Turn` inside them, are stored under the names of their classes and of this module:
# another name here would leave stored states unreadable.
STORABLE = (Decision, CallDecision, Rating)
"""What a node is handed may be kept in the state, without being declared."""
