"""Remember what callers have been shown, so that a late answer reaches nothing they have not."""

from __future__ import annotations

from collections.abc import Iterable

from hitl_nb.types import Config, Interrupt

MOST_REMEMBERED = 10_000
"""Threads that are remembered; of one that waits longer, the store says what is open."""


class SeenQuestions:
    """What each thread was last seen asking, through one compiled graph."""

    def __init__(self) -> None:
        self._by_thread: dict[str, frozenset[str]] = {}

    def of(self, config: Config | None) -> frozenset[str] | None:
        """Return the questions a thread was last seen asking; None if that is not known."""
        return self._by_thread.get(_thread(config))

    def note(self, config: Config | None, pending: Iterable[Interrupt]) -> None:
        """Note what a thread asks, as its caller is about to see."""
        thread, asked = _thread(config), frozenset(item.id for item in pending)
        self._by_thread.pop(thread, None)
        if asked and thread:
            self._by_thread[thread] = asked
            # Each step is one call of a dict, since runs of several workers may come here at once.
            for oldest in [*self._by_thread][:-MOST_REMEMBERED]:
                self._by_thread.pop(oldest, None)


def _thread(config: Config | None) -> str:
    return str((config or {}).get("configurable", {}).get("thread_id") or "")
