"""The soak: a server and four reviewers are killed for minutes; effects are counted outside."""

from __future__ import annotations

import random
import time
from itertools import count

from effects import Journal, undecided
from figure import Figure, at, place, start
from soak_program import build, review, serve

from hitl_nb import SqliteSaver

REVIEWERS = ("ana", "bob", "cyd", "dan")
_KILLING = 240 / 2_000
"""Seconds of kills for each thread."""
_TURNS = 8
"""Kills at least."""
_PATIENCE = 0.1
"""Seconds without kills after which a thread is taken for stuck."""


def next_effect(journal: Journal) -> None:
    """Wait for something to be done, for a second at most: its call has not returned yet."""
    size, last = journal.path.stat().st_size, time.monotonic() + 1
    while time.monotonic() < last:
        if b'["effect"' in journal.path.read_bytes()[size:]:
            return
        time.sleep(0.001)


def soak(threads: int) -> Figure:
    """Begin threads, kill whoever works on them, and count what was done in the end."""
    chance = random.Random(threads)
    kills = 0
    with place() as directory:
        store, journal = str(directory / "hitl.db"), Journal(directory / "journal")
        roles = [(serve, ()), *((review, (name,)) for name in REVIEWERS)]
        with SqliteSaver(store, timeout=30) as saver:
            app = build(journal).compile(saver)
            for number in range(threads):
                app.invoke({"name": f"t{number}"}, at(f"t{number}"))
            workers = [start(role, store, str(journal.path), *rest) for role, rest in roles]  # type: ignore[arg-type]
            killing = time.monotonic() + threads * _KILLING
            for turn in count():
                time.sleep(chance.uniform(0.05, 0.25))
                if time.monotonic() > killing and turn > _TURNS:
                    break
                if turn % 4 == 1:
                    next_effect(journal)
                place_of = 0 if turn % 2 else chance.randrange(len(roles))  # the server most often
                workers[place_of].kill()
                workers[place_of].join()
                kills += 1
                role, rest = roles[place_of]
                workers[place_of] = start(role, store, str(journal.path), *rest)  # type: ignore[arg-type]
            last = time.monotonic() + 20 + threads * _PATIENCE
            while len(saver.threads("done")) < threads and time.monotonic() < last:
                time.sleep(0.1)
            for worker in workers:
                worker.kill()
                worker.join()
            done = len(saver.threads("done"))
            decided = {f"{row.thread_id} {row.node}" for row in saver.decisions()}
            without = len(undecided(journal, saver))
        lost = len(journal.names("accepted") - decided)
        repeated, effects = journal.repeated(), journal.effects()
        whole = done == threads and len({each.name for each in effects}) == 2 * threads
        return Figure(
            whole and not repeated and not lost and not without,
            f"{done:,} of {threads:,} threads done after {kills:,} kills; of {len(effects):,} "
            f"effects {len(repeated)} done again, {without} undecided; {lost} answers lost",
        )
