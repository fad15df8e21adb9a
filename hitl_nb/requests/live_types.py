"""The types of what was asked in this process, which a stored question does not hold.

With them an answer is refused where it is given, not only when the node runs again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from hitl_nb.json_schema import check_schema
from hitl_nb.requests.base import Request
from hitl_nb.requests.shape import Shape
from hitl_nb.requests.tool_review import ToolReview

MOST = 10_000
"""Questions whose types are remembered; one that is forgotten is checked by its JSON Schema."""
# By question, not by graph: a node run again in another cell asks with a class made anew, and the
# instance its answer becomes has to be of that one.
_shapes: OrderedDict[str, tuple[Shape | None, ...]] = OrderedDict()
# Nodes ask on the threads of their runs while a session or an inbox reads answers on another.
_lock = threading.Lock()


def remember(question_id: str, request: Request) -> None:
    """Keep the types of a request that is about to be asked.

    Raises:
        ValueError: If what it has for a JSON Schema is none.
    """
    shapes = tuple(item.shape for item in _shaped(request))
    for shape in shapes:
        if shape is not None and shape.type is None:
            check_schema(shape.schema)
    if not any(shape is not None and shape.type is not None for shape in shapes):
        return
    with _lock:
        _shapes[question_id] = shapes
        _shapes.move_to_end(question_id)
        while len(_shapes) > MOST:
            _shapes.popitem(last=False)


def recall(question_id: str, request: Request) -> Request:
    """Give a request that was stored its types back, if they are still known."""
    with _lock:
        shapes = _shapes.get(question_id, ())
    for item, shape in zip(_shaped(request), shapes, strict=False):
        object.__setattr__(item, "shape", shape)
    return request


def _shaped(request: Request) -> tuple[Any, ...]:
    if isinstance(request, ToolReview):
        return tuple(request.calls)
    return (request,) if hasattr(request, "shape") else ()
