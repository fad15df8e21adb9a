"""Graphs for servers, those in other processes too; ``HITL_NB_JOURNAL`` names a file of effects."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

from hitl_nb import START, CompiledGraph, StateGraph, interrupt, once
from hitl_nb.engine.checkpoint_rows import open_questions
from hitl_nb.savers import Saver
from hitl_nb.threads.answer_recording import Given, answer


def note(line: str) -> None:
    file = os.open(os.environ["HITL_NB_JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def ask(state: dict[str, Any]) -> dict[str, Any]:
    return {"decision": interrupt(f"Refund {state['order']}?")}


def send(state: dict[str, Any]) -> dict[str, Any]:
    note(f"{state['order']} {state['decision']}")
    return {"sent": True}


def prepare(state: dict[str, Any]) -> dict[str, Any]:
    once(note, "prepared")
    return {}


def hang(state: dict[str, Any]) -> dict[str, Any]:
    """Hang until killed, unless somebody has made way."""
    if not Path(os.environ["HITL_NB_JOURNAL"]).with_name("way").exists():
        sys.stdout.write("hangs\n")
        sys.stdout.flush()
        threading.Event().wait()
    return {"passed": True}


graph = StateGraph(name="refund").add_sequence([ask, send]).add_edge(START, "ask").compile()
slow = StateGraph(name="slow").add_sequence([ask, prepare, hang]).add_edge(START, "ask")


def at(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def refund(log: list[str] | None = None) -> StateGraph:
    """Ask, then do; ``log`` is what was done."""
    done = [] if log is None else log

    async def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"decision": interrupt("Refund?")}

    async def send(state: dict[str, Any]) -> dict[str, Any]:
        if state["decision"] == "raise":
            raise ValueError("no such account")
        done.append(state["decision"])
        return {"sent": True}

    return StateGraph(name="refund").add_sequence([ask, send]).add_edge(START, "ask")


def decide(graph: CompiledGraph, saver: Saver, name: str, value: Any = "yes") -> None:
    """Answer what a thread asks, and go on with nothing."""
    pending = open_questions(graph.plan, saver, name)
    answer(saver, name, pending, graph.plan, {pending[0].id: value}, Given("ana", "widget"))


def status(saver: Saver, name: str) -> str:
    thread = saver.thread(name)
    assert thread is not None
    return thread.status
