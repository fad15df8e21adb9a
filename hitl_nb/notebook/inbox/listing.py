"""The list of an inbox: what is in it, in which order, and what it can be filtered by."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from hitl_nb.errors.requests import InvalidFilter, unknown_parameter
from hitl_nb.interop.payload_paths import HEADINGS, LISTED
from hitl_nb.marked_text import show
from hitl_nb.messages import Facet, FacetValue
from hitl_nb.policies.action import RISKS, one_of
from hitl_nb.savers.inbox_records import BEGINNING, Marks, WaitingRow
from hitl_nb.savers.records import Json

NOBODY = ""
OVERDUE, SNOOZED, DRAFTED = "overdue", "snoozed", "draft"
FacetName = Literal["graph", "node", "role", "risk", "tag", "assigned", "only"]
FACETS: tuple[FacetName, ...] = ("graph", "node", "role", "risk", "tag", "assigned")
_RISK = FACETS.index("risk")
_ALL = range(len(FACETS))
MOST_VALUES = 12
"""Values of one facet that are listed; the commonest ones."""
_LABELS = {"assigned": "assigned to", "only": "only"}
_ONLY = {OVERDUE: "overdue", SNOOZED: "snoozed", DRAFTED: "begun"}
_RISKS = ("critical", "high", "medium", "low")
_STRING = r'(?:[^"\\]|\\[^u]|\\u[0-9a-f]{4})*'
_VALUE = re.compile(rf'"(?!\$){_STRING}"\s*:\s*(?:"({_STRING})"?|(-?[\d.eE+-]+)(?=[,}}]))')
"""A string, which may have been cut, or a whole number, with its name in JSON."""
_NAMES = {str(path[-1]): place for place, path in enumerate(LISTED) if place >= len(HEADINGS)}


class Query(NamedTuple):
    """What is looked for; None takes all.

    Args:
        graph: Of this graph.
        node: Asked by this node.
        role: For this role.
        risk: As risky as this.
        tag: With this tag.
        assigned: To whom; empty for nobody.
        only: ``"overdue"``, ``"snoozed"`` or ``"draft"``; without it, snoozed ones are left out.
        text: Somewhere in what is shown, or in the names of graph, thread and node.
    """

    graph: str | None = None
    node: str | None = None
    role: str | None = None
    risk: str | None = None
    tag: str | None = None
    assigned: str | None = None
    only: str | None = None
    text: str = ""


def query_of(filters: Mapping[str, Any], entries: Collection[Entry]) -> Query:
    """Make a query of filters that were given by name.

    Raises:
        InvalidFilter: If there is no such filter, or a value that it never has.
    """
    unknown = next((name for name in filters if name not in Query._fields), None)
    if unknown is not None:
        raise InvalidFilter(unknown_parameter("An inbox's list", unknown, Query._fields))
    query = Query(**filters)
    # Questions of other programs may have risks of their own.
    there = dict.fromkeys(risk for entry in entries for risk in entry.facets[_RISK])
    words = {"risk": [*dict.fromkeys([*RISKS, *there])], "only": [*_ONLY]}
    for name, allowed in words.items():
        if (given := getattr(query, name)) is not None:
            try:
                one_of(name, given, allowed)
            except ValueError as error:
                raise InvalidFilter(str(error)) from None
    return query


class Entry(NamedTuple):
    """A question as it can be found.

    Args:
        row: As it is stored.
        heading: The line it is known by.
        facets: Its values by `FACETS`, without whom it is assigned to.
        ends: When it answers itself, UTC.
    """

    row: WaitingRow
    heading: str
    facets: tuple[tuple[str, ...], ...]
    ends: datetime | None

    @property
    def order(self) -> tuple[bool, str, int]:
        """The soonest deadline comes first; without one, the oldest."""
        return (self.ends is None, self.ends.isoformat() if self.ends else "", self.row.key)


class Found(NamedTuple):
    """What a query finds.

    Args:
        keys: Of the questions, in order.
        facets: What else it could be filtered by, with counts.
        snoozed: How many are snoozed, whatever the query.
    """

    keys: Sequence[int]
    facets: list[Facet]
    snoozed: int


def entry_of(row: WaitingRow, ends: datetime | None) -> Entry:
    """Read what finds a question."""
    said = next((text for text in row.listed[: len(HEADINGS)] if isinstance(text, str)), "")
    tags = row.listed[_NAMES["tags"]]
    values: tuple[tuple[str, ...], ...] = (
        (row.graph,),
        (row.node,),
        _one(row.listed[_NAMES["role"]]),
        _one(row.listed[_NAMES["risk"]]),
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )
    line = " ".join(said.split())
    return Entry(row, line or "Please answer", values, ends)


def excerpt_of(row: WaitingRow) -> str:
    """Write how a question's evidence begins, which tells it from others of its heading."""
    values = [json.loads(f'"{text}"') or number for text, number in _VALUE.findall(row.context)]
    cut = "…" if len(row.context) == BEGINNING else ""
    return " · ".join(filter(None, values)) + cut


