"""Parvis understands every line that the guides and the help tell people to type."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.language.options import parse
from bot.matrix.events import IncomingMessage
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from tests.defaults import default_policy

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TEXTS = [
    (Language.FR, "README.md"),
    (Language.FR, "docs/guide.fr.md"),
    (Language.EN, "docs/guide.en.md"),
    (Language.FR, "bridge/locales/fr/bot.po"),
    (Language.EN, "bridge/locales/en/bot.po"),
]
LINES = [
    (language, line.replace('\\"', '"').replace("jean@…", "jean@partenaire.example"))
    for language, name in TEXTS
    for line in sorted(set(re.findall(r"`(!visio[^`]*)`", (ROOT / name).read_text("utf-8"))))
]


@pytest.mark.parametrize(("language", "line"), LINES)
def test_what_people_are_told_to_type_is_understood(language, line):
    message = IncomingMessage(
        event=EventId("$e"),
        salon=SalonId("!s"),
        sender=UserId("@alice:agents.example"),
        sent_at=NOW,
        body=line,
    )
    me = UserId("@visio:agents.example")
    assert parse(
        message,
        me=me,
        my_name="Visio",
        prefix="!visio",
        now=NOW,
        zone="Europe/Paris",
        language=language,
        longest=default_policy().longest,
        titles=("Budget", "Point budget"),
    )
