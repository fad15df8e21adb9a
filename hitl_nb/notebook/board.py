"""What a session shows, kept up to date by what happens: no widget, no asyncio."""

from __future__ import annotations

import asyncio
import concurrent.futures
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from hitl_nb.events import Decided, Event, Failed, Finished, Started
from hitl_nb.forms import describe, items_of, request_of
from hitl_nb.messages import Change, Form, Header, StepEntry, ViewState
from hitl_nb.notebook.entries import GOING_ON, record_of
from hitl_nb.plan import Checkpoint, Plan, merge
from hitl_nb.savers.protocol import DecisionRow
from hitl_nb.text import brief, show
from hitl_nb.types import START, UNSET, Interrupt, StateSnapshot, Status

_OURS = str(Path(__file__).resolve().parent.parent)
BREAKPOINT = "breakpoint-"
"""Begins the id of the form that stands for a static breakpoint."""
_MACHINERY = (
    _OURS,
    *(str(Path(str(part.__file__)).parent) for part in (asyncio, concurrent.futures)),
)
_NOTES: dict[Status, str] = {
    "running": "running",
    "waiting": "waiting for you",
    "done": "done",
    "failed": "failed",
}


class Board:
    """The view's state and the few ways it changes.

    Args:
        plan: The graph that runs.
        thread: The thread's id.
        place: Where the thread is kept, in words.
        reviewer: The name of whoever sits in front of it, if it is known.
    """

    def __init__(self, plan: Plan, thread: str, place: str, reviewer: str = "") -> None:
        self._plan = plan
        self._reviewer = reviewer
        self._open: tuple[Interrupt, ...] = ()
        self._left: dict[str, tuple[str, str | None]] = {}
        self._running: dict[str, str] = {}
        header: Header = {
            "graph": show(plan.name),
            "thread": show(thread),
            "status": "running",
            "note": show("starting"),
            "saver": show(place),
        }
        self.state: ViewState = {
            "header": header,
            "timeline": [],
            "forms": [],
            "result": None,
            "failure": None,
            "drafts": {},
        }

    def hear(self, event: Event, before: Checkpoint) -> bool:
        """Take in an event of the execution; tell whether anything to see changed."""
        match event:
            case Started(ns, task):
                self._running[ns + task.id] = task.node
            case Finished(ns, task, outcome, seconds):
                self._running.pop(ns + task.id, None)
                if ns:
                    return True
                after = merge(self._plan, before.values, [outcome])
                entry: StepEntry = {
                    "kind": "step",
                    "node": show(task.node),
                    "seconds": seconds,
                    "changes": _changes(before.values, after),
                }
                self.state["timeline"] = [*self.state["timeline"], entry]
            case Failed(ns, task, _):
                self._running.pop(ns + task.id, None)
            case Decided(_, _, row) if row is not None:
                entry_of = record_of(row, self._plan.types)
                self.state["timeline"] = [*self.state["timeline"], entry_of]
            case _:
                return False
        self._set_status("running", ", ".join(sorted(self._running.values())))
        return True

    def wait(self, state: StateSnapshot) -> None:
        """Show the open questions, or the breakpoint the run stopped at."""
        self._running.clear()
        self._open = state.interrupts
        forms = [self._form(question) for question in state.interrupts] or [_breakpoint(state)]
        self.state["forms"] = forms
        count = len(forms)
        self._set_status("waiting", f"{count} questions" if count > 1 else "")

    def refresh(self) -> None:
        """Count the time that is left anew, for a view that is about to be drawn."""
        forms = {question.id: self._form(question) for question in self._open}
        self.state["forms"] = [forms.get(form["id"], form) for form in self.state["forms"]]

    def decided(self, row: DecisionRow) -> None:
        """Put one line of record where the form was."""
        self.state["timeline"] = [*self.state["timeline"], record_of(row, self._plan.types)]
        if row.action in GOING_ON:
            self._left[row.node] = (row.question, self.state["drafts"].get(row.question))
        self.close(row.question)

    def _form(self, question: Interrupt) -> Form:
        """Describe a question's form; one that takes the place of another takes its draft too."""
        form = describe(question, reviewer=self._reviewer)
        request = request_of(question)
        stopped = request is not None and request.history
        before = self._left.get(question.node)
        if before is not None and (stopped or question.previous == before[0]):
            form["follows"] = before[0]
            if before[1] is not None and question.id not in self.state["drafts"]:
                self.draft(question.id, before[1])
        return form

    def shows(self, form: str) -> bool:
        """Whether a form is on the board."""
        return any(item["id"] == form for item in self.state["forms"])

    def close(self, form: str) -> None:
        """Take a form and its draft away."""
        self.state["forms"] = [item for item in self.state["forms"] if item["id"] != form]
        self.draft(form, None)
        if not self.state["forms"]:
            self._set_status("running")

    def draft(self, form: str, text: str | None) -> None:
        """Keep what was typed into a form so far; None forgets it."""
        drafts = {name: kept for name, kept in self.state["drafts"].items() if name != form}
        self.state["drafts"] = drafts if text is None else {**drafts, form: text}

    def leave(self, note: str) -> None:
        """Take the forms away and say why; the thread goes on elsewhere."""
        self.state["forms"] = []
        self.state["drafts"] = {}
        self.state["header"] = {**self.state["header"], "status": "running", "note": show(note)}

    def recall(self, history: Sequence[StateSnapshot], decisions: Sequence[DecisionRow]) -> None:
        """Fill the timeline with what a thread did before this session; newest state first."""
        left = list(decisions)
        for before, after in zip(history[:0:-1], history[-2::-1], strict=True):
            began = _moment(before)
            while left and left[0].asked_at < str(after.created_at):
                row = left.pop(0)
                began = max(began, datetime.fromisoformat(row.answered_at))
                self.decided(row)
            if before.next != (START,):
                entry: StepEntry = {
                    "kind": "step",
                    "node": show(", ".join(before.next)),
                    "seconds": max(0.0, (_moment(after) - began).total_seconds()),
                    "changes": _changes(before.values, after.values),
                }
                self.state["timeline"] = [*self.state["timeline"], entry]
        for row in left:
            self.decided(row)

    def finish(self, values: Mapping[str, Any]) -> None:
        """Show the result."""
        declared = self._plan.schema.keys or values
        ordered = {name: values[name] for name in declared if name in values}
        self.state["result"] = items_of(ordered)
        self._set_status("done")

    def fail(self, error: BaseException) -> None:
        """Show what a node raised, and which one."""
        node = next((note for note in reversed(_notes(error)) if note.startswith("in node ")), "")
        title = f"{type(error).__name__}: {error}"
        self.state["failure"] = {
            "title": show(f"{title} ({node})" if node else title),
            "traceback": show(user_traceback(error)),
        }
        self._running.clear()
        self._set_status("failed")

    def _set_status(self, status: Status, detail: str = "") -> None:
        note = f"{_NOTES[status]} · {detail}" if detail else _NOTES[status]
        self.state["header"] = {**self.state["header"], "status": status, "note": show(note)}


