"""Fill in values field by field at a prompt, by their JSON Schema."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from hitl_nb.errors import InvalidAnswer
from hitl_nb.forms.notation import is_secret, masked, normal, speaks_of_secrets
from hitl_nb.forms.notation.field_kinds import FieldKind, branches_of, kind_of, options_of
from hitl_nb.forms.notation.normal_form import resolve
from hitl_nb.json_schema import errors_of
from hitl_nb.requests.validation_errors import in_words_of_schema
from hitl_nb.reviewers.terminal_text import MARGIN, clean, lines_of_value
from hitl_nb.types import UNSET

Path = tuple[str | int, ...]
_TRUE, _FALSE = ("y", "yes", "true"), ("n", "no", "false")
_NONE = "-"
_LONG = 60


class Prompts:
    """Ask for values at a terminal; what is wrong is asked again where it is wrong.

    Args:
        read: Reads a line, given a prompt.
        say: Prints a line.
        read_secret: Reads a line that is not shown while it is typed.
    """

    def __init__(
        self,
        read: Callable[[str], str],
        say: Callable[[str], None],
        read_secret: Callable[[str], str],
    ) -> None:
        self.read, self.say, self.read_secret = read, say, read_secret

    def line(self, label: str, hint: str = "", *, secret: bool = False) -> str:
        """Read a line of text, without the spaces around it."""
        shown = f" [{hint}]" if hint else ""
        return (self.read_secret if secret else self.read)(f"{label}{shown}: ").strip()

    def choose(self, label: str, options: Sequence[str], keys: Sequence[str] = ()) -> int:
        """Let one of several be chosen by number, name or key; Enter chooses none."""
        while True:
            given = self.line(label)
            if given.isdecimal() and 1 <= int(given) <= len(options):
                return int(given) - 1
            for names in (keys, options):
                found = [
                    place for place, name in enumerate(names) if _folded(name) == _folded(given)
                ]
                if given and len(found) == 1:
                    return found[0]
            if keys:
                self.say(f"Give one of the letters {', '.join(keys)}.")
            else:
                self.say(f"Give a number from 1 to {len(options)}, or the words beside it.")

    def number_all(self, options: Iterable[str]) -> None:
        """Print options with their numbers."""
        for number, option in enumerate(options, 1):
            self.say(f"  {number}  {option}")

    def fill(
        self,
        schema: Any,
        value: Any = UNSET,
        label: str = "value",
        *,
        only: Collection[Path] = (),
        editable: bool | Sequence[str] = True,
        required: bool = True,
    ) -> Any:
        """Fill in a value; Enter keeps what is there.

        Args:
            schema: JSON Schema of the value.
            value: What it holds so far, in its JSON form; UNSET for nothing.
            label: What it is called.
            only: Paths of what is to be asked for again; everything else stays. Without any, all
                is asked for.
            editable: Which fields of an object may be changed.
            required: Whether something has to be filled in.

        Returns:
            The value in its JSON form; UNSET if nothing was filled in.
        """
        node = normal(schema)
        form = _FieldPrompts(self, node.get("$defs", {}), frozenset(only))
        return form.ask(node, value, label or "value", (), required=required, editable=editable)


def _folded(text: str) -> str:
    return text.strip().casefold()


class _FieldPrompts:
    """One value on its way to being filled in."""

    def __init__(
        self, prompts: Prompts, definitions: Mapping[str, Any], only: frozenset[Path]
    ) -> None:
        self.prompts, self.definitions, self.only = prompts, definitions, only

    def ask(
        self,
        node: dict[str, Any],
        value: Any,
        label: str,
        path: Path,
        *,
        required: bool = True,
        editable: bool | Sequence[str] = True,
    ) -> Any:
        if editable is False or not self._wanted(path):
            return value
        node = {**resolve(node, self.definitions), **{k: v for k, v in node.items() if k != "$ref"}}
        kind = kind_of(node)
        if kind is FieldKind.CONST:
            return node["const"]
        if value is UNSET and "default" in node:
            value = node["default"]
        if kind is FieldKind.OBJECT and (value is UNSET or isinstance(value, dict)):
            return self._object(node, value, label, path, required=required, editable=editable)
        if kind is FieldKind.UNION:
            return self._union(node, value, label, path, required=required)
        return self._scalar(node, kind, value, label, required=required)

    def _wanted(self, path: Path) -> bool:
        """Whether a place, something in it or something around it is to be asked for."""
        return not self.only or any(
            wrong[: len(path)] == path or path[: len(wrong)] == wrong for wrong in self.only
        )

    def _object(
        self,
        node: dict[str, Any],
        value: Any,
        label: str,
        path: Path,
        *,
        required: bool,
        editable: bool | Sequence[str],
    ) -> Any:
        if value is UNSET and not required and not self._yes(f"{label}: fill in?"):
            return UNSET
        found = {} if value is UNSET else dict(value)
        needed = node.get("required", ())
        for name, inner in node["properties"].items():
            if not isinstance(editable, bool) and name not in editable:
                continue
            title = f"{label}.{clean(name)}" if path else clean(name)
            given = self.ask(
                _within(node, inner),
                found.get(name, UNSET),
                title,
                (*path, name),
                required=name in needed,
            )
            if given is UNSET:
                found.pop(name, None)
            else:
                found[name] = given
        return found

    def _union(
        self, node: dict[str, Any], value: Any, label: str, path: Path, *, required: bool
    ) -> Any:
        branches = [
            _within(node, resolve(item, self.definitions)) for item in branches_of(node) or ()
        ]
        rest = [item for item in branches if item.get("type") != "null"]
        optional = len(rest) < len(branches)
        if len(rest) == 1:
            kind = kind_of(rest[0])
            if kind in (FieldKind.OBJECT, FieldKind.UNION):
                if not self._yes(f"{label}: fill in?"):
                    return None if optional else UNSET
                return self.ask(rest[0], UNSET if value is None else value, label, path)
            return self._scalar(rest[0], kind, value, label, required=required, none=optional)
        self.prompts.say(f"{label}, one of")
        names = [clean(item.get("title", kind_of(item) or item["type"])) for item in branches]
        self.prompts.number_all(names)
        place = self.prompts.choose(f"{label} is a", names)
        fits = value is not UNSET and _fits(branches[place], self.definitions, value)
        return self.ask(branches[place], value if fits else UNSET, label, path)

    def _scalar(
        self,
        node: dict[str, Any],
        kind: FieldKind | None,
        value: Any,
        label: str,
        *,
        required: bool,
        none: bool = False,
    ) -> Any:
        self._introduce(node, kind, value, label)
        clearable = none or not (required or value is UNSET)
        clears = (_NONE,) if clearable and not none else ()
        hint = self._hint(node, kind, value, none=clearable)
        secret = speaks_of_secrets(node, {"$defs": self.definitions})
        while True:
            given = self.prompts.line(label, hint, secret=secret)
            if not given and value is not UNSET:
                return value
            if not required and given in ("", *clears):
                return UNSET
            try:
                if none and given == _NONE:
                    return None
                found = self._read(node, kind, given)
                if kind is not FieldKind.DECIMAL:  # which is exact as text, and checked as a whole
                    _check(node, self.definitions, found)
            except InvalidAnswer as error:
                self.prompts.say("; ".join(clean(why) for _, why in error.errors))
            except ValueError as error:
                self.prompts.say(clean(error))
            else:
                return found

    def _introduce(
        self, node: dict[str, Any], kind: FieldKind | None, value: Any, label: str
    ) -> None:
        if "description" in node:
            self.prompts.say(f"{MARGIN}{clean(node['description'])}")
        if (choice := self._choice_in(node, kind)) is not None:
            self.prompts.number_all(_labels(choice))
        if value is not UNSET and (not isinstance(value, str) or len(clean(value)) > _LONG):
            shown = list(lines_of_value(self._masked(node, value)))
            if len(shown) > 1 or len(shown[0]) > _LONG:
                self.prompts.say(f"{label} is now")
                for line in shown:
                    self.prompts.say(line)

    def _choice_in(self, node: dict[str, Any], kind: FieldKind | None) -> dict[str, Any] | None:
        """Return the options of a choice, or of a list of choices."""
        if kind is FieldKind.ARRAY and isinstance(node.get("items"), dict):
            items = resolve(node["items"], self.definitions)
            return items if kind_of(items) is FieldKind.CHOICE else None
        return node if kind is FieldKind.CHOICE else None

    def _read(self, node: dict[str, Any], kind: FieldKind | None, given: str) -> Any:
        """Read what was typed for one field.

        Raises:
            ValueError: Saying what it should have been.
        """
        choice = self._choice_in(node, kind)
        if choice is None:
            return (_json if kind is None else _READ.get(kind, _json))(given)
        if kind is FieldKind.CHOICE:
            return _chosen(choice, given)
        if not given:
            raise ValueError(f"Give {' or '.join(_numbers(node))}.")
        words = given.replace(",", " ").split()
        return [] if given == _NONE else [_chosen(choice, word) for word in words]

    def _hint(self, node: dict[str, Any], kind: FieldKind | None, value: Any, *, none: bool) -> str:
        words = []
        if value is not UNSET:
            shown = self._masked(node, value)
            text = clean(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
            text = "none" if value is None else text
            words.append(text if len(text) <= _LONG else "Enter keeps it")
        words += ["y/n"] if kind is FieldKind.BOOLEAN else []
        if kind is FieldKind.ARRAY and self._choice_in(node, kind) is not None:
            words += _numbers(node)
        elif kind in _AS_JSON:
            words += ["JSON"]
        words += ["base64"] if kind is FieldKind.BYTES else []
        words += [clean(node["format"])] if kind is FieldKind.STRING and "format" in node else []
        words += [f"{_NONE} for none"] if none else []
        return ", ".join(words)

    def _masked(self, node: dict[str, Any], value: Any) -> Any:
        return masked({**node, "$defs": dict(self.definitions)}, value)

    def _yes(self, label: str) -> bool:
        while True:
            given = self.prompts.line(label, "y/n").lower()
            if given in _TRUE or given in _FALSE:
                return given in _TRUE
            self.prompts.say("Answer y or n.")


def _within(node: dict[str, Any], inside: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema holds; in a secret all is secret."""
    return {**inside, "writeOnly": True} if is_secret(node) else inside


