"""A thread or its questions are not as the caller thinks they are."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError
from hitl_nb.errors.questions import AnswerError


class ThreadBusy(HitlError, RuntimeError):
    """Another run holds the thread."""

    def __init__(self, thread_id: str, holder: str, since: str) -> None:
        self.thread_id, self.holder, self.since = thread_id, holder, since
        super().__init__(
            f"The thread {thread_id!r} is being run by {holder} since {since}, and one thread "
            f"has one run at a time. Wait for that run to pause or end, or use another thread_id."
        )


class WrongGraph(HitlError, RuntimeError):
    """A thread belongs to another graph than the one it was given to."""

    def __init__(self, thread_id: str, belongs: str, given: str) -> None:
        self.thread_id, self.belongs, self.given = thread_id, belongs, given
        super().__init__(
            f"The thread {thread_id!r} belongs to {belongs}, so {given} cannot go on with it: its "
            f"answers were not given for that. Use another thread_id, or another saver."
        )


class LeaseLost(HitlError, RuntimeError):
    """A run wrote to a thread it no longer holds."""

    def __init__(self, thread_id: str, fence: int) -> None:
        self.thread_id, self.fence = thread_id, fence
        super().__init__(
            f"This run (number {fence}) no longer holds the thread {thread_id!r}: it ended, was "
            f"taken over, or the thread was deleted. Nothing was written. Run the thread again "
            f"to go on from what is stored."
        )


class ThreadExists(HitlError, RuntimeError):
    """A copy would overwrite a thread."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        super().__init__(
            f"There is a thread {thread_id!r} already. Copy to another id, or delete it first."
        )


class UnknownCheckpoint(HitlError, LookupError):
    """A thread has no checkpoint of that id."""

    def __init__(self, thread_id: str, checkpoint: str, ns: str = "") -> None:
        self.thread_id, self.checkpoint, self.ns = thread_id, checkpoint, ns
        where = f" in the subgraph {ns!r}" if ns else ""
        super().__init__(
            f"The thread {thread_id!r} has no checkpoint {checkpoint!r}{where}. Its history "
            f"lists those it has."
        )


class CheckpointExists(HitlError, ValueError):
    """A checkpoint was written twice; checkpoints never change."""

    def __init__(self, thread_id: str, checkpoint: str, ns: str = "") -> None:
        self.thread_id, self.checkpoint, self.ns = thread_id, checkpoint, ns
        super().__init__(
            f"The thread {thread_id!r} has a checkpoint {checkpoint!r} already, and a checkpoint "
            f"never changes. Nothing was written. Give each checkpoint an id of its own."
        )


class DoubleAnswer(AnswerError):
    """One call answers one question twice."""

    def __init__(self, question_id: str) -> None:
        self.question_id = question_id
        super().__init__(
            f"The question {question_id!r} is answered twice in one go, and a question has one "
            f"answer. Nothing was stored. Give it once."
        )
