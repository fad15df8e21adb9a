"""Read what a form holds: the value, or what is wrong and where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hitl_nb.codec.json_equality import equal_with_types
from hitl_nb.forms.notation.base64_files import read_bytes
from hitl_nb.forms.notation.field_kinds import (
    REQUIRED,
    FieldKind,
    Schema,
    branches_of,
    kind_of,
    options_of,
)
from hitl_nb.forms.notation.normal_form import normal, resolve
from hitl_nb.forms.notation.schema_rules import broken_rules
from hitl_nb.types import UNSET

Path = tuple[str | int, ...]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
MOST_DIGITS = 4000
"""Digits of a number that are read; Python refuses to turn many more into an integer."""
DEEPEST = 100
MOST_ON_A_SCALE = 10


class Problem(NamedTuple):
    """What is wrong with one field.

    Args:
        path: Keys and places as the form holds them; an entry of a dict by its place.
        message: In words for a reader.
    """

    path: Path
    message: str


class At(NamedTuple):
    """Where the reading stands.

    Args:
        node: The schema of what is read.
        path: Where the value goes.
        place: Where the form holds it.
    """

    node: Schema
    path: Path = ()
    place: Path = ()


def from_fields(notation: Any, schema: Any) -> tuple[Any, list[Problem]]:
    """Read form notation.

    Args:
        notation: As the form sent it; anything at all, or UNSET.
        schema: The JSON Schema.

    Returns:
        The value in its JSON form, UNSET where there is none, and the problems found.
    """
    node = normal(schema)
    decoder = FormDecoder(node.get("$defs", {}))
    value = decoder.value(notation, node)
    return value, decoder.problems


class FormDecoder:
    """One reading of a form.

    Args:
        definitions: What references lead to.
        by_rules: Whether values have to obey the rules of their schema, such as bounds.

    Attributes:
        problems: What is wrong so far.
        places: By the path of a value, where the form holds it, if that is elsewhere.
        chosen: By the path of a value of a union, the schema that was chosen for it.
    """

    def __init__(self, definitions: Mapping[str, Schema], *, by_rules: bool = True) -> None:
        self.problems: list[Problem] = []
        self.places: dict[Path, Path] = {}
        self.chosen: dict[Path, Schema] = {}
        self._definitions = definitions
        self._by_rules = by_rules

    def value(self, notation: Any, node: Schema) -> Any:
        """Read a whole notation; UNSET if there is no value to be had."""
        try:
            return self._read(notation, node, (), ())
        except RecursionError:
            return self._wrong((), "nested too deeply")

    def _wrong(self, path: Path, message: str) -> Any:
        self.problems.append(Problem(path, message))
        return UNSET

    def _read(self, notation: Any, node: Schema, path: Path, place: Path) -> Any:
        """Read a field. ``path`` is where the value goes, ``place`` where the form holds it."""
        if path != place:
            self.places[path] = place
        if len(path) > DEEPEST:
            return self._wrong(place, "nested too deeply")
        node = resolve(node, self._definitions)
        kind = kind_of(node)
        if notation is UNSET or notation == {"$unset": True}:
            return self._unset(At(node, path, place), kind)
        found = len(self.problems)
        if isinstance(notation, dict) and "$json" in notation:
            kind = FieldKind.ANY
        if kind is None:
            return self._wrong(place, "cannot be filled in: its schema is not understood")
        value = _DECODERS[kind](self, notation, At(node, path, place))
        sound = value is not UNSET and len(self.problems) == found
        if self._by_rules and sound and kind is not FieldKind.UNION:
            tested = Decimal(value) if kind is FieldKind.DECIMAL else value
            for message in broken_rules(tested, node, kind, self._definitions):
                self._wrong(place, message)
        return value

    def _unset(self, at: At, kind: FieldKind | None) -> Any:
        match kind:
            case FieldKind.CONST:
                return at.node["const"]
            case FieldKind.NULL:
                return None
            case FieldKind.OBJECT if at.node["properties"]:
                return self._read({}, *at)
            case FieldKind.INTEGER if _is_scale(at.node):
                kind = FieldKind.CHOICE
        return self._wrong(at.place, "required" if kind is None else REQUIRED.get(kind, "required"))

    def _text(self, notation: Any, at: At) -> Any:
        if isinstance(notation, str):
            return notation
        return self._wrong(at.place, "must be a text")

    def _boolean(self, notation: Any, at: At) -> Any:
        if isinstance(notation, bool):
            return notation
        return self._wrong(at.place, "must be yes or no")

    def _null(self, notation: Any, at: At) -> Any:
        if notation is None:
            return None
        return self._wrong(at.place, "must be none")

    def _number(self, notation: Any, at: At) -> Any:
        text = _number_text(notation)
        wrong = _wrong_number(text, at.node.get("type") == "integer")
        if text is None or wrong is not None:
            return self._wrong(at.place, wrong or "not a number")
        if at.node.get("format") == "decimal":
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        number = Decimal(text)
        return (self._whole if at.node.get("type") == "integer" else self._float)(number, at)

    def _float(self, number: Decimal, at: At) -> Any:
        found = float(number)
        if found - found != 0:
            return self._wrong(at.place, "too large")
        if Decimal(repr(found)) != number:
            return self._wrong(at.place, f"has more digits than are kept; the nearest is {found!r}")
        return found

    def _whole(self, number: Decimal, at: At) -> Any:
        if number.adjusted() > MOST_DIGITS:
            return self._wrong(at.place, "too large")
        whole = int(number)
        return whole if whole == number else self._wrong(at.place, "must be a whole number")

    def _bytes(self, notation: Any, at: At) -> Any:
        text = notation.get("$bytes") if isinstance(notation, dict) else notation
        if not isinstance(text, str):
            return self._wrong(at.place, "must be a file")
        try:
            return read_bytes(text, at.node)
        except ValueError as error:
            return self._wrong(at.place, str(error))

    def _option(self, notation: Any, at: At) -> Any:
        options = [at.node["const"]] if "const" in at.node else options_of(at.node)
        given = notation
        if isinstance(notation, dict) and "$number" in notation:
            given = self._number(notation, at._replace(node={}))
            if given is UNSET:
                return UNSET
        for option in options:
            if equal_with_types(option, given) or (_is_number(option) and _is_number(given)
                                          and option == given):  # fmt: skip
                return option
        return self._wrong(at.place, "must be one of the choices")

    def _any(self, notation: Any, at: At) -> Any:
        text = notation.get("$json") if isinstance(notation, dict) else None
        if not isinstance(text, str):
            return self._wrong(at.place, "must be JSON text")
        if not text.strip():
            return self._wrong(at.place, "required")
        try:
            return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            return self._wrong(at.place, f"not valid JSON: {_told(error)}")
        except RecursionError:
            return self._wrong(at.place, "not valid JSON: nested too deeply")
        except ValueError as error:
            return self._wrong(at.place, f"not valid JSON: {error}")

    def _union(self, notation: Any, at: At) -> Any:
        branches = branches_of(at.node) or []
        chosen = notation.get("$branch") if isinstance(notation, dict) else None
        if not isinstance(chosen, int) or isinstance(chosen, bool):
            return self._wrong(at.place, REQUIRED[FieldKind.UNION])
        if not 0 <= chosen < len(branches):
            return self._wrong(at.place, "must be one of the kinds offered")
        branch = branches[chosen]
        self.chosen[at.path] = self._definitions.get(_reference(branch), branch)
        return self._read(notation.get("value", UNSET), branches[chosen], at.path, at.place)

    def _array(self, notation: Any, at: At) -> Any:
        if not isinstance(notation, list):
            return self._wrong(at.place, "must be a list")
        first, rest = at.node.get("prefixItems", []), at.node.get("items", {})
        values = []
        for number, item in enumerate(notation):
            if number >= len(first) and rest is False:
                return self._wrong((*at.place, number), f"too many: at most {len(first)}")
            inside = first[number] if number < len(first) else rest
            values.append(self._read(item, inside, (*at.path, number), (*at.place, number)))
        return values

    def _entries(self, notation: Any, at: At) -> Any:
        pairs = notation.get("$entries") if isinstance(notation, dict) else None
        done: dict[str, Any] = {}
        self._pairs(pairs, at.node.get("additionalProperties", {}), done, at.path, at.place)
        return done

    def _pairs(
        self, pairs: Any, inside: Schema, done: dict[str, Any], path: Path, place: Path
    ) -> None:
        if not isinstance(pairs, list):
            self._wrong(place, "must be entries")
            return
        for number, pair in enumerate(pairs):
            here = (*place, number)
            if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
                self._wrong(here, "must be a key and a value")
                continue
            key, item = pair
            if key in done:
                self._wrong(here, f'the key "{key}" is there twice')
                continue
            done[key] = self._read(item, inside, (*path, key), here)

    def _object(self, notation: Any, at: At) -> Any:
        if not isinstance(notation, dict):
            return self._wrong(at.place, "must be a set of fields")
        given = dict(notation)
        pairs = given.pop("$entries", None)
        done: dict[str, Any] = {}
        order = [_unescaped(name) for name in given if isinstance(name, str)]
        known = at.node["properties"]
        missing = [name for name in at.node.get("required", ()) if name not in order]
        for name in [*order, *missing]:
            item = given.get(f"${name}" if name.startswith("$") else name, UNSET)
            if name not in known:
                self._wrong((*at.place, name), "is no field of this form")
                continue
            if name not in missing and item == {"$unset": True} and name not in at.node.get(
                "required", ()
            ):  # fmt: skip
                continue
            value = self._read(item, known[name], (*at.path, name), (*at.place, name))
            if value is not UNSET:
                done[name] = value
        extra = at.node.get("additionalProperties", False)
        if pairs is not None:
            if extra is False:
                if pairs != []:
                    self._wrong(at.place, "takes no other fields")
            else:
                self._pairs(pairs, extra, done, at.path, at.place)
        return done


_DECODERS: Mapping[FieldKind, Callable[[FormDecoder, Any, At], Any]] = {
    FieldKind.ANY: FormDecoder._any,
    FieldKind.ARRAY: FormDecoder._array,
    FieldKind.BOOLEAN: FormDecoder._boolean,
    FieldKind.BYTES: FormDecoder._bytes,
    FieldKind.CHOICE: FormDecoder._option,
    FieldKind.CONST: FormDecoder._option,
    FieldKind.DECIMAL: FormDecoder._number,
    FieldKind.ENTRIES: FormDecoder._entries,
    FieldKind.INTEGER: FormDecoder._number,
    FieldKind.NULL: FormDecoder._null,
    FieldKind.NUMBER: FormDecoder._number,
    FieldKind.OBJECT: FormDecoder._object,
    FieldKind.STRING: FormDecoder._text,
    FieldKind.UNION: FormDecoder._union,
}


def _is_scale(node: Schema) -> bool:
    """Whether the form shows an integer as a row of numbers to choose from."""
    low, high = node.get("minimum"), node.get("maximum")
    if not isinstance(low, int) or not isinstance(high, int) or "multipleOf" in node:
        return False
    return high - low <= MOST_ON_A_SCALE


def _reference(node: Schema) -> str:
    return str(node.get("$ref", "")).removeprefix("#/$defs/")


def _unescaped(name: str) -> str:
    return name[1:] if name.startswith("$") else name


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number_text(notation: Any) -> str | None:
    """Return the digits of a number that was typed, or that came as a number after all."""
    found = notation.get("$number") if isinstance(notation, dict) else notation
    if isinstance(found, str) and isinstance(notation, dict):
        return found.strip()
    if not _is_number(found):
        return None
    try:
        return repr(found)
    except ValueError:
        return None


def _wrong_number(text: str | None, whole: bool) -> str | None:
    """Say what keeps a text from being a number; None if nothing does."""
    if text == "":
        return REQUIRED[FieldKind.INTEGER if whole else FieldKind.NUMBER]
    if text is None or not _NUMBER.fullmatch(text):
        point = (text or "").replace(",", ".", 1)
        if not whole and _NUMBER.fullmatch(point):
            return f"not a number: write it with a point, {point}"
        return "not a whole number" if whole else "not a number"
    return f"has more than {MOST_DIGITS:,} digits" if len(text) > MOST_DIGITS else None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    done = dict(pairs)
    if len(done) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'the key "{twice}" is there twice')
    return done


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _told(error: json.JSONDecodeError) -> str:
    said = error.msg[0].lower() + error.msg[1:]
    return f"{said} at line {error.lineno}, character {error.colno}"
