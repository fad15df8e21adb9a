"""A run that outlives its page, its kernel and its server, and is decided in another notebook."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser.lab import running_lab
from browser.notebook_page import NotebookPage, Notebooks
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.browser

REFUND = """
from typing import TypedDict
from hitl_nb import START, Approval, StateGraph, interrupt

class Refund(TypedDict, total=False):
    order: str
    draft: str
    letter: str
    sent: bool

def write(state):
    return {"draft": f"We are sorry for the delay of order {state['order']}."}

def approve(state):
    decision = interrupt(Approval("Send this apology?", state["draft"], risk="medium"))
    return {"letter": decision.value} if decision.approved else {}

def send(state):
    return {"sent": "letter" in state}

graph = StateGraph(Refund, name="refund").add_sequence([write, approve, send])
app = graph.add_edge(START, "write").compile()
"""
SESSION = "session = app.session({'order': '42'}, thread_id='order-42')\nsession"
RESULT = "final = await session\nfinal['letter'], final['sent']"
RECORD = "session.decisions()[['action', 'reviewer', 'given']].iloc[0].to_list()"
INBOX = "from hitl_nb import Inbox\ninbox = Inbox(reviewer='ana')\ninbox"

DRAFT = "We are sorry for the delay of order 42."
EDITED = "We are sorry your order 42 never left us."


@contextmanager
def desk(home: Path, port: int, context: BrowserContext) -> Iterator[Notebooks]:
    """Start JupyterLab on the same files, and stop it with all its kernels."""
    with running_lab(home, port) as lab:
        notebooks = Notebooks(lab, context, "story")
        yield notebooks
        for notebook in notebooks.opened:
            notebook.page.close()
        assert notebooks.complaints == []


def run(notebook: NotebookPage, *cells: int) -> None:
    for number in cells:
        notebook.run(number)
        notebook.has_run(number)


def test_a_question_is_found_and_decided_after_everything_was_restarted(
    context: BrowserContext, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with desk(tmp_path, port, context) as notebooks:
        first = notebooks.new(REFUND, SESSION, RESULT, RECORD)
        run(first, 0, 1)
        first.view(1).asks("Send this apology?")
        expect(first.view(1).header).to_contain_text("hitl.db")
        expect(first.cell(1).locator(".hitl-nb-saved")).to_have_count(1)
        first.save()

    with desk(tmp_path, port, context) as notebooks:
        notebooks.lab.write_notebook("inbox.ipynb", INBOX)
        inbox = notebooks.open("inbox.ipynb")
        run(inbox, 0)
        root = inbox.output(0)
        expect(root.get_by_role("heading", name="Send this apology?")).to_be_visible()
        draft = root.get_by_label("draft")
        expect(draft).to_have_value(DRAFT)
        draft.fill(EDITED)
        inbox.shoot("story-inbox")
        root.get_by_role("button", name="Approve as edited").click()
        expect(root).to_contain_text("Nothing waits for an answer.")

        again = notebooks.open(first.name)
        expect(again.cell(1)).to_contain_text("Send this apology?")  # as it was saved
        again.hides_its_complaint(1)
        run(again, 0, 1, 2, 3)
        expect(again.output(2)).to_have_text(f"('{EDITED}', True)")
        expect(again.output(3)).to_have_text("['edit', 'ana', 'widget']")

        record = again.output(1)
        expect(record).to_contain_text("approved as edited by ana")
        record.locator("details", has_text="approved as edited").locator("summary").first.click()
        expect(record.locator("del").first).to_be_visible()
        assert "your" in "".join(record.locator("ins").all_inner_texts())
        assert "the delay" in "".join(record.locator("del").all_inner_texts())
        again.shoot("story-record")
