"""The typed questions a node can ask, by the name they are stored under."""

from __future__ import annotations

from collections.abc import Mapping

from hitl_nb.requests.approval import Approval, ApprovalAction, Edit, Form, ProposalRequest, Shaped
from hitl_nb.requests.base import Request
from hitl_nb.requests.choice import Ask, Choice, Confirm, Feedback, Option
from hitl_nb.requests.decision import CallDecision, Rating
from hitl_nb.requests.in_doubt import InDoubt
from hitl_nb.requests.tool_review import CallAction, ToolCall, ToolReview

__all__ = [
    "REQUEST_KINDS",
    "Approval",
    "ApprovalAction",
    "Ask",
    "CallAction",
    "CallDecision",
    "Choice",
    "Confirm",
    "Edit",
    "Feedback",
    "Form",
    "InDoubt",
    "Option",
    "ProposalRequest",
    "Rating",
    "Shaped",
    "ToolCall",
    "ToolReview",
]

REQUEST_KINDS: Mapping[str, type[Request]] = {
    kind.kind: kind
    for kind in (Approval, Ask, Choice, Confirm, Edit, Feedback, Form, InDoubt, ToolReview)
}
