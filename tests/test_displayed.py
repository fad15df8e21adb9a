"""What was on the screen is counted by the kernel, and what was not is not approved by chance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from displayed_pages import displayed, first_pages
from inboxes import Opened, at, waiting
from pydantic import BaseModel

from hitl_nb import Approval, Edit, Inbox, InMemorySaver, StateGraph, interrupt
from hitl_nb.errors import UnseenContent
from hitl_nb.forms import describe
from hitl_nb.forms import displayed as counting
from hitl_nb.forms.displayed import SentEvidence, pieces_of
from hitl_nb.forms.evidence import LONGEST_TEXT
from hitl_nb.json_schema.limits import LIMITS
from hitl_nb.requests.base import Request
from hitl_nb.types import Interrupt

LETTER = "x" * 50_000
FRONTEND = Path(__file__).parent.parent / "frontend" / "src"


class Mail(BaseModel):
    to: str
    body: str


LONG: dict[str, Any] = {
    "a text": LETTER,
    "a text in a dict": {"mail": {"to": "ana", "body": LETTER}},
    "more items than are sent": list(range(1000)),
    "more keys than are sent": {f"key {number}": "x" * 900 for number in range(1000)},
    "more rows than are sent": pd.DataFrame({"n": range(1000)}),
    "a long cell": pd.DataFrame({"note": ["x" * 5000]}),
    "what is nested deep": [[[[[[[[["x" * 50_000]]]]]]]]],
}


def asked(request: Request | dict[str, Any]) -> Interrupt:
    return Interrupt(request, "q" * 32, asked_at="2026-01-01T00:00:00+00:00")


@pytest.fixture
def limits() -> Iterator[Any]:
    before = LIMITS.must_see
    yield LIMITS
    LIMITS.must_see = before


@pytest.mark.parametrize("evidence", LONG.values(), ids=LONG)
def test_what_is_not_sent_at_once_is_not_approved_unseen(evidence: Any) -> None:
    form = describe(asked(Approval("Send it?", context=evidence)))
    sent = SentEvidence()
    sent.add_form(form)

    with pytest.raises(UnseenContent, match="never on the screen"):
        sent.share_of(form, "approve", displayed(form))
    assert "unseen_accepted" not in sent.share_of(form, "reject", displayed(form))
    share = sent.share_of(form, "approve", displayed(form, unseen_accepted=True))
    assert share["unseen_accepted"]
    assert share["characters"] < share["total"]


@pytest.mark.parametrize("where", ["context", "about", "raw", "draft", "deep"])
def test_paged_to_the_end_it_is_approved(where: str) -> None:
    from hitl_nb.forms.text_pages import page_of

    text = "line\n" * 100_000
    deep = [[[[[[[[[text]]]]]]]]]
    payload: Any = {
        "context": Approval("Send it?", context={"letter": text}),
        "about": Approval("Send it?", "short", context={"note": "x", "letter": text}),
        "raw": {"question": "Send it?", "letter": text},
        "draft": Approval("Send it?", text, context={"note": "x"}),
        "deep": Approval("Send it?", context=deep),
    }[where]
    question = asked(payload)
    form = describe(question)
    request = payload if isinstance(payload, Request) else None
    sent = SentEvidence()
    sent.add_form(form)
    ((path, piece),) = [(p, it) for p, it in pieces_of(form).items() if it.is_long]
    pages, reached = first_pages(form), piece.pages[0]

    while reached < piece.size:
        page = page_of(
            question, request,
            {"type": "turn", "question": question.id, "path": list(path), "start": reached},
        )  # fmt: skip
        assert page is not None
        sent.add_page(page)
        pages.append({"path": list(path), "start": reached, "whole": True})
        assert page["end"] > reached
        reached = page["end"]

    share = sent.share_of(form, "approve", {"seconds": 1.0, "pages": pages})
    assert share["characters"] == share["total"]
    with pytest.raises(UnseenContent):
        sent.share_of(form, "approve", {"seconds": 1.0, "pages": pages[:-1]})


@pytest.mark.parametrize("start", [-1, 1, 20_000, 10**30])
def test_a_page_that_was_not_sent_counts_nothing(start: int) -> None:
    form = describe(asked(Approval("Send it?", context={"letter": LETTER})))
    sent = SentEvidence()
    sent.add_form(form)
    named: Any = [{"path": [0], "start": start, "whole": True}] * 3

    assert sent.seen(form, {"seconds": 1.0, "pages": named}).share["characters"] == 0


def test_a_page_counts_once_and_a_folded_one_what_is_drawn_of_it() -> None:
    form = describe(asked(Approval("Send it?", context={"letter": "x" * 5000})))
    sent = SentEvidence()
    sent.add_form(form)

    def characters(*whole: bool) -> int:
        pages: Any = [{"path": [0], "start": 0, "whole": one} for one in whole]
        return sent.seen(form, {"seconds": 1.0, "pages": pages}).share["characters"]

    assert [characters(), characters(False), characters(True, True, False)] == [0, 1500, 5000]


@pytest.mark.parametrize("seconds", [-5.0, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_none(seconds: float) -> None:
    form = describe(asked(Approval("Send it?")))

    assert SentEvidence().seen(form, {"seconds": seconds}).share["seconds"] == 0.0


def test_a_form_that_was_never_sent_was_never_displayed() -> None:
    form = describe(asked(Approval("Send it?", context={"letter": "short"})))

    assert SentEvidence().share_of(form, "approve", displayed(form))["characters"] == 0


def test_short_content_needs_nothing() -> None:
    form = describe(asked(Approval("Send it?", context={"letter": "x" * LONGEST_TEXT})))
    sent = SentEvidence()
    sent.add_form(form)

    assert "must_see" not in form
    assert sent.share_of(form, "approve", {"seconds": 0.0})["characters"] == 0


def test_how_much_must_be_seen_can_be_set(limits: Any) -> None:
    form = describe(asked(Approval("Send it?", context={"letter": LETTER})))
    sent = SentEvidence()
    sent.add_form(form)

    limits.must_see = 0.4
    sent.share_of(form, "approve", displayed(form))
    limits.must_see = 0.41
    with pytest.raises(UnseenContent):
        sent.share_of(form, "approve", displayed(form))


def test_the_inbox_refuses_in_words_and_records_what_was_said_expressly() -> None:
    saver = InMemorySaver()
    waiting(saver, "a", context={"letter": LETTER})
    view = Opened(Inbox(saver, reviewer="ana"))

    view.decide("approve")
    assert saver.decisions() == []
    assert "30,000 of 50,000 characters of 'letter'" in view.said[0]

    answer = {
        "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    view.submit(answer, displayed=displayed(view.form, unseen_accepted=True))
    (row,) = saver.decisions()
    assert row.displayed == {
        "seconds": 1.5, "characters": 20_000, "total": 50_000, "unseen_accepted": True,
    }  # fmt: skip


def test_of_several_those_whose_rest_is_not_in_the_table_are_not_approved() -> None:
    saver = InMemorySaver()
    waiting(saver, "a", context={"letter": "short"})
    waiting(saver, "b", context={"letter": LETTER})
    view = Opened(Inbox(saver, reviewer="ana"))
    view.send("together", on=True)
    rows = view.state["bulk"]["rows"]
    assert ["unsent" in row for row in rows] == [False, True]
    message = {
        "questions": [row["id"] for row in rows], "seconds": 1.0,
        "cells": {row["id"]: [*range(len(row["cells"]))] for row in rows},
        "answer": {
            "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
            "reviewer": "",
        },
    }  # fmt: skip

    view.send("submit_all", nonce="n1", **message)
    assert [row.thread_id for row in saver.decisions()] == ["a"]

    view.send("submit_all", nonce="n2", unseen_accepted=True, **message)
    second = saver.decisions()[-1]
    assert second.thread_id == "b"
    assert isinstance(second.displayed, dict)
    assert second.displayed["unseen_accepted"]


DRAFTS: dict[str, Any] = {
    "a text": Approval("Send it?", "x" * 2_000_000),
    "a field": Approval("Send it?", {"to": "ana", "body": "x" * 2_000_000}),
    "a model": Approval("Send it?", Mail(to="ana", body="x" * 2_000_000)),
    "an edit": Edit("x" * 2_000_000),
    "many small texts": Approval("Send it?", ["x" * 10] * 200_000),
}


@pytest.mark.parametrize("request_", DRAFTS.values(), ids=DRAFTS)
def test_a_long_draft_is_sent_by_its_beginning(request_: Request) -> None:
    assert len(json.dumps(describe(asked(request_)))) < 300_000


def test_a_long_draft_is_approved_whole_though_the_browser_never_had_it() -> None:
    draft = {"to": "ana", "body": "begin" + "x" * 2_000_000 + "end"}
    sent: list[Any] = []

    def send(state: dict[str, Any]) -> dict[str, Any]:
        sent.append(interrupt(Approval("Send it?", draft)).value)
        return {}

    app = StateGraph(name="send").add_node(send).set_entry_point("send").compile(InMemorySaver())
    app.invoke({}, at("t"))
    view = Opened(Inbox(app.checkpointer, app))
    (part,) = view.form["control"]["parts"]
    assert "value" not in part

    view.decide("approve")
    assert sent == []
    reply = {
        "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    view.submit(reply, displayed=displayed(view.form, unseen_accepted=True))
    (row,) = view.inbox.saver.decisions()
    assert row.answer["value"] == draft


def test_the_browser_folds_as_the_kernel_counts() -> None:
    drawn = (FRONTEND / "evidence" / "items.tsx").read_text()

    assert f"const CHARACTERS = {counting.FOLDED_CHARACTERS};" in drawn
    assert f"const LINES = {counting.FOLDED_LINES};" in drawn
