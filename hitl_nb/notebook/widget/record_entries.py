"""The line of record that takes a form's place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from hitl_nb.codec import Types, decode
from hitl_nb.engine.checkpoint_rows import RAW, read_request
from hitl_nb.errors import UnreadableData
from hitl_nb.forms import describe, heading_of, request_of
from hitl_nb.forms.decision_words import words_of_action
from hitl_nb.forms.notation import masked
from hitl_nb.forms.outcome import edits_of, seen_of, words_of
from hitl_nb.marked_text import brief, show
from hitl_nb.messages import RecordEntry
from hitl_nb.savers.identity_source import issuer_of
from hitl_nb.savers.records import DecisionRow
from hitl_nb.types import Interrupt, TypedQuestion

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request

GOING_ON = frozenset({"hold", "refused"})
"""Decisions after which the same thing is asked again, so that what was typed is still wanted."""


def record_of(row: DecisionRow, types: Types, schema: Any = None) -> RecordEntry:
    """Describe a question and its answer.

    Args:
        row: The decision.
        types: The classes that may be stored.
        schema: The JSON Schema of a plain payload's answer, which the row does not keep.
    """
    shown = question_of(row, types)
    answer = decode(row.answer, types)
    asked, answered = map(datetime.fromisoformat, (row.asked_at, row.answered_at))
    entry: RecordEntry = {
        "kind": "record",
        "question": row.question,
        # What a policy decided it would decide again.
        "forks": row.given != "policy",
        "node": show(row.node),
        "heading": show(heading_of(shown.value)),
        "answer": brief(masked(schema, answer)),
        "reviewer": show(_who(row)),
        "seconds": (answered - asked).total_seconds(),
        "shown": describe(shown)["context"],
    }
    request = request_of(shown)
    if request is not None:
        from hitl_nb.forms.request_form import proposals_of

        entry["shown"] = [*entry["shown"], *proposals_of(request)]
    if isinstance(shown.value, TypedQuestion):
        _add_decision(entry, cast("Request", shown.value), answer)
    elif row.action != "answer":
        entry["answer"] = show(words_of_action(row.action))
    if row.given == "info":
        entry["answer"], entry["reviewer"] = show("said"), show("the run")
    if row.comment:
        entry["comment"] = show(row.comment)
    seen = seen_of(row.displayed)
    if seen is not None:
        entry["seen"] = seen
    return entry


def _who(row: DecisionRow) -> str:
    issuer = issuer_of(row.identity)
    return f"{row.reviewer} (verified by {issuer})" if issuer else row.reviewer


def question_of(row: DecisionRow, types: Types) -> Interrupt:
    """Return the question of a row as it was asked."""
    value = decode(row.payload, types)
    if row.kind != RAW:
        with suppress(UnreadableData):  # another version's; its plain payload is shown
            value = read_request(row.kind, value, row.question)
    return Interrupt(value, row.question, node=row.node, asked_at=row.asked_at)


def _add_decision(entry: RecordEntry, request: Request, answer: Mapping[str, Any]) -> None:
    entry["answer"] = words_of(request, answer)
    edits = edits_of(request, answer)
    if edits:
        entry["edits"] = edits
