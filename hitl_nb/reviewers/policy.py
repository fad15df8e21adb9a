"""Let a policy answer what it would let pass, and leave the rest to people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hitl_nb.policies.action import Action
from hitl_nb.policies.policy import Policy
from hitl_nb.reviewers.protocol import PASS
from hitl_nb.reviewers.reading import read_question
from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request
    from hitl_nb.requests.tools import ToolCall


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
        readable = read_question(question)
        request = readable.request
        if request is None or request.quorum > 1 or "sampled" in request.tags:
            return PASS  # people want to see that
        if request.kind == "tool_review":
            calls = request.calls  # type: ignore[attr-defined]
            reasons = [why for call in calls if (why := self._reason(request, call)) is not None]
            if len(reasons) < len(calls):
                return PASS
            decided = [{"action": "approve"} for _ in calls]
            comment = "; ".join(dict.fromkeys(reasons))
            return readable.answer({"action": "decide", "value": decided, "comment": comment})
        reason = self._reason(request, None) if request.kind == "approval" else None
        if reason is None:
            return PASS
        return readable.answer({"action": "approve", "comment": reason})

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