def _numbers(node: dict[str, Any]) -> list[str]:
    """Say how several of a choice are given."""
    return ["numbers"] if node.get("minItems") else ["numbers", f"{_NONE} for none"]


def _json(given: str) -> Any:
    try:
        return json.loads(given)
    except json.JSONDecodeError as error:
        raise ValueError(f"That is no JSON: {error}.") from error


def _truth(given: str) -> bool:
    if given.lower() not in (*_TRUE, *_FALSE):
        raise ValueError("Answer y or n.")
    return given.lower() in _TRUE


def _base64(given: str) -> str:
    try:
        base64.b64decode(given, validate=True)
    except ValueError as error:
        raise ValueError(f"That is no base64: {error}.") from error
    return given


def _text(given: str) -> str:
    """Read text; in double quotes it is JSON, for what a line cannot hold."""
    if len(given) > 1 and given[0] == given[-1] == '"':
        try:
            return str(json.loads(given))
        except json.JSONDecodeError:
            pass
    return given


def _whole(given: str) -> int:
    try:
        return int(given)
    except ValueError:
        raise ValueError("That is no whole number.") from None


def _number(given: str) -> int | float:
    try:
        return int(given)
    except ValueError:
        pass
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError("That is no number.")
    return found


def _exact(given: str) -> str:
    """Check that a text is a number, and keep it exact."""
    _number(given)
    return given


