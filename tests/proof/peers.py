"""Programs on LangGraph for the rows that it can run here; what differs is said in the figure."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import SimpleNamespace
from typing import Any

from figure import at
from questions import ANSWERS, EDITS, Bill, is_delivered, is_loud, program, ways_to_ask
from storage import Matrix, json_values, round_trips

Peer = Callable[[int], str]


def _library() -> Any:
    logging.getLogger("langgraph").setLevel(logging.CRITICAL)  # it says much on the way
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, interrupt

    return SimpleNamespace(
        InMemorySaver=InMemorySaver, END=END, START=START, StateGraph=StateGraph,
        Command=Command, interrupt=interrupt,
    )  # fmt: skip


def _graph(library: Any, schema: Any, **nodes: Callable[..., Any]) -> Any:
    graph = library.StateGraph(schema)
    previous = library.START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(previous, name)
        previous = name
    return graph.compile(library.InMemorySaver())


def late_answers(rounds: int) -> str:
    library, strayed = _library(), 0
    for _ in range(rounds):
        app = _graph(
            library, dict,
            first=lambda state: {"first": library.interrupt("Pay 1 EUR?")},
            second=lambda state: {"second": library.interrupt("Pay 9000 EUR?")},
        )  # fmt: skip
        app.invoke({"n": 1}, at("t"))
        for _click in range(2):
            app.invoke(library.Command(resume="yes"), at("t"))
        strayed += not app.get_state(at("t")).next
    return f"{strayed} of {rounds} (another act: one bare answer sent twice in a row)"


def repeated_before_questions(rounds: int) -> str:
    library = _library()
    done: list[int] = []

    def prepare(state: Any) -> dict[str, Any]:
        done.append(1)
        return {"answer": library.interrupt("Go on?")}

    app = _graph(library, dict, prepare=prepare)
    for n in range(rounds):
        app.invoke({"n": n}, at(f"t{n}"))
        app.invoke(library.Command(resume="yes"), at(f"t{n}"))
    return f"{len(done) - rounds} of {rounds} (a plain call, not one of its tasks)"


def approved_unseen(rounds: int) -> str:
    library, amounts = _library(), count(1)
    paid: list[int] = []

    def pay(state: Any) -> dict[str, Any]:
        amount = next(amounts)
        if library.interrupt({"eur": amount}) == "approve":
            paid.append(amount)
        return {"paid": amount}

    app = _graph(library, dict, pay=pay)
    for n in range(rounds):
        app.invoke({"n": n}, at(f"t{n}"))
        app.invoke(library.Command(resume="approve"), at(f"t{n}"))
    return f"{len(paid)} of {rounds}"


def edited_under_forms(rounds: int) -> str:
    library = _library()
    paid: list[int] = []

    def pay(state: Bill) -> dict[str, Any]:
        if library.interrupt("Pay the bill?") == "approve":
            paid.append(state["eur"])
        return {"paid": state["eur"]}

    for _ in range(rounds):
        app = _graph(library, Bill, pay=pay)
        app.invoke({"eur": 1}, at("t"))
        app.update_state(at("t"), {"eur": 9_000})
        app.invoke(library.Command(resume="approve"), at("t"))
    return f"{paid.count(9_000)} of {rounds} (edited before the answer only)"


def json_comes_back(size: int) -> str:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    serde, exact = JsonPlusSerializer(), 0
    values = list(json_values(size))
    for value in values:
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            back = serde.loads_typed(serde.dumps_typed(value))
            exact += json.dumps(back) == json.dumps(value)
    return f"{exact:,} of {len(values):,}"


def matrix(size: int) -> str:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    serde = JsonPlusSerializer()
    logging.getLogger("langgraph").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Matrix = round_trips(lambda value: serde.loads_typed(serde.dumps_typed(value)))
    return f"{found.exact}/{len(found.changed)}/{found.loud}"


def loud_edits(size: int) -> str:
    library, loud = _library(), 0
    for edit in EDITS:

        def answer(app: Any, question: Any, edit: str = edit) -> Any:
            return app.invoke(library.Command(resume="yes"), at(edit))

        saver = library.InMemorySaver()
        loud += is_loud(edit, program(None, library), program(edit, library), saver, answer)
    return f"{loud} of {len(EDITS)}"


def awkward_answers(size: int) -> str:
    library, delivered, tried = _library(), 0, 0
    for answer in ANSWERS:
        for graph, names in ways_to_ask(library.interrupt, library.StateGraph, library.START):
            tried += 1
            with suppress(Exception):
                app = graph.compile(library.InMemorySaver())
                delivered += is_delivered(app, names, answer, library.Command)
    return f"{delivered} of {tried}"
