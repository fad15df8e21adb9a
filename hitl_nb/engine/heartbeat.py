"""Give signs of life for what this process runs, however long a node works.

A lease lasts as long as its holder renews it. A run renews with each of its writes; this thread
does it in between, for every run whose lease others watch.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import NamedTuple, Protocol
from weakref import ref

from hitl_nb.errors import HitlError, LeaseLost, StoreClosed
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.savers import lease
from hitl_nb.savers.protocol import Saver


class Leased(Protocol):
    """A run that holds a lease: a checkpoint writer."""

    saver: Saver
    thread: str
    fence: int
    released: bool


class _Run(NamedTuple):
    """A run to renew; its writer is held weakly, since a run that nobody holds has ended."""

    writer: ref[Leased]
    saver: Saver
    thread: str
    fence: int


class Heartbeat:
    """Renews the leases of runs until they are released, lost or forgotten."""

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}
        self._to_release: list[_Run] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, writer: Leased) -> None:
        """Renew a run's lease from now on."""
        if not writer.saver.blocking:
            return  # it lives and dies with this process, so nobody watches it
        with self._lock:
            self._runs[id(writer)] = _Run(ref(writer), writer.saver, writer.thread, writer.fence)
            self._start()

    def end(self, writer: Leased) -> None:
        """Renew a run's lease no more."""
        with self._lock:
            self._runs.pop(id(writer), None)

    def release_later(self, writer: Leased) -> None:
        """Release the thread of a run that has ended as soon as its store can be written again."""
        with self._lock:
            run = _Run(ref(writer), writer.saver, writer.thread, writer.fence)
            self._to_release.append(run)
            self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._renew_all, name="hitl_nb-heartbeat", daemon=True
            )
            self._thread.start()

    def _renew_all(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(lease.RENEWED_EVERY)
            with self._lock:
                runs = [*self._runs.items()]
                ended = [*self._to_release]
                if not runs and not ended:
                    self._thread = None  # under the lock, so that `begin` starts another
                    return
            for run in ended:
                if self._release(run):
                    with self._lock:
                        self._to_release.remove(run)
            for key, run in runs:
                if not self._renew(run):
                    with self._lock:
                        # Another run may have come to the same address meanwhile.
                        if self._runs.get(key) is run:
                            del self._runs[key]

    @staticmethod
    def _release(run: _Run) -> bool:
        """Release the thread of a run that has ended; tell whether that is over and done with."""
        try:
            run.saver.release(run.thread, run.fence)
        except STORE_AWAY:
            return False
        except HitlError:
            return True  # it is closed, or the thread is gone
        return True

    @staticmethod
    def _renew(run: _Run) -> bool:
        """Renew one lease; tell whether there is still something to renew."""
        writer = run.writer()
        if writer is None:
            # Its task is gone without a word: the thread is free for the next.
            with suppress(HitlError):
                run.saver.release(run.thread, run.fence)
            return False
        if writer.released:
            return False
        try:
            run.saver.renew(run.thread, run.fence)
        except (LeaseLost, StoreClosed):
            return False  # the run hears of it at its next write
        except HitlError:
            return True  # a store that is away for a while has not taken the lease back
        return True

    def forget(self) -> None:
        """Begin anew in a fork, which runs nothing of its parent's."""
        self.__init__()  # type: ignore[misc]


HEARTBEAT = Heartbeat()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=HEARTBEAT.forget)
