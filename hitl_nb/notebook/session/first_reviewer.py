"""Who answers a session's questions before a person is asked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.reviewers.protocol import Reviewer
    from hitl_nb.savers.records import DecisionRow
    from hitl_nb.threads.graph_protocol import RunnableGraph

VARIABLE = "HITL_NB_REVIEWER"
"""Environment variable that names a reviewer for sessions that were given none."""


class AskedOnce:
    """A reviewer that is asked each question once; what it leaves open stays open.

    Args:
        reviewer: Who is asked.
    """

    def __init__(self, reviewer: Reviewer) -> None:
        self._reviewer = reviewer
        self._asked: set[str] = set()

    @property
    def name(self) -> str:
        """Whoever answers now; one reviewer may speak for several people."""
        return self._reviewer.name

    @property
    def how(self) -> str:
        """How whoever answers does so."""
        from hitl_nb.reviewers.protocol import how_of

        return how_of(self._reviewer)

    def review(self, question: Interrupt) -> Any:
        """Return the reply, something to await that gives it, or ``PASS``."""
        from hitl_nb.reviewers.protocol import PASS

        if question.id in self._asked:
            return PASS
        self._asked.add(question.id)
        if self.how == "console":  # it waits for the keyboard, which must not hold up the loop
            return asyncio.to_thread(self._reviewer.review, question)
        return self._reviewer.review(question)

    async def answer(self, graph: RunnableGraph, thread_id: str) -> Sequence[DecisionRow]:
        """Answer what a thread asks and was not asked before."""
        from hitl_nb.reviewers.runner import answer_pending

        return await answer_pending(graph, thread_id, self)


def reviewer_of(given: Any) -> AskedOnce | None:
    """Return who answers first; None if that is up to the person whose name was given.

    Raises:
        TypeError: If what was given is neither a name nor a reviewer.
        ValueError: If the environment names a reviewer there is none of.
    """
    name = os.environ.get(VARIABLE) if given is None else None
    if isinstance(given, str) or (given is None and not name):
        return None
    from hitl_nb.reviewers.protocol import answers_by, as_reviewer
    from hitl_nb.reviewers.runner import named_reviewer

    answers_by(None)(AskedOnce)  # not above it: that would load pydantic with every session
    return AskedOnce(named_reviewer(name) if name else as_reviewer(given))
