"""Nodes that fail: tried again, given up in time, handled, or stopped with their name."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import END, Command, NodeError, RetryPolicy, StateGraph, interrupt, once
from hitl_nb.engine.events import Failed, Finished, Retried
from hitl_nb.errors import InvalidUpdate, NodeTimeout, UnknownStateKey, UnmappedRoute

AT_ONCE = RetryPolicy(initial_interval=0, jitter=False)


def failing(*errors: Exception) -> Any:
    """A node that raises these one after the other, and then works."""
    left = list(errors)

    def node(state: State) -> dict[str, Any]:
        if left:
            raise left.pop(0)
        return {"log": ["worked"]}

    return node


# Retries


async def test_a_transient_error_is_retried(store: Store) -> None:
    node = failing(ConnectionError("one"), TimeoutError("two"))

    ended = await store.keep(chain(node, retry_policy=AT_ONCE)).ainvoke({}, THREAD)

    assert ended["log"] == ["worked"]


async def test_an_error_in_the_program_is_not_retried() -> None:
    app = chain(failing(KeyError("order")), retry_policy=AT_ONCE).compile()

    with pytest.raises(KeyError, match="order"):
        await app.ainvoke({})


async def test_retries_end_with_the_last_error(store: Store) -> None:
    errors = [ConnectionError(str(number)) for number in range(5)]
    app = store.keep(chain(failing(*errors), retry_policy=AT_ONCE))

    with pytest.raises(ConnectionError, match="2") as caught:
        await app.ainvoke({}, THREAD)

    assert caught.value.__notes__ == ["in node 'node' of graph 'chain', superstep 0"]
    assert store.saver().thread("t").error == "2"
    (task,) = app.get_state(THREAD).tasks
    assert task.error == "ConnectionError: 2"


async def test_the_first_policy_that_covers_an_error_decides() -> None:
    policies = [
        RetryPolicy(initial_interval=0, jitter=False, max_attempts=2, retry_on=KeyError),
        RetryPolicy(initial_interval=0, jitter=False, max_attempts=4, retry_on=(LookupError,)),
        RetryPolicy(initial_interval=0, jitter=False, retry_on=lambda error: "odd" in str(error)),
    ]

    def app(*errors: Exception) -> Any:
        return chain(failing(*errors), retry_policy=policies).compile()

    with pytest.raises(KeyError):
        await app(KeyError(), KeyError()).ainvoke({})
    assert (await app(*[IndexError()] * 3).ainvoke({}))["log"] == ["worked"]
    assert (await app(ValueError("odd")).ainvoke({}))["log"] == ["worked"]
    with pytest.raises(ValueError, match="even"):
        await app(ValueError("even")).ainvoke({})


async def test_each_wait_is_longer_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def at_once(seconds: float) -> None:
        waits.append(seconds)

    policy = RetryPolicy(
        initial_interval=1, backoff_factor=3, max_interval=5, max_attempts=5, jitter=False
    )
    node = failing(*[ConnectionError()] * 4)
    monkeypatch.setattr("hitl_nb.engine.node_runner.asyncio.sleep", at_once)

    await chain(node, retry_policy=policy).compile().ainvoke({})

    assert waits == [1, 3, 5, 5]


def test_jitter_adds_up_to_a_second() -> None:
    waits = {RetryPolicy(initial_interval=1).wait(1) for _ in range(50)}

    assert len(waits) > 1
    assert all(1 <= wait <= 2 for wait in waits)


async def test_retries_are_seen_by_whoever_watches() -> None:
    app = chain(failing(ConnectionError("once")), retry_policy=AT_ONCE).compile()
    execution = await app.open({})
    events: list[Any] = []
    execution.listen = events.append

    await execution.finish()

    (retried,) = (event for event in events if isinstance(event, Retried))
    assert (str(retried.error), retried.attempt, retried.wait) == ("once", 1, 0)
    (finished,) = (event for event in events if isinstance(event, Finished))
    assert finished.outcome.attempts == 2


async def test_a_question_is_asked_and_answered_across_retries(store: Store) -> None:
    tries: list[int] = []

    def node(state: State) -> dict[str, Any]:
        answer = interrupt("ok?")
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("after the answer")
        return {"log": [answer]}

    app = store.keep(chain(node, retry_policy=AT_ONCE))
    await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


async def test_a_graph_that_failed_in_part_goes_on_where_it_failed_when_retried(
    store: Store,
) -> None:
    ran: list[str] = []

    def first(state: State) -> None:
        ran.append("first")

    def second(state: State) -> dict[str, Any]:
        ran.append("second")
        if ran.count("second") == 1:
            raise ConnectionError("inside")
        return {"log": [interrupt("ok?")]}

    inner = chain(first, second).compile()

    async def outer(state: State) -> dict[str, Any]:
        return {"log": (await inner.ainvoke({}))["log"]}

    app = store.keep(chain(outer, retry_policy=AT_ONCE))
    assert asked(await app.ainvoke({}, THREAD)) == ["ok?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]
    assert ran == ["first", "second", "second", "second"]


# Timeouts


async def test_an_async_node_that_takes_too_long_is_given_up(store: Store) -> None:
    cancelled: list[bool] = []

    async def slow(state: State) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    with pytest.raises(NodeTimeout, match=r"'slow' took longer than its 0\.01 seconds"):
        await store.keep(chain(slow, timeout=0.01)).ainvoke({}, THREAD)

    assert cancelled == [True]
    assert store.saver().thread("t").status == "failed"


@pytest.mark.parametrize("door", ["async", "sync"])
async def test_a_sync_node_that_takes_too_long_is_left_behind(store: Store, door: str) -> None:
    gate = threading.Event()

    def slow(state: State) -> None:
        gate.wait(120)

    app = store.keep(chain(slow, timeout=0.01))
    started = time.monotonic()
    if door == "async":
        with pytest.raises(NodeTimeout, match="'slow'"):
            await app.ainvoke({}, THREAD)
    else:
        with pytest.raises(NodeTimeout, match="'slow'"):
            app.invoke({}, THREAD)

    assert time.monotonic() - started < 60
    gate.set()


async def test_what_a_node_left_behind_asks_reaches_nobody(store: Store) -> None:
    gate, late = threading.Event(), threading.Event()
    heard: list[BaseException] = []

    def slow(state: State) -> None:
        gate.wait(120)
        try:
            interrupt("too late?")
        except BaseException as error:
            heard.append(error)
        late.set()

    with pytest.raises(NodeTimeout):
        await store.keep(chain(slow, timeout=0.01)).ainvoke({}, THREAD)
    gate.set()
    assert await asyncio.to_thread(late.wait, 30)

    assert "had already ended" in str(heard[0])
    assert store.saver().questions() == []


async def test_a_timed_sync_node_asks_like_any_other(store: Store) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt("ok?")]}

    app = store.keep(chain(node, timeout=60))

    assert asked(app.invoke({}, THREAD)) == ["ok?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


async def test_a_timeout_of_the_node_s_own_is_its_own_error() -> None:
    def node(state: State) -> None:
        raise TimeoutError("the server took too long")

    with pytest.raises(TimeoutError, match="the server"):
        await chain(node, timeout=60).compile().ainvoke({})


async def test_a_timeout_can_be_retried(store: Store) -> None:
    tries: list[int] = []

    async def node(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 1:
            await asyncio.Event().wait()
        return {"log": ["in time"]}

    app = store.keep(chain(node, timeout=0.05, retry_policy=AT_ONCE))

    assert (await app.ainvoke({}, THREAD))["log"] == ["in time"]


# Error handlers


async def test_an_error_handler_says_what_to_do_instead(store: Store) -> None:
    def handler(state: State, error: NodeError) -> Command:
        return Command(update={"log": [tuple(error)]}, goto="rescue")

    def rescue(state: State) -> dict[str, Any]:
        return {"log": ["rescued"]}

    graph = chain(failing(ValueError("no")), error_handler=handler).add_node(rescue)

    ended = await store.keep(graph).ainvoke({}, THREAD)

    assert ended["log"] == [("node", "ValueError", "no"), "rescued"]


async def test_an_error_handler_is_asked_once_retries_are_over() -> None:
    tries: list[int] = []

    def node(state: State) -> None:
        tries.append(1)
        raise ConnectionError("down")

    def handler(state: State, error: NodeError) -> dict[str, Any]:
        return {"log": [len(tries)]}

    app = chain(node, retry_policy=AT_ONCE, error_handler=handler).compile()

    assert (await app.ainvoke({}))["log"] == [3]


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_error_handler_may_ask_and_the_failed_node_is_not_run_again(
    store: Store, is_async: bool
) -> None:
    ran: list[str] = []

    def node(state: State) -> None:
        ran.append("node")
        raise ValueError("no")

    def sync_handler(state: State, error: NodeError) -> dict[str, Any]:
        return {"log": [once(lambda: ran.append("handler")), interrupt(f"{error.message}: go on?")]}

    async def async_handler(state: State, error: NodeError) -> dict[str, Any]:
        return sync_handler(state, error)

    def graph() -> StateGraph:
        return chain(node, error_handler=async_handler if is_async else sync_handler)

    assert asked(await store.keep(graph()).ainvoke({}, THREAD)) == ["no: go on?"]
    ended = await store.keep(graph()).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == [None, "yes"]
    assert ran == ["node", "handler"]


async def test_after_a_handled_error_the_routes_are_asked(store: Store) -> None:
    def handler(state: State, error: NodeError) -> dict[str, Any]:
        return {"text": "handled"}

    def route(state: State) -> str:
        return "there" if state["text"] == "handled" else END

    def there(state: State) -> dict[str, Any]:
        return {"log": ["there"]}

    graph = chain(failing(ValueError()), error_handler=handler).add_node(there)
    app = store.keep(graph.add_conditional_edges("node", route, ["there", END]))

    assert (await app.ainvoke({"text": ""}, THREAD))["log"] == ["there"]


async def test_node_handler_and_route_may_each_ask_the_same(store: Store) -> None:
    def node(state: State) -> None:
        raise ValueError(interrupt("sure?"))

    def handler(state: State, error: NodeError) -> dict[str, Any]:
        return {"log": [error.message, interrupt("sure?")]}

    def route(state: State) -> str:
        return {"r": END}[interrupt("sure?")]

    def graph() -> StateGraph:
        return chain(node, error_handler=handler).add_conditional_edges("node", route, [END])

    ids = set()
    result = await store.keep(graph()).ainvoke({}, THREAD)
    for answer in "nhr":
        ids.add(result["__interrupt__"][0].id)
        result = await store.keep(graph()).ainvoke(Command(resume=answer), THREAD)

    assert len(ids) == 3
    assert result == {"log": ["n", "h"]}


async def test_an_error_handler_that_fails_fails_the_run(store: Store) -> None:
    def handler(state: State, error: NodeError) -> None:
        raise RuntimeError("the handler too")

    app = store.keep(chain(failing(ValueError("no")), error_handler=handler))
    with pytest.raises(RuntimeError, match="the handler too"):
        await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(None, THREAD))["log"] == ["worked"]


async def test_what_an_error_handler_writes_is_checked() -> None:
    def wrong_key(state: State, error: NodeError) -> dict[str, Any]:
        return {"txet": 1}

    def nothing(state: State, error: NodeError) -> str:
        return "text"

    with pytest.raises(UnknownStateKey, match=r"error handler of 'node'.*'txet'"):
        await chain(failing(ValueError()), error_handler=wrong_key).compile().ainvoke({})
    with pytest.raises(InvalidUpdate, match="'node' returned str"):
        await chain(failing(ValueError()), error_handler=nothing).compile().ainvoke({})


# What fails stops the run, and the thread goes on from there


async def test_of_two_failures_both_are_told(store: Store) -> None:
    def a(state: State) -> None:
        raise ValueError("a is wrong")

    def b(state: State) -> None:
        raise KeyError("b is wrong")

    with pytest.raises(ValueError, match="a is wrong") as caught:
        await store.keep(side_by_side(a, b)).ainvoke({}, THREAD)

    assert any("'b' failed too" in note for note in caught.value.__notes__)
    errors = [task.error for task in store.keep(side_by_side(a, b)).get_state(THREAD).tasks]
    assert errors == ["ValueError: a is wrong", "KeyError: 'b is wrong'"]


async def test_beside_a_failure_a_question_stays_open(store: Store) -> None:
    down = [True]

    def asks(state: State) -> dict[str, Any]:
        return {"log": [interrupt("ok?")]}

    def fails(state: State) -> dict[str, Any]:
        if down:
            raise OSError("down")
        return {"log": ["up"]}

    app = store.keep(side_by_side(asks, fails))
    with pytest.raises(OSError, match="down"):
        await app.ainvoke({}, THREAD)
    with pytest.raises(OSError, match="down"):
        await app.ainvoke(Command(resume="yes"), THREAD)
    down.clear()

    assert (await app.ainvoke(None, THREAD))["log"] == ["yes", "up"]
    assert len(store.saver().decisions()) == 1


async def test_a_route_that_fails_is_asked_again_but_not_its_node(store: Store) -> None:
    ran: list[str] = []
    words = ["nowhere", END]

    def node(state: State) -> dict[str, Any]:
        ran.append("node")
        return {"log": ["node"]}

    graph = chain(node).add_conditional_edges("node", lambda state: words.pop(0), [END])
    app = store.keep(graph)
    with pytest.raises(UnmappedRoute, match="'nowhere'"):
        await app.ainvoke({}, THREAD)
    assert app.get_state(THREAD).next == ("node",)

    assert (await app.ainvoke(None, THREAD))["log"] == ["node"]
    assert ran == ["node"]


async def test_failures_are_seen_by_whoever_watches(store: Store) -> None:
    app = store.keep(chain(failing(ValueError("no"))))
    execution = await app.open({}, THREAD)
    events: list[Any] = []
    execution.listen = events.append

    with pytest.raises(ValueError, match="no"):
        await execution.finish()

    (failed,) = (event for event in events if isinstance(event, Failed))
    assert (failed.task.node, str(failed.error)) == ("node", "no")
