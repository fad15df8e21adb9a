"""The decision log holds as long as nobody changes it, and says where if somebody did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hitl_nb.errors import RecordBroken
from hitl_nb.savers import InMemorySaver
from hitl_nb.savers.hash_chain import ORIGIN, sealed, verify
from hitl_nb.savers.records import DecisionRow
from hitl_nb.testing.savers.rows import answer, refused, waiting

Log = list[DecisionRow]


def log(entries: int = 5) -> Log:
    saver = InMemorySaver()
    for n in range(entries):
        waiting(saver, f"t{n}")
        saver.answer(f"t{n}", [answer(value={"n": n})])
    return list(saver.decisions())


def edit(rows: Log) -> Log:
    return [*rows[:2], rows[2]._replace(reviewer="eve"), *rows[3:]]


def edit_a_type(rows: Log) -> Log:
    return [*rows[:2], rows[2]._replace(answer={"n": 2.0}), *rows[3:]]


def reorder(rows: Log) -> Log:
    return [*rows[:2], rows[3], rows[2], *rows[4:]]


def remove(rows: Log) -> Log:
    return [*rows[:2], *rows[3:]]


def duplicate(rows: Log) -> Log:
    return [*rows[:2], rows[1], *rows[2:]]


def insert(rows: Log) -> Log:
    forged = sealed(rows[1]._replace(seq=3, reviewer="eve"), rows[1].hash)
    return [*rows[:2], forged, *rows[2:]]


def edit_and_seal_again(rows: Log) -> Log:
    return [*rows[:2], sealed(rows[2]._replace(reviewer="eve"), rows[1].hash), *rows[3:]]


def test_a_log_nobody_changed_holds() -> None:
    verify(log())
    verify([])
    assert log()[0].previous_hash == ORIGIN


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        (edit, 3),
        (edit_a_type, 3),
        (reorder, 3),
        (remove, 3),
        (duplicate, 3),
        (insert, 4),
        (edit_and_seal_again, 4),
    ],
)
def test_a_changed_log_is_found_and_the_place_named(tamper: Callable[[Log], Log], seq: int) -> None:
    with refused(RecordBroken) as caught:
        verify(tamper(log()))

    assert caught.error.seq == seq


def test_a_log_cut_short_is_found_by_who_kept_its_last_hash() -> None:
    rows = log()
    verify(rows[:3])

    with refused(RecordBroken) as caught:
        verify(rows[:3], anchor=rows[-1].hash)

    assert caught.error.seq == 4
    verify(rows, anchor=rows[2].hash)


def test_a_log_made_anew_is_found_by_who_kept_a_hash() -> None:
    rows, previous = [], ORIGIN
    for row in log():
        rows.append(sealed(row._replace(reviewer="eve"), previous))
        previous = rows[-1].hash
    verify(rows)

    with refused(RecordBroken):
        verify(rows, anchor=log()[-1].hash)
