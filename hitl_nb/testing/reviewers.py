"""The contract of reviewers as tests: inherit the class, say how to make one, run pytest.

Example:
    >>> from hitl_nb import CallbackReviewer
    >>> class TestMyReviewer(ReviewerContract):
    ...     def make_reviewer(self):
    ...         return CallbackReviewer(lambda question: PASS)
    >>> TestMyReviewer().test_every_kind_of_request_is_answered_validly_or_left_open()
"""
# ruff: noqa: D102, S101  (a test asserts, and its name is the sentence)

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from inspect import isawaitable
from typing import Any, Literal

from typing_extensions import TypedDict

from hitl_nb.codec import digest
from hitl_nb.compiled import StateGraph
from hitl_nb.engine.sync import run_sync
from hitl_nb.forms import check_offered
from hitl_nb.json_schema import check
from hitl_nb.requests.base import Request
from hitl_nb.requests.replies import read_reply
from hitl_nb.requests.request_kinds import (
    Approval,
    Ask,
    Choice,
    Confirm,
    Edit,
    Feedback,
    Form,
    ToolCall,
    ToolReview,
)
from hitl_nb.reviewers.protocol import PASS, Reviewer
from hitl_nb.reviewers.runner import run_with
from hitl_nb.savers.memory import InMemorySaver
from hitl_nb.types import END, INTERRUPT, START, Interrupt

HOSTILE = "fine\x1b[2J\x1b]0;owned\x07\r\u202egnorw\u202c\b\x9b31m \u200bhidden"
"""Clears a terminal, renames its window, colours it, and hides and reorders text."""


class Address(TypedDict):
    """A record to fill in."""

    street: str
    kind: Literal["home", "work"]


REQUESTS: tuple[Request, ...] = (
    Approval("Send this?", "We are sorry."),
    Approval("Refund?", {"order": 42, "amount": 12.5}, editable=("amount",), risk="high"),
    Approval("Send soon?", {"to": "ana"}, gate="soft", timeout=60, context={"why": ["late"]}),
    Approval("Pay?", {"amount": 1}, approvers=2, requester="rob", ladder=("manager",)),
    Choice("Which carrier?", ("DHL", "UPS")),
    Choice("Which ones?", (1, "two", None), multiple=True),
    Choice("Which way?", ("up", "down"), other=True),
    Ask("What is the order's number?"),
    Ask("Which country?", guess="Austria", gate="clarify", timeout=60),
    Confirm("Delete the file?"),
    Confirm("Delete the table?", level="verify", phrase="drop it"),
    Form(Address, question="Where to?"),
    Form(Address, initial={"street": "Ring 1", "kind": "home"}),
    Edit("We are sorry."),
    Edit({"subject": "Your order", "lines": ["a", "b"]}),
    Feedback("We are sorry.", types=("wrong", "good")),
    ToolReview(
        (ToolCall("mail", {"to": "ana"}), ToolCall("pay", {"amount": 5}, allow=("reject",)))
    ),
)
"""Every kind of request, in the ways it is asked."""

PAYLOADS: tuple[Any, ...] = (
    "What is your name?",
    {"question": "Go on?", "options": ["yes", "no"]},
    {"message": "Which?", "options": [{"label": "one", "value": 1}]},
    {
        "action_requests": [{"name": "mail", "args": {"to": "ana"}, "description": "d"}],
        "review_configs": [
            {"action_name": "mail", "allowed_decisions": ["approve", "edit", "reject"]}
        ],
    },
    [
        {
            "action_request": {"action": "mail", "args": {"to": "ana"}},
            "config": {
                "allow_accept": True, "allow_edit": True,
                "allow_ignore": True, "allow_respond": True,
            },
        }
    ],
)  # fmt: skip
"""Plain payloads, and those of other frameworks."""

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


