"""Ask whether a call happened that was cut off between its beginning and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from pydantic.dataclasses import dataclass

from hitl_nb.requests.base import CONFIG, Request, RequestPart, invalid_part
from hitl_nb.requests.shape import Shape
from hitl_nb.types import IN_DOUBT, UNSET


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class InDoubt(Request):
    """Ask a person what became of a call that was made through ``once``. `once` asks it itself.

    Args:
        question: What is asked.

    Its actions are ``happened``, with what the call returned as its value; ``run``, because it did
    not happen; and ``stop``. Bare, True says that it happened and False that it did not.

    Example:
        >>> InDoubt("Did this happen? pay").actions
        ('stop', 'run', 'happened')
    """

    kind: ClassVar[str] = IN_DOUBT
    risk: Any = field(default="high", kw_only=True)

    @property
    def actions(self) -> tuple[str, ...]:
        """Stop, run it, or take it as done."""
        return self.offering("stop", "run", "happened")

    def parts(self) -> tuple[RequestPart, ...]:
        """Return what the call gave, if it happened."""
        return (RequestPart("answer", "what it returned", Shape({})),)

    def assemble(
        self,
        action: str,
        values: Mapping[str, Any],
        decisions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Any:
        """Return what the call gave."""
        del decisions
        return values.get("answer", UNSET) if action == "happened" else UNSET

    def bare(self, given: Any) -> dict[str, Any]:
        """Read True and False."""
        if given is True or given is False:
            return {"action": "happened" if given else "run"}
        raise invalid_part(
            why="say 'happened' (with what it returned as the value), 'run' or 'stop'"
        )

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Take any result; a call that returned nothing returned None."""
        del comment
        return action, None if value is UNSET or action != "happened" else value

    def as_rejected(self) -> dict[str, Any]:
        """Stop: nothing happens unseen."""
        return {"action": "stop"}

    def value_schemas(self) -> dict[str, Any]:
        """Return any value for what happened."""
        return {name: {} if name == "happened" else None for name in self.actions}
