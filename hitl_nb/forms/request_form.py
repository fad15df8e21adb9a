"""Describe how a request looks: what is at stake, until when, what to fill in and decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from hitl_nb.forms.buttons import actions_of, call_actions_of
from hitl_nb.forms.decision_words import words_of_action
from hitl_nb.forms.differences import in_words, part_differences
from hitl_nb.forms.evidence import context_of, item_of, shown_pieces
from hitl_nb.forms.notation import initial, masked, normal, speaks_of_secrets, to_fields
from hitl_nb.forms.notation.field_kinds import FieldKind, kind_of
from hitl_nb.forms.notation.normal_form import resolve
from hitl_nb.marked_text import show
from hitl_nb.messages import Deadline, Fact, Item, PartView, RequestControl, Text
from hitl_nb.requests.base import Request, RequestPart, Turn
from hitl_nb.requests.replies import deadline_of as ends_at
from hitl_nb.requests.replies import timed_out
from hitl_nb.types import UNSET

SURE = 0.7
"""Confidence below this is a warning."""
_GATES = {"soft": "goes on unless held", "review": "may wait", "clarify": "to clarify"}
"""How a request waits, where it is not as usual."""
_NO_COMMENT = ("ask",)
MOST_EDITABLE = 200_000
"""Characters of what is proposed that one form sends to be edited."""


def control_of_request(
    request: Request, reviewer: str = "", *, reasons: bool = True
) -> RequestControl:
    """Describe what a request wants filled in and decided.

    Args:
        request: The request.
        reviewer: The name of whoever sits in front of the form, if it is known: it asks no name
            then.
        reasons: Whether rejecting takes a reason.
    """
    seen = request.actions == ("approve",) and request.kind == "confirm"
    phrase = getattr(request, "phrase", None)
    return {
        "kind": "request",
        "parts": part_views(request.parts()),
        "actions": actions_of(request, reasons=reasons),
        "comment": None if seen or request.kind in _NO_COMMENT else show("comment"),
        "phrase": None if phrase is None else show(phrase),
        "reviewer": "" if asks_who(request) and not reviewer else None,
    }


def asks_who(request: Request) -> bool:
    """Whether it matters who answers, so that the form asks."""
    # Who held it may well decide; an earlier approver may not.
    by_people = any(turn.given != "policy" and turn.action != "hold" for turn in request.history)
    return request.needs_name or by_people


def part_views(parts: Iterable[RequestPart]) -> list[PartView]:
    """Describe values to fill in: those of a form, which together are sent to a browser at once."""
    return [view for _, view in _described(parts)]


def _described(parts: Iterable[RequestPart]) -> Iterator[tuple[RequestPart, PartView]]:
    """Yield the values of a form that can be filled in, each with the room the others leave it."""
    room = MOST_EDITABLE
    for part in parts:
        view = part_view(part, room)
        if view is not None:
            yield part, view
            room -= characters_up_to(view.get("value"), room)


def characters_up_to(value: Any, most: int) -> int:
    """Count the characters of a value in its JSON form, and of no more than matters."""
    count, left = 0, [value]
    while left and count <= most:
        one = left.pop()
        if isinstance(one, str):
            count += len(one)
        elif isinstance(one, dict):
            count += len(one)
            left += [*one, *one.values()]
        elif isinstance(one, list):
            count += len(one)
            left += one
        else:
            count += 1
    return count


def part_view(part: RequestPart, room: int = MOST_EDITABLE) -> PartView | None:
    """Describe one value to fill in; None if it has no JSON form and can only be shown.

    Args:
        part: The value, and what is proposed for it.
        room: Characters it may have to be sent as something to edit. What has more is shown as
            evidence, and counts as it was proposed: the browser never has the whole of it.
    """
    notation = notation_of(part)
    if notation is None:
        return None
    schema = normal(part.shape.schema)
    if is_long(part, room):
        return _long_view(part, schema)
    view: PartView = {
        "name": part.name,
        "label": show(part.label),
        "about": _about(part.about),
        "schema": schema,
        "compare": part.compare,
        "editable": list(part.editable) if isinstance(part.editable, tuple) else part.editable,
        "actions": call_actions_of(part),
    }
    value = notation[0]
    if value is not UNSET:
        view["value"] = value
        if (
            isinstance(value, dict)
            and "$json" in value
            and _field_kind(schema) is not FieldKind.ANY
        ):
            view["schema"] = {name: schema[name] for name in ("title",) if name in schema}
            if speaks_of_secrets(schema):
                view["schema"]["writeOnly"] = True
    return view


def is_long(part: RequestPart, room: int = MOST_EDITABLE) -> bool:
    """Whether what a part proposes has too many characters to be edited in a browser."""
    return part.proposed is not UNSET and characters_up_to(part.proposed, room) > room


def _long_view(part: RequestPart, schema: dict[str, Any]) -> PartView:
    """Describe a value of which the browser gets the beginning, and pages when it asks."""
    named = {name: schema[name] for name in ("title",) if name in schema}
    return {
        "name": part.name,
        "label": show(part.label),
        "about": _about(part.about),
        "schema": named,
        "long": item_of(part.label or part.name, masked(part.shape.schema, part.proposed)),
        "compare": part.compare,
        "editable": False,
        "actions": call_actions_of(part._replace(editable=False)),
    }


def notation_of(part: RequestPart) -> tuple[Any] | None:
    """Write what a part holds at first; None if it has no JSON form."""
    try:
        if part.proposed is not UNSET and part.compare:
            return (to_fields(part.proposed, part.shape.schema),)
        return (initial(part.shape.schema, part.proposed),)
    except (TypeError, ValueError):
        return None


def context_of_request(request: Request) -> list[Item]:
    """Describe the evidence of a request, with what cannot be filled in as text."""
    return context_of(shown_of_request(request))


def shown_of_request(request: Request) -> Any:
    """Return the evidence of a request."""
    unwritable = {
        part.label or part.name: masked(part.shape.schema, part.proposed)
        for part in request.parts()
        if part.proposed is not UNSET and notation_of(part) is None
    }
    output = {"output": request.output} if hasattr(request, "output") else {}
    more = {**output, **unwritable}
    if not more:
        return request.context
    if request.context is None:
        return more
    if isinstance(request.context, dict):
        return {**more, **request.context}
    return {**more, "context": request.context}


def evidence_of_parts(request: Request) -> list[tuple[Any, Any]]:
    """Return what the parts of a request show, labelled, in the order of their items."""
    shown: list[tuple[Any, Any]] = []
    for part, view in _described(request.parts()):
        shown += _about_pieces(part.about)
        if "long" in view:
            shown.append(("", masked(part.shape.schema, part.proposed)))
    return shown


def facts_of(request: Request) -> list[Fact]:
    """Say in words what is at stake."""
    facts: list[Fact] = []

    def say(text: str, *, warns: bool = False) -> None:
        facts.append({"text": show(text), "warns": warns})

    if request.gate in _GATES and (request.gate != "soft" or request.timeout is not None):
        say(_GATES[request.gate])
    if request.risk is not None:
        say(f"risk {request.risk}", warns=request.risk in ("high", "critical"))
    if request.confidence is not None:
        say(f"confidence {request.confidence:.0%}", warns=request.confidence < SURE)
    if request.role is not None:
        say(f"for {request.role}")
    for line in (*_who_may(request), *(f"#{tag}" for tag in request.tags)):
        say(line)
    return facts


def _who_may(request: Request) -> Iterator[str]:
    if request.approvers > 1:
        yield f"{request.approvers} approvals needed"
    elif any(turn.action in ("approve", "edit") for turn in request.history):
        yield "1 more approval needed"
    if request.identity is not None:
        yield "verified name needed" if request.identity == "verified" else "name needed"
    if request.requester is not None:
        yield f"requested by {request.requester}"


def deadline_of(request: Request, asked_at: str, now: str) -> Deadline | None:
    """Say how long a request is still open, and what comes then."""
    ends = ends_at(request, asked_at)
    if ends is None:
        return None
    left = (ends - datetime.fromisoformat(now)).total_seconds()
    return {"left": max(0.0, left), "then": show(_afterwards(request))}


def _afterwards(request: Request) -> str:
    match timed_out(request)["action"]:
        case "escalate":
            return f"escalates to {request.ladder[0]}"
        case "approve":
            return "goes on as shown" if request.gate == "soft" else "approves as shown"
        case "answer":
            return "goes on with the best guess"
        case "mixed":
            return "approves what may be approved"
    return "rejects"


def history_of(request: Request) -> list[Text]:
    """Say in a line each which hands a request went through, and what they changed."""
    lines = []
    after = request.proposals()
    for turn in reversed(request.history):
        changed: Text = []
        if turn.before is not None:
            for part in request.parts():
                before = turn.before.get(part.name, UNSET)
                found = part_differences(part, before, after.get(part.name, UNSET))
                changed += in_words(found, part.label)
            after = turn.before
        lines.append([*show(_turn(turn)), *changed])
    return lines[::-1]


def _turn(turn: Turn) -> str:
    by = "after its time" if turn.given == "timeout" else f"by {turn.reviewer}"
    line = f"{words_of_action(turn.action)} {by}"
    if turn.role:
        line += f" ({turn.role})"
    return f"{line}: {turn.comment}" if turn.comment else line


def _field_kind(schema: dict[str, Any]) -> FieldKind | None:
    return kind_of(resolve(schema, schema.get("$defs", {})))


def _about(about: Any) -> list[Item]:
    if about is None or about == "":
        return []
    return [item_of("about", about)] if isinstance(about, str) else context_of(about)


def _about_pieces(about: Any) -> list[tuple[Any, Any]]:
    if about is None or about == "":
        return []
    return [("about", about)] if isinstance(about, str) else shown_pieces(about)


def proposals_of(request: Request) -> list[Item]:
    """Describe what a request proposes, for where there is no form to hold it."""
    return [
        item_of(part.label or part.name, masked(part.shape.schema, part.proposed))
        for part in request.parts()
        if part.proposed is not UNSET and notation_of(part) is not None
    ]
