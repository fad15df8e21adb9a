"""Patterns as a JSON Schema means them, searched in linear time where that can be had."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text, as a JSON Schema means it.

    Raises:
        re.error: If it is no pattern.
    """
    return _matcher(pattern)(text)


@lru_cache(256)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """Return a search in linear time; where the pattern looks around or back, Python's."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
    except SchemaError:
        searched = re.compile(pattern)
        return lambda text: searched.search(text) is not None
