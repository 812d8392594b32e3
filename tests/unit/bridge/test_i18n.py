"""Both languages say everything, with the same facts."""

import re
from importlib import resources
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

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
def test_both_languages_have_the_same_keys_and_facts(name):
    french, english = read("fr", name), read("en", name)
    assert set(french) == set(english)
    for key, message in french.items():
        facts = set().union(*(placeholders(form) for form in forms(message)))
        assert facts == set().union(*(placeholders(form) for form in forms(english[key]))), key


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_is_empty_or_a_key(name, language):
    for key, message in read(language, name).items():
        for form in forms(message):
            assert form.strip(), key
            assert form != key
            assert not re.search(r"\bTODO\b", form)
