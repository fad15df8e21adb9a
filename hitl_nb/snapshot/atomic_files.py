"""Bytes to a file, all or nothing, and back."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hitl_nb.errors.snapshots import SnapshotExists, SnapshotFailed, SnapshotMissing


def write_file(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file that is either there in full and on disk, or not at all.

    Raises:
        SnapshotExists: If there is one and it may not be replaced.
        SnapshotMissing: If there is no such directory.
        SnapshotFailed: If it cannot be written.
    """
    with _plainly(path, "directory"):
        if not overwrite and path.exists():
            raise SnapshotExists(str(path))
        # Beside its target, because only within one file system is a rename one step.
        beside = path.with_name(f".{secrets.token_hex(8)}.unfinished")
        try:
            with open(beside, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _put(beside, path, overwrite=overwrite)
        finally:
            beside.unlink(missing_ok=True)
        _keep_name(path.parent)


def read_file(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        SnapshotMissing: If there is none.
        SnapshotFailed: If it cannot be read.
    """
    with _plainly(path, "file"):
        return path.read_bytes()


def _put(beside: Path, path: Path, *, overwrite: bool) -> None:
    """Give a file its name."""
    if overwrite:
        os.replace(beside, path)
        return
    try:
        os.link(beside, path)  # unlike a rename, this fails if somebody was faster
    except FileExistsError as error:
        raise SnapshotExists(str(path)) from error
    except OSError:  # a file system without links
        if path.exists():
            raise SnapshotExists(str(path)) from None
        os.replace(beside, path)


def _keep_name(directory: Path) -> None:
    """Have the new name on disk too, where the system lets a directory be synced."""
    with suppress(OSError):
        opened = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextmanager
def _plainly(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except (SnapshotExists, SnapshotMissing):
        raise
    except FileNotFoundError as error:
        raise SnapshotMissing(str(path), what) from error
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        raise SnapshotFailed(str(path), str(error)) from error
