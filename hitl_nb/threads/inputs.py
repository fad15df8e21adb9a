"""Find where a run goes on with an input: at the beginning, or where its thread stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from hitl_nb.codec import encode
from hitl_nb.engine.checkpoint_rows import written_keys
from hitl_nb.engine.interrupts import ParentCommand
from hitl_nb.engine.node_results import read_result
from hitl_nb.errors import (
    EmptyInput,
    InvalidUpdate,
    MissingThread,
    QuestionOpen,
    UnknownQuestion,
)
from hitl_nb.graph.builder import unknown_target
from hitl_nb.graph.foreign_objects import own_update
from hitl_nb.graph.planner import Checkpoint, Outcome, Plan, Task, Update, begin, merge, tasks_of
from hitl_nb.graph.state_schema import as_update
from hitl_nb.json_schema import check
from hitl_nb.threads.answer_recording import names_questions
from hitl_nb.types import END, START, UNSET, Command, Overwrite, Send

Input = Mapping[str, Any] | Command | None


def first(plan: Plan, input: Input) -> Checkpoint:
    """Begin a new run.

    Raises:
        EmptyInput: If there is no input.
        MissingThread: If it is an answer, which only a kept thread can take.
    """
    if input is None:
        raise EmptyInput("A new run needs an input, such as {}; None continues a kept thread.")
    if isinstance(input, Command) and input.resume is not UNSET:
        raise MissingThread("Command(resume=...)")
    return begin_with(plan, input)


def is_answer(input: Input) -> TypeGuard[Command]:
    """Whether an input answers a question."""
    return isinstance(input, Command) and input.resume is not UNSET


def is_bare_answer(input: Input) -> TypeGuard[Command]:
    """Whether an input answers a question without saying which."""
    return is_answer(input) and not names_questions(input.resume)


def enter(plan: Plan, thread_id: str, checkpoint: Checkpoint, input: Input) -> Checkpoint:
    """Find where a kept thread goes on with an input.

    Raises:
        QuestionOpen: If it waits for an answer and the input is none.
    """
    if input is None or is_answer(input):
        return pass_breakpoint(checkpoint)
    if checkpoint.pending:
        raise QuestionOpen(thread_id, checkpoint.pending)
    if checkpoint.stopped or checkpoint.questions or isinstance(input, Command):
        return pass_breakpoint(checkpoint)
    return begin_with(plan, input, checkpoint)


def amendment(checkpoint: Checkpoint, input: Input) -> Outcome | None:
    """Return what an input changes in a thread that goes on where it stands."""
    waits = checkpoint.stopped or checkpoint.questions
    if input is None or not (waits or isinstance(input, Command)):
        return None
    outcome = as_outcome(Task(f"{checkpoint.step}:{START}", START), input)
    return outcome if outcome.updates or outcome.goto else None


def check_update(plan: Plan, input: Command) -> set[str]:
    """Refuse an update before the answer it comes with is recorded; return the keys it names.

    Raises:
        UnknownStateKey: If it names a key the schema does not declare.
        UnstorableValue: If a value of it cannot be stored.
    """
    outcome = as_outcome(Task("input", START), input)
    for update in outcome.updates:
        plan.schema.check(update, "The update")
        for name, value in update.items():
            bare = value.value if isinstance(value, Overwrite) else value
            encode(bare, plan.types, f"state[{name!r}]")
    return written_keys([outcome])


def amended(plan: Plan, checkpoint: Checkpoint, outcome: Outcome) -> Checkpoint:
    """Apply an amendment to a checkpoint's state, through the reducers, and to what runs next."""
    changed = checkpoint._replace(values=merge(plan, checkpoint.values, [outcome]))
    return lead(plan, changed, outcome.goto) if outcome.goto else changed


def lead(plan: Plan, checkpoint: Checkpoint, goto: Iterable[str | Send]) -> Checkpoint:
    """Run nodes and ``Send`` tasks besides those that are planned.

    Raises:
        UnknownTarget: If the graph does not have one of the nodes.
    """
    pulled = {task.node for task in checkpoint.tasks if task.place < 0}
    sends = [Send(task.node, task.argument) for task in checkpoint.tasks if task.place >= 0]
    for target in goto:
        if isinstance(target, Send):
            sends.append(target)
        elif target != END:
            pulled.add(target)
    for name in (*pulled, *(send.node for send in sends)):
        if name not in plan.nodes:
            raise unknown_target(name, "The input", plan.nodes)
    return checkpoint._replace(tasks=tasks_of(checkpoint.step, pulled, sends))


def planned_again(checkpoint: Checkpoint) -> Checkpoint:
    """Return the same tasks as a later step's: what they ask and remember is their own."""
    step = checkpoint.step + 1
    renamed = {
        task.id: task._replace(id=f"{step}:{task.id.partition(':')[2]}")
        for task in checkpoint.tasks
    }
    finished = {
        renamed[name].id: outcome._replace(task=renamed[name])
        for name, outcome in checkpoint.finished.items()
    }
    return checkpoint._replace(step=step, tasks=tuple(renamed.values()), finished=finished)


def begin_with(
    plan: Plan, input: Mapping[str, Any] | Command, previous: Checkpoint | None = None
) -> Checkpoint:
    """Begin at START, or where a command's ``goto`` says."""
    outcome = as_outcome(Task("input", START), input)
    update: dict[str, Any] = {}
    for item in outcome.updates:
        update.update(item)
    begun = begin(plan, update, previous)
    if not outcome.goto:
        return begun
    (start,) = begun.tasks
    sent = Outcome(start, (update,), outcome.goto)
    return begun._replace(finished={start.id: sent})


def as_outcome(task: Task, input: Any) -> Outcome:
    """Read an input as what the virtual START node wrote.

    Raises:
        InvalidUpdate: If it is neither an update nor a command.
    """
    if isinstance(input, Command):
        try:
            return read_result(task, replace(input, resume=UNSET))
        except ParentCommand as leaving:
            raise InvalidUpdate(f"{leaving.command!r} has no graph around it.") from None
    return Outcome(task, (as_entry(input),))


def as_entry(input: Any) -> Update:
    """Read an input as an update of the state.

    Raises:
        InvalidUpdate: If it is not one.
    """
    update = as_update(input)
    if update is None:
        raise InvalidUpdate(f"The input must be a dict of state keys, not {input!r:.80}.")
    return own_update(update)


def pass_breakpoint(checkpoint: Checkpoint) -> Checkpoint:
    """Pass the static breakpoint a run stands at, a subgraph's included."""
    waiting = {task: items for task, items in checkpoint.questions.items() if items}
    return checkpoint._replace(stopped=(), questions=waiting)


def with_answers(checkpoint: Checkpoint, answers: Mapping[str, Any]) -> Checkpoint:
    """Take answers to open questions; the tasks that asked them can run again.

    Args:
        checkpoint: Where the thread waits.
        answers: By question id.

    Raises:
        UnknownQuestion: If an id is not open.
        InvalidAnswer: If an answer does not fit its question's schema.
    """
    pending = checkpoint.pending
    known = {item.id: item for item in pending}
    for name, answer in answers.items():
        question = known.get(name)
        if question is None:
            raise UnknownQuestion(name, pending)
        if question.response_schema is not None and question.kind == "raw":
            check(question.response_schema, answer, name)
    waiting = {
        task: items
        for task, items in checkpoint.questions.items()
        if not any(item.id in answers for item in items)
    }
    return checkpoint._replace(questions=waiting, answers={**checkpoint.answers, **answers})
