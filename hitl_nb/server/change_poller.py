"""Tell cheaply whether anything changed where threads are kept, by whichever process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hitl_nb.savers.protocol import Saver

QUICK = 0.2
"""Seconds between two looks while things happen."""
SLOW = 1.0
"""Seconds between two looks when nothing has happened for a while."""
_SLOWER = 1.5


class ChangePoller:
    """Look for changes in a saver, from any thread.

    A look is `Saver.version`, which for a SQLite file is one statement that reads no row.

    Args:
        saver: Whose threads to watch.
        quick: Seconds between two looks of ``changed`` while things happen.
        slow: Seconds they grow to while nothing does.

    Example:
        >>> from hitl_nb import InMemorySaver
        >>> saver = InMemorySaver()
        >>> watch = ChangePoller(saver)
        >>> watch.look()
        False
        >>> _ = saver.acquire("order-42", "refund", create=True)
        >>> watch.look()
        True
    """

    def __init__(self, saver: Saver, *, quick: float = QUICK, slow: float = SLOW) -> None:
        self.saver = saver
        self.quick, self.slow = quick, slow
        self._pause = quick
        # Guards what was seen and who waits: sessions, servers and kernels look and wake from
        # threads of their own.
        self._lock = threading.Lock()
        # Remembers a wake that nobody was waiting for, so that the next wait returns at once:
        # lost, something answered just before a wait would be found a poll later.
        self._woken = False
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._seen = saver.version()

    def look(self) -> bool:
        """Whether anything was written since the last look, or since the watch was made."""
        with self._lock:
            # Read under the lock: an older version stored after a newer one would look new again.
            found = self.saver.version()
            changed, self._seen = found != self._seen, found
        return changed

    async def changed(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  (False tells)
        """Wait until something changed, somebody called ``wake``, or the time is over.

        Looks ``quick`` seconds after a change, and less and less often while nothing happens.

        Args:
            timeout: Seconds to wait at most; None waits for as long as it takes.

        Returns:
            Whether anything was written; False if the time is over or ``wake`` was called.
        """
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        with self._wakeable() as woken:
            while True:
                left = self._pause if until is None else until - loop.time()
                await _wait(woken, min(self._pause, left))
                if woken.is_set():
                    return False
                if await self._look_beside():
                    self._pause = self.quick
                    return True
                self._pause = min(self._pause * _SLOWER, self.slow)
                if until is not None and loop.time() >= until:
                    return False

    def wake(self) -> None:
        """Let every ``changed`` that waits return, or the next one if none does; thread-safe."""
        with self._lock:
            waiting = list(self._waiting)
            self._woken = not waiting
        for loop, woken in waiting:
            loop.call_soon_threadsafe(woken.set)

    async def _look_beside(self) -> bool:
        return await asyncio.to_thread(self.look) if self.saver.blocking else self.look()

    @contextmanager
    def _wakeable(self) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        entry = (asyncio.get_running_loop(), woken)
        with self._lock:
            if self._woken:
                self._woken = False
                woken.set()
            self._waiting.add(entry)
        try:
            yield woken
        finally:
            with self._lock:
                self._waiting.discard(entry)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
