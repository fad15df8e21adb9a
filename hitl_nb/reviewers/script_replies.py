"""Read a question as a typed request, whatever was asked, and write its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request


class Readable(NamedTuple):
    """A question as a request.

    Args:
        request: What is asked; None for a payload that is no request.
        translate: Writes a checked reply the way the question takes it; None if it takes replies.
    """

    request: Request | None
    translate: Callable[[Any], Any] | None = None

    def answer(self, reply: Mapping[str, Any]) -> Any:
        """Return the answer that a reply to the request is.

        Raises:
            InvalidAnswer: If it does not fit the request.
        """
        from hitl_nb.requests.replies import read_reply

        assert self.request is not None  # noqa: S101  (there is something to reply to)
        found = read_reply(self.request, reply)
        if self.translate is None:
            return dict(reply)
        said = {"action": found.action, "value": found.value, "comment": found.comment}
        return self.translate(said)


def read_question(question: Interrupt) -> Readable:
    """Return a question as the request it is, or the one its payload is known to mean."""
    from hitl_nb.requests.base import Request

    if isinstance(question.value, Request):
        return Readable(question.value)
    from hitl_nb.interop.langchain_payloads import recognise

    dialect = recognise(question.value, question.response_schema)
    return Readable(None) if dialect is None else Readable(dialect.request, dialect.to_answer)
