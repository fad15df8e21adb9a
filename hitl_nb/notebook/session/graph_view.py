"""The drawn graph of a session: its nodes, and how each of them fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from hitl_nb.graph.diagram import Diagram, Picture, picture_of
from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import show
from hitl_nb.messages import Change, Drawing, DrawnEdge, DrawnNode, Print
from hitl_nb.types import END, START

NodeState = Literal["idle", "running", "waiting", "done", "failed"]


class GraphView:
    """Keeps the drawing up to date.

    Args:
        plan: The graph.
    """

    def __init__(self, plan: Plan) -> None:
        self.picture: Picture = picture_of(plan)
        self._busy: Counter[str] = Counter()
        self._nodes: dict[str, DrawnNode] = {
            node.name: {
                "id": node.name,
                "label": show(node.label),
                "kind": node.kind,
                "state": "idle",
                "runs": 0,
                "seconds": None,
                "changes": [],
            }
            for node in self.picture.nodes
        }
        self._edges: list[DrawnEdge] = [
            {
                "source": edge.source,
                "target": edge.target,
                "label": show(edge.label),
                "dashed": edge.kind in ("conditional", "possible"),
            }
            for edge in self.picture.edges
        ]

    def drawing(self) -> Drawing:
        """Return the drawing as it is now."""
        return {"nodes": [*self._nodes.values()], "edges": self._edges}

    def diagram(self) -> Diagram:
        """Return the graph as a display of its own."""
        states = {
            name: node["state"] for name, node in self._nodes.items() if node["state"] != "idle"
        }
        return Diagram(self.picture, states)

    def begins(self, node: str) -> None:
        """A task of a node began."""
        self._busy[node] += 1
        self._set(START, "done")
        self._set(node, "running")

    def ends(
        self, node: str, seconds: float | None, changes: Sequence[Change], printed: Print | None
    ) -> None:
        """A task of a node ended."""
        if node not in self._nodes:
            return
        self._busy[node] = max(0, self._busy[node] - 1)
        before = self._nodes[node]
        after: DrawnNode = {
            **before,
            "state": "running" if self._busy[node] else "done",
            "runs": before["runs"] + 1,
            "seconds": seconds,
            "changes": list(changes),
        }
        after.pop("prints", None)
        self._nodes[node] = after
        self.prints(node, printed)

    def fails(self, node: str) -> None:
        """A task of a node failed."""
        self._busy.pop(node, None)
        self._set(node, "failed")

    def prints(self, node: str, printed: Print | None) -> None:
        """Show what a node has printed so far."""
        if printed is not None and node in self._nodes:
            self._nodes[node] = {**self._nodes[node], "prints": printed}

    def rests(self, waiting: Iterable[str]) -> None:
        """The run rests before or in these nodes."""
        names = set(waiting)
        self._busy.clear()
        for name, node in self._nodes.items():
            if name in names:
                self._set(name, "waiting")
            elif node["state"] in ("running", "waiting"):
                self._set(name, "done" if node["runs"] else "idle")
        if names:
            self._set(START, "done")
            self._set(END, "idle")

    def is_over(self) -> None:
        """The run is done."""
        self.rests(())
        self._set(START, "done")
        self._set(END, "done")

    def _set(self, name: str, state: NodeState) -> None:
        node = self._nodes.get(name)
        if node is not None and node["state"] != state:
            self._nodes[name] = {**node, "state": state}
