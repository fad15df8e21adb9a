"""A store that cannot be opened, read or written, or whose record does not hold together."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError


class StoreError(HitlError):
    """Something is wrong with the place threads are kept in.

    Attributes:
        store: Its path.
    """

    def __init__(self, store: str, message: str) -> None:
        super().__init__(message)
        self.store = store


class StoreBusy(StoreError, TimeoutError):
    """Somebody else was writing for as long as this call was willing to wait."""

    def __init__(self, store: str, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            store,
            f"{store} was locked by another program for {seconds:g} s, so nothing was written. "
            f"Try again, close the program that holds it (a database browser with an unfinished "
            f"edit?), or wait longer: SqliteSaver(path, timeout={seconds * 6 or 30:g}).",
        )


class StoreFull(StoreError, OSError):
    """There is no room left; what was stored before is intact."""

    def __init__(self, store: str) -> None:
        super().__init__(
            store,
            f"There is no room left to write to {store}. Nothing of this step was written, and "
            f"all that was stored before is intact. Make room on the disk and run again.",
        )


class StoreCorrupt(StoreError):
    """The file is damaged."""

    def __init__(self, store: str, what: str) -> None:
        self.what = what
        super().__init__(
            store,
            f"{store} is damaged: {what}. Nothing was changed. Put back a copy of the file, or "
            f"rescue what can be read with: sqlite3 {store} .recover | sqlite3 rescued.db",
        )


class RowsMissing(StoreError):
    """A part of a thread is gone from the store.

    Attributes:
        thread_id: The thread.
        kind: Of what something is missing, in words.
        wrote: How many of them the thread wrote.
        there: How many there are.
    """

    def __init__(self, store: str, thread_id: str, kind: str, wrote: int, there: int) -> None:
        self.thread_id, self.kind, self.wrote, self.there = thread_id, kind, wrote, there
        super().__init__(
            store,
            f"{store} is damaged: the thread {thread_id!r} wrote {wrote} {kind}, and {there} are "
            f"there. Nothing was changed, and other threads can be used. Put back a copy of the "
            f"file, or go on from a file that export_thread made of the thread earlier.",
        )


class StoreTooNew(StoreError):
    """The file was written by a newer version."""

    def __init__(self, store: str, found: int, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(
            store,
            f"{store} was written by a newer hitl_nb: it has format {found}, and this version "
            f"knows up to {known}. Nothing was changed. Upgrade hitl_nb.",
        )


class NotAStore(StoreError, ValueError):
    """The file is something else."""

    def __init__(self, store: str, what: str) -> None:
        self.what = what
        super().__init__(
            store,
            f"{store} is {what}, not a store of hitl_nb. It was not touched. Give the path of a "
            f"store, or of a file that does not exist yet.",
        )


class StoreMissing(StoreError, FileNotFoundError):
    """There is no such file or directory, or it went away."""

    def __init__(self, store: str, why: str) -> None:
        self.why = why
        super().__init__(store, f"{store} {why}")


class StoreReadOnly(StoreError, PermissionError):
    """The file may only be read."""

    def __init__(self, store: str) -> None:
        super().__init__(
            store,
            f"{store} can only be read, so nothing was written. Make the file and its directory "
            f"writable, or open it without read_only=True.",
        )


class StoreClosed(StoreError, RuntimeError):
    """The saver was closed."""

    def __init__(self, store: str) -> None:
        super().__init__(store, f"The saver of {store} was closed. Make a new one to go on.")


class StoreFailed(StoreError, OSError):
    """The file could not be read or written, for a reason of the disk or the system."""

    def __init__(self, store: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            store,
            f"{store} could not be read or written ({reason}). What was stored before is intact. "
            f"See to the disk and the rights on the file and its directory, then run again.",
        )


STORE_AWAY = (StoreBusy, StoreFailed)
"""What a store raises that may be back in a while; whoever looks again and again just does."""


class NoPlace(HitlError, OSError):
    """Threads cannot be kept where they would be."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"Threads cannot be kept in {path!r}: {why}. Set the environment variable "
            f"HITL_NB_SAVER to the path of a file that can be written, or compile the graph with "
            f"checkpointer=InMemorySaver() to keep nothing."
        )


class RecordBroken(HitlError, ValueError):
    """The decision log was changed after it was written."""

    def __init__(self, seq: int, why: str) -> None:
        self.seq, self.why = seq, why
        super().__init__(
            f"The decision log does not hold at entry {seq}: {why}. Entries before it are as "
            f"they were written; do not rely on this one and those after it, and compare with a "
            f"copy made earlier."
        )
