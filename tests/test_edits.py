"""State that is changed from outside, threads that fork, and their history."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import END, START, Command, StateGraph, StateUpdate, interrupt
from hitl_nb.errors import (
    InvalidUpdate,
    StaleQuestion,
    ThreadBusy,
    UnknownCheckpoint,
    UnknownStateKey,
    UnknownTarget,
)


def draft(state: State) -> dict[str, Any]:
    return {"text": "Dear Ana", "log": ["draft"]}


def approve(state: State) -> dict[str, Any]:
    return {"log": [(state["text"], interrupt({"send": state["text"]}))]}


def send(state: State) -> dict[str, Any]:
    return {"log": ["sent"]}


def graph() -> StateGraph:
    return chain(draft, approve, send)


async def test_editing_under_an_open_question_makes_it_stale(store: Store) -> None:
    app = store.keep(graph())
    (old,) = (await app.ainvoke({}, THREAD))["__interrupt__"]

    app.update_state(THREAD, {"text": "Hello Ana"})

    with pytest.raises(StaleQuestion, match="state was changed"):
        await app.ainvoke(Command(resume={old.id: "yes"}), THREAD)
    with pytest.raises(StaleQuestion, match="state was changed"):
        await app.ainvoke(Command(resume="yes"), THREAD)
    (new,) = (await app.ainvoke(None, THREAD))["__interrupt__"]
    assert new.id != old.id
    assert new.value == {"send": "Hello Ana"}
    with pytest.raises(StaleQuestion):
        await app.ainvoke(Command(resume={old.id: "yes"}), THREAD)

    ended = await app.ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["draft", ("Hello Ana", "yes"), "sent"]
    assert [row.question for row in store.saver().decisions()] == [new.id]


async def test_an_edit_goes_through_reducers_and_plans_what_follows(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)

    config = app.update_state(THREAD, {"log": ["by hand"]}, as_node="approve")

    state = app.get_state(config)
    assert state.next == ("send",)
    assert state.values["log"] == ["draft", "by hand"]
    assert (state.metadata or {})["source"] == "update"
    assert (await app.ainvoke(None, THREAD))["log"] == ["draft", "by hand", "sent"]


async def test_an_edit_may_begin_a_thread(store: Store) -> None:
    app = store.keep(graph())

    await app.aupdate_state(THREAD, {"text": "mine"}, as_node="draft")

    assert asked(await app.ainvoke(None, THREAD)) == [{"send": "mine"}]


async def test_an_edit_may_end_a_thread(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)

    app.update_state(THREAD, {"log": ["enough"]}, as_node="send")

    assert app.get_state(THREAD).next == ()
    assert store.saver().thread("t").status == "done"
    assert store.saver().questions() == []


async def test_several_edits_are_several_supersteps(store: Store) -> None:
    app = store.keep(graph())

    app.bulk_update_state(
        THREAD,
        [[StateUpdate({"text": "one"}, "draft")], [StateUpdate({"log": ["two"]}, "approve")]],
    )

    assert app.get_state(THREAD).values == {"text": "one", "log": ["two"]}
    assert [state.next for state in app.get_state_history(THREAD)] == [("send",), ("approve",)]


async def test_who_edits_must_be_clear(store: Store) -> None:
    def a(state: State) -> dict[str, Any]:
        return {"log": ["a"]}

    def b(state: State) -> dict[str, Any]:
        return {"log": ["b"]}

    app = store.keep(side_by_side(a, b))
    await app.ainvoke({}, THREAD)

    with pytest.raises(InvalidUpdate, match="'a' and 'b' wrote last"):
        app.update_state(THREAD, {"log": ["x"]})
    with pytest.raises(UnknownTarget, match="'c'"):
        app.update_state(THREAD, {"log": ["x"]}, as_node="c")
    with pytest.raises(UnknownStateKey, match="'lgo'"):
        app.update_state(THREAD, {"lgo": ["x"]}, as_node="a")
    with pytest.raises(InvalidUpdate, match="nothing to update"):
        app.bulk_update_state(THREAD, [])
    assert app.get_state(THREAD).values["log"] == ["a", "b"]
    app.update_state(THREAD, {"log": ["x"]}, as_node="a")
    assert app.get_state(THREAD).values["log"] == ["a", "b", "x"]


async def test_an_edit_that_fails_changes_nothing_and_leaves_the_question_open(
    store: Store,
) -> None:
    app = store.keep(graph())
    (question,) = (await app.ainvoke({}, THREAD))["__interrupt__"]

    with pytest.raises(UnknownStateKey):
        app.update_state(THREAD, {"txet": "x"})
    with pytest.raises(TypeError, match=r"state\['text'\]"):
        app.update_state(THREAD, {"text": object()})

    ended = await app.ainvoke(Command(resume={question.id: "yes"}), THREAD)
    assert ended["log"][-1] == "sent"


async def test_an_edit_that_fails_begins_no_thread(store: Store) -> None:
    app = store.keep(graph())

    with pytest.raises(UnknownStateKey):
        app.update_state(THREAD, {"txet": "x"}, as_node="draft")

    assert store.saver().threads() == []


async def test_a_thread_that_runs_cannot_be_edited(store: Store) -> None:
    app = store.keep(graph())
    stream = app.astream({}, THREAD)
    await anext(stream)

    with pytest.raises(ThreadBusy):
        await app.aupdate_state(THREAD, {"text": "mine"})

    await stream.aclose()
    await app.aupdate_state(THREAD, {"text": "mine"})


async def test_a_route_that_asks_cannot_be_part_of_an_edit(store: Store) -> None:
    def route(state: State) -> str:
        return str(interrupt("where to?"))

    app = store.keep(chain(draft).add_conditional_edges("draft", route, [END]))

    with pytest.raises(InvalidUpdate, match="asks a person"):
        app.update_state(THREAD, {"text": "x"}, as_node="draft")


async def test_history_is_newest_first_and_each_state_leads_to_its_parent(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="yes"), THREAD)

    history = list(app.get_state_history(THREAD))

    assert [state.next for state in history] == [(), ("send",), ("approve",), ("draft",), (START,)]
    assert [(state.metadata or {})["step"] for state in history] == [3, 2, 1, 0, -1]
    for state, parent in pairwise(history):
        assert state.parent_config == parent.config
        assert app.get_state(parent.config).values == parent.values
    assert [item.value for item in history[2].interrupts] == [{"send": "Dear Ana"}]


async def test_history_can_be_filtered_and_cut(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)
    app.update_state(THREAD, {"text": "mine"})
    whole = list(app.get_state_history(THREAD))

    assert list(app.get_state_history(THREAD, limit=2)) == whole[:2]
    assert list(app.get_state_history(THREAD, before=whole[1].config)) == whole[2:]
    assert list(app.get_state_history(THREAD, filter={"source": "update"})) == whole[:1]
    assert [state async for state in app.aget_state_history(THREAD)] == whole


async def test_a_fork_with_another_answer_has_another_outcome(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)
    first = await app.ainvoke(Command(resume="yes"), THREAD)
    waiting = next(s for s in app.get_state_history(THREAD) if s.next == ("approve",))

    second = await app.ainvoke(Command(resume="no"), waiting.config)

    assert first["log"] == ["draft", ("Dear Ana", "yes"), "sent"]
    assert second["log"] == ["draft", ("Dear Ana", "no"), "sent"]
    assert [row.answer for row in store.saver().decisions()] == ["yes", "no"]
    values = [state.values["log"] for state in app.get_state_history(THREAD)]
    assert first["log"] in values
    assert values[0] == second["log"]


async def test_a_fork_takes_the_id_of_the_question_it_repeats(store: Store) -> None:
    app = store.keep(graph())
    (question,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    await app.ainvoke(Command(resume="yes"), THREAD)
    waiting = next(s for s in app.get_state_history(THREAD) if s.next == ("approve",))

    second = await app.ainvoke(Command(resume={question.id: "no"}), waiting.config)

    assert second["log"][1] == ("Dear Ana", "no")


async def test_a_replay_asks_again(store: Store) -> None:
    app = store.keep(graph())
    (question,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    await app.ainvoke(Command(resume="yes"), THREAD)
    start = list(app.get_state_history(THREAD))[-1]

    (again,) = (await app.ainvoke(None, start.config))["__interrupt__"]

    assert again.value == question.value
    assert again.id != question.id
    assert (await app.ainvoke(Command(resume="no"), THREAD))["log"][1] == ("Dear Ana", "no")


async def test_a_fork_of_an_edited_past_runs_from_there(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="yes"), THREAD)
    past = next(s for s in app.get_state_history(THREAD) if s.next == ("approve",))

    config = app.update_state(past.config, {"text": "Hello"}, as_node="draft")

    assert asked(await app.ainvoke(None, config)) == [{"send": "Hello"}]
    assert (await app.ainvoke(Command(resume="ok"), THREAD))["log"][1] == ("Hello", "ok")


async def test_a_question_left_behind_by_a_fork_is_stale(store: Store) -> None:
    app = store.keep(graph())
    (left,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    start = list(app.get_state_history(THREAD))[-1]
    (here,) = (await app.ainvoke(None, start.config))["__interrupt__"]

    with pytest.raises(StaleQuestion):
        await app.ainvoke(Command(resume={left.id: "yes"}), THREAD)

    assert [row.id for _, row, _ in store.saver().questions()] == [here.id]


async def test_a_checkpoint_that_does_not_exist_is_named(store: Store) -> None:
    app = store.keep(graph())
    await app.ainvoke({}, THREAD)
    nowhere = {"configurable": {"thread_id": "t", "checkpoint_id": "nowhere"}}

    with pytest.raises(UnknownCheckpoint, match="'nowhere'"):
        app.get_state(nowhere)
    with pytest.raises(UnknownCheckpoint, match="'nowhere'"):
        await app.ainvoke(None, nowhere)
    with pytest.raises(UnknownCheckpoint, match="'nowhere'"):
        app.update_state(nowhere, {"text": "x"}, as_node="draft")

    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"][-1] == "sent"


async def test_an_edit_under_an_inner_question_makes_it_stale(store: Store) -> None:
    inner = chain(approve)
    app = store.keep(chain(draft).add_node("inner", inner).add_edge("draft", "inner"))
    (old,) = (await app.ainvoke({}, THREAD))["__interrupt__"]

    app.update_state(THREAD, {"text": "Hello"}, as_node="draft")

    with pytest.raises(StaleQuestion):
        await app.ainvoke(Command(resume={old.id: "yes"}), THREAD)
    assert asked(await app.ainvoke(None, THREAD)) == [{"send": "Hello"}]
