"""Fill in a form as a person does: find each field by what it is called, then type or click.

A value is given in form notation (`hitl_nb.forms.notation`), which says of a union which branch is
meant.
"""

from __future__ import annotations

import base64
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from hitl_nb.forms.notation.field_kinds import branches_of, kind_of, options_of
from hitl_nb.forms.notation.normal_form import resolve
from hitl_nb.messages import PartView

Schema = Mapping[str, Any]
Role = Literal["textbox", "radiogroup", "combobox", "group"]
MOMENTS = ("date", "time", "date-time")
MOST_RADIOS = 6
TABS = 400
"""More steps than any form or page here has."""
DATE = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::00)?"
OFFSET = r"(?P<offset>Z|[+-]\d\d:\d\d)?"
TYPED = {
    "date": re.compile(DATE),
    "time": re.compile(CLOCK),
    "date-time": re.compile(f"{DATE}T{CLOCK}{OFFSET}"),
}
"""Moments that the browser's own fields hold; they know neither seconds nor less."""
IS_FOCUSED = "element => element === element.getRootNode().activeElement"


class Hand(ABC):
    """How a person reaches and uses the fields.

    Args:
        page: The page they are on.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def reach(self, field: Locator) -> None:
        """Bring the keyboard to a field."""

    @abstractmethod
    def press(self, button: Locator) -> None:
        """Press a button."""

    @abstractmethod
    def choose(self, options: Locator, place: int) -> None:
        """Choose one of some radio buttons."""

    def tick(self, box: Locator, on: bool) -> None:
        """Tick a box, or take the tick away."""
        if box.is_checked() != on:
            self.press(box)

    def write(self, field: Locator, text: str) -> None:
        """Write instead of what is there; nothing is written by erasing what was."""
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text or "x")
        if not text:
            self.page.keyboard.press("Backspace")

    def pick(self, options: Locator, place: int) -> None:
        """Pick from a list that opens: here by its keys, as the list itself is not of the page."""
        self.reach(options)
        self.page.keyboard.press("Home")
        for _ in range(TABS):
            if options.input_value() == str(place):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"option {place} cannot be reached")


class Mouse(Hand):
    """Clicks, and types where it clicked."""

    def reach(self, field: Locator) -> None:
        """Click at its beginning."""
        field.click(position={"x": 12, "y": 8})

    def press(self, button: Locator) -> None:
        """Click."""
        button.click()

    def choose(self, options: Locator, place: int) -> None:
        """Click the one."""
        options.nth(place).click()

    def pick(self, options: Locator, place: int) -> None:
        """Pick it, as the browser reports a click in its own list."""
        options.select_option(str(place))


class Keyboard(Hand):
    """Goes from field to field by Tab alone."""

    def reach(self, field: Locator) -> None:
        """Press Tab until the field has the keyboard."""
        for _ in range(TABS):
            if field.evaluate(IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {field}")

    def press(self, button: Locator) -> None:
        """Press the space bar on it."""
        self.reach(button)
        self.page.keyboard.press("Space")

    def choose(self, options: Locator, place: int) -> None:
        """Go to the group, and by arrows to the one."""
        checked = options.evaluate_all("all => all.findIndex(one => one.checked)")
        self.reach(options.nth(max(checked, 0)))
        if checked < 0:
            self.page.keyboard.press("Space")
        step = "ArrowDown" if place >= checked else "ArrowUp"
        for _ in range(abs(place - max(checked, 0))):
            self.page.keyboard.press(step)


class Fingers(Keyboard):
    """A keyboard that is at any field at once, for filling in thousands."""

    def reach(self, field: Locator) -> None:
        """Give it the keyboard."""
        field.focus()


@dataclass(frozen=True)
class Leaf:
    """A field that holds one value.

    Args:
        name: What it is called.
        kind: Which kind of value it holds.
        schema: What the value has to be.
        notation: The value it is given.
        field: The element that has the name, and says if it is wrong.
        role: Its role.
    """

    name: str
    kind: str
    schema: Schema
    notation: Any
    field: Locator
    role: Role

    def is_blank(self) -> bool:
        """Whether nothing is filled in."""
        if self.role in ("textbox", "combobox"):
            return self.field.input_value() == ""
        return self.field.locator(":checked").count() == 0


@dataclass(frozen=True)
class Place:
    """Where a field is looked for.

    Args:
        scope: What it is in.
        name: What it is called.
        bare: Whether it stands in another field, which has the label.
        before: Roles of controls of the same name before it: those of the unions around it.
    """

    scope: Locator
    name: str
    bare: bool = False
    before: tuple[str, ...] = ()

    def at(self, role: Role) -> Locator:
        """Return the element of this name and role."""
        return self.scope.get_by_role(role, name=self.name, exact=True).nth(self.before.count(role))

    @property
    def group(self) -> Locator:
        """The frame around several fields."""
        return self.scope.get_by_role("group", name=self.name, exact=True).first

    def button(self, name: str) -> Locator:
        """Return a button."""
        return self.scope.get_by_role("button", name=name, exact=True)


class Filler:
    """Fills in the parts of a form.

    Args:
        form: The form.
        hand: By keyboard or by mouse.
        left_out: Which field to leave as it is, counted from 0.

    Attributes:
        leaves: The fields that were filled in, in order.
    """

    def __init__(self, form: Locator, hand: Hand, left_out: int | None = None) -> None:
        self.form = form
        self.hand = hand
        self.left_out = left_out
        self.leaves: list[Leaf] = []
        self._definitions: Mapping[str, Any] = {}

    def fill(self, part: PartView, notation: Any) -> None:
        """Fill in one part."""
        schema = part["schema"]
        self._definitions = schema.get("$defs", {})
        node = resolve(schema, self._definitions)
        label = "".join(run if isinstance(run, str) else run["mark"] for run in part["label"])
        place = Place(self.form, label or schema.get("title") or part["name"])
        if not part["editable"]:
            return
        if isinstance(part["editable"], list):
            notation = {name: notation[name] for name in part["editable"]}
        self._value(place, node, notation, top=True)

    def put(self, leaf: Leaf, notation: Any = None) -> None:
        """Fill in one field, by default with its value."""
        given = leaf.notation if notation is None else notation
        _WRITERS[leaf.kind](self, leaf, given)

    def _value(self, place: Place, schema: Schema, notation: Any, top: bool = False) -> None:
        node = resolve(dict(schema), self._definitions)
        kind = _kind(node, self._definitions)
        match kind:
            case "const" | "null":
                return
            case "object":
                self._object(place, node, notation, top)
            case "array":
                self._list(place, node, notation, top)
            case "entries":
                self._entries(place, node, notation, top)
            case "union":
                self._union(place, node, notation)
            case _:
                self._leaf(place, kind, node, notation)

    def _object(self, place: Place, node: Schema, notation: Any, top: bool) -> None:
        wanted = place.button(f"fill in {place.name}")
        if not top and wanted.count():
            self.hand.press(wanted)
        scope = self.form if top else place.group
        properties = node["properties"]
        for name, inside in properties.items():
            key = f"${name}" if name.startswith("$") else name
            if key in notation and not node.get("readOnly") and not inside.get("readOnly"):
                self._value(Place(scope, _label(properties, name)), inside, notation[key])

    def _list(self, place: Place, node: Schema, notation: Any, top: bool) -> None:
        scope = Place(self.form if top else place.group, place.name)
        first, rest = node.get("prefixItems", []), node.get("items", {})
        held = len(first)
        while scope.button(f"remove {place.name} {held + 1}").count():
            held += 1
        for number in range(held, len(notation), -1):
            self.hand.press(scope.button(f"remove {place.name} {number}"))
        for number, item in enumerate(notation):
            if number >= held:
                self.hand.press(scope.button(f"add to {place.name}"))
            inside = first[number] if number < len(first) else rest
            self._value(Place(scope.scope, f"{place.name} {number + 1}", bare=True), inside, item)

    def _entries(self, place: Place, node: Schema, notation: Any, top: bool) -> None:
        scope = Place(self.form if top else place.group, place.name)
        pattern = re.compile(f"^{re.escape(place.name)}, key \\d+$")
        keys = scope.scope.get_by_role("textbox", name=pattern)
        pairs, held = notation["$entries"], keys.count()
        remove = re.compile(f"^remove .* from {re.escape(place.name)}$", re.DOTALL)
        for _ in range(len(pairs), held):
            self.hand.press(scope.scope.get_by_role("button", name=remove).last)
        inside = node.get("additionalProperties", {})
        for number, (key, item) in enumerate(pairs):
            if number >= held:
                self.hand.press(scope.button(f"add to {place.name}"))
            self.hand.write(keys.nth(number), key)
            name = f"{place.name}, {key or f'value {number + 1}'}"
            self._value(Place(scope.scope, name, bare=True), inside, item)

    def _union(self, place: Place, node: Schema, notation: Any) -> None:
        branches = [resolve(item, self._definitions) for item in branches_of(dict(node)) or ()]
        kinds = [_kind(item, self._definitions) for item in branches]
        scope = place.scope
        if not place.bare and {"object", "array", "entries", "union"} & set(kinds):
            scope = place.group
        order = sorted(range(len(branches)), key=lambda index: not _is_null(branches[index]))
        shown = Place(scope, place.name, True, place.before)
        chosen = notation["$branch"]
        role: Role = "combobox" if len(branches) > MOST_RADIOS else "radiogroup"
        if role == "combobox":
            self.hand.pick(shown.at(role), order.index(chosen))
        else:
            self.hand.choose(shown.at(role).get_by_role("radio"), order.index(chosen))
        if not _is_null(branches[chosen]) and "value" in notation:
            inside = Place(scope, place.name, True, (*place.before, role))
            self._value(inside, branches[chosen], notation["value"])

    def _leaf(self, place: Place, kind: str, node: Schema, notation: Any) -> None:
        if kind == "choices":
            node = {**node, "items": resolve(dict(node["items"]), self._definitions)}
        role = self._role(place, kind, node)
        leaf = Leaf(place.name, kind, node, notation, place.at(role), role)
        self.leaves.append(leaf)
        if len(self.leaves) - 1 != self.left_out or not leaf.is_blank():
            self.put(leaf)

    def _role(self, place: Place, kind: str, node: Schema) -> Role:
        if kind == "choices":
            return "group"
        if kind == "choice" and len(options_of(dict(node))) > MOST_RADIOS:
            return "combobox"
        if kind in ("boolean", "choice") or (kind == "integer" and place.at("radiogroup").count()):
            return "radiogroup"
        return "textbox"

    def _write(self, leaf: Leaf, notation: Any) -> None:
        self.hand.write(leaf.field, notation)

    def _number(self, leaf: Leaf, notation: Any) -> None:
        text = notation["$number"]
        if leaf.role == "radiogroup":
            place = int(text) - leaf.schema["minimum"]
            self.hand.choose(leaf.field.get_by_role("radio"), place)
        else:
            self.hand.write(leaf.field, text)

    def _yes_or_no(self, leaf: Leaf, notation: Any) -> None:
        self.hand.choose(leaf.field.get_by_role("radio"), 0 if notation else 1)

    def _choice(self, leaf: Leaf, notation: Any) -> None:
        place = _option(leaf.schema, notation)
        if leaf.role == "combobox":
            self.hand.pick(leaf.field, place)
        else:
            self.hand.choose(leaf.field.get_by_role("radio"), place)

    def _choices(self, leaf: Leaf, notation: Any) -> None:
        wanted = {_option(leaf.schema["items"], item) for item in notation}
        for place, box in enumerate(leaf.field.get_by_role("checkbox").all()):
            self.hand.tick(box, place in wanted)

    def _moment(self, leaf: Leaf, notation: str) -> None:
        """Type digits into the browser's own field; what that cannot hold is written as text."""
        if leaf.field.get_attribute("type") == "text":
            self.hand.write(leaf.field, notation)
            return
        typed = TYPED[leaf.schema["format"]].fullmatch(notation)
        if typed is None:
            self.hand.press(_beside(leaf, "as text"))
            self.hand.write(leaf.field, notation)
            return
        self.hand.reach(leaf.field)
        parts, keyboard = typed.groupdict(), self.hand.page.keyboard
        if "year" in parts:
            keyboard.type("{month}{day}{year}".format(**parts))
            keyboard.press("ArrowRight")
        if "hour" in parts:
            hour = int(parts["hour"])
            half = "A" if hour < 12 else "P"
            keyboard.type(f"{(hour + 11) % 12 + 1:02}{parts['minute']}{half}")
        if parts.get("offset"):
            around = leaf.field.locator("xpath=..")
            name = f"{leaf.name}, offset from UTC"
            self.hand.write(around.get_by_role("textbox", name=name, exact=True), parts["offset"])

    def _json(self, leaf: Leaf, notation: Any) -> None:
        self.hand.write(leaf.field, notation["$json"])

    def _bytes(self, leaf: Leaf, notation: Any) -> None:
        data = base64.b64decode(notation["$bytes"])
        text = data.decode("ascii", errors="replace")
        if isinstance(self.hand, Keyboard) and text.isprintable() and text.isascii():
            self.hand.write(leaf.field, text)
            return
        name = f"{leaf.name}, file"
        chooser = leaf.field.locator("xpath=..").get_by_label(name, exact=True)
        file = {"name": "file.bin", "mimeType": "application/octet-stream", "buffer": data}
        chooser.set_input_files(file)  # type: ignore[arg-type]


