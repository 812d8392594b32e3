"""What people type as a name can't harm whoever is shown it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.names import LONGEST_NAME, clean_name, clean_words

anything = st.text(st.characters(codec=None, exclude_categories=()))
nasty = st.text(
    st.sampled_from(
        "aé e\u0301\u0302\u0303\u0304\u200b\u202e\u2066\t\n\u2028()<>\x00\ufeff🙂\ud800"
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
        ("O’Connor 🙂", "O’Connor 🙂"),
        ("Admin (externe – Dinum)", "Admin externe – Dinum"),
        ("<b>Jean</b>", "bJean/b"),
        ("\u202enitraM ecilA", "nitraM ecilA"),
        ("Jean\u200bDupont", "JeanDupont"),
        ("Z" + "\u0335" * 40, "Z\u0335\u0335"),
        ("\x00\x1b[31mJean", "[31mJean"),
        ("\ud83d", ""),
        ("", ""),
        ("\u200b\u200e", ""),
        ("()", ""),
        ("a" * 100, "a" * LONGEST_NAME),
        ("a" * 63 + " bc", "a" * 63),
    ],
)
def test_names(typed: str, shown: str):
    assert clean_name(typed) == shown


def test_other_words_keep_their_brackets():
    assert clean_words("Point (budget) <été>", 64) == "Point (budget) <été>"
    assert clean_words("Point\u202e budget", 5) == "Point"


@given(anything | nasty)
def test_whatever_is_typed_is_one_safe_line(typed: str):
    shown = clean_name(typed)
    assert len(shown) <= LONGEST_NAME
    assert shown == " ".join(shown.split())
    assert not set("()<>") & set(shown)
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


@given(st.integers(0, 40))
def test_no_length_is_slow(exponent: int):
    assert len(clean_name("a\u0301" * 2 ** (exponent // 3))) <= LONGEST_NAME
