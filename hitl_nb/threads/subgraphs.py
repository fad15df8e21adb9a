"""Run a graph inside a task of another: one thread, one record, one set of questions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from hitl_nb.engine.checkpoint_rows import child_namespace
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.interrupts import CURRENT, Pause
from hitl_nb.engine.run_config import Breakpoints
from hitl_nb.graph.planner import Checkpoint, Plan, Task, begin
from hitl_nb.threads.answers import accept, go_on
from hitl_nb.threads.inputs import as_entry


async def run_inside(
    plan: Plan, breakpoints: Breakpoints | None, host: Execution, task: Task, argument: Any
) -> Any:
    """Run a subgraph from its beginning, or on from where it paused.

    Args:
        plan: The subgraph.
        breakpoints: Its static breakpoints.
        host: The execution whose task this is.
        task: That task.
        argument: What the task was handed: the outer state, or an input of its own.

    Returns:
        The subgraph's result.

    Raises:
        ToParent: If one of its nodes gave a command for the graph around it.
        Pause: If the subgraph waits; the inner questions ride in it.
    """
    execution = await go_inside(plan, breakpoints, host, task, argument)
    execution.listen = host.listen
    try:
        await execution.finish()
    finally:
        keep_inside(execution)
    return result_inside(execution)


async def go_inside(
    plan: Plan, breakpoints: Breakpoints | None, host: Execution, task: Task, argument: Any
) -> Execution:
    """Stand in a subgraph, ready to go on; see ``run_inside``."""
    running = CURRENT.get()
    number = "1"
    if running is not None:
        running.nested += 1
        if (task_around := asyncio.current_task()) is not None:
            running.inner = [*(running.inner or ()), task_around]
        number = f"{running.stage}{running.nested}"
    start = child_namespace(host.ns, host.checkpoint.branch, task.id)
    ns = f"{start}{number}|"
    checkpoint = await _stand(plan, host, ns, argument)
    return Execution(
        plan,
        checkpoint,
        host.thread,
        host.setting._replace(breakpoints=breakpoints),
        ns=ns,
        ledger=host.ledger,
        nested=host.nested,
    )


def keep_inside(execution: Execution) -> None:
    """Note where a subgraph stands, for a run that has no ledger."""
    if execution.ledger is None and execution.nested is not None:
        execution.nested[execution.ns] = execution.checkpoint


def result_inside(execution: Execution) -> Any:
    """Return a subgraph's result, or pause the task around it."""
    after = execution.checkpoint
    if after.tasks:
        # The task around may have the same id, in a graph of its own.
        raise Pause(
            *(
                item if "|" in item.task else replace(item, task=f"{execution.ns}{item.task}")
                for item in after.pending
            )
        )
    return execution.plan.output.pick(after.values)


async def _stand(plan: Plan, host: Execution, ns: str, argument: Any) -> Checkpoint:
    """Return where the subgraph stands: paused before, or at its beginning."""
    if host.ledger is not None:
        checkpoint = await host.ledger.fetch(plan, ns, checked=True)
    else:
        if host.nested is None:
            host.nested = {}
        checkpoint = host.nested.get(ns)
    if checkpoint is None:
        begun = begin(plan, plan.input.pick(as_entry(argument)))
        if host.ledger is not None:
            host.ledger.append(plan, ns, begun, "input", ())
        return begun
    if host.ledger is None:
        given = host.checkpoint.answers
        checkpoint = accept(
            checkpoint, {item.id: given[item.id] for item in checkpoint.pending if item.id in given}
        )
    return go_on(checkpoint)
