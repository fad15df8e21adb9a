"""The tutorials 02 to 06, as a person goes through them: cell by cell, with the clicks they ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser.notebook_page import NotebookPage, Notebooks, View
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

TUTORIALS = Path(__file__).parents[2] / "notebooks"
RULE = "No box is fine. We collect and pay."
GIVES_ORDERS = "R-1014"


class Tutorial:
    """A tutorial that is open in JupyterLab, its outputs cleared.

    Args:
        notebooks: Where notebooks are opened.
        name: The notebook's name without its ending.
    """

    def __init__(self, notebooks: Notebooks, name: str) -> None:
        notebooks.lab.copy_folder(TUTORIALS)
        file = f"notebooks/{name}.ipynb"
        self.name = name
        self.page: NotebookPage = notebooks.open(file)
        self.page.command("notebook:clear-all-cell-outputs")
        cells = notebooks.lab.read_notebook(file).cells
        self._places = {cell.id: place for place, cell in enumerate(cells)}
        self._left = [cell.id for cell in cells if cell.cell_type == "code"]
        self._last = self._left[-1]
        self._started = ""

    def go_to(self, cell: str) -> None:
        """Run the cells up to this one, each after the one before has run."""
        while cell in self._left:
            self.start(self._left[0])
        self.page.has_run(self._places[cell])

    def start(self, cell: str) -> None:
        """Run a cell once the one before has run, and return at once."""
        if self._started:
            self.page.has_run(self._places[self._started])
        self.page.run(self._places[cell])
        self._started = cell
        if cell in self._left:
            self._left.remove(cell)

    def view(self, cell: str) -> View:
        return self.page.view(self._places[cell])

    def output(self, cell: str) -> Locator:
        return self.page.output(self._places[cell])

    def is_over(self) -> None:
        """See that every cell has run, and none with an error."""
        self.go_to(self._last)
        expect(self.page.page.locator(".jp-RenderedText[data-mime-type*=stderr]")).to_have_count(0)

    def shoot(self, cell: str, name: str = "") -> None:
        """Take a picture of what a cell shows."""
        self.output(cell).last.scroll_into_view_if_needed()
        self.page.shoot(f"tutorial-{self.name}{name}")


def press(view: View, name: str) -> None:
    """Press a button of the open form, whatever key is named on it."""
    view.root.locator("form").get_by_role("button", name=name).click()


def approval_gate(tutorial: Tutorial) -> None:
    tutorial.go_to("small")
    expect(tutorial.output("small")).to_contain_text("approved by refunds")
    tutorial.go_to("large")
    view = tutorial.view("large")
    form = view.asks("Refund Nadira Salim?")
    form.get_by_role("textbox", name="amount").fill("80")
    letter = form.get_by_role("textbox", name="letter")
    letter.press("Control+End")
    letter.press_sequentially(" Keep the jacket.")
    tutorial.shoot("large")
    press(view, "Approve as edited")
    expect(tutorial.output("large")).to_contain_text("done")
    tutorial.is_over()
    expect(tutorial.output("result")).to_contain_text("'80.00 EUR'")
    tutorial.shoot("record", "-end")


def test_a_draft_is_corrected_at_the_gate(notebooks: Notebooks) -> None:
    approval_gate(Tutorial(notebooks, "02_approval_gate"))


def human_as_tool(tutorial: Tutorial) -> None:
    tutorial.go_to("unsure")
    expect(tutorial.output("sure")).to_contain_text("done")
    view = tutorial.view("unsure")
    view.asks("Which rule should I follow here?")
    tutorial.shoot("unsure")
    view.answer.fill(RULE)
    press(view, "Submit")
    expect(tutorial.output("unsure")).to_contain_text("done")
    tutorial.is_over()
    for specialist in ("returns", "transport"):
        expect(tutorial.output("result")).to_contain_text(f"{specialist} · Thank you")
    expect(tutorial.output("result")).to_contain_text(RULE)


def test_an_unsure_agent_is_told_what_to_do(notebooks: Notebooks) -> None:
    human_as_tool(Tutorial(notebooks, "03_human_as_tool"))


def long_pause(tutorial: Tutorial, restart: Any = None) -> None:
    tutorial.go_to("export")
    tutorial.view("first").asks("Make this offer?")
    if restart is not None:
        restart()
    tutorial.go_to("load")
    view = tutorial.view("load")
    view.asks("Make this offer?")
    tutorial.shoot("load")
    press(view, "Approve")
    expect(tutorial.output("load")).to_contain_text("done")
    tutorial.is_over()
    expect(tutorial.output("answer")).to_contain_text("'accepted': 'A new grinder")


def test_a_run_goes_on_in_another_kernel(notebooks: Notebooks) -> None:
    tutorial = Tutorial(notebooks, "04_long_pause")

    def restart() -> None:
        tutorial.page.restart_kernel()
        tutorial.start("graph")

    long_pause(tutorial, restart)


def step_and_fork(tutorial: Tutorial) -> None:
    tutorial.go_to("start")
    view = tutorial.view("start")
    expect(view.header).to_contain_text("paused · before draft")
    tutorial.go_to("step")
    expect(view.header).to_contain_text("paused · before choose")
    tutorial.go_to("edit")
    expect(view.root).to_contain_text("129 → 120")
    tutorial.start("run")
    view.asks("How do we make up for it?")
    tutorial.shoot("start")
    view.root.get_by_label("money back").check()
    press(view, "Submit")
    tutorial.go_to("fork")
    other = tutorial.view("fork")
    other.asks("How do we make up for it?")
    other.root.get_by_label("voucher").check()
    press(other, "Submit")
    expect(tutorial.output("fork")).to_contain_text("done")
    tutorial.is_over()
    expect(tutorial.output("compare")).to_contain_text("voucher")
    tutorial.shoot("compare", "-end")


def test_a_run_is_stepped_edited_and_forked(notebooks: Notebooks) -> None:
    step_and_fork(Tutorial(notebooks, "05_step_and_fork"))


def reject(view: View, why: str) -> None:
    view.root.get_by_label("comment").fill(why)
    press(view, "Reject")


def choose(view: View, thread: str) -> None:
    """Look at the question of a thread."""
    view.root.get_by_role("listbox").get_by_role("option").filter(has_text=thread).click()
    expect(view.root.locator(".place")).to_contain_text(thread)


def inbox(tutorial: Tutorial) -> None:
    tutorial.go_to("inbox")
    view = tutorial.view("inbox")
    waits = view.header.get_by_role("status")
    expect(waits).to_have_text("20 questions wait")
    tutorial.shoot("inbox")
    filters = view.root.get_by_role("group", name="filter")
    rows = view.root.get_by_role("listbox").get_by_role("option")

    filters.get_by_label("risk").select_option("high")
    expect(rows).to_have_count(4)
    for left, name in ((19, "R-1002"), (18, "R-1012"), (17, GIVES_ORDERS), (16, "R-1017")):
        choose(view, name)
        if name == GIVES_ORDERS:
            reject(view, "The text is not the customer's.")
        else:
            press(view, "Approve")
        expect(waits).to_have_text(f"{left} questions wait")
    filters.get_by_label("risk").select_option("any")

    filters.get_by_label("text").fill("no refund needed")
    expect(rows).to_have_count(1)
    choose(view, "R-1020")
    reject(view, "The parcel arrived.")
    expect(waits).to_have_text("15 questions wait")
    filters.get_by_label("text").fill("")

    choose(view, "R-1001")
    view.root.get_by_role("button", name="Answer like questions together (up to 15)").click()
    expect(view.root.locator("form.bulk")).to_be_visible()
    tutorial.shoot("inbox", "-together")
    press(view, "Approve")
    expect(waits).to_have_text("0 questions wait")
    tutorial.shoot("inbox", "-done")
    tutorial.is_over()
    expect(tutorial.output("results")).to_have_text("(18, 'of', 20, 'letters were sent')")


def test_twenty_questions_are_answered_in_the_inbox(notebooks: Notebooks) -> None:
    inbox(Tutorial(notebooks, "06_inbox"))
