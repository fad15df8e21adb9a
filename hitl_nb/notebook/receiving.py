"""What arrives from the browser, and what it is told: answers, drafts, pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hitl_nb.entry import Given
from hitl_nb.errors import (
    AlreadyAnswered,
    AnswerError,
    DeadlinePassed,
    InvalidAnswer,
    UnstorableValue,
)
from hitl_nb.forms import BadAnswer, Submission, read_submission, request_of
from hitl_nb.forms.paging import page_of
from hitl_nb.forms.wording import said
from hitl_nb.messages import Acknowledge, FieldError, FromKernel, Submit, Turn
from hitl_nb.notebook.desk import Desk
from hitl_nb.notebook.wire import accepted, read_message, refused, wrong_fields
from hitl_nb.text import shorten


class Receiver:
    """Reads messages from the browser and acts on them.

    Args:
        desk: Whom they are for.
        say: Sends a message to the browser.
        reviewer: The name to answer under where the form does not ask.
    """

    def __init__(self, desk: Desk, say: Callable[[FromKernel], None], reviewer: str) -> None:
        self._desk = desk
        self._say = say
        self._reviewer = reviewer
        self._acknowledged: dict[str, Acknowledge] = {}

    def receive(self, content: Any) -> None:
        """Handle a message; one that is none of ours is dropped."""
        message = read_message(content)
        if message is None:
            return
        match message["type"]:
            case "here":
                self._desk.drawn()
            case "draft":
                self._desk.keep_draft(message["question"], message["text"])
            case "turn":
                self._turn(message)
            case "submit":
                nonce = message["nonce"]
                if nonce not in self._acknowledged:
                    self._acknowledged[nonce] = self._submit(message)
                self._say(self._acknowledged[nonce])

    def _turn(self, turn: Turn) -> None:
        question = self._desk.find(turn["question"])
        page = None if question is None else page_of(question, request_of(question), turn)
        if page is not None:
            self._say(page)

    def _submit(self, message: Submit) -> Acknowledge:
        """Take an answer; say in plain words why not, if not."""
        nonce, name = message["nonce"], message["question"]
        if self._desk.passes(name):
            return accepted(nonce)
        try:
            self._take(message)
        except (BadAnswer, AnswerError, UnstorableValue) as error:
            return refused(nonce, _why(error))
        return accepted(nonce)

    def _take(self, message: Submit) -> None:
        name, answer = message["question"], message["answer"]
        question = self._desk.find(name) if self._desk.is_open(name) else None
        # An id that is not open makes the saver say what became of the question.
        read = Submission(None) if question is None else read_submission(question, answer)
        who = answer["reviewer"].strip() if "reviewer" in answer else ""
        given = Given(
            who or self._reviewer, "widget", read.action, read.comment, message["displayed"]
        )
        self._desk.take({name: read.answer}, given)


def _why(error: Exception) -> str | list[FieldError]:
    match error:
        case BadAnswer():
            return error.errors
        case InvalidAnswer():
            return wrong_fields(error.errors)
        case DeadlinePassed():
            return f"Its time was over: {told(error.answer)}. That stands."
        case AlreadyAnswered():
            return f"Already answered by {error.reviewer}: {told(error.answer)}. It stands."
    return str(error)


def told(answer: Any) -> str:
    """Say in a few words what a stored answer was."""
    if isinstance(answer, dict) and {"action", "value", "reviewer", "given"} <= answer.keys():
        return said(str(answer["action"]))
    return shorten(answer)
