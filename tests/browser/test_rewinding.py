"""A thread whose run is over is looked back at, and answered differently, in a cell of its own."""

from __future__ import annotations

import pytest
from browser.notebook_page import NotebookPage, Notebooks, View
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GRAPH = """
from hitl_nb import START, SqliteSaver, StateGraph, interrupt

stock = []

def write(state):
    return {"draft": f"We refund {state['amount']} EUR."}

def approve(state):
    asked = {"question": "Send it?", "draft": state["draft"], "options": ["yes", "no"]}
    return {"answer": interrupt(asked)}

def look_up(state):
    return {"found": stock[0]}

def app(name, *nodes):
    graph = StateGraph(name=name).add_sequence(list(nodes)).add_edge(START, nodes[0].__name__)
    return graph.compile(SqliteSaver(f"rewinding-{name}.db"))
"""
LETTER = "session = app('letter', write, approve).session({'amount': 40}, restart=True)\nsession"
FAILING = "session = app('failing', write, look_up).session({'amount': 40}, restart=True)\nsession"
AGAIN = "session = app('letter', write, approve).session({'amount': 40}, thread_id=name)\nsession"
REWIND = "session.rewind()"


def begun(notebooks: Notebooks, *cells: str) -> NotebookPage:
    """Open a notebook and run its first two cells; the second shows a session."""
    notebook = notebooks.new(GRAPH, *cells)
    notebook.run(0)
    notebook.has_run(0)
    notebook.run(1)
    return notebook


def finished(notebooks: Notebooks, *cells: str) -> NotebookPage:
    """Open a notebook whose second cell shows the record of a finished run."""
    notebook = begun(notebooks, LETTER, *cells)
    notebook.view(1).asks("Send it?")
    notebook.view(1).button("yes").click()
    expect(notebook.output(1)).to_contain_text("result")
    expect(notebook.view(1).root).to_have_count(0)
    return notebook


def rewound(notebook: NotebookPage, number: int) -> View:
    """Run a cell that rewinds."""
    notebook.run(number)
    notebook.has_run(number)
    view = notebook.view(number)
    expect(view.header).to_be_visible()
    return view


def answer_differently(view: View) -> None:
    record = view.root.locator(".timeline li.record").first
    record.locator("summary").click()
    record.get_by_role("button", name="Answer differently from here").click()
    view.root.locator("form:visible").get_by_role("button", name="no").click()


def test_a_finished_run_is_rewound_and_answered_differently_beside_its_record(
    notebooks: Notebooks,
) -> None:
    notebook = finished(notebooks, REWIND, "await session")
    record = notebook.output(1).inner_text()
    view = rewound(notebook, 2)
    answer_differently(view)
    compared = view.root.get_by_role("group", name="both runs compared")
    expect(compared).to_contain_text("1 of 3 keys differ.")

    own, beside = view.root.get_by_role("group", name="history").all()
    beside.get_by_role("slider").press("Home")
    expect(beside.locator(".then")).to_contain_text("no state yet")
    beside.get_by_role("slider").press("ArrowRight")
    expect(beside.locator(".then")).to_contain_text("40")
    expect(beside.locator(".then")).not_to_contain_text("We refund")
    expect(own.locator(".then")).to_have_count(0)
    own.get_by_role("button", name="previous step").click()
    expect(own.locator(".then")).to_contain_text("We refund 40 EUR.")
    expect(beside.locator(".then")).not_to_contain_text("We refund")
    view.root.scroll_into_view_if_needed()
    notebook.shoot("rewound")

    notebook.run(3)
    expect(notebook.output(3)).to_contain_text("'answer': 'yes'")
    expect(compared).to_be_visible()
    assert notebook.output(1).inner_text() == record


def test_a_rewound_run_is_shown_wherever_it_is_wanted_and_survives_a_reload(
    notebooks: Notebooks,
) -> None:
    notebook = finished(notebooks, REWIND, REWIND)
    first, second = rewound(notebook, 2), rewound(notebook, 3)
    expect(first.header).to_be_visible()
    notebook.save()
    notebook.reload()

    for view in (first, second):
        expect(view.root.get_by_role("slider")).to_be_visible()
    second.root.get_by_role("slider").press("Home")
    for view in (first, second):
        expect(view.root.locator(".then")).to_contain_text("no state yet")
    expect(notebook.view(1).root).to_have_count(0)


def test_a_new_kernel_shows_the_record_and_rewinds_when_asked(notebooks: Notebooks) -> None:
    notebook = finished(notebooks, "print(session.thread_id)", AGAIN, REWIND)
    notebook.run(2)
    notebook.has_run(2)
    name = notebook.output(2).inner_text().strip()
    notebook.restart_kernel()
    notebook.page.evaluate(
        f"""jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel
        .setSource("name = {name!r}")"""
    )
    for number in (0, 2, 3):
        notebook.run(number)
        notebook.has_run(number)
    expect(notebook.output(3)).to_contain_text("result")
    view = rewound(notebook, 4)
    expect(notebook.view(3).root).to_have_count(0)

    answer_differently(view)
    compared = view.root.get_by_role("group", name="both runs compared")
    expect(compared).to_contain_text("1 of 3 keys differ.")


def test_a_failed_run_is_retried_where_it_was_rewound(notebooks: Notebooks) -> None:
    notebook = begun(notebooks, FAILING, REWIND, "stock.append('a kettle')")
    expect(notebook.view(1).root.locator(".failure")).to_contain_text("IndexError")
    view = rewound(notebook, 2)
    expect(view.root.locator(".failure")).to_contain_text("IndexError")
    notebook.run(3)
    notebook.has_run(3)

    view.button("Retry this node").click()

    expect(view.root).to_contain_text("a kettle")
    expect(view.header).to_contain_text("done")


def test_a_waiting_run_is_shown_where_it_is_rewound_and_answered_there(
    notebooks: Notebooks,
) -> None:
    notebook = begun(notebooks, LETTER, REWIND)
    notebook.view(1).asks("Send it?")
    view = rewound(notebook, 2)
    view.asks("Send it?")
    view.button("yes").click()

    expect(view.header).to_contain_text("done")
    expect(view.root.get_by_role("slider")).to_be_visible()
