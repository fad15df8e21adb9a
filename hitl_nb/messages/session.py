"""What the view of a session shows."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from hitl_nb.messages.evidence import Item, Text
from hitl_nb.messages.forms import FormView


class Change(TypedDict):
    """What a step did to one state key; ``before`` is absent for a new key."""

    key: Text
    before: NotRequired[Text]
    after: Text


class Print(TypedDict):
    """What a node printed."""

    text: Text
    more: int
    """Characters it printed beyond these, which were not kept."""


class StepEntry(TypedDict):
    """A node that ran to its end."""

    kind: Literal["step"]
    node: Text
    seconds: float | None
    """What it took; None if that is not known."""
    changes: list[Change]
    prints: NotRequired[Print]


class TextRun(TypedDict):
    """A stretch of a text that was kept, removed or added."""

    what: Literal["same", "removed", "added"]
    text: Text


class Difference(TypedDict):
    """One edit: of prose word by word, of a structure field by field."""

    path: Text
    """The field; empty for a text as a whole."""
    runs: list[TextRun]


class RecordEntry(TypedDict):
    """A question and its answer, as the one line that replaces the form."""

    kind: Literal["record"]
    question: str
    """Its id."""
    forks: bool
    """Whether it can be answered differently from here."""
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
    seconds: float
    """How long the thread has been at work, waiting not counted, when this was sent."""


class DrawnNode(TypedDict):
    """A node of the drawn graph, and how it fares."""

    id: str
    label: Text
    kind: Literal["start", "end", "node", "subgraph", "unknown"]
    state: Literal["idle", "running", "waiting", "done", "failed"]
    runs: int
    """How often it has ended."""
    seconds: float | None
    """What its last run took; None if that is not known."""
    changes: list[Change]
    """What its last run changed."""
    prints: NotRequired[Print]


class DrawnEdge(TypedDict):
    """An edge; dashed if a route decides whether it is taken."""

    source: str
    target: str
    label: Text
    dashed: bool


class Drawing(TypedDict):
    """The graph, to be laid out and drawn."""

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]


class Progress(TypedDict):
    """How far the run is."""

    done: int
    """Supersteps taken."""
    text: Text
    """In words, such as "step 3 · draft, translate"."""


class Button(TypedDict):
    """Something to do with the thread; each has a method of the same name."""

    name: Literal[
        "step", "run_to_question", "run_to_end", "stop", "retry", "edit", "export", "load"
    ]
    label: Text
    title: Text
    enabled: bool


class CheckpointEntry(TypedDict):
    """A checkpoint of the history."""

    id: str
    label: Text
    """Which step, after which nodes."""


class CheckpointHistory(TypedDict):
    """The history, and the state at the checkpoint that is looked at."""

    moments: list[CheckpointEntry]
    """Oldest first; the last one is now."""
    at: str | None
    """The checkpoint looked at; None for none, then the rest is empty."""
    items: list[Item]
    changed: list[str]
    """Keys that the step which led there changed, as they are in ``items``."""


class ComparedRow(TypedDict):
    """One state key of two runs side by side."""

    key: Text
    left: Text | None
    """None where this run does not have it."""
    right: Text | None
    same: bool


class BranchView(TypedDict):
    """The same run from a question on, answered differently, beside this one."""

    view: ViewState
    rows: list[ComparedRow]
    """Both states key by key, once both runs rest."""


class ViewState(TypedDict):
    """The synced traits of the session view."""

    header: Header
    timeline: list[StepEntry | RecordEntry]
    forms: list[FormView]
    result: list[Item] | None
    failure: Failure | None
    drafts: dict[str, str]
    """Text typed and not yet submitted, by question id: read when a form is first drawn."""
    progress: Progress
    drawing: Drawing
    buttons: list[Button]
    past: CheckpointHistory | None
    """None while there is nothing to look back at."""
    branch: BranchView | None
    notices: list[Text]
    """What a person should know of the view, such as that it is answered in another notebook."""
