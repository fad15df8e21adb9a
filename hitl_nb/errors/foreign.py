"""Objects and questions of another framework that this one cannot take as its own."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError


class ForeignObject(HitlError, TypeError):
    """An object of another framework came where one of this package is needed."""

    def __init__(self, name: str, advice: str) -> None:
        self.name = name
        super().__init__(f"This is {name}; {advice}")


class ForeignQuestion(ForeignObject):
    """A question was asked in another framework's way, so nobody here would see it."""
