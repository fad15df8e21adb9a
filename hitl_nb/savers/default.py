"""Choose where threads are kept when nobody says so: by environment, else a file right here."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_nb.errors.stores import NoPlace, StoreClosed, StoreFailed, StoreMissing, StoreReadOnly

if TYPE_CHECKING:
    from hitl_nb.savers.protocol import Saver

VARIABLE = "HITL_NB_SAVER"
DEFAULT_NAME = "hitl.db"
_IN_MEMORY = ("memory", ":memory:", "sqlite://", "sqlite:///:memory:")
_SCHEME = "sqlite:///"
# Two savers of one file in one process would not see that the other holds a thread.
_lock = threading.Lock()
_savers: dict[object, Saver] = {}
"""Savers of this process, by the resolved path of their file; ``None`` is memory."""


def choose_saver(
    given: Saver | str | os.PathLike[str] | None = None, *, existing: bool = False
) -> Saver:
    """Return the saver to use; always the same one for the same file.

    Args:
        given: A saver, a path, ``"memory"``, or None: then the environment variable
            ``HITL_NB_SAVER`` says so, else it is ``hitl.db`` in the working directory.
        existing: Whether a path that is given must lead to a file.

    Raises:
        StoreMissing: If it does not, and must.
        NoPlace: If the directory is missing, or the file cannot be written.
        StoreError: One of its kinds, if the file is something else or damaged.
    """
    if given is not None and not isinstance(given, str | os.PathLike):
        return given
    path = default_path() if given is None else _path_of(os.fspath(given))
    if path is None:
        return _kept(None)
    if existing and given is not None and not path.exists():
        raise StoreMissing(os.fspath(given), "does not exist. Give the path of a store.")
    _refuse(path)
    return _kept(path)


def default_path() -> Path | None:
    """Return the file threads are kept in by default, or None for memory."""
    said = os.environ.get(VARIABLE, "").strip()
    return _path_of(said or DEFAULT_NAME)


def _path_of(text: str) -> Path | None:
    if text in _IN_MEMORY:
        return None
    if "://" in text and not text.startswith(_SCHEME):
        raise NoPlace(text, f"only paths and {_SCHEME}path are known")
    return Path(text.removeprefix(_SCHEME)).expanduser().resolve()


def _refuse(path: Path) -> None:
    folder = path.parent
    if path.is_dir():
        raise NoPlace(str(path), "that is a directory")
    if not folder.is_dir():
        raise NoPlace(str(path), f"there is no directory {str(folder)!r}")
    if path.exists() and not os.access(path, os.W_OK):
        raise NoPlace(str(path), "the file cannot be written")
    if not os.access(folder, os.W_OK):
        raise NoPlace(str(path), f"the directory {str(folder)!r} cannot be written")


def _kept(path: Path | None) -> Saver:
    """Return this process's saver of a file, or make it."""
    with _lock:
        saver = _savers.get(path)
        if saver is None or _moved(saver, path):
            if saver is not None:
                saver.close()
            _savers[path] = saver = _made(path)
        return saver


def _made(path: Path | None) -> Saver:
    if path is None:
        from hitl_nb.savers.memory import InMemorySaver

        return InMemorySaver()
    from hitl_nb.savers.sqlite.saver import SqliteSaver

    try:
        return SqliteSaver(path)
    except (StoreReadOnly, StoreFailed) as error:  # what rights alone did not tell
        raise NoPlace(str(path), str(error.__cause__ or error)) from error


def _moved(saver: Saver, path: Path | None) -> bool:
    """Whether the file was deleted or replaced since, as by somebody who begins anew."""
    if path is None:
        return False
    try:
        saver.thread("")
    except (StoreClosed, StoreMissing):
        return True
    return False


@atexit.register
def close_savers() -> None:
    """Close what was chosen; a file is whole once its last saver is closed."""
    with _lock:
        savers = [*_savers.values()]
        _savers.clear()
    for saver in savers:
        saver.close()
