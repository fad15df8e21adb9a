"""Decide how far an action may go before a person has to look."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from hitl_nb.codec import decode, digest, encode
from hitl_nb.errors import HitlError, InvalidRule
from hitl_nb.forms.question_request import request_of_question
from hitl_nb.policies.action import (
    IDENTITIES,
    MODES,
    Action,
    Known,
    Mode,
    Number,
    is_number,
    one_of,
)
from hitl_nb.policies.rule import Rule
from hitl_nb.requests.checked_arguments import CheckedArguments
from hitl_nb.reviewers.protocol import PASS, answers_by
from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request
    from hitl_nb.requests.tool_review import ToolCall

Gate = Literal["soft", "hard", "review"]
NOTHING_SAID = Rule("hard")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says about an action.

    Args:
        mode: How far it may go.
        reason: Which rule decided, and why.
        rule: The rule's place, counted from 1; 0 if none applied.
        gate: How the question waits, if there is one.
        role: Who is to be asked.
        timeout: Seconds the question waits.
        on_timeout: What happens then; by default what its gate says.
        approvers: How many people have to approve.
        identity: How whoever answers has to be known.
        sampled: Whether it would have passed, and is looked at as a sample.
        policy: The policy's name.
        version: The policy's version.
    """

    mode: Mode
    reason: str
    rule: int = 0
    gate: Gate | None = None
    role: str | None = None
    timeout: float | None = None
    on_timeout: Literal["reject", "approve", "escalate", "default"] | None = None
    approvers: int = 1
    identity: Known = None
    sampled: bool = False
    policy: str = ""
    version: str = ""

    def stricter_than(self, other: Verdict) -> bool:
        """Whether it asks for more than another, in mode or in people."""
        return (
            MODES.index(self.mode) > MODES.index(other.mode)
            or self.approvers > other.approvers
            or IDENTITIES.index(self.identity) > IDENTITIES.index(other.identity)
        )

    def at_least(self, other: Verdict) -> Verdict:
        """Return a verdict that asks for no less than both."""
        both = replace(
            self,
            approvers=max(self.approvers, other.approvers),
            identity=stricter_identity(self.identity, other.identity),
        )
        if MODES.index(self.mode) >= MODES.index(other.mode):
            return both
        return replace(both, mode=other.mode, gate=other.gate, timeout=other.timeout)


def stricter_identity(one: Known, other: Known) -> Known:
    """Return what satisfies two demands on how whoever answers is known."""
    return max(one, other, key=IDENTITIES.index)


