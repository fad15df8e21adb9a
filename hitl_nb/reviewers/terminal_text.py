"""Draw what a form would show as lines of plain text, in which nothing is hidden or reordered."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hitl_nb.codec.json_equality import equal_json
from hitl_nb.marked_text import plain, show
from hitl_nb.messages import FormView, Item, Table, Text
from hitl_nb.types import UNSET

MARGIN = "  │ "
"""Stands before every line that the payload decides, so that none looks like one of ours."""


def clean(value: Any) -> str:
    """Write a value on one line with marks for what could not be seen."""
    return plain(show(str(value))).replace("\n", "⏎").replace("\t", " ")


def line_of(text: Text) -> str:
    """Write a text on one line."""
    return plain(text).replace("\n", "⏎").replace("\t", " ")


def lines_of_form(form: FormView) -> Iterator[str]:
    """Yield the question, what is at stake, the hands it went through, and the evidence."""
    yield f"── {line_of(form['node'])} " + "─" * 20 if form["node"] else "─" * 24
    yield line_of(form["heading"])
    facts = [line_of(fact["text"]) for fact in form.get("facts", ())]
    deadline = form.get("deadline")
    if deadline is not None:
        facts.append(f"{_duration(deadline['left'])} left, then {line_of(deadline['then'])}")
    if facts:
        yield " · ".join(facts)
    for turn in form.get("history", ()):
        yield f"{MARGIN}{line_of(turn)}"
    yield from lines_of_items(form["context"])


def _duration(seconds: float) -> str:
    """Write how long it is in its largest unit and the next."""
    whole = round(seconds)
    for size, unit, below, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"),
                                       (60, "min", 1, "s")):  # fmt: skip
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def lines_of_items(items: Iterable[Item], indent: str = "") -> Iterator[str]:
    """Yield labelled evidence, nested by indentation."""
    for item in items:
        label = f"{MARGIN}{indent}{line_of(item['label'])}:"
        if "items" in item:
            yield label
            yield from lines_of_items(item["items"], f"{indent}  ")
        elif "table" in item:
            yield label
            yield from (f"{MARGIN}{indent}  {row}" for row in _rows(item["table"]))
        else:
            first, *more = plain(item.get("text", [])).split("\n")
            yield f"{label} {first}"
            yield from (f"{MARGIN}{indent}  {line}" for line in more)
            if "size" in item:
                yield f"{MARGIN}{indent}  … {item['size']:,} characters in all"


def lines_of_value(value: Any, indent: str = "") -> Iterator[str]:
    """Yield a value in its JSON form."""
    for line in written(value).split("\n"):
        yield f"{MARGIN}{indent}{line}"


def written(value: Any) -> str:
    """Write a value in its JSON form for reading: text as it is, marked, all else as JSON."""
    return plain(show(value)) if isinstance(value, str) else _as_json(value)


def lines_of_difference(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield how an edited value differs: field by field in a structure, line by line in a text.

    Args:
        before: What was proposed, in its JSON form; UNSET for nothing.
        after: What it is now.
        path: Where in the whole it is.
    """
    if before is not UNSET and after is not UNSET and equal_json(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            place = f"{path}.{clean(name)}" if path else clean(name)
            yield from lines_of_difference(before.get(name, UNSET), after.get(name, UNSET), place)
        return
    write = written if written(before) != written(after) else _as_json
    label = f"{path}: " if path else ""
    for sign, line in _changes(write(before).split("\n"), write(after).split("\n")):
        yield f"{MARGIN}{sign} {label}{line}"


def _as_json(value: Any) -> str:
    if value is UNSET:
        return "(nothing)"
    return plain(show(json.dumps(value, ensure_ascii=False, indent=2)))


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in difflib.ndiff(before, after):
        if line[0] in "+-":
            yield line[0], line[2:]


def _rows(table: Table) -> Iterator[str]:
    cells = [["", *map(line_of, table["columns"])]]
    cells += [[line_of(cell) for cell in row] for row in table["rows"]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    height, width = table["size"]
    if height > len(table["rows"]) or width > len(table["columns"]):
        yield f"… {height:,} rows and {width:,} columns in all"
