"""What a person can do with a thread besides answering: step, look back, edit, fork."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.sync import run_sync
from hitl_nb.errors import NotFailed, NotPaused, StaleQuestion
from hitl_nb.messages import BranchView, Button, RequestAnswer
from hitl_nb.notebook.session.buttons import buttons_of
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.forks import compared_frame, compared_rows, copy_thread, turning_at
from hitl_nb.notebook.session.pacing import Pace
from hitl_nb.notebook.session.registry import Wish, free_name, session_of
from hitl_nb.notebook.session.view_state import STATE, Board
from hitl_nb.notebook.widget.cells import Screen
from hitl_nb.savers.protocol import Saver
from hitl_nb.threads.runs import edit_thread_values
from hitl_nb.types import Config, StateSnapshot, Status

if TYPE_CHECKING:
    from pandas import DataFrame

    from hitl_nb.notebook.session.from_browser import Receiver
    from hitl_nb.notebook.session.session import Session
    from hitl_nb.threads.graph_protocol import RunnableGraph

ENDING = ".hitl.json"
"""What files are called that are exported by the button without a name."""
AT_REST = ("waiting", "done", "failed")


class Stepping:
    """The part of a session that moves its thread about; each button has a method here."""

    graph: RunnableGraph
    input: Mapping[str, Any]
    thread_id: str
    context: Any
    _saver: Saver
    _wish: Wish
    _pace: Pace
    _board: Board
    _screen: Screen
    _driver: Driver
    _receiver: Receiver
    _branch: Session | None
    _outer: Session | None

    def step(self) -> None:
        """Run the next node, or the next ones if several are due at once, then pause.

        Raises:
            NotPaused: If a question is open, or the run is over.
        """
        self._refuse_unless_it_can_go_on()
        self._pace.step()
        self._resume()

    def run_to_question(self) -> None:
        """Run without a pause until something is asked; after the answer, pause again.

        Raises:
            NotPaused: If a question is open, or the run is over.
        """
        self._refuse_unless_it_can_go_on()
        self._pace.run_to_question()
        self._resume()

    def run_to_end(self) -> None:
        """Pause no more between nodes; questions stop the run all the same."""
        self._pace.run_to_end()
        if self._driver.status == "waiting" and not self._driver.desk.pending:
            self._resume()
        else:
            self._screen.draw("now")

    def stop(self) -> None:
        """Pause before the next node; the one that runs now runs to its end."""
        self._pace.stop()
        self._screen.draw("now")

    def begin_to_step(self) -> None:
        """Pause between nodes from now on, unless somebody has chosen a pace already."""
        if not self._pace.stepping:
            self.stop()

    def retry(self) -> None:
        """Run again what failed; what has finished stays as it is.

        Raises:
            NotFailed: If nothing has failed.
        """
        if self._driver.status != "failed":
            raise NotFailed(self.thread_id, self._driver.status)
        if self._pace.mode == "step":
            self._pace.step()
        self._driver.start()

    def edit(self, values: Mapping[str, Any], *, as_node: str | None = None) -> Config:
        """Change the state while the run rests; an open question is asked anew.

        Args:
            values: The update, through the reducers; `Overwrite` writes past them.
            as_node: Without it what runs next still does; with it, what follows that node, as
                for ``update_state``.

        Returns:
            The config of the new checkpoint.

        Raises:
            UnknownStateKey: If a key is not declared.
            UnstorableValue: If a value cannot be stored.
            ThreadBusy: If the run does not rest.
        """
        asked = bool(self._driver.desk.pending)
        if as_node is None:
            work = edit_thread_values(self.graph.plan, self._saver, self.thread_id, values)
            config = run_sync(work)
        else:
            config = self.graph.update_state(self._config, values, as_node)
        if asked:
            self._driver.passed()
        else:
            self._driver.look_again()
        return config

    def look(self, checkpoint: str | StateSnapshot | None = None) -> StateSnapshot | None:
        """Look back at a checkpoint: the view shows its state.

        Args:
            checkpoint: Its id, or a state of ``history()``; None stops looking back.

        Returns:
            The state there.

        Raises:
            UnknownCheckpoint: If the thread has none of that id.
        """
        trail = self._board.trail
        if checkpoint is None:
            trail.look_away()
            found = None
        else:
            found = trail.look(_name_of(checkpoint))
        self._screen.draw("now")
        return found

    def fork(
        self,
        checkpoint: str | StateSnapshot | None = None,
        *,
        question: str | None = None,
        thread_id: str | None = None,
    ) -> Session:
        """Begin a copy of the thread that goes on from an earlier checkpoint.

        Args:
            checkpoint: Its id, or a state of ``history()``; None goes on from where it stands.
            question: Instead of a checkpoint, the id of an answered question, which is asked
                again there; ``decisions()`` lists them.
            thread_id: The copy's id; by default this one's with ``-fork``.

        Returns:
            The copy's session. This thread stays as it is.

        Raises:
            UnknownCheckpoint: If the thread has no such checkpoint.
            UnknownQuestion: If nobody has answered that question in this thread.
            ThreadExists: If there is a thread of that id.
        """
        carried: tuple[Any, ...] = ()
        at = None if checkpoint is None else _name_of(checkpoint)
        if question is not None:
            at, carried = turning_at(self._saver, self.thread_id, question)
        name = thread_id or free_name(self._saver, f"{self.thread_id}-fork")
        copy_thread(self.graph.plan, self._saver, self.thread_id, name, at)
        wish = self._wish._replace(go=True, step=self._pace.mode == "step")
        session = session_of(self.graph, self.input, name, wish)
        session._driver.carry_over(carried)
        if session._pace.mode == "step":
            session._pace.step()
        return session

    def join(self) -> None:
        """Close the run that is drawn beside this one; its thread stays."""
        branch, self._branch = self._branch, None
        if branch is not None:
            branch._outer = branch._screen.around = None
            self._screen.draw("now")

    def compare(self, other: Session | Mapping[str, Any]) -> DataFrame:
        """Put this thread's state and another one's side by side.

        Args:
            other: Another session, such as a fork of this one, or a state.

        Returns:
            A DataFrame with a row for each key, and columns ``left`` (this one), ``right`` and
            ``difference``: ``"same"``, ``"changed"``, ``"only left"`` or ``"only right"``.
        """
        right = other if isinstance(other, Mapping) else other.values
        return compared_frame(self._driver.job.state().values, right)

    @property
    def beside(self) -> Receiver | None:
        """Who takes what is meant for the run that is drawn beside this one."""
        return None if self._branch is None else self._branch._receiver

    def press(self, button: str, target: str, thread: str = "") -> None:
        """Do what a button of the view says; what it begins is drawn beside this run.

        Args:
            button: Its name.
            target: What it is about, as in `Press.target`.
            thread: Which run it belongs to, as in `Press.thread`.

        Raises:
            ValueError: If it is a button of a run that was closed, or none at all.
        """
        run = self._branch if thread else self._as_session
        if run is None:
            raise ValueError("The run beside this one was closed meanwhile.")
        run._board.forget_notices()
        match button:
            case "step" | "run_to_question" | "run_to_end" | "stop" | "retry" | "join":
                getattr(run, button)()
            case "edit":
                run._show_state_form()
            case "fork":
                self._draw_beside(run.fork(question=target or None))
            case "export":
                place = run._export(target)
                run._board.notice(f"Written to {place}.")
            case "load":
                self._draw_beside(run._load(target))
            case _:
                raise ValueError(f"There is no button {button!r}.")
        run._screen.draw("now")

    def submit_state(self, form: str, answer: Any) -> bool:
        """Take the form that edits the state; False if it is another one."""
        if not form.startswith(STATE):
            return False
        answered: RequestAnswer = answer
        if answered.get("action") == "apply":
            from hitl_nb.notebook.session.state_form import read_form

            state = self._driver.job.state()
            if _name_of(state) != form.removeprefix(STATE):
                self._board.take_away(form)
                self._show_state_form()
                self._screen.draw("now")
                raise StaleQuestion(
                    self.thread_id, form, "the state has changed since the form was drawn"
                )
            update = read_form(self.graph.plan, state.values, answered)
            if update:
                self.edit(update)
        self._board.take_away(form)
        self._screen.draw("now")
        return True

    def _show_state_form(self) -> None:
        from hitl_nb.notebook.session.state_form import form_of

        state = self._driver.job.state()
        form = form_of(self.graph.plan, _name_of(state), state.values, state.next)
        self._board.show(form)

    def _export(self, target: str) -> Path:
        name = "".join(item if item.isalnum() or item in "-_." else "-" for item in self.thread_id)
        return self._as_session.export(target or f"{name}{ENDING}")

    def _load(self, target: str) -> Session:
        return type(self._as_session).load(target, self.graph, context=self.context)

    def _draw_beside(self, session: Session) -> None:
        """Draw a run beside this one, and there alone.

        Raises:
            ValueError: If it is this one, or one around it.
        """
        around: Session | None = self._as_session
        while around is not None:
            if around is session:
                raise ValueError(f"The thread {session.thread_id!r} is shown in this view already.")
            around = around._outer
        self.join()
        if session._outer is not None:
            session._outer.join()
        self._branch, session._outer = session, self._as_session
        session._screen.around = self._screen
        self._screen.draw("now")

    def _drawn_beside(self) -> BranchView | None:
        """Describe the run beside this one, and both states once both rest."""
        branch = self._branch
        if branch is None:
            return None
        own, other = self._driver.status, branch.status
        rows = []
        if own in AT_REST and other in AT_REST:
            waits = own == "waiting", other == "waiting"
            rows = compared_rows(self._driver.job.state().values, branch.values, waits)
        # There is room for two runs; what is beside the other one is drawn in a view of its own.
        return {"view": {**branch._board.state, "branch": None}, "rows": rows}

    def _offered(self) -> list[Button]:
        status: Status = self._driver.status
        asks = any(not form["id"].startswith(STATE) for form in self._board.forms)
        asks = asks and not self._board.stopped
        return buttons_of(status, self._pace, asks=asks)

    def _refuse_unless_it_can_go_on(self) -> None:
        pending = self._driver.desk.pending
        if pending:
            raise NotPaused(
                self.thread_id, "a question is open", "Answer it; the run then goes on by itself."
            )
        if self._driver.status in ("done", "failed"):
            raise NotPaused(
                self.thread_id,
                f"it is {self._driver.status}",
                "session.fork(checkpoint) goes on from an earlier state, session.retry() runs a "
                "failed node again.",
            )

    def _resume(self) -> None:
        if self._driver.status == "waiting":
            self._driver.resume()

    def _next(self) -> tuple[str, ...]:
        return self._driver.job.state().next

    @property
    def _as_session(self) -> Session:
        from hitl_nb.notebook.session.session import Session

        assert isinstance(self, Session)  # noqa: S101  (there is no other kind)
        return self

    @property
    def _config(self) -> Config:
        return {"configurable": {"thread_id": self.thread_id}}


def _name_of(checkpoint: str | StateSnapshot) -> str:
    if isinstance(checkpoint, StateSnapshot):
        return str(checkpoint.config["configurable"]["checkpoint_id"])
    return checkpoint
