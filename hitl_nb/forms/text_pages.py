"""Hand out long texts a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hitl_nb.forms.evidence import LONGEST_TEXT, shown_pieces, text_at
from hitl_nb.forms.payload_form import split
from hitl_nb.marked_text import show
from hitl_nb.messages import PageRequest, TextPage
from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request


def page_of(question: Interrupt, request: Request | None, turn: PageRequest) -> TextPage | None:
    """Return the page that was asked for.

    Args:
        question: The question whose evidence it is in.
        request: What the question is shown as, if that is a request.
        turn: Which text, and from which character on.

    Returns:
        The page, from the nearest character there is; None if there is no such text.
    """
    text = text_at(_shown_pieces(question, request), turn["path"])
    if text is None:
        return None
    start = max(0, min(turn["start"], len(text)))
    end = min(start + LONGEST_TEXT, len(text))
    return {
        "type": "page",
        "question": turn["question"],
        "path": turn["path"],
        "start": start,
        "text": show(text[start:end]),
        "end": end,
        "size": len(text),
    }


def _shown_pieces(question: Interrupt, request: Request | None) -> list[tuple[Any, Any]]:
    """Return what a form shows, in the order of `displayed.evidence_of_form`."""
    if request is None:
        return shown_pieces(split(question.value)[1], named=True)
    from hitl_nb.forms.request_form import evidence_of_parts, shown_of_request

    return [*shown_pieces(shown_of_request(request)), *evidence_of_parts(request)]
