"""Places that keep threads: in memory, or in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitl_nb.savers.memory import InMemorySaver as InMemorySaver
    from hitl_nb.savers.memory import MemorySaver as MemorySaver
    from hitl_nb.savers.protocol import Saver as Saver
    from hitl_nb.savers.sqlite.saver import SqliteSaver as SqliteSaver

__all__ = ["InMemorySaver", "MemorySaver", "Saver", "SqliteSaver"]


def __getattr__(name: str) -> Any:
    """Load a saver on first use: SQLite is not needed by those who keep nothing on disk."""
    if name == "SqliteSaver":
        from hitl_nb.savers.sqlite import saver

        return saver.SqliteSaver
    if name == "Saver":
        from hitl_nb.savers import protocol

        return protocol.Saver
    if name in __all__:
        from hitl_nb.savers import memory

        return memory.InMemorySaver
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
