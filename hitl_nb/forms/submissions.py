"""Read what the form of a request sent: a reply, or what is wrong with it and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hitl_nb.codec.json_equality import equal_json, equal_with_types
from hitl_nb.errors import InvalidAnswer, ReviewerDiffers
from hitl_nb.forms.buttons import action_named, actions_of, call_actions_of
from hitl_nb.forms.field_errors import BadAnswer, Path
from hitl_nb.forms.notation import blank_required_texts, validate
from hitl_nb.forms.request_form import asks_who, notation_of
from hitl_nb.marked_text.identity import identity_of, names_somebody, trimmed
from hitl_nb.messages import ActionView, RequestAnswer
from hitl_nb.requests.base import Request, RequestPart
from hitl_nb.requests.replies import read_reply
from hitl_nb.types import UNSET

Fields = list[tuple[Path, str]]
_TO_CHANGED = {"approve": "edit"}
NOT_OFFERED = "is not offered here; choose again"


class Filled(NamedTuple):
    """A part as the form sent it.

    Args:
        value: Its value in its JSON form, UNSET if there is none.
        changed: Whether it differs from what was proposed.
        wrong: What is wrong with it.
    """

    value: Any
    changed: bool
    wrong: Fields


def read_request(
    request: Request, answer: RequestAnswer, *, reasons: bool = True, reviewer: str = ""
) -> dict[str, Any]:
    """Turn what the form of a request sent into a reply.

    Args:
        request: The request.
        answer: As the form sent it.
        reasons: Whether rejecting takes a reason.
        reviewer: The name of whoever sits in front of the form, if it is known.

    Returns:
        ``{"action", "value", "comment"}``, the value in its JSON form, None if there is none.

    Raises:
        BadAnswer: Naming each field that is wrong.
    """
    action = action_named(actions_of(request, reasons=reasons), answer["action"])
    if action is None:
        raise BadAnswer(f"{answer['action']!r} {NOT_OFFERED}.")
    wrong: Fields = _beside(request, action, answer)
    if asks_who(request) and not (reviewer or names_somebody(answer["reviewer"])):
        wrong.append((("reviewer",), "required: say who you are"))
    name: str = action["name"]
    value: Any = UNSET
    comment = answer["comment"].strip()
    if action["values"] or action["primary"]:
        filled = {part.name: _part(request, part, answer["values"]) for part in request.parts()}
        decisions, problems = _decided(request, filled, answer)
        wrong += problems
        for part in request.parts():
            if not part.actions or decisions.get(part.name, {}).get("action") in _TO_KEEP:
                wrong += filled[part.name].wrong
        name, refused = _name(action, filled if not decisions else {})
        wrong += refused
        if not wrong:
            values = {key: item.value for key, item in filled.items() if item.value is not UNSET}
            value = _assembled(request, name, values, decisions, answer["phrase"])
    if wrong:
        raise BadAnswer(fields=wrong)
    return _checked(request, {"action": name, "comment": comment}, value)


def read_name(request: Request | None, said: str, known: str) -> str:
    """Return who a form's answer says it is by; empty if that is known without it.

    Args:
        request: What the form asks about; None if it is no request.
        said: The name it sent.
        known: The name of whoever sits in front of it.

    Raises:
        ReviewerDiffers: If it did not ask for a name, and got another one than is known.
    """
    name = trimmed(said)
    if not names_somebody(name) or (known and identity_of(name) == identity_of(known)):
        return ""
    if known or request is None or not asks_who(request):
        raise ReviewerDiffers(name, known)
    return name


def _checked(request: Request, reply: dict[str, Any], value: Any) -> dict[str, Any]:
    """Let the request itself have the last word."""
    try:
        read = read_reply(request, reply if value is UNSET else {**reply, "value": value})
    except InvalidAnswer as refused:
        raise BadAnswer(fields=refused.errors) from refused
    return {"action": read.action, "value": read.value, "comment": read.comment}


def _assembled(
    request: Request,
    action: str,
    values: dict[str, Any],
    decisions: Mapping[str, Mapping[str, str]],
    phrase: str,
) -> Any:
    typed = {"phrase": phrase} if getattr(request, "phrase", None) is not None else {}
    try:
        return request.assemble(action, {**values, **typed}, decisions)
    except InvalidAnswer as refused:
        raise BadAnswer(fields=refused.errors) from refused


_TO_KEEP = ("approve", "edit")


def _part(request: Request, part: RequestPart, values: Mapping[str, Any]) -> Filled:
    """Read a part; of a choice and one's own words, one is enough."""
    unset = values.get(part.name, UNSET) in (UNSET, None, "", [], {"$unset": True})
    if request.kind == "choice" and unset:
        return Filled(UNSET, False, [])
    return read_part(part, values)


