"""Where in a payload, whoever's framework it is of, stands what finds and orders a question."""

from __future__ import annotations

from hitl_nb.savers.inbox_records import PayloadPath

HEADINGS: tuple[PayloadPath, ...] = (
    ("question",), ("message",), ("prompt",), ("description",),
    ("action_requests", 0, "name"), ("action_request", "action"),
    (0, "action_request", "action"), ("name",),
)  # fmt: skip
"""Where the line may be that a question is known by, the best place first."""
LISTED: tuple[PayloadPath, ...] = (*HEADINGS, ("risk",), ("role",), ("tags",))
"""All that a list of questions shows of a payload."""
