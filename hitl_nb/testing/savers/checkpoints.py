"""What a thread keeps between supersteps and during one."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

import copy

from hitl_nb.errors import (
    CheckpointExists,
    UnknownCheckpoint,
)
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import Batch, CallRow, Json, OutcomeRow
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    answer,
    checkpoint,
    exact,
    question,
    read,
    refused,
    spoil,
    stored_thread,
    waiting,
)


class CheckpointContract(Contract):
    """What was written is read, exactly."""

    def test_a_checkpoint_is_read_as_it_was_written(self) -> None:
        first = checkpoint("c0", {"n": 1, "yes": True, "half": 0.5, "log": ["é😀", None]})
        second = checkpoint("c1", {"n": True, "log": ["é😀", None, {"a": -0.0}]}, first)
        self.begun("t", first, second)

        assert exact(read(self.saver, "t").row) == exact(second)
        assert exact(read(self.saver, "t", checkpoint="c0").row) == exact(first)

    def test_what_is_not_there_is_none(self) -> None:
        self.begun("t", checkpoint("c"))

        assert self.saver.read("other") is None
        assert self.saver.read("t", ns="sub") is None
        assert self.saver.read("t", checkpoint="other") is None
        assert self.saver.thread("other") is None
        assert list(self.saver.history("other")) == []
        assert list(self.saver.namespaces("other")) == []
        assert list(self.saver.questions("other")) == []
        assert list(self.saver.decisions("other")) == []

    def test_the_history_is_newest_first(self) -> None:
        rows = [checkpoint("c0", {"n": 0, "log": []})]
        for n in range(1, 120):
            rows.append(checkpoint(f"c{n}", {"n": n, "log": ["x"] * n}, rows[-1]))
        self.begun("t", *rows)

        assert [exact(each.row) for each in self.saver.history("t")] == [
            exact(row) for row in reversed(rows)
        ]

    def test_a_checkpoint_may_follow_an_old_one(self) -> None:
        root = checkpoint("c0", {"text": "a"})
        left = checkpoint("c1", {"text": "ab"}, root)
        right = checkpoint("c2", {"text": "ac", "new": {"x": {"y": 1}}}, root)
        last = checkpoint("c3", {"text": "ac", "new": {"x": {"y": 2}, "z": 1}}, right)
        self.begun("t", root, left, right, last)

        assert [exact(each.row) for each in self.saver.history("t")] == [
            exact(row) for row in (last, right, left, root)
        ]

    def test_any_states_in_a_row_are_read_as_they_were_written(self) -> None:
        from hypothesis import given
        from hypothesis import strategies as st

        scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
        json = st.recursive(
            scalars | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=2), inner),
            max_leaves=8,
        )
        states = st.lists(st.dictionaries(st.sampled_from("ab$"), json), min_size=1, max_size=6)
        threads = iter(range(1_000_000))

        @given(states)
        def check(states: list[dict[str, Json]]) -> None:
            rows = [checkpoint("0", states[0])]
            for state in states[1:]:
                rows.append(checkpoint(str(len(rows)), state, rows[-1]))
            thread_id = f"thread {next(threads)}"
            self.begun(thread_id, *rows)
            found = [exact(each.row) for each in self.saver.history(thread_id)]
            assert found == [exact(row) for row in reversed(rows)]
            assert exact(read(self.saver, thread_id).row) == exact(rows[-1])

        check()

    def test_graphs_inside_graphs_have_checkpoints_of_their_own(self) -> None:
        outer, inner = checkpoint("c", {"n": 1}), checkpoint("c", {"n": 2}, ns="b|x")
        innermost = checkpoint("c", {"n": 3}, ns="a")
        self.begun("t", outer, inner, innermost)

        assert list(self.saver.namespaces("t")) == ["", "b|x", "a"]
        assert read(self.saver, "t", ns="b|x").row.values == {"n": 2}
        assert read(self.saver, "t").row.values == {"n": 1}
        assert len(list(self.saver.history("t", ns="a"))) == 1

    def test_a_checkpoint_is_never_written_twice(self) -> None:
        fence = self.begun("t", checkpoint("c", {"n": 1}))
        batch = Batch(checkpoints=[checkpoint("d"), checkpoint("c", {"n": 2})], status="done")

        with refused(CheckpointExists):
            self.saver.write("t", fence, batch)

        assert read(self.saver, "t").row.values == {"n": 1}
        assert self.saver.read("t", checkpoint="d") is None
        assert stored_thread(self.saver, "t").status == "running"

    def test_what_belongs_to_no_checkpoint_is_refused_and_nothing_is_written(self) -> None:
        fence = self.begun("t", checkpoint("c"))
        strays = [
            Batch(outcomes=[OutcomeRow("", "gone", "task")]),
            Batch(calls=[CallRow("", "gone", "task", "key", 1)]),
            Batch(questions=[question(at="gone")]),
        ]

        for batch in strays:
            batch.checkpoints = [checkpoint("d")]
            with refused(UnknownCheckpoint) as caught:
                self.saver.write("t", fence, batch)
            assert caught.error.checkpoint == "gone"

        assert self.saver.read("t", checkpoint="d") is None

    def test_a_status_is_stored_with_its_error_until_the_next_one(self) -> None:
        fence = self.begun()

        self.saver.write("t", fence, Batch(status="failed", error="ValueError: \ud800"))
        self.saver.write("t", fence, Batch())
        assert stored_thread(self.saver, "t")[2:4] == ("failed", "ValueError: \ud800")

        self.saver.write("t", fence, Batch(status="running"))
        assert stored_thread(self.saver, "t")[2:4] == ("running", None)

    def test_threads_are_listed_most_recently_changed_first(self) -> None:
        for name in ("a", "b", "c"):
            self.begun(name)
        fence = self.begun("d")
        self.saver.write("d", fence, Batch(status="done", release=True))
        waiting(self.saver, "e")
        self.saver.write("d", self.saver.acquire("d", "graph", create=False)[1], Batch())

        assert [row.id for row in self.saver.threads()] == ["d", "e", "c", "b", "a"]
        assert [row.id for row in self.saver.threads("running")] == ["c", "b", "a"]

    def test_large_values_are_kept(self) -> None:
        large = {"text": "é" * 5_000_000, "rows": [{"n": n} for n in range(20_000)]}
        self.begun("t", checkpoint("c", large))

        assert read(self.saver, "t").row.values == large

    def test_changing_what_was_handed_out_changes_nothing_stored(self) -> None:
        row = checkpoint("c", {"log": [{"n": 1}]})
        fence = self.begun("t", row)
        self.saver.write(
            "t",
            fence,
            Batch(
                outcomes=[OutcomeRow("", "c", "task", {"wrote": [1]})],
                calls=[CallRow("", "c", "task", "key", [1])],
                questions=[question(payload={"draft": [1]})],
            ),
        )
        decided = self.saver.answer("t", [answer(value={"edit": [1]})])
        before = copy.deepcopy(read(self.saver, "t"))

        found = read(self.saver, "t")
        for value in (
            found.row.values,
            found.row.frontier,
            found.outcomes[0].outcome,
            found.calls[0].result,
            found.questions[0][0].payload,
            found.answers["q"],
            next(self.saver.history("t")).row.values,
            self.saver.questions("t", None)[0][1].payload,
            self.saver.decisions()[0].payload,
            self.saver.decisions()[0].answer,
            decided[0].payload,
            decided[0].answer,
        ):
            spoil(value)

        assert read(self.saver, "t") == before
        verify(self.saver.decisions())

    def test_a_superstep_keeps_what_its_tasks_wrote_remembered_and_asked(self) -> None:
        fence = self.begun("t", checkpoint("c"))
        outcomes = [OutcomeRow("", "c", "1:b", {"x": [1]}), OutcomeRow("", "c", "1:a", None, "Bad")]
        calls = [CallRow("", "c", "1:b", "k2", None), CallRow("", "c", "1:b", "k1", {"r": 1.0})]
        asked = question()._replace(
            key="send", kind="Approval", schema={"type": "object"}, previous="p", attempts=2
        )

        self.saver.write("t", fence, Batch(outcomes=outcomes[:1], calls=calls[:1]))
        self.saver.write("t", fence, Batch(outcomes=outcomes[1:], calls=calls[1:]))
        self.saver.write("t", fence, Batch(questions=[asked]))

        found = read(self.saver, "t")
        assert list(found.outcomes) == outcomes
        assert list(found.calls) == calls
        assert list(found.questions) == [(asked, "open")]
        assert found.answers == {}

    def test_a_second_outcome_of_a_task_replaces_the_first(self) -> None:
        fence = self.begun("t", checkpoint("c"))
        for error in ("first", "second"):
            outcomes = [OutcomeRow("", "c", "a", error=error), OutcomeRow("", "c", error)]
            self.saver.write("t", fence, Batch(outcomes=outcomes))

        tasks = [(row.task, row.error) for row in read(self.saver, "t").outcomes]
        assert tasks == [("first", None), ("a", "second"), ("second", None)]

    def test_a_second_result_of_a_call_replaces_the_first(self) -> None:
        fence = self.begun("t", checkpoint("c"))
        for result in (1, 2):
            self.saver.write("t", fence, Batch(calls=[CallRow("", "c", "a", "k", result)]))

        assert [row.result for row in read(self.saver, "t").calls] == [2]
