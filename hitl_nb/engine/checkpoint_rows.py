"""Checkpoints, questions and outcomes as the rows a saver keeps, and back."""

from __future__ import annotations

import difflib
import itertools
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, Protocol

from hitl_nb.codec import Types, decode, encode
from hitl_nb.engine.graph_edits import graph_edits_since, refuse_dropped_fields
from hitl_nb.engine.interrupts import digest_of_shown
from hitl_nb.errors import (
    GraphEdited,
    NodeEdited,
    NodeGone,
    QuestionAltered,
    UnreadableData,
    WrongGraph,
)
from hitl_nb.graph.builder import was_edited
from hitl_nb.graph.planner import NOTHING, Call, Checkpoint, Outcome, Plan, Task, merge
from hitl_nb.savers.clock import now
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import CallRow, Json, QuestionRow, Stored, ThreadRow
from hitl_nb.types import END, START, UNSET, Interrupt, NodeError, Overwrite, Send

RAW = "raw"
"""The kind of a question that is no request."""
Put = Callable[[Any, str, str | None], Json]
"""Writes a value, given where it stands in words, and by which state key if by one."""
Get = Callable[[Json], Any]
"""Reads a value that was written."""
AMENDMENT = "amendment:"
"""Marks the outcome of no task: an input that changed the state of a waiting thread."""
_counter = itertools.count()


def read_checkpoint(plan: Plan, stored: Stored) -> Checkpoint:
    """Decode a stored checkpoint."""
    row, types = stored.row, plan.types
    frontier, get = row.frontier, decoder(types)
    tasks = {item[0]: read_task(item, get) for item in frontier["tasks"]}
    answers = {name: decode(answer, types, "answer") for name, answer in stored.answers.items()}
    finished: dict[str, Outcome] = {}
    values = {name: decode(value, types, f"state[{name!r}]") for name, value in row.values.items()}
    for item in stored.outcomes:
        if item.outcome is None:
            continue
        if item.task.startswith(AMENDMENT):
            change = read_outcome(Task(item.task, START), item.outcome["outcome"], get)
            values = merge(plan, values, [change])
            continue
        if item.outcome["outcome"] is not None:
            finished[item.task] = read_outcome(tasks[item.task], item.outcome["outcome"], get)
    asked: dict[str, Interrupt] = {}
    questions: dict[str, tuple[Interrupt, ...]] = {}
    late = with_unseen_answers(stored)
    waits = {row.id for row in _open(stored)}
    outdated = edits_under_questions(stored, types)
    for question, _ in stored.questions:
        asked[question.id] = read_question(question, types)
        if (edits := outdated.get(question.previous or "")) is not None:
            asked[question.id] = replace(asked[question.id], edits=edits)
        if question.id in waits:
            questions[question.task] = (*questions.get(question.task, ()), asked[question.id])
    return Checkpoint(
        values,
        row.step,
        tuple(tasks.values()),
        {name: frozenset(nodes) for name, nodes in frontier["arrived"].items()},
        frozenset(frontier["deferred"]),
        tuple(frontier["ran"]),
        frontier["branch"],
        stopped_at(stored),
        finished,
        # A task with an answer it has not seen can run: it asks the rest again.
        {task: items for task, items in questions.items() if task not in late},
        asked,
        answers,
        {(row.task, row.key): _read_call(row, types) for row in stored.calls},
        outdated,
        frozenset(name for left in _amendments(stored) for name in left.get("beside", ())),
    )


