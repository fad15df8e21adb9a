"""Decide what a superstep does: data in, data out, no I/O and no asyncio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from hitl_nb.codec import Types
from hitl_nb.errors import (
    ConflictingUpdates,
)
from hitl_nb.graph.builder import ConditionalEdge, GraphDeclaration, Join, Node, unknown_target
from hitl_nb.graph.state_schema import StateSchema
from hitl_nb.types import (
    END,
    START,
    UNSET,
    Interrupt,
    NodeError,
    Overwrite,
    Send,
    Status,
)

NOTHING: Mapping[Any, Any] = MappingProxyType({})
NONE: frozenset[str] = frozenset()
Update = Mapping[str, Any]
Goto = tuple[str | Send, ...]
Edits = Mapping[str, tuple[Any, Any]]
"""State keys that were edited, with what each held before and holds now."""


class Task(NamedTuple):
    """One run of one node in one superstep.

    Args:
        id: Unique in its graph's run: the superstep, the node and, for a ``Send``, its place.
        node: The node to run.
        argument: What a ``Send`` hands it; UNSET hands it the state.
        place: Its place among the superstep's ``Send`` tasks; -1 for a task an edge planned.
    """

    id: str
    node: str
    argument: Any = UNSET
    place: int = -1


class Outcome(NamedTuple):
    """What a finished task wrote and where it wants to go besides its edges.

    Args:
        task: The task.
        updates: Its writes, in order.
        goto: Where it leads besides its edges.
        routed: False while a route after the node still has to be asked.
        error: What the node raised, while its error handler still has to be asked.
        attempts: How often it ran.
        used: Ids of the questions whose answers it took, while a route or handler still asks.
    """

    task: Task
    updates: tuple[Update, ...] = ()
    goto: Goto = ()
    routed: bool = True
    error: NodeError | None = None
    attempts: int = 1
    used: tuple[str, ...] = ()


class Call(NamedTuple):
    """How a call made through ``once`` fares.

    Args:
        status: ``"begun"``, then ``"done"`` or ``"raised"``.
        result: What it returned, once it is done.
        about: What was called, with what, when and where.
    """

    status: Literal["begun", "done", "raised"]
    result: Any = None
    about: Mapping[str, Any] = NOTHING


_START_RAN = (START,)
_ENTRY = Task(f"-1:{START}", START)


class Checkpoint(NamedTuple):
    """All that is needed to go on: the value of a thread between two supersteps.

    Args:
        values: The state.
        step: Number of the superstep ``tasks`` belong to.
        tasks: What runs next; empty when the run is done.
        arrived: For each list edge, which of its sources have finished.
        deferred: Nodes that wait until nothing else is left to run.
        ran: Nodes whose superstep led here.
        branch: Tells the questions of a fork from those of the run it left.
        stopped: Nodes whose static breakpoint holds the run here.
        finished: Outcomes of tasks of this superstep that ended while another one paused.
        questions: What is open, by the id of the task that asks.
        asked: Every question asked in this superstep, by its id.
        answers: Answers given to this superstep's tasks, by question id.
        calls: Calls made through ``once``, by task and key.
        outdated: Questions under which the state was edited, with what that changed by key; an
            answer to one of them is used no more.
        beside: Questions that were answered in one call with an edit of the state.
    """

    values: Mapping[str, Any]
    step: int = 0
    tasks: tuple[Task, ...] = ()
    arrived: Mapping[str, frozenset[str]] = NOTHING
    deferred: frozenset[str] = NONE
    ran: tuple[str, ...] = ()
    branch: str = ""
    stopped: tuple[str, ...] = ()
    finished: Mapping[str, Outcome] = NOTHING
    questions: Mapping[str, tuple[Interrupt, ...]] = NOTHING
    asked: Mapping[str, Interrupt] = NOTHING
    answers: Mapping[str, Any] = NOTHING
    calls: Mapping[tuple[str, str], Call] = NOTHING
    outdated: Mapping[str, Edits] = NOTHING
    beside: frozenset[str] = NONE

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
        if self.stopped or not self.tasks:
            return True
        return bool(self.questions) and not self.due

    def _is_due(self, task: Task) -> bool:
        if task.id in self.questions:
            return False
        outcome = self.finished.get(task.id)
        return outcome is None or not outcome.routed or outcome.error is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """A validated graph, arranged for the questions the executor asks of it."""

    name: str
    schema: StateSchema
    input: StateSchema
    output: StateSchema
    nodes: Mapping[str, Node]
    targets: Mapping[str, tuple[str, ...]]
    joins: Mapping[str, tuple[Join, ...]]
    conditional_edges: Mapping[str, tuple[ConditionalEdge, ...]]
    types: Types
    deferred: frozenset[str]
    follow: Mapping[str, tuple[str, ...]]
    """By node, the nodes that always and only follow it, where that is all there is to plan."""

    def join_of(self, name: str) -> Join:
        """Return the list edge of that id."""
        return next(join for items in self.joins.values() for join in items if join.id == name)


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
    conditional_edges: dict[str, list[ConditionalEdge]] = {}
    for edge in declaration.conditional_edges.values():
        conditional_edges.setdefault(edge.source, []).append(edge)
    schemas = [schema.source for schema in (declaration.input, declaration.output)]
    schemas += [node.input.source for node in declaration.nodes.values() if node.input]
    schemas += [
        node.callee.graph.plan.schema.source
        for node in declaration.nodes.values()
        if node.callee.graph is not None
    ]
    carried = [
        kind
        for key in (declaration.schema.keys or {}).values()
        for kind in getattr(key.reducer, "stored_types", tuple)()
    ]
    deferred = frozenset(node.name for node in declaration.nodes.values() if node.defer)
    return Plan(
        name,
        declaration.schema,
        declaration.input,
        declaration.output,
        dict(declaration.nodes),
        {source: tuple(ends) for source, ends in targets.items()},
        {source: tuple(items) for source, items in joins.items()},
        {source: tuple(items) for source, items in conditional_edges.items()},
        Types.from_schema(
            declaration.schema.source, (*(item for item in schemas if item), *carried, *types)
        ),
        deferred,
        {
            source: tuple(sorted(targets.get(source, ())))
            for source in (START, *declaration.nodes)
            if source not in joins and deferred.isdisjoint(targets.get(source, ()))
        },
    )


def begin(plan: Plan, entry: Update, previous: Checkpoint | None = None) -> Checkpoint:
    """Plan the virtual START node with the input as what it wrote.

    Args:
        plan: The graph.
        entry: The input, an update like any other.
        previous: Where a thread stands; its state is what the input updates.

    Raises:
        UnknownStateKey: If the input names a key the schema does not declare.
    """
    plan.input.check(entry, "The input")
    if previous is None:
        values, step = plan.schema.initial(), -1
    else:
        values, step = dict(previous.values), previous.step + 1
    start = Task(f"{step}:{START}", START)
    outcome = Outcome(start, (entry,), (), START not in plan.conditional_edges)
    return Checkpoint(
        values,
        step,
        (start,),
        previous.arrived if previous else NOTHING,
        branch=previous.branch if previous else "",
        finished={start.id: outcome},
    )


def launch(plan: Plan, entry: Update) -> Checkpoint:
    """Begin a run past its START, where no route has to be asked and nobody watches.

    The same as `begin` and a superstep of START, without the checkpoint in between.
    """
    if START in plan.conditional_edges:
        return begin(plan, entry)
    plan.input.check(entry, "The input")
    outcome = Outcome(_ENTRY, (entry,))
    follow = plan.follow.get(START)
    if follow is None:
        return advance(plan, Checkpoint(plan.schema.initial(), -1), [outcome])
    return Checkpoint(
        merge(plan, plan.schema.initial(), (outcome,)),
        0,
        tuple([Task(f"0:{name}", name) for name in follow]),
        ran=_START_RAN,
    )


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
    step = checkpoint.step + 1
    if len(outcomes) == 1:
        ordered = outcomes
        task, updates, leads = outcomes[0][:3]
        follow = plan.follow.get(task.node)
        if follow is not None and not (leads or checkpoint.arrived or checkpoint.deferred):
            # The common case, a node and what follows it, without the general case's cost.
            return Checkpoint(
                merge(plan, checkpoint.values, outcomes) if any(updates) else checkpoint.values,
                step,
                tuple([Task(f"{step}:{name}", name) for name in follow]),
                ran=(task.node,),
                branch=checkpoint.branch,
            )
    else:
        ordered = sorted(outcomes, key=_merge_order)
    values = checkpoint.values
    if any(update for outcome in ordered for update in outcome.updates):
        values = merge(plan, values, ordered)
    pulled, sends = _led_to(plan, ordered)
    arrived = _arrivals(plan, checkpoint.arrived, ordered)
    for name, seen in [*arrived.items()] if arrived else ():
        join = plan.join_of(name)
        if seen == join.sources:
            arrived = {key: nodes for key, nodes in arrived.items() if key != name}
            pulled.add(join.target)
    pulled.discard(END)
    deferred = checkpoint.deferred
    if plan.deferred and (deferred or not pulled.isdisjoint(plan.deferred)):
        pulled, deferred = _defer(plan, pulled, deferred, bool(sends))
    _check_targets(plan, pulled, sends, ordered)
    return Checkpoint(
        values,
        step,
        tasks_of(step, pulled, sends),
        arrived,
        deferred,
        tuple(outcome.task.node for outcome in ordered),
        checkpoint.branch,
    )


def merge(plan: Plan, values: Mapping[str, Any], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Fold the outcomes' updates into the state, in the order given.

    Raises:
        ConflictingUpdates: If a key without a reducer is written twice, or overwritten twice.
        UnknownStateKey: If a key is not declared.
    """
    merged = dict(values)
    written: dict[str, str] = {}
    overwritten: dict[str, str] = {}
    keys = plan.schema.keys
    for outcome in outcomes:
        node = outcome.task.node
        for update in outcome.updates:
            if keys is not None and not update.keys() <= keys.keys():
                plan.schema.check(update, writer_title(node))
            for name, value in update.items():
                reducer = keys[name].reducer if keys is not None else None
                if reducer is None:
                    if name in written:
                        raise ConflictingUpdates(name, (written[name], node))
                    written[name] = node
                    merged[name] = value.value if type(value) is Overwrite else value
                elif type(value) is Overwrite:
                    if name in overwritten:
                        raise ConflictingUpdates(name, (overwritten[name], node))
                    overwritten[name] = node
                    merged[name] = value.value
                elif name not in overwritten:
                    merged[name] = reducer(merged[name], value) if name in merged else value
    return merged


