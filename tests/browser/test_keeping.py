"""What was asked and what was typed survive reloads and lost kernels."""

from __future__ import annotations

import pytest
from browser.cells import ANSWERS, APPROVE, ASKING_SESSION, AWAIT, EXPLAIN, REFUND, SESSION, asking
from browser.notebook_page import Notebooks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_open_form_is_answered_after_the_page_was_reloaded(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION, "session.values['decision']")
    notebook.run(0)
    notebook.run(1)
    notebook.view(1).asks(APPROVE)
    notebook.save()

    notebook.reload()
    view = notebook.view(1)
    view.asks(APPROVE)
    view.button("approve").click()

    view.asks(EXPLAIN)
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'approve'")


def test_text_that_was_typed_and_not_sent_survives_a_reload(notebooks: Notebooks) -> None:
    notebook = notebooks.new(asking("Why?"), ASKING_SESSION, f"await session\n{ANSWERS}")
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Why?")
    notebook.save()
    with notebook.sending("half a thought"):
        view.answer.press_sequentially("half a thought")

    notebook.reload()
    view.asks("Why?")
    expect(view.answer).to_have_value("half a thought")
    view.answer.press("End")
    view.answer.press_sequentially(" more")
    view.submit.click()

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['half a thought more']")


def test_a_lost_kernel_is_said_and_the_text_is_there_to_send_again(notebooks: Notebooks) -> None:
    notebook = notebooks.new(asking("Why?"), ASKING_SESSION, f"await session\n{ANSWERS}")
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Why?")
    view.answer.fill("a long thought")

    notebook.restart_kernel()
    expect(view.root.locator(".notice").first).to_be_visible()
    expect(view.root).to_contain_text("run the cell again, and before it the cells it needs")
    expect(view.answer).to_have_value("a long thought")
    notebook.shoot("lost-kernel")

    notebook.run(0)
    notebook.run(1)
    view.asks("Why?")
    expect(view.root.locator(".notice")).to_have_count(0)
    expect(view.answer).to_have_value("a long thought")
    view.submit.click()
    expect(notebook.output(1)).to_contain_text("done")
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['a long thought']")


SLOW = """
import asyncio
from pathlib import Path
from hitl_nb import START, Approval, InMemorySaver, StateGraph, interrupt

async def draft(state):
    while not Path("go").exists():
        await asyncio.sleep(0.01)
    Path("go").unlink()

def approve(state):
    return {"letter": interrupt(Approval("Send it?", draft="We regret.")).value}

graph = StateGraph(name="slow").add_sequence([draft, approve]).add_edge(START, "draft")
session = graph.compile(InMemorySaver()).session({}, thread_id="slow")
session
"""


def test_text_comes_back_also_to_a_form_that_comes_after_its_view(notebooks: Notebooks) -> None:
    notebook = notebooks.new(SLOW)
    view = notebook.view(0)
    draft = view.root.get_by_role("textbox", name="draft")
    notebook.run(0)
    notebook.go_on()
    view.asks("Send it?")
    draft.fill("a long thought")

    notebook.restart_kernel()
    expect(view.root.locator(".notice").first).to_be_visible()
    notebook.run(0)
    expect(view.header).to_contain_text("running")
    notebook.go_on()

    view.asks("Send it?")
    expect(view.root.locator(".notice")).to_have_count(0)
    expect(draft).to_have_value("a long thought")
    expect(view.button("Approve as edited")).to_be_visible()


def test_a_page_reloaded_while_a_cell_awaits_shows_the_question_and_takes_the_answer(
    notebooks: Notebooks,
) -> None:
    notebook = notebooks.new(REFUND, SESSION, AWAIT)
    notebook.run_all()
    view = notebook.view(1)
    view.asks(APPROVE)
    expect(notebook.page.locator(".hitl-nb-saved")).to_contain_text(APPROVE)
    notebook.save()

    notebook.reload()
    expect(notebook.cell(1).get_by_text(APPROVE).locator("visible=true")).to_have_count(1)
    notebook.interrupt_kernel()
    view.asks(APPROVE)
    view.button("approve").click()
    view.asks(EXPLAIN)


def test_the_end_stays_visible_in_a_reloaded_page(notebooks: Notebooks) -> None:
    notebook = notebooks.new(asking("Why?"), ASKING_SESSION, f"await session\n{ANSWERS}")
    notebook.run(0)
    notebook.run(1)
    notebook.view(1).asks("Why?")
    notebook.save()
    notebook.reload()
    view = notebook.view(1)
    view.asks("Why?")
    view.answer.fill("because")
    view.submit.click()
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['because']")

    expect(notebook.output(1)).to_contain_text("because")
