"""Graphs inside graphs: one thread, one record, one set of questions."""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, Any, TypedDict

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import START, Command, RetryPolicy, Send, StateGraph, interrupt, once
from hitl_nb.errors import NodeGone


def ask(state: State) -> dict[str, Any]:
    return {"log": [interrupt("ok?")]}


def asker(*texts: str) -> StateGraph:
    """A graph with one node that asks these questions, one after the other."""

    def inner(state: State) -> dict[str, Any]:
        return {"log": [interrupt(text) for text in texts]}

    return chain(inner)


class Counter:
    """Counts how often each named node ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def node(self, name: str, *, asks: bool = False) -> Any:
        def function(state: State) -> dict[str, Any]:
            self.ran.append(name)
            return {"log": [interrupt(f"{name}?")]} if asks else {"log": [name]}

        function.__name__ = name
        return function


async def test_a_graph_is_a_node_and_its_question_is_the_thread_s(store: Store) -> None:
    app = store.keep(StateGraph(State).add_node("inner", asker("ok?")).add_edge(START, "inner"))

    paused = await app.ainvoke({"text": "x"}, THREAD)
    assert asked(paused) == ["ok?"]
    assert paused["__interrupt__"][0].node == "inner"

    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_graph_invoked_by_a_node_asks_and_resumes(
    store: Store, durability: Any, is_async: bool
) -> None:
    inner = asker("first?", "second?").compile()

    async def async_node(state: State) -> dict[str, Any]:
        return {"log": [(await inner.ainvoke({}))["log"]]}

    def sync_node(state: State) -> dict[str, Any]:
        return {"log": [inner.invoke({})["log"]]}

    def graph() -> StateGraph:
        return chain(async_node if is_async else sync_node)

    assert asked(await store.keep(graph()).ainvoke({}, THREAD, durability=durability)) == ["first?"]
    second = await store.keep(graph()).ainvoke(Command(resume=1), THREAD, durability=durability)
    assert asked(second) == ["second?"]
    ended = await store.keep(graph()).ainvoke(Command(resume=2), THREAD, durability=durability)
    assert ended["log"] == [[1, 2]]


def test_the_synchronous_door_reaches_questions_inside(store: Store) -> None:
    inner = asker("ok?").compile()

    def node(state: State) -> dict[str, Any]:
        return {"log": inner.invoke({})["log"]}

    app = store.keep(chain(node))

    assert asked(app.invoke({}, THREAD)) == ["ok?"]
    assert app.invoke(Command(resume="yes"), THREAD)["log"] == ["yes"]


async def test_three_deep_only_the_node_that_asked_runs_again(store: Store) -> None:
    seen = Counter()

    def graph() -> StateGraph:
        innermost = chain(seen.node("a"), seen.node("b", asks=True), seen.node("c"))
        middle = StateGraph(State).add_node("deep", innermost).add_edge(START, "deep")
        middle.add_node(seen.node("m")).add_edge(START, "m")
        outer = StateGraph(State).add_node("mid", middle).add_edge(START, "mid")
        return outer.add_node(seen.node("o")).add_edge(START, "o")

    paused = await store.keep(graph()).ainvoke({}, THREAD)
    assert asked(paused) == ["b?"]
    assert sorted(seen.ran) == ["a", "b", "m", "o"]

    seen.ran.clear()
    ended = await store.keep(graph()).ainvoke(Command(resume="B"), THREAD)

    assert seen.ran == ["b", "c"]
    assert sorted(ended["log"]) == ["B", "a", "c", "m", "o"]


async def test_two_graphs_side_by_side_are_answered_one_at_a_time(store: Store) -> None:
    def graph() -> StateGraph:
        both = StateGraph(State)
        for name in ("left", "right"):
            both.add_node(name, asker(f"{name}?")).add_edge(START, name)
        return both

    paused = await store.keep(graph()).ainvoke({}, THREAD)
    left, right = paused["__interrupt__"]
    assert [left.value, right.value] == ["left?", "right?"]

    half = await store.keep(graph()).ainvoke(Command(resume={right.id: "R"}), THREAD)
    assert [item.id for item in half["__interrupt__"]] == [left.id]
    ended = await store.keep(graph()).ainvoke(Command(resume={left.id: "L"}), THREAD)

    assert ended["log"] == ["L", "R"]


async def test_two_questions_two_levels_down_are_answered_one_at_a_time(store: Store) -> None:
    def graph() -> StateGraph:
        inner = StateGraph(State)
        for name in ("left", "right"):
            inner.add_node(name, asker(f"{name}?")).add_edge(START, name)
        middle = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
        return StateGraph(State).add_node("middle", middle).add_edge(START, "middle")

    left, right = (await store.keep(graph()).ainvoke({}, THREAD))["__interrupt__"]

    half = await store.keep(graph()).ainvoke(Command(resume={left.id: "L"}), THREAD)
    assert asked(half) == ["right?"]
    ended = await store.keep(graph()).ainvoke(Command(resume={right.id: "R"}), THREAD)

    assert ended["log"] == ["L", "R"]


async def test_a_node_that_asks_itself_and_then_through_a_graph(store: Store) -> None:
    inner = asker("inside?").compile()

    async def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt("own?"), *(await inner.ainvoke({}))["log"]]}

    assert asked(await store.keep(chain(node)).ainvoke({}, THREAD)) == ["own?"]
    second = await store.keep(chain(node)).ainvoke(Command(resume=1), THREAD)
    assert asked(second) == ["inside?"]
    assert asked(await store.keep(chain(node)).ainvoke(None, THREAD)) == ["inside?"]

    assert (await store.keep(chain(node)).ainvoke(Command(resume=2), THREAD))["log"] == [1, 2]


async def test_a_node_that_asks_itself_and_through_a_graph_at_once(store: Store) -> None:
    inner = asker("inside?").compile()

    async def own() -> Any:
        return interrupt("own?")

    async def node(state: State) -> dict[str, Any]:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(own())
            second = group.create_task(inner.ainvoke({}))
        return {"log": [first.result(), *second.result()["log"]]}

    result = await store.keep(chain(node)).ainvoke({}, THREAD)
    order = []
    while questions := result.get("__interrupt__"):
        answers = {item.id: item.value.upper() for item in questions}
        order += asked(result)
        result = await store.keep(chain(node)).ainvoke(Command(resume=answers), THREAD)

    assert order == ["own?", "inside?"]
    assert result["log"] == ["OWN?", "INSIDE?"]


async def test_a_graph_called_twice_by_one_node_has_two_places(store: Store) -> None:
    inner = asker("which?").compile()

    async def node(state: State) -> dict[str, Any]:
        return {"log": [(await inner.ainvoke({}))["log"] for _ in range(2)]}

    app = store.keep(chain(node))
    first = await app.ainvoke({}, THREAD)
    second = await app.ainvoke(Command(resume="a"), THREAD)
    assert first["__interrupt__"][0].id != second["__interrupt__"][0].id

    assert (await app.ainvoke(Command(resume="b"), THREAD))["log"] == [["a"], ["b"]]


async def test_a_finished_inner_graph_does_not_run_again_when_its_node_asks(store: Store) -> None:
    seen = Counter()
    inner = chain(seen.node("work")).compile()

    async def node(state: State) -> dict[str, Any]:
        done = await inner.ainvoke({})
        return {"log": [*done["log"], interrupt("ok?")]}

    await store.keep(chain(node)).ainvoke({}, THREAD)
    ended = await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["work", "yes"]
    assert seen.ran == ["work"]


async def test_graphs_sent_to_ask_in_parallel(store: Store) -> None:
    class Item(TypedDict, total=False):
        item: str
        log: Annotated[list[Any], operator.add]

    def inner(state: Item) -> dict[str, Any]:
        return {"log": [interrupt(f"{state['item']}?")]}

    def spread(state: State) -> list[Send]:
        return [Send("check", {"item": item}) for item in "xyz"]

    def graph() -> StateGraph:
        outer = StateGraph(State).add_node("check", chain(inner, schema=Item))
        return outer.set_conditional_entry_point(spread, ["check"])

    paused = await store.keep(graph()).ainvoke({}, THREAD)
    x, y, z = paused["__interrupt__"]
    assert asked(paused) == ["x?", "y?", "z?"]

    half = await store.keep(graph()).ainvoke(Command(resume={y.id: "Y"}), THREAD)
    assert asked(half) == ["x?", "z?"]
    ended = await store.keep(graph()).ainvoke(Command(resume={x.id: "X", z.id: "Z"}), THREAD)

    assert ended["log"] == ["X", "Y", "Z"]


async def test_a_command_for_the_graph_around_leaves_the_inner_one(store: Store) -> None:
    def leave(state: State) -> Command:
        answer = interrupt("where to?")
        return Command(graph=Command.PARENT, update={"log": [answer]}, goto="there")

    def never(state: State) -> None:
        raise AssertionError("the inner graph was left")

    def there(state: State) -> dict[str, Any]:
        return {"log": ["there"]}

    outer = StateGraph(State).add_node("inner", chain(leave, never)).add_node(there)
    app = store.keep(outer.add_edge(START, "inner"))
    await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(Command(resume="go"), THREAD))["log"] == ["go", "there"]


async def test_the_state_shows_what_inner_graphs_are_at(store: Store) -> None:
    seen = Counter()
    inner = chain(seen.node("a"), seen.node("b", asks=True))
    app = store.keep(StateGraph(State).add_node("inner", inner).add_edge(START, "inner"))
    await app.ainvoke({"text": "x"}, THREAD)

    (task,) = app.get_state(THREAD).tasks
    read_again = app.get_state(task.state)
    (whole,) = app.get_state(THREAD, subgraphs=True).tasks

    assert [item.value for item in task.interrupts] == ["b?"]
    assert read_again.values == whole.state.values == {"text": "x", "log": ["a"]}
    assert read_again.next == whole.state.next == ("b",)
    assert [item.value for item in whole.state.interrupts] == ["b?"]


@pytest.mark.parametrize("name", ["in@ner", "in#ner", "1a2b3c4d@x"])
async def test_inner_graphs_are_found_whatever_their_node_is_called(
    store: Store, name: str
) -> None:
    app = store.keep(StateGraph(State).add_node(name, asker("ok?")).add_edge(START, name))
    await app.ainvoke({}, THREAD)

    (task,) = app.get_state(THREAD).tasks

    assert app.get_state(task.state).next == ("inner",)


async def test_a_breakpoint_of_an_inner_graph_holds_the_thread(store: Store) -> None:
    seen = Counter()

    def graph() -> StateGraph:
        inner = chain(seen.node("a"), seen.node("b")).compile(interrupt_before=["b"])
        return StateGraph(State).add_node("inner", inner).add_edge(START, "inner")

    stopped = await store.keep(graph()).ainvoke({"text": "x"}, THREAD)
    assert "__interrupt__" not in stopped
    assert store.saver().thread("t").status == "waiting"
    assert seen.ran == ["a"]

    ended = await store.keep(graph()).ainvoke(None, THREAD)

    assert ended["log"] == ["a", "b"]
    assert seen.ran == ["a", "b"]


async def test_input_for_a_thread_at_an_inner_breakpoint_is_its_update(store: Store) -> None:
    seen = Counter()
    inner = chain(seen.node("a"), seen.node("b")).compile(interrupt_before=["b"])
    app = store.keep(StateGraph(State).add_node("inner", inner).add_edge(START, "inner"))
    await app.ainvoke({"text": "x"}, THREAD)

    ended = await app.ainvoke({"log": ["mine"]}, THREAD)

    assert ended == {"text": "x", "log": ["mine", "a", "b"]}
    assert seen.ran == ["a", "b"]


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_graph_streamed_by_a_node_asks_too(store: Store, is_async: bool) -> None:
    inner = asker("ok?").compile()

    async def async_node(state: State) -> dict[str, Any]:
        items = [item async for item in inner.astream({}, stream_mode="values")]
        return {"log": items[-1]["log"]}

    def sync_node(state: State) -> dict[str, Any]:
        return {"log": list(inner.stream({}, stream_mode="values"))[-1]["log"]}

    app = store.keep(chain(async_node if is_async else sync_node))

    assert asked(await app.ainvoke({}, THREAD)) == ["ok?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


async def test_an_inner_node_that_was_renamed_is_reported(store: Store) -> None:
    def graph(name: str) -> StateGraph:
        inner = StateGraph(State).add_node(name, ask).add_edge(START, name)
        return StateGraph(State).add_node("inner", inner).add_edge(START, "inner")

    await store.keep(graph("approve")).ainvoke({}, THREAD)

    with pytest.raises(NodeGone, match=r"'approve'.*renamed to 'approved'"):
        await store.keep(graph("approved")).ainvoke(Command(resume="yes"), THREAD)

    assert (await store.keep(graph("approve")).ainvoke(None, THREAD))["log"] == ["yes"]


async def test_a_node_that_failed_after_its_graph_asked_does_not_ask_again(store: Store) -> None:
    inner = asker("ok?").compile()
    down = [True]

    async def node(state: State) -> dict[str, Any]:
        answer = (await inner.ainvoke({}))["log"]
        if down:
            down.clear()
            raise OSError("the network is down")
        return {"log": answer}

    app = store.keep(chain(node))
    await app.ainvoke({}, THREAD)
    with pytest.raises(OSError, match="network"):
        await app.ainvoke(Command(resume="yes"), THREAD)

    assert (await app.ainvoke(None, THREAD))["log"] == ["yes"]


async def test_calls_inside_an_inner_graph_are_remembered(store: Store) -> None:
    calls: list[str] = []

    def inner(state: State) -> dict[str, Any]:
        once(calls.append, "charged")
        return {"log": [interrupt("ok?")]}

    def graph() -> StateGraph:
        return StateGraph(State).add_node("inner", chain(inner)).add_edge(START, "inner")

    await store.keep(graph()).ainvoke({}, THREAD)
    await store.keep(graph()).ainvoke(Command(resume=1), THREAD)

    assert calls == ["charged"]


async def test_the_node_around_a_loop_asks_anew_in_each_round(store: Store) -> None:
    inner = asker("again?")

    def loop(state: State) -> str:
        return "inner" if state["log"][-1] == "more" else "__end__"

    def graph() -> StateGraph:
        outer = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
        return outer.add_conditional_edges("inner", loop, ["inner", "__end__"])

    first = await store.keep(graph()).ainvoke({}, THREAD)
    second = await store.keep(graph()).ainvoke(Command(resume="more"), THREAD)
    assert first["__interrupt__"][0].id != second["__interrupt__"][0].id
    ended = await store.keep(graph()).ainvoke(Command(resume="enough"), THREAD)

    assert ended["log"][-1] == "enough"


async def test_siblings_of_an_inner_question_are_not_run_again(store: Store) -> None:
    seen = Counter()

    def graph() -> StateGraph:
        outer = side_by_side(seen.node("a"), seen.node("z"))
        return outer.add_node("inner", asker("ok?")).add_edge(START, "inner")

    await store.keep(graph()).ainvoke({}, THREAD)
    await store.keep(graph()).ainvoke(Command(resume="yes"), THREAD)

    assert sorted(seen.ran) == ["a", "z"]


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_route_may_ask_through_a_graph_of_its_own(store: Store, leaves: bool) -> None:
    inner = asker("where to?").compile()
    ran: list[str] = []

    def work(state: State) -> Any:
        ran.append("work")
        update = {"log": ["work"]}
        return Command(graph=Command.PARENT, update=update) if leaves else update

    async def route(state: State) -> str:
        (answer,) = (await inner.ainvoke({}))["log"]
        return str(answer)

    def there(state: State) -> dict[str, Any]:
        return {"log": ["there"]}

    def graph() -> StateGraph:
        outer = StateGraph(State).add_node("work", chain(work) if leaves else work)
        outer.add_edge(START, "work").add_node(there)
        return outer.add_conditional_edges("work", route, ["there"])

    assert asked(await store.keep(graph()).ainvoke({}, THREAD)) == ["where to?"]
    ended = await store.keep(graph()).ainvoke(Command(resume="there"), THREAD)

    assert ended["log"] == ["work", "there"]
    assert ran == ["work"]


async def test_graphs_a_node_gathers_ask_together_and_their_work_is_kept(store: Store) -> None:
    seen = Counter()
    quick, slow = asker("quick?").compile(), chain(seen.node("work"), seen.node("b", asks=True))
    slow_graph = slow.compile()

    async def node(state: State) -> dict[str, Any]:
        results = await asyncio.gather(quick.ainvoke({}), slow_graph.ainvoke({}))
        return {"log": [item for result in results for item in result["log"]]}

    paused = await store.keep(chain(node)).ainvoke({}, THREAD)
    ids = {item.value: item.id for item in paused["__interrupt__"]}
    assert set(ids) == {"quick?", "b?"}
    half = await store.keep(chain(node)).ainvoke(Command(resume={ids["b?"]: "B"}), THREAD)
    assert asked(half) == ["quick?"]
    ended = await store.keep(chain(node)).ainvoke(Command(resume={ids["quick?"]: "Q"}), THREAD)

    assert ended["log"] == ["Q", "work", "B"]
    assert seen.ran == ["work", "b", "b"]


async def test_a_retry_does_not_overtake_a_graph_that_still_runs(store: Store) -> None:
    seen = Counter()
    tries: list[int] = []
    inner = chain(seen.node("one"), seen.node("two")).compile()

    async def fails_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("once")

    async def node(state: State) -> dict[str, Any]:
        result, _ = await asyncio.gather(inner.ainvoke({}), fails_once())
        return {"log": result["log"]}

    policy = RetryPolicy(initial_interval=0, jitter=False)
    ended = await store.keep(chain(node, retry_policy=policy)).ainvoke({}, THREAD)

    assert ended["log"] == ["one", "two"]
    assert seen.ran == ["one", "two"]


@pytest.mark.parametrize("kept", [False, True])
async def test_nodes_inside_and_outside_may_have_one_name(store: Store, kept: bool) -> None:
    def twice(state: State) -> dict[str, Any]:
        return {"log": [interrupt("1?"), interrupt("2?")]}

    def graph() -> StateGraph:
        innermost = StateGraph(State).add_node("ask", twice).add_edge(START, "ask")
        middle = StateGraph(State).add_node("ask", innermost).add_edge(START, "ask")
        return StateGraph(State).add_node("ask", middle).add_edge(START, "ask")

    if kept:
        await store.keep(graph()).ainvoke({}, THREAD)
        await store.keep(graph()).ainvoke(Command(resume=1), THREAD)
        ended = await store.keep(graph()).ainvoke(Command(resume=2), THREAD)
    else:
        result = await graph().execute({})
        for answer in (1, 2):
            result = await graph().execute(Command(update=result.final_state, resume=answer))
        ended = result.final_state

    assert ended["log"] == [1, 2]
