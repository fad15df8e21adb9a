"""How writes to a key join: any callable of two is asked, and no other is passed over."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from langchain_core.messages import HumanMessage
from langgraph.graph import END as THEIR_END
from langgraph.graph import START as THEIR_START
from langgraph.graph import StateGraph as TheirGraph
from langgraph.graph.message import add_messages as their_add_messages
from typing_extensions import TypedDict

from hitl_nb import END, START, StateGraph
from hitl_nb.errors import InvalidReducer


def with_defaults(left: Any = None, right: Any = None) -> list[int]:
    return (left or []) + (right or [])


def with_one_default(left: list[int], right: Any = None) -> list[int]:
    return left + (right or [])


def positional_only(left: list[int], right: list[int], /) -> list[int]:
    return left + right


def with_options(left: list[int], right: list[int], *, limit: int = 3) -> list[int]:
    return (left + right)[:limit]


def with_more_options(left: list[int], right: list[int], **_: Any) -> list[int]:
    return left + right


def of_any_number(*lists: list[int]) -> list[int]:
    return [item for items in lists for item in items]


def with_a_third_option(left: list[int], right: list[int], limit: int = 3) -> list[int]:
    return (left + right)[-limit:]


def of_three(left: list[int], right: list[int], third: list[int]) -> list[int]:
    return left + right + third


def of_one(left: list[int]) -> list[int]:
    return left


def needs_a_word(left: list[int], right: list[int], *, limit: int) -> list[int]:
    return (left + right)[:limit]


class Joining:
    def __call__(self, left: list[int], right: list[int]) -> list[int]:
        return left + right

    def method(self, left: list[int], right: list[int]) -> list[int]:
        return left + right

    @staticmethod
    def static(left: list[int], right: list[int]) -> list[int]:
        return left + right

    @classmethod
    def of_class(cls, left: list[int], right: list[int]) -> list[int]:
        return left + right


class Pair(list[int]):
    def __init__(self, left: Any = (), right: Any = ()) -> None:
        super().__init__([*left, *right])


class Marker:
    """What a program may annotate a key with for its own ends."""


REDUCERS: dict[str, Any] = {
    "operator.add": operator.add,
    "list.__add__": list.__add__,
    "lambda": lambda left, right: left + right,
    "defaults": with_defaults,
    "one default": with_one_default,
    "positional only": positional_only,
    "keyword options": with_options,
    "more options": with_more_options,
    "partial by name": functools.partial(with_options, limit=2),
    "partial by place": functools.partial(of_three, []),
    "callable object": Joining(),
    "method": Joining().method,
    "static method": Joining.static,
    "class method": Joining.of_class,
    "class": Pair,
}


def state(**keys: Any) -> Any:
    """Return a state schema of these keys."""
    return TypedDict("state", keys)  # type: ignore[operator]


def run(kinds: Any, reducer: Any, writes: list[Any]) -> Any:
    graph, start, end = kinds
    built = graph(state(log=Annotated[list, reducer]))
    before = start
    for number, write in enumerate(writes):
        built.add_node(f"n{number}", lambda _, write=write: {"log": write})
        built.add_edge(before, f"n{number}")
        before = f"n{number}"
    built.add_edge(before, end)
    return built.compile().invoke({"log": [0]})["log"]


def ours(reducer: Any, writes: list[Any]) -> Any:
    return run((StateGraph, START, END), reducer, writes)


def theirs(reducer: Any, writes: list[Any]) -> Any:
    return run((TheirGraph, THEIR_START, THEIR_END), reducer, writes)


@pytest.mark.parametrize("name", REDUCERS)
def test_a_callable_of_two_joins_what_is_written_as_in_langgraph(name: str) -> None:
    reducer = REDUCERS[name]
    assert ours(reducer, [[1], [2]]) == theirs(reducer, [[1], [2]])


@pytest.mark.parametrize("reducer", [of_any_number, with_a_third_option, max])
def test_some_more_callables_take_two_which_langgraph_refuses(reducer: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="ignature"):
        theirs(reducer, [[1], [2]])
    assert ours(reducer, [[1], [2]]) == reducer(reducer(reducer([], [0]), [1]), [2])


@pytest.mark.parametrize("reducer", [of_three, of_one, lambda: None, Marker, dict, list])
def test_what_cannot_take_two_is_an_error_that_names_it_as_in_langgraph(reducer: Any) -> None:
    with pytest.raises(ValueError, match="ignature"):
        theirs(reducer, [[1]])
    with pytest.raises(InvalidReducer, match="'log' is annotated with") as caught:
        ours(reducer, [[1]])
    assert caught.value.reducer is reducer
    assert reducer.__name__ in str(caught.value)  # type: ignore[attr-defined]


def test_a_reducer_that_needs_an_option_by_name_is_an_error_when_it_is_declared() -> None:
    with pytest.raises(InvalidReducer, match="needs_a_word"):
        ours(needs_a_word, [[1]])


@pytest.mark.parametrize("note", ["a comment", 3, None, Literal["N"], list[int], Marker()])
def test_what_is_not_called_is_no_reducer(note: Any) -> None:
    assert ours(note, [[1], [2]]) == [2]


def test_the_last_callable_counts_wherever_it_stands() -> None:
    log = Annotated[list, of_one, operator.add, "a comment"]
    graph = StateGraph(state(log=log)).add_node("n", lambda _: {"log": [1]}).add_edge(START, "n")
    assert graph.compile().invoke({"log": [0]}) == {"log": [0, 1]}


def test_langgraphs_own_messages_are_added_and_never_written_over() -> None:
    def asked(graph: Any, start: str) -> list[tuple[str, Any]]:
        built = graph(state(messages=Annotated[list, their_add_messages]))
        built.add_node("a", lambda _: {"messages": [HumanMessage("one", id="1")]})
        built.add_node("b", lambda _: {"messages": [HumanMessage("two", id="2")]})
        built.add_edge(start, "a")
        built.add_edge("a", "b")
        found = built.compile().invoke({"messages": [HumanMessage("hello", id="0")]})
        return [(message.id, message.content) for message in found["messages"]]

    assert asked(StateGraph, START) == asked(TheirGraph, THEIR_START)
    assert asked(StateGraph, START) == [("0", "hello"), ("1", "one"), ("2", "two")]
