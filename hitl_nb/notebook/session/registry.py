"""Find the session of a thread, or begin one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.codec import digest
from hitl_nb.graph.planner import NOTHING
from hitl_nb.savers.default import choose_saver
from hitl_nb.savers.protocol import Saver
from hitl_nb.types import Config

if TYPE_CHECKING:
    from hitl_nb.notebook.session.session import Session
    from hitl_nb.threads.graph_protocol import RunnableGraph

_sessions: dict[tuple[int, str], Session] = {}


class Wish(NamedTuple):
    """How a session is to be.

    Args:
        context: Live objects for nodes that take ``runtime``.
        reviewer: The name of whoever answers here; or who answers before a person is asked.
        step: Whether to pause between nodes.
        config: Other settings of the run.
        go: Whether to go on even from where the thread was stopped.
        unfinished: Whether the session before this one left a run that has not come to rest.
    """

    context: Any = None
    reviewer: Any = None
    step: bool = False
    config: Config = NOTHING
    go: bool = False
    unfinished: bool = False


def attach(
    graph: RunnableGraph,
    input: Mapping[str, Any],
    thread_id: str | None,
    wish: Wish,
    *,
    restart: bool,
) -> Session:
    """Start a thread and its session, or find them if they are there already.

    Raises:
        CannotWait: If no event loop is running, as in a plain script.
        NoPlace: If the graph has no saver and there is no place for a file.
    """
    kept = kept_somewhere(graph)
    name = thread_id or wish.config.get("configurable", {}).get("thread_id")
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
    return session_of(kept, input, name, wish)


def session_of(
    kept: RunnableGraph, input: Mapping[str, Any], name: str, wish: Wish | None = None
) -> Session:
    """Return the thread's live session, or begin one if it has none that can go on."""
    from hitl_nb.notebook.session.session import Session

    before = _sessions.get((id(kept.checkpointer), name))
    if before is not None:
        if before.graph.plan is kept.plan and before.status != "failed":
            if wish is not None and wish.step:
                before.begin_to_step()
            return before
        wish = (wish or Wish())._replace(unfinished=before.hand_over())
    session = Session(kept, input, name, wish or Wish())
    _sessions[id(kept.checkpointer), name] = session
    return session


def forget(session: Session) -> None:
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
