"""Decide what a superstep does: data in, data out, no I/O and no asyncio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from hitl_nb.codec import Types
from hitl_nb.errors import (
    AmbiguousAnswer,
    ConflictingUpdates,
    InvalidUpdate,
    UnknownQuestion,
    UnmappedRoute,
)
from hitl_nb.graph import Branch, GraphDeclaration, Join, Node, unknown_target
from hitl_nb.state import StateSchema, as_update
from hitl_nb.types import END, START, UNSET, Command, Interrupt, Send

Update = Mapping[str, Any]
Goto = tuple[str | Send, ...]


class Task(NamedTuple):
    """One run of one node in one superstep.

    Args:
        id: Unique in its thread: the superstep, the node and, for a ``Send``, its place.
        node: The node to run.
        argument: What a ``Send`` hands it; UNSET hands it the state.
    """

    id: str
    node: str
    argument: Any = UNSET


class Outcome(NamedTuple):
    """What a finished task wrote and where it wants to go besides its edges.

    ``routed`` is False while a route after the node still has to be asked.
    """

    task: Task
    updates: tuple[Update, ...] = ()
    goto: Goto = ()
    routed: bool = True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that is needed to go on: the value of a thread between two supersteps.

    Args:
        values: The state.
        step: Number of the superstep ``tasks`` belong to.
        tasks: What runs next; empty when the run is done.
        arrived: For each list edge, which of its sources have finished.
        finished: Outcomes of tasks of this superstep that ended while another one paused.
        questions: What is open, by the id of the task that asks.
        answers: Answers given to this superstep's tasks, by question id.
        stopped: Nodes whose static breakpoint holds the run here.
    """

    values: Mapping[str, Any]
    step: int = 0
    tasks: tuple[Task, ...] = ()
    arrived: Mapping[str, frozenset[str]] = field(default_factory=dict)
    finished: Mapping[str, Outcome] = field(default_factory=dict)
    questions: Mapping[str, tuple[Interrupt, ...]] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    stopped: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Interrupt, ...]:
        """The open questions, in the order of their tasks."""
        if not self.questions:
            return ()
        return tuple(item for task in self.tasks for item in self.questions.get(task.id, ()))

    @property
    def due(self) -> tuple[Task, ...]:
        """The tasks that can run now: neither waiting for an answer nor finished."""
        if not self.questions and not self.finished:
            return self.tasks
        return tuple(task for task in self.tasks if self._is_due(task))

    @property
    def resting(self) -> bool:
        """Whether nothing can run until somebody answers, continues or gives new input."""
        return bool(self.stopped) or not self.due

    def _is_due(self, task: Task) -> bool:
        if task.id in self.questions:
            return False
        outcome = self.finished.get(task.id)
        return outcome is None or not outcome.routed


@dataclass(frozen=True, slots=True)
class Plan:
    """A validated graph, arranged for the questions the executor asks of it."""

    name: str
    schema: StateSchema
    nodes: Mapping[str, Node]
    targets: Mapping[str, tuple[str, ...]]
    joins: Mapping[str, tuple[Join, ...]]
    branches: Mapping[str, tuple[Branch, ...]]
    types: Types


def arrange(declaration: GraphDeclaration, name: str, types: Iterable[type] = ()) -> Plan:
    """Validate a declaration and index its edges by their source.

    Args:
        declaration: The graph.
        name: What it is called.
        types: Classes that may be stored besides those of the state schema.
    """
    declaration.validate()
    targets: dict[str, list[str]] = {}
    for start, end in declaration.edges:
        targets.setdefault(start, [])
        if end != END:
            targets[start].append(end)
    joins: dict[str, list[Join]] = {}
    for join in declaration.joins:
        for source in join.sources:
            joins.setdefault(source, []).append(join)
    branches: dict[str, list[Branch]] = {}
    for branch in declaration.branches.values():
        branches.setdefault(branch.source, []).append(branch)
    return Plan(
        name,
        declaration.schema,
        dict(declaration.nodes),
        {source: tuple(ends) for source, ends in targets.items()},
        {source: tuple(items) for source, items in joins.items()},
        {source: tuple(items) for source, items in branches.items()},
        Types.from_schema(declaration.schema.source, types),
    )


