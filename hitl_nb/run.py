"""The one executor: it carries a thread from its checkpoint to where it rests next."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

from hitl_nb.asking import CURRENT, Asker, Pause
from hitl_nb.errors import QuestionSwallowed, RecursionLimit
from hitl_nb.graph import Callee
from hitl_nb.plan import (
    Checkpoint,
    Outcome,
    Plan,
    Task,
    Update,
    advance,
    merge,
    read_result,
    read_route,
)
from hitl_nb.types import START, UNSET, Config, Interrupt, Status

DEFAULT_RECURSION_LIMIT = 25


class Started(NamedTuple):
    """A task began."""

    task: Task


class Finished(NamedTuple):
    """A task ended; ``seconds`` is what its last run took."""

    task: Task
    outcome: Outcome
    seconds: float


class Asked(NamedTuple):
    """A task paused with questions."""

    task: Task
    questions: tuple[Interrupt, ...]


class Failed(NamedTuple):
    """A task raised."""

    task: Task
    error: BaseException
    seconds: float


class Written(NamedTuple):
    """A node sent something of its own to whoever watches the run."""

    task: Task
    value: Any


class Stepped(NamedTuple):
    """A superstep ended and its updates are merged."""

    before: Checkpoint
    after: Checkpoint


Event = Started | Finished | Asked | Failed | Written | Stepped
Listener = Callable[[Event], None]
Breakpoints = tuple[frozenset[str], frozenset[str]]


class Paused(NamedTuple):
    """What a waiting task leaves: its questions, and its outcome if only its route asks."""

    questions: tuple[Interrupt, ...]
    outcome: Outcome | None


class Execution:
    """Advance one thread, superstep by superstep.

    Args:
        plan: The graph.
        checkpoint: Where the thread stands.
        thread: Its id; questions commit to it.
        config: What nodes that ask for ``config`` are handed.
        breakpoints: Nodes to stop before and nodes to stop after; ``"*"`` means every node.
        keep: Stores each checkpoint with the thread's status.
        listen: Hears of everything that happens; may be called from a node's thread.
        inline: Call sync functions right here; only for a loop that nobody else uses.
    """

    def __init__(
        self,
        plan: Plan,
        checkpoint: Checkpoint,
        thread: str,
        *,
        config: Config | None = None,
        breakpoints: Breakpoints | None = None,
        keep: Callable[[Checkpoint, Status], None] | None = None,
        listen: Listener | None = None,
        inline: bool = False,
    ) -> None:
        self.plan = plan
        self.checkpoint = checkpoint
        self.thread = thread
        self.config: Config = config or {}
        self.breakpoints = breakpoints
        self.keep = keep
        self.listen = listen
        self.inline = inline
        self.left = int(self.config.get("recursion_limit", DEFAULT_RECURSION_LIMIT))

    async def finish(self) -> Checkpoint:
        """Run supersteps until the thread rests."""
        while not self.checkpoint.resting:
            await self.superstep()
        return self.checkpoint

    async def superstep(self) -> None:
        """Run what is due and merge it, or keep what finished if some task waits or failed.

        Raises:
            Exception: What a node raised, with a note that names the node.
            RecursionLimit: If the run has taken as many supersteps as it may.
        """
        before = self.checkpoint
        if self.left <= 0:
            limit = int(self.config.get("recursion_limit", DEFAULT_RECURSION_LIMIT))
            raise RecursionLimit(limit, [task.node for task in before.tasks])
        due = before.due
        if len(due) == 1:
            results = [await self._run(due[0])]
        else:
            results = await self._run_together(due)
        failures = [result for result in results if isinstance(result, Failed)]
        held = _hold(before, zip(due, results, strict=True))
        if failures or held.questions:
            self.checkpoint = held
        else:
            self.checkpoint = self._advance(held)
        if self.keep is not None:
            self.keep(self.checkpoint, "failed" if failures else status_of(self.checkpoint))
        if self.listen is not None:
            self.listen(Stepped(before, self.checkpoint))
        if failures:
            raise _first_of(failures)

    def _advance(self, held: Checkpoint) -> Checkpoint:
        self.left -= held.tasks[0].node != START
        after = advance(self.plan, held, [held.finished[task.id] for task in held.tasks])
        if self.breakpoints is None or not after.tasks:
            return after
        return replace(after, stopped=_stops(self.breakpoints, held, after))

    async def _run_together(self, due: tuple[Task, ...]) -> list[Outcome | Paused | Failed]:
        running = [asyncio.ensure_future(self._run(task)) for task in due]
        try:
            return await asyncio.gather(*running)
        except BaseException:
            for future in running:
                future.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise

    async def _run(self, task: Task) -> Outcome | Paused | Failed:
        """Run one task to its end, its question or its failure."""
        checkpoint = self.checkpoint
        asker = Asker(self.thread, task.id, task.node, checkpoint.answers, self.plan.types)
        token = CURRENT.set(asker)
        started = perf_counter()
        outcome = checkpoint.finished.get(task.id)
        if self.listen is not None and outcome is None and task.node != START:
            self.listen(Started(task))
        try:
            if outcome is None:
                outcome = await self._call_node(task)
            if not outcome.routed:
                outcome = await self._route(outcome)
            if asker.asked:
                raise QuestionSwallowed(task.node, asker.asked[0])
        except Pause:
            return self._paused(task, asker, outcome)
        except BaseExceptionGroup as group:
            if group.split(Pause)[1] is not None:
                return self._failed(task, group, started)
            return self._paused(task, asker, outcome)
        except Exception as error:
            return self._failed(task, error, started)
        finally:
            asker.closed = True
            CURRENT.reset(token)
        if self.listen is not None and task.node != START:
            self.listen(Finished(task, outcome, perf_counter() - started))
        return outcome

    async def _call_node(self, task: Task) -> Outcome:
        if task.node == START:
            return Outcome(task, routed=False)
        values = self.checkpoint.values
        schema = self.plan.schema
        if task.argument is not UNSET:
            argument = task.argument
        else:
            argument = dict(values) if schema.build is None else schema.build(dict(values))
        result = await self._call(self.plan.nodes[task.node].callee, argument, task)
        outcome = read_result(task, result)
        for update in outcome.updates:
            schema.check(update, f"The node {task.node!r}")
        if task.node in self.plan.branches:
            return outcome._replace(routed=False)
        return outcome

    async def _route(self, outcome: Outcome) -> Outcome:
        """Ask the routes after a node; they see the state with the node's own update."""
        values = merge(self.plan, self.checkpoint.values, [outcome])
        build = self.plan.schema.build
        task, goto = outcome.task, outcome.goto
        for branch in self.plan.branches[task.node]:
            argument = dict(values) if build is None else build(dict(values))
            returned = await self._call(branch.route, argument, task)
            goto += read_route(self.plan, branch, returned)
        return outcome._replace(goto=goto, routed=True)

    async def _call(self, callee: Callee, argument: Any, task: Task) -> Any:
        extras: dict[str, Any] = {}
        if callee.wants:
            offered = {"config": self.config, "writer": self._writer_of(task)}
            extras = {name: offered[name] for name in callee.wants}
        if callee.is_async:
            return await callee.function(argument, **extras)
        if self.inline:
            result = callee.function(argument, **extras)
        else:
            result = await in_thread(callee.function, argument, extras)
        return await result if inspect.isawaitable(result) else result

    def _paused(self, task: Task, asker: Asker, outcome: Outcome | None) -> Paused:
        paused = Paused(tuple(asker.asked), outcome)
        if self.listen is not None:
            self.listen(Asked(task, paused.questions))
        return paused

    def _failed(self, task: Task, error: BaseException, started: float) -> Failed:
        error.add_note(
            f"in node {task.node!r} of graph {self.plan.name!r}, superstep {task.id.split(':')[0]}"
        )
        failed = Failed(task, error, perf_counter() - started)
        if self.listen is not None:
            self.listen(failed)
        return failed

    def _writer_of(self, task: Task) -> Callable[[Any], None]:
        def write(value: Any) -> None:
            if self.listen is not None:
                self.listen(Written(task, value))

        return write


