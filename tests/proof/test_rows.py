"""The scoreboard at the size of the suite: every row is met, or named with the reason it is not."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from rows import LATE, ROWS, UNMET, Row

TESTS = Path(__file__).parents[1]
MEASURED = [row for row in ROWS if row.run is not None]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.number)
def test_a_row_is_met_or_named(row: Row) -> None:
    assert row.run is not None

    figure = row.run(row.ci)

    if row.number in UNMET:
        assert not figure.met, f"it is met by now, so UNMET should not name it: {figure.text}"
    else:
        assert figure.met, figure.text


@pytest.mark.parametrize("row", [row for row in ROWS if row.peer], ids=lambda row: row.number)
def test_a_row_runs_against_its_peer(row: Row) -> None:
    assert row.peer is not None
    assert row.peer(min(row.ci, 10))


@cache
def names_in(file: Path) -> set[str]:
    """Return the classes and functions of a file of tests."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


@pytest.mark.parametrize("row", [row for row in ROWS if row.tests], ids=lambda row: row.number)
def test_the_tests_that_hold_a_row_are_part_of_the_suite(row: Row) -> None:
    contract = TESTS.parent / "hitl_nb/testing/savers"
    inherited = {name for file in contract.glob("*.py") for name in names_in(file)}
    for test in row.tests:
        file, *names = test.split("::")
        assert (TESTS / file).exists()
        assert set(names) <= names_in(TESTS / file) | inherited, test


def test_every_row_is_measured_or_held_and_named_once() -> None:
    numbers = [row.number for row in ROWS]

    assert len(set(numbers)) == len(numbers)
    assert all(row.run or row.tests for row in ROWS)
    assert UNMET.keys() <= {row.number for row in MEASURED}


def test_the_readme_shows_every_row_and_what_is_not_met() -> None:
    page = (TESTS.parent / "README.md").read_text("utf-8")
    lines = page.split("<details>")[1].split("</details>")[0].splitlines()
    table = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")][2:]
    shown = [[cell.strip() for cell in row] for row in table]

    told = [[row.number, row.measure, row.target, row.peers] for row in ROWS]
    assert [[*row[:3], row[4]] for row in shown] == told
    assert {row[0] for row in shown if row[3].startswith("✗")} == UNMET.keys() | LATE.keys()
    assert all(row[3][0] in "✓✗" for row in shown)
