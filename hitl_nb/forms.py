"""Describe how a question looks: from any payload to a form, without a widget in sight."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hitl_nb.errors import NotOffered
from hitl_nb.messages import (
    Answer,
    Choice,
    Form,
    Item,
    OptionsControl,
    TextControl,
)
from hitl_nb.state import is_pydantic
from hitl_nb.text import show
from hitl_nb.types import Interrupt

HEADING_KEYS = ("question", "message", "prompt")
OPTION_KEYS = ("options", "choices")
MOST_BUTTONS = 6
"""More options than this become a dropdown."""
LONGEST_TEXT = 20_000
"""Characters of one value that are sent to the browser; its whole size is always said."""
MOST_ITEMS = 200
DEEPEST = 6
LONGEST_HEADING = 300
QUICK_REPLIES = ("yes", "no")
_OPEN_QUESTION = re.compile(
    r"^\W*(\w+\W+)?(what|who|whom|whose|when|where|why|which|how)\b", re.IGNORECASE
)


class Option(NamedTuple):
    """One offered answer: what the button says, and what choosing it answers."""

    label: str
    value: Any


class BadAnswer(ValueError):
    """What the form sent does not answer its question; the message is for the reader."""


def describe(question: Interrupt) -> Form:
    """Describe the form of a question; every payload gives one.

    A dict's ``question``, ``message`` or ``prompt`` is the heading, its ``options`` the
    answers to choose from, everything else the evidence. Any other value is evidence too.
    """
    heading, evidence = _split(question.value)
    options = read_options(question.value)
    control: OptionsControl | TextControl
    if options:
        choices: list[Choice] = [{"label": show(option.label)} for option in options]
        layout = "buttons" if len(options) <= MOST_BUTTONS else "dropdown"
        control = {"kind": "options", "layout": layout, "choices": choices}  # type: ignore[typeddict-item]
    else:
        quick = list(QUICK_REPLIES) if _is_yes_or_no(heading) else []
        control = {"kind": "text", "quick": quick}
    return {
        "id": question.id,
        "node": show(question.node),
        "heading": show(heading),
        "context": evidence,
        "control": control,
    }


def read_options(payload: Any) -> list[Option]:
    """Return what a payload offers to choose from, with labels that differ."""
    if not isinstance(payload, Mapping):
        return []
    key = next((key for key in OPTION_KEYS if _is_offer(payload.get(key))), None)
    if key is None:
        return []
    offered = payload[key]
    pairs = (
        [Option(f"{value} — {label}", value) for value, label in offered.items()]
        if isinstance(offered, Mapping)
        else [_option(item) for item in offered]
    )
    seen: dict[str, int] = {}
    options = []
    for option in pairs:
        seen[option.label] = seen.get(option.label, 0) + 1
        again = seen[option.label]
        options.append(option if again == 1 else Option(f"{option.label} ({again})", option.value))
    return options


def read_answer(question: Interrupt, answer: Answer) -> Any:
    """Turn what the form sent into the answer the node receives.

    Raises:
        BadAnswer: If it is not one of the answers the form offered.
    """
    options = read_options(question.value)
    if not options:
        if "text" not in answer:
            raise BadAnswer("This question takes a written answer.")
        return answer["text"]
    if "choice" not in answer:
        raise BadAnswer("Choose one of the options.")
    index = answer["choice"]
    if not 0 <= index < len(options) or _as_sent(options[index].label) != answer["label"]:
        raise BadAnswer("The options have changed; choose again.")
    return options[index].value


def check_offered(payload: Any, answer: Any) -> None:
    """Refuse an answer that is none of the options a payload offers.

    Raises:
        NotOffered: Naming what is offered, and the nearest.
    """
    offered = [option.value for option in read_options(payload)]
    if not offered or any(type(item) is type(answer) and item == answer for item in offered):
        return
    words = {str(item): item for item in offered}
    near = difflib.get_close_matches(str(answer), words, n=1)
    raise NotOffered(answer, offered, words[near[0]] if near else None)


def heading_of(payload: Any) -> str:
    """Return the line a question is known by."""
    return _split(payload)[0]


def items_of(value: Any, depth: int = 0) -> list[Item]:
    """Describe a mapping, sequence or object as labelled rows."""
    rows = [
        item_of(label, child, depth)
        for label, child, _ in zip(*_labels_and_children(value), range(MOST_ITEMS), strict=False)
    ]
    left = len(_children(value)) - MOST_ITEMS
    if left > 0:
        rows.append({"label": show("…"), "text": show(f"{left:,} more are not shown")})
    return rows


def item_of(label: Any, value: Any, depth: int = 0) -> Item:
    """Describe one labelled value; containers nest, text is cut only with its size said."""
    name = show(str(label))
    if isinstance(value, str):
        return _text_item(name, value)
    if _is_container(value):
        if not _children(value):
            return {"label": name, "text": show("empty")}
        inline = _inline(value)
        if inline is not None:
            return {"label": name, "text": show(inline)}
        if depth < DEEPEST:
            return {"label": name, "items": items_of(value, depth + 1)}
    return _text_item(name, _write(value))


def _split(payload: Any) -> tuple[str, list[Item]]:
    """Split a payload into its heading and its evidence."""
    if isinstance(payload, str):
        if len(payload) <= LONGEST_HEADING and "\n" not in payload:
            return payload or "(empty question)", []
        return "Please read and answer", [item_of("text", payload)]
    if isinstance(payload, Mapping):
        key = next((key for key in HEADING_KEYS if _is_heading(payload.get(key))), None)
        offers = [name for name in OPTION_KEYS if _is_offer(payload.get(name))][:1]
        rest = {name: value for name, value in payload.items() if name not in (key, *offers)}
        return (payload[key] if key else "Please answer"), items_of(rest)
    if payload is None:
        return "Please answer", []
    if _is_container(payload):
        return "Please answer", items_of(payload)
    return "Please answer", [item_of("value", payload)]


def _is_heading(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_HEADING


def _is_yes_or_no(heading: str) -> bool:
    """Whether a heading asks something that yes or no could answer."""
    return heading.rstrip().endswith("?") and not _OPEN_QUESTION.match(heading)


def _is_offer(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping)) and len(value) > 0


def _as_sent(label: str) -> str:
    """Spell a label the way the browser reports it."""
    return "".join(run if isinstance(run, str) else run["mark"] for run in show(label))


def _option(item: Any) -> Option:
    if isinstance(item, Mapping) and "label" in item and "value" in item:
        return Option(str(item["label"]), item["value"])
    return Option(item if isinstance(item, str) and item else _write(item), item)


def _text_item(label: Any, text: str) -> Item:
    item: Item = {"label": label, "text": show(text[:LONGEST_TEXT])}
    if len(text) > LONGEST_TEXT:
        item["size"] = len(text)
    return item


def _is_container(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) or _fields(value) is not None


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return a mapping's or a model's parts by name; None for what has none."""
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if is_pydantic(type(value)):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return None


def _children(value: Any) -> Sequence[Any]:
    return _labels_and_children(value)[1]


def _labels_and_children(value: Any) -> tuple[Iterable[Any], Sequence[Any]]:
    fields = _fields(value)
    if fields is not None:
        return list(fields), list(fields.values())
    return range(1, len(value) + 1), list(value)


def _inline(value: Any) -> str | None:
    """Write a short list of scalars on one line; None if it is no such list."""
    if _fields(value) is not None:
        return None
    children = _children(value)
    if any(_is_container(child) for child in children):
        return None
    line = ", ".join(child if isinstance(child, str) else _write(child) for child in children)
    return line if len(line) <= 80 and "\n" not in line else None


def _write(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        return str(value)
    try:
        return repr(value)
    except Exception as error:  # a payload's own code may fail; the form must still appear
        return f"<{type(value).__name__} whose repr failed: {error!r}>"
