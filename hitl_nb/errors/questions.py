"""A question nobody sees, an answer that reaches none, a wait that would not end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hitl_nb.errors.base import HitlError

if TYPE_CHECKING:
    from hitl_nb.types import Interrupt


_MOST_LISTED = 10
_NAME_YOURSELF = (
    'Whoever answers from code is named in the answer: {"action": "approve", "reviewer": "ana"}.'
)


class InterruptOutsideNode(HitlError, RuntimeError):
    """``interrupt()`` was called where no node is running."""

    def __init__(self, reason: str = "no node is running here") -> None:
        super().__init__(
            f"interrupt() can only ask from inside a node of a running graph: {reason}."
        )


class OnceInsideItself(HitlError, RuntimeError):
    """A call made through ``once`` comes to itself, and would wait for its own end."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"once() was called with the key {name!r} inside the call of that key, which would "
            f"wait for itself. Give the inner call a key of its own."
        )


class StoppedInDoubt(HitlError, RuntimeError):
    """A person stopped a run because nobody knows whether a call of it happened."""

    def __init__(self, node: str, function: str) -> None:
        self.node, self.function = node, function
        super().__init__(
            f"The run was stopped in the node {node!r}: whether {function} happened is not known. "
            f"Find out, then continue the thread; it asks again."
        )


class QuestionDrifts(HitlError, RuntimeError):
    """A node shows something else each time it asks, so no answer ever fits."""

    def __init__(self, node: str, before: Any, now: Any, difference: str) -> None:
        self.node, self.before, self.now = node, before, now
        super().__init__(
            f"The node {node!r} asked three times in a row and showed something else each time, "
            f"so no answer can reach it:\n{difference}\nWhat is shown must be the same when the "
            f"node runs again. Wrap what makes it differ: "
            f"draft = once(write_draft, ...) runs once and is remembered."
        )


class NodeGone(HitlError, RuntimeError):
    """A thread waits in a node that the graph no longer has."""

    def __init__(
        self, node: str, thread_id: str, nodes: Sequence[str], nearest: str | None
    ) -> None:
        self.node, self.thread_id, self.nodes, self.nearest = node, thread_id, nodes, nearest
        hint = f" Was it renamed to {nearest!r}?" if nearest else ""
        super().__init__(
            f"The thread {thread_id!r} stands before the node {node!r}, which the graph no longer "
            f"has.{hint} Give the node its old name back, or move the thread with "
            f"update_state(config, values, as_node=...)."
        )


class NodeEdited(UserWarning):
    """A node's code changed while its question was open."""


class GraphEdited(UserWarning):
    """What is around a node changed while its question was open: where it leads, or the state."""


class StateFieldGone(HitlError, RuntimeError):
    """A thread that waits holds values of state fields that the graph no longer declares."""

    def __init__(self, thread_id: str, fields: Sequence[str]) -> None:
        self.thread_id, self.fields = thread_id, tuple(fields)
        names = " and ".join(map(repr, fields))
        which, it = ("field", "its value") if len(fields) == 1 else ("fields", "their values")
        super().__init__(
            f"The thread {thread_id!r} holds values of the state {which} {names}, which the graph "
            f"no longer declares, so {it} would vanish. Declare the {which} again, or move the "
            f"thread on without: update_state(config, {{}}, as_node=...)."
        )


class AnswerNotUsed(UserWarning):
    """A node ended without asking the question it was given an answer to."""


class AnswerRefused(UserWarning):
    """An accepted answer does not fit the type the node asked for; it is asked again."""


class QuestionSwallowed(HitlError, RuntimeError):
    """A node asked a question and went on without an answer."""

    def __init__(self, node: str, question: Interrupt | None) -> None:
        self.node, self.question = node, question
        if question is None:
            happened = "asked a question on a thread of its own, where no answer can reach it,"
            remedy = "Ask from the node itself, or start the thread with asyncio.to_thread"
        else:
            happened = f"asked {question.value!r} but caught the pause and went on"
            remedy = "Do not catch BaseException around interrupt(), or raise it again"
        super().__init__(
            f"The node {node!r} {happened} without an answer, so the run stops here. {remedy}."
        )


class AnswerError(HitlError, RuntimeError):
    """An answer that reaches no open question."""


class NothingPending(AnswerError):
    """An answer was given to a thread that asks nothing.

    ``last`` names who answered its last question, and when, if there was one.
    """

    def __init__(
        self, thread_id: str | None, status: str, last: tuple[str, str] | None = None
    ) -> None:
        self.thread_id, self.status, self.last = thread_id, status, last
        name = f"The thread {thread_id!r}" if thread_id else "This run"
        wait = " Wait for it first: await session.settled()." if status == "running" else ""
        before = f" Its last one was answered by {last[0]} at {last[1]}." if last else ""
        super().__init__(f"{name} is {status} and has no open question to answer.{before}{wait}")


