"""Find what an edit of the state leaves without effect: questions asked about another state.

An answer holds for the state its question was asked in, and for edits that were made in one call
with it. Under any other edit the question is asked anew, whether or not it shows what was edited;
the answer stays on the record. What siblings of a superstep write is no edit: it is merged when
the superstep ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hitl_nb.codec import digest, encode
from hitl_nb.engine.checkpoint_rows import child_namespace
from hitl_nb.engine.checkpoint_writer import CheckpointWriter
from hitl_nb.graph.planner import NOTHING, Checkpoint, Plan
from hitl_nb.savers.records import Json, QuestionRow
from hitl_nb.types import IN_DOUBT, UNSET


def outdate(
    plan: Plan,
    writer: CheckpointWriter,
    amended: Checkpoint,
    before: Mapping[str, Any],
    given: Collection[str],
) -> tuple[Checkpoint, Mapping[str, Json]]:
    """Let the questions of a superstep be asked anew if its state was edited under them.

    Args:
        plan: The graph.
        writer: Has read where the thread stands.
        amended: Where it stands, with the state as it was edited.
        before: The state as it was.
        given: Questions that were answered in one call with the edit: these answers hold.

    Returns:
        The checkpoint, in which what asked can run again, and what to keep beside the edit.
    """
    after = amended.values
    changed = [name for name in after if _differs(plan, name, before, after)]
    asked = list(_asked_here(writer, amended)) if changed else []
    if not asked:
        return amended, NOTHING
    outdated = [row.id for row in asked if row.id not in given]
    was = {name: before[name] for name in changed if name in before}
    writer.mark_stale(outdated)
    gone = {*outdated}
    waiting = {
        task: items
        for task, items in amended.questions.items()
        if gone.isdisjoint(item.id for item in items)
    }
    edits = dict(amended.outdated)
    for question in outdated:
        first = edits.get(question, NOTHING)
        edits[question] = {
            **first,
            **{
                name: (first[name][0] if name in first else was.get(name, UNSET), after[name])
                for name in changed
            },
        }
    now = amended._replace(
        questions=waiting,
        outdated=edits,
        beside=amended.beside | {*given},
    )
    return now, {
        "outdates": outdated,
        "beside": sorted(given),
        "changed": {name: _change(plan, name, was, after) for name in changed},
    }


def _change(
    plan: Plan, name: str, was: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Json]:
    """Write what a key held and holds, for those who read it without the graph."""
    path = f"state[{name!r}]"
    change = {"is": encode(after[name], plan.types, path)}
    return {"was": encode(was[name], plan.types, path), **change} if name in was else change


def _differs(plan: Plan, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if name not in before:
        return True
    one, other = before[name], after[name]
    path = f"state[{name!r}]"
    # Values of numpy and pandas have no equality that is one truth value; digests have.
    return one is not other and digest(one, plan.types, path) != digest(other, plan.types, path)


def _asked_here(writer: CheckpointWriter, checkpoint: Checkpoint) -> Iterator[QuestionRow]:
    """Yield what this superstep's tasks have asked, those of subgraphs included."""
    here = writer.heads[""].id
    inside = tuple(child_namespace("", checkpoint.branch, task.id) for task in checkpoint.tasks)
    for _, row, _ in writer.saver.questions(writer.thread, None):
        asked_here = row.checkpoint == here if not row.ns else row.ns.startswith(inside)
        if asked_here and row.kind != IN_DOUBT:
            yield row
