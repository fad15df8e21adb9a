"""The doors of a graph: run it, watch it, answer it, look back, change it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.checkpoint_writer import Durability
from hitl_nb.engine.executor import Execution
from hitl_nb.engine.interrupts import CURRENT_TASK
from hitl_nb.engine.run_config import Names, RunConfig, read_breakpoints
from hitl_nb.engine.streams import check_modes, stream_of
from hitl_nb.engine.sync import iterate_sync, run_sync
from hitl_nb.errors import MissingThread
from hitl_nb.graph.builder import GraphDeclaration
from hitl_nb.graph.foreign_objects import own, refuse_foreign_saver
from hitl_nb.graph.planner import NOTHING, Checkpoint, Plan, Task, arrange, visible
from hitl_nb.interop.locus_run import GraphConfig, GraphResult, RunTotals, pack, unpack
from hitl_nb.requests.decision import STORABLE
from hitl_nb.savers.protocol import Saver
from hitl_nb.threads.history import place_of, read_history, read_state
from hitl_nb.threads.inputs import Input
from hitl_nb.threads.runs import edit_thread, open_run, threaded
from hitl_nb.threads.seen_questions import SeenQuestions
from hitl_nb.threads.state_updates import StateUpdate
from hitl_nb.threads.subgraphs import keep_subgraph, open_subgraph, run_subgraph, subgraph_result
from hitl_nb.types import INTERRUPT, Config, StateSnapshot

if TYPE_CHECKING:
    from hitl_nb.graph.diagram import Diagram
    from hitl_nb.notebook.session.session import Session
    from hitl_nb.requests.identity import Verifier
    from hitl_nb.server.server import Server


class CompiledGraph:
    """A graph that can run. Make one with ``StateGraph.compile``."""

    def __init__(
        self,
        plan: Plan,
        checkpointer: Saver | None = None,
        interrupt_before: Names = (),
        interrupt_after: Names = (),
    ) -> None:
        refuse_foreign_saver(checkpointer)
        self.plan = plan
        self.name = plan.name
        self.checkpointer = checkpointer
        self.breakpoints = read_breakpoints(plan, interrupt_before, interrupt_after)
        self._seen = SeenQuestions()

    def kept_by(self, saver: Saver) -> CompiledGraph:
        """Return the same graph with its threads kept in ``saver``."""
        return CompiledGraph(self.plan, saver, *(self.breakpoints or ()))

    async def ainvoke(
        self,
        input: Input,
        config: Config | None = None,
        *,
        context: Any = None,
        interrupt_before: Names = (),
        interrupt_after: Names = (),
        durability: Durability = "sync",
    ) -> dict[str, Any]:
        """Run until the graph is done or waits.

        Args:
            input: State update to start with, ``Command(resume=...)`` to answer, or None to
                continue. An answer that does not say which question it is for is for one that was
                open when the call began: the one this graph last showed of the thread, if it did.
            config: ``{"configurable": {"thread_id": ..., "checkpoint_id": ...},
                "recursion_limit": ...}``.
            context: Live objects for nodes that take ``runtime``; never stored.
            interrupt_before: Nodes to stop before in this run, besides those compiled in.
            interrupt_after: Nodes to stop after in this run.
            durability: When to write: ``"sync"`` before the next superstep, ``"async"`` while
                it runs, ``"exit"`` when the run rests.

        Returns:
            The state; while questions are open, also a list of them under ``"__interrupt__"``.

        Raises:
            AnswerError: If an answer reaches no open question.
            AlreadyAnswered: If somebody answered the question it was for, though another is open.
            Exception: What a node raised.
        """
        run_config = self._run_config(
            config, interrupt_before, interrupt_after, context, durability
        )
        return await self._invoke(input, run_config)

    def invoke(
        self,
        input: Input,
        config: Config | None = None,
        *,
        context: Any = None,
        interrupt_before: Names = (),
        interrupt_after: Names = (),
        durability: Durability = "sync",
    ) -> dict[str, Any]:
        """Run like ``ainvoke``, from synchronous code; works inside a notebook too."""
        run_config = self._run_config(
            config, interrupt_before, interrupt_after, context, durability
        )
        return run_sync(self._invoke(input, run_config._replace(inline=True)))

    async def astream(
        self,
        input: Input,
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        subgraphs: bool = False,
        context: Any = None,
        interrupt_before: Names = (),
        interrupt_after: Names = (),
        durability: Durability = "sync",
    ) -> AsyncGenerator[Any, None]:
        """Run and yield what happens; the next superstep starts when more is asked for.

        Args:
            input: As for ``ainvoke``.
            config: As for ``ainvoke``.
            stream_mode: ``"values"``: the state after each superstep. ``"updates"``:
                ``{node: its update}``. ``"custom"``: what nodes write. ``"tasks"``: tasks as they
                begin and end. A list of these yields pairs of mode and item.
            subgraphs: Whether to yield what happens in subgraphs too; each item then comes with
                its namespace, a tuple, in front.
            context: As for ``ainvoke``.
            interrupt_before: As for ``ainvoke``.
            interrupt_after: As for ``ainvoke``.
            durability: As for ``ainvoke``.

        Raises:
            ValueError: If a mode is unknown.
        """
        check_modes(stream_mode)
        run_config = self._run_config(
            config, interrupt_before, interrupt_after, context, durability
        )
        running = CURRENT_TASK.get() if self.checkpointer is None else None
        if running is not None:
            host: Any = running.host
            execution = await open_subgraph(
                self.plan, run_config.breakpoints, host, running.task, input
            )
        else:
            execution = await open_run(self.plan, self.checkpointer, own(input), run_config)
        try:
            items = stream_of(execution, stream_mode, subgraphs=subgraphs, fresh=input is not None)
            async with aclosing(items):
                async for item in items:
                    yield item
        finally:
            keep_subgraph(execution)
            if running is None:
                self._seen.note(config, execution.checkpoint.pending)
        if running is not None:
            subgraph_result(execution)

    def stream(self, input: Input, config: Config | None = None, **options: Any) -> Iterator[Any]:
        """Stream like ``astream``, with its options, from synchronous code."""
        return iterate_sync(self.astream(input, config, **options))

    async def aget_state(
        self, config: Config | None = None, *, subgraphs: bool = False
    ) -> StateSnapshot:
        """Return a thread's state as it stands, or at the checkpoint the config names.

        Args:
            config: Names the thread, and if wanted a checkpoint of it.
            subgraphs: Whether the tasks of subgraphs hold their states.

        Raises:
            UnknownCheckpoint: If there is no such checkpoint.
        """
        saver = self._saver("get_state()")
        state = await threaded(saver, read_state, self.plan, saver, config, subgraphs=subgraphs)
        return self._shown(config, state)

    def get_state(self, config: Config | None = None, *, subgraphs: bool = False) -> StateSnapshot:
        """Return a thread's state like ``aget_state``, from synchronous code."""
        saver = self._saver("get_state()")
        return self._shown(config, read_state(self.plan, saver, config, subgraphs=subgraphs))

    async def aget_state_history(
        self, config: Config | None = None, **options: Any
    ) -> AsyncIterator[StateSnapshot]:
        """Yield a thread's states like ``get_state_history``."""
        saver = self._saver("get_state_history()")
        found = read_history(self.plan, saver, config, **options)
        while (state := await threaded(saver, next, found, None)) is not None:
            yield state

    def get_state_history(
        self,
        config: Config | None = None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Yield a thread's states, newest first.

        Args:
            config: Names the thread.
            filter: Metadata a state must have, such as ``{"source": "update"}``.
            before: Names a checkpoint; only older ones are yielded.
            limit: How many at most.
        """
        saver = self._saver("get_state_history()")
        return read_history(self.plan, saver, config, filter=filter, before=before, limit=limit)

    async def aupdate_state(
        self, config: Config, values: Any, as_node: str | None = None
    ) -> Config:
        """Change a thread's state as if a node had written it; open questions become stale.

        Args:
            config: Names the thread, and if wanted a checkpoint to fork from.
            values: The update, through the reducers.
            as_node: The node it is from; what follows that node runs next. Without it, the one
                that wrote last.

        Returns:
            The config of the new checkpoint.

        Raises:
            InvalidUpdate: If it is not clear which node wrote last.
        """
        return await self.abulk_update_state(config, [[StateUpdate(values, as_node)]])

    def update_state(self, config: Config, values: Any, as_node: str | None = None) -> Config:
        """Change a thread's state like ``aupdate_state``, from synchronous code."""
        return run_sync(self.aupdate_state(config, values, as_node))

    async def abulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> Config:
        """Apply several updates, superstep by superstep.

        Args:
            config: Names the thread.
            supersteps: For each superstep its updates, each with its ``as_node``.

        Returns:
            The config of the last checkpoint.
        """
        saver = self._saver("update_state()")
        return await edit_thread(self.plan, saver, config, supersteps)

    def bulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> Config:
        """Apply several updates like ``abulk_update_state``, from synchronous code."""
        return run_sync(self.abulk_update_state(config, supersteps))

    def session(
        self,
        input: Mapping[str, Any],
        *,
        thread_id: str | None = None,
        context: Any = None,
        reviewer: Any = None,
        verifier: Verifier | None = None,
        step: bool = False,
        restart: bool = False,
        config: Config | None = None,
    ) -> Session:
        """Start or re-attach to a thread and show it under the cell.

        Args:
            input: State update to start the thread with.
            thread_id: The thread's id; without it, one derived from graph name and input.
            context: Live objects for nodes that take ``runtime``; never stored.
            reviewer: The name of whoever answers here; or a reviewer, policy or function of the
                question, which answers what it can and leaves the rest to the form.
            verifier: Finds out who answers here, for questions that demand a verified identity.
            step: Whether to pause between nodes, with buttons to go on.
            restart: Begin a new thread even if there is one; the old one is kept. The new one has
                an id of its own, ``session.thread_id``: give it as ``thread_id`` to come back.
            config: Other settings, such as ``{"recursion_limit": 1000}``.

        Returns:
            The live session. As the last line of a cell it displays itself.
        """
        from hitl_nb.notebook.session.registry import attach
        from hitl_nb.notebook.session.run_spec import SessionOptions
        from hitl_nb.notebook.session.session import Session

        options = SessionOptions(context, reviewer, step, config or {}, verifier=verifier)
        return attach(Session, self, input, thread_id, options, restart=restart)

    def serve(self, saver: Saver | None = None, **options: Any) -> Server:
        """Go on in the background with this graph's threads, whoever answers them.

        Args:
            saver: Where they are kept; by default where sessions of the graph keep them.
            options: What else a server takes: ``context``, ``before_look`` and ``at_once``.

        Raises:
            CannotWait: If no event loop is running.
        """
        from hitl_nb.savers.default import choose_saver
        from hitl_nb.server.server import serve

        return serve(self, saver or self.checkpointer or choose_saver(), **options)

    def picture(self) -> Diagram:
        """Return the graph as a display of its own: drawn by the notebook, else as text."""
        from hitl_nb.graph.diagram import Diagram, picture_of

        return Diagram(picture_of(self.plan))

    async def run_as_node(self, host: Execution, task: Task, argument: Any) -> Any:
        """Run inside a task of another graph; its questions are that graph's questions."""
        return await run_subgraph(self.plan, self.breakpoints, host, task, argument)

    async def open(
        self, input: Input, config: Config | None = None, *, context: Any = None
    ) -> Execution:
        """Turn an input into an execution that is ready to go on."""
        run_config = self._run_config(config, (), (), context, "sync")
        return await open_run(self.plan, self.checkpointer, own(input), run_config)

    async def _invoke(self, input: Input, run_config: RunConfig) -> dict[str, Any]:
        running = CURRENT_TASK.get() if self.checkpointer is None else None
        if running is not None:
            host: Any = running.host
            result: dict[str, Any] = await self.run_as_node(host, running.task, input)
            return result
        execution = await open_run(self.plan, self.checkpointer, own(input), run_config)
        after = await execution.finish()
        self._seen.note(run_config.config, after.pending)
        return _result(self.plan, after)

    def _run_config(
        self,
        config: Config | None,
        before: Names,
        after: Names,
        context: Any,
        durability: Durability,
    ) -> RunConfig:
        breakpoints = self.breakpoints
        if before or after:
            compiled_in = breakpoints or (frozenset(), frozenset())
            asked = read_breakpoints(self.plan, before, after) or compiled_in
            breakpoints = compiled_in[0] | asked[0], compiled_in[1] | asked[1]
        # Read as the call begins: what is asked while it waits for its turn, nobody has seen.
        seen = self._seen.of(config)
        return RunConfig(config or NOTHING, context, breakpoints, durability, seen=seen)

    def _shown(self, config: Config | None, state: StateSnapshot) -> StateSnapshot:
        if place_of(config)[1] is None:
            self._seen.note(config, state.interrupts)
        return state

    def _saver(self, why: str) -> Saver:
        if self.checkpointer is None:
            raise MissingThread(why)
        return self.checkpointer


class StateGraph(GraphDeclaration):
    """Declare a graph over a state; ``compile`` it, or ``execute`` it as a pure value.

    Example:
        >>> from hitl_nb import END, START, StateGraph
        >>> graph = StateGraph(name="greeting")
        >>> _ = graph.add_node("greet", lambda state: {"text": f"Hello {state['who']}"})
        >>> _ = graph.add_edge(START, "greet").add_edge("greet", END)
        >>> graph.compile().invoke({"who": "Ana"})
        {'who': 'Ana', 'text': 'Hello Ana'}
    """

    def __init__(
        self,
        state_schema: Any = None,
        context_schema: Any = None,
        *,
        config: GraphConfig | None = None,
        **options: Any,
    ) -> None:
        super().__init__(state_schema, context_schema, **options)
        self.config = config or GraphConfig()
        self._executable: tuple[tuple[int, ...], CompiledGraph] | None = None

    def compile(
        self,
        checkpointer: Saver | None = None,
        *,
        interrupt_before: Names = (),
        interrupt_after: Names = (),
        name: str | None = None,
        types: Iterable[type] = (),
    ) -> CompiledGraph:
        """Validate the graph and make it runnable.

        Args:
            checkpointer: Where threads are kept; without one a run cannot be resumed.
            interrupt_before: Nodes to stop before, or ``"*"`` for every node; by default those of
                the graph's ``config``.
            interrupt_after: Nodes to stop after, or ``"*"``.
            name: What the graph is called in views, messages and records.
            types: Classes that state and questions may hold besides those the schema names.

        Raises:
            InvalidGraph: If the graph cannot run.
            UnknownTarget: If an edge or breakpoint names a node it does not have.
        """
        plan = arrange(self, name or self.name or "graph", (*STORABLE, *types))
        return CompiledGraph(
            plan,
            checkpointer,
            interrupt_before or self.config.interrupt_before,
            interrupt_after or self.config.interrupt_after,
        )

    async def execute(
        self, inputs: Input = None, *, config: GraphConfig | None = None
    ) -> GraphResult:
        """Run without a saver; a paused run rides in ``final_state``.

        Args:
            inputs: The state to start with, or
                ``Command(update=result.final_state, resume=answer)`` to go on, in any process.
                Approvals that count as one of several are signed: other processes need the same
                ``HITL_NB_SIGNING_KEY`` in their environment.
            config: Settings of this run in place of the graph's.

        Returns:
            How the run ended or where it waits.

        Raises:
            AnswerError: If an answer reaches no open question.
            UnsignedAnswer: If an approval that counts was not given here.
            Exception: What a node raised.
        """
        return await self._execute(inputs, config or self.config)

    async def ainvoke(
        self, inputs: Input = None, config: GraphConfig | None = None
    ) -> dict[str, Any]:
        """Run like ``execute`` and return the final state."""
        return (await self._execute(inputs, config or self.config)).final_state

    def invoke(self, inputs: Input = None, config: GraphConfig | None = None) -> dict[str, Any]:
        """Run like ``ainvoke``, from synchronous code; works inside a notebook too."""
        work = self._execute(inputs, config or self.config, inline=True)
        return run_sync(work).final_state

    async def _execute(
        self, inputs: Input, config: GraphConfig, *, inline: bool = False
    ) -> GraphResult:
        started, plan = perf_counter(), self._compiled().plan
        stops = read_breakpoints(plan, config.interrupt_before, config.interrupt_after)
        begun = unpack(plan, inputs, at_start=stops is not None)
        limit = {"recursion_limit": config.max_iterations}
        run_config = RunConfig(limit, breakpoints=stops, inline=inline)
        execution = Execution(plan, begun.checkpoint, begun.thread, run_config, nested=begun.nested)
        after = await execution.finish()
        iterations = config.max_iterations - execution.left + bool(after.questions)
        done = RunTotals(execution.trail, iterations, (perf_counter() - started) * 1000)
        return pack(plan, begun, after, done)

    def _compiled(self) -> CompiledGraph:
        parts = (len(self.nodes), len(self.edges), len(self.joins), len(self.conditional_edges))
        if self._executable is None or self._executable[0] != parts:
            self._executable = parts, self.compile()
        return self._executable[1]


def _result(plan: Plan, checkpoint: Checkpoint) -> dict[str, Any]:
    result = plan.output.pick(visible(plan, checkpoint))
    if pending := checkpoint.pending:
        result[INTERRUPT] = list(pending)
    return result
