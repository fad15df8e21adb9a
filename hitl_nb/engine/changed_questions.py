"""What is asked again: tell a changed question from a new one, and show the difference."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from hitl_nb.codec import encode
from hitl_nb.engine.interrupts import NO_EDITS
from hitl_nb.errors import QuestionDrifts, UnstorableValue
from hitl_nb.graph.planner import Checkpoint, Task
from hitl_nb.types import IN_DOUBT, Interrupt, TypedQuestion

MOST_ATTEMPTS = 3
"""A place that asks this often in a row, each time with other content, fails its run."""


def link_changed_questions(
    checkpoint: Checkpoint, task: Task, asked: Sequence[Interrupt], used: Collection[str] | None
) -> tuple[Interrupt, ...]:
    """Link questions that a task asks anew to the answered ones they take the place of.

    Args:
        checkpoint: What was asked and answered before.
        task: The task that asks.
        asked: Its questions.
        used: The answers it took.

    Returns:
        The questions, the changed ones with ``previous`` and ``attempts``.

    Raises:
        QuestionDrifts: If one has changed twice in a row.
    """
    left = [
        item
        for item in checkpoint.asked.values()
        if (item.id in checkpoint.answers or item.id in checkpoint.outdated)
        and item.task == task.id
        and item.id not in (used or ())
        # A doubt that was settled is not asked again; another one is about another attempt.
        and item.kind != IN_DOUBT
    ]
    replaced = {item.previous for item in checkpoint.asked.values()}
    left = [item for item in left if item.id not in replaced]
    linked = []
    for question in asked:
        if question.previous is not None or question.id in checkpoint.asked:
            left = [item for item in left if item.id != question.previous]
            linked.append(question)
            continue
        before = next((item for item in left if item.key == question.key), None)
        if before is None:
            linked.append(question)
            continue
        left.remove(before)
        attempts = before.attempts + 1
        edits = checkpoint.outdated.get(before.id, NO_EDITS)
        if _changed_by_itself(checkpoint, before) >= MOST_ATTEMPTS:
            raise QuestionDrifts(
                task.node, before.value, question.value, difference(before.value, question.value)
            )
        linked.append(replace(question, previous=before.id, attempts=attempts, edits=edits))
    return tuple(linked)


def _changed_by_itself(checkpoint: Checkpoint, before: Interrupt) -> int:
    """Count how often a place has asked since the state was last edited under its question."""
    times, item = 1, checkpoint.asked.get(before.id)
    while item is not None and item.id not in checkpoint.outdated:
        times, item = times + 1, checkpoint.asked.get(item.previous or "")
    return times


def difference(before: Any, now: Any) -> str:
    """Show how two payloads differ, line by line."""
    lines = difflib.unified_diff(_lines(before), _lines(now), "answered", "asked now", lineterm="")
    return "\n".join(lines)


def _lines(value: Any) -> list[str]:
    if isinstance(value, TypedQuestion):
        value = value.payload()
    if isinstance(value, str):
        return value.splitlines()
    try:
        return json.dumps(encode(value), indent=2, ensure_ascii=False).splitlines()
    except UnstorableValue:
        return repr(value).splitlines()
