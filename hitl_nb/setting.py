"""How a run is carried out, and at which nodes it stops."""

from __future__ import annotations

from typing import Any, NamedTuple

from hitl_nb.ledger import Durability
from hitl_nb.plan import NOTHING, Checkpoint
from hitl_nb.types import START, Config

DEFAULT_RECURSION_LIMIT = 25
Breakpoints = tuple[frozenset[str], frozenset[str]]
"""Nodes to stop before and nodes to stop after; ``"*"`` means every node."""


class Setting(NamedTuple):
    """How a run is carried out.

    Args:
        config: What nodes that ask for ``config`` are handed; holds the recursion limit.
        context: The live objects nodes that ask for ``runtime`` are handed.
        breakpoints: Nodes to stop before and nodes to stop after; ``"*"`` means every node.
        durability: When a ledger writes.
        inline: Call sync functions right here; only for a loop that nobody else uses.
    """

    config: Config = NOTHING
    context: Any = None
    breakpoints: Breakpoints | None = None
    durability: Durability = "sync"
    inline: bool = False


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
