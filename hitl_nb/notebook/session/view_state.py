"""What a session shows, kept up to date by what happens: no widget, no asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from hitl_nb.engine.events import Decided, Event, Failed, Finished, Started
from hitl_nb.forms import describe, items_of, request_of
from hitl_nb.forms.displayed import SentEvidence
from hitl_nb.graph.planner import Checkpoint, Plan, merge
from hitl_nb.marked_text import show
from hitl_nb.messages import (
    BranchView,
    Button,
    Failure,
    FormView,
    Header,
    Item,
    Progress,
    ViewState,
)
from hitl_nb.notebook.session.checkpoint_trail import CheckpointTrail
from hitl_nb.notebook.session.graph_view import GraphView
from hitl_nb.notebook.session.node_output import NodeOutput
from hitl_nb.notebook.session.timeline import Timeline, changes_between, recalled, step_entry
from hitl_nb.notebook.session.tracebacks import title_of, user_traceback
from hitl_nb.notebook.widget.record_entries import GOING_ON, record_of
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.types import Interrupt, StateSnapshot, Status

BREAKPOINT = "breakpoint-"
"""Begins the id of the form that stands for a static breakpoint."""
STATE = "state:"
"""Begins the id of the form that edits the state at a checkpoint."""
_NOTES: dict[Status, str] = {
    "running": "running",
    "waiting": "waiting for you",
    "done": "done",
    "failed": "failed",
}
_NOTICES = 3


class SessionViewState:
    """The view's state and the few ways it changes.

    Args:
        plan: The graph that runs.
        thread: The thread's id.
        saver: Where the thread is kept.
        reviewer: The name of whoever sits in front of it, if it is known.
        buttons: Says what can be pressed now.
        branch: Describes the run that is drawn beside this one, if there is one.
    """

    def __init__(
        self,
        plan: Plan,
        thread: str,
        saver: Saver,
        reviewer: str = "",
        *,
        buttons: Callable[[], list[Button]] = list,
        branch: Callable[[], BranchView | None] = lambda: None,
    ) -> None:
        self._plan = plan
        self._thread = thread
        self._reviewer = reviewer
        self._open: tuple[Interrupt, ...] = ()
        self._left: dict[str, tuple[str, str | None]] = {}
        self._running: dict[str, str] = {}
        self._since: float | None = None
        self._seconds = 0.0
        self._steps = 0
        self._next: tuple[str, ...] = ()
        self._notices: list[str] = []
        self._printing: set[str] = set()
        self.timeline = Timeline()
        self.graph_view = GraphView(plan)
        self.output = NodeOutput()
        self.trail = CheckpointTrail(plan, saver, thread)
        self.forms: list[FormView] = []
        self.drafts: dict[str, str] = {}
        self.sent = SentEvidence()
        self._buttons = buttons
        self._branch = branch
        self._result: list[Item] | None = None
        self._failure: Failure | None = None
        self._header: Header = {
            "graph": show(plan.name),
            "thread": show(thread),
            "status": "running",
            "note": show("starting"),
            "saver": show(saver.place),
            "seconds": 0.0,
        }

    @property
    def state(self) -> ViewState:
        """What the view shows now, in values of its own."""
        for task in self._printing:
            self.graph_view.prints(task.split(":")[1], self.output.of(task))
        self._printing.clear()
        before = self.timeline.before
        notices = [f"{before:,} earlier entries are not listed."] if before else []
        return {
            "header": {**self._header, "seconds": self.seconds},
            "timeline": [*self.timeline],
            "forms": [*self.forms],
            "result": self._result,
            "failure": self._failure,
            "drafts": {**self.drafts},
            "progress": self._progress(),
            "drawing": self.graph_view.drawing(),
            "buttons": self._buttons(),
            "past": self.trail.past(running=self._since is not None),
            "branch": self._branch(),
            "notices": [show(notice) for notice in (*self._notices, *notices)],
        }

    @property
    def seconds(self) -> float:
        """How long the thread has been at work."""
        running = monotonic() - self._since if self._since is not None else 0.0
        return self._seconds + running

    def hear(self, event: Event, before: Checkpoint) -> bool:
        """Take in an event of the execution; tell whether anything to see changed."""
        match event:
            case Started(ns, task):
                self._running[ns + task.id] = task.node
                if not ns:
                    self.output.begin(task.id)
                    self.graph_view.begins(task.node)
            case Finished(ns, task, outcome, seconds):
                self._running.pop(ns + task.id, None)
                if ns:
                    return True
                after = merge(self._plan, before.values, [outcome])
                changes = changes_between(before.values, self._plan.schema.pick(after))
                printed = self.output.of(task.id)
                self.timeline.add(step_entry(task.node, seconds, changes, printed))
                self.graph_view.ends(task.node, seconds, changes, printed)
            case Failed(ns, task, _):
                self._running.pop(ns + task.id, None)
                if not ns:
                    self.graph_view.fails(task.node)
            case Decided(_, question, row) if row is not None:
                schema = question.response_schema
                self.timeline.add(record_of(row, self._plan.types, schema))
            case _:
                return False
        self._set_status("running", ", ".join(sorted(self._running.values())))
        return True

    def hear_print(self, task: str) -> None:
        """Show what the node of a task has printed so far, when the view is drawn next."""
        self._printing.add(task)

    def runs(self) -> None:
        """The run goes on: count the time from now."""
        if self._since is None:
            self._since = monotonic()
        self._failure = self._result = None
        self._set_status("running")

    def stepped(self, step: int) -> None:
        """Note how many supersteps the thread has taken."""
        self._steps = max(0, step)

    def rests(self) -> None:
        """The run came to rest: its time stands still."""
        if self._since is not None:
            self._seconds += monotonic() - self._since
            self._since = None
        self._running.clear()

    def wait(self, state: StateSnapshot, why: str = "") -> None:
        """Show the open questions, or why the run stopped and what comes next.

        Args:
            state: Where it stands.
            why: Why it stopped, if not for a question or breakpoint; empty while stepping.
        """
        self.rests()
        self._open = state.interrupts
        self._next = tuple(dict.fromkeys(state.next))
        asked = [task.name for task in state.tasks if task.interrupts]
        self.graph_view.rests(asked or self._next)
        here = STATE + str(state.config["configurable"]["checkpoint_id"])
        own = [form for form in self.forms if form["id"] == here]
        asked_for = [self._form(question) for question in state.interrupts]
        count = len(asked_for)
        if not asked_for and why:
            asked_for = [_breakpoint(state, why)]
        self.forms = [*own, *asked_for]
        detail = f"{count} questions" if count > 1 else ""
        if not count:
            detail = f"before {', '.join(self._next)}"
        self._set_status("waiting", detail)

    def refresh(self) -> None:
        """Count the time that is left anew, for a view that is about to be drawn."""
        forms = {question.id: self._form(question) for question in self._open}
        self.forms = [forms.get(form["id"], form) for form in self.forms]

    def decided(self, row: DecisionRow) -> None:
        """Put one line of record where the form was."""
        schema = next((it.response_schema for it in self._open if it.id == row.question), None)
        self.timeline.add(record_of(row, self._plan.types, schema))
        if row.action in GOING_ON:
            self._left[row.node] = (row.question, self.drafts.get(row.question))
        self.close_form(row.question)

    def _form(self, question: Interrupt) -> FormView:
        """Describe a question's form; one that takes the place of another takes its draft too."""
        form = describe(question, reviewer=self._reviewer)
        self.sent.add_form(form)
        request = request_of(question)
        stopped = request is not None and request.history
        before = self._left.get(question.node)
        if before is not None and (stopped or question.previous == before[0]):
            form["follows"] = before[0]
            if before[1] is not None and question.id not in self.drafts:
                self.keep_draft(question.id, before[1])
        return form

    @property
    def stopped(self) -> bool:
        """Whether the run stands still without a question."""
        return self._header["status"] == "waiting" and not self._open

    def has_form(self, form: str) -> bool:
        """Whether a form is shown."""
        return any(item["id"] == form for item in self.forms)

    def add_form(self, form: FormView) -> None:
        """Put a form of the view's own above the questions."""
        self.forms = [form, *(item for item in self.forms if item["id"] != form["id"])]

    def close_form(self, form: str) -> None:
        """Take a form and its draft away."""
        shown = bool(self.forms)
        self.forms = [item for item in self.forms if item["id"] != form]
        self.keep_draft(form, None)
        if shown and not self.forms and self._header["status"] == "waiting":
            self._set_status("running")

    def remove_form(self, form: str) -> None:
        """Take a form of the view's own away; the thread stays as it is."""
        self.forms = [item for item in self.forms if item["id"] != form]
        self.keep_draft(form, None)

    def keep_draft(self, form: str, text: str | None) -> None:
        """Keep what was typed into a form so far; None forgets it."""
        drafts = {name: kept for name, kept in self.drafts.items() if name != form}
        self.drafts = drafts if text is None else {**drafts, form: text}

    def detach(self, note: str) -> None:
        """Take the forms away and say why; the thread goes on elsewhere."""
        self.rests()
        self.forms, self.drafts = [], {}
        self._buttons, self._branch = list, lambda: None
        self._header = {**self._header, "status": "running", "note": show(note)}

    def run_elsewhere(self, holder: str) -> None:
        """Somebody else runs the thread: what it asked is theirs to ask again."""
        self.forms = []
        # Begun and at rest at once: the time that passes is not counted here.
        self.runs()
        self.rests()
        self._header = {**self._header, "note": show("running elsewhere")}
        self.notice(f"{holder} runs this thread; what becomes of it shows up here.")

    def notice(self, *texts: str) -> None:
        """Tell what a person should know of the view; the newest few stay."""
        kept = [notice for notice in self._notices if notice not in texts]
        self._notices = [*kept, *texts][-_NOTICES:]

    def forget_notices(self) -> None:
        """Take the notices away: somebody acts on what the view shows now."""
        self._notices = []

    def recall(
        self,
        history: Sequence[StateSnapshot],
        decisions: Sequence[DecisionRow],
        seconds: Mapping[str, float],
        before: int = 0,
    ) -> None:
        """Fill the timeline with what a thread did before this session; newest state first.

        Args:
            history: The states to tell of.
            decisions: The thread's decisions.
            seconds: By checkpoint, those of the superstep that led to it, if they are known.
            before: How many steps came before those states.
        """
        self.timeline.skip(before)
        for row in decisions:
            self.keep_draft(row.question, None)
        for state, entry in recalled(self._plan, self._thread, history, decisions, seconds):
            self.timeline.add(entry)
            if entry["kind"] == "step" and state is not None:
                self._seconds += entry["seconds"] or 0.0
                for name in dict.fromkeys(state.next):
                    self.graph_view.ends(name, entry["seconds"], entry["changes"], None)
        if history:
            self.stepped(int((history[0].metadata or {}).get("step", 0)))

    def finish(self, values: Mapping[str, Any]) -> None:
        """Show the result."""
        self.rests()
        self.graph_view.is_over()
        self.forms = []
        declared = self._plan.schema.keys or values
        ordered = {name: values[name] for name in declared if name in values}
        self._result = items_of(ordered)
        self._set_status("done")

    def fail(self, error: BaseException) -> None:
        """Show what a node raised, and which one."""
        self.rests()
        self._failure = {
            "title": show(title_of(error)),
            "traceback": show(user_traceback(error)),
        }
        self.forms = []
        self._set_status("failed")

    def _progress(self) -> Progress:
        status = self._header["status"]
        if status == "running" and self._running:
            names = ", ".join(sorted(set(self._running.values())))
            return {"done": self._steps, "text": show(f"step {self._steps + 1} · {names}")}
        if status == "waiting" and self._next:
            names = ", ".join(self._next)
            return {"done": self._steps, "text": show(f"step {self._steps + 1} · next: {names}")}
        count = f"{self._steps} step" + ("" if self._steps == 1 else "s")
        return {"done": self._steps, "text": show(count)}

    def _set_status(self, status: Status, detail: str = "") -> None:
        word = "paused" if status == "waiting" and not self._open else _NOTES[status]
        note = f"{word} · {detail}" if detail else word
        self._header = {**self._header, "status": status, "note": show(note)}


def _breakpoint(state: StateSnapshot, why: str) -> FormView:
    question = Interrupt(
        {"question": f"{why} Next: {', '.join(state.next)}", "options": ["Continue"]},
        f"{BREAKPOINT}{state.config['configurable']['checkpoint_id']}",
        node=", ".join(state.next),
    )
    return describe(question)
