"""A process on another machine, as far as anybody can tell, that holds a thread."""

from __future__ import annotations

import platform
from typing import Any

from hitl_nb import SqliteSaver


def hold(store: str, host: str, ends: Any) -> None:
    """Take a thread, and hold it until told to end."""
    platform.node = lambda: host
    with SqliteSaver(store, timeout=30) as saver:
        _, fence = saver.acquire("t", "graph", create=True)
        ends.send("held")
        ends.recv()
        saver.release("t", fence)
