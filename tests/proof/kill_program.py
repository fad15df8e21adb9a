"""A program that is killed, by itself where it hurts or by whoever started it at any moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from effects import Journal, truth_of
from figure import at, graph_of

from hitl_nb import (
    Approval,
    Command,
    CompiledGraph,
    Inbox,
    SqliteSaver,
    StateGraph,
    interrupt,
    once,
)

AT_THE_EFFECT = ("before", "during", "recorded")
"""Before the effect, right after it and before the call returns, after its record."""
AT_THE_NODE = ("begin", "asked", "end")
"""At a node's beginning, when its question was answered, and at its end."""
NODES = ("pay", "ship")
Die = Callable[[str, str], None]


def no_death(point: str, name: str) -> None:
    """Go on."""


def die(journal: Journal, known: set[str], point: str, name: str) -> None:
    """Kill this process at a point that it was not killed at yet."""
    if f"{point} {name}" not in known:
        journal.write("died", f"{point} {name}")
        os.kill(os.getpid(), signal.SIGKILL)


def build(journal: Journal, die_at: Die = no_death) -> StateGraph:
    """Two nodes that each ask and do."""

    def act(name: str, payload: Any) -> str:
        die_at("before", name)
        done = journal.effect(name, payload)
        die_at("during", name)
        return done

    def step(name: str, eur: int) -> str:
        die_at("begin", name)
        decision = interrupt(Approval(f"{name}?", {"eur": eur}))
        die_at("asked", name)
        done = once(act, name, dict(decision.payload)) if decision.approved else "not approved"
        die_at("recorded", name)
        die_at("end", name)
        return done

    def pay(state: dict[str, Any]) -> dict[str, Any]:
        return {"pay": step(f"{state['name']} pay", 40)}

    def ship(state: dict[str, Any]) -> dict[str, Any]:
        return {"ship": step(f"{state['name']} ship", 5)}

    return graph_of(pay, ship, name="killed")


def take_further(app: CompiledGraph, journal: Journal, name: str, number: int) -> bool:
    """Take a thread one call further; whether there is more to do."""
    state = app.get_state(at(name))
    if state.created_at is None:
        app.invoke({"name": name}, at(name))
    elif state.interrupts:
        (question,) = state.interrupts
        reply: Any = "approve"
        if question.kind == "in_doubt":
            reply = truth_of(journal, name, question.node)
            journal.write("doubted", f"{name} {question.node}")
        asked = f"{name} {question.node}"
        if question.kind != "in_doubt" and asked in journal.names("accepted"):
            journal.write("again", asked)
        if number % 2:
            app.invoke(Command(resume={question.id: reply}), at(name))
        else:
            Inbox(app.checkpointer, reviewer="ana").answer(question.id, reply)
        if question.kind != "in_doubt":
            journal.write("accepted", asked)
    elif state.next:
        app.invoke(None, at(name))
    else:
        journal.write("done", name)
        return False
    return True


def work(store: str, path: str, dies: bool, threads: int | None) -> None:
    """Take one thread after the other to its end; without a number of threads, for ever."""
    journal = Journal(path)
    died = journal.names("died")
    finished = journal.names("done")
    with SqliteSaver(store, timeout=30) as saver:
        die_at = partial(die, journal, died) if dies else no_death
        app = build(journal, die_at).compile(saver)
        for number in count():
            name = f"t{number}"
            if threads is not None and number >= threads:
                return
            while name not in finished and take_further(app, journal, name, number):
                pass
