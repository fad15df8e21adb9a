"""Nothing a reader could not see stays unseen, and ordinary writing is left alone."""

from __future__ import annotations

import pytest

from hitl_nb.marked_text import brief, plain, show


@pytest.mark.parametrize(
    ("text", "mark", "name"),
    [
        ("pay\u202eyap", "U+202E", "RIGHT-TO-LEFT OVERRIDE"),
        ("a\u200bb", "U+200B", "ZERO WIDTH SPACE"),
        ("a\u2066b", "U+2066", "LEFT-TO-RIGHT ISOLATE"),
        ("a\U000e0041b", "U+E0041", "TAG LATIN CAPITAL LETTER A"),
        ("a\x1b[31mb", "U+001B", "ESCAPE"),
        ("a\x00b", "U+0000", "NULL"),
        ("a\u3164b", "U+3164", "HANGUL FILLER"),
        ("a\ufe0fb", "U+FE0F", "VARIATION SELECTOR-16"),
        ("a\u200db", "U+200D", "ZERO WIDTH JOINER"),
        ("a\ud800b", "U+D800", "unnamed character"),
        ("a\rb", "U+000D", "CARRIAGE RETURN"),
        ("a\u2028b", "U+2028", "LINE SEPARATOR"),
    ],
)
def test_hidden_characters_become_marks(text: str, mark: str, name: str) -> None:
    assert {"mark": mark, "name": name} in show(text)
    assert f"[{mark}]" in plain(show(text))


@pytest.mark.parametrize(
    "text",
    [
        "Plain text, with a tab\tand a new line\nin it.",
        "Crème brûlée, naïve, Größe, ½ €",
        "مرحبا بالعالم",
        "می‌خواهم",
        "שלום עולם",
        "क्‍ष हिन्दी",
        "👩‍👩‍👧‍👦 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 🏳️‍🌈",
        "日本語のテキスト",
    ],
)
def test_ordinary_writing_has_no_marks(text: str) -> None:
    assert show(text) == [text]


def test_windows_line_ends_are_line_ends() -> None:
    assert show("one\r\ntwo") == ["one\ntwo"]


def test_empty_text_shows_nothing() -> None:
    assert show("") == []


def test_a_brief_value_is_one_cut_line() -> None:
    assert brief("two\nlines") == ['"two⏎lines"']
    assert brief([1, 2]) == ["[1, 2]"]
    assert plain(brief("x" * 500, width=10)) == '"xxxxxxxxx…"'
