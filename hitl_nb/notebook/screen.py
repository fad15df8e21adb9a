"""Where a session is shown: its view, the cells that display it, and what stays there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hitl_nb.messages import FromKernel
from hitl_nb.notebook.board import Board
from hitl_nb.notebook.record import as_html, as_text
from hitl_nb.notebook.waiting import in_voila, running_kernel

if TYPE_CHECKING:
    from hitl_nb.notebook.view import SessionView

REDRAW = 0.1
"""Seconds between two redraws while nodes run; questions and results are drawn at once."""


class Screen:
    """Shows a board in the cells of a notebook.

    Args:
        board: What to show.
        loop: The loop the session runs on.
        receive: Called with each message from the browser, on whatever thread it arrives.
    """

    def __init__(
        self, board: Board, loop: asyncio.AbstractEventLoop, receive: Callable[[Any], None]
    ) -> None:
        self._board = board
        self._loop = loop
        self._receive = receive
        self._view: SessionView | None = None
        self._handles: list[Any] = []
        self._placeholders: list[Any] = []
        self._sent = 0
        self._drawn_views = 0
        self._drawn = 0.0
        self._redraw: asyncio.TimerHandle | None = None

    @property
    def shown(self) -> bool:
        """Whether some cell shows the session."""
        return bool(self._handles or self._placeholders)

    def show(self, *, running: bool, ended: bool) -> None:
        """Display the session in the running cell.

        A run that has just begun is shown as text first: a moment later it mostly has its
        question, and the view is then drawn once, and saved with the question beside it.

        Args:
            running: Whether nodes are at work.
            ended: Whether the run is over and only its record is left.
        """
        from IPython.display import display

        if running_kernel() is None:
            print(as_text(self._board.state))  # noqa: T201  (a terminal's display)
        elif ended:
            display(self._static(), raw=True)
        else:
            self._placeholders.append(display(self._static(), raw=True, display_id=True))
            if running and not in_voila():
                self._loop.call_later(REDRAW, self._go_live)
            else:
                self._go_live()

    def drawn_again(self) -> None:
        """Count a view the browser has drawn."""
        self._drawn_views += 1

    def say(self, message: FromKernel) -> None:
        """Send a message to the browser."""
        if self._view is not None:
            self._view.say(message)

    def draw(self, *, at_once: bool = False) -> None:
        """Bring the view up to date, at most once per ``REDRAW`` unless it matters now."""
        if self._view is None:
            return
        wait = self._drawn + REDRAW - self._loop.time()
        if not at_once and wait > 0:
            if self._redraw is None:
                self._redraw = self._loop.call_later(wait, self._draw_now)
            return
        self._draw_now()

    def renew(self) -> None:
        """Put what the board says now into the outputs too, for those who read a saved file."""
        self.draw(at_once=True)
        self._placeholders += self._handles
        self._handles = []
        self._go_live()

    def leave_record(self) -> None:
        """Put static text in the place of the view, in every cell that showed it."""
        for handle in (*self._handles, *self._placeholders):
            handle.update(self._static(), raw=True)

    def end(self) -> None:
        """Draw the end, leave the record, and close the view."""
        self._draw_now()
        self.leave_record()
        self._handles += self._placeholders
        self._placeholders = []
        # A reloaded page cannot put the record in the view's place, so there the view stays.
        if self._view is not None and self._drawn_views <= self._sent:
            self._view.dispose()
        self._view = None

    def _go_live(self) -> None:
        """Put the live view where text has held its place."""
        if not self._placeholders:
            return
        if self._view is None:
            from hitl_nb.notebook.view import SessionView

            self._view = SessionView(self._board.state, self._receive)
        for handle in self._placeholders:
            handle.update({**self._static(), **self._view.bundle()}, raw=True)
        self._sent += len(self._placeholders)
        self._handles += self._placeholders
        self._placeholders = []

    def _draw_now(self) -> None:
        if self._redraw is not None:
            self._redraw.cancel()
            self._redraw = None
        self._drawn = self._loop.time()
        if self._view is not None:
            self._view.draw(self._board.state)

    def _static(self) -> dict[str, str]:
        return {"text/plain": as_text(self._board.state), "text/html": as_html(self._board.state)}
