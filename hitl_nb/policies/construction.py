"""Make rules and policies, and say which parameter is wrong with them."""

from __future__ import annotations

import dataclasses
from typing import Any

from hitl_nb.errors import HitlError, InvalidRule
from hitl_nb.errors.requests import unknown_parameter


class Made(type):
    """The type of rules and policies: one that is written wrong is an `InvalidRule`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance.

        Raises:
            InvalidRule: Naming the parameter that is wrong.
        """
        fields = [it for it in dataclasses.fields(cls) if it.init]  # type: ignore[arg-type]
        known = [it.name for it in fields]
        for name in kwargs:
            if name not in known:
                raise InvalidRule(unknown_parameter(cls.__name__, name, known))
        positional = [it.name for it in fields if not it.kw_only]
        if len(args) > len(positional):
            taken = ", ".join(positional)
            raise InvalidRule(
                f"{cls.__name__} takes without a name only: {taken}. Give {args[len(positional)]!r}"
                f" with the name of its parameter."
            )
        given = {*positional[: len(args)], *kwargs}
        nothing = dataclasses.MISSING
        for it in fields:
            if it.default is nothing and it.default_factory is nothing and it.name not in given:
                raise InvalidRule(f"{cls.__name__} needs {it.name}=.")
        try:
            return super().__call__(*args, **kwargs)
        except HitlError:
            raise
        except (ValueError, TypeError) as error:
            raise InvalidRule(f"{cls.__name__}: {error}") from None
