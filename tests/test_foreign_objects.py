"""LangGraph's objects in our graphs: understood where they mean the same, else refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import langgraph.config
import langgraph.errors
import langgraph.graph
import langgraph.types
import pytest
from langgraph.checkpoint.memory import InMemorySaver as ForeignMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver as ForeignSqliteSaver

from hitl_nb import END, START, InMemorySaver, RetryPolicy, StateGraph, interrupt
from hitl_nb.errors import ForeignObject, ForeignQuestion, QuestionOpen

THREAD = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]
    answer: Any


def note(text: str) -> Callable[[State], State]:
    return lambda state: {"log": [text]}


def graph_of(node: Any, **options: Any) -> StateGraph:
    graph = StateGraph(State)
    graph.add_node("a", node, **options)
    graph.add_node("b", lambda state: {"log": [f"b{state.get('item', '')}"]})
    graph.add_edge(START, "a").add_edge("b", END)
    return graph


def ask(state: State) -> State:
    return {"answer": interrupt("ok?")}


# What means the same


@pytest.mark.parametrize(
    ("returned", "log"),
    [
        (langgraph.types.Command(goto="b"), ["b"]),
        (langgraph.types.Command(goto=["b"], update={"log": ["a"]}), ["a", "b"]),
        (langgraph.types.Command(goto=langgraph.types.Send("b", {"item": 1})), ["b1"]),
        (langgraph.types.Command(goto=[langgraph.types.Send("b", {"item": 1})]), ["b1"]),
        ([langgraph.types.Command(goto="b"), {"log": ["a"]}], ["a", "b"]),
        (langgraph.types.Command(goto=langgraph.graph.END), []),
    ],
)
def test_a_node_returns_a_command(returned: Any, log: list[str]) -> None:
    app = graph_of(lambda state: returned).compile(InMemorySaver())

    assert app.invoke({}, THREAD)["log"] == log


def test_a_subclass_of_a_command_is_one() -> None:
    class Handoff(langgraph.types.Command[str]):
        pass

    assert graph_of(lambda state: Handoff(goto="b")).compile().invoke({})["log"] == ["b"]


@pytest.mark.parametrize("mapping", [None, ["b"]])
def test_a_route_returns_sends(mapping: list[str] | None) -> None:
    graph = graph_of(note("a"))
    graph.add_conditional_edges(
        "a", lambda state: [langgraph.types.Send("b", {"item": 1})], mapping
    )

    assert graph.compile().invoke({})["log"] == ["a", "b1"]


def test_a_subgraph_leads_the_graph_around_it() -> None:
    command = langgraph.types.Command
    inner = StateGraph(State).add_sequence(
        [("in", lambda state: command(graph=command.PARENT, goto="b"))]
    )
    inner.add_edge(START, "in")

    assert graph_of(inner.compile()).compile().invoke({})["log"] == ["b"]


@pytest.mark.parametrize("in_command", [False, True])
def test_overwrite_passes_the_reducer(in_command: bool) -> None:
    update = {"log": langgraph.types.Overwrite(["new"])}
    returned = langgraph.types.Command(update=update) if in_command else update
    app = graph_of(lambda state: returned).compile()

    assert app.invoke({"log": ["old"]})["log"] == ["new"]


def test_an_input_overwrites() -> None:
    app = graph_of(note("a")).compile(InMemorySaver())
    app.invoke({}, THREAD)

    assert app.invoke({"log": langgraph.types.Overwrite([])}, THREAD)["log"] == ["a"]
    app.update_state(THREAD, langgraph.types.Command(update={"log": ["by hand"]}), as_node="a")
    assert app.get_state(THREAD).values["log"] == ["a", "by hand"]


async def test_an_answer_is_given_with_a_command() -> None:
    app = graph_of(ask).compile(InMemorySaver())
    answer = langgraph.types.Command(resume=True)

    app.invoke({}, THREAD)
    assert app.invoke(answer, THREAD)["answer"] is True  # type: ignore[arg-type]
    await app.ainvoke({}, THREAD)
    assert [item async for item in app.astream(answer, THREAD)] == [{"a": {"answer": True}}]  # type: ignore[arg-type]


def test_a_command_without_an_answer_is_none() -> None:
    app = graph_of(ask).compile(InMemorySaver())
    app.invoke({}, THREAD)

    with pytest.raises(QuestionOpen):
        app.invoke(langgraph.types.Command(update={"log": ["x"]}), THREAD)  # type: ignore[arg-type]
    assert app.get_state(THREAD).interrupts


async def test_an_execution_takes_a_command() -> None:
    graph = graph_of(ask)
    paused = await graph.execute({})
    answer = langgraph.types.Command(update=paused.final_state, resume="yes")

    assert (await graph.execute(answer)).final_state["answer"] == "yes"  # type: ignore[arg-type]


def test_the_ends_are_the_same_words() -> None:
    assert (langgraph.graph.START, langgraph.graph.END) == (START, END)


# What does not


@pytest.mark.parametrize("place", ["node", "async node", "route", "handler"])
def test_a_question_asked_their_way_names_the_import(place: str) -> None:
    def asks(state: State) -> Any:
        return {"answer": langgraph.types.interrupt("pay?")}

    async def asks_async(state: State) -> Any:
        return asks(state)

    def fails(state: State) -> Any:
        raise ValueError

    if place == "route":
        graph = graph_of(note("a")).add_conditional_edges("a", asks)
    elif place == "handler":
        graph = graph_of(fails, error_handler=asks)
    else:
        graph = graph_of(asks if place == "node" else asks_async)
    app = graph.compile(InMemorySaver())

    with pytest.raises(ForeignQuestion) as caught:
        app.invoke({}, THREAD)
    assert str(caught.value) == (
        "This is langgraph.types.interrupt; inside a graph of hitl_nb write: "
        "from hitl_nb import interrupt"
    )
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_stream_writer_names_the_import() -> None:
    app = graph_of(lambda state: langgraph.config.get_stream_writer()("x")).compile()

    with pytest.raises(ForeignObject, match="from hitl_nb import get_stream_writer"):
        app.invoke({})


@pytest.mark.parametrize("error", [RuntimeError("own"), KeyError("own")])
def test_errors_of_the_node_itself_stay_what_they_are(error: Exception) -> None:
    def fails(state: Any) -> Any:
        raise error

    theirs = langgraph.graph.StateGraph(State)
    theirs.add_node("a", fails)
    theirs.add_edge(START, "a")
    for node in (fails, lambda state: theirs.compile().invoke(state)):
        with pytest.raises(type(error), match="own"):
            graph_of(node).compile().invoke({"log": []})


@pytest.mark.parametrize(
    "returned",
    [
        langgraph.types.Command(graph="elsewhere", goto="b"),
        langgraph.types.Send("b", {}, timeout=1.0),
        langgraph.types.GraphOutput({"log": ["x"]}),
        langgraph.types.Interrupt("pay?"),
    ],
)
def test_what_is_not_offered_is_refused(returned: Any) -> None:
    with pytest.raises(ForeignObject, match=r"^This is langgraph\.types\."):
        graph_of(lambda state: returned).compile().invoke({})


@pytest.mark.parametrize(
    ("saver", "ours"),
    [(ForeignMemorySaver, "InMemorySaver"), (ForeignSqliteSaver, "SqliteSaver")],
)
def test_a_saver_of_theirs_is_refused(saver: Any, ours: str) -> None:
    class Subclass(saver):  # type: ignore[misc]
        pass

    for kind in (saver, Subclass):
        with pytest.raises(ForeignObject, match=f"from hitl_nb import {ours}$"):
            graph_of(ask).compile(kind.__new__(kind))


# Questions of another graph


def foreign_graph(saver: Any = None) -> Any:
    graph = langgraph.graph.StateGraph(State)
    graph.add_node("pay", lambda state: {"answer": langgraph.types.interrupt("pay 5?")})
    graph.add_edge(START, "pay")
    return graph.compile(checkpointer=saver)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("schema", [None, State])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_result_that_waits_is_refused(kept: bool, schema: Any, version: Any) -> None:
    theirs = foreign_graph(ForeignMemorySaver() if kept else None)
    graph = StateGraph(schema)
    graph.add_node("agent", lambda state: theirs.invoke(state, THREAD, version=version))
    graph.add_edge(START, "agent")
    app = graph.compile(InMemorySaver())

    with pytest.raises(ForeignQuestion, match=r"'pay 5\?'.*from hitl_nb import interrupt"):
        app.invoke({"log": []}, THREAD)
    assert app.get_state(THREAD).next == ("agent",)


def test_a_question_that_is_asked_here_reaches_the_other_graph() -> None:
    """As the message says to do it."""
    theirs = foreign_graph(ForeignMemorySaver())

    def agent(state: State) -> Any:
        result = theirs.invoke(state, THREAD)
        while "__interrupt__" in result:
            answer = interrupt(result["__interrupt__"][0].value)
            result = theirs.invoke(langgraph.types.Command(resume=answer), THREAD)
        return {"answer": result["answer"]}

    app = graph_of(agent).compile(InMemorySaver())

    (question,) = app.invoke({"log": []}, THREAD)["__interrupt__"]
    assert question.value == "pay 5?"
    assert app.invoke(langgraph.types.Command(resume="yes"), THREAD)["answer"] == "yes"  # type: ignore[arg-type]


def test_a_question_that_is_raised_is_not_tried_again() -> None:
    tries: list[int] = []

    def raises(state: State) -> Any:
        tries.append(1)
        raise langgraph.errors.GraphInterrupt((langgraph.types.Interrupt("pay 5?"),))

    app = graph_of(raises, retry_policy=RetryPolicy(initial_interval=0, jitter=False)).compile()

    with pytest.raises(ForeignQuestion, match=r"'pay 5\?'"):
        app.invoke({})
    assert len(tries) == 1
