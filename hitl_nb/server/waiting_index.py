"""All that waits in a saver, kept up to date at little cost, and its deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from hitl_nb.engine.checkpoint_rows import RAW, Typed
from hitl_nb.errors import CodecError
from hitl_nb.savers import clock
from hitl_nb.savers.inbox_records import PayloadPath, WaitingRow
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.threads.deadlines import expire

_TIMEOUT: PayloadPath = ("timeout",)


class WaitingChanges(NamedTuple):
    """What became of what waits since the last look.

    Args:
        come: Questions that wait now.
        gone: Those that wait no longer.
    """

    come: Sequence[WaitingRow]
    gone: Sequence[WaitingRow]

    def __bool__(self) -> bool:
        return bool(self.come or self.gone)


class WaitingIndex:
    """What waits in a saver; of a question that was seen before nothing is read again.

    Args:
        saver: Where.
        listed: What of each payload to read.
    """

    def __init__(self, saver: Saver, listed: Sequence[PayloadPath] = ()) -> None:
        self.saver = saver
        self._listed = (*listed, _TIMEOUT)
        self.rows: dict[int, WaitingRow] = {}
        """By key, oldest first."""
        self.ends: dict[int, datetime] = {}
        """When those with a deadline answer themselves, by key."""

    def look(self) -> WaitingChanges:
        """Bring this up to date; say what changed."""
        keys, come = self.saver.waiting(self.rows.keys(), self._listed)
        gone = [self.rows.pop(key) for key in self.rows.keys() - set(keys)]
        for row in gone:
            self.ends.pop(row.key, None)
        for row in come:
            self.rows[row.key] = row
            if (ends := _end_of(row)) is not None:
                self.ends[row.key] = ends
        return WaitingChanges(come, gone)

    def overdue(self) -> list[WaitingRow]:
        """Return the questions whose time is over, the first to end first."""
        moment = clock.utc()
        keys = [key for key, ends in self.ends.items() if ends <= moment]
        return [self.rows[key] for key in sorted(keys, key=self.ends.__getitem__)]


class DeadlineEnforcer:
    """Lets questions answer themselves when their time is over.

    Args:
        pending: What waits.
        types_of: By graph, the classes that its threads may hold; None leaves the thread to
            others.
    """

    def __init__(self, pending: WaitingIndex, types_of: Callable[[str], Typed | None]) -> None:
        self._pending = pending
        self._types_of = types_of
        self._left: set[int] = set()

    def enforce(self) -> list[DecisionRow]:
        """Let what is overdue answer itself, and return what was decided by that.

        A question that cannot be read here is left to whoever holds its graph.
        """
        self._left &= self._pending.rows.keys()
        decided: list[DecisionRow] = []
        for row in self._pending.overdue():
            types = self._types_of(row.graph)
            if row.key in self._left or types is None:
                continue
            with suppress(CodecError):
                decided += expire(self._pending.saver, types, row.thread_id)
            self._left.add(row.key)
        return decided


class DeadlineWatcher:
    """Enforces the deadlines of some graphs' threads, for whoever looks at a saver repeatedly.

    Args:
        saver: Where the threads are.
        plans: By the name of a graph, its plan.
    """

    def __init__(self, saver: Saver, plans: Mapping[str, Typed]) -> None:
        self._pending = WaitingIndex(saver)
        self._deadline_enforcer = DeadlineEnforcer(self._pending, plans.get)
        self._seen: object = None

    def __call__(self) -> None:
        """Look at what waits if anything was written since, and enforce what is due."""
        version = self._pending.saver.version()
        if version != self._seen:
            self._pending.look()
            self._seen = version
        self._deadline_enforcer.enforce()


def _end_of(row: WaitingRow) -> datetime | None:
    timeout = row.listed[-1]
    if row.kind == RAW or isinstance(timeout, bool) or not isinstance(timeout, int | float):
        return None
    return datetime.fromisoformat(row.asked_at) + timedelta(seconds=timeout)
