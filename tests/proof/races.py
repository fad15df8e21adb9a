"""Rows 1 and 2: of several who answer one question one wins, and the others hear who."""

from __future__ import annotations

import time
from functools import cache
from typing import NamedTuple

from effects import Journal, undecided
from figure import Figure, all_of, at, pipe, place, start
from race_program import REPLIES, answer, build, race

from hitl_nb import SqliteSaver


class Raced(NamedTuple):
    """What many races led to, effects counted outside of the store."""

    races: int
    decided: int
    losers: int
    told: int
    effects: int
    undecided: int


@cache
def raced(races: int) -> Raced:
    """Let one process approve and another reject, and two more come late."""
    decided = losers = told = 0
    with place() as directory:
        store, journal = str(directory / "hitl.db"), Journal(directory / "journal")
        racers = []
        for door, reply in (("resume", "approve"), ("inbox", "reject")):
            mine, theirs = pipe()
            start(race, store, str(journal.path), door, reply, theirs)
            racers.append(mine)
        assert [racer.recv() for racer in racers] == ["ready", "ready"]
        with SqliteSaver(store, timeout=30) as saver:
            app = build(journal).compile(saver)
            for number in range(races):
                name = f"r{number}"
                paused = app.invoke({"name": name, "eur": number}, at(name))
                question = paused["__interrupt__"][0].id
                moment = time.monotonic() + 0.002
                for racer in racers:
                    racer.send((name, question, moment))
                heard = [racer.recv() for racer in racers]
                app.invoke(None, at(name))
                heard += [  # those who never saw the question open
                    answer(saver, journal, door, name, question, REPLIES["reject"])
                    for door in ("inbox", "resume")
                ]

                rows = saver.decisions(name)
                done = [item for item in journal.effects() if item.name == f"{name} pay"]
                winners = [each for each in heard if each[0] == "won"]
                wanted = 1 if rows[0].action == "approve" else 0
                decided += len(winners) == len(rows) == 1 and len(done) == wanted
                lost = [each[1:] for each in heard if each[0] == "lost"]
                losers += len(lost)
                told += lost.count((rows[0].reviewer, rows[0].answered_at))
            for racer in racers:
                racer.send(None)
            without = len(undecided(journal, saver))
        return Raced(races, decided, losers, told, len(journal.effects()), without)


def one_winner(races: int) -> Figure:
    found = raced(races)
    return all_of(found.decided, races, "races with one winner and its effect once")


def losers_hear(races: int) -> Figure:
    found = raced(races)
    return all_of(found.told, found.losers, "losers told who answered and when")
