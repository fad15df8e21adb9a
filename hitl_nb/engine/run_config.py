"""How a run is carried out, and at which nodes it stops."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from hitl_nb.engine.checkpoint_writer import Durability
from hitl_nb.graph.builder import unknown_target
from hitl_nb.graph.planner import NOTHING, Checkpoint, Plan
from hitl_nb.types import START, Config

DEFAULT_RECURSION_LIMIT = 25
Breakpoints = tuple[frozenset[str], frozenset[str]]
"""Nodes to stop before and nodes to stop after; ``"*"`` means every node."""

Names = str | Iterable[str]
"""Nodes by name: one, several, or ``"*"`` for every node."""


class RunConfig(NamedTuple):
    """How a run is carried out.

    Args:
        config: What nodes that ask for ``config`` are handed; holds the recursion limit.
        context: The live objects nodes that ask for ``runtime`` are handed.
        breakpoints: Nodes to stop before and nodes to stop after; ``"*"`` means every node.
        durability: When a writer writes.
        inline: Call sync functions right here; only for a loop that nobody else uses.
        seen: The questions whoever gives an answer has seen open; None if that is not known.
    """

    config: Config = NOTHING
    context: Any = None
    breakpoints: Breakpoints | None = None
    durability: Durability = "sync"
    inline: bool = False
    seen: Collection[str] | None = None


def read_breakpoints(plan: Plan, before: Names, after: Names) -> Breakpoints | None:
    """Check the names of static breakpoints; None if there are none.

    Raises:
        UnknownTarget: If a name is no node.
    """
    if not before and not after:
        return None
    stop_before, stop_after = (
        frozenset((names,) if isinstance(names, str) else names) for names in (before, after)
    )
    for name in stop_before | stop_after:
        if name != "*" and name not in plan.nodes:
            raise unknown_target(name, "A breakpoint", plan.nodes)
    return stop_before, stop_after


def stops_between(
    breakpoints: Breakpoints, before: Checkpoint, after: Checkpoint
) -> tuple[str, ...]:
    """Return the nodes whose breakpoint lies between two checkpoints."""
    stop_before, stop_after = breakpoints
    names = [task.node for task in before.tasks if _named(task.node, stop_after)]
    names += [task.node for task in after.tasks if _named(task.node, stop_before)]
    return tuple(dict.fromkeys(names))


def _named(node: str, names: frozenset[str]) -> bool:
    return node != START and (node in names or "*" in names)