class ReviewerContract:
    """What every reviewer does; a subclass says how to make one.

    A reviewer may leave any question open. What it answers has to be valid.
    """

    def make_reviewer(self) -> Reviewer:
        """Return a reviewer that has answered nothing yet."""
        raise NotImplementedError

    def printed(self) -> str:
        """Return what the reviewer has shown by other ways than ``print``."""
        return ""

    def test_it_has_a_name_and_a_way_of_answering(self) -> None:
        reviewer = self.make_reviewer()

        assert isinstance(reviewer, Reviewer)
        assert reviewer.name
        assert reviewer.how

    def test_every_kind_of_request_is_answered_validly_or_left_open(self) -> None:
        for question in _questions(REQUESTS):
            reply = self._review(question)
            if reply is not PASS:
                found = read_reply(question.value, reply)
                assert found.action in (*question.value.actions, *_OF_SEVERAL)

    def test_plain_payloads_are_answered_with_what_they_offer_or_left_open(self) -> None:
        for question in _questions(PAYLOADS[:3]):
            answer = self._review(question)
            if answer is not PASS:
                check_offered(question.value, answer)

    def test_payloads_of_other_frameworks_are_answered_in_their_own_shape(self) -> None:
        several, inbox = _questions(PAYLOADS[3:])
        answer = self._review(several)
        if answer is not PASS:
            (decided,) = answer["decisions"]
            assert decided["type"] in ("approve", "edit", "reject")
        answer = self._review(inbox)
        if answer is not PASS:
            (decided,) = answer
            assert decided["type"] in ("accept", "edit", "ignore", "response")

    def test_a_question_with_a_schema_is_answered_with_what_fits_it_or_left_open(self) -> None:
        answer = self._review(Interrupt({"question": "How old?"}, "1", SCHEMA))
        if answer is not PASS:
            check(SCHEMA, answer, "1")

    def test_looking_at_a_question_changes_neither_it_nor_its_time(self) -> None:
        for question in _questions(REQUESTS):
            before = digest(question.payload), question.asked_at, question.value.timeout
            self._review(question)
            assert (digest(question.payload), question.asked_at, question.value.timeout) == before

    def test_hostile_text_never_reaches_the_terminal_as_it_is(self) -> None:
        for request in _hostile():
            shown = self._shown(Interrupt(request, "1", node=HOSTILE))
            controls = {c for c in shown if (ord(c) < 32 and c not in "\n\t") or 126 < ord(c) < 160}
            assert controls == set()
            assert "\u202e" not in shown
            assert "\u200b" not in shown

    def test_the_record_says_who_answered_and_how_or_the_question_stays_open(self) -> None:
        for request in REQUESTS:
            if request.approvers > 1:
                continue
            saver, reviewer = InMemorySaver(), self.make_reviewer()
            with contextlib.redirect_stdout(io.StringIO()):
                state = run_with(_asking(request, saver), {}, _CONFIG, reviewer=reviewer)
            rows = saver.decisions()
            if INTERRUPT in state:
                assert not rows
                assert [item.value for item in state[INTERRUPT]] == [request]
            else:
                assert [(row.reviewer, row.given) for row in rows] == [
                    (reviewer.name, reviewer.how)
                ]

    def _review(self, question: Interrupt) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            reply = self.make_reviewer().review(question)
            return run_sync(_awaited(reply)) if isawaitable(reply) else reply

    def _shown(self, question: Interrupt) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            reply = self.make_reviewer().review(question)
            if isawaitable(reply):
                run_sync(_awaited(reply))
        return shown.getvalue() + self.printed()


_OF_SEVERAL = ("approve", "edit", "reject", "respond", "mixed")
_CONFIG = {"configurable": {"thread_id": "t"}}


async def _awaited(reply: Any) -> Any:
    return await reply


def _questions(payloads: Any) -> Iterator[Interrupt]:
    for number, payload in enumerate(payloads):
        yield Interrupt(payload, f"{number:032x}", node="ask", asked_at="2026-11-20T09:30:00+00:00")


def _hostile() -> Iterator[Any]:
    yield Approval(HOSTILE, {HOSTILE: HOSTILE}, context={HOSTILE: [HOSTILE]}, tags=(HOSTILE,))
    yield Approval("Send?", HOSTILE, role=HOSTILE, requester=HOSTILE)
    yield Choice(HOSTILE, (HOSTILE, "b"))
    yield Ask(HOSTILE, guess=HOSTILE)
    yield Confirm(HOSTILE, level="verify", phrase=HOSTILE)
    yield Form({"type": "object", "properties": {HOSTILE: {"enum": [HOSTILE], "title": HOSTILE}}})
    yield ToolReview((ToolCall(HOSTILE, {HOSTILE: HOSTILE}, description=HOSTILE),))
    yield Feedback(HOSTILE, types=(HOSTILE,))
    yield {"question": HOSTILE, "options": [HOSTILE], "more": HOSTILE}
    yield HOSTILE


def _asking(request: Request, saver: InMemorySaver) -> Any:
    from hitl_nb.engine.interrupts import interrupt

    def ask(_state: dict[str, Any]) -> dict[str, Any]:
        return {"action": interrupt(request).action}

    graph = StateGraph(name="asking").add_node("ask", ask)
    return graph.add_edge(START, "ask").add_edge("ask", END).compile(saver)
