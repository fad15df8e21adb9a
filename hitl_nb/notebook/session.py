"""The live view of one thread: it runs, asks, takes the answer, and leaves a record."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_nb.answers import address
from hitl_nb.codec import digest
from hitl_nb.deadlines import next_deadline
from hitl_nb.decision_log import decisions
from hitl_nb.entry import BY_CODE, Given
from hitl_nb.errors import (
    CannotWait,
    NobodyToAnswer,
    NothingPending,
    WaitInterrupted,
    WaitStopped,
)
from hitl_nb.events import Event
from hitl_nb.forms import check_offered
from hitl_nb.notebook.board import Board, from_user
from hitl_nb.notebook.desk import Desk
from hitl_nb.notebook.receiving import Receiver
from hitl_nb.notebook.reviewing import reviewer_of
from hitl_nb.notebook.screen import Screen
from hitl_nb.notebook.waiting import person_can_answer, until_done
from hitl_nb.opening import refuse_other_graph
from hitl_nb.savers.memory import InMemorySaver
from hitl_nb.savers.protocol import Saver
from hitl_nb.snapshot import export_thread, import_thread, read_snapshot
from hitl_nb.text import shorten
from hitl_nb.types import Config, Interrupt, StateSnapshot, Status

if TYPE_CHECKING:
    from pandas import DataFrame

    from hitl_nb.compiled import CompiledGraph

PERSON = "notebook user"
_default_saver = InMemorySaver()
_sessions: dict[tuple[int, str], Session] = {}


def attach(
    graph: CompiledGraph,
    input: Mapping[str, Any],
    *,
    thread_id: str | None = None,
    context: Any = None,
    reviewer: Any = None,
    restart: bool = False,
) -> Session:
    """Start a thread and its session, or find them if they are there already.

    Args:
        graph: What runs.
        input: State update to start the thread with.
        thread_id: The thread's id; without it, one derived from graph name and input.
        context: Live objects for nodes that take ``runtime``.
        reviewer: The name of whoever answers here; or a reviewer, policy or function of the
            question that answers what it can, and leaves the rest to the form.
        restart: Begin a new thread even if there is one.

    Raises:
        CannotWait: If no event loop is running, as in a plain script.
    """
    kept = _kept(graph)
    name = thread_id or _derived_name(graph, input)
    if restart:
        name = _free_name(_saver_of(kept), name)
    before = _sessions.get((id(kept.checkpointer), name))
    if before is not None and dict(before.input) != dict(input):
        warnings.warn(
            f"The thread {name!r} exists and was started with another input, so this input is "
            f"not used. Use another thread_id, or restart=True for a new run.",
            stacklevel=3,
        )
    return _session_of(kept, input, name, context, reviewer)


def _session_of(
    kept: CompiledGraph,
    input: Mapping[str, Any],
    name: str,
    context: Any = None,
    reviewer: Any = None,
) -> Session:
    """Return the thread's live session, or begin one if it has none that can go on."""
    before = _sessions.get((id(kept.checkpointer), name))
    if before is not None:
        if before.graph.plan is kept.plan and before.status != "failed":
            return before
        before.detach()
    session = Session(kept, input, name, context=context, reviewer=reviewer)
    _sessions[id(kept.checkpointer), name] = session
    return session


def _derived_name(graph: CompiledGraph, input: Mapping[str, Any]) -> str:
    """Name a thread by graph, nodes and input, so that the same cell finds it again."""
    nodes = sorted(graph.plan.nodes)
    return f"{graph.name}-{digest([nodes, dict(input)], graph.plan.types, 'input')[:8]}"


def _kept(graph: CompiledGraph) -> CompiledGraph:
    return graph if graph.checkpointer else graph.kept_by(_default_saver)


def _saver_of(graph: CompiledGraph) -> Saver:
    assert graph.checkpointer is not None  # noqa: S101  (_kept has seen to it)
    return graph.checkpointer


