"""A server that has nothing to serve."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError


class NotServed(HitlError):
    """What was asked for on the command line cannot be served."""
