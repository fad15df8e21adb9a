"""The history of a thread for a reader: its checkpoints, and the state at one of them."""

from __future__ import annotations

from collections.abc import Iterable

from hitl_nb.forms import items_of
from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import show
from hitl_nb.messages import CheckpointEntry, CheckpointHistory, Item
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Stored
from hitl_nb.threads.history import config_of, read_state
from hitl_nb.types import END, START, StateSnapshot


class CheckpointTrail:
    """Keeps the list of checkpoints, and reads a state only when somebody looks at it.

    Args:
        plan: The graph.
        saver: Where the thread is.
        thread_id: The thread.
    """

    def __init__(self, plan: Plan, saver: Saver, thread_id: str) -> None:
        self._plan, self._saver, self._thread = plan, saver, thread_id
        self._moments: dict[str, CheckpointEntry] = {}
        self._listed: list[CheckpointEntry] = []
        self._at: str | None = None
        self._items: list[Item] = []
        self._changed: list[str] = []

    def add(self, checkpoint: str, step: int, ran: Iterable[str]) -> None:
        """Note a checkpoint the run has come to."""
        if checkpoint not in self._moments:
            self._moments[checkpoint] = {"id": checkpoint, "label": show(_label(step, ran))}

    def read(self, history: Iterable[Stored]) -> dict[str, float]:
        """Note a thread's checkpoints; newest first, as a saver yields them.

        Returns:
            By checkpoint, the seconds of the superstep that led to it, if they are known.
        """
        rows = [item.row for item in history]
        for row in reversed(rows):
            edited = row.source == "update"
            self.add(row.id, row.step, ("edited",) if edited else row.frontier["ran"])
        return {row.id: row.frontier["seconds"] for row in rows if "seconds" in row.frontier}

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def last(self) -> str | None:
        """The newest checkpoint that was noted."""
        return next(reversed(self._moments), None)

    def look(self, checkpoint: str) -> StateSnapshot:
        """Look at a checkpoint.

        Raises:
            UnknownCheckpoint: If the thread has none of that id.
        """
        state = read_state(self._plan, self._saver, config_of(self._thread, "", checkpoint))
        stored = self._saver.read(self._thread, "", checkpoint)
        changes = stored.row.changes if stored is not None else None
        names = self._plan.schema.keys or state.values
        ordered = {name: state.values[name] for name in names if name in state.values}
        self._at = checkpoint
        self._items = items_of(ordered)
        self._changed = [str(name) for name in ordered if name in (changes or ())]
        return state

    def look_away(self) -> None:
        """Stop looking back."""
        self._at, self._items, self._changed = None, [], []

    def past(self, *, running: bool = False) -> CheckpointHistory | None:
        """Return what the view shows of it.

        Args:
            running: Whether new checkpoints come all the time; they are then listed when the run
                rests, because the list is sent as a whole.
        """
        if not running:
            self._listed = [*self._moments.values()]
        if len(self._listed) < 2:
            return None
        return {
            "moments": self._listed,
            "at": self._at,
            "items": self._items,
            "changed": self._changed,
        }


def _label(step: int, ran: Iterable[str]) -> str:
    names = [name for name in dict.fromkeys(ran) if name not in (START, END)]
    if step < 0:
        return "input"
    if not names:
        return "start" if step == 0 else f"after step {step}"
    return f"after step {step} · {', '.join(names)}"
