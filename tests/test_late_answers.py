"""An answer that does not say which question it is for reaches none that its giver has not seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from interfered import Interfered
from stores import THREAD, State, Store, asked, chain

from hitl_nb import Command, InMemorySaver, StateGraph, interrupt
from hitl_nb.errors import AlreadyAnswered, HitlError, NothingPending


def small(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Pay 1 EUR?")]}


def large(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Pay 9000 EUR?")]}


def both(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Pay 1 EUR?"), interrupt("Pay 9000 EUR?")]}


GRAPHS: dict[str, Callable[[], StateGraph]] = {
    "two nodes": lambda: chain(small, large),
    "one node": lambda: chain(both),
    "a subgraph": lambda: chain().add_node("inner", chain(both)).add_edge("__start__", "inner"),
}


@pytest.mark.parametrize("shape", GRAPHS)
@pytest.mark.parametrize("ben_has_seen_it", [True, False])
def test_whenever_another_answers_meanwhile_a_bare_answer_reaches_nothing_else(
    shape: str, ben_has_seen_it: bool
) -> None:
    for call in count(1):
        saver = Interfered()
        ana, ben = GRAPHS[shape]().compile(saver), GRAPHS[shape]().compile(saver)
        (ben if ben_has_seen_it else ana).invoke({}, THREAD)

        def answer(ana: Any = ana) -> None:
            with suppress(HitlError):
                ana.invoke(Command(resume="by ana"), THREAD)

        saver.calls, saver.visits = 0, {call: answer}
        with suppress(HitlError):
            ben.invoke(Command(resume="by ben"), THREAD)
        log = [(row.payload, row.answer) for row in InMemorySaver.decisions(saver)]
        assert ("Pay 9000 EUR?", "by ben") not in log, (call, log)
        if saver.visits:
            break
    assert call > 5


def test_whoever_is_late_hears_who_answered_and_what_is_asked_now(store: Store) -> None:
    here, elsewhere = store.keep(chain(small, large)), store.keep(chain(small, large))
    here.invoke({}, THREAD)
    elsewhere.invoke(Command(resume="by ana"), THREAD)

    with pytest.raises(AlreadyAnswered, match=r"by code at .*asks something else.*9000") as late:
        here.invoke(Command(resume="by ben"), THREAD)

    assert [item.value for item in late.value.pending] == ["Pay 9000 EUR?"]
    assert late.value.answer == "by ana"
    assert asked(here.invoke(None, THREAD)) == ["Pay 9000 EUR?"]
    assert here.invoke(Command(resume="by ben"), THREAD)["log"] == ["by ana", "by ben"]


def test_whoever_has_looked_may_answer_what_they_saw(store: Store) -> None:
    here, elsewhere = store.keep(chain(small, large)), store.keep(chain(small, large))
    here.invoke({}, THREAD)
    elsewhere.invoke(Command(resume="by ana"), THREAD)

    (seen,) = here.get_state(THREAD).interrupts

    assert seen.value == "Pay 9000 EUR?"
    assert here.invoke(Command(resume="by ben"), THREAD)["log"] == ["by ana", "by ben"]


def test_an_answer_that_names_its_question_needs_no_look(store: Store) -> None:
    here, elsewhere = store.keep(chain(small, large)), store.keep(chain(small, large))
    here.invoke({}, THREAD)
    (second,) = elsewhere.invoke(Command(resume="by ana"), THREAD)["__interrupt__"]

    ended = here.invoke(Command(resume={second.id: "by ben"}), THREAD)

    assert ended["log"] == ["by ana", "by ben"]


async def test_every_door_shows_what_is_asked(store: Store) -> None:
    app, other = store.keep(chain(small, large)), store.keep(chain(small, large))
    [_ async for _ in app.astream({}, THREAD)]
    await other.ainvoke(Command(resume="by ana"), THREAD)

    with pytest.raises(AlreadyAnswered):
        [_ async for _ in app.astream(Command(resume="by ben"), THREAD)]
    await app.aget_state(THREAD)

    assert (await app.ainvoke(Command(resume="by ben"), THREAD))["log"] == ["by ana", "by ben"]


def test_a_program_answers_a_thread_that_another_began(store: Store) -> None:
    store.keep(chain(small, large)).invoke({}, THREAD)

    for answer, answered in (("1", ["1"]), ("2", ["1", "2"])):
        assert (
            store.keep(chain(small, large)).invoke(Command(resume=answer), THREAD)["log"]
            == answered
        )


def test_what_is_asked_after_a_call_began_is_not_what_it_answers() -> None:
    saver = Interfered()
    app = chain(small).compile(saver)
    app.update_state(THREAD, {"text": "x"}, as_node="__start__")
    other = chain(small).compile(saver)
    saver.calls, saver.visits = 0, {1: lambda: other.invoke(None, THREAD)}

    with pytest.raises(NothingPending):
        app.invoke(Command(resume="early"), THREAD)

    assert InMemorySaver.decisions(saver) == []
