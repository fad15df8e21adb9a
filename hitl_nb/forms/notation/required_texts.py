"""Find required texts that a person left, or made, empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation.decode import Path
from hitl_nb.forms.notation.field_kinds import FieldKind, Schema, branches_of, kind_of
from hitl_nb.forms.notation.normal_form import normal, resolve
from hitl_nb.types import UNSET


def blank_required_texts(schema: Any, value: Any, proposed: Any = UNSET) -> Iterator[Path]:
    """Yield the paths of required texts that are empty, and were not proposed so.

    A form cannot tell a text nobody has written from an empty one. Where an empty text is meant,
    the schema says so, by its default or ``"minLength": 0``.

    Args:
        schema: The JSON Schema.
        value: What was filled in, in its JSON form.
        proposed: What it held at first.
    """
    node = normal(schema)
    yield from _BlankTexts(node.get("$defs", {})).inside(node, value, proposed, ())


class _BlankTexts:
    def __init__(self, definitions: dict[str, Schema]) -> None:
        self.definitions = definitions

    def inside(self, node: Schema, value: Any, proposed: Any, path: Path) -> Iterator[Path]:
        node = resolve(node, self.definitions)
        if kind_of(node) is FieldKind.UNION:
            branches = [resolve(item, self.definitions) for item in branches_of(node) or ()]
            rest = [item for item in branches if kind_of(item) is not FieldKind.NULL]
            if len(rest) == 1 and value is not None:
                yield from self.inside(rest[0], value, proposed, path)
        elif kind_of(node) is FieldKind.OBJECT and isinstance(value, dict):
            yield from self._fields(
                node, value, proposed if isinstance(proposed, dict) else {}, path
            )
        elif kind_of(node) is FieldKind.ARRAY and isinstance(value, list):
            known = proposed if isinstance(proposed, list) else []
            inner = node.get("items")
            for number, item in enumerate(value):
                if isinstance(inner, dict) and not any(equal_with_types(item, it) for it in known):
                    yield from self.inside(inner, item, UNSET, (*path, number))

    def _fields(
        self, node: Schema, value: dict[str, Any], proposed: dict[str, Any], path: Path
    ) -> Iterator[Path]:
        for name, item in node["properties"].items():
            known = proposed.get(name, UNSET)
            if name in value and value[name] != "":
                yield from self.inside(item, value[name], known, (*path, name))
            elif name in value and name in node.get("required", ()) and known != "":
                target = {**resolve(item, self.definitions), **item}
                meant = target.get("default") == "" or target.get("minLength") == 0
                if kind_of(resolve(item, self.definitions)) is FieldKind.STRING and not meant:
                    yield (*path, name)
