"""No answer goes astray, no question is passed over, and one run at a time has a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import START, Command, Inbox, StateGraph, interrupt, once
from hitl_nb.errors import (
    AlreadyAnswered,
    AmbiguousAnswer,
    AnswerWaiting,
    EmptyInput,
    InterruptOutsideNode,
    InvalidUpdate,
    NodeGone,
    NothingPending,
    QuestionOpen,
    QuestionSwallowed,
    ThreadBusy,
    UnknownQuestion,
    UnknownStateKey,
    UnknownThread,
    UnstorableValue,
)


def ask(state: State) -> dict[str, Any]:
    return {"log": [interrupt("ok?")]}


def ask_twice(state: State) -> dict[str, Any]:
    return {"log": [interrupt("delete?"), interrupt("really?")]}


# Questions that do not surface


@pytest.mark.parametrize("then", ["goes on", "raises", "asks again"])
async def test_a_swallowed_question_stops_the_run(store: Store, then: str) -> None:
    def careless(state: State) -> dict[str, Any]:
        with contextlib.suppress(BaseException):
            interrupt("sure?")
        if then == "raises":
            raise ValueError("something else")
        return {"log": [interrupt("other?")] if then == "asks again" else []}

    app = store.keep(chain(careless))

    if then == "asks again":  # both are open: nothing went on unapproved
        assert asked(await app.ainvoke({}, THREAD)) == ["sure?", "other?"]
        return
    with pytest.raises((QuestionSwallowed, ValueError)):
        await app.ainvoke({}, THREAD)
    assert store.saver().thread("t").status == "failed"


async def test_an_error_handler_does_not_hide_a_swallowed_question(store: Store) -> None:
    def careless(state: State) -> None:
        with contextlib.suppress(BaseException):
            interrupt("sure?")
        raise ValueError("hidden")

    def handler(state: State, error: Any) -> dict[str, Any]:
        return {"log": ["handled"]}

    with pytest.raises(QuestionSwallowed):
        await store.keep(chain(careless, error_handler=handler)).ainvoke({}, THREAD)


async def test_a_question_on_a_thread_that_lost_its_task_stops_the_run(store: Store) -> None:
    heard: list[BaseException] = []

    def node(state: State) -> dict[str, Any]:
        def work() -> None:
            try:
                interrupt("sure?")
            except BaseException as error:
                heard.append(error)

        stray = threading.Thread(target=work)
        stray.start()
        stray.join()
        return {"log": ["went on"]}

    with pytest.raises(QuestionSwallowed, match="on a thread of its own"):
        await store.keep(chain(node)).ainvoke({}, THREAD)

    assert isinstance(heard[0], InterruptOutsideNode)


async def test_a_question_from_a_worker_thread_that_keeps_its_task_is_asked(store: Store) -> None:
    async def node(state: State) -> dict[str, Any]:
        return {"log": [await asyncio.to_thread(interrupt, "sure?")]}

    app = store.keep(chain(node))

    assert asked(await app.ainvoke({}, THREAD)) == ["sure?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


# Code that changes while a thread waits


async def test_a_renamed_node_is_named_and_the_answer_is_kept(store: Store) -> None:
    def graph(name: str) -> StateGraph:
        return StateGraph(State).add_node(name, ask).add_edge(START, name)

    await store.keep(graph("approve")).ainvoke({}, THREAD)

    with pytest.raises(NodeGone, match=r"'approve'.*renamed to 'approve_it'") as caught:
        await store.keep(graph("approve_it")).ainvoke(Command(resume="yes"), THREAD)

    assert caught.value.nearest == "approve_it"
    assert (await store.keep(graph("approve")).ainvoke(None, THREAD))["log"] == ["yes"]


async def test_a_removed_node_can_still_be_looked_at_and_left(store: Store) -> None:
    def graph(*names: str) -> StateGraph:
        built = StateGraph(State)
        for name in names:
            built.add_node(name, ask).add_edge(START, name)
        return built

    await store.keep(graph("approve")).ainvoke({}, THREAD)
    app = store.keep(graph("other"))

    assert app.get_state(THREAD).next == ("approve",)
    with pytest.raises(NodeGone):
        await app.ainvoke(None, THREAD)
    app.update_state(THREAD, {"text": "moved"}, as_node=START)
    assert app.get_state(THREAD).next == ("other",)


async def test_a_pure_run_in_a_node_that_is_gone_is_named() -> None:
    paused = await chain(ask).execute({})

    def approve(state: State) -> None: ...

    with pytest.raises(NodeGone, match="'ask'"):
        await chain(approve).execute(Command(update=paused.final_state, resume="yes"))


# Answers that reach nothing


async def test_every_wrong_answer_says_what_is_open(store: Store) -> None:
    app = store.keep(side_by_side(ask, ask_twice))
    with pytest.raises(UnknownThread, match="no thread 't'"):
        await app.ainvoke(Command(resume="yes"), THREAD)
    with pytest.raises(UnknownThread, match="no thread 't'"):
        await app.ainvoke(Command(resume={"f" * 32: "yes"}), THREAD)
    with pytest.raises(EmptyInput, match="no thread 't'"):
        await app.ainvoke(None, THREAD)
    assert store.saver().threads() == []

    first, second = (await app.ainvoke({}, THREAD))["__interrupt__"]
    with pytest.raises(AmbiguousAnswer, match=r"'ok\?'.*'delete\?'"):
        await app.ainvoke(Command(resume="yes"), THREAD)
    with pytest.raises(UnknownQuestion, match=r"'ok\?'.*'delete\?'"):
        await app.ainvoke(Command(resume={"f" * 32: "yes"}), THREAD)
    with pytest.raises(UnknownQuestion):
        await app.ainvoke(Command(resume={first.id: "yes", "f" * 32: "yes"}), THREAD)
    with pytest.raises(QuestionOpen, match=r"'ok\?'"):
        await app.ainvoke({"text": "new"}, THREAD)
    assert store.saver().decisions() == []

    await app.ainvoke(Command(resume={first.id: 1, second.id: 2}), THREAD)
    await app.ainvoke(Command(resume=3), THREAD)
    with pytest.raises(NothingPending, match=r"is done.*answered by code at"):
        await app.ainvoke(Command(resume=4), THREAD)


@pytest.mark.parametrize("nested", [False, True])
async def test_an_answer_that_waits_is_not_thrown_away_by_new_input(
    store: Store, nested: bool
) -> None:
    graph = chain(ask)
    if nested:
        inner = graph.compile()
        graph = StateGraph(State, name="outer").add_node("inner", inner).add_edge(START, "inner")
    app = store.keep(graph)
    (question,) = (await app.ainvoke({"text": "new"}, THREAD))["__interrupt__"]
    Inbox(store.saver()).answer(question.id, "yes", reviewer="ana")

    with pytest.raises(AnswerWaiting, match=r"by ana at .* invoke\(None, config\)") as caught:
        await app.ainvoke({"text": "new"}, THREAD)

    (row,) = store.saver().decisions()
    assert caught.value.question_id == question.id
    assert (caught.value.reviewer, caught.value.answered_at) == ("ana", row.answered_at)
    assert (await app.ainvoke(None, THREAD))["log"] == ["yes"]
    assert asked(await app.ainvoke({"text": "new"}, THREAD)) == ["ok?"]


async def test_a_thread_that_failed_with_its_answer_takes_new_input(store: Store) -> None:
    def fail(state: State) -> None:
        raise ValueError(interrupt("ok?"))

    app = store.keep(chain(fail))
    await app.ainvoke({}, THREAD)
    with pytest.raises(ValueError, match="yes"):
        await app.ainvoke(Command(resume="yes"), THREAD)

    assert asked(await app.ainvoke({}, THREAD)) == ["ok?"]


async def test_an_answer_given_twice_never_reaches_the_next_question(store: Store) -> None:
    app = store.keep(chain(ask_twice))
    (first,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    click = Command(resume={first.id: "yes"})

    assert asked(await app.ainvoke(click, THREAD)) == ["really?"]
    for _ in range(3):
        with pytest.raises(AlreadyAnswered) as caught:
            await app.ainvoke(click, THREAD)

    (row,) = store.saver().decisions()
    assert (caught.value.reviewer, caught.value.answered_at) == (row.reviewer, row.answered_at)
    assert (await app.ainvoke(Command(resume="no"), THREAD))["log"] == ["yes", "no"]


async def test_half_of_an_answer_is_no_answer(store: Store) -> None:
    app = store.keep(side_by_side(ask, ask_twice))
    first, second = (await app.ainvoke({}, THREAD))["__interrupt__"]
    await app.ainvoke(Command(resume={first.id: "one"}), THREAD)

    with pytest.raises(AlreadyAnswered):
        await app.ainvoke(Command(resume={first.id: "again", second.id: "two"}), THREAD)

    assert [row.answer for row in store.saver().decisions()] == ["one"]


@pytest.mark.parametrize("update", [{"txet": "x"}, {"text": object()}, "text"])
async def test_an_answer_with_a_wrong_update_is_no_answer(store: Store, update: Any) -> None:
    app = store.keep(chain(ask))
    await app.ainvoke({}, THREAD)

    with pytest.raises((UnknownStateKey, UnstorableValue, InvalidUpdate)):
        await app.ainvoke(Command(resume="yes", update=update), THREAD)

    assert store.saver().decisions() == []
    ended = await app.ainvoke(Command(resume="yes", update={"text": "x"}), THREAD)
    assert ended == {"text": "x", "log": ["yes"]}


# Two at once


async def test_of_two_answers_at_once_one_wins(store: Store) -> None:
    effects: list[str] = []

    async def decide(state: State) -> None:
        once(effects.append, interrupt("approve?"))

    app = store.keep(chain(decide))
    (question,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    answers = [Command(resume={question.id: value}) for value in ("approve", "reject", "later")]

    results = await asyncio.gather(
        *(app.ainvoke(answer, THREAD) for answer in answers), return_exceptions=True
    )

    lost = [result for result in results if isinstance(result, AlreadyAnswered)]
    (row,) = store.saver().decisions()
    assert len(lost) == 2
    assert {(error.reviewer, error.answered_at) for error in lost} == {("code", row.answered_at)}
    assert effects == [row.answer]


@pytest.mark.parametrize("by_id", [False, True])
def test_of_two_threads_that_answer_one_wins(store: Store, by_id: bool) -> None:
    effects: list[str] = []

    def decide(state: State) -> None:
        once(effects.append, interrupt("approve?"))

    apps = [store.keep(chain(decide)) for _ in range(4)]
    ready = threading.Barrier(len(apps))
    for number in range(5):
        config = {"configurable": {"thread_id": f"t{number}"}}
        (question,) = apps[0].invoke({}, config)["__interrupt__"]

        def answer(place: int, config: Any = config, name: str = question.id) -> Any:
            resume = {name: place} if by_id else place
            ready.wait()
            try:
                return apps[place].invoke(Command(resume=resume), config)
            except (AlreadyAnswered, NothingPending) as error:
                return error

        with ThreadPoolExecutor(len(apps)) as pool:
            results = list(pool.map(answer, range(len(apps))))

        (row,) = store.saver().decisions(f"t{number}")
        for result in results:
            if isinstance(result, NothingPending):
                assert result.last == (row.reviewer, row.answered_at)
            elif isinstance(result, AlreadyAnswered):
                assert (result.reviewer, result.answered_at) == (row.reviewer, row.answered_at)
        assert sum(isinstance(result, Exception) for result in results) == 3
        assert effects[number:] == [row.answer]


async def test_a_bare_answer_that_comes_while_the_winner_still_runs_hears_of_it(
    store: Store,
) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def decide(state: State) -> dict[str, Any]:
        answer = interrupt("approve?")
        inside.set()
        await gate.wait()
        return {"log": [answer]}

    app = store.keep(chain(decide))
    await app.ainvoke({}, THREAD)
    winner = asyncio.create_task(app.ainvoke(Command(resume="approve"), THREAD))
    await inside.wait()

    with pytest.raises(AlreadyAnswered, match="by code at"):
        await app.ainvoke(Command(resume="reject"), THREAD)

    gate.set()
    assert (await winner)["log"] == ["approve"]


async def test_two_runs_of_one_thread_cannot_be_at_once(store: Store) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def node(state: State) -> dict[str, Any]:
        inside.set()
        await gate.wait()
        return {"log": ["done"]}

    app = store.keep(chain(node))
    first = asyncio.create_task(app.ainvoke({}, THREAD))
    await inside.wait()

    for again in ({}, None):
        with pytest.raises(ThreadBusy, match="'t' is being run by"):
            await app.ainvoke(again, THREAD)

    gate.set()
    assert (await first)["log"] == ["done"]


async def test_an_answer_to_another_branch_of_a_running_thread_is_kept_and_used(
    store: Store,
) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        answer = interrupt("slow?")
        inside.set()
        await gate.wait()
        return {"log": [answer]}

    def quick(state: State) -> dict[str, Any]:
        return {"log": [interrupt("quick?")]}

    app = store.keep(side_by_side(slow, quick))
    questions = (await app.ainvoke({}, THREAD))["__interrupt__"]
    ids = {item.value: item.id for item in questions}
    run = asyncio.create_task(app.ainvoke(Command(resume={ids["slow?"]: "S"}), THREAD))
    await inside.wait()

    with pytest.raises(ThreadBusy) as caught:
        await app.ainvoke(Command(resume={ids["quick?"]: "Q"}), THREAD)
    assert caught.value.__notes__ == ["The answer was recorded before that, and will be used."]
    gate.set()

    assert (await run)["log"] == ["Q", "S"]
    assert store.saver().thread("t").status == "done"


@pytest.mark.parametrize("nested", [False, True])
def test_answers_to_all_branches_at_once_leave_nothing_undone(store: Store, nested: bool) -> None:
    def asker(name: str) -> Any:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt(name)]}

        node.__name__ = name
        return chain(node) if nested else node

    names = ["a", "b", "c", "d"]
    graph = StateGraph(State)
    for name in names:
        graph.add_node(name, asker(name)).add_edge(START, name)
    apps = [store.keep(graph) for _ in names]
    ready = threading.Barrier(len(apps))
    for number in range(5):
        config = {"configurable": {"thread_id": f"t{number}"}}
        questions = apps[0].invoke({}, config)["__interrupt__"]

        def answer(place: int, config: Any = config, questions: Any = questions) -> None:
            ready.wait()
            with contextlib.suppress(ThreadBusy):  # then whoever runs it goes on with this too
                apps[place].invoke(Command(resume={questions[place].id: place}), config)

        with ThreadPoolExecutor(len(apps)) as pool:
            list(pool.map(answer, range(len(apps))))

        assert store.saver().thread(f"t{number}").status == "done"
        assert apps[0].get_state(config).values["log"] == [0, 1, 2, 3]


def test_an_answer_that_comes_while_a_run_lets_go_is_gone_on_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def asker(name: str) -> Any:
        def node(state: State) -> dict[str, Any]:
            answer = interrupt(name)
            ran.append(name)
            return {"log": [answer]}

        node.__name__ = name
        return node

    graph = side_by_side(asker("a"), asker("b"))
    app, other = store.keep(graph), store.keep(graph)
    first, second = app.invoke({}, THREAD)["__interrupt__"]
    saver = app.checkpointer
    write = saver.write

    def answered_meanwhile(thread: str, fence: int, batch: Any) -> None:
        if batch.release:
            monkeypatch.undo()
            with pytest.raises(ThreadBusy):
                other.invoke(Command(resume={first.id: 1}), THREAD)
        write(thread, fence, batch)

    monkeypatch.setattr(saver, "write", answered_meanwhile)
    app.invoke(None, THREAD)

    assert ran == ["a"]
    app.invoke(Command(resume={second.id: 2}), THREAD)
    assert ran == ["a", "b"]


# Runs that are left


async def test_a_stream_left_half_way_is_continued_with_none(store: Store) -> None:
    ran: list[str] = []

    def one(state: State) -> dict[str, Any]:
        ran.append("one")
        return {"log": ["one"]}

    def two(state: State) -> dict[str, Any]:
        ran.append("two")
        return {"log": ["two"]}

    app = store.keep(chain(one, two))
    stream = app.astream({}, THREAD)
    assert await anext(stream) == {"one": {"log": ["one"]}}
    await stream.aclose()

    assert (await app.ainvoke(None, THREAD))["log"] == ["one", "two"]
    assert ran == ["one", "two"]


def test_a_synchronous_stream_left_half_way_is_continued_with_none(store: Store) -> None:
    def one(state: State) -> dict[str, Any]:
        return {"log": ["one"]}

    app = store.keep(chain(one, ask))
    for item in app.stream({}, THREAD):
        assert item == {"one": {"log": ["one"]}}
        break

    assert asked(app.invoke(None, THREAD)) == ["ok?"]
    assert app.invoke(Command(resume="yes"), THREAD)["log"] == ["one", "yes"]


@pytest.mark.parametrize("is_sync", [False, True])
async def test_a_question_seen_in_a_stream_can_be_answered_at_once(
    store: Store, is_sync: bool
) -> None:
    app = store.keep(chain(ask))
    if is_sync:
        item = next(iter(app.stream({}, THREAD)))
    else:
        stream = app.astream({}, THREAD)
        item = await anext(stream)
        await stream.aclose()
    (question,) = item["__interrupt__"]

    ended = await app.ainvoke(Command(resume={question.id: "yes"}), THREAD)

    assert ended["log"] == ["yes"]


async def test_a_cancelled_run_is_continued_with_none(store: Store) -> None:
    inside = asyncio.Event()
    patient = True

    async def node(state: State) -> dict[str, Any]:
        inside.set()
        if patient:
            await asyncio.Event().wait()
        return {"log": ["done"]}

    app = store.keep(chain(node))
    run = asyncio.create_task(app.ainvoke({"text": "x"}, THREAD))
    await inside.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    patient = False

    assert await app.ainvoke(None, THREAD) == {"text": "x", "log": ["done"]}


async def test_a_run_cancelled_at_any_moment_lets_go_of_its_thread(store: Store) -> None:
    app = store.keep(chain(ask))
    for ticks in range(25):
        config = {"configurable": {"thread_id": f"t{ticks}"}}
        run = asyncio.create_task(app.ainvoke({"text": "x"}, config))
        for _ in range(ticks):
            await asyncio.sleep(0)
        run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run

        known = store.saver().thread(f"t{ticks}") is not None
        again = await app.ainvoke(None if known else {"text": "x"}, config)
        assert asked(again) == ["ok?"]
        ended = await app.ainvoke(Command(resume="yes"), config)
        assert ended == {"text": "x", "log": ["yes"]}


async def test_an_edit_cancelled_at_any_moment_lets_go_of_its_thread(store: Store) -> None:
    app = store.keep(chain(ask))
    await app.ainvoke({"text": "x"}, THREAD)
    for ticks in range(12):
        edit = asyncio.create_task(app.aupdate_state(THREAD, {"text": str(ticks)}, as_node=START))
        for _ in range(ticks):
            await asyncio.sleep(0)
        edit.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await edit

        await app.aupdate_state(THREAD, {"text": "after"}, as_node=START)

    assert asked(await app.ainvoke(None, THREAD)) == ["ok?"]


async def test_a_sibling_that_finished_before_the_run_was_cancelled_is_kept(store: Store) -> None:
    inside = asyncio.Event()
    ran: list[str] = []

    async def quick(state: State) -> dict[str, Any]:
        ran.append("quick")
        return {"log": ["quick"]}

    async def slow(state: State) -> dict[str, Any]:
        ran.append("slow")
        if len(ran) == 2:
            inside.set()
            await asyncio.Event().wait()
        return {"log": ["slow"]}

    app = store.keep(side_by_side(quick, slow))
    run = asyncio.create_task(app.ainvoke({}, THREAD))
    await inside.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert (await app.ainvoke(None, THREAD))["log"] == ["quick", "slow"]
    assert ran == ["quick", "slow", "slow"]


async def test_a_route_at_the_start_that_fails_is_asked_again(store: Store) -> None:
    down = [True]

    def route(state: State) -> str:
        if down:
            down.clear()
            raise OSError("the network is down")
        return "ask"

    graph = StateGraph(State).add_node(ask).set_conditional_entry_point(route, ["ask"])
    app = store.keep(graph)
    with pytest.raises(OSError, match="network"):
        await app.ainvoke({"text": "x"}, THREAD)

    assert asked(await app.ainvoke(None, THREAD)) == ["ok?"]
    assert (await app.ainvoke(Command(resume="yes"), THREAD)) == {"text": "x", "log": ["yes"]}
