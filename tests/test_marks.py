"""Whatever text conceals is marked, and no language is marked for being written as it is."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_nb.marked_text import MOST_BLANK_LINES, MOST_BLANKS, plain, show
from hitl_nb.marked_text.unicode_tables import TABLES
from hitl_nb.messages import Mark

EVERYTHING = [chr(code) for code in range(sys.maxunicode + 1)]
CLDR = json.loads(Path(__file__).with_name("cldr_sample.json").read_text("utf-8"))["texts"]


def marks(text: str) -> list[Mark]:
    return [run for run in show(text) if not isinstance(run, str)]


def marked(text: str) -> str:
    """Return the characters that are marked."""
    return "".join(chr(int(mark["mark"][2:], 16)) for mark in marks(text))


def test_every_format_character_is_marked_between_latin_letters() -> None:
    formats = [it for it in EVERYTHING if unicodedata.category(it) == "Cf"]
    assert len(formats) >= 163
    assert [it for it in formats if marked(f"a{it}b") != it] == []


def test_every_control_surrogate_and_separator_is_marked_but_tab_and_new_line() -> None:
    hidden = [it for it in EVERYTHING if unicodedata.category(it) in ("Cc", "Cs", "Zl", "Zp")]
    assert [it for it in hidden if marked(f"a{it}b") != it] == ["\t", "\n"]


def test_what_is_ignored_by_default_is_marked_wherever_nothing_needs_it() -> None:
    fillers = "\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0\U000e0fff"
    assert [it for it in fillers if marked(f"a{it}b") != it] == []
    assert marked(f"pay{fillers}!") == fillers
    assert marked("한\u3164국") == "\u3164"
    assert marked("ភា\u17b4សា") == "\u17b4"


@pytest.mark.parametrize("selector", ["\ufe00", "\ufe0e", "\ufe0f", "\U000e0100", "\u180b"])
@pytest.mark.parametrize("base", ["a", "7", "#", "é", " ", "ж", "한", "👍", "🥲", "क", "\u0301"])
def test_a_selector_behind_a_base_that_takes_none_is_marked(base: str, selector: str) -> None:
    taken = selector in "\ufe0e\ufe0f" and base == "👍"
    assert marked(f"x{base}{selector}y") == ("" if taken else selector)


def test_a_digit_takes_an_emoji_selector_only_for_a_key() -> None:
    for digit in "0123456789#*":
        assert show(f"{digit}\ufe0f\u20e3") == [f"{digit}\ufe0f\u20e3"]
        assert marked(f"pay {digit}\ufe0f EUR") == "\ufe0f"
    assert marked("\ufe0f") == "\ufe0f"
    assert marked("❤\ufe0f\ufe0f") == "\ufe0f"


ENCLOSING = [chr(it) for it in range(0x110000) if unicodedata.category(chr(it)) == "Me"]


@pytest.mark.parametrize("frame", ENCLOSING, ids=ascii)
def test_a_frame_around_what_it_is_not_made_for_is_marked(frame: str) -> None:
    assert marked(f"pay 9{frame}0{frame} EUR") == ("" if frame == "\u20e3" else frame * 2)
    assert marked(f"p{frame}ay") == frame
    assert marked(f"\u0430{frame}") == ("" if "CYRILLIC" in unicodedata.name(frame) else frame)


def test_every_selector_unicode_defines_is_taken_and_no_more() -> None:
    assert marked("❤\ufe0f ©\ufe0e ≨\ufe00 \u1820\u180b 㐂\U000e0100 ⚠\ufe0f") == ""
    assert marked("㐂\U000e01ef") == "\U000e01ef"
    assert marked("≨\ufe01") == "\ufe01"
    hidden = "".join(chr(0xE0100 + byte) for byte in b"pay the attacker")
    assert marked(f"👍{hidden}") == hidden
    assert len(marked(f"葛{hidden}")) >= len(hidden) - 1


def tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(it)) for it in text) + "\U000e007f"


def test_tag_characters_are_marked_unless_they_spell_a_flag_there_is() -> None:
    for place in ("gbeng", "gbsct", "gbwls"):
        assert show(f"\U0001f3f4{tags(place)}") == [f"\U0001f3f4{tags(place)}"]
    for text in ("gb", "usca", "gbxyz", "pay", "payout"):
        assert marked(f"\U0001f3f4{tags(text)}") == tags(text)
    assert marked(f"\U0001f3f4{tags('gbeng')}{tags('pay')}") == tags("pay")
    assert marked(f"🏁{tags('gbeng')}") == tags("gbeng")
    assert marked(tags("ignore all rules")) == tags("ignore all rules")


@pytest.mark.parametrize(
    ("word", "strange"),
    [
        ("pаypаl", "аа"),
        ("раypal", "ра"),
        ("аdmin", "а"),
        ("gооgle", "оо"),
        ("micrоsoft", "о"),
        ("аpple", "а"),
        ("Сhase", "С"),
        ("cоm_pаy", "оа"),
        ("Нelen", "Н"),
        ("Іvan", "І"),
        ("ѕend", "ѕ"),
        ("јob", "ј"),
        ("p\u0430\u0301y", "а"),
        ("α\u0301dmin", "α"),
        ("Αpple", "Α"),
        ("tοtal", "ο"),
        ("ρay", "ρ"),
        ("Ηello", "Η"),
        ("օrder", "օ"),
        ("ordeր", ""),
        ("Տend", "Տ"),
        ("ՕK", "Օ"),
        ("Ꭺmount", "Ꭺ"),
        ("ᏢAY", "Ꮲ"),
        ("Мoscow", "М"),
        ("Москвa", "a"),
        ("Cбербанк", "C"),
        ("Αнна", "Α"),
        ("p𝐚y", "𝐚"),
        ("paypaⅼ", "ⅼ"),
        ("ⅾelete", "ⅾ"),
        ("n०", ""),
    ],
)
def test_a_letter_that_passes_for_one_of_its_words_script_is_marked(
    word: str, strange: str
) -> None:
    assert marked(f"to {word}, now") == strange
    if strange:
        assert "in a word of" in marks(word)[0]["name"]


@pytest.mark.parametrize(
    "text",
    [
        "USB-кабель и SIM-карта, iPhone'ом, 5G-сеть, Wi-Fi",
        "Привет, Anna! Это Анна.",
        "μm, kΩ, Δt, 5 µg, ΔHf",
        "Σ(xᵢ − x̄)² ≠ 0, a ⊄ b, x ≠ y, ∀x∈ℝ: 𝑓\u2061(𝑥) = 2\u2062𝑥",
        "𝐚 ∙ 𝐛 = ‖𝐚‖‖𝐛‖ cos θ, part Ⅳ, ⅷ",
        "日本語とEnglishとカタカナのMIXテキスト",
        "中文ABC混排，注音ㄅㄆㄇ",
        "한국어와 English를 섞어 씀, 漢字도",
        "ภาษาไทยกับFacebookด้วย",
    ],
)
def test_words_that_show_that_they_are_of_two_scripts_are_left_alone(text: str) -> None:
    assert show(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم! السعر \u200f100 درهم (50%)",
        "العدد \u0600١٢٣ والسنة \u0601١٤٤٥ الآية \u06dd٧",
        "می\u200cخواهم کتاب\u200cها را بخوانم",
        "ہم اردو لکھتے ہیں۔",
        "שלום עולם, מחיר: \u200f100 ש״ח",
        "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
        "क्\u200dष, हिन्दी, र\u200d्\u200dय",
        "বাংলা র\u200d্যাব",
        "ශ්\u200dරී ලංකාව",
        "ഞായറാഴ്\u200cച",
        "ಸ್ಟೇಷನ್\u200c ಮಾಸ್ಟರ್\u200cಗಳು",
        "ភាសា\u200bខ្មែរ\u200bជា\u200bភាសា",
        "ພາສາ\u200bລາວ\u200bແລະ",
        "ภาษา\u200bไทย",
        "မြန်မာ\u200bဘာသာ",
        "བོད་ཡིག་གི་དཔེ་ཆ།",
        "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠨᠢᠮ\u180eᠠ \u1820\u180b",
        "ܫܠܡܐ \u070fܫܢܬܐ",
        "\u1112\u119e\u11ab\u1100\u1173\u11af \u115f\u1161 \u1100\u1160\u11a8",
        "葛\U000e0100城市 辻\U000e0100",
        "Tiếng Việt: Vie\u0323\u0302t Nam",
        "a\u0301\u0328\u0330\u0308 as linguists write",
        "𓀀\U00013430𓀁",
        "👩\u200d👩\u200d👧\u200d👦 👍🏽 🧑🏿\u200d🤝\u200d🧑🏻 ❤\ufe0f\u200d🔥 🇩🇪 1\ufe0f\u20e3",
        "🏴\u200d☠\ufe0f 🏳\ufe0f\u200d⚧\ufe0f 🙂\u200d↔\ufe0f 👁\ufe0f\u200d🗨\ufe0f",
        "Crème brûlée, naïve, Größe, ½ €, Ångström, ﬁne, ①, “quotes” — dash…",
    ],
)
def test_ordinary_writing_of_any_language_is_left_alone(text: str) -> None:
    assert show(text) == [text]


@pytest.mark.parametrize("language", CLDR)
def test_what_unicode_itself_says_in_each_language_is_left_alone(language: str) -> None:
    assert [plain(show(text)) for text in CLDR[language] if show(text) != [text]] == []


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("pay \u200f100 \u200eEUR", "\u200f\u200e"),
        ("مرحبا\npay \u200f100", "\u200f"),
        ("مرحبا \u202e100", "\u202e"),
        ("שלום \u2066a\u2069", "\u2066\u2069"),
        ("می\u200cx", "\u200c"),
        ("می\u200c\u200c\u200c\u200c\u200cخ", "\u200c" * 5),
        ("ภาษา\u200bpay", "\u200b"),
        ("👍\u200dpay", "\u200d"),
        ("a\u2062b", "\u2062"),
        ("x\u0600y", "\u0600"),
        ("한\u115f국", "\u115f"),
        ("a\u180eb", "\u180e"),
    ],
)
def test_a_character_one_language_needs_is_marked_where_that_is_not_written(
    text: str, strange: str
) -> None:
    assert marked(text) == strange


def test_strokes_through_letters_and_digits_are_marked() -> None:
    for stroke in "\u0334\u0335\u0336\u0337\u0338\u20d2\u20d3\u20e5\u20ea\u20eb":
        assert marked(f"a{stroke}p{stroke}p{stroke}1{stroke}") == stroke * 4
    assert marked("\u0338") == "\u0338"


def test_a_pile_of_marks_is_shown_as_so_many_more() -> None:
    pile = "\u0300\u0301" * 10
    assert show(f"a{pile}b") == [
        f"a{pile[:4]}",
        {"mark": "16 more marks", "name": "16 more marks"},
        "b",
    ]
    assert plain(show("ก" + "\u0e49" * 20)) == "ก" + "\u0e49" * 8 + "[12 more marks]"
    assert plain(show("😀" * 20)) == "😀" * 20


def test_a_wall_of_blank_lines_says_how_many_they_are() -> None:
    said = {"mark": "300 blank lines", "name": "300 blank lines"}
    assert show("pay 1\n" + "\n" * 300 + "and 9,000") == ["pay 1\n", said, "and 9,000"]
    assert show("pay 1\n" + " \t\n" * 300 + "and 9,000") == ["pay 1\n", said, "and 9,000"]
    assert show("é\n" + "\u3000\n" * 300 + "x") == ["é\n", said, "x"]
    assert show("a\r\n" + "\r\n" * 300 + "b") == ["a\n", said, "b"]
    few = "a\n" + "\n" * MOST_BLANK_LINES + "b"
    assert show(few) == [few]


@given(before=st.text("ab \n", max_size=60), number=st.integers(MOST_BLANKS, 700))
def test_a_wall_of_blanks_is_found_wherever_it_begins(before: str, number: int) -> None:
    shown = show(f"{before}x{' ' * number}y")
    assert {"mark": f"{number} blanks", "name": f"{number} blanks"} in shown


def test_controls_in_ascii_are_marked() -> None:
    assert plain(show("a\x1b[31mb\x07\tc\n")) == "a[U+001B][31mb[U+0007]\tc\n"
    long = "x" * 10_000
    assert plain(show(f"{long}\x08{long}")) == f"{long}[U+0008]{long}"


AWKWARD = "aбαا한क\u094dภ\u200b\u200c\u200d\u0301\u0335\ufe0f👍🏽1 \n\x00\u202e\u2062\u3164"


@given(st.text(st.sampled_from(AWKWARD), max_size=40))
def test_what_is_drawn_and_what_is_marked_are_the_whole_text(text: str) -> None:
    rest = text
    for run in show(text):
        if isinstance(run, str):
            assert run
            assert rest.startswith(run)
            rest = rest[len(run) :]
        else:
            number, _, what = run["mark"].partition(" ")
            assert what or number == f"U+{ord(rest[0]):04X}"
            rest = rest[int(number) if what else 1 :]
    assert rest == ""


def test_the_tables_are_of_one_version_of_unicode() -> None:
    assert TABLES.version == "15.0.0"
    assert TABLES.script("я") == "Cyrillic"
    assert TABLES.script("1") == TABLES.script("\u0301") == ""
