"""An agent: a model with a role, whose replies a node is given once and for all."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hitl_nb.agents.models import Message, Model, get_model
from hitl_nb.codec import digest
from hitl_nb.engine.interrupts import CURRENT_TASK
from hitl_nb.engine.once import once
from hitl_nb.engine.sync import run_sync


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """What makes an agent.

    Args:
        agent_id: Its name in records.
        model: An object with ``complete()``, or a name for ``get_model``.
        system_prompt: Its role.
        max_iterations: How often a run may ask the model; it asks again while the reply is empty.
        max_tokens: How long a reply may be.

    Raises:
        ValueError: If the name is empty or a number is below 1.
        TypeError: If the model has no ``complete()``.
    """

    agent_id: str = "agent"
    model: Model | str = field(default="mock", repr=False)
    system_prompt: str = ""
    max_iterations: int = 10
    max_tokens: int = 1000

    def __post_init__(self) -> None:
        if not self.agent_id:
            raise ValueError("agent_id must not be empty: it names the agent in records.")
        owner = f"of the agent {self.agent_id!r}"
        if not isinstance(self.model, (str, Model)):
            raise TypeError(
                f"The model {owner} must be an object with an async complete() (see Model), or a "
                f"name for get_model(), not {self.model!r:.80}."
            )
        for name in ("max_iterations", "max_tokens"):
            number = getattr(self, name)
            if not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} {owner} must be a number from 1 up, not {number!r}.")


@dataclass(frozen=True, slots=True)
class ThinkEvent:
    """The model replied: what, and at which asking, counted from 1."""

    agent_id: str
    iteration: int
    reasoning: str


@dataclass(frozen=True, slots=True)
class TerminateEvent:
    """An agent is done; ``reason`` is ``"max_iterations"`` if every reply was empty."""

    agent_id: str
    final_message: str
    iterations_used: int
    reason: str

    @property
    def message(self) -> str:
        """The final message, by the name a result of ``run_sync`` has in Locus."""
        return self.final_message


class AgentRun:
    """One run: iterate over its events, or await the last of them. It can be used once."""

    def __init__(self, events: AsyncGenerator[ThinkEvent | TerminateEvent, None]) -> None:
        self._events = events

    def __aiter__(self) -> AsyncIterator[ThinkEvent | TerminateEvent]:
        return self._events

    def __await__(self) -> Generator[Any, None, TerminateEvent]:
        return self.end().__await__()

    async def end(self) -> TerminateEvent:
        """Run to the end."""
        events = [event async for event in self._events]
        if events and isinstance(events[-1], TerminateEvent):
            return events[-1]
        raise RuntimeError("This run was used before; call agent.run() again.")


class Agent:
    """Asks a model, in a role.

    Inside a node the model is asked through ``once``: when the node runs again, the agent says
    what it said before. The model is no part of what is remembered, so it may be another one then.

    Args:
        config: What makes it; or give the settings of ``AgentConfig`` themselves.

    Example:
        >>> agent = Agent(config=AgentConfig(agent_id="clerk", system_prompt="Summarize."))
        >>> agent.run_sync("It never shipped. I want my money back.").final_message
        'It never shipped.'
    """

    def __init__(self, config: AgentConfig | None = None, **settings: Any) -> None:
        if config is not None and settings:
            raise TypeError(f"Give Agent() a config or {', '.join(settings)}, not both.")
        self.config = config or AgentConfig(**settings)
        model = self.config.model
        self.model = get_model(model) if isinstance(model, str) else model

    def run(self, prompt: str) -> AgentRun:
        """Ask the model; iterate over the run's events, or await its ``TerminateEvent``."""
        return AgentRun(self._run(prompt))

    def run_sync(self, prompt: str) -> TerminateEvent:
        """Run to the end from synchronous code, such as a sync node; in a notebook too."""
        return run_sync(self.run(prompt).end())

    async def _run(self, prompt: str) -> AsyncGenerator[ThinkEvent | TerminateEvent, None]:
        config = self.config
        messages: list[Message] = [{"role": "user", "content": prompt}]
        if config.system_prompt:
            messages.insert(0, {"role": "system", "content": config.system_prompt})
        said, asked = "", 0
        while not said and asked < config.max_iterations:
            asked += 1
            said = (await self._ask(messages)).strip()
            yield ThinkEvent(config.agent_id, asked, said)
        yield TerminateEvent(config.agent_id, said, asked, "complete" if said else "max_iterations")

    async def _ask(self, messages: Sequence[Message]) -> str:
        running = CURRENT_TASK.get()
        if running is None:
            return await self._complete(messages)
        # The call goes by the agent, what it is asked, and its order among equal calls.
        asked = digest([list(messages), self.config.max_iterations, self.config.max_tokens])
        name = f"{self.config.agent_id}:{asked[:16]}"
        calls = running.calls = running.calls or {}
        calls[name] = calls.get(name, -1) + 1
        return await once(self._complete, messages, key=f"{name}#{calls[name]}")

    async def _complete(self, messages: Sequence[Message]) -> str:
        reply = await self.model.complete(messages, max_tokens=self.config.max_tokens)
        if not isinstance(reply, str):
            raise TypeError(
                f"complete() of {type(self.model).__name__} must return a str, not {reply!r:.80}."
            )
        return reply
