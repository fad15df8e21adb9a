"""Tell whether two names are one person's: whoever counts people counts what this returns.

Two spellings are one name if a reader could not tell them apart, or would not: other case, white
space or punctuation around it, characters that cannot be seen, letters of another script or type
that look the same. Accents distinguish: Ivan is not Iván. So do letters that Unicode calls alike
within one script but that make up different names: rn and m, or l and a capital I.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

from hitl_nb.errors import NameRequired
from hitl_nb.marked_text.unicode_tables import TABLES

_SPACES = "\t\n\x0b\x0c\r\x85\u2028\u2029"
_DIGITS = {"0": "o", "1": "l"}
"""What digits in a word are read as."""
_ROUNDS = 10
_NOBODY = ("code", "notebook user", "terminal user", "script", "nobody", "timeout")
"""What is on the record where nobody was named: no person goes by these names."""


@lru_cache(256)  # one answer compares its names several times
def identity_of(name: str) -> str:
    """Return the key that all spellings of one person's name share; empty if it names nobody.

    It is for comparing, not for showing. The key of a key is that key.

    Example:
        >>> identity_of("Ana.") == identity_of("\u0430na\u200b") == identity_of(" ANA ")
        True
        >>> identity_of("Anna") == identity_of("Ana")
        False
    """
    key = _folded(name)
    for _ in range(_ROUNDS):
        if (again := _folded(key)) == key:
            break
        key = again
    return key


def required_identity(name: str | None, why: str) -> str:
    """Return the key of a name where somebody has to be named.

    Args:
        name: The name; nobody's if it is None.
        why: What the name counts for, as the end of a sentence that begins with "because".

    Raises:
        NameRequired: If it names nobody, or is what the record has for nobody.
    """
    if not names_somebody(name or ""):
        raise NameRequired(name, why)
    return identity_of(name or "")


def names_somebody(name: str) -> bool:
    """Whether a name can be told from none, and from what stands where nobody was named."""
    return identity_of(name) not in _unnamed()


def trimmed(name: str) -> str:
    """Return a name without white space, and what cannot be seen, around it."""
    if name.isascii() and name[:1].isalnum() and name[-1:].isalnum():
        return name
    begin, end = 0, len(name)
    while begin < end and not _seen(name[begin]):
        begin += 1
    while end > begin and not _seen(name[end - 1]):
        end -= 1
    return name[begin:end]


@cache
def _unnamed() -> frozenset[str]:
    return frozenset({"", *map(identity_of, _NOBODY)})


def _folded(name: str) -> str:
    # Before and after: what cannot be seen may keep parts of a letter asunder, or be made of one.
    shown = _seen(unicodedata.normalize("NFKC", _seen(name)))
    words = (_word(word) for word in shown.split(" "))
    joined = _seen(unicodedata.normalize("NFKC", " ".join(words)))
    return " ".join(_trimmed(joined).split(" ")).strip() if joined else ""


def _seen(text: str) -> str:
    """Return text without what cannot be seen, with one space for any white space."""
    spaced = (" " if it in _SPACES or unicodedata.category(it) == "Zs" else it for it in text)
    kept = "".join(it for it in spaced if it == " " or not TABLES.has("hidden", it))
    return " ".join(kept.split())


def _trimmed(text: str) -> str:
    """Return text without white space and punctuation around it."""
    begin, end = 0, len(text)
    while begin < end and _is_edge(text[begin]):
        begin += 1
    while end > begin and _is_edge(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_edge(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZ" or unicodedata.category(character) == "Sk"


def _word(word: str) -> str:
    """Return what a word looks like, whatever its case.

    Capital letters of all scripts look more alike than small ones do, so these are compared; but
    in a word of Latin letters, those of other scripts first become what they are taken for.
    """
    if any(TABLES.script(it) == "Latin" for it in word):
        word = "".join(map(_as_latin, word))
    capitals = unicodedata.normalize("NFD", word.casefold().upper())
    looks = "".join(
        _look(it, inside=0 < place < len(capitals) - 1) for place, it in enumerate(capitals)
    )
    # Small letters of other scripts look like other letters than the capitals they are read from.
    return "".join(it.lower() if it.isascii() else it for it in looks)


def _as_latin(character: str) -> str:
    if character.isascii():
        return _DIGITS.get(character, character)
    look = TABLES.confusables.get(ord(character), character)
    if not look.isascii() or not look.isalnum():
        return character
    return "I" if look == "l" and character.isupper() else look


def _look(character: str, *, inside: bool) -> str:
    look = TABLES.confusables.get(ord(character), character)
    if look == "l":  # the model of whatever looks like a capital I
        return "I"
    # At the end of a word a Hebrew yod would be an apostrophe, and taken for no letter at all.
    loses = character.isalpha() and not any(map(str.isalnum, look)) and not inside
    return character if loses else look
