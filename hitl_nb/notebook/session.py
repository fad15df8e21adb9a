"""The live view of one thread: it runs, asks, takes the answer, and leaves a record."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from hitl_nb.codec import digest
from hitl_nb.errors import AlreadyAnswered, AnswerError, CannotWait, NobodyToAnswer, NothingPending
from hitl_nb.forms import BadAnswer, read_answer
from hitl_nb.messages import Acknowledge, Draft, FromBrowser, Submit
from hitl_nb.notebook.board import Board, breakpoint_id, from_user
from hitl_nb.notebook.record import as_html, as_text
from hitl_nb.notebook.waiting import person_can_answer, running_kernel, until_done
from hitl_nb.plan import Checkpoint, address
from hitl_nb.run import Event
from hitl_nb.savers import DecisionRow, InMemorySaver, Saver
from hitl_nb.text import shorten, show
from hitl_nb.types import UNSET, Interrupt, Status

if TYPE_CHECKING:
    from hitl_nb.compiled import CompiledGraph
    from hitl_nb.notebook.view import SessionView

PERSON = "notebook user"
CODE = "code"
REDRAW = 0.1
"""Seconds between two redraws while nodes run; questions and results are drawn at once."""

_default_saver = InMemorySaver()
_sessions: dict[tuple[int, str], Session] = {}


def attach(
    graph: CompiledGraph,
    input: Mapping[str, Any],
    *,
    thread_id: str | None = None,
    restart: bool = False,
) -> Session:
    """Start a thread and its session, or find them if they are there already.

    Args:
        graph: What runs.
        input: State update to start the thread with.
        thread_id: The thread's id; without it, one derived from graph name and input.
        restart: Begin a new thread even if there is one.

    Raises:
        CannotWait: If no event loop is running, as in a plain script.
    """
    kept = graph if graph.checkpointer else graph.kept_by(_default_saver)
    saver = kept.checkpointer
    assert saver is not None  # noqa: S101  (kept_by has just set it)
    name = thread_id or f"{graph.name}-{digest(dict(input), graph.plan.types, 'input')[:8]}"
    if restart:
        name = _free_name(saver, name)
    before = _sessions.get((id(saver), name))
    if before is not None:
        if dict(before.input) != dict(input):
            warnings.warn(
                f"The thread {name!r} exists and was started with another input, so this "
                f"input is not used. Use another thread_id, or restart=True for a new run.",
                stacklevel=3,
            )
        if before.graph.plan is kept.plan and before.status != "failed":
            return before
        before.detach()
    session = Session(kept, input, name)
    _sessions[id(saver), name] = session
    return session


class Session:
    """One thread, live in a notebook. Make one with ``CompiledGraph.session``.

    As the last line of a cell it shows itself: the steps, the open question as a form, the
    result. ``await session`` in a later cell gives the final state.

    Args:
        graph: What runs; its saver keeps the thread.
        input: State update to start the thread with, if it is new.
        thread_id: The thread's id.

    Raises:
        CannotWait: If no event loop is running.
    """

    def __init__(self, graph: CompiledGraph, input: Mapping[str, Any], thread_id: str) -> None:
        if graph.checkpointer is None:
            raise CannotWait("A session needs a graph with a checkpointer.")
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError as error:
            raise CannotWait(
                "A session runs in the background of a notebook, and no event loop is running "
                "here. In a script, use graph.invoke(...) and Command(resume=...)."
            ) from error
        self.graph = graph
        self.input = input
        self.thread_id = thread_id
        self._saver: Saver = graph.checkpointer
        self._board = Board(graph.plan, thread_id, getattr(self._saver, "place", ""))
        self._status: Status = "running"
        self._error: BaseException | None = None
        self._rests = asyncio.Event()
        self._answered = asyncio.Event()
        self._continued = False
        self._ended: Future[None] = Future()
        self._acknowledged: dict[str, Acknowledge] = {}
        self._view: SessionView | None = None
        self._handles: list[Any] = []
        self._drawn = 0.0
        self._drawn_views = 0
        self._redraw: asyncio.TimerHandle | None = None
        self._before: Checkpoint | None = None
        self._task = self._loop.create_task(self._drive(), name=f"hitl_nb {thread_id}")

    @property
    def status(self) -> Status:
        """Whether the thread is running, waiting, done or failed."""
        return self._status

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions."""
        checkpoint = self._checkpoint
        return checkpoint.pending if checkpoint else ()

    @property
    def values(self) -> dict[str, Any]:
        """The state as it stands."""
        checkpoint = self._checkpoint
        return dict(checkpoint.values) if checkpoint else {}

    def answer(self, value: Any, id: str | None = None) -> None:
        """Answer an open question from code, as the form would.

        Args:
            value: The answer.
            id: Which question it is for; needed when several are open.

        Raises:
            NothingPending: If no question is open.
            AmbiguousAnswer: If several are open and ``id`` is not given.
            UnknownQuestion: If ``id`` is not open.
            AlreadyAnswered: If somebody was faster.
        """
        checkpoint = self._checkpoint
        if checkpoint is None or not checkpoint.pending:
            raise NothingPending(self.thread_id, self._status)
        answers = address(checkpoint, value) if id is None else {id: value}
        self._decide(answers, CODE, "code")

    async def settled(self) -> Status:
        """Wait until the thread rests: until it asks something, is done or has failed.

        Returns:
            Its status then.
        """
        await self._rests.wait()
        return self._status

    def detach(self) -> None:
        """Stop running and watching the thread; what is stored stays, and it can go on later."""
        self._error = CannotWait(f"The session of {self.thread_id!r} was replaced by a newer one.")
        self._task.cancel()

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Wait for the end of the run and return its final state."""
        return self._wait().__await__()

    def __repr__(self) -> str:
        return f"<Session {self.thread_id!r} {self._status}>"

    def _ipython_display_(self) -> None:
        """Show the live view, or what is left of it once the run has ended."""
        from IPython.display import display

        if running_kernel() is None:
            print(as_text(self._board.state))  # noqa: T201  (a terminal's display)
            return
        if self._ended.done():
            display(self._static(), raw=True)
            return
        if self._view is None:
            from hitl_nb.notebook.view import SessionView

            self._view = SessionView(self._board.state, self._receive_anywhere)
        live = {**self._static(), **self._view.bundle()}
        self._handles.append(display(live, raw=True, display_id=True))

    @property
    def _checkpoint(self) -> Checkpoint | None:
        thread = self._saver.load(self.thread_id)
        return thread.checkpoint if thread else None

    async def _wait(self) -> dict[str, Any]:
        await until_done(self._ended, self._check_for_person)
        # Programs that execute notebooks take a display's update only from the cell they run.
        self._leave_record()
        if self._error is not None:
            raise self._error.with_traceback(from_user(self._error.__traceback__))
        return self.values

    def _check_for_person(self) -> None:
        if self._status == "waiting" and self._error is None and not person_can_answer():
            questions = "; ".join(
                f"{item.node!r} asks {shorten(item.value)}" for item in self.pending
            )
            raise NobodyToAnswer(
                f"The thread {self.thread_id!r} waits and nobody can answer here ({questions}). "
                f"Answer with session.answer(...) before awaiting it."
            )

    async def _drive(self) -> None:
        """Run the thread to its end, waiting for answers on the way."""
        for row in self._saver.decisions(self.thread_id):
            self._board.decided(row)
        try:
            if self._checkpoint is None:
                await self._advance(self.input)
            while (checkpoint := self._checkpoint) is not None and checkpoint.tasks:
                if not checkpoint.resting or self._continued:
                    self._continued = False
                    await self._advance(None)
                    continue
                self._rest("waiting")
                self._board.wait(checkpoint)
                self._draw(at_once=True)
                await self._answered.wait()
                self._answered.clear()
                self._go_on()
            self._rest("done")
            self._board.finish(self.values)
        except Exception as error:  # the session is where a node's error is reported
            self._rest("failed")
            self._error = error
            self._board.fail(error)
        finally:
            self._end()

    async def _advance(self, input: Mapping[str, Any] | None) -> None:
        config = {"configurable": {"thread_id": self.thread_id}}
        execution = self.graph.open(input, config)

        def hear(event: Event) -> None:
            if self._board.hear(event, execution.checkpoint):
                self._draw()

        execution.listen = hear
        await execution.finish()

    def _decide(self, answers: Mapping[str, Any], reviewer: str, given: str) -> None:
        thread = self._saver.answer(self.thread_id, answers, reviewer, given)
        if not thread.checkpoint.resting:
            self._go_on()
        rows = [row for row in self._saver.decisions(self.thread_id) if row.question.id in answers]
        self._loop.call_soon_threadsafe(self._show_decided, rows)

    def _show_decided(self, rows: list[DecisionRow]) -> None:
        for row in rows:
            self._board.decided(row)
        self._answered.set()
        self._draw(at_once=True)

    def _receive_anywhere(self, content: Any) -> None:
        """Take a message on whichever thread it arrives and handle it on the session's loop."""
        self._loop.call_soon_threadsafe(self._receive, content)

    def _receive(self, content: Any) -> None:
        message = read_message(content)
        if message is None or self._view is None:
            return
        if message["type"] == "here":
            self._drawn_views += 1
            return
        if message["type"] == "draft":
            self._keep_draft(message)
            return
        nonce = message["nonce"]
        if nonce not in self._acknowledged:
            self._acknowledged[nonce] = self._submit(message)
        self._view.say(self._acknowledged[nonce])

    def _keep_draft(self, draft: Draft) -> None:
        if any(form["id"] == draft["question"] for form in self._board.state["forms"]):
            self._board.draft(draft["question"], draft["text"])
            self._draw(at_once=True)

    def _submit(self, message: Submit) -> Acknowledge:
        """Take an answer from the browser; say in plain words why not, if not."""
        nonce = message["nonce"]
        checkpoint = self._checkpoint
        if checkpoint and checkpoint.stopped and message["question"] == breakpoint_id(checkpoint):
            self._continued = True
            self._board.close(message["question"])
            self._answered.set()
            return _accepted(nonce)
        question = next((item for item in self.pending if item.id == message["question"]), None)
        try:
            value = UNSET if question is None else read_answer(question, message["answer"])
            self._decide({message["question"]: value}, PERSON, "widget")
        except AlreadyAnswered as error:
            return _refused(
                nonce, f"Already answered by {error.reviewer}: {shorten(error.answer)}. It stands."
            )
        except (BadAnswer, AnswerError) as error:
            return _refused(nonce, str(error))
        return _accepted(nonce)

    def _draw(self, *, at_once: bool = False) -> None:
        """Bring the view up to date, at most once per ``REDRAW`` unless it matters now."""
        if self._view is None:
            return
        wait = self._drawn + REDRAW - self._loop.time()
        if not at_once and wait > 0:
            if self._redraw is None:
                self._redraw = self._loop.call_later(wait, self._draw_now)
            return
        self._draw_now()

    def _draw_now(self) -> None:
        if self._redraw is not None:
            self._redraw.cancel()
            self._redraw = None
        self._drawn = self._loop.time()
        if self._view is not None:
            self._view.draw(self._board.state)

    def _rest(self, status: Status) -> None:
        self._status = status
        self._rests.set()

    def _go_on(self) -> None:
        self._status = "running"
        self._rests.clear()

    def _end(self) -> None:
        """Draw the end, leave static text in every cell that showed the view, and close it."""
        self._draw_now()
        self._leave_record()
        # A reloaded page cannot put the record in the view's place, so there the view stays.
        if self._view is not None and self._drawn_views <= len(self._handles):
            self._view.dispose()
        self._view = None
        self._rests.set()
        self._ended.set_result(None)

    def _leave_record(self) -> None:
        for handle in self._handles:
            handle.update(self._static(), raw=True)

    def _static(self) -> dict[str, str]:
        return {"text/plain": as_text(self._board.state), "text/html": as_html(self._board.state)}


def read_message(content: Any) -> FromBrowser | None:
    """Check a message from the browser against its description; None if it is none of ours."""
    from pydantic import TypeAdapter, ValidationError

    try:
        message: FromBrowser = TypeAdapter(FromBrowser).validate_python(content, strict=True)
    except ValidationError:
        return None
    return message


def _accepted(nonce: str) -> Acknowledge:
    return {"type": "acknowledge", "nonce": nonce, "accepted": True, "errors": []}


def _refused(nonce: str, why: str) -> Acknowledge:
    errors: list[Any] = [{"path": [], "message": show(why)}]
    return {"type": "acknowledge", "nonce": nonce, "accepted": False, "errors": errors}


def _free_name(saver: Saver, name: str) -> str:
    """Return the name, or the name with the first number that makes it new."""
    candidate, number = name, 2
    while saver.load(candidate) is not None:
        candidate, number = f"{name}-{number}", number + 1
    return candidate
