from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GRAPH = """
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

def approve(state):
    answer = interrupt({"question": "Approve?", "amount": 40, "options": ["approve", "reject"]})
    return {"approved": answer == "approve"}

def describe(state):
    return {"reason": interrupt("Why?")}

graph = StateGraph(name="refund").add_sequence([approve, describe])
graph.add_edge(START, "approve").add_edge("describe", END)
app = graph.compile(InMemorySaver())
"""
SESSION = "session = app.session({}, thread_id='order-42')\nsession"


def test_a_click_resumes(open_notebook):
    notebook = open_notebook(GRAPH, SESSION)
    notebook.run_all()
    view = notebook.view(1)
    view.asks("Approve?")
    view.button("approve").click()
    view.asks("Why?")
    notebook.shoot("asking")
    view.answer.fill("because")
    view.submit.click()
    expect(notebook.output(1)).to_contain_text("because")
    assert notebook.mimetypes(1) == {"text/html", "text/plain"}
