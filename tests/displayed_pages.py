"""What a browser says was on the screen, of a form or of a table of several."""

from __future__ import annotations

from typing import Any

from hitl_nb.forms.displayed import pieces_of
from hitl_nb.messages import DisplayedPage, FormView


def first_pages(form: FormView) -> list[DisplayedPage]:
    """Name all that is sent at once of a form, unfolded."""
    return [{"path": list(path), "start": 0, "whole": True} for path in pieces_of(form)]


def displayed(form: FormView | None = None, seconds: float = 1.5, **more: Any) -> Any:
    """Say that all that is sent at once of a form was on the screen."""
    return {"seconds": seconds, "pages": [] if form is None else first_pages(form), **more}
