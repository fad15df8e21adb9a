"""The view of a session: the graph, the steps, what can be pressed, and what survives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from browser.notebook_page import NotebookPage, Notebooks, View
from playwright.sync_api import Locator, WebSocket, expect

pytestmark = pytest.mark.browser

GRAPH = """
from typing import TypedDict
from hitl_nb import START, Approval, InMemorySaver, StateGraph, interrupt

class Case(TypedDict, total=False):
    request: str
    amount: int
    draft: str
    sent: str

def triage(state):
    print("looking at", state["request"])
    return {"amount": 40}

def write(state):
    return {"draft": f"We refund {state['amount']} EUR."}

def approve(state):
    decision = interrupt(Approval("Send this letter?", state["draft"]))
    return {"sent": decision.value if decision.approved else "nothing"}

def post(state):
    print("posted:", state["sent"])

graph = StateGraph(Case, name="letters").add_sequence([triage, write, approve, post])
app = graph.add_edge(START, "triage").compile(InMemorySaver())
"""
SESSION = "session = app.session({'request': 'order 42'}, thread_id='t')\nsession"
STEPPED = SESSION.replace("thread_id='t'", "thread_id='t', step=True")
SEND = "Send this letter?"
SENT = "session.values['sent']"

SEVERAL = """
from hitl_nb import START, Choice, InMemorySaver, StateGraph, interrupt

def asking(what):
    def ask(state):
        return {what: interrupt(Choice(f"Which {what}?", ["one", "two"])).value}
    return ask

graph = StateGraph(name="several")
for what in ("size", "colour", "weight"):
    graph.add_node(what, asking(what)).add_edge(START, what)
app = graph.compile(InMemorySaver())
session = app.session({}, thread_id="t")
session
"""
FAILING = """
from hitl_nb import START, InMemorySaver, StateGraph, interrupt

stock = []

def approve(state):
    return {"ok": interrupt({"question": "Go on?", "options": ["yes"]})}

def look_up(state):
    print("looking on the shelf")
    return {"found": stock[0]}

graph = StateGraph(name="failing").add_sequence([approve, look_up])
app = graph.add_edge(START, "approve").compile(InMemorySaver())
session = app.session({}, thread_id="t")
session
"""
LONG = """
import asyncio
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

async def count(state):
    await asyncio.sleep(0.002)
    return {"count": state["count"] + 1}

def ask(state):
    return {"answer": interrupt({"question": "Was that all?", "options": ["yes", "no"]})}

graph = StateGraph(name="long").add_node(count).add_node(ask).add_edge(START, "count")
graph.add_conditional_edges("count", lambda state: "ask" if state["count"] == 1000 else "count")
app = graph.add_edge("ask", END).compile(InMemorySaver())
session = app.session({"count": 0}, thread_id="t", config={"recursion_limit": 2000})
session
"""
KEPT = GRAPH.replace("compile(InMemorySaver())", "compile(SqliteSaver('{file}'))").replace(
    "InMemorySaver", "SqliteSaver"
)


@pytest.fixture
def file(request: pytest.FixtureRequest) -> str:
    """Name a file of this test's own."""
    return f"{request.node.name}.db"


def node(view: View, name: str) -> Locator:
    """Return a node of the drawn graph."""
    return view.root.locator(f'[data-node="{name}"]')


def is_drawn(view: View, **states: str) -> None:
    """See how nodes fare, by what a reader of the screen hears of them."""
    for name, state in states.items():
        expect(node(view, name)).to_have_accessible_name(re.compile(f"^{name}: {state}"))


def tool(view: View, name: str) -> Locator:
    return view.root.get_by_role("toolbar", name="run").get_by_role("button", name=name)


def send(view: View, name: str) -> None:
    """Press a button of the form that is open."""
    view.root.locator("form:visible").get_by_role("button", name=name).click()


def reject(view: View, why: str) -> None:
    view.root.locator("form:visible").get_by_label("comment").fill(why)
    send(view, "Reject")


def opened(notebooks: Notebooks, *cells: str) -> tuple[NotebookPage, View]:
    """Run the first two cells of a new notebook; the second shows a session."""
    notebook = notebooks.new(*cells)
    notebook.run(0)
    notebook.has_run(0)
    notebook.run(1)
    notebook.has_run(1)
    return notebook, notebook.view(1)


