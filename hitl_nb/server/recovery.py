"""Threads that can go on and that nobody runs: find them, and take them one by one.

A thread waits until its question is answered, and whoever answers it mostly goes on with it. If
that is another process than the one that has the graph, or if a process dies, nobody does.

What rests is never taken: neither a thread that waits for an answer nor one at a breakpoint. Nor
is a thread that somebody let go of on purpose before it came to rest, by leaving a stream or by
editing the state: to go on there is for them to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from time import monotonic
from typing import Any, NamedTuple

from hitl_nb.engine.checkpoint_rows import (
    check_code,
    check_name,
    inner_namespaces,
    read_checkpoint,
    refuse_gone,
    survey_subgraphs,
    with_inner_questions,
    with_unseen_answers,
)
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.run_config import RunConfig
from hitl_nb.errors.stores import StoreError
from hitl_nb.graph.planner import Plan
from hitl_nb.savers.inbox_records import Unattended
from hitl_nb.savers.lease import Lease, lives
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Batch, Stored, ThreadRow
from hitl_nb.savers.worker_threads import wait_to_end
from hitl_nb.threads.graph_protocol import RunnableGraph
from hitl_nb.threads.runs import threaded
from hitl_nb.types import Config

HANDED_OVER = "a server stopped while it ran this thread; the next one goes on with it"
"""The error of a running thread whose server was stopped between two supersteps."""
SWEEP = 5.0
"""Seconds between two looks at every thread of a file; new answers are found at every look."""


class Candidate(NamedTuple):
    """A thread that may have to go on.

    Args:
        row: The thread as it was found.
        left: Whether its run ended before it came to rest: its process died, or its server was
            stopped. Otherwise only an answer lets it go on.
        told: Whether those who answer it have been told already which nodes were edited.
    """

    row: ThreadRow
    left: bool
    told: bool = False


class RecoveryScan:
    """Finds candidates among the threads of a saver.

    Args:
        saver: Where.
        graphs: Names of the graphs whose threads count.
        sweep: Seconds between two looks at every thread of a file.
    """

    def __init__(self, saver: Saver, graphs: Collection[str], *, sweep: float = SWEEP) -> None:
        self.saver, self.graphs = saver, graphs
        self._every = sweep
        self._sweep_at = 0.0
        self._unswept = True
        self._seq = 0
        self._held: Mapping[str, tuple[ThreadRow, Lease]] = {}

    def look(self, *, changed: bool) -> list[Candidate]:
        """Return the candidates there are now, oldest change first.

        Args:
            changed: Whether anything was written since the last look. If not, only whoever held
                a thread then can have died since.
        """
        found: list[Candidate] = []
        if changed:
            self._unswept = True
        if self._unswept and monotonic() >= self._sweep_at:
            found = self._sweep()
        elif changed:
            found = self._sorted_out(self.saver.unattended(HANDED_OVER, self._seq))
        dead = [row for row, lease in self._held.values() if not lives(lease)]
        if dead:
            gone = {row.id for row in dead}
            self._held = {name: it for name, it in self._held.items() if name not in gone}
        return found + [Candidate(row, left=True) for row in dead]

    def look_again(self) -> None:
        """Find at the next look what was found before, because it could not be taken."""
        self._unswept, self._sweep_at = True, 0.0

    def _sweep(self) -> list[Candidate]:
        # Noted first, since `look_again` may be called while the file is read.
        self._unswept = False
        self._sweep_at = monotonic() + self._every
        try:
            found = self.saver.unattended(HANDED_OVER)
        except StoreError:
            self.look_again()
            raise
        self._held = {}
        return self._sorted_out(found)

    def _sorted_out(self, found: Unattended) -> list[Candidate]:
        """Tell threads nobody runs from those that are held, which to watch from now on."""
        self._seq = found.seq
        candidates = []
        held = dict(self._held)
        for row, lease in found.threads:
            if row.graph not in self.graphs:
                continue
            if lease is None:
                candidates.append(Candidate(row, left=row.error == HANDED_OVER))
            else:
                held[row.id] = row, lease
        self._held = held
        return candidates


def can_go_on(plan: Plan, saver: Saver, thread_id: str, *, left: bool) -> bool:
    """Whether something of a thread can run that should.

    Args:
        plan: Its graph.
        saver: Where it is kept.
        thread_id: The thread.
        left: Whether its run ended before it came to rest, so that it needs no answer to go on.

    Raises:
        WrongGraph: If it belongs to another graph.
        NodeGone: If it stands before a node the graph does not have.
    """
    stored = saver.read(thread_id)
    if stored is None or not (left or has_unseen_answer(saver, thread_id, stored)):
        return False
    refuse_gone(plan, thread_id, stored)
    inner = survey_subgraphs(saver, thread_id, stored)
    return not with_inner_questions(plan, read_checkpoint(plan, stored), inner).resting


def has_unseen_answer(saver: Saver, thread_id: str, stored: Stored) -> bool:
    """Whether a question was answered whose task, subgraphs included, has not run since."""
    if stored.row.frontier["tasks"] and with_unseen_answers(stored):
        return True
    for names in inner_namespaces(saver, thread_id, stored).values():
        for ns in names:
            inner = saver.read(thread_id, ns)
            if inner is not None and has_unseen_answer(saver, thread_id, inner):
                return True
    return False


async def take(
    plan: Plan, saver: Saver, candidate: Candidate, run_config: RunConfig
) -> Execution | None:
    """Take a thread that can go on and nobody runs, ready to go on; None if it cannot after all.

    ``ainvoke(None)`` would do that too, but it also passes a breakpoint the thread may have come
    to meanwhile; what is decided here is decided under the thread's lease.

    Raises:
        ThreadBusy: If another run holds it.
        WrongGraph: If it belongs to another graph.
        NodeGone: If it stands before a node the graph does not have.
    """
    work = threaded(saver, _take, plan, saver, candidate, run_config)
    taking = asyncio.ensure_future(work)
    try:
        return await wait_to_end(taking)
    except asyncio.CancelledError:
        if taking.done() and not taking.cancelled() and taking.exception() is None:
            execution = taking.result()
            if execution is not None:
                await execution.release()
                await hand_over(saver, candidate.row)
        raise


def _take(
    plan: Plan, saver: Saver, candidate: Candidate, run_config: RunConfig
) -> Execution | None:
    thread_id, left = candidate.row.id, candidate.left
    check_name(plan, candidate.row)
    if not can_go_on(plan, saver, thread_id, left=left):
        return None
    row, fence = saver.acquire(thread_id, plan.name, create=False)
    writer = CheckpointWriter(
        saver, thread_id, fence, run_config.durability, inline=run_config.inline
    )
    execution = None
    try:
        stored = saver.read(thread_id)
        # Another run may have taken it up meanwhile, and let it go on purpose.
        left = left and row.updated_at == candidate.row.updated_at
        if stored is not None and (left or has_unseen_answer(saver, thread_id, stored)):
            if not candidate.told:
                check_code(plan, thread_id, stored)
            checkpoint = writer.resume_from(plan, "", stored)
            if not checkpoint.resting:
                execution = Execution(plan, checkpoint, thread_id, run_config, writer=writer)
    finally:
        if execution is None:
            writer.release()
    return execution


async def continue_answered(
    graph: RunnableGraph, saver: Saver, thread_id: str, context: Any
) -> None:
    """Run an answered thread, if nobody has gone on with it meanwhile, until it rests.

    Raises:
        ThreadBusy: If another run holds it.
        Exception: What a node raised.
    """
    row = await threaded(saver, saver.thread, thread_id)
    if row is None:
        return
    config: Config = {"configurable": {"thread_id": thread_id}}
    run_config = RunConfig(config, context, graph.breakpoints, inline=True)
    execution = await take(graph.plan, saver, Candidate(row, left=False), run_config)
    if execution is not None:
        await execution.finish()


async def hand_over(saver: Saver, row: ThreadRow) -> None:
    """Note that a thread was let go before it came to rest, for the next server to go on."""

    def note() -> None:
        _, fence = saver.acquire(row.id, row.graph, create=False)
        saver.write(row.id, fence, Batch(status="running", error=HANDED_OVER, release=True))

    await wait_to_end(asyncio.ensure_future(threaded(saver, note)))
