"""The words for what was decided."""

from __future__ import annotations

_DONE = {
    "approve": "approved",
    "edit": "approved as edited",
    "reject": "rejected",
    "respond": "asked back",
    "escalate": "escalated",
    "hold": "held",
    "answer": "answered",
    "decide": "decided",
    "mixed": "decided each",
    "refused": "refused by the type",
    "auto": "let pass",
    "soft": "asked for a soft gate",
    "hard": "asked for a hard gate",
    "manual": "asked for a decision by hand",
    "proposed": "edited",
}


def words_of_action(action: str) -> str:
    """Return the words for a decision."""
    return _DONE.get(action, action)