def visible(plan: Plan, checkpoint: Checkpoint) -> Mapping[str, Any]:
    """Return the state with what finished tasks of a superstep that goes on wrote."""
    if not checkpoint.finished:
        return checkpoint.values
    return merge(plan, checkpoint.values, sorted(checkpoint.finished.values(), key=_merge_order))


def _merge_order(outcome: Outcome) -> tuple[int, str]:
    """Nodes by name first, then ``Send`` tasks by place: the order LangGraph merges in."""
    return outcome.task.place, outcome.task.node


def tasks_of(step: int, pulled: set[str], sends: Sequence[Send]) -> tuple[Task, ...]:
    """Plan ``Send`` tasks in their order, then nodes by name."""
    if not sends:
        if len(pulled) == 1:
            (name,) = pulled
            return (Task(f"{step}:{name}", name),)
        return tuple([Task(f"{step}:{name}", name) for name in sorted(pulled)])
    tasks = [
        Task(f"{step}:{send.node}:{place}", send.node, send.arg, place)
        for place, send in enumerate(sends)
    ]
    tasks += [Task(f"{step}:{name}", name) for name in sorted(pulled)]
    return tuple(tasks)


def _defer(
    plan: Plan, pulled: set[str], deferred: frozenset[str], busy: bool
) -> tuple[set[str], frozenset[str]]:
    """Hold deferred nodes back while anything else is left to run."""
    now = pulled - plan.deferred
    held = deferred | (pulled & plan.deferred)
    return (now, held) if now or busy else (set(held), NONE)


