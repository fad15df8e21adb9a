"""All text is readable in JupyterLab's light and dark theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.cells import APPROVE, EXPLAIN, FAILING, REFUND, SESSION, asking
from browser.contrast import contrasts
from browser.notebook_page import NotebookPage, Notebooks, Theme
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

READABLE = 4.5


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, notebooks: Notebooks) -> Iterator[Theme]:
    yield request.param
    for notebook in notebooks.opened:
        notebook.use_theme("light")


def is_readable(shown: Locator, *texts: str) -> None:
    found = contrasts(shown)
    for text in texts:
        assert text in found
    assert {text: contrast for text, contrast in found.items() if contrast < READABLE} == {}


def waits(notebook: NotebookPage, heading: str, theme: Theme) -> None:
    notebook.view(1).asks(heading)
    notebook.use_theme(theme)


def test_a_run_is_readable_from_question_to_record(notebooks: Notebooks, theme: Theme) -> None:
    notebook = notebooks.new(REFUND, SESSION)
    notebook.run(0)
    notebook.run(1)
    waits(notebook, APPROVE, theme)
    view = notebook.view(1)
    is_readable(view.root, APPROVE, "refund", "waiting for you", "reply", "amount", "40", "approve")

    view.button("approve").hover()
    is_readable(view.root, "approve")
    view.button("approve").click()
    view.asks(EXPLAIN)
    view.submit.click()
    is_readable(view.root, "Write an answer first.", "answer", "Submit", "Ctrl+Enter")
    view.answer.fill("never shipped")
    is_readable(view.root, "never shipped", "yes")
    view.root.locator("summary").first.click()
    is_readable(view.root, "triage")

    view.submit.click()
    expect(view.root).to_have_count(0)
    record = notebook.output(1)
    expect(record).to_contain_text("done")
    is_readable(record, "never shipped", "result")


def test_a_failure_is_readable(notebooks: Notebooks, theme: Theme) -> None:
    notebook = notebooks.new(FAILING)
    notebook.use_theme(theme)
    notebook.run(0)
    notebook.view(0).asks("Go on?")
    notebook.view(0).button("yes").click()
    record = notebook.output(0)
    expect(record).to_contain_text("LookupError")

    is_readable(record)


def test_a_note_about_a_lost_kernel_is_readable(notebooks: Notebooks, theme: Theme) -> None:
    notebook = notebooks.new(asking("Why?"), "session = app.session({})\nsession")
    notebook.run(0)
    notebook.run(1)
    waits(notebook, "Why?", theme)
    view = notebook.view(1)
    view.answer.fill("a long thought")
    notebook.restart_kernel()
    expect(view.root.locator(".notice").first).to_be_visible()

    is_readable(view.root, "a long thought")
