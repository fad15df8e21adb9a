"""Start other processes, and say how often."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

Start = Callable[..., "subprocess.Popen[str]"]
"""Start ``worker.py`` with these arguments."""


def full_size(small: int, full: int) -> int:
    """Return how often to repeat: ``HITL_NB_FULL=1`` asks for the full size."""
    return full if os.environ.get("HITL_NB_FULL") == "1" else small
