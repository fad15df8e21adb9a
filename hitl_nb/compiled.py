"""The doors of a graph: run it, watch it, resume it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hitl_nb.entry import Input, enter, first
from hitl_nb.errors import MissingThread
from hitl_nb.graph import GraphDeclaration, unknown_target
from hitl_nb.plan import Checkpoint, Plan, arrange
from hitl_nb.portable import GraphConfig, GraphResult, pack, unpack
from hitl_nb.run import Execution, Listener, status_of
from hitl_nb.savers import Saver, Thread
from hitl_nb.streams import STREAM_MODES, label, stream_items, watch
from hitl_nb.sync import iterate_sync, run_sync
from hitl_nb.types import INTERRUPT, Config, Status

if TYPE_CHECKING:
    from hitl_nb.notebook.session import Session


class CompiledGraph:
    """A graph that can run. Make one with ``StateGraph.compile``."""

    def __init__(
        self,
        plan: Plan,
        checkpointer: Saver | None = None,
        interrupt_before: Iterable[str] = (),
        interrupt_after: Iterable[str] = (),
    ) -> None:
        self.plan = plan
        self.name = plan.name
        self.checkpointer = checkpointer
        self.breakpoints = read_breakpoints(plan, interrupt_before, interrupt_after)

    def kept_by(self, saver: Saver) -> CompiledGraph:
        """Return the same graph with its threads kept in ``saver``."""
        return CompiledGraph(self.plan, saver, *(self.breakpoints or ()))

    async def ainvoke(self, input: Input, config: Config | None = None) -> dict[str, Any]:
        """Run until the graph is done or waits.

        Args:
            input: State update to start with, ``Command(resume=...)`` to answer, or None to
                continue.
            config: ``{"configurable": {"thread_id": ...}, "recursion_limit": ...}``.

        Returns:
            The state; while questions are open, also a list of them under ``"__interrupt__"``.

        Raises:
            AnswerError: If an answer reaches no open question.
            Exception: What a node raised.
        """
        return await self._invoke(input, config)

    def invoke(self, input: Input, config: Config | None = None) -> dict[str, Any]:
        """Run like ``ainvoke``, from synchronous code; works inside a notebook too."""
        return run_sync(self._invoke(input, config, inline=True))

    async def astream(
        self,
        input: Input,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
    ) -> AsyncGenerator[Any, None]:
        """Run and yield what happens; the next superstep starts when more is asked for.

        Args:
            input: As for ``ainvoke``.
            config: As for ``ainvoke``.
            stream_mode: ``"values"``: the state after each superstep. ``"updates"``:
                ``{node: its update}``. ``"custom"``: what nodes write. A list of these yields
                pairs of mode and item.

        Raises:
            ValueError: If a mode is unknown.
        """
        modes = (stream_mode,) if isinstance(stream_mode, str) else tuple(stream_mode)
        for mode in modes:
            if mode not in STREAM_MODES:
                raise ValueError(f"Unknown stream_mode {mode!r}. Known: {STREAM_MODES}.")
        execution = self.open(input, config)
        if "values" in modes:
            yield label("values", dict(execution.checkpoint.values), stream_mode)
        async for event in watch(execution):
            for mode, item in stream_items(event):
                if mode in modes:
                    yield label(mode, item, stream_mode)

    def stream(
        self,
        input: Input,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
    ) -> Iterator[Any]:
        """Stream like ``astream``, from synchronous code."""
        return iterate_sync(self.astream(input, config, stream_mode=stream_mode))

    def session(
        self,
        input: Mapping[str, Any],
        *,
        thread_id: str | None = None,
        restart: bool = False,
    ) -> Session:
        """Start or re-attach to a thread and show it under the cell.

        Args:
            input: State update to start the thread with.
            thread_id: The thread's id; without it, one derived from graph name and input.
            restart: Begin a new thread even if there is one; the old one is kept.

        Returns:
            The live session. As the last line of a cell it displays itself.
        """
        from hitl_nb.notebook.session import attach

        return attach(self, input, thread_id=thread_id, restart=restart)

    def open(
        self,
        input: Input,
        config: Config | None = None,
        *,
        listen: Listener | None = None,
        inline: bool = False,
        reviewer: str = "code",
    ) -> Execution:
        """Turn an input into an execution that is ready to go on."""
        config = config or {}
        saver = self.checkpointer
        if saver is None:
            thread_id = os.urandom(8).hex()
            checkpoint = first(self.plan, input)
        else:
            thread_id = config.get("configurable", {}).get("thread_id")
            if not thread_id:
                raise MissingThread("A graph with a checkpointer")
            checkpoint = enter(self.plan, saver, thread_id, input, reviewer)
        execution = Execution(
            self.plan,
            checkpoint,
            thread_id,
            config=config,
            breakpoints=self.breakpoints,
            listen=listen,
            inline=inline,
        )
        if saver is not None:

            def keep(checkpoint: Checkpoint, status: Status) -> None:
                saver.keep(Thread(thread_id, self.name, checkpoint, status))

            execution.keep = keep
            keep(checkpoint, status_of(checkpoint))
        return execution

    async def _invoke(
        self, input: Input, config: Config | None, *, inline: bool = False
    ) -> dict[str, Any]:
        execution = self.open(input, config, inline=inline)
        checkpoint = await execution.finish()
        result = dict(checkpoint.values)
        if pending := checkpoint.pending:
            result[INTERRUPT] = list(pending)
        return result


class StateGraph(GraphDeclaration):
    """Declare a graph over a state; ``compile`` it, or ``execute`` it as a pure value.

    Example:
        >>> graph = StateGraph(name="greeting")
        >>> _ = graph.add_node("greet", lambda state: {"text": f"Hello {state['who']}"})
        >>> _ = graph.add_edge(START, "greet").add_edge("greet", END)
        >>> graph.compile().invoke({"who": "Ana"})
        {'who': 'Ana', 'text': 'Hello Ana'}
    """

    def __init__(self, state_schema: Any = None, *, name: str = "") -> None:
        super().__init__(state_schema, name=name)
        self.config = GraphConfig()
        self._executable: tuple[tuple[int, ...], CompiledGraph] | None = None

    def compile(
        self,
        checkpointer: Saver | None = None,
        *,
        interrupt_before: str | Iterable[str] = (),
        interrupt_after: str | Iterable[str] = (),
        name: str | None = None,
        types: Iterable[type] = (),
    ) -> CompiledGraph:
        """Validate the graph and make it runnable.

        Args:
            checkpointer: Where threads are kept; without one a run cannot be resumed.
            interrupt_before: Nodes to stop before, or ``"*"`` for every node.
            interrupt_after: Nodes to stop after, or ``"*"``.
            name: What the graph is called in views, messages and records.
            types: Classes that state and questions may hold besides those the schema names.

        Raises:
            InvalidGraph: If the graph cannot run.
            UnknownTarget: If an edge or breakpoint names a node it does not have.
        """
        plan = arrange(self, name or self.name or "graph", types)
        return CompiledGraph(plan, checkpointer, interrupt_before, interrupt_after)

    async def execute(self, inputs: Input = None) -> GraphResult:
        """Run without a saver; a paused run rides in ``final_state``.

        Args:
            inputs: The state to start with, or
                ``Command(update=result.final_state, resume=answer)`` to go on, in any process.

        Returns:
            How the run ended or where it waits.

        Raises:
            AnswerError: If an answer reaches no open question.
        """
        compiled = self._compiled()
        checkpoint, thread = unpack(compiled.plan, inputs)
        execution = Execution(
            compiled.plan,
            checkpoint,
            thread,
            config={"recursion_limit": self.config.max_iterations},
            breakpoints=read_breakpoints(
                compiled.plan, self.config.interrupt_before, self.config.interrupt_after
            ),
        )
        return pack(compiled.name, await execution.finish(), thread)

    def _compiled(self) -> CompiledGraph:
        parts = (len(self.nodes), len(self.edges), len(self.joins), len(self.branches))
        if self._executable is None or self._executable[0] != parts:
            self._executable = parts, self.compile()
        return self._executable[1]


def read_breakpoints(
    plan: Plan, before: str | Iterable[str], after: str | Iterable[str]
) -> tuple[frozenset[str], frozenset[str]] | None:
    """Check the names of static breakpoints; None if there are none.

    Raises:
        UnknownTarget: If a name is no node.
    """
    stop_before, stop_after = (
        frozenset((names,) if isinstance(names, str) else names) for names in (before, after)
    )
    for name in stop_before | stop_after:
        if name != "*" and name not in plan.nodes:
            raise unknown_target(name, "A breakpoint", plan.nodes)
    return (stop_before, stop_after) if stop_before or stop_after else None
