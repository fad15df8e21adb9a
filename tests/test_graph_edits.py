"""A graph that was edited around a node that waits says so, and loses no value in silence."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, TypedDict

import pytest

from hitl_nb import END, START, Command, InMemorySaver, SqliteSaver, StateGraph, interrupt
from hitl_nb.errors import GraphEdited, InvalidUpdate, StateFieldGone, UnknownStateKey

THREAD = {"configurable": {"thread_id": "t"}}


class Order(TypedDict, total=False):
    item: str
    note: str
    said: str


class LongOrder(Order, total=False):
    limit: int


class ShortOrder(TypedDict, total=False):
    item: str
    said: str


def approve(state: Any) -> dict[str, Any]:
    return {"said": interrupt("Send it?")}


def nothing(state: Any) -> None:
    return None


def approve_order(state: Order) -> dict[str, Any]:
    return approve(state)


def orders(saver: Any, schema: Any = Order, to: str = "send", asks: Any = approve) -> Any:
    graph = StateGraph(schema, name="orders")
    for name, function in (("approve", asks), ("send", nothing), ("burn", nothing)):
        graph.add_node(name, function)
    graph.add_edge(START, "approve")
    graph.add_edge("approve", to)
    graph.add_edge("send", END)
    graph.add_edge("burn", END)
    return graph.compile(saver)


def test_a_changed_edge_of_the_node_that_waits_is_told() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book"}, THREAD)

    with pytest.warns(GraphEdited, match="'approve' leads to burn now, and led to send"):
        ended = orders(saver, to="burn").invoke(Command(resume="yes"), THREAD)

    assert ended["said"] == "yes"


def test_an_added_field_is_told() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book"}, THREAD)

    with pytest.warns(GraphEdited, match="'limit' was added while the thread 't' waited"):
        ended = orders(saver, LongOrder).invoke(Command(resume="yes"), THREAD)

    assert ended["said"] == "yes"


def test_a_dropped_field_with_a_value_is_refused_and_kept() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book", "note": "a gift"}, THREAD)

    with pytest.raises(StateFieldGone, match=r"'note'.*Declare the field again") as refused:
        orders(saver, ShortOrder).invoke(Command(resume="yes"), THREAD)

    assert refused.value.fields == ("note",)
    assert orders(saver).get_state(THREAD).values["note"] == "a gift"


def test_a_dropped_field_declared_again_goes_on() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book", "note": "a gift"}, THREAD)
    with pytest.raises(StateFieldGone):
        orders(saver, ShortOrder).invoke(Command(resume="yes"), THREAD)

    paused = orders(saver).invoke(None, THREAD)
    ended = paused if "said" in paused else orders(saver).invoke(Command(resume="yes"), THREAD)

    assert ended == {"item": "book", "note": "a gift", "said": "yes"}


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_thread_is_moved_on_without_a_dropped_field(kind: str, tmp_path: Path) -> None:
    saver = SqliteSaver(tmp_path / "hitl.db") if kind == "file" else InMemorySaver()
    orders(saver).invoke({"item": "book", "note": "a gift"}, THREAD)
    shorter = orders(saver, ShortOrder)

    shorter.update_state(THREAD, {}, as_node=START)
    shorter.invoke(None, THREAD)
    ended = shorter.invoke(Command(resume="yes"), THREAD)

    assert ended == {"item": "book", "said": "yes"}


def test_a_dropped_field_that_a_node_still_takes_is_told() -> None:
    saver = InMemorySaver()
    orders(saver, asks=approve_order).invoke({"item": "book", "note": "a gift"}, THREAD)
    shorter = orders(saver, ShortOrder, asks=approve_order)

    with pytest.warns(GraphEdited, match="'note' was dropped while the thread 't' waited"):
        shorter.invoke(Command(resume="yes"), THREAD)

    assert orders(saver).get_state(THREAD).values["note"] == "a gift"


def test_a_dropped_field_without_a_value_is_no_loss() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book"}, THREAD)

    assert orders(saver, ShortOrder).invoke(Command(resume="yes"), THREAD)["said"] == "yes"


def test_a_graph_that_was_not_edited_says_nothing() -> None:
    saver = InMemorySaver()
    orders(saver).invoke({"item": "book"}, THREAD)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        orders(saver).invoke(Command(resume="yes"), THREAD)


def test_a_file_of_an_earlier_version_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    saver = InMemorySaver()
    with monkeypatch.context() as before:
        before.setattr("hitl_nb.engine.checkpoint_writer.surroundings", lambda *_: None)
        orders(saver).invoke({"item": "book"}, THREAD)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        orders(saver, to="burn").invoke(Command(resume="yes"), THREAD)


def pure(schema: Any = Order, to: str = "send", asks: Any = approve) -> StateGraph:
    graph = StateGraph(schema, name="orders")
    for name, function in (("approve", asks), ("send", nothing), ("burn", nothing)):
        graph.add_node(name, function)
    graph.add_edge(START, "approve").add_edge("approve", to)
    return graph.add_edge("send", END).add_edge("burn", END)


async def paused(graph: StateGraph) -> dict[str, Any]:
    state = (await graph.execute({"item": "book"})).final_state
    return json.loads(json.dumps(state))  # as it comes to another process


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        ({"to": "burn"}, "'approve' leads to burn now, and led to send when the run began"),
        ({"schema": LongOrder}, "'limit' was added while the run waited"),
    ],
)
async def test_an_edit_around_a_pure_run_is_told(edited: dict[str, Any], told: str) -> None:
    state = await paused(pure())

    with pytest.warns(GraphEdited, match=told):
        ended = await pure(**edited).execute(Command(update=state, resume="yes"))

    assert ended.final_state["said"] == "yes"


async def test_a_field_that_a_pure_run_still_holds_is_refused_by_name() -> None:
    state = await paused(pure())

    with pytest.raises(UnknownStateKey, match="'note'"):
        await pure(ShortOrder).execute(Command(update={**state, "note": "a gift"}, resume="yes"))


async def test_a_field_of_a_pure_run_that_only_a_node_takes_is_told_as_dropped() -> None:
    state = await paused(pure(asks=approve_order))

    with pytest.warns(GraphEdited, match="'note' was dropped while the run waited"):
        await pure(ShortOrder, asks=approve_order).execute(Command(update=state, resume="yes"))


async def test_a_pure_run_of_an_unchanged_graph_says_nothing() -> None:
    state = await paused(pure())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ended = await pure().execute(Command(update=state, resume="yes"))

    assert ended.success


async def test_a_pure_run_that_an_earlier_version_paused_goes_on() -> None:
    state = await paused(pure())
    del state["__run__"]["around"]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ended = await pure(to="burn").execute(Command(update=state, resume="yes"))

    assert ended.final_state["said"] == "yes"


async def test_what_is_said_to_be_around_a_pure_run_is_checked() -> None:
    state = await paused(pure())
    for broken in ("x", {"approve": 1}, {"approve": {}}):
        state["__run__"]["around"] = broken

        with pytest.raises(InvalidUpdate, match="is not the one a paused run put into"):
            await pure().execute(Command(update=state, resume="yes"))