def edits_under_questions(stored: Stored, types: Types) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return the questions under which the state was edited, with what each key held and holds."""
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for left in _amendments(stored):
        for name in left.get("outdates", ()):
            edits = found.setdefault(name, {})
            for key, change in left["changed"].items():
                path = f"state[{key!r}]"
                was = decode(change["was"], types, path) if "was" in change else UNSET
                first = edits[key][0] if key in edits else was
                edits[key] = (first, decode(change["is"], types, path))
    return found


def _amendments(stored: Stored) -> list[Json]:
    return [item.outcome for item in stored.outcomes if item.task.startswith(AMENDMENT)]


def _read_call(row: CallRow, types: Types) -> Call:
    return Call(row.status, decode(row.result, types, "call"), row.about or NOTHING)


class Typed(Protocol):
    """What knows the classes that may be stored; a `Plan` does."""

    @property
    def types(self) -> Types:
        """The classes."""


def open_questions(plan: Typed, saver: Saver, thread: str) -> list[Interrupt]:
    """Return what a thread asks now, subgraphs included; not what a fork left behind."""
    return [read_question(row, plan.types) for row in open_rows(saver, thread)]


def open_rows(saver: Saver, thread: str) -> list[QuestionRow]:
    """Return what a thread asks now as it is stored, which needs no graph."""
    stored = saver.read(thread)
    if stored is None:
        return []
    rows = _open(stored)
    for inner in survey_subgraphs(saver, thread, stored).values():
        rows += inner.rows
    return rows


class SubgraphQuestions(NamedTuple):
    """What the subgraphs of a task are at: their open questions, and whether they wait."""

    rows: tuple[QuestionRow, ...]
    waits: bool


def survey_subgraphs(saver: Saver, thread: str, stored: Stored) -> dict[str, SubgraphQuestions]:
    """Find what is open in the subgraphs of a checkpoint's tasks, by task."""
    runnable = with_unseen_answers(stored)
    found: dict[str, SubgraphQuestions] = {}
    for task, names in inner_namespaces(saver, thread, stored).items():
        inner = [_survey(saver, thread, ns) for ns in names]
        if unfinished := [item for item in inner if item is not None]:
            found[task] = SubgraphQuestions(
                tuple(row for item in unfinished for row in item.rows),
                task not in runnable and all(item.waits for item in unfinished),
            )
    return found


def inner_namespaces(saver: Saver, thread: str, stored: Stored) -> dict[str, list[str]]:
    """Return by paused task where the subgraphs it runs keep their checkpoints."""
    # Where the node has finished, only graphs that its error handler or route runs can ask.
    paused = {
        item.task: "~" if item.outcome["outcome"] else ""
        for item in stored.outcomes
        if item.outcome is not None and item.outcome["seen"] is not None
    }
    names = saver.namespaces(thread) if paused else ()
    found: dict[str, list[str]] = {}
    for task, stage in paused.items():
        start = child_namespace(stored.row.ns, stored.row.frontier["branch"], task) + stage
        found[task] = [
            ns for ns in names if ns.startswith(start) and ns.count("|", len(start)) == 1
        ]
    return found


def waiting_answers(saver: Saver, thread: str, stored: Stored) -> list[str]:
    """Return questions that were answered after their tasks paused, subgraphs' included.

    An answer that its task has seen, as that of a node that failed with it, is not among them.
    """
    paused = _paused(stored)
    found = [
        question.id
        for question, status in stored.questions
        if status == "answered"
        and question.task in paused
        and question.id not in paused[question.task]
    ]
    for names in inner_namespaces(saver, thread, stored).values():
        for ns in names:
            inner = saver.read(thread, ns)
            if inner is not None and inner.row.frontier["tasks"]:
                found += waiting_answers(saver, thread, inner)
    return found


def _survey(saver: Saver, thread: str, ns: str) -> SubgraphQuestions | None:
    """Say what one subgraph is at; None if it has ended."""
    stored = saver.read(thread, ns)
    if stored is None or not stored.row.frontier["tasks"]:
        return None
    deeper = survey_subgraphs(saver, thread, stored).values()
    rows = (*_open(stored),)
    rows += tuple(row for item in deeper for row in item.rows)
    can_go_on = bool(with_unseen_answers(stored)) or not all(item.waits for item in deeper)
    return SubgraphQuestions(rows, not can_go_on and bool(rows or deeper or stopped_at(stored)))


def _paused(stored: Stored) -> Mapping[str, Sequence[str]]:
    """Return by paused task the answers it had seen when it asked."""
    return {
        item.task: item.outcome["seen"]
        for item in stored.outcomes
        if item.outcome is not None and item.outcome["seen"] is not None
    }


def _open(stored: Stored) -> list[QuestionRow]:
    """Return what waits for an answer.

    A question whose task has not paused is no such: it was about to be decided without asking
    anybody when its run ended, and will be by the next.
    """
    paused = _paused(stored)
    return [row for row, status in stored.questions if status == "open" and row.task in paused]


def stopped_at(stored: Stored) -> tuple[str, ...]:
    """Return the nodes whose breakpoint holds the run here, if none of its tasks ran since."""
    ran = any(not item.task.startswith(AMENDMENT) for item in stored.outcomes)
    return () if ran else tuple(stored.row.frontier["stopped"])


def with_unseen_answers(stored: Stored) -> set[str]:
    """Return the tasks that can run because of an answer they had not seen when they asked."""
    seen = _paused(stored)
    ended = {
        item.task for item in stored.outcomes if item.outcome is not None and item.task not in seen
    }
    return {
        question.task
        for question, status in stored.questions
        if status == "answered"
        and question.task not in ended
        and question.id not in seen.get(question.task, ())
    }