_WRITERS: Mapping[str, Any] = {
    "string": Filler._write,
    "integer": Filler._number,
    "number": Filler._number,
    "decimal": Filler._number,
    "boolean": Filler._yes_or_no,
    "choice": Filler._choice,
    "choices": Filler._choices,
    "moment": Filler._moment,
    "any": Filler._json,
    "bytes": Filler._bytes,
}


def _beside(leaf: Leaf, what: str) -> Locator:
    around = leaf.field.locator("xpath=..")
    return around.get_by_role("button", name=f"{leaf.name} {what}", exact=True)


def _kind(node: Schema, definitions: Mapping[str, Any] | None = None) -> str:
    """Say how a value is filled in."""
    kind = kind_of(dict(node))
    if kind == "string" and node.get("format") in MOMENTS:
        return "moment"
    if kind == "array" and node.get("uniqueItems"):
        item = resolve(dict(node.get("items") or {}), definitions or {})
        return "choices" if kind_of(item) == "choice" else kind
    return kind


def _is_null(node: Schema) -> bool:
    return node.get("type") == "null" or ("const" in node and node["const"] is None)


def _label(properties: Mapping[str, Any], name: str) -> str:
    """Return what a property is called."""
    titled = any(one.get("title") == _humane(key) for key, one in properties.items())
    return str(properties[name].get("title") or (_humane(name) if titled else name))


def _humane(name: str) -> str:
    words = name.replace("_", " ")
    return re.sub(r"(?<![^\W_])[^\W\d_]", lambda found: found[0].upper(), words)


def _option(node: Schema, notation: Any) -> int:
    """Return the place of an option."""
    for place, option in enumerate(options_of(dict(node))):
        number = isinstance(option, (int, float)) and not isinstance(option, bool)
        if number and isinstance(notation, dict):
            try:
                if Decimal(notation["$number"]) == Decimal(str(option)):
                    return place
            except InvalidOperation:
                continue
        elif type(option) is type(notation) and option == notation:
            return place
    raise AssertionError(f"{notation!r} is no option")
