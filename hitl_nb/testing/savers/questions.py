"""What threads ask."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.savers.records import Batch
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    answer,
    checkpoint,
    question,
    read,
    waiting,
)


class QuestionContract(Contract):
    """A question is open, answered or stale."""

    def test_a_question_asked_again_stays_as_it_was(self) -> None:
        waiting(self.saver, "t", first := question())
        _, fence = self.saver.acquire("t", "graph", create=False)
        again = first._replace(asked_at="2000-01-01T00:00:00.000000+00:00")

        self.saver.write("t", fence, Batch(questions=[again]))
        assert list(self.saver.questions()) == [("t", first, "open")]

        self.saver.answer("t", [answer()])
        self.saver.write("t", fence, Batch(questions=[again]))
        assert list(self.saver.questions("t", None)) == [("t", first, "answered")]

    def test_a_stale_question_opens_when_it_is_asked_again(self) -> None:
        waiting(self.saver, "t")
        _, fence = self.saver.acquire("t", "graph", create=False)
        self.saver.write("t", fence, Batch(stale=["q"]))
        assert list(self.saver.questions()) == []

        again = question()._replace(attempts=2, previous="before")
        self.saver.write("t", fence, Batch(questions=[again]))

        assert list(self.saver.questions()) == [("t", again, "open")]

    def test_a_question_asked_at_a_new_checkpoint_replaces_the_open_one(self) -> None:
        waiting(self.saver, "t")
        _, fence = self.saver.acquire("t", "graph", create=False)
        batch = Batch(checkpoints=[checkpoint("d")], questions=[question(at="d")])

        self.saver.write("t", fence, batch)

        found = [(row.checkpoint, status) for _, row, status in self.saver.questions("t", None)]
        assert found == [("c", "stale"), ("d", "open")]

    def test_an_answered_question_can_be_asked_again_at_another_checkpoint(self) -> None:
        waiting(self.saver, "t")
        self.saver.answer("t", [answer(value="first")])
        _, fence = self.saver.acquire("t", "graph", create=False)
        batch = Batch(checkpoints=[checkpoint("d")], questions=[question(at="d")])
        self.saver.write("t", fence, batch)

        self.saver.answer("t", [answer(value="second")])

        assert read(self.saver, "t", checkpoint="c").answers == {"q": "first"}
        assert read(self.saver, "t", checkpoint="d").answers == {"q": "second"}

    def test_open_questions_are_listed_oldest_first(self) -> None:
        waiting(self.saver, "b", question("q1"), question("q2"))
        waiting(self.saver, "a", question("q3"))
        self.saver.answer("b", [answer("q1")])

        assert [(owner, row.id) for owner, row, _ in self.saver.questions()] == [
            ("b", "q2"),
            ("a", "q3"),
        ]
        assert [row.id for _, row, _ in self.saver.questions("b", None)] == ["q1", "q2"]
        assert [row.id for _, row, _ in self.saver.questions(None, "answered")] == ["q1"]
