"""What happens in an execution, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hitl_nb.graph.planner import Checkpoint, Outcome, Task
from hitl_nb.types import Interrupt


class Started(NamedTuple):
    """A task began."""

    ns: str
    task: Task


class Finished(NamedTuple):
    """A task ended; ``seconds`` is what its last run took."""

    ns: str
    task: Task
    outcome: Outcome
    seconds: float


class Asked(NamedTuple):
    """A task paused with questions."""

    ns: str
    task: Task
    questions: tuple[Interrupt, ...]


class Decided(NamedTuple):
    """A question was decided without asking anybody; ``row`` is its decision as it was stored."""

    ns: str
    question: Interrupt
    row: Any


class Retried(NamedTuple):
    """A task failed and will run again after ``wait`` seconds."""

    ns: str
    task: Task
    error: Exception
    attempt: int
    wait: float


class Failed(NamedTuple):
    """A task raised for good; ``outcome`` is what its node had finished, if its route did."""

    ns: str
    task: Task
    error: BaseException
    seconds: float
    outcome: Outcome | None = None


class Written(NamedTuple):
    """A node sent something of its own to whoever watches the run."""

    ns: str
    task: Task
    value: Any


class Stepped(NamedTuple):
    """A superstep ended, or came to rest with questions."""

    ns: str
    before: Checkpoint
    after: Checkpoint


Event = Started | Finished | Asked | Decided | Retried | Failed | Written | Stepped
Listener = Callable[[Event], None]
