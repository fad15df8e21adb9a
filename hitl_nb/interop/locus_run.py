"""Runs as pure values: everything a paused run needs to go on rides in its final state."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from hitl_nb.codec import Types, decode, encode
from hitl_nb.engine.checkpoint_rows import (
    RAW,
    child_namespace,
    new_run,
    node_gone,
    read_outcome,
    read_request,
    read_task,
    write_outcome,
    write_task,
)
from hitl_nb.engine.graph_edits import edits_around, surroundings
from hitl_nb.engine.interrupts import digest_of_shown
from hitl_nb.engine.signed_answers import counts, with_signature
from hitl_nb.errors import (
    DeadlinePassed,
    GraphEdited,
    HitlError,
    InvalidUpdate,
    NodeEdited,
    NothingPending,
    UnreadableData,
    UnsignedAnswer,
    UnstorableValue,
)
from hitl_nb.graph.builder import was_edited
from hitl_nb.graph.foreign_objects import own
from hitl_nb.graph.planner import NOTHING, Call, Checkpoint, Outcome, Plan, launch
from hitl_nb.json_schema import check
from hitl_nb.savers.clock import now
from hitl_nb.threads.answer_recording import BY_CODE, address, check_answer
from hitl_nb.threads.deadlines import answer_by_time, overdue
from hitl_nb.threads.inputs import Input, as_entry, first, pass_breakpoint, with_answers
from hitl_nb.types import UNSET, Command, Interrupt

RUN_KEY = "__run__"
"""Key of ``final_state`` under which a paused run keeps its place."""
_QUESTION = tuple(item.name for item in fields(Interrupt) if item.name != "edits")


@dataclass
class GraphConfig:
    """Settings of ``StateGraph.execute``.

    Args:
        interrupt_before: Nodes to stop before; ``"*"`` means every node.
        interrupt_after: Nodes to stop after.
        max_iterations: Supersteps a run may take.
        allow_cycles: Has no effect: a graph may always have cycles.
    """

    interrupt_before: list[str] = field(default_factory=list)
    interrupt_after: list[str] = field(default_factory=list)
    max_iterations: int = 100
    allow_cycles: bool = True


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
        execution_order: The nodes of the supersteps this execution ended, in order.
        iterations: Supersteps it ran, the one that waits included.
        duration_ms: How long it took.
    """

    graph_id: str
    final_state: dict[str, Any]
    interrupts: tuple[InterruptState, ...] = ()
    execution_order: list[str] = field(default_factory=list)
    iterations: int = 0
    duration_ms: float = 0.0

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


class OpenedRun(NamedTuple):
    """Where an execution goes on."""

    checkpoint: Checkpoint
    thread: str
    nested: dict[str, Checkpoint]


@dataclass(frozen=True, slots=True)
class Live:
    """A live object on its way through ``final_state``, which then cannot leave its process."""

    value: Any


