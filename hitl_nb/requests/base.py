"""What all typed questions share: what is shown, who may answer, until when, and what then."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from hitl_nb.codec import UnstorableValue, digest
from hitl_nb.errors import InvalidAnswer
from hitl_nb.marked_text.identity import identity_of
from hitl_nb.requests.checked_arguments import CheckedArguments
from hitl_nb.requests.decision import APPROVING
from hitl_nb.requests.decision import Turn as Turn  # noqa: PLC0414  (part of every request)
from hitl_nb.requests.identity import Named
from hitl_nb.requests.shape import Shape
from hitl_nb.types import UNSET, TypedQuestion

Gate = Literal["hard", "soft", "review", "clarify"]
"""``hard`` waits and rejects after its time; ``soft`` shows what will happen and goes on after its
time unless held; ``review`` waits in the inbox; ``clarify`` goes on with the best guess."""
OnTimeout = Literal["reject", "approve", "escalate", "default"]
Risk = Literal["low", "medium", "high", "critical"]
AFTER_TIME: Mapping[Gate, OnTimeout] = {
    "hard": "reject", "soft": "approve", "review": "reject", "clarify": "default",
}  # fmt: skip
TEXT = {"type": "string"}
LONGEST = 100 * 365 * 24 * 3600
"""Seconds a request may wait: what is longer has no date at its end."""
CONFIG = ConfigDict(arbitrary_types_allowed=True, extra="forbid")


def seconds_of(value: Any) -> Any:
    """Return a timedelta in seconds, and anything else as it is."""
    return value.total_seconds() if isinstance(value, timedelta) else value


if TYPE_CHECKING:
    Words = Sequence[str]
    Seconds = float | timedelta | None
else:  # what is kept is plainer than what may be given
    Words = tuple[str, ...]
    Seconds = Annotated[
        Annotated[float, Field(gt=0, le=LONGEST)] | None, BeforeValidator(seconds_of)
    ]


class RequestPart(NamedTuple):
    """One value a reviewer may fill in or edit.

    Args:
        name: What the reply calls it.
        label: What the form calls it; empty if it is all there is.
        shape: The values it takes.
        proposed: What it holds at first, in its JSON form; UNSET if nothing is proposed.
        compare: Whether an edit is shown as its difference from what was proposed.
        editable: Whether it, or which of its fields, may be changed.
        actions: What may be decided about this part alone.
        about: What it is about, for the reader.
    """

    name: str
    label: str
    shape: Shape
    proposed: Any = UNSET
    compare: bool = False
    editable: bool | tuple[str, ...] = True
    actions: tuple[str, ...] = ()
    about: Any = None


@dataclass(frozen=True, config=CONFIG)
class Source(metaclass=CheckedArguments):
    """A piece of evidence with its origin.

    Args:
        title: What it is.
        text: What it says.
        url: Where it is from, shown as text.
    """

    title: str
    text: str = ""
    url: str | None = None


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Request(TypedQuestion, metaclass=CheckedArguments):
    """A typed question. Use one of its kinds, such as `Approval` or `Choice`.

    Args:
        question: What is asked, in a line.
        context: The evidence: text, a dict, a DataFrame, or a list of `Source`s.
        risk: How much is at stake.
        confidence: How sure the asking agent is, 0 to 1.
        role: Who should answer, such as ``"support"`` or ``"manager"``.
        tags: Words to find it by.
        timeout: Seconds, or a timedelta, after which it answers itself.
        on_timeout: What it then answers; by default what its gate says.
        gate: How it waits.
        approvers: How many different people have to approve.
        requester: Who asks for it, and so may not approve it.
        delegates: Who stands in for whom, ``{delegate: grantor}``: the two count as one person.
        identity: ``"named"`` if whoever answers has to say who they are, ``"verified"`` if a
            `Verifier` has to vouch for it.
        ladder: Roles it is escalated to, the next one first.
        history: The hands it went through before.
    """

    kind: ClassVar[str] = "request"
    answered: ClassVar[bool] = False
    """Whether it is answered, and neither approved nor rejected."""
    data: ClassVar[frozenset[str]] = frozenset({"context"})
    """Fields that hold the program's own values, which are shown and stored as they are."""
    question: str
    context: Any = field(default=None, kw_only=True)
    risk: Risk | None = field(default=None, kw_only=True)
    confidence: Annotated[float, Field(ge=0, le=1)] | None = field(default=None, kw_only=True)
    role: str | None = field(default=None, kw_only=True)
    tags: Words = field(default=(), kw_only=True)
    timeout: Seconds = field(default=None, kw_only=True)
    on_timeout: OnTimeout | None = field(default=None, kw_only=True)
    gate: Gate = field(default="hard", kw_only=True)
    approvers: Annotated[int, Field(ge=1)] = field(default=1, kw_only=True)
    requester: str | None = field(default=None, kw_only=True)
    delegates: dict[str, str] = field(default_factory=dict, kw_only=True)
    identity: Named | None = field(default=None, kw_only=True)
    ladder: Words = field(default=(), kw_only=True)
    history: tuple[Turn, ...] = field(default=(), kw_only=True)

    def __init_subclass__(cls) -> None:
        """List in the docstring of each kind what all of them take."""
        own, shared = (inspect.cleandoc(doc or "") for doc in (cls.__doc__, Request.__doc__))
        common = shared.partition("Args:\n")[2]
        head, found, rest = own.partition("Args:\n")
        if found:
            ours, gap, after = rest.partition("\n\n")
            if ours.lstrip().startswith("question:"):
                common = common.partition("\n")[2]
            cls.__doc__ = f"{head}{found}{ours}\n{common}{gap}{after}"

    def __post_init__(self) -> None:
        if self.answered and self.approvers > 1:
            raise ValueError(
                f"approvers={self.approvers} has no meaning for a question that is answered, not "
                f"approved. Ask each person, or use Approval."
            )
        if self.on_timeout is not None and self.timeout is None:
            raise ValueError(
                f"on_timeout={self.on_timeout!r} has no effect without a time. Give timeout= too, "
                f"or leave it out."
            )
        after = self.on_timeout or AFTER_TIME[self.gate]
        people = f"approvers={self.approvers}" if self.approvers > 1 else ""
        people = people or (f"identity={self.identity!r}" if self.identity else "")
        if people and self.timeout is not None and after in ("approve", "default"):
            raise ValueError(
                f"{people} asks for people, and after its time this would go on without them. "
                f"Give on_timeout='reject' or 'escalate'."
            )
        for name in (self.requester, *self.delegates, *self.delegates.values()):
            if name is not None and not identity_of(name):
                raise ValueError(f"requester and delegates name somebody, and {name!r} nobody.")

    @property
    def actions(self) -> tuple[str, ...]:
        """What may be decided, in the order the form offers it."""
        raise NotImplementedError

    @property
    def approvals(self) -> list[Turn]:
        """Who approved what is shown now: an edit begins anew."""
        found: list[Turn] = []
        for turn in self.history:
            if turn.action == "edit":
                found = [turn]
            elif turn.action in APPROVING:
                found.append(turn)
        return found

    @property
    def needs_name(self) -> bool:
        """Whether it matters who approves, or who answers at all."""
        return self.quorum > 1 or self.requester is not None or self.identity is not None

    @property
    def quorum(self) -> int:
        """How many people have to approve in all, those who did among them."""
        return self.approvers + len(self.approvals)

    def offering(self, *own: str) -> tuple[str, ...]:
        """Return a kind's own actions and those its ladder and its gate add."""
        more = ("escalate",) if self.ladder and "escalate" not in own else ()
        hold = ("hold",) if self.gate == "soft" and self.timeout is not None else ()
        return (*own, *more, *hold)

    def parts(self) -> tuple[RequestPart, ...]:
        """What a reviewer may fill in or edit."""
        return ()

    def proposals(self) -> dict[str, Any]:
        """Return what is proposed, by part and in its JSON form."""
        return {part.name: part.proposed for part in self.parts() if part.proposed is not UNSET}

    def assemble(
        self,
        action: str,
        values: Mapping[str, Any],
        decisions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Any:
        """Put a reply's value together from what a form holds; the inverse of `parts`.

        Args:
            action: What was decided.
            values: By part, its value in its JSON form; absent where nothing was filled in. A
                `Confirm` takes what was typed as ``"phrase"``.
            decisions: By part, ``{"action": ..., "message": ...}`` where parts have their own.

        Returns:
            The value of a full reply; UNSET if it has none.

        Raises:
            InvalidAnswer: If the values do not go together; names the part.
        """
        del decisions
        if self.answered:
            return values.get("answer", UNSET) if action == "answer" else UNSET
        return values.get("draft", UNSET) if action in ("approve", "edit") else UNSET

    def bare(self, given: Any) -> dict[str, Any]:
        """Return the full reply that a shorthand stands for.

        Raises:
            InvalidAnswer: If it stands for none.
        """
        return {"action": "answer", "value": given}

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check a reply, and return its action and value in their stored form.

        Raises:
            InvalidAnswer: Naming each part and what is wrong with it.
        """
        raise NotImplementedError

    def typed(self, action: str, value: Any) -> Any:
        """Return a stored value as the decision has it.

        Raises:
            InvalidAnswer: If the type refuses it.
        """
        del action
        return value

    def as_proposed(self) -> dict[str, Any] | None:
        """Return the reply that goes on with what was proposed; None if nothing was."""
        return None

    def as_rejected(self) -> dict[str, Any]:
        """Return the reply that goes no further."""
        return {"action": "reject"}

    def with_edit(self, value: Any) -> Self:
        """Return this request about what a reviewer made of it."""
        del value
        return self

    def value_schemas(self) -> dict[str, Any]:
        """Return the JSON Schema of the reply's value by action; None for one without a value."""
        return dict.fromkeys(self.actions)

    def reply_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a full reply: action, value and comment."""
        definitions: dict[str, Any] = {}
        branches: list[dict[str, Any]] = []
        by_value: dict[int, list[str]] = {}
        for action, schema in self.value_schemas().items():
            if id(schema) in by_value:
                by_value[id(schema)].append(action)
                continue
            by_value[id(schema)] = alike = [action]
            properties: dict[str, Any] = {"action": {"enum": alike}}
            if schema is not None:
                properties["value"] = refer(schema, definitions, action)
            properties["comment"] = TEXT
            branches.append({"type": "object", "properties": properties, "required": ["action"]})
        found = {"oneOf": branches} if len(branches) > 1 else branches[0]
        return {**found, "$defs": definitions} if definitions else found

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of such a request as it is stored; `restore` reads it."""
        from pydantic import TypeAdapter

        schema: dict[str, Any] = TypeAdapter(cls).json_schema()
        schema["properties"] = {"request": {"const": cls.kind}, **schema["properties"]}
        schema["required"] = ["request", *schema.get("required", ())]
        return schema

    def payload(self) -> dict[str, Any]:
        """Return exactly what is shown, as plain data; `restore` makes a request of it again.

        What is as usual is left out.
        """
        shown: dict[str, Any] = {"request": self.kind}
        for item, value in self._unusual():
            if item.name in self.data:
                shown[item.name] = value
            else:
                shown[item.name] = as_data(value)
        if _are_sources(self.context):
            shown["sources"] = [as_data(item) for item in shown.pop("context")]
        return shown

    def with_(self, **changes: Any) -> Self:
        """Return this request with some fields changed."""
        return dataclasses.replace(self, **changes)

    def _unusual(self) -> list[tuple[Any, Any]]:
        """Return the fields that have to be said, with their values."""
        found = []
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            usual = item.default
            if item.default_factory is not dataclasses.MISSING:
                usual = item.default_factory()
            if item.name == "question" or type(value) is not type(usual) or value != usual:
                found.append((item, value))
        return found

    def __repr__(self) -> str:
        said = ", ".join(f"{item.name}={value!r}" for item, value in self._unusual())
        return f"{type(self).__name__}({said})"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Request)  # noqa: S101  (of the same kind)
        try:
            return digest(self.payload()) == digest(other.payload())
        except UnstorableValue:
            return False

    def __hash__(self) -> int:
        return hash((self.kind, self.question))


def as_data(value: Any) -> Any:
    """Return our own small records as plain data, without what is as usual."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [as_data(item) for item in value]
    if isinstance(value, (Turn, Source)):
        fields = dataclasses.fields(value)
        return {
            item.name: part
            for item in fields
            if (part := getattr(value, item.name)) != item.default
        }
    return value.payload() if hasattr(value, "payload") else value


def refer(schema: Any, definitions: dict[str, Any], name: str) -> Any:
    """Put a schema among the definitions of another, where its own references hold."""
    if "$ref" not in str(schema):
        return schema
    definitions[name] = _moved(schema, f"#/$defs/{name}")
    return {"$ref": f"#/$defs/{name}"}


def _moved(schema: Any, to: str) -> Any:
    if isinstance(schema, list):
        return [_moved(item, to) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: to + value[1:]
        if key == "$ref" and isinstance(value, str) and value.startswith("#")
        else _moved(value, to)
        for key, value in schema.items()
    }


def invalid_part(*path: str | int, why: str) -> InvalidAnswer:
    """Compose the error for one field of a reply."""
    return InvalidAnswer("", [(path, why)])


def _are_sources(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(item, Source) for item in value)
    )
