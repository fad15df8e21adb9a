"""The benchmarks run; what they measure is never a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.benchmark
def test_every_benchmark_runs() -> None:
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--smoke"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "one async node" in ran.stdout


@pytest.mark.browser
@pytest.mark.benchmark
def test_the_benchmark_of_forms_runs() -> None:
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.forms", "--smoke"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "first form after the cell" in ran.stdout
