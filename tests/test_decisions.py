"""Every decision is a row of a table, with proper types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hitl_nb import (
    START,
    Approval,
    Policy,
    Rule,
    ScriptedReviewer,
    StateGraph,
    gate,
    interrupt,
    run_with,
)
from hitl_nb.decision_log.record import decisions
from hitl_nb.errors import NotAStore, StoreMissing
from hitl_nb.savers import InMemorySaver, Saver, SqliteSaver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.testing.savers.rows import NASTY_TEXTS, answer, question, refused, waiting

DERIVED = ("seconds", "asked", "policy", "rule")
DTYPES = {
    "seq": "int64",
    "thread_id": "string",
    "graph": "category",
    "payload": "object",
    "answer": "object",
    "reviewer": "category",
    "asked_at": "datetime64[us, UTC]",
    "answered_at": "datetime64[us, UTC]",
    "attempts": "int64",
    "hash": "string",
    "seconds": "float64",
    "asked": "string",
    "policy": "category",
    "rule": "category",
}


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saver]:
    made = InMemorySaver() if request.param == "memory" else SqliteSaver(tmp_path / "hitl.db")
    yield made
    made.close()


def test_a_decision_is_a_row(saver: Saver) -> None:
    asked = question(payload={"draft": ["We are sorry"]})
    waiting(saver, "t1", asked._replace(asked_at="2026-01-01T00:00:00.000000+00:00"))
    waiting(saver, "t2", question(payload=["a", "list"]))
    (first,) = saver.answer("t1", [answer(value={"ok": True}, reviewer="ana")])
    (second,) = saver.answer("t2", [answer(value=["x", "y"], reviewer="bo")])

    table = decisions(saver)

    assert sorted(table.columns) == sorted([*DecisionRow._fields, *DERIVED])
    assert list(table.columns[:5]) == ["action", "answer", "reviewer", "comment", "seconds"]
    assert table.columns[-1] == "hash"
    for column in set(DecisionRow._fields) - {"asked_at", "answered_at"}:
        assert list(table[column]) == [getattr(first, column), getattr(second, column)]
    assert table["asked_at"][0] == pd.Timestamp("2026-01-01", tz="UTC")
    assert table["answered_at"][1] == pd.Timestamp(second.answered_at)
    waited = pd.Timestamp(first.answered_at) - pd.Timestamp(first.asked_at)
    assert table["seconds"][0] == waited.total_seconds()


def test_the_types_are_the_same_with_and_without_rows(saver: Saver) -> None:
    empty = decisions(saver)
    waiting(saver, "t")
    saver.answer("t", [answer()])
    full = decisions(saver)

    assert (len(empty), len(full)) == (0, 1)
    assert {name: str(full[name].dtype) for name in DTYPES} == DTYPES
    assert list(map(str, empty.dtypes)) == list(map(str, full.dtypes))


def test_a_log_can_be_grouped(saver: Saver) -> None:
    for n, reviewer in enumerate(["ana", "bo", "ana"]):
        waiting(saver, str(n))
        saver.answer(str(n), [answer(value=n, reviewer=reviewer)])

    counts = decisions(saver).groupby("reviewer", observed=True)["seq"].count()

    assert counts.to_dict() == {"ana": 2, "bo": 1}


def test_any_text_is_in_the_table_as_it_was_given(saver: Saver) -> None:
    for text in NASTY_TEXTS:
        waiting(saver, text)
        row = answer(reviewer=text)._replace(comment=text, action=text + "\x1b,")
        saver.answer(text, [row])

    table = decisions(saver)

    for column in ("thread_id", "reviewer", "comment"):
        assert list(table[column]) == list(NASTY_TEXTS)
    assert list(table["action"]) == [text + "\x1b," for text in NASTY_TEXTS]


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        ("Send it?\nNow?", "Send it? Now?"),
        ({"question": "Send it?", "options": ["yes"]}, "Send it?"),
        ({"message": " Send\tit? "}, "Send it?"),
        ({"question": 7, "history": 8}, ""),
        ({"question": "", "message": "Send it?"}, "Send it?"),
        ({"question": "x" * 5000}, ""),
        ("x" * 5000, f"{'x' * 299}…"),
        (
            {"action_request": {"action": "pay", "args": {}}, "config": {"allow_accept": True}},
            "pay",
        ),
        ({"type": "tool_approval", "name": "pay", "args": {}}, "Run pay?"),
        ([1, 2], ""),
        (None, ""),
    ],
)
def test_what_was_asked_is_a_line(saver: Saver, payload: Any, line: str) -> None:
    waiting(saver, "t", question(payload=payload))
    saver.answer("t", [answer()])

    assert list(decisions(saver)["asked"]) == [line]


def test_a_request_is_known_by_its_question_given_or_usual(saver: Saver) -> None:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        interrupt(Approval(draft="text"))
        return {"done": interrupt(Approval("x" * 400, draft="text")).action}

    app = StateGraph().add_node(pay).add_edge(START, "pay").compile(saver)
    run_with(app, {}, reviewer=ScriptedReviewer(["approve", "approve"]))

    assert list(decisions(saver)["asked"]) == ["Approve?", f"{'x' * 299}…"]


def test_the_rule_a_policy_followed_can_be_counted(saver: Saver) -> None:
    policy = Policy([Rule("auto", amount={"<=": 20})], name="refunds", amount="amount")

    def pay(state: dict[str, Any]) -> dict[str, Any]:
        for amount in (12, 120, 13):
            gate("pay", {"amount": amount}, policy=policy)
        return {"sure": interrupt("Sure?")}

    app = StateGraph().add_node(pay).add_edge(START, "pay").compile(saver)
    run_with(app, {}, reviewer=ScriptedReviewer(["approve", "yes"]))

    waiting(saver, "t", question(payload={"history": [{"given": "policy", "action": "auto"}]}))
    saver.answer("t", [answer()])

    table = decisions(saver)[:4]
    assert decisions(saver)["policy"][4] == ""
    assert list(table["asked"]) == ["Run pay?", "Run pay?", "Run pay?", "Sure?"]
    assert list(table["policy"]) == [f"refunds@{policy.version}"] * 3 + [""]
    assert table.groupby("rule", observed=True)["seq"].count().to_dict() == {
        "rule 1: amount ≤ 20": 2, "no rule applies": 1, "": 1,
    }  # fmt: skip


def test_times_in_any_iso_form_are_read(saver: Saver) -> None:
    forms = [
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000000+00:00",
    ]
    for n, form in enumerate(forms):
        waiting(saver, str(n), question()._replace(asked_at=form))
        saver.answer(str(n), [answer()])

    assert set(decisions(saver)["asked_at"]) == {pd.Timestamp("2026-01-01", tz="UTC")}


def test_a_path_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    with SqliteSaver(path) as saver:
        waiting(saver, "t")
        saver.answer("t", [answer(value="yes")])
        assert list(decisions(path)["answer"]) == ["yes"]
    before = path.read_bytes()

    assert len(decisions(str(path))) == 1

    assert path.read_bytes() == before


def test_a_path_that_leads_to_no_store_is_an_error(tmp_path: Path) -> None:
    with refused(StoreMissing):
        decisions(tmp_path / "nowhere.db")
    (tmp_path / "notes.txt").write_text("hello " * 1000)
    with refused(NotAStore):
        decisions(tmp_path / "notes.txt")
