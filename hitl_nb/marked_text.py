"""Turn values into text that shows everything it holds: nothing hidden, nothing reordered."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hitl_nb.messages import Mark, Text

# Controls, soft hyphen, joiners, direction marks and overrides, fillers that look like
# spaces, variation selectors, tags and lone surrogates. New line and tab are text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_EMOJI_STYLE = "\ufe0e\ufe0f"
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{1,6}\U000e007f")
_JOINING_SCRIPTS = (
    "ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL",
    "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "MONGOLIAN", "KHMER", "MYANMAR",
)  # fmt: skip


def show(text: str) -> Text:
    """Split text into runs to draw and marks for characters a reader could not see.

    Joiners inside Arabic or Indic words and inside emoji are part of ordinary writing and
    stay as they are.
    """
    text = text.replace("\r\n", "\n")
    if not _HIDDEN.search(text):
        return [text] if text else []
    flags = [span for match in _FLAG.finditer(text) for span in range(*match.span())]
    innocent = set(flags)
    runs: Text = []
    start = 0
    for match in _HIDDEN.finditer(text):
        place = match.start()
        if place in innocent or _is_ordinary(text, place):
            continue
        if place > start:
            runs.append(text[start:place])
        runs.append(_mark(text[place]))
        start = place + 1
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


def _mark(character: str) -> Mark:
    code = ord(character)
    name = unicodedata.name(character, "") or _UNNAMED.get(code, "unnamed character")
    return {"mark": f"U+{code:04X}", "name": name}


def _is_ordinary(text: str, place: int) -> bool:
    before = text[place - 1] if place else ""
    after = text[place + 1] if place + 1 < len(text) else ""
    if text[place] in _EMOJI_STYLE:
        return _is_pictorial(before) or (before in "0123456789#*" and bool(before))
    if text[place] not in _JOINERS or not before or not after:
        return False
    if _is_pictorial(before) or before in _EMOJI_STYLE:
        return _is_pictorial(after)
    return _joins(before) and _joins(after)


def _is_pictorial(character: str) -> bool:
    return bool(character) and (
        unicodedata.category(character) in ("So", "Sk") or character in "\u2194\u2195\u2640\u2642"
    )


def _joins(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_JOINING_SCRIPTS)


_UNNAMED = {
    0x00: "NULL",
    0x07: "BELL",
    0x08: "BACKSPACE",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
}
