"""What is compared: results, streams and errors, in a form that both libraries share."""

from __future__ import annotations

import pprint
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

INTERRUPT = "__interrupt__"
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Broken", ("Broken",)),
    ("recursion", ("RecursionError",)),
    ("invalid update", ("InvalidUpdateError", "InvalidUpdate")),
    ("empty input", ("EmptyInputError", "EmptyInput")),
    ("answer", ("AnswerError", "RuntimeError")),
)


@dataclass(frozen=True)
class Seen:
    """What a step gave: a result or a stream, or the error it ended with."""

    result: Any = None
    stream: tuple[Any, ...] = ()
    error: tuple[str, str] | None = None
    raised: Any = None


def plain(value: Any) -> Any:
    """Return a result with questions as their payloads, in a fixed order."""
    if isinstance(value, Mapping):
        return {
            key: _payloads(item) if key == INTERRUPT else plain(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "value") and type(value).__name__ == "Overwrite":
        return ("overwritten", plain(value.value))
    return value


def shown_stream(items: Iterable[Any]) -> tuple[Any, ...]:
    """Return a stream with the updates of each superstep in a fixed order."""
    shown: list[Any] = []
    updates: list[Any] = []
    for mode, item in items:
        if mode == "updates":
            updates.append(plain(item))
            continue
        if updates:
            shown.append(("updates", _sorted_updates(updates)))
            updates = []
        shown.append((mode, plain(item)))
    if updates:
        shown.append(("updates", _sorted_updates(updates)))
    return tuple(shown)


def describe(error: BaseException) -> tuple[str, str]:
    """Return an error's family, and for a node's own error what it said."""
    names = [kind.__name__ for kind in type(error).__mro__]
    for family, members in FAMILIES:
        if any(member in names for member in members):
            return family, str(error) if family == "Broken" else ""
    return type(error).__name__, ""


def mismatch(left: Any, right: Any) -> tuple[str, str] | None:
    """Return how two values print if they differ."""
    if isinstance(left, Seen) and isinstance(right, Seen):
        left = {"result": left.result, "stream": left.stream, "error": _error(left)}
        right = {"result": right.result, "stream": right.stream, "error": _error(right)}
        same = {**left, "error": left["error"][:1]} == {**right, "error": right["error"][:1]}
    else:
        same = left == right
    return None if same else (pprint.pformat(left, width=100), pprint.pformat(right, width=100))


def _error(seen: Seen) -> tuple[Any, ...]:
    return (seen.error, repr(seen.raised)) if seen.error else (None,)


def _payloads(questions: Iterable[Any]) -> list[str]:
    return sorted(repr(item.value) for item in questions)


def _sorted_updates(updates: list[Any]) -> list[Any]:
    """Put one superstep's updates in order, all its questions together."""
    asked = [text for item in updates for text in item.get(INTERRUPT, ())]
    stops = any(INTERRUPT in item for item in updates)
    rest = sorted((item for item in updates if INTERRUPT not in item), key=repr)
    return [*rest, {INTERRUPT: sorted(asked)}] if stops else rest
