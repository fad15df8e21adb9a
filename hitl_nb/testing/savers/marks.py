"""What waits, and what people note on it."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.errors import AlreadyAnswered, StaleQuestion, UnknownQuestion, UnknownThread
from hitl_nb.savers.inbox_records import BEGINNING, Marks, PayloadPath, WaitingRow
from hitl_nb.savers.records import Batch, Json, OutcomeRow, QuestionRow
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import answer, checkpoint, question, refused

LISTED: tuple[PayloadPath, ...] = (
    ("question",), ("calls", 0, "name"), ("call", "tool"), (0, "call", "tool"),
    ("a key with a.dot",), ("risk",), ("role",), ("tags",), ("timeout",),
)  # fmt: skip
"""Paths that whoever lists questions may ask for; a saver knows none of them by itself."""


class MarkContract(Contract):
    """An inbox lists what waits; notes on it go with the answer."""

    def asks(self, thread_id: str = "t", *questions: QuestionRow) -> int:
        """Begin a thread whose task has paused, and return its run's number."""
        fence = self.begun(thread_id, checkpoint("c"))
        paused = OutcomeRow("", "c", "0:review", {"seen": []})
        rows = questions or (question(),)
        batch = Batch(outcomes=[paused], questions=rows, status="waiting", release=True)
        self.saver.write(thread_id, fence, batch)
        return fence

    def listed(self, payload: Json) -> dict[str, Json]:
        """Return what is listed of a payload, by the last step of its path."""
        self.asks("t", question(payload=payload))
        _, (row,) = self.saver.waiting(listed=LISTED)
        return {
            str(path[-1]): value
            for path, value in zip(LISTED, row.listed, strict=True)
            if value is not None
        }

    def test_what_waits_is_listed_oldest_first(self) -> None:
        self.asks("b", question("q1"), first := question("q2"))
        self.asks("a", question("q3"))
        self.saver.answer("b", [answer("q1")])

        keys, rows = self.saver.waiting(listed=LISTED)

        assert [(row.thread_id, row.id) for row in rows] == [("b", "q2"), ("a", "q3")]
        assert list(keys) == [row.key for row in rows] == sorted(keys)
        nothing = [None] * (len(LISTED) - 1)
        assert rows[0] == WaitingRow(
            keys[0], "b", "graph", "q2", "review", "raw", first.asked_at, ["Send it?", *nothing]
        )

    def test_what_is_known_is_not_read_again(self) -> None:
        self.asks("a")
        self.asks("b")
        keys, _ = self.saver.waiting()

        assert self.saver.waiting(keys[:1])[0] == keys
        assert [row.thread_id for row in self.saver.waiting(keys[:1])[1]] == ["b"]
        assert list(self.saver.waiting(keys)[1]) == []

    def test_a_question_waits_once_its_task_has_paused(self) -> None:
        fence = self.begun("t", checkpoint("c"))
        self.saver.write("t", fence, Batch(questions=[question()]))
        assert self.saver.waiting() == ([], [])

        self.saver.write("t", fence, Batch(outcomes=[OutcomeRow("", "c", "0:review", {})]))
        assert len(self.saver.waiting()[0]) == 1

    def test_a_question_the_thread_left_behind_does_not_wait(self) -> None:
        self.asks("t")
        _, fence = self.saver.acquire("t", "graph", create=False)
        self.saver.write("t", fence, Batch(checkpoints=[checkpoint("d")], release=True))

        assert self.saver.waiting() == ([], [])

    def test_of_a_payload_only_what_a_list_shows_is_read(self) -> None:
        shown = {"question": "Ship?", "risk": "high", "tags": ["eu", "é\ud800"], "timeout": 60.0}

        assert self.listed(shown | {"draft": "x" * 9999, "role": None}) == shown

    def test_any_key_can_be_asked_for_and_any_number_of_them(self) -> None:
        self.asks("t", question(payload={"a key with a.dot": [True, 1.5], "risk": "low"}))

        for paths in ((), LISTED[4:5], LISTED[4:6]):
            _, (row,) = self.saver.waiting(listed=paths)
            assert list(row.listed) == [[True, 1.5], "low"][: len(paths)]

    def test_of_evidence_the_beginning_is_read(self) -> None:
        shown = {"order": "é\ud800", "mail": "x" * 9999}
        contexts: list[Json] = [shown, {}, "plain", None, ["a"]]
        for name, context in enumerate(contexts):
            self.asks(str(name), question(f"q{name}", payload={"context": context}))

        first, *others = (row.context for row in self.saver.waiting()[1])

        assert first.replace(" ", "").startswith('{"order":"\\u00e9\\ud800","mail":"xxx')
        assert len(first) == BEGINNING
        assert others == ["{}", "", "", ""]

    def test_of_a_text_its_beginning_is_listed(self) -> None:
        for name, text in enumerate(["", "😀é" * 500, "\\" * 399 + '"', "[1]"]):
            self.asks(str(name), question(f"q{name}", payload=text))
            row = self.saver.waiting(listed=LISTED)[1][-1]
            assert str(row.listed[0]) == text[: len(str(row.listed[0]))]
            assert len(str(row.listed[0])) >= min(len(text), 20)

    def test_payloads_of_any_shape_are_listed(self) -> None:
        call = {"call": {"tool": "send", "args": {}}, "config": {}}
        payloads: list[Json] = [None, 1, [], {}, [[1]], {"calls": []}, [call], call]
        for name, payload in enumerate(payloads):
            self.asks(str(name), question(f"q{name}", payload=payload))

        _, rows = self.saver.waiting(listed=LISTED)

        assert len(rows) == len(payloads)
        assert [row.listed.count("send") for row in rows] == [0, 0, 0, 0, 0, 0, 1, 1]

    def test_questions_are_found_by_the_text_they_show(self) -> None:
        self.asks("a", question(payload={"draft": 'We are SORRY, "café" 100%'}))
        self.asks("b", question(payload="nothing"))
        (first, _), _ = self.saver.waiting()

        for text in ("sorry", "CAFé", "100%", '"café"'):
            assert set(self.saver.waiting_with_text(text)) == {first}, text
        assert set(self.saver.waiting_with_text("_")) == set()

    def test_marks_are_kept_together_and_each_can_be_taken_back(self) -> None:
        self.asks("t", question("q"), question("r"))
        (key, _), _ = self.saver.waiting()

        self.saver.mark("t", "q", assigned="ana")
        assert self.saver.mark("t", "q", draft="\ud800 so") == Marks("ana", "", "\ud800 so")
        assert dict(self.saver.marks()) == {key: Marks("ana", "", "\ud800 so")}

        self.saver.mark("t", "q", assigned="", draft="")
        assert dict(self.saver.marks()) == {}

    def test_marks_go_with_the_answer(self) -> None:
        self.asks("t", question("q"), question("r"))
        self.saver.mark("t", "q", assigned="ana")
        self.saver.mark("t", "r", assigned="bob")

        self.saver.answer("t", [answer("q")])

        assert [each.assigned for each in self.saver.marks().values()] == ["bob"]
        self.saver.delete("t")
        assert dict(self.saver.marks()) == {}

    def test_marks_go_when_the_question_is_stale(self) -> None:
        fence = self.asks("t")
        self.saver.mark("t", "q", assigned="ana")
        _, fence = self.saver.acquire("t", "graph", create=False)
        self.saver.write("t", fence, Batch(stale=["q"], release=True))

        assert dict(self.saver.marks()) == {}
        with refused(StaleQuestion):
            self.saver.mark("t", "q", assigned="ana")

    def test_only_an_open_question_can_be_marked(self) -> None:
        self.asks("t")
        with refused(UnknownThread):
            self.saver.mark("gone", "q", assigned="ana")
        with refused(UnknownQuestion):
            self.saver.mark("t", "gone", assigned="ana")
        self.saver.answer("t", [answer(reviewer="bob")])
        with refused(AlreadyAnswered) as caught:
            self.saver.mark("t", "q", assigned="ana")
        assert caught.error.reviewer == "bob"

    def test_the_version_differs_once_anything_was_written(self) -> None:
        def new() -> bool:
            before, versions[0] = versions[0], self.saver.version()
            return before != versions[0]

        versions = [self.saver.version()]
        assert not new()
        self.asks("t")
        assert new()
        self.saver.waiting()
        self.saver.marks()
        assert not new()
        self.saver.mark("t", "q", assigned="ana")
        assert new()
        self.saver.answer("t", [answer()])
        assert new()
        self.saver.copy("t", "u")
        assert new()
        self.saver.delete("t")
        assert new()

    def test_threads_that_may_go_on_are_those_held_handed_over_or_answered(self) -> None:
        self.asks("waits")
        self.asks("answered")
        self.saver.answer("answered", [answer()])
        held = self.begun("held", checkpoint("c"))
        handed = self.begun("handed", checkpoint("c"))
        batch = Batch(status="running", error="over to you", release=True)
        self.saver.write("handed", handed, batch)
        done = self.begun("done", checkpoint("c"))
        self.saver.write("done", done, Batch(status="done", release=True))

        found = self.saver.unattended("over to you")

        leases = {row.id: lease for row, lease in found.threads}
        assert set(leases) == {"answered", "held", "handed"}
        assert [name for name, lease in leases.items() if lease is not None] == ["held"]
        assert leases["held"] is not None
        assert leases["held"].fence == held
        assert found.seq == 1
        assert list(self.saver.unattended("over to you", found.seq).threads) == []
        self.saver.answer("waits", [answer()])
        newer = self.saver.unattended("over to you", found.seq)
        assert ([row.id for row, _ in newer.threads], newer.seq) == (["waits"], 2)
