"""The inbox in a notebook of its own, over a file that another notebook's runs are kept in."""

from __future__ import annotations

import pytest
from browser.notebook_page import Notebooks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

BEGIN = """
from hitl_nb import START, Approval, SqliteSaver, StateGraph, interrupt

def review(state):
    asked = Approval(f"Refund {state['order']}?", draft=f"Sorry about {state['order']}.")
    decision = interrupt(asked)
    return {"said": [decision.action, decision.value, decision.reviewer]}

saver = SqliteSaver("waiting.db")
graph = StateGraph(name="refund").add_node(review).add_edge(START, "review").compile(saver)
for order in ("mug", "lamp", "desk"):
    graph.invoke({"order": order}, {"configurable": {"thread_id": order}})
server = graph.serve()
"""
RESULTS = """
import asyncio
while any(row.status == "waiting" for row in saver.threads()):
    await asyncio.sleep(0.05)
[graph.get_state({"configurable": {"thread_id": name}}).values["said"] for name in ("mug", "lamp")]
"""
INBOX = """
from hitl_nb import Inbox
inbox = Inbox("waiting.db", reviewer="ana")
inbox
"""


def test_what_is_decided_in_another_notebook_goes_on_where_the_graph_is(
    notebooks: Notebooks,
) -> None:
    runs = notebooks.new(BEGIN, RESULTS)
    runs.run(0)
    runs.has_run(0)
    desk = notebooks.new(INBOX, "len(inbox)")
    desk.run(0)
    root = desk.output(0)
    waiting = root.locator(".waiting-list")
    expect(waiting.get_by_role("option")).to_have_count(3)
    expect(root.get_by_role("heading", name="Refund mug?")).to_be_visible()

    with desk.sending("half"):
        root.get_by_label("comment").fill("half a reason")
    waiting.press("j")
    expect(root.get_by_role("heading", name="Refund lamp?")).to_be_visible()
    root.get_by_label("draft").fill("So sorry.")
    root.get_by_role("button", name="Approve as edited").click()
    expect(root.get_by_role("heading", name="Refund desk?")).to_be_visible()
    expect(waiting.get_by_role("option")).to_have_count(2)

    waiting.press("k")
    expect(root.get_by_role("heading", name="Refund mug?")).to_be_visible()
    expect(root.get_by_label("comment")).to_have_value("half a reason")
    desk.shoot("inbox")
    root.get_by_role("button", name="Answer like questions together").click()
    expect(root.get_by_role("cell", name="Sorry about desk.")).to_be_visible()
    root.get_by_label("comment").fill("both")
    root.get_by_role("button", name="Approve").click()
    expect(waiting.get_by_role("option")).to_have_count(0)
    expect(root).to_contain_text("Nothing waits for an answer.")

    runs.run(1)
    expect(runs.output(1)).to_contain_text("['approve', 'Sorry about mug.', 'ana']")
    expect(runs.output(1)).to_contain_text("['edit', 'So sorry.', 'ana']")
