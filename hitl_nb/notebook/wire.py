"""What travels between kernel and browser: check what arrives, spell what is said."""

from __future__ import annotations

from typing import Any

from hitl_nb.messages import Acknowledge, FromBrowser
from hitl_nb.text import show


def read_message(content: Any) -> FromBrowser | None:
    """Check a message from the browser against its description; None if it is none of ours."""
    from pydantic import TypeAdapter, ValidationError

    try:
        message: FromBrowser = TypeAdapter(FromBrowser).validate_python(content, strict=True)
    except ValidationError:
        return None
    return message


def accepted(nonce: str) -> Acknowledge:
    """Say that an answer is recorded."""
    return {"type": "acknowledge", "nonce": nonce, "accepted": True, "errors": []}


def refused(nonce: str, why: str) -> Acknowledge:
    """Say why an answer is not, in words for the reader."""
    errors: list[Any] = [{"path": [], "message": show(why)}]
    return {"type": "acknowledge", "nonce": nonce, "accepted": False, "errors": errors}
