"""Show what happened to a thread since it was last looked at, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from hitl_nb.notebook.session.answer_intake import AnswerIntake
from hitl_nb.notebook.session.run_spec import RunSpec
from hitl_nb.notebook.session.timeline import MOST
from hitl_nb.notebook.session.view_state import SessionViewState
from hitl_nb.types import Config, StateSnapshot

Item = TypeVar("Item")


def recall(
    spec: RunSpec, view_state: SessionViewState, intake: AnswerIntake, state: StateSnapshot
) -> None:
    """Note a thread's new checkpoints, steps and decisions, if it stands at a new one.

    Args:
        spec: Whose thread.
        view_state: Where it is told.
        intake: Knows which decisions are told already.
        state: Where the thread stands.
    """
    saver, thread, trail = spec.saver, spec.thread_id, view_state.trail
    known = trail.last
    if known == _checkpoint(state.config):
        return
    rows = _down_to(known, saver.history(thread), lambda item: item.row.id)
    seconds = trail.read(_led_here(rows, lambda item: (item.row.id, item.row.parent)))
    history = spec.graph.get_state_history({"configurable": {"thread_id": thread}})
    fresh = _down_to(known, history, lambda item: _checkpoint(item.config))
    ways = _led_here(fresh, lambda it: (_checkpoint(it.config), _checkpoint(it.parent_config)))
    states = [*islice(ways, MOST + 1)]
    left = len(trail) - len(states) - 1 if known is None else 0
    row = saver.thread(thread) if known is None else None
    copied = row is not None and row.created_at > str(states[-1].created_at)
    view_state.recall(states, intake.unshown(copied=copied), seconds, left)


def _led_here(
    items: Iterable[Item], ids: Callable[[Item], tuple[str | None, str | None]]
) -> Iterator[Item]:
    """Yield of a thread's checkpoints those that led to the first, and not what a fork left.

    Args:
        items: Newest first.
        ids: Returns the id of one, and that of the one it followed.
    """
    wanted: str | None = None
    for item in items:
        own, before = ids(item)
        if wanted in (None, own):
            yield item
            if before is None:
                return
            wanted = before


def _down_to(
    known: str | None, items: Iterable[Item], name: Callable[[Item], str | None]
) -> Iterator[Item]:
    """Yield checkpoints, newest first, down to the one that is known, that included."""
    for item in items:
        yield item
        if name(item) == known:
            return


def _checkpoint(config: Config | None) -> str | None:
    """Return the id in a config; None where nothing is stored."""
    return None if config is None else config["configurable"].get("checkpoint_id")
