"""Messages in the state: added, replaced and removed by id, stored and read back."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core import messages
from stores import THREAD, Store

from hitl_nb import (
    START,
    Command,
    MessagesState,
    RemoveMessage,
    StateGraph,
    add_messages,
    interrupt,
)
from hitl_nb.errors import InvalidUpdate
from hitl_nb.graph.messages_state import REMOVE_ALL


@pytest.fixture(params=["objects", "dicts"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run with LangChain's message objects, and as if LangChain were not installed."""
    if request.param == "dicts":
        monkeypatch.setattr("hitl_nb.graph.messages_state._langchain", lambda: None)
    return str(request.param)


def seen(items: list[Any]) -> list[tuple[str, Any, str]]:
    """Return role, content and id, whatever the messages are."""
    roles = {"human": "user", "ai": "assistant"}
    return [
        (item["role"], item["content"], item["id"])
        if isinstance(item, dict)
        else (roles.get(item.type, item.type), item.content, item.id)
        for item in items
    ]


def message(text: str, id: str, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": text, "id": id}


def test_messages_are_added_in_order_whatever_their_form(kind: str) -> None:
    merged = add_messages(
        [message("one", "1")], [("assistant", "two"), "three", {"role": "system", "content": "4"}]
    )

    assert [(role, text) for role, text, _ in seen(merged)] == [
        ("user", "one"), ("assistant", "two"), ("user", "three"), ("system", "4"),
    ]  # fmt: skip


def test_every_message_has_an_id_of_its_own_and_keeps_it(kind: str) -> None:
    first = add_messages([], ["a", "b"])
    again = add_messages(first, ["c"])

    ids = [name for _, _, name in seen(again)]
    assert len(set(ids)) == 3
    assert ids[:2] == [name for _, _, name in seen(first)]


def test_one_message_need_not_be_a_list(kind: str) -> None:
    assert [text for _, text, _ in seen(add_messages("a", ("assistant", "b")))] == ["a", "b"]


def test_a_message_of_a_known_id_takes_its_place(kind: str) -> None:
    merged = add_messages([message("a", "1"), message("b", "2")], [message("A", "1", "assistant")])

    assert seen(merged) == [("assistant", "A", "1"), ("user", "b", "2")]


def test_messages_are_removed_by_id(kind: str) -> None:
    there = [message("a", "1"), message("b", "2")]

    assert seen(add_messages(there, [RemoveMessage("1")])) == [("user", "b", "2")]
    assert seen(add_messages(there, [RemoveMessage("1"), message("again", "1")])) == [
        ("user", "again", "1"), ("user", "b", "2"),
    ]  # fmt: skip
    with pytest.raises(InvalidUpdate, match="no message '3' to remove"):
        add_messages(there, RemoveMessage("3"))


def test_all_messages_are_removed_at_once(kind: str) -> None:
    there = [message("a", "1"), message("b", "2")]

    merged = add_messages(there, [message("gone", "3"), RemoveMessage(REMOVE_ALL), "new"])

    assert [text for _, text, _ in seen(merged)] == ["new"]
    assert add_messages(there, RemoveMessage(REMOVE_ALL)) == []


def test_the_lists_that_were_merged_stay_as_they_were(kind: str) -> None:
    left, right = [message("a", "1")], [message("A", "1"), message("b", "2")]

    add_messages(left, right)

    assert left == [message("a", "1")]
    assert right == [message("A", "1"), message("b", "2")]


@pytest.mark.parametrize("wrong", [5, {"role": "user"}, [["a"], 3]])
def test_what_is_no_message_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    monkeypatch.setattr("hitl_nb.graph.messages_state._langchain", lambda: None)

    with pytest.raises(InvalidUpdate, match="is no message"):
        add_messages([], wrong)


def test_langchain_s_own_objects_are_taken_as_they_are() -> None:
    call = {"name": "search", "args": {"q": "x"}, "id": "c1", "type": "tool_call"}
    ai = messages.AIMessage("let me see", id="2", tool_calls=[call])

    merged = add_messages([messages.HumanMessage("hi", id="1")], [ai])
    removed = add_messages(merged, [messages.RemoveMessage(id="1")])

    assert merged[1] is ai
    assert removed == [ai]
    assert add_messages(merged, [messages.RemoveMessage(id=REMOVE_ALL)]) == []


async def test_a_conversation_is_stored_and_goes_on_in_another_process(store: Store) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        call = {"name": "refund", "args": {"order": 42}, "id": "c1", "type": "tool_call"}
        said = messages.AIMessage("I would refund", id="ai", tool_calls=[call])
        return {"messages": [said]}

    def approve(state: MessagesState) -> dict[str, Any]:
        (call,) = state["messages"][-1].tool_calls
        result = interrupt({"tool": call["name"], "args": call["args"]})
        return {"messages": [messages.ToolMessage(result, tool_call_id=call["id"], id="tool")]}

    def tidy(state: MessagesState) -> dict[str, Any]:
        return {"messages": [messages.RemoveMessage(id="human"), ("assistant", "done")]}

    def graph() -> StateGraph:
        built = StateGraph(MessagesState).add_sequence([answer, approve, tidy])
        return built.add_edge(START, "answer")

    start = {"messages": [{"role": "user", "content": "Refund order 42", "id": "human"}]}
    paused = await store.keep(graph()).ainvoke(start, THREAD)
    assert paused["__interrupt__"][0].value == {"tool": "refund", "args": {"order": 42}}
    before = store.keep(graph()).get_state(THREAD).values["messages"]
    assert [type(item).__name__ for item in before] == ["HumanMessage", "AIMessage"]
    assert before == paused["messages"]

    ended = await store.keep(graph()).ainvoke(Command(resume="refunded"), THREAD)

    assert [(item.type, item.content) for item in ended["messages"]] == [
        ("ai", "I would refund"), ("tool", "refunded"), ("ai", "done"),
    ]  # fmt: skip
    assert store.keep(graph()).get_state(THREAD).values == ended


async def test_a_state_of_messages_may_hold_more(store: Store) -> None:
    class Chat(MessagesState):
        turns: int

    def node(state: Chat) -> dict[str, Any]:
        return {"messages": "hello", "turns": state["turns"] + 1}

    app = store.keep(StateGraph(Chat).add_node(node).add_edge(START, "node"))
    for turn in (1, 2):
        ended = await app.ainvoke({"messages": "hi", "turns": turn}, THREAD)

    assert ended["turns"] == 3
    assert [item.content for item in ended["messages"]] == ["hi", "hello"] * 2
