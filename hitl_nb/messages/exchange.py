"""What is said: answers and wishes to the kernel, its word back."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, final

from typing_extensions import TypedDict

from hitl_nb.messages.evidence import Text


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


class DisplayedPage(TypedDict):
    """A text, table or page of a text that was on the screen."""

    path: list[int]
    """Which item of the evidence, and of its items."""
    start: int
    """The first character of the page."""
    whole: bool
    """Whether it was unfolded."""


class Displayed(TypedDict):
    """What was on the screen when the answer was given. How much that is, the kernel knows."""

    seconds: float
    """Time the form was visible."""
    pages: NotRequired[list[DisplayedPage]]
    unseen_accepted: NotRequired[bool]
    """Whether somebody said that they decide without having seen the rest."""


class DisplayedShare(TypedDict):
    """How much had been on the screen, as the record keeps it."""

    seconds: float
    characters: int
    """Characters of evidence that were unfolded."""
    total: int
    """Characters of evidence there are; what cannot be shown counts one a value at least."""
    unseen_accepted: NotRequired[bool]
    """Whether it was decided expressly without having seen the rest."""


class Submit(TypedDict):
    """An answer, whole: nothing else has to arrive for it to be right."""

    type: Literal["submit"]
    question: str
    nonce: str
    answer: Answer
    displayed: Displayed


class DraftText(TypedDict):
    """Text typed so far, kept by the kernel for a reloaded page."""

    type: Literal["draft"]
    question: str
    text: str


class PageRequest(TypedDict):
    """Ask for a page of a long text."""

    type: Literal["turn"]
    question: str
    path: list[int]
    """Which item of the evidence, and of its items: the context, then what each part shows."""
    start: int
    """The first character wanted."""


class TextPage(TypedDict):
    """A page of a long text."""

    type: Literal["page"]
    question: str
    path: list[int]
    start: int
    text: Text
    end: int
    """Where the page ends."""
    size: int
    """Characters there are in all."""


class ButtonPress(TypedDict):
    """A button was pressed."""

    type: Literal["press"]
    nonce: str
    thread: str
    """Empty for the session's own, ``"branch"`` for the run beside it."""
    button: str
    """Its name; ``"fork"`` for "answer differently from here", ``"join"`` to close the branch."""
    target: str
    """The question of a fork, the path of an export or load; else empty."""


class CheckpointRequest(TypedDict):
    """The state at a checkpoint is wanted; an empty one ends looking back."""

    type: Literal["look"]
    thread: str
    """The run it is for, as in `ButtonPress.thread`."""
    checkpoint: str


class ViewReady(TypedDict):
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


FromBrowser = Submit | DraftText | PageRequest | ButtonPress | CheckpointRequest | ViewReady
FromKernel = Acknowledge | TextPage
