"""What was asked and what was typed survive reloads and lost kernels."""

from __future__ import annotations

import pytest
from cells import ANSWERS, APPROVE, ASKING_SESSION, EXPLAIN, REFUND, SESSION, asking
from notebook_page import Notebooks
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
    expect(view.root).to_contain_text("run the cell again")
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

    expect(notebook.output(1)).to_contain_text("because", timeout=2000)
