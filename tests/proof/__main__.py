"""Print the scoreboard: ``python tests/proof``, with ``--rows 1,4`` or ``--size ci`` if wanted."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "proof"), str(TESTS), str(TESTS / "savers"), str(TESTS.parent)]

from figure import Figure  # noqa: E402  (what it needs is found by the path above)
from rows import LATE, ROWS, UNMET, Row  # noqa: E402


def main() -> int:
    """Measure rows and print them.

    Returns:
        1 if a row that should be met is not, or one is met that is named as not met; else 0.
    """
    given = _parser().parse_args()
    wanted = given.rows.split(",") if given.rows else [row.number for row in ROWS]
    full = given.size == "full"
    unexpected, began = [], time.monotonic()
    say(f"| row | measure | target | hitl_nb | peers | s |\n|{' --- |' * 6}")
    for row in ROWS:
        if row.number not in wanted:
            continue
        start = time.monotonic()
        figure = measured(row, full)
        met = figure.met and (figure.in_time or not full)
        late = full and figure.met and row.number in LATE
        if met == (row.number in UNMET) and not late:
            unexpected.append(row.number)
        say(_line(row, figure, met, full, time.monotonic() - start))
    say(f"\n{time.monotonic() - began:.0f} s at {given.size} size.")
    for number, reason in (UNMET | (LATE if full else {})).items():
        if number in wanted:
            say(f"Not met yet: row {number}: {reason}.")
    if unexpected:
        say(f"Not as expected: {', '.join(unexpected)}.")
    return 1 if unexpected else 0


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def measured(row: Row, full: bool) -> Figure:
    """Measure a row, and run the tests that hold it or a part of it."""
    figure = row.run(row.full if full else row.ci) if row.run else Figure(True, "")
    if not row.tests:
        return figure
    passed, said = _run(row.tests, full)
    text = f"{figure.text}; {said}" if figure.text else said
    return figure._replace(met=figure.met and passed, text=text)


def _run(tests: tuple[str, ...], full: bool) -> tuple[bool, str]:
    """Run tests of the suite; return whether they passed, and pytest's last line."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent)}
    if full:
        environment["HITL_NB_FULL"] = "1"
    done = subprocess.run(
        [*command, "--timeout=7200", *tests],
        cwd=TESTS, env=environment, text=True, capture_output=True, check=False,
    )  # fmt: skip
    last = done.stdout.strip().rpartition("\n")[2].partition(" in ")[0].strip("= ")
    return done.returncode == 0, f"tests: {last or done.stderr.strip()[-200:]}"


def _line(row: Row, figure: Figure, met: bool, full: bool, seconds: float) -> str:
    peers = row.peers
    if row.peer is not None:
        peers = f"{peers}; today LangGraph {row.peer(min(row.full, 100) if full else row.ci)}"
    cells = (row.number, row.measure, row.target, f"{'✓' if met else '✗'} {figure.text}", peers)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} | {seconds:.1f} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python tests/proof", description=__doc__)
    parser.add_argument("--rows", help="numbers of rows, such as 1,4,soak")
    parser.add_argument("--size", choices=("ci", "full"), default="full")
    return parser


if __name__ == "__main__":
    sys.exit(main())
