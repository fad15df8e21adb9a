"""Tell invisible characters that writing needs from those that only hide something."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache

from hitl_nb.marked_text.unicode_tables import TABLES

KEYS = "0123456789#*"
"""What is written on the keys of a telephone."""
KEY = "\u20e3"
"""Draws what is before it as a key."""
_JOINERS = "\u200c\u200d"
_FEW = 3
"""As often people who cannot see a character type it again; it is not yet a message."""


def is_ordinary(text: str, place: int) -> bool:
    """Whether an invisible character is there for the sake of what can be seen."""
    character = text[place]
    before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    if is_selector(character):
        keycap = before != "" and before in KEYS
        return TABLES.varies(before, character) and (not keycap or after == KEY)
    if (excuse := _EXCUSES.get(character)) is not None:
        return excuse(text, place)
    script = TABLES.script(character)
    if TABLES.has("prefixes", character):
        return after.isnumeric() or script == TABLES.script(after) != ""
    # Scripts such as Egyptian hieroglyphs have format characters of their own.
    formats = script != "" and unicodedata.category(character) == "Cf"
    return formats and script in (TABLES.script(before), TABLES.script(after))


class Flags:
    """The places in a text that are part of a flag spelled with tag characters."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __contains__(self, place: int) -> bool:
        return "\U000e0020" <= self._text[place] <= "\U000e007f" and place in self._places

    @cached_property
    def _places(self) -> frozenset[int]:
        flags = re.finditer("|".join(TABLES.flags), self._text)
        return frozenset(place for flag in flags for place in range(*flag.span()))


def is_selector(character: str) -> bool:
    """Whether a character selects a variant of the one before it."""
    return (
        "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
        or character in "\u180b\u180c\u180d\u180f"
    )


def _around(text: str, place: int, same: str) -> tuple[str, str]:
    """Return what stands around a character and its likes; itself where there are too many."""
    begin, end = place, place + 1
    while begin and text[begin - 1] in same and place - begin < _FEW:
        begin -= 1
    while text[end : end + 1] and text[end] in same and end - place <= _FEW:
        end += 1
    if end - begin > _FEW:
        return text[place], text[place]
    return text[begin - 1 : begin] if begin else "", text[end : end + 1]


def _joins(text: str, place: int) -> bool:
    """Whether a joiner shapes the end or the beginning of a word in a script that joins."""
    before, after = _around(text, place, _JOINERS)
    if before != "" and unicodedata.combining(before):
        before = _letter(text, place)
    script = TABLES.script(before)
    if script in TABLES.joining:
        return _is_own(after, script)
    script = TABLES.script(after)
    return script in TABLES.joining and _is_own(before, script)


def _letter(text: str, place: int) -> str:
    """Return the letter before a place, on which marks may stand."""
    while place and (unicodedata.combining(text[place - 1]) or text[place - 1] in _JOINERS):
        place -= 1
    return text[place - 1 : place] if place else ""


def _is_own(character: str, script: str) -> bool:
    """Whether a character is of a script, or ends a word of it."""
    if character != "" and TABLES.has("hidden", character):
        return False
    return not character.isalnum() or TABLES.script(character) == script


def _joins_or_pictures(text: str, place: int) -> bool:
    """Whether a joiner joins letters, or two pictures to one."""
    before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    if not TABLES.has("pictographs", after):
        return _joins(text, place)
    bare = text[place - 2 : place - 1] if before == "\ufe0f" and place > 1 else before
    return TABLES.has("pictographs", bare) or TABLES.has("skin_tones", before)


def _parts(text: str, place: int) -> bool:
    """Whether a space without width parts words of a script that writes none between them."""
    sides = _around(text, place, "\u200b")
    unspaced = [TABLES.has("unspaced", side) for side in sides]
    return any(unspaced) and not any(
        (side != "" and TABLES.has("hidden", side)) or (side.isalnum() and not own)
        for side, own in zip(sides, unspaced, strict=True)
    )


def _turns(text: str, place: int) -> bool:
    """Whether a direction mark stands in a line that is written from right to left."""
    end = text.find("\n", place)
    line = text.rfind("\n", 0, place) + 1, end if end >= 0 else len(text)
    return _leftwards().search(text, *line) is not None


@lru_cache(1)
def _leftwards() -> re.Pattern[str]:
    """Return what finds a character of the blocks that are written from right to left."""
    usual = "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
    return re.compile(f"[{usual}\U00010800-\U00010fff\U0001e800-\U0001efff]")


def _calculates(text: str, place: int) -> bool:
    """Whether an invisible operator stands between parts of a formula, not of a word."""
    sides = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    formal = [side > "\x7f" and TABLES.has("math", side) for side in sides]
    bare = [side != "" and (side.isdigit() or side in "()[]") for side in sides]
    return any(formal) and all(one or other for one, other in zip(formal, bare, strict=True))


def _fills(text: str, place: int) -> bool:
    """Whether a filler stands for the first consonant of an old Korean syllable."""
    return "\u1160" < text[place + 1 : place + 2] <= "\u11a7"


def _fills_after(text: str, place: int) -> bool:
    """Whether a filler stands for the vowel of an old Korean syllable."""
    before = text[place - 1 : place] if place else ""
    return "\u1100" <= before < "\u115f" or "\ua960" <= before <= "\ua97c"


def _parts_vowel(text: str, place: int) -> bool:
    """Whether a separator stands before the last vowel of a Mongolian word."""
    before, after = _around(text, place, "\u180e")
    return TABLES.script(after) == "Mongolian" and _is_own(before, "Mongolian")


_EXCUSES: Mapping[str, Callable[[str, int], bool]] = {
    "\u200b": _parts,
    "\u200c": _joins,
    "\u200d": _joins_or_pictures,
    "\u180e": _parts_vowel,
    "\u115f": _fills,
    "\u1160": _fills_after,
    **dict.fromkeys("\u200e\u200f\u061c", _turns),
    **dict.fromkeys("\u2061\u2062\u2063\u2064", _calculates),
}
