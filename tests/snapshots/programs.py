"""The graphs of the golden snapshots, and how each thread got to where its file shows it.

A golden file is written once, by the version that introduced its format; in ``tests``,
``python -c "from snapshots.programs import write_missing as w; w()"`` writes those that are not
there yet. The graphs must stay as they are, because released snapshots were made with them.
"""

from __future__ import annotations

import datetime
import operator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypedDict

from hitl_nb import (
    END,
    START,
    Command,
    CompiledGraph,
    InMemorySaver,
    Send,
    StateGraph,
    export_thread,
    interrupt,
    once,
)
from hitl_nb.savers import Saver

HERE = Path(__file__).parent
VERSION = "v1"
MADE: list[str] = []
"""What ``once`` really called in this process."""


def config(thread_id: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread_id}}


class Refund(TypedDict, total=False):
    request: str
    amount: int
    draft: str
    log: Annotated[list[str], operator.add]


def charge(what: str) -> str:
    MADE.append(what)
    return f"{what}, done"


def triage(state: Refund) -> dict[str, Any]:
    found = once(charge, "look up order")
    amount = interrupt({"text": "How much was it?", "request": state["request"]})
    return {"amount": amount, "log": [found]}


def draft(state: Refund) -> dict[str, Any]:
    return {"draft": f"We are sorry and return {state['amount']} €.", "log": ["drafted"]}


def approve(state: Refund) -> dict[str, Any]:
    found = once(charge, "check balance")
    verdict = interrupt({"text": "Approve this refund response?", "draft": state["draft"]})
    return {"log": [found, f"approve: {verdict}"]}


def send(state: Refund) -> dict[str, Any]:
    return {"log": ["sent"]}


def refund(saver: Saver) -> CompiledGraph:
    review = StateGraph(Refund, name="review").add_sequence([draft, approve])
    review.add_edge(START, "draft").add_edge("approve", END)
    graph = StateGraph(Refund, name="refund").add_node(triage)
    graph.add_node("review", review.compile()).add_node(send)
    graph.add_edge(START, "triage").add_edge("triage", "review").add_edge("review", "send")
    return graph.add_edge("send", END).compile(saver)


class Survey(TypedDict, total=False):
    people: list[str]
    answers: Annotated[list[str], operator.add]
    summary: str


def ask_person(person: str) -> dict[str, Any]:
    greeting = once(charge, f"greet {person}")
    return {"answers": [f"{person}: {interrupt(f'{person}, shall we?')} ({greeting})"]}


def ask_manager(state: Survey) -> dict[str, Any]:
    return {"answers": [f"manager: {interrupt('Is there a budget?', key='budget')}"]}


def summarize(state: Survey) -> dict[str, Any]:
    return {"summary": " / ".join(state["answers"])}


def survey(saver: Saver) -> CompiledGraph:
    def everybody(state: Survey) -> list[Any]:
        return [*(Send("ask_person", person) for person in state["people"]), "ask_manager"]

    graph = StateGraph(Survey, name="survey").add_node(ask_person).add_node(ask_manager)
    graph.add_node(summarize, defer=True).add_conditional_edges(START, everybody)
    graph.add_edge("ask_person", "summarize").add_edge("ask_manager", "summarize")
    return graph.add_edge("summarize", END).compile(saver)


@dataclass
class Order:
    number: str
    price: Decimal


AWKWARD: dict[str, Any] = {
    "$hitl": {"$hitl": "a user's own key"},
    "": "an empty key",
    "nan": float("nan"),
    "zero": -0.0,
    "big": 2**100,
    "tuple": (1, True, 1.0, "1", None),
    "sets": [{1, 2}, frozenset({"a"})],
    "bytes": b"\x00\xff",
    "time": datetime.datetime(2026, 11, 20, 9, 30, tzinfo=datetime.UTC),
    "decimal": Decimal("1.10"),
    "order": Order("42 🦜", Decimal("19.99")),
    "text": 'line\nline\r\n\t"quoted" \\ \x00 \x1b \x1bd800 \u2028 \u202eover\u202c é e\u0301 👩‍🚀',
    "pair": "\ud83d\ude00",
    "keys": {1: "one", (2, 3): "pair", "\ud800": "lone"},
    "empty": [[], {}, "", None, ()],
}


def show(state: dict[str, Any]) -> dict[str, Any]:
    return {"answer": interrupt(state["values"])}


def awkward(saver: Saver) -> CompiledGraph:
    graph = StateGraph(name="awk\u202eward \ud800").add_node(show)
    return graph.add_edge(START, "show").add_edge("show", END).compile(saver, types=[Order])


def waiting(saver: Saver, thread_id: str = "order-42") -> CompiledGraph:
    """Wait in a subgraph, after an answer in the graph around it."""
    app = refund(saver)
    app.invoke({"request": "It never shipped."}, config(thread_id))
    app.invoke(Command(resume=30), config(thread_id))
    return app


def finished(saver: Saver, thread_id: str = "order-43") -> CompiledGraph:
    app = waiting(saver, thread_id)
    app.invoke(Command(resume="yes"), config(thread_id))
    return app


def partly(saver: Saver, thread_id: str = "survey/1") -> CompiledGraph:
    """Have one of four parallel questions answered."""
    app = survey(saver)
    paused = app.invoke({"people": ["Ana", "Bo", "Cy"]}, config(thread_id))
    (bo,) = [item.id for item in paused["__interrupt__"] if "Bo" in item.value]
    app.invoke(Command(resume={bo: "no"}), config(thread_id))
    return app


def strange(saver: Saver, thread_id: str = "../\x00 \ud800 ❄") -> CompiledGraph:
    app = awkward(saver)
    app.invoke({"values": AWKWARD}, config(thread_id))
    return app


THREADS = {"waiting": waiting, "finished": finished, "partly": partly, "strange": strange}
"""By the name of the golden file, what made its thread."""


def write_missing() -> None:
    """Write the golden files of this version that are not there yet."""
    for name, make in THREADS.items():
        path = HERE / f"{VERSION}_{name}.json"
        if not path.exists():
            saver = InMemorySaver()
            app = make(saver)
            export_thread(saver, saver.threads()[0].id, path, graph=app)