@dataclass(frozen=True)
class Policy(metaclass=CheckedArguments):
    """Ordered rules over actions; the first that applies decides.

    Args:
        rules: The rules. It may be the only positional argument.
        name: What the record calls it.
        default: What holds where no rule applies.
        amount: The argument that is an action's amount, unless that is given beside it.
        soft_timeout: Seconds a soft gate waits before it goes on, unless its rule says.
        sample: Share of what would pass by itself that is put before a person all the same,
            0 to 1. It waits in the inbox.
        seed: Draws another sample.
        budget: Questions a role may be asked in a day; None for any number.
        over_budget: What happens to others: ``"review"`` has them wait in the inbox, ``"auto"``
            lets pass what would have been a soft gate or a sample, and only that.

    Raises:
        InvalidRule: If a rule can never be reached, or a setting is out of range.

    Example:
        >>> policy = Policy(
        ...     [
        ...         Rule("manual", action="delete_*"),
        ...         Rule("auto", action="refund", amount={"<=": 20}, reason="small change"),
        ...     ],
        ...     name="refunds",
        ...     amount="amount",
        ... )
        >>> policy.decide(Action("refund", {"order": 42, "amount": 12})).mode
        'auto'
        >>> print(policy.explain(Action("refund", {"order": 42, "amount": 120})))
        refunds: hard, because no rule applies
          1. manual: action is 'delete_*' – no
          2. auto: action is 'refund' – yes; amount ≤ 20 – no
    """

    refusal: ClassVar[type[HitlError]] = InvalidRule
    rules: Sequence[Rule] = ()
    name: str = dataclasses.field(default="policy", kw_only=True)
    default: Mode = dataclasses.field(default="hard", kw_only=True)
    amount: str | None = dataclasses.field(default=None, kw_only=True)
    soft_timeout: float = dataclasses.field(default=60.0, kw_only=True)
    sample: float = dataclasses.field(default=0.0, kw_only=True)
    seed: str = dataclasses.field(default="", kw_only=True)
    budget: int | None = dataclasses.field(default=None, kw_only=True)
    over_budget: Literal["review", "auto"] = dataclasses.field(default="review", kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.rules, Rule):
            raise ValueError("rules is a list of rules. Write [Rule(...)].")
        object.__setattr__(self, "rules", tuple(self.rules))
        one_of("default", self.default, MODES)
        one_of("over_budget", self.over_budget, ("review", "auto"))
        if not (is_number(self.sample) and 0 <= self.sample <= 1):
            raise ValueError(f"sample={self.sample!r} is a share, from 0 to 1.")
        if self.budget is not None and self.budget < 0:
            raise ValueError(f"budget={self.budget} is less than nothing.")
        if not self.soft_timeout > 0:
            raise ValueError(f"soft_timeout={self.soft_timeout} has to be more than 0 seconds.")
        for place, rule in enumerate(self.rules):
            for before, earlier in enumerate(self.rules[:place]):
                if earlier.covers(rule):
                    raise ValueError(
                        f"Rule {place + 1} of the policy {self.name!r} is never reached: {rule!r} "
                        f"comes after rule {before + 1}, {earlier!r}, which decides all it is "
                        f"about. Put it before that one, or leave it out."
                    )

    @classmethod
    def fixed(cls, mode: Mode, **settings: Any) -> Self:
        """Make a policy that says the same of every action."""
        return cls(**{"default": mode, "name": f"always {mode}"} | settings)

    @classmethod
    def by_risk(
        cls,
        *,
        low: Mode = "auto",
        medium: Mode = "soft",
        high: Mode = "hard",
        critical: Mode = "manual",
        **settings: Any,
    ) -> Self:
        """Make a policy by risk; an action whose risk is not known never passes by itself."""
        modes = {"low": low, "medium": medium, "high": high, "critical": critical}
        rules = [Rule(mode, risk=risk) for risk, mode in modes.items()]
        return cls(rules, **{"name": "by risk"} | settings)

    @classmethod
    def by_confidence(cls, *, auto: float = 0.9, soft: float = 0.7, **settings: Any) -> Self:
        """Make a policy by confidence: what is below both, or not known, gets the default.

        Args:
            auto: From here on an action runs by itself.
            soft: From here on it is shown and runs unless held.
            settings: As for the policy itself.

        Raises:
            ValueError: If the two overlap.
        """
        for name, bound in (("auto", auto), ("soft", soft)):
            if not (is_number(bound) and 0 <= bound <= 1):
                raise InvalidRule(f"{name}={bound!r} is not a number from 0 to 1.")
        if soft >= auto:
            raise InvalidRule(
                f"soft={soft} and auto={auto} overlap: soft begins below auto and ends there, so "
                f"it has to be less."
            )
        rules = [Rule("auto", confidence={">=": auto}), Rule("soft", confidence={">=": soft})]
        return cls(rules, **{"name": "by confidence"} | settings)

    def decide(self, action: Action, *, place: str | None = None) -> Verdict:
        """Say how far an action may go; the same action at the same place always as far.

        Args:
            action: What is about to be done.
            place: What makes it one of a kind, such as its thread and task; only with it are
                samples drawn.
        """
        action = self._with_amount(action)
        number, rule = next(
            ((n, rule) for n, rule in enumerate(self.rules, 1) if rule.applies(action)),
            (0, replace(NOTHING_SAID, mode=self.default)),
        )
        verdict = Verdict(
            rule.mode,
            self._why(number, rule, action),
            number,
            {"auto": None, "soft": "soft"}.get(rule.mode, "hard"),
            rule.role,
            rule.timeout or (self.soft_timeout if rule.mode == "soft" else None),
            rule.on_timeout,
            rule.approvers,
            rule.identity,
            policy=self.name,
            version=self.version,
        )
        if verdict.mode == "auto" and place is not None and self._draws(action, place):
            return self._sampled(verdict)
        return verdict

    def explain(self, action: Action) -> str:
        """Say in words which rule decides about an action, and what came of those before it."""
        action = self._with_amount(action)
        verdict = self.decide(action)
        lines = [f"{self.name}: {verdict.mode}, because {verdict.reason}"]
        for number, rule in enumerate(self.rules[: verdict.rule or None], 1):
            found = [f"{words} – {_ANSWERS[held]}" for words, held in rule.examine(action)]
            lines.append(f"  {number}. {rule.mode}: {'; '.join(found) or 'everything – yes'}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as plain data; `from_dict` makes the same policy of it.

        Raises:
            ValueError: If a rule has a function for a condition.
        """
        data: dict[str, Any] = encode(self._told([rule.to_dict() for rule in self.rules]))
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a policy from its plain data.

        Raises:
            TypeError: If it holds something a policy or rule does not have.
        """
        settings = dict(decode(data))
        rules = [Rule(**rule) for rule in settings.pop("rules", ())]
        return cls(rules, **settings)

    def as_reviewer(self) -> PolicyReviewer:
        """Return a reviewer that approves what may run by itself, and leaves open the rest."""
        return PolicyReviewer(self)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change with the rules and settings.

        Of a function only its name counts.
        """
        return digest(self._told([rule.to_dict(functions=True) for rule in self.rules]))[:12]

    def _told(self, rules: list[Any]) -> dict[str, Any]:
        settings = {
            item.name: getattr(self, item.name)
            for item in dataclasses.fields(self)
            if item.name != "rules" and getattr(self, item.name) != item.default
        }
        return {"rules": rules, **settings}

    def _with_amount(self, action: Action) -> Action:
        if action.amount is not None or self.amount is None:
            return action
        found: Number | None = action.args.get(self.amount)
        return replace(action, amount=found) if is_number(found) else action

    def _why(self, number: int, rule: Rule, action: Action) -> str:
        if not number:
            return "no rule applies" if self.rules else "it always is"
        found = [
            words if held else f"it is not known whether {words}"
            for words, held in rule.examine(action)
        ]
        reason = f" ({rule.reason})" if rule.reason else ""
        return f"rule {number}: {', '.join(found) or 'everything'}{reason}"

    def _draws(self, action: Action, place: str) -> bool:
        if not self.sample:
            return False
        shown = digest([self.seed, place, action.name])
        return int(shown[:12], 16) < self.sample * 16**12

    def _sampled(self, verdict: Verdict) -> Verdict:
        reason = f"sampled, {self.sample:.0%} of what would pass; {verdict.reason}"
        return replace(verdict, mode="hard", gate="review", sampled=True, reason=reason)


_ANSWERS = {True: "yes", False: "no", None: "not known"}


@answers_by("policy")
class PolicyReviewer:
    """Approve what a policy says may run by itself, and leave open what it does not.

    An action is told by the request: its name is the question, or what stands between "Run" and
    "?" there, as `gate` asks; its arguments are the draft's fields.
    Of several calls, all have to be allowed to run. Other questions, those that several people
    have to approve, and samples are left open.

    Args:
        policy: What may run.
        name: Who the record says it was; by default the policy's name.

    Example:
        >>> from hitl_nb import Approval, Interrupt, Policy, Rule
        >>> small = Policy([Rule("auto", amount={"<=": 20})], name="small", amount="amount")
        >>> reviewer = small.as_reviewer()
        >>> reviewer.review(Interrupt(Approval("refund", draft={"amount": 12}), "1"))
        {'action': 'approve', 'comment': 'rule 1: amount ≤ 20'}
        >>> reviewer.review(Interrupt(Approval("refund", draft={"amount": 99}), "2"))
        PASS
    """

    how = "policy"

    def __init__(self, policy: Policy, *, name: str | None = None) -> None:
        self.policy = policy
        self.name = name or policy.name

    def review(self, question: Interrupt) -> Any:
        """Approve, or leave it open."""
        asked = request_of_question(question)
        if asked is None:
            return PASS
        request = asked.request
        if request.quorum > 1 or request.identity or "sampled" in request.tags:
            return PASS  # people want to see that
        if request.kind == "tool_review":
            calls = request.calls  # type: ignore[attr-defined]
            reasons = [why for call in calls if (why := self._reason(request, call)) is not None]
            if len(reasons) < len(calls):
                return PASS
            decided = [{"action": "approve"} for _ in calls]
            comment = "; ".join(dict.fromkeys(reasons))
            return asked.answer({"action": "decide", "value": decided, "comment": comment})
        reason = self._reason(request, None) if request.kind == "approval" else None
        if reason is None:
            return PASS
        return asked.answer({"action": "approve", "comment": reason})

    def _reason(self, request: Any, call: ToolCall | None) -> str | None:
        """Return why a call or draft may run by itself; None if it may not."""
        if call is not None:
            name, args = call.name, call.args
        else:
            proposed = request.proposed()
            name, args = _name_of(request), proposed if isinstance(proposed, dict) else {}
        action = Action(
            name, args, risk=request.risk, confidence=request.confidence, tags=request.tags
        )
        allowed = "approve" in (request.actions if call is None else call.allow)
        verdict = self.policy.decide(action)
        return verdict.reason if verdict.mode == "auto" and allowed else None


def _name_of(request: Request) -> str:
    found = re.fullmatch(r"Run (.+)\?", request.question)
    return found[1] if found else request.question
