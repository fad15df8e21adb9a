"""A saved file shows where the run stands, and saving disturbs nobody who types."""

from __future__ import annotations

import nbformat
import pytest
from browser.notebook_page import Notebooks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TWO = """
import asyncio
from hitl_nb import START, InMemorySaver, StateGraph, interrupt

def first(state):
    return {"a": interrupt("First?")}

def second(state):
    return {"b": interrupt("Second?")}

graph = StateGraph(name="two").add_sequence([first, second]).add_edge(START, "first")
session = graph.compile(InMemorySaver()).session({}, thread_id="t")

async def keep_saving():
    while True:
        session._display.keep()
        await asyncio.sleep(0.05)
"""
INBOX = "from hitl_nb import Inbox\nInbox(session.graph.checkpointer)"


def test_a_file_saved_at_the_second_question_shows_it_and_the_form_keeps_the_keyboard(
    notebooks: Notebooks,
) -> None:
    notebook = notebooks.new(TWO, "session", "saving = asyncio.create_task(keep_saving())")
    notebook.run_all()
    view = notebook.view(1)
    view.asks("First?")
    view.answer.fill("because")
    view.submit.click()
    view.asks("Second?")

    view.answer.click()
    view.answer.press_sequentially("still typing", delay=40)

    expect(view.answer).to_have_value("still typing")
    expect(view.answer).to_be_focused()
    expect(notebook.page.locator(".hitl-nb-saved")).to_contain_text("Second?")
    saved, live = notebook.saved().cells[1].outputs
    assert set(live.data) == {"application/vnd.jupyter.widget-view+json"}
    assert "? second: Second?" in saved.data["text/plain"]
    assert "Second?" in saved.data["text/html"]
    expect(notebook.page.locator(".hitl-nb-saved")).to_be_hidden()


def test_where_the_view_may_not_be_drawn_its_saved_text_is_shown(notebooks: Notebooks) -> None:
    lab, name = notebooks.lab, "not-trusted.ipynb"
    lab.write_notebook(name, TWO, "session", "'not run here'")
    file = lab.read_notebook(name)
    file.cells[2].outputs = [nbformat.v4.new_output("display_data", {"text/plain": "as it came"})]
    nbformat.write(file, lab.root / name)
    notebook = notebooks.open(name)
    notebook.run(0)
    notebook.run(1)
    view, saved = notebook.view(1), notebook.cell(1).locator(".hitl-nb-saved")
    view.asks("First?")
    expect(saved).to_contain_text("First?")
    notebook.save()

    notebook.reload()
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'not run here'")
    expect(saved).to_be_visible()
    expect(saved).to_contain_text("Run the cell again to answer it here")
    expect(view.root).to_have_count(0)
    notebook.shoot("not-trusted")

    notebook.run(1)
    view.asks("First?")
    expect(saved).to_be_hidden()


def test_a_file_opened_without_its_kernel_shows_what_it_says_and_no_complaint(
    notebooks: Notebooks,
) -> None:
    notebook = notebooks.new(TWO, "session", INBOX)
    notebook.run_all()
    for number in (1, 2):
        notebook.view(number).asks("First?")
        saved = notebook.cell(number).locator(".hitl-nb-saved")
        expect(saved).to_have_count(1)
        expect(saved).to_be_hidden()
    notebook.save()
    notebook.reload()
    for number in (1, 2):  # while its kernel lives, the file shows the live views
        notebook.view(number).asks("First?")
        expect(notebook.cell(number).locator(".hitl-nb-saved")).to_be_hidden()
    notebook.page.close()
    notebooks.lab.end_kernels()

    again = notebooks.open(notebook.name)

    for number in (1, 2):
        expect(again.cell(number).locator(".hitl-nb-saved")).to_be_visible()
        again.hides_its_complaint(number)
    again.shoot("reopened-without-kernel")
