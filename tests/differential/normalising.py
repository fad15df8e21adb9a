"""Make what both libraries gave alike where a known difference is the only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from differential.comparing import INTERRUPT, Seen
from differential.programs import START, Replay, Step
from differential.situations import Situation


def as_it_is(situation: Situation, step: Step, ours: Seen, theirs: Seen) -> tuple[Seen, Seen]:
    return ours, theirs


def all_of_it(history: Sequence[Any]) -> Sequence[Any]:
    return history


def one_pause(situation: Situation, step: Step, ours: Seen, theirs: Seen) -> tuple[Seen, Seen]:
    return _paused_once(ours), _paused_once(theirs)


def _paused_once(seen: Seen) -> Seen:
    """Gather the end of a stream that paused: the updates, the questions, the state."""
    items = list(seen.stream)
    first = next((place for place, item in enumerate(items) if INTERRUPT in _keys(item)), None)
    if first is None:
        return seen
    start = first if items[first][0] == "values" else first + 1
    while start and items[start - 1][0] == "updates":
        start -= 1
    end = items[start:]
    updates = [each for mode, item in end if mode == "updates" for each in item]
    values = [item for mode, item in end if mode == "values"] or [{}]
    asked = {text for each in [*updates, *values] for text in each.get(INTERRUPT, ())}
    paused = {
        "updates": sorted((each for each in updates if INTERRUPT not in each), key=repr),
        "asks": sorted(asked),
        "values": {key: item for key, item in values[-1].items() if key != INTERRUPT},
    }
    return replace(seen, stream=(*items[:start], ("pause", paused)))


def _keys(item: Any) -> set[str]:
    mode, value = item
    return set(value) if mode == "values" else {key for each in value for key in each}


def without_cached(situation: Situation, step: Step, ours: Seen, theirs: Seen) -> tuple[Seen, Seen]:
    stream = [
        (mode, [each for each in item if "__metadata__" not in each] if mode == "updates" else item)
        for mode, item in theirs.stream
    ]
    return ours, replace(theirs, stream=tuple(item for item in stream if item != ("updates", [])))


def no_stop_at_the_end(
    situation: Situation, step: Step, ours: Seen, theirs: Seen
) -> tuple[Seen, Seen]:
    match theirs.stream[-1:], ours.stream[-1:]:
        case [("pause", _)], [("pause", _)]:
            return ours, theirs
        case [("pause", {"asks": [], "updates": updates, "values": {}})], _:
            last = (("updates", updates),) if updates else ()
            return ours, replace(theirs, stream=theirs.stream[:-1] + last)
    return ours, theirs


def same_limit(situation: Situation, step: Step, ours: Seen, theirs: Seen) -> tuple[Seen, Seen]:
    nested = any(node.inner for node in situation.program.graph.nodes)
    ended = [seen for seen in (ours, theirs) if seen.error and seen.error[0] == "recursion"]
    stops = INTERRUPT in repr((ours, theirs)) or situation.program.graph.stops
    if len(ended) == 2 or (ended and (nested or stops or isinstance(step, Replay))):
        return ended[0], ended[0]
    return ours, theirs


def as_far_as_both_got(
    situation: Situation, step: Step, ours: Seen, theirs: Seen
) -> tuple[Seen, Seen]:
    if ours.error is None or theirs.error is None:
        return ours, theirs
    if isinstance(ours.raised, type(theirs.raised)):  # which of two that fail is up to chance
        theirs = replace(theirs, error=ours.error)
    return _whole_supersteps(ours), _whole_supersteps(theirs)


def _whole_supersteps(seen: Seen) -> Seen:
    items = list(seen.stream)
    while items and items[-1][0] != "values":
        items.pop()
    return replace(seen, stream=tuple(items))


def without_orders(history: Sequence[Any]) -> Sequence[Any]:
    kept: list[Any] = []
    for state in history:
        newer = kept[-1].metadata if kept and START not in kept[-1].next else {}
        if newer.get("source") == "input" and newer["step"] == state.metadata["step"]:
            kept[-1] = kept[-1]._replace(next=state.next, metadata=state.metadata)
        else:
            kept.append(state)
    return kept
