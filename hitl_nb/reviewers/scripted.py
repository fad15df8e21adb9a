"""Answer from a script, for tests and for runs that have to go the same way every time."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self

from hitl_nb.errors import LeftoverAnswers, MissingAnswer
from hitl_nb.forms import heading_of
from hitl_nb.reviewers.protocol import answers_by, check_reviewer
from hitl_nb.types import Interrupt


@answers_by("script")
class ScriptedReviewer:
    """Answer from a script, and complain about what it lacks; in a ``with``, also of leftovers.

    Args:
        answers: A list, in the order of asking, each for one question; a dict by the name of the
            node that asks, by the question, or by a pattern of it such as ``"Refund *"``, each for
            as many questions as it fits, the most exact first; or a function of the question. An
            answer that is a function is called with the question.
        name: Who the record says it was.

    Attributes:
        asked: The questions it was asked, oldest first.

    Example:
        >>> from hitl_nb import Approval, Interrupt, ScriptedReviewer
        >>> with ScriptedReviewer({"Refund *": "approve"}) as reviewer:
        ...     reviewer.review(Interrupt(Approval("Refund 20 EUR?"), "1"))
        'approve'
        >>> reviewer.review(Interrupt(Approval("Delete the file?"), "2", node="tidy"))
        Traceback (most recent call last):
        hitl_nb.errors.reviewers.MissingAnswer: The script has no answer to 'Delete the file?', \
asked by 'tidy'. It answers: 'Refund *'.
    """

    how = "script"

    def __init__(
        self,
        answers: Sequence[Any] | Mapping[str, Any] | Callable[[Interrupt], Any],
        *,
        name: str = "script",
    ) -> None:
        if isinstance(answers, (str, bytes)) or not (
            callable(answers) or isinstance(answers, (Sequence, Mapping))
        ):
            raise TypeError(
                f"A script is a list of answers, a dict of them or a function, not {answers!r}. "
                f"For a single answer write [{answers!r}]."
            )
        self.answers = answers
        self.name = name
        self.asked: list[Interrupt] = []
        self._used: set[Any] = set()
        check_reviewer(self)

    def review(self, question: Interrupt) -> Any:
        """Return the script's answer.

        Raises:
            MissingAnswer: If it has none.
        """
        place = len(self._used)
        self.asked.append(question)
        if isinstance(self.answers, Mapping):
            found = self.answers[self._key(self.answers, question)]
        elif callable(self.answers):
            return self.answers(question)
        elif place < len(self.answers):
            self._used.add(place)
            found = self.answers[place]
        else:
            raise MissingAnswer(
                heading_of(question.value),
                question.node,
                [f"{place} question{'' if place == 1 else 's'}, in order"],
            )
        return found(question) if callable(found) else found

    def finish(self) -> None:
        """Check that every answer was needed.

        Raises:
            LeftoverAnswers: Naming those that were not.
        """
        if isinstance(self.answers, Mapping):
            left = {key: self.answers[key] for key in self.answers if key not in self._used}
        elif callable(self.answers):
            return
        else:
            every = enumerate(self.answers, 1)
            left = {f"answer {n}": given for n, given in every if n > len(self._used)}
        if left:
            raise LeftoverAnswers(left, [heading_of(item.value) for item in self.asked])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()

    def _key(self, answers: Mapping[str, Any], question: Interrupt) -> str:
        heading = heading_of(question.value)
        exact = (key for key in (heading, question.node) if key in answers)
        patterns = (key for key in answers if fnmatchcase(heading, key))
        key = next(exact, next(patterns, None))
        if key is None:
            near = difflib.get_close_matches(heading, answers, n=1)
            near = near or difflib.get_close_matches(question.node, answers, n=1)
            known = [repr(key) for key in answers]
            raise MissingAnswer(heading, question.node, known, near[0] if near else None)
        self._used.add(key)
        return key
