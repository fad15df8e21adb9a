"""Let a node ask: the pause, the question's identity, and the answer's way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from hitl_nb.codec import Types
from hitl_nb.codec import digest as digest_of
from hitl_nb.errors import InterruptOutsideNode
from hitl_nb.types import UNSET, Interrupt


class Pause(BaseException):
    """Leaves a node that waits for an answer.

    It derives from ``BaseException`` because pausing is not an error: ``except Exception``
    in a node must not catch it.
    """

    def __init__(self, question: Interrupt) -> None:
        self.question = question
        super().__init__(f"waiting for an answer to {question.id}")


class Asker:
    """What one run of one task knows of its questions and their answers.

    Args:
        thread: The thread's id; part of every question's identity.
        task: The task's id.
        node: The node's name.
        answers: Answers given so far to the task's questions, by question id.
        types: Classes a payload may hold.
    """

    __slots__ = ("answers", "asked", "closed", "node", "task", "thread", "times", "types")

    def __init__(
        self, thread: str, task: str, node: str, answers: Mapping[str, Any], types: Types
    ) -> None:
        self.thread, self.task, self.node = thread, task, node
        self.answers = answers
        self.asked: list[Interrupt] = []
        self.types = types
        self.times: dict[tuple[str | None, str], int] = {}
        self.closed = False

    def ask(self, value: Any, key: str | None) -> Any:
        """Return the answer to this very question, or pause for it."""
        if self.closed:
            raise InterruptOutsideNode(
                f"the node {self.node!r} had already ended, so nobody would see the question"
            )
        shown = digest_of(value, self.types, "payload")
        time = self.times.get((key, shown), 0)
        self.times[key, shown] = time + 1
        name = question_id(self.thread, self.task, key, shown, time)
        answer = self.answers.get(name, UNSET)
        if answer is not UNSET:
            return answer
        question = Interrupt(value, name, node=self.node, digest=shown, key=key)
        self.asked.append(question)
        raise Pause(question)


CURRENT: ContextVar[Asker | None] = ContextVar("hitl_nb_task", default=None)


def question_id(thread: str, task: str, key: str | None, shown: str, time: int) -> str:
    """Derive a question's id, 32 hex digits.

    Args:
        thread: The thread that asks.
        task: The task that asks: superstep, node and place.
        key: The name the node gave the question.
        shown: Digest of the payload.
        time: How many equal questions the task asked before this one.
    """
    identity = json.dumps([thread, task, key, shown, time])
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def interrupt(value: Any, *, key: str | None = None) -> Any:
    """Ask a person, and return their answer.

    The node stops here and its run pauses. Once answered, the node runs again from its
    beginning and this call returns the answer given to this very question: same thread,
    task, ``key`` and content.

    Args:
        value: What to show: text, a dict, or anything that can be stored.
        key: A name that tells questions with equal content apart.

    Returns:
        The answer as it was given.

    Raises:
        InterruptOutsideNode: If no node is running here.
    """
    asker = CURRENT.get()
    if asker is None:
        raise InterruptOutsideNode
    return asker.ask(value, key)
