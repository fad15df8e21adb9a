"""What is wrong with an answer, said at the fields it is wrong in."""

from __future__ import annotations

from collections.abc import Iterable

from hitl_nb.marked_text import show
from hitl_nb.messages import FieldError

Path = tuple[str | int, ...]


class BadAnswer(ValueError):
    """What the form sent does not answer its question; the messages are for the reader.

    Args:
        message: What is wrong with the answer as a whole; empty if only fields are wrong.
        fields: What is wrong with each field, by its path.

    Attributes:
        errors: The same as the form is told.
    """

    def __init__(self, message: str = "", fields: Iterable[tuple[Path, str]] = ()) -> None:
        listed = [((), message)] if message else []
        wrong: list[tuple[Path, str]] = [*listed, *fields]
        self.errors: list[FieldError] = [
            {"path": list(path), "message": show(text)} for path, text in wrong
        ]
        said = "; ".join(
            f"{'.'.join(map(str, path))}: {text}" if path else text for path, text in wrong
        )
        super().__init__(said)
