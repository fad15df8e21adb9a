"""Hold graphs and go on with their threads wherever their questions are answered."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.engine.executor import Execution
from hitl_nb.engine.run_config import RunConfig
from hitl_nb.errors import CannotWait, HitlError, ThreadBusy
from hitl_nb.errors.stores import STORE_AWAY
from hitl_nb.marked_text import plain, shorten, show
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import ThreadRow
from hitl_nb.savers.worker_threads import wait_to_end
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.recovery import (
    HANDED_OVER,
    Candidate,
    RecoveryScan,
    can_go_on,
    hand_over,
    take,
)
from hitl_nb.server.waiting_index import DeadlineWatcher
from hitl_nb.threads.runs import threaded

if TYPE_CHECKING:
    from hitl_nb.threads.graph_protocol import RunnableGraph

Hook = Callable[[], Awaitable[None] | None]
log = logging.getLogger("hitl_nb.server.server")


class Serving(NamedTuple):
    """What a server is at.

    Args:
        running: Ids of the threads it runs now.
        continued: How often it has gone on with a thread.
        errors: By thread, what stopped it last; gone once it went on.
    """

    running: tuple[str, ...]
    continued: int
    errors: Mapping[str, BaseException]


class Server:
    """Goes on with threads whose questions were answered, or whose process died.

    Several servers may look at one file: of those, one runs a thread. A thread that waits for an
    answer or stands at a breakpoint stays as it is. One that fails is reported once, and left
    alone until somebody changes something about it. Questions of its graphs whose time is over
    answer themselves while it looks.

    Args:
        graphs: What can be run; threads of graphs with other names are left to others.
        saver: Where the threads are kept.
        context: Live objects for nodes that take ``runtime``.
        before_look: Called before every look, where the saver may block; looks go on while
            nothing changes.
        at_once: How many threads run at a time.

    Raises:
        ValueError: If there is no graph, or two have one name.

    Example:
        >>> import asyncio
        >>> from hitl_nb import START, InMemorySaver, StateGraph
        >>> graph = StateGraph(name="greeting").add_node("greet", lambda state: {"said": "hello"})
        >>> server = Server([graph.add_edge(START, "greet").compile()], InMemorySaver())
        >>> asyncio.run(server.run(once=True))
        >>> server
        Server of 'greeting', in memory: stopped, went on 0 times
    """

    def __init__(
        self,
        graphs: Iterable[RunnableGraph],
        saver: Saver,
        *,
        context: Any = None,
        before_look: Hook | None = None,
        at_once: int = 8,
        watch: ChangePoller | None = None,
    ) -> None:
        self.saver = saver
        self.graphs = _by_name(graphs)
        self.context = context
        self.before_look = before_look
        self._watch = watch or ChangePoller(saver)
        self._recovery_scan = RecoveryScan(saver, self.graphs.keys())
        self._room = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._errors: dict[str, BaseException] = {}
        self._left_alone: dict[str, Candidate] = {}
        self._passed_over: set[str] = set()
        self._continued = self._ended = 0
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._at_work = False
        self._hook_failed = ""
        self._deadline_watcher = DeadlineWatcher(
            saver, {name: graph.plan for name, graph in self.graphs.items()}
        )
        self._looks_at_once = False

    @property
    def status(self) -> Serving:
        """What it runs now, and what went wrong last, by thread."""
        return Serving(tuple(self._running), self._continued, dict(self._errors))

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop and some supersteps have not ended yet."""
        return self._stopping

    @property
    def _runs(self) -> bool:
        """Whether it runs, or is about to."""
        return self._at_work or (self._task is not None and not self._task.done())

    async def run(self, *, once: bool = False) -> None:
        """Go on with threads until stopped.

        Args:
            once: Go on with what is there now, and with what becomes of it, and return.
        """
        self._at_work = changed = True
        try:
            while not self._stopping:
                found = await self._look(changed=changed)
                if not once:
                    with suppress(*STORE_AWAY):  # the next look sees the same
                        changed = await self._watch.changed(self._watch.slow)
                    changed = changed or self._looks_at_once
                    self._looks_at_once = False
                elif not found or not await self._rest():
                    break
        finally:
            self._stopping = True
            await self._wait_for_supersteps()
            self._at_work = self._stopping = False

    def stop(self) -> None:
        """Stop once the supersteps that run now have ended; thread-safe.

        What they lead to is left to the next server.
        """
        if self._runs:
            self._stopping = True
            self._watch.wake()

    def look_now(self) -> None:
        """Look for what can go on at once, because something was just answered; thread-safe."""
        self._looks_at_once = True
        self._watch.wake()

    async def go_on(self, thread_id: str, before: BaseException | None = None) -> None:
        """Go on with an answered thread until it rests, or until whoever runs it has the answer.

        Args:
            thread_id: The thread.
            before: What had stopped it here before it was answered, which is no news.

        Raises:
            Exception: What a node raised.
        """
        row = await threaded(self.saver, self.saver.thread, thread_id)
        if row is None or row.graph not in self.graphs:
            return
        graph = self.graphs[row.graph]
        watch = ChangePoller(self.saver)
        while True:
            # As one of its own runs: a look that found the thread too would run what fails twice.
            if thread_id not in self._running:
                self._begin(Candidate(row, left=False))
            await asyncio.wait([self._running[thread_id]])
            stopped = self._errors.get(thread_id)
            if stopped is not None and stopped is not before:
                raise stopped
            if not await threaded(
                self.saver, can_go_on, graph.plan, self.saver, thread_id, left=False
            ):
                return
            await watch.changed(watch.slow)

    def start(self) -> Server:
        """Run in the background of the running event loop, as in a notebook.

        Raises:
            CannotWait: If no event loop is running.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError as error:
            raise CannotWait(
                "A server runs in the background of a notebook, and no event loop is running "
                "here. In a script, use asyncio.run(Server([graph], saver).run()), or serve from "
                "a terminal: python -m hitl_nb serve module:graph --saver hitl.db"
            ) from error
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run_reporting(), name="hitl_nb server")
        return self

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self.graphs))
        state = "running" if self._runs else "stopped"
        if self._running:
            state = f"running {len(self._running)} of its threads now"
        times = "once" if self._continued == 1 else f"{self._continued} times"
        failed = f", {len(self._errors)} stopped by an error" if self._errors else ""
        return f"Server of {names}, {self.saver.place}: {state}, went on {times}{failed}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from hitl_nb.html import element, page

        line = show(repr(self))
        return {"text/plain": plain(line), "text/html": page(element("div", line)).html}

    async def _run_reporting(self) -> None:
        """Run, and say why if that ends by an error: nobody awaits a background task."""
        try:
            await self.run()
        except Exception:
            log.exception("%s stopped by an error.", self)

    async def _look(self, *, changed: bool) -> bool:
        """Begin to run what can go on; whether anything runs now."""
        await self._call_hook()
        try:
            found = await threaded(self.saver, self._recovery_scan.look, changed=changed)
        except STORE_AWAY as error:
            log.warning("%s", error)
            return bool(self._running)
        for item in found:
            if self._is_news(item):
                self._begin(item)
        return bool(self._running)

    async def _call_hook(self) -> None:
        """Do what is due now; an error of it is reported, once, and keeps no thread waiting."""
        hook: Hook = self._deadline_watcher
        try:
            await threaded(self.saver, self._deadline_watcher)
            if self.before_look is not None:
                hook = self.before_look
                waiting = await threaded(self.saver, hook)
                if inspect.isawaitable(waiting):
                    await waiting
        except Exception as error:
            if repr(error) != self._hook_failed:
                log.exception("%r failed; it is called again at the next look.", hook)
            self._hook_failed = repr(error)
        else:
            self._hook_failed = ""

    def _begin(self, item: Candidate) -> None:
        name = item.row.id
        task = asyncio.create_task(self._continue(item), name=f"hitl_nb {name}")
        self._running[name] = task
        task.add_done_callback(lambda _: self._end(name))

    def _end(self, name: str) -> None:
        self._running.pop(name, None)
        if name in self._passed_over:
            self._passed_over.discard(name)
            self._recovery_scan.look_again()

    def _is_news(self, item: Candidate) -> bool:
        """Whether a candidate is not run now, nor has been left alone as it stands."""
        if item.row.id in self._running:
            # An answer may come after that run last read; without a second look nobody goes on.
            self._passed_over.add(item.row.id)  # what is new may be too late for that run
            return False
        known = self._left_alone.get(item.row.id)
        if known is None or known.row.updated_at != item.row.updated_at:
            return True
        return item.left and not known.left

    async def _continue(self, item: Candidate) -> None:
        """Go on with one thread until it rests, and note what became of it."""
        name = item.row.id
        try:
            async with self._room:
                if self._stopping:
                    return
                try:
                    execution = await self._take(item)
                except STORE_AWAY as error:  # it is not the thread's fault, and nothing has run
                    log.warning("%s", error)
                    self._passed_over.add(name)
                    self._ended += 1
                    return
                if execution is None:
                    self._left_alone[name] = item
                    return
                status = await self._advance(execution)
        except ThreadBusy:
            return  # somebody else runs it, which is as good
        except asyncio.CancelledError:
            await self._hand_over(item)
            raise
        except Exception as error:
            await self._report(item, error)
            return
        self._continued += 1
        self._ended += 1
        self._errors.pop(name, None)
        self._left_alone.pop(name, None)
        log.info("%s of %r: went on, now %s", shorten(name), item.row.graph, status)

    async def _take(self, item: Candidate) -> Execution | None:
        graph = self.graphs[item.row.graph]
        config = {"configurable": {"thread_id": item.row.id}}
        run_config = RunConfig(config, self.context, graph.breakpoints)
        return await take(graph.plan, self.saver, item, run_config)

    async def _advance(self, execution: Execution) -> str:
        """Run superstep by superstep, so that a server can be stopped between two."""
        try:
            while not execution.checkpoint.resting:
                if self._stopping and execution.writer is not None:
                    await execution.writer.flush("running", HANDED_OVER, release=True)
                    return "handed over"
                await execution.superstep()
        finally:
            await execution.release()
        return "waiting" if execution.checkpoint.tasks else "done"

    async def _hand_over(self, item: Candidate) -> None:
        """Leave a thread whose run was cancelled to the next server."""
        with suppress(Exception):  # nobody can be told any more; its lease ends with the process
            await hand_over(self.saver, item.row)

    async def _report(self, item: Candidate, error: BaseException) -> None:
        """Note what stopped a thread, and leave it alone until something about it changes."""
        name = item.row.id
        self._errors[name] = error
        self._ended += 1
        row = item.row
        with suppress(HitlError):  # what is wrong with the store is told by the next look
            found: ThreadRow | None = await threaded(self.saver, self.saver.thread, name)
            row = found or row
        self._left_alone[name] = Candidate(row, left=True)
        log.error(
            "%s of %r: stopped by %s: %s",
            shorten(name), row.graph, type(error).__name__, shorten(str(error), 300),
            exc_info=error,
        )  # fmt: skip

    async def _rest(self) -> bool:
        """Wait until what runs now has come to rest; whether any of it was not left to others."""
        before = self._ended
        await asyncio.wait(self._running.values())
        return self._ended > before

    async def _wait_for_supersteps(self) -> None:
        """Wait for the supersteps that run now."""
        tasks = [*self._running.values()]
        if tasks:
            await wait_to_end(asyncio.gather(*tasks, return_exceptions=True))


def serve(graphs: RunnableGraph | Iterable[RunnableGraph], saver: Saver, **options: Any) -> Server:
    """Go on with the threads of graphs in the background, as from a notebook cell.

    Args:
        graphs: One graph, or several.
        saver: Where their threads are kept.
        options: ``context``: live objects for nodes that take ``runtime``; ``before_look``:
            called before every look; ``at_once``: how many threads run at a time.

    Raises:
        CannotWait: If no event loop is running.
    """
    several = graphs if isinstance(graphs, Iterable) else [graphs]
    return Server(several, saver, **options).start()


def _by_name(graphs: Iterable[RunnableGraph]) -> dict[str, RunnableGraph]:
    found: dict[str, RunnableGraph] = {}
    for graph in graphs:
        if graph.name in found and found[graph.name].plan is not graph.plan:
            raise ValueError(
                f"Two of the graphs are named {graph.name!r}, and a thread says by name whose it "
                f"is. Name them apart: compile(name=...)."
            )
        found[graph.name] = graph
    if not found:
        raise ValueError("A server needs a graph: Server([graph], saver).")
    return found