async def in_thread(function: Callable[..., Any], argument: Any, extras: Mapping[str, Any]) -> Any:
    """Call a sync function off the loop, with this task's context variables."""

    def call() -> Any:
        try:
            return function(argument, **extras)
        except StopIteration as stop:
            # A future cannot carry StopIteration: awaiting it would never end.
            raise RuntimeError("a node function raised StopIteration") from stop

    return await asyncio.to_thread(call)


def status_of(checkpoint: Checkpoint) -> Status:
    """Return the status of a thread that just came to this checkpoint without failing."""
    if checkpoint.resting:
        return "waiting" if checkpoint.tasks else "done"
    return "running"


def updates_of(outcome: Outcome) -> Update | list[Update] | None:
    """Return a task's updates the way update streams show them."""
    if not outcome.updates:
        return None
    if len(outcome.updates) == 1:
        return outcome.updates[0]
    return list(outcome.updates)


def _hold(
    before: Checkpoint, results: Iterable[tuple[Task, Outcome | Paused | Failed]]
) -> Checkpoint:
    """Keep what tasks of this superstep finished or asked, without ending it."""
    finished = dict(before.finished)
    questions = dict(before.questions)
    for task, result in results:
        if isinstance(result, Outcome):
            finished[task.id] = result
        elif isinstance(result, Paused):
            questions[task.id] = result.questions
            if result.outcome is not None:
                finished[task.id] = result.outcome
    return replace(before, finished=finished, questions=questions)


def _stops(breakpoints: Breakpoints, before: Checkpoint, after: Checkpoint) -> tuple[str, ...]:
    stop_before, stop_after = breakpoints
    names = [task.node for task in before.tasks if _named(task.node, stop_after)]
    names += [task.node for task in after.tasks if _named(task.node, stop_before)]
    return tuple(dict.fromkeys(names))


def _named(node: str, names: frozenset[str]) -> bool:
    return node != START and (node in names or "*" in names)


def _first_of(failures: list[Failed]) -> BaseException:
    first, *others = failures
    for other in others:
        first.error.add_note(f"the node {other.task.node!r} failed too: {other.error!r}")
    return first.error
