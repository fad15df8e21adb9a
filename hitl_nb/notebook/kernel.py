"""What is so of the kernel this code runs in: which one it is, and whether a person sits there."""

from __future__ import annotations

import os
from typing import Any


def running_kernel() -> Any:
    """Return the IPython kernel this code runs in, or None."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return getattr(get_ipython(), "kernel", None)


def person_can_answer() -> bool:
    """Whether someone sits in front of this kernel.

    Programs that execute notebooks allow no input; Voila allows none either, but shows the
    page to a person.
    """
    kernel = running_kernel()
    if kernel is None:
        return False
    return in_voila() or bool(getattr(kernel, "_allow_stdin", False))


def in_voila() -> bool:
    """Whether this kernel serves a web page made by Voila."""
    return any(name.startswith("VOILA_") for name in os.environ)
