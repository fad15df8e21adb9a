"""What the buttons of a request say, and the letters that press them."""

from __future__ import annotations

from collections.abc import Iterable

from hitl_nb.marked_text import show
from hitl_nb.messages import ActionView
from hitl_nb.requests.base import Request, RequestPart

LABELS = {
    "approve": "Approve",
    "edit": "Approve as edited",
    "reject": "Reject",
    "respond": "Ask back",
    "escalate": "Escalate",
    "answer": "Submit",
    "decide": "Submit",
    "hold": "Hold",
    "happened": "It happened",
    "run": "It did not, run it",
    "stop": "Stop the run",
}
_KEYS = {"Ask back": "b", "Cancel": "n"}
"""Letters other than the first of the label."""
_IN_ORDER = ("reject", "respond", "escalate", "hold")
"""The primary action comes last, as the one furthest from a hasty hand."""
_PRIMARY = ("approve", "edit", "answer", "decide")
_WITH_VALUES = frozenset((*_PRIMARY, "happened"))
_LONGEST_ROLE = 24


def actions_of(request: Request, *, reasons: bool = True) -> list[ActionView]:
    """Describe what may be decided about a request.

    Args:
        request: The request.
        reasons: Whether rejecting takes a reason.
    """
    needed = {"reject", "respond"} if reasons and request.kind != "confirm" else {"respond"}
    return _described(request.actions, _words_of(request), bool(request.parts()), needed)


def call_actions_of(part: RequestPart) -> list[ActionView]:
    """Describe what may be decided about one part alone."""
    return _described(part.actions, LABELS, part.editable is not False, {"respond"})


def action_named(actions: Iterable[ActionView], name: str) -> ActionView | None:
    """Find an action by its name, or by the name it has once something was edited."""
    for action in actions:
        edited = action.get("edited")
        if name == action["name"] or (edited is not None and name == edited["name"]):
            return action
    return None


def _described(
    offered: Iterable[str], words: dict[str, str], values: bool, reasons: Iterable[str]
) -> list[ActionView]:
    names = list(offered)
    both = "approve" in names and "edit" in names
    rest = [name for name in names if name not in _PRIMARY]
    rest.sort(key=lambda name: _IN_ORDER.index(name) if name in _IN_ORDER else -1)
    primary = [name for name in names if name in _PRIMARY and not (both and name == "edit")]
    labels = {name: words.get(name, name.replace("_", " ").capitalize()) for name in names}
    keys = _keys({name: labels[name] for name in [*primary, *rest]})
    done: list[ActionView] = []
    for name in [*rest, *primary]:
        action: ActionView = {
            "name": name,
            "label": show(labels[name]),
            "key": keys[name],
            "primary": name in primary[:1],
            "words": "required" if name in reasons else "optional",
            "values": values and name in _WITH_VALUES,
        }
        if both and name == "approve":
            action["edited"] = {"name": "edit", "label": show(words.get("edit", LABELS["edit"]))}
        done.append(action)
    return done


def _keys(labels: dict[str, str]) -> dict[str, str]:
    """Choose for each button a letter of its label that no other button has."""
    keys: dict[str, str] = {}
    for name, label in labels.items():
        letters = [_KEYS.get(label, ""), *label.lower()]
        free = [item for item in letters if item.isascii() and item.isalpha()]
        keys[name] = next((item for item in free if item not in keys.values()), "")
    return keys


def _words_of(request: Request) -> dict[str, str]:
    words = dict(LABELS)
    if request.kind == "confirm":
        seen = request.actions == ("approve",)
        words.update(approve="OK" if seen else "Confirm", reject="Cancel")
    if request.kind == "edit":
        words.update(approve="Approve", edit="Approve as edited")
    role = request.ladder[0] if request.ladder else ""
    if role and len(role) <= _LONGEST_ROLE:
        words["escalate"] = f"Escalate to {role}"
    return words
