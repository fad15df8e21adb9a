"""Ask about calls that an agent wants to make."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from hitl_nb.codec.json_equality import equal_json
from hitl_nb.errors import InvalidAnswer
from hitl_nb.requests.approval import Shaped
from hitl_nb.requests.base import CONFIG, TEXT, Request, RequestPart, invalid_part, refer
from hitl_nb.requests.checked_arguments import CheckedArguments
from hitl_nb.requests.decision import CallDecision
from hitl_nb.requests.shape import Shape, is_instance_of_model, kept
from hitl_nb.types import UNSET

CallAction = Literal["approve", "edit", "reject", "respond"]
DECIDE = "decide"
MIXED = "mixed"


@dataclass(frozen=True, config=CONFIG)
class ToolCall(Shaped, metaclass=CheckedArguments):
    """A call that an agent wants to make.

    Args:
        name: The tool.
        args: Its arguments.
        id: The call's id, if it has one.
        description: What the tool does.
        schema: The type or JSON Schema of the arguments.
        allow: What may be decided about it.
    """

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    id: str | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)
    schema: Any = field(default=None, kw_only=True)
    allow: tuple[CallAction, ...] = field(default=("approve", "edit", "reject"), kw_only=True)

    def __post_init__(self) -> None:
        self.remember("args", "schema")
        if not self.allow:
            raise ValueError(
                f"allow=() leaves nothing to decide about {self.name!r}: name at least one of "
                f"{', '.join(get_args(CallAction))}"
            )

    def payload(self) -> dict[str, Any]:
        """Return it as plain data, without what is as usual."""
        said: dict[str, Any] = {"name": self.name, "args": self.args}
        for name, usual in (("id", None), ("description", ""), ("schema", None)):
            if (value := getattr(self, name)) != usual:
                said[name] = value
        if self.allow != ("approve", "edit", "reject"):
            said["allow"] = list(self.allow)
        return said

    def proposed(self) -> Any:
        """Return the arguments in their JSON form."""
        assert self.shape is not None  # noqa: S101  (there are always arguments, if only {})
        return self.shape.write(self.args)

    def normalize(self, reply: Any) -> dict[str, Any]:
        """Check what was decided about this call; return it in its stored form."""
        reply = _full(reply)
        action, args = reply["action"], reply.get("args", UNSET)
        message = reply.get("message") or ""
        if action not in self.allow and not (action == "approve" and "edit" in self.allow):
            raise invalid_part(why=f"{action!r} is none of {', '.join(self.allow)}")
        if not isinstance(message, str):
            raise invalid_part("message", why="please write this as text")
        if action == "respond" and not message.strip():
            raise invalid_part("message", why="a response needs words")
        if action not in ("approve", "edit"):
            return {"action": action, "message": message}
        assert self.shape is not None  # noqa: S101  (there are always arguments, if only {})
        before = self.proposed()
        if args is UNSET and action == "edit":
            raise invalid_part(why="an edit needs the edited arguments")
        alike = before if self.schema is None else UNSET
        after = self.shape.normalize(before if args is UNSET else args, alike)
        changed = not equal_json(before, after) and not equal_json(
            self.shape.canonical(before), after
        )
        if changed and action == "approve":
            raise invalid_part(
                why="approving means as it was shown; to approve it changed is 'edit'"
            )
        if not changed and "approve" not in self.allow:
            raise invalid_part(why="this may only be approved with changes")
        action = "edit" if changed else "approve"
        return {"action": action, "args": after if changed else before, "message": message}

    def typed(self, stored: Mapping[str, Any]) -> CallDecision:
        """Return what was decided, with the arguments typed."""
        args = stored.get("args", UNSET)
        assert self.shape is not None  # noqa: S101  (there are always arguments, if only {})
        if args is UNSET:
            found: Any = copy.deepcopy(self.args)
        elif self.schema is None:
            before = self.proposed()
            typed = None if equal_json(args, before) else self.shape.read(args)
            found = kept(self.args, before, args, typed)
        else:
            found = self.shape.read(args)
        message = stored.get("message", "")
        return CallDecision(stored["action"], self.name, _as_dict(found), message, self.id)


if TYPE_CHECKING:
    Calls = Sequence[ToolCall]
else:
    Calls = Annotated[tuple[ToolCall, ...], Field(min_length=1)]


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class ToolReview(Request):
    """Ask about several calls at once, each with all its arguments and a decision of its own.

    Args:
        calls: The calls.

    The decision's value is a list of `CallDecision`s, one for each call and in their order; its
    action is theirs if all agree, else ``"mixed"``.

    Example:
        >>> review = ToolReview([ToolCall("send", {"to": "ana"}), ToolCall("pay", {"amount": 3})])
        >>> [(part.label, part.proposed) for part in review.parts()]
        [('send', {'to': 'ana'}), ('pay', {'amount': 3})]
    """

    kind: ClassVar[str] = "tool_review"
    calls: Calls
    question: str = field(default="Run these calls?", kw_only=True)

    @property
    def actions(self) -> tuple[str, ...]:
        """Decide, or hand it up."""
        return self.offering(DECIDE)

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the arguments of each call, with its own actions."""
        parts = []
        for name, call in self._named():
            assert call.shape is not None  # noqa: S101  (there are always arguments, if only {})
            about = call.description or None
            editable = "edit" in call.allow
            proposed = call.proposed()
            parts.append(
                RequestPart(
                    name,
                    call.name,
                    call.shape.naming(proposed),
                    proposed,
                    True,
                    editable,
                    call.allow,
                    about,
                )
            )
        return tuple(parts)

    def assemble(
        self,
        action: str,
        values: Mapping[str, Any],
        decisions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Any:
        """Return what was decided about each call."""
        if action != DECIDE:
            return UNSET
        made = decisions or {}
        missing = [
            ((name,), "please decide about this call too")
            for name, _ in self._named()
            if not made.get(name, {}).get("action")
        ]
        if missing:
            raise InvalidAnswer("", missing)
        found = []
        for name, _ in self._named():
            reply: dict[str, Any] = dict(made[name])
            if reply["action"] in ("approve", "edit") and name in values:
                reply["args"] = values[name]
            found.append(reply)
        return found

    def bare(self, given: Any) -> dict[str, Any]:
        """Read a list of what is decided about each call, or one word for all."""
        if isinstance(given, (bool, str)):
            return {"action": DECIDE, "value": [given] * len(self.calls)}
        if isinstance(given, Sequence) and not hasattr(given, "_fields"):
            return {"action": DECIDE, "value": list(given)}
        raise invalid_part(
            why="a review of calls is answered with a list, one decision for each call"
        )

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check each decision."""
        del comment
        if action in ("escalate", "hold"):
            return action, None
        if action in ("approve", "reject") and value in (UNSET, None):
            value = [action] * len(self.calls)
        if not isinstance(value, list) or len(value) != len(self.calls):
            raise invalid_part(
                why=f"{len(self.calls)} calls are asked about, and each is to be decided"
            )
        wrong: list[Any] = []
        found = []
        for (name, call), reply in zip(self._named(), value, strict=True):
            try:
                found.append(call.normalize(reply))
            except InvalidAnswer as error:
                wrong += error.inside(name).errors
        if wrong:
            raise InvalidAnswer("", wrong)
        together = _together(found)
        if together == MIXED and self.quorum > 1:
            raise invalid_part(why="where several people have to approve, decide all calls alike")
        return together, found

    def typed(self, action: str, value: Any) -> Any:
        """Return what was decided about each call."""
        if action in ("escalate", "hold") or value is None:
            return value
        found, wrong = [], []
        for (name, call), stored in zip(self._named(), value, strict=True):
            try:
                found.append(call.typed(stored))
            except InvalidAnswer as error:
                wrong += error.inside(name).errors
        if wrong:
            raise InvalidAnswer("", wrong)
        return found

    def as_proposed(self) -> dict[str, Any] | None:
        """Make the calls that may be approved, if that is low in risk."""
        return {"action": DECIDE, "value": self._all("approve")} if self.risk == "low" else None

    def as_rejected(self) -> dict[str, Any]:
        """Make no call."""
        return {"action": "reject", "value": [{"action": "reject"} for _ in self.calls]}

    def as_approved(self) -> dict[str, Any]:
        """Make the calls that may be approved as they are."""
        return {"action": DECIDE, "value": self._all("approve")}

    def with_edit(self, value: Any) -> Self:
        """Return the request with the edited arguments."""
        calls = [
            dataclasses.replace(call, args=made.args)
            for call, made in zip(self.calls, value, strict=True)
        ]
        for call, before in zip(calls, self.calls, strict=True):
            object.__setattr__(call, "shape", before.shape)
        return self.with_(calls=tuple(calls))

    def value_schemas(self) -> dict[str, Any]:
        """Return that of a list with a decision for each call."""
        decisions = []
        definitions: dict[str, Any] = {}
        for name, call in self._named():
            assert call.shape is not None  # noqa: S101  (there are always arguments, if only {})
            args = refer(call.shape.schema, definitions, name)
            decisions.append(
                {
                    "type": "object",
                    "properties": {
                        "action": {"enum": list(call.allow)},
                        "args": args,
                        "message": TEXT,
                    },
                    "required": ["action"],
                }
            )
        number = len(decisions)
        value = {
            "type": "array", "prefixItems": decisions, "minItems": number, "maxItems": number,
        }  # fmt: skip
        schema = {**value, "$defs": definitions} if definitions else value
        return {name: schema if name == DECIDE else None for name in self.actions}

    def _named(self) -> list[tuple[str, ToolCall]]:
        return [(f"call-{number}", call) for number, call in enumerate(self.calls, 1)]

    def _all(self, action: str) -> list[dict[str, Any]]:
        return [{"action": action if action in call.allow else "reject"} for call in self.calls]


def _full(reply: Any) -> dict[str, Any]:
    """Read what was decided about one call."""
    if reply is True or reply is False:
        return {"action": "approve" if reply else "reject"}
    if isinstance(reply, str):
        return {"action": reply}
    if isinstance(reply, CallDecision):
        reply = reply._asdict()
        reply.pop("name")
        reply.pop("id")
    if not isinstance(reply, Mapping) or not isinstance(reply.get("action"), str):
        raise invalid_part(why=f"{reply!r:.60} is no decision about a call")
    unknown = set(reply) - {"action", "args", "message"}
    if unknown:
        raise invalid_part(
            why=f"a decision about a call has no {', '.join(sorted(map(repr, unknown)))}"
        )
    return dict(reply)


def _together(found: Sequence[Mapping[str, Any]]) -> str:
    actions = {reply["action"] for reply in found}
    return actions.pop() if len(actions) == 1 else MIXED


def _as_dict(args: Any) -> dict[str, Any]:
    """Return arguments as a tool takes them: by name."""
    if isinstance(args, dict):
        return args
    if dataclasses.is_dataclass(args):
        return {item.name: getattr(args, item.name) for item in dataclasses.fields(args)}
    return dict(args) if is_instance_of_model(args) else args


__all__ = ["CallDecision", "Shape", "ToolCall", "ToolReview"]
