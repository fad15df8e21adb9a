"""Calls made through ``once`` are made once in the life of their task."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import END, Command, RetryPolicy, interrupt, once
from hitl_nb.errors import InterruptOutsideNode, UnstorableValue


class Calls(list[Any]):
    """Functions that write down that they were called."""

    def sync(self, value: Any = None) -> Any:
        self.append(value)
        return value

    async def later(self, value: Any = None) -> Any:
        await asyncio.sleep(0)
        return self.sync(value)


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_call_before_a_question_is_not_made_again(
    store: Store, calls: Calls, durability: Any
) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, "draft"), interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD, durability=durability)
    ended = await store.keep(chain(node)).ainvoke(
        Command(resume="yes"), THREAD, durability=durability
    )

    assert ended["log"] == ["draft", "yes"]
    assert calls == ["draft"]


async def test_async_calls_are_awaited_and_remembered(store: Store, calls: Calls) -> None:
    async def node(state: State) -> dict[str, Any]:
        first = await once(calls.later, "a")
        second = await once(lambda: calls.later("b"))
        return {"log": [first, second, interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["a", "b", "yes"]
    assert calls == ["a", "b"]


@pytest.mark.parametrize("result", [None, False, 0, "", [], {}])
async def test_every_result_is_remembered(store: Store, calls: Calls, result: Any) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, result), interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume=1), THREAD)

    assert ended["log"] == [result, 1]
    assert calls == [result]


async def test_equal_calls_are_told_apart_by_their_order(store: Store, calls: Calls) -> None:
    def node(state: State) -> dict[str, Any]:
        numbers = [once(lambda: calls.sync(len(calls))) for _ in range(3)]
        return {"log": [*numbers, interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == [0, 1, 2, "yes"]


async def test_other_arguments_are_another_call(store: Store, calls: Calls) -> None:
    amounts = [10]

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, amounts[-1]), interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    amounts.append(20)
    await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert calls == [10, 20]


async def test_a_key_names_a_call_whatever_its_arguments(store: Store, calls: Calls) -> None:
    amounts = [10]

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, amounts[-1], key="charge"), interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    amounts.append(20)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == [10, "yes"]
    assert calls == [10]


async def test_live_objects_may_be_arguments(store: Store, calls: Calls) -> None:
    def write(client: object, text: str) -> Any:
        return calls.sync(text)

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(write, object(), text) for text in "ab"] + [interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["a", "b", "yes"]
    assert calls == ["a", "b"]


async def test_partials_and_bound_methods_may_be_called(store: Store, calls: Calls) -> None:
    def node(state: State) -> dict[str, Any]:
        done = [once(functools.partial(calls.sync, "p")), once(calls.sync, "m")]
        return {"log": [*done, interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["p", "m", "yes"]
    assert calls == ["p", "m"]


async def test_a_result_that_cannot_be_stored_is_refused_by_its_path(store: Store) -> None:
    def connect() -> Any:
        return {"client": object()}

    def node(state: State) -> None:
        once(connect)

    with pytest.raises(UnstorableValue, match=r"the result of once\(.*connect\)\['client'\]") as e:
        await store.keep(chain(node)).ainvoke({}, THREAD)

    assert "The call was made" in e.value.__notes__[0]


async def test_without_a_saver_any_result_will_do() -> None:
    thing = object()

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(lambda: thing)]}

    assert (await chain(node).compile().ainvoke({}))["log"] == [thing]


async def test_a_call_that_raised_is_made_again(store: Store, calls: Calls) -> None:
    def charge() -> str:
        calls.append("charge")
        if len(calls) == 1:
            raise ConnectionError("try again")
        return "charged"

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(charge)]}

    app = store.keep(chain(node))
    with pytest.raises(ConnectionError):
        await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(None, THREAD))["log"] == ["charged"]
    assert calls == ["charge", "charge"]


async def test_a_retry_does_not_repeat_what_succeeded(store: Store, calls: Calls) -> None:
    tries: list[int] = []

    def node(state: State) -> dict[str, Any]:
        charged = once(calls.sync, "charge")
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("after the charge")
        return {"log": [charged]}

    policy = RetryPolicy(initial_interval=0, jitter=False)
    ended = await store.keep(chain(node, retry_policy=policy)).ainvoke({}, THREAD)

    assert ended["log"] == ["charge"]
    assert (calls, len(tries)) == (["charge"], 3)


async def test_what_was_remembered_cannot_be_changed_in_place(store: Store) -> None:
    tries: list[int] = []

    def node(state: State) -> dict[str, Any]:
        items = once(lambda: ["fetched"])
        items.append("added")
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("once more")
        return {"log": items}

    policy = RetryPolicy(initial_interval=0, jitter=False)

    ended = await store.keep(chain(node, retry_policy=policy)).ainvoke({}, THREAD)

    assert ended["log"] == ["fetched", "added"]


async def test_a_failed_run_that_continues_does_not_repeat_calls(
    store: Store, calls: Calls
) -> None:
    down = [True]

    def node(state: State) -> dict[str, Any]:
        done = once(calls.sync, "charge")
        if down:
            down.clear()
            raise OSError("after the charge")
        return {"log": [done]}

    with pytest.raises(OSError, match="after"):
        await store.keep(chain(node)).ainvoke({}, THREAD)

    assert (await store.keep(chain(node)).ainvoke(None, THREAD))["log"] == ["charge"]
    assert calls == ["charge"]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_calls_of_parallel_nodes_and_tasks_are_all_remembered(
    store: Store, calls: Calls, durability: Any
) -> None:
    async def gathers(state: State) -> dict[str, Any]:
        done = await asyncio.gather(*(once(calls.later, f"g{n}") for n in range(20)))
        return {"log": [*done, interrupt("g?")]}

    def threads(state: State) -> dict[str, Any]:
        return {"log": [*(once(calls.sync, f"t{n}") for n in range(20)), interrupt("t?")]}

    def others(state: State) -> dict[str, Any]:
        return {"log": [*(once(calls.sync, f"o{n}") for n in range(20)), interrupt("o?")]}

    def graph() -> Any:
        return side_by_side(gathers, threads, others)

    paused = await store.keep(graph()).ainvoke({}, THREAD, durability=durability)
    answers = {item.id: item.value for item in paused["__interrupt__"]}
    ended = await store.keep(graph()).ainvoke(
        Command(resume=answers), THREAD, durability=durability
    )

    assert len(calls) == len(set(calls)) == 60
    assert sorted(ended["log"]) == sorted([*calls, "g?", "t?", "o?"])


async def test_a_pure_run_carries_what_it_remembers(calls: Calls) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, "draft"), interrupt("ok?")]}

    paused = await chain(node).execute({})
    ended = await chain(node).execute(Command(update=paused.final_state, resume="yes"))

    assert ended.final_state["log"] == ["draft", "yes"]
    assert calls == ["draft"]


async def test_each_round_of_a_loop_makes_its_own_calls(store: Store, calls: Calls) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(calls.sync, "again")]}

    def enough(state: State) -> str:
        return END if len(state["log"]) == 3 else "node"

    graph = chain(node).add_conditional_edges("node", enough, ["node", END])

    assert (await store.keep(graph).ainvoke({}, THREAD))["log"] == ["again"] * 3
    assert calls == ["again"] * 3


async def test_a_route_has_calls_and_questions_of_its_own(store: Store, calls: Calls) -> None:
    def look() -> int:
        calls.append("look")
        return len(calls)

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(look), interrupt("ok?")]}

    def route(state: State) -> str:
        seen = once(look)
        return END if (interrupt("ok?"), seen) == ("stop", 2) else "node"

    def graph() -> Any:
        return chain(node).add_conditional_edges("node", route, ["node", END])

    first = await store.keep(graph()).ainvoke({}, THREAD)
    second = await store.keep(graph()).ainvoke(Command(resume="go"), THREAD)
    (question,) = second["__interrupt__"]
    assert question.id != first["__interrupt__"][0].id
    assert (question.previous, question.attempts) == (None, 1)
    ended = await store.keep(graph()).ainvoke(Command(resume="stop"), THREAD)

    assert ended["log"] == [1, "go"]
    assert calls == ["look", "look"]
    assert asked(ended) == []


def test_outside_a_node_there_is_nothing_to_remember() -> None:
    with pytest.raises(InterruptOutsideNode, match=r"once\(\)"):
        once(print)
