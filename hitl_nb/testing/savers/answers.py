"""Who answers what."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.errors import (
    AlreadyAnswered,
    DoubleAnswer,
    HitlError,
    StaleQuestion,
    UnknownQuestion,
    UnknownThread,
)
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import Batch, Json
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    answer,
    at_once,
    exact,
    question,
    read,
    refused,
    waiting,
)


class AnswerContract(Contract):
    """One answer stands, and it is on the record."""

    def test_an_answer_closes_the_question_and_is_on_the_record(self) -> None:
        asked = question(payload={"draft": "We are sorry"})._replace(kind="Approval", attempts=3)
        waiting(self.saver, "t", asked)
        given = answer(value={"ok": 1.0})._replace(
            action="approve",
            comment="fine",
            given="widget",
            displayed=["draft"],
            identity="verified:me",
        )

        (row,) = self.saver.answer("t", [given])

        assert row.seq == 1
        assert (row.thread_id, row.graph, row.checkpoint, row.ns) == ("t", "graph", "c", "")
        assert (row.node, row.question, row.kind) == ("review", "q", "Approval")
        assert (row.payload, row.digest) == ({"draft": "We are sorry"}, asked.digest)
        assert (row.answer, row.action, row.comment) == ({"ok": 1.0}, "approve", "fine")
        assert (row.reviewer, row.given, row.displayed) == ("ana", "widget", ["draft"])
        assert row.identity == "verified:me"
        assert (row.asked_at, row.attempts) == (asked.asked_at, 3)
        assert row.answered_at >= row.asked_at
        assert list(self.saver.decisions()) == [row]
        assert list(self.saver.decisions("t")) == [row]
        found = read(self.saver, "t")
        assert found.answers == {"q": {"ok": 1.0}}
        assert [status for _, status in found.questions] == ["answered"]

    def test_nothing_and_falsehood_are_answers(self) -> None:
        values: list[Json] = [None, False, 0, "", {}, []]
        waiting(self.saver, "t", *(question(f"q{n}") for n in range(len(values))))

        self.saver.answer("t", [answer(f"q{n}", value) for n, value in enumerate(values)])

        assert exact(list(read(self.saver, "t").answers.values())) == exact(values)

    def test_an_answer_needs_no_lease(self) -> None:
        waiting(self.saver, "t")
        self.saver.acquire("t", "graph", create=False)

        self.saver.answer("t", [answer()])

        assert list(self.saver.questions()) == []

    def test_the_first_answer_stands_and_the_next_hears_whose_and_when(self) -> None:
        waiting(self.saver, "t")
        (first,) = self.saver.answer("t", [answer(value="yes", reviewer="ana")])

        with refused(AlreadyAnswered) as caught:
            self.saver.answer("t", [answer(value="no", reviewer="bo")])

        assert caught.error.reviewer == "ana"
        assert caught.error.answered_at == first.answered_at
        assert caught.error.answer == "yes"
        assert read(self.saver, "t").answers == {"q": "yes"}

    def test_an_answer_to_a_thread_that_is_not_there_is_refused(self) -> None:
        with refused(UnknownThread):
            self.saver.answer("t", [answer()])

    def test_an_answer_to_what_was_never_asked_is_refused_and_names_what_is_open(self) -> None:
        waiting(self.saver, "t")
        waiting(self.saver, "other", question("elsewhere"))

        with refused(UnknownQuestion) as caught:
            self.saver.answer("t", [answer("elsewhere")])

        assert [item.id for item in caught.error.pending] == ["q"]

    def test_an_answer_to_a_stale_question_is_refused(self) -> None:
        waiting(self.saver, "t")
        _, fence = self.saver.acquire("t", "graph", create=False)
        self.saver.write("t", fence, Batch(stale=["q"]))

        with refused(StaleQuestion):
            self.saver.answer("t", [answer()])

    def test_an_answer_to_something_else_than_is_shown_is_refused(self) -> None:
        waiting(self.saver, "t")

        with refused(StaleQuestion):
            self.saver.answer("t", [answer(digest="e" * 64)])

        assert len(self.saver.questions("t")) == 1

    def test_one_question_has_one_answer(self) -> None:
        waiting(self.saver, "t")

        with refused(DoubleAnswer):
            self.saver.answer("t", [answer(value=1), answer(value=2)])

        assert list(self.saver.decisions()) == []

    def test_several_answers_are_kept_together_or_not_at_all(self) -> None:
        waiting(self.saver, "t", question("q1"), question("q2"), question("q3"))
        self.saver.answer("t", [answer("q3")])

        for wrong in (answer("q3"), answer("q4"), answer("q2", digest="e" * 64)):
            with refused(HitlError):
                self.saver.answer("t", [answer("q1"), wrong])

        assert [row.id for _, row, _ in self.saver.questions("t")] == ["q1", "q2"]
        assert len(self.saver.decisions()) == 1
        self.saver.answer("t", [answer("q1"), answer("q2")])
        verify(self.saver.decisions())

    def test_of_many_answers_at_once_one_wins(self) -> None:
        for race in range(20):
            thread_id = f"race {race}"
            waiting(self.saver, thread_id)

            def decide(reviewer: str, thread_id: str = thread_id) -> str:
                try:
                    self.saver.answer(thread_id, [answer(value=reviewer, reviewer=reviewer)])
                except AlreadyAnswered as error:
                    return error.reviewer
                return reviewer

            heard = at_once(decide, ["ana", "bo", "cy", "di"])
            winner = read(self.saver, thread_id).answers["q"]
            assert heard == [winner] * 4

    def test_decisions_made_at_once_are_numbered_without_gaps(self) -> None:
        for n in range(40):
            waiting(self.saver, str(n))

        at_once(lambda n: self.saver.answer(str(n), [answer()]), range(40))

        rows = self.saver.decisions()
        assert [row.seq for row in rows] == list(range(1, 41))
        verify(rows)
