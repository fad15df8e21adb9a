"""The same program gives the same on LangGraph and here, but for what the table lists."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from differential.drawing import programs
from differential.driving import play
from differential.known import PROGRAMS
from differential.programs import Program
from hypothesis import HealthCheck, Phase, given, settings

from hitl_nb.savers import SqliteSaver

FULL = os.environ.get("HITL_NB_FULL") == "1"


def sized(quick: int, full: int) -> settings:
    """Try the same few programs every time, or many new ones when asked to."""
    return settings(
        max_examples=full if FULL else quick,
        derandomize=not FULL,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("by", ["sync", "async"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_known_programs_give_the_same(name: str, by: Literal["sync", "async"]) -> None:
    known = replace(PROGRAMS[name], by=by)

    assert play(known) == [type(step).__name__ for step in known.script]


@pytest.mark.full_size
@pytest.mark.timeout(3_600)
@sized(quick=250, full=2_000)
@given(programs())
def test_programs_give_the_same_in_memory(program: Program) -> None:
    play(program)


@pytest.mark.full_size
@pytest.mark.timeout(3_600)
@sized(quick=25, full=200)
@given(programs())
def test_programs_give_the_same_in_a_file(program: Program) -> None:
    with TemporaryDirectory() as directory, SqliteSaver(Path(directory) / "hitl.db") as saver:
        play(program, saver)
