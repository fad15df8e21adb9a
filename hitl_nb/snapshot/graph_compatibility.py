"""What a snapshot knows of its graph, and what has changed since."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from hitl_nb.codec import decode
from hitl_nb.engine.checkpoint_rows import child_namespace
from hitl_nb.errors.questions import NodeGone
from hitl_nb.errors.snapshots import SnapshotDamaged
from hitl_nb.graph.builder import was_edited
from hitl_nb.graph.planner import Plan
from hitl_nb.savers.records import CheckpointRow, Json, WholeThread


def describe(plan: Plan) -> dict[str, Json]:
    """Return a graph as data: its name, nodes, edges and state keys, and those of subgraphs."""
    keys = plan.schema.keys
    return {
        "name": plan.name,
        "nodes": {name: _node(plan, name) for name in sorted(plan.nodes)},
        "edges": sorted(_edges(plan)),
        "keys": None if keys is None else sorted(keys),
    }


def graph_changes(
    before: Mapping[str, Json], now: Mapping[str, Json], within: str = ""
) -> list[str]:
    """Say in words what has changed between two descriptions of a graph.

    Args:
        before: What was exported; what it leaves out is not compared.
        now: What it is loaded into.
        within: The subgraph they describe, with a dot.
    """
    found = []
    if before.get("name") != now["name"]:
        found.append(f"{within or 'the graph '}was named {before.get('name')!r}")
    for what, part in (("node", "nodes"), ("edge", "edges"), ("state key", "keys")):
        if part not in before or before[part] is None or now[part] is None:
            continue
        old, new = list(before[part]), list(now[part])
        found += [f"{what} {within}{name} is gone" for name in old if name not in new]
        found += [f"{what} {within}{name} is new" for name in new if name not in old]
    for name, old in before.get("nodes", {}).items():
        new = now["nodes"].get(name)
        if new is None:
            continue
        if was_edited(old.get("code", ""), new["code"]):
            found.append(f"the code of node {within}{name} was edited")
        if "graph" in old and "graph" in new:
            found += graph_changes(old["graph"], new["graph"], f"{within}{name}.")
    return found


def is_description(value: Json) -> bool:
    """Whether data describes a graph; one that was not known has a name and nothing else."""
    match value:
        case {"name": str(), "nodes": dict(nodes), "edges": list(edges), "keys": keys}:
            named = _texts(edges) and (keys is None or (type(keys) is list and _texts(keys)))
            return named and all(map(_is_node, nodes.values()))
        case {"name": str(), **rest}:
            return not rest
    return False


def _is_node(value: Json) -> bool:
    match value:
        case {"code": str(), "graph": inner}:
            return is_description(inner)
        case {"code": str()}:
            return True
    return False


def refuse_gone(plan: Plan, thread: WholeThread, path: str) -> None:
    """Check that a graph can go on where a thread stands.

    Raises:
        NodeGone: If the thread stands before a node that the graph, or a graph in it, has not.
        CodecError: If its state holds what the program does not declare.
        SnapshotDamaged: If what runs next cannot be read.
    """
    heads = {row.ns: row for row in thread.checkpoints}
    if "" not in heads:
        return
    for name, value in heads[""].values.items():
        decode(value, plan.types, f"state[{name!r}]")
    _visit(plan, heads, "", thread.row.id, path)


def _visit(
    plan: Plan, heads: Mapping[str, CheckpointRow], ns: str, thread_id: str, path: str
) -> None:
    branch, code, tasks = _frontier(heads[ns], path)
    for name in code:
        if name not in plan.nodes:
            near = difflib.get_close_matches(name, plan.nodes, n=1)
            raise NodeGone(name, thread_id, tuple(plan.nodes), near[0] if near else None)
    for task, node in tasks:
        inner = plan.nodes[node].callee.graph if node in plan.nodes else None
        if inner is None:
            continue
        start = child_namespace(ns, branch, task)
        for deeper in heads:
            if deeper.startswith(start) and deeper.count("|", len(start)) == 1:
                _visit(inner.plan, heads, deeper, thread_id, path)


def _frontier(
    row: CheckpointRow, path: str
) -> tuple[str, Mapping[str, Any], list[tuple[str, str]]]:
    match row.frontier:
        case {"branch": str(branch), "code": dict(code), "tasks": list(tasks)}:
            if all(type(it) is list and len(it) > 1 and _texts(it[:2]) for it in tasks):
                return branch, code, [(it[0], it[1]) for it in tasks]
    why = f"what runs next after the checkpoint {row.id!r} cannot be read"
    raise SnapshotDamaged(path, why, section="checkpoints")


def _texts(items: list[Any]) -> bool:
    return all(type(item) is str for item in items)


def _node(plan: Plan, name: str) -> dict[str, Json]:
    node = plan.nodes[name]
    described: dict[str, Json] = {"code": node.fingerprint}
    if node.callee.graph is not None:
        described["graph"] = describe(node.callee.graph.plan)
    return described


def _edges(plan: Plan) -> Iterator[str]:
    for source, ends in plan.targets.items():
        yield from (f"{source} → {end}" for end in ends)
    for join in {each.id: each for joins in plan.joins.values() for each in joins}.values():
        yield f"{' + '.join(sorted(join.sources))} → {join.target}"
    for source, conditional_edges in plan.conditional_edges.items():
        for branch in conditional_edges:
            leads = sorted(set((branch.mapping or {}).values())) or ["…"]
            yield f"{source} → {branch.name}? {', '.join(leads)}"
