"""Agents: a small, offline-first way to ask a language model, inside a graph or outside."""

from hitl_nb.agents.agent import Agent, AgentConfig, AgentRun, TerminateEvent, ThinkEvent
from hitl_nb.agents.models import (
    Message,
    MockModel,
    Model,
    ScriptedModel,
    ScriptRanOut,
    UnknownModel,
    get_model,
    register_model,
)

__all__ = [
    "Agent", "AgentConfig", "AgentRun", "Message", "MockModel", "Model",
    "ScriptRanOut", "ScriptedModel", "TerminateEvent", "ThinkEvent", "UnknownModel", "get_model",
    "register_model",
]  # fmt: skip
