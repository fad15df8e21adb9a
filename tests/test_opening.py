"""What is written when a run is opened."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import pytest
from stores import THREAD, State, Store, asked, chain

from hitl_nb import Command, interrupt

MERGED: list[list[int]] = []


def refuse(before: list[int], more: list[int]) -> list[int]:
    raise ZeroDivisionError("no more")


def add(before: list[int], more: list[int]) -> list[int]:
    MERGED.append(more)
    return [*(before or []), *more]


class Refusing(TypedDict, total=False):
    log: Annotated[list[int], refuse]


class Counting(TypedDict, total=False):
    log: Annotated[list[int], add]


async def test_an_input_is_merged_and_kept_before_the_first_node_runs(store: Store) -> None:
    seen: list[Any] = []

    async def look(state: State) -> dict[str, Any]:
        seen.append(await watcher.aget_state(THREAD))
        return {"log": ["looked"]}

    app = store.keep(chain(look))
    watcher = store.keep(chain(look))
    for word in ("first", "second"):
        await app.ainvoke({"log": [word]}, THREAD)

    assert [found.next for found in seen] == [("look",), ("look",)]
    assert [found.values["log"] for found in seen] == [["first"], ["first", "looked", "second"]]


async def test_the_state_after_the_input_is_streamed_once(store: Store) -> None:
    async def work(state: State) -> dict[str, Any]:
        return {"log": ["added"]}

    app = store.keep(chain(work))

    streamed = [item async for item in app.astream({"log": ["x"]}, THREAD, stream_mode="values")]
    assert [item["log"] for item in streamed] == [["x"], ["x", "added"]]


async def test_an_input_that_cannot_be_merged_fails_the_thread(store: Store) -> None:
    async def node(state: Any) -> dict[str, Any]:
        return {}

    saver = store.saver()
    app = chain(node, schema=Refusing).compile(saver)
    with pytest.raises(ZeroDivisionError):
        await app.ainvoke({"log": [1]}, THREAD)

    thread = saver.thread("t")
    assert thread is not None
    assert (thread.status, thread.error) == ("failed", "no more")


async def test_a_merge_counts_once(store: Store) -> None:
    MERGED.clear()

    async def ask(state: Any) -> dict[str, Any]:
        return {"log": [interrupt("how many?")]}

    app = store.keep(chain(ask, schema=Counting))
    assert asked(await app.ainvoke({"log": [1]}, THREAD)) == ["how many?"]
    assert MERGED.count([1]) == 1
    assert (await app.ainvoke(Command(resume=2), THREAD))["log"] == [1, 2]
