"""The time as it is stored."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return the time in UTC, ISO 8601 with microseconds, always of the same length."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
