"""The time as it is stored."""

from __future__ import annotations

from datetime import UTC, datetime


def utc() -> datetime:
    """Read the clock: the one place where it is read, so that a test can put another there."""
    return datetime.now(UTC)


def now() -> str:
    """Return the time in UTC, ISO 8601 with microseconds, always of the same length."""
    return utc().isoformat("T", "microseconds")
