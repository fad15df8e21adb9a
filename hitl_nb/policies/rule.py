"""One rule of a policy: which actions it is about, and how far they may go."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

from hitl_nb.errors import HitlError, InvalidRule
from hitl_nb.policies.action import IDENTITIES, MODES, RISKS, Action, Known, Mode, one_of
from hitl_nb.policies.conditions import (
    Bounds,
    Condition,
    check_condition,
    check_operands,
    holds,
    implies,
    sign_and_rest,
    write,
)
from hitl_nb.requests.checked_arguments import CheckedArguments

ASKING: tuple[Mode, ...] = ("hard", "manual")
PASSING = ("approve", "default")
"""What a timeout may do that lets an action pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(metaclass=CheckedArguments):
    """Say how far some actions may go; every condition given has to hold.

    Conditions on values are written as data: ``"EUR"`` is that value, ``["EUR", "USD"]`` one of
    these, ``{">": 20, "<=": 500}`` a range, ``{"like": "*@example.com"}`` a pattern; also ``"=="``,
    ``"!="``, ``"in"`` and ``"not in"``.

    What cannot be told never lets an action pass: where risk, confidence or amount is not known, or
    an argument is not there or cannot be compared, a rule of mode ``hard`` or ``manual`` holds and
    one of mode ``auto`` or ``soft`` does not. The same goes for an amount below 0 where only an
    upper bound is given. A rule for some actions names them in ``action``.

    Args:
        mode: ``"auto"``, ``"soft"``, ``"hard"`` or ``"manual"``. It may be the only positional
            argument.
        action: Its name, a pattern such as ``"delete_*"``, or several.
        args: Conditions by argument, or a function of all arguments.
        risk: A risk, several, or a range such as ``{">=": "high"}``.
        confidence: A range.
        amount: A range.
        tags: Words, of which the action must have one.
        role: Who is to be asked.
        timeout: Seconds the question waits.
        on_timeout: What happens then; by default what its gate says.
        approvers: How many people have to approve.
        identity: ``"named"`` or ``"verified"`` if whoever answers has to be.
        reason: Why, for the reader.

    Raises:
        InvalidRule: If a parameter, mode, risk or comparison does not exist, or settings
            contradict each other.

    Example:
        >>> Rule("soft", action="refund", amount={"<=": 500}, reason="small change")
        Rule(action is 'refund', amount ≤ 500 → soft: small change)
    """

    refusal: ClassVar[type[HitlError]] = InvalidRule
    mode: Mode = dataclasses.field(kw_only=False)
    action: str | Sequence[str] | None = None
    args: Mapping[str, Condition] | Callable[[Mapping[str, Any]], bool] | None = None
    risk: str | Sequence[str] | Mapping[str, Any] | None = None
    confidence: Condition = None
    amount: Condition = None
    tags: Sequence[str] = ()
    role: str | None = None
    timeout: float | None = None
    on_timeout: Literal["reject", "approve", "escalate", "default"] | None = None
    approvers: int = 1
    identity: Known = None
    reason: str = ""

    def __post_init__(self) -> None:
        one_of("mode", self.mode, MODES)
        if self.approvers < 1:
            raise ValueError(f"approvers={self.approvers} has to be at least 1.")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"timeout={self.timeout} has to be more than 0 seconds.")
        if self.approvers > 1 and self.mode not in ASKING:
            raise ValueError(
                f"approvers={self.approvers} has no meaning with mode={self.mode!r}, which goes "
                f"on without any. Use 'hard'."
            )
        if self.identity is not None:
            one_of("identity", self.identity, [it for it in IDENTITIES if it])
        if self.identity is not None and self.mode not in ASKING:
            raise ValueError(
                f"identity={self.identity!r} has no meaning with mode={self.mode!r}, which goes "
                f"on without anybody. Use 'hard'."
            )
        if self.mode == "manual" and self.on_timeout in PASSING:
            raise ValueError(
                f"on_timeout={self.on_timeout!r} would let pass what is to be typed by hand. Use "
                f"'reject' or 'escalate', or another mode."
            )
        if isinstance(self.tags, str):
            object.__setattr__(self, "tags", (self.tags,))
        for subject, condition in self._conditions():
            _check(subject, condition)

    def applies(self, action: Action) -> bool:
        """Whether the rule is about an action."""
        return all(
            found or (found is None and self.mode in ASKING) for _, found in self.examine(action)
        )

    def examine(self, action: Action) -> Iterator[tuple[str, bool | None]]:
        """Yield each condition in words, and whether it holds; None if that cannot be told."""
        for subject, condition in self._conditions():
            yield _in_words(subject, condition), _holds(subject, condition, action)

    def covers(self, later: Rule) -> bool:
        """Whether this rule decides all that a later one is about, so that it is never reached."""
        narrow = dict(later._conditions())
        return all(
            subject in narrow and _implies(subject, narrow[subject], wide)
            for subject, wide in self._conditions()
        )

    def to_dict(self, *, functions: bool = False) -> dict[str, Any]:
        """Return the rule as plain data.

        Args:
            functions: Whether to put a function's name for the function, which only serves to
                tell rules apart.

        Raises:
            ValueError: If one of its conditions is a function.
        """
        said: dict[str, Any] = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name == "mode" or value != item.default:
                said[item.name] = list(value) if isinstance(value, tuple) else value
        for subject, condition in self._conditions():
            if not callable(condition):
                continue
            if not functions:
                raise ValueError(
                    f"{self!r} cannot be kept as data, because its condition on {subject} is a "
                    f"function. Write it as a comparison, such as {{'<=': 100}}."
                )
            if subject.startswith("args."):
                said["args"] = {**said["args"], subject.removeprefix("args."): write(condition)}
            else:
                said[subject] = write(condition)
        return said

    def __repr__(self) -> str:
        listed = ", ".join(_in_words(*item) for item in self._conditions()) or "everything"
        asked = f", {self.approvers} approvers" if self.approvers > 1 else ""
        asked += f", asks {self.role}" if self.role else ""
        asked += f", {self.identity}" if self.identity else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"Rule({listed} → {self.mode}{asked}{reason})"

    def _conditions(self) -> Iterator[tuple[str, Condition]]:
        """Yield what has to hold, by what it is about."""
        if self.action is not None:
            yield "action", self.action
        if callable(self.args):
            yield "args", self.args
        else:
            for name, condition in (self.args or {}).items():
                yield f"args.{name}", condition
        for name in ("risk", "confidence", "amount"):
            if getattr(self, name) is not None:
                yield name, getattr(self, name)
        if self.tags != ():
            yield "tags", self.tags


