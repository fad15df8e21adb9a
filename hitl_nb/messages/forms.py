"""An open question, ready to be drawn, with the control that answers it."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from hitl_nb.messages.evidence import Item, Text


class ChoiceView(TypedDict):
    """One offered answer."""

    label: Text


class OptionsControl(TypedDict):
    """Pick one of the offered values; the answer is the index of the choice."""

    kind: Literal["options"]
    layout: Literal["buttons", "dropdown"]
    choices: list[ChoiceView]


class TextControl(TypedDict):
    """Write an answer; ``quick`` are replies that submit with one click."""

    kind: Literal["text"]
    quick: list[str]


class ActionView(TypedDict):
    """What may be decided."""

    name: str
    label: Text
    key: str
    """The letter that does it while no field has the keyboard; empty for none."""
    primary: bool
    """Whether Ctrl+Enter does it; never the one that has the focus first."""
    edited: NotRequired[EditedAction]
    """What it is instead once a part was changed; without it, a changed part changes nothing."""
    words: Literal["optional", "required"]
    """Whether it needs a comment."""
    values: bool
    """Whether it sends the parts' values: they are then checked, else they do not matter."""


class EditedAction(TypedDict):
    """What an action is called once something was edited, such as "Approve as edited"."""

    name: str
    label: Text


class PartView(TypedDict):
    """A value to fill in or edit, as a form drawn from its JSON Schema.

    Values are in form notation, which `forms.notation` describes: exact numbers, unset states, the
    chosen branch of a union.
    """

    name: str
    label: Text
    about: list[Item]
    schema: dict[str, Any]
    value: NotRequired[Any]
    long: NotRequired[Item]
    """Instead of a value that is too long for a field: its beginning. The kernel has the whole."""
    compare: bool
    """Whether edits are shown as differences from ``value``."""
    editable: bool | list[str]
    """Whether it, or which of its properties, may be changed."""
    actions: list[ActionView]
    """What may be decided about this part alone."""


class RequestControl(TypedDict):
    """Fill in parts, write a comment, decide."""

    kind: Literal["request"]
    parts: list[PartView]
    actions: list[ActionView]
    comment: Text | None
    """What the comment is called; None for no comment."""
    phrase: Text | None
    """What has to be typed exactly before the primary action."""
    reviewer: str | None
    """Empty if the form asks who answers; None if that is known, or does not matter."""


class Fact(TypedDict):
    """A word on what is at stake, such as "risk high"."""

    text: Text
    warns: bool


class Deadline(TypedDict):
    """When a question answers itself."""

    left: float
    """Seconds, counted from when this was sent."""
    then: Text
    """What happens then, such as "rejects"."""


class FormView(TypedDict):
    """An open question, ready to be drawn."""

    id: str
    node: Text
    heading: Text
    context: list[Item]
    control: OptionsControl | TextControl | RequestControl
    facts: NotRequired[list[Fact]]
    deadline: NotRequired[Deadline]
    history: NotRequired[list[Text]]
    """The hands it went through before, a line each."""
    follows: NotRequired[str]
    """Id of the form it takes the place of; what was typed there goes on here."""
    must_see: NotRequired[float]
    """The share of what was not sent at once that has to be displayed before it is approved."""
