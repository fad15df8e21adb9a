"""What things may be called."""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

from hitl_nb.savers.clock import now
from hitl_nb.savers.hash_chain import verify
from hitl_nb.savers.records import AnswerRow, Batch, CallRow, CheckpointRow, OutcomeRow, QuestionRow
from hitl_nb.testing.savers.base import Contract
from hitl_nb.testing.savers.rows import (
    DIGEST,
    NASTY_TEXTS,
    checkpoint,
    read,
)


class NameContract(Contract):
    """Any text is a name."""

    def test_threads_of_similar_names_are_told_apart(self) -> None:
        from hypothesis import given
        from hypothesis import strategies as st

        text = st.sampled_from(NASTY_TEXTS) | st.text(st.characters(exclude_categories=[]))
        ids = st.lists(text, min_size=2, max_size=6, unique=True)
        known: dict[str, str] = {}

        @given(ids)
        def check(ids: list[str]) -> None:
            for thread_id in ids:
                if thread_id not in known:
                    assert self.saver.thread(thread_id) is None
                    known[thread_id] = str(len(known))
                    self.begun(thread_id, checkpoint("c", {"owner": known[thread_id]}))
            for thread_id in ids:
                found = read(self.saver, thread_id).row.values
                assert found == {"owner": known[thread_id]}

        check()
        assert {row.id for row in self.saver.threads()} == set(known)

    def test_every_name_may_be_any_text(self) -> None:
        for text in NASTY_TEXTS:
            row = CheckpointRow(text, text, text, 0, "loop", now(), {text: text}, None, text)
            asked = QuestionRow(
                text, text, text, text, text, text, text, "p", DIGEST, None, now(), text
            )
            given = AnswerRow(text, DIGEST, "a", text, text, text, text)
            _, fence = self.saver.acquire(text, text, create=True)
            self.saver.write(
                text,
                fence,
                Batch(
                    checkpoints=[row],
                    outcomes=[OutcomeRow(text, text, text, None, text)],
                    calls=[CallRow(text, text, text, text, None)],
                    stale=[text],
                    questions=[asked],
                ),
            )
            found = read(self.saver, text, ns=text, checkpoint=text)
            assert found.row[:5] == row[:5]
            assert list(found.outcomes) == [OutcomeRow(text, text, text, None, text)]
            assert list(found.calls) == [CallRow(text, text, text, text, None)]
            assert list(found.questions) == [(asked, "open")]
            self.saver.answer(text, [given])
            (decision,) = self.saver.decisions(text)
            assert decision[1:5] == (text, text, text, text)
            assert (decision.reviewer, decision.comment) == (text, text)
            assert list(self.saver.namespaces(text)) == [text]
        verify(self.saver.decisions())
