"""A snapshot that cannot be written or loaded."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError


class SnapshotError(HitlError):
    """A snapshot cannot be written or loaded; nothing was changed.

    Attributes:
        path: The file, or ``"the snapshot"`` for bytes that are in none.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class NotASaver(HitlError, TypeError):
    """Something else was given where a saver is needed, such as a graph."""

    def __init__(self, given: object) -> None:
        self.given = given
        super().__init__(
            f"A thread is kept in a saver, and {type(given).__name__} is none. Of a compiled graph "
            f"it is graph.checkpointer; in a notebook, Session.load(path, graph) loads a file."
        )


class SnapshotDamaged(SnapshotError, ValueError):
    """The file is not as it was written.

    Attributes:
        why: What is wrong.
        offset: Where, in bytes from the beginning; -1 where that makes no sense.
        line: The same as a line, counted from 1; 0 where that makes no sense.
        section: The part of the file: ``"header"``, or a key of its content.
    """

    def __init__(
        self, path: str, why: str, *, section: str, offset: int = -1, line: int = 0
    ) -> None:
        self.why, self.section, self.offset, self.line = why, section, offset, line
        where = f"{section!r}, line {line}, byte {offset}" if offset >= 0 else repr(section)
        super().__init__(
            path,
            f"{path} is damaged (in {where}): {why}. Nothing of it was loaded. Use another copy "
            f"of the file, transferred as binary data, or export the thread again.",
        )


class NotASnapshot(SnapshotError, ValueError):
    """The file is something else."""

    def __init__(self, path: str, what: str) -> None:
        self.what = what
        super().__init__(
            path,
            f"{path} is {what}, not a snapshot of hitl_nb, which begins with its header in the "
            f"first line. Give the path of a file that export wrote.",
        )


class SnapshotTooNew(SnapshotError):
    """The file was written by a newer version."""

    def __init__(self, path: str, found: int, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(
            path,
            f"{path} was written by a newer hitl_nb: it has format {found}, and this version "
            f"knows up to {known}. Nothing of it was loaded. Upgrade hitl_nb.",
        )


class SnapshotMissing(SnapshotError, FileNotFoundError):
    """There is no such file, or no directory to write it to."""

    def __init__(self, path: str, what: str) -> None:
        self.what = what
        super().__init__(path, f"There is no {what} for the snapshot {path}. Check the path.")


class SnapshotExists(SnapshotError, FileExistsError):
    """A file of that name is there already."""

    def __init__(self, path: str) -> None:
        super().__init__(
            path,
            f"{path} exists already and was left as it is. Give another path, or replace it "
            f"with overwrite=True.",
        )


class SnapshotFailed(SnapshotError, OSError):
    """The file could not be read or written, for a reason of the disk or the system."""

    def __init__(self, path: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            path,
            f"The snapshot {path} could not be read or written ({reason}). What was there before "
            f"is intact. See to the disk and the rights on the file and its directory.",
        )


class GraphChanged(UserWarning):
    """A graph is not as it was when the thread was exported."""
