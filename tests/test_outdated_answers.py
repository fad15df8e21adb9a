"""An answer holds for the state it was given to, and for an edit that came in one call with it."""

from __future__ import annotations

import asyncio
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from inboxes import Opened
from stores import THREAD, Store, asked, chain, side_by_side

from hitl_nb import (
    START,
    Approval,
    Command,
    CompiledGraph,
    Inbox,
    InMemorySaver,
    export_thread,
    import_thread,
    interrupt,
    once,
)
from hitl_nb.errors import AnswerWaiting, QuestionDrifts, StaleQuestion
from hitl_nb.forms import describe
from hitl_nb.marked_text import plain
from hitl_nb.types import UNSET


class Bill(TypedDict, total=False):
    eur: int
    note: str
    log: Annotated[list[Any], add]


def hidden(state: Bill) -> dict[str, Any]:
    return {"log": [("hidden", state["eur"], interrupt("Pay the bill?"))]}


def shown(state: Bill) -> dict[str, Any]:
    return {"log": [("shown", state["eur"], interrupt(f"Pay {state['eur']} EUR?"))]}


def request(state: Bill) -> dict[str, Any]:
    return {"log": [("request", state["eur"], interrupt(Approval("Pay?", state["eur"])).action)]}


def waits(store: Store, *nodes: Any) -> CompiledGraph:
    app = store.keep(chain(*nodes, schema=Bill))
    app.invoke({"eur": 1}, THREAD)
    return app


def answer_by_inbox(store: Store, answer: Any = "approve") -> None:
    inbox = Inbox(store.saver())
    inbox.answer(inbox.selected or "", answer)


@pytest.mark.parametrize("node", [hidden, shown, request])
def test_an_edit_after_an_answer_asks_anew_and_shows_what_was_edited(
    store: Store, node: Any
) -> None:
    app = waits(store, node)
    (first,) = app.get_state(THREAD).interrupts
    answer_by_inbox(store)

    (second,) = app.invoke(Command(update={"eur": 9_000, "note": "x"}), THREAD)["__interrupt__"]

    assert (second.previous, second.attempts) == (first.id, 2)
    assert second.edits == {"eur": (1, 9_000), "note": (UNSET, "x")}
    (again,) = store.keep(chain(node, schema=Bill)).get_state(THREAD).interrupts
    assert again == second
    assert again.edits == second.edits
    ended = store.keep(chain(node, schema=Bill)).invoke(Command(resume="approve"), THREAD)
    assert ended["log"] == [(node.__name__, 9_000, "approve")]
    assert [row.question for row in store.saver().decisions()] == [first.id, second.id]


@pytest.mark.parametrize("node", [hidden, shown, request])
def test_an_edit_that_comes_with_an_answer_is_what_was_answered(store: Store, node: Any) -> None:
    app = waits(store, node)

    ended = app.invoke(Command(resume="approve", update={"eur": 2}), THREAD)

    assert ended["log"] == [(node.__name__, 2, "approve")]
    (row,) = store.saver().decisions()
    assert row.displayed == {"edited": ["eur"]}


@pytest.mark.parametrize("node", [hidden, shown, request])
def test_an_edit_that_changes_nothing_leaves_the_answer(store: Store, node: Any) -> None:
    app = waits(store, node)
    answer_by_inbox(store)

    ended = app.invoke(Command(update={"eur": 1, "log": []}), THREAD)

    assert ended["log"] == [(node.__name__, 1, "approve")]


def test_true_is_not_one(store: Store) -> None:
    app = waits(store, hidden)
    answer_by_inbox(store)

    assert asked(app.invoke(Command(update={"eur": True}), THREAD)) == ["Pay the bill?"]


@pytest.mark.parametrize("node", [hidden, shown, request])
def test_whoever_edits_again_and_again_is_asked_each_time(store: Store, node: Any) -> None:
    app = waits(store, node)
    for eur in range(2, 7):
        answer_by_inbox(store)
        (question,) = app.invoke(Command(update={"eur": eur}), THREAD)["__interrupt__"]
        assert question.edits == {"eur": (eur - 1, eur)}

    ended = app.invoke(Command(resume="approve"), THREAD)

    assert ended["log"] == [(node.__name__, 6, "approve")]
    assert len(store.saver().decisions()) == 6


