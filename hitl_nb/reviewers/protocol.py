"""What a reviewer is: a name, a way of answering, and a reply to a question or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from hitl_nb.errors import NameRequired
from hitl_nb.marked_text.identity import identity_of
from hitl_nb.requests.decision import AUTOMATIC
from hitl_nb.types import Interrupt

Kind = TypeVar("Kind")


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


_DOORS = ("widget", "console", "code", "policy", "timeout", "info", "fork")
"""What the record says of answers through doors of this package: no other reviewer says it."""
_OWN: dict[type, str | None] = {}


def answers_by(how: str | None) -> Callable[[type[Kind]], type[Kind]]:
    """Declare how answers of a class of this package are given, and of those derived from it.

    Args:
        how: What its instances have to say; None of a class that has found out what to say.
    """

    def declared(kind: type[Kind]) -> type[Kind]:
        _OWN[kind] = how
        return kind

    return declared


def how_of(reviewer: Reviewer) -> str:
    """Return how a reviewer's answers are given: what it is counts, not what it says.

    Raises:
        ValueError: If it says what only another door may.
    """
    said = reviewer.how
    for kind in type(reviewer).__mro__:
        if kind in _OWN:
            # What a policy decides is not checked as a person's is: nothing derived passes as one.
            derived = said in AUTOMATIC and type(reviewer) is not kind
            if derived or _OWN[kind] not in (said, None):
                raise _refused(said)
            return said
    if identity_of(said) in set(map(identity_of, ("", *_DOORS))):
        raise _refused(said)
    return said


def _refused(how: str) -> ValueError:
    return ValueError(f"how={how!r} is said of what this reviewer does not give. Use another word.")


class CallbackReviewer:
    """Let a function answer; it may be async, and leaves open what it returns ``PASS`` for.

    Args:
        function: Takes the question and returns the reply.
        name: Who the record says it was; by default the function's name.
        how: How the record says it was given.

    Raises:
        NameRequired: If the name names nobody.
        ValueError: If ``how`` is said of answers that are given otherwise, such as ``"widget"``.

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
        self.function = function
        self.name: str = (
            name if name is not None else getattr(function, "__name__", type(function).__name__)
        )
        self.how = how
        check_reviewer(self)

    def review(self, question: Interrupt) -> Any | Awaitable[Any]:
        """Return what the function does."""
        return self.function(question)


def check_reviewer(reviewer: Reviewer) -> None:
    """Refuse a reviewer whose name is nobody's, or that says it answers as another door does.

    Raises:
        NameRequired: If its name names nobody.
        ValueError: If its ``how`` is said of answers that are given otherwise.
    """
    how_of(reviewer)
    if not identity_of(reviewer.name):
        raise NameRequired(reviewer.name, "a reviewer's name goes on the record")


def as_reviewer(given: Any, *, name: str | None = None) -> Reviewer:
    """Return a reviewer for what stands for one: a reviewer, a policy or a function.

    Raises:
        TypeError: If it is none of these.
        NameRequired: If its name names nobody.
        ValueError: If its ``how`` is said of answers that are given otherwise.
    """
    if hasattr(given, "as_reviewer"):
        given = given.as_reviewer()
    if isinstance(given, Reviewer):
        check_reviewer(given)
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
