"""Requests about something that is proposed, or to be filled in as a whole."""

from __future__ import annotations

import copy
import difflib
from dataclasses import field
from typing import Any, ClassVar, Literal, Self

from pydantic.dataclasses import dataclass

from hitl_nb.codec.json_equality import equal_json
from hitl_nb.errors import InvalidAnswer
from hitl_nb.json_schema.undeclared import forbidden_key
from hitl_nb.requests.base import CONFIG, TEXT, Request, RequestPart, invalid_part
from hitl_nb.requests.shape import Shape, is_instance_of_model, kept
from hitl_nb.types import UNSET

ApprovalAction = Literal["approve", "edit", "reject", "respond", "escalate"]


class Shaped:
    """Something with a value of some shape, whose type is remembered while the process lives."""

    shape: Shape | None

    def remember(self, value: str, schema: str) -> None:
        """Put value and schema in their plain forms and keep the type."""
        given, wanted = getattr(self, value), getattr(self, schema)
        found: Shape | None
        if wanted is None and given is not None and given is not UNSET:
            found = Shape.like(given)
        else:
            made = wanted is None or isinstance(wanted, Shape)
            found = wanted if made else Shape(wanted)
        # Also where only its JSON form is shown: what has none cannot be asked about.
        written = None if found is None or given is None else found.write(given)
        if found is not None and (wanted is not None or is_instance_of_model(given)):
            object.__setattr__(self, schema, found.schema)
            if given is not None:
                object.__setattr__(self, value, written)
        object.__setattr__(self, "shape", found)


def check_editable(before: Any, after: Any, editable: bool | tuple[str, ...], part: str) -> None:
    """Refuse an edit of what may not be changed."""
    if editable is True or equal_json(before, after):
        return
    if editable is False or not (isinstance(before, dict) and isinstance(after, dict)):
        raise invalid_part(part, why="this may not be changed")
    changed = [
        name
        for name in {**before, **after}
        if not equal_json(before.get(name, UNSET), after.get(name, UNSET))
    ]
    refused = [
        ((part, name), "this may not be changed") for name in changed if name not in editable
    ]
    if refused:
        raise InvalidAnswer("", refused)


