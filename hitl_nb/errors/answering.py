"""A question nobody sees, an answer that reaches none, a wait that would not end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hitl_nb.errors.base import HitlError

if TYPE_CHECKING:
    from hitl_nb.types import Interrupt


class InterruptOutsideNode(HitlError, RuntimeError):
    """``interrupt()`` was called where no node is running."""

    def __init__(self, reason: str = "no node is running here") -> None:
        super().__init__(
            f"interrupt() can only ask from inside a node of a running graph: {reason}."
        )


class QuestionSwallowed(HitlError, RuntimeError):
    """A node asked a question and went on without an answer."""

    def __init__(self, node: str, question: Interrupt) -> None:
        self.node, self.question = node, question
        super().__init__(
            f"The node {node!r} asked {question.value!r} but caught the pause and went on "
            f"without an answer, so the run stops here. Do not catch BaseException around "
            f"interrupt(), or raise it again."
        )


class AnswerError(HitlError, RuntimeError):
    """An answer that reaches no open question."""


class NothingPending(AnswerError):
    """An answer was given to a thread that asks nothing."""

    def __init__(self, thread_id: str | None, status: str) -> None:
        self.thread_id, self.status = thread_id, status
        name = f"The thread {thread_id!r}" if thread_id else "This run"
        wait = " Wait for it first: await session.settled()." if status == "running" else ""
        super().__init__(f"{name} is {status} and has no open question to answer.{wait}")


class UnknownQuestion(AnswerError):
    """An answer names a question that is not open."""

    def __init__(self, question_id: str, pending: Sequence[Interrupt]) -> None:
        self.question_id, self.pending = question_id, tuple(pending)
        super().__init__(f"No open question has the id {question_id!r}. Open: {_listed(pending)}.")


class AlreadyAnswered(AnswerError):
    """The question was answered before; the first answer stands."""

    def __init__(self, question_id: str, answer: Any, reviewer: str, answered_at: str) -> None:
        self.question_id, self.answer = question_id, answer
        self.reviewer, self.answered_at = reviewer, answered_at
        super().__init__(
            f"The question {question_id!r} was already answered by {reviewer} at "
            f"{answered_at}. That answer stands; this one was not used."
        )


class AmbiguousAnswer(AnswerError):
    """One bare answer was given to several open questions."""

    def __init__(self, pending: Sequence[Interrupt]) -> None:
        self.pending = tuple(pending)
        super().__init__(
            f"{len(pending)} questions are open, so an answer must say which it is for: "
            f"Command(resume={{question_id: answer}}). Open: {_listed(pending)}."
        )


class QuestionOpen(AnswerError):
    """New input was given to a thread that waits for an answer."""

    def __init__(self, thread_id: str | None, pending: Sequence[Interrupt]) -> None:
        self.thread_id, self.pending = thread_id, tuple(pending)
        super().__init__(
            f"The thread {thread_id!r} waits for an answer, which new input is not. "
            f"Answer with Command(resume=...), or use another thread_id. "
            f"Open: {_listed(pending)}."
        )


class UnknownThread(AnswerError):
    """No thread of that id is stored."""

    def __init__(self, thread_id: str, nearest: str | None = None) -> None:
        self.thread_id, self.nearest = thread_id, nearest
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"There is no thread {thread_id!r} to continue.{hint}")


class MissingThread(HitlError, ValueError):
    """A thread's id is needed and none was given."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} needs a thread: compile(checkpointer=...) and "
            f'config={{"configurable": {{"thread_id": "..."}}}}.'
        )


class CannotWait(HitlError, RuntimeError):
    """A synchronous wait for a person would block the notebook that person answers in."""


class NobodyToAnswer(HitlError, RuntimeError):
    """A question is open and there is neither a person nor a reviewer to answer it."""


def _listed(pending: Sequence[Interrupt]) -> str:
    if not pending:
        return "none"
    return "; ".join(
        f"{item.id} ({_short(item.value)}, asked by {item.node!r})" for item in pending
    )


def _short(value: object, width: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
