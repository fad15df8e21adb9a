"""Rows to test savers with, and what the tests say again and again."""
# ruff: noqa: S101  (a test asserts)

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from hitl_nb.codec.json_text import plain_text
from hitl_nb.savers.clock import now
from hitl_nb.savers.deltas import changes
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import (
    AnswerRow,
    Batch,
    CheckpointRow,
    Json,
    QuestionRow,
    Stored,
    ThreadRow,
)

NASTY_TEXTS = (
    "",
    " ",
    "a/b",
    "a.b",
    "../../etc",
    "A",
    "a",
    "é",
    "e\u0301",
    "\0",
    "a\0b",
    "a\0c",
    "\ud800",
    "\udc00",
    "\x1b",
    "\x1bd800",
    "\x1b\x1b",
    "\ud83d\ude00",
    "😀",
    "'; DROP TABLE thread; --",
    '" OR 1=1 --',
    "%",
    "_",
    ":thread_id",
    "?1",
    "null",
    "0",
    "00",
    "1e0",
)
"""Texts that stores have mixed up, cut short or executed."""

DIGEST = "d" * 64
"""The digest of what is shown, where it does not matter."""
_Error = TypeVar("_Error", bound=BaseException)


class Caught(Generic[_Error]):
    """The error a block raised."""

    error: _Error


@contextmanager
def refused(kind: type[_Error]) -> Iterator[Caught[_Error]]:
    """Expect that a block raises this kind of error."""
    caught: Caught[_Error] = Caught()
    try:
        yield caught
    except kind as error:
        caught.error = error
    else:
        raise AssertionError(f"{kind.__name__} was not raised")


def checkpoint(
    id: str,
    values: Mapping[str, Json] | None = None,
    after: CheckpointRow | None = None,
    ns: str = "",
) -> CheckpointRow:
    """Make a checkpoint that holds some values and follows another."""
    values = {} if values is None else values
    return CheckpointRow(
        id=id,
        ns=ns,
        parent=after.id if after else None,
        step=after.step + 1 if after else -1,
        source="loop" if after else "input",
        created_at=now(),
        values=values,
        changes=changes(after.values, values) if after else None,
        frontier=["next"],
    )


def question(
    id: str = "q", at: str = "c", payload: Json = "Send it?", digest: str = DIGEST
) -> QuestionRow:
    """Make a question asked in the superstep of a checkpoint."""
    return QuestionRow(
        id=id,
        ns="",
        checkpoint=at,
        task="0:review",
        node="review",
        key=None,
        kind="raw",
        payload=payload,
        digest=digest,
        schema=None,
        asked_at=now(),
    )


def answer(
    id: str = "q", value: Json = True, reviewer: str = "ana", digest: str = DIGEST
) -> AnswerRow:
    """Make an answer to a question."""
    return AnswerRow(
        question=id,
        digest=digest,
        value=value,
        action="answer",
        comment="",
        reviewer=reviewer,
        given="code",
    )


def waiting(saver: Saver, thread_id: str, *questions: QuestionRow) -> None:
    """Begin a thread that waits at the checkpoint ``c`` for answers; nobody runs it."""
    _, fence = saver.acquire(thread_id, "graph", create=True)
    batch = Batch(
        checkpoints=[checkpoint("c")],
        questions=questions or [question()],
        status="waiting",
        release=True,
    )
    saver.write(thread_id, fence, batch)


def read(saver: Saver, thread_id: str, ns: str = "", checkpoint: str | None = None) -> Stored:
    """Return a checkpoint that must be there."""
    found = saver.read(thread_id, ns, checkpoint)
    assert found is not None
    return found


def stored_thread(saver: Saver, thread_id: str) -> ThreadRow:
    """Return a thread that must be there."""
    found = saver.thread(thread_id)
    assert found is not None
    return found


def exact(data: Any) -> str:
    """Return text that tells types and the order of keys."""
    return plain_text(data)


def spoil(value: Any) -> None:
    """Change a value in place, all the way down."""
    inner = list(value.values()) if isinstance(value, dict) else list(value)
    for item in inner:
        if isinstance(item, (dict, list)):
            spoil(item)
    value.clear()


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def at_once(call: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Call a function from eight threads."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, items))
