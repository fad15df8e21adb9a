"""Make what a program writes down, and say in the words of its parameters what is wrong with it."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hitl_nb.errors import HitlError, InvalidRequest
from hitl_nb.errors.requests import unknown_parameter

_SHOWN = 60


class CheckedArguments(type):
    """The type of requests, rules and policies: one that is written wrong is one error.

    Attributes:
        refusal: The error; a class may name its own.
    """

    refusal: type[HitlError] = InvalidRequest

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance.

        Raises:
            HitlError: The class's ``refusal``, naming each parameter that is wrong.
        """
        try:
            return super().__call__(*args, **kwargs)
        except HitlError:
            raise
        except (ValueError, TypeError) as error:
            raise cls.refusal(_why(cls, error, args, kwargs)) from None


def _why(cls: type, error: Exception, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    errors = getattr(error, "errors", None)
    if errors is not None:
        return " ".join(_sentence(cls, item) for item in errors())
    if hasattr(cls, "__pydantic_fields__"):  # which has bound the arguments, and calls by name
        return str(error)
    return _misbound(cls, args, kwargs) or f"{cls.__name__}: {error}"


def _misbound(cls: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """Say what keeps arguments from being those of a plain dataclass; None if nothing does."""
    fields = [it for it in dataclasses.fields(cls) if it.init]
    known = [it.name for it in fields]
    for name in kwargs:
        if name not in known:
            return unknown_parameter(cls.__name__, name, known)
    positional = [it.name for it in fields if not it.kw_only]
    if len(args) > len(positional):
        return _only_by_name(cls, positional, repr(args[len(positional)]))
    given = {*positional[: len(args)], *kwargs}
    nothing = dataclasses.MISSING
    for it in fields:
        if it.default is nothing and it.default_factory is nothing and it.name not in given:
            return f"{cls.__name__} needs {it.name}=."
    return None


def _only_by_name(cls: type, positional: Sequence[str], given: str) -> str:
    return (
        f"{cls.__name__} takes without a name only: {', '.join(positional)}. Give {given} "
        f"with the name of its parameter."
    )


def _sentence(cls: Any, item: dict[str, Any]) -> str:
    """Say one thing that pydantic has against the arguments."""
    fields = [it for it in dataclasses.fields(cls) if it.init]
    known = [it.name for it in fields]
    positional = [it.name for it in fields if not it.kw_only]
    first, *rest = item["loc"] or ("",)
    name = positional[first] if isinstance(first, int) and first < len(positional) else str(first)
    place = name + "".join(f"[{step}]" for step in rest if isinstance(step, int))
    given = f"{item['input']!r:.{_SHOWN}}"
    context = item.get("ctx", {})
    said = item["msg"][:1].lower() + item["msg"][1:]
    why = f"{cls.__name__}: {place}={given} does not fit: {said}."
    match item["type"]:
        case "value_error":
            why = str(context["error"])
            why = f"{cls.__name__}: {place}={given}: {why}" if place else why
        case "unexpected_keyword_argument":
            why = unknown_parameter(cls.__name__, name, known)
        case "unexpected_positional_argument":
            why = _only_by_name(cls, positional, given)
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            why = f"{cls.__name__} needs {name}=."
        case "literal_error":
            allowed = re.findall(r"'([^']*)'", context["expected"])
            near = difflib.get_close_matches(str(item["input"]), allowed, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            why = f"{cls.__name__}: {place}={given} is none of {', '.join(allowed)}.{hint}"
        case "too_short":
            why = f"{cls.__name__}: {place}={given} is empty; give at least one."
    return why
