"""The tutorials without a person: by nbclient, papermill and nbconvert, with scripted reviewers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import nbclient
import nbconvert
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

pytestmark = pytest.mark.kernel

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
PATHS = {path.stem: path for path in sorted(NOTEBOOKS.glob("0*.ipynb"))}
STATIC = {"text/plain", "text/html"}
MOST_CELLS = 20

DURATION = re.compile(r"(< 1|\b\d+(\.\d+)?) (ms|s|min \d+ s|h \d+ min)\b")
HAND = re.compile(r"\bby (notebook user|script|manager|you)\b")
WAY = re.compile(r"\b(widget|script)\b")
SEEN = re.compile(r"^ *(all of it seen, )?on the screen for .*\n?", re.MULTILINE)
"""What differs between a person's run and a script's."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "01_first_interrupt": ("Send this reply?", "approve", "reject"),
    "02_approval_gate": ("Refund Nadira Salim?", "approved as edited", "Keep the jacket."),
    "03_human_as_tool": ("Which rule should I follow here?", "No box is fine."),
    "04_long_pause": ("Make this offer?", "approved"),
    "05_step_and_fork": ("How do we make up for it?", "money back", "voucher"),
    "06_inbox": ("0 questions wait", "reject"),
}
"""Question and answer, or what the tutorial shows in their place."""
STOPS: Mapping[str, tuple[str, str]] = {
    "01_first_interrupt": ("first-result", "NobodyToAnswer"),
    "02_approval_gate": ("result", "NobodyToAnswer"),
    "03_human_as_tool": ("result", "NobodyToAnswer"),
    "04_long_pause": ("answer", "NobodyToAnswer"),
    "05_step_and_fork": ("run", "NobodyToAnswer"),
    "06_inbox": ("results", "Unfinished"),
}
"""Where each tutorial stops if nobody answers, and with which error."""

every_tutorial = pytest.mark.parametrize("name", PATHS)


@pytest.fixture(autouse=True, scope="module")
def alone() -> Iterator[None]:
    """Let the tutorials find nothing from an earlier run, and let kernels find the reviewers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HITL_NB_SAVER", "memory")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
        patch.delenv("HITL_NB_REVIEWER", raising=False)
        yield


def reviewer_of(name: str) -> str:
    """Return the setting that names a tutorial's reviewer."""
    return f"tutorial_reviewers:{name.split('_', 1)[1]}"


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def execute(notebook: Any) -> Any:
    place = {"metadata": {"path": str(NOTEBOOKS)}}
    return nbclient.NotebookClient(notebook, timeout=300, resources=place).execute()


@cache
def executed(name: str) -> Any:
    """A tutorial after its run by nbclient."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HITL_NB_REVIEWER", reviewer_of(name))
        return execute(read(PATHS[name]))


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook: Any) -> dict[str, list[str]]:
    """What each cell shows as plain text, without what differs from run to run."""
    found = {}
    for cell in code_cells(notebook):
        shown = [item.get("text") or item["data"]["text/plain"] for item in cell.outputs]
        for pattern, word in ((SEEN, ""), (DURATION, "…"), (HAND, "by …"), (WAY, "…")):
            shown = [pattern.sub(word, text) for text in shown]
        found[cell.id] = [text for text in shown if text.strip()]
    return found


def as_page(notebook: Any) -> str:
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    return str(page)


@every_tutorial
def test_is_at_most_twenty_cells_long(name: str) -> None:
    assert len(read(PATHS[name]).cells) <= MOST_CELLS


@every_tutorial
def test_nbclient_runs_it_and_shows_what_is_committed(name: str) -> None:
    assert texts(executed(name)) == texts(read(PATHS[name]))


@every_tutorial
def test_papermill_runs_it_and_shows_what_is_committed(name: str, tmp_path: Path) -> None:
    result = tmp_path / "run.ipynb"
    run = [sys.executable, "-m", "papermill", "--cwd", str(NOTEBOOKS), "--no-progress-bar"]
    subprocess.run(
        [*run, str(PATHS[name]), str(result)],
        env={**os.environ, "HITL_NB_REVIEWER": reviewer_of(name)},
        capture_output=True,
        check=True,
    )

    assert texts(read(result)) == texts(read(PATHS[name]))


@every_tutorial
@pytest.mark.parametrize("run", ["as committed", "as executed"])
def test_a_page_made_of_it_holds_question_and_answer_and_no_script_of_ours(
    name: str, run: str
) -> None:
    notebook = deepcopy(executed(name)) if run == "as executed" else read(PATHS[name])
    for cell in code_cells(notebook):
        cell["source"] = ""
    page = as_page(notebook)

    for text in SHOWN[name]:
        assert text in page
    empty = as_page(nbformat.v4.new_notebook(metadata=notebook.metadata))
    assert page.count("<script") == empty.count("<script")
    assert "widget-view" not in page
    assert "hitl-nb" not in page.replace("hitl-nb-saved", "")


def test_nbconvert_executes_and_converts_in_one_go(tmp_path: Path) -> None:
    name = "03_human_as_tool"
    convert = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html"]
    subprocess.run(
        [*convert, "--output-dir", str(tmp_path), str(PATHS[name])],
        env={**os.environ, "HITL_NB_REVIEWER": reviewer_of(name)},
        capture_output=True,
        check=True,
    )

    page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    for text in SHOWN[name]:
        assert text in page


def test_with_nobody_to_look_a_rewound_run_is_its_record() -> None:
    cells = [
        "from hitl_nb import START, StateGraph\n"
        "graph = StateGraph(name='one').add_node('work', lambda state: {'worked': True})\n"
        "session = graph.add_edge(START, 'work').compile().session({})\n"
        "session.rewind()",
        "await session",
        "session.rewind()",
    ]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]

    early, _, late = execute(notebook).cells

    for cell in (early, late):
        (output,) = cell.outputs
        assert set(output.data) == STATIC
        assert "✓ work" in output.data["text/plain"]


@every_tutorial
def test_with_nobody_to_answer_it_stops_there_and_says_what_to_do(name: str) -> None:
    notebook = read(PATHS[name])
    with pytest.raises(CellExecutionError) as caught:
        execute(notebook)

    cell, error = STOPS[name]
    assert caught.value.ename == error
    stopped = next(item for item in notebook.cells if item.id == cell)
    assert stopped.outputs[-1].output_type == "error"
    assert re.search(r"Answer with session\.answer\(|answer the form above", caught.value.evalue)
