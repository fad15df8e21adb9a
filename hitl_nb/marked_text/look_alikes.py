"""Find letters that pass for letters of another script: a Cyrillic а in a Latin word.

A word of one script is left alone, however it looks. So is a word that shows itself to be of two:
of those letters of the lesser script that stand together, one has no double in the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from hitl_nb.marked_text.unicode_tables import TABLES

_TOLD_APART = ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee")
_TOGETHER = ("Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Yi")
"""Scripts that stand beside others without a space between."""
_OTHER_TYPE = re.compile("[\u2160-\u217f\U0001d400-\U0001d7ff]")
"""Roman numerals and mathematical letters, which are of no script or another one's type."""


def strangers(text: str) -> Iterator[tuple[int, str]]:
    """Find letters that are not of the script of the word they stand in, but look so.

    Args:
        text: The text, which is not all ASCII.

    Yields:
        Where one stands, and the script of the rest of its word.
    """
    for match in _OTHER_TYPE.finditer(text):
        place = match.start()
        sides = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
        if any(side.isascii() and side.isalpha() for side in sides):
            yield place, "Latin"
    seen = 0
    for met in _meetings(text):
        if met >= seen:
            begin, end = _word_around(text, met)
            seen = end
            for place, host in _in_word(text[begin:end]):
                yield begin + place, host


def _meetings(text: str) -> Iterator[int]:
    """Find where letters of different scripts stand side by side."""
    if not _set_of("").search(text) and not any(
        _set_of(name).search(text) for name in _TOLD_APART[1:]
    ):
        return
    present = tuple(name for name in (*_TOLD_APART, "") if _set_of(name).search(text))
    if len(present) > 1:
        for match in _meeting(present).finditer(text):
            yield match.start()


@lru_cache
def _letters(name: str) -> str:
    """Return the letters of a script, or of all that are not told apart, as inside of a set."""
    alone = [it for it in TABLES.scripts if it not in (*_TOLD_APART, *_TOGETHER)]
    return "".join(map(TABLES.usual_of, [name] if name else alone))


@lru_cache
def _set_of(name: str) -> re.Pattern[str]:
    return re.compile(f"[{_letters(name)}]")


@lru_cache
def _meeting(present: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a letter that is followed by one of another script in the same word."""
    between = f"[{TABLES.usual('marks')}\\d_]*"
    return re.compile(
        "|".join(
            f"[{_letters(own)}]{between}(?=[{''.join(map(_letters, rest))}])"
            for own in present
            if (rest := [name for name in present if name != own])
        )
    )


@lru_cache(1)
def _word() -> re.Pattern[str]:
    return re.compile(rf"[\w{TABLES.usual('marks')}]+")


def _word_around(text: str, place: int) -> tuple[int, int]:
    begin = place
    while begin and _word().match(text, begin - 1):
        begin -= 1
    found = _word().match(text, begin)
    return begin, found.end() if found else place + 1


def _in_word(word: str) -> Iterator[tuple[int, str]]:
    letters = [(place, TABLES.script(it)) for place, it in enumerate(word) if it.isalpha()]
    numbers = Counter(script for _, script in letters if script)
    if not numbers:
        return
    host = max(numbers, key=lambda script: (numbers[script], script == "Latin"))
    for script, run in groupby(letters, lambda letter: letter[1]):
        places = [place for place, _ in run]
        if script not in ("", host) and all(TABLES.looks_like(word[it], host) for it in places):
            yield from ((place, host) for place in places)
