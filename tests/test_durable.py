"""What is stored, when, and what is left when a store or a value lets a run down."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import Command, Send, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.errors import StoreFull, ThreadBusy, UnknownStateKey, UnstorableValue

EVERY = pytest.mark.parametrize("durability", ["sync", "async", "exit"])


def one(state: State) -> dict[str, Any]:
    return {"log": ["one"]}


def ask(state: State) -> dict[str, Any]:
    return {"log": [interrupt("ok?")]}


def two(state: State) -> dict[str, Any]:
    return {"log": ["two"]}


def graph() -> StateGraph:
    return chain(one, ask, two)


@EVERY
async def test_every_durability_has_the_same_result(store: Store, durability: Any) -> None:
    paused = await store.keep(graph()).ainvoke({"text": "x"}, THREAD, durability=durability)
    assert asked(paused) == ["ok?"]
    assert store.saver().thread("t").status == "waiting"

    ended = await store.keep(graph()).ainvoke(Command(resume=1), THREAD, durability=durability)

    assert ended == {"text": "x", "log": ["one", 1, "two"]}
    assert store.keep(graph()).get_state(THREAD).values == ended
    assert store.saver().thread("t").status == "done"


@EVERY
def test_the_synchronous_door_has_the_same_result(store: Store, durability: Any) -> None:
    store.keep(graph()).invoke({"text": "x"}, THREAD, durability=durability)

    ended = store.keep(graph()).invoke(Command(resume=1), THREAD, durability=durability)

    assert ended == {"text": "x", "log": ["one", 1, "two"]}
    assert store.keep(graph()).get_state(THREAD).values == ended


@pytest.mark.parametrize(
    ("durability", "stored"), [("sync", [0, 1]), ("async", [0, 1]), ("exit", [0, 0])]
)
async def test_what_is_stored_while_a_run_goes_on(
    file: Store, durability: Any, stored: list[int]
) -> None:
    found: list[int] = []
    looking = file.saver()

    def steps(state: State) -> dict[str, Any]:
        found.append(sum(row.row.step > 0 for row in looking.history("t")))
        return {"log": ["step"]}

    again = chain(steps).add_node("again", steps).add_edge("steps", "again")
    app = file.keep(again)
    await app.ainvoke({}, THREAD, durability=durability)

    if durability == "async":  # written while the next superstep runs: no later than that
        assert found[0] == 0
        assert found[1] in (0, 1)
    else:
        assert found == stored


@EVERY
async def test_history_after_a_run(store: Store, durability: Any) -> None:
    app = store.keep(chain(one, two))
    await app.ainvoke({}, THREAD, durability=durability)

    states = [state.next for state in app.get_state_history(THREAD)]

    if durability == "exit":
        assert states == [()]
    else:
        assert states == [(), ("two",), ("one",), ("__start__",)]


@EVERY
async def test_once_is_on_disk_when_it_returns(file: Store, durability: Any) -> None:
    looking = file.saver()
    found: list[Any] = []

    def node(state: State) -> None:
        once(lambda: "charged")
        stored = looking.read("t")
        found.append([call.result for call in stored.calls] if stored else None)

    await file.keep(chain(one, node)).ainvoke({}, THREAD, durability=durability)

    assert found == [["charged"]]


# Values that cannot be stored


class Client:
    """A live object."""


@EVERY
async def test_an_update_that_cannot_be_stored_names_its_path_and_harms_nothing(
    store: Store, durability: Any
) -> None:
    broken = [True]

    def node(state: State) -> dict[str, Any]:
        return {"log": [{"client": Client()}]} if broken else {"log": ["fixed"]}

    app = store.keep(chain(one, node))
    with pytest.raises(UnstorableValue, match=r"state\['log'\].*\['client'\]"):
        await app.ainvoke({}, THREAD, durability=durability)
    assert store.saver().thread("t").status == "failed"
    broken.clear()

    assert (await app.ainvoke(None, THREAD, durability=durability))["log"] == ["one", "fixed"]


async def test_a_payload_that_cannot_be_stored_is_refused_before_it_is_shown(store: Store) -> None:
    broken = [True]

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt({"order": Client()} if broken else "ok?")]}

    app = store.keep(chain(one, node))
    stream = app.astream({}, THREAD)
    assert await anext(stream) == {"one": {"log": ["one"]}}
    with pytest.raises(UnstorableValue, match=r"payload\['order'\]"):
        await anext(stream)
    assert store.saver().questions() == []
    broken.clear()

    assert asked(await app.ainvoke(None, THREAD)) == ["ok?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["one", "yes"]


async def test_an_answer_that_cannot_be_stored_leaves_the_question_open(store: Store) -> None:
    app = store.keep(chain(ask))
    await app.ainvoke({}, THREAD)

    with pytest.raises(UnstorableValue, match=r"answer\['by'\]"):
        await app.ainvoke(Command(resume={"by": Client()}), THREAD)

    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


async def test_an_input_that_cannot_be_stored_begins_no_thread(store: Store) -> None:
    app = store.keep(chain(one))

    with pytest.raises(UnstorableValue, match="text"):
        await app.ainvoke({"text": Client()}, THREAD)

    assert store.saver().threads() == []
    assert (await app.ainvoke({"text": "x"}, THREAD))["text"] == "x"


async def test_what_is_sent_must_be_storable_too(store: Store) -> None:
    def check(item: Any) -> dict[str, Any]:
        return {"log": ["checked"]}

    built = StateGraph(State).add_node("check", check)
    built.set_conditional_entry_point(lambda state: [Send("check", {"client": Client()})])

    with pytest.raises(UnstorableValue, match=r"Send\('check'\)\['client'\]"):
        await store.keep(built).ainvoke({}, THREAD)


async def test_siblings_of_an_update_that_cannot_be_stored_are_kept(store: Store) -> None:
    ran: list[str] = []
    broken = [True]

    def good(state: State) -> dict[str, Any]:
        ran.append("good")
        return {"log": ["good"]}

    def bad(state: State) -> dict[str, Any]:
        ran.append("bad")
        return {"log": [Client() if broken else "fixed"]}

    def asks(state: State) -> dict[str, Any]:
        return {"log": [interrupt("ok?")]}

    app = store.keep(side_by_side(asks, bad, good))
    with pytest.raises(UnstorableValue) as caught:
        await app.ainvoke({}, THREAD)
    assert "in node 'bad'" in caught.value.__notes__[0]
    assert [row.payload for _, row, _ in store.saver().questions()] == ["ok?"]
    broken.clear()
    await app.ainvoke(Command(resume="yes"), THREAD)

    assert app.get_state(THREAD).values["log"] == ["yes", "fixed", "good"]
    assert sorted(ran) == ["bad", "bad", "good"]


async def test_nothing_a_node_keeps_in_hand_changes_what_was_stored(store: Store) -> None:
    mine: list[Any] = []

    def node(state: State) -> dict[str, Any]:
        mine.append({"count": 1})
        return {"log": [mine[0]]}

    app = store.keep(chain(node))
    await app.ainvoke({}, THREAD)
    mine[0]["count"] = 2

    assert app.get_state(THREAD).values["log"] == [{"count": 1}]


# Stores that fail


class Failing(SqliteSaver):
    """A store whose disk is full from its n-th write on, until there is room."""

    def __init__(self, path: Path, after: int) -> None:
        super().__init__(path)
        self.left = after
        self.room = False

    def write(self, *args: Any, **kwargs: Any) -> None:
        self.left -= 1
        if self.left < 0 and not self.room:
            raise StoreFull(self.place)
        super().write(*args, **kwargs)


@EVERY
@pytest.mark.parametrize("after", range(4))
async def test_a_full_disk_stops_the_run_and_lets_go_of_the_thread(
    tmp_path: Path, durability: Any, after: int
) -> None:
    ran: list[str] = []

    def effect(state: State) -> dict[str, Any]:
        once(ran.append, "effect")
        return {"log": ["effect"]}

    built = chain(one, effect, two)
    with Failing(tmp_path / "hitl.db", after) as saver:
        app = built.compile(saver)
        try:
            ended = await app.ainvoke({"text": "x"}, THREAD, durability=durability)
        except StoreFull:
            saver.room = True
            known = saver.read("t") is not None
            ended = await app.ainvoke(None if known else {"text": "x"}, THREAD)

        assert ended == {"text": "x", "log": ["one", "effect", "two"]}
        assert app.get_state(THREAD).values == ended


async def test_a_thread_is_free_again_however_its_run_ended(store: Store) -> None:
    endings: list[Callable[[], Any]] = [lambda: 1 / 0, Client, lambda: interrupt("?")]

    def node(state: State) -> dict[str, Any]:
        return {"log": [endings[0]()]}

    app = store.keep(chain(node))
    for error in (ZeroDivisionError, UnstorableValue):
        with pytest.raises(error):
            await app.ainvoke({} if error is ZeroDivisionError else None, THREAD)
        del endings[0]

    assert asked(await app.ainvoke(None, THREAD)) == ["?"]


def test_a_thread_held_elsewhere_is_free_when_that_saver_is_closed(tmp_path: Path) -> None:
    gate, inside = threading.Event(), threading.Event()

    def node(state: State) -> dict[str, Any]:
        inside.set()
        gate.wait(120)
        return {"log": ["late"]}

    path = tmp_path / "hitl.db"
    with SqliteSaver(path) as first, SqliteSaver(path) as second:
        run = threading.Thread(target=lambda: chain(node).compile(first).invoke({}, THREAD))
        run.start()
        inside.wait(120)
        with pytest.raises(ThreadBusy):
            chain(node).compile(second).invoke({}, THREAD)
        gate.set()
        run.join()

        assert chain(node).compile(second).get_state(THREAD).values["log"] == ["late"]


async def test_nothing_waits_for_the_disk_on_the_loop(file: Store) -> None:
    async def later() -> str:
        return "called"

    async def node(state: State) -> dict[str, Any]:
        return {"log": [await once(later), interrupt("ok?")]}

    inner = chain(node).compile()

    async def around(state: State) -> dict[str, Any]:
        return {"log": (await inner.ainvoke({}))["log"]}

    app = file.keep(chain(one, around, ask))
    config = {"configurable": {"thread_id": "edited"}}
    with blockbuster_ctx():
        for durability in ("sync", "async", "exit"):
            thread: Any = {"configurable": {"thread_id": durability}}
            await app.ainvoke({}, thread, durability=durability)
            await app.ainvoke(Command(resume=1), thread, durability=durability)
            _ = [item async for item in app.astream(Command(resume=2), thread)]
            past = [state async for state in app.aget_state_history(thread)]
            await app.ainvoke(Command(resume=3), past[-1].config)
            await app.aupdate_state(thread, {"text": "x"}, as_node="one")
            await app.aget_state(thread, subgraphs=True)
        with pytest.raises(UnknownStateKey):
            await app.aupdate_state(config, {"txet": "x"}, as_node="one")
