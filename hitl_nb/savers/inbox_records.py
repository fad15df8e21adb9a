"""What a saver tells of all its threads at once: what waits, what was noted, what can go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hitl_nb.savers.lease import Lease
    from hitl_nb.savers.records import ThreadRow

Json = Any
PayloadPath = tuple[str | int, ...]
"""Where something is in a payload: the keys and places that lead to it.

Keys are plain ASCII without quotes, as those of all known questions are.
"""
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
        listed: What of its payload was asked for, path by path; None where there is nothing. Of a
            text its beginning stands in the first place.
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
