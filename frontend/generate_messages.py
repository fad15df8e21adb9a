"""Print the JSON Schema of what kernel and browser say to each other.

``messages.mjs`` turns it into ``src/messages.ts``. The schema is taken from the
types themselves, so the two sides cannot drift apart.
"""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from hitl_nb import messages

SPOKEN = (
    "ViewState", "Submit", "DraftText", "PageRequest", "ButtonPress", "CheckpointRequest",
    "ViewReady", "Acknowledge", "TextPage", "InboxState", "WindowRequest", "Select", "Filter",
    "Note", "BulkMode", "SubmitAll",
)  # fmt: skip


def schema() -> dict[str, object]:
    """Describe every message as one schema whose definitions carry the names."""
    adapters = [(name, "validation", TypeAdapter(getattr(messages, name))) for name in SPOKEN]
    _, described = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    return {
        "description": "Everything that travels, in either direction.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in SPOKEN],
        "$defs": described["$defs"],
    }


def untitled(node: object) -> object:
    """Drop the titles of properties: each would become a type alias of its own."""
    if isinstance(node, list):
        return [untitled(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: untitled(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    print(json.dumps(untitled(schema()), indent=1))
