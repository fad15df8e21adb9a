"""Carry out a program on both libraries side by side, and compare after every step."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from differential.building import OURS, THEIRS, Broken, Builder, Library
from differential.comparing import Seen, describe, mismatch, plain, shown_stream
from differential.differences import DIFFERENCES
from differential.programs import (
    Answer,
    Break,
    Bulk,
    Continue,
    Mend,
    Order,
    Program,
    Replay,
    Run,
    Step,
    Update,
)
from differential.situations import Situation

from hitl_nb.errors import AnswerNotUsed

MODES = ["values", "updates"]


class Differs(AssertionError):
    """The two libraries did not do the same; shows the program and where."""


@dataclass
class Side:
    """One library with the program's graph and one thread.

    Args:
        library: Which.
        program: The program.
        saver: Where its threads are kept.
        runner: Runs coroutines, for a program that goes by the async doors.
    """

    library: Library
    program: Program
    saver: Any = None
    runner: asyncio.Runner | None = None
    thread: dict[str, Any] = field(default_factory=lambda: {"configurable": {"thread_id": "t"}})

    def __post_init__(self) -> None:
        self.builder = Builder(self.library)
        self.app = self.builder.compile(
            self.program.graph, self.saver or self.library.InMemorySaver()
        )

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Call a method of the graph by the program's doors."""
        if self.runner is None:
            return getattr(self.app, method)(*args, **options)

        async def call() -> Any:
            return await getattr(self.app, f"a{method}")(*args, **options)

        return self.runner.run(call())

    def draw(self, method: str, *args: Any, **options: Any) -> Iterator[Any]:
        """Yield what an iterator of the graph yields, by the program's doors."""
        if self.runner is None:
            yield from getattr(self.app, method)(*args, **options)
            return
        items = aiter(getattr(self.app, f"a{method}")(*args, **options))

        async def draw() -> Any:
            return await anext(items)

        while True:
            try:
                item = self.runner.run(draw())
            except StopAsyncIteration:
                return
            yield item

    def state(self) -> Any:
        """Return the thread as it stands."""
        return self.call("get_state", self.thread)

    def history(self) -> list[Any]:
        """Return the thread as it was, newest first, without what only we keep."""
        history = list(self.draw("get_state_history", self.thread))
        if self.library is OURS:
            for item in DIFFERENCES:
                history = list(item.history(history))
        return history

    def at(self, back: int) -> dict[str, Any]:
        """Return the config of an earlier checkpoint; 0 is the thread itself."""
        if back == 0:
            return self.thread
        history = self.history()
        config: dict[str, Any] = dict(history[back].config)
        return config

    def run(self, input: Any, config: Mapping[str, Any], *, stream: bool) -> Seen:
        """Run the graph by ``invoke`` or ``stream``; say what was seen."""
        limit = self.program.limit
        if self.library is THEIRS:
            limit += 1 if isinstance(input, dict) else -1  # counts START, but not on a resume
        given = {**config, "recursion_limit": limit}
        items: list[Any] = []
        try:
            if stream:
                for item in self.draw("stream", input, given, stream_mode=MODES):
                    items.append(item)  # noqa: PERF402  (what came before an error counts)
                result = None
            else:
                result = plain(self.call("invoke", input, given))
        except Exception as error:
            return Seen(stream=shown_stream(items), error=describe(error), raised=error)
        return Seen(result=result, stream=shown_stream(items))

    def do(self, step: Step) -> Seen:
        """Carry out a step of the script."""
        match step:
            case Break(node):
                self.builder.broken.add(node)
                return Seen()
            case Mend():
                self.builder.broken.clear()
                return Seen()
            case Update() | Bulk():
                return self.edit(step)
        back = getattr(step, "back", 0)
        return self.run(self.input(step), self.at(back), stream=step.stream)

    def input(self, step: Run | Order | Answer | Continue | Replay) -> Any:
        """Return what a step gives to the graph."""
        match step:
            case Run(word):
                return {"word": word}
            case Order(word, goes):
                update = {"word": word} if word else None
                return self.library.Command(update=update, **({"goto": goes} if goes else {}))
            case Answer():
                return self.resume(step)
        return None

    def edit(self, step: Update | Bulk) -> Seen:
        """Change the state from outside."""
        try:
            if isinstance(step, Update):
                update = self.builder.update(step.writes, "edit/or")
                where, node = self.at(step.back), step.as_node or None
                self.call("update_state", where, update, as_node=node)
            else:
                self.call("bulk_update_state", self.thread, self.supersteps(step))
        except Exception as error:
            return Seen(error=describe(error), raised=error)
        return Seen()

    def supersteps(self, step: Bulk) -> list[list[Any]]:
        """Return the updates of a bulk step."""
        make = self.library.StateUpdate
        return [
            [make({"log": [f"bulk {n}"]}, as_node=name) for n, name in enumerate(names)]
            for names in step.supersteps
        ]

    def resume(self, step: Answer) -> Any:
        """Return the command that answers what is open."""
        pending = sorted(self.state().interrupts, key=lambda item: repr(item.value))
        values = {
            item.id: step.values[number % len(step.values)] for number, item in enumerate(pending)
        }
        names = [item.id for item in pending]
        if step.which in ("first", "last"):
            names = names[:1] if step.which == "first" else names[-1:]
        elif step.which == "reversed":
            names.reverse()
        update = {"update": {"tags": [step.word]}} if step.word else {}
        if step.which == "bare" or (len(pending) == 1 and not step.by_id):
            return self.library.Command(resume=values[names[0]], **update)
        return self.library.Command(resume={name: values[name] for name in names}, **update)