def from_user(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from where the user's code begins."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_MACHINERY):
        trace = trace.tb_next
    return trace


def user_traceback(error: BaseException) -> str:
    """Format a traceback without the frames of this package."""
    described = traceback.TracebackException.from_exception(error)
    _drop_our_frames(described)
    return "".join(described.format()).rstrip()


def _drop_our_frames(described: traceback.TracebackException | None) -> None:
    while described is not None:
        theirs = [frame for frame in described.stack if not frame.filename.startswith(_OURS)]
        if theirs:
            described.stack = traceback.StackSummary.from_list(theirs)
        described = described.__cause__ or described.__context__


def _moment(state: StateSnapshot) -> datetime:
    return datetime.fromisoformat(str(state.created_at))


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for name, value in after.items():
        old = before.get(name, UNSET)
        if old is value:
            continue
        change: Change = {"key": show(str(name)), "after": brief(value)}
        if old is not UNSET:
            change["before"] = brief(old)
        changes.append(change)
    return changes


def _breakpoint(state: StateSnapshot) -> Form:
    question = Interrupt(
        {
            "question": f"Stopped at a breakpoint. Next: {', '.join(state.next)}",
            "options": ["Continue"],
        },
        f"{BREAKPOINT}{state.config['configurable']['checkpoint_id']}",
        node=", ".join(state.next),
    )
    return describe(question)