class ValuePacker:
    """Brings values into JSON-able form and back.

    A live object has none. Where the state holds it too, by the same name, it is left to the
    caller, who passes it on with the state or puts another in its place.

    Args:
        types: Classes that may be stored.
        state: The state that travels beside.
    """

    def __init__(self, types: Types, state: Mapping[str, Any]) -> None:
        self.types = types
        self.state = state

    def put(self, value: Any, name: str | None = None) -> list[Any]:
        """Bring a value into JSON-able form, as far as it has one."""
        try:
            return ["=", encode(value, self.types)]
        except UnstorableValue:
            if name is not None and self.state.get(name, UNSET) is value:
                return ["@", name]
            if type(value) is dict and all(type(key) is str for key in value):
                return ["*", self.put_each(value)]
            return ["!", Live(value)]

    def put_at(self, value: Any, _path: str, name: str | None) -> list[Any]:
        """Bring a value of a task into JSON-able form; nothing is refused, so no path is needed."""
        return self.put(value, name)

    def put_each(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the values of a dict into JSON-able form."""
        return {name: self.put(value, name) for name, value in values.items()}

    def get(self, stored: Sequence[Any]) -> Any:
        """Bring a value back.

        Raises:
            InvalidUpdate: If the caller did not pass a live object on.
        """
        kind, data = stored
        if kind == "=":
            return decode(data, self.types)
        if kind == "*":
            return self.get_each(data)
        if kind == "!":
            live: Live = data
            return live.value
        if data in self.state:
            return self.state[data]
        raise InvalidUpdate(
            f"The paused run needs its {data!r} back, which only the caller has: "
            f"Command(update={{**final_state, {data!r}: ...}}, resume=...)."
        )

    def get_each(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the values of a dict back."""
        return {name: self.get(value) for name, value in stored.items()}


class RunTotals(NamedTuple):
    """What an execution did; see ``GraphResult``."""

    execution_order: list[str]
    iterations: int
    duration_ms: float


def pack(plan: Plan, begun: OpenedRun, checkpoint: Checkpoint, done: RunTotals) -> GraphResult:
    """Make a result of where an execution rests."""
    state = dict(checkpoint.values)
    if not checkpoint.tasks:
        return GraphResult(plan.name, state, (), *done)
    packer = ValuePacker(plan.types, state)
    nested = _still_inside(checkpoint, begun.nested) if begun.nested else {}
    run = {
        "thread": begun.thread,
        "code": {task.node: plan.nodes[task.node].fingerprint for task in checkpoint.tasks},
        "around": {
            task.node: surroundings(plan, task.node)
            for task in checkpoint.tasks
            if task.id in checkpoint.questions
        },
        "stands": _pack(checkpoint, packer),
        "nested": {
            ns: {"values": packer.put_each(inner.values), **_pack(inner, packer)}
            for ns, inner in nested.items()
        },
    }
    waiting = [(item.node, item.id, item.value) for item in checkpoint.pending]
    for stands in (checkpoint, *nested.values()):
        waiting += [(node, "", payload) for node, payload in _stops(stands)]
    state[RUN_KEY] = run
    return GraphResult(
        plan.name,
        state,
        tuple(
            InterruptState(InterruptValue(name, payload, node), node)
            for node, name, payload in waiting
        ),
        *done,
    )


def unpack(plan: Plan, inputs: Input, *, at_start: bool = False) -> OpenedRun:
    """Find where an execution goes on: at the beginning, or where its input says.

    Args:
        plan: The graph.
        inputs: The input.
        at_start: Whether a new run has to stand before its first nodes, where it may stop.

    Raises:
        InvalidUpdate: If the run's place was changed by hand.
        AnswerError: If an answer reaches no open question, or does not fit it.
        NodeGone: If the graph no longer has a node the run stands before.
    """
    inputs = own(inputs)
    command = inputs if isinstance(inputs, Command) else Command(update=inputs or {})
    state = dict(as_entry({} if command.update is None else command.update))
    packed = state.pop(RUN_KEY, UNSET)
    if packed is UNSET:
        if command.resume is not UNSET:
            raise NothingPending(None, "not paused (its update holds no paused run)")
        begun = first(plan, state) if at_start else launch(plan, state)
        return OpenedRun(begun, new_run(), {})
    plan.schema.check(state, "The update beside the paused run")
    try:
        checkpoint, thread, nested = _begun(plan, packed, ValuePacker(plan.types, state))
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, HitlError) and not isinstance(error, UnreadableData):
            raise
        raise _changed() from error
    late = {
        item.id: with_signature(item.value, item.id, item.digest, answer_by_time(item))
        for item in overdue(checkpoint.pending)
    }
    if late:
        if command.resume is not UNSET:
            for name in address(checkpoint.pending, command.resume).keys() & late.keys():
                raise DeadlinePassed(name, late[name], late[name]["at"])
        checkpoint = with_answers(checkpoint, late)
    if command.resume is UNSET or not checkpoint.pending:
        if command.resume is not UNSET and not (checkpoint.stopped or checkpoint.questions):
            raise NothingPending(None, "not waiting")
        return OpenedRun(pass_breakpoint(checkpoint), thread, nested)
    answers = address(checkpoint.pending, command.resume)
    return OpenedRun(
        with_answers(checkpoint, _checked_answers(plan, checkpoint, answers)), thread, nested
    )


