"""Human-in-the-loop graphs for notebooks: what you approved is exactly what runs, once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hitl_nb.asking import get_stream_writer as get_stream_writer
    from hitl_nb.asking import interrupt as interrupt
    from hitl_nb.chat import MessagesState as MessagesState
    from hitl_nb.chat import RemoveMessage as RemoveMessage
    from hitl_nb.chat import add_messages as add_messages
    from hitl_nb.compiled import CompiledGraph as CompiledGraph
    from hitl_nb.compiled import StateGraph as StateGraph
    from hitl_nb.decision_log import decisions as decisions
    from hitl_nb.editing import StateUpdate as StateUpdate
    from hitl_nb.notebook.session import Session as Session
    from hitl_nb.portable import GraphResult as GraphResult
    from hitl_nb.remembering import once as once
    from hitl_nb.savers.memory import InMemorySaver as InMemorySaver
    from hitl_nb.savers.memory import MemorySaver as MemorySaver
    from hitl_nb.savers.sqlite import SqliteSaver as SqliteSaver
    from hitl_nb.snapshot import export_thread as export_thread
    from hitl_nb.snapshot import import_thread as import_thread
    from hitl_nb.types import END as END
    from hitl_nb.types import START as START
    from hitl_nb.types import Command as Command
    from hitl_nb.types import Interrupt as Interrupt
    from hitl_nb.types import NodeError as NodeError
    from hitl_nb.types import Overwrite as Overwrite
    from hitl_nb.types import RetryPolicy as RetryPolicy
    from hitl_nb.types import Runtime as Runtime
    from hitl_nb.types import Send as Send
    from hitl_nb.types import StateSnapshot as StateSnapshot

_HOMES = {
    "Command": "types",
    "CompiledGraph": "compiled",
    "END": "types",
    "GraphResult": "portable",
    "InMemorySaver": "savers.memory",
    "Interrupt": "types",
    "MemorySaver": "savers.memory",
    "MessagesState": "chat",
    "NodeError": "types",
    "Overwrite": "types",
    "RemoveMessage": "chat",
    "RetryPolicy": "types",
    "Runtime": "types",
    "START": "types",
    "Send": "types",
    "Session": "notebook.session",
    "SqliteSaver": "savers.sqlite",
    "StateGraph": "compiled",
    "StateSnapshot": "types",
    "StateUpdate": "editing",
    "add_messages": "chat",
    "decisions": "decision_log",
    "export_thread": "snapshot",
    "get_stream_writer": "asking",
    "import_thread": "snapshot",
    "interrupt": "asking",
    "once": "remembering",
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
