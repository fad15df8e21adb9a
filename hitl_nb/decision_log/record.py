"""The decision log as a table for analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hitl_nb.interop.langchain_payloads import LONGEST_HEADING, heading_of_payload, recognise
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.savers.sqlite.decisions import FEW_VALUES

if TYPE_CHECKING:
    import pandas as pd

RAW = "raw"
_JSON = frozenset({"payload", "answer", "displayed"})
_NUMBERS = frozenset({"seq", "attempts"})
_TIMES = frozenset({"asked_at", "answered_at"})
_FIRST = ("action", "answer", "reviewer", "comment", "seconds", "asked", "node", "thread_id")
_NO_VERDICT = ("", "")
_LAST = ("checkpoint", "digest", "previous_hash", "hash")
_UTC = "+00:00"
_TIME = len("2026-11-20T09:30:00.000000")


def decisions(source: Saver | str | os.PathLike[str]) -> pd.DataFrame:
    """Return every decision of a saver as a row, oldest first.

    Args:
        source: A saver, or the path of a SQLite store, which is only read.

    Returns:
        What was decided first: ``action``, ``answer`` (to a request, its reply's value),
        ``reviewer``, ``comment``, ``seconds`` (how long it was open), ``asked`` (the question, in
        a line), ``node``, ``thread_id``; then all that was asked, how and when, with the
        ``policy`` that was followed and its ``rule``; last the hashes. Times are UTC, what takes
        few values is a category, and payload, answer and displayed are data.

    Raises:
        StoreError: If the path leads to no store.

    Example:
        >>> from hitl_nb.savers import InMemorySaver
        >>> decisions(InMemorySaver()).dtypes["answered_at"]
        datetime64[us, UTC]
    """
    if not isinstance(source, str | os.PathLike):
        return _table(_columns(source))
    from hitl_nb.savers.sqlite.saver import SqliteSaver

    with SqliteSaver(source, read_only=True) as saver:
        return _table(saver.decision_columns())


def _columns(saver: Saver) -> Mapping[str, Any]:
    """Return the log by columns, as `SqliteSaver.decision_columns` does."""
    by_columns = getattr(saver, "decision_columns", None)
    if by_columns is not None:
        found: Mapping[str, Any] = by_columns()
        return found
    rows = saver.decisions()
    by_row = zip(*rows, strict=True) if rows else ((),) * len(DecisionRow._fields)
    columns: dict[str, Any] = dict(zip(DecisionRow._fields, by_row, strict=True))
    return columns | {name: _occurring(columns[name]) for name in FEW_VALUES}


def _occurring(values: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the values that occur, and each row's place among them."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return list(places), [places[value] for value in values]


def _table(columns: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    columns = {**columns, "answer": _answers(columns["kind"], columns["answer"])}
    made = {name: _column(name, columns[name]) for name in DecisionRow._fields}
    table = pd.DataFrame(made, copy=False)
    table["seconds"] = (table["answered_at"] - table["asked_at"]).dt.total_seconds()
    table["asked"] = pd.array(_lines(columns["kind"], columns["payload"]), dtype="string")
    policies, rules = _verdicts(columns["kind"], columns["payload"])
    table["policy"], table["rule"] = _category(*_occurring(policies)), _category(*_occurring(rules))
    rest = [name for name in table.columns if name not in (*_FIRST, *_LAST)]
    return table[[*_FIRST, *rest, *_LAST]]


def _answers(kinds: tuple[Sequence[str], Sequence[int]], answers: Sequence[Any]) -> Sequence[Any]:
    """Return the answers themselves: of a reply to a request its value, the rest are columns."""
    occurring, places = kinds
    if all(kind == RAW for kind in occurring):
        return answers
    return [
        answer["value"] if occurring[place] != RAW and isinstance(answer, dict) else answer
        for answer, place in zip(answers, places, strict=True)
    ]


def _lines(kinds: tuple[Sequence[str], Sequence[int]], payloads: Sequence[Any]) -> Sequence[str]:
    """Return the line that each question is known by; empty where it has none."""
    from hitl_nb.requests.request_kinds import REQUEST_KINDS

    occurring, places = kinds
    usual = {kind: getattr(REQUEST_KINDS.get(kind), "question", "") for kind in occurring}
    return [
        _line(
            _heading(payload)
            if occurring[place] == RAW
            else payload.get("question", usual[occurring[place]])
        )
        for payload, place in zip(payloads, places, strict=True)
    ]


def _heading(payload: Any) -> Any:
    """Return what the form of a plain payload asks."""
    if isinstance(payload, str):
        return payload
    if (dialect := recognise(payload)) is not None:
        return dialect.request.question
    key = heading_of_payload(payload) if isinstance(payload, dict) else None
    return "" if key is None else payload[key]


def _line(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    line = text if text.isprintable() else " ".join(text.split())
    return line if len(line) <= LONGEST_HEADING else f"{line[: LONGEST_HEADING - 1]}…"


def _verdicts(
    kinds: tuple[Sequence[str], Sequence[int]], payloads: Sequence[Any]
) -> tuple[list[str], list[str]]:
    """Return which policy was followed, and its rule; of what no policy decided about, nothing."""
    occurring, places = kinds
    said = [
        _verdict(payload["history"])
        if occurring[place] != RAW and "history" in payload
        else _NO_VERDICT
        for payload, place in zip(payloads, places, strict=True)
    ]
    return [policy for policy, _ in said], [rule for _, rule in said]


def _verdict(history: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Return what a policy said last, in the history of what was asked."""
    from hitl_nb.policies.action import MODES

    for turn in reversed(history):
        if turn.get("given") == "policy" and turn["action"] in MODES:
            return turn["reviewer"], turn.get("comment", "")
    return _NO_VERDICT


def _column(name: str, values: Any) -> Any:
    import numpy as np
    import pandas as pd

    if name in _NUMBERS:
        return np.array(values, dtype="int64")
    if name in _TIMES:
        return _times(values)
    if name in _JSON:
        data = np.fromiter(values, dtype=object, count=len(values))
        return pd.Series(data, dtype=object)  # lest a column of texts becomes one of strings
    if name in FEW_VALUES:
        return _category(*values)
    return pd.array(values, dtype="string")


def _category(occurring: Sequence[str], places: Sequence[int]) -> Any:
    import numpy as np
    import pandas as pd

    categories = sorted(set(occurring))
    numbers = {value: number for number, value in enumerate(categories)}
    codes = np.array([numbers[value] for value in occurring], dtype="int32")
    index = pd.Index(categories, dtype=object)
    return pd.Categorical.from_codes(codes[np.array(places, dtype="int64")], categories=index)


def _times(values: Sequence[str]) -> Any:
    """Read times at the speed of their usual form, and in any other form as well."""
    import numpy as np
    import pandas as pd

    texts = np.array(values, dtype="S")
    if texts.dtype.itemsize == _TIME + len(_UTC):
        letters = texts.view("S1").reshape(len(texts), -1)
        zones = np.ascontiguousarray(letters[:, _TIME:]).view(f"S{len(_UTC)}")
        if (zones == _UTC.encode()).all():
            plain = texts.astype(f"S{_TIME}").astype("datetime64[us]")
            return pd.DatetimeIndex(plain).tz_localize("UTC")
    return pd.to_datetime(list(values), utc=True, format="ISO8601").as_unit("us")