def _checked_answers(plan: Plan, checkpoint: Checkpoint, answers: dict[str, Any]) -> dict[str, Any]:
    """Check answers to open questions and bring them into the form they are kept in."""
    asked = {item.id: item for item in checkpoint.pending}
    for name in answers.keys() & asked.keys():
        item = asked[name]
        if item.kind != RAW:
            kept, _ = check_answer(item, answers[name], BY_CODE, now())
            answers[name] = with_signature(item.value, name, item.digest, kept)
        elif item.response_schema is not None:
            check(item.response_schema, encode(answers[name], plan.types, "answer"), name)
    return answers


def _still_inside(
    checkpoint: Checkpoint, nested: Mapping[str, Checkpoint]
) -> Mapping[str, Checkpoint]:
    """Leave out the subgraphs of tasks that are over."""
    inside = tuple(child_namespace("", checkpoint.branch, task.id) for task in checkpoint.tasks)
    return {ns: inner for ns, inner in nested.items() if ns.startswith(inside)}


def _stops(checkpoint: Checkpoint) -> Iterator[tuple[str, dict[str, str]]]:
    upcoming = {task.node for task in checkpoint.tasks}
    for node in checkpoint.stopped:
        kind = "interrupt_before" if node in upcoming else "interrupt_after"
        yield node, {"type": kind, "node": node}


def _begun(plan: Plan, packed: Mapping[str, Any], packer: ValuePacker) -> OpenedRun:
    checkpoint = _unpack(packed["stands"], packer.state, packer)
    nested = {
        ns: _unpack(inner, packer.get_each(inner["values"]), packer)
        for ns, inner in packed["nested"].items()
    }
    for item in checkpoint.pending:
        _check_shown(plan, item)
    for stands in (checkpoint, *nested.values()):
        _check_signed(stands)
    if checkpoint.arrived:
        for name in checkpoint.arrived.keys() - _joins(plan):
            raise InvalidUpdate(
                f"The run in the entry {RUN_KEY!r} of the update waits at the list edge {name!r}, "
                f"which the graph does not have."
            )
    thread = str(packed["thread"])
    _check_code(plan, thread, packed["code"], checkpoint)
    # Runs that paused in earlier versions do not say what was around their nodes.
    for node, before in packed.get("around", {}).items():
        for told in edits_around(plan, node, before, "the run"):
            warnings.warn(told, GraphEdited, stacklevel=2)
    return OpenedRun(checkpoint, thread, nested)


def _check_shown(plan: Plan, item: Interrupt) -> None:
    """Refuse a question whose content is not what its digest, and with it its id, commits to."""
    # A class that only a subgraph declares has no digest here, and cannot have left the process.
    with contextlib.suppress(UnstorableValue):
        if digest_of_shown(item.value, item.response_schema, plan.types) != item.digest:
            raise _changed()


def _check_signed(checkpoint: Checkpoint) -> None:
    """Refuse an answer that counts and was not given here; who may have written it is not known."""
    for name, kept in checkpoint.answers.items():
        item = checkpoint.asked.get(name)
        if item is None or item.kind == RAW:
            continue  # where it is used it is looked at again
        if not counts(item.value, name, item.digest, kept):
            raise UnsignedAnswer(name, str(kept.get("reviewer", "")))


def _changed() -> InvalidUpdate:
    return InvalidUpdate(
        f"The entry {RUN_KEY!r} of the update is not the one a paused run put into its "
        f"final_state. Pass final_state on as it was."
    )


def _joins(plan: Plan) -> set[str]:
    return {join.id for joins in plan.joins.values() for join in joins}


