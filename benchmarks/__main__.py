"""Print one table: what each case costs here and elsewhere, and how often ours fits in theirs.

Run with ``make benchmark``; ``--smoke`` runs everything once, to see that it runs. A framework
that is not installed leaves its column empty.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import NamedTuple

CONTESTANTS = ("hitl_nb", "langgraph", "locus", "burr", "bare")


class Case(NamedTuple):
    """A row: what is measured, in which unit, by whom, how often, and the target."""

    what: str
    name: str
    unit: float
    contestants: tuple[str, ...]
    rounds: int
    target: float
    whole: bool = False
    """Whether the time of all rounds together is meant."""


MICRO, MILLI, WHOLE = 1e6, 1e3, 1.0
CASES = (
    Case("one async node, µs", "one_node", MICRO, CONTESTANTS, 3000, 5),
    Case("1,000 Send and a join, ms", "thousand_sends", MILLI, ("hitl_nb", "langgraph"), 3, 20),
    Case("pause + resume, pure, µs", "pause_pure", MICRO, ("hitl_nb", "locus"), 500, 60),
    Case(
        "pause + resume, memory, µs", "pause_in_memory", MICRO, ("hitl_nb", "langgraph"), 300, 150
    ),
    Case("pause + resume, SQLite, ms", "pause_durable", MILLI, ("hitl_nb", "langgraph"), 200, 1),
    Case(
        "400 turns × 400 B, SQLite, s", "long_thread", WHOLE, ("hitl_nb", "langgraph"), 400, 0.3,
        whole=True,
    ),
)  # fmt: skip
IMPORTS = {
    "hitl_nb": "import hitl_nb",
    "langgraph": "import langgraph.graph",
    "locus": "import locus.multiagent.graph",
    "burr": "import burr.core",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="run everything once")
    smoke = parser.parse_args().smoke
    here = [name for name in CONTESTANTS if name == "bare" or find_spec(name) is not None]
    print(f"{'':<30}" + "".join(f"{name:>12}" for name in here) + f"{'target':>9}{'best peer':>11}")
    for case in CASES:
        rounds, batches = (2, 1) if smoke else (case.rounds, 5)
        found = {
            name: measure(name, case.name, rounds, batches)
            for name in here
            if name in case.contestants
        }
        times = {
            name: row["seconds"] * case.unit * (rounds if case.whole else 1)
            for name, row in found.items()
        }
        show(case.what, here, times, case.target)
        show("  peak memory, MB", here, {name: row["peak"] / 1024 for name, row in found.items()})
        if any(row["bytes"] for row in found.values()):
            sizes = {name: row["bytes"] / 1024 for name, row in found.items()}
            show("  on disk, kB", here, sizes, 1024 if case.whole else None)
    costs = {
        name: import_milliseconds(statement, 1 if smoke else 11)
        for name, statement in IMPORTS.items()
        if name in here
    }
    show("import, ms", here, costs, 60)


def show(
    what: str, here: list[str], numbers: dict[str, float], target: float | None = None
) -> None:
    """Print a row; the last column says how many times ours fits into the best peer's."""
    cells = "".join(f"{numbers[name]:>12.4g}" if name in numbers else f"{'':>12}" for name in here)
    peers = [value for name, value in numbers.items() if name not in ("hitl_nb", "bare")]
    ratio = f"{min(peers) / numbers['hitl_nb']:.1f}×" if peers else ""
    print(f"{what:<30}{cells}{'' if target is None else f'≤ {target:g}':>9}{ratio:>11}", flush=True)


def measure(contestant: str, case: str, rounds: int, batches: int) -> dict[str, float]:
    """Measure a case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measure", contestant, case, str(rounds)]
    ran = subprocess.run([*command, str(batches)], capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{contestant}: {case} failed\n{ran.stderr}")
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def import_milliseconds(statement: str, rounds: int) -> float:
    """Return the median time an import adds to a bare interpreter."""

    def start(program: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - started

    return statistics.median(start(statement) - start("pass") for _ in range(rounds)) * 1e3


if __name__ == "__main__":
    main()