def read_part(part: RequestPart, values: Mapping[str, Any]) -> Filled:
    """Read one part: what was not sent, or sent as it was, counts as proposed."""
    first = notation_of(part)
    sent = values.get(part.name, UNSET)
    begun = UNSET if first is None else first[0]
    if part.proposed is not UNSET:
        if sent is UNSET or first is None or part.editable is False:
            return Filled(part.proposed, False, [])
        if part.compare and equal_with_types(sent, begun):
            return Filled(part.proposed, False, [])
    value, problems = validate(part.shape, sent)
    wrong: Fields = [((part.name, *path), message) for path, message in problems]
    if not wrong and part.compare:
        # What was proposed with words is not approved without them; what is filled in freely may
        # be empty where its schema says so.
        empty = blank_required_texts(part.shape.schema, value, part.proposed)
        wrong = [((part.name, *path), "required") for path in empty]
    changed = part.proposed is not UNSET and not (
        value is not UNSET and equal_json(value, part.proposed)
    )
    if isinstance(part.editable, tuple) and changed and not wrong:
        wrong = [((part.name, name), "may not be changed") for name in _locked(part, value)]
    return Filled(value, changed, wrong)


def _locked(part: RequestPart, value: Any) -> list[str]:
    """Return the fields that were changed and may not be."""
    before = part.proposed
    if not isinstance(value, dict) or not isinstance(before, dict):
        return [part.name]
    names = [*before, *(name for name in value if name not in before)]
    assert isinstance(part.editable, tuple)  # noqa: S101  (the caller has seen to it)
    return [
        name
        for name in names
        if name not in part.editable
        and not (name in value and name in before and equal_json(value[name], before[name]))
    ]


def _name(action: ActionView, filled: Mapping[str, Filled]) -> tuple[str, Fields]:
    """Return what an action is called, now that something was edited or nothing was."""
    edited = action.get("edited")
    changed = [name for name, item in filled.items() if item.changed]
    if edited is not None:
        return (edited["name"] if changed else action["name"]), []
    if action["name"] in _TO_CHANGED and changed:
        return action["name"], [((name,), "may not be changed") for name in changed]
    return action["name"], []


def _decided(
    request: Request, filled: Mapping[str, Filled], answer: RequestAnswer
) -> tuple[dict[str, dict[str, str]], Fields]:
    """Read what was decided about each part that has decisions of its own."""
    decisions: dict[str, dict[str, str]] = {}
    wrong: Fields = []
    for part in request.parts():
        if not part.actions:
            continue
        given = answer["decisions"].get(part.name)
        action = None if given is None else action_named(call_actions_of(part), given["action"])
        if given is None or action is None:
            wrong.append(((part.name,), "required: decide" if given is None else NOT_OFFERED))
            continue
        message = given["message"].strip()
        if action["words"] == "required" and not message:
            wrong.append(((part.name,), "required: say it in words"))
        name = action["name"]
        if name in _TO_KEEP:
            name, refused = _name(action, {part.name: filled[part.name]})
            wrong += refused
        decisions[part.name] = {"action": name, "message": message}
    return decisions, wrong


def _beside(request: Request, action: ActionView, answer: RequestAnswer) -> Fields:
    """Check the fields beside the parts."""
    wrong: Fields = []
    if action["words"] == "required" and not answer["comment"].strip():
        asks = action["name"] == "respond"
        wrong.append((("comment",), "required: say what" if asks else "required: say why"))
    phrase = getattr(request, "phrase", None)
    if phrase is not None and action["primary"] and answer["phrase"] != phrase:
        wrong.append((("phrase",), "must be typed exactly as shown"))
    return wrong
