"""The kernel's word on what a person sent: accepted, or refused in words for the reader."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from hitl_nb.errors import AlreadyAnswered, DeadlinePassed, HitlError, InvalidAnswer
from hitl_nb.forms import BadAnswer
from hitl_nb.forms.decision_words import words_of_action
from hitl_nb.marked_text import shorten, show
from hitl_nb.messages import Acknowledge, FieldError

log = logging.getLogger("hitl_nb.notebook")


def accepted(nonce: str) -> Acknowledge:
    """Say that an answer is recorded."""
    return {"type": "acknowledge", "nonce": nonce, "accepted": True, "errors": []}


def refused(nonce: str, why: str | list[FieldError]) -> Acknowledge:
    """Say why an answer is not, in words for the reader: as a whole, or field by field."""
    errors: list[FieldError] = [{"path": [], "message": show(why)}] if isinstance(why, str) else why
    return {"type": "acknowledge", "nonce": nonce, "accepted": False, "errors": errors}


def wrong_fields(errors: Iterable[tuple[Sequence[Any], str]]) -> list[FieldError]:
    """Describe what is wrong with fields."""
    return [{"path": list(path), "message": show(why)} for path, why in errors]


def why_refused(error: Exception) -> str | list[FieldError]:
    """Say why an answer was not taken: as a whole, or field by field."""
    match error:
        case BadAnswer():
            return error.errors
        case InvalidAnswer():
            return wrong_fields(error.errors)
        case DeadlinePassed():
            return f"Its time was over: {answer_in_words(error.answer)}. That stands."
        case AlreadyAnswered():
            answer = answer_in_words(error.answer)
            return f"Already answered by {error.reviewer}: {answer}. It stands."
    return words_of(error)


def words_of(error: Exception) -> str:
    """Say what an error is; one that nobody foresaw is named and logged, as it is a fault."""
    if isinstance(error, BadAnswer | HitlError):
        return str(error)
    log.error("A message of the view was not handled.", exc_info=error)
    return f"{type(error).__name__}: {error}"


def answer_in_words(answer: Any) -> str:
    """Say in a few words what a stored answer was."""
    if isinstance(answer, dict) and {"action", "value", "reviewer", "given"} <= answer.keys():
        return words_of_action(str(answer["action"]))
    return shorten(answer)