def test_the_graph_shows_what_is_done_and_a_node_what_it_did_last(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, GRAPH, SESSION)
    view.asks(SEND)
    is_drawn(view, triage="done", write="done", approve="waiting", post="not run")

    node(view, "triage").click()
    detail = view.root.locator(".detail")
    expect(detail).to_contain_text("amount")
    expect(detail).to_contain_text("40")
    expect(detail).to_contain_text("looking at order 42")
    notebook.shoot("session-node")
    node(view, "write").click()
    expect(detail).to_contain_text("We refund 40 EUR.")
    node(view, "write").click()
    expect(detail).to_have_count(0)


def test_what_a_node_prints_is_shown_at_the_node_and_not_in_the_cell(
    notebooks: Notebooks,
) -> None:
    notebook, view = opened(notebooks, GRAPH, SESSION)
    view.asks(SEND)

    triage = view.root.locator(".timeline li", has_text="triage")
    expect(triage).to_contain_text("printed 1 line")
    triage.locator("summary").click()
    expect(triage).to_contain_text("looking at order 42")
    expect(notebook.cell(1).locator(".jp-OutputArea-output[data-mime-type*=stdout]")).to_have_count(
        0
    )
    send(view, "Approve")
    expect(notebook.output(1)).to_contain_text("posted: We refund 40 EUR.")


def test_several_questions_are_tabs_that_count_down(notebooks: Notebooks) -> None:
    notebook = notebooks.new(SEVERAL)
    notebook.run(0)
    view = notebook.view(0)
    tabs = view.root.get_by_role("tab")
    expect(tabs).to_have_text(["colour", "size", "weight"])
    expect(view.root).to_contain_text("3 questions")
    notebook.shoot("session-tabs")

    tabs.filter(has_text="colour").click()
    view.asks("Which colour?")
    view.root.locator("form:visible").get_by_label("two").check()
    send(view, "Submit")
    expect(tabs).to_have_text(["size", "weight"])
    expect(view.root).to_contain_text("2 questions")
    for heading in ("Which size?", "Which weight?"):
        view.asks(heading)
        view.root.locator("form:visible").get_by_label("one").check()
        send(view, "Submit")

    expect(notebook.output(0)).to_contain_text("result")
    expect(notebook.output(0)).to_contain_text("Which colour? → two")


def test_a_run_is_stepped_and_its_state_edited_between_two_steps(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, GRAPH, STEPPED, SENT)
    expect(view.header).to_contain_text("paused · before triage")

    tool(view, "Step").click()
    expect(view.header).to_contain_text("paused · before write")
    is_drawn(view, triage="done", write="waiting|next|not run")
    tool(view, "Edit state").click()
    form = view.root.locator("form:visible")
    notebook.shoot("session-edit")
    form.get_by_role("textbox", name="amount").fill("35")
    form.get_by_role("button", name="Apply").click()
    expect(view.root.locator(".timeline")).to_contain_text("40 → 35")

    tool(view, "Run to next question").click()
    view.asks(SEND)
    expect(view.question(SEND).get_by_role("textbox", name="draft")).to_have_value(
        "We refund 35 EUR."
    )
    send(view, "Approve")
    expect(view.header).to_contain_text("paused · before post")
    tool(view, "Run to end").click()
    expect(view.header).to_contain_text("done")
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'We refund 35 EUR.'")


def test_the_slider_shows_the_state_of_earlier_steps(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, GRAPH, SESSION)
    view.asks(SEND)
    past = view.root.get_by_role("group", name="history")
    slider = past.get_by_role("slider")
    then = past.locator(".then")
    expect(then).to_have_count(0)

    past.get_by_role("button", name="previous step").click()
    expect(then).to_contain_text("amount")
    expect(then).not_to_contain_text("We refund")
    slider.focus()
    slider.press("Home")
    expect(then).not_to_contain_text("amount")
    notebook.shoot("session-history")
    slider.press("End")
    expect(then).to_have_count(0)
    expect(view.question(SEND)).to_be_visible()


def test_answering_differently_puts_both_ends_side_by_side(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, GRAPH, STEPPED, SENT)
    tool(view, "Run to end").click()
    view.asks(SEND)
    send(view, "Approve")
    expect(view.header).to_contain_text("done")

    record = view.root.locator(".timeline li.record")
    record.locator("summary").click()
    record.get_by_role("button", name="Answer differently from here").click()
    reject(view, "Too dear.")
    compared = view.root.get_by_role("group", name="both runs compared")
    expect(compared).to_contain_text("1 of 4 keys differ.")
    expect(compared.locator("tr.different")).to_contain_text("nothing")
    notebook.shoot("session-fork")

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'We refund 40 EUR.'")
    view.root.get_by_role("button", name="Close the run beside").click()
    expect(compared).to_have_count(0)


