"""One person is one name, however it is spelled; two people are two."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_nb.errors import NameRequired
from hitl_nb.marked_text.identity import identity_of, required_identity
from hitl_nb.marked_text.unicode_tables import TABLES

CLDR = json.loads(Path(__file__).with_name("cldr_sample.json").read_text("utf-8"))["texts"]
SPACES = "\t\n\x0b\x0c\r\x85\u2028\u2029"
HIDDEN = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if TABLES.has("hidden", chr(code)) and chr(code) not in SPACES
]

OF_ANA = [
    "Ana", "ANA", " ana ", "ana\t", "\u3000ana\u00a0", "ana.", "ana,", "(ana)", "\u201cana\u201d",
    "@ana", "ana…", "ana\ufe0f", "ana\u034f", "ana\u3164", "ana\u2800", "ana\x00", "\u200bana",
    "a\u200cna", "a\u200dna", "\u2060ana", "\ufeffana", "an\u00ada", "\u202eana\u202c",
    "\u2066ana\u2069", "ana\U000e0041", "ana\U000e0100", "an\u180ea", "ana\u115f", "ana\uffa0",
    "ana\u061c", "a\x1fna", "ana\ud800", "\u0430na", "an\u0430", "\u0430n\u0430", "\u0391na",
    "\u13aana", "\u0251na", "\uff41\uff4e\uff41", "\U0001d41a\U0001d427\U0001d41a",
    "\u24d0\u24dd\u24d0", "\u1d43na",
]  # fmt: skip


@pytest.mark.parametrize("spelled", OF_ANA, ids=ascii)
def test_a_name_that_reads_the_same_is_the_same_person(spelled: str) -> None:
    assert identity_of(spelled) == identity_of("ana") == "ana"


@pytest.mark.parametrize(
    "spellings",
    [
        ["John Smith", "john  smith", "JOHN\u00a0SMITH", " John\nSmith. ", "J\u043ehn Sm\u0456th"],
        ["Helen", "\u041delen", "HELEN", "H\u0435len", "\u0397elen"],
        ["Ivan", "\u0406van", "\u0399van", "IVAN", "I\u03bdan"],
        ["Paul", "pau1", "PAU1", "P\u0430ul", "\u0420aul"],
        ["Oleg", "0leg", "\u041eleg"],
        ["Нина", "нина", "НИНА", "Hинa", "\u0397ина"],
        ["Вова", "ВОВА", "вова", "BOBA"],
        ["Σωκράτης", "ΣΩΚΡΆΤΗΣ", "σωκράτησ"],
        ["Straße", "STRASSE", "strasse"],
        ["José", "Jose\u0301", "JOSÉ", "Jos\u200be\u0301"],
        ["O'Brien", "O’Brien", "O\u02bcBrien"],
        ["مریم", "مريم"],
        ["Юлия", "ЮЛИЯ", "юлия."],
        ["李明", "李\ufe0f明", " 李明 "],
        ["カナ", "ｶﾅ", "力ナ"],
    ],
    ids=lambda spellings: ascii(spellings[0]),
)
def test_spellings_of_other_names_are_one_person_too(spellings: list[str]) -> None:
    assert len({identity_of(spelled) for spelled in spellings}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ["Ana", "Anna", "Anja", "Ann", "Anya", "Hana", "Ani", "An", "Ana B", "Ana-B", "Ana2"],
        ["Ivan", "Iván", "Iwan", "Ian", "Ivana"],
        ["Ilia", "Lila", "Lilia", "Ali", "Ail"],
        ["Arno", "Amo", "Armo"],
        ["Mila", "Mira", "Milo", "Nila"],
        ["Jose", "José", "Josè", "Josef"],
        ["Łukasz", "Lukasz"],
        ["Søren", "Soren", "Sören"],
        ["reviewer 1", "reviewer 2", "reviewer 11", "reviewer"],
        ["李", "季", "木", "子"],
        ["田中", "由中", "中田"],
        ["김민준", "김민지", "이민준"],
        ["Иван", "Нина", "Анна", "Алла", "Инна", "Яна", "Ян", "Игорь", "Юрий", "Вова", "Галя"],
        ["Ελένη", "Μαρία", "Νίκος"],
        ["محمد", "احمد", "محمود"],
        ["דוד", "דן", "דנה", "ערב", "ערבי"],
        ["राम", "रमा", "सीता"],
        ["🦊", "🐻"],
    ],
    ids=lambda names: ascii(names[0]),
)
def test_different_people_stay_different(names: list[str]) -> None:
    for one, other in itertools.combinations(names, 2):
        assert identity_of(one) != identity_of(other), (one, other)


@pytest.mark.parametrize(
    "name", [None, "", " ", ".", "...", "\u3164", "\u2800\u200b", "\x00", "(-)"]
)
def test_a_name_of_nobody_is_refused_where_it_counts(name: str | None) -> None:
    assert identity_of(name or "") == ""
    with pytest.raises(NameRequired, match="two people have to approve") as caught:
        required_identity(name, "two people have to approve")
    assert caught.value.name == name


def test_a_name_that_counts_is_returned_as_its_key() -> None:
    assert required_identity("Ana.", "two people have to approve") == "ana"


@given(st.text())
def test_the_key_of_a_key_is_that_key(name: str) -> None:
    key = identity_of(name)
    assert identity_of(key) == key


NAMES = st.one_of(
    st.text(),
    st.sampled_from([*OF_ANA, *(text for texts in CLDR.values() for text in texts)]),
    st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "Zs", "P"])),
)


@given(name=NAMES, hidden=st.sampled_from(HIDDEN), share=st.floats(0, 1))
def test_what_cannot_be_seen_makes_nobody_else(name: str, hidden: str, share: float) -> None:
    place = round(share * len(name))
    assert identity_of(name[:place] + hidden + name[place:]) == identity_of(name)


@given(NAMES)
def test_white_space_and_full_stops_around_make_nobody_else(name: str) -> None:
    assert identity_of(f" \t{name}. ") == identity_of(name)


def test_every_hidden_character_makes_nobody_else() -> None:
    assert [it for it in HIDDEN if identity_of(f"an{it}a") != "ana"] == []


@given(st.text(st.characters(codec="ascii")))
def test_case_makes_nobody_else(name: str) -> None:
    assert identity_of(name.upper()) == identity_of(name.lower()) == identity_of(name)


def test_the_texts_of_every_language_keep_their_differences() -> None:
    for language, texts in CLDR.items():
        folded = {text.casefold() for text in texts}
        assert len({identity_of(text) for text in folded}) == len(folded), language
