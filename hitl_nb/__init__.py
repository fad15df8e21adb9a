"""Human-in-the-loop graphs for notebooks: what you approved is exactly what runs, once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hitl_nb.version import __version__ as __version__

if TYPE_CHECKING:
    from hitl_nb.compiled import CompiledGraph as CompiledGraph
    from hitl_nb.compiled import StateGraph as StateGraph
    from hitl_nb.decision_log.record import decisions as decisions
    from hitl_nb.engine.interrupts import get_stream_writer as get_stream_writer
    from hitl_nb.engine.interrupts import interrupt as interrupt
    from hitl_nb.engine.once import idempotency_key as idempotency_key
    from hitl_nb.engine.once import once as once
    from hitl_nb.graph.messages_state import MessagesState as MessagesState
    from hitl_nb.graph.messages_state import RemoveMessage as RemoveMessage
    from hitl_nb.graph.messages_state import add_messages as add_messages
    from hitl_nb.interop.locus_run import GraphResult as GraphResult
    from hitl_nb.notebook.inbox.inbox import Inbox as Inbox
    from hitl_nb.notebook.session.session import Session as Session
    from hitl_nb.policies.escalation import Escalation as Escalation
    from hitl_nb.policies.gates import Gated as Gated
    from hitl_nb.policies.gates import agate as agate
    from hitl_nb.policies.gates import gate as gate
    from hitl_nb.policies.gates import gated as gated
    from hitl_nb.policies.policy import Policy as Policy
    from hitl_nb.policies.rule import Rule as Rule
    from hitl_nb.requests.base import Request as Request
    from hitl_nb.requests.base import Source as Source
    from hitl_nb.requests.decision import Decision as Decision
    from hitl_nb.requests.identity import Claim as Claim
    from hitl_nb.requests.identity import Identity as Identity
    from hitl_nb.requests.identity import Verifier as Verifier
    from hitl_nb.requests.request_kinds import Approval as Approval
    from hitl_nb.requests.request_kinds import Ask as Ask
    from hitl_nb.requests.request_kinds import CallDecision as CallDecision
    from hitl_nb.requests.request_kinds import Choice as Choice
    from hitl_nb.requests.request_kinds import Confirm as Confirm
    from hitl_nb.requests.request_kinds import Edit as Edit
    from hitl_nb.requests.request_kinds import Feedback as Feedback
    from hitl_nb.requests.request_kinds import Form as Form
    from hitl_nb.requests.request_kinds import InDoubt as InDoubt
    from hitl_nb.requests.request_kinds import Option as Option
    from hitl_nb.requests.request_kinds import Rating as Rating
    from hitl_nb.requests.request_kinds import ToolCall as ToolCall
    from hitl_nb.requests.request_kinds import ToolReview as ToolReview
    from hitl_nb.reviewers.console import ConsoleReviewer as ConsoleReviewer
    from hitl_nb.reviewers.protocol import PASS as PASS
    from hitl_nb.reviewers.protocol import CallbackReviewer as CallbackReviewer
    from hitl_nb.reviewers.runner import arun_with as arun_with
    from hitl_nb.reviewers.runner import run_with as run_with
    from hitl_nb.reviewers.scripted import ScriptedReviewer as ScriptedReviewer
    from hitl_nb.savers.memory import InMemorySaver as InMemorySaver
    from hitl_nb.savers.memory import MemorySaver as MemorySaver
    from hitl_nb.savers.sqlite.saver import SqliteSaver as SqliteSaver
    from hitl_nb.snapshot import export_thread as export_thread
    from hitl_nb.snapshot import import_thread as import_thread
    from hitl_nb.threads.state_updates import StateUpdate as StateUpdate
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
    "Approval": "requests.request_kinds",
    "Ask": "requests.request_kinds",
    "CallDecision": "requests.request_kinds",
    "CallbackReviewer": "reviewers.protocol",
    "Choice": "requests.request_kinds",
    "Claim": "requests.identity",
    "Command": "types",
    "CompiledGraph": "compiled",
    "Confirm": "requests.request_kinds",
    "ConsoleReviewer": "reviewers.console",
    "END": "types",
    "Decision": "requests.decision",
    "Edit": "requests.request_kinds",
    "Escalation": "policies.escalation",
    "Feedback": "requests.request_kinds",
    "Form": "requests.request_kinds",
    "Gated": "policies.gates",
    "GraphResult": "interop.locus_run",
    "InMemorySaver": "savers.memory",
    "Inbox": "notebook.inbox.inbox",
    "Identity": "requests.identity",
    "InDoubt": "requests.request_kinds",
    "Interrupt": "types",
    "MemorySaver": "savers.memory",
    "MessagesState": "graph.messages_state",
    "NodeError": "types",
    "Option": "requests.request_kinds",
    "Overwrite": "types",
    "PASS": "reviewers.protocol",
    "Policy": "policies.policy",
    "Rating": "requests.request_kinds",
    "RemoveMessage": "graph.messages_state",
    "Request": "requests.base",
    "RetryPolicy": "types",
    "Rule": "policies.rule",
    "Runtime": "types",
    "START": "types",
    "ScriptedReviewer": "reviewers.scripted",
    "Send": "types",
    "Session": "notebook.session.session",
    "Source": "requests.base",
    "SqliteSaver": "savers.sqlite.saver",
    "StateGraph": "compiled",
    "StateSnapshot": "types",
    "StateUpdate": "threads.state_updates",
    "ToolCall": "requests.request_kinds",
    "ToolReview": "requests.request_kinds",
    "Verifier": "requests.identity",
    "add_messages": "graph.messages_state",
    "agate": "policies.gates",
    "arun_with": "reviewers.runner",
    "decisions": "decision_log.record",
    "export_thread": "snapshot",
    "gate": "policies.gates",
    "gated": "policies.gates",
    "get_stream_writer": "engine.interrupts",
    "idempotency_key": "engine.once",
    "import_thread": "snapshot",
    "interrupt": "engine.interrupts",
    "once": "engine.once",
    "run_with": "reviewers.runner",
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