class ProposalRequest(Shaped, Request):
    """A request about one value that is proposed."""

    schema: Any

    def proposed(self) -> Any:
        """Return the value in its JSON form."""
        raise NotImplementedError

    def with_(self, **changes: Any) -> Self:
        """Return this request with some fields changed; what its values are stays known."""
        new = super().with_(**changes)
        if "schema" not in changes and self.schema is not None:
            object.__setattr__(new, "shape", self.shape)
        return new

    def within(self, value: Any, part: str) -> Any:
        """Check a value of the part and return it in its JSON form."""
        assert self.shape is not None  # noqa: S101  (there is a value)
        try:
            return self.shape.normalize(value, self.proposed() if self.schema is None else UNSET)
        except InvalidAnswer as error:
            raise error.inside(part) from error

    def back(self, value: Any, original: Any, part: str) -> Any:
        """Return a stored value typed; what was not changed is just what it was."""
        assert self.shape is not None  # noqa: S101  (there is a value)
        before = self.proposed()
        if self.schema is None and equal_json(value, before):
            return copy.deepcopy(original)
        try:
            typed = self.shape.read(value)
        except InvalidAnswer as error:
            raise error.inside(part) from error
        return kept(original, before, value, typed) if self.schema is None else typed


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Approval(ProposalRequest):
    """Ask for approval of what is about to happen.

    Args:
        question: What is asked.
        draft: What will be done or sent: text, a dict, or an instance of a model.
        schema: The type or JSON Schema of the draft, where it says more than the draft itself.
        editable: Whether the draft, or which of its fields, may be changed.
        allow: What the reviewer may do. ``edit`` approves a changed draft, ``respond`` sends
            words back instead ("Ask back" in the form), ``escalate`` hands it up the `ladder`.

    The decision's value is the draft as approved, or True if there is none to approve; None if it
    was not approved. A rejection needs a reason. That, and the words of ``respond``, are the
    decision's comment.

    Example:
        >>> from hitl_nb import END, START, Command, InMemorySaver, StateGraph, interrupt
        >>> def ask(state):
        ...     decision = interrupt(Approval("Send it?", "We are sorry."))
        ...     return {"sent": decision.value if decision.approved else None}
        >>> graph = StateGraph().add_node(ask).add_edge(START, "ask").add_edge("ask", END)
        >>> app = graph.compile(InMemorySaver())
        >>> order = {"configurable": {"thread_id": "order-42"}}
        >>> app.invoke({}, order)["__interrupt__"][0].value.actions
        ('approve', 'edit', 'reject', 'respond')
        >>> app.invoke(Command(resume={"action": "edit", "value": "Sorry!"}), order)
        {'sent': 'Sorry!'}
    """

    kind: ClassVar[str] = "approval"
    data: ClassVar[frozenset[str]] = frozenset({"context", "draft", "schema"})
    question: str = "Approve?"
    draft: Any = None
    schema: Any = field(default=None, kw_only=True)
    editable: bool | tuple[str, ...] = field(default=True, kw_only=True)
    allow: tuple[ApprovalAction, ...] = field(
        default=("approve", "edit", "reject", "respond", "escalate"), kw_only=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.remember("draft", "schema")
        self._check_editable()
        # To hold decides nothing; what goes on, as after escalating, was checked when first asked.
        if not self.history and not set(self.actions) - {"hold"}:
            raise ValueError(
                f"allow={self.allow!r} leaves nothing to decide: editing takes a draft, escalating "
                f"a ladder."
            )

    def _check_editable(self) -> None:
        """Refuse names of fields that the draft does not have."""
        draft = self.proposed()
        edited = any(turn.action in ("edit", "proposed") for turn in self.history)
        if edited or not isinstance(self.editable, tuple) or not isinstance(draft, dict):
            return
        assert self.shape is not None  # noqa: S101  (there is a draft)
        known = [*draft, *(it for it in self.shape.schema.get("properties", ()) if it not in draft)]
        for name in self.editable:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise ValueError(
                    f"editable names {name!r}, which is no field of the draft.{hint} Fields: "
                    f"{', '.join(map(str, known))}."
                )

    @property
    def actions(self) -> tuple[str, ...]:
        """What may be decided; editing and escalating only where there is what for."""
        without = {"escalate"}
        if self.draft is None or not self.editable:
            without.add("edit")
        offered = self.offering(*(name for name in self.allow if name not in without))
        return tuple(name for name in offered if name != "escalate" or name in self.allow)

    def proposed(self) -> Any:
        """Return the draft in its JSON form."""
        return None if self.shape is None else self.shape.write(self.draft)

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the draft."""
        if self.shape is None or self.draft is None:
            return ()
        editable = self.editable if "edit" in self.allow else False
        proposed = self.proposed()
        shape = self.shape.naming(proposed)
        return (RequestPart("draft", "", shape, proposed, True, editable),)

    def bare(self, given: Any) -> dict[str, Any]:
        """Read True and False."""
        if given is True or given is False:
            return {"action": "approve" if given else "reject"}
        raise invalid_part(why=f"an approval is answered with one of {', '.join(self.actions)}")

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the draft, or the words of a response."""
        if action == "respond":
            words = comment if value in (UNSET, None) else value
            if not isinstance(words, str) or not words.strip():
                raise invalid_part("comment", why="a response needs words")
            if comment.strip() and words != comment:
                raise invalid_part("value", why="say the words of a response once, as the comment")
            return action, words
        if action not in ("approve", "edit"):
            return action, None
        if self.shape is None or self.draft is None:
            return action, None
        return self._normalize_draft(action, value)

    def _normalize_draft(self, action: str, value: Any) -> tuple[str, Any]:
        assert self.shape is not None  # noqa: S101  (there is a draft)
        before = self.proposed()
        if value is UNSET or value is None:
            if action == "edit":
                raise invalid_part("draft", why="an edit needs the edited draft")
            value = before
        after = self.within(value, "draft")
        canonical = self.shape.canonical(before)
        if equal_json(after, before) or equal_json(after, canonical):
            if "approve" not in self.allow:
                raise invalid_part("draft", why="this may only be approved with changes")
            return "approve", before
        if action == "approve":
            why = "approving means as it was shown; to approve it changed is 'edit'"
            raise invalid_part("draft", why=why)
        check_editable(canonical, after, self.editable, "draft")
        return "edit", after

    def typed(self, action: str, value: Any) -> Any:
        """Return the draft as approved; True if it was approved and there is none."""
        if action not in ("approve", "edit"):
            return None
        if self.shape is None or self.draft is None:
            return True
        return self.back(value, self.draft, "draft")

    def as_proposed(self) -> dict[str, Any] | None:
        """Approve the draft as it is, or what is low in risk."""
        low = self.risk == "low"
        return {"action": "approve"} if low or self.draft is not None else None

    def with_edit(self, value: Any) -> Self:
        """Return the request with the edited draft."""
        return self.with_(draft=value)

    def value_schemas(self) -> dict[str, Any]:
        """Return the draft's, and a text for a response."""
        draft = None if self.shape is None or self.draft is None else self.shape.schema
        by_action = {"approve": draft, "edit": draft, "respond": TEXT}
        return {name: by_action.get(name) for name in self.actions}


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Form(ProposalRequest):
    """Ask for a whole record.

    Args:
        schema: A pydantic model, dataclass, TypedDict, or JSON Schema.
        initial: What it holds at first: an instance, or a dict of some of its fields.

    The decision's value is an instance of the type; with a JSON Schema, plain data.

    Example:
        >>> from datetime import date
        >>> request = Form(dict[str, date], {"due": date(2026, 1, 2)})
        >>> request.initial
        {'due': '2026-01-02'}
    """

    kind: ClassVar[str] = "form"
    answered: ClassVar[bool] = True
    data: ClassVar[frozenset[str]] = frozenset({"context", "schema", "initial"})
    schema: Any
    initial: Any = None
    question: str = field(default="Please fill in", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.schema and not isinstance(self.schema, dict):
            raise ValueError("a form needs the type or JSON Schema of what is filled in")
        self.remember("initial", "schema")
        place = None if self.shape is None else forbidden_key(self.shape.schema, self.initial)
        if place is not None:
            raise ValueError(
                f"initial has {'.'.join(map(str, place))!r}, which the schema forbids, so nobody "
                f"could answer with it. Take it out, or let the schema name it."
            )

    @property
    def actions(self) -> tuple[str, ...]:
        """Answer, or hand it up."""
        return self.offering("answer")

    def proposed(self) -> Any:
        """Return what it holds at first."""
        return UNSET if self.initial is None else self.initial

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the record."""
        assert self.shape is not None  # noqa: S101  (a form has a schema)
        proposed = self.proposed()
        return (RequestPart("answer", "", self.shape.naming(proposed), proposed),)

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the record."""
        del comment
        if action != "answer":
            return action, None
        if value is UNSET:
            raise invalid_part("answer", why="please fill this in")
        return action, self.within(value, "answer")

    def typed(self, action: str, value: Any) -> Any:
        """Return an instance of the type."""
        return self.back(value, None, "answer") if action == "answer" else value

    def as_proposed(self) -> dict[str, Any] | None:
        """Answer what it holds at first, if that is enough."""
        if self.initial is None:
            return None
        try:
            return {"action": "answer", "value": self.within(self.initial, "answer")}
        except InvalidAnswer:
            return None

    def value_schemas(self) -> dict[str, Any]:
        """Return the record's."""
        assert self.shape is not None  # noqa: S101  (a form has a schema)
        return {name: self.shape.schema if name == "answer" else None for name in self.actions}


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Edit(ProposalRequest):
    """Ask to correct something: text or a structure.

    Args:
        value: What to correct.
        schema: Its type or JSON Schema, where it says more than the value itself.

    The decision's value is the corrected one; its action is ``edit`` if anything was changed and
    ``approve`` if not.

    Example:
        >>> Edit({"street": "Mian St", "number": 3}).parts()[0].proposed
        {'street': 'Mian St', 'number': 3}
    """

    kind: ClassVar[str] = "edit"
    data: ClassVar[frozenset[str]] = frozenset({"context", "schema", "value"})
    value: Any
    schema: Any = field(default=None, kw_only=True)
    question: str = field(default="Correct this if needed", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value is None:
            raise ValueError("there is nothing to correct")
        self.remember("value", "schema")

    @property
    def actions(self) -> tuple[str, ...]:
        """Approve it as it is, or edited, or hand it up."""
        return self.offering("approve", "edit")

    def proposed(self) -> Any:
        """Return the value in its JSON form."""
        assert self.shape is not None  # noqa: S101  (there is a value)
        return self.shape.write(self.value)

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the value."""
        assert self.shape is not None  # noqa: S101  (there is a value)
        return (RequestPart("draft", "", self.shape, self.proposed(), True),)

    def bare(self, given: Any) -> dict[str, Any]:
        """Read a corrected value."""
        return {"action": "edit", "value": given}

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the value and see whether it was changed."""
        del comment
        if action not in ("approve", "edit"):
            return action, None
        before = self.proposed()
        if value is UNSET and action == "edit":
            raise invalid_part("draft", why="an edit needs the edited value")
        after = self.within(before if value is UNSET else value, "draft")
        assert self.shape is not None  # noqa: S101  (there is a value)
        unchanged = equal_json(before, after) or equal_json(self.shape.canonical(before), after)
        return ("approve", before) if unchanged else ("edit", after)

    def typed(self, action: str, value: Any) -> Any:
        """Return the corrected value."""
        return self.back(value, self.value, "draft") if action in ("approve", "edit") else value

    def as_proposed(self) -> dict[str, Any] | None:
        """Approve it as it is."""
        return {"action": "approve"}

    def with_edit(self, value: Any) -> Self:
        """Return the request with the corrected value."""
        return self.with_(value=value)

    def value_schemas(self) -> dict[str, Any]:
        """Return the value's."""
        assert self.shape is not None  # noqa: S101  (there is a value)
        has_value = ("approve", "edit")
        return {name: self.shape.schema if name in has_value else None for name in self.actions}
