"""Answer in a terminal: the same requests as in a notebook, one field after the other."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from dataclasses import replace
from getpass import getpass
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.errors import AnswerError, InvalidAnswer
from hitl_nb.forms import describe, read_options
from hitl_nb.forms.buttons import actions_of, call_actions_of
from hitl_nb.forms.notation import masked
from hitl_nb.forms.question_request import request_of_question
from hitl_nb.messages import ActionView
from hitl_nb.reviewers.prompts import Path, Prompts
from hitl_nb.reviewers.protocol import PASS, answers_by, check_reviewer
from hitl_nb.reviewers.terminal_text import (
    clean,
    line_of,
    lines_of_difference,
    lines_of_form,
    lines_of_items,
    lines_of_value,
)
from hitl_nb.types import UNSET, Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request, RequestPart

LEFT_OPEN = "Left open."
_FILLING = ("edit", "answer", "decide")
"""Actions by which fields are filled in; any other is about what was proposed."""
_BESIDE = (("comment",), ("phrase",))
"""What every action asks for, beside the fields."""
_NO_COMMENT = ("ask", "choice")
_WORDS = {"edit": "Edit"}


class FilledIn(NamedTuple):
    """What was filled in so far; it outlives a refusal.

    Args:
        values: By part, in its JSON form.
        decisions: By part, what was decided about it alone.
        comments: By action, the words beside it.
    """

    values: dict[str, Any]
    decisions: dict[str, dict[str, str]]
    comments: dict[str, str]


@answers_by("console")
class ConsoleReviewer:
    """Ask whoever sits at the terminal, so that a notebook's program runs as a script.

    Enter keeps what a field holds and never approves. What is wrong is asked again at its field.
    Ctrl-C and Ctrl-D leave the question open. Text in double quotes is read as JSON, for line
    breaks. Every line of a payload stands behind a margin, and characters that would be invisible
    or move the cursor are named instead.

    Args:
        input: Reads a line, given a prompt.
        print: Prints a line.
        name: Who the record says it was.

    Example:
        >>> from hitl_nb import Choice, ConsoleReviewer, Interrupt
        >>> typed = iter(["3", "2"])
        >>> reviewer = ConsoleReviewer(input=lambda prompt: next(typed), print=lambda line: None)
        >>> question = Interrupt(Choice("Which carrier?", ("DHL", "UPS")), "1")
        >>> reviewer.review(question)["value"]
        'UPS'
    """

    how = "console"

    def __init__(
        self,
        *,
        input: Callable[[str], str] | None = None,
        print: Callable[[str], Any] | None = None,
        name: str = "terminal user",
    ) -> None:
        self.name = name
        check_reviewer(self)
        self._print = print or builtins.print
        self._prompts = Prompts(input or builtins.input, self._say, input or _read_secret)

    def review(self, question: Interrupt) -> Any:
        """Ask at the terminal; ``PASS`` if the question was left open."""
        asked = request_of_question(question)
        try:
            if asked is None:
                return self._review_payload(question)
            request = asked.request
            for line in lines_of_form(describe(replace(question, value=request))):
                self._say(line)
            if not any(part.actions for part in request.parts()):  # else each when it is decided
                for part in request.parts():
                    self._show(part)
            # In its own shape a payload says itself what a rejection takes.
            return asked.answer(self._decide(request, reasons=asked.own))
        except (EOFError, KeyboardInterrupt):
            self._say(LEFT_OPEN)
            return PASS

    def _review_payload(self, question: Interrupt) -> Any:
        """Ask about a payload that is no request: its options, else words."""
        for line in lines_of_form(describe(question)):
            self._say(line)
        options = read_options(question.value)
        if options:
            labels = [clean(option.label) for option in options]
            self._prompts.number_all(labels)
            return options[self._prompts.choose("choose", labels)].value
        return self._prompts.line("answer")

    def _decide(self, request: Request, *, reasons: bool) -> dict[str, Any]:
        """Get a reply that fits the request; what was filled in is kept until it does."""
        first = {part.name: part.proposed for part in request.parts()}
        filled_in = FilledIn(dict(first), {}, {})
        chosen: str | None = None
        wrong: frozenset[Path] = frozenset()
        while True:
            action = chosen or self._choose(request)
            self._fill(request, action, filled_in, wrong)
            filled = filled_in.values if action in _FILLING else {**filled_in.values, **first}
            values = {name: value for name, value in filled.items() if value is not UNSET}
            reply: dict[str, Any] = {
                "action": action,
                "comment": filled_in.comments.get(action, ""),
            }
            try:
                value = request.assemble(action, values, filled_in.decisions)
                reply |= {} if value is UNSET else {"value": value}
                _check(request, reply, reasons=reasons)
            except InvalidAnswer as error:
                for path, why in error.errors:
                    self._say(f"! {'.'.join(clean(step) for step in path)}: {clean(why)}")
                wrong = frozenset(path for path, _ in error.errors)
                # Where nothing that this action asks for is wrong, only another one can mend it.
                mends = action in _FILLING or any(path[:1] in _BESIDE for path in wrong)
                chosen, wrong = (action, wrong) if mends else (None, frozenset())
                continue
            except AnswerError as error:
                self._say(f"! {clean(error)}")
                chosen, wrong = None, frozenset()
                continue
            if self._confirms(request, action, filled_in):
                return reply
            chosen, wrong = None, frozenset()

    def _choose(self, request: Request) -> str:
        names = list(request.actions)
        if names in (["answer"], ["decide"]):  # Enter alone never approves
            return names[0]
        labels = {item["name"]: item for item in actions_of(request)}
        return self._choose_of(names, labels)

    def _choose_of(self, names: list[str], labels: dict[str, ActionView]) -> str:
        keys = _keys(names)
        offered = [
            f"{key} {line_of(labels[name]['label']) if name in labels else _WORDS.get(name, name)}"
            for key, name in zip(keys, names, strict=True)
        ]
        self._say(f"[ {' | '.join(offered)} ]")
        return names[self._prompts.choose("decide", names, keys)]

    def _fill(
        self, request: Request, action: str, filled_in: FilledIn, wrong: frozenset[Path]
    ) -> None:
        """Have filled in what an action takes, or of it what was wrong."""
        for part in request.parts():
            inside = frozenset(path[1:] for path in wrong if path[:1] == (part.name,))
            if wrong and not inside and () not in wrong:
                continue
            if part.actions and action == "decide":
                self._decide_part(part, filled_in, inside)
            elif action in ("edit", "answer"):
                filled_in.values[part.name] = self._prompts.fill(
                    part.shape.schema,
                    filled_in.values[part.name],
                    clean(part.label or part.name),
                    only=inside - {()},
                    editable=part.editable,
                    required=len(request.parts()) == 1,
                )
        phrase = getattr(request, "phrase", None)
        if phrase is not None and action == "approve":
            shown = clean(phrase).strip()  # what could not be typed is named, and typed like that
            typed = self._prompts.line(f"type {shown} to go on")
            filled_in.values["phrase"] = phrase if typed == shown else typed
        if not wrong or ("comment",) in wrong:
            needed = action in ("respond", "reject")
            label = "your words" if action == "respond" else "why" if needed else "comment"
            if action != "answer" or request.kind not in _NO_COMMENT:
                filled_in.comments[action] = self._prompts.line(label)

    def _decide_part(self, part: RequestPart, filled_in: FilledIn, wrong: frozenset[Path]) -> None:
        """Have one of several calls decided."""
        self._show(part)
        labels = {item["name"]: item for item in call_actions_of(part)}
        action = self._choose_of(list(part.actions), labels)
        message = ""
        if action == "edit":
            filled_in.values[part.name] = self._prompts.fill(
                part.shape.schema,
                filled_in.values[part.name],
                only=wrong - {()},
                editable=part.editable,
            )
            self._show_difference(part, filled_in)
        else:
            filled_in.values[part.name] = part.proposed
        if action in ("reject", "respond"):
            message = self._prompts.line("your words" if action == "respond" else "why")
        filled_in.decisions[part.name] = {"action": action, "message": message}

    def _confirms(self, request: Request, action: str, filled_in: FilledIn) -> bool:
        """Show what was edited, and ask whether to send it like that."""
        if action != "edit":
            return True
        for part in request.parts():
            self._show_difference(part, filled_in)
        return self._prompts.line("send it like that?", "y/n").lower() in ("y", "yes")

    def _show(self, part: RequestPart) -> None:
        if part.about:
            from hitl_nb.forms.evidence import context_of

            for line in lines_of_items(context_of(part.about)):
                self._say(line)
        if part.proposed is not UNSET:
            if part.label:
                self._say(f"{clean(part.label)}:")
            for line in lines_of_value(masked(part.shape.schema, part.proposed)):
                self._say(line)

    def _show_difference(self, part: RequestPart, filled_in: FilledIn) -> None:
        schema, before, after = part.shape.schema, part.proposed, filled_in.values[part.name]
        for line in lines_of_difference(masked(schema, before), masked(schema, after, before)):
            self._say(line)

    def _say(self, line: str) -> None:
        self._print(line)


def _read_secret(prompt: str) -> str:
    """Read a line unseen where there is a terminal; what is piped in comes from the pipe."""
    return getpass(prompt) if sys.stdin.isatty() else builtins.input(prompt)


def _keys(names: list[str]) -> list[str]:
    """Give each action a letter of its own."""
    keys: list[str] = []
    for name in names:
        free = (letter for letter in name if letter.isalpha() and letter not in keys)
        keys.append(next(free, str(len(keys) + 1)))
    return keys


def _check(request: Request, reply: dict[str, Any], *, reasons: bool) -> None:
    """Refuse a reply the request would refuse."""
    from hitl_nb.requests.replies import check_reason, read_reply

    found = read_reply(request, reply)
    if reasons:
        check_reason(request, found.action, found.comment)