def test_a_question_that_changes_by_itself_after_an_edit_still_stops_the_run(store: Store) -> None:
    numbers = iter(range(100))

    def drifts(state: Bill) -> dict[str, Any]:
        return {"log": [interrupt(next(numbers))]}

    app = waits(store, drifts)
    answer_by_inbox(store)
    app.invoke(Command(update={"eur": 2}), THREAD)
    app.invoke(Command(resume="x"), THREAD)

    with pytest.raises(QuestionDrifts):
        app.invoke(Command(resume="x"), THREAD)


def test_an_edit_beside_one_answer_is_made_under_the_questions_of_others(store: Store) -> None:
    app = store.keep(side_by_side(hidden, shown, schema=Bill))
    mine, other = app.invoke({"eur": 1}, THREAD)["__interrupt__"]

    (again,) = app.invoke(Command(resume={mine.id: "yes"}, update={"eur": 2}), THREAD)[
        "__interrupt__"
    ]

    assert (again.value, again.previous) == ("Pay 2 EUR?", other.id)
    with pytest.raises(StaleQuestion):
        app.invoke(Command(resume={other.id: "yes"}), THREAD)
    assert app.invoke(Command(resume="yes"), THREAD)["log"] == [
        ("hidden", 2, "yes"),
        ("shown", 2, "yes"),
    ]


def test_what_a_question_does_not_show_is_edited_under_it_too(store: Store) -> None:
    app = store.keep(side_by_side(hidden, shown, schema=Bill))
    other, mine = app.invoke({"eur": 1}, THREAD)["__interrupt__"]

    (again,) = app.invoke(Command(resume={mine.id: "yes"}, update={"eur": 2}), THREAD)[
        "__interrupt__"
    ]

    assert (again.value, again.previous) == ("Pay the bill?", other.id)
    assert again.edits == {"eur": (1, 2)}


def test_what_a_sibling_writes_is_no_edit(store: Store) -> None:
    def writes(state: Bill) -> dict[str, Any]:
        return {"eur": 9_000}

    app = store.keep(side_by_side(hidden, writes, schema=Bill))
    app.invoke({"eur": 1}, THREAD)
    answer_by_inbox(store)

    assert app.invoke(None, THREAD)["log"] == [("hidden", 1, "approve")]


def test_an_earlier_answer_of_the_same_node_was_given_to_another_state(store: Store) -> None:
    def twice(state: Bill) -> dict[str, Any]:
        return {"log": [state["eur"], interrupt("Pay?"), interrupt(f"Ship for {state['eur']}?")]}

    app = waits(store, twice)
    app.invoke(Command(resume="pay"), THREAD)

    result = app.invoke(Command(resume="ship", update={"eur": 2}), THREAD)

    assert asked(result) == ["Pay?"]
    assert app.invoke(Command(resume="pay 2"), THREAD)["log"] == [2, "pay 2", "ship"]


def test_an_answer_beside_an_edit_reaches_no_other_question_of_its_node(store: Store) -> None:
    def twice(state: Bill) -> dict[str, Any]:
        return {"log": [interrupt(f"Pay {state['eur']}?"), interrupt("Ship?")]}

    app = waits(store, twice)
    app.invoke(Command(resume="pay"), THREAD)

    result = app.invoke(Command(resume="ship", update={"eur": 2}), THREAD)

    assert asked(result) == ["Pay 2?"]
    assert app.invoke(Command(resume="pay 2"), THREAD)["log"] == ["pay 2", "ship"]


@pytest.mark.parametrize("node", [hidden, shown])
def test_an_edit_around_a_subgraph_is_made_under_its_questions(store: Store, node: Any) -> None:
    def build() -> Any:
        inner = chain(node, schema=Bill)
        return chain(schema=Bill).add_node("inner", inner).add_edge(START, "inner")

    app = store.keep(build())
    app.invoke({"eur": 1}, THREAD)
    answer_by_inbox(store)

    (again,) = app.invoke(Command(update={"eur": 9_000}), THREAD)["__interrupt__"]

    assert again.edits == {"eur": (1, 9_000)}
    assert again.previous == store.saver().decisions()[0].question
    ended = store.keep(build()).invoke(Command(resume="now"), THREAD)
    assert [row[2] for row in ended["log"]] == ["now"]


