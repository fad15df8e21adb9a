"""Graphs run, pause and go on: each test is a small program."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import operator
import threading
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel

from hitl_nb import END, START, Command, InMemorySaver, Send, StateGraph, interrupt
from hitl_nb.errors import (
    AmbiguousAnswer,
    EmptyInput,
    InterruptOutsideNode,
    InvalidUpdate,
    MissingThread,
    NothingPending,
    QuestionOpen,
    QuestionSwallowed,
    RecursionLimit,
    UnknownQuestion,
    UnknownStateKey,
    UnknownTarget,
    UnknownThread,
)

THREAD = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[Any], operator.add]


def chain(*functions: Any, schema: Any = State) -> StateGraph:
    graph = StateGraph(schema, name="chain").add_sequence(list(functions))
    return graph.add_edge(START, functions[0].__name__)


def kept(*functions: Any) -> Any:
    return chain(*functions).compile(InMemorySaver())


def ask(state: State) -> dict[str, Any]:
    return {"log": [interrupt("ok?")]}


async def test_sync_and_async_nodes_run_in_order() -> None:
    def one(state: State) -> dict[str, Any]:
        return {"log": ["one"]}

    async def two(state: State) -> dict[str, Any]:
        return {"log": [*state["log"], "two"]}

    assert await chain(one, two).compile().ainvoke({"text": "x"}) == {
        "text": "x",
        "log": ["one", "one", "two"],
    }


async def test_a_question_pauses_and_its_answer_resumes() -> None:
    app = kept(ask)

    paused = await app.ainvoke({}, THREAD)
    (question,) = paused["__interrupt__"]
    assert (question.value, question.node) == ("ok?", "ask")

    assert await app.ainvoke(Command(resume="yes"), THREAD) == {"log": ["yes"]}


@pytest.mark.parametrize("answer", [None, False, 0, "", {}, [], {"a": 1}])
async def test_every_value_is_an_answer(answer: Any) -> None:
    app = kept(ask)
    await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(Command(resume=answer), THREAD))["log"] == [answer]


async def test_several_questions_in_one_node_each_get_their_own_answer() -> None:
    def two(state: State) -> dict[str, Any]:
        return {"log": [interrupt("first"), interrupt("second")]}

    app = kept(two)
    await app.ainvoke({}, THREAD)
    second = await app.ainvoke(Command(resume=1), THREAD)
    assert [item.value for item in second["__interrupt__"]] == ["second"]

    assert (await app.ainvoke(Command(resume=2), THREAD))["log"] == [1, 2]


async def test_equal_questions_are_told_apart_by_their_order() -> None:
    def thrice(state: State) -> dict[str, Any]:
        return {"log": [interrupt("again?") for _ in range(3)]}

    app = kept(thrice)
    ids = set()
    result = await app.ainvoke({}, THREAD)
    for number in range(3):
        ids.add(result["__interrupt__"][0].id)
        result = await app.ainvoke(Command(resume=number), THREAD)

    assert len(ids) == 3
    assert result["log"] == [0, 1, 2]


async def test_an_inserted_question_does_not_take_the_answer_of_another() -> None:
    questions = ["delete?"]

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt(text) for text in questions]}

    app = kept(node)
    await app.ainvoke({}, THREAD)
    questions.insert(0, "send?")

    result = await app.ainvoke(Command(resume="yes, delete"), THREAD)

    assert [item.value for item in result["__interrupt__"]] == ["send?"]
    assert (await app.ainvoke(Command(resume="no"), THREAD))["log"] == ["no", "yes, delete"]


async def test_a_question_whose_content_changed_is_asked_again() -> None:
    amounts = iter([10, 9_999])

    def pay(state: State) -> dict[str, Any]:
        return {"log": [interrupt({"amount": next(amounts)})]}

    app = kept(pay)
    await app.ainvoke({}, THREAD)

    result = await app.ainvoke(Command(resume="approve"), THREAD)

    assert [item.value for item in result["__interrupt__"]] == [{"amount": 9_999}]


async def test_parallel_questions_wait_together_and_finished_siblings_run_once() -> None:
    ran: list[str] = []

    def a(state: State) -> dict[str, Any]:
        return {"log": [interrupt("a?")]}

    def b(state: State) -> dict[str, Any]:
        return {"log": [interrupt("b?")]}

    def c(state: State) -> dict[str, Any]:
        ran.append("c")
        return {"log": ["c"]}

    graph = StateGraph(State)
    for node in (a, b, c):
        graph.add_node(node).add_edge(START, node.__name__)
    app = graph.compile(InMemorySaver())

    paused = await app.ainvoke({}, THREAD)
    first, second = paused["__interrupt__"]
    with pytest.raises(AmbiguousAnswer):
        await app.ainvoke(Command(resume="both"), THREAD)
    half = await app.ainvoke(Command(resume={second.id: "B"}), THREAD)
    assert [item.id for item in half["__interrupt__"]] == [first.id]
    whole = await app.ainvoke(Command(resume={first.id: "A"}), THREAD)

    assert whole["log"] == ["A", "B", "c"]
    assert ran == ["c"]


async def test_questions_of_one_node_asked_together_are_all_open() -> None:
    async def pair(state: State) -> dict[str, Any]:
        async def one(text: str) -> Any:
            return interrupt(text)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(text)) for text in ("left?", "right?")]
        return {"log": [task.result() for task in tasks]}

    app = kept(pair)
    paused = await app.ainvoke({}, THREAD)
    left, right = paused["__interrupt__"]

    await app.ainvoke(Command(resume={right.id: "R"}), THREAD)
    result = await app.ainvoke(Command(resume={left.id: "L"}), THREAD)

    assert result["log"] == ["L", "R"]


async def test_a_route_may_ask_and_the_node_before_it_runs_once() -> None:
    ran: list[str] = []

    def work(state: State) -> dict[str, Any]:
        ran.append("work")
        return {"log": ["work"]}

    def route(state: State) -> str:
        assert state["log"] == ["work"]
        return str(interrupt("where to?"))

    def there(state: State) -> dict[str, Any]:
        return {"log": ["there"]}

    graph = chain(work).add_node(there).add_conditional_edges("work", route, ["there", END])
    app = graph.compile(InMemorySaver())
    await app.ainvoke({}, THREAD)

    result = await app.ainvoke(Command(resume="there"), THREAD)

    assert result["log"] == ["work", "there"]
    assert ran == ["work"]


async def test_the_way_in_may_be_conditional() -> None:
    graph = StateGraph(State).add_node("a", ask).add_node("b", ask)
    graph.set_conditional_entry_point(lambda state: state["text"], ["a", "b"])

    paused = await graph.compile(InMemorySaver()).ainvoke({"text": "b"}, THREAD)

    assert paused["__interrupt__"][0].node == "b"


async def test_send_tasks_get_their_own_input_and_may_ask() -> None:
    def spread(state: State) -> list[Send]:
        return [Send("check", item) for item in ("x", "y")]

    def check(item: str) -> dict[str, Any]:
        return {"log": [interrupt(f"{item}?")]}

    graph = StateGraph(State).add_node("check", check)
    app = graph.set_conditional_entry_point(spread, ["check"]).compile(InMemorySaver())
    paused = await app.ainvoke({}, THREAD)
    answers = {item.id: item.value.upper() for item in paused["__interrupt__"]}

    assert (await app.ainvoke(Command(resume=answers), THREAD))["log"] == ["X?", "Y?"]


async def test_resuming_may_update_the_state_too() -> None:
    app = kept(ask)
    await app.ainvoke({"text": "old"}, THREAD)

    result = await app.ainvoke(Command(resume="yes", update={"text": "new"}), THREAD)

    assert result == {"text": "new", "log": ["yes"]}


async def test_a_finished_thread_takes_new_input_and_asks_anew() -> None:
    app = kept(ask)
    first = await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="one"), THREAD)

    second = await app.ainvoke({}, THREAD)

    assert second["__interrupt__"][0].id != first["__interrupt__"][0].id
    assert (await app.ainvoke(Command(resume="two"), THREAD))["log"] == ["one", "two"]


async def test_breakpoints_stop_before_and_after_nodes() -> None:
    def one(state: State) -> dict[str, Any]:
        return {"log": ["one"]}

    def two(state: State) -> dict[str, Any]:
        return {"log": ["two"]}

    for options in ({"interrupt_before": ["two"]}, {"interrupt_after": "one"}):
        app = chain(one, two).compile(InMemorySaver(), **options)
        assert await app.ainvoke({}, THREAD) == {"log": ["one"]}
        assert await app.ainvoke({"log": ["mine"]}, THREAD) == {"log": ["one", "mine", "two"]}

    with pytest.raises(UnknownTarget, match="breakpoint"):
        chain(one, two).compile(interrupt_before=["tow"])


async def test_none_continues_a_failed_thread_and_keeps_finished_siblings() -> None:
    ran: list[str] = []

    def good(state: State) -> dict[str, Any]:
        ran.append("good")
        return {"log": ["good"]}

    def flaky(state: State) -> dict[str, Any]:
        ran.append("flaky")
        if ran.count("flaky") == 1:
            raise OSError("the network is down")
        return {"log": ["flaky"]}

    graph = StateGraph(State).add_node(good).add_node(flaky)
    app = graph.add_edge(START, "good").add_edge(START, "flaky").compile(InMemorySaver())
    with pytest.raises(OSError, match="the network is down"):
        await app.ainvoke({}, THREAD)

    assert (await app.ainvoke(None, THREAD))["log"] == ["flaky", "good"]
    assert sorted(ran) == ["flaky", "flaky", "good"]


async def test_a_node_error_keeps_its_type_and_names_the_node() -> None:
    def broken(state: State) -> None:
        raise KeyError("order")

    with pytest.raises(KeyError) as caught:
        await chain(broken).compile().ainvoke({})

    assert caught.value.__notes__ == ["in node 'broken' of graph 'chain', superstep 0"]


@pytest.mark.parametrize("swallow", [BaseException, None], ids=["except", "finally"])
async def test_a_swallowed_question_stops_the_run(swallow: Any) -> None:
    def careless(state: State) -> dict[str, Any]:
        if swallow is None:
            try:
                interrupt("sure?")
            finally:
                return {"log": ["went on"]}  # noqa: B012
        with contextlib.suppress(swallow):
            interrupt("sure?")
        return {"log": ["went on"]}

    with pytest.raises(QuestionSwallowed, match=r"'careless' asked 'sure\?'"):
        await kept(careless).ainvoke({}, THREAD)


async def test_except_exception_does_not_catch_the_pause() -> None:
    def careful(state: State) -> dict[str, Any]:
        try:
            return {"log": [interrupt("sure?")]}
        except Exception:
            return {"log": ["swallowed"]}

    assert (await kept(careful).ainvoke({}, THREAD))["__interrupt__"][0].value == "sure?"


def test_asking_outside_a_node_is_an_error() -> None:
    with pytest.raises(InterruptOutsideNode, match="from inside a node"):
        interrupt("anyone?")


async def test_asking_after_the_node_has_ended_is_an_error() -> None:
    late: list[BaseException] = []
    gate = asyncio.Event()

    async def background() -> None:
        await gate.wait()
        try:
            interrupt("too late?")
        except BaseException as error:
            late.append(error)

    tasks = []

    async def node(state: State) -> None:
        tasks.append(asyncio.create_task(background()))

    await chain(node).compile().ainvoke({})
    gate.set()
    await asyncio.gather(*tasks)

    assert isinstance(late[0], InterruptOutsideNode)


async def test_context_variables_reach_sync_nodes_off_the_loop() -> None:
    colour = contextvars.ContextVar("colour", default="none")
    seen = []

    def node(state: State) -> None:
        seen.append((colour.get(), threading.current_thread() is threading.main_thread()))

    colour.set("green")
    await chain(node).compile().ainvoke({})

    assert seen == [("green", False)]


async def test_a_node_that_raises_stop_iteration_fails_instead_of_hanging() -> None:
    def node(state: State) -> Any:
        return next(iter([]))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await chain(node).compile().ainvoke({})


async def test_nodes_of_a_superstep_run_side_by_side() -> None:
    meeting = asyncio.Barrier(2)

    async def a(state: State) -> None:
        await meeting.wait()

    async def b(state: State) -> None:
        await meeting.wait()

    graph = StateGraph(State).add_node(a).add_node(b).add_edge(START, "a").add_edge(START, "b")

    await asyncio.wait_for(graph.compile().ainvoke({}), 5)


async def test_nodes_cannot_change_the_state_in_place() -> None:
    def vandal(state: State) -> None:
        state["text"] = "changed"

    assert (await chain(vandal).compile().ainvoke({"text": "x"}))["text"] == "x"


async def test_a_loop_that_does_not_end_is_stopped_at_its_limit() -> None:
    def loop(state: State) -> dict[str, Any]:
        return {"log": [1]}

    app = chain(loop).add_edge("loop", "loop").compile()

    with pytest.raises(RecursionLimit, match=r"7 supersteps.*'loop'"):
        await app.ainvoke({}, {"recursion_limit": 7})


async def test_nodes_may_take_config_and_a_writer() -> None:
    def node(state: State, config: Any, writer: Any) -> dict[str, Any]:
        writer({"progress": 1})
        return {"log": [config["configurable"]["user"]]}

    app = chain(node).compile()
    items = [
        item
        async for item in app.astream(
            {}, {"configurable": {"user": "ana"}}, stream_mode=["custom", "updates"]
        )
    ]

    assert items == [("custom", {"progress": 1}), ("updates", {"node": {"log": ["ana"]}})]


async def test_streams_show_updates_values_and_questions() -> None:
    def one(state: State) -> dict[str, Any]:
        return {"log": ["one"]}

    app = kept(one, ask)

    updates = [item async for item in app.astream({"text": "x"}, THREAD)]
    assert updates[0] == {"one": {"log": ["one"]}}
    assert updates[1]["__interrupt__"][0].value == "ok?"

    values = [
        item async for item in app.astream(Command(resume="yes"), THREAD, stream_mode="values")
    ]
    assert values == [{"text": "x", "log": ["one"]}, {"text": "x", "log": ["one", "yes"]}]

    with pytest.raises(ValueError, match="'colours'"):
        _ = [item async for item in app.astream({}, THREAD, stream_mode="colours")]


async def test_a_stream_runs_no_further_than_it_is_read() -> None:
    ran = []

    def one(state: State) -> None:
        ran.append("one")

    def two(state: State) -> None:
        ran.append("two")

    stream = chain(one, two).compile().astream({})
    await anext(stream)
    await stream.aclose()

    assert ran == ["one"]


def test_the_synchronous_doors_run_without_a_loop() -> None:
    app = kept(ask)

    assert app.invoke({}, THREAD)["__interrupt__"][0].value == "ok?"
    assert list(app.stream(Command(resume="yes"), THREAD)) == [{"ask": {"log": ["yes"]}}]


async def test_the_synchronous_doors_run_inside_a_running_loop() -> None:
    app = kept(ask)

    assert app.invoke({}, THREAD)["__interrupt__"][0].value == "ok?"
    assert list(app.stream(Command(resume="yes"), THREAD)) == [{"ask": {"log": ["yes"]}}]


async def test_wrong_answers_reach_nothing() -> None:
    app = kept(ask)
    with pytest.raises(UnknownThread, match="no thread 't'"):
        await app.ainvoke(Command(resume="yes"), THREAD)
    await app.ainvoke({}, THREAD)
    with pytest.raises(UnknownThread, match="Did you mean 't'"):
        await app.ainvoke(Command(resume=1), {"configurable": {"thread_id": "tt"}})
    with pytest.raises(UnknownQuestion):
        await app.ainvoke(Command(resume={"f" * 32: "yes"}), THREAD)
    with pytest.raises(QuestionOpen, match="waits for an answer"):
        await app.ainvoke({"text": "new"}, THREAD)
    assert (await app.ainvoke(None, THREAD))["__interrupt__"][0].value == "ok?"
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]
    with pytest.raises(NothingPending, match="is done"):
        await app.ainvoke(Command(resume="again"), THREAD)


async def test_what_a_run_needs_and_lacks_is_said() -> None:
    app = chain(ask).compile()
    with pytest.raises(EmptyInput):
        await app.ainvoke(None)
    with pytest.raises(MissingThread, match="checkpointer"):
        await app.ainvoke(Command(resume="yes"))
    with pytest.raises(MissingThread, match="thread_id"):
        await kept(ask).ainvoke({})
    with pytest.raises(InvalidUpdate, match="must be a dict"):
        await app.ainvoke("hello")  # type: ignore[arg-type]
    assert (await app.ainvoke(Command(goto="ask")))["__interrupt__"][0].node == "ask"


async def test_a_wrong_update_names_the_node_that_wrote_it() -> None:
    def wrong(state: State) -> dict[str, Any]:
        return {"txet": 1}

    with pytest.raises(UnknownStateKey, match="The node 'wrong' wrote the state key 'txet'"):
        await chain(wrong).compile().ainvoke({})


async def test_models_and_dataclasses_are_handed_to_nodes_as_themselves() -> None:
    class Model(BaseModel):
        count: int = 1

    @dataclass
    class Data:
        count: int = 1

    for schema in (Model, Data):
        seen = []

        def node(state: Any, seen: list[Any] = seen) -> dict[str, Any]:
            seen.append(type(state))
            return {"count": state.count + 1}

        assert await chain(node, schema=schema).compile().ainvoke({"count": 5}) == {"count": 6}
        assert seen == [schema]


async def test_a_pure_run_resumes_from_its_final_state_alone() -> None:
    def draft(state: dict[str, Any]) -> dict[str, Any]:
        return {"draft": "Dear Ana"}

    async def approve(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": interrupt({"draft": state["draft"]}), "by": state["model"]}

    def graph() -> StateGraph:
        return chain(draft, approve, schema=None)

    result = await graph().execute({"model": "tiny"})
    assert result.is_interrupted
    assert not result.success
    assert result.interrupt is not None
    assert result.interrupt.node_id == "approve"
    assert result.interrupt.interrupt.payload == {"draft": "Dear Ana"}

    travelled = json.loads(json.dumps(result.final_state))
    ended = await graph().execute(Command(update={**travelled, "model": "large"}, resume="yes"))

    assert ended.success
    assert ended.final_state == {
        "model": "large", "draft": "Dear Ana", "answer": "yes", "by": "large",
    }  # fmt: skip


async def test_a_pure_run_keeps_parallel_questions_and_finished_siblings() -> None:
    ran: list[str] = []

    def a(state: Any) -> dict[str, Any]:
        return {"a": interrupt("a?")}

    def b(state: Any) -> dict[str, Any]:
        return {"b": interrupt("b?")}

    def c(state: Any) -> dict[str, Any]:
        ran.append("c")
        return {"c": 1}

    graph = StateGraph()
    for node in (a, b, c):
        graph.add_node(node).add_edge(START, node.__name__)
    first = await graph.execute({})
    ids = [item.interrupt.interrupt_id for item in first.interrupts]
    second = await graph.execute(
        Command(update=json.loads(json.dumps(first.final_state)), resume={ids[1]: "B"})
    )
    third = await graph.execute(Command(update=second.final_state, resume={ids[0]: "A"}))

    assert third.final_state == {"a": "A", "b": "B", "c": 1}
    assert ran == ["c"]


async def test_a_pure_run_stops_at_breakpoints_and_goes_on() -> None:
    def one(state: Any) -> dict[str, Any]:
        return {"one": 1}

    def two(state: Any) -> dict[str, Any]:
        return {"two": 2}

    graph = chain(one, two, schema=None)
    graph.config.interrupt_before = ["two"]

    stopped = await graph.execute({})
    assert stopped.interrupt is not None
    assert stopped.interrupt.node_id == "two"
    ended = await graph.execute(Command(update=stopped.final_state, resume="go"))

    assert ended.final_state == {"one": 1, "two": 2}


async def test_a_pure_run_refuses_answers_and_places_that_are_not_its_own() -> None:
    graph = chain(ask)
    paused = await graph.execute({})

    with pytest.raises(NothingPending):
        await graph.execute(Command(update={"text": "x"}, resume="yes"))
    with pytest.raises(UnknownQuestion):
        await graph.execute(Command(update=paused.final_state, resume={"e" * 32: 1}))
    broken = {**paused.final_state, "__run__": {"step": 0}}
    with pytest.raises(InvalidUpdate, match="__run__"):
        await graph.execute(Command(update=broken, resume="yes"))


async def test_cancelling_a_run_cancels_its_nodes() -> None:
    cancelled = []
    started = asyncio.Barrier(3)

    async def until_cancelled(name: str) -> None:
        try:
            await started.wait()
            await asyncio.Event().wait()
        finally:
            cancelled.append(name)

    async def a(state: State) -> None:
        await until_cancelled("a")

    async def b(state: State) -> None:
        await until_cancelled("b")

    graph = StateGraph(State).add_node(a).add_node(b).add_edge(START, "a").add_edge(START, "b")
    run = asyncio.create_task(graph.compile().ainvoke({}))
    await started.wait()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert sorted(cancelled) == ["a", "b"]
