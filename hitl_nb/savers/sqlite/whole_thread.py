"""All of a thread out of a SQLite file, and into one."""

from __future__ import annotations

from functools import partial

from hitl_nb.errors.threads import ThreadExists
from hitl_nb.savers.log_import import import_decisions
from hitl_nb.savers.records import CheckpointRow, Json, WholeThread
from hitl_nb.savers.sqlite import rows
from hitl_nb.savers.sqlite.checkpoints import Checkpoints
from hitl_nb.savers.sqlite.connection import Database
from hitl_nb.savers.sqlite.decisions import append_decision, decision_row, decisions_of
from hitl_nb.savers.sqlite.rows import packed, unpacked


def read_whole(database: Database, checkpoints: Checkpoints, found: rows.Found) -> WholeThread:
    """Return all of a thread, inside a transaction.

    Args:
        database: The file.
        checkpoints: Its checkpoints.
        found: The thread, as the statement `thread` returns it.
    """
    names = {"thread": found[rows.THREAD_KEY], "thread_id": found[0]}
    outcomes, calls, questions, decisions = (
        database.run(name, names).fetchall()
        for name in (
            "outcomes_of_thread",
            "calls_of_thread",
            "questions_with_decisions",
            "decisions_behind",
        )
    )
    return WholeThread(
        rows.thread_row(found),
        _checkpoint_rows(database, checkpoints, names),
        [rows.outcome_row(unpacked(it[0]), unpacked(it[1]), it[2:]) for it in outcomes],
        [rows.call_row(unpacked(it[0]), unpacked(it[1]), it[2:]) for it in calls],
        [(rows.question_row(it), it[13], it[14]) for it in questions],
        [decision_row(it) for it in decisions],
    )


def write_whole(database: Database, checkpoints: Checkpoints, thread: WholeThread) -> None:
    """Write all of a thread, inside a transaction.

    Raises:
        ThreadExists: If there is one of that id.
        CheckpointExists: If a checkpoint comes twice.
        UnknownCheckpoint: If a row belongs to no checkpoint.
    """
    row = thread.row
    if database.run("thread", {"thread_id": packed(row.id)}).fetchone():
        raise ThreadExists(row.id)
    columns = {name: rows.packed_or_none(value) for name, value in row._asdict().items()}
    ((key,),) = database.run("restore_thread", columns).fetchall()
    for checkpoint in thread.checkpoints:
        checkpoints.write(row.id, key, checkpoint)
    place = partial(checkpoints.key_of, row.id, key)
    for outcome in thread.outcomes:
        at = {"checkpoint": place(outcome.ns, outcome.checkpoint)}
        database.run("replace_outcome", rows.outcome_columns(outcome) | at)
    for call in thread.calls:
        at = {"checkpoint": place(call.ns, call.checkpoint)}
        database.run("replace_call", rows.call_columns(call) | at)
    about = {row.thread_id for row in thread.decisions}
    log = [row for thread_id in about for row in decisions_of(database, thread_id)]
    told = import_decisions(thread.decisions, log, partial(append_decision, database))
    for question, status, seq in thread.questions:
        at = {"thread": key, "checkpoint": place(question.ns, question.checkpoint)}
        became = {"status": status, "decision": None if seq is None else told[seq].seq}
        database.run("restore_question", rows.question_columns(question) | at | became)


def _checkpoint_rows(
    database: Database, checkpoints: Checkpoints, names: rows.Columns
) -> list[CheckpointRow]:
    found = database.run("checkpoints_of_thread", names).fetchall()
    known: dict[str, dict[str, dict[str, Json]]] = {}
    read = []
    for *columns, ns in found:
        place = {"thread": names["thread"], "ns": ns}
        values = checkpoints.read(place, columns, known.setdefault(ns, {}))
        known[ns][columns[1]] = values
        read.append(rows.checkpoint_row(unpacked(ns), columns, values))
    return read
