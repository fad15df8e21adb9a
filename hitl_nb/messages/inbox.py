"""What the view of an inbox shows, and what is said there besides answers and drafts."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from hitl_nb.messages.evidence import Text
from hitl_nb.messages.exchange import Answer
from hitl_nb.messages.forms import FormView


class InboxHeader(TypedDict):
    """Where the questions are kept, and how many there are."""

    saver: Text
    total: int
    """Questions that wait, whatever is filtered."""
    snoozed: int
    reviewer: Text
    """The name answers are given under; empty if it is not known."""
    served: Text
    """Whose runs go on in this kernel."""


class FacetValue(TypedDict):
    """One value to filter by."""

    value: str
    label: Text
    count: int
    """Questions that would be left."""


class Facet(TypedDict):
    """Something to filter by."""

    name: Literal["graph", "node", "role", "risk", "tag", "assigned", "only"]
    label: Text
    values: list[FacetValue]
    more: int
    """Values that are not listed."""
    chosen: str | None


class InboxRow(TypedDict):
    """A question in the list."""

    id: str
    heading: Text
    excerpt: Text
    """How its evidence begins; empty if it has none."""
    place: Text
    """Graph, thread and node."""
    facts: list[Text]
    warns: bool
    asked: float
    """Seconds since it was asked, when this was sent."""
    left: float | None
    """Seconds until it answers itself."""
    assigned: Text
    snoozed: bool
    draft: bool
    """Whether something was typed and not sent."""


class Window(TypedDict):
    """Some of the rows that match."""

    start: int
    total: int
    rows: list[InboxRow]


class Selected(TypedDict):
    """The question that is looked at."""

    id: str
    index: int
    """Its place among the rows; -1 if the filter leaves it out."""
    place: Text
    form: FormView | None
    """None once it was answered, and where it cannot be read."""
    note: Text
    """Why there is no form."""
    serving: Text
    """Who goes on once it is answered."""
    assigned: str
    snoozed: Text
    """Until when; empty if it is not."""
    alike: int
    """How many questions may be answered with this one, itself included; at most so many are."""


class BulkRow(TypedDict):
    """One of several questions answered together: what it does not share with the others."""

    id: str
    place: Text
    cells: list[Text]
    unsent: NotRequired[int]
    """Characters of it that the table does not hold."""
    said: NotRequired[Text]
    """What became of its answer."""


class Bulk(TypedDict):
    """Questions of the same shape, to be answered with one decision."""

    form: FormView
    """Asks for the decision; what each question proposes stays its own."""
    columns: list[Text]
    rows: list[BulkRow]
    more: int
    """Questions of that shape beyond these."""
    same: list[Text]
    """What all of them share, a line each."""


class Notice(TypedDict):
    """What a person should know beside the questions."""

    text: Text
    warns: bool
    """Whether something did not go as it should."""


class InboxState(TypedDict):
    """The synced traits of the inbox view."""

    inbox: InboxHeader
    facets: list[Facet]
    search: str
    window: Window
    selected: Selected | None
    bulk: Bulk | None
    drafts: dict[str, str]
    notices: list[Notice]


class WindowRequest(TypedDict):
    """Other rows are wanted: somebody scrolled."""

    type: Literal["window"]
    start: int
    count: int


class Select(TypedDict):
    """A question is wanted, or the one so many places from the selected one."""

    type: Literal["select"]
    question: str
    """Empty for a step."""
    step: int


class Filter(TypedDict):
    """Only some questions are wanted."""

    type: Literal["filter"]
    facet: str
    """``"search"`` for the text."""
    value: str | None
    """None for all."""


class Note(TypedDict):
    """Assign or snooze questions."""

    type: Literal["note"]
    nonce: str
    questions: list[str]
    assigned: str | None
    """Empty for nobody, None to leave it."""
    snooze: float | None
    """Seconds from now, 0 to wake, None to leave it."""


class BulkMode(TypedDict):
    """Answer several questions at a time, or stop that."""

    type: Literal["together"]
    on: bool


class SubmitAll(TypedDict):
    """One decision for several questions, whole."""

    type: Literal["submit_all"]
    nonce: str
    questions: list[str]
    answer: Answer
    seconds: float
    """Time they were visible."""
    cells: NotRequired[dict[str, list[int]]]
    """Of each question, the columns whose cells were unfolded."""
    unseen_accepted: NotRequired[bool]
    """Whether somebody said that they decide without having seen the rest."""


FromInbox = WindowRequest | Select | Filter | Note | BulkMode | SubmitAll