def test_an_edit_that_leads_elsewhere_is_one_too(store: Store) -> None:
    def side(state: Bill) -> dict[str, Any]:
        return {"log": ["side"]}

    def build() -> Any:
        return chain(hidden, schema=Bill).add_node("side", side)

    app = store.keep(build())
    app.invoke({"eur": 1}, THREAD)
    answer_by_inbox(store)

    result = app.invoke(Command(update={"eur": 2}, goto="side"), THREAD)

    assert asked(result) == ["Pay the bill?"]
    ended = store.keep(build()).invoke(Command(resume="now"), THREAD)
    assert ended["log"] == [("hidden", 2, "now"), "side"]


def test_an_edit_for_a_node_that_failed_with_its_answer_asks_anew(store: Store) -> None:
    def fails(state: Bill) -> dict[str, Any]:
        approved = interrupt("Pay?")
        if state["eur"] < 0:
            raise ValueError("no amount")
        return {"log": [approved]}

    app = store.keep(chain(fails, schema=Bill))
    app.invoke({"eur": -1}, THREAD)
    with pytest.raises(ValueError, match="no amount"):
        app.invoke(Command(resume="yes"), THREAD)

    assert asked(app.invoke(Command(update={"eur": 5}), THREAD)) == ["Pay?"]
    assert app.invoke(Command(resume="yes, 5"), THREAD)["log"] == ["yes, 5"]


def test_what_once_remembers_is_not_done_again(store: Store) -> None:
    done: list[int] = []

    def node(state: Bill) -> dict[str, Any]:
        once(done.append, 1)
        return {"log": [interrupt("Pay?")]}

    app = waits(store, node)
    answer_by_inbox(store)
    app.invoke(Command(update={"eur": 2}), THREAD)
    app.invoke(Command(resume="yes"), THREAD)

    assert done == [1]


def test_an_update_as_a_node_asks_anew_and_keeps_the_answer_on_the_record(store: Store) -> None:
    app = waits(store, hidden)
    answer_by_inbox(store)

    app.update_state(THREAD, {"eur": 9_000}, as_node=START)

    assert asked(app.invoke(None, THREAD)) == ["Pay the bill?"]
    assert [row.answer for row in store.saver().decisions()] == ["approve"]


def test_other_input_is_refused_while_an_answer_waits(store: Store) -> None:
    app = waits(store, hidden)
    answer_by_inbox(store)

    with pytest.raises(AnswerWaiting):
        app.invoke({"eur": 9_000}, THREAD)


def test_a_thread_that_was_edited_travels_as_it_is(store: Store, tmp_path: Path) -> None:
    app = waits(store, hidden)
    answer_by_inbox(store)
    (here,) = app.invoke(Command(update={"eur": 2}), THREAD)["__interrupt__"]
    file = export_thread(store.saver(), "t", tmp_path / "t.json")
    other = InMemorySaver()

    import_thread(file, other)

    moved = chain(hidden, schema=Bill).compile(other)
    (there,) = moved.get_state(THREAD).interrupts
    assert (there.previous, there.edits) == (here.previous, here.edits)
    assert moved.invoke(Command(resume="yes"), THREAD)["log"] == [("hidden", 2, "yes")]


async def test_an_answer_beside_an_edit_holds_in_a_stream_too(store: Store) -> None:
    app = store.keep(chain(shown, schema=Bill))
    await app.ainvoke({"eur": 1}, THREAD)

    [_ async for _ in app.astream(Command(resume="yes", update={"eur": 2}), THREAD)]
    await asyncio.sleep(0)

    assert (await app.aget_state(THREAD)).values["log"] == [("shown", 2, "yes")]


@pytest.mark.parametrize("node", [hidden, request])
def test_the_form_says_what_was_edited_in_every_view(store: Store, node: Any) -> None:
    app = waits(store, node)
    answer_by_inbox(store)

    (question,) = app.invoke(Command(update={"eur": 9_000, "note": "now"}), THREAD)["__interrupt__"]

    said = [
        "edited since it was asked · eur: 1 → 9000",
        "edited since it was asked · note: nothing → now",
    ]
    assert [plain(line) for line in describe(question)["history"]] == said
    assert [plain(line) for line in Opened(Inbox(store.saver())).form["history"]] == said
