"""The one widget of a view: synced traits out, custom messages in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from secrets import token_hex
from typing import Any

import anywidget
import traitlets

from hitl_nb.html import SAVED
from hitl_nb.messages import FromKernel

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


class View(anywidget.AnyWidget):
    """A widget whose state is drawn as a whole, and that hands on what a person does.

    Args:
        state: What to draw first, by the names of the traits.
        receive: Called with each message from the browser, on whatever thread it arrives.

    Attributes:
        saved: The class of static text that is hidden where this view is drawn.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    saved = traitlets.Unicode().tag(sync=True)

    def __init__(self, state: Mapping[str, Any], receive: Callable[[Any], None]) -> None:
        source = files("hitl_nb").joinpath("static", "view.js").read_text("utf-8")
        # A page may hold what was saved of other views, whose models are gone, or which it may not
        # draw because the notebook is not trusted: each view hides only its own, and once drawn.
        super().__init__(_esm=source, saved=f"{SAVED}-{token_hex(8)}", **state)
        self.on_msg(lambda _widget, content, _buffers: receive(content))

    def draw(self, state: Mapping[str, Any]) -> None:
        """Bring the browser up to date; only what changed travels."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def say(self, message: FromKernel) -> None:
        """Send a message to every view of this model."""
        self.send(dict(message))

    def bundle(self) -> dict[str, Any]:
        """Return the mimetype that shows this model in a cell's output."""
        reference = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {WIDGET_MIME: reference}

    def dispose(self) -> None:
        """Close the model and its layout, so that nothing live stays behind."""
        layout = self.layout
        self.close()
        layout.close()


class SessionView(View):
    """Draw a session in the browser; its state is a `ViewState`."""

    header = traitlets.Dict().tag(sync=True)
    timeline: traitlets.List[Any] = traitlets.List().tag(sync=True)
    forms: traitlets.List[Any] = traitlets.List().tag(sync=True)
    result = traitlets.Any().tag(sync=True)
    failure = traitlets.Any().tag(sync=True)
    drafts = traitlets.Dict().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)
    drawing = traitlets.Dict().tag(sync=True)
    buttons: traitlets.List[Any] = traitlets.List().tag(sync=True)
    past = traitlets.Any().tag(sync=True)
    branch = traitlets.Any().tag(sync=True)
    notices: traitlets.List[Any] = traitlets.List().tag(sync=True)
