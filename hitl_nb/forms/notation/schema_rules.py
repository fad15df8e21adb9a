"""Find which rules of its schema the value of one field breaks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hitl_nb.errors import InvalidAnswer
from hitl_nb.forms.notation.field_kinds import FieldKind
from hitl_nb.json_schema import errors_of
from hitl_nb.requests.validation_errors import in_words_of_schema

_CHECKED_ELSEWHERE = frozenset(
    ("properties", "items", "prefixItems", "additionalProperties", "required", "anyOf", "oneOf",
     "type", "enum", "const", "$defs", "discriminator", "title", "description", "default",
     "examples", "contentEncoding", "contentMediaType", "readOnly", "writeOnly", "if", "then",
     "else", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems")
)  # fmt: skip


def broken_rules(
    value: Any, node: dict[str, Any], kind: FieldKind, definitions: Mapping[str, Any]
) -> list[str]:
    """Return which rules of a normal schema a value breaks, but for those of what is inside it."""
    rules = {name: rule for name, rule in node.items() if name not in _CHECKED_ELSEWHERE}
    if kind is FieldKind.DECIMAL:
        rules.pop("pattern", None)
    if not rules:
        return []
    checked = {**rules, "$defs": dict(definitions)}
    # A pattern may be one that nobody here reads; the type itself then has the last word.
    with suppress(InvalidAnswer, TypeError, ArithmeticError):
        return [in_words_of_schema(error) for error in errors_of(checked, value)]
    return []
