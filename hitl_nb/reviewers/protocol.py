"""What a reviewer is: a name, a way of answering, and a reply to a question or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, runtime_checkable

from hitl_nb.types import Interrupt


class Passed:
    """The type of ``PASS``, which tells "somebody else shall answer" from any answer."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PASS"


PASS: Final = Passed()
"""What a reviewer returns that leaves the question open."""


@runtime_checkable
class Reviewer(Protocol):
    """Whoever answers questions."""

    name: str
    """Who the record says it was."""
    how: str
    """How the record says it was given: ``"script"``, ``"console"``, ``"policy"`` …."""

    def review(self, question: Interrupt) -> Any | Awaitable[Any]:
        """Return the reply to a question, or ``PASS`` to leave it open.

        Args:
            question: What is asked; its ``value`` is the request or plain payload.

        Returns:
            A reply as `interrupt` takes it, or something to await that gives one.
        """


_OF_NOBODY = ("timeout", "info")


class CallbackReviewer:
    """Let a function answer; it may be async, and leaves open what it returns ``PASS`` for.

    Args:
        function: Takes the question and returns the reply.
        name: Who the record says it was; by default the function's name.
        how: How the record says it was given.

    Raises:
        ValueError: If ``how`` stands for decisions that nobody is checked for.

    Example:
        >>> from hitl_nb import Approval, CallbackReviewer, Interrupt
        >>> def careful(question):
        ...     return "approve" if question.value.risk == "low" else "reject"
        >>> CallbackReviewer(careful).review(Interrupt(Approval("Send?", risk="high"), "1"))
        'reject'
    """

    def __init__(
        self,
        function: Callable[[Interrupt], Any | Awaitable[Any]],
        *,
        name: str | None = None,
        how: str = "callback",
    ) -> None:
        if not callable(function):
            raise TypeError(f"A reviewer needs a function of the question, not {function!r}.")
        if how in (*_OF_NOBODY, "policy"):
            raise ValueError(f"how={how!r} is said of what no reviewer gives. Use another word.")
        self.function = function
        self.name: str = name or getattr(function, "__name__", "") or type(function).__name__
        self.how = how

    def review(self, question: Interrupt) -> Any | Awaitable[Any]:
        """Return what the function does."""
        return self.function(question)


def as_reviewer(given: Any, *, name: str | None = None) -> Reviewer:
    """Return a reviewer for what stands for one: a reviewer, a policy or a function.

    Raises:
        TypeError: If it is none of these.
        ValueError: If its ``how`` stands for decisions that nobody is checked for.
    """
    if hasattr(given, "as_reviewer"):
        given = given.as_reviewer()
    if isinstance(given, Reviewer):
        if given.how in _OF_NOBODY:
            raise ValueError(f"how={given.how!r} is said of what no reviewer gives: {given!r}.")
        return given
    if callable(given):
        return CallbackReviewer(given, name=name)
    if isinstance(given, (list, tuple)):
        raise TypeError(
            "Give one reviewer, not several. Where several people have to approve, run again with "
            "the next one, or give a ScriptedReviewer whose answers say who: "
            '{"action": "approve", "reviewer": "ana"}.'
        )
    raise TypeError(
        f"{given!r} is no reviewer. Give an object with name, how and review(question), a "
        f"Policy, or a function of the question."
    )
