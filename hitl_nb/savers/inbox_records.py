"""What a saver tells of all its threads at once: what waits, what was noted, what can go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hitl_nb.savers.lease import Lease
    from hitl_nb.savers.records import ThreadRow

Json = Any
HEADINGS: tuple[tuple[str | int, ...], ...] = (
    ("question",), ("message",), ("prompt",), ("description",),
    ("action_requests", 0, "name"), ("action_request", "action"),
    (0, "action_request", "action"), ("name",),
)  # fmt: skip
"""Where in a payload the line may be that a question is known by, the best place first."""
LISTED = (*HEADINGS, ("risk",), ("role",), ("tags",), ("timeout",))
"""What a list shows of a payload, by where it is there; of a text, its beginning as the first."""
BEGINNING = 200
"""Characters that are listed of a text payload, and of the JSON of evidence."""


class WaitingRow(NamedTuple):
    """An open question as a list shows it: the little that finds and orders it.

    Args:
        key: Its number in this saver; grows with time.
        thread_id: Whose question it is.
        graph: The thread's graph.
        id: The question's id.
        node: The node that asks.
        kind: ``"raw"``, or the name of the request.
        asked_at: UTC, ISO 8601.
        listed: What of its payload a list shows, in the order of ``LISTED``.
        context: The JSON of its evidence, cut after ``BEGINNING`` characters.
    """

    key: int
    thread_id: str
    graph: str
    id: str
    node: str
    kind: str
    asked_at: str
    listed: Sequence[Json]
    context: str = ""


class Marks(NamedTuple):
    """What people note on an open question, for whoever looks at it next.

    Args:
        assigned: Who is to answer it; empty for nobody in particular.
        snoozed: Until when nobody wants to see it, UTC, ISO 8601; empty if it may be seen.
        draft: What was typed into its form and not sent.
    """

    assigned: str = ""
    snoozed: str = ""
    draft: str = ""


class Unattended(NamedTuple):
    """Threads that may have to go on, and up to where the decision log was read.

    Args:
        threads: Each with the lease by which somebody holds it, who may be dead.
        seq: The newest entry of the decision log; 0 if there is none.
    """

    threads: Sequence[tuple[ThreadRow, Lease | None]]
    seq: int
