"""What the world saw: a file of lines outside of every store, on disk when it is written."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from hitl_nb.codec import digest
from hitl_nb.savers import Saver
from hitl_nb.savers.clock import now


class Effect(NamedTuple):
    """One time that something was done.

    Args:
        name: What: its thread and its node.
        payload: What was approved.
        at: When, UTC, ISO 8601.
    """

    name: str
    payload: Any
    at: str


class Journal:
    """Lines in a file that several processes write to."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, word: str, *facts: Any) -> None:
        os.write(self._file, f"{json.dumps([word, *facts])}\n".encode())
        os.fsync(self._file)

    def effect(self, name: str, payload: Any) -> str:
        self.write("effect", name, payload, now())
        return name

    def read(self, word: str) -> list[list[Any]]:
        lines = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [facts for first, *facts in lines if first == word]

    def names(self, word: str) -> set[str]:
        return {str(facts[0]) for facts in self.read(word)}

    def effects(self) -> list[Effect]:
        return [Effect(*facts) for facts in self.read("effect")]

    def repeated(self) -> list[str]:
        """Return what was done more than once."""
        times = Counter(effect.name for effect in self.effects())
        return [name for name, time in times.items() if time > 1]


def undecided(journal: Journal, saver: Saver) -> list[Effect]:
    """Return effects without an earlier approval of just what they were done with."""
    approved: dict[tuple[str, str], list[str]] = {}
    for row in saver.decisions():
        if row.action == "approve":
            place = (f"{row.thread_id} {row.node}", digest(row.payload))
            approved.setdefault(place, []).append(row.answered_at)
    return [
        effect
        for effect in journal.effects()
        if not any(
            moment <= effect.at
            for moment in approved.get((effect.name, digest(effect.payload)), [])
        )
    ]


def truth_of(journal: Journal, thread: str, node: str) -> dict[str, Any]:
    """Answer whether a call in doubt happened, as somebody does who can look it up."""
    name = f"{thread} {node}"
    happened = any(effect.name == name for effect in journal.effects())
    return {"action": "happened", "value": name} if happened else {"action": "run"}
