"""Turn values into text that shows everything it holds: nothing hidden, nothing reordered.

What is marked follows Unicode's data: characters that cannot be seen, unless the writing they stand
in needs them; letters of one script that pass for those of another; marks that strike text out or
pile up; and blank space that pushes text out of sight.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from hitl_nb.marked_text.invisible import KEY, KEYS, Flags, is_ordinary
from hitl_nb.marked_text.look_alikes import strangers
from hitl_nb.marked_text.unicode_tables import BEYOND, TABLES

if TYPE_CHECKING:
    from hitl_nb.messages import Mark, Text

MOST_BLANK_LINES = 10
MOST_BLANKS = 200
MOST_MARKS = 4
"""Accents on one letter, of those that any script may use."""
MOST_OWN_MARKS = 8
"""Marks of any kind on one letter."""
_BLANK = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BLANK_LINES = re.compile(rf"\n(?:[{_BLANK}]*\n){{{MOST_BLANK_LINES + 1},}}")
_BLANKS = re.compile(rf"[{_BLANK}]{{{MOST_BLANKS},}}")
_SAMPLES = 8
_SAMPLED_BLANKS = re.compile(rf"[{_BLANK}]{{{_SAMPLES}}}")
_CONTROLS = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")
_NO_CONTROLS = bytes((0x09, 0x0A, *range(0x20, 0x7F)))

Found = tuple[int, int, "Mark"]


def show(text: str) -> Text:
    """Split text into runs to draw and marks for what a reader could not see.

    Joiners inside Arabic or Indic words and inside emoji are part of ordinary writing and
    stay as they are.
    """
    text = text.replace("\r\n", "\n")
    if len(text) < MOST_BLANKS and text.isascii() and text.isprintable():
        return [text] if text else []
    runs: Text = []
    start = 0
    for begin, end, mark in _found(text):
        if begin < start:
            continue
        if begin > start:
            runs.append(text[start:begin])
        runs.append(mark)
        start = end
    if start < len(text):
        runs.append(text[start:])
    return runs


def plain(text: Text) -> str:
    """Write text and its marks as one string, the marks in brackets."""
    return "".join(run if isinstance(run, str) else f"[{run['mark']}]" for run in text)


def brief(value: object, width: int = 200) -> Text:
    """Show a value on one line, cut at ``width`` characters."""
    line = value if isinstance(value, str) else repr(value)
    line = line.replace("\n", "⏎")
    if len(line) > width:
        line = f"{line[: width - 1]}…"
    return show(f'"{line}"' if isinstance(value, str) else line)


def shorten(value: object, width: int = 80) -> str:
    """Write a value's repr, cut at ``width`` characters, for use in a message."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _found(text: str) -> list[Found]:
    """Find what is to be marked, in order."""
    if text.isascii():
        found = []
        if text.encode().translate(None, _NO_CONTROLS):  # ten times as fast as looking for them
            found = [(it.start(), it.end(), _mark(it[0])) for it in _CONTROLS.finditer(text)]
    else:
        found = [*_single(text), *_piled(text)]
        for place, host in strangers(text):
            said = f", in a word of {host} letters"
            found.append((place, place + 1, _mark(text[place], said)))
    if len(text) > MOST_BLANK_LINES:
        found += _walls(text)
    return sorted(found, key=lambda item: item[:2]) if len(found) > 1 else found


def _mark(character: str, more: str = "") -> Mark:
    code = ord(character)
    name = unicodedata.name(character, "") or _UNNAMED.get(code, "unnamed character")
    return {"mark": f"U+{code:04X}", "name": name + more}


def _counted(number: int, what: str) -> Mark:
    return {"mark": f"{number} {what}", "name": f"{number} {what}"}


def _walls(text: str) -> Iterator[Found]:
    """Find blank space that pushes what follows out of sight."""
    if text.count("\n") > MOST_BLANK_LINES:
        for match in _BLANK_LINES.finditer(text):
            lines = match[0].count("\n") - 1
            yield match.start() + 1, match.end(), _counted(lines, "blank lines")
    # Of that many blanks in a row, this many are met by looking at few characters of the text.
    if _SAMPLED_BLANKS.search(text[:: MOST_BLANKS // (_SAMPLES + 1)]):
        for match in _BLANKS.finditer(text):
            yield match.start(), match.end(), _counted(len(match[0]), "blanks")


@lru_cache(1)
def _suspects() -> re.Pattern[str]:
    """Return what finds what may be marked, and passes over what texts of some scripts are full of.

    What is passed over is in no group.
    """
    unspaced = f"[{TABLES.usual('unspaced')}]"
    passed = f"(?<={unspaced})\u200b(?={unspaced})"
    return re.compile(f"{passed}|([{TABLES.usual('hidden')}{TABLES.usual('overlays')}{BEYOND}])")


def _single(text: str) -> Iterator[Found]:
    """Find what cannot be seen, and what strikes out the letter it stands on."""
    flags = Flags(text)
    for match in _suspects().finditer(text):
        place, character = match.start(), match[0]
        if match[1] is None:
            continue
        if TABLES.has("hidden", character):
            if not is_ordinary(text, place) and place not in flags:
                yield place, place + 1, _mark(character)
        elif TABLES.has("overlays", character) and not _is_drawn_so(text, place):
            yield place, place + 1, _mark(character)


def _is_drawn_so(text: str, place: int) -> bool:
    """Whether a stroke or frame makes a sign of mathematics, a number of its script, or a key."""
    before = text[place - 1 : place] if place else ""
    if text[place] == KEY:
        before = text[place - 2 : place - 1] if before == "\ufe0f" and place > 1 else before
        return before != "" and before in KEYS
    script = TABLES.script(text[place])
    if before == "" or script not in ("", TABLES.script(before)):
        return False
    return script != "" or unicodedata.category(before) == "Sm"


@lru_cache(1)
def _piles() -> re.Pattern[str]:
    mark = f"[{TABLES.usual('marks')}{BEYOND}]"
    # Written twice, since a set at the beginning is looked for faster than a repeated one.
    return re.compile(f"{mark}{mark}{{{MOST_MARKS},}}")


def _piled(text: str) -> Iterator[Found]:
    """Find marks beyond those that one letter has in any language."""
    for match in _piles().finditer(text):
        place = match.start()
        for are_marks, run in groupby(match[0], lambda it: TABLES.has("marks", it)):
            marks = list(run)
            shared = all(TABLES.script(it) == "" for it in marks)
            most = MOST_MARKS if shared else MOST_OWN_MARKS
            end = place + len(marks)
            if are_marks and len(marks) > most:
                yield place + most, end, _counted(len(marks) - most, "more marks")
            place = end


_UNNAMED = {
    0x00: "NULL",
    0x07: "BELL",
    0x08: "BACKSPACE",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
}