def _led_to(plan: Plan, outcomes: Sequence[Outcome]) -> tuple[set[str], list[Send]]:
    """Return the nodes and ``Send`` tasks that edges, routes and commands lead to."""
    pulled: set[str] = set()
    sends: list[Send] = []
    for outcome in outcomes:
        pulled.update(plan.targets.get(outcome.task.node, ()))
        for goto in outcome.goto:
            if isinstance(goto, Send):
                sends.append(goto)
            else:
                pulled.add(goto)
    return pulled, sends


def _arrivals(
    plan: Plan, arrived: Mapping[str, frozenset[str]], outcomes: Sequence[Outcome]
) -> Mapping[str, frozenset[str]]:
    """Return which sources of each list edge have finished."""
    for outcome in outcomes if plan.joins else ():
        node = outcome.task.node
        for join in plan.joins.get(node, ()):
            arrived = {**arrived, join.id: arrived.get(join.id, NONE) | {node}}
    return arrived


def _check_targets(
    plan: Plan, pulled: set[str], sends: Sequence[Send], outcomes: Sequence[Outcome]
) -> None:
    if pulled <= plan.nodes.keys() and all(send.node in plan.nodes for send in sends):
        return
    for target in (*pulled, *(send.node for send in sends)):
        if target not in plan.nodes:
            sources = [
                outcome.task.node
                for outcome in outcomes
                if any(target in (goto, getattr(goto, "node", None)) for goto in outcome.goto)
            ]
            raise unknown_target(target, writer_title(sources[0]), plan.nodes)


def writer_title(node: str) -> str:
    """Name a writer in messages."""
    return "The input" if node == START else f"The node {node!r}"


def status_of(checkpoint: Checkpoint) -> Status:
    """Return the status of a thread that just came to this checkpoint without failing."""
    if checkpoint.resting:
        return "waiting" if checkpoint.tasks else "done"
    return "running"