def _check_code(plan: Plan, thread: str, code: Mapping[str, str], checkpoint: Checkpoint) -> None:
    for task in checkpoint.tasks:
        node = plan.nodes.get(task.node)
        if node is None:
            raise node_gone(plan, thread, task.node)
        if task.id in checkpoint.questions and was_edited(code[task.node], node.fingerprint):
            warnings.warn(
                f"The code of the node {task.node!r} changed while the run waited in it. It runs "
                f"again from its beginning; an answer is used only where it asks the very same "
                f"question.",
                NodeEdited,
                stacklevel=2,
            )


def _pack(checkpoint: Checkpoint, packer: ValuePacker) -> dict[str, Any]:
    parts = {
        "step": checkpoint.step,
        "tasks": [write_task(task, packer.put_at) for task in checkpoint.tasks],
        "arrived": {key: sorted(seen) for key, seen in checkpoint.arrived.items()},
        "deferred": sorted(checkpoint.deferred),
        "ran": list(checkpoint.ran),
        "stopped": list(checkpoint.stopped),
        "finished": [_pack_outcome(outcome, packer) for outcome in checkpoint.finished.values()],
        "asked": [_pack_question(item, packer) for item in checkpoint.asked.values()],
        "questions": {
            task: [item.id for item in items] for task, items in checkpoint.questions.items()
        },
        "answers": packer.put_each(checkpoint.answers),
        "calls": [
            [task, key, packer.put(call.result)]
            for (task, key), call in checkpoint.calls.items()
            if call.status == "done"  # nothing here outlives a process that dies in a call
        ],
    }
    return {name: part for name, part in parts.items() if part}


def _unpack(
    packed: Mapping[str, Any], values: Mapping[str, Any], packer: ValuePacker
) -> Checkpoint:
    part = packed.get
    finished = [_unpack_outcome(item, packer) for item in part("finished", ())]
    asked = {item["id"]: _unpack_question(item, packer) for item in part("asked", ())}
    return Checkpoint(
        values,
        int(part("step", 0)),
        tuple([read_task(task, packer.get) for task in part("tasks", ())]),
        {key: frozenset(seen) for key, seen in part("arrived", NOTHING).items()},
        frozenset(part("deferred", ())),
        tuple(part("ran", ())),
        "",
        tuple(part("stopped", ())),
        {outcome.task.id: outcome for outcome in finished},
        {
            task: tuple([asked[name] for name in ids])
            for task, ids in part("questions", NOTHING).items()
        },
        asked,
        packer.get_each(part("answers", NOTHING)),
        {(task, key): Call("done", packer.get(result)) for task, key, result in part("calls", ())},
    )


def _pack_question(question: Interrupt, packer: ValuePacker) -> dict[str, Any]:
    packed = {name: part for name in _QUESTION if (part := getattr(question, name)) is not None}
    packed["value"] = packer.put(question.payload)
    if question.kind != RAW:
        packed["kind"] = question.kind
    return packed


def _unpack_question(packed: Mapping[str, Any], packer: ValuePacker) -> Interrupt:
    fields = {**packed, "value": packer.get(packed["value"])}
    if (kind := fields.pop("kind", RAW)) != RAW:
        fields["value"] = read_request(kind, fields["value"], packed["id"])
    return Interrupt(**fields)


def _pack_outcome(outcome: Outcome, packer: ValuePacker) -> dict[str, Any]:
    written = write_outcome(outcome, packer.put_at)
    goto = [it if isinstance(it, str) else [it["node"], it["arg"]] for it in written["goto"]]
    return {"task": write_task(outcome.task, packer.put_at), **written, "goto": goto}


def _unpack_outcome(packed: Mapping[str, Any], packer: ValuePacker) -> Outcome:
    goto = [it if isinstance(it, str) else {"node": it[0], "arg": it[1]} for it in packed["goto"]]
    task = read_task(packed["task"], packer.get)
    return read_outcome(task, {**packed, "goto": goto}, packer.get)
