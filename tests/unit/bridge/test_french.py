"""French is printed as the administration prints it: spaces, elision, one word for a thing."""

import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from importlib import resources

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.text import Text, say
from bot.language.text import normal
from bridge.french import FIXED, THIN, elided, spaced
from bridge.i18n import Language, catalogues
from bridge.mail.headers import one_line
from config.words import FR as SETTINGS

FR = catalogues()[Language.FR]
CODE = re.compile(r"`[^`]*`")
BREAKS = re.compile(r" [;!?:»](?![\w/.…-])|« |[\u00a0\u202f](?![:;!?»])(?<!«.)")
"""A space that breaks a line before its mark; and a no-break one that stands by no mark."""
WORDS = {
    "courriel": "mail",
    "e-mail": "mail",
    "hôte": "organisateur",
    "mandataire": "proxy",
    "·": "neutral words in place of a point médian",
    "(e)": "neutral words",
    "qui vous a invité": "qui vous invite",
}
"""Words that French sentences avoid, and their replacements."""
CLIPPED = re.compile(
    r"(?:^|[.:;] |, mais |\bet )[Qq]ui (?!est|vous|doit|attend)\w+"
    r"|n’a pas de quoi|ne vaut plus|en route|mis dehors"
)
"""A person told as "qui …" alone, and other turns that one reads twice."""


def sentences(language: Language) -> Iterator[tuple[str, str]]:
    """Return every sentence as people read it, each of its forms."""
    known = catalogues()[language]
    for entry in (resources.files("bridge") / "locales" / language).iterdir():
        for one in read_po(entry.read_bytes().splitlines()):
            if isinstance(one.id, str):
                if one.id:
                    yield one.id, known.sentence(one.id)
            else:
                yield from ((one.id[0], known.sentence(one.id[0], n)) for n in (1, 2))
    if language is Language.FR:
        yield from ((f"config.words.{key}", spaced(text)) for key, text in SETTINGS.items())


FRENCH = list(sentences(Language.FR))


def test_each_mark_has_its_no_break_space():
    found = {key for key, text in FRENCH if BREAKS.search(CODE.sub("`", text))}
    assert found == set()
    assert sum(text.count(FIXED) + text.count(THIN) for _, text in FRENCH) > 600


@pytest.mark.parametrize("word", WORDS)
def test_one_thing_has_one_word(word: str):
    assert [key for key, text in FRENCH if word in text] == [], f"write: {WORDS[word]}"


def test_no_sentence_is_clipped():
    assert [(key, found[0]) for key, text in FRENCH if (found := CLIPPED.search(text))] == []


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("État : prévue", f"État{FIXED}: prévue"),
        ("Une erreur ? Oui !", f"Une erreur{THIN}? Oui{THIN}!"),
        ("« Budget » ; fin", f"«{FIXED}Budget{FIXED}»{THIN}; fin"),
        ("**Réunion : {title}**", f"**Réunion{FIXED}: {{title}}**"),
        ("Ici :{rows}", f"Ici{FIXED}:{{rows}}"),
        ("Tapez `!visio a : b ? !` : fin", f"Tapez `!visio a : b ? !`{FIXED}: fin"),
        ("dans le salon : !visio accueil", f"dans le salon{FIXED}: !visio accueil"),
        ("sans adresse (« :// »)", f"sans adresse («{FIXED}://{FIXED}»)"),
        ("https://a.example/?b", "https://a.example/?b"),
        ("identifiant : !…", f"identifiant{FIXED}: !…"),
    ],
)
def test_marks_get_their_spaces_and_commands_none(typed: str, printed: str):
    assert spaced(typed) == printed
    assert spaced(printed) == printed


def test_what_somebody_typed_keeps_its_spaces():
    title = "Budget : « oui » ?"
    assert say(FR, "card.titled", title=title).plain == f"Réunion Visio{FIXED}: {title}"
    assert FR.text("letter.host", name=title, organisation="") == f"{title} ()"


@given(st.text(alphabet=" :;!?«»abé`\u00a0\u202f"))
def test_a_line_pasted_with_such_spaces_is_read_as_typed(words: str):
    line = f"!visio inviter {words}"
    assert normal(spaced(line)) == normal(line)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Alice", "d’Alice"),
        ("Édouard", "d’Édouard"),
        ("Œdipe", "d’Œdipe"),
        ("Yves", "d’Yves"),
        ("Yann", "de Yann"),
        ("Henri", "de Henri"),
        ("Jean", "de Jean"),
        ("14h30", "de 14h30"),
        ("", "de "),
        ("« Alice »", "de « Alice »"),
    ],
)
def test_de_is_elided_before_a_vowel(name: str, said: str):
    assert elided("de {name}", {"name": name}).format(name=name) == said
    bold = elided("de **{name}**", {"name": Text.of(name)})
    assert bold.format(name=name).replace("**", "") == said


def test_sentences_are_elided_wherever_they_are_filled():
    assert "au nom d’Alice" in FR.text("door.host.text", name="Alice")
    assert say(FR, "invite.link", guest="Anne", link="x", window="y").plain.startswith(
        "Lien d’invitation personnel d’Anne,"
    )
    english = catalogues()[Language.EN]
    assert "name of Alice" in english.text("door.host.text", name="Alice")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Paris", "heure de Paris"),
        ("Indian/Reunion", "heure de La Réunion"),
        ("Europe/Istanbul", "heure d’Istanbul"),
        ("Pacific/Noumea", "heure de Nouméa"),
    ],
)
def test_a_zone_has_its_french_name(zone: str, said: str):
    assert FR.zone(zone) == said


def test_a_subject_keeps_its_no_break_spaces():
    subject = f"Invitation{FIXED}: point"
    assert one_line(subject) == subject
    assert one_line("a \u00a0\u202f b\u3000c\td") == "a b c d"
    assert str(make_header(decode_header(subject))) == subject


def test_catalogues_are_written_with_the_spaces_of_a_keyboard():
    """Nobody sees which space it is in an editor."""
    for entry in (resources.files("bridge") / "locales/fr").iterdir():
        text = entry.read_text("utf-8")
        assert FIXED not in text, entry
        assert THIN not in text, entry
