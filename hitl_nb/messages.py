"""Describe what kernel and browser say to each other.

One description serves both sides: the kernel uses these types as they are, and
``frontend/src/messages.ts`` is generated from them (``make types``; a test compares).

The view's state lives in synced traits, so a reloaded page can draw itself again.
What a person does travels as custom messages, each complete in itself.
"""

from __future__ import annotations

from typing import Literal, NotRequired, final

from typing_extensions import TypedDict


class Mark(TypedDict):
    """A character that would be invisible or would reorder text, named instead of drawn."""

    mark: str
    name: str


Text = list[str | Mark]
"""Text to be drawn as text: runs of plain characters and marks for hidden ones."""


class Item(TypedDict):
    """One labelled piece of evidence: either ``text`` or nested ``items``."""

    label: Text
    text: NotRequired[Text]
    size: NotRequired[int]
    """Characters of the whole value, when ``text`` holds only its beginning."""
    items: NotRequired[list[Item]]


class Choice(TypedDict):
    """One offered answer."""

    label: Text


class OptionsControl(TypedDict):
    """Pick one of the offered values; the answer is the index of the choice."""

    kind: Literal["options"]
    layout: Literal["buttons", "dropdown"]
    choices: list[Choice]


class TextControl(TypedDict):
    """Write an answer; ``quick`` are replies that submit with one click."""

    kind: Literal["text"]
    quick: list[str]


class Form(TypedDict):
    """An open question, ready to be drawn."""

    id: str
    node: Text
    heading: Text
    context: list[Item]
    control: OptionsControl | TextControl


class Change(TypedDict):
    """What a step did to one state key; ``before`` is absent for a new key."""

    key: Text
    before: NotRequired[Text]
    after: Text


class StepEntry(TypedDict):
    """A node that ran to its end."""

    kind: Literal["step"]
    node: Text
    seconds: float
    changes: list[Change]


class RecordEntry(TypedDict):
    """A question and its answer, as the one line that replaces the form."""

    kind: Literal["record"]
    node: Text
    heading: Text
    answer: Text
    reviewer: Text
    seconds: float
    shown: list[Item]


class Failure(TypedDict):
    """Why the run stopped: a sentence that names the node, and the traceback."""

    title: Text
    traceback: Text


class Header(TypedDict):
    """Whose run this is and how it fares."""

    graph: Text
    thread: Text
    status: Literal["running", "waiting", "done", "failed"]
    note: Text
    """The status in words, such as "waiting for you"."""
    saver: Text
    """Where the thread is kept."""


class ViewState(TypedDict):
    """The synced traits of the session view."""

    header: Header
    timeline: list[StepEntry | RecordEntry]
    forms: list[Form]
    result: list[Item] | None
    failure: Failure | None
    drafts: dict[str, str]
    """Text typed and not yet submitted, by question id: read when a form is first drawn."""


@final
class ChoiceAnswer(TypedDict):
    """The option that was chosen, by its place and its words."""

    choice: int
    label: str
    """What the button said, marks as their ``mark``; an index with another label is refused."""


@final
class TextAnswer(TypedDict):
    """What was written."""

    text: str


Answer = ChoiceAnswer | TextAnswer


class Displayed(TypedDict):
    """What was on the screen when the answer was given."""

    seconds: float
    """Time the form was visible."""
    characters: int
    """Characters of evidence that were unfolded."""
    total: int
    """Characters of evidence there are."""


class Submit(TypedDict):
    """An answer, whole: nothing else has to arrive for it to be right."""

    type: Literal["submit"]
    question: str
    nonce: str
    answer: Answer
    displayed: Displayed


class Draft(TypedDict):
    """Text typed so far, kept by the kernel for a reloaded page."""

    type: Literal["draft"]
    question: str
    text: str


class Here(TypedDict):
    """A view has been drawn: one more than was displayed means that the page was reloaded."""

    type: Literal["here"]


class FieldError(TypedDict):
    """What is wrong with one field; an empty path means the whole answer."""

    path: list[str | int]
    message: Text


class Acknowledge(TypedDict):
    """The kernel's word on one submit; without it the view keeps what was typed."""

    type: Literal["acknowledge"]
    nonce: str
    accepted: bool
    errors: list[FieldError]


FromBrowser = Submit | Draft | Here
FromKernel = Acknowledge
