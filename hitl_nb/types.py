"""The few values everything else is made of."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

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
        resume: As input: the answer to the open question, or ``{question id: answer}``.
            ``None``, ``False``, ``""`` and ``{}`` are answers like any other.
        update: State update to apply.
        goto: From a node: the node, nodes or ``Send`` tasks to run next, besides its edges.
    """

    resume: Any = UNSET
    update: Any = None
    goto: str | Send | Sequence[str | Send] = ()


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question a node asks.

    Args:
        value: The payload: what the node passed to ``interrupt()``.
        id: Commits to the thread, the task, the key and the digest of what is shown.
        node: Name of the node that asks.
        digest: SHA-256 of the canonical form of the payload, in hex.
        key: The name the node gave the question, if any.
    """

    value: Any
    id: str
    node: str = field(default="", kw_only=True)
    digest: str = field(default="", kw_only=True, repr=False)
    key: str | None = field(default=None, kw_only=True)