def check_code(plan: Plan, thread_id: str, stored: Stored) -> None:
    """Report nodes a thread stands before that were renamed, removed or edited since.

    Raises:
        NodeGone: If the graph no longer has one of them.
        StateFieldGone: If it no longer declares a field that has a value.
        WrongGraph: If it has none of the nodes that ran last.
    """
    refuse_gone(plan, thread_id, stored)
    for told in edited_since(plan, thread_id, stored):
        warnings.warn(told, NodeEdited, stacklevel=2)
    for told in graph_edits_since(plan, thread_id, stored):
        warnings.warn(told, GraphEdited, stacklevel=2)


def refuse_gone(plan: Plan, thread_id: str, stored: Stored) -> None:
    """Refuse a thread that stands before nodes, or holds fields, the graph no longer has.

    Raises:
        NodeGone: If the graph no longer has one of them.
        StateFieldGone: If it no longer declares a field that has a value.
        WrongGraph: If it has none of the nodes that ran last.
    """
    ran = [name for name in stored.row.frontier["ran"] if name not in (START, END)]
    if ran and not any(name in plan.nodes for name in ran):
        nodes = " and ".join(map(repr, ran))
        raise WrongGraph(
            thread_id, f"a graph with the nodes {nodes}", f"{plan.name!r}, which has none of them,"
        )
    for name in stored.row.frontier["code"]:
        if name not in plan.nodes:
            raise node_gone(plan, thread_id, name)
    refuse_dropped_fields(plan, thread_id, stored)


def edited_since(plan: Plan, thread_id: str, stored: Stored) -> list[str]:
    """Say which nodes were edited since they asked what a thread waits for.

    A node that was edited after it had failed, and then asked, is not among them.
    """
    begun = stored.row.frontier["code"]
    nodes = {question.task: question.node for question, _ in stored.questions}
    edited: dict[str, None] = {}
    for item in stored.outcomes:
        name = nodes.get(item.task, "")
        if name in plan.nodes and item.outcome is not None and item.outcome["seen"] is not None:
            # Files of earlier versions say only what the code was when the superstep began.
            before = item.outcome.get("code", begun.get(name, ""))
            if was_edited(before, plan.nodes[name].fingerprint):
                edited[name] = None
    return [
        f"The code of the node {name!r} changed while the thread {thread_id!r} waited in it. It "
        f"runs again from its beginning; an answer is used only where it asks the very same "
        f"question."
        for name in edited
    ]


def check_name(plan: Plan, thread: ThreadRow) -> None:
    """Refuse a thread that another graph began.

    Raises:
        WrongGraph: If its graph has another name.
    """
    if thread.graph != plan.name:
        raise WrongGraph(thread.id, f"the graph {thread.graph!r}", f"the graph {plan.name!r}")


def node_gone(plan: Plan, thread_id: str, name: str) -> NodeGone:
    """Compose the error for a node a thread stands before and the graph does not have."""
    near = difflib.get_close_matches(name, plan.nodes, n=1)
    return NodeGone(name, thread_id, tuple(plan.nodes), near[0] if near else None)


def with_inner_questions(
    plan: Plan, checkpoint: Checkpoint, inner: Mapping[str, SubgraphQuestions]
) -> Checkpoint:
    """Add what subgraphs ask to what a checkpoint asks."""
    if not inner:
        return checkpoint
    questions = dict(checkpoint.questions)
    for task, (rows, waits) in inner.items():
        if waits:
            own = questions.get(task, ())
            questions[task] = (*own, *(read_question(row, plan.types) for row in rows))
        else:
            questions.pop(task, None)
    return checkpoint._replace(questions=questions)


def child_namespace(ns: str, branch: str, task: str) -> str:
    """Name where the subgraphs of a task keep their checkpoints: this, a number, and a bar."""
    return f"{ns}{branch}{'@' if branch else ''}{task}#"


def read_question(row: QuestionRow, types: Types) -> Interrupt:
    """Decode a stored question, if it is still the one that was asked.

    Raises:
        QuestionAltered: If it shows something else than what its digest, and with it its id,
            commits to: a reviewer must not approve what the node never asked.
    """
    value = decode(row.payload, types, "payload")
    if row.kind != RAW:
        value = read_request(row.kind, value, row.id)
    if digest_of_shown(value, row.schema, types) != row.digest:
        raise QuestionAltered(row.id, row.node)
    return Interrupt(
        value,
        row.id,
        row.schema,
        node=row.node,
        task=row.task,
        digest=row.digest,
        key=row.key,
        previous=row.previous,
        attempts=row.attempts,
        asked_at=row.asked_at,
    )


