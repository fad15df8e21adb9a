"""A server goes on with what was answered, in whichever process, and with nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import at, decide, refund, status
from stores import Store

from hitl_nb import (
    START,
    Approval,
    Command,
    InMemorySaver,
    SqliteSaver,
    StateGraph,
    interrupt,
)
from hitl_nb.engine.checkpoint_rows import open_questions
from hitl_nb.engine.run_config import RunConfig
from hitl_nb.errors import CannotWait
from hitl_nb.savers import Saver
from hitl_nb.savers.records import ThreadRow
from hitl_nb.server.change_poller import ChangePoller
from hitl_nb.server.recovery import Candidate, RecoveryScan, take
from hitl_nb.server.server import Server, serve

ROOT = Path(__file__).parents[1]


def watch(saver: Saver) -> ChangePoller:
    return ChangePoller(saver, quick=0.001, slow=0.001)


async def test_an_answered_thread_goes_on_and_a_waiting_one_does_not(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    for name in ("answered", "waits"):
        await graph.ainvoke({}, at(name))
    decide(graph, saver, "answered")

    server = Server([graph], saver)
    await server.run(once=True)

    assert done == ["yes"]
    assert (status(saver, "answered"), status(saver, "waits")) == ("done", "waiting")
    assert server.status.continued == 1


async def test_it_goes_on_with_what_another_saver_answers_while_it_runs(file: Store) -> None:
    saver, here = file.saver(), file.saver()
    sent = asyncio.Event()
    graph = StateGraph(name="refund")
    graph.add_node("ask", lambda state: {"decision": interrupt("Refund?")})

    async def send(state: dict[str, Any]) -> None:
        sent.set()

    app = graph.add_node(send).add_edge(START, "ask").add_edge("ask", "send").compile(saver)
    await app.ainvoke({}, at("t"))
    server = Server([app], here, watch=watch(here))
    serving = asyncio.create_task(server.run())

    decide(app, saver, "t")
    await sent.wait()
    server.stop()
    await serving

    assert status(saver, "t") == "done"


async def test_a_thread_at_a_breakpoint_stays_there(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver, interrupt_before=["send"])
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    server = Server([graph], saver)

    await server.run(once=True)
    await server.run(once=True)

    assert done == []
    assert status(saver, "t") == "waiting"


async def test_what_was_let_go_on_purpose_is_not_continued(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("edited"))
    await graph.aupdate_state(at("edited"), {"decision": "by hand"}, as_node="ask")
    await graph.ainvoke({}, at("left"))
    stream = graph.astream(Command(resume="yes"), at("left"))
    await anext(stream)
    await stream.aclose()
    assert graph.get_state(at("left")).next == ("send",)
    seen = ChangePoller(saver)

    await Server([graph], saver).run(once=True)

    assert done == []
    assert not seen.look()


class Racing(InMemorySaver):
    """A saver in which another run is always a little faster."""

    race: Any = None

    def acquire(self, thread_id: str, graph: str, *, create: bool) -> tuple[ThreadRow, int]:
        race, self.race = self.race, None
        if race is not None:
            race()
        return super().acquire(thread_id, graph, create=create)


@pytest.mark.parametrize("left", [True, False])
async def test_a_breakpoint_somebody_else_comes_to_meanwhile_holds(left: bool) -> None:
    saver, done = Racing(), []
    graph = refund(done).compile(saver, interrupt_before=["send"])
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    row = saver.thread("t")
    assert row is not None
    saver.race = lambda: graph.invoke(None, at("t"))

    assert await take(graph.plan, saver, Candidate(row, left=left), RunConfig(at("t"))) is None

    assert done == []
    assert graph.get_state(at("t")).next == ("send",)


async def test_what_was_found_dead_is_not_taken_once_somebody_took_it_up(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    row = saver.thread("t")
    assert row is not None
    stream = graph.astream(Command(resume="yes"), at("t"))
    await anext(stream)
    await stream.aclose()

    assert await take(graph.plan, saver, Candidate(row, left=True), RunConfig(at("t"))) is None
    current = saver.thread("t")
    assert current is not None
    execution = await take(graph.plan, saver, Candidate(current, left=True), RunConfig(at("t")))
    assert execution is not None
    await execution.finish()
    assert done == ["yes"]


@pytest.mark.parametrize("where", ["beside", "inside"])
async def test_one_answer_of_two_lets_only_its_own_task_run(store: Store, where: str) -> None:
    saver, seen = store.saver(), []

    def asks(name: str) -> Any:
        def node(state: dict[str, Any]) -> None:
            seen.append(f"{name} {interrupt(name)}")

        return node

    inner = StateGraph(dict)
    for name in ("left", "right"):
        inner.add_node(name, asks(name)).add_edge(START, name)
    if where == "inside":
        graph = StateGraph(name="around").add_node("inner", inner.compile())
        app = graph.add_edge(START, "inner").compile(saver)
    else:
        app = inner.compile(saver, name="around")
    await app.ainvoke({}, at("t"))
    decide(app, saver, "t")
    server = Server([app], saver)

    await server.run(once=True)
    await server.run(once=True)

    assert seen == ["left yes"]
    assert status(saver, "t") == "waiting"
    assert server.status.continued == 1
    decide(app, saver, "t")
    await server.run(once=True)
    assert seen == ["left yes", "right yes"]


async def test_a_failure_is_told_once_and_tried_again_when_something_changed(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t", "raise")
    server = Server([graph], saver)

    with caplog.at_level(logging.ERROR):
        await server.run(once=True)
        await server.run(once=True)

    assert [record.message for record in caplog.records] == [
        "'t' of 'refund': stopped by ValueError: 'no such account'"
    ]
    assert str(server.status.errors["t"]) == "no such account"
    assert status(saver, "t") == "failed"
    assert "1 stopped by an error" in repr(server)


async def test_a_thread_whose_node_is_gone_is_left_for_a_server_that_has_it(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    other = StateGraph(name="refund").add_node("start", lambda state: None).add_edge(START, "start")

    wrong = Server([other.compile()], saver)
    await wrong.run(once=True)
    assert type(wrong.status.errors["t"]).__name__ == "NodeGone"

    await Server([graph], saver).run(once=True)
    assert done == ["yes"]


async def test_threads_of_other_graphs_are_left_to_others(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver, name="other")
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")

    await Server([refund().compile()], saver).run(once=True)

    assert done == []


async def test_a_thread_somebody_runs_is_left_to_them(store: Store) -> None:
    saver = store.saver()
    graph = refund().compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    _, fence = saver.acquire("t", "refund", create=False)
    server = Server([graph], saver)

    await server.run(once=True)

    assert server.status == ((), 0, {})
    saver.release("t", fence)
    await Server([graph], saver).run(once=True)
    assert status(saver, "t") == "done"


async def test_a_thread_that_was_busy_once_is_looked_at_again(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")
    server = Server([graph], saver)
    _, fence = saver.acquire("t", "refund", create=False)
    await server.run(once=True)
    assert done == []

    saver.release("t", fence)
    row = saver.thread("t")
    assert row is not None
    assert server._is_news(Candidate(row, left=False))


async def test_a_question_answered_long_ago_makes_no_candidate(store: Store) -> None:
    saver = store.saver()
    graph = StateGraph(name="twice")
    graph.add_node("first", lambda state: {"first": interrupt("first?")})
    graph.add_node("second", lambda state: {"second": interrupt("second?")})
    app = graph.add_edge(START, "first").add_edge("first", "second").compile(saver)
    app.invoke({}, at("t"))
    app.invoke(Command(resume="yes"), at("t"))
    lookout = RecoveryScan(saver, {"twice"}, sweep=0)

    if store.path is not None:
        assert lookout.look(changed=True) == []
    await (server := Server([app], saver)).run(once=True)
    assert server.status.continued == 0
    decide(app, saver, "t")
    assert [item.row.id for item in lookout.look(changed=True)] == ["t"]


@pytest.mark.parametrize("how", ["stopped", "cancelled"])
async def test_what_a_server_leaves_when_it_stops_the_next_one_goes_on_with(
    store: Store, how: str
) -> None:
    saver, done = store.saver(), []
    halfway, way = asyncio.Event(), asyncio.Event()

    async def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"decision": interrupt("Refund?")}

    async def middle(state: dict[str, Any]) -> None:
        halfway.set()
        await way.wait()
        done.append("middle")

    async def last(state: dict[str, Any]) -> None:
        done.append("last")

    graph = StateGraph(name="g").add_sequence([ask, middle, last]).add_edge(START, "ask")
    app = graph.compile(saver)
    await app.ainvoke({}, at("t"))
    decide(app, saver, "t")
    server = Server([app], saver, watch=watch(saver))
    serving = asyncio.create_task(server.run())
    await halfway.wait()

    if how == "stopped":
        server.stop()
        way.set()
        await serving
        assert done == ["middle"]
    else:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.wait({serving})
        assert done == []
        way.set()
    assert status(saver, "t") == "running"

    await Server([app], saver).run(once=True)
    assert done == ["middle", "last"]
    assert status(saver, "t") == "done"


async def test_before_every_look_what_is_due_is_done(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))

    def expire() -> None:
        if open_questions(graph.plan, saver, "t"):
            decide(graph, saver, "t", "too late")

    await Server([graph], saver, before_look=expire).run(once=True)

    assert done == ["too late"]


async def test_an_error_of_the_hook_is_told_once_and_stops_nothing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")

    async def broken() -> None:
        raise ValueError("no clock")

    await Server([graph], saver, before_look=broken).run(once=True)

    assert done == ["yes"]
    assert len([item for item in caplog.records if "failed" in item.message]) == 1


async def test_in_a_notebook_it_runs_in_the_background_and_shows_one_line() -> None:
    saver = InMemorySaver()
    graph = refund().compile(name="<b>refund</b>")

    server = serve(graph, saver)

    shown = server._repr_mimebundle_()
    assert shown["text/plain"].startswith("Server of '<b>refund</b>', in memory: running")
    assert "<b>" not in shown["text/html"]
    server.stop()
    assert server._task is not None
    await server._task
    assert "stopped" in repr(server)


async def test_a_server_stopped_before_it_began_does_nothing_and_can_begin_again() -> None:
    saver, done = InMemorySaver(), []
    graph = refund(done).compile(saver)
    await graph.ainvoke({}, at("t"))
    decide(graph, saver, "t")

    server = serve(graph, saver)
    server.stop()
    assert server._task is not None
    await server._task
    assert done == []

    server.stop()
    await server.run(once=True)
    assert done == ["yes"]


def test_without_a_loop_it_says_how_to_serve() -> None:
    with pytest.raises(CannotWait, match="python -m hitl_nb serve"):
        serve(refund().compile(), InMemorySaver())


def test_two_graphs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'refund'"):
        Server([refund().compile(), refund().compile()], InMemorySaver())


class Counting:
    """Counts the statements of a saver, and the rows and instructions they take."""

    def __init__(self, saver: SqliteSaver) -> None:
        self.statements = self.steps = 0
        connection = saver._db._live()
        connection.set_trace_callback(self._statement)
        connection.set_progress_handler(self._step, 10)

    def _statement(self, _: str) -> None:
        self.statements += 1

    def _step(self) -> int:
        self.steps += 10
        return 0

    def take(self) -> tuple[int, int]:
        counted = self.statements, self.steps
        self.statements = self.steps = 0
        return counted


def make_waiting(path: Path, many: int) -> None:
    """Copy the one thread of a file, with its checkpoints and its open question, many times."""
    copies = f"WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many})"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for table, changes in {
            "thread": {"key": "key + n * 1000", "id": "id || n"},
            "checkpoint": {"key": "key + n * 1000", "thread": "thread + n * 1000"},
            "outcome": {"key": "key + n * 1000", "checkpoint": "checkpoint + n * 1000"},
            "question": {
                "key": "key + n * 1000", "thread": "thread + n * 1000",
                "checkpoint": "checkpoint + n * 1000", "id": "id || n",
            },
        }.items():  # fmt: skip
            found = connection.execute(f"PRAGMA table_info({table})")
            columns = [name for _, name, *_ in found]
            values = ", ".join(changes.get(name, name) for name in columns)
            connection.execute(f"{copies} INSERT INTO {table} SELECT {values} FROM {table}, n")


async def test_among_ten_thousand_waiting_threads_a_look_costs_little(file: Store) -> None:
    saver = file.saver()
    graph = refund().compile(saver)
    await graph.ainvoke({}, at("t"))
    assert file.path is not None
    make_waiting(file.path, 10_000)
    here = SqliteSaver(file.path)
    assert len(here.questions()) == 10_001
    seen, lookout = ChangePoller(here), RecoveryScan(here, {"refund"}, sweep=1e9)
    counting = Counting(here)

    assert lookout.look(changed=True) == []
    statements, _ = counting.take()
    assert statements <= 4

    assert not seen.look()
    assert lookout.look(changed=False) == []
    statements, steps = counting.take()
    assert statements <= 3
    assert steps < 100

    decide(graph, saver, "t")
    assert seen.look()
    counting.take()
    (found,) = lookout.look(changed=True)
    statements, steps = counting.take()
    assert found.row.id == "t"
    assert statements <= 4
    assert steps < 1000
    here.close()


def test_resuming_by_hand_still_works_beside_a_server(store: Store) -> None:
    saver, done = store.saver(), []
    graph = refund(done).compile(saver)
    graph.invoke({}, at("t"))

    graph.invoke(Command(resume="by hand"), at("t"))
    asyncio.run(Server([graph], saver).run(once=True))

    assert done == ["by hand"]


async def test_questions_whose_time_is_over_answer_themselves_while_it_looks(
    store: Store, later: Callable[[float], None]
) -> None:
    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"action": interrupt(Approval("Refund?", draft="Sorry.", timeout=60)).action}

    saver = store.saver()
    declared = StateGraph(name="timed").add_node(ask).add_edge(START, "ask")
    graph = declared.compile(saver)
    await graph.ainvoke({}, at("t"))
    server = Server([graph], saver)
    await server.run(once=True)
    assert status(saver, "t") == "waiting"

    later(61)
    await server.run(once=True)

    assert (await graph.aget_state(at("t"))).values["action"] == "reject"
    (row,) = saver.decisions()
    assert (row.reviewer, row.given) == ("timeout", "timeout")
