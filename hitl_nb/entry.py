"""Find where a run goes on: from an input, a stored thread, and answers to its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hitl_nb.errors import (
    EmptyInput,
    InvalidUpdate,
    MissingThread,
    NothingPending,
    QuestionOpen,
)
from hitl_nb.plan import Checkpoint, Outcome, Plan, Task, Update, address, begin, merge
from hitl_nb.savers import Saver, unknown_thread
from hitl_nb.state import as_update
from hitl_nb.types import START, UNSET, Command

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
    return begin(plan, as_entry(input))


def enter(plan: Plan, saver: Saver, thread_id: str, input: Input, reviewer: str) -> Checkpoint:
    """Find where a kept thread goes on with this input.

    Raises:
        AnswerError: If an answer reaches no open question, or an input comes in its place.
    """
    stored = saver.load(thread_id)
    if isinstance(input, Command) and input.resume is not UNSET:
        if stored is None:
            raise unknown_thread(thread_id, saver.thread_ids())
        if not stored.checkpoint.pending:
            raise NothingPending(thread_id, stored.status)
        answers = address(stored.checkpoint, input.resume)
        answered = saver.answer(thread_id, answers, reviewer, "code").checkpoint
        return edit(plan, answered, input)
    if stored is None:
        return first(plan, input)
    checkpoint = stored.checkpoint
    if input is None:
        return replace(checkpoint, stopped=())
    if checkpoint.questions:
        raise QuestionOpen(thread_id, checkpoint.pending)
    if checkpoint.stopped:
        return replace(edit(plan, checkpoint, input), stopped=())
    return begin(plan, as_entry(input), checkpoint)


def edit(plan: Plan, checkpoint: Checkpoint, input: Mapping[str, Any] | Command) -> Checkpoint:
    """Apply an input's update to a waiting thread's state, through the reducers."""
    update = as_entry(input)
    if not update:
        return checkpoint
    outcome = Outcome(Task("input", START), (update,))
    return replace(checkpoint, values=merge(plan, checkpoint.values, [outcome]))


def as_entry(input: Mapping[str, Any] | Command) -> Update:
    """Read an input as an update of the state.

    Raises:
        InvalidUpdate: If it is not one.
    """
    if not isinstance(input, Command):
        content: Any = input
    elif input.goto:
        raise InvalidUpdate(
            "Command(goto=...) is for nodes to return; as an input it has no node to leave."
        )
    else:
        content = {} if input.update is None else input.update
    update = as_update(content)
    if update is None:
        raise InvalidUpdate(f"The input must be a dict of state keys, not {content!r:.80}.")
    return update
