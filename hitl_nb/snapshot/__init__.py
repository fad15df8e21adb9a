"""Snapshots: a thread as one file with everything needed to continue it elsewhere.

The file is JSON that a person can read: first a header with format, version, length and
checksums, then the thread, its graph, its state, what was asked, what was decided, and every
checkpoint. It holds what the saver holds, which the codec has made: no code, no pickled objects,
no names to import, no secrets. Its checksums find damage; they are no signature, so load only
what you would answer for.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from hitl_nb.engine.checkpoint_rows import read_question
from hitl_nb.errors.snapshots import GraphChanged, NotASaver
from hitl_nb.graph.planner import Plan
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Json, WholeThread
from hitl_nb.snapshot import file_format
from hitl_nb.snapshot.atomic_files import read_file, write_file
from hitl_nb.snapshot.graph_compatibility import describe, graph_changes, refuse_gone
from hitl_nb.snapshot.sections import from_sections, to_sections

__all__ = ["Planned", "export_thread", "import_thread", "read_snapshot"]


class Planned(Protocol):
    """A compiled graph."""

    @property
    def plan(self) -> Plan:
        """The graph as it was declared."""


def export_thread(
    saver: Saver,
    thread_id: str,
    path: str | os.PathLike[str],
    *,
    graph: Planned | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a thread to a file, with everything needed to continue it elsewhere.

    The thread stays where it is. One that runs is written as it stands between two steps.

    Args:
        saver: Where the thread is kept.
        thread_id: The thread.
        path: The file to write; it is there in full or not at all.
        graph: Its graph, described in the file so that loading can tell what has changed.
        overwrite: Whether to replace a file that is there.

    Returns:
        The path.

    Raises:
        NotASaver: If a graph or anything else is given in the saver's place.
        UnknownThread: If there is no such thread.
        SnapshotExists: If the file exists.
        SnapshotError: One of its kinds, if it cannot be written.

    Example:
        >>> import tempfile
        >>> from hitl_nb import END, START, Command, InMemorySaver, StateGraph, interrupt
        >>> graph = StateGraph(name="refund")
        >>> _ = graph.add_node("ask", lambda state: {"ok": interrupt("Ok?")})
        >>> app = graph.add_edge(START, "ask").add_edge("ask", END).compile(InMemorySaver())
        >>> order = {"configurable": {"thread_id": "order-42"}}
        >>> _ = app.invoke({}, order)
        >>> other = InMemorySaver()
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = export_thread(app.checkpointer, "order-42", f"{directory}/order-42.json")
        ...     import_thread(path, other, graph=app)
        'order-42'
        >>> app.kept_by(other).invoke(Command(resume="yes"), order)
        {'ok': 'yes'}
    """
    _refuse_other_things(saver)
    thread = saver.export(thread_id)
    known = {"name": thread.row.graph} if graph is None else describe(graph.plan)
    target = Path(path)
    data = file_format.write(to_sections(thread, known))
    write_file(target, data, overwrite=overwrite)
    return target


def import_thread(
    path: str | os.PathLike[str],
    saver: Saver,
    *,
    graph: Planned | None = None,
    thread_id: str | None = None,
) -> str:
    """Keep the thread of a file in a saver, where it goes on as it would have before.

    Its questions keep their ids, answers are not asked for again, and remembered calls are not
    made again. Its decisions are appended to the saver's log, which numbers them anew.

    Args:
        path: A file that `export_thread` wrote.
        saver: Where to keep the thread.
        graph: Its graph; checked against what the thread was exported with.
        thread_id: Another id for it. A question's id commits to its thread, so what is open is
            then asked anew by the run that continues it.

    Returns:
        The thread's id.

    Raises:
        NotASaver: If a graph or anything else is given in the saver's place.
        SnapshotError: One of its kinds, if the file is damaged, something else, missing or made
            by a newer version.
        ThreadExists: If the saver has a thread of that id.
        NodeGone: If the thread stands before a node the graph does not have.
        CodecError: If its state holds a class the graph does not declare.
        QuestionAltered: If one of its questions is not what was asked; without a graph that is
            found as soon as somebody reads the question.

    Warns:
        GraphChanged: If the graph differs in another way; names what changed.
    """
    _refuse_other_things(saver)
    name = os.fspath(path)
    sections = file_format.read(read_file(Path(path)), name)
    thread = from_sections(sections, name)
    if thread_id is not None and thread_id != thread.row.id:
        thread = _renamed(thread, thread_id)
    if graph is not None:
        refuse_gone(graph.plan, thread, name)
        for row, _, _ in thread.questions:
            read_question(row, graph.plan.types)
        _warn_changed(sections["graph"], graph.plan, name)
    saver.restore(thread)
    return thread.row.id


def read_snapshot(path: str | os.PathLike[str]) -> WholeThread:
    """Return the thread of a file without keeping it anywhere, after checking all of it.

    Every decision has been checked against its own hash, and against the one before it where
    the file holds that; where it does not, they were given in other threads.

    Raises:
        SnapshotError: One of its kinds, as for `import_thread`.
    """
    name = os.fspath(path)
    return from_sections(file_format.read(read_file(Path(path)), name), name)


def _refuse_other_things(saver: Saver) -> None:
    if not hasattr(saver, "restore"):
        raise NotASaver(saver)


def _renamed(thread: WholeThread, thread_id: str) -> WholeThread:
    return replace(
        thread,
        row=thread.row._replace(id=thread_id),
        questions=[
            (row, "stale" if status == "open" else status, seq)
            for row, status, seq in thread.questions
        ],
    )


def _warn_changed(before: Json, plan: Plan, name: str) -> None:
    changed = graph_changes(before, describe(plan))
    if changed:
        warnings.warn(
            f"The graph {plan.name!r} is not as it was when {name} was exported: "
            f"{'; '.join(changed)}. The thread goes on with the graph as it is now.",
            GraphChanged,
            stacklevel=3,
        )
