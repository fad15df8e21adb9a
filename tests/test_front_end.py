"""What is committed of the front end is what its sources build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"

pytestmark = [pytest.mark.frontend, pytest.mark.timeout(300)]


def npm(*arguments: str) -> None:
    if not (FRONTEND / "node_modules").exists():
        pytest.fail("The front end's packages are missing: run make frontend once.")
    environment = {**os.environ, "PYTHON": sys.executable, "CI": "1"}
    ran = subprocess.run(
        ["npm", "run", "--silent", *arguments],
        cwd=FRONTEND, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_committed_bundle_is_what_the_sources_build(tmp_path: Path) -> None:
    npm("build", "--", str(tmp_path / "view.js"))

    committed = ROOT / "hitl_nb" / "static" / "view.js"
    assert (tmp_path / "view.js").read_bytes() == committed.read_bytes()


def test_the_committed_message_types_are_those_of_the_kernel(tmp_path: Path) -> None:
    npm("types", "--", str(tmp_path / "messages.ts"))

    committed = FRONTEND / "src" / "messages.ts"
    assert (tmp_path / "messages.ts").read_text("utf-8") == committed.read_text("utf-8")


def test_the_sources_are_well_typed() -> None:
    npm("check")


def test_the_front_ends_own_tests_pass() -> None:
    npm("test")
