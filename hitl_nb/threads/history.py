"""Read a thread as it stands and as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hitl_nb.engine.checkpoint_rows import (
    child_namespace,
    read_checkpoint,
    read_question,
    survey_subgraphs,
    with_inner_questions,
)
from hitl_nb.engine.node_results import updates_of
from hitl_nb.errors import MissingThread, UnknownCheckpoint
from hitl_nb.graph.planner import Checkpoint, Plan, visible
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Stored
from hitl_nb.types import Config, Interrupt, StateSnapshot, TaskSnapshot


def thread_of(config: Config | None, why: str) -> str:
    """Return the thread id a config names.

    Raises:
        MissingThread: If it names none.
    """
    thread_id = (config or {}).get("configurable", {}).get("thread_id")
    if thread_id is None or thread_id == "":
        raise MissingThread(why)
    return str(thread_id)


def place_of(config: Config | None) -> tuple[str, str | None]:
    """Return the namespace and the checkpoint a config names."""
    configurable = (config or {}).get("configurable", {})
    return configurable.get("checkpoint_ns", ""), configurable.get("checkpoint_id")


def config_of(thread_id: str, ns: str, checkpoint: str) -> Config:
    """Return the config that reads a checkpoint, or runs on from it."""
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": ns,
            "checkpoint_id": checkpoint,
        }
    }


def read_state(
    plan: Plan, saver: Saver, config: Config | None, *, subgraphs: bool = False
) -> StateSnapshot:
    """Read a thread's state; a thread that does not exist has an empty one.

    Raises:
        UnknownCheckpoint: If the config names a checkpoint the thread does not have.
    """
    thread_id = thread_of(config, "get_state()")
    ns, wanted = place_of(config)
    inner = plan_at(plan, ns)
    stored = saver.read(thread_id, ns, wanted)
    if stored is None:
        if wanted is not None:
            raise UnknownCheckpoint(thread_id, wanted)
        return StateSnapshot({}, (), config or {}, None, None, None, (), ())
    return snapshot(inner, saver, thread_id, stored, live=wanted is None, subgraphs=subgraphs)


def read_history(
    plan: Plan,
    saver: Saver,
    config: Config | None,
    *,
    filter: Mapping[str, Any] | None = None,
    before: Config | None = None,
    limit: int | None = None,
) -> Iterator[StateSnapshot]:
    """Yield a thread's states, newest first."""
    thread_id = thread_of(config, "get_state_history()")
    ns, wanted = place_of(config)
    inner = plan_at(plan, ns)
    _, until = place_of(before)
    passed = until is None and wanted is None
    given = 0
    for stored in saver.history(thread_id, ns):
        if not passed:
            passed = stored.row.id in (until, wanted)
            if stored.row.id != wanted:
                continue
        if limit is not None and given >= limit:
            return
        found = snapshot(inner, saver, thread_id, stored)
        metadata = found.metadata or {}
        if filter and any(metadata.get(key) != value for key, value in filter.items()):
            continue
        given += 1
        yield found


def snapshot(
    plan: Plan,
    saver: Saver,
    thread_id: str,
    stored: Stored,
    *,
    live: bool = False,
    subgraphs: bool = False,
) -> StateSnapshot:
    """Describe a stored checkpoint.

    Args:
        plan: The graph.
        saver: Where its subgraphs are found.
        thread_id: The thread.
        stored: The checkpoint.
        live: Describe how it stands now: with what finished tasks wrote, and only what is open.
        subgraphs: Describe subgraphs too, instead of giving the config that reads them.
    """
    row = stored.row
    inner = survey_subgraphs(saver, thread_id, stored)
    checkpoint = with_inner_questions(plan, read_checkpoint(plan, stored), inner)
    values = dict(checkpoint.values)
    done = {name: outcome for name, outcome in checkpoint.finished.items() if outcome.routed}
    if live and done:
        values = dict(visible(plan, checkpoint._replace(finished=done)))
    errors = {item.task: item.error for item in stored.outcomes if item.error is not None}
    tasks = tuple(
        TaskSnapshot(
            task.id,
            task.node,
            ("send", task.place) if task.place >= 0 else ("edge", task.node),
            errors.get(task.id),
            _interrupts(plan, checkpoint, stored, task.id, live=live),
            _inner_state(plan, saver, thread_id, checkpoint, stored, task, subgraphs=subgraphs),
            updates_of(done[task.id]) if task.id in done else None,
        )
        for task in checkpoint.tasks
    )
    return StateSnapshot(
        plan.schema.pick(values),
        tuple(
            task.node
            for task in checkpoint.tasks
            if not (live and task.id in done and done[task.id].routed)
        ),
        config_of(thread_id, row.ns, row.id),
        {"source": row.source, "step": row.step, "parents": {}},
        row.created_at,
        config_of(thread_id, row.ns, row.parent) if row.parent else None,
        tasks,
        tuple(item for task in tasks for item in task.interrupts),
    )


def plan_at(plan: Plan, ns: str) -> Plan:
    """Return the plan of the subgraph a namespace leads to."""
    for step in ns.split("|")[:-1]:
        branch, at, rest = step.partition("@")
        place = rest if at and ":" not in branch else step
        name = place.rpartition("#")[0].split(":")[1]
        graph = plan.nodes[name].callee.graph if name in plan.nodes else None
        if graph is None:
            raise UnknownCheckpoint(ns, "")
        plan = graph.plan
    return plan


def _interrupts(
    plan: Plan, checkpoint: Checkpoint, stored: Stored, task: str, *, live: bool
) -> tuple[Interrupt, ...]:
    """Return what a task asks; for a past checkpoint all it has asked."""
    if live:
        return checkpoint.questions.get(task, ())
    own = tuple(
        read_question(question, plan.types)
        for question, _ in stored.questions
        if question.task == task
    )
    return own or checkpoint.questions.get(task, ())


def _inner_state(
    plan: Plan,
    saver: Saver,
    thread_id: str,
    checkpoint: Checkpoint,
    stored: Stored,
    task: Any,
    *,
    subgraphs: bool,
) -> Any:
    node = plan.nodes.get(task.node)
    if node is None or node.callee.graph is None:
        return None
    ns = f"{child_namespace(stored.row.ns, checkpoint.branch, task.id)}1|"
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns}}
    if not subgraphs:
        return config
    inner = node.callee.graph.plan
    found = saver.read(thread_id, ns)
    if found is None:
        return None
    return snapshot(inner, saver, thread_id, found, live=True, subgraphs=True)
