"""What inboxes and servers ask of a SQLite file: what waits, what was noted, what can go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hitl_nb.errors.questions import AlreadyAnswered, StaleQuestion, UnknownQuestion
from hitl_nb.savers.inbox_records import BEGINNING, LISTED, Marks, Unattended, WaitingRow
from hitl_nb.savers.sqlite.connection import Database
from hitl_nb.savers.sqlite.rows import THREAD_KEY, lease_of, thread_row
from hitl_nb.savers.sqlite.surrogates import packed, unpacked

_ESCAPE_AT_MOST = 12
"""Characters of JSON that stand for one: two surrogates."""


class InboxRows:
    """The part of `SqliteSaver` that looks at all threads."""

    _db: Database

    def _existing(self, thread_id: str) -> Sequence[Any]:
        """Return a thread's row, or raise that there is none."""
        raise NotImplementedError

    def _unknown_question(self, thread_id: str, question: str) -> UnknownQuestion:
        """Compose the error for a question that was never asked."""
        raise NotImplementedError

    def waiting(self, known: Collection[int] = ()) -> tuple[Sequence[int], Sequence[WaitingRow]]:
        """Return what an inbox lists; see `Saver.waiting`."""
        with self._db.reading():
            keys = [key for (key,) in self._db.run("keys_of_waiting")]
            new = [key for key in keys if key not in known]
            if not new:
                return keys, []
            found = self._db.run("waiting_by_key", {"keys": json.dumps(new)}).fetchall()
        return keys, _waiting_rows(found)

    def waiting_with_text(self, text: str) -> Collection[int]:
        """Return open questions whose payload holds a text; see `Saver.waiting_with_text`."""
        inside = json.dumps(text)[1:-1].lower()
        with self._db.reading():
            return {key for (key,) in self._db.run("waiting_with_text", {"text": inside})}

    def mark(self, thread_id: str, question: str, **changes: str) -> Marks:
        """Note something on an open question; see `Saver.mark`."""
        with self._db.writing():
            names = {"question": self._key_of_open(thread_id, question)}
            found = self._db.run("marks_of", names).fetchone()
            before = Marks(*map(unpacked, found)) if found else Marks()
            marks = before._replace(**changes)
            if marks == Marks():
                self._db.run("drop_marks", names)
            elif marks != before:
                columns = {name: packed(text) for name, text in marks._asdict().items()}
                self._db.run("set_marks", names | columns)
        return marks

    def marks(self) -> Mapping[int, Marks]:
        """Return what is noted on open questions, by their keys."""
        with self._db.reading():
            found = self._db.run("marks").fetchall()
        return {key: Marks(*map(unpacked, texts)) for key, *texts in found}

    def unattended(self, handed_over: str, after: int | None = None) -> Unattended:
        """Return threads that may have to go on; see `Saver.unattended`."""
        with self._db.reading():
            if after is None:
                found = self._db.run("unattended", {"handed_over": packed(handed_over)}).fetchall()
            else:
                found = self._db.run("decided_since", {"seq": after}).fetchall()
            newest = self._db.run("newest_decision").fetchone()
        threads = [(thread_row(each), lease_of(each)) for each in found]
        return Unattended(threads, int(newest[0]) if newest else 0)

    def _key_of_open(self, thread_id: str, question: str) -> int:
        """Return the key of an open question, or raise what is wrong with it."""
        names = {"thread": self._existing(thread_id)[THREAD_KEY], "id": packed(question)}
        found = self._db.run("question_to_answer", names).fetchone()
        if found is None:
            raise self._unknown_question(thread_id, question)
        key, status, *_, answer, reviewer, answered_at = found
        if answer is not None:
            who = unpacked(reviewer)
            raise AlreadyAnswered(question, json.loads(answer), who, answered_at)
        if status != "open":
            raise StaleQuestion(thread_id, question, "state changed")
        return int(key)

    def version(self) -> object:
        """Return what differs once anything was written; see `Saver.version`."""
        with self._db.reading():
            connection = self._db._live()  # holding it keeps its identity from being used again
            ((others,),) = self._db.run("data_version").fetchall()
            return connection, others, connection.total_changes


def _waiting_rows(found: Sequence[Sequence[Any]]) -> list[WaitingRow]:
    # One text is read faster than many.
    texts = [each[-1] if each[-1].startswith("[") else _text(each[-1]) for each in found]
    listed = json.loads(f"[{','.join(texts)}]")
    return [
        WaitingRow._make((key, *map(unpacked, names), asked_at, of_payload, context))
        for (key, *names, asked_at, context, _), of_payload in zip(found, listed, strict=True)
    ]


def _text(found: str) -> str:
    """Write what is listed of a text, of which the beginning was found."""
    return json.dumps([_beginning(found), *[None] * (len(LISTED) - 1)])


def _beginning(text: str) -> str:
    """Read a JSON string that may have been cut, also inside an escape."""
    with suppress(ValueError):
        return str(json.loads(text))[:BEGINNING]
    for cut in range(_ESCAPE_AT_MOST):
        with suppress(ValueError):
            found = str(json.loads(f'{text[: len(text) - cut]}"'))[:BEGINNING]
            return found[:-1] if "\ud800" <= found[-1:] <= "\udbff" else found
    raise ValueError(f"no JSON string: {text!r}")