class Session:
    """One thread, live in a notebook. Make one with ``CompiledGraph.session``.

    As the last line of a cell it shows itself: the steps, the open question as a form, the
    result. ``await session`` in a later cell gives the final state.

    Args:
        graph: What runs; its saver keeps the thread.
        input: State update to start the thread with, if it is new.
        thread_id: The thread's id.
        context: Live objects for nodes that take ``runtime``.
        reviewer: The name of whoever answers here; or who answers before a person is asked.

    Raises:
        CannotWait: If no event loop is running.
    """

    def __init__(
        self,
        graph: CompiledGraph,
        input: Mapping[str, Any],
        thread_id: str,
        *,
        context: Any = None,
        reviewer: Any = None,
    ) -> None:
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
        self.context = context
        self._saver: Saver = graph.checkpointer
        self._name = reviewer if isinstance(reviewer, str) else ""
        self._reviewer = reviewer_of(reviewer)
        self._board = Board(graph.plan, thread_id, self._saver.place, self._name)
        self._status: Status = "running"
        self._error: BaseException | None = None
        self._rests = asyncio.Event()
        self._continued = False
        self._reviewing = False
        self._ended: Future[None] = Future()
        self._screen = Screen(self._board, self._loop, self._receive_anywhere)
        self._desk = Desk(graph, thread_id, self._board, self._screen, self._go_on)
        self._receiver = Receiver(self._desk, self._screen.say, self._name or PERSON)
        self._task = self._loop.create_task(self._drive(), name=f"hitl_nb {thread_id}")

    @property
    def status(self) -> Status:
        """Whether the thread is running, waiting, done or failed."""
        return self._status

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions."""
        return self._desk.pending

    @property
    def values(self) -> dict[str, Any]:
        """The state as it stands."""
        return self._state().values

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
        pending = self.pending
        if id is None and not pending:
            raise NothingPending(self.thread_id, self._status)
        answers = address(pending, value) if id is None else {id: value}
        for question in pending:
            if question.id in answers:
                check_offered(question.value, answers[question.id])
        self._desk.take(answers, Given(self._name) if self._name else BY_CODE)

    async def settled(self) -> Status:
        """Wait until the thread rests: until it asks something, is done or has failed.

        Returns:
            Its status then.
        """
        await self._rests.wait()
        return self._status

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
        graph: CompiledGraph,
        *,
        context: Any = None,
        reviewer: Any = None,
    ) -> Session:
        """Continue the thread of a file, or attach to it if it has been loaded before.

        Args:
            path: A file that ``export`` wrote.
            graph: The graph that continues it; its saver keeps the thread from now on.
            context: Live objects for nodes that take ``runtime``.
            reviewer: Who answers, as for ``CompiledGraph.session``.

        Raises:
            SnapshotError: One of its kinds, if the file is damaged or none of ours.
            NodeGone: If the thread stands before a node the graph does not have.
            CannotWait: If no event loop is running.
        """
        kept = _kept(graph)
        name = read_snapshot(path).row.id
        if (id(kept.checkpointer), name) not in _sessions:
            import_thread(path, _saver_of(kept), graph=kept)
        return _session_of(kept, {}, name, context, reviewer)

    def decisions(self) -> DataFrame:
        """Return the thread's decisions, oldest first, as a DataFrame."""
        frame = decisions(self._saver)
        return frame[frame["thread_id"] == self.thread_id].reset_index(drop=True)

    def history(self) -> list[StateSnapshot]:
        """Return the thread's states, newest first."""
        return list(self.graph.get_state_history(self._config))

    def detach(self) -> None:
        """Stop running and watching the thread; what is stored stays, and it can go on later."""
        self._error = CannotWait(f"The session of {self.thread_id!r} was replaced by a newer one.")
        self._board.leave("continued by a newer session")
        self._task.cancel()

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Wait for the end of the run and return its final state."""
        return self._wait().__await__()

    def __repr__(self) -> str:
        return f"<Session {self.thread_id!r} {self._status}>"

    def _ipython_display_(self) -> None:
        """Show the live view, or what is left of it once the run has ended."""
        self._screen.show(running=self._status == "running", ended=self._ended.done())

    def _state(self) -> StateSnapshot:
        return self.graph.get_state(self._config)

    @property
    def _config(self) -> Config:
        return {"configurable": {"thread_id": self.thread_id}}

    async def _wait(self) -> dict[str, Any]:
        stopped = (
            f"Waiting stopped. The thread {self.thread_id!r} goes on without it, its form stays "
            f"open: answer it, then await the session again."
        )
        try:
            await until_done(self._ended, self._look_up)
        except asyncio.CancelledError:
            raise WaitStopped(stopped) from None
        except KeyboardInterrupt:
            raise WaitInterrupted(stopped) from None
        # Programs that execute notebooks take a display's update only from the cell they run.
        self._screen.leave_record()
        if self._error is not None:
            raise self._error.with_traceback(from_user(self._error.__traceback__))
        return self.values

    def _look_up(self) -> None:
        """See to it that somebody can answer what this wait is for."""
        if self._status != "waiting" or self._error is not None or self._reviewing:
            return
        if person_can_answer():
            if not self._screen.shown:
                self._screen.show(running=False, ended=False)
            return
        if next_deadline(self.pending) is not None or self._desk.catch_up():
            return  # the clock answers, or somebody else did
        questions = "; ".join(f"{item.node!r} asks {shorten(item.value)}" for item in self.pending)
        raise NobodyToAnswer(
            f"The thread {self.thread_id!r} waits and nobody can answer here ({questions}). "
            f"Answer with session.answer(...) before awaiting it."
        )

    async def _drive(self) -> None:
        """Run the thread to its end, waiting for answers on the way."""
        first = True
        try:
            if self._saver.read(self.thread_id) is None:
                await self._advance(self.input)
            else:
                refuse_other_graph(self.graph.plan, self._saver, self.thread_id)
                self._board.recall(self.history(), self._saver.decisions(self.thread_id))
            while (state := self._state()).next:
                thread = self._saver.thread(self.thread_id)
                waits = thread is not None and thread.status == "waiting"
                if self._continued or not waits:
                    self._continued = False
                    await self._advance(None)
                    continue
                self._rest("waiting")
                self._board.wait(state)
                if first:
                    # Later questions only draw: a form somebody is in must not be drawn anew.
                    first = False
                    self._screen.renew()
                self._screen.draw(at_once=True)
                if not await self._reviewed():
                    await self._desk.wait()
                self._go_on()
                self._continued = True
            self._rest("done")
            self._board.finish(state.values)
        except Exception as error:  # the session is where a node's error is reported
            self._rest("failed")
            self._error = error
            self._board.fail(error)
        finally:
            self._end()

    async def _reviewed(self) -> bool:
        """Let the reviewer answer, if there is one; False if that leaves all to a person."""
        if self._reviewer is None:
            return False
        self._reviewing = True
        try:
            rows = await self._reviewer.answer(self.graph, self.thread_id)
        finally:
            self._reviewing = False
        return self._desk.show(rows)

    async def _advance(self, input: Mapping[str, Any] | None) -> None:
        execution = await self.graph.open(input, self._config, context=self.context)

        def hear(event: Event) -> None:
            if self._board.hear(event, execution.checkpoint):
                self._screen.draw()

        execution.listen = hear
        try:
            await execution.finish()
        finally:
            await execution.leave()

    def _receive_anywhere(self, content: Any) -> None:
        """Take a message on whichever thread it arrives and handle it on the session's loop."""
        self._loop.call_soon_threadsafe(self._receiver.receive, content)

    def _rest(self, status: Status) -> None:
        self._status = status
        self._rests.set()

    def _go_on(self) -> None:
        self._status = "running"
        self._rests.clear()

    def _end(self) -> None:
        self._screen.end()
        self._rests.set()
        self._ended.set_result(None)


def _free_name(saver: Saver, name: str) -> str:
    """Return the name, or the name with the first number that makes it new."""
    candidate, number = name, 2
    while saver.thread(candidate) is not None:
        candidate, number = f"{name}-{number}", number + 1
    return candidate
