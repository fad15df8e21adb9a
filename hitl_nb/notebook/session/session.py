"""The live view of one thread: it runs, asks, takes the answer, and leaves a record."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_nb.decision_log.record import decisions
from hitl_nb.errors import CannotWait, HitlError, NothingPending, Unfinished
from hitl_nb.forms import check_offered
from hitl_nb.marked_text.identity import required_identity, trimmed
from hitl_nb.notebook.kernel import person_can_answer
from hitl_nb.notebook.session.cell_wait import CellWait, run_nested
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.first_reviewer import reviewer_of
from hitl_nb.notebook.session.from_browser import SessionMessages
from hitl_nb.notebook.session.pacing import Pacing
from hitl_nb.notebook.session.registry import (
    forget,
    is_attached,
    kept_somewhere,
    saver_of,
    session_of,
)
from hitl_nb.notebook.session.run_controls import RunControls
from hitl_nb.notebook.session.run_spec import RunSpec, SessionOptions
from hitl_nb.notebook.session.side_by_side import SessionActions, ShownRun
from hitl_nb.notebook.session.static_record import as_bundle
from hitl_nb.notebook.session.view_state import SessionViewState
from hitl_nb.notebook.widget.cell_display import CellDisplay
from hitl_nb.notebook.widget.receiver import Receiver
from hitl_nb.snapshot import export_thread, import_thread, read_snapshot
from hitl_nb.threads.answer_recording import BY_CODE, address
from hitl_nb.types import Config, Interrupt, StateSnapshot, Status

if TYPE_CHECKING:
    from pandas import DataFrame

    from hitl_nb.graph.diagram import Diagram
    from hitl_nb.messages import BranchView, Button
    from hitl_nb.requests.identity import Verifier
    from hitl_nb.threads.graph_protocol import RunnableGraph


class Session:
    """One thread, live in a notebook. Make one with ``CompiledGraph.session``.

    As the last line of a cell it shows itself: the steps, the open question as a form, the
    result. ``await session`` in a later cell gives the final state.

    Args:
        graph: What runs; its saver keeps the thread.
        input: State update to start the thread with, if it is new.
        thread_id: The thread's id.
        options: How it is to be.

    Raises:
        CannotWait: If no event loop is running.
    """

    def __init__(
        self,
        graph: RunnableGraph,
        input: Mapping[str, Any],
        thread_id: str,
        options: SessionOptions | None = None,
    ) -> None:
        options = options or SessionOptions()
        if graph.checkpointer is None:
            raise CannotWait("A session needs a graph with a checkpointer.")
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError as error:
            raise CannotWait(
                "A session runs in the background of a notebook, and no event loop is running "
                "here. In a script, use graph.compile(InMemorySaver()).invoke(input, "
                '{"configurable": {"thread_id": "..."}}) and Command(resume=...).'
            ) from error
        saver = saver_of(graph)
        name = ""
        if isinstance(options.reviewer, str):
            required_identity(options.reviewer, "answers are given under it")
            name = trimmed(options.reviewer)
        self.graph = graph
        self.input = input
        self.thread_id = thread_id
        self.context = options.context
        self._saver = saver
        self._name = name
        self._options = options
        self._detached = self._rewound = False
        self._pacing = Pacing(step=options.step)
        if options.step and options.go:  # a step of its own is what somebody asked for
            self._pacing.step()
        self._view_state = SessionViewState(
            graph.plan, thread_id, saver, name, buttons=self._buttons, branch=self._branch
        )
        self._display = CellDisplay(self._view_state, as_bundle, self._loop, self._receive_anywhere)
        self._driver = Driver(
            RunSpec(graph, saver, thread_id, input, options.context, options.config),
            self._view_state,
            self._display,
            self._pacing,
            reviewer_of(options.reviewer),
            self._stays,
            options.carried,
        )
        self._intake = self._driver.intake
        self._controls = RunControls(self._driver, self._pacing, self._view_state)
        self._run = ShownRun(
            self._driver,
            self._view_state,
            self._display,
            self._controls,
            SessionActions(self._fork_shown, self._load_shown, self.export),
            name,
            options.verifier,
        )
        self._receiver = Receiver(SessionMessages(self._run, self._display.say), self._display.say)
        self._cell_wait = CellWait(self._driver, self._display)
        self._driver.start(go=options.go, unfinished=options.unfinished)

    @property
    def status(self) -> Status:
        """Whether the thread is running, waiting, done or failed."""
        return self._driver.status

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions."""
        return self._intake.pending

    @property
    def values(self) -> dict[str, Any]:
        """The state as it stands."""
        return self._driver.spec.state().values

    @property
    def result(self) -> dict[str, Any]:
        """The final state.

        Raises:
            Unfinished: If the run is not done.
        """
        if self.status == "done":
            return self.values
        what = {
            "waiting": "answer the form above, then run the cells from here on",
            "running": "wait for it with: await session",
            "failed": "retry the node that failed, with session.retry() or the button",
        }[self.status]
        if self.status == "waiting" and not self.pending:
            what = "let it go on with the buttons above, then run the cells from here on"
        raise Unfinished(self.thread_id, self.status, f"{what}.")

    def __getitem__(self, key: str) -> Any:
        """Return a key of the final state.

        Raises:
            Unfinished: If the run is not done.
        """
        return self.result[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys of the final state.

        Raises:
            Unfinished: If the run is not done.
        """
        return iter(self.result)

    def answer(self, value: Any, id: str | None = None) -> None:
        """Answer an open question from code, as the form would.

        Args:
            value: The answer.
            id: Which question it is for; needed when several are open.

        Raises:
            NothingPending: If no question is open.
            AmbiguousAnswer: If several are open and ``id`` is not given.
            UnknownQuestion: If ``id`` is not open.
            NotOffered: If the question offers options and this is none of them.
            AlreadyAnswered: If somebody was faster.
        """
        try:
            self._answer(value, id)
        except HitlError as error:
            raise error.with_traceback(None) from None  # what went on inside says no more

    def _answer(self, value: Any, id: str | None) -> None:
        pending = self.pending
        if id is None and not pending:
            raise NothingPending(self.thread_id, self.status)
        answers = address(pending, value) if id is None else {id: value}
        for question in pending:
            if question.id in answers:
                check_offered(question.value, answers[question.id])
        given = BY_CODE._replace(verifier=self._options.verifier)
        self._intake.take(answers, given._replace(reviewer=self._name or given.reviewer))

    def step(self) -> None:
        """Run the next node, or the next ones if several are due at once, then pause.

        Raises:
            NotPaused: If a question is open, or the run is over.
        """
        self._controls.step()

    def run_to_question(self) -> None:
        """Run without a pause until something is asked; after the answer, pause again.

        Raises:
            NotPaused: If a question is open, or the run is over.
        """
        self._controls.run_to_question()

    def run_to_end(self) -> None:
        """Pause no more between nodes; questions stop the run all the same."""
        self._controls.run_to_end()
        self._display.draw("now")

    def stop(self) -> None:
        """Pause before the next node; the one that runs now runs to its end."""
        self._controls.stop()
        self._display.draw("now")

    def begin_to_step(self) -> None:
        """Pause between nodes from now on, unless somebody has chosen a pace already."""
        if not self._pacing.stepping:
            self.stop()

    def retry(self) -> None:
        """Run again what failed; what has finished stays as it is.

        Raises:
            NotFailed: If nothing has failed.
        """
        self._controls.retry()

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
        return self._controls.edit(values, as_node=as_node)

    def look(self, checkpoint: str | StateSnapshot | None = None) -> StateSnapshot | None:
        """Look back at a checkpoint: the view shows its state.

        Args:
            checkpoint: Its id, or a state of ``history()``; None stops looking back.

        Returns:
            The state there.

        Raises:
            UnknownCheckpoint: If the thread has none of that id.
        """
        found = self._controls.look(checkpoint)
        self._display.draw("now")
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
        name, carried = self._controls.fork(checkpoint, question=question, thread_id=thread_id)
        stepping = self._pacing.mode == "step"
        options = self._options._replace(go=True, step=stepping, carried=carried)
        return session_of(type(self), self.graph, self.input, name, options)

    def join(self) -> None:
        """Close the run that is drawn beside this one; its thread stays."""
        self._run.join()
        self._display.draw("now")

    def compare(self, other: Session | Mapping[str, Any]) -> DataFrame:
        """Put this thread's state and another one's side by side.

        Args:
            other: Another session, such as a fork of this one, or a state.

        Returns:
            A DataFrame with a row for each key, and columns ``left`` (this one), ``right`` and
            ``difference``: ``"same"``, ``"changed"``, ``"only left"`` or ``"only right"``.
        """
        return self._controls.compare(other if isinstance(other, Mapping) else other.values)

    async def settled(self) -> Status:
        """Wait until the thread rests: until it asks something, pauses, is done or has failed.

        Returns:
            Its status then.
        """
        await self._driver.rests.wait()
        return self.status

    def wait(self) -> dict[str, Any]:
        """Return the final state, without ``await`` where that is safe.

        On ipykernel 7 a loop that runs cannot be entered again without losing cells; use
        ``await session`` there, which works everywhere.

        Raises:
            CannotWait: If that is so and the run is not done.
        """
        if self._driver.ended.done() and self._driver.error is None and not self._detached:
            return self.values
        return run_nested(self._cell_wait.final_state, self._loop)

    def rewind(self) -> None:
        """Show the thread live in this cell, also when its run is over.

        What a finished run leaves in its cells is a record, and stays one. Here is its history
        under a slider, "answer differently from here", and Retry if it failed. With nobody there
        to look it is the record again.
        """
        self._rewound = True
        self._ipython_display_()

    def export(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the thread to a file with everything needed to continue it elsewhere.

        Args:
            path: The file.
            overwrite: Whether to replace a file that is there.

        Returns:
            The path.

        Raises:
            SnapshotError: One of its kinds, if the file exists or cannot be written.
        """
        return export_thread(
            self._saver, self.thread_id, path, graph=self.graph, overwrite=overwrite
        )

    @classmethod
    def load(
        cls,
        path: str | Path,
        graph: RunnableGraph,
        *,
        context: Any = None,
        reviewer: Any = None,
        verifier: Verifier | None = None,
        step: bool = False,
    ) -> Session:
        """Continue the thread of a file, or attach to it if it has been loaded before.

        Args:
            path: A file that ``export`` wrote.
            graph: The graph that continues it; its saver keeps the thread from now on.
            context: Live objects for nodes that take ``runtime``.
            reviewer: Who answers, as for ``CompiledGraph.session``.
            verifier: Finds out who answers here, as for ``CompiledGraph.session``.
            step: Whether to pause between nodes.

        Raises:
            SnapshotError: One of its kinds, if the file is damaged or none of ours.
            ThreadExists: If the saver has another thread of its name.
            NodeGone: If the thread stands before a node the graph does not have.
            CannotWait: If no event loop is running.
        """
        kept = kept_somewhere(graph)
        name = read_snapshot(path).row.id
        if not is_attached(kept, name):
            import_thread(path, saver_of(kept), graph=kept)
        options = SessionOptions(context, reviewer, step, verifier=verifier)
        return session_of(cls, kept, {}, name, options)

    def decisions(self) -> DataFrame:
        """Return the thread's decisions, oldest first, as a DataFrame."""
        frame = decisions(self._saver)
        return frame[frame["thread_id"] == self.thread_id].reset_index(drop=True)

    def history(self) -> list[StateSnapshot]:
        """Return the thread's states, newest first."""
        thread: Config = {"configurable": {"thread_id": self.thread_id}}
        return list(self.graph.get_state_history(thread))

    def picture(self) -> Diagram:
        """Return the graph with how each node fares, as a display of its own."""
        return self._view_state.graph_view.diagram()

    def detach(self) -> None:
        """Stop watching the thread, and running it once the nodes that run now have ended.

        What is stored stays: the cell that made this session, run again, makes one that goes on.
        """
        if not self._detached:
            forget(self)
            self._release("detached", "was detached; run the cell that made it for a new one")

    def hand_over(self) -> bool:
        """Detach, because a newer session goes on with the thread.

        Returns:
            Whether it has a run to go on with: one that was begun and has not come to rest.
        """
        self._release("continued by a newer session", "was replaced by a newer one")
        return self._driver.unfinished

    def _release(self, note: str, what: str) -> None:
        """Give the thread up to whoever goes on with it."""
        self._detached = True
        self._view_state.detach(note)
        self._driver.cancel(CannotWait(f"The session of {self.thread_id!r} {what}."))

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Wait for the end of the run and return its final state."""
        return self._cell_wait.final_state().__await__()

    def __repr__(self) -> str:
        return f"<Session {self.thread_id!r} {self.status}>"

    def _ipython_display_(self) -> None:
        """Show the live view, or what is left of it once the run has ended."""
        over = self._driver.ended.done()
        self._display.show(running=self.status == "running", ended=over and not self._stays())

    def _stays(self) -> bool:
        """Whether the view stays when the run ends, because there is something to press in it."""
        asked_for = self._rewound or self._pacing.stepping or self._run.branch is not None
        return (self.status == "failed" or asked_for) and not self._detached and person_can_answer()

    def _buttons(self) -> list[Button]:
        return self._controls.buttons()

    def _branch(self) -> BranchView | None:
        return self._run.described_branch()

    def _fork_shown(self, question: str | None) -> ShownRun:
        return self.fork(question=question)._run

    def _load_shown(self, path: str) -> ShownRun:
        return type(self).load(path, self.graph, context=self.context)._run

    def _receive_anywhere(self, content: Any) -> None:
        """Take a message on whichever thread it arrives and handle it on the session's loop.

        Which thread that is differs by kernel, and on some from one message to the next; so the
        loop is the one on which the session was made, and never the one that runs here.
        """
        self._loop.call_soon_threadsafe(self._receiver.receive, content)
