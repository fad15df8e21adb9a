"""What arrives from the browser of an inbox, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

from hitl_nb.errors import CodecError, HitlError, StoreBusy
from hitl_nb.forms import BadAnswer, Submission, describe, read_submission, request_of
from hitl_nb.forms.displayed import share_for_record
from hitl_nb.forms.text_pages import page_of
from hitl_nb.messages import (
    Acknowledge,
    Answer,
    BulkMode,
    DisplayedShare,
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
    WindowRequest,
)
from hitl_nb.notebook.inbox.bulk import BulkSelection
from hitl_nb.notebook.inbox.listing import FACETS
from hitl_nb.notebook.inbox.question_reader import QuestionReader
from hitl_nb.notebook.inbox.view_state import InboxViewState
from hitl_nb.notebook.widget.acknowledge import accepted, refused, why_refused
from hitl_nb.notebook.widget.form_answers import given_in_form
from hitl_nb.requests.identity import Verifier
from hitl_nb.savers.inbox_records import Marks, WaitingRow
from hitl_nb.savers.records import DecisionRow
from hitl_nb.threads.answer_recording import Given
from hitl_nb.types import Interrupt

FromInboxView = FromInbox | Submit | DraftText | PageRequest | ViewReady


class InboxActions(Protocol):
    """What an inbox does about what its view is told."""

    @property
    def reviewer(self) -> str:
        """The name answers are given under; empty if the form is to ask."""

    @property
    def verifier(self) -> Verifier | None:
        """Who finds out who answers."""

    def decide(self, row: WaitingRow, reply: Any, given: Given) -> DecisionRow:
        """Record an answer; the view is not drawn."""

    def assign(self, question_id: str, to: str) -> Marks:
        """Say who is to answer a question."""

    def snooze(self, question_id: str, until: timedelta | float | None) -> Marks:
        """Put a question off."""

    def keep_draft(self, question_id: str, text: str) -> None:
        """Keep what was typed into a form so far."""

    def refresh(self) -> None:
        """Read what changed, and draw."""

    def redraw(self) -> None:
        """Bring the browser up to date with the state."""


class InboxMessages:
    """Acts on the messages of an inbox's view.

    Args:
        inbox: Does what they want.
        view_state: What is shown of it.
        reader: Reads its questions.
        say: Sends a message to the browser.
    """

    kind = FromInboxView

    def __init__(
        self,
        inbox: InboxActions,
        view_state: InboxViewState,
        reader: QuestionReader,
        say: Callable[[FromKernel], None],
    ) -> None:
        self._inbox = inbox
        self._view_state = view_state
        self._reader = reader
        self._say = say

    def handle(self, message: FromInboxView) -> Acknowledge | None:
        """Act on a message; return the word on it if it has a nonce."""
        match message["type"]:
            case "submit":
                return self._submit(message)
            case "submit_all":
                return self._submit_all(message)
            case "note":
                return self._note(message)
            case "draft":
                self._draft(message)
            case "turn":
                self._turn(message)
            case _:
                self._browse(message)
        return None

    def follow_up(self, _message: FromInboxView, word: Acknowledge | None) -> None:
        """Draw what a message changed, after the word on it was said."""
        if word is not None:
            with suppress(StoreBusy):  # what became of it is said; the next look makes up
                self._inbox.refresh()
        self._inbox.redraw()

    def notice(self, text: str) -> None:
        """Tell a person something in the view."""
        self._view_state.notice(text)
        self._inbox.redraw()

    def _browse(self, message: ViewReady | WindowRequest | Select | Filter | BulkMode) -> None:
        """Show something else, or show it otherwise."""
        match message["type"]:
            case "here":
                self._view_state.open_again()
            case "window":
                self._view_state.show_rows(message["start"], message["count"])
            case "select":
                self._select(message)
            case "filter":
                self._filter(message)
            case "together":
                self._view_state.select_bulk(on=message["on"])

    def _select(self, message: Select) -> None:
        if not message["question"]:
            self._view_state.step(message["step"])
        elif (row := self._view_state.row_of(message["question"])) is not None:
            self._view_state.select(row.key)

    def _filter(self, message: Filter) -> None:
        name, value = message["facet"], message["value"]
        if name == "search":
            self._view_state.look_for(text=(value or "").strip())
        elif name in (*FACETS, "only"):
            self._view_state.look_for(**{name: value})

    def _draft(self, message: DraftText) -> None:
        if self._view_state.row_of(message["question"]) is not None:
            self._inbox.keep_draft(message["question"], message["text"])

    def _turn(self, turn: PageRequest) -> None:
        row = self._view_state.row_of(turn["question"])
        try:
            question = None if row is None else self._reader.read(row)
        except CodecError:  # its form says so already
            return
        page = None if question is None else page_of(question, request_of(question), turn)
        if page is not None:
            self._view_state.sent.add_page(page)
            self._say(page)

    def _submit(self, message: Submit) -> Acknowledge:
        """Take an answer."""
        row = self._view_state.known(message["question"])
        if row is None:
            return refused(message["nonce"], "This question is not open any more.")
        sent, named = self._view_state.sent, message["displayed"]

        def share(question: Interrupt, action: str) -> DisplayedShare:
            return sent.share_of(describe(question), action, named)

        self._take(row, message["answer"], share)
        return accepted(message["nonce"])

    def _submit_all(self, message: SubmitAll) -> Acknowledge:
        """Take one decision for several questions, each its own row with its own winner."""
        nonce, bulk = message["nonce"], self._view_state.bulk
        if bulk is None:
            return refused(nonce, "These questions are not open any more. Choose again.")
        wanted = [name for name in message["questions"] if name in bulk.forms]
        if not wanted:
            return refused(nonce, "Check at least one of the questions.")
        won, lost = 0, 0
        for name in wanted:
            try:
                self._take_of_bulk(bulk, name, message)
            except BadAnswer as error:
                # What is wrong with the first is wrong with all: it is said at the one form.
                if not won and not lost and any(item["path"] for item in error.errors):
                    return refused(nonce, error.errors)
                lost += 1
                self._view_state.note_outcome(name, f"not answered: {error}")
            except Exception as error:  # those that are answered already stay so, and it is said
                lost += 1
                why = why_refused(error)
                said = why if isinstance(why, str) else f"not answered: {error}"
                self._view_state.note_outcome(name, said)
            else:
                won += 1
                self._view_state.note_outcome(name, "answered")
        if not lost:
            self._view_state.select_bulk(on=False)
        failed = f"; {lost} not, see the table" if lost else ""
        self._view_state.notice(f"Answered {won} of {len(wanted)}{failed}.", warns=bool(lost))
        return accepted(nonce)

    def _take_of_bulk(self, bulk: BulkSelection, name: str, message: SubmitAll) -> None:
        row = self._view_state.known(name)
        if row is None:
            raise BadAnswer("It is not open any more.")
        accepted = message.get("unseen_accepted", False)

        def share(_question: Interrupt, action: str) -> DisplayedShare:
            return share_for_record(name, action, bulk.seen(name, message), accepted=accepted)

        self._take(row, bulk.answer(name, message["answer"]), share)

    def _take(
        self,
        row: WaitingRow,
        answer: Answer,
        share_of: Callable[[Interrupt, str], DisplayedShare],
    ) -> None:
        question = self._reader.read(row)
        # What does not wait any more makes the saver say what became of it.
        known = self._inbox.reviewer
        read = Submission(None) if question is None else read_submission(question, answer, known)
        share = None if question is None else share_of(question, read.action)
        given = given_in_form(read, known, share, self._inbox.verifier)
        self._inbox.decide(row, read.answer, given)

    def _note(self, message: Note) -> Acknowledge:
        try:
            for name in message["questions"]:
                if message["assigned"] is not None:
                    self._inbox.assign(name, message["assigned"])
                if message["snooze"] is not None:
                    self._inbox.snooze(name, message["snooze"] or None)
        except HitlError as error:
            # In the error's own words: "already answered" is no refusal of an answer here.
            return refused(message["nonce"], str(error))
        return accepted(message["nonce"])