def _check(subject: str, condition: Condition) -> None:
    """Refuse a condition that can never hold for what it is about.

    Raises:
        ValueError: Saying why.
    """
    match subject:
        case "args":
            return
        case "action" | "tags":
            words = _words(condition)
            if not words or (subject == "action" and "" in words):
                raise ValueError(f"{subject}={condition!r} is empty, which holds for nothing.")
            if not all(isinstance(word, str) for word in words):
                raise ValueError(f"{subject}={condition!r} can never hold: it takes texts.")
        case "risk":
            _check_risk(condition)
        case _:
            check_condition(condition, subject, _BOUNDS.get(subject))


def _check_risk(condition: Condition) -> None:
    for word in _words(condition):
        sign, rest = (sign_and_rest(word) if isinstance(word, str) else None) or ("", "")
        if rest in RISKS:
            raise ValueError(f"risk={word!r} is a text: write {{{sign!r}: {rest!r}}}.")
        one_of("risk", word, RISKS)
    check_operands(condition, "risk")
    ranks = range(len(RISKS))
    if not callable(condition) and not any(holds(_ranked(condition), rank) for rank in ranks):
        raise ValueError(f"risk={condition!r} holds for nothing.")


_BOUNDS: Mapping[str, Bounds] = {
    "confidence": (0, 1),
    "amount": (float("-inf"), float("inf")),
}


def _holds(subject: str, condition: Condition, action: Action) -> bool | None:
    name = subject.removeprefix("args.")
    match subject:
        case "action":
            found: bool | None = any(fnmatchcase(action.name, one) for one in _words(condition))
        case "args":
            found = bool(condition(action.args))
        case "tags":
            found = not set(condition).isdisjoint(action.tags)
        case "risk" if action.risk is not None:
            found = holds(_ranked(condition), RISKS.index(action.risk))
        case "risk" | "confidence" | "amount":
            value = getattr(action, subject)
            known = value is not None and not (subject == "amount" and _backwards(condition, value))
            found = holds(condition, value) if known else None
        case _:
            found = holds(condition, action.args[name]) if name in action.args else None
    return found


def _backwards(condition: Condition, amount: Any) -> bool:
    """Whether an amount is less than nothing, which who wrote only "at most" did not think of."""
    upper_only = isinstance(condition, Mapping) and set(condition) <= {"<", "<="}
    return upper_only and amount < 0


def _implies(subject: str, narrow: Condition, wide: Condition) -> bool:
    if subject == "tags":
        return set(narrow) <= set(wide)
    if subject == "risk":
        return implies(_ranked(narrow), _ranked(wide))
    if subject == "action":
        return all(
            any(name == pattern or (not _is_pattern(name) and fnmatchcase(name, pattern))
                or pattern == "*" for pattern in _words(wide))
            for name in _words(narrow)
        )  # fmt: skip
    return implies(narrow, wide)


def _ranked(condition: Any) -> Any:
    """Return a condition on risks as one on their places, since words have another order."""
    if isinstance(condition, str):
        return RISKS.index(condition)
    if isinstance(condition, Mapping):
        return {name: _ranked(word) for name, word in condition.items()}
    return condition if callable(condition) else [_ranked(word) for word in condition]


def _words(given: Any) -> list[Any]:
    if callable(given):
        return []
    if isinstance(given, Mapping):
        return [word for item in given.values() for word in _words(item)]
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _in_words(subject: str, condition: Condition) -> str:
    if subject in ("action", "tags"):
        condition = condition if isinstance(condition, str) or len(condition) > 1 else condition[0]
    return f"{subject.removeprefix('args.')} {write(condition)}"


def _is_pattern(name: str) -> bool:
    return any(character in name for character in "*?[")
