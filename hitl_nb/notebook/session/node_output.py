"""What nodes print, gathered at the node of the outermost graph that printed it."""

from __future__ import annotations

import threading

from hitl_nb.marked_text import show
from hitl_nb.messages import Print

MOST = 10_000
"""Characters of a node's prints that are shown; how many more there were is said."""


class NodeOutput:
    """Gathers texts by task, in the order they were printed, on whatever thread."""

    def __init__(self) -> None:
        # Nodes print on threads of their own, while the loop reads what to draw.
        self._lock = threading.Lock()
        self._kept: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}

    def begin(self, task: str) -> None:
        """Forget what a task printed in an earlier run."""
        with self._lock:
            self._kept.pop(task, None)
            self._sizes.pop(task, None)

    def add(self, ns: str, task: str, text: str) -> str:
        """Keep a text; return the outermost task it belongs to."""
        outer = outermost(ns) or task
        with self._lock:
            size = self._sizes.get(outer, 0)
            if size < MOST:
                self._kept.setdefault(outer, []).append(text[: MOST - size])
            self._sizes[outer] = size + len(text)
        return outer

    def of(self, task: str) -> Print | None:
        """Return what a task has printed; None if it printed nothing."""
        with self._lock:
            kept = "".join(self._kept.get(task, ()))
            size = self._sizes.get(task, 0)
        if not size:
            return None
        return {"text": show(kept), "more": size - len(kept)}


def outermost(ns: str) -> str:
    """Return the task of the outermost graph a namespace is inside of; empty for that graph."""
    if not ns:
        return ""
    step = ns.split("|", maxsplit=1)[0]
    branch, at, rest = step.partition("@")
    place = rest if at and ":" not in branch else step
    return place.rpartition("#")[0]
