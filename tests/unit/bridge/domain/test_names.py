"""A typed name can't harm the people who read it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.names import (
    LONGEST_NAME,
    clean_name,
    clean_words,
    holds_address,
    unlinked,
    without_civility,
)

NOTHING = ["\u2800", "\u3164", "\u115f\u1160", "\uffa0", "\u0301", " \u0301\u0302", "\ufe0f"]
NOTHING += ["\U00016fe4", "\U0001d159", "\U000e0100", "\u034f", "\u17b4", "\u180b"]
"""Fillers, blanks, selectors and marks without a letter: what a reader does not see."""
LEGIT = [
    "J.-P. d'Artagnan-Müller", "Gal·la Sol", "Dupont, Jean", "‘Abd al-Rahman", "Anne & Paul",
    "T. J. O’Neil Jr.", "שלום בן־דוד", "山田・太郎", "नरेन्द्र मोदी", "Łukasz Żółć", "Agent 47",
    "İpek Şahin", "မောင်မောင်", "ཀརྨ་པ", "Владимир Ким", "ʻAkahi", "Jean Dupont-Martin 2",
]  # fmt: skip

anything = st.text(st.characters(codec=None, exclude_categories=()))
nasty = st.text(
    st.sampled_from(
        "aé e\u0301\u0302\u0303\u0304\u200b\u202e\u2066\t\n\u2028()<>\x00\ufeff🙂\ud800-.,'’–［）✅·\u3164\u2800ﷺ"
    )
)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Jean Dupont", "Jean Dupont"),
        ("  Jean \t\n Dupont  ", "Jean Dupont"),
        ("Jean\u2028Dupont", "Jean Dupont"),
        ("Je\u0301ro\u0302me", "Jérôme"),
        ("نادية Müller-Østergård", "نادية Müller-Østergård"),
        ("Nguyễn Thị Hường", "Nguyễn Thị Hường"),
        ("O’Connor 🙂", "O’Connor"),
        ("Admin (externe – Dinum)", "Admin externe Dinum"),
        ("<b>Jean</b>", "b Jean b"),
        ("\u202enitraM ecilA", "nitraM ecilA"),
        ("Jean\u200bDupont", "JeanDupont"),
        ("Z" + "\u0335" * 40, "Z\u0335\u0335"),
        ("\x00\x1b[31mJean", "31mJean"),
        ("\ud83d", ""),
        ("", ""),
        ("\u200b\u200e", ""),
        ("()", ""),
        *((nothing, "") for nothing in NOTHING),
        ("Jean -Luc / Paul", "Jean Luc Paul"),
        ("Alice!Martin/DGFIP", "Alice Martin DGFIP"),
        ("Alice Martin [DGFIP]", "Alice Martin DGFIP"),
        ("Alice Martin （agent）", "Alice Martin agent"),
        ("【agent】 《Alice》 ⟦x⟧ ﹝y﹞ ❨z❩", "agent Alice x y z"),
        ("✅ Alice Martin vérifiée ☑✔✓🔒🛡️", "Alice Martin vérifiée"),
        ("Alice Martin – agent · ｜ : / DGFIP", "Alice Martin agent DGFIP"),
        ("Jean\nDupont attend. ✅ Alice a fait entrer", "Jean Dupont attend. Alice a fait entrer"),
        ("𝐀𝐥𝐢𝐜𝐞 Ｍａｒｔｉｎ", "Alice Martin"),
        ("Jean–Paul—Marie", "Jean Paul Marie"),
        ("Jean\u2e00Dupont", "Jean Dupont"),
        ("אב־ כהן", "אב כהן"),
        ("Les Dupont’ Martin", "Les Dupont’ Martin"),
        ("a\u3164b", "a b"),
        ("a" * 100, "a" * LONGEST_NAME),
        ("a" * 63 + " bc", "a" * 63),
    ],
)
def test_a_name_keeps_only_what_names_are_written_with(typed: str, shown: str):
    assert clean_name(typed) == shown


@pytest.mark.parametrize("name", LEGIT)
def test_names_of_every_script_stay_as_they_are(name: str):
    assert clean_name(name) == name


@pytest.mark.parametrize("nothing", NOTHING)
def test_words_that_nobody_sees_are_none(nothing: str):
    assert clean_words(nothing, 64) == ""


def test_other_words_keep_their_brackets():
    assert clean_words("Point (budget) <été>", 64) == "Point (budget) <été>"
    assert clean_words("Point\u202e budget", 5) == "Point"


def test_marks_that_stand_on_nothing_are_no_more_than_others():
    mark = "\u0307"
    assert clean_words(f"{mark * 9}1", 64) == f"{mark * 2}1"
    assert clean_words(f"1{mark * 9}", 64) == f"1{mark * 2}"


def test_between_emojis_nothing_hidden_stays():
    family = "👨\u200d👩\u200d👧"
    typed = f"{family} a\u202eb {family} c\u200bd {family}"
    assert clean_words(typed, 64) == f"{family} ab {family} cd {family}"


@given(anything | nasty)
def test_whatever_is_typed_is_one_safe_line(typed: str):
    shown = clean_name(typed)
    assert len(shown) <= LONGEST_NAME
    assert shown == " ".join(shown.split())
    assert not shown or any(char.isalpha() for char in shown)
    for char in shown:
        kind = unicodedata.category(char)
        assert kind[0] in "LM" or kind in ("Nd", "Po", "Pd") or char in " '’‘&", char
    for char in shown:
        assert char == " " or unicodedata.category(char) not in {
            "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
        }  # fmt: skip
    marks = "".join("m" if unicodedata.category(c) in ("Mn", "Me") else "-" for c in shown)
    assert "mmm" not in marks
    shown.encode()


@given(anything | nasty)
def test_cleaning_twice_is_cleaning_once(typed: str):
    assert clean_name(clean_name(typed)) == clean_name(typed)
    assert clean_words(clean_words(typed, 64), 64) == clean_words(typed, 64)


@pytest.mark.parametrize(
    "typed",
    [
        "gouv.fr",
        "evil.example",
        "a.b.co.uk/x.html",
        "é.рф",
        "x\u030c.fr",
        "evil。com",
        "xn--a.xn--b",
        "क.भारत",
    ],
)
def test_a_domain_is_broken_before_each_dot_that_makes_it_one(typed: str):
    shown = unlinked(f"Voir {typed}, merci")
    assert shown.replace("\u2060", "") == f"Voir {typed}, merci"
    assert re.search(r"[^\s\u2060][.。][^\W\d_][^\s\u2060!-/:-@]", shown) is None
    assert unlinked(shown) == shown
    assert clean_words(shown, 64) == f"Voir {typed}, merci"


@pytest.mark.parametrize("typed", ["v2.1", "14.30", "J. R. Dupont", "J.R.", "Fin. Début", "..."])
def test_dots_that_make_no_domain_stay(typed: str):
    assert unlinked(typed) == typed


@pytest.mark.parametrize(
    "typed", ["x http://a", "HTTPS://a", "www.a", "(Www.a)", "x：／／a", "ｗｗｗ.a", "www。a"]
)
def test_addresses_are_seen_in_every_form(typed: str):
    assert holds_address(typed)


@pytest.mark.parametrize("typed", ["gouv.fr", "Point : budget", "awww.a", "http:/a", ""])
def test_what_is_no_address(typed: str):
    assert not holds_address(typed)


@given(st.integers(0, 40))
def test_no_length_is_slow(exponent: int):
    assert len(clean_name("a\u0301" * 2 ** (exponent // 3))) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *[(f"{civility} Dupont", "Dupont") for civility in ("M.", "Mr", "mme", "Monsieur", "Dr.")],
        ("M.", "M."),
        ("Mr", "Mr"),
        ("Mrozek", "Mrozek"),
        ("Jean M. Dupont", "Jean M. Dupont"),
    ],
)
def test_a_name_without_what_is_said_before_it(typed: str, name: str):
    assert without_civility(typed) == name