class UnknownQuestion(AnswerError):
    """An answer names a question that is not open."""

    def __init__(
        self, question_id: str, pending: Sequence[Interrupt], *, of_thread: bool = False
    ) -> None:
        self.question_id, self.pending = question_id, tuple(pending)
        where = f" in the thread {question_id!r}" if of_thread else ""
        super().__init__(
            f"No open question has the id {question_id!r}. Open{where}: {_listed(pending)}."
        )


class InvalidAnswer(AnswerError, ValueError):
    """An answer does not fit the question's response schema; the question stays open.

    ``errors`` holds pairs of a field's path and what is wrong with it.
    """

    def __init__(
        self, question_id: str, errors: Sequence[tuple[Sequence[Any], str]], heading: str = ""
    ) -> None:
        self.question_id, self.errors = question_id, [(tuple(path), why) for path, why in errors]
        self.heading = heading
        listed = "; ".join(
            f"{'.'.join(map(str, path)) or 'the answer'}: {why}" for path, why in self.errors
        )
        name = heading or (f"the question {question_id}" if question_id else "")
        which = f" to {_short(heading) if heading else name}" if name else ""
        end = "" if listed.endswith(("?", ".")) else "."
        super().__init__(
            f"The answer{which} does not fit: {listed}{end} The question is still open."
        )

    def inside(self, *path: str | int) -> InvalidAnswer:
        """Return the same error about what lies at a path of a larger answer."""
        errors = [((*path, *rest), why) for rest, why in self.errors]
        return InvalidAnswer(self.question_id, errors, self.heading)

    def about(self, question_id: str, heading: str = "") -> InvalidAnswer:
        """Return the same error about the answer to a certain question."""
        return InvalidAnswer(question_id, self.errors, heading)


class NotOffered(AnswerError, ValueError):
    """An answer is none of the options the question offers."""

    def __init__(self, answer: Any, offered: Sequence[Any], nearest: Any = None) -> None:
        self.answer, self.offered, self.nearest = answer, tuple(offered), nearest
        hint = f" Did you mean {nearest!r}?" if nearest is not None else ""
        super().__init__(
            f"{answer!r} is none of the options of this question.{hint} Offered: "
            f"{', '.join(map(repr, offered))}. The question is still open."
        )


class AlreadyAnswered(AnswerError):
    """The question was answered before; the first answer stands.

    ``pending`` holds what the thread asks instead, where the answer did not say what it is for.
    """

    def __init__(
        self,
        question_id: str,
        answer: Any,
        reviewer: str,
        answered_at: str,
        pending: Sequence[Interrupt] = (),
    ) -> None:
        self.question_id, self.answer = question_id, answer
        self.reviewer, self.answered_at = reviewer, answered_at
        self.pending = tuple(pending)
        now = (
            f" The thread asks something else now: {_listed(pending)}. Look at that, and answer "
            f"it with Command(resume={{question_id: answer}})."
            if pending
            else ""
        )
        super().__init__(
            f"The question {question_id!r} was already answered by {reviewer} at "
            f"{answered_at}. That answer stands; this one was not used.{now}"
        )


StaleReason = Literal["state changed", "shown otherwise", "form outdated"]
_WHY_STALE: Mapping[StaleReason, str] = {
    "state changed": "the state was changed after it was asked, so it no longer holds",
    "shown otherwise": "it shows something else than what this answer was given to",
    "form outdated": "the state has changed since the form was drawn",
}


class StaleQuestion(AnswerError):
    """What was answered is not what is asked now.

    Args:
        thread_id: The thread.
        question_id: The question, or the form that edits the thread's state.
        reason: What has changed since it was shown.
    """

    def __init__(self, thread_id: str, question_id: str, reason: StaleReason) -> None:
        self.thread_id, self.question_id, self.reason = thread_id, question_id, reason
        self.why = _WHY_STALE[reason]
        super().__init__(
            f"The question {question_id!r} of the thread {thread_id!r} cannot be answered: "
            f"{self.why}. Look at what the thread asks now, and answer that."
        )


STALE_FORM: Mapping[Literal["question", "options"], str] = {
    "question": "The question has changed; answer it again.",
    "options": "The options have changed; choose again.",
}
"""What a form says whose question is another one now than when it was drawn."""


class UnknownAction(InvalidAnswer):
    """A reply decides something that the request does not offer; the question stays open."""

    def __init__(
        self,
        action: Any,
        offered: Sequence[str],
        nearest: str | None = None,
        question_id: str = "",
        heading: str = "",
    ) -> None:
        self.action, self.offered, self.nearest = action, tuple(offered), nearest
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        why = f"{action!r} is none of its actions.{hint} Offered: {', '.join(offered)}"
        super().__init__(question_id, [((), why)], heading)

    def about(self, question_id: str, heading: str = "") -> UnknownAction:
        """Return the same error about the answer to a certain question."""
        return UnknownAction(self.action, self.offered, self.nearest, question_id, heading)


