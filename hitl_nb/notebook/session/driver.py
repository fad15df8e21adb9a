"""Carry one thread from rest to rest: run it, wait with it, watch it while others run it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.checkpoint_rows import stopped_at
from hitl_nb.engine.events import Decided, Event
from hitl_nb.engine.stdout_capture import capture_stdout
from hitl_nb.errors import HitlError, StoreBusy, ThreadBusy
from hitl_nb.json_schema import prepare
from hitl_nb.notebook.session.answers import Desk
from hitl_nb.notebook.session.catch_up import recall
from hitl_nb.notebook.session.first_reviewer import AskedOnce
from hitl_nb.notebook.session.pacing import Pace
from hitl_nb.notebook.session.run_spec import Job
from hitl_nb.notebook.session.view_state import Board
from hitl_nb.notebook.widget.cells import Screen
from hitl_nb.savers.checks import unknown_thread
from hitl_nb.savers.records import AnswerRow, DecisionRow, ThreadRow
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.recovery import Candidate, take
from hitl_nb.threads.runs import begin_thread, refuse_other_graph
from hitl_nb.types import START, StateSnapshot, Status

if TYPE_CHECKING:
    from hitl_nb.engine.executor import Execution
    from hitl_nb.graph.planner import Task

STOPPED_AT = "Stopped at a breakpoint."
PAUSED = "The run was stopped here."
EDITED = "The state was edited, so what was asked no longer holds."
READ = 0.3
"""Seconds after the first question is shown until what checks answers is loaded."""
BUSY = 1.0
"""Seconds between two attempts to take a thread that somebody else runs."""


class Driver:
    """Runs a thread whenever it can go on.

    Args:
        job: What to run.
        board: What is shown of it.
        screen: Where that is shown.
        pace: When to pause between nodes.
        reviewer: Who answers before a person is asked.
        stays: Whether the view stays when the thread is done or has failed.
    """

    def __init__(
        self,
        job: Job,
        board: Board,
        screen: Screen,
        pace: Pace,
        reviewer: AskedOnce | None,
        stays: Callable[[], bool],
    ) -> None:
        self.job = job
        self.status: Status = "running"
        self.error: BaseException | None = None
        self.ended: Future[None] = Future()
        self.rests = asyncio.Event()
        self.reviewing = False
        self.unfinished = False
        """Whether a run was begun, here or by the session before, that has not come to rest."""
        self._saver, self._thread = job.saver, job.thread_id
        self._board, self._screen, self._pace = board, screen, pace
        self._reviewer = reviewer
        self._stays = stays
        self._loop = asyncio.get_running_loop()
        self.desk = Desk(job.graph, job.thread_id, board, screen, self.go_on, self.passed)
        self.watch = ChangePoller(job.saver)
        self._task: asyncio.Task[None] | None = None
        self._begun = self._go = self._shown = self._leaves = self._runs = False
        self._seen: ThreadRow | None = None
        self._carried: list[DecisionRow] = []

    def start(self, *, go: bool = False, unfinished: bool = False) -> None:
        """Begin, or begin again after a failure.

        Args:
            go: Whether to go on even from where the thread was stopped.
            unfinished: Whether the session before left a run that has not come to rest.
        """
        if self.ended.done():
            self.ended = Future()
        self.error = None
        self._go = self._go or go
        self.unfinished = self.unfinished or unfinished
        self.go_on()
        self._task = self._loop.create_task(self._drive(), name=f"hitl_nb {self._thread}")

    def carry_over(self, rows: Sequence[DecisionRow]) -> None:
        """Give these answers again if the same questions are asked here."""
        self._carried = [*rows]

    def cancel(self) -> None:
        """Stop, once the nodes that run now have ended: what they did is not to be done again."""
        self._leaves = True
        if self._task is not None and not self._runs:
            self._task.cancel()

    def go_on(self) -> None:
        """Note that the thread no longer rests."""
        self.status = "running"
        self.rests.clear()

    def resume(self) -> None:
        """Go on from where the run stopped without a question."""
        self._go = True
        self.go_on()
        self._loop.call_soon_threadsafe(self.desk.wake)

    def passed(self) -> None:
        """Go on past a breakpoint."""
        if self._pace.mode == "step":
            self._pace.step()
        self.resume()

    def look_again(self) -> None:
        """Read anew where the thread stands."""
        if self.ended.done():
            self.start()
        else:
            self._loop.call_soon_threadsafe(self.desk.wake)

    async def _drive(self) -> None:
        """Run the thread to its end, waiting for answers on the way."""
        try:
            if not self._begun:
                self._begun = True
                edited = refuse_other_graph(self.job.graph.plan, self._saver, self._thread)
                self._board.notice(*edited)
            while True:
                # Read first, so that whatever is written after it is noticed as a change.
                row = self._saver.thread(self._thread)
                state = self.job.state()
                if state.next:
                    await self._move(state, row)
                elif state.created_at is None:
                    await self._begin()
                else:
                    break
            self._recall(state)
            self._board.finish(state.values)
            self._rest("done")
        except KeyboardInterrupt:
            # Raised here it would end the kernel's loop; the thread is whole, and can go on.
            self._pace.stop()
            self._board.notice("Interrupted. The thread can go on from here.")
            self._loop.call_soon(self.start)
            return
        except asyncio.CancelledError:
            self._end(live=False)
            raise
        except Exception as error:  # the session is where a node's error is reported
            self.error = error
            self._board.fail(error)
            self._rest("failed")
        self._end(live=self._stays())

    async def _begin(self) -> None:
        """Begin the thread, unless somebody else does so at this very moment."""
        if self._board.trail.last is not None:
            self._existing()
        job = self.job
        try:
            execution = await begin_thread(
                job.graph.plan, self._saver, self._thread, job.input, job.run_config
            )
        except ThreadBusy as busy:
            await self._while_others_run(busy)
            return
        if execution is not None:
            await self._carry(execution)

    async def _move(self, state: StateSnapshot, row: ThreadRow | None) -> None:
        """Do what is to be done where the thread stands: run it, watch it, or wait."""
        row = row or self._existing()
        self._recall(state)
        try:
            execution, granted = await self._taken(row, state)
            if execution is None and not state.interrupts and row != self._seen:
                # What was read above may be older than this row; the next round reads all again.
                self._seen = self._row_if_free()
                return
        except ThreadBusy as busy:
            await self._while_others_run(busy)
            return
        if execution is not None:
            await self._carry(execution, granted=granted)
        else:
            await self._wait(state, row)

    def _existing(self) -> ThreadRow:
        """Return the thread's row.

        Raises:
            UnknownThread: If it was deleted meanwhile.
        """
        row = self._saver.thread(self._thread)
        if row is None:
            raise unknown_thread(self._thread, [item.id for item in self._saver.threads()])
        return row

    async def _taken(self, row: ThreadRow, state: StateSnapshot) -> tuple[Execution | None, bool]:
        """Take the thread if it can go on and should, and say whether an answer lets it."""
        go, self._go = self._go, False
        if go and not state.interrupts:
            here = state.config["configurable"]["checkpoint_id"]
            head = self._saver.read(self._thread)
            if head is not None and head.row.id == here:
                opened = await self.job.graph.open(
                    None, self.job.run_config.config, context=self.job.context
                )
                return opened, False
        left = self.unfinished or row.status in ("running", "failed")
        plan, run_config = self.job.graph.plan, self.job.run_config
        return await take(plan, self._saver, Candidate(row, left, told=True), run_config), not left

    def _row_if_free(self) -> ThreadRow:
        """Return the thread's row if it rests, though without a question.

        Raises:
            ThreadBusy: If another process runs it.
        """
        row, fence = self._saver.acquire(self._thread, self.job.graph.plan.name, create=False)
        self._saver.release(self._thread, fence)
        return row

    async def _while_others_run(self, busy: ThreadBusy) -> None:
        self.go_on()
        self._board.forms = []
        self._board.runs()
        self._board.rests()
        self._board.note("running elsewhere")
        self._board.notice(f"{busy.holder} runs this thread; what becomes of it shows up here.")
        self._screen.draw()
        with suppress(StoreBusy):
            await self.watch.changed(BUSY)

    async def _carry(self, execution: Execution, *, granted: bool = False) -> None:
        """Run supersteps until the thread rests or the pace says to pause.

        Args:
            execution: Ready to go on.
            granted: Whether the first superstep may pass, because it has been answered for.
        """
        board = self._board
        board.runs()
        self._screen.draw()
        self.go_on()
        execution.listen = lambda event: self._hear(event, execution)
        writer = execution.writer
        self.unfinished = self._runs = True
        try:
            if board.trail.last is not None:
                # Nobody else writes from here on; what they did until now is told first.
                self._recall(self.job.state())
                self.desk.show(self._saver.decisions(self._thread))
            if writer is not None:
                now = execution.checkpoint
                board.trail.add(writer.heads[""].id, now.step, now.ran)
            with capture_stdout(execution, self._hear_print):
                while not (execution.checkpoint.resting or self._leaves):
                    starts = all(task.node == START for task in execution.checkpoint.tasks)
                    if not (granted or starts) and self._pace.holds():
                        if writer is not None:
                            await writer.flush("waiting", release=True)
                        break
                    granted = False
                    await execution.superstep()
                    if writer is not None:
                        now = execution.checkpoint
                        board.trail.add(writer.heads[""].id, now.step, now.ran)
                        board.stepped(now.step)
        finally:
            try:
                await execution.release()
            finally:
                self._runs = False
                board.rests()
        self.unfinished = False
        if self._leaves:
            raise asyncio.CancelledError
        self._seen = self._saver.thread(self._thread)

    def _hear(self, event: Event, execution: Execution) -> None:
        """Take in what happened, which may be told on a node's own thread."""
        self._on_loop(self._heard, event, execution.checkpoint)

    def _heard(self, event: Event, before: Any) -> None:
        if self._leaves:
            return
        if isinstance(event, Decided):
            self.desk.show((event.row,))
            self._screen.draw()
        elif self._board.hear(event, before):
            self._screen.draw()

    def _hear_print(self, ns: str, task: Task, _stream: str, text: str) -> None:
        outer = self._board.prints.add(ns, task.id, text)
        self._on_loop(self._printed, outer)

    def _printed(self, task: str) -> None:
        self._board.hear_print(task)
        self._screen.draw()

    def _on_loop(self, call: Callable[..., None], *args: Any) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            call(*args)
        else:
            self._loop.call_soon_threadsafe(call, *args)

    async def _wait(self, state: StateSnapshot, row: ThreadRow) -> None:
        """Show what is asked, or why the run stopped, and wait until something happens."""
        self.unfinished = False
        if state.interrupts:
            self._pace.asked()
        if self._give_again(state):
            return
        self._seen = row
        self._board.wait(state, self._why(state))
        self.status = "waiting"
        if not self._shown:
            # Later questions only draw: a form somebody is in must not be drawn anew.
            self._shown = True
            self._screen.renew()
            self._loop.call_later(READ, prepare)
        self._screen.draw("now")
        self._screen.keep()
        if state.interrupts and await self._reviewed():
            self.go_on()
            return
        self.rests.set()
        watching = self._loop.create_task(self._watch_others())
        try:
            await self.desk.wait()
        finally:
            watching.cancel()

    def _give_again(self, state: StateSnapshot) -> bool:
        """Answer as the run that this one was forked from; whether there was an answer."""
        rows: list[DecisionRow] = []
        for question in state.interrupts:
            for row in self._carried:
                if (row.node, row.digest) == (question.node, question.digest):
                    self._carried.remove(row)
                    again = AnswerRow(
                        question.id, question.digest, row.answer, row.action, row.comment,
                        row.reviewer, "fork",
                    )  # fmt: skip
                    rows += self._saver.answer(self._thread, [again])
                    break
        return self.desk.show(rows)

    def _why(self, state: StateSnapshot) -> str:
        """Say why a run stopped that asks nothing."""
        stored = self._saver.read(self._thread)
        if state.interrupts or stored is None:
            return ""
        if stopped_at(stored):
            return STOPPED_AT
        if self._pace.stepping:
            return ""
        return EDITED if stored.row.source == "update" else PAUSED

    async def _watch_others(self) -> None:
        """Notice what others do to the thread while it rests here."""
        while True:
            try:
                await self.watch.changed(self.watch.slow)
                self._notice_others()
            except StoreBusy:  # the next look sees the same
                continue
            except HitlError:  # the run reads the same, and tells of it
                self.desk.wake()
                return

    def _notice_others(self) -> None:
        row = self._saver.thread(self._thread)
        if row == self._seen or self.desk.catch_up():
            return
        stored = self._saver.read(self._thread)
        if stored is not None and stored.row.id != self._board.trail.last:
            for form in self._board.forms:
                if stored.row.source in ("update", "fork"):
                    self._board.drafts.pop(form["id"], None)
                    self._board.notice(EDITED)
        self.desk.wake()

    async def _reviewed(self) -> bool:
        """Let the reviewer answer, if there is one; False if that leaves all to a person."""
        if self._reviewer is None:
            return False
        self.reviewing = True
        try:
            rows = await self._reviewer.answer(self.job.graph, self._thread)
        finally:
            self.reviewing = False
        return self.desk.show(rows)

    def _recall(self, state: StateSnapshot) -> None:
        recall(self.job, self._board, self.desk, state)

    def _rest(self, status: Status) -> None:
        self.status = status
        self.rests.set()

    def _end(self, *, live: bool) -> None:
        self._screen.end(live=live)
        self.rests.set()
        if not self.ended.done():
            self.ended.set_result(None)
