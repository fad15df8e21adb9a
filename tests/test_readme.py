"""The README does what it says: its code runs as printed, and what it names exists."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import hitl_nb

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TWELVE_LINES = "An approval in twelve lines"
KEPT = "Kept on disk"
NOTEBOOK = "In a notebook"
INBOX = "An inbox"
PURE = "As a pure value"
TYPED = "Typed questions"
WHO = "Who answers"
POLICY = "When to ask"
MISSING = "What does not work yet"


class Block(NamedTuple):
    """A fenced block and the heading it stands under."""

    heading: str
    language: str
    text: str


def read_blocks() -> Iterator[Block]:
    heading = language = ""
    lines: list[str] = []
    for line in README.splitlines():
        if line.startswith("```"):
            if language:
                yield Block(heading, language, "".join(f"{line}\n" for line in lines))
            language, lines = line.removeprefix("```"), []
        elif language:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")


BLOCKS = list(read_blocks())
PYTHON = {block.heading: block.text for block in BLOCKS if block.language == "python"}


def section(heading: str) -> str:
    return README.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]


def rows_below(heading: str) -> list[list[str]]:
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[2:]]


def promised_output(code: str) -> str:
    """What the comments behind ``print(...)`` say it prints."""
    return "".join(f"{said}\n" for said in re.findall(r"^print\(.*\)  # (.+)$", code, re.M))


def run_as_script(code: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


async def run_as_cell(code: str) -> tuple[dict[str, Any], str]:
    """Run code the way a notebook does: on a running loop, with ``await`` allowed."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    compiled = compile(code, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = eval(compiled, namespace)
        if inspect.isawaitable(result):
            await result
    return namespace, printed.getvalue()


def test_every_python_block_has_its_test() -> None:
    assert list(PYTHON) == [
        TWELVE_LINES, KEPT, NOTEBOOK, INBOX, PURE, TYPED, WHO, POLICY, "When something is wrong",
    ]  # fmt: skip
    assert len([block for block in BLOCKS if block.language == "python"]) == len(PYTHON)


def test_the_approval_runs_as_a_plain_script_and_prints_what_it_says() -> None:
    code = PYTHON[TWELVE_LINES]
    assert run_as_script(code) == promised_output(code) == "Refund 40 EUR?\nTrue\n"


def test_a_thread_on_disk_is_answered_and_its_decision_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    printed = run_as_script(PYTHON[KEPT]).split()

    assert printed[:5] == ["thread_id", "node", "answer", "reviewer", "seconds"]
    assert printed[6:10] == ["order-42", "approve", "yes", "code"]


def test_the_approval_is_as_short_as_its_heading_says() -> None:
    lines = [line for line in PYTHON[TWELVE_LINES].splitlines() if line.strip()]
    assert len(lines) == 12


@pytest.mark.usefixtures("fresh_sessions")
async def test_the_notebook_cell_shows_a_session_that_waits_for_its_answer() -> None:
    namespace, _ = await run_as_cell(PYTHON[NOTEBOOK])
    session = namespace["session"]
    assert PYTHON[NOTEBOOK].endswith("\nsession\n")
    async with asyncio.timeout(60):
        while session.status == "running":  # noqa: ASYNC110  (there is nothing else to wait on)
            await asyncio.sleep(0)

    session.answer("approve")

    assert await session == {"amount": 40, "decision": "approve"}


async def test_an_inbox_is_answered_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, printed = await run_as_cell(PYTHON[INBOX])
    assert printed == promised_output(PYTHON[INBOX]) == "1\n"


@pytest.mark.parametrize("heading", [TYPED, WHO, POLICY])
def test_typed_questions_print_what_they_say(heading: str) -> None:
    assert run_as_script(PYTHON[heading]) == promised_output(PYTHON[heading]) != ""


def test_every_request_is_in_the_table() -> None:
    assert [row[0] for row in rows_below(TYPED)] == [
        "Approval", "Choice", "Ask", "Confirm", "Form", "Edit", "Feedback", "ToolReview",
    ]  # fmt: skip


async def test_the_pure_value_goes_on_and_prints_what_it_says() -> None:
    code = PYTHON[PURE]
    _, printed = await run_as_cell(code)
    assert printed == promised_output(code)
    assert printed.startswith("Refund 40 EUR?\n{")


def test_the_error_reads_as_printed() -> None:
    heading = "When something is wrong"
    (said,) = [b.text for b in BLOCKS if (b.heading, b.language) == (heading, "text")]
    assert run_as_script(PYTHON[heading]) == said


def test_the_commands_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.M))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", section("Start")))
    assert {"lab", "test", "test-fast"} <= named <= targets
    for variable in re.findall(r"\b([A-Z_]{3,})=", section("Start")):
        assert re.search(rf"^{variable} \?=|\$\({variable}\)", MAKEFILE, re.M), variable


def test_changing_the_import_lines_is_enough_for_the_names_it_lists() -> None:
    (diff,) = [block.text for block in BLOCKS if block.language == "diff"]
    old, new = (
        {
            name
            for line in diff.splitlines()
            if line.startswith(sign)
            for name in re.split(r",\s*", line.split(" import ")[1])
        }
        for sign in "-+"
    )
    assert old == new
    assert all(hasattr(hitl_nb, name) for name in new)


@pytest.mark.parametrize("row", rows_below("What works"), ids=lambda row: row[0])
def test_a_feature_names_what_exists_and_the_test_that_holds_it(row: list[str]) -> None:
    _, name, test = row
    found: Any = hitl_nb
    for part in name.split("."):
        found = getattr(found, part)
    file, function = test.split("::")
    source = (ROOT / "tests" / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {function}\(", source, re.M), test


def test_what_is_said_to_be_missing_is_missing() -> None:
    doors = (hitl_nb.interrupt, hitl_nb.StateGraph.compile, hitl_nb.CompiledGraph.session)
    there = {*dir(hitl_nb), *dir(hitl_nb.CompiledGraph), *dir(hitl_nb.StateGraph)}
    there |= {name for door in doors for name in inspect.signature(door).parameters}
    said = set(re.findall(r"`(\w+)`", section(MISSING)))
    assert "PostgresSaver" in said
    assert said & there == set()


def test_the_places_it_names_are_there() -> None:
    for where, _ in rows_below("Layout"):
        assert (ROOT / where).exists(), where
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
