"""Human-in-the-loop graphs for notebooks: what you approved is exactly what runs, once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hitl_nb.asking import interrupt as interrupt
    from hitl_nb.compiled import CompiledGraph as CompiledGraph
    from hitl_nb.compiled import StateGraph as StateGraph
    from hitl_nb.notebook.session import Session as Session
    from hitl_nb.savers import InMemorySaver as InMemorySaver
    from hitl_nb.savers import MemorySaver as MemorySaver
    from hitl_nb.types import END as END
    from hitl_nb.types import START as START
    from hitl_nb.types import Command as Command
    from hitl_nb.types import Interrupt as Interrupt
    from hitl_nb.types import Send as Send

_HOMES = {
    "CompiledGraph": "compiled",
    "Command": "types",
    "END": "types",
    "InMemorySaver": "savers",
    "Interrupt": "types",
    "MemorySaver": "savers",
    "START": "types",
    "Send": "types",
    "Session": "notebook.session",
    "StateGraph": "compiled",
    "interrupt": "asking",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use, so that importing stays light."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
