"""Who is asked, and who is asked next: the ladder from an agent to a manager."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hitl_nb.policies.action import is_number, one_of
from hitl_nb.reviewers.protocol import Reviewer, as_reviewer

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request

PEOPLE = ("human", "manager")
AUTOMATED = ("agent", "senior agent")


@dataclass(frozen=True)
class Escalation:
    """A ladder of who decides: each rung answers or passes on to the next.

    Agents stand on the lower rungs, people on the upper ones. A rung of an agent that has no
    reviewer here is left out. An action goes up from the agent that wants it when that agent is
    not sure enough, when it met an error, or when the action is sensitive; a sensitive one goes to
    people at once. A question that nobody answers in its time goes up too.

    Args:
        roles: The rungs, the agent that acts first.
        reviewers: Who answers by itself: reviewers, or functions of the question, by role. The
            record calls a function like its role.
        below: A confidence less than this goes up.
        risks: Risks that are sensitive.
        tags: Tags that are sensitive.
        automated: Roles that no person has; those of ``reviewers`` are among them.

    Raises:
        ValueError: If no person stands at the top.

    Example:
        >>> ladder = Escalation()
        >>> ladder.reasons(confidence=0.5)
        ('confidence 0.5 is below 0.7',)
        >>> ladder.ladder_for(risk="high")
        ('human', 'manager')
        >>> from hitl_nb import Approval
        >>> ladder.apply(Approval("Pay?", draft={"amount": 90}, risk="high")).role
        'human'
    """

    roles: Sequence[str] = ("agent", "senior agent", "human", "manager")
    reviewers: Mapping[str, Any] = dataclasses.field(default_factory=dict, kw_only=True)
    below: float = dataclasses.field(default=0.7, kw_only=True)
    risks: Sequence[str] = dataclasses.field(default=("high", "critical"), kw_only=True)
    tags: Sequence[str] = dataclasses.field(default=("sensitive",), kw_only=True)
    automated: Sequence[str] = dataclasses.field(default=AUTOMATED, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", tuple(self.roles))
        if not (is_number(self.below) and 0 <= self.below <= 1):
            raise ValueError(f"below={self.below!r} is not a confidence from 0 to 1.")
        for role in self.reviewers:
            one_of("a reviewer's role", role, self.roles)
        made = {role: as_reviewer(given, name=role) for role, given in self.reviewers.items()}
        object.__setattr__(self, "reviewers", made)
        kinds = [self.answers_itself(role) or role in self.automated for role in self.roles]
        if not kinds or kinds[-1]:
            raise ValueError(
                f"The ladder {' → '.join(self.roles)} ends without a person, so nobody could "
                f"answer what its agents pass on. Put one at its end."
            )
        if kinds != sorted(kinds, reverse=True):
            raise ValueError(
                f"The ladder {' → '.join(self.roles)} goes from a person to an agent. Put agents "
                f"before people."
            )

    def answers_itself(self, role: str | None) -> bool:
        """Whether a role has a reviewer that answers by itself."""
        return role in self.reviewers

    def reviewer_of(self, role: str | None) -> Reviewer | None:
        """Return who answers by itself for a role, if somebody does."""
        found: Reviewer | None = self.reviewers.get(role) if role is not None else None
        return found

    def reasons(
        self,
        *,
        confidence: float | None = None,
        risk: str | None = None,
        tags: Sequence[str] = (),
        error: BaseException | str | None = None,
    ) -> tuple[str, ...]:
        """Return why something goes up, in words; nothing if it need not."""
        found = []
        if confidence is not None and confidence < self.below:
            found.append(f"confidence {confidence:g} is below {self.below:g}")
        if error is not None:
            what = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
            found.append(f"an error: {what}")
        return (*found, *self._sensitive(risk, tags))

    def ladder_for(
        self, *, risk: str | None = None, tags: Sequence[str] = (), people: bool = False
    ) -> tuple[str, ...]:
        """Return the rungs above the agent that acts, lowest first: the first is asked.

        Args:
            risk: How much is at stake.
            tags: Words to tell the action by.
            people: Whether only people may decide, as about what is sensitive.
        """
        people_only = people or bool(self._sensitive(risk, tags))
        above = self.roles[1:]
        return tuple(
            role
            for role in above
            if (not people_only if self.answers_itself(role) else role not in self.automated)
        )

    def apply(
        self,
        request: Request,
        *,
        error: BaseException | str | None = None,
        people: bool = False,
    ) -> Request:
        """Return a request that is put to the first rung, with the others to go up to.

        Its history says why it goes up, and with a timeout it goes on up in time.

        Args:
            request: What is asked.
            error: What the agent met, if it did.
            people: Whether only people may decide.
        """
        from hitl_nb.requests.base import Turn

        role, *ladder = self.ladder_for(risk=request.risk, tags=request.tags, people=people)
        why = self.reasons(
            confidence=request.confidence, risk=request.risk, tags=request.tags, error=error
        )
        turn = Turn("escalate", self.roles[0], "; ".join(why), role=self.roles[0], given="policy")
        timed = request.timeout is not None and request.on_timeout is None and ladder
        return request.with_(
            role=role,
            ladder=tuple(ladder),
            history=(*request.history, *([turn] if why else ())),
            on_timeout="escalate" if timed else request.on_timeout,
        )

    def _sensitive(self, risk: str | None, tags: Sequence[str]) -> tuple[str, ...]:
        words = [f"risk is {risk}"] if risk in self.risks else []
        return (*words, *(f"tagged {tag}" for tag in tags if tag in self.tags))
