"""What arrives from the browser, and what it is told: answers, drafts, pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from hitl_nb.errors import (
    AlreadyAnswered,
    DeadlinePassed,
    HitlError,
    InvalidAnswer,
)
from hitl_nb.forms import BadAnswer, Submission, read_submission, request_of
from hitl_nb.forms.labels import said
from hitl_nb.forms.pages import page_of
from hitl_nb.marked_text import shorten
from hitl_nb.messages import (
    Acknowledge,
    ButtonPress,
    ChoiceAnswer,
    FieldError,
    FromBrowser,
    FromKernel,
    PageRequest,
    RequestAnswer,
    Submit,
    TextAnswer,
)
from hitl_nb.notebook.session.answers import Desk
from hitl_nb.notebook.widget.acknowledge import accepted, read_as, refused, wrong_fields
from hitl_nb.threads.inputs import Given

log = logging.getLogger("hitl_nb.notebook")


class Acts(Protocol):
    """What a view can ask of its session besides taking answers."""

    @property
    def beside(self) -> Receiver | None:
        """Who takes what is meant for the run that is drawn beside this one."""

    def press(self, button: str, target: str, thread: str) -> None:
        """Do what a button of this run says, or of the one beside it."""

    def submit_state(self, form: str, answer: Any) -> bool:
        """Take the form that edits the state; False if it is another one."""

    def look(self, checkpoint: str | None = None) -> Any:
        """Look at a checkpoint; None ends looking back."""


class Receiver:
    """Reads messages from the browser and acts on them.

    Args:
        desk: Whom answers are for.
        acts: Whom everything else is for.
        say: Sends a message to the browser.
        reviewer: The name to answer under where the form does not ask.
    """

    def __init__(
        self, desk: Desk, acts: Acts, say: Callable[[FromKernel], None], reviewer: str
    ) -> None:
        self._desk = desk
        self._acts = acts
        self._say = say
        self._reviewer = reviewer
        self._acknowledged: dict[str, Acknowledge] = {}

    def receive(self, content: Any) -> None:
        """Handle a message; one that is none of ours is dropped."""
        message: FromBrowser | None = read_as(FromBrowser, content)
        if message is None:
            return
        try:
            beside = self._acts.beside
            meant = beside if beside is not None and beside.wants(message) else self
            meant.handle(message, self._say)
        except Exception as error:  # nobody else would hear of it, and somebody waits for a word
            known = isinstance(error, HitlError)
            why = str(error) if known else f"{type(error).__name__}: {error}"
            if not known:
                log.exception("A message of the view was not handled.")
            match message["type"]:
                case "submit" | "press":
                    self._say(refused(message["nonce"], why))
                case _:
                    self._desk.tell(why)

    def handle(self, message: FromBrowser, say: Callable[[FromKernel], None]) -> None:
        """Act on a message, and answer it where it came from.

        Args:
            message: What was sent, to this run or to the one around it.
            say: Sends a message to the view that it came from.
        """
        match message["type"]:
            case "here":
                self._desk.drawn()
            case "draft":
                self._desk.keep_draft(message["question"], message["text"])
            case "turn":
                self._turn(message, say)
            case "look":
                self._acts.look(message["checkpoint"] or None)
            case "submit" | "press":
                nonce = message["nonce"]
                if nonce not in self._acknowledged:
                    act = self._submit if message["type"] == "submit" else self._press
                    self._acknowledged[nonce] = act(message)  # type: ignore[arg-type]
                say(self._acknowledged[nonce])

    def wants(self, message: FromBrowser) -> bool:
        """Whether a message that reached the session around this one is for this one to handle.

        A press is not: what it leads to is drawn around this one.
        """
        match message["type"]:
            case "submit" | "draft" | "turn":
                name = message["question"]
                return self._desk.shows(name) or self._desk.find(name) is not None
            case "look":
                return message["thread"] == "branch"
        return False

    def _press(self, message: ButtonPress) -> Acknowledge:
        try:
            self._acts.press(message["button"], message["target"], message["thread"])
        except (HitlError, OSError, ValueError, NotImplementedError) as error:
            return refused(message["nonce"], str(error))
        return accepted(message["nonce"])

    def _turn(self, turn: PageRequest, say: Callable[[FromKernel], None]) -> None:
        question = self._desk.find(turn["question"])
        page = None if question is None else page_of(question, request_of(question), turn)
        if page is not None:
            say(page)

    def _submit(self, message: Submit) -> Acknowledge:
        """Take an answer; say in plain words why not, if not."""
        nonce, name = message["nonce"], message["question"]
        try:
            if not (self._desk.passes(name) or self._acts.submit_state(name, message["answer"])):
                self._take(message)
        except (BadAnswer, HitlError) as error:
            why = why_refused(error)
            if isinstance(error, AlreadyAnswered):
                # The form goes away, and what is said at the form with it.
                late = f"{_called(message['answer'])} came too late and does not count."
                self._desk.tell(f"{late} {why}")
            return refused(nonce, why)
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


def why_refused(error: Exception) -> str | list[FieldError]:
    """Say why an answer was not taken: as a whole, or field by field."""
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


def _called(answer: ChoiceAnswer | TextAnswer | RequestAnswer) -> str:
    """Call an answer that was not taken."""
    if "text" in answer:
        return "Your answer"
    return f"“{answer['label'] if 'label' in answer else answer['action']}”"


def told(answer: Any) -> str:
    """Say in a few words what a stored answer was."""
    if isinstance(answer, dict) and {"action", "value", "reviewer", "given"} <= answer.keys():
        return said(str(answer["action"]))
    return shorten(answer)
