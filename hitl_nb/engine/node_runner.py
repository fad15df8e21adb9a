"""Call a node: with its retries, in its time, with its error handler, and then its routes."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from hitl_nb.engine.answered_secrets import answered_secrets, without_secrets
from hitl_nb.engine.checkpoint_rows import node_gone
from hitl_nb.engine.events import Retried
from hitl_nb.engine.interrupts import ATTEMPT, CURRENT_TASK, ParentCommand, RunningTask, TaskHost
from hitl_nb.engine.node_results import read_result, read_route
from hitl_nb.errors import NodeTimeout
from hitl_nb.graph.builder import Callee, Node
from hitl_nb.graph.foreign_objects import foreign_failure
from hitl_nb.graph.planner import Outcome, Task, merge, writer_title
from hitl_nb.types import UNSET, NodeError, Runtime


async def call_node(host: TaskHost, task: Task, running: RunningTask) -> Outcome:
    """Call a task's node, again if its policy says so.

    Returns:
        What it wrote; with an error, if its error handler is to decide.
    """
    node = host.plan.nodes.get(task.node)
    if node is None:
        raise node_gone(host.plan, host.thread, task.node)
    if node.plain:
        outcome = _read_outcome(host, task, await _call_once(host, node, task))
    else:
        outcome = await _call_with_retries(host, node, task, running)
    return outcome._replace(routed=False) if task.node in host.plan.conditional_edges else outcome


def _read_outcome(host: TaskHost, task: Task, result: Any) -> Outcome:
    outcome = read_result(task, result)
    for update in outcome.updates:
        host.plan.schema.check(update, writer_title(task.node))
    return outcome


async def _call_with_retries(
    host: TaskHost, node: Node, task: Task, running: RunningTask
) -> Outcome:
    """Call a node in its time and as often as its policies say."""
    attempt = 1
    ATTEMPT.set(attempt)
    while True:
        try:
            if node.timeout is None:
                result = await _call_once(host, node, task)
            else:
                result = await _call_with_timeout(host, node, task, node.timeout)
            outcome = _read_outcome(host, task, result)
            return outcome._replace(attempts=attempt) if attempt > 1 else outcome
        except Exception as error:
            if isinstance(error, NodeTimeout):  # its function may be at it still, on its thread
                running.over = attempt
                ATTEMPT.set(attempt + 1)
            policy = next((item for item in node.retry if item.covers(error)), None)
            if policy is None or attempt >= policy.max_attempts:
                if node.handler is None:
                    raise
                said = without_secrets(str(error), answered_secrets(host.checkpoint))
                told = NodeError(task.node, type(error).__name__, said)
                return Outcome(task, routed=False, error=told, attempts=attempt)
            wait = policy.wait(attempt)
            if host.listen is not None:
                host.listen(Retried(host.ns, task, error, attempt, wait))
            await asyncio.sleep(wait)
            attempt += 1
            running.begin_stage()


async def _join_inner(error: BaseException) -> None:
    """Wait for graphs a node left running when it raised."""
    running = CURRENT_TASK.get()
    if running is not None and running.inner:
        await running.join_subgraphs(error)


async def _call_with_timeout(host: TaskHost, node: Node, task: Task, seconds: float) -> Any:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await _call_once(host, node, task)
    except TimeoutError as error:
        if limit.expired():
            raise NodeTimeout(task.node, seconds) from error
        raise


async def _call_once(host: TaskHost, node: Node, task: Task) -> Any:
    if task.argument is not UNSET:
        argument = task.argument
    else:
        values = host.checkpoint.values
        if node.input is not None:
            argument = node.input.hand_out(node.input.pick(values))
        else:
            argument = host.plan.schema.hand_out(values)
    try:
        if node.plain:
            return await node.callee.function(argument)
        return await _call(host, node.callee, argument, task, timed=node.timeout is not None)
    except ParentCommand as leaving:  # of a graph this node is, or calls
        return replace(leaving.command, graph=None)
    except BaseException as error:
        await _join_inner(error)
        if (foreign := foreign_failure(error)) is not None:
            raise foreign from error
        raise


async def call_error_handler(host: TaskHost, outcome: Outcome) -> Outcome:
    """Ask a failed node's error handler what to do instead."""
    task = outcome.task
    handler = host.plan.nodes[task.node].handler
    assert handler is not None  # noqa: S101  (an outcome carries an error only for a handler)
    argument = host.plan.schema.hand_out(host.checkpoint.values)
    result = await _call(host, handler, argument, task, outcome.error)
    handled = read_result(task, result)
    for update in handled.updates:
        host.plan.schema.check(update, f"The error handler of {task.node!r}")
    return handled._replace(
        routed=task.node not in host.plan.conditional_edges, attempts=outcome.attempts
    )


async def call_routes(host: TaskHost, outcome: Outcome) -> Outcome:
    """Ask the routes after a node; they see the state with the node's own update."""
    values = merge(host.plan, host.checkpoint.values, [outcome])
    task, goto = outcome.task, outcome.goto
    for edge in host.plan.conditional_edges.get(task.node, ()):
        returned = await _call(host, edge.route, host.plan.schema.hand_out(values), task)
        goto += read_route(host.plan, edge, returned)
    return outcome._replace(goto=goto, routed=True)


async def _call(
    host: TaskHost,
    callee: Callee,
    argument: Any,
    task: Task,
    error: NodeError | None = None,
    *,
    timed: bool = False,
) -> Any:
    extras = _extras(host, callee, task, error) if callee.wants else {}
    if callee.graph is not None:
        result = await callee.graph.run_as_node(host, task, argument)
        return host.plan.schema.pick(result)  # the rest is the subgraph's own business
    if callee.is_async:
        return await callee.function(argument, **extras)
    if host.inline and not timed:
        result = callee.function(argument, **extras)
    else:
        result = await in_thread(callee.function, argument, extras, timed=timed)
    return await result if inspect.isawaitable(result) else result


def _extras(host: TaskHost, callee: Callee, task: Task, error: NodeError | None) -> dict[str, Any]:
    def write(value: Any) -> None:
        host.write(task, value)

    offered = {
        "config": host.config,
        "writer": write,
        "runtime": Runtime(host.context, write, host.thread),
        "error": error,
    }
    return {name: offered[name] for name in callee.wants}


async def in_thread(
    function: Callable[..., Any], argument: Any, extras: Mapping[str, Any], *, timed: bool = False
) -> Any:
    """Call a sync function off the loop, with this task's context variables.

    With ``timed``, nothing waits for it once its time is over, not even the end of the program.
    """

    def call() -> Any:
        try:
            return function(argument, **extras)
        except StopIteration as stop:
            # A future cannot carry StopIteration: awaiting it would never end.
            raise RuntimeError("a node function raised StopIteration") from stop

    if not timed:
        return await asyncio.to_thread(call)
    done: Future[Any] = Future()
    done.set_running_or_notify_cancel()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            done.set_result(context.run(call))
        except BaseException as error:  # a pause leaves the node this way too
            done.set_exception(error)

    threading.Thread(target=work, name="hitl_nb-timed", daemon=True).start()
    return await asyncio.wrap_future(done)
