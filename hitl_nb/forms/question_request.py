"""A question as the typed request it is shown as, whatever was asked, and how that is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from hitl_nb.interop.langchain_payloads import recognise
from hitl_nb.types import Interrupt, TypedQuestion

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request


class QuestionRequest(NamedTuple):
    """A question as a request.

    Args:
        request: What is asked.
        own: Whether the node asked with the request itself, and so takes replies as they are.
        reasons: Whether rejecting takes a reason.
        to_answer: Writes a checked reply the way the question takes it.
    """

    request: Request
    own: bool = True
    reasons: bool = True
    to_answer: Callable[[Any], Any] = dict

    def answer(self, reply: Mapping[str, Any]) -> Any:
        """Return the answer that a reply to the request is.

        Raises:
            InvalidAnswer: If it does not fit the request.
        """
        from hitl_nb.requests.replies import read_reply

        found = read_reply(self.request, reply)
        if self.own:
            return dict(reply)
        return self.to_answer(
            {"action": found.action, "value": found.value, "comment": found.comment}
        )


def request_of_question(question: Interrupt) -> QuestionRequest | None:
    """Return the request a question is, or its payload is known to mean; None for a plain one."""
    if isinstance(question.value, TypedQuestion):
        return QuestionRequest(cast("Request", question.value))
    dialect = recognise(question.value, question.response_schema)
    if dialect is None:
        return None
    return QuestionRequest(dialect.request, False, dialect.reasons, dialect.to_answer)