def play(program: Program, saver: Any = None) -> list[str]:
    """Carry out a program on both libraries.

    Args:
        program: What to do.
        saver: Where ours keeps its threads; memory by default.

    Returns:
        The names of the steps that were carried out, for statistics.

    Raises:
        Differs: If they did not do the same.
    """
    with _doors(program) as runner, warnings.catch_warnings():
        # Documented in the table: ours warns where theirs says nothing.
        warnings.filterwarnings("ignore", category=AnswerNotUsed)
        ours = Side(OURS, program, saver, runner)
        theirs = Side(THEIRS, program, None, runner)
        done: list[str] = []
        past: list[Step] = []
        failed = False
        for step in program.script:
            situation = Situation(program, tuple(past), theirs.state(), theirs.history(), failed)
            if getattr(step, "back", 0) > max(len(situation.history) - 1, 0):
                continue
            if any(item.avoids(situation, step) for item in DIFFERENCES):
                continue
            past.append(step)
            done.append(type(step).__name__)
            seen = _compare(situation, past, step, ours, theirs)
            if not isinstance(step, (Break, Mend)):
                failed = seen.error is not None
            if seen.error is not None and seen.error[0] != Broken.__name__:
                break
        return done


def _compare(situation: Situation, past: list[Step], step: Step, ours: Side, theirs: Side) -> Seen:
    """Carry out a step on both, compare, and return what it gave."""
    program = situation.program
    left, right = ours.do(step), theirs.do(step)
    for item in DIFFERENCES:
        left, right = item.normalise(situation, step, left, right)
    _check(program, past, "what the step gives", left, right)
    if left.error is None and not isinstance(step, (Break, Mend)):
        _check(program, past, "the state", _snapshot(ours.state()), _snapshot(theirs.state()))
        joins = {target for graph in program.graph.all_graphs() for _, target in graph.joins}
        lines = [_past(side.history(), joins) for side in (ours, theirs)]
        _check(program, past, "the history", lines[0], lines[1])
    return left


def _snapshot(state: Any) -> dict[str, Any]:
    return {
        "values": plain(state.values),
        "next": sorted(state.next),
        "asks": sorted(repr(item.value) for item in state.interrupts),
    }


def _past(history: list[Any], joins: set[str]) -> list[Any]:
    return [
        {
            "step": state.metadata["step"],
            "source": state.metadata["source"],
            "values": plain(state.values),
            "next": sorted(set(state.next) - joins),
        }
        for state in history
    ]


def _check(program: Program, past: list[Step], what: str, left: Any, right: Any) -> None:
    if (found := mismatch(left, right)) is None:
        return
    script = "\n".join(f"  {step!r}" for step in past)
    head = str(program).split("\n  Run(")[0] if program.script else str(program)
    raise Differs(
        f"after the last of these steps, {what} differs:\n{head}\n--- done so far\n{script}\n"
        f"--- {OURS.name}\n{found[0]}\n--- {THEIRS.name}\n{found[1]}"
    )


@contextmanager
def _doors(program: Program) -> Iterator[asyncio.Runner | None]:
    if program.by == "sync":
        yield None
        return
    with asyncio.Runner() as runner:
        yield runner
