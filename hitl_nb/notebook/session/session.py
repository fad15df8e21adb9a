"""The live view of one thread: it runs, asks, takes the answer, and leaves a record."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_nb.decision_log.record import decisions
from hitl_nb.errors import (
    CannotWait,
    HitlError,
    NobodyToAnswer,
    NothingPending,
    Unfinished,
    WaitInterrupted,
    WaitStopped,
)
from hitl_nb.forms import check_offered
from hitl_nb.marked_text import shorten
from hitl_nb.notebook.kernel import person_can_answer, run_nested, until_done
from hitl_nb.notebook.session.controls import Stepping
from hitl_nb.notebook.session.driver import Driver
from hitl_nb.notebook.session.first_reviewer import reviewer_of
from hitl_nb.notebook.session.from_browser import Receiver
from hitl_nb.notebook.session.pacing import Pace
from hitl_nb.notebook.session.registry import (
    Wish,
    forget,
    is_attached,
    kept_somewhere,
    saver_of,
    session_of,
)
from hitl_nb.notebook.session.run_spec import Job
from hitl_nb.notebook.session.static_record import duration
from hitl_nb.notebook.session.tracebacks import from_user
from hitl_nb.notebook.session.view_state import Board
from hitl_nb.notebook.widget.cells import Screen
from hitl_nb.snapshot import export_thread, import_thread, read_snapshot
from hitl_nb.threads.answer_recording import BY_CODE, Given, address
from hitl_nb.threads.deadlines import seconds_left
from hitl_nb.types import Interrupt, StateSnapshot, Status

if TYPE_CHECKING:
    from pandas import DataFrame

    from hitl_nb.graph.diagram import Diagram
    from hitl_nb.threads.graph_protocol import RunnableGraph

PERSON = "notebook user"
SOON = 5.0
"""Seconds that a wait lets pass for a question to answer itself where nobody else can."""


class Session(Stepping):
    """One thread, live in a notebook. Make one with ``CompiledGraph.session``.

    As the last line of a cell it shows itself: the steps, the open question as a form, the
    result. ``await session`` in a later cell gives the final state.

    Args:
        graph: What runs; its saver keeps the thread.
        input: State update to start the thread with, if it is new.
        thread_id: The thread's id.
        wish: How it is to be.

    Raises:
        CannotWait: If no event loop is running.
    """

    def __init__(
        self,
        graph: RunnableGraph,
        input: Mapping[str, Any],
        thread_id: str,
        wish: Wish | None = None,
    ) -> None:
        wish = wish or Wish()
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
        self.graph = graph
        self.input = input
        self.thread_id = thread_id
        self.context = wish.context
        self._saver = saver_of(graph)
        self._name = wish.reviewer if isinstance(wish.reviewer, str) else ""
        self._detached = self._rewound = False
        self._wish = wish
        self._pace = Pace(step=wish.step)
        self._board = Board(graph.plan, thread_id, self._saver, self._name)
        self._screen = Screen(self._board, self._loop, self._receive_anywhere)
        job = Job(graph, self._saver, thread_id, input, wish.context, wish.config)
        reviewer = reviewer_of(wish.reviewer)
        self._driver = Driver(job, self._board, self._screen, self._pace, reviewer, self._stays)
        self._desk = self._driver.desk
        self._receiver = Receiver(self._desk, self, self._screen.say, self._name or PERSON)
        self._branch: Session | None = None
        self._outer: Session | None = None
        self._board.offer, self._board.beside = self._offered, self._drawn_beside
        self._driver.start(go=wish.go, unfinished=wish.unfinished)

    @property
    def status(self) -> Status:
        """Whether the thread is running, waiting, done or failed."""
        return self._driver.status

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions."""
        return self._desk.pending

    @property
    def values(self) -> dict[str, Any]:
        """The state as it stands."""
        return self._driver.job.state().values

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
        self._desk.take(answers, Given(self._name) if self._name else BY_CODE)

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
        return run_nested(self._wait, self._loop)

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
        step: bool = False,
    ) -> Session:
        """Continue the thread of a file, or attach to it if it has been loaded before.

        Args:
            path: A file that ``export`` wrote.
            graph: The graph that continues it; its saver keeps the thread from now on.
            context: Live objects for nodes that take ``runtime``.
            reviewer: Who answers, as for ``CompiledGraph.session``.
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
        return session_of(kept, {}, name, Wish(context, reviewer, step))

    def decisions(self) -> DataFrame:
        """Return the thread's decisions, oldest first, as a DataFrame."""
        frame = decisions(self._saver)
        return frame[frame["thread_id"] == self.thread_id].reset_index(drop=True)

    def history(self) -> list[StateSnapshot]:
        """Return the thread's states, newest first."""
        return list(self.graph.get_state_history(self._config))

    def picture(self) -> Diagram:
        """Return the graph with how each node fares, as a display of its own."""
        return self._board.sketch.diagram()

    def detach(self) -> None:
        """Stop watching the thread, and running it once the nodes that run now have ended.

        What is stored stays: the cell that made this session, run again, makes one that goes on.
        """
        if not self._detached:
            forget(self)
            self._leave("detached", "was detached; run the cell that made it for a new one")

    def hand_over(self) -> bool:
        """Detach, because a newer session goes on with the thread.

        Returns:
            Whether it has a run to go on with: one that was begun and has not come to rest.
        """
        self._leave("continued by a newer session", "was replaced by a newer one")
        return self._driver.unfinished

    def _leave(self, note: str, what: str) -> None:
        self._detached = True
        self._driver.error = CannotWait(f"The session of {self.thread_id!r} {what}.")
        self._board.leave(note)
        self._driver.cancel()

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Wait for the end of the run and return its final state."""
        return self._wait().__await__()

    def __repr__(self) -> str:
        return f"<Session {self.thread_id!r} {self.status}>"

    def _ipython_display_(self) -> None:
        """Show the live view, or what is left of it once the run has ended."""
        over = self._driver.ended.done()
        self._screen.show(running=self.status == "running", ended=over and not self._stays())

    def _stays(self) -> bool:
        """Whether the view stays when the run ends, because there is something to press in it."""
        asked_for = self._rewound or self._pace.stepping or self._branch is not None
        return (self.status == "failed" or asked_for) and not self._detached and person_can_answer()

    async def _wait(self) -> dict[str, Any]:
        stopped = (
            f"Waiting stopped. The thread {self.thread_id!r} goes on without it, its form stays "
            f"open: answer it, then await the session again."
        )
        try:
            await until_done(self._driver.ended, self._look_up)
        except asyncio.CancelledError:
            raise WaitStopped(stopped) from None
        except KeyboardInterrupt:
            raise WaitInterrupted(stopped) from None
        except NobodyToAnswer as nobody:
            raise nobody.with_traceback(None) from None
        # Programs that execute notebooks take a display's update only from the cell they run.
        if self._screen.recorded:
            self._screen.leave_record()
        error = self._driver.error
        if error is not None:
            raise error.with_traceback(from_user(error.__traceback__))
        return self.values

    def _look_up(self) -> None:
        """See to it that somebody can answer what this wait is for."""
        driver = self._driver
        if driver.status != "waiting" or driver.error is not None or driver.reviewing:
            return
        if person_can_answer():
            # What was just decided elsewhere needs no form here.
            if not self._screen.shown and not self._desk.catch_up():
                self._screen.show(running=False, ended=False)
            return
        pending = self.pending
        left = min((it for item in pending if (it := seconds_left(item)) is not None), default=None)
        if (left is not None and left <= SOON) or self._desk.catch_up():
            return  # the clock answers, or somebody else did
        if not pending:
            raise NobodyToAnswer(
                f"The thread {self.thread_id!r} is paused before {', '.join(self._next())} and "
                f"nobody can press a button here. Use session.run_to_end() before awaiting it."
            )
        questions = "; ".join(f"{item.node!r} asks {shorten(item.value)}" for item in pending)
        time = "" if left is None else f" Its time is over only in {duration(left)}."
        raise NobodyToAnswer(
            f"The thread {self.thread_id!r} waits and nobody can answer here ({questions}).{time} "
            f"Answer with session.answer(...) before awaiting it, or name who answers: "
            f"session(..., reviewer=...) or HITL_NB_REVIEWER."
        )

    def _receive_anywhere(self, content: Any) -> None:
        """Take a message on whichever thread it arrives and handle it on the session's loop."""
        self._loop.call_soon_threadsafe(self._receiver.receive, content)
