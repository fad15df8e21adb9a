"""Measure a form of 20 fields where people see it: in JupyterLab, in a browser.

Run with ``python -m benchmarks.forms``; ``--smoke`` shows each form once. Beside ours stand plain
ipywidgets and, where it is installed, ipyautoui. A time begins when the cell is started, or the
button is clicked, and ends with the first frame that has all 20 fields.
"""

from __future__ import annotations

import argparse
import re
import socket
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "tests"))

FIELDS = """
from datetime import date
from typing import Literal
from pydantic import create_model

kinds = [(str, "text"), (int, 3), (float, 1.5), (bool, True), (Literal["a", "b"], "a"),
         (date, date(2026, 11, 20)), (str, "more")]
fields = {f"field_{n}": kinds[n % len(kinds)] for n in range(20)}
Model = create_model("Model", **fields)
"""
OURS = """
from hitl_nb import START, Form, InMemorySaver, StateGraph, interrupt

def ask(state):
    return {"answers": [interrupt(Form(Model, question=f"Form {n}?")).action for n in range(2)]}

app = StateGraph(name="forms").add_node(ask).add_edge(START, "ask").compile(InMemorySaver())
"""
PLAIN = """
import ipywidgets as widgets

make = {str: widgets.Text, int: widgets.IntText, float: widgets.FloatText,
        bool: widgets.Checkbox, date: widgets.DatePicker}
box = widgets.VBox()

def show(*_):
    made = [
        make[kind](value=value, description=name) if kind in make
        else widgets.Dropdown(options=["a", "b"], value=value, description=name)
        for name, (kind, value) in fields.items()
    ]
    button = widgets.Button(description="Submit")
    button.on_click(show)
    box.children = [*made, button]
"""
AUTO = """
import ipywidgets as widgets
from ipyautoui import AutoUi

box = widgets.VBox()

def show(*_):
    button = widgets.Button(description="Submit")
    button.on_click(show)
    box.children = [AutoUi(Model), button]
"""


class Contestant(NamedTuple):
    """Who draws the form: the cells that prepare and show it."""

    name: str
    prepare: str
    show: str
    package: str


CONTESTANTS = (
    Contestant("hitl_nb", FIELDS + OURS, "session = app.session({}, restart=True)\nsession",
               "hitl_nb"),
    Contestant("ipywidgets", FIELDS + PLAIN, "show()\nbox", "ipywidgets"),
    Contestant("ipyautoui", FIELDS + AUTO, "show()\nbox", "ipyautoui"),
)  # fmt: skip
MODELS = "import ipywidgets\nlen(ipywidgets.widgets.widget._instances)"
DRAWN = """async start => {
    const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[1];
    // A slider over the history stays from one form to the next.
    const kinds = ["input:not([type=range])", "select"].map(kind => `.jp-OutputArea ${kind}`);
    const fields = () => [...cell.querySelectorAll(kinds.join())];
    for (const field of fields()) field.dataset.old = "";
    const began = performance.now();
    if (start === "cell") {
        jupyterapp.shell.currentWidget.content.activeCellIndex = 1;
        void jupyterapp.commands.execute("notebook:run-cell");
    } else {
        const buttons = [...cell.querySelectorAll(".jp-OutputArea button")];
        buttons.findLast(button => button.textContent.startsWith("Submit")).click();
    }
    const isDrawn = () => fields().filter(field => !("old" in field.dataset)).length >= 20
        && !fields().some(field => "old" in field.dataset);
    while (!isDrawn()) await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forms", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="show each form once")
    rounds = 1 if parser.parse_args().smoke else 9
    here = [one for one in CONTESTANTS if find_spec(one.package) is not None]
    found = measure(here, rounds)
    print(f"{'20 fields in JupyterLab, ms':<30}" + "".join(f"{one.name:>12}" for one in here))
    rows = {
        "first of a notebook": "", "first form after the cell": "≤ 150",
        "next form after submit": "≤ 40", "widget models": "",
    }  # fmt: skip
    for what, target in rows.items():
        cells = "".join(f"{found[one.name][what]:>12.0f}" for one in here)
        print(f"  {what:<28}{cells}{target:>9}")


def measure(contestants: list[Contestant], rounds: int) -> dict[str, dict[str, float]]:
    """Show every form again and again, each contestant in a notebook of its own."""
    from browser import chromium
    from browser.lab import running_lab
    from browser.notebook_page import Notebooks
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=120_000)  # only for what hangs: a busy machine is slow
    path = chromium.find()
    if path is None:
        sys.exit(chromium.NONE_FOUND)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = {}
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        running_lab(Path(home), port) as lab,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        context = browser.new_context(viewport={"width": 1200, "height": 1000})
        notebooks = Notebooks(lab, context, "forms")
        for one in contestants:
            found[one.name] = _times(notebooks, one, rounds)
            lab.end_kernels()
        browser.close()
    return found


def _times(notebooks: Any, one: Contestant, rounds: int) -> dict[str, float]:
    from playwright.sync_api import expect

    notebook = notebooks.new(one.prepare, one.show, MODELS)
    notebook.run(0)
    notebook.has_run(0)
    first, following = [], []
    for _ in range(rounds + 1):
        first.append(notebook.page.evaluate(DRAWN, "cell"))
        if len(first) == 1:
            notebook.run(2)
            notebook.has_run(2)
        following.append(notebook.page.evaluate(DRAWN, "button"))
    # a cell's end is shown before its text, sometimes
    expect(notebook.output(2)).to_have_text(re.compile(r"\d"))
    models = float(notebook.output(2).inner_text())
    notebook.page.close()
    return {
        "first of a notebook": first[0],
        "first form after the cell": statistics.median(first[1:]),
        "next form after submit": statistics.median(following[1:]),
        "widget models": models,
    }


if __name__ == "__main__":
    main()
