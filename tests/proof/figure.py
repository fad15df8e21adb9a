"""What a row of the scoreboard measures, and the processes it needs for that."""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hitl_nb import START, CompiledGraph, StateGraph
from hitl_nb.savers import Saver

_PROCESSES = multiprocessing.get_context("forkserver")
_PROGRAMS = ["kill_program", "race_program", "soak_program", "pytest"]


class Figure(NamedTuple):
    """A figure.

    Args:
        met: Whether it is what the row demands, times aside.
        text: The figure in words.
        in_time: Whether its times are what the row demands; counts where times are counted.
    """

    met: bool
    text: str
    in_time: bool = True


Measure = Callable[[int], Figure]


def none_of(found: int, of: int, what: str) -> Figure:
    """Return a figure that is met if nothing was found."""
    return Figure(found == 0 and of > 0, f"{found} of {of:,} {what}")


def all_of(found: int, of: int, what: str) -> Figure:
    """Return a figure that is met if all was found."""
    return Figure(found == of > 0, f"{found:,} of {of:,} {what}")


def start(program: Callable[..., object], *arguments: object) -> Any:
    """Start a process that runs a function of a module."""
    _prepare()
    process = _PROCESSES.Process(target=program, args=arguments, daemon=True)
    process.start()
    return process


@cache
def _prepare() -> None:
    """Import once what each process would import anew, in the one all others are forked from."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    _PROCESSES.set_forkserver_preload(_PROGRAMS)
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def pipe() -> Any:
    """Return the two ends of a pipe between processes."""
    return _PROCESSES.Pipe()


@contextmanager
def place() -> Iterator[Path]:
    """Make a directory that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="proof") as name:
        yield Path(name)


class TooManySteps(BaseException):
    """Something would have gone on for ever, or nearly so; no program catches this."""


@contextmanager
def at_most(steps: int) -> Iterator[None]:
    """Stop a block of this thread after so many calls, whatever the machine makes of them."""
    left = steps

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            sys.setprofile(None)
            raise TooManySteps

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def at(thread: str) -> Any:
    """Return the config of a thread."""
    return {"configurable": {"thread_id": thread}}


def graph_of(*nodes: Callable[..., Any], schema: Any = dict, name: str = "proof") -> StateGraph:
    """Declare nodes that run one after the other."""
    graph = StateGraph(schema, name=name).add_sequence(list(nodes))
    return graph.add_edge(START, nodes[0].__name__)


def asking(payload: Any, saver: Saver, thread: str = "t", **options: Any) -> CompiledGraph:
    """Begin a thread that asks one question and keeps what was answered."""

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        from hitl_nb import interrupt

        return {"answer": interrupt(payload, **options)}

    app = graph_of(ask).compile(saver)
    app.invoke({}, at(thread))
    return app
