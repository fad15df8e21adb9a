"""Two runs in one view: the session's own, and the one that is drawn beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hitl_nb.messages import BranchView
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.export_names import file_here, name_for
from hitl_nb.notebook.session.forks import compared_rows
from hitl_nb.notebook.session.run_controls import RunControls
from hitl_nb.notebook.session.view_state import SessionViewState
from hitl_nb.notebook.widget.cell_display import CellDisplay

AT_REST = ("waiting", "done", "failed")


class SessionActions(NamedTuple):
    """What the buttons of a run do by way of its session.

    Args:
        fork: Begins a session that answers a question differently; None forks where it stands.
        load: Begins, or finds, the session of a file.
        export: Writes the thread to a file and returns where.
    """

    fork: Callable[[str | None], ShownRun]
    load: Callable[[str], ShownRun]
    export: Callable[[Path], Path]


class ShownRun:
    """A run as a view shows it. At most one other is drawn beside it, and nothing beside that.

    Args:
        driver: What carries it.
        view_state: What is shown of it.
        display: Where that is shown.
        controls: What its buttons do to it.
        actions: What its buttons begin.
        reviewer: The name answers are given under where the form does not ask.
    """

    def __init__(
        self,
        driver: Driver,
        view_state: SessionViewState,
        display: CellDisplay,
        controls: RunControls,
        actions: SessionActions,
        reviewer: str,
    ) -> None:
        self.intake = driver.intake
        self.controls = controls
        self.reviewer = reviewer
        self.thread_id = driver.spec.thread_id
        self.branch: ShownRun | None = None
        """The run drawn beside this one."""
        self.outer: ShownRun | None = None
        """The run this one is drawn beside."""
        self._driver = driver
        self._view_state = view_state
        self._display = display
        self._actions = actions

    def draw(self) -> None:
        """Draw the run, and the one around it, for somebody who waits for it."""
        self._display.draw("now")

    def notice(self, text: str) -> None:
        """Tell a person something about the run, when it is drawn next."""
        self._view_state.notice(text)

    def press(self, button: str, target: str, thread: str = "") -> None:
        """Do what a button of the view says; what it begins is drawn beside this run.

        Args:
            button: Its name.
            target: What it is about, as in `Press.target`.
            thread: Which run it belongs to, as in `Press.thread`.

        Raises:
            ValueError: If it is a button of a run that was closed, or none at all.
        """
        run = self.branch if thread else self
        if run is None:
            raise ValueError("The run beside this one was closed meanwhile.")
        begun = run._press(button, target)
        if begun is not None:
            # Beside this run, though it was pressed at the other: a view has room for two.
            self.draw_beside(begun)

    def _press(self, button: str, target: str) -> ShownRun | None:
        """Do what one of this run's own buttons says; return the run that began by it, if any."""
        self._view_state.forget_notices()
        match button:
            case "step" | "run_to_question" | "run_to_end" | "stop" | "retry":
                getattr(self.controls, button)()
            case "join":
                self.join()
            case "edit":
                self.controls.show_state_form()
            case "fork":
                return self._actions.fork(target or None)
            case "load":
                return self._actions.load(target)
            case "export":
                place = self._actions.export(file_here(target or name_for(self.thread_id)))
                self._view_state.notice(f"Written to {place}.")
            case _:
                raise ValueError(f"There is no button {button!r}.")
        return None

    def draw_beside(self, other: ShownRun) -> None:
        """Draw a run beside this one, and there alone.

        Raises:
            ValueError: If it is this one, or one around it.
        """
        around: ShownRun | None = self
        while around is not None:
            if around is other:
                raise ValueError(f"The thread {other.thread_id!r} is shown in this view already.")
            around = around.outer
        self.join()
        if other.outer is not None:
            other.outer.join()
        self.branch, other.outer = other, self
        other._display.nest_in(self._display)
        self._display.draw("frame")

    def join(self) -> None:
        """Close the run that is drawn beside this one; its thread stays."""
        branch, self.branch = self.branch, None
        if branch is not None:
            branch.outer = None
            branch._display.nest_in(None)
            # A view that somebody pressed in is drawn at once by whoever was pressed; this may be
            # another one, from which the run was taken, and nobody waits there.
            self._display.draw("frame")

    def described_branch(self) -> BranchView | None:
        """Describe the run beside this one, and both states once both rest."""
        branch = self.branch
        if branch is None:
            return None
        own, other = self._driver.status, branch._driver.status
        rows = []
        if own in AT_REST and other in AT_REST:
            waits = own == "waiting", other == "waiting"
            left, right = self._driver.spec.state(), branch._driver.spec.state()
            rows = compared_rows(left.values, right.values, waits)
        # There is room for two runs; what is beside the other one is drawn in a view of its own.
        return {"view": {**branch._view_state.state, "branch": None}, "rows": rows}
