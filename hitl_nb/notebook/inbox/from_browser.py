"""What arrives from the browser of an inbox, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hitl_nb.errors import CodecError, HitlError, StoreBusy
from hitl_nb.forms import BadAnswer, Submission, read_submission, request_of
from hitl_nb.forms.pages import page_of
from hitl_nb.messages import (
    Acknowledge,
    Answer,
    DraftText,
    Filter,
    FromInbox,
    FromKernel,
    Note,
    PageRequest,
    Select,
    Submit,
    SubmitAll,
    ViewReady,
)
from hitl_nb.notebook.inbox.listing import FACETS
from hitl_nb.notebook.session.from_browser import why_refused
from hitl_nb.notebook.widget.acknowledge import accepted, read_as, refused
from hitl_nb.savers.inbox_records import WaitingRow
from hitl_nb.threads.inputs import Given

if TYPE_CHECKING:
    from hitl_nb.notebook.inbox.inbox import Inbox

PERSON = "notebook user"
FromInboxView = FromInbox | Submit | DraftText | PageRequest | ViewReady
_MOST_KEPT = 1000
"""Acknowledgements that are kept, so that what arrives twice is done once."""


class InboxReceiver:
    """Reads messages from the browser and acts on them.

    Args:
        inbox: Whom they are for.
        say: Sends a message to the browser.
    """

    def __init__(self, inbox: Inbox, say: Callable[[FromKernel], None]) -> None:
        self._inbox = inbox
        self._board = inbox.board
        self._say = say
        self._acknowledged: dict[str, Acknowledge] = {}

    def receive(self, content: Any) -> None:
        """Handle a message; one that is none of ours is dropped."""
        message: FromInboxView | None = read_as(FromInboxView, content)
        if message is None:
            return
        try:
            self._handle(message)
        except HitlError as error:
            self._board.notice(str(error))
        self._inbox.redraw()

    def _handle(self, message: FromInboxView) -> None:
        match message["type"]:
            case "here":
                self._board.open_again()
            case "window":
                self._board.show_rows(message["start"], message["count"])
            case "select":
                self._select(message)
            case "filter":
                self._filter(message)
            case "together":
                self._board.put_together(on=message["on"])
            case "draft":
                self._draft(message)
            case "turn":
                self._turn(message)
            case "submit" | "submit_all" | "note":
                self._once(message)
                with suppress(StoreBusy):  # what became of it is said; the next look makes up
                    self._inbox.refresh()

    def _once(self, message: Submit | SubmitAll | Note) -> None:
        """Do what a message wants if it did not arrive before, and say what became of it."""
        nonce = message["nonce"]
        if nonce not in self._acknowledged:
            do = {"submit": self._submit, "submit_all": self._submit_all, "note": self._note}
            self._acknowledged[nonce] = do[message["type"]](message)  # type: ignore[operator]
            while len(self._acknowledged) > _MOST_KEPT:
                del self._acknowledged[next(iter(self._acknowledged))]
        self._say(self._acknowledged[nonce])

    def _select(self, message: Select) -> None:
        if not message["question"]:
            self._board.step(message["step"])
        elif (row := self._board.row_of(message["question"])) is not None:
            self._board.select(row.key)

    def _filter(self, message: Filter) -> None:
        name, value = message["facet"], message["value"]
        if name == "search":
            self._board.look_for(text=(value or "").strip())
        elif name in (*FACETS, "only"):
            self._board.look_for(**{name: value})

    def _draft(self, message: DraftText) -> None:
        if self._board.row_of(message["question"]) is not None:
            self._inbox.keep_draft(message["question"], message["text"])

    def _turn(self, turn: PageRequest) -> None:
        row = self._board.row_of(turn["question"])
        try:
            question = None if row is None else self._board.door.read(row)
        except CodecError:
            return
        page = None if question is None else page_of(question, request_of(question), turn)
        if page is not None:
            self._say(page)

    def _submit(self, message: Submit) -> Acknowledge:
        """Take an answer; say in plain words why not, if not."""
        nonce = message["nonce"]
        row = self._board.known(message["question"])
        if row is None:
            return refused(nonce, "This question is not open any more.")
        try:
            self._take(row, message["answer"], message["displayed"])
        except (BadAnswer, HitlError) as error:
            return refused(nonce, why_refused(error))
        return accepted(nonce)

    def _submit_all(self, message: SubmitAll) -> Acknowledge:
        """Take one decision for several questions, each its own row with its own winner."""
        nonce, together = message["nonce"], self._board.together
        if together is None:
            return refused(nonce, "These questions are not open any more. Choose again.")
        wanted = [name for name in message["questions"] if name in together.forms]
        if not wanted:
            return refused(nonce, "Check at least one of the questions.")
        won, lost = 0, 0
        for name in wanted:
            row = self._board.known(name)
            try:
                if row is None:
                    raise BadAnswer("It is not open any more.")
                seen = together.displayed(name, message)
                self._take(row, together.answer(name, message["answer"]), seen)
            except BadAnswer as error:
                if not won and not lost and any(item["path"] for item in error.errors):
                    return refused(nonce, error.errors)
                lost += 1
                self._board.say_of(name, f"not answered: {error}")
            except HitlError as error:
                lost += 1
                why = why_refused(error)
                self._board.say_of(name, why if isinstance(why, str) else f"not answered: {error}")
            else:
                won += 1
                self._board.say_of(name, "answered")
        if not lost:
            self._board.put_together(on=False)
        failed = f"; {lost} not, see the table" if lost else ""
        self._board.notice(f"Answered {won} of {len(wanted)}{failed}.", warns=bool(lost))
        return accepted(nonce)

    def _take(self, row: WaitingRow, answer: Answer, displayed: Any) -> None:
        question = self._board.door.read(row)
        # What does not wait any more makes the saver say what became of it.
        read = Submission(None) if question is None else read_submission(question, answer)
        who = answer["reviewer"].strip() if "reviewer" in answer else ""
        reviewer = who or self._inbox.reviewer or PERSON
        given = Given(reviewer, "widget", read.action, read.comment, displayed)
        self._inbox.decide(row, read.answer, given)

    def _note(self, message: Note) -> Acknowledge:
        try:
            for name in message["questions"]:
                if message["assigned"] is not None:
                    self._inbox.assign(name, message["assigned"])
                if message["snooze"] is not None:
                    self._inbox.snooze(name, message["snooze"] or None)
        except HitlError as error:
            return refused(message["nonce"], str(error))
        return accepted(message["nonce"])
