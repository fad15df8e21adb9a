"""Rows 4 to 7 and 31: a program killed where it hurts loses, repeats and invents nothing."""

from __future__ import annotations

import random
from functools import cache
from time import sleep
from typing import NamedTuple

from effects import Journal, undecided
from figure import Figure, none_of, place, start
from kill_program import AT_THE_EFFECT, NODES, work
from races import raced

from hitl_nb import SqliteSaver


class Killed(NamedTuple):
    """What many kills led to, counted outside of the store."""

    kills: int
    at_effects: int
    effects: int
    repeated: int
    accepted: int
    lost: int
    asked_again: int
    done: int
    unfinished: int
    undecided: int


@cache
def killed(kills: int) -> Killed:
    """Kill a program so many times, two in three where it says so itself, and then let it end."""
    chance = random.Random(kills)
    unfinished: set[str] = set()
    with place() as directory:
        store, journal = str(directory / "hitl.db"), Journal(directory / "journal")
        for kill in range(kills):
            by_itself = kill % 3 < 2
            process = start(work, store, str(journal.path), by_itself, None)
            if not by_itself:
                sleep(chance.uniform(0, 0.4))
                process.kill()
            process.join(60)
            assert process.exitcode == -9, f"it ended with {process.exitcode}"
            unfinished |= not_done(journal)
        with SqliteSaver(store, timeout=30) as saver:
            begun = len(saver.threads())
            process = start(work, store, str(journal.path), False, begun)
            process.join(120)
            assert process.exitcode == 0, f"it ended with {process.exitcode}"
            unfinished |= not_done(journal)
            decided = {f"{row.thread_id} {row.node}" for row in saver.decisions()}
            without = len(undecided(journal, saver))
        accepted = journal.names("accepted")
        ended = len(journal.names("done"))
        assert ended == begun
        deaths = [name.split()[0] for name in journal.names("died")]
        return Killed(
            kills, sum(point in AT_THE_EFFECT for point in deaths), len(journal.effects()),
            len(journal.repeated()), len(accepted), len(accepted - decided),
            len(journal.names("again")), ended, len(unfinished), without,
        )  # fmt: skip


def not_done(journal: Journal) -> set[str]:
    """Return threads that say they are done while an effect of theirs is missing."""
    effects = {effect.name for effect in journal.effects()}
    return {
        name
        for name in journal.names("done")
        if not {f"{name} {node}" for node in NODES} <= effects
    }


def repeated_effects(kills: int) -> Figure:
    found = killed(kills)
    where = f"effects done again; {kills:,} kills, {found.at_effects:,} at the effect"
    return none_of(found.repeated, found.effects, where)


def lost_answers(kills: int) -> Figure:
    found = killed(kills)
    return none_of(found.lost, found.accepted, f"accepted answers lost in {kills:,} kills")


def false_ends(kills: int) -> Figure:
    found = killed(kills)
    return none_of(found.unfinished, found.done, f"ends with work left in {kills:,} kills")


def asked_again(kills: int) -> Figure:
    found = killed(kills)
    return none_of(found.asked_again, found.accepted, f"answers asked for again in {kills:,} kills")


def effects_without_decision(size: int) -> Figure:
    """Look at what was done in all races and kills."""
    by_kills, by_races = killed(size), raced(max(8, size // 3))
    return none_of(
        by_kills.undecided + by_races.undecided,
        by_kills.effects + by_races.effects,
        "effects without an earlier decision about the same payload",
    )
