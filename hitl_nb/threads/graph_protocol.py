"""What whoever runs, shows or answers threads needs of a graph that can run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, Self

from hitl_nb.engine.executor import Execution
from hitl_nb.engine.run_config import Breakpoints
from hitl_nb.graph.planner import Plan
from hitl_nb.savers.protocol import Saver
from hitl_nb.threads.inputs import Input
from hitl_nb.types import Config, StateSnapshot


class RunnableGraph(Protocol):
    """A compiled graph, seen from below.

    Sessions, servers and reviewers are held by the compiled graph's own doors, so they know it by
    this and not by its class.
    """

    name: str
    plan: Plan
    checkpointer: Saver | None
    breakpoints: Breakpoints | None

    def kept_by(self, saver: Saver) -> Self:
        """Return the same graph with its threads kept in ``saver``."""

    async def open(
        self, input: Input, config: Config | None = None, *, context: Any = None
    ) -> Execution:
        """Turn an input into an execution that is ready to go on."""

    async def ainvoke(
        self, input: Input, config: Config | None = None, *, context: Any = None
    ) -> dict[str, Any]:
        """Run until the graph is done or waits."""

    def get_state(self, config: Config | None = None) -> StateSnapshot:
        """Return a thread's state as it stands, or at the checkpoint the config names."""

    def get_state_history(self, config: Config | None = None) -> Iterator[StateSnapshot]:
        """Yield a thread's states, newest first."""

    def update_state(self, config: Config, values: Any, as_node: str | None = None) -> Config:
        """Change a thread's state as if a node had written it."""