class DeadlinePassed(AlreadyAnswered):
    """An answer came after the question's time, which had answered it by then."""

    def __init__(self, question_id: str, answer: Any, answered_at: str) -> None:
        super().__init__(question_id, answer, "timeout", answered_at)
        stands = answer.get("action") if isinstance(answer, dict) else answer
        self.args = (
            f"The time to answer the question {question_id!r} is over: at {answered_at} it "
            f"answered itself with {stands!r}. That stands; this answer was not used.",
        )


class AnswerTooLate(AnswerError):
    """An answer waited for the store past the question's time, which has answered it by now."""

    def __init__(self, question_id: str, before: str) -> None:
        self.question_id, self.before = question_id, before
        super().__init__(
            f"The time to answer the question {question_id!r} was over at {before}, before this "
            f"answer could be written. It was not used."
        )


class QuestionAltered(AnswerError):
    """A stored question is not what was asked: its content does not fit its digest."""

    def __init__(self, question_id: str, node: str) -> None:
        self.question_id, self.node = question_id, node
        super().__init__(
            f"The question {question_id!r} that the node {node!r} asked was changed in the store "
            f"after it was asked, so nobody can tell what an answer to it would be for. Find out "
            f"who wrote to the store. To ask anew, fork the thread from an earlier checkpoint."
        )


class UnseenContent(AnswerError):
    """Something is approved of which a part was never on the screen."""

    def __init__(self, question: str, unseen: Sequence[tuple[str, int, int]]) -> None:
        self.question, self.unseen = question, tuple(unseen)
        parts = [
            f"{size - seen:,} of {size:,} characters of {label!r}"
            for label, seen, size in self.unseen[:_MOST_LISTED]
        ]
        more = len(self.unseen) - _MOST_LISTED
        if more > 0:
            parts.append(f"parts of {more:,} more")
        super().__init__(
            f"Not taken, because this was never on the screen: {', '.join(parts)}. "
            f"Read to the end, or check “Approve without having seen the rest”."
        )


class OwnRequest(AnswerError):
    """Somebody approves what they asked for themselves; the question stays open."""

    def __init__(self, reviewer: str, requester: str) -> None:
        self.reviewer, self.requester = reviewer, requester
        stands_in = f", for whom {reviewer!r} stands in" if reviewer != requester else ""
        super().__init__(
            f"{requester!r} asked for this{stands_in}, so somebody else has to approve it. "
            f"{_NAME_YOURSELF} The question is still open."
        )


class ApprovedBefore(AnswerError):
    """Somebody approves a second time where different people have to; the question stays open."""

    def __init__(self, reviewer: str, before: str, at: str) -> None:
        self.reviewer, self.before, self.at = reviewer, before, at
        same = "" if reviewer == before else f", and {reviewer!r} counts as the same person"
        super().__init__(
            f"{before!r} approved this already at {at}{same}. It waits for somebody else. "
            f"{_NAME_YOURSELF} The question is still open."
        )


class SigningKeyTooShort(HitlError, ValueError):
    """The secret that processes share to sign answers can be guessed."""

    def __init__(self, variable: str, length: int, least: int) -> None:
        self.variable, self.length, self.least = variable, length, least
        super().__init__(
            f"{variable} has {length} characters, which can be guessed. Give it at least {least}, "
            f"such as those of secrets.token_hex()."
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


class AnswerWaiting(AnswerError):
    """New input was given to a thread whose question was answered and has not gone on since."""

    def __init__(self, thread_id: str, question_id: str, reviewer: str, answered_at: str) -> None:
        self.thread_id, self.question_id = thread_id, question_id
        self.reviewer, self.answered_at = reviewer, answered_at
        super().__init__(
            f"The question {question_id!r} of the thread {thread_id!r} was answered by "
            f"{reviewer} at {answered_at}, and that answer waits to be used; new input would "
            f"throw it away. Continue with invoke(None, config), or use another thread_id."
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


class WaitStopped(asyncio.CancelledError):
    """A wait for a person was interrupted; the session goes on without it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class WaitInterrupted(KeyboardInterrupt):
    """A wait for a person was interrupted from the keyboard; the session goes on without it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NobodyToAnswer(HitlError, RuntimeError):
    """A question is open and there is neither a person nor a reviewer to answer it."""


def _listed(pending: Sequence[Interrupt]) -> str:
    if not pending:
        return "none"
    listed = [
        f"{item.id} ({_short(item.value)}, asked by {item.node!r})"
        for item in pending[:_MOST_LISTED]
    ]
    if (more := len(pending) - _MOST_LISTED) > 0:
        listed.append(f"and {more:,} more")
    return "; ".join(listed)


def _short(value: object, width: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
