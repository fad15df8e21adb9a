"""Another process that uses a store: ``python worker.py <store> <what> <arguments>``."""

from __future__ import annotations

import sys
import time
from itertools import count
from typing import Any

from hitl_nb.errors import AlreadyAnswered
from hitl_nb.savers import SqliteSaver
from hitl_nb.savers.records import Batch, CheckpointRow
from hitl_nb.testing.savers.rows import answer, checkpoint, question, waiting


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


def race(saver: SqliteSaver, value: str) -> None:
    """Answer each thread named on a line, at the moment named after it."""
    say("ready")
    for line in sys.stdin:
        thread_id, moment = line.split()
        while time.monotonic() < float(moment):
            pass
        try:
            saver.answer(thread_id, [answer(value=value, reviewer=value)])
            say("won")
        except AlreadyAnswered as error:
            say("lost", error.reviewer, error.answered_at)


def decide(saver: SqliteSaver, name: str, many: str) -> None:
    """Begin, ask and answer in many threads."""
    for n in range(int(many)):
        waiting(saver, f"{name} {n}")
        saver.answer(f"{name} {n}", [answer(reviewer=name)])
    say("done")


def write(saver: SqliteSaver, name: str, size: str) -> None:
    """Run, ask and answer until killed; say what the store has acknowledged."""
    payload = "x" * int(size)
    say("ready")
    for n in count():
        thread_id = f"{name}-{n}"
        _, fence = saver.acquire(thread_id, "graph", create=True)
        last: CheckpointRow | None = None
        for step in range(4):
            last = checkpoint(f"c{step}", {"log": ["x" * 400] * step}, last)
            saver.write(thread_id, fence, Batch(checkpoints=[last]))
            say("wrote", thread_id, last.id)
        asked = question(at="c3", payload=payload)
        saver.write(thread_id, fence, Batch(questions=[asked], status="waiting"))
        (row,) = saver.answer(thread_id, [answer(value=n)])
        say("answered", thread_id, row.seq, row.hash)


def hold(saver: SqliteSaver, thread_id: str) -> None:
    """Run a thread until killed."""
    _, fence = saver.acquire(thread_id, "graph", create=True)
    say(fence)
    sys.stdin.read()


if __name__ == "__main__":
    path, what, *arguments = sys.argv[1:]
    with SqliteSaver(path, timeout=30) as store:
        tasks: dict[str, Any] = {"race": race, "decide": decide, "write": write, "hold": hold}
        tasks[what](store, *arguments)
