"""The documentation does what it says: its code prints what is shown, its names exist."""

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
from differential.differences import DIFFERENCES

import hitl_nb
from hitl_nb.notebook.session.session import Session

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
TEXTS = {page: (ROOT / page).read_text("utf-8") for page in PAGES}
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
RELIABILITY = "docs/reliability.md"


class Block(NamedTuple):
    """A fenced block of a page, the heading it stands under, and what follows it."""

    page: str
    heading: str
    language: str
    text: str
    shown: str
    """The block of text right behind it, which is what it prints."""


def blocks_of(page: str) -> Iterator[Block]:
    heading = language = ""
    lines: list[str] = []
    found: list[tuple[str, str, str]] = []
    for line in TEXTS[page].splitlines():
        if line.startswith("```"):
            if language:
                found.append((heading, language, "".join(f"{line}\n" for line in lines)))
            language, lines = ("" if language else line.removeprefix("```")), []
        elif language:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    for number, (heading, language, text) in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else ("", "", "")
        shown = after[2] if after[:2] == (heading, "text") else ""
        yield Block(page, heading, language, text, shown)


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PROGRAMS = [block for block in BLOCKS if block.language == "python"]


def block_below(page: str, heading: str) -> Block:
    (found,) = [each for each in PROGRAMS if (each.page, each.heading) == (page, heading)]
    return found


def section(page: str, heading: str) -> str:
    return TEXTS[page].split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]


def rows_below(page: str, heading: str) -> list[list[str]]:
    lines = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[2:]]


def promised(block: Block) -> str:
    """What the comments behind ``print(...)``, or the text behind the block, say it prints."""
    said = re.findall(r"^print\(.*\)  # (.+)$", block.text, re.M)
    return "".join(f"{each}\n" for each in said) + block.shown


async def run_as_cell(code: str) -> tuple[dict[str, Any], str]:
    """Run code the way a notebook does: on a running loop, with ``await`` allowed."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    compiled = compile(code, "page.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = eval(compiled, namespace)
        if inspect.isawaitable(result):
            await result
    return namespace, printed.getvalue()


def run_as_script(code: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "page.md", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


@pytest.mark.usefixtures("fresh_sessions")
@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: f"{block.page} {block.heading}")
def test_a_block_runs_and_prints_what_it_says(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    namespace, printed = asyncio.run(run_as_cell(block.text))

    assert printed == promised(block)
    assert printed or any(isinstance(value, Session) for value in namespace.values())


def test_the_approval_is_a_script_as_short_as_its_heading_says() -> None:
    block = block_below("README.md", "An approval in twelve lines")

    assert len([line for line in block.text.splitlines() if line.strip()]) == 12
    assert run_as_script(block.text) == promised(block) != ""


@pytest.mark.usefixtures("fresh_sessions")
async def test_the_notebook_cell_shows_a_session_that_waits_for_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = block_below("docs/guide.md", "In a notebook").text
    namespace, _ = await run_as_cell(code)
    session = namespace["session"]
    assert code.endswith("\nsession\n")
    async with asyncio.timeout(60):
        while session.status == "running":  # noqa: ASYNC110  (there is nothing else to wait on)
            await asyncio.sleep(0)

    session.answer("approve")

    assert await session == {"amount": 40, "decision": "approve"}


def test_every_request_is_in_the_table() -> None:
    assert [row[0] for row in rows_below("docs/questions.md", "Typed questions")] == [
        "Approval", "Choice", "Ask", "Confirm", "Form", "Edit", "Feedback", "ToolReview",
    ]  # fmt: skip


def test_the_commands_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.M))
    named = {
        name for text in TEXTS.values() for name in re.findall(r"(?:`|\$ )make ([a-z-]+)", text)
    }
    assert {"lab", "test", "proof"} <= named <= targets
    for variable in re.findall(r"\b([A-Z_]{3,})=", section("README.md", "Start")):
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


def test_every_difference_from_langgraph_is_in_the_table() -> None:
    rows = rows_below("docs/migration.md", "Different on purpose")

    assert rows == [[each.theirs, each.ours, each.why] for each in DIFFERENCES]


@pytest.mark.parametrize("row", rows_below(RELIABILITY, "What works"), ids=lambda row: row[0])
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
    said = set(re.findall(r"`(\w+)`", section(RELIABILITY, "What does not work yet")))
    assert "PostgresSaver" in said
    assert said & there == set()


@pytest.mark.parametrize("page", PAGES)
def test_the_places_a_page_names_are_there(page: str) -> None:
    for target, heading in re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", TEXTS[page]):
        place = (ROOT / page).parent / target if target else ROOT / page
        assert place.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", place.read_text("utf-8"), re.M)
            assert heading in {each.lower().replace(" ", "-") for each in headings}, heading
