"""What every error of this package is."""

from __future__ import annotations


class HitlError(Exception):
    """Every error this package raises on purpose."""
