"""The file a browser may have written: one beside the notebook, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ENDING = ".hitl.json"
"""What files are called that are exported by the button without a name."""
_LONGEST = 200
_OUTSIDE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
"""Characters that lead elsewhere or are no part of a name, on one system or another."""
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)


def file_here(name: str) -> Path:
    """Return the file of that name in the working directory.

    A page is trusted less than the program: what it sends names a file, never a place. The program
    itself may write anywhere, by ``session.export(path)``.

    Raises:
        ValueError: If it is no plain file name.
    """
    why = None
    if not name.strip(". "):
        why = "it is empty"
    elif _OUTSIDE.search(name):
        why = "it has a character that leads to another place, or that no name may have"
    elif name.startswith((".", "~", "-", " ")) or name.endswith((".", " ")):
        why = "of how it begins or ends"
    elif name.partition(".")[0].lower().strip() in _DEVICES:
        why = "Windows takes it for a device"
    elif len(name.encode("utf-8", "replace")) > _LONGEST:
        why = f"it is longer than {_LONGEST} bytes"
    if why is not None:
        raise ValueError(
            f"The thread cannot be written to {name!r}, because {why}. Give a plain file name, "
            f"such as thread{ENDING}, for a file in the notebook's working directory; in code, "
            f"session.export(path) writes anywhere."
        )
    return Path.cwd() / name


def name_for(thread_id: str) -> str:
    """Return what the file of a thread is called where nobody says it."""
    name = "".join(item if item.isalnum() or item in "-_." else "-" for item in thread_id)
    return f"{name.strip('.-') or 'thread'}{ENDING}"
