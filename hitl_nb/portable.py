"""Runs as pure values: everything a paused run needs to go on rides in its final state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hitl_nb.entry import Input, as_entry, first
from hitl_nb.errors import InvalidUpdate, NothingPending
from hitl_nb.plan import Checkpoint, Outcome, Plan, Task, accept, address
from hitl_nb.types import UNSET, Command, Interrupt, Send

RUN_KEY = "__run__"
"""Key of ``final_state`` under which a paused run keeps its place."""


@dataclass
class GraphConfig:
    """Settings of ``StateGraph.execute``.

    Args:
        interrupt_before: Nodes to stop before; ``"*"`` means every node.
        interrupt_after: Nodes to stop after.
        max_iterations: Supersteps a run may take.
    """

    interrupt_before: list[str] = field(default_factory=list)
    interrupt_after: list[str] = field(default_factory=list)
    max_iterations: int = 100


@dataclass(frozen=True, slots=True)
class InterruptValue:
    """What a node asked: ``payload`` as it was passed to ``interrupt()``."""

    interrupt_id: str
    payload: Any
    node_id: str


@dataclass(frozen=True, slots=True)
class InterruptState:
    """Where a run waits, and the question it waits with."""

    interrupt: InterruptValue
    node_id: str


@dataclass(frozen=True, slots=True)
class GraphResult:
    """How an execution ended or where it waits.

    Args:
        graph_id: The graph's name.
        final_state: The state; while the run waits, with its place under ``"__run__"``.
        interrupts: All open questions; a static breakpoint is one without an id.
    """

    graph_id: str
    final_state: dict[str, Any]
    interrupts: tuple[InterruptState, ...] = ()

    @property
    def is_interrupted(self) -> bool:
        """Whether the run waits."""
        return bool(self.interrupts)

    @property
    def interrupt(self) -> InterruptState | None:
        """The first open question."""
        return self.interrupts[0] if self.interrupts else None

    @property
    def success(self) -> bool:
        """Whether the run is done."""
        return not self.interrupts


def pack(graph: str, checkpoint: Checkpoint, thread: str) -> GraphResult:
    """Make a result of where an execution rests."""
    state = dict(checkpoint.values)
    if not checkpoint.tasks:
        return GraphResult(graph, state)
    state[RUN_KEY] = {
        "thread": thread,
        "step": checkpoint.step,
        "tasks": [_pack_task(task) for task in checkpoint.tasks],
        "arrived": {key: sorted(seen) for key, seen in checkpoint.arrived.items()},
        "finished": [_pack_outcome(outcome) for outcome in checkpoint.finished.values()],
        "questions": [
            {
                "task": task,
                "id": item.id,
                "value": item.value,
                "node": item.node,
                "digest": item.digest,
                "key": item.key,
            }
            for task, items in checkpoint.questions.items()
            for item in items
        ],
        "answers": dict(checkpoint.answers),
        "stopped": list(checkpoint.stopped),
    }
    waiting = [(item.node, item.id, item.value) for item in checkpoint.pending]
    waiting += [(node, "", {"type": "breakpoint", "node": node}) for node in checkpoint.stopped]
    return GraphResult(
        graph,
        state,
        tuple(
            InterruptState(InterruptValue(name, payload, node), node)
            for node, name, payload in waiting
        ),
    )


def unpack(plan: Plan, inputs: Input) -> tuple[Checkpoint, str]:
    """Find where an execution goes on: at the beginning, or where its input says.

    Raises:
        InvalidUpdate: If the run's place was changed by hand.
        AnswerError: If an answer reaches no open question.
    """
    command = inputs if isinstance(inputs, Command) else Command(update=inputs or {})
    state = dict(as_entry(Command(update=command.update)))
    packed = state.pop(RUN_KEY, None)
    if packed is None:
        if command.resume is not UNSET:
            raise NothingPending(None, "not paused (its update holds no paused run)")
        return first(plan, state), os.urandom(8).hex()
    checkpoint, thread = _unpack_run(packed, state)
    if command.resume is not UNSET:
        if checkpoint.pending:
            answers = address(checkpoint, command.resume)
            return accept(checkpoint, answers), thread
        if not checkpoint.stopped:
            raise NothingPending(None, "not waiting")
    return replace(checkpoint, stopped=()), thread


def _pack_task(task: Task) -> list[Any]:
    return list(task[:2]) if task.argument is UNSET else list(task)


def _pack_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "task": _pack_task(outcome.task),
        "updates": [dict(update) for update in outcome.updates],
        "goto": [
            [target.node, target.arg] if isinstance(target, Send) else target
            for target in outcome.goto
        ],
        "routed": outcome.routed,
    }


def _unpack_run(packed: Any, values: Mapping[str, Any]) -> tuple[Checkpoint, str]:
    try:
        finished = [_unpack_outcome(item) for item in packed["finished"]]
        questions: dict[str, tuple[Interrupt, ...]] = {}
        for item in packed["questions"]:
            question = Interrupt(
                item["value"],
                item["id"],
                node=item["node"],
                digest=item["digest"],
                key=item["key"],
            )
            questions[item["task"]] = (*questions.get(item["task"], ()), question)
        checkpoint = Checkpoint(
            values,
            packed["step"],
            tuple(Task(*task) for task in packed["tasks"]),
            {key: frozenset(seen) for key, seen in packed["arrived"].items()},
            {outcome.task.id: outcome for outcome in finished},
            questions,
            dict(packed["answers"]),
            tuple(packed["stopped"]),
        )
        return checkpoint, packed["thread"]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidUpdate(
            f"The entry {RUN_KEY!r} of the update is not the one a paused run put into its "
            f"final_state. Pass final_state on as it was."
        ) from error


def _unpack_outcome(packed: Mapping[str, Any]) -> Outcome:
    goto = tuple(target if isinstance(target, str) else Send(*target) for target in packed["goto"])
    return Outcome(Task(*packed["task"]), tuple(packed["updates"]), goto, packed["routed"])
