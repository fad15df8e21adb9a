"""The few values everything else is made of."""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, NamedTuple

START: Final = sys.intern("__start__")
"""The virtual node every run begins at."""
END: Final = sys.intern("__end__")
"""The virtual node every run ends at."""
INTERRUPT: Final = sys.intern("__interrupt__")
"""Key under which open questions appear in results and update streams."""

Status = Literal["running", "waiting", "done", "failed"]
NodeFunction = Callable[..., Any | Awaitable[Any]]
RouteFunction = Callable[..., Any | Awaitable[Any]]
Reducer = Callable[[Any, Any], Any]
Config = Mapping[str, Any]


class Unset:
    """The type of ``UNSET``, which tells "nothing given" from ``None``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class Send:
    """Ask for one run of ``node`` with its own input instead of the shared state.

    Args:
        node: Name of the node to run in the next superstep.
        arg: What that node is called with.
    """

    node: str
    arg: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Tell a graph what to do: as its input, or as what a node returns.

    Args:
        graph: From a node of a subgraph: ``Command.PARENT`` addresses the graph around it.
        resume: As input: the answer to the open question, or ``{question id: answer}``.
            ``None``, ``False``, ``""`` and ``{}`` are answers like any other.
        update: State update to apply.
        goto: The node, nodes or ``Send`` tasks to run next, besides the edges.
    """

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"
    # ``-> Command[Literal["send"]]`` says in code written for LangGraph where a node may lead.
    __class_getitem__: ClassVar[Any] = classmethod(types.GenericAlias)

    graph: Literal["__parent__"] | None = None
    update: Any = None
    resume: Any = UNSET
    goto: str | Send | Sequence[str | Send] = ()


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Write a value past its key's reducer."""

    value: Any


class TypedQuestion:
    """The base of typed questions, by which they are known where pydantic is not loaded."""

    kind: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return exactly what is shown, as plain data."""
        raise NotImplementedError

    def reply_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a reply."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question a node asks.

    Args:
        value: What the node passed to ``interrupt()``: a payload, or a typed question.
        id: Commits to the thread, the task, the key and the digest of what is shown.
        response_schema: JSON Schema of a valid answer, if the node gave one.
        node: Name of the node that asks.
        task: The task that asks: its superstep, node and place.
        digest: SHA-256 of the canonical form of payload and schema, in hex.
        key: The name the node gave the question, if any.
        previous: Id of the question this one replaces, because its content or the state changed.
        attempts: How often this place has asked in a row without its answer being used.
        asked_at: When it was first asked, UTC, ISO 8601; empty if that does not matter yet.
        edits: What was edited in the state under the question this one replaces: by key, what
            it held then and what it holds now; UNSET for nothing.
    """

    value: Any
    id: str
    response_schema: Any = field(default=None, repr=False)
    node: str = field(default="", kw_only=True)
    task: str = field(default="", kw_only=True, repr=False)
    digest: str = field(default="", kw_only=True, repr=False)
    key: str | None = field(default=None, kw_only=True)
    previous: str | None = field(default=None, kw_only=True, repr=False)
    attempts: int = field(default=1, kw_only=True, repr=False)
    asked_at: str = field(default="", kw_only=True, repr=False, compare=False)
    edits: Mapping[str, tuple[Any, Any]] = field(
        default_factory=dict, kw_only=True, repr=False, compare=False
    )

    @property
    def kind(self) -> str:
        """``"raw"`` for a plain payload, else the kind of the request."""
        return self.value.kind if isinstance(self.value, TypedQuestion) else "raw"

    @property
    def payload(self) -> Any:
        """What is shown, as plain data where it is a request."""
        return self.value.payload() if isinstance(self.value, TypedQuestion) else self.value


def is_transient(error: Exception) -> bool:
    """Tell errors that may go away by themselves from those in the program or its data."""
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    return not isinstance(
        error,
        (
            ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError,
            OSError, ReferenceError, RuntimeError, SyntaxError, TypeError, ValueError,
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Run a failing node again, waiting longer each time.

    Args:
        initial_interval: Seconds before the second attempt.
        backoff_factor: What the wait is multiplied by after each attempt.
        max_interval: Longest wait, seconds.
        max_attempts: Attempts in all, the first included.
        jitter: Whether to add up to a second at random, so that many do not retry at once.
        retry_on: Exception classes to retry, or a function that tells.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool] = (
        is_transient
    )

    def covers(self, error: Exception) -> bool:
        """Whether this policy retries after ``error``."""
        if isinstance(self.retry_on, type):
            return isinstance(error, self.retry_on)
        if callable(self.retry_on):
            return self.retry_on(error)
        return isinstance(error, tuple(self.retry_on))

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after the given attempt, counted from 1."""
        seconds = self.initial_interval * self.backoff_factor ** (attempt - 1)
        extra = random.uniform(0, 1) if self.jitter else 0.0  # noqa: S311  (no secret)
        return min(seconds, self.max_interval) + extra


class NodeError(NamedTuple):
    """What an error handler is told.

    Args:
        node: The node that failed.
        kind: The exception's class name.
        message: What it said.
    """

    node: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a node that takes ``runtime`` is handed besides the state.

    Args:
        context: The live objects passed as ``context=``; they are never stored.
        stream_writer: Sends a value of the node's own to whoever watches the run.
        thread_id: The thread that runs.
    """

    context: Any
    stream_writer: Callable[[Any], None]
    thread_id: str


IN_DOUBT = "in_doubt"
"""The kind of a question about a call that was cut off."""


class TaskSnapshot(NamedTuple):
    """A task of a stored superstep.

    Args:
        id: The task's id.
        name: Its node.
        path: Where it comes from: an edge or a ``Send``.
        error: What it raised, in words.
        interrupts: What it asks.
        state: For a subgraph: its state, or the config that reads it.
        result: What it wrote, if it has finished.
    """

    id: str
    name: str
    path: tuple[Any, ...] = ()
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: Any = None
    result: Any = None


class StateSnapshot(NamedTuple):
    """A thread's state at a checkpoint.

    Args:
        values: The state.
        next: The nodes that run next.
        config: Reads this checkpoint again, or runs on from it.
        metadata: ``source`` and ``step``.
        created_at: UTC, ISO 8601.
        parent_config: Reads the checkpoint before.
        tasks: What runs next, in detail.
        interrupts: The open questions, or for an old checkpoint all that were asked.
    """

    values: dict[str, Any]
    next: tuple[str, ...]
    config: Config
    metadata: Mapping[str, Any] | None
    created_at: str | None
    parent_config: Config | None
    tasks: tuple[TaskSnapshot, ...]
    interrupts: tuple[Interrupt, ...]