def begin(plan: Plan, entry: Update, previous: Checkpoint | None = None) -> Checkpoint:
    """Apply the input and plan the virtual START node, whose routes may need running.

    Args:
        plan: The graph.
        entry: The input, an update like any other.
        previous: Where a finished thread ended; its state is what the input updates.

    Raises:
        UnknownStateKey: If the input names a key the schema does not declare.
    """
    values = previous.values if previous else plan.schema.initial()
    step = previous.step if previous else -1
    start = Task(f"{step}:{START}", START)
    outcome = Outcome(start, (entry,))
    if START not in plan.branches:
        return advance(plan, Checkpoint(values, step, (start,)), [outcome])
    return Checkpoint(merge(plan, values, [outcome]), step, (start,))


def advance(plan: Plan, checkpoint: Checkpoint, outcomes: Sequence[Outcome]) -> Checkpoint:
    """Merge what a superstep's tasks wrote and plan the next superstep.

    Args:
        plan: The graph.
        checkpoint: The state the tasks saw.
        outcomes: One for each task of the checkpoint, in any order.

    Returns:
        The checkpoint before the next superstep.

    Raises:
        ConflictingUpdates: If two tasks wrote a key without a reducer.
        UnknownStateKey: If a task wrote a key the schema does not declare.
        UnknownTarget: If a task leads to a node the graph does not have.
    """
    ordered = outcomes if len(outcomes) == 1 else sorted(outcomes, key=_merge_order)
    values = merge(plan, checkpoint.values, ordered)
    step = checkpoint.step + 1
    sends: list[Send] = []
    pulled: set[str] = set()
    arrived = checkpoint.arrived
    for outcome in ordered:
        node = outcome.task.node
        pulled.update(plan.targets.get(node, ()))
        for goto in outcome.goto:
            if isinstance(goto, Send):
                sends.append(goto)
            elif goto != END:
                pulled.add(goto)
        for join in plan.joins.get(node, ()):
            arrived = _arrive(arrived, join, node)
            if arrived[join.id] == join.sources:
                arrived = {key: seen for key, seen in arrived.items() if key != join.id}
                if join.target != END:
                    pulled.add(join.target)
    _check_targets(plan, pulled, sends, ordered)
    tasks = [
        Task(f"{step}:{send.node}:{place}", send.node, send.arg) for place, send in enumerate(sends)
    ]
    tasks += [Task(f"{step}:{name}", name) for name in sorted(pulled)]
    return Checkpoint(values, step, tuple(tasks), arrived)


