"""Somebody who answers questions at the same moment as others, by one of two doors."""

from __future__ import annotations

import time
from typing import Any

from effects import Journal
from figure import at, graph_of

from hitl_nb import Approval, Command, Inbox, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.errors import AlreadyAnswered, HitlError

REPLIES: dict[str, Any] = {
    "approve": {"action": "approve", "reviewer": "ana"},
    "reject": {"action": "reject", "comment": "too much", "reviewer": "bob"},
}


def build(journal: Journal) -> StateGraph:
    """One question, and one effect either way."""

    def pay(state: dict[str, Any]) -> dict[str, Any]:
        decision = interrupt(Approval("Pay?", {"eur": state["eur"]}))
        if decision.approved:
            once(journal.effect, f"{state['name']} pay", dict(decision.payload))
        return {"done": decision.action}

    return graph_of(pay, name="raced")


def answer(
    saver: SqliteSaver, journal: Journal, door: str, thread: str, question: str, reply: Any
) -> Any:
    """Answer by a door; return what came of it: ``won``, or the error's name, who and when."""
    try:
        if door == "inbox":
            Inbox(saver).answer(question, reply)
        else:
            build(journal).compile(saver).invoke(Command(resume={question: reply}), at(thread))
    except AlreadyAnswered as error:
        return ("lost", error.reviewer, error.answered_at)
    except HitlError as error:
        return ("lost", type(error).__name__, "")
    return ("won", "", "")


def race(store: str, path: str, door: str, reply: str, ends: Any) -> None:
    """Answer each question that comes through a pipe, at the moment that comes with it."""
    journal = Journal(path)
    with SqliteSaver(store, timeout=30) as saver:
        ends.send("ready")
        while (told := ends.recv()) is not None:
            thread, question, moment = told
            while time.monotonic() < moment:
                pass
            ends.send(answer(saver, journal, door, thread, question, REPLIES[reply]))
