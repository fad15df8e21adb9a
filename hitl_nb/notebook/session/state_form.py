"""The state as a form: a field for each key, typed by the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple, NotRequired, Required, get_args, get_origin
from typing import get_type_hints as hints_of

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.errors import InvalidAnswer
from hitl_nb.forms import BadAnswer, item_of
from hitl_nb.forms.request_form import notation_of, part_view
from hitl_nb.forms.submissions import read_part
from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import show
from hitl_nb.messages import ActionView, FormView, Item, RequestAnswer
from hitl_nb.notebook.session.view_state import STATE
from hitl_nb.requests.base import RequestPart
from hitl_nb.requests.shape import Shape, kept
from hitl_nb.types import UNSET, Overwrite


class Field(NamedTuple):
    """A key of the state that can be edited: its part of the form, and its value."""

    part: RequestPart
    value: Any


def form_of(
    plan: Plan, checkpoint: str, values: Mapping[str, Any], before: Iterable[str]
) -> FormView:
    """Describe the form that edits a state.

    Args:
        plan: The graph, whose schema types the fields.
        checkpoint: The checkpoint whose state it is.
        values: The state.
        before: The nodes that run next.
    """
    fields = fields_of(plan, values)
    views = {name: part_view(field.part) for name, field in fields.items()}
    left: list[Item] = [
        item_of(name, value) for name, value in values.items() if views.get(name) is None
    ]
    return {
        "id": STATE + checkpoint,
        "node": show(", ".join(before)),
        "heading": show("Edit the state"),
        "context": left,
        "control": {
            "kind": "request",
            "parts": [view for view in views.values() if view is not None],
            "actions": [_CANCEL, _APPLY],
            "comment": None,
            "phrase": None,
            "reviewer": None,
        },
    }


def read_form(plan: Plan, values: Mapping[str, Any], answer: RequestAnswer) -> dict[str, Any]:
    """Return the update that brings the state to what the form says; empty if nothing changed.

    Raises:
        BadAnswer: Naming each field that is wrong.
    """
    update: dict[str, Any] = {}
    wrong: list[Any] = []
    for name, (part, value) in fields_of(plan, values).items():
        sent = answer["values"].get(name, UNSET)
        first = notation_of(part)
        if sent is UNSET or first is None or equal_with_types(sent, first[0]):
            continue
        filled = read_part(part, answer["values"])
        if filled.wrong:
            wrong += filled.wrong
        elif part.proposed is UNSET or filled.changed:
            try:
                found = part.shape.read(filled.value)
            except InvalidAnswer as refused:
                wrong += [((name, *path), why) for path, why in refused.errors]
                continue
            if part.proposed is not UNSET:
                found = kept(value, part.proposed, filled.value, found)
            update[name] = found
    if wrong:
        raise BadAnswer(fields=wrong)
    keys = plan.schema.keys or {}
    reduced = {name for name in update if name in keys and keys[name].reducer is not None}
    return {name: Overwrite(item) if name in reduced else item for name, item in update.items()}


def fields_of(plan: Plan, values: Mapping[str, Any]) -> dict[str, Field]:
    """Return the keys of a state that have a form, in the order they are declared."""
    hints = _hints(plan.schema.source)
    names = list(plan.schema.keys) if plan.schema.keys is not None else list(values)
    fields = {}
    for name in names:
        value = values.get(name, UNSET)
        part = _part(name, hints.get(name, UNSET), value)
        if part is not None:
            fields[name] = Field(part, value)
    return fields


def _part(name: str, hint: Any, value: Any) -> RequestPart | None:
    """Describe a key by its declared type, else by its value; None if it has no form."""
    made_of = [(Shape, hint), (Shape.like, value)]
    for make, source in made_of:
        if source is UNSET:
            continue
        try:
            shape = make(source)
            written = UNSET if value is UNSET else shape.write(value)
            if written is not UNSET:
                shape.check(written)
        except (TypeError, ValueError, InvalidAnswer):
            continue
        part = RequestPart(name, name, shape, written, compare=written is not UNSET)
        return part if notation_of(part) is not None else None
    return None


def _hints(schema: Any) -> dict[str, Any]:
    if schema is None:
        return {}
    try:
        found = hints_of(schema, include_extras=True)
    except (NameError, TypeError):
        return {}
    return {name: _bare(hint) for name, hint in found.items()}


def _bare(hint: Any) -> Any:
    """Return a hint without what only the state schema means by it."""
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated:
        return hint
    kind, *notes = get_args(hint)
    constraints = [note for note in notes if not callable(note)]
    return Annotated[(kind, *constraints)] if constraints else kind


_CANCEL: ActionView = {
    "name": "cancel", "label": ["Cancel"], "key": "c", "primary": False, "words": "optional",
    "values": False,
}  # fmt: skip
_APPLY: ActionView = {
    "name": "apply", "label": ["Apply"], "key": "a", "primary": True, "words": "optional",
    "values": True,
}  # fmt: skip