def read_request(kind: str, payload: Any, question: str) -> Any:
    """Make a request of its payload, with its live type if it was asked in this process.

    Raises:
        UnreadableData: If it is none.
    """
    from hitl_nb.requests.live_types import recall
    from hitl_nb.requests.replies import restore

    if not isinstance(payload, dict) or payload.get("request") != kind:
        raise UnreadableData(f"is no request of the kind {kind!r}", "payload")
    return recall(question, restore(payload))


def with_asked_at(question: Interrupt) -> Interrupt:
    """Return a request with the time it was first asked, from which its own time counts."""
    if question.asked_at or question.kind == RAW:
        return question
    return replace(question, asked_at=now())


def encoder(types: Types) -> Put:
    """Return what encodes a value for a saver."""
    return lambda value, path, _name: encode(value, types, path)


def decoder(types: Types) -> Get:
    """Return what decodes a value from a saver."""
    return lambda stored: decode(stored, types)


def write_outcome(outcome: Outcome, put: Put) -> Json:
    """Write what a task wrote."""
    node = outcome.task.node
    return {
        "updates": [
            [
                [name, "=", put(value.value, f"{node}: state[{name!r}]", name)]
                if isinstance(value, Overwrite)
                else [name, "+", put(value, f"{node}: state[{name!r}]", name)]
                for name, value in update.items()
            ]
            for update in outcome.updates
        ],
        "goto": [
            {"node": target.node, "arg": put(target.arg, f"Send({target.node!r})", None)}
            if isinstance(target, Send)
            else target
            for target in outcome.goto
        ],
        "routed": outcome.routed,
        "error": list(outcome.error) if outcome.error else None,
        "attempts": outcome.attempts,
        "used": list(outcome.used),
    }


def read_outcome(task: Task, stored: Json, get: Get) -> Outcome:
    """Read what a task wrote."""
    updates = tuple(
        {name: Overwrite(get(value)) if kind == "=" else get(value) for name, kind, value in update}
        for update in stored["updates"]
    )
    goto = tuple(
        target if isinstance(target, str) else Send(target["node"], get(target["arg"]))
        for target in stored["goto"]
    )
    error = NodeError(*stored["error"]) if stored["error"] else None
    used = tuple(stored["used"])
    return Outcome(task, updates, goto, stored["routed"], error, stored["attempts"], used)


def written_keys(outcomes: Sequence[Outcome]) -> set[str]:
    """Return the state keys the outcomes wrote."""
    return {name for outcome in outcomes for update in outcome.updates for name in update}


def new_id() -> str:
    """Return an id that sorts by creation within a process and is unique everywhere."""
    return f"{time.time_ns():016x}{next(_counter) & 0xFFFF:04x}{os.urandom(6).hex()}"


def new_run() -> str:
    """Return an id for a run that nobody keeps; unique everywhere, and cheap."""
    return f"{_token_of(os.getpid())}-{next(_counter)}"


@cache
def _token_of(_process: int) -> str:
    return os.urandom(8).hex()


def write_frontier(plan: Plan, checkpoint: Checkpoint, seconds: float | None = None) -> Json:
    """Encode what runs next, and what ran last, with the seconds it took if they are known."""
    put = encoder(plan.types)
    return {
        "tasks": [write_task(task, put) for task in checkpoint.tasks],
        "arrived": {name: sorted(seen) for name, seen in checkpoint.arrived.items()},
        "deferred": sorted(checkpoint.deferred),
        "ran": list(checkpoint.ran),
        **({} if seconds is None else {"seconds": round(seconds, 6)}),
        "branch": checkpoint.branch,
        "stopped": list(checkpoint.stopped),
        "code": {
            task.node: plan.nodes[task.node].fingerprint
            for task in checkpoint.tasks
            if task.node in plan.nodes
        },
    }


def write_task(task: Task, put: Put) -> Json:
    """Write a task."""
    place = [task.id, task.node, task.place]
    if task.argument is UNSET:
        return place
    return [*place, put(task.argument, f"Send({task.node!r})", None)]


def read_task(stored: Json, get: Get) -> Task:
    """Read a task."""
    name, node, place, *argument = stored
    return Task(name, node, get(argument[0]) if argument else UNSET, place)
