"""What travels between kernel and browser: check what arrives, spell what is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from hitl_nb.marked_text import show
from hitl_nb.messages import Acknowledge, FieldError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def read_as(kind: Any, content: Any) -> Any:
    """Check a message from the browser against its description; None if it is none of ours.

    Args:
        kind: The type of messages it should be of. A union, as most are, cannot be a ``type[T]``,
            so whoever calls says what comes back.
        content: What arrived.
    """
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_python(content, strict=True)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what checks messages, which takes longer to make than a form to draw."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def accepted(nonce: str) -> Acknowledge:
    """Say that an answer is recorded."""
    return {"type": "acknowledge", "nonce": nonce, "accepted": True, "errors": []}


def refused(nonce: str, why: str | list[FieldError]) -> Acknowledge:
    """Say why an answer is not, in words for the reader: as a whole, or field by field."""
    errors: list[FieldError] = [{"path": [], "message": show(why)}] if isinstance(why, str) else why
    return {"type": "acknowledge", "nonce": nonce, "accepted": False, "errors": errors}


def wrong_fields(errors: Iterable[tuple[Sequence[Any], str]]) -> list[FieldError]:
    """Describe what is wrong with fields."""
    return [{"path": list(path), "message": show(why)} for path, why in errors]
