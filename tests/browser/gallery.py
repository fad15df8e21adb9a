"""The forms gallery, as its notebook asks and as `gallery_answers` answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nbformat
from browser.filler import Filler, Hand
from gallery_answers import ANSWERS
from playwright.sync_api import Locator

from hitl_nb.forms import describe
from hitl_nb.forms.notation import to_fields
from hitl_nb.messages import PartView, RequestControl
from hitl_nb.requests.base import Request
from hitl_nb.requests.replies import Reply, read_reply
from hitl_nb.types import Interrupt

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "forms_gallery.ipynb"
APART = ("policy", "decisions")
"""Cells that ask in another way than the others."""


def read_cells() -> list[Any]:
    """Return the cells of the notebook."""
    return list(nbformat.read(NOTEBOOK, as_version=4).cells)


def asked() -> dict[str, list[Request]]:
    """Return what each cell of the notebook asks a person, in order."""
    found: dict[str, list[Request]] = {}
    names: dict[str, Any] = {"__name__": "forms_gallery"}
    module = type(sys)("forms_gallery")
    sys.modules["forms_gallery"] = module
    names = module.__dict__
    for cell in read_cells():
        if cell.cell_type != "code" or cell.id in APART:
            continue
        requests = found.setdefault(cell.id, [])
        exec(compile(cell.source, cell.id, "exec"), names)
        if cell.id == "ask":
            names["ask"] = lambda name, *given, types=(): _now.extend(given)
        requests += [one for one in _now if getattr(one, "level", "") != "info"]
        _now.clear()
    return {cell: requests for cell, requests in found.items() if requests}


_now: list[Request] = []


def fill(form: Locator, request: Request, hand: Hand) -> str:
    """Fill in a form as `gallery_answers` has it; return the label of the button to press."""
    control = cast(RequestControl, describe(Interrupt(request, "asked"))["control"])
    reply = read_reply(request, ANSWERS[request.question])
    notations = _notations(request, reply)
    filler = Filler(form, hand)
    for number, part in enumerate(control["parts"]):
        if request.kind == "tool_review":
            _decide(form, part, reply.value[number], hand)
        elif part["name"] in notations:
            filler.fill(part, notations[part["name"]])
    if reply.comment:
        hand.write(form.get_by_role("textbox", name="comment", exact=True), reply.comment)
    if control["phrase"]:
        hand.write(form.get_by_role("textbox", name=f"type {reply.value}"), reply.value)
    if control["reviewer"] is not None:
        who = "bo" if request.history else "ana"
        hand.write(form.get_by_role("textbox", name="your name"), who)
    for action in control["actions"]:
        edited = action.get("edited", action)
        if reply.action in (action["name"], edited["name"]) or action["primary"]:
            shown = edited if reply.action == edited["name"] else action
            label = "".join(str(run) for run in shown["label"])
            if reply.action in (action["name"], edited["name"]):
                return label
    return label


def _notations(request: Request, reply: Reply) -> Mapping[str, Any]:
    """Return what each part of a form holds for this reply."""
    if request.kind == "choice":
        return _chosen(request, reply.value)
    parts = {part.name: part for part in request.parts()}
    first = next(iter(parts.values()), None)
    if first is None or reply.value is None or reply.action == "approve":
        return {}
    return {first.name: to_fields(reply.value, first.shape.schema)}


def _chosen(request: Any, value: Any) -> Mapping[str, Any]:
    values = [option.value for option in request.options]
    given = value if request.multiple else [value]
    places = [{"$number": str(values.index(item))} for item in given if item in values]
    words = [item for item in given if item not in values]
    found: dict[str, Any] = {"other": words[0]} if words else {}
    if places:
        found["answer"] = places if request.multiple else places[0]
    return found


def _decide(form: Locator, part: PartView, decided: Mapping[str, Any], hand: Hand) -> None:
    name = "".join(str(run) for run in part["label"])
    scope = form.get_by_role("group", name=name, exact=True).first
    if decided["action"] == "edit":
        Filler(scope, hand).fill(part, to_fields(decided["args"], part["schema"]))
    actions = [action.get("edited", action)["name"] for action in part["actions"]]
    names = [action["name"] for action in part["actions"]]
    place = names.index(decided["action"]) if decided["action"] in names else None
    group = scope.get_by_role("radiogroup", name=f"decision on {name}", exact=True)
    if place is None:
        place = actions.index(decided["action"])
    hand.choose(group.get_by_role("radio"), place)
    if decided.get("message"):
        hand.write(scope.get_by_role("textbox", name="message", exact=True), decided["message"])
