"""What changed around a node that waits: where it leads, and what the state declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hitl_nb.errors import StateFieldGone
from hitl_nb.graph.planner import Plan
from hitl_nb.graph.state_schema import StateSchema
from hitl_nb.savers.records import Json, Stored
from hitl_nb.types import END

_EMPTY: tuple[Json, ...] = (None, "", [], {})


def surroundings(plan: Plan, node: str) -> dict[str, Json]:
    """Describe what is around a node that asks, to be compared when it goes on."""
    keys, returned = _keys(plan.schema), _keys(plan.output)
    around: dict[str, Json] = {"leads": _leads(plan, node), "keys": keys}
    # Left out where it says the same, as it nearly always does: every pause stores this.
    return around if returned == keys else {**around, "returns": returned}


def _keys(schema: StateSchema) -> list[str] | None:
    return None if schema.keys is None else sorted(schema.keys)


def _leads(plan: Plan, node: str) -> list[str]:
    """Say where a node leads."""
    found = list(plan.targets.get(node, ()))
    for join in plan.joins.get(node, ()):
        others = " and ".join(repr(name) for name in sorted(join.sources - {node}))
        found.append(f"{join.target} (with {others})" if others else join.target)
    for edge in plan.conditional_edges.get(node, ()):
        ends = sorted(set((edge.mapping or {}).values())) or ["anywhere"]
        found.append(f"{', '.join(ends)} (as {edge.name} says)")
    return sorted(found)


def graph_edits_since(plan: Plan, thread_id: str, stored: Stored) -> list[str]:
    """Say what changed around the nodes that wait since they asked.

    Files of earlier versions do not say what was around them; then nothing is told.
    """
    nodes = {question.task: question.node for question, _ in stored.questions}
    told: dict[str, None] = {}
    for item in stored.outcomes:
        name = nodes.get(item.task, "")
        paused = item.outcome is not None and item.outcome["seen"] is not None
        if not paused or name not in plan.nodes:
            continue
        before = item.outcome.get("around")
        if before is None:
            continue
        told |= dict.fromkeys(edits_around(plan, name, before, f"the thread {thread_id!r}"))
    return list(told)


def edits_around(plan: Plan, node: str, before: Mapping[str, Json], who: str) -> Iterator[str]:
    """Say what changed around a node since it asked.

    Args:
        plan: The graph as it is now.
        node: The node that waits.
        before: What was around it then.
        who: What waits in it, in words.
    """
    now = surroundings(plan, node)
    if before["leads"] != now["leads"]:
        yield (
            f"The node {node!r} leads to {_listed(now['leads'])} now, and led to "
            f"{_listed(before['leads'])} when {who} began to wait in it."
        )
    yield from _changed_fields(before, now, who)


def _changed_fields(before: Mapping[str, Json], now: Mapping[str, Json], who: str) -> Iterator[str]:
    if before["keys"] is None or now["keys"] is None:
        return
    for key in sorted(set(now["keys"]) - set(before["keys"])):
        yield (
            f"The state field {key!r} was added while {who} waited: it has no "
            f"value there but the one it begins with, if any."
        )
    # A node's own annotation still declares these, so their values stay in the state.
    returned, returns = (one.get("returns", one["keys"]) for one in (before, now))
    for key in sorted(set(returned or ()) - set(returns or ())):
        if key in now["keys"]:
            yield (
                f"The state field {key!r} was dropped while {who} waited: a "
                f"node still takes it, but the graph no longer returns it."
            )


def refuse_dropped_fields(plan: Plan, thread_id: str, stored: Stored) -> None:
    """Refuse to go on where a value of the state would vanish.

    Raises:
        StateFieldGone: If a thread that waits holds values of fields the graph does not declare.
    """
    keys = plan.schema.keys
    if keys is None or not stored.row.frontier["tasks"]:
        return
    values = stored.row.values
    gone = [name for name in values if name not in keys and values[name] not in _EMPTY]
    if gone:
        raise StateFieldGone(thread_id, gone)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names) or END
