"""The cells that show a session: its live view, what holds its place, what stays there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hitl_nb.messages import FromKernel, ViewState
from hitl_nb.notebook.kernel import in_voila, person_can_answer, running_kernel

if TYPE_CHECKING:
    from hitl_nb.notebook.widget.widget import SessionView

REDRAW = 0.1
"""Seconds between two redraws while nodes run."""
NOTHING = {"text/html": "", "text/plain": ""}
"""As HTML it takes no room; a program that knows no HTML has an empty line."""
FRAME = 0.016
"""Seconds before a redraw that is not made now: what follows within them is drawn with it."""
When = Literal["now", "frame", "later"]
"""How soon a change is drawn.

``now`` is for what a person waits for, and costs a drawing and a message each time. ``frame``, for
what they would miss, costs one for all changes of a frame. ``later``, for what nodes do, costs one
for all of `REDRAW`.
"""
KEEP = 0.25
"""Seconds before the text for a saved file follows the view, so that the view is drawn first."""
SHARE = 0.1
"""Part of the time that redraws may take while nodes run, however much there is to draw."""


class Shown(Protocol):
    """What a display shows."""

    @property
    def state(self) -> ViewState:
        """What the view shows now."""


class CellDisplay:
    """Shows a view's state in the cells of a notebook.

    What is shown is drawn on the session's loop alone.

    Args:
        view_state: What to show.
        static: Writes it as text, by mimetype; with the class by which a live view hides it.
        loop: The loop the session runs on.
        receive: Called with each message from the browser, on whatever thread it arrives.
    """

    def __init__(
        self,
        view_state: Shown,
        static: Callable[[ViewState, str], dict[str, str]],
        loop: asyncio.AbstractEventLoop,
        receive: Callable[[Any], None],
    ) -> None:
        self._view_state = view_state
        self._as_static = static
        self._loop = loop
        self._receive = receive
        self._view: SessionView | None = None
        self._saved: list[Any] = []
        self._handles: list[Any] = []
        self._placeholders: list[Any] = []
        self._sent = 0
        self._drawn_views = 0
        self._drawn = 0.0
        self._every = REDRAW
        self._redraw: asyncio.TimerHandle | None = None
        self._keeping: asyncio.TimerHandle | None = None
        self._outer: CellDisplay | None = None
        self.recorded = False
        """Whether the cells hold the record of a run that is over."""

    @property
    def shown(self) -> bool:
        """Whether some cell shows the session."""
        return bool(self._handles or self._placeholders)

    def show(self, *, running: bool, ended: bool) -> None:
        """Display the session in the running cell; cells that hold the record keep it.

        A run that has just begun is shown as text first: a moment later it mostly has its
        question, and the view is then drawn once, and saved with the question beside it.

        Args:
            running: Whether nodes are at work.
            ended: Whether the run is over and only its record is left.
        """
        from IPython.display import display

        if running_kernel() is None:
            print(self._static()["text/plain"])  # noqa: T201  (a terminal's display)
        elif ended:
            display(self._static(), raw=True)
        else:
            if self.recorded:
                self._handles = []
            if person_can_answer() and not in_voila():
                # An output of its own, since to update that of the view draws the view anew, and
                # whoever is typing in it would lose the keyboard.
                self._saved.append(display(NOTHING, raw=True, display_id=True))
            self._placeholders.append(display(self._static(), raw=True, display_id=True))
            if running and not in_voila():
                self._loop.call_later(REDRAW, self._go_live)
            else:
                self._go_live()

    def nest_in(self, outer: CellDisplay | None) -> None:
        """Draw the run inside another one's view too, or no more."""
        self._outer = outer

    def drawn_again(self) -> None:
        """Count a view the browser has drawn."""
        self._drawn_views += 1
        self.keep()

    def say(self, message: FromKernel) -> None:
        """Send a message to the browser."""
        if self._view is not None:
            self._view.say(message)

    def draw(self, when: When = "later") -> None:
        """Bring the view up to date, and that of the run around this one."""
        if self._outer is not None:
            self._outer.draw(when)
        if self._view is None:
            return
        if when == "now":
            self._draw_now()
            return
        due = self._loop.time() + FRAME
        # A redraw that is due sooner draws this change with it; one that is due later is moved up.
        if when == "later":
            due = max(due, self._drawn + self._every)
        if self._redraw is None or self._redraw.when() > due:
            if self._redraw is not None:
                self._redraw.cancel()
            self._redraw = self._loop.call_at(due, self._draw_now)

    def renew(self) -> None:
        """Put what the view shows now into the outputs too, for those who read a saved file."""
        self.draw(
            "now"
        )  # before the cells are told of the view, which then comes with all it shows
        self._placeholders += self._handles
        self._handles = []
        self._go_live()

    def keep(self) -> None:
        """Soon put what the view shows where a saved file is read, without a new view.

        A page with a live view does not show it.
        """
        if self._keeping is None:
            self._keeping = self._loop.call_later(KEEP, self._keep_now)

    def leave_record(self) -> None:
        """Put static text in the place of the view, in every cell that showed it."""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        record = self._static()
        for handle in (*self._handles, *self._placeholders):
            handle.update(record, raw=True)
        for handle in self._saved:
            handle.update(NOTHING, raw=True)

    def end(self, *, live: bool) -> None:
        """Draw the end, leave the record, and close the view.

        Args:
            live: Whether the view stays, because there is something to press in it.
        """
        if self._outer is not None:
            self._outer.draw("now")
        # Drawn before the record takes its place: a view that stays in a reloaded page, where it
        # cannot be replaced, must show the end.
        self._draw_now()
        if live:
            self._go_live()  # it may be over before its view came
            self.keep()
            return
        self.leave_record()
        self.recorded = True
        self._handles += self._placeholders
        self._placeholders, self._saved = [], []
        # A reloaded page cannot put the record in the view's place, nor can one that Voila made:
        # there the view stays.
        if self._view is not None and self._drawn_views <= self._sent and not in_voila():
            self._view.dispose()
            self._view = None

    def _go_live(self) -> None:
        """Put the live view where text has held its place; only the text where nobody sits."""
        if not self._placeholders:
            return
        self.recorded = False
        if self._view is None and person_can_answer():
            from hitl_nb.notebook.widget.widget import SessionView

            self._view = SessionView(self._view_state.state, self._receive)
            self._sent = self._drawn_views = 0
        shown: dict[str, Any] = {} if self._saved else self._static()
        if self._view is not None:
            shown |= self._view.bundle()
        for handle in self._placeholders:
            handle.update(shown, raw=True)
        self._sent += len(self._placeholders)
        self._handles += self._placeholders
        self._placeholders = []

    def _keep_now(self) -> None:
        self._keeping = None
        if self._view is not None and self._drawn_views:
            saved = self._static(self._view.saved)
            for handle in self._saved:
                handle.update(saved, raw=True)

    def _draw_now(self) -> None:
        if self._redraw is not None:
            self._redraw.cancel()
            self._redraw = None
        began = self._loop.time()
        if self._view is not None:
            self._view.draw(self._view_state.state)
        self._drawn = self._loop.time()
        # What is long to draw is drawn less often, or nodes would wait for their own view.
        self._every = max(REDRAW, (self._drawn - began) / SHARE)

    def _static(self, saved: str = "") -> dict[str, str]:
        return self._as_static(self._view_state.state, saved)
