"""Tracebacks that begin in the user's code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import traceback
from pathlib import Path
from types import TracebackType

_OURS = str(Path(__file__).resolve().parents[2])
_MACHINERY = (
    _OURS,
    *(str(Path(str(part.__file__)).parent) for part in (asyncio, concurrent.futures)),
)


def from_user(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from where the user's code begins."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_MACHINERY):
        trace = trace.tb_next
    return trace


def user_traceback(error: BaseException) -> str:
    """Format a traceback without the frames of this package."""
    described = traceback.TracebackException.from_exception(error)
    _drop_our_frames(described)
    return "".join(described.format()).rstrip()


def title_of(error: BaseException) -> str:
    """Say in a line what was raised, and in which node."""
    notes = list(getattr(error, "__notes__", ()))
    node = next((note for note in reversed(notes) if note.startswith("in node ")), "")
    title = f"{type(error).__name__}: {error}"
    return f"{title} ({node})" if node else title


def _drop_our_frames(described: traceback.TracebackException | None) -> None:
    while described is not None:
        theirs = [frame for frame in described.stack if not frame.filename.startswith(_OURS)]
        # What called the node says nothing; what the node called does.
        begins = (
            place for place, it in enumerate(theirs) if not it.filename.startswith(_MACHINERY)
        )
        theirs = theirs[next(begins, 0) :]
        if theirs:
            described.stack = traceback.StackSummary.from_list(theirs)
        described = described.__cause__ or described.__context__
