"""One action on its way through a gate: how far it may go, and what is asked about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

from hitl_nb.codec import digest
from hitl_nb.engine.interrupts import current_task
from hitl_nb.engine.once import once
from hitl_nb.errors import MissingThread
from hitl_nb.policies.action import Action, Known, Number
from hitl_nb.policies.budget import promise
from hitl_nb.policies.escalation import Escalation
from hitl_nb.policies.policy import Policy, Verdict, stricter_identity
from hitl_nb.policies.rule import PASSING

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request, Turn

_FACTS = ("risk", "confidence", "amount", "tags")
_ONLY_DRAFTS = ("editable", "allow", "schema")


class GateOptions(TypedDict, total=False):
    """What else a gate may be told; the names are those of `Approval`."""

    question: str
    context: Any
    risk: Literal["low", "medium", "high", "critical"] | None
    confidence: float | None
    amount: Number | None
    tags: tuple[str, ...]
    role: str | None
    timeout: Any
    on_timeout: Literal["reject", "approve", "escalate", "default"] | None
    approvers: int
    identity: Known
    requester: str | None
    delegates: dict[str, str]
    ladder: tuple[str, ...]
    editable: bool | tuple[str, ...]
    allow: tuple[str, ...]
    schema: Any
    error: BaseException | str | None


@dataclass(frozen=True, slots=True)
class GateCase:
    """What a gate was told; the action itself may change under a reviewer's hands."""

    policy: Policy
    escalation: Escalation | None
    key: str | None
    options: GateOptions

    def action(self, name: str, args: Mapping[str, Any]) -> Action:
        """Describe the action to the policy."""
        known: dict[str, Any] = {
            fact: value for fact, value in self.options.items() if fact in _FACTS
        }
        return Action(name, dict(args), **known)

    def judge(self, action: Action, *, edited: bool = False) -> Verdict:
        """Decide, once in the life of a task: a policy that changes is one for later actions.

        What a reviewer has just ``edited`` needs no sample, and no room in the budget.
        """
        running = current_task("gate()")
        host, task = running.host, running.task
        facts = [self.key, action.risk, action.confidence, action.amount, list(action.tags)]

        def decide(*shown: Any) -> dict[str, Any]:
            place = digest([host.thread, f"{host.ns}{task.id}", list(shown)], host.types)
            verdict = self.policy.decide(action, place=None if edited else place)
            verdict = self._with_options(verdict)
            if self.escalation is not None:
                verdict = self._raised(self.escalation, verdict, action)
            if verdict.mode != "auto" and not edited and not self._affords(verdict):
                verdict = _over_budget(self.policy, verdict)
            return dataclasses.asdict(verdict)

        return Verdict(**once(decide, action.name, dict(action.args), facts))

    def ask_about(
        self, verdict: Verdict, action: Action, history: tuple[Turn, ...] = ()
    ) -> Request:
        """Make the request a verdict calls for; for what passes, the one it stands for."""
        from hitl_nb.requests.base import Turn
        from hitl_nb.requests.request_kinds import Approval, Confirm

        policy = f"{verdict.policy}@{verdict.version}"
        why = Turn(verdict.mode, policy, verdict.reason, given="policy")
        fields = self._fields(verdict, action) | {"history": (*history, why)}
        if verdict.mode != "manual":
            return Approval(draft=dict(action.args), **fields)
        shown = {"action": action.name, "arguments": dict(action.args)}
        if fields.get("context") is not None:
            shown["context"] = fields["context"]
        fields = {name: value for name, value in fields.items() if name not in _ONLY_DRAFTS}
        return Confirm(level="verify", phrase=action.name, **{**fields, "context": shown})

    def _fields(self, verdict: Verdict, action: Action) -> dict[str, Any]:
        """Return what the request says besides the action: the node's options, then the rule's."""
        beside = ("amount", "error")
        fields: dict[str, Any] = {
            "question": f"Run {action.name}?",
            "timeout": verdict.timeout,
            "on_timeout": verdict.on_timeout,
            **{name: value for name, value in self.options.items() if name not in beside},
            "role": verdict.role,
            "gate": verdict.gate or "hard",
            "approvers": verdict.approvers,
            "identity": verdict.identity,
            "tags": (*action.tags, *(("sampled",) if verdict.sampled else ())),
        }
        if verdict.mode == "auto":
            fields |= {"timeout": None, "on_timeout": None, "approvers": 1, "identity": None}
        if verdict.gate == "review":
            fields["timeout"] = self.options.get("timeout")
        if fields["timeout"] is None:
            fields["on_timeout"] = None
        if verdict.mode == "manual" and fields["on_timeout"] in PASSING:
            raise ValueError(
                f"on_timeout={fields['on_timeout']!r} would let pass {action.name!r}, which the "
                f"policy {verdict.policy!r} wants typed by hand. Use 'reject' or 'escalate'."
            )
        return fields

    def _with_options(self, verdict: Verdict) -> Verdict:
        """Take over what the node wants of whoever is asked."""
        if verdict.mode == "auto":
            return verdict
        approvers = max(verdict.approvers, self.options.get("approvers", 1))
        identity = stricter_identity(verdict.identity, self.options.get("identity"))
        if verdict.mode == "soft" and (approvers > 1 or identity):  # it would go on without them
            verdict = replace(verdict, mode="hard", gate="hard", timeout=None)
        role = self.options.get("role", verdict.role)
        return replace(verdict, approvers=approvers, identity=identity, role=role)

    def _raised(self, escalation: Escalation, verdict: Verdict, action: Action) -> Verdict:
        """Let nothing pass that has a reason to go up the ladder."""
        reasons = escalation.reasons(
            confidence=action.confidence,
            risk=action.risk,
            tags=action.tags,
            error=self.options.get("error"),
        )
        if not reasons or verdict.mode not in ("auto", "soft"):
            return verdict
        reason = f"{'; '.join(reasons)}; else {verdict.mode}, {verdict.reason}"
        raised = replace(verdict, mode="hard", gate="hard", timeout=None, reason=reason)
        return self._with_options(raised)

    def _affords(self, verdict: Verdict) -> bool:
        """Whether the day has a question left for whoever would be asked."""
        budget = self.policy.budget
        if budget is None or verdict.mode == "manual":
            return True
        running = current_task("gate()")
        saver = getattr(getattr(running.host, "writer", None), "saver", None)
        if saver is None:
            raise MissingThread(f"The budget of the policy {self.policy.name!r}")
        place = (running.host.thread, running.task.id)
        return promise(saver, self._asked_first(verdict), place, budget)

    def _asked_first(self, verdict: Verdict) -> str | None:
        """Return the role of the first person who would be asked."""
        ladder = self.escalation
        if verdict.role is not None or ladder is None:
            return verdict.role
        rungs = ladder.ladder_for(risk=self.options.get("risk"), tags=self.options.get("tags", ()))
        return next(role for role in rungs if ladder.reviewer_of(role) is None)


def _over_budget(policy: Policy, verdict: Verdict) -> Verdict:
    reason = f"the day's {policy.budget} questions are used up; {verdict.reason}"
    if policy.over_budget == "auto" and (verdict.mode == "soft" or verdict.sampled):
        return replace(verdict, mode="auto", gate=None, sampled=False, reason=reason)
    return replace(verdict, gate="review", timeout=None, reason=reason)
