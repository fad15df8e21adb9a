"""Places that keep threads, for tests of what outlives a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from stores import Store

# How long an example takes says how busy the machine is, and nothing about the example.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Keep threads in memory, then in a file."""
    kept = Store(tmp_path / "hitl.db" if request.param == "sqlite" else None)
    yield kept
    kept.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    """Keep threads in a file."""
    kept = Store(tmp_path / "hitl.db")
    yield kept
    kept.close()
