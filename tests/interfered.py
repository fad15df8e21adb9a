"""A saver to which things happen between the calls of whoever uses it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from hitl_nb import InMemorySaver
from hitl_nb.errors import StoreBusy

LOCKED = StoreBusy("hitl.db", 5.0)
Visit = Callable[[], object] | Exception


class Interfered(InMemorySaver):
    """Counts calls, and lets something happen at some of them.

    Args:
        visits: By the number of a call, what others do after it, on a thread of their own; or
            the error it fails with.
        begun: Whether to count by now; once it is true, every call counts.
    """

    def __init__(
        self,
        visits: Mapping[int, Visit] | None = None,
        begun: Callable[[Interfered], object] = lambda saver: True,
    ) -> None:
        super().__init__()
        self.visits: dict[int, Visit] = dict(visits or {})
        self.calls = 0
        self.begun = begun

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not inspect.ismethod(found):
            return found

        def called(*args: Any, **options: Any) -> Any:
            visit = self._visit()
            if isinstance(visit, Exception):
                raise visit
            result = found(*args, **options)
            if visit is not None:
                visitor = Thread(target=visit)
                visitor.start()
                visitor.join()
            return result

        return called

    def _visit(self) -> Visit | None:
        if self.calls or self.begun(self):
            self.calls += 1
        return self.visits.pop(self.calls, None)


def asks(saver: Interfered, thread: str = "t") -> bool:
    """Whether a thread has an open question; no call of the saver is counted for it."""
    return thread in saver._threads and bool(InMemorySaver.questions(saver, thread))
