"""Places that keep threads, for tests of what outlives a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from stores import Store

from hitl_nb.savers import clock
from hitl_nb.savers.default import close_savers

# Before any test imports it: the contract of savers is code of asserts.
pytest.register_assert_rewrite("hitl_nb.testing.savers")

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


@pytest.fixture
def fresh_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin as a fresh kernel does, whose sessions are kept in memory by default."""
    from hitl_nb.notebook.session import registry

    monkeypatch.setenv("HITL_NB_SAVER", "memory")
    close_savers()
    registry._sessions.clear()
    yield
    for session in [*registry._sessions.values()]:
        session.detach()
    close_savers()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass."""
    passed = [0.0]

    def utc() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=passed[0])

    monkeypatch.setattr(clock, "utc", utc)

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait
