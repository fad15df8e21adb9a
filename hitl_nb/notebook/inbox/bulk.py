"""Questions of the same shape, answered with one decision: what they share, and what not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from hitl_nb.forms import describe
from hitl_nb.forms.displayed import Seen, seconds_of, unsent_at_first
from hitl_nb.forms.notation import masked_notation, readable
from hitl_nb.json_schema.limits import LIMITS
from hitl_nb.marked_text import plain, show
from hitl_nb.messages import (
    Answer,
    BulkRow,
    DisplayedShare,
    FormView,
    Item,
    PartDecision,
    PartView,
    RequestAnswer,
    SubmitAll,
)
from hitl_nb.types import Interrupt

MOST = 200
"""Questions that are shown and answered together at most."""
MOST_COLUMNS = 12
_LEAST = 300
_MOST = 5_000
_ROOM = 500_000
"""Characters of a value that are sent at least and at most, and of the whole table."""


class BulkSelection(NamedTuple):
    """Several questions of the same shape.

    Args:
        form: Asks for the one decision.
        forms: Those of each, by question id.
        columns: What differs.
        cells: By question id, what it says there.
        same: What all of them share.
        sizes: By question id, the characters it shows in a form of its own.
        width: Characters of a value that are shown here at most.
        shared: Characters of what all of them share, which are shown unfolded.
    """

    form: FormView
    forms: dict[str, FormView]
    columns: list[str]
    cells: dict[str, list[str]]
    same: list[str]
    sizes: dict[str, int]
    width: int
    shared: int

    def seen(self, question: str, message: SubmitAll) -> Seen:
        """Say how much of one question was on the screen, whose table cuts what is very long."""
        cells = self.cells[question]
        named = set(message.get("cells", {}).get(question, ())) & set(range(len(cells)))
        share: DisplayedShare = {
            "seconds": seconds_of(message["seconds"]),
            "characters": self.shared + sum(min(len(cells[at]), self.width) for at in named),
            "total": self.sizes[question],
        }
        left, size = self.unsent(question), self.sizes[question]
        if left <= (1 - LIMITS.must_see) * size:
            return Seen(share, [])
        return Seen(share, [(plain(self.forms[question]["heading"]), size - left, size)])

    def unsent(self, question: str) -> int:
        """Count the characters of a question that the table does not hold."""
        sent = sum(min(len(text), self.width) for text in self.cells[question])
        return max(0, self.sizes[question] - self.shared - sent)

    def answer(self, question: str, given: Answer) -> Answer:
        """Make one question's answer of the decision: what it proposes stays its own."""
        if "action" not in given:
            return given
        control = self.forms[question]["control"]
        assert control["kind"] == "request"  # noqa: S101  (they have one shape)
        own = {
            part["name"]: part["value"]
            for part in control["parts"]
            if _proposes(part) and "value" in part
        }
        decisions: dict[str, PartDecision] = {
            part["name"]: {"action": given["action"], "message": given["comment"]}
            for part in control["parts"]
            if part["actions"]
        }
        whole: RequestAnswer = {**given, "values": {**given["values"], **own}}
        if decisions:
            primary = next((item["name"] for item in control["actions"] if item["primary"]), "")
            whole = {**whole, "action": primary, "decisions": decisions}
        return whole

    def rows(self, places: dict[str, str], said: dict[str, str]) -> list[BulkRow]:
        """Describe each question by what it does not share with the others."""
        rows: list[BulkRow] = []
        for name in self.forms:
            row: BulkRow = {
                "id": name,
                "place": show(places.get(name, "")),
                "cells": [show(_cut(text, self.width)) for text in self.cells[name]],
            }
            if LIMITS.must_see > 0 and (left := self.unsent(name)):
                row["unsent"] = left
            if name in said:
                row["said"] = show(said[name])
            rows.append(row)
        return rows


def shape_of(form: FormView) -> str:
    """Write what two questions must share to be answered alike: kind, actions and schema."""
    control = form["control"]
    if control["kind"] != "request":
        return json.dumps(control, sort_keys=True)
    parts = [
        {name: part[name] for name in ("name", "schema", "actions")} for part in control["parts"]
    ]
    return json.dumps([parts, control["actions"], control["phrase"]], sort_keys=True, default=str)


