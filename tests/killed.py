"""A program that may be killed anywhere: ``python killed.py <store> <journal> <what>``.

Its journal is what the world saw: each effect, each call that returned, each answer accepted.
"""

from __future__ import annotations

import asyncio
import operator
import os
import random
import sys
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from hitl_nb import (
    END,
    START,
    Command,
    CompiledGraph,
    Confirm,
    Interrupt,
    SqliteSaver,
    StateGraph,
    interrupt,
    once,
)
from hitl_nb.errors import AlreadyAnswered
from hitl_nb.savers import Saver

ROUNDS = 2
DURABILITIES: tuple[Literal["sync", "async", "exit"], ...] = ("sync", "async", "exit")


class Work(TypedDict, total=False):
    name: str
    round: int
    log: Annotated[list[str], operator.add]


class Journal:
    """Lines in a file, on disk when ``write`` returns."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, *words: object) -> None:
        os.write(self._file, f"{' '.join(map(str, words))}\n".encode())
        os.fsync(self._file)

    def effect(self, name: str) -> str:
        self.write("effect", name)
        return name

    async def later(self, name: str) -> str:
        await asyncio.sleep(0)
        return self.effect(name)

    def truth(self, question: Interrupt) -> dict[str, Any]:
        """Look up whether a call in doubt happened, as a person would."""
        name = question.value.context["arguments"]["1."]
        happened = f"effect {name}" in self.path.read_text().splitlines()
        return {"action": "happened", "value": name} if happened else {"action": "run"}


def effects_of(state: Work) -> list[str]:
    """Every effect a round of work has, in the order of their names."""
    names = ["left", "left yes", "right", "right yes yes", "plain", "deep", "deep yes", "final"]
    if state["round"] == 0:  # later rounds begin behind it
        names.append("intake")
    return sorted(f"{state['name']}/{state['round']}/{each}" for each in names)


def build(journal: Journal) -> StateGraph:  # noqa: C901  (its nodes, told in their order)
    """Parallel branches that do, ask and do again; one of them a graph of its own."""

    def do(state: Work, what: str) -> str:
        name = f"{state['name']}/{state['round']}/{what}"
        result = once(journal.effect, name)
        journal.write("returned", name)
        return result

    def ask(state: Work, what: str) -> str:
        return str(interrupt({"for": f"{state['name']}/{state['round']}/{what}"}))

    def tell(state: Work, what: str) -> None:
        interrupt(Confirm(f"{state['name']}/{state['round']}/{what}", "info"))

    def intake(state: Work) -> dict[str, Any]:
        return {"log": [do(state, "intake")]}

    def left(state: Work) -> dict[str, Any]:
        tell(state, "left")
        return {"log": [do(state, "left"), do(state, f"left {ask(state, 'left?')}")]}

    async def right(state: Work) -> dict[str, Any]:
        name = f"{state['name']}/{state['round']}/right"
        first = await once(journal.later, name)
        journal.write("returned", name)
        answers = f"{ask(state, 'right 1?')} {ask(state, 'right 2?')}"
        return {"log": [first, do(state, f"right {answers}")]}

    def plain(state: Work) -> dict[str, Any]:
        return {"log": [do(state, "plain")]}

    def prepare(state: Work) -> dict[str, Any]:
        return {"log": [do(state, "deep")]}

    def deep(state: Work) -> dict[str, Any]:
        answer = ask(state, "deep?")
        tell(state, "deep")
        return {"log": [do(state, f"deep {answer}")]}

    def inner(state: Work) -> dict[str, Any]:
        return subgraph.invoke({"name": state["name"], "round": state["round"]})

    def final(state: Work) -> dict[str, Any]:
        return {"log": [do(state, "final")]}

    def route(state: Work) -> str:
        return "final" if ask(state, "end?") == "yes" else END

    within = StateGraph(Work).add_sequence([prepare, deep]).add_edge(START, "prepare")
    subgraph = within.compile()
    graph = StateGraph(Work, name="killed").add_node(intake).add_edge(START, "intake")
    for branch in (left, right, plain):
        graph.add_node(branch).add_edge("intake", branch.__name__)
    graph.add_node("inner", lambda state: {"log": inner(state)["log"]}).add_edge("intake", "inner")
    graph.add_node("gathered", lambda state: None)
    graph.add_edge(["left", "right", "plain", "inner"], "gathered")
    return graph.add_node(final).add_conditional_edges("gathered", route, ["final", END])


def go_on(app: CompiledGraph, journal: Journal, name: str, style: int) -> bool:
    """Take one thread one call further; whether there is more to do."""
    config = {"configurable": {"thread_id": name}}
    state = app.get_state(config)
    answer = None
    if state.created_at is None:
        what: Any = {"name": name, "round": 0}
    elif state.interrupts:
        question = random.choice(state.interrupts)
        if question.kind == "in_doubt":
            what = Command(resume={question.id: journal.truth(question)})
        else:
            answer = question.value["for"]
            what = Command(resume={question.id: "yes"})
    elif state.next:
        what = None
    elif state.values["round"] + 1 < ROUNDS:
        edit(app, config, state.values["round"] + 1, style)
        return True
    else:
        thread = app.checkpointer.thread(name)
        assert thread is not None
        journal.write("done", thread.status, name)
        return False
    durability = DURABILITIES[style % 3]
    if style % 2:
        app.invoke(what, config, durability=durability)
    else:
        asyncio.run(app.ainvoke(what, config, durability=durability))
    if answer is not None:
        journal.write("accepted", answer)
    return True


def edit(app: CompiledGraph, config: Any, number: int, style: int) -> None:
    """Begin another round, from where the thread stands or as a fork of an earlier place."""
    if style % 4 > 1:
        places = [each for each in app.get_state_history(config) if "intake" in each.next]
        config = places[-1].config
    app.update_state(config, {"round": number, "log": [f"round {number}"]}, as_node="intake")


def work(saver: Saver, journal: Journal, until_killed: bool) -> None:
    app = build(journal).compile(saver)
    begun = {row.id for row in saver.threads()}
    for number in count():
        name = f"t{number}"
        if not until_killed and name not in begun:
            return
        if f"done done {name}" in DONE:
            continue
        while go_on(app, journal, name, number):
            pass


def decision(journal: Journal) -> StateGraph:
    """One question, and one effect that does what was decided."""

    def decide(state: Work) -> None:
        once(journal.effect, f"{state['name']} {interrupt('approve?')}")

    return StateGraph(Work, name="decision").add_node(decide).add_edge(START, "decide")


def race(saver: Saver, journal: Journal, value: str) -> None:
    """Answer each question on a line, with its thread in front, and say who won."""
    app = decision(journal).compile(saver)
    say("ready")
    for line in sys.stdin:
        thread, question = line.split()
        try:
            app.invoke(Command(resume={question: value}), {"configurable": {"thread_id": thread}})
            say("won")
        except AlreadyAnswered as error:
            say("lost", error.reviewer, error.answered_at)


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


DONE: set[str] = set()

if __name__ == "__main__":
    store, path, what, *arguments = sys.argv[1:]
    DONE.update(line for line in Path(path).read_text().splitlines() if line.startswith("done"))
    with SqliteSaver(store, timeout=30) as kept:
        if what == "race":
            race(kept, Journal(path), *arguments)
        else:
            say("ready")
            work(kept, Journal(path), until_killed=what == "until-killed")
            say("finished")