_READ: Mapping[FieldKind, Callable[[str], Any]] = {
    FieldKind.BOOLEAN: _truth,
    FieldKind.BYTES: _base64,
    FieldKind.DECIMAL: _exact,
    FieldKind.INTEGER: _whole,
    FieldKind.NUMBER: _number,
    FieldKind.STRING: _text,
}
_AS_JSON = (FieldKind.ANY, FieldKind.ARRAY, FieldKind.ENTRIES, FieldKind.OBJECT)


def _chosen(node: dict[str, Any], given: str) -> Any:
    options, labels = options_of(node), _labels(node)
    if given.isdecimal() and 1 <= int(given) <= len(options):
        return options[int(given) - 1]
    if given in labels:
        return options[labels.index(given)]
    raise ValueError(f"Give a number from 1 to {len(options)}.")


def _labels(node: dict[str, Any]) -> list[str]:
    if "enum" in node:
        return [clean(item) for item in node["enum"]]
    return [clean(item.get("title", item["const"])) for item in branches_of(node) or ()]


def _check(node: dict[str, Any], definitions: Mapping[str, Any], value: Any) -> None:
    """Refuse what a schema does not describe, in the form's words.

    Raises:
        ValueError: Saying what is wrong, and where inside it.
    """
    wrong = []
    for error in errors_of({**node, "$defs": dict(definitions)}, value):
        where = ".".join(map(str, error.absolute_path))
        words = in_words_of_schema(error)
        wrong.append(f"{where}: {words}" if where else words)
    if wrong:
        raise ValueError("; ".join(wrong))


def _fits(node: dict[str, Any], definitions: Mapping[str, Any], value: Any) -> bool:
    try:
        _check(node, definitions, value)
    except ValueError:
        return False
    return True
