"""All waiting questions of a saver in one view: find them, decide, hand on, put off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.checkpoint_rows import RAW
from hitl_nb.engine.sync import run_sync
from hitl_nb.errors import (
    AlreadyAnswered,
    AnswerError,
    DeadlinePassed,
    HitlError,
    ThreadBusy,
    UnknownAction,
    UnknownQuestion,
)
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.forms import check_offered, request_of
from hitl_nb.marked_text.identity import required_identity, trimmed
from hitl_nb.messages import FromKernel
from hitl_nb.notebook.inbox.from_browser import InboxMessages
from hitl_nb.notebook.inbox.listing import find, query_of
from hitl_nb.notebook.inbox.question_reader import QuestionReader
from hitl_nb.notebook.inbox.static_list import as_bundle, as_text
from hitl_nb.notebook.inbox.view_state import InboxViewState
from hitl_nb.notebook.kernel import in_voila, person_can_answer, running_kernel
from hitl_nb.notebook.widget.cell_display import NOTHING
from hitl_nb.notebook.widget.receiver import Receiver
from hitl_nb.requests.identity import Verifier
from hitl_nb.savers import clock
from hitl_nb.savers.default import choose_saver
from hitl_nb.savers.inbox_records import Marks, WaitingRow
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.recovery import continue_answered
from hitl_nb.server.server import Server
from hitl_nb.server.waiting_index import DeadlineEnforcer
from hitl_nb.threads.answer_recording import Given
from hitl_nb.threads.deadlines import TIMEOUT
from hitl_nb.threads.runs import threaded
from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from pandas import DataFrame

    from hitl_nb.notebook.widget.inbox_widget import InboxView
    from hitl_nb.threads.graph_protocol import RunnableGraph

BY_CODE = "code"
_shown: dict[int, Inbox] = {}
"""The inbox that is displayed, by its saver: a cell that runs again replaces its own."""


class Inbox:
    """All waiting questions of all threads of a saver.

    As the last line of a cell it shows itself, in whichever notebook: the questions, the soonest
    deadline first, and the form of the selected one. Whoever decides there first wins. A run then
    goes on here if its graph was given, else wherever it is served or its session is open.

    Args:
        saver: Where the threads are kept: a saver, a path, or None for the default.
        graphs: Graphs whose runs go on here, and whose declared types are known here.
        reviewer: The name answers are given under; without one, forms ask where it matters.
        context: Live objects for nodes that take ``runtime``; never stored.
        verifier: Finds out who answers here, for questions that demand a verified identity.

    Raises:
        NameRequired: If the name names nobody.
        StoreMissing: If a path leads to no file.

    Example:
        >>> from hitl_nb import START, InMemorySaver, StateGraph, interrupt
        >>> graph = StateGraph(name="refund")
        >>> _ = graph.add_node("ask", lambda state: {"answer": interrupt("Refund order 42?")})
        >>> kept = graph.add_edge(START, "ask").compile(InMemorySaver())
        >>> _ = kept.invoke({}, {"configurable": {"thread_id": "order-42"}})
        >>> inbox = Inbox(kept.checkpointer, reviewer="ana")
        >>> inbox.questions()["heading"].to_list()
        ['Refund order 42?']
        >>> inbox.answer(inbox.selected, "yes").reviewer
        'ana'
    """

    def __init__(
        self,
        saver: Saver | str | PathLike[str] | None = None,
        graphs: RunnableGraph | Iterable[RunnableGraph] = (),
        *,
        reviewer: str = "",
        context: Any = None,
        verifier: Verifier | None = None,
    ) -> None:
        self.saver = choose_saver(saver, existing=True)
        self.graphs = tuple(graphs) if isinstance(graphs, Iterable) else (graphs,)
        plans = {graph.name: graph.plan for graph in self.graphs}
        self._reader = QuestionReader(self.saver, plans)
        # The saver is read on a worker thread, while messages and code change what is shown.
        self._lock = threading.RLock()
        self._has_news = False
        self._context = context
        self.verifier = verifier
        self._server = Server(self.graphs, self.saver, context=context) if self.graphs else None
        self._serves: set[str] = set()
        name = _named(reviewer)
        self._view_state = InboxViewState(self.saver, self._reader, self._serves, name)
        self._deadline_enforcer = DeadlineEnforcer(self._view_state.pending, self._reader.types_of)
        self._watch = ChangePoller(self.saver)
        self._receiver = Receiver(
            InboxMessages(self, self._view_state, self._reader, self._say), self._say
        )
        self._view: InboxView | None = None
        self._handle: Any = None
        self._saved: Any = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serve()
        self.refresh()

    @property
    def reviewer(self) -> str:
        """The name answers are given under; empty if the form is to ask."""
        return self._view_state.reviewer

    @reviewer.setter
    def reviewer(self, name: str) -> None:
        self._view_state.answer_as(_named(name))
        self.refresh()

    @property
    def selected(self) -> str | None:
        """The id of the question that is looked at."""
        row = self._view_state.selected
        return None if row is None else row.id

    def __len__(self) -> int:
        return len(self._view_state.entries)

    def __repr__(self) -> str:
        return as_text(self._view_state.state)

    def questions(self, **filters: Any) -> DataFrame:
        """Return what waits, the soonest deadline first, as one row each.

        Args:
            filters: ``graph``, ``node``, ``role``, ``risk``, ``tag``, ``assigned``, ``text``, and
                ``only``: ``"overdue"``, ``"snoozed"`` or ``"draft"``. Snoozed ones are left out
                unless they are asked for.

        Raises:
            InvalidFilter: If there is no such filter, or a value that it never has.
        """
        import pandas as pd

        with self._lock:
            self.refresh()
            view_state = self._view_state
            query = query_of(filters, view_state.entries.values())
            with_text = self.saver.waiting_with_text(query.text) if query.text else ()
            found = find(
                view_state.entries.values(), query, view_state.marks, clock.utc(), with_text
            )
            rows = [self._listed(key) for key in found.keys]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        for name in ("asked_at", "deadline", "snoozed"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def answer(self, question_id: str, reply: Any, *, reviewer: str | None = None) -> DecisionRow:
        """Answer a question from code, as its form would.

        Where its graph was given, its run goes on: in a script before this returns; where an
        event loop runs, as in a notebook, in its background, and ``aanswer`` waits for it.

        Args:
            question_id: Which one.
            reply: A reply as the request takes it, or any answer to a plain question.
            reviewer: Who answers; by default whoever the inbox belongs to.

        Raises:
            NameRequired: If ``reviewer`` names nobody.
            ReviewerDiffers: If the reply names somebody else.
            UnknownQuestion: If no such question waits.
            AlreadyAnswered: If somebody was faster; says who and when.
            AnswerError: If it takes no such answer.
            UnreadableData: If it holds a value of a class that only its graph declares.
            Exception: What a node raised when the run went on; the answer stands.
        """
        decision = self._answer(question_id, reply, reviewer)
        self._continue_here(decision)
        return decision

    async def aanswer(
        self, question_id: str, reply: Any, *, reviewer: str | None = None
    ) -> DecisionRow:
        """Answer a question like ``answer``, and wait until its run has gone on.

        Where its graph was given, this returns once the thread is done, or waits again; where
        somebody else runs the thread, once they have taken the answer. Without its graph it
        returns once the answer is recorded.

        Args:
            question_id: Which one.
            reply: A reply as the request takes it, or any answer to a plain question.
            reviewer: Who answers; by default whoever the inbox belongs to.

        Raises:
            AnswerError: As ``answer`` does.
            Exception: What a node raised when the run went on; the answer stands.
        """
        failed = {} if self._server is None else self._server.status.errors
        decision = self._answer(question_id, reply, reviewer)
        thread_id = decision.thread_id
        try:
            if self._server is not None:
                await self._server.go_on(thread_id, failed.get(thread_id))
        except Exception as error:
            error.add_note("The answer was recorded before that, and stands.")
            raise
        finally:
            self.refresh()
        return decision

    def _answer(self, question_id: str, reply: Any, reviewer: str | None) -> DecisionRow:
        """Record an answer from code, in which nothing has gone on yet."""
        try:
            if reviewer is not None:
                required_identity(reviewer, "the answer is given under it")
            return self._record(question_id, reply, reviewer or self.reviewer or BY_CODE)
        except HitlError as error:
            raise error.with_traceback(None) from None  # what went on inside says no more

    def _record(self, question_id: str, reply: Any, reviewer: str) -> DecisionRow:
        row = self._row(question_id)
        question = self._reader.read(row)
        if question is not None and question.kind == RAW and question.response_schema is None:
            check_offered(question.value, reply)
        try:
            return self.decide(row, reply, Given(reviewer, BY_CODE, verifier=self.verifier))
        finally:
            self.refresh()

    def _continue_here(self, decision: DecisionRow) -> None:
        """Go on with an answered thread, unless that is left to a loop or to who runs it."""
        self._serve()
        graph = None if self._server is None else self._server.graphs.get(decision.graph)
        if graph is None or self._serves:
            return
        try:
            run_sync(continue_answered(graph, self.saver, decision.thread_id, self._context))
        except ThreadBusy:  # whoever runs it finds the answer
            pass
        except Exception as error:
            error.add_note("The answer was recorded before that, and stands.")
            raise
        finally:
            self.refresh()

    def escalate(
        self, question_id: str, comment: str = "", *, reviewer: str | None = None
    ) -> DecisionRow:
        """Hand a question on to the next role of its ladder.

        Raises:
            UnknownAction: If it has no ladder, or nobody is left on it.
        """
        question = self._reader.read(self._row(question_id))
        request = None if question is None or question.kind == RAW else request_of(question)
        offered = () if request is None else request.actions
        if "escalate" not in offered:
            raise UnknownAction("escalate", offered, None)
        reply = {"action": "escalate", "comment": comment}
        return self.answer(question_id, reply, reviewer=reviewer)

    def assign(self, question_id: str, to: str) -> Marks:
        """Say who is to answer a question; empty for nobody in particular."""
        return self._mark(question_id, assigned=to.strip())

    def snooze(
        self, question_id: str, until: datetime | timedelta | float | None = timedelta(hours=1)
    ) -> Marks:
        """Put a question off: it is left out of the list until then. Its deadline stays.

        Args:
            question_id: Which one.
            until: A time with its zone, how long (a timedelta, or seconds), or None to wake it.
        """
        if isinstance(until, int | float):
            until = timedelta(seconds=until)
        if isinstance(until, timedelta):
            until = clock.utc() + until
        if until is not None and until.tzinfo is None:
            until = until.astimezone()
        moment = "" if until is None else _stored(until)
        return self._mark(question_id, snoozed=moment)

    def keep_draft(self, question_id: str, text: str) -> None:
        """Keep what was typed into a form so far, for whoever opens it next."""
        row = self._view_state.row_of(question_id)
        if row is None:
            return
        try:
            self.saver.mark(row.thread_id, row.id, draft=text)
        except AnswerError:  # it was answered meanwhile, which the view will say
            return
        self.refresh()

    def select(self, question_id: str) -> None:
        """Look at a question."""
        with self._lock:
            self._view_state.select(self._row(question_id).key)
            self.redraw()

    def next(self) -> None:
        """Look at the next question of the list."""
        with self._lock:
            self._view_state.step(1)
            self.redraw()

    def previous(self) -> None:
        """Look at the question before."""
        with self._lock:
            self._view_state.step(-1)
            self.redraw()

    def filter(self, **changes: Any) -> None:
        """Show only some questions; the filters are those of ``questions``."""
        with self._lock:
            query_of(changes, self._view_state.entries.values())
            self._view_state.look_for(**changes)
            self.redraw()

    def decide(self, row: WaitingRow, reply: Any, given: Given) -> DecisionRow:
        """Record an answer, whoever gives it; the view is not drawn."""
        (decision,) = self._reader.answer(row, reply, given)
        self._view_state.decided(row.id)
        if self._server is not None:
            self._server.look_now()
        return decision

    def refresh(self) -> None:
        """Read what changed, enforce deadlines, and draw."""
        with self._lock:
            self._read(changed=True)
            self._draw()

    def redraw(self) -> None:
        """Bring the browser up to date with the state."""
        if self._view is not None:
            self._view.draw(self._view_state.state)

    def close(self) -> None:
        """Stop looking and serving, and leave static text where the view was."""
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.stop()
        view, self._view = self._view, None
        if self._handle is not None:
            self._handle.update(self._static(), raw=True)
        if self._saved is not None:
            self._saved.update(NOTHING, raw=True)
        if view is not None:
            view.dispose()
        if _shown.get(id(self.saver)) is self:
            del _shown[id(self.saver)]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if running_kernel() is None:
            print(repr(self))  # noqa: T201  (a terminal's display)
            return
        before = _shown.get(id(self.saver))
        if before is not None and before is not self:
            before.close()
        _shown[id(self.saver)] = self
        self._serve()
        self.refresh()
        from hitl_nb.notebook.widget.inbox_widget import InboxView

        if self._view is None and person_can_answer():
            self._view = InboxView(self._view_state.state, self._receive_anywhere)
        shown: dict[str, Any] = {} if self._view is None else self._view.bundle()
        if self._view is not None and not in_voila():
            # Of its own, since to update the view's output would draw it anew under whoever types.
            text = self._static(self._view.saved)
            self._saved = display(text, raw=True, display_id=True)
        else:
            self._saved, shown = None, {**self._static(), **shown}
        self._handle = display(shown, raw=True, display_id=True)
        self.watch()

    def watch(self) -> None:
        """Follow what happens in the saver, in the background of the running event loop."""
        if self._task is None or self._task.done():
            self._loop = asyncio.get_running_loop()
            self._task = self._loop.create_task(self._follow(), name="hitl_nb inbox")

    async def _follow(self) -> None:
        changed = False
        while True:
            try:
                changed = await self._watch.changed(self._watch.slow) or changed
                news = await threaded(self.saver, self._read_locked, changed=changed)
                if changed or news or self._view_state.is_due:
                    with self._lock:
                        self._draw()
            except STORE_AWAY:  # the next look makes up for it
                continue
            except HitlError as error:
                self._view_state.notice(f"This inbox no longer follows what happens: {error}")
                self.redraw()
                return
            changed = False

    def _read_locked(self, *, changed: bool) -> bool:
        with self._lock:
            return self._read(changed=changed)

    def _read(self, *, changed: bool) -> bool:
        """Read what changed, and let what is overdue answer itself; whether there is news."""
        if changed:
            self._has_news |= bool(self._view_state.look())
        if self._deadline_enforcer.enforce():
            self._has_news |= bool(self._view_state.look())
            if self._server is not None:
                self._server.look_now()
        return self._has_news

    def _draw(self) -> None:
        self._view_state.draw()
        self._view_state.answered()
        self.redraw()
        if self._has_news:
            self._keep()
            self._has_news = False

    def _keep(self) -> None:
        """Put what the view shows now where a saved file is read, without a new view."""
        if self._handle is None:
            return
        if self._view is None:
            self._handle.update(self._static(), raw=True)
        elif self._saved is not None:
            self._saved.update(self._static(self._view.saved), raw=True)

    def _serve(self) -> None:
        """Go on with the runs of the given graphs, once there is a loop to do so."""
        if self._server is None or self._serves:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        self._server.start()
        self._serves.update(graph.name for graph in self.graphs)

    def _receive_anywhere(self, content: Any) -> None:
        """Take a message on whichever thread it arrives and handle it on the inbox's loop.

        Which thread that is differs by kernel, and on some from one message to the next; so the
        loop is the one the inbox was displayed on, and never the one that runs here.
        """
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._receive, content)

    def _receive(self, content: Any) -> None:
        with self._lock:
            self._receiver.receive(content)

    def _say(self, message: FromKernel) -> None:
        if self._view is not None:
            self._view.say(message)

    def _row(self, question_id: str) -> WaitingRow:
        """Return a question that waits or has waited, looking again before giving up."""
        row = self._view_state.known(question_id)
        if row is None:
            self.refresh()
            row = self._view_state.known(question_id)
        if row is None:
            raise self._unknown(question_id)
        return row

    def _unknown(self, question_id: str) -> AnswerError:
        """Compose the error for an id that waits nowhere: answered by somebody, or a thread's."""
        for made in reversed(self.saver.decisions()):
            if made.question == question_id:
                if made.given == TIMEOUT:
                    return DeadlinePassed(question_id, made.answer, made.answered_at)
                return AlreadyAnswered(question_id, made.answer, made.reviewer, made.answered_at)
        entries = self._view_state.entries.values()
        own = [entry for entry in entries if entry.row.thread_id == question_id]
        pending = [
            Interrupt(entry.heading, entry.row.id, node=entry.row.node) for entry in own or entries
        ]
        return UnknownQuestion(question_id, pending, of_thread=bool(own))

    def _mark(self, question_id: str, **changes: str) -> Marks:
        row = self._row(question_id)
        marks = self.saver.mark(row.thread_id, row.id, **changes)
        self.refresh()
        return marks

    def _listed(self, key: int) -> Sequence[Any]:
        entry = self._view_state.entries[key]
        marks = self._view_state.marks.get(key, Marks())
        _, _, roles, risks, tags = entry.facets
        return (
            entry.row.id, entry.heading, entry.row.graph, entry.row.thread_id, entry.row.node,
            entry.row.kind, next(iter(risks), None), next(iter(roles), None), list(tags),
            entry.row.asked_at, entry.ends, marks.assigned or None, marks.snoozed or None,
            bool(marks.draft),
        )  # fmt: skip

    def _static(self, name: str = "") -> Mapping[str, str]:
        return as_bundle(self._view_state.state, name)


_COLUMNS = (
    "question", "heading", "graph", "thread_id", "node", "kind", "risk", "role", "tags", "asked_at",
    "deadline", "assigned", "snoozed", "draft",
)  # fmt: skip


def _stored(moment: datetime) -> str:
    """Write a time as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _named(reviewer: str) -> str:
    """Return the name an inbox answers under; empty if the forms are to ask."""
    if reviewer:
        required_identity(reviewer, "answers are given under it")
    return trimmed(reviewer)
