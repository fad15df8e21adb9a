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
from hitl_nb.errors import HitlError, ThreadBusy
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.json_schema import prepare
from hitl_nb.notebook.session.answer_intake import AnswerIntake
from hitl_nb.notebook.session.first_reviewer import AskedOnce
from hitl_nb.notebook.session.pacing import Pacing
from hitl_nb.notebook.session.recall import recall
from hitl_nb.notebook.session.run_spec import RunSpec
from hitl_nb.notebook.session.view_state import SessionViewState
from hitl_nb.notebook.widget.cell_display import CellDisplay
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
        spec: What to run.
        view_state: What is shown of it.
        display: Where that is shown.
        pacing: When to pause between nodes.
        reviewer: Who answers before a person is asked.
        stays: Whether the view stays when the thread is done or has failed.
        carried: Answers that are given again if the same questions are asked.
    """

    def __init__(
        self,
        spec: RunSpec,
        view_state: SessionViewState,
        display: CellDisplay,
        pacing: Pacing,
        reviewer: AskedOnce | None,
        stays: Callable[[], bool],
        carried: Sequence[DecisionRow] = (),
    ) -> None:
        self.spec = spec
        self.status: Status = "running"
        self.error: BaseException | None = None
        self.ended: Future[None] = Future()
        self.rests = asyncio.Event()
        self.reviewing = False
        self.unfinished = False
        """Whether a run was begun, here or by the session before, that has not come to rest."""
        self._saver, self._thread = spec.saver, spec.thread_id
        self._view_state, self._display, self._pacing = view_state, display, pacing
        self._reviewer = reviewer
        self._stays = stays
        self._loop = asyncio.get_running_loop()
        self.intake = AnswerIntake(spec, view_state, display, self.go_on, self.pass_breakpoint)
        self.watch = ChangePoller(spec.saver)
        self._task: asyncio.Task[None] | None = None
        self._begun = self._go = self._shown = self._cancelled = self._running = False
        self._seen: ThreadRow | None = None
        self._carried = [*carried]

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

    def cancel(self, why: BaseException) -> None:
        """Stop, once the nodes that run now have ended: what they did is not to be done again.

        Args:
            why: What whoever waits for the end is told.
        """
        self.error = why
        self._cancelled = True
        if self._task is not None and not self._running:
            self._task.cancel()

    def go_on(self) -> None:
        """Note that the thread no longer rests."""
        self.status = "running"
        self.rests.clear()

    def resume(self) -> None:
        """Go on from where the run stopped without a question."""
        self._go = True
        self.go_on()
        # Whoever asks may be on any thread, and what the loop waits for is set on the loop alone.
        self._loop.call_soon_threadsafe(self.intake.wake)

    def pass_breakpoint(self) -> None:
        """Go on past a breakpoint."""
        if self._pacing.mode == "step":
            self._pacing.step()
        self.resume()

    def look_again(self) -> None:
        """Read anew where the thread stands."""
        if self.ended.done():
            self.start()
        else:
            self._loop.call_soon_threadsafe(self.intake.wake)

    async def _drive(self) -> None:
        """Run the thread to its end, waiting for answers on the way."""
        try:
            if not self._begun:
                self._begun = True
                edited = refuse_other_graph(self.spec.graph.plan, self._saver, self._thread)
                self._view_state.notice(*edited)
            while True:
                # Read first, so that whatever is written after it is noticed as a change.
                row = self._saver.thread(self._thread)
                state = self.spec.state()
                if state.next:
                    await self._continue(state, row)
                elif state.created_at is None:
                    await self._begin()
                else:
                    break
            self._recall(state)
            self._view_state.finish(state.values)
            self._rest("done")
        except KeyboardInterrupt:
            # Raised here it would end the kernel's loop; the thread is whole, and can go on.
            self._pacing.stop()
            self._view_state.notice("Interrupted. The thread can go on from here.")
            self._loop.call_soon(self.start)
            return
        except asyncio.CancelledError:
            self._end(live=False)
            raise
        except Exception as error:  # the session is where a node's error is reported
            self.error = error
            self._view_state.fail(error)
            self._rest("failed")
        self._end(live=self._stays())

    async def _begin(self) -> None:
        """Begin the thread, unless somebody else does so at this very moment."""
        if self._view_state.trail.last is not None:
            self._existing()
        spec = self.spec
        try:
            execution = await begin_thread(
                spec.graph.plan, self._saver, self._thread, spec.input, spec.run_config
            )
        except ThreadBusy as busy:
            await self._while_others_run(busy)
            return
        if execution is not None:
            await self._run_supersteps(execution)

    async def _continue(self, state: StateSnapshot, row: ThreadRow | None) -> None:
        """Do what is to be done where the thread stands: run it, watch it, or wait."""
        row = row or self._existing()
        self._recall(state)
        try:
            execution, granted = await self._opened(row, state)
            if execution is None and not state.interrupts and row != self._seen:
                # What was read above may be older than this row; the next round reads all again.
                self._seen = self._row_if_free()
                return
        except ThreadBusy as busy:
            await self._while_others_run(busy)
            return
        if execution is not None:
            await self._run_supersteps(execution, granted=granted)
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

    async def _opened(self, row: ThreadRow, state: StateSnapshot) -> tuple[Execution | None, bool]:
        """Take the thread if it can go on and should, and say whether an answer lets it."""
        go, self._go = self._go, False
        if go and not state.interrupts:
            here = state.config["configurable"]["checkpoint_id"]
            head = self._saver.read(self._thread)
            if head is not None and head.row.id == here:
                opened = await self.spec.graph.open(
                    None, self.spec.run_config.config, context=self.spec.context
                )
                return opened, False
        left = self.unfinished or row.status in ("running", "failed")
        plan, run_config = self.spec.graph.plan, self.spec.run_config
        return await take(plan, self._saver, Candidate(row, left, told=True), run_config), not left

    def _row_if_free(self) -> ThreadRow:
        """Return the thread's row if it rests, though without a question.

        Raises:
            ThreadBusy: If another process runs it.
        """
        row, fence = self._saver.acquire(self._thread, self.spec.graph.plan.name, create=False)
        self._saver.release(self._thread, fence)
        return row

    async def _while_others_run(self, busy: ThreadBusy) -> None:
        self.go_on()
        self._view_state.run_elsewhere(busy.holder)
        self._display.draw()
        with suppress(*STORE_AWAY):
            await self.watch.changed(BUSY)

    async def _run_supersteps(self, execution: Execution, *, granted: bool = False) -> None:
        """Run supersteps until the thread rests or the pacing has it pause.

        Args:
            execution: Ready to go on.
            granted: Whether the first superstep may pass, because it has been answered for.
        """
        view_state = self._view_state
        view_state.runs()
        self._display.draw()
        self.go_on()
        execution.listen = lambda event: self._hear(event, execution)
        writer = execution.writer
        self.unfinished = self._running = True
        try:
            if view_state.trail.last is not None:
                # Nobody else writes from here on; what they did until now is told first.
                self._recall(self.spec.state())
                self.intake.show(self._saver.decisions(self._thread))
            if writer is not None:
                now = execution.checkpoint
                view_state.trail.add(writer.heads[""].id, now.step, now.ran)
            with capture_stdout(execution, self._hear_print):
                while not (execution.checkpoint.resting or self._cancelled):
                    starts = all(task.node == START for task in execution.checkpoint.tasks)
                    if not (granted or starts) and self._pacing.holds():
                        if writer is not None:
                            await writer.flush("waiting", release=True)
                        break
                    granted = False
                    await execution.superstep()
                    if writer is not None:
                        now = execution.checkpoint
                        view_state.trail.add(writer.heads[""].id, now.step, now.ran)
                        view_state.stepped(now.step)
        finally:
            try:
                await execution.release()
            finally:
                self._running = False
                view_state.rests()
        self.unfinished = False
        if self._cancelled:
            raise asyncio.CancelledError
        self._seen = self._saver.thread(self._thread)

    def _hear(self, event: Event, execution: Execution) -> None:
        """Take in what happened, which may be told on a node's own thread."""
        # The checkpoint as it is now: when the loop hears of it, the next superstep may have begun.
        self._on_loop(self._heard, event, execution.checkpoint)

    def _heard(self, event: Event, before: Any) -> None:
        if self._cancelled:
            return
        if isinstance(event, Decided):
            self.intake.show((event.row,))
            self._display.draw()
        elif self._view_state.hear(event, before):
            self._display.draw()

    def _hear_print(self, ns: str, task: Task, _stream: str, text: str) -> None:
        # Gathered on the thread that printed, in its order; the loop draws what is there by then.
        outer = self._view_state.output.add(ns, task.id, text)
        self._on_loop(self._printed, outer)

    def _printed(self, task: str) -> None:
        self._view_state.hear_print(task)
        self._display.draw()

    def _on_loop(self, call: Callable[..., None], *args: Any) -> None:
        # At once where it can be, so that what a superstep did is shown before it is over; from
        # other threads in the order it was told, as the loop keeps what it is handed in order.
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
            self._pacing.asked()
        if self._answer_carried(state):
            return
        self._seen = row
        self._view_state.wait(state, self._why(state))
        self.status = "waiting"
        # The live view first; a moment later the text that a saved file keeps of it, for which
        # nobody waits. What checks an answer is loaded last, while somebody reads the question.
        if not self._shown:
            # Once: later questions only draw, as a form somebody is in must not be drawn anew.
            self._shown = True
            self._display.renew()
            self._loop.call_later(READ, prepare)
        self._display.draw("now")
        self._display.keep()
        if state.interrupts and await self._reviewed():
            self.go_on()
            return
        self.rests.set()
        watching = self._loop.create_task(self._watch_others())
        try:
            await self.intake.wait()
        finally:
            watching.cancel()

    def _answer_carried(self, state: StateSnapshot) -> bool:
        """Answer as the run that this one was forked from; whether there was an answer."""
        rows: list[DecisionRow] = []
        for question in state.interrupts:
            if getattr(question.value, "identity", None) == "verified":
                continue  # whoever was verified there has not answered here
            for row in self._carried:
                if (row.node, row.digest) == (question.node, question.digest):
                    self._carried.remove(row)
                    again = AnswerRow(
                        question.id, question.digest, row.answer, row.action, row.comment,
                        row.reviewer, "fork", identity=row.identity,
                    )  # fmt: skip
                    rows += self._saver.answer(self._thread, [again])
                    break
        return self.intake.show(rows)

    def _why(self, state: StateSnapshot) -> str:
        """Say why a run stopped that asks nothing."""
        stored = self._saver.read(self._thread)
        if state.interrupts or stored is None:
            return ""
        if stopped_at(stored):
            return STOPPED_AT
        if self._pacing.stepping:
            return ""
        return EDITED if stored.row.source == "update" else PAUSED

    async def _watch_others(self) -> None:
        """Notice what others do to the thread while it rests here."""
        while True:
            try:
                await self.watch.changed(self.watch.slow)
                self._notice_others()
            except STORE_AWAY:  # the next look sees the same
                continue
            except HitlError:  # the run reads the same, and tells of it
                self.intake.wake()
                return

    def _notice_others(self) -> None:
        row = self._saver.thread(self._thread)
        if row == self._seen or self.intake.catch_up():
            return
        stored = self._saver.read(self._thread)
        if stored is not None and stored.row.id != self._view_state.trail.last:
            for form in self._view_state.forms:
                if stored.row.source in ("update", "fork"):
                    self._view_state.keep_draft(form["id"], None)
                    self._view_state.notice(EDITED)
        self.intake.wake()

    async def _reviewed(self) -> bool:
        """Let the reviewer answer, if there is one; False if that leaves all to a person."""
        if self._reviewer is None:
            return False
        self.reviewing = True
        try:
            rows = await self._reviewer.answer(self.spec.graph, self._thread)
        finally:
            self.reviewing = False
        return self.intake.show(rows)

    def _recall(self, state: StateSnapshot) -> None:
        recall(self.spec, self._view_state, self.intake, state)

    def _rest(self, status: Status) -> None:
        self.status = status
        self.rests.set()

    def _end(self, *, live: bool) -> None:
        # Before whoever waits goes on: with their cell ends what may still update its outputs.
        self._display.end(live=live)
        self.rests.set()
        if not self.ended.done():
            self.ended.set_result(None)
