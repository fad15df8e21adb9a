"""Run a graph inside a task of another: one thread, one record, one set of questions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from hitl_nb.engine.checkpoint_rows import child_namespace
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.interrupts import CURRENT_TASK, Pause
from hitl_nb.engine.run_config import Breakpoints
from hitl_nb.graph.planner import Checkpoint, Plan, Task, begin
from hitl_nb.threads.inputs import as_entry, pass_breakpoint, with_answers


async def run_subgraph(
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
        ParentCommand: If one of its nodes gave a command for the graph around it.
        Pause: If the subgraph waits; the inner questions ride in it.
    """
    execution = await open_subgraph(plan, breakpoints, host, task, argument)
    execution.listen = host.listen
    try:
        await execution.finish()
    finally:
        keep_subgraph(execution)
    return subgraph_result(execution)


async def open_subgraph(
    plan: Plan, breakpoints: Breakpoints | None, host: Execution, task: Task, argument: Any
) -> Execution:
    """Stand in a subgraph, ready to go on; see ``run_subgraph``."""
    running = CURRENT_TASK.get()
    number = "1"
    if running is not None:
        running.nested += 1
        if (task_around := asyncio.current_task()) is not None:
            running.inner = [*(running.inner or ()), task_around]
        number = f"{running.stage}{running.nested}"
    start = child_namespace(host.ns, host.checkpoint.branch, task.id)
    ns = f"{start}{number}|"
    checkpoint = await _subgraph_checkpoint(plan, host, ns, argument)
    return Execution(
        plan,
        checkpoint,
        host.thread,
        host.run_config._replace(breakpoints=breakpoints),
        ns=ns,
        writer=host.writer,
        nested=host.nested,
    )


def keep_subgraph(execution: Execution) -> None:
    """Note where a subgraph stands, for a run that has no writer."""
    if execution.writer is None and execution.nested is not None:
        execution.nested[execution.ns] = execution.checkpoint


def subgraph_result(execution: Execution) -> Any:
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


async def _subgraph_checkpoint(plan: Plan, host: Execution, ns: str, argument: Any) -> Checkpoint:
    """Return where the subgraph stands: paused before, or at its beginning."""
    if host.writer is not None:
        checkpoint = await host.writer.aload(plan, ns, checked=True)
    else:
        if host.nested is None:
            host.nested = {}
        checkpoint = host.nested.get(ns)
    if checkpoint is None:
        begun = begin(plan, plan.input.pick(as_entry(argument)))
        if host.writer is not None:
            host.writer.add_checkpoint(plan, ns, begun, "input", ())
        return begun
    # An edit of the state around a subgraph was made under its questions too.
    around = host.checkpoint
    checkpoint = checkpoint._replace(
        outdated={**checkpoint.outdated, **around.outdated},
        beside=checkpoint.beside | around.beside,
    )
    if host.writer is None:
        given = host.checkpoint.answers
        checkpoint = with_answers(
            checkpoint, {item.id: given[item.id] for item in checkpoint.pending if item.id in given}
        )
    return pass_breakpoint(checkpoint)
