"""Hand out long texts a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hitl_nb.forms.evidence import LONGEST_TEXT, text_at
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
    if request is None:
        text = text_at(split(question.value)[1], turn["path"], named=True)
    else:
        from hitl_nb.forms.request_form import shown_of_request

        text = text_at(shown_of_request(request), turn["path"])
    if text is None:
        return None
    start = max(0, min(turn["start"], len(text)))
    return {
        "type": "page",
        "question": turn["question"],
        "path": turn["path"],
        "start": start,
        "text": show(text[start : start + LONGEST_TEXT]),
        "size": len(text),
    }
