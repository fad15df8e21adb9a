"""Cells that several tests run."""

from __future__ import annotations

REFUND = """
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

def triage(state):
    return {"category": "refund"}

def approve(state):
    answer = interrupt({
        "question": "Send this reply?",
        "request": state["request"],
        "reply": "We are sorry. The full amount is on its way back to you.",
        "amount": 40,
        "order": {"id": 42, "items": ["mug", "lamp"]},
        "options": ["approve", "reject"],
    })
    return {"decision": answer}

def explain(state):
    return {"reason": interrupt("Should the log say why?")}

graph = StateGraph(name="refund").add_sequence([triage, approve, explain])
graph.add_edge(START, "triage").add_edge("explain", END)
app = graph.compile(InMemorySaver())
"""
SESSION = """
session = app.session({"request": "It never shipped."}, thread_id="order-42")
session
"""
AWAIT = "final = await session\nprint(final['decision'], '·', final['reason'])"
DECISIONS = "[row.answer for row in app.checkpointer.decisions(session.thread_id)]"

APPROVE = "Send this reply?"
EXPLAIN = "Should the log say why?"


def asking(*questions: object) -> str:
    """Write the cell of a graph whose one node asks these questions, one after the other."""
    return f"""
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

def ask(state):
    return {{"answers": [interrupt(question) for question in {list(questions)!r}]}}

graph = StateGraph(name="asking").add_node("ask", ask)
graph.add_edge(START, "ask").add_edge("ask", END)
app = graph.compile(InMemorySaver())
"""


BLOCKED = """
from pathlib import Path
import time

while not Path("go").exists():
    time.sleep(0.01)
Path("go").unlink()
"""
"""Keeps the kernel busy until there is a file of this name."""

ASKING_SESSION = "session = app.session({}, thread_id='asking')\nsession"
ANSWERS = "session.values['answers']"

FAILING = """
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

def approve(state):
    return {"ok": interrupt({"question": "Go on?", "options": ["yes"]})}

def look_up(state):
    raise LookupError("no such order")

graph = StateGraph(name="failing").add_sequence([approve, look_up])
graph.add_edge(START, "approve").add_edge("look_up", END)
app = graph.compile(InMemorySaver())
session = app.session({})
session
"""
