"""Describe what kernel and browser say to each other.

One description serves both sides: the kernel uses these types as they are, and
``frontend/src/messages.ts`` is generated from them (``make types``; a test compares).

The view's state lives in synced traits, so a reloaded page can draw itself again.
What a person does travels as custom messages, each complete in itself.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, final

from typing_extensions import TypedDict


class Mark(TypedDict):
    """A character that would be invisible or would reorder text, named instead of drawn."""

    mark: str
    name: str


Text = list[str | Mark]
"""Text to be drawn as text: runs of plain characters and marks for hidden ones."""


class Table(TypedDict):
    """The beginning of a DataFrame."""

    columns: list[Text]
    rows: list[list[Text]]
    """The first cell of each is its label in the index."""
    size: list[int]
    """How many rows and columns there are in all."""


class Item(TypedDict):
    """One labelled piece of evidence: ``text``, nested ``items`` or a ``table``."""

    label: Text
    text: NotRequired[Text]
    size: NotRequired[int]
    """Characters of the whole value, when ``text`` holds only its beginning."""
    items: NotRequired[list[Item]]
    table: NotRequired[Table]


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


class Action(TypedDict):
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


class Part(TypedDict):
    """A value to fill in or edit, as a form drawn from its JSON Schema.

    Values are in form notation, which `fields` describes: exact numbers, unset states, the
    chosen branch of a union.
    """

    name: str
    label: Text
    about: list[Item]
    schema: dict[str, Any]
    value: NotRequired[Any]
    compare: bool
    """Whether edits are shown as differences from ``value``."""
    editable: bool | list[str]
    """Whether it, or which of its properties, may be changed."""
    actions: list[Action]
    """What may be decided about this part alone."""


class RequestControl(TypedDict):
    """Fill in parts, write a comment, decide."""

    kind: Literal["request"]
    parts: list[Part]
    actions: list[Action]
    comment: Text | None
    """What the comment is called; None for no comment."""
    phrase: Text | None
    """What has to be typed exactly before the primary action."""
    reviewer: str | None
    """The name the answer is given under, to be confirmed or changed; None if nobody asks."""


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


class Form(TypedDict):
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


class Run(TypedDict):
    """A stretch of a text that was kept, removed or added."""

    what: Literal["same", "removed", "added"]
    text: Text


class Difference(TypedDict):
    """One edit: of prose word by word, of a structure field by field."""

    path: Text
    """The field; empty for a text as a whole."""
    runs: list[Run]


class RecordEntry(TypedDict):
    """A question and its answer, as the one line that replaces the form."""

    kind: Literal["record"]
    node: Text
    heading: Text
    answer: Text
    """What was decided, such as "approve", "approved as edited" or the words of an answer."""
    reviewer: Text
    seconds: float
    shown: list[Item]
    comment: NotRequired[Text]
    edits: NotRequired[list[Difference]]
    seen: NotRequired[Text]
    """How much of what was shown had been on the screen, and for how long."""


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


class PartDecision(TypedDict):
    """What was decided about one part."""

    action: str
    message: str


@final
class RequestAnswer(TypedDict):
    """A decision, whole."""

    action: str
    values: dict[str, Any]
    """Each part's value in form notation, as it stood when the decision was made."""
    comment: str
    decisions: dict[str, PartDecision]
    """By part, where parts have decisions of their own."""
    phrase: str
    reviewer: str
    """The name given under; empty if the form did not ask."""


Answer = ChoiceAnswer | TextAnswer | RequestAnswer


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


class Turn(TypedDict):
    """Ask for a page of a long text."""

    type: Literal["turn"]
    question: str
    path: list[int]
    """Which item of the context, and of its items."""
    start: int
    """The first character wanted."""


class Page(TypedDict):
    """A page of a long text."""

    type: Literal["page"]
    question: str
    path: list[int]
    start: int
    text: Text
    size: int
    """Characters there are in all."""


class Here(TypedDict):
    """A view has been drawn: one more than was displayed means that the page was reloaded."""

    type: Literal["here"]


class FieldError(TypedDict):
    """What is wrong with one field: the part's name, then keys and places inside its value.

    An empty path means the whole answer; ``["comment"]``, ``["phrase"]`` and ``["reviewer"]`` are
    the fields beside the parts.
    """

    path: list[str | int]
    message: Text


class Acknowledge(TypedDict):
    """The kernel's word on one submit; without it the view keeps what was typed."""

    type: Literal["acknowledge"]
    nonce: str
    accepted: bool
    errors: list[FieldError]


FromBrowser = Submit | Draft | Turn | Here
FromKernel = Acknowledge | Page
