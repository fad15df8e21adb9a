"""What a session is to run, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.engine.run_config import RunConfig
from hitl_nb.graph.planner import NOTHING
from hitl_nb.requests.identity import Verifier
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.types import Config, StateSnapshot

if TYPE_CHECKING:
    from hitl_nb.threads.graph_protocol import RunnableGraph


class SessionOptions(NamedTuple):
    """How a session is to be.

    Args:
        context: Live objects for nodes that take ``runtime``.
        reviewer: The name of whoever answers here; or who answers before a person is asked.
        step: Whether to pause between nodes.
        config: Other settings of the run.
        go: Whether to go on even from where the thread was stopped.
        unfinished: Whether the session before this one left a run that has not come to rest.
        carried: Answers that are given again if the same questions are asked.
        verifier: Who finds out who answers here.
    """

    context: Any = None
    reviewer: Any = None
    step: bool = False
    config: Config = NOTHING
    go: bool = False
    unfinished: bool = False
    carried: tuple[DecisionRow, ...] = ()
    verifier: Verifier | None = None


class RunSpec(NamedTuple):
    """What is to be run.

    Args:
        graph: The graph.
        saver: Where its thread is kept.
        thread_id: The thread.
        input: State update to start it with, if it is new.
        context: Live objects for nodes that take ``runtime``.
        config: Other settings, such as ``recursion_limit``.
    """

    graph: RunnableGraph
    saver: Saver
    thread_id: str
    input: Mapping[str, Any]
    context: Any = None
    config: Config = NOTHING

    @property
    def run_config(self) -> RunConfig:
        """How it is carried out."""
        configurable = {**self.config.get("configurable", {}), "thread_id": self.thread_id}
        config = {**self.config, "configurable": configurable}
        return RunConfig(config, self.context, self.graph.breakpoints)

    def state(self) -> StateSnapshot:
        """Return the thread as it stands."""
        return self.graph.get_state({"configurable": {"thread_id": self.thread_id}})