def test_a_failed_node_is_retried_and_nobody_is_asked_again(notebooks: Notebooks) -> None:
    notebook = notebooks.new(FAILING, "stock.append('a kettle')", "session.values['found']")
    notebook.run(0)
    view = notebook.view(0)
    view.asks("Go on?")
    view.button("yes").click()
    expect(view.root.locator(".failure")).to_contain_text("IndexError")
    is_drawn(view, approve="done", look_up="failed")
    notebook.shoot("session-failure")

    notebook.run(1)
    notebook.has_run(1)
    view.button("Retry this node").click()
    expect(notebook.output(0)).to_contain_text("a kettle")
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'a kettle'")


DATE = re.compile(r'"date": ?"([^"]+)"')
"""When a message was sent: its own header is the first in it."""


@contextmanager
def counted_redraws(notebook: NotebookPage) -> Iterator[list[float]]:
    """Note when the kernel tells a view of a change, by the kernel's own clock."""
    times: list[float] = []

    def hear(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if '"method": "update"' in text or '"method":"update"' in text:
            header = DATE.search(text)
            assert header is not None
            times.append(datetime.fromisoformat(header[1]).timestamp())

    def listen(socket: WebSocket) -> None:
        if "/api/kernels/" in socket.url:
            socket.on("framereceived", hear)

    notebook.page.on("websocket", listen)
    notebook.reload()
    yield times


def test_a_thousand_steps_redraw_ten_times_a_second_at_most(notebooks: Notebooks) -> None:
    notebook = notebooks.new(LONG)
    with counted_redraws(notebook) as times:
        notebook.run(0)
        view = notebook.view(0)
        view.asks("Was that all?")
    expect(view.root.locator(".timeline li")).to_have_count(50)
    expect(view.root).to_contain_text("earlier steps")
    is_drawn(view, count="done", ask="waiting")
    notebook.shoot("session-long")

    # Ten a second, and those that are drawn at once: the beginning and the question.
    took = times[-1] - times[0]
    assert 2 <= len(times) <= 10 * took + 5
    view.button("yes").click()
    expect(notebook.output(0)).to_contain_text("result")


def test_a_thread_that_two_notebooks_show_is_answered_in_one(
    notebooks: Notebooks, file: str
) -> None:
    cells = KEPT.replace("{file}", file), SESSION
    first, here = opened(notebooks, *cells)
    second, there = opened(notebooks, *cells)
    here.asks(SEND)
    there.asks(SEND)

    reject(there, "Too dear.")
    expect(second.output(1)).to_contain_text("rejected by notebook user")
    expect(first.output(1)).to_contain_text("rejected by notebook user")
    for notebook in (first, second):
        expect(notebook.output(1)).to_contain_text("result")
        expect(notebook.view(1).root.locator("form:visible")).to_have_count(0)


def test_an_interrupted_kernel_leaves_the_run_to_go_on(notebooks: Notebooks) -> None:
    waits = "import time\nprint('asleep', flush=True)\ntime.sleep(600)"
    notebook, view = opened(notebooks, GRAPH, SESSION, waits, "'alive'")
    view.asks(SEND)
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("asleep")
    notebook.interrupt_kernel()
    expect(notebook.output(2)).to_contain_text("KeyboardInterrupt")
    notebook.has_run(2)  # a cell that is queued before then is dropped
    notebook.run(3)
    expect(notebook.output(3)).to_have_text("'alive'")

    send(view, "Approve")
    expect(notebook.output(1)).to_contain_text("posted: We refund 40 EUR.")


def test_a_restarted_kernel_and_a_page_opened_anew_show_the_same_question(
    notebooks: Notebooks, file: str
) -> None:
    notebook, view = opened(notebooks, KEPT.replace("{file}", file), SESSION, SENT)
    question = view.asks(SEND).get_attribute("data-question")
    expect(notebook.cell(1).locator(".hitl-nb-saved")).to_have_count(1)
    notebook.save()
    notebook.page.close()
    notebooks.lab.end_kernels()

    again = notebooks.open(notebook.name)
    expect(again.cell(1)).to_contain_text(SEND)  # as static text, before anything runs
    again.hides_its_complaint(1)
    for number in range(2):
        again.run(number)
    assert again.view(1).asks(SEND).get_attribute("data-question") == question
    again.restart_kernel()
    for number in range(2):
        again.run(number)
    assert again.view(1).asks(SEND).get_attribute("data-question") == question

    send(again.view(1), "Approve")
    expect(again.output(1)).to_contain_text("posted: We refund 40 EUR.")
    again.run(2)
    expect(again.output(2)).to_have_text("'We refund 40 EUR.'")
