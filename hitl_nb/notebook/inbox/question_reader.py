"""Read and answer questions from what is stored of them, with or without their graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from hitl_nb.codec import NO_TYPES, Types
from hitl_nb.engine.checkpoint_rows import (
    Typed,
    edits_under_questions,
    open_rows,
    read_question,
)
from hitl_nb.savers.inbox_records import WaitingRow
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow, QuestionRow
from hitl_nb.threads.answer_recording import Given, answer
from hitl_nb.types import Interrupt


class Plain(NamedTuple):
    """Stands in for a graph that is not here: nothing but plain data can be read or given.

    That is all a request needs: its reply is checked by the JSON Schema that is stored with it.
    """

    types: Types = NO_TYPES


PLAIN = Plain()


class QuestionReader:
    """Where questions of any thread are read and answered.

    Args:
        saver: Where they are kept.
        plans: By the name of a graph, the classes its threads may hold.
    """

    def __init__(self, saver: Saver, plans: Mapping[str, Typed]) -> None:
        self._saver = saver
        self._plans = plans

    def types_of(self, graph: str) -> Typed:
        """Return the classes that a graph's threads may hold, as far as they are known here."""
        return self._plans.get(graph, PLAIN)

    def stored(self, row: WaitingRow) -> QuestionRow | None:
        """Return a question as it is stored; None if it does not wait any more."""
        asked = open_rows(self._saver, row.thread_id)
        return next((item for item in asked if item.id == row.id), None)

    def read(self, row: WaitingRow) -> Interrupt | None:
        """Return a question; None if it does not wait any more.

        Raises:
            UnreadableData: If it holds a value of a class that is not known here.
        """
        stored, types = self.stored(row), self.types_of(row.graph).types
        if stored is None:
            return None
        question = read_question(stored, types)
        if question.previous is None:
            return question
        head = self._saver.read(row.thread_id)
        edits = {} if head is None else edits_under_questions(head, types)
        return replace(question, edits=edits.get(question.previous, {}))

    def answer(self, row: WaitingRow, reply: Any, given: Given) -> Sequence[DecisionRow]:
        """Answer a question; see `hitl_nb.threads.answer_recording.answer`.

        Raises:
            AnswerError: If it takes no such answer, or none any more.
            UnreadableData: If it holds a value of a class that is not known here.
        """
        question = self.read(row)
        pending = [] if question is None else [question]
        types = self.types_of(row.graph)
        return answer(self._saver, row.thread_id, pending, types, {row.id: reply}, given)

    def decision(self, row: WaitingRow) -> DecisionRow | None:
        """Return the decision that closed a question, if there is one."""
        made = self._saver.decisions(row.thread_id)
        return next((item for item in reversed(made) if item.question == row.id), None)