def merge(plan: Plan, values: Mapping[str, Any], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Fold the outcomes' updates into the state, in the order given.

    Raises:
        ConflictingUpdates: If a key without a reducer is written twice.
        UnknownStateKey: If a key is not declared.
    """
    merged = dict(values)
    written: dict[str, str] = {}
    keys = plan.schema.keys
    for outcome in outcomes:
        node = outcome.task.node
        for update in outcome.updates:
            if keys is not None and not update.keys() <= keys.keys():
                plan.schema.check(update, _writer(node))
            for name, value in update.items():
                reducer = keys[name].reducer if keys is not None else None
                if reducer is not None:
                    merged[name] = reducer(merged[name], value) if name in merged else value
                    continue
                if name in written:
                    raise ConflictingUpdates(name, (written[name], node))
                written[name] = node
                merged[name] = value
    return merged


def accept(checkpoint: Checkpoint, answers: Mapping[str, Any]) -> Checkpoint:
    """Take answers to open questions; the tasks that asked them can run again.

    Args:
        checkpoint: Where the thread waits.
        answers: By question id.

    Raises:
        UnknownQuestion: If an id is not open.
    """
    pending = checkpoint.pending
    open_ids = {item.id for item in pending}
    for question in answers:
        if question not in open_ids:
            raise UnknownQuestion(question, pending)
    waiting = {
        task: items
        for task, items in checkpoint.questions.items()
        if not any(item.id in answers for item in items)
    }
    return replace(checkpoint, questions=waiting, answers={**checkpoint.answers, **answers})


def address(checkpoint: Checkpoint, resume: Any) -> dict[str, Any]:
    """Say which question each answer is for.

    Args:
        checkpoint: Where the thread waits.
        resume: One answer, or a dict whose keys are all ids of questions.

    Returns:
        The answers by question id.

    Raises:
        UnknownQuestion: If some of its keys are open questions and others are not.
        AmbiguousAnswer: If a bare answer could be for several questions.
    """
    pending = checkpoint.pending
    if isinstance(resume, Mapping) and resume:
        known = {item.id for item in pending}
        looks_like_ids = all(isinstance(key, str) and _is_question_id(key) for key in resume)
        if looks_like_ids or known & resume.keys():
            for key in resume:
                if key not in known:
                    raise UnknownQuestion(str(key), pending)
            return dict(resume)
    if len(pending) > 1:
        raise AmbiguousAnswer(pending)
    return {pending[0].id: resume}


def read_result(task: Task, result: Any) -> Outcome:
    """Read what a node returned: nothing, an update, a ``Command``, or a list of these.

    Raises:
        InvalidUpdate: If it is none of them.
        UnknownStateKey: If it writes a key the schema does not declare.
    """
    if result is None:
        return Outcome(task)
    if type(result) is dict:
        return Outcome(task, (result,))
    updates: list[Update] = []
    goto: list[str | Send] = []
    for item in result if isinstance(result, (list, tuple)) else (result,):
        if isinstance(item, Command):
            updates.extend(_command_updates(item, task))
            goto.extend(_command_goto(item))
        elif isinstance(item, Send):
            goto.append(item)
        else:
            updates.append(_one_update(item, task))
    return Outcome(task, tuple(updates), tuple(goto))


def read_route(plan: Plan, branch: Branch, returned: Any) -> Goto:
    """Read what a route returned as the nodes and ``Send`` tasks it leads to.

    Raises:
        UnmappedRoute: If its mapping does not hold a returned word.
        UnknownTarget: If it names a node the graph does not have.
    """
    items = returned if isinstance(returned, (list, tuple)) else [returned]
    goto: list[str | Send] = []
    for item in items:
        if isinstance(item, Send) or branch.mapping is None:
            goto.append(item)
        elif item in branch.mapping:
            goto.append(branch.mapping[item])
        else:
            raise UnmappedRoute(branch.source, item, tuple(branch.mapping))
    for target in goto:
        name = target.node if isinstance(target, Send) else target
        if name != END and name not in plan.nodes:
            raise unknown_target(name, f"The route after {branch.source!r}", plan.nodes)
    return tuple(goto)


def _is_question_id(text: str) -> bool:
    return len(text) == 32 and not text.strip("0123456789abcdef")


def _merge_order(outcome: Outcome) -> tuple[bool, int, str]:
    """Nodes by name first, then ``Send`` tasks by place: the order LangGraph merges in."""
    _, _, place = outcome.task.id.rpartition(":")
    is_send = outcome.task.argument is not UNSET
    return is_send, int(place) if is_send else 0, outcome.task.node


def _arrive(
    arrived: Mapping[str, frozenset[str]], join: Join, node: str
) -> dict[str, frozenset[str]]:
    return {**arrived, join.id: arrived.get(join.id, frozenset()) | {node}}


def _check_targets(
    plan: Plan, pulled: set[str], sends: Sequence[Send], outcomes: Sequence[Outcome]
) -> None:
    if not sends and pulled <= plan.nodes.keys():
        return
    for target in (*pulled, *(send.node for send in sends)):
        if target not in plan.nodes:
            sources = [
                outcome.task.node
                for outcome in outcomes
                if any(target in (goto, getattr(goto, "node", None)) for goto in outcome.goto)
            ]
            raise unknown_target(target, _writer(sources[0]), plan.nodes)


def _command_updates(command: Command, task: Task) -> Iterable[Update]:
    if command.resume is not UNSET:
        raise InvalidUpdate(
            f"{_writer(task.node)} returned Command(resume=...), but a node cannot answer a "
            f"question. Resume from outside, through the graph's input."
        )
    if command.update is not None:
        yield _one_update(command.update, task)


def _command_goto(command: Command) -> Sequence[str | Send]:
    if isinstance(command.goto, (str, Send)):
        return (command.goto,)
    return command.goto


def _one_update(value: Any, task: Task) -> Update:
    update = as_update(value)
    if update is None:
        raise InvalidUpdate(
            f"{_writer(task.node)} returned {type(value).__name__} {value!r:.80}. Return a dict "
            f"of state keys, a Command, or None."
        )
    return update


def _writer(node: str) -> str:
    return "The input" if node == START else f"The node {node!r}"
