"""Change a stored thread from outside its run: the state, and with it what runs next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hitl_nb.engine.checkpoint_rows import new_id, written_keys
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.node_results import read_result
from hitl_nb.engine.run_config import RunConfig
from hitl_nb.errors import InvalidUpdate, UnknownCheckpoint
from hitl_nb.graph.builder import unknown_target
from hitl_nb.graph.planner import NOTHING, Checkpoint, Outcome, Plan, Task, merge
from hitl_nb.threads.inputs import as_outcome, check_update, planned_again
from hitl_nb.types import END, START, Command, Status


class StateUpdate(NamedTuple):
    """One update of ``bulk_update_state``: what was written, and by which node."""

    values: Any
    as_node: str | None = None


async def edit_state(
    plan: Plan,
    writer: CheckpointWriter,
    supersteps: Sequence[Sequence[StateUpdate]],
    wanted: str | None,
) -> str:
    """Apply updates as if nodes had written them; return the id of the new checkpoint.

    Open questions become stale: what they showed may no longer be so. Values of fields that the
    graph no longer declares are left behind.

    Raises:
        InvalidUpdate: If it is not clear which node writes, or its route would ask a person.
        UnknownTarget: If ``as_node`` is no node.
    """
    if not supersteps or not all(supersteps):
        raise InvalidUpdate("There is nothing to update: give at least one StateUpdate.")
    head = await writer.aload(plan)
    checkpoint = head
    writer.mark_stale([item.id for item in head.pending] if head else [])
    if wanted is not None and (head is None or writer.heads[""].id != wanted):
        checkpoint = await writer.aload(plan, "", wanted)
        if checkpoint is None:
            raise UnknownCheckpoint(writer.thread, wanted)
        checkpoint = checkpoint._replace(branch=new_id()[-8:])
    if checkpoint is None:
        checkpoint = Checkpoint(plan.schema.initial(), -2)
    checkpoint = checkpoint._replace(values=plan.schema.pick(checkpoint.values))
    for updates in supersteps:
        outcomes = [
            _outcome(plan, checkpoint, item, place if len(updates) > 1 else -1)
            for place, item in enumerate(updates)
        ]
        checkpoint = await _apply(plan, checkpoint, outcomes)
        writer.add_checkpoint(plan, "", checkpoint, "update", written_keys(outcomes))
    await writer.flush(_status_at_rest(checkpoint), release=True)
    return writer.heads[""].id


async def edit_values(plan: Plan, writer: CheckpointWriter, values: Mapping[str, Any]) -> str:
    """Change the state and nothing else: what runs next still does; return the new checkpoint.

    Open questions become stale. What asked them runs from its beginning, with the new state.

    Raises:
        UnknownCheckpoint: If the thread has no state yet.
        UnknownStateKey: If a key is not declared.
        UnstorableValue: If a value cannot be stored.
    """
    check_update(plan, Command(update=values))
    head = await writer.aload(plan)
    if head is None:
        raise UnknownCheckpoint(writer.thread, "")
    writer.mark_stale([item.id for item in head.pending])
    edit = as_outcome(Task(f"{head.step}:{START}", START), values)
    # Under their old names the tasks would find answers that were given to the old state.
    fresh = planned_again(head) if head.tasks else head
    checkpoint = Checkpoint(
        merge(plan, head.values, [edit]),
        fresh.step,
        fresh.tasks,
        fresh.arrived,
        fresh.deferred,
        fresh.ran,
        fresh.branch,
        finished={name: item for name, item in fresh.finished.items() if item.routed},
    )
    writer.add_checkpoint(plan, "", checkpoint, "update", written_keys([edit]))
    await writer.flush(_status_at_rest(checkpoint), release=True)
    return writer.heads[""].id


def _status_at_rest(checkpoint: Checkpoint) -> Status:
    """Return the status of a thread that nobody runs: to go on there is for somebody to decide."""
    return "waiting" if checkpoint.tasks else "done"


async def _apply(plan: Plan, checkpoint: Checkpoint, outcomes: list[Outcome]) -> Checkpoint:
    """End a superstep with the given outcomes, asking the routes after their nodes."""
    tasks = tuple(outcome.task for outcome in outcomes)
    held = Checkpoint(
        checkpoint.values,
        checkpoint.step,
        tasks,
        checkpoint.arrived,
        checkpoint.deferred,
        checkpoint.ran,
        branch=checkpoint.branch,
        finished={outcome.task.id: outcome for outcome in outcomes},
        calls=NOTHING,
    )
    execution = Execution(plan, held, "update", RunConfig())
    await execution.superstep()
    after = execution.checkpoint
    if after.pending:
        raise InvalidUpdate(
            f"The route after {after.pending[0].node!r} asks a person, which an update cannot "
            f"wait for. Give as_node a node without such a route."
        )
    return after


def _outcome(plan: Plan, checkpoint: Checkpoint, update: StateUpdate, place: int) -> Outcome:
    node = update.as_node
    if node is None:
        if place >= 0:
            raise InvalidUpdate("as_node is needed for each update when there are several.")
        node = _last_writer(checkpoint)
    if node not in plan.nodes and node not in (START, END):
        raise unknown_target(node, "update_state(as_node=...)", plan.nodes)
    suffix = f":{place}" if place >= 0 else ""
    task = Task(f"{checkpoint.step}:{node}{suffix}", node, place=place)
    outcome = read_result(task, update.values)
    return outcome._replace(routed=node not in plan.conditional_edges)


def _last_writer(checkpoint: Checkpoint) -> str:
    """Return the node that wrote last, when there is one and only one."""
    ran = tuple(dict.fromkeys(checkpoint.ran))
    if len(ran) == 1:
        return ran[0]
    if not ran:
        return START
    raise InvalidUpdate(
        f"{' and '.join(map(repr, ran))} wrote last, so as_node must say which of them this "
        f"update is from."
    )
