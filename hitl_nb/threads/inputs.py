"""Find where a run goes on: from an input, a stored thread, and answers to its questions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from hitl_nb.codec import encode
from hitl_nb.engine.checkpoint_rows import Typed
from hitl_nb.engine.interrupts import ToParent
from hitl_nb.engine.node_results import read_result
from hitl_nb.errors import (
    AlreadyAnswered,
    AnswerError,
    DeadlinePassed,
    EmptyInput,
    InvalidUpdate,
    MissingThread,
    NothingPending,
    QuestionOpen,
    StaleQuestion,
    UnknownThread,
)
from hitl_nb.graph.builder import unknown_target
from hitl_nb.graph.planner import Checkpoint, Outcome, Plan, Task, Update, begin, merge, tasks_of
from hitl_nb.graph.state_schema import as_update
from hitl_nb.savers.clock import now
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import AnswerRow, DecisionRow
from hitl_nb.threads.answers import BY_CODE, Given, address, go_on, names_questions, settle
from hitl_nb.threads.deadlines import TIMEOUT, let_expire
from hitl_nb.types import END, START, UNSET, Command, Interrupt, Overwrite, Send

__all__ = [
    "BY_CODE",
    "Given",
    "Input",
    "amended",
    "amendment",
    "answer",
    "as_entry",
    "as_outcome",
    "begin_with",
    "check_update",
    "enter",
    "first",
    "give_answers",
    "is_answer",
    "lead",
    "planned_again",
    "unknown_thread",
]

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


def enter(plan: Plan, thread_id: str, checkpoint: Checkpoint, input: Input) -> Checkpoint:
    """Find where a kept thread goes on with an input.

    Raises:
        QuestionOpen: If it waits for an answer and the input is none.
    """
    if input is None or is_answer(input):
        return go_on(checkpoint)
    if checkpoint.pending:
        raise QuestionOpen(thread_id, checkpoint.pending)
    if checkpoint.stopped or checkpoint.questions or isinstance(input, Command):
        return go_on(checkpoint)
    return begin_with(plan, input, checkpoint)


def amendment(checkpoint: Checkpoint, input: Input) -> Outcome | None:
    """Return what an input changes in a thread that goes on where it stands."""
    waits = checkpoint.stopped or checkpoint.questions
    if input is None or not (waits or isinstance(input, Command)):
        return None
    outcome = as_outcome(Task(f"{checkpoint.step}:{START}", START), input)
    return outcome if outcome.updates or outcome.goto else None


def check_update(plan: Plan, input: Command) -> None:
    """Refuse an update before the answer it comes with is recorded, not after.

    Raises:
        UnknownStateKey: If it names a key the schema does not declare.
        UnstorableValue: If a value of it cannot be stored.
    """
    for update in as_outcome(Task("input", START), input).updates:
        plan.schema.check(update, "The update")
        for name, value in update.items():
            bare = value.value if isinstance(value, Overwrite) else value
            encode(bare, plan.types, f"state[{name!r}]")


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


def give_answers(
    saver: Saver, thread_id: str, pending: Sequence[Interrupt], plan: Plan, resume: Any
) -> Sequence[DecisionRow]:
    """Close the questions an answer is for, after checking it against their schemas.

    Raises:
        UnknownThread: If there is no such thread.
        NothingPending: If no question is open.
        AlreadyAnswered: If somebody else was faster.
        StaleQuestion: If the state was edited under the question.
        AnswerError: If the answer reaches no open question, or does not fit.
    """
    if names_questions(resume):
        return answer(saver, thread_id, pending, plan, resume)
    if not pending:
        raise _nothing_pending(saver, thread_id)
    return answer(saver, thread_id, pending, plan, address(pending, resume))


def _nothing_pending(saver: Saver, thread_id: str) -> AnswerError:
    """Say why a bare answer reaches nothing: somebody was faster, or it is no longer asked."""
    thread = saver.thread(thread_id)
    if thread is None:
        return unknown_thread(thread_id, [item.id for item in saver.threads()])
    last = next(reversed(saver.decisions(thread_id)), None)
    asked = saver.questions(thread_id, None)
    if asked and thread.status in ("running", "waiting"):
        _, question, status = asked[-1]
        head = saver.read(thread_id, question.ns)
        stands_there = head is not None and head.row.id == question.checkpoint
        if status == "stale":
            return StaleQuestion(thread_id, question.id, "state changed")
        if stands_there and last is not None and last.question == question.id:
            if last.given == TIMEOUT:
                return DeadlinePassed(question.id, last.answer, last.answered_at)
            return AlreadyAnswered(question.id, last.answer, last.reviewer, last.answered_at)
    answered = (last.reviewer, last.answered_at) if last is not None else None
    return NothingPending(thread_id, thread.status, answered)


def answer(
    saver: Saver,
    thread_id: str,
    pending: Sequence[Interrupt],
    plan: Typed,
    answers: Mapping[str, Any],
    given: Given = BY_CODE,
) -> Sequence[DecisionRow]:
    """Close questions by id; all of them or none.

    Raises:
        AnswerError: If an id is not open, or an answer does not fit its question.
        DeadlinePassed: If the question's time is over; it has answered itself then.
    """
    expired = let_expire(saver, plan, thread_id, pending)
    for row in expired:
        if row.question in answers:
            raise DeadlinePassed(row.question, row.answer, row.answered_at)
    known = {item.id: item for item in pending}
    at = now()
    rows = [
        _answer_row(plan, name, known.get(name), value, given, at)
        for name, value in answers.items()
    ]
    try:
        return saver.answer(thread_id, rows)
    except AlreadyAnswered as error:
        if error.reviewer == TIMEOUT:
            raise DeadlinePassed(error.question_id, error.answer, error.answered_at) from error
        raise


def _answer_row(
    plan: Typed, name: str, question: Interrupt | None, value: Any, given: Given, at: str
) -> AnswerRow:
    """Check an answer; an id that is not open makes the saver say what became of it."""
    shown = ""
    if question is not None:
        value, given = settle(question, value, given, at)
        shown = question.digest
    return AnswerRow(
        name,
        shown,
        encode(value, plan.types, "answer"),
        given.action,
        given.comment,
        given.reviewer,
        given.how,
        given.displayed,
    )


def unknown_thread(thread_id: str, known: Sequence[str]) -> UnknownThread:
    """Compose the error for a thread that is not stored, with the nearest one that is."""
    near = difflib.get_close_matches(thread_id, known, n=1)
    return UnknownThread(thread_id, near[0] if near else None)


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
        except ToParent as leaving:
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
    return update
