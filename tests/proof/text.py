"""Rows about what is seen: concealed text is marked, and nothing is approved unseen."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

from figure import Figure, at, none_of
from inboxes import Opened

from hitl_nb import START, Approval, Inbox, InMemorySaver, StateGraph, interrupt
from hitl_nb.forms.evidence import LONGEST_TEXT
from hitl_nb.marked_text import show

CARRIER = "Pay ana 10 EUR today."
FLAG_OF_ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
HOMOGLYPHS = (
    "p\u0430ypal", "\u0440aypal", "g\u043e\u043egle", "\u0430pple", "micr\u043es\u043eft",
    "\u0455ecure", "\u0456nvoice", "\u0501elete", "pay\u0440al", "b\u0430nk", "admi\u0578",
    "\u03bfrder", "acc\u03bfunt", "\u03c1ay", "tot\u0430l", "\u0441onfirm", "\u0443es", "\u0435ur",
    "appr\u043eve", "r\u0435fund",
)  # fmt: skip
"""Words of mixed scripts that read like other words."""
FALSE_MARKS = 0.001
"""The share of ordinary strings of a language that may be marked."""
MIXED = frozenset({"ab", "jgo", "kaa", "tzm"})
"""Languages for which CLDR itself has words with a look-alike of another script, rightly marked."""


def is_marked(text: str) -> bool:
    """Whether a reader is told that there is something they cannot see."""
    return any(not isinstance(run, str) for run in show(text))


def concealed() -> Iterator[tuple[str, str]]:
    """Yield texts that conceal something, and the kind of concealment."""

    def inside(text: str) -> str:
        return f"{CARRIER[:7]}{text}{CARRIER[7:]}"

    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) == "Cf":
            yield f"format character U+{code:04X}", inside(chr(code))
    for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)):
        yield f"variation selector U+{code:04X}", inside(chr(code))
    for code in (0x00, 0x07, 0x08, 0x0D, 0x1B, 0x7F, 0x9B, 0x34F, 0x115F, 0x1160, 0x2800, 0x3164):
        yield f"control or filler U+{code:04X}", inside(chr(code))
    for word in HOMOGLYPHS:
        yield f"homoglyphs {word!r}", f"Log in at {word} now."
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "paybob")
    yield "tags behind a flag", f"{FLAG_OF_ENGLAND}{tags}"
    yield "tags that are no flag", f"\U0001f3f4{tags}\U000e007f"  # of no place there is
    for digits in ("1\ufe0f0", "9000\ufe0f", "#\ufe0e"):
        yield "a variation selector behind a digit", f"Pay {digits} EUR"
    for code in (0x335, 0x336, 0x337, 0x338, 0x489, 0x20DD, 0x20E0):
        yield f"overlay U+{code:04X}", f"Pay 9{chr(code)}0{chr(code)} EUR"
    yield "ANSI", "\x1b[8mand bob\x1b[0m"
    yield "a wall of blank lines", "Pay 1 EUR" + "\n" * 300 + "and 9000 to bob"


def concealed_text(languages: int) -> Figure:
    """Look for marks in concealed text, and for none in the words of so many languages."""
    texts = list(concealed())
    unseen = [name for name, text in texts if not is_marked(text)]
    every = list(false_marks(languages))
    read = [found for found in every if found[0] not in MIXED]
    worst = max(read, key=lambda found: found[1])
    too_many = [language for language, share, _ in read if share >= FALSE_MARKS]
    strings = sum(many for *_, many in read)
    return Figure(
        not unseen and not too_many,
        f"{len(texts) - len(unseen)} of {len(texts)} concealed texts marked; of {strings:,} "
        f"strings in {len(read)} languages falsely marked at worst {worst[1]:.2%} ({worst[0]}); "
        f"{len(every) - len(read)} whose CLDR names mix scripts are left out",
    )


_FIRST = ("km", "lo", "ar", "he", "hi", "fa", "th", "ja", "en", "fr", "my", "bn")


def false_marks(languages: int) -> Iterator[tuple[str, float, int]]:
    """Yield languages, the share of their words that is marked, and how many words there are."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    every = sorted({name for name in locale_identifiers() if "_" not in name} - {"root", *_FIRST})
    for name in (*_FIRST, *every)[:languages]:
        words = list(_words(Locale.parse(name)))
        if words:
            yield name, sum(map(is_marked, words)) / len(words), len(words)


def _words(locale: Any) -> Iterator[str]:
    for names in (locale.languages, locale.territories, locale.scripts, locale.currencies):
        yield from names.values()
    for widths in (locale.months, locale.days):
        for context in widths.values():
            for names in context.values():
                yield from names.values()


def approved_unseen(rounds: int) -> Figure:
    """Hide something in 1 MB and approve what was never sent, saying that all of it was seen."""
    chance = random.Random(27)
    approved = 0
    for _ in range(rounds):
        place = chance.randrange(LONGEST_TEXT * 2, 1_000_000)
        letter = "x" * place + " and delete everything " + "x" * (1_000_000 - place)
        saver, inbox = asked_about(letter)
        approve(inbox, {"seconds": 9.0, "characters": 10**6, "total": 10**6})
        approved += any(not is_explicit(row) for row in saver.decisions())
    return none_of(approved, rounds, "texts of 1 MB approved that were never shown")


def asked_about(letter: str) -> tuple[InMemorySaver, Opened]:
    """Ask to approve something, with a letter as evidence, in an inbox."""
    saver = InMemorySaver()

    def send(state: dict[str, Any]) -> dict[str, Any]:
        return {"sent": interrupt(Approval("Send it?", context={"letter": letter})).approved}

    app = StateGraph(name="send").add_node(send).add_edge(START, "send").compile(saver)
    app.invoke({}, at("t"))
    return saver, Opened(Inbox(saver, reviewer="ana"))


def approve(inbox: Opened, displayed: dict[str, Any]) -> None:
    """Approve what is selected, and say what was displayed."""
    answer = {
        "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    inbox.submit(answer, displayed=displayed)


def is_explicit(row: Any) -> bool:
    """Whether a decision says that it was made without having seen all there was."""
    return isinstance(row.displayed, dict) and bool(row.displayed.get("unseen_accepted"))
