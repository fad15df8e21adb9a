"""The first tutorial, as a person goes through it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.notebook_page import RAN, Notebooks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TUTORIALS = Path(__file__).parents[2] / "notebooks"


def test_the_first_tutorial_runs_by_two_clicks(notebooks: Notebooks) -> None:
    notebooks.lab.copy_folder(TUTORIALS)
    notebook = notebooks.open("notebooks/01_first_interrupt.ipynb")
    cells = notebook.sources()
    first = next(place for place, cell in enumerate(cells) if cell.startswith("session ="))
    second = next(place for place, cell in enumerate(cells) if cell.startswith("second ="))

    notebook.run_all()
    notebook.view(first).asks("Send this reply?")
    notebook.shoot("tutorial")
    notebook.view(first).button("approve").click()
    expect(notebook.output(first)).to_contain_text("done")
    notebook.view(second).asks("Send this reply?")
    notebook.view(second).button("reject").click()

    expect(notebook.output(second)).to_contain_text("done")
    # The view is gone, and the notebook has the keyboard again.
    notebook.page.wait_for_function("document.activeElement.closest('.jp-Cell') !== null")
    for prompt in notebook.page.locator(".jp-CodeCell .jp-InputPrompt").all():
        expect(prompt).to_have_text(RAN)
    expect(notebook.page.get_by_text("Traceback")).to_have_count(0)
    notebook.shoot("tutorial-end")
