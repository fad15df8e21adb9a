"""What can be done with a thread besides answering: step, stop, retry, look back, edit, fork."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.sync import run_sync
from hitl_nb.errors import NotFailed, NotPaused, StaleQuestion
from hitl_nb.messages import Answer, Button
from hitl_nb.notebook.session.buttons import buttons_of
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.forks import Fork, compared_frame, fork_of
from hitl_nb.notebook.session.pacing import Pacing
from hitl_nb.notebook.session.view_state import STATE, SessionViewState
from hitl_nb.threads.runs import edit_thread_values
from hitl_nb.types import Config, StateSnapshot

if TYPE_CHECKING:
    from pandas import DataFrame


class RunControls:
    """Moves a session's thread about; whoever does so draws what comes of it.

    Args:
        driver: What carries the thread.
        pacing: When it pauses between nodes.
        view_state: What is shown of it.
    """

    def __init__(self, driver: Driver, pacing: Pacing, view_state: SessionViewState) -> None:
        self._driver = driver
        self._spec = driver.spec
        self._pacing = pacing
        self._view_state = view_state

    def step(self) -> None:
        """Run what is due next, then pause; see `Session.step`."""
        self._refuse_unless_it_can_go_on()
        self._pacing.step()
        self._resume()

    def run_to_question(self) -> None:
        """Run without a pause until something is asked; see `Session.run_to_question`."""
        self._refuse_unless_it_can_go_on()
        self._pacing.run_to_question()
        self._resume()

    def run_to_end(self) -> None:
        """Pause no more between nodes; questions stop the run all the same."""
        self._pacing.run_to_end()
        if not self._driver.intake.pending:
            self._resume()

    def stop(self) -> None:
        """Pause before the next node; the one that runs now runs to its end."""
        self._pacing.stop()

    def retry(self) -> None:
        """Run again what failed; see `Session.retry`."""
        if self._driver.status != "failed":
            raise NotFailed(self._spec.thread_id, self._driver.status)
        if self._pacing.mode == "step":
            self._pacing.step()
        self._driver.start()

    def edit(self, values: Mapping[str, Any], *, as_node: str | None = None) -> Config:
        """Change the state while the run rests; see `Session.edit`."""
        spec = self._spec
        # Read before the edit, which makes stale whatever is open.
        asked = bool(self._driver.intake.pending)
        if as_node is None:
            work = edit_thread_values(spec.graph.plan, spec.saver, spec.thread_id, values)
            config = run_sync(work)
        else:
            thread: Config = {"configurable": {"thread_id": spec.thread_id}}
            config = spec.graph.update_state(thread, values, as_node)
        if asked:
            self._driver.pass_breakpoint()
        else:
            self._driver.look_again()
        return config

    def look(self, checkpoint: str | StateSnapshot | None = None) -> StateSnapshot | None:
        """Look back at a checkpoint, or no more; see `Session.look`."""
        trail = self._view_state.trail
        if checkpoint is None:
            trail.look_away()
            return None
        return trail.look(_id_of(checkpoint))

    def fork(
        self,
        checkpoint: str | StateSnapshot | None = None,
        *,
        question: str | None = None,
        thread_id: str | None = None,
    ) -> Fork:
        """Make a copy of the thread that stands at an earlier checkpoint; see `Session.fork`."""
        spec = self._spec
        at = None if checkpoint is None else _id_of(checkpoint)
        return fork_of(
            spec.graph.plan, spec.saver, spec.thread_id,
            checkpoint=at, question=question, name=thread_id,
        )  # fmt: skip

    def compare(self, other: Mapping[str, Any]) -> DataFrame:
        """Put this thread's state and another one side by side; see `Session.compare`."""
        return compared_frame(self._spec.state().values, other)

    def buttons(self) -> list[Button]:
        """Say what can be pressed now."""
        forms = self._view_state.forms
        asks = any(not form["id"].startswith(STATE) for form in forms)
        asks = asks and not self._view_state.stopped
        return buttons_of(self._driver.status, self._pacing, asks=asks)

    def show_state_form(self) -> None:
        """Show the form that edits the state."""
        from hitl_nb.notebook.session.state_form import form_of

        state = self._spec.state()
        form = form_of(self._spec.graph.plan, _id_of(state), state.values, state.next)
        self._view_state.add_form(form)

    def submit_state_form(self, form: str, answer: Answer) -> None:
        """Take the form that edits the state.

        Raises:
            StaleQuestion: If the state is another one than the form was drawn for.
            BadAnswer: Naming each field that is wrong.
        """
        if "action" in answer and answer["action"] == "apply":
            from hitl_nb.notebook.session.state_form import read_form

            state = self._spec.state()
            if _id_of(state) != form.removeprefix(STATE):
                self._view_state.remove_form(form)
                self.show_state_form()
                raise StaleQuestion(self._spec.thread_id, form, "form outdated")
            update = read_form(self._spec.graph.plan, state.values, answer)
            if update:
                self.edit(update)
        self._view_state.remove_form(form)

    def _refuse_unless_it_can_go_on(self) -> None:
        thread = self._spec.thread_id
        if self._driver.intake.pending:
            raise NotPaused(
                thread, "a question is open", "Answer it; the run then goes on by itself."
            )
        if self._driver.status in ("done", "failed"):
            raise NotPaused(
                thread,
                f"it is {self._driver.status}",
                "session.fork(checkpoint) goes on from an earlier state, session.retry() runs a "
                "failed node again.",
            )

    def _resume(self) -> None:
        if self._driver.status == "waiting":
            self._driver.resume()


def _id_of(checkpoint: str | StateSnapshot) -> str:
    if isinstance(checkpoint, StateSnapshot):
        return str(checkpoint.config["configurable"]["checkpoint_id"])
    return checkpoint
