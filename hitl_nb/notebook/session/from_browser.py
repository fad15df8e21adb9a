"""What arrives from the browser of a session, and what is done about it: answers, drafts, pages."""

from __future__ import annotations

from collections.abc import Callable

from hitl_nb.errors import AlreadyAnswered
from hitl_nb.forms import Submission, describe, read_submission, request_of
from hitl_nb.forms.text_pages import page_of
from hitl_nb.messages import (
    Acknowledge,
    ButtonPress,
    ChoiceAnswer,
    DisplayedShare,
    FromBrowser,
    FromKernel,
    PageRequest,
    RequestAnswer,
    Submit,
    TextAnswer,
)
from hitl_nb.notebook.session.side_by_side import ShownRun
from hitl_nb.notebook.session.view_state import STATE
from hitl_nb.notebook.widget.acknowledge import accepted, refused, why_refused
from hitl_nb.notebook.widget.form_answers import given_in_form


class SessionMessages:
    """Acts on the messages of a session's view, which shows one run or two.

    Args:
        run: The session's own.
        say: Sends a message to the browser.
    """

    kind = FromBrowser

    def __init__(self, run: ShownRun, say: Callable[[FromKernel], None]) -> None:
        self._run = run
        self._say = say

    def handle(self, message: FromBrowser) -> Acknowledge | None:
        """Act on a message; return the word on it if it has a nonce."""
        run = self._meant(message)
        match message["type"]:
            case "here":
                run.intake.view_drawn()
            case "draft":
                run.intake.keep_draft(message["question"], message["text"])
            case "turn":
                self._turn(run, message)
            case "look":
                run.controls.look(message["checkpoint"] or None)
            case "submit":
                return _submit(run, message)
            case "press":
                return _press(self._run, message)
        return None

    def follow_up(self, message: FromBrowser, word: Acknowledge | None) -> None:
        """Draw what a message changed, after the word on it was said.

        An answer that is taken is drawn by the run, with what follows from it.
        """
        match message["type"]:
            case "press" | "look":
                draws = True
            case "submit":
                taken = word is not None and word["accepted"]
                draws = not taken or message["question"].startswith(STATE)
            case _:
                draws = False
        if draws:  # the run beside, with which the one around it is drawn too
            (self._run.branch or self._run).draw()

    def notice(self, text: str) -> None:
        """Tell a person something in the view."""
        self._run.notice(text)
        self._run.draw()

    def _meant(self, message: FromBrowser) -> ShownRun:
        """Return which of the two runs a message is about."""
        branch = self._run.branch
        if branch is None:
            return self._run
        match message["type"]:
            case "submit" | "draft" | "turn":
                name = message["question"]
                own = branch.intake.shows(name) or branch.intake.find(name) is not None
                return branch if own else self._run
            case "look" | "press":
                return branch if message["thread"] else self._run
        return self._run

    def _turn(self, run: ShownRun, turn: PageRequest) -> None:
        question = run.intake.find(turn["question"])
        page = None if question is None else page_of(question, request_of(question), turn)
        if page is not None:
            run.intake.sent.add_page(page)
            self._say(page)


def _press(run: ShownRun, message: ButtonPress) -> Acknowledge:
    try:
        run.press(message["button"], message["target"], message["thread"])
    except (OSError, ValueError, NotImplementedError) as error:
        # The path that was typed, or a button of a run that is gone: no fault of the program.
        return refused(message["nonce"], str(error))
    return accepted(message["nonce"])


def _submit(run: ShownRun, message: Submit) -> Acknowledge:
    """Take an answer to whatever the form is for: a breakpoint, the state, a question."""
    nonce, name, answer = message["nonce"], message["question"], message["answer"]
    if name.startswith(STATE):
        run.controls.submit_state_form(name, answer)
    elif not run.intake.pass_breakpoint(name):
        try:
            _take(run, message)
        except AlreadyAnswered as error:
            # The form goes away, and what is said at the form with it.
            why = why_refused(error)
            late = f"{_called(answer)} came too late and does not count."
            run.notice(f"{late} {why}")
            return refused(nonce, why)
    return accepted(nonce)


def _take(run: ShownRun, message: Submit) -> None:
    name, answer, intake = message["question"], message["answer"], run.intake
    question = intake.find(name) if intake.is_open(name) else None
    # An id that is not open makes the saver say what became of the question.
    known = run.reviewer
    read = Submission(None)
    share: DisplayedShare | None = None
    if question is not None:
        read = read_submission(question, answer, known)
        share = intake.sent.share_of(describe(question), read.action, message["displayed"])
    given = given_in_form(read, known, share, run.verifier)
    intake.take({name: read.answer}, given)


def _called(answer: ChoiceAnswer | TextAnswer | RequestAnswer) -> str:
    """Call an answer that was not taken."""
    if "text" in answer:
        return "Your answer"
    return f"“{answer['label'] if 'label' in answer else answer['action']}”"
