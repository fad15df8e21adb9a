"""What was shown is what is answered: questions that change, move, appear and disappear."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain

from hitl_nb import Command, Send, StateGraph, interrupt, once
from hitl_nb.errors import AlreadyAnswered, AnswerNotUsed, NodeEdited, QuestionDrifts


def asker(questions: list[Any]) -> StateGraph:
    """A node that asks whatever is on the list now."""

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt(item) for item in questions]}

    return chain(node)


async def test_a_question_whose_content_changed_is_asked_again(store: Store) -> None:
    shown: list[Any] = [{"amount": 10}]
    app = store.keep(asker(shown))
    (first,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    shown[0] = {"amount": 9_999}

    (second,) = (await app.ainvoke(Command(resume="approve"), THREAD))["__interrupt__"]

    assert second.value == {"amount": 9_999}
    assert (second.previous, second.attempts) == (first.id, 2)
    assert (await app.ainvoke(Command(resume="reject"), THREAD))["log"] == ["reject"]
    assert [(row.payload, row.answer) for row in store.saver().decisions()] == [
        ({"amount": 10}, "approve"),
        ({"amount": 9_999}, "reject"),
    ]


async def test_the_same_content_in_another_process_is_the_same_question(store: Store) -> None:
    (first,) = (await store.keep(asker([{"b": 1, "a": 2}])).ainvoke({}, THREAD))["__interrupt__"]

    ended = await store.keep(asker([{"a": 2, "b": 1}])).ainvoke(
        Command(resume={first.id: "yes"}), THREAD
    )

    assert ended["log"] == ["yes"]


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, "1"), (1, 1.0), ("a", ["a"]), (None, "null")]
)
async def test_what_only_looks_equal_is_another_question(
    store: Store, before: Any, after: Any
) -> None:
    shown = [before]
    app = store.keep(asker(shown))
    await app.ainvoke({}, THREAD)
    shown[0] = after

    assert asked(await app.ainvoke(Command(resume="yes"), THREAD)) == [after]


async def test_a_question_that_changes_every_time_stops_the_run(store: Store) -> None:
    numbers = iter(range(100))

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt({"draft": f"number {next(numbers)}"})]}

    app = store.keep(chain(node))
    await app.ainvoke({}, THREAD)
    again = await app.ainvoke(Command(resume="yes"), THREAD)
    assert again["__interrupt__"][0].attempts == 2

    with pytest.raises(QuestionDrifts, match="once") as caught:
        await app.ainvoke(Command(resume="yes"), THREAD)

    assert '-  "draft": "number 1"' in str(caught.value)
    assert '+  "draft": "number 2"' in str(caught.value)
    assert store.saver().thread("t").status == "failed"


async def test_what_once_remembers_does_not_drift(store: Store) -> None:
    numbers = iter(range(100))

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt(once(lambda: next(numbers)))]}

    await store.keep(chain(node)).ainvoke({}, THREAD)

    assert (await store.keep(chain(node)).ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


async def test_a_question_that_changed_back_takes_its_old_answer(store: Store) -> None:
    shown = ["a"]
    app = store.keep(asker(shown))
    await app.ainvoke({}, THREAD)
    shown[0] = "b"
    await app.ainvoke(Command(resume="for a"), THREAD)
    shown[0] = "a"

    with pytest.warns(AnswerNotUsed, match="'for b'"):
        ended = await app.ainvoke(Command(resume="for b"), THREAD)

    assert ended["log"] == ["for a"]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_an_inserted_question_takes_no_other_s_answer(store: Store, place: int) -> None:
    questions = ["first?", "second?"]
    app = store.keep(asker(questions))
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="1"), THREAD)
    questions.insert(place, "new?")
    expected = {"first?": "1", "second?": "2", "new?": "N"}

    result = await app.ainvoke(Command(resume="2"), THREAD)
    assert asked(result) == ["new?"]
    ended = await app.ainvoke(Command(resume="N"), THREAD)

    assert ended["log"] == [expected[item] for item in questions]


async def test_reordered_questions_keep_their_answers(store: Store) -> None:
    questions = ["a?", "b?", "c?"]
    app = store.keep(asker(questions))
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="A"), THREAD)
    questions.reverse()

    assert asked(await app.ainvoke(Command(resume="B"), THREAD)) == ["c?"]
    assert (await app.ainvoke(Command(resume="C"), THREAD))["log"] == ["C", "B", "A"]


async def test_the_answer_to_a_removed_question_has_no_effect_and_says_so(store: Store) -> None:
    questions = ["removed?", "kept?"]
    app = store.keep(asker(questions))
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="lost"), THREAD)
    del questions[0]

    with pytest.warns(AnswerNotUsed, match=r"'removed\?'.*'lost'"):
        ended = await app.ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["yes"]


async def test_a_changed_question_that_was_asked_again_is_no_unused_answer(store: Store) -> None:
    shown = ["a"]
    app = store.keep(asker(shown))
    await app.ainvoke({}, THREAD)
    shown[0] = "b"
    await app.ainvoke(Command(resume=1), THREAD)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (await app.ainvoke(Command(resume=2), THREAD))["log"] == [2]


async def test_equal_questions_are_answered_in_their_order(store: Store) -> None:
    ids = set()
    result = await store.keep(asker(["again?"] * 3)).ainvoke({}, THREAD)
    for number in range(3):
        (question,) = result["__interrupt__"]
        assert (question.previous, question.attempts) == (None, 1)
        ids.add(question.id)
        app = store.keep(asker(["again?"] * 3))
        result = await app.ainvoke(Command(resume=number), THREAD)

    assert len(ids) == 3
    assert result["log"] == [0, 1, 2]


async def test_keys_tell_equal_questions_apart_whatever_their_order(store: Store) -> None:
    keys = ["left", "right"]

    def node(state: State) -> dict[str, Any]:
        return {"log": [{key: interrupt("which?", key=key)} for key in keys]}

    app = store.keep(chain(node))
    first = await app.ainvoke({}, THREAD)
    assert first["__interrupt__"][0].key == "left"
    await app.ainvoke(Command(resume="L"), THREAD)
    keys.reverse()

    ended = await app.ainvoke(Command(resume="R"), THREAD)

    assert ended["log"] == [{"right": "R"}, {"left": "L"}]


async def test_a_keyed_question_that_changed_replaces_the_one_of_its_key(store: Store) -> None:
    shown = {"a": 1, "b": 1}

    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt([key, shown[key]], key=key) for key in shown]}

    app = store.keep(chain(node))
    (a,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    (b,) = (await app.ainvoke(Command(resume="A"), THREAD))["__interrupt__"]
    shown["b"] = 2

    (again,) = (await app.ainvoke(Command(resume="B"), THREAD))["__interrupt__"]

    assert (again.key, again.previous, again.attempts) == ("b", b.id, 2)
    assert a.id != b.id


async def test_an_answer_to_a_replaced_question_is_refused(store: Store) -> None:
    shown = ["a"]
    app = store.keep(asker(shown))
    (first,) = (await app.ainvoke({}, THREAD))["__interrupt__"]
    shown[0] = "b"
    await app.ainvoke(Command(resume="yes"), THREAD)

    with pytest.raises(AlreadyAnswered, match="by code"):
        await app.ainvoke(Command(resume={first.id: "yes"}), THREAD)

    assert asked(await app.ainvoke(None, THREAD)) == ["b"]


async def test_questions_of_sent_tasks_do_not_mix(store: Store) -> None:
    items = ["x", "y"]

    def spread(state: State) -> list[Send]:
        return [Send("check", item) for item in ("x", "y")]

    def check(item: str) -> dict[str, Any]:
        return {"log": [(item, interrupt(items[("x", "y").index(item)]))]}

    graph = StateGraph(State).add_node("check", check)
    app = store.keep(graph.set_conditional_entry_point(spread, ["check"]))
    x, y = (await app.ainvoke({}, THREAD))["__interrupt__"]
    items[0] = "changed"

    result = await app.ainvoke(Command(resume={x.id: 1, y.id: 2}), THREAD)

    (again,) = result["__interrupt__"]
    assert (again.value, again.previous) == ("changed", x.id)
    assert (await app.ainvoke(Command(resume=3), THREAD))["log"] == [("x", 3), ("y", 2)]


async def test_an_edited_node_is_reported_and_its_answer_kept(store: Store) -> None:
    def first() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt("ok?")]}

        return chain(node)

    def second() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt("ok?"), "edited"]}

        return chain(node)

    await store.keep(first()).ainvoke({}, THREAD)

    with pytest.warns(NodeEdited, match="'node' changed while the thread 't' waited"):
        ended = await store.keep(second()).ainvoke(Command(resume="yes"), THREAD)

    assert ended["log"] == ["yes", "edited"]


async def test_what_a_mended_node_asks_was_asked_by_its_new_code(store: Store) -> None:
    def broken() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            raise ValueError("a typo")

        return chain(node)

    def mended() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt("ok?"), interrupt("sure?")]}

        return chain(node)

    with pytest.raises(ValueError, match="typo"):
        await store.keep(broken()).ainvoke({}, THREAD)
    app = store.keep(mended())
    await app.ainvoke(None, THREAD)

    await app.ainvoke(Command(resume="yes"), THREAD)
    ended = await app.ainvoke(Command(resume="quite"), THREAD)

    assert ended["log"] == ["yes", "quite"]


async def test_a_node_edited_while_its_second_question_is_open_is_reported(store: Store) -> None:
    def first() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt("ok?"), interrupt("sure?")]}

        return chain(node)

    def second() -> StateGraph:
        def node(state: State) -> dict[str, Any]:
            return {"log": [interrupt("ok?"), interrupt("sure?"), "edited"]}

        return chain(node)

    app = store.keep(first())
    await app.ainvoke({}, THREAD)
    await app.ainvoke(Command(resume="yes"), THREAD)

    with pytest.warns(NodeEdited, match="'node'"):
        ended = await store.keep(second()).ainvoke(Command(resume="quite"), THREAD)

    assert ended["log"] == ["yes", "quite", "edited"]
