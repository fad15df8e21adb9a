"""Threads that are copied and deleted."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.errors import (
    AlreadyAnswered,
    ThreadBusy,
    ThreadExists,
    UnknownThread,
)
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import Batch, CallRow, OutcomeRow
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    answer,
    checkpoint,
    question,
    read,
    refused,
    stored_thread,
    waiting,
)


class CopyContract(Contract):
    """A copy goes its own way."""

    def test_a_copy_goes_on_by_itself(self) -> None:
        first = checkpoint("c", {"n": 1})
        second = checkpoint("d", {"n": 2}, first)
        fence = self.begun("t", first, second, checkpoint("s", {"n": 3}, ns="sub"))
        self.saver.write(
            "t",
            fence,
            Batch(
                outcomes=[OutcomeRow("", "d", "b", 1), OutcomeRow("", "d", "a", 2)],
                calls=[CallRow("", "d", "a", "k", {"paid": True})],
                questions=[question("q1", at="d"), question("q2", at="d")],
                status="waiting",
            ),
        )
        self.saver.answer("t", [answer("q1", "yes")])
        original = read(self.saver, "t")

        self.saver.copy("t", "copy")

        found = read(self.saver, "copy")
        assert found.row == original.row
        assert (found.outcomes, found.calls) == (original.outcomes, original.calls)
        assert [status for _, status in found.questions] == ["answered", "stale"]
        assert found.answers == {"q1": "yes"}
        assert [each.row.id for each in self.saver.history("copy")] == ["d", "c"]
        assert list(self.saver.namespaces("copy")) == ["", "sub"]
        assert stored_thread(self.saver, "copy").status == "waiting"

        _, other = self.saver.acquire("copy", "graph", create=False)
        third = checkpoint("e", {"n": 9}, second)
        self.saver.write("copy", other, Batch(checkpoints=[third], questions=[question(at="e")]))
        assert read(self.saver, "copy").row.values == {"n": 9}
        assert read(self.saver, "t") == original
        assert [row.id for _, row, _ in self.saver.questions("t")] == ["q2"]

    def test_what_was_answered_before_the_copy_stays_answered(self) -> None:
        waiting(self.saver, "t")
        self.saver.answer("t", [answer(reviewer="ana")])
        self.saver.copy("t", "copy")

        with refused(AlreadyAnswered) as caught:
            self.saver.answer("copy", [answer(reviewer="bo")])

        assert caught.error.reviewer == "ana"
        assert len(self.saver.decisions()) == 1

    def test_a_copy_overwrites_nothing(self) -> None:
        waiting(self.saver, "t")
        waiting(self.saver, "other")

        with refused(ThreadExists):
            self.saver.copy("t", "other")
        with refused(UnknownThread):
            self.saver.copy("nowhere", "new")

    def test_a_deleted_thread_is_gone_but_for_its_decisions(self) -> None:
        waiting(self.saver, "t", question("q1"), question("q2"))
        waiting(self.saver, "other")
        self.saver.answer("t", [answer("q1")])
        self.saver.copy("t", "copy")

        self.saver.delete("t")

        assert self.saver.thread("t") is None
        assert self.saver.read("t") is None
        assert list(self.saver.questions("t", None)) == []
        assert [row.thread_id for row in self.saver.decisions()] == ["t"]
        assert {row.id for row in self.saver.threads()} == {"other", "copy"}
        assert read(self.saver, "copy").answers == {"q1": True}

        waiting(self.saver, "t")
        self.saver.answer("t", [answer()])
        assert [row.seq for row in self.saver.decisions("t")] == [1, 2]
        verify(self.saver.decisions())

    def test_a_thread_that_runs_or_is_not_there_is_not_deleted(self) -> None:
        self.begun("t", checkpoint("c"))

        with refused(ThreadBusy):
            self.saver.delete("t")
        with refused(UnknownThread):
            self.saver.delete("other")

        assert self.saver.read("t") is not None
