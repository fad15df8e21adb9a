"""Where a session is shown: its view, the cells that display it, and what stays there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hitl_nb.messages import FromKernel
from hitl_nb.notebook.board import Board
from hitl_nb.notebook.record import as_html, as_text
from hitl_nb.notebook.waiting import running_kernel

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
        self._views = 0
        self._drawn = 0.0
        self._redraw: asyncio.TimerHandle | None = None

    @property
    def shown(self) -> bool:
        """Whether some cell shows the live view."""
        return self._view is not None

    def show(self, *, live: bool) -> None:
        """Display the live view in the running cell, or what is left of it once it has ended."""
        from IPython.display import display

        if running_kernel() is None:
            print(as_text(self._board.state))  # noqa: T201  (a terminal's display)
            return
        if not live:
            display(self._static(), raw=True)
            return
        if self._view is None:
            from hitl_nb.notebook.view import SessionView

            self._view = SessionView(self._board.state, self._receive)
        self._handles.append(display(self._bundle(self._view), raw=True, display_id=True))

    def drawn_again(self) -> None:
        """Count a view the browser has drawn."""
        self._views += 1

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
        if self._view is not None:
            for handle in self._handles:
                handle.update(self._bundle(self._view), raw=True)

    def leave_record(self) -> None:
        """Put static text in the place of the view, in every cell that showed it."""
        for handle in self._handles:
            handle.update(self._static(), raw=True)

    def end(self) -> None:
        """Draw the end, leave the record, and close the view."""
        self._draw_now()
        self.leave_record()
        # A reloaded page cannot put the record in the view's place, so there the view stays.
        if self._view is not None and self._views <= len(self._handles):
            self._view.dispose()
        self._view = None

    def _draw_now(self) -> None:
        if self._redraw is not None:
            self._redraw.cancel()
            self._redraw = None
        self._drawn = self._loop.time()
        if self._view is not None:
            self._view.draw(self._board.state)

    def _bundle(self, view: SessionView) -> dict[str, Any]:
        return {**self._static(), **view.bundle()}

    def _static(self) -> dict[str, str]:
        return {"text/plain": as_text(self._board.state), "text/html": as_html(self._board.state)}