def bulk_of(questions: Sequence[Interrupt], reviewer: str) -> BulkSelection:
    """Put questions together that have the shape of the first one; others are left out."""
    forms = [describe(question, reviewer=reviewer) for question in questions]
    shape = shape_of(forms[0])
    alike = {form["id"]: form for form in forms if shape_of(form) == shape}
    told = {name: _told(form) for name, form in alike.items()}
    shown = {name: _told(form, hide=True) for name, form in alike.items()}
    labels = list(dict.fromkeys(label for fields in told.values() for label in fields))
    values = {label: [fields.get(label, "") for fields in told.values()] for label in labels}
    differ = [label for label in labels if len(set(values[label])) > 1]
    first = shown[forms[0]["id"]]
    columns = differ[:MOST_COLUMNS]
    width = max(_LEAST, min(_MOST, _ROOM // (len(alike) * max(1, len(columns)))))
    common = {label: text for label, text in first.items() if label not in differ}
    same = [f"{label}: {_cut(text, width)}" for label, text in common.items()]
    shared = sum(min(len(text), width) for text in common.values())
    cells = {name: [fields.get(label, "") for label in columns] for name, fields in shown.items()}
    sizes = {
        name: sum(map(len, fields.values())) + unsent_at_first(alike[name])
        for name, fields in shown.items()
    }
    asking = _asking(forms[0], len(alike))
    return BulkSelection(asking, alike, columns, cells, same, sizes, width, shared)


def _cut(text: str, width: int) -> str:
    more = len(text) - width
    return text if more <= 0 else f"{text[:width]}… ({more:,} more characters: see one by one)"


def _told(form: FormView, *, hide: bool = False) -> dict[str, str]:
    """Return all a form says, by label; secrets are compared, and hidden where they are shown."""
    told = {"question": plain(form["heading"])}
    facts = [plain(fact["text"]) for fact in form.get("facts", ())]
    if facts:
        told["at stake"] = ", ".join(facts)
    for item in form["context"]:
        _tell(told, item, "")
    control = form["control"]
    for part in control["parts"] if control["kind"] == "request" else ():
        name = plain(part["label"]) or part["name"]
        for item in part["about"]:
            _tell(told, item, f"{name} ")
        if "value" in part:
            value = part["value"]
            text = masked_notation(part["schema"], value) if hide else readable(value)
            told.update(_fields(name, text))
        elif "long" in part:
            _tell(told, {**part["long"], "label": part["label"]}, "")
    return told


def _fields(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, child in value.items() for pair in _fields(f"{name}.{key}", child)]
    return [(name, value if isinstance(value, str) else repr(value))]


def _tell(told: dict[str, str], item: Item, before: str) -> None:
    label = f"{before}{plain(item['label'])}"
    if "items" in item:
        for inner in item["items"]:
            _tell(told, inner, f"{label} ")
    elif "table" in item:
        rows = item["table"]["rows"]
        told[label] = "; ".join(" ".join(map(plain, row)) for row in rows)
    else:
        told[label] = plain(item.get("text", []))


def _asking(form: FormView, count: int) -> FormView:
    """Return the form that asks for one decision about all of them."""
    asked: FormView = {
        "id": f"together-{form['id']}",
        "node": form["node"],
        "heading": show(f"One decision for those checked of {count}"),
        "context": [],
        "control": form["control"],
    }
    control = form["control"]
    if control["kind"] == "request":
        open_parts = [part for part in control["parts"] if not _proposes(part)]
        actions = [item for item in control["actions"] if not _decides_each(item, control["parts"])]
        if any(part["actions"] for part in control["parts"]):
            open_parts = []
            actions = _of_calls(control["parts"])
        asked["control"] = {**control, "parts": open_parts, "actions": actions}
    return asked


def _proposes(part: PartView) -> bool:
    """Whether a part holds what its own question proposes, rather than an answer to fill in."""
    return "long" in part or (part["compare"] and "value" in part)


def _decides_each(action: Any, parts: Sequence[Any]) -> bool:
    return any(part["actions"] for part in parts) and bool(action["primary"])


def _of_calls(parts: Sequence[Any]) -> list[Any]:
    """Return what may be decided about every call."""
    shared = [
        action
        for action in parts[0]["actions"]
        if all(any(item["name"] == action["name"] for item in part["actions"]) for part in parts)
    ]
    return [
        {name: value for name, value in action.items() if name != "edited"} for action in shared
    ]
