"""The buttons of a session; each has a method of the same name."""

from __future__ import annotations

from typing import Literal

from hitl_nb.marked_text import show
from hitl_nb.messages import Button
from hitl_nb.notebook.session.pacing import Pacing
from hitl_nb.types import Status

ButtonName = Literal[
    "step", "run_to_question", "run_to_end", "stop", "retry", "edit", "export", "load"
]
_WORDS: dict[ButtonName, tuple[str, str]] = {
    "step": ("Step", "Run the next node, then pause"),
    "run_to_question": ("Run to next question", "Run without a pause until something is asked"),
    "run_to_end": ("Run to end", "Pause for questions only"),
    "stop": ("Stop", "Pause before the next node"),
    "retry": ("Retry this node", "Run again what failed; what has finished stays"),
    "edit": ("Edit state", "Change the state before the run goes on"),
    "export": ("Export", "Write the thread to a file with which it can go on elsewhere"),
    "load": ("Load", "Show the thread of a file beside this one"),
}


def buttons_of(status: Status, pacing: Pacing, *, asks: bool) -> list[Button]:
    """Say what can be pressed.

    Args:
        status: How the run fares.
        pacing: Whether it pauses between nodes.
        asks: Whether a question is open.
    """
    paused = status == "waiting" and not asks
    enabled: dict[ButtonName, bool] = {}
    if pacing.stepping and status != "failed":
        over = status == "done"
        enabled["step"] = paused
        enabled["run_to_question"] = paused
        enabled["run_to_end"] = not over and (paused or pacing.mode != "end")
    if status in ("running", "waiting") or (pacing.stepping and status == "done"):
        enabled["stop"] = status == "running" and pacing.mode != "step"
    if status == "failed":
        enabled["retry"] = True
    enabled["edit"] = status != "running"
    enabled["export"] = True
    enabled["load"] = True
    return [
        {
            "name": name,
            "label": show(label),
            "title": show(title if enabled[name] else _why_not(name, status, pacing, asks=asks)),
            "enabled": enabled[name],
        }
        for name, (label, title) in _WORDS.items()
        if name in enabled
    ]


def _why_not(name: ButtonName, status: Status, pacing: Pacing, *, asks: bool) -> str:
    """Say why a button cannot be pressed now."""
    if status == "done":
        return "The run is done"
    if name == "stop":
        if status == "waiting":
            return "The run is not at work"
        return "It pauses before the next node already"
    if name == "run_to_end" and pacing.mode == "end":
        return "It runs to its end already"
    return "A question is open: answer it first" if asks else "The run is at work: stop it first"
