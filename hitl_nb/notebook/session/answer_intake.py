"""Where a thread's answers come together: from the form, code, the clock, another process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hitl_nb.engine.checkpoint_rows import open_questions
from hitl_nb.errors import AlreadyAnswered
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.forms.displayed import SentEvidence
from hitl_nb.notebook.session.run_spec import RunSpec
from hitl_nb.notebook.session.view_state import BREAKPOINT, SessionViewState
from hitl_nb.notebook.widget.cell_display import CellDisplay
from hitl_nb.notebook.widget.record_entries import question_of
from hitl_nb.savers import clock
from hitl_nb.savers.records import DecisionRow
from hitl_nb.server.change_poller import SLOW
from hitl_nb.threads.answer_recording import Given, answer
from hitl_nb.threads.deadlines import TIMEOUT, expire, next_deadline
from hitl_nb.types import Interrupt

SOONEST = 0.05
LATEST = 60.0
"""Seconds between two looks at the clock; a computer that slept notices after the longest."""


class AnswerIntake:
    """Takes answers to a thread's questions, whoever gives them, and wakes its run.

    Args:
        spec: What runs.
        view_state: What is shown of it.
        display: Where that is shown.
        go_on: Called as soon as an answer is recorded, on the thread it came from.
        resume: Called when the run may go on from where it stopped without a question.
    """

    def __init__(
        self,
        spec: RunSpec,
        view_state: SessionViewState,
        display: CellDisplay,
        go_on: Callable[[], None],
        resume: Callable[[], None],
    ) -> None:
        self._saver, self._thread = spec.saver, spec.thread_id
        self._plan = spec.graph.plan
        self._view_state = view_state
        self._display = display
        self._go_on = go_on
        self._resume = resume
        self._loop = asyncio.get_running_loop()
        self._answered = asyncio.Event()
        self._waits = False
        self._shown: set[str] = set()
        self._mine: set[str] = set()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions."""
        return tuple(open_questions(self._plan, self._saver, self._thread))

    async def wait(self) -> None:
        """Wait for the next answer; questions whose time is over answer themselves."""
        self._waits = True
        try:
            self.watch_deadlines()
            await self._answered.wait()
        finally:
            self._waits = False
            self._answered.clear()
            self._cancel_alarm()

    def find(self, question: str) -> Interrupt | None:
        """Return a question of the thread that is open, or was; None for any other id."""
        for item in self.pending:
            if item.id == question:
                return item
        rows = self._saver.decisions(self._thread)
        found = next((row for row in rows if row.question == question), None)
        return None if found is None else question_of(found, self._plan.types)

    @property
    def sent(self) -> SentEvidence:
        """What was sent of the evidence."""
        return self._view_state.sent

    def shows(self, form: str) -> bool:
        """Whether a form is shown."""
        return self._view_state.has_form(form)

    def is_open(self, question: str) -> bool:
        """Whether a question can still be answered."""
        return any(item.id == question for item in self.pending)

    def pass_breakpoint(self, form: str) -> bool:
        """Go on from a static breakpoint; False if the form is none."""
        if not (form.startswith(BREAKPOINT) and self._view_state.has_form(form)):
            return False
        self._view_state.close_form(form)
        self._resume()
        return True

    def wake(self) -> None:
        """End the wait: there is something else to do than to wait for an answer."""
        self._answered.set()

    @property
    def woken(self) -> bool:
        """Whether the wait is over and nobody has noticed yet."""
        return self._answered.is_set()

    def unshown(self, *, copied: bool = False) -> list[DecisionRow]:
        """Return the thread's decisions that are not shown yet, which then are.

        Args:
            copied: Whether those count too that were made where the thread was copied from.
        """
        saver, thread = self._saver, self._thread
        made = saver.export(thread).decisions if copied else saver.decisions(thread)
        rows = [row for row in made if row.question not in self._shown]
        self._shown.update(row.question for row in rows)
        return rows

    def take(self, answers: Mapping[str, Any], given: Given) -> Sequence[DecisionRow]:
        """Record answers by question id and go on.

        Raises:
            AnswerError: If a question takes no such answer, or none any more.
        """
        try:
            rows = answer(self._saver, self._thread, self.pending, self._plan, answers, given)
        except AlreadyAnswered:
            # Later, so that whoever was late hears so before their form goes away.
            self._loop.call_soon_threadsafe(self.catch_up)
            raise
        self.recorded(rows)
        return rows

    def recorded(self, rows: Sequence[DecisionRow]) -> None:
        """Go on with answers that have just been recorded.

        Code, a form and another process may answer on any thread. The status changes at once, so
        that whoever answered and then waits does not find the thread at rest; what is shown is
        changed on the loop alone.
        """
        self._mine.update(row.question for row in rows)
        self._go_on()
        self._loop.call_soon_threadsafe(self._show, rows)

    def keep_draft(self, form: str, text: str) -> None:
        """Keep what was typed into a form so far."""
        if self._view_state.has_form(form):
            self._view_state.keep_draft(form, text)
            self._display.draw("now")

    def view_drawn(self) -> None:
        """Note that a view was drawn, which counts the time from now."""
        self._display.drawn_again()
        if self._alarm is not None:
            self._view_state.refresh()
        self._display.draw("now")

    def watch_deadlines(self) -> None:
        """Let questions whose time is over answer themselves, and come back for the next."""
        self._cancel_alarm()
        if not self._waits:
            return
        try:
            expire(self._saver, self._plan, self._thread)
            if self.catch_up():
                return
            ends = next_deadline(self.pending)
        except STORE_AWAY:  # the next look sees the same
            ends = clock.utc() + timedelta(seconds=SLOW)
        if ends is not None:
            left = (ends - clock.utc()).total_seconds()
            wait = max(SOONEST, min(left, LATEST))
            self._alarm = self._loop.call_later(wait, self.watch_deadlines)

    def catch_up(self) -> bool:
        """Go on with answers that were given elsewhere; tell whether there were some."""
        if not self._waits or self._answered.is_set():
            return False
        rows = self._saver.decisions(self._thread)
        elsewhere = [row for row in rows if self._view_state.has_form(row.question)]
        if not elsewhere:
            return False
        for row in elsewhere:
            if row.given != TIMEOUT and row.question not in self._shown | self._mine:
                self._view_state.notice(f"{row.reviewer} answered {row.node!r} in another place.")
        self._go_on()
        self.show(elsewhere)
        self._answered.set()
        return True

    def show(self, rows: Sequence[DecisionRow]) -> bool:
        """Show decisions, each once; tell whether there was one to show."""
        new = [row for row in rows if row.question not in self._shown]
        for row in new:
            self._shown.add(row.question)
            self._view_state.decided(row)
        return bool(new)

    def _show(self, rows: Sequence[DecisionRow]) -> None:
        if self.show(rows):
            self._answered.set()
            # Not now: the run that goes on changes the view again within the frame.
            self._display.draw("frame")

    def _cancel_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
