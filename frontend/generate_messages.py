"""Print the JSON Schema of what kernel and browser say to each other.

``messages.mjs`` turns it into ``src/messages.ts``. The schema is taken from the
types themselves, so the two sides cannot drift apart.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from pydantic import TypeAdapter

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = ("ViewState", "Submit", "Draft", "Acknowledge")


def load_messages() -> ModuleType:
    """Import the types, by file when the package around them cannot be imported."""
    sys.path.insert(0, str(ROOT))
    try:
        from hitl_nb import messages
    except ImportError:
        path = ROOT / "hitl_nb" / "messages.py"
        spec = importlib.util.spec_from_file_location("hitl_nb_messages", path)
        assert spec is not None and spec.loader is not None
        messages = importlib.util.module_from_spec(spec)
        # pydantic resolves the annotations of a type through its module's name.
        sys.modules[spec.name] = messages
        spec.loader.exec_module(messages)
    return messages


def schema(messages: ModuleType) -> dict[str, object]:
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
    print(json.dumps(untitled(schema(load_messages())), indent=1))
