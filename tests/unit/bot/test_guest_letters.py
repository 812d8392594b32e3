"""Mails to guests of a series say how it comes again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.program.letters import guest_letter
from bridge.domain.series import Recurrence, Series
from bridge.i18n import Language
from bridge.ids import MeetingId, uuid7
from tests.spaces import as_typed
from tests.unit.bridge.mail.kit import SENDER, facts

START = datetime(2026, 12, 7, 9)
SERIES = Series(
    meeting=MeetingId(uuid7(datetime.fromisoformat("2026-12-01T09:00:00+00:00"))),
    start=START,
    length=timedelta(hours=1),
    zone="Europe/Paris",
    recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=MO"),
)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FR, "Revient : tous les lundis"),
        (Language.EN, "Comes again: every Monday"),
    ],
)
def test_the_rule_is_told_in_the_guests_language(language: Language, words: str):
    letter = guest_letter(facts(series=SERIES, language=language), sender=SENDER)
    assert words in as_typed(letter.plain)
    assert words.partition(": ")[2] in as_typed(letter.html)


def test_a_rule_without_words_is_not_told():
    rule = Recurrence(rule="FREQ=YEARLY;BYWEEKNO=20")
    letter = guest_letter(facts(series=replace(SERIES, recurrence=rule)), sender=SENDER)
    assert "Revient" not in letter.plain


def test_one_date_has_none():
    assert "Revient" not in guest_letter(facts(), sender=SENDER).plain
