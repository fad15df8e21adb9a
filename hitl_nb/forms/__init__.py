"""Describe how a question looks: from any payload to a form, without a widget in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from hitl_nb.errors.questions import STALE_FORM
from hitl_nb.forms.differences import differences, in_words
from hitl_nb.forms.displayed import with_must_see
from hitl_nb.forms.evidence import item_of, items_of, write
from hitl_nb.forms.field_errors import BadAnswer
from hitl_nb.forms.payload_form import (
    check_offered,
    control_of,
    evidence_of,
    read_choice,
    read_options,
    split,
)
from hitl_nb.forms.question_request import request_of_question
from hitl_nb.marked_text import show
from hitl_nb.messages import Answer, FormView, Text
from hitl_nb.savers.clock import now
from hitl_nb.types import UNSET, Interrupt, TypedQuestion

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request


def describe(question: Interrupt, *, reviewer: str = "") -> FormView:
    """Describe the form of a question; every payload gives one.

    A dict's ``question``, ``message`` or ``prompt`` is the heading, its ``options`` the
    answers to choose from, everything else the evidence. Any other value is evidence too. A
    `Request` says itself what it wants.

    Args:
        question: The question.
        reviewer: The name of whoever sits in front of the form, if it is known.
    """
    asked = request_of_question(question)
    edits = [_edit(key, *values) for key, values in question.edits.items()]
    if asked is None:
        plain: FormView = {
            "id": question.id,
            "node": show(question.node),
            "heading": show(split(question.value)[0]),
            "context": evidence_of(question.value),
            "control": control_of(question.value),
        }
        return with_must_see({**plain, "history": edits} if edits else plain)
    from hitl_nb.forms import request_form as views

    request = asked.request
    form: FormView = {
        "id": question.id,
        "node": show(question.node),
        "heading": show(request.question),
        "context": views.context_of_request(request),
        "control": views.control_of_request(request, reviewer, reasons=asked.reasons),
    }
    if asked.own:
        form["facts"] = views.facts_of(request)
    deadline = views.deadline_of(request, question.asked_at, now())
    if deadline is not None:
        form["deadline"] = deadline
    if edits or request.history:
        form["history"] = [*edits, *views.history_of(request)]
    return with_must_see(form)


def _edit(key: str, before: Any, after: Any) -> Text:
    """Say on one line what was edited in the state since the question was asked before."""
    texts = (str, type(UNSET))
    was, now_is = (it if isinstance(it, texts) else write(it) for it in (before, after))
    return [*show("edited since it was asked"), *in_words(differences(was, now_is), key)]


def request_of(question: Interrupt) -> Request | None:
    """Return the request a question is shown as; None for a plain payload."""
    asked = request_of_question(question)
    return None if asked is None else asked.request


class Submission(NamedTuple):
    """What a form sent, read.

    Args:
        answer: What the question is answered with.
        action: What was decided.
        comment: What was written besides.
        reviewer: Who it says that it is by, where the form asks.
    """

    answer: Any
    action: str = "answer"
    comment: str = ""
    reviewer: str = ""


def read_answer(question: Interrupt, answer: Answer) -> Any:
    """Turn what the form sent into the answer that is recorded.

    Raises:
        BadAnswer: If it is not one of the answers the form offered.
    """
    return read_submission(question, answer).answer


def read_submission(question: Interrupt, answer: Answer, reviewer: str = "") -> Submission:
    """Turn what the form sent into the answer that is recorded, and what was decided by it.

    Args:
        question: What it is about.
        answer: What the form sent.
        reviewer: The name of whoever sits in front of the form, if it is known.

    Raises:
        BadAnswer: Naming each field that is wrong.
        ReviewerDiffers: If it names somebody where the form did not ask who it is.
    """
    asked = request_of_question(question)
    if asked is None:
        return Submission(read_choice(question.value, answer))
    if "action" not in answer:
        raise BadAnswer(STALE_FORM["question"])
    from hitl_nb.forms.submissions import read_name, read_request

    reply = read_request(asked.request, answer, reasons=asked.reasons, reviewer=reviewer)
    name = read_name(asked.request, answer["reviewer"], reviewer)
    return Submission(asked.to_answer(reply), reply["action"], reply["comment"], name)


def heading_of(payload: Any) -> str:
    """Return the line a question is known by."""
    if isinstance(payload, TypedQuestion):
        return str(cast("Request", payload).question)
    return split(payload)[0]


__all__ = [
    "BadAnswer",
    "Submission",
    "check_offered",
    "describe",
    "heading_of",
    "item_of",
    "items_of",
    "read_answer",
    "read_options",
    "read_submission",
    "request_of",
]
