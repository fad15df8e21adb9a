"""Find the session of a thread, or begin one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from hitl_nb.codec import digest
from hitl_nb.notebook.session.run_spec import SessionOptions
from hitl_nb.savers.default import choose_saver
from hitl_nb.savers.protocol import Saver
from hitl_nb.types import Status

if TYPE_CHECKING:
    from hitl_nb.threads.graph_protocol import RunnableGraph


class RegisteredSession(Protocol):
    """What the registry needs of a session."""

    graph: RunnableGraph
    input: Mapping[str, Any]

    @property
    def status(self) -> Status:
        """How its thread fares."""

    def begin_to_step(self) -> None:
        """Pause between nodes from now on, unless somebody has chosen a pace already."""

    def hand_over(self) -> bool:
        """Make way for a newer session; whether there is a run for it to go on with."""

    def detach(self) -> None:
        """Stop watching and running the thread."""


Live = TypeVar("Live", bound=RegisteredSession)
Factory = Callable[["RunnableGraph", Mapping[str, Any], str, SessionOptions], Live]
"""Begins a session of a thread by its id."""

_sessions: dict[tuple[int, str], RegisteredSession] = {}
"""By saver and thread. By the saver's identity, as two of them may know a thread of one name."""


def attach(
    factory: Factory[Live],
    graph: RunnableGraph,
    input: Mapping[str, Any],
    thread_id: str | None,
    options: SessionOptions,
    *,
    restart: bool,
) -> Live:
    """Start a thread and its session, or find them if they are there already.

    Raises:
        CannotWait: If no event loop is running, as in a plain script.
        NoPlace: If the graph has no saver and there is no place for a file.
    """
    kept = kept_somewhere(graph)
    name = thread_id or options.config.get("configurable", {}).get("thread_id")
    name = str(name) if name else _derived_name(graph, input)
    if restart:
        name = free_name(saver_of(kept), name)
    before = _sessions.get((id(kept.checkpointer), name))
    if before is not None and dict(before.input) != dict(input):
        warnings.warn(
            f"The thread {name!r} exists and was started with another input, so this input is "
            f"not used. Use another thread_id, or restart=True for a new run.",
            stacklevel=3,
        )
    return session_of(factory, kept, input, name, options)


def session_of(
    factory: Factory[Live],
    kept: RunnableGraph,
    input: Mapping[str, Any],
    name: str,
    options: SessionOptions,
) -> Live:
    """Return the thread's live session, or begin one if it has none that can go on."""
    before = _sessions.get((id(kept.checkpointer), name))
    if before is not None:
        if before.graph.plan is kept.plan and before.status != "failed":
            if options.step:
                before.begin_to_step()
            return cast("Live", before)
        # It lets go before the new one begins: two of them would run one thread against each other.
        options = options._replace(unfinished=before.hand_over())
    session = factory(kept, input, name, options)
    _sessions[id(kept.checkpointer), name] = session
    return session


def forget(session: RegisteredSession) -> None:
    """Let the next session of a thread be a new one."""
    for key, known in [*_sessions.items()]:
        if known is session:
            del _sessions[key]


def is_attached(kept: RunnableGraph, name: str) -> bool:
    """Whether a thread has a session in this process."""
    return (id(kept.checkpointer), name) in _sessions


def goes_on_here(saver: Saver, name: str) -> bool:
    """Whether a thread has a session in this process that goes on with it once it is answered."""
    session = _sessions.get((id(saver), name))
    return session is not None and session.status in ("running", "waiting")


def kept_somewhere(graph: RunnableGraph) -> RunnableGraph:
    """Return the graph with a saver: its own, or the file that sessions use by default."""
    return graph if graph.checkpointer else graph.kept_by(choose_saver())


def saver_of(graph: RunnableGraph) -> Saver:
    """Return a graph's saver."""
    assert graph.checkpointer is not None  # noqa: S101  (kept_somewhere has seen to it)
    return graph.checkpointer


def free_name(saver: Saver, name: str) -> str:
    """Return the name, or the name with the first number that makes it new."""
    candidate, number = name, 2
    while saver.thread(candidate) is not None:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def _derived_name(graph: RunnableGraph, input: Mapping[str, Any]) -> str:
    """Name a thread by graph, nodes and input, so that the same cell finds it again."""
    nodes = sorted(graph.plan.nodes)
    return f"{graph.name}-{digest([nodes, dict(input)], graph.plan.types, 'input')[:8]}"
