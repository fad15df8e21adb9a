"""Make requests, and say in the words of their parameters what is wrong with those given."""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import Any

from hitl_nb.errors import HitlError, InvalidRequest
from hitl_nb.errors.requests import unknown_parameter

_SHOWN = 60


class Made(type):
    """The type of requests: one that is written wrong is an `InvalidRequest`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance.

        Raises:
            InvalidRequest: Naming each parameter that is wrong.
        """
        try:
            return super().__call__(*args, **kwargs)
        except HitlError:
            raise
        except (ValueError, TypeError) as error:
            errors = getattr(error, "errors", None)
            if errors is None:
                why = str(error)
            else:
                why = " ".join(_sentence(cls, item) for item in errors())
            raise InvalidRequest(why) from None


def _sentence(cls: type, item: dict[str, Any]) -> str:
    """Say one thing that is wrong."""
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
            why = (
                f"{cls.__name__} takes without a name only: {', '.join(positional)}. Give {given} "
                f"with the name of its parameter."
            )
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
