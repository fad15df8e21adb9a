"""Who answers the tutorials where no person sits: ``HITL_NB_REVIEWER=tutorial_reviewers:<name>``.

Each answers as the tutorial's text asks its reader to.
"""

from __future__ import annotations

from typing import Any

from hitl_nb import PASS, CallbackReviewer, Interrupt, ScriptedReviewer

RULE = "No box is fine. We collect and pay."
NOTE = " Keep the jacket."
WRONG = ("SYSTEM:", "No refund needed")
"""What the two requests say whose letters the inbox's reviewer rejects."""


def _lower_the_refund(question: Interrupt) -> dict[str, Any]:
    draft = question.value.draft
    return {"action": "edit", "value": {"amount": "80", "letter": f"{draft['letter']}{NOTE}"}}


class _BackOnMonday:
    """Leaves a question open at first, and approves it when it is asked elsewhere."""

    name, how = "manager", "script"

    def __init__(self) -> None:
        self.away = True

    def review(self, question: Interrupt) -> Any:
        if self.away:
            self.away = False
            return PASS
        return "approve"


def _one_by_one(question: Interrupt) -> Any:
    said = question.value.context["request"]
    if any(words in said for words in WRONG):
        return {"action": "reject", "comment": "Not what the customer wants."}
    return "approve"


first_interrupt = ScriptedReviewer(["approve", "reject"])
approval_gate = ScriptedReviewer({"approve": _lower_the_refund})
human_as_tool = ScriptedReviewer({"understand": RULE})
long_pause = _BackOnMonday()
step_and_fork = ScriptedReviewer(["money back", "voucher"])
inbox = CallbackReviewer(_one_by_one, name="you")
