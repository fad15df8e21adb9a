"""The tutorials: as they are committed, and run again in a fresh kernel without a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
GALLERY = NOTEBOOKS / "forms_gallery.ipynb"
FIRST = NOTEBOOKS / "01_first_interrupt.ipynb"
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|tmp|work|Users|var|usr|opt)/|[A-Z]:\\\\")
DURATION = re.compile(r"(< 1|\b\d+(\.\d+)?) (ms|s|min \d+ s|h \d+ min)\b")
SEEN = re.compile(r"^ *(all of it seen, )?on the screen for .*\n?", re.MULTILINE)
"""What only a person's answer has in its record."""
FORMS = {"first-form": "session", "second-form": "second"}
"""Cells that show a form, and the name of the session each one starts."""
ANSWER = """
await {session}.settled()
{session}.answer({answer!r})
"""

every_notebook = pytest.mark.parametrize(
    "path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_of(notebook: Any, cell_id: str) -> Any:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def texts(cell: Any) -> list[str]:
    """What a cell shows as plain text, without what differs from run to run."""
    shown = [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]
    shown = [SEEN.sub("", text) for text in shown]
    return [DURATION.sub("…", text).replace("by notebook user", "by code") for text in shown]


@pytest.fixture(autouse=True, scope="module")
def in_memory() -> Iterator[None]:
    """Let the tutorials find nothing from an earlier run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HITL_NB_SAVER", "memory")
        yield


def run(notebook: Any) -> Any:
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}
    )
    return client.execute()


@pytest.fixture(scope="module")
def executed() -> Any:
    """The first tutorial, run from top to bottom with the clicks its text asks for."""
    notebook = read(FIRST)
    for cell_id, answer in (("first-form", "approve"), ("second-form", "reject")):
        after = notebook.cells.index(cell_of(notebook, cell_id)) + 1
        code = ANSWER.format(session=FORMS[cell_id], answer=answer)
        notebook.cells.insert(after, nbformat.v4.new_code_cell(code))
    return run(notebook)


@every_notebook
def test_is_committed_as_one_run_from_top_to_bottom_left_it(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_holds_no_error_and_no_warning(path: Path) -> None:
    outputs = [output for cell in code_cells(read(path)) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []


@every_notebook
def test_names_no_place_on_the_machine_it_was_run_on(path: Path) -> None:
    assert MACHINE_PATH.search(path.read_text(encoding="utf-8")) is None


@every_notebook
def test_keeps_no_widget_that_needs_a_kernel(path: Path) -> None:
    notebook = read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    kinds = {
        kind
        for cell in code_cells(notebook)
        for output in cell.outputs
        for kind in output.get("data", ())
    }
    assert kinds <= {"text/plain", "text/html", "image/png"}


def test_the_first_tutorial_has_at_most_fifteen_cells() -> None:
    assert len(read(FIRST).cells) <= 15


@pytest.mark.parametrize(
    ("cell_id", "answer"), [("first-form", "approve"), ("second-form", "reject")]
)
def test_a_saved_form_shows_question_and_answer_without_a_kernel(cell_id: str, answer: str) -> None:
    (output,) = cell_of(read(FIRST), cell_id).outputs
    assert f'Send this reply? → "{answer}" by notebook user' in output.data["text/plain"]
    assert f"Send this reply? → &quot;{answer}&quot; by notebook user" in output.data["text/html"]
    assert "we are refunding" in output.data["text/html"]


def test_running_it_again_shows_what_is_committed(executed: Any) -> None:
    committed = {cell.id: texts(cell) for cell in code_cells(read(FIRST))}
    again = {name: texts(cell_of(executed, name)) for name in committed}
    assert again == committed


def test_the_approved_reply_is_sent_once_and_the_rejected_one_never(executed: Any) -> None:
    (shown,) = cell_of(executed, "second-result").outputs
    letter = "Dear Ines Halvard, we are refunding 39.90 EUR for order A-20417."
    assert " ".join(shown.data["text/plain"].split()) == f"('reject', False, ['{letter}'])"


def test_with_nobody_to_answer_it_stops_at_the_question_and_says_so() -> None:
    notebook = read(FIRST)
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        run(notebook)
    assert caught.value.ename == "NobodyToAnswer"
    assert "The thread 'R-1001' waits" in caught.value.evalue
    assert "Answer with session.answer(...)" in caught.value.evalue
    assert cell_of(notebook, "first-result").outputs[-1].output_type == "error"


def test_the_forms_gallery_has_at_most_twenty_five_cells() -> None:
    assert len(read(GALLERY).cells) <= 25


def test_the_forms_gallery_runs_without_a_browser_on_scripted_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("HITL_NB_REVIEWER", "gallery_answers:Reviewers")
    again = run(read(GALLERY))

    rows = cell_of(again, "decisions").outputs[0].data["text/html"]
    assert rows.count("<tr>") + rows.count("<tr ") == 18
    for words in ("a strike", "the desk lamp", "small refunds", "mixed", "<td>bo</td>"):
        assert words in rows


def test_the_requests_are_complete_and_told_apart() -> None:
    requests = json.loads((NOTEBOOKS / "data/refund_requests.json").read_text(encoding="utf-8"))
    fields = {"id", "customer", "order", "amount", "received_at", "text"}
    assert all(set(request) == fields for request in requests)
    assert len({request["id"] for request in requests}) == len(requests) == 20
