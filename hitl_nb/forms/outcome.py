"""Say what became of a question: the decision in words, what was edited, how much was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hitl_nb.codec.json_equality import equal_json
from hitl_nb.forms.decision_words import words_of_action
from hitl_nb.forms.differences import part_differences
from hitl_nb.forms.notation import masked
from hitl_nb.marked_text import brief, show
from hitl_nb.messages import Difference, DisplayedShare, Text
from hitl_nb.types import UNSET

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request, RequestPart

_DECIDED = frozenset({"approve", "edit", "reject", "respond", "escalate", "hold", "refused"})


def words_of(request: Request, stored: Mapping[str, Any]) -> Text:
    """Say a decision in words, such as "approved as edited" or the words of an answer.

    Args:
        request: What was asked.
        stored: The answer as it is kept.
    """
    action, value = stored["action"], stored["value"]
    late = " after its time" if stored.get("given") == "timeout" else ""
    if action == "escalate" and request.ladder:
        return show(f"escalated to {request.ladder[0]}{late}")
    if request.kind == "tool_review" and isinstance(value, list):
        return show(_calls(value) + late)
    if request.kind == "confirm" and action in ("approve", "reject"):
        seen = request.actions == ("approve",)
        word = "seen" if seen else "confirmed" if action == "approve" else "cancelled"
        return show(word + late)
    if action in _DECIDED:
        return show(words_of_action(action) + late)
    return [*_answered(request, value), *show(late)]


def _calls(decisions: list[Mapping[str, Any]]) -> str:
    counted = Counter(words_of_action(item["action"]) for item in decisions)
    if len(counted) == 1:
        (word,) = counted
        return word if len(decisions) == 1 else f"all {len(decisions)} {word}"
    return ", ".join(f"{number} {word}" for word, number in counted.items())


def _answered(request: Request, value: Any) -> Text:
    options = getattr(request, "options", None)
    if options is not None:
        chosen = value if getattr(request, "multiple", False) else [value]
        labels = [_label(options, item) for item in chosen]
        return show(", ".join(labels))
    if request.kind == "feedback" and isinstance(value, Mapping):
        score = f"{value.get('score')} of {getattr(request, 'high', '')}"
        return show(f"{score}, {value['type']}" if value.get("type") else score)
    parts = request.parts()
    return brief(masked(parts[0].shape.schema, value) if parts else value)


def _label(options: Any, value: Any) -> str:
    for option in options:
        if type(option.value) is type(value) and option.value == value:
            return str(option.label)
    return f'"{value}"'


def edits_of(request: Request, stored: Mapping[str, Any]) -> list[Difference]:
    """Return what a reviewer changed of what was proposed."""
    parts, value = request.parts(), stored["value"]
    if request.kind == "tool_review" and isinstance(value, list):
        edits = []
        for part, decided in zip(parts, value, strict=False):
            if decided.get("action") == "edit":
                edits += _within(part, decided.get("args"))
        return edits
    if stored["action"] != "edit" or not parts:
        return []
    proposed = parts[0].proposed
    if proposed is UNSET or equal_json(proposed, value):
        return []
    return part_differences(parts[0], proposed, value)


def _within(part: RequestPart, value: Any) -> list[Difference]:
    name = show(part.label or part.name)
    return [
        {
            "path": [*name, *show(": "), *item["path"]] if item["path"] else name,
            "runs": item["runs"],
        }
        for item in part_differences(part, part.proposed, value)
    ]


def seen_of(displayed: DisplayedShare | None) -> Text | None:
    """Say how much of what was shown had been on the screen, and for how long."""
    if not isinstance(displayed, Mapping) or "total" not in displayed:
        return None
    seconds = round(float(displayed["seconds"]))
    total, characters = int(displayed["total"]), int(displayed["characters"])
    if total <= 0:
        return show(f"on the screen for {seconds} s")
    share = min(1.0, characters / total)
    percent = f"{max(1, min(99, round(share * 100)))}%"
    part = {0.0: "none", 1.0: "all"}.get(share, percent)
    expressly = ", expressly without the rest" if displayed.get("unseen_accepted") else ""
    return show(f"{part} of it seen, on the screen for {seconds} s{expressly}")
