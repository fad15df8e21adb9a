"""What every saver does with a thread that comes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hitl_nb.codec.json_text import canonical_text
from hitl_nb.savers.identity_source import before_import, imported, with_identity
from hitl_nb.savers.records import DecisionRow

RAW = "raw"


def import_decisions(
    decisions: Sequence[DecisionRow],
    log: Iterable[DecisionRow],
    append: Callable[[DecisionRow], DecisionRow],
) -> dict[int, DecisionRow]:
    """Write decisions of another log to this one, but for those it holds already.

    Args:
        decisions: What comes, in order.
        log: What this log holds, at least of the threads they are about.
        append: Writes an entry at the end of this log and returns it with its place there.

    Returns:
        By number in the other log, the entries of this one.
    """
    about = {row.thread_id for row in decisions}
    told = {_said(row): row for row in log if row.thread_id in about}
    found = {}
    for row in decisions:
        said = _said(row)
        if said not in told:
            told[said] = append(_with_identity(row, imported(row.identity)))
        found[row.seq] = told[said]
    return found


def _said(row: DecisionRow) -> str:
    """Return what a decision says, wherever it stands in a log."""
    told = _with_identity(row, before_import(row.identity))
    return canonical_text(told._replace(seq=0, previous_hash="", hash=""))


def _with_identity(row: DecisionRow, source: str) -> DecisionRow:
    """Return a row with another source of its name: nobody here can vouch for one there."""
    answer = row.answer if row.kind == RAW else with_identity(row.answer, source)
    return row._replace(identity=source, answer=answer)
