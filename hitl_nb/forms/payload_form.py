"""Describe how a plain payload looks, and read the answers it offers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.errors import NotOffered
from hitl_nb.errors.questions import STALE_FORM
from hitl_nb.forms.evidence import is_container, items_of, write
from hitl_nb.forms.field_errors import BadAnswer
from hitl_nb.interop.langchain_payloads import LONGEST_HEADING, heading_of_payload
from hitl_nb.json_schema.limits import OPTION_KEYS, check_options
from hitl_nb.marked_text import show
from hitl_nb.messages import Answer, ChoiceView, Item, OptionsControl, TextControl

MOST_BUTTONS = 6
"""More options than this become a dropdown."""
QUICK_REPLIES = ("yes", "no")
_OPEN_QUESTION = re.compile(
    r"^\W*(\w+\W+)?(what|who|whom|whose|when|where|why|which|how)\b", re.IGNORECASE
)


class OfferedAnswer(NamedTuple):
    """One offered answer: what the button says, and what choosing it answers."""

    label: str
    value: Any


def control_of(payload: Any) -> OptionsControl | TextControl:
    """Describe how a payload is answered: by its options, else in words."""
    options = read_options(payload)
    if options:
        choices: list[ChoiceView] = [{"label": show(option.label)} for option in options]
        return {
            "kind": "options",
            "layout": "buttons" if len(options) <= MOST_BUTTONS else "dropdown",
            "choices": choices,
        }
    quick = list(QUICK_REPLIES) if _is_yes_or_no(split(payload)[0]) else []
    return {"kind": "text", "quick": quick}


def read_options(payload: Any) -> list[OfferedAnswer]:
    """Return what a payload offers to choose from, with labels that differ."""
    if not isinstance(payload, Mapping):
        return []
    key = next((key for key in OPTION_KEYS if _is_offer(payload.get(key))), None)
    if key is None:
        return []
    offered = payload[key]
    check_options(offered)
    pairs = (
        [OfferedAnswer(f"{value} — {label}", value) for value, label in offered.items()]
        if isinstance(offered, Mapping)
        else [_option(item) for item in offered]
    )
    seen: dict[str, int] = {}
    options = []
    for option in pairs:
        seen[option.label] = seen.get(option.label, 0) + 1
        again = seen[option.label]
        options.append(
            option if again == 1 else OfferedAnswer(f"{option.label} ({again})", option.value)
        )
    return options


def read_choice(payload: Any, answer: Answer) -> Any:
    """Turn what the form of a plain payload sent into the answer the node receives.

    Raises:
        BadAnswer: If it is not one of the answers the form offered.
    """
    options = read_options(payload)
    if not options:
        if "text" not in answer:
            raise BadAnswer("This question takes a written answer.")
        return answer["text"]
    if "choice" not in answer:
        raise BadAnswer("Choose one of the options.")
    index = answer["choice"]
    if not 0 <= index < len(options) or _as_sent(options[index].label) != answer["label"]:
        raise BadAnswer(STALE_FORM["options"])
    return options[index].value


def check_offered(payload: Any, answer: Any) -> None:
    """Refuse an answer that is none of the options a payload offers.

    Raises:
        NotOffered: Naming what is offered, and the nearest.
    """
    offered = [option.value for option in read_options(payload)]
    if not offered or any(equal_with_types(item, answer) for item in offered):
        return
    words = {str(item): item for item in offered}
    near = difflib.get_close_matches(str(answer), words, n=1)
    raise NotOffered(answer, offered, words[near[0]] if near else None)


def split(payload: Any) -> tuple[str, Any]:
    """Split a payload into its heading and its evidence: a dict or a sequence, None for none."""
    if isinstance(payload, str):
        if len(payload) <= LONGEST_HEADING and "\n" not in payload:
            return payload or "(empty question)", None
        return "Please read and answer", {"text": payload}
    if isinstance(payload, Mapping):
        key = heading_of_payload(payload)
        offers = [name for name in OPTION_KEYS if _is_offer(payload.get(name))][:1]
        rest = {name: value for name, value in payload.items() if name not in (key, *offers)}
        return (payload[key] if key else "Please answer"), rest
    if payload is None:
        return "Please answer", None
    return "Please answer", payload if is_container(payload) else {"value": payload}


def evidence_of(payload: Any) -> list[Item]:
    """Describe what a payload shows besides its heading and its options."""
    evidence = split(payload)[1]
    return [] if evidence is None else items_of(evidence)


def _is_yes_or_no(heading: str) -> bool:
    """Whether a heading asks something that yes or no could answer."""
    return heading.rstrip().endswith("?") and not _OPEN_QUESTION.match(heading)


def _is_offer(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping)) and len(value) > 0


def _as_sent(label: str) -> str:
    """Spell a label the way the browser reports it."""
    return "".join(run if isinstance(run, str) else run["mark"] for run in show(label))


def _option(item: Any) -> OfferedAnswer:
    if isinstance(item, Mapping) and "label" in item and "value" in item:
        return OfferedAnswer(str(item["label"]), item["value"])
    return OfferedAnswer(item if isinstance(item, str) and item else write(item), item)
