"""Rows about what is stored: that it comes back, or that it is said why not."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from figure import Figure, TooManySteps, all_of, asking, at, at_most, graph_of, place

from hitl_nb import START, Approval, Command, Inbox, SqliteSaver, StateGraph, interrupt, once
from hitl_nb.codec import dumps, loads
from hitl_nb.errors import HitlError, UnstorableValue
from hitl_nb.forms import describe
from hitl_nb.types import Interrupt

_WORDS = (
    "$hitl", "$type", "$value", "__type__", "__interrupt__", "lc", "type", "id", "kwargs",
    "constructor", "py/object", "", "\0", "\ud800", "é", "a.b", "0", "null",
)  # fmt: skip
_TAGS = ("Decimal", "datetime", "tuple", "set", "bytes", "escaped", "not_implemented")


def json_values(many: int) -> Iterator[Any]:
    """Yield JSON, with keys that stand for types here or elsewhere."""
    chance = random.Random(14)

    def value(depth: int) -> Any:
        match chance.randrange(8 if depth else 5):
            case 0:
                return chance.choice((None, True, False))
            case 1:
                return chance.choice((0, -1, 2**63, 10**30, 1.0, -0.0, 1e300))
            case 2 | 3:
                return chance.choice(_WORDS)
            case 4:
                return chance.choice(_TAGS)
            case 5:
                return [value(depth - 1) for _ in range(chance.randrange(4))]
            case _:
                return {chance.choice(_WORDS): value(depth - 1) for _ in range(chance.randrange(4))}

    for _ in range(many):
        yield value(4)


def json_comes_back(many: int) -> Figure:
    exact = 0
    for value in json_values(many):
        back = loads(dumps({"v": value}))["v"]
        exact += json.dumps(back) == json.dumps(value)
    return all_of(exact, many, "JSON values came back as they were")


class Matrix(NamedTuple):
    """What became of the values of the matrix."""

    exact: int
    changed: list[str]
    loud: int
    unnamed: int


@cache
def _values() -> dict[str, Any]:
    from test_codec import EXACT
    from test_codec_refused import REFUSED

    return {**EXACT, **{name: value for name, (value, *_) in REFUSED.items()}}


def round_trips(there_and_back: Callable[[Any], Any]) -> Matrix:
    """Take every value of the matrix there and back."""
    from test_codec import same

    exact = loud = unnamed = 0
    changed = []
    for name, value in _values().items():
        try:
            back = there_and_back(value)
        except UnstorableValue as error:
            loud += 1
            unnamed += "state" not in str(error)
            continue
        except Exception:
            loud += 1
            unnamed += 1
            continue
        try:
            agrees = same(back, value)
        except Exception:
            agrees = False
        exact += agrees
        if not agrees:
            changed.append(name)
    return Matrix(exact, changed, loud, unnamed)


def matrix(size: int) -> Figure:
    from test_codec import TYPES

    found = round_trips(lambda value: loads(dumps({"state": value}, TYPES), TYPES)["state"])
    return Figure(
        found.exact >= 55 and not found.changed and not found.unnamed,
        f"{found.exact}/{len(found.changed)}/{found.loud}, {found.unnamed} without a path",
    )


_GOES_MISSING = ("thread", "checkpoint", "outcome", "call", "question", "decision")
"""Tables of which a row is deleted."""


def missing_rows(size: int) -> Figure:
    """Delete something from a store, and read and go on as if nothing had happened."""
    silent = [table for table in _GOES_MISSING if not is_missed(table)]
    with place() as directory:
        for name, make in (("file", _no_file), ("database", _other_file)):
            make(directory / name)
            with suppress(HitlError), SqliteSaver(directory / name, read_only=name == "file"):
                silent.append(name)
    tried = len(_GOES_MISSING) + 2
    noticed = all_of(tried - len(silent), tried, "losses noticed")
    return noticed._replace(text=f"{noticed.text}{'; silent: ' * bool(silent)}{', '.join(silent)}")


def _no_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def _other_file(path: Path) -> None:
    path.write_text("a letter")


def is_missed(table: str) -> bool:
    """Whether a thread that lost a row of a table stops with a typed error."""
    done: list[str] = []
    with place() as directory:
        path = directory / "hitl.db"
        with SqliteSaver(path) as saver:
            app = _twice(done).compile(saver)
            app.invoke({}, at("t"))
            question = app.get_state(at("t")).interrupts[0].id
            Inbox(saver).answer(question, "yes")
        remove_newest(path, table)
        with SqliteSaver(path) as saver:
            try:
                with at_most(150_000):
                    _twice(done).compile(saver).invoke(None, at("t"))
            except HitlError:
                return True
            except TooManySteps:
                return False
    return False


def _twice(done: list[str]) -> Any:
    def left(state: dict[str, Any]) -> dict[str, Any]:
        done.append("left")
        return {"left": True}

    def right(state: dict[str, Any]) -> dict[str, Any]:
        once(done.append, "right")
        return {"right": interrupt("Go on?")}

    graph = StateGraph(name="twice").add_node(left).add_node(right)
    return graph.add_edge(START, "left").add_edge(START, "right")


def remove_newest(path: Path, table: str) -> None:
    """Remove the newest row of a table, as no saver does."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
        for _, sql in triggers:  # put back, since their absence is noticed on opening
            connection.execute(sql)


def large_states(characters: int) -> Figure:
    """Pause and resume with a long text in the state, and draw a form of it."""
    text = "x" * characters

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": interrupt("Go on?")}

    with place() as directory, SqliteSaver(directory / "hitl.db") as saver:
        app = graph_of(ask).compile(saver)
        began = time.perf_counter()
        app.invoke({"text": text}, at("t"))
        final = app.invoke(Command(resume="yes"), at("t"))
        took = time.perf_counter() - began
    began = time.perf_counter()
    evidence = describe(Interrupt({"question": "Send?", "letter": text}, "q" * 32))
    drawing = time.perf_counter() - began
    draft = describe(Interrupt(Approval("Send?", text), "q" * 32))
    sent = max(len(json.dumps(form)) for form in (evidence, draft))
    return Figure(
        final["text"] == text and sent < 1_000_000,
        f"{took:.2f} s to pause and resume, {drawing * 1000:.0f} ms to draw, {sent:,} "
        f"characters sent to the browser of {characters:,}",
        took <= 0.5 and drawing <= 0.2,
    )


def durable_answers(many: int) -> Figure:
    """Answer questions of a file one after the other."""
    times = []
    with place() as directory, SqliteSaver(directory / "hitl.db") as saver:
        inbox = Inbox(saver, reviewer="ana")
        for number in range(many):
            asking(Approval("Pay?", {"eur": number}), saver, f"t{number}")
            inbox.refresh()
            ((_, question, _),) = saver.questions()
            began = time.perf_counter()
            inbox.answer(question.id, "approve")
            times.append(time.perf_counter() - began)
        kept = len(saver.decisions())
    slowest = sorted(times)[int(many * 0.95)] * 1000
    return Figure(kept == many, f"p95 {slowest:.1f} ms over {many:,} answers", slowest <= 5)
