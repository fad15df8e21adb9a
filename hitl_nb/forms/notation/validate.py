"""Check what a form holds: by the form's own rules, by the schema, and by the type itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hitl_nb.errors import InvalidAnswer
from hitl_nb.forms.notation.decode import FormDecoder, Path, Problem
from hitl_nb.forms.notation.normal_form import normal
from hitl_nb.forms.notation.union_match import misread, reach
from hitl_nb.requests.shape import Shape
from hitl_nb.types import UNSET


def validate(shape: Shape, notation: Any) -> tuple[Any, list[Problem]]:
    """Read and check what a form holds.

    Args:
        shape: What it has to be.
        notation: As the form sent it.

    Returns:
        The value in its JSON form, UNSET where there is none, and what is wrong: of a union
        only what is wrong with the branch that was chosen.
    """
    node = normal(shape.schema)
    decoder = FormDecoder(node.get("$defs", {}))
    value = decoder.value(notation, node)
    if value is UNSET or decoder.problems:
        return value, _once_each(decoder.problems)
    try:
        typed = shape.read(value)
    except InvalidAnswer as refused:
        found = [Problem(_place(decoder, tuple(path)), why) for path, why in refused.errors]
        return value, _once_each(found)
    return value, [] if shape.type is None else _misread(decoder, typed)


def _misread(decoder: FormDecoder, typed: Any) -> list[Problem]:
    """Find values that became something else than the branch that was chosen for them."""
    problems = []
    for path, branch in decoder.chosen.items():
        found = reach(typed, path)
        why = None if found is UNSET else misread(found, branch)
        if why is not None:
            problems.append(Problem(_place(decoder, path), why))
    return problems


def _place(decoder: FormDecoder, path: Path) -> Path:
    """Say where the form holds a value."""
    for length in range(len(path), 0, -1):
        place = decoder.places.get(path[:length])
        if place is not None:
            return (*place, *path[length:])
    return path


def _once_each(problems: Iterable[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
