"""Nothing that a payload, a state, a name or an error holds is run, drawn or fetched."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from browser.notebook_page import NotebookPage, Notebooks
from playwright.sync_api import Locator, expect

from hitl_nb.html import NO_COMPLAINT

pytestmark = pytest.mark.browser

PLANTED = "planted.invalid"
ATTACKS = (
    f'<img src="http://{PLANTED}/i.png" onerror="window.attacked=1">',
    "<script>window.attacked=2</script>",
    "<svg onload='window.attacked=3'></svg>",
    f'"><iframe src="http://{PLANTED}/f" srcdoc="<script>parent.attacked=4</script>"></iframe>',
    "</span></div></style></textarea></script><img src=x onerror=window.attacked=5>",
    f"![picture](http://{PLANTED}/m.png) [link](javascript:window.attacked=6)",
    '<button data-commandlinker-command="notebook:insert-cell-below">press</button>',
    f"<style>@import url(http://{PLANTED}/s.css)</style>",
    f"$\\href{{javascript:window.attacked=7}}{{x}}$ $$\\includegraphics{{http://{PLANTED}/t.png}}$$",
)
GRAPH = "svg[aria-label=graph]"
"""The one picture we draw ourselves."""
MADE = (
    f"img, svg:not({GRAPH}), script, iframe, style, button[data-commandlinker-command], a[href], "
    f".MathJax, {GRAPH} :is(image, foreignObject, use, a, animate, set)"
)

HOSTILE = f"""
from typing import TypedDict
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

attacks = {list(ATTACKS)!r}
everything = " ".join(attacks)
in_names = everything.replace(":", "").replace("|", "")  # what a node's name may not hold
node = "ask " + in_names
state = TypedDict("state", {{name: object for name in [*attacks, "answers"]}}, total=False)

def payload(control):
    return {{
        "question": attacks[0] + attacks[1] + attacks[5],
        "nested": {{attack: [{{attack: attack}}] for attack in attacks}},
        "deep": {{everything: {{everything: {{everything: {{everything: everything}}}}}}}},
        "listed": attacks,
        everything: everything,
        "long": everything * 20,
        **control,
    }}

def ask(values):
    buttons = [{{"label": attack, "value": attack}} for attack in attacks[:5]]
    answers = [
        interrupt(payload({{"options": buttons}})),
        interrupt(payload({{"options": {{attack: attack for attack in attacks}}}})),
        interrupt(payload({{}})),
    ]
    return {{"answers": answers, **{{attack: attack for attack in attacks}}}}

def fail(values):
    raise LookupError(everything)

graph = StateGraph(state, name="graph " + everything)
graph.add_node(node, ask).add_edge(START, node)
done = graph.add_edge(node, END).compile(InMemorySaver())
graph = StateGraph(state, name="failing " + everything)
graph.add_node(node, ask).add_node("fail " + in_names, fail).add_edge(START, node)
graph.add_edge(node, "fail " + in_names)
failing = graph.add_edge("fail " + in_names, END).compile(InMemorySaver())
"""


def unfold(shown: Locator) -> None:
    """Open all there is to open, so that everything is drawn."""
    node = shown.locator(GRAPH).get_by_role("button", expanded=False).last
    if node.count():
        node.click()
    while True:
        folded = shown.locator("details:not([open]) > summary").filter(visible=True)
        more = shown.locator("button.more[aria-expanded=false]").filter(visible=True)
        if folded.count():
            folded.first.click()
        elif more.count():
            more.first.click()
        else:
            return


TYPESET = 'from IPython.display import HTML\nHTML("$x$")'


def is_typeset(formula: Locator) -> None:
    """Wait until JupyterLab has typeset a formula, and so all that was drawn before it."""
    expect(formula.locator(".MathJax")).to_be_visible()


def is_harmless(notebook: NotebookPage, shown: Locator, ours: Sequence[str] = ()) -> None:
    """See that the attacks are there as text and did nothing.

    Args:
        notebook: The page.
        shown: What is looked at.
        ours: What is drawn there that attacks draw too.
    """
    unfold(shown)
    for attack in ATTACKS:
        expect(shown).to_contain_text(attack)
    drawn = shown.locator(MADE)
    found = [element.evaluate("element => element.outerHTML") for element in drawn.all()]
    assert found == list(ours)
    assert notebook.page.evaluate("window.attacked") is None
    assert [url for url in notebook.requests if PLANTED in url] == []


@pytest.mark.parametrize("graph", ["done", "failing"])
def test_hostile_text_is_shown_and_nothing_of_it_runs(notebooks: Notebooks, graph: str) -> None:
    session = f"session = {graph}.session({{}}, thread_id='thread ' + everything)\nsession"
    notebook = notebooks.new(HOSTILE, session, TYPESET)
    sources = notebook.sources()
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    expect(view.root.locator(".action")).to_have_count(5)
    is_harmless(notebook, view.root)

    view.button(ATTACKS[0]).click()
    choice = view.root.get_by_role("combobox")
    expect(choice).to_be_visible()
    is_harmless(notebook, view.root)
    choice.select_option(index=3)
    view.submit.click()

    view.answer.fill(" ".join(ATTACKS))
    is_harmless(notebook, view.root)
    view.submit.click()

    # A failed run can be tried again, so its view stays.
    record = view.root if graph == "failing" else notebook.output(1)
    expect(record).to_contain_text("LookupError" if graph == "failing" else "done")
    expect(notebook.page.locator(".hitl-nb")).to_have_count(1 if graph == "failing" else 0)
    notebook.run(2)
    is_typeset(notebook.output(2))
    is_harmless(notebook, record)

    notebook.save()
    notebook.reload()
    is_typeset(notebook.output(2))
    is_harmless(notebook, record)
    assert notebook.sources() == sources


def test_hostile_text_of_a_waiting_question_is_inert_in_a_reopened_notebook(
    notebooks: Notebooks,
) -> None:
    session = "session = done.session({}, thread_id='thread ' + everything)"
    notebook = notebooks.new(HOSTILE, session, "await session.settled()", "session")
    for number in range(4):
        notebook.run(number)
    expect(notebook.view(3).root.locator(".action")).to_have_count(5)
    expect(notebook.page.locator(".hitl-nb-saved")).to_contain_text(ATTACKS[0])
    html = notebook.saved().cells[3].outputs[0].data["text/html"]

    # The live view is gone with its kernel; other programs then show the static text.
    copy = notebooks.new(f"from IPython.display import HTML\nHTML({html!r})", TYPESET)
    copy.run(0)
    copy.run(1)
    is_typeset(copy.output(1))
    is_harmless(copy, copy.output(0), ours=[NO_COMPLAINT])