def find(
    entries: Iterable[Entry],
    query: Query,
    marks: Mapping[int, Marks],
    now: datetime,
    with_text: Collection[int] = (),
) -> Found:
    """Find entries, and count what each other value of each facet would leave.

    Args:
        entries: All of them, in order.
        query: What is looked for.
        marks: By key.
        now: When.
        with_text: Keys of those whose payload holds the text of the query.
    """
    counts: dict[FacetName, Counter[str]] = {name: Counter() for name in (*FACETS, "only")}
    counters = [counts[name] for name in FACETS]
    keys: list[int] = []
    snoozed = 0
    moment = now.isoformat(timespec="microseconds")
    text = query.text.casefold()
    wanted = query[: len(FACETS)]
    nothing = Marks()
    for entry in entries:
        key = entry.row.key
        mark = marks.get(key, nothing)
        only = _only(entry, mark, moment, now)
        snoozed += SNOOZED in only
        if text and key not in with_text and not _says(entry, text):
            continue
        values = (*entry.facets, (mark.assigned,))
        misses = [
            place
            for place, value in enumerate(wanted)
            if value is not None and value not in values[place]
        ]
        hidden = query.only not in only if query.only else SNOOZED in only
        if not misses:
            for value in only:
                counts["only"][value] += 1
            if not hidden:
                keys.append(key)
        if hidden or len(misses) > 1:
            continue
        for place in misses or _ALL:
            counter = counters[place]
            for value in values[place]:
                counter[value] += 1
    return Found(keys, [_facet(name, counts[name], query) for name in counts], snoozed)


def _only(entry: Entry, mark: Marks, moment: str, now: datetime) -> list[str]:
    found = []
    if entry.ends is not None and entry.ends <= now:
        found.append(OVERDUE)
    if mark.snoozed > moment:
        found.append(SNOOZED)
    if mark.draft:
        found.append(DRAFTED)
    return found


def _says(entry: Entry, text: str) -> bool:
    row = entry.row
    words = (entry.heading, row.graph, row.thread_id, row.node, *entry.facets[2], *entry.facets[4])
    return any(text in word.casefold() for word in words)


def _facet(name: FacetName, counts: Counter[str], query: Query) -> Facet:
    chosen: str | None = getattr(query, name)
    values = sorted(counts, key=lambda value: _place(name, value, counts))
    listed = values[:MOST_VALUES]
    if chosen is not None and chosen not in listed:
        listed.append(chosen)
    found: list[FacetValue] = [
        {"value": value, "label": show(_label(name, value)), "count": counts[value]}
        for value in listed
    ]
    return {
        "name": name,
        "label": show(_LABELS.get(name, name)),
        "values": found,
        "more": max(0, len(values) - MOST_VALUES),
        "chosen": chosen,
    }


def _place(name: str, value: str, counts: Counter[str]) -> tuple[int, int, str]:
    first = _RISKS.index(value) if name == "risk" and value in _RISKS else len(_RISKS)
    return first, -counts[value], value


def _label(name: str, value: str) -> str:
    if name == "assigned":
        return value or "nobody"
    return _ONLY.get(value, value) if name == "only" else value


def _one(value: Json) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else ()
