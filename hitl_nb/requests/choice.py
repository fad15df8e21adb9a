"""Requests for an answer: one of several, words, a yes, a score."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.errors import InvalidAnswer
from hitl_nb.json_schema.limits import check_options
from hitl_nb.requests.base import CONFIG, TEXT, Request, RequestPart, invalid_part
from hitl_nb.requests.decision import Rating
from hitl_nb.requests.shape import Shape
from hitl_nb.types import UNSET

Level = Literal["info", "confirm", "verify"]
_NO_LIST = "several may be chosen, so this has to be a list"


class Option(NamedTuple):
    """An answer to choose.

    Args:
        value: What choosing it answers.
        label: What the form calls it.
        detail: A line on what it means.
    """

    value: Any
    label: str
    detail: str = ""

    def payload(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = {"value": self.value, "label": self.label, "detail": self.detail}
        return said if self.detail else {"value": self.value, "label": self.label}


def _options(given: Any) -> Any:
    if isinstance(given, (Mapping, Sequence)) and not isinstance(given, str):
        check_options(given)
    if isinstance(given, Mapping):
        return tuple(Option(value, str(label)) for value, label in given.items())
    if isinstance(given, Sequence) and not isinstance(given, str):
        return tuple(_option(item) for item in given)
    return given


def _option(item: Any) -> Option:
    if isinstance(item, Option):
        return item
    if isinstance(item, Mapping) and "value" in item:
        return Option(item["value"], str(item.get("label", item["value"])), item.get("detail", ""))
    return Option(item, item if isinstance(item, str) else str(item))


if TYPE_CHECKING:
    Options = Any  # a list, a dict …: what is read, not what is kept
else:
    Options = Annotated[tuple[Any, ...], BeforeValidator(_options), Field(min_length=1)]


class AnswerRequest(Request):
    """A request whose answer is neither approved nor rejected."""

    answered: ClassVar[bool] = True

    @property
    def actions(self) -> tuple[str, ...]:
        """Answer, or hand it up."""
        return self.offering("answer")

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the answer."""
        del comment
        if action != "answer":
            return action, None
        if value is UNSET or value is None:
            raise invalid_part("answer", why="please answer this")
        return action, self.within(value)

    def within(self, value: Any) -> Any:
        """Check an answer and return its stored form."""
        raise NotImplementedError

    def value_schema(self) -> Any:
        """Return the JSON Schema of the answer."""
        raise NotImplementedError

    def value_schemas(self) -> dict[str, Any]:
        """Return the answer's."""
        return {name: self.value_schema() if name == "answer" else None for name in self.actions}


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Choice(AnswerRequest):
    """Ask to choose.

    Args:
        question: What is asked.
        options: What to choose from: values, `Option`s, or ``{value: label}``.
        multiple: Whether several may be chosen, at least one; the value is then a list in the
            options' order. If it may be none, give an option that says so.
        other: Whether an answer in one's own words is possible.

    The decision's value is the option's, a list of them with ``multiple``, or the words.

    Example:
        >>> request = Choice("Who takes it?", {"billing": "Billing", "tech": "Technical"})
        >>> request.options[0]
        Option(value='billing', label='Billing', detail='')
    """

    kind: ClassVar[str] = "choice"
    options: Options = field(default=())
    multiple: bool = field(default=False, kw_only=True)
    other: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.options:
            raise ValueError("there is nothing to choose from: options should have at least 1 item")

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the choice, an option's place in the list, and one's own words."""
        choices = [
            {"const": place, "title": option.label}
            | ({"description": option.detail} if option.detail else {})
            for place, option in enumerate(self.options)
        ]
        schema: dict[str, Any] = {"oneOf": choices}
        if self.multiple:
            schema = {"type": "array", "items": schema, "uniqueItems": True}
            schema |= {} if self.other else {"minItems": 1}  # words alone are an answer too
        part = RequestPart("answer", "", Shape(schema))
        return (part, RequestPart("other", "other", Shape(TEXT))) if self.other else (part,)

    def assemble(
        self,
        action: str,
        values: Mapping[str, Any],
        decisions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Any:
        """Return the chosen options' values, and what was written."""
        del decisions
        if action != "answer":
            return UNSET
        chosen, other = values.get("answer", UNSET), values.get("other", "")
        written = other if isinstance(other, str) and other.strip() else None
        if self.multiple:
            places = [] if chosen in (UNSET, None) else chosen
            if not isinstance(places, list):
                raise invalid_part("answer", why=_NO_LIST)
            return [self._at(place) for place in places] + ([written] if written else [])
        if written is not None:
            if chosen not in (UNSET, None):
                raise invalid_part("other", why="choose an option or write an answer, not both")
            return written
        if chosen is UNSET or chosen is None:
            raise invalid_part("answer", why="please choose one")
        return self._at(chosen)

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the choice; None is one only where an option says so."""
        if action == "answer" and value is None and any(it.value is None for it in self.options):
            return action, value
        return super().normalize(action, value, comment)

    def within(self, value: Any) -> Any:
        """Find the options that were chosen."""
        if not self.multiple:
            place = self._place(value)
            return value if place is None else self.options[place].value
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise invalid_part("answer", why=_NO_LIST)
        if not value:
            raise invalid_part("answer", why="please choose at least one")
        found = [(self._place(item), item) for item in value]
        places = sorted({place for place, _ in found if place is not None})
        words = [item for place, item in found if place is None]
        return [self.options[place].value for place in places] + list(dict.fromkeys(words))

    def value_schema(self) -> Any:
        """Return one of the options where JSON can name them."""
        values = [option.value for option in self.options]
        plain = all(type(value) in (str, int, float, bool, type(None)) for value in values)
        one: dict[str, Any] = {"enum": values} if plain and not self.other else {}
        return {"type": "array", "items": one, "minItems": 1} if self.multiple else one

    def _at(self, place: Any) -> Any:
        if type(place) is not int or not 0 <= place < len(self.options):
            raise invalid_part("answer", why=f"there is no option {place!r}")
        return self.options[place].value

    def _place(self, value: Any) -> int | None:
        """Return the place of the option with this value, or else this label."""
        for place, option in enumerate(self.options):
            if equal_with_types(option.value, value):
                return place
        labels = [option.label for option in self.options]
        if isinstance(value, str) and labels.count(value) == 1:
            return labels.index(value)
        if self.other and isinstance(value, str) and value.strip():
            return None
        folded = {label.casefold(): label for label in labels}
        near = difflib.get_close_matches(str(value).casefold(), folded, n=1)
        hint = f" (did you mean {folded[near[0]]!r}?)" if near else ""
        raise invalid_part(
            "answer",
            why=f"{value!r:.60} is none of the options{hint}: {', '.join(map(repr, labels))}",
        )


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Ask(AnswerRequest):
    """Ask for words: a clarification, a fact, an opinion.

    Args:
        question: What is asked.
        guess: The best guess so far, which ``clarify`` goes on with after its time.

    The decision's value is the words.

    Example:
        >>> Ask("Which order?", guess="42", gate="clarify", timeout=300)
        Ask(question='Which order?', timeout=300.0, gate='clarify', guess='42')
    """

    kind: ClassVar[str] = "ask"
    guess: str | None = None

    def parts(self) -> tuple[RequestPart, ...]:
        """Return the answer, which begins as the guess."""
        proposed = UNSET if self.guess is None else self.guess
        return (RequestPart("answer", "answer", Shape(TEXT), proposed),)

    def within(self, value: Any) -> Any:
        """Check that there are words."""
        if not isinstance(value, str) or not value.strip():
            raise invalid_part("answer", why="please answer in words")
        return value

    def as_proposed(self) -> dict[str, Any] | None:
        """Answer with the best guess."""
        return {"action": "answer", "value": self.guess} if self.guess else None

    def value_schema(self) -> Any:
        """Return a text's."""
        return TEXT


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Confirm(Request):
    """Ask to confirm; or, as ``info``, only say.

    Args:
        question: What is about to happen.
        level: ``"info"`` notifies and goes on, ``"confirm"`` waits, ``"verify"`` wants `phrase`
            typed exactly.
        phrase: What has to be typed.

    The decision's value is True if it was confirmed, else None.

    Example:
        >>> Confirm("Delete all orders?", "verify", "delete all").actions
        ('approve', 'reject')
    """

    kind: ClassVar[str] = "confirm"
    level: Level = "confirm"
    phrase: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.level == "verify") != bool(self.phrase):
            raise ValueError("level='verify' needs a phrase to type, and only it takes one")

    @property
    def actions(self) -> tuple[str, ...]:
        """Approve or reject; an ``info`` is only seen."""
        return ("approve",) if self.level == "info" else self.offering("approve", "reject")

    def assemble(
        self,
        action: str,
        values: Mapping[str, Any],
        decisions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Any:
        """Return what was typed as the phrase."""
        del decisions
        return values.get("phrase", UNSET) if action == "approve" and self.phrase else UNSET

    def bare(self, given: Any) -> dict[str, Any]:
        """Read True, False, and the phrase itself."""
        if given is True or given is False:
            return {"action": "approve" if given else "reject"}
        if self.phrase is not None and isinstance(given, str):
            return {"action": "approve", "value": given}
        raise invalid_part(why=f"a confirmation is answered with one of {', '.join(self.actions)}")

    def normalize(self, action: str, value: Any, comment: str) -> tuple[str, Any]:
        """Check the phrase."""
        del comment
        if action != "approve" or self.phrase is None:
            return action, None
        if value != self.phrase:
            raise invalid_part("phrase", why=f"type {self.phrase!r} exactly")
        return action, value

    def typed(self, action: str, value: Any) -> Any:
        """Return True if it was confirmed."""
        del value
        return True if action == "approve" else None

    def as_proposed(self) -> dict[str, Any] | None:
        """Go on with what is low in risk."""
        return {"action": "approve"} if self.risk == "low" else None

    def value_schemas(self) -> dict[str, Any]:
        """Return the phrase's."""
        phrase = None if self.phrase is None else {"const": self.phrase}
        return {name: phrase if name == "approve" else None for name in self.actions}


@dataclass(frozen=True, eq=False, repr=False, config=CONFIG)
class Feedback(AnswerRequest):
    """Ask what a person makes of an output.

    Args:
        output: What it is about.
        low: The worst score.
        high: The best score.
        types: Kinds of feedback to choose from, such as ``("wrong", "unclear", "good")``.

    The decision's value is a `Rating`; words are its comment.

    Example:
        >>> Feedback("Dear Ana, ...", types=("wrong", "unclear", "good")).actions
        ('answer',)
    """

    kind: ClassVar[str] = "feedback"
    data: ClassVar[frozenset[str]] = frozenset({"context", "output"})
    output: Any
    low: int = field(default=1, kw_only=True)
    high: int = field(default=5, kw_only=True)
    types: tuple[str, ...] = field(default=(), kw_only=True)
    question: str = field(default="How good is this?", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise ValueError(f"low={self.low} has to be less than high={self.high}")

    def parts(self) -> tuple[RequestPart, ...]:
        """Return score and type."""
        return (RequestPart("answer", "", Shape(self.value_schema())),)

    def within(self, value: Any) -> Any:
        """Read a score, or a score and a type."""
        if isinstance(value, Rating):
            value = value._asdict()
        elif type(value) is int:
            value = {"score": value}
        if isinstance(value, dict) and value.get("type", UNSET) is None:
            value = {"score": value.get("score")}
        try:
            Shape(self.value_schema()).check(value)
        except InvalidAnswer as error:
            raise error.inside("answer") from error
        return {"score": int(value["score"]), "type": value.get("type")}

    def typed(self, action: str, value: Any) -> Any:
        """Return the rating."""
        return Rating(value["score"], value["type"]) if action == "answer" else value

    def value_schema(self) -> Any:
        """Return that of an object with a score, and a type if there are some."""
        score = {"type": "integer", "minimum": self.low, "maximum": self.high, "title": "Score"}
        properties: dict[str, Any] = {"score": score}
        if self.types:
            properties["type"] = {"enum": list(self.types), "title": "Type"}
        return {
            "type": "object",
            "properties": properties,
            "required": ["score"],
            "additionalProperties": False,
        }
