"""Both languages say everything, with the same parameters."""

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bridge.i18n import Language, catalogues

ROOT = resources.files("bridge") / "locales"
FILES = sorted(entry.name for entry in (ROOT / "fr").iterdir() if entry.name.endswith(".po"))


def read(language: str, name: str) -> dict[str, Message]:
    with (ROOT / language / name).open("rb") as file:
        found = {}
        for message in read_po(file, abort_invalid=True):
            key = message.id if isinstance(message.id, str) else message.id[0]
            if key:
                assert key not in found
                found[key] = message
        return found


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", FILES)
def test_both_languages_have_the_same_keys_and_parameters(name):
    french, english = read("fr", name), read("en", name)
    assert set(french) == set(english)
    for key, message in french.items():
        parameters = set().union(*(placeholders(form) for form in forms(message)))
        assert parameters == set().union(*(placeholders(form) for form in forms(english[key]))), key


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_is_empty_or_a_key(name, language):
    for key, message in read(language, name).items():
        for form in forms(message):
            assert form.strip(), key
            assert form != key
            assert not re.search(r"\bTODO\b", form)


@pytest.mark.parametrize(
    ("start", "hours", "french", "english"),
    [
        (0, 1, "de 22h00 à 23h00", "from 22:00 to 23:00"),
        (0, 3, "de 22h00 à 01h00 le mer. 2 déc.", "from 22:00 to 01:00 on Wed 2 Dec"),
        (11, 1, "le mer. 2 déc. de 09h00 à 10h00", "on Wed 2 Dec from 09:00 to 10:00"),
        (
            11,
            24,
            "du mer. 2 déc. à 09h00 au jeu. 3 déc. à 09h00",
            "from Wed 2 Dec at 09:00 to Thu 3 Dec at 09:00",
        ),
    ],
)
def test_a_stretch_of_time_names_each_day_once_and_not_today(start, hours, french, english):
    now = datetime(2026, 12, 1, 21, tzinfo=UTC)
    first = now + timedelta(hours=start)
    last = first + timedelta(hours=hours)
    for language, words in ((Language.FR, french), (Language.EN, english)):
        assert catalogues()[language].between(first, last, "Europe/Paris", now) == words


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (1.3, "1,3 s", "1.3 s"),
        (1.21, "1,3 s", "1.3 s"),
        (0, "0,1 s", "0.1 s"),
        (61, "61,0 s", "61.0 s"),
    ],
)
def test_a_measured_time_is_never_said_shorter_than_it_was(seconds, french, english):
    length = timedelta(seconds=seconds)
    for language, words in ((Language.FR, french), (Language.EN, english)):
        assert catalogues()[language].seconds(length) == words
