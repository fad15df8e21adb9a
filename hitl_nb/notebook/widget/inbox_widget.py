"""The one widget of an inbox."""

from __future__ import annotations

from typing import Any

import traitlets

from hitl_nb.notebook.widget.widget import View


class InboxView(View):
    """Draw an inbox in the browser; its state is an `InboxState`."""

    inbox = traitlets.Dict().tag(sync=True)
    facets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    search = traitlets.Unicode().tag(sync=True)
    window = traitlets.Dict().tag(sync=True)
    selected = traitlets.Any().tag(sync=True)
    bulk = traitlets.Any().tag(sync=True)
    drafts = traitlets.Dict().tag(sync=True)
    notices: traitlets.List[Any] = traitlets.List().tag(sync=True)
