"""Who gave an answer that comes from a form, whichever view shows it."""

from __future__ import annotations

from hitl_nb.forms import Submission
from hitl_nb.messages import DisplayedShare
from hitl_nb.requests.identity import Verifier
from hitl_nb.threads.answer_recording import Given

PERSON = "notebook user"
"""What the record calls somebody whose name is not known and was not asked for."""


def given_in_form(
    read: Submission, known: str, displayed: DisplayedShare | None, verifier: Verifier | None
) -> Given:
    """Say who gave an answer, and how.

    Args:
        read: What the form sent.
        known: The name of whoever sits in front of it; empty if it is not known.
        displayed: How much of the form was on the screen; None if it is not open any more.
        verifier: Who finds out who answers.
    """
    who = known or read.reviewer or PERSON
    return Given(who, "widget", read.action, read.comment, displayed, verifier=verifier)
