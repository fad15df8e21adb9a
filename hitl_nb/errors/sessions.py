"""A session that is used in a way its run does not allow yet."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError


class Unfinished(HitlError, RuntimeError):
    """The result of a run was wanted before there is one; stops the cells that come after."""

    def __init__(self, thread_id: str, status: str, what_to_do: str) -> None:
        self.thread_id, self.status = thread_id, status
        super().__init__(f"The thread {thread_id!r} is {status}: {what_to_do}")

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NotFailed(HitlError, RuntimeError):
    """A node was to run again, and none has failed."""

    def __init__(self, thread_id: str, status: str) -> None:
        self.thread_id, self.status = thread_id, status
        super().__init__(
            f"The thread {thread_id!r} is {status}, so there is nothing to retry. To answer a "
            f"question differently, fork: session.fork(question=...)."
        )


class NotPaused(HitlError, RuntimeError):
    """A step was to be taken where the run does not pause between nodes."""

    def __init__(self, thread_id: str, why: str, what_to_do: str) -> None:
        self.thread_id = thread_id
        super().__init__(f"The thread {thread_id!r} cannot take a step: {why}. {what_to_do}")
