"""A stand-in for the browser: keeps what was drawn and said, and sends messages."""

from __future__ import annotations

import asyncio
from typing import Any

from displayed_pages import displayed

from hitl_nb import Session
from hitl_nb.notebook.session import registry


class Browser:
    """Stands in for the view."""

    def __init__(self) -> None:
        self.drawn: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []
        self.disposed = False
        self.saved = ""

    def draw(self, state: Any) -> None:
        self.drawn = dict(state)

    def say(self, message: Any) -> None:
        self.said.append(dict(message))

    def bundle(self) -> dict[str, Any]:
        return {}

    def dispose(self) -> None:
        self.disposed = True


async def waiting(session: Session) -> None:
    async with asyncio.timeout(60):
        await session.settled()


async def watched(session: Session) -> Browser:
    browser = Browser()
    session._display._view = browser  # type: ignore[assignment]
    await waiting(session)
    return browser


def submit(session: Session, answer: dict[str, Any], nonce: str = "n1", **changes: Any) -> None:
    """Send a submission, or another message whose ``type`` is among the changes."""
    kind = changes.get("type", "submit")
    message: dict[str, Any] = {"type": kind}
    if kind != "here":
        message["question"] = session.pending[0].id if session.pending else "gone"
    if kind == "submit":
        forms = session._run._view_state.forms
        form = next((form for form in forms if form["id"] == message["question"]), None)
        message |= {"nonce": nonce, "answer": answer, "displayed": displayed(form)}
    session._receive_anywhere({**message, **changes})


async def rested(session: Session) -> None:
    """Wait until what has just been asked for is under way, and then until the run rests."""
    async with asyncio.timeout(60):
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            await session.settled()
            if not session._driver.intake.woken:
                return


def press(session: Session, button: str, target: str = "", thread: str = "") -> None:
    """Send that a button was pressed."""
    global _presses  # noqa: PLW0603  (every press has a nonce of its own)
    _presses += 1
    message = {"type": "press", "nonce": f"p{_presses}", "thread": thread}
    session._receive_anywhere({**message, "button": button, "target": target})


def look(session: Session, checkpoint: str, thread: str = "") -> None:
    """Send where the slider was moved to."""
    session._receive_anywhere({"type": "look", "thread": thread, "checkpoint": checkpoint})


def run_beside(session: Session) -> Session | None:
    """Return the session of the run that is drawn beside another one."""
    branch = session._run.branch
    known: Any = registry._sessions.values()
    return None if branch is None else next(item for item in known if item._run is branch)


_presses = 0
