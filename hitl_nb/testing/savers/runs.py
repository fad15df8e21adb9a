"""Who runs a thread."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.errors import (
    LeaseLost,
    ThreadBusy,
    UnknownThread,
)
from hitl_nb.savers.records import Batch
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    at_once,
    checkpoint,
    refused,
    stored_thread,
)


class RunContract(Contract):
    """A thread has one run at a time."""

    def test_a_thread_begins_running(self) -> None:
        row, _ = self.saver.acquire("t", "refund", create=True)

        assert (row.id, row.graph, row.status, row.error) == ("t", "refund", "running", None)
        assert self.saver.thread("t") == row

    def test_a_thread_that_is_not_there_is_an_error_that_names_the_nearest(self) -> None:
        self.begun("order-42")

        with refused(UnknownThread) as caught:
            self.saver.acquire("order-43", "graph", create=False)

        assert caught.error.nearest == "order-42"
        assert self.saver.thread("order-43") is None

    def test_a_thread_has_one_run_at_a_time(self) -> None:
        self.saver.acquire("t", "graph", create=True)

        with refused(ThreadBusy) as caught:
            self.saver.acquire("t", "graph", create=True)

        assert caught.error.thread_id == "t"
        assert caught.error.since[:4].isdecimal()

    def test_a_run_that_ends_lets_the_next_one_begin_with_a_larger_number(self) -> None:
        first = self.begun()
        self.saver.write("t", first, Batch(status="done", release=True))

        row, second = self.saver.acquire("t", "graph", create=False)

        assert second > first
        assert row.status == "done"

    def test_a_run_that_ended_writes_nothing_more(self) -> None:
        old = self.begun()
        self.saver.write("t", old, Batch(release=True))
        self.saver.acquire("t", "graph", create=False)

        with refused(LeaseLost):
            self.saver.write("t", old, Batch(checkpoints=[checkpoint("late")], status="done"))

        assert self.saver.read("t") is None
        assert stored_thread(self.saver, "t").status == "running"

    def test_a_run_of_a_deleted_thread_does_not_write_to_the_next_of_that_name(self) -> None:
        old = self.begun()
        self.saver.write("t", old, Batch(release=True))
        self.saver.delete("t")
        self.saver.acquire("t", "graph", create=True)

        with refused(LeaseLost):
            self.saver.write("t", old, Batch(status="done"))

    def test_a_lease_is_renewed_by_who_holds_it(self) -> None:
        fence = self.begun()

        self.saver.renew("t", fence)

        with refused(LeaseLost):
            self.saver.renew("t", fence + 1)
        with refused(LeaseLost):
            self.saver.renew("other", fence)

    def test_a_run_lets_go_without_writing_and_without_complaint(self) -> None:
        fence = self.begun()

        self.saver.release("t", fence)
        self.saver.release("t", fence)
        self.saver.release("other", fence)

        _, second = self.saver.acquire("t", "graph", create=False)
        self.saver.release("t", fence)
        with refused(ThreadBusy):
            self.saver.acquire("t", "graph", create=False)
        self.saver.write("t", second, Batch(status="done"))

    def test_many_begin_one_thread_and_one_does(self) -> None:
        def begin(_: int) -> str:
            try:
                self.saver.acquire("t", "graph", create=True)
            except ThreadBusy:
                return "busy"
            return "begun"

        assert at_once(begin, range(8)).count("begun") == 1
