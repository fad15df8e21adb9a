"""A server and reviewers that are killed while they work, over one file."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import Any

from effects import Journal, truth_of
from figure import graph_of

from hitl_nb import Approval, Inbox, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.errors import AlreadyAnswered, StaleQuestion, UnknownQuestion
from hitl_nb.server.server import Server

_PAUSE = 0.05


def build(journal: Journal) -> StateGraph:
    """Ask and do, twice."""

    def act(name: str, payload: Any) -> str:
        done = journal.effect(name, payload)
        time.sleep(_PAUSE)  # what is at the other end takes its time to reply
        return done

    def step(state: dict[str, Any], node: str) -> dict[str, Any]:
        name = f"{state['name']} {node}"
        decision = interrupt(Approval(f"{name}?", {"for": name}))
        return {node: once(act, name, dict(decision.payload))}

    def pay(state: dict[str, Any]) -> dict[str, Any]:
        return step(state, "pay")

    def ship(state: dict[str, Any]) -> dict[str, Any]:
        return step(state, "ship")

    return graph_of(pay, ship, name="soaked")


def serve(store: str, path: str) -> None:
    """Go on with whatever was answered, until killed."""
    with SqliteSaver(store, timeout=30) as saver:
        asyncio.run(Server([build(Journal(path)).compile(saver)], saver).run())


def review(store: str, path: str, name: str) -> None:
    """Approve whatever waits, and look up what is in doubt, until killed."""
    journal = Journal(path)
    with SqliteSaver(store, timeout=30) as saver:
        inbox = Inbox(saver, reviewer=name)
        while True:
            waiting = saver.questions()
            for thread, row, _ in random.sample(waiting, min(8, len(waiting))):
                in_doubt = row.kind == "in_doubt"
                reply = truth_of(journal, thread, row.node) if in_doubt else "approve"
                inbox.refresh()
                with suppress(AlreadyAnswered, StaleQuestion, UnknownQuestion):
                    inbox.answer(row.id, reply)
                    if not in_doubt:
                        journal.write("accepted", f"{thread} {row.node}")
            if not waiting:
                time.sleep(_PAUSE)
