"""The same run from a question on, answered differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.engine.sync import run_sync
from hitl_nb.errors import HitlError, UnknownQuestion
from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import brief, show
from hitl_nb.messages import ComparedRow, Text
from hitl_nb.notebook.session.node_output import outermost
from hitl_nb.notebook.session.registry import free_name
from hitl_nb.notebook.session.state_comparison import Row, compare
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.threads.runs import fork_thread
from hitl_nb.types import UNSET

if TYPE_CHECKING:
    from pandas import DataFrame


class ForkPoint(NamedTuple):
    """Where a run is left.

    Args:
        checkpoint: The checkpoint it goes on from; None for where it stands.
        carried: Decisions of the same superstep that still hold.
    """

    checkpoint: str | None
    carried: tuple[DecisionRow, ...] = ()


class Fork(NamedTuple):
    """A copy of a thread that stands where another way begins.

    Args:
        thread_id: The copy.
        carried: Decisions that are to be given again if the same is asked.
    """

    thread_id: str
    carried: tuple[DecisionRow, ...]


def fork_of(
    plan: Plan,
    saver: Saver,
    thread_id: str,
    *,
    checkpoint: str | None,
    question: str | None,
    name: str | None,
) -> Fork:
    """Copy a thread and let the copy stand where another way is to begin.

    Args:
        plan: The graph.
        saver: Where both are kept.
        thread_id: What is copied.
        checkpoint: Where to begin; None for where it stands.
        question: Instead of a checkpoint, what is to be asked again.
        name: What to call the copy; by default as the thread, with ``-fork``.

    Raises:
        UnknownCheckpoint: If the thread has no such checkpoint.
        UnknownQuestion: If nobody has answered that question in it.
        ThreadExists: If there is a thread of that name.
    """
    point = ForkPoint(checkpoint) if question is None else fork_point(saver, thread_id, question)
    name = name or free_name(saver, f"{thread_id}-fork")
    saver.copy(thread_id, name)
    if point.checkpoint is not None:
        try:
            run_sync(fork_thread(plan, saver, name, point.checkpoint))
        except HitlError:
            # A copy that stands elsewhere than it was asked to would look like the fork.
            saver.delete(name)
            raise
    return Fork(name, point.carried)


def fork_point(saver: Saver, thread_id: str, question: str) -> ForkPoint:
    """Find where a question was asked, so that it can be asked there again.

    Raises:
        UnknownQuestion: If the thread has no decision on it.
    """
    rows = saver.decisions(thread_id)
    row = next((item for item in rows if item.question == question), None)
    if row is None:
        pending = [item.id for _, item, _ in saver.questions(thread_id)]
        if question in pending:
            return ForkPoint(None)
        raise UnknownQuestion(question, ())
    place = _place(saver, thread_id, row)
    before = (item for item in rows if item.seq < row.seq)
    carried = tuple(item for item in before if _place(saver, thread_id, item) == place)
    return ForkPoint(place, carried)


STILL = "still waiting"
"""Stands for a value that a run has not come to yet."""


def compared_rows(
    left: Mapping[str, Any], right: Mapping[str, Any], waits: tuple[bool, bool] = (False, False)
) -> list[ComparedRow]:
    """Put two states side by side for the view.

    Args:
        left: A state.
        right: Another one.
        waits: Of each, whether its run still waits, so that what is missing may yet come.
    """
    left_waits, right_waits = waits
    return [
        {
            "key": show(row.label),
            "left": _side(row.left, waits=left_waits),
            "right": _side(row.right, waits=right_waits),
            "same": row.sameness == "same",
        }
        for row in compare(left, right)
    ]


def _side(value: Any, *, waits: bool) -> Text | None:
    if value is not UNSET:
        return brief(value)
    return show(STILL) if waits else None


def compared_frame(left: Mapping[str, Any], right: Mapping[str, Any]) -> DataFrame:
    """Put two states side by side as a DataFrame with a row for each key."""
    import pandas as pd

    rows: Sequence[Row] = compare(left, right)
    columns = {
        "left": [None if row.left is UNSET else row.left for row in rows],
        "right": [None if row.right is UNSET else row.right for row in rows],
        "difference": [row.sameness for row in rows],
    }
    index = pd.Index([row.label for row in rows], name="key", dtype=object)
    return pd.DataFrame(
        {name: pd.Series(values, index=index, dtype=object) for name, values in columns.items()}
    )


def _place(saver: Saver, thread_id: str, row: DecisionRow) -> str | None:
    """Return the checkpoint of the outermost graph at which a question was asked."""
    if not row.ns:
        return row.checkpoint
    task = outermost(row.ns)
    for stored in saver.history(thread_id):
        tasks = [item[0] for item in stored.row.frontier["tasks"]]
        if task in tasks and stored.row.created_at <= row.asked_at:
            return stored.row.id
    return None
