"""What nodes print, told apart by the task that printed it.

While somebody listens, ``sys.stdout`` and ``sys.stderr`` are wrapped. Text from a task that is
listened to goes to its listener, all other text goes where it went before. Whose text it is says
the context variable of the running task, so it is right for concurrent tasks, for functions on
worker threads and for graphs inside graphs. What writes past ``sys.stdout`` (a subprocess, a
logging handler made earlier, a thread the node started by itself) is not seen.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hitl_nb.engine.interrupts import CURRENT_TASK

if TYPE_CHECKING:
    from hitl_nb.engine.executor import Execution
    from hitl_nb.graph.planner import Task

LIMIT = 100_000
"""Characters kept of what one task prints."""

StreamName = Literal["stdout", "stderr"]
PrintListener = Callable[[str, "Task", StreamName, str], None]
"""Called with namespace, task, stream and text, on whatever thread prints."""

_OWN = ("write", "writelines")
_STREAMS: tuple[StreamName, ...] = ("stdout", "stderr")
# Re-entrant: wrapping a stream may print. Who prints takes no lock: `_captures` is replaced whole.
_lock = threading.RLock()
_captures: tuple[StdoutCapture, ...] = ()
_in_listener: ContextVar[bool] = ContextVar("hitl_nb_telling", default=False)
_log = logging.getLogger("hitl_nb.engine.stdout_capture")


class Piece(NamedTuple):
    """Text printed to one stream without another in between."""

    stream: StreamName
    text: str


class CapturedText(NamedTuple):
    """What one task has printed: what was kept, and how many characters more there were."""

    pieces: tuple[Piece, ...]
    more: int

    @property
    def text(self) -> str:
        """All that was kept, both streams in the order they were written."""
        return "".join(piece.text for piece in self.pieces)


class _TaskText:
    """What one task has printed so far; pieces are joined when somebody reads them."""

    __slots__ = ("left", "more", "parts")

    def __init__(self, limit: int) -> None:
        self.parts: list[Piece] = []
        self.left = limit
        self.more = 0

    def add(self, stream: StreamName, text: str) -> str:
        """Keep what there is room for, and return that."""
        kept = text[: self.left]
        self.left -= len(kept)
        self.more += len(text) - len(kept)
        if kept:
            self.parts.append(Piece(stream, kept))
        return kept

    def read(self) -> CapturedText:
        joined: list[tuple[StreamName, list[str]]] = []
        for stream, text in self.parts:
            if not joined or joined[-1][0] != stream:
                joined.append((stream, []))
            joined[-1][1].append(text)
        pieces = tuple(Piece(stream, "".join(texts)) for stream, texts in joined)
        self.parts[:] = pieces
        return CapturedText(pieces, self.more)


class StdoutCapture:
    """What the tasks of one execution print. Make one with ``capture_stdout``.

    Args:
        execution: Whose tasks; graphs inside it included.
        listener: Called with each text there is still room for.
        limit: How many characters to keep of each task.
    """

    def __init__(
        self, execution: Execution, listener: PrintListener | None = None, *, limit: int = LIMIT
    ) -> None:
        self._thread, self._writer = execution.thread, execution.writer
        self._listener = listener
        self._limit = limit
        # Tasks print from threads of their own. Not held while the listener is called: it may
        # print, or wait for somebody who does.
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, str], _TaskText] = {}

    def of(self, ns: str, task: str) -> CapturedText:
        """Return what a task has printed, by its namespace and id."""
        with self._lock:
            found = self._texts.get((ns, task))
            return found.read() if found is not None else CapturedText((), 0)

    def covers(self, host: Any) -> bool:
        """Whether a running task's execution is this one, or is inside it."""
        return host.thread == self._thread and host.writer is self._writer

    def add(self, ns: str, task: Task, stream: StreamName, text: str) -> None:
        """Keep a text, and tell the listener."""
        with self._lock:
            found = self._texts.get((ns, task.id))
            if found is None:
                found = self._texts[ns, task.id] = _TaskText(self._limit)
            kept = found.add(stream, text)
        if kept and self._listener is not None:
            self._listener(ns, task, stream, kept)


@contextmanager
def capture_stdout(
    execution: Execution, listener: PrintListener | None = None, *, limit: int = LIMIT
) -> Iterator[StdoutCapture]:
    """Hear what the nodes of an execution print, for the length of a ``with`` block.

    What a listener prints itself goes where it would have gone. An error it raises is logged, and
    the text goes there too: no node fails because of who watches.

    Args:
        execution: Whose nodes; those of graphs inside it included.
        listener: Called with namespace, task, ``"stdout"`` or ``"stderr"``, and text.
        limit: How many characters of a task to keep and to tell of.

    Yields:
        What was printed so far, by task.
    """
    global _captures  # noqa: PLW0603  (streams are the process's, and so is who hears them)
    capture = StdoutCapture(execution, listener, limit=limit)
    with _lock:
        _captures = (*_captures, capture)
        for name in _STREAMS:
            _wrap(name)
    try:
        yield capture
    finally:
        with _lock:
            _captures = tuple(item for item in _captures if item is not capture)
            if not _captures:
                for name in _STREAMS:
                    _unwrap(name)


def _wrap(name: StreamName) -> None:
    stream = getattr(sys, name)
    if stream is not None and not isinstance(stream, CapturedStream):
        setattr(sys, name, CapturedStream(stream, name))


def _unwrap(name: StreamName) -> None:
    """Put the stream back, unless somebody else has put theirs in our place since."""
    stream = getattr(sys, name)
    if isinstance(stream, CapturedStream):
        setattr(sys, name, object.__getattribute__(stream, "_stream"))


class CapturedStream:
    """Stands for a stream: sends what listened-to tasks write to their listener.

    It has the stream's attributes, those it does not know included, so that who asks for
    ``fileno()`` or ``encoding``, or a kernel that tells its stream which cell is running, gets
    what the stream itself gives. Left in somebody's hands after its time, it passes all on.
    """

    def __init__(self, stream: Any, name: StreamName) -> None:
        object.__setattr__(self, "_stream", stream)
        object.__setattr__(self, "_name", name)

    def write(self, text: str) -> int:
        """Write a text, to the listener of the task that runs here if it has one."""
        heard = _capture_of_current_task() if isinstance(text, str) else None
        if heard is None:
            written: int = self._stream.write(text)
            return written
        capture, running = heard
        token = _in_listener.set(True)
        try:
            capture.add(running.host.ns, running.task, self._name, text)
        except Exception:
            _log.exception("A listener to what nodes print failed.")
            self._stream.write(text)
        finally:
            _in_listener.reset(token)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts, one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # Who puts a function of their own around our ``write``, as IPython does to keep a cell's
        # output, would be called by themselves if that went to the stream.
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._stream, name, value)

    def __delattr__(self, name: str) -> None:
        if name in _OWN:
            object.__delattr__(self, name)
        else:
            delattr(self._stream, name)

    def __dir__(self) -> list[str]:
        return dir(self._stream)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def __enter__(self) -> CapturedStream:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.__exit__(*error)

    def __repr__(self) -> str:
        return repr(self._stream)


def _capture_of_current_task() -> tuple[StdoutCapture, Any] | None:
    """Return who listens to the task that runs here; the newest of several."""
    running = CURRENT_TASK.get()
    if running is None or _in_listener.get():
        return None
    for capture in reversed(_captures):
        if capture.covers(running.host):
            return capture, running
    return None
