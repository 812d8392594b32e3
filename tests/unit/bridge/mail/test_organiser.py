"""Mails to organisers: the answer for their calendar, and the link with a line to paste."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.mailed import OrganiserMailKind
from bridge.i18n import Language
from bridge.mail.headers import mailbox, message
from bridge.mail.organiser import organiser_letter
from bridge.services.incoming.organisers import OrganiserFacts
from tests.spaces import as_typed

START = datetime(2026, 12, 3, 13, tzinfo=UTC)
LINK = OrganiserFacts(
    to="alice@beta.gouv.fr",
    sender="visio@parvis.example",
    kind=OrganiserMailKind.LINK,
    title="Comité",
    start=START,
    end=START + timedelta(hours=1),
    zone="Europe/Paris",
    series=False,
    link="https://visio.example/abc-defg-hij",
    phone="",
    message_id="<1@parvis.example>",
)
ANSWER = replace(LINK, kind=OrganiserMailKind.ACCEPTANCE, reply=b"BEGIN:VCALENDAR\r\n")


def test_the_line_to_paste_stands_alone():
    letter = organiser_letter(LINK, Language.FR)
    rows = [row.strip() for row in as_typed(letter.plain).splitlines()]
    assert f"Rejoindre la réunion Visio : {LINK.link}" in rows
    assert f'<a href="{LINK.link}">' in letter.html
    assert letter.subject == "Lien Visio : Comité".replace(" :", "\u00a0:")
    assert letter.calendars == ()
    assert "jeudi 3 décembre 2026" in as_typed(letter.plain)


def test_the_phone_is_in_the_line():
    letter = organiser_letter(replace(LINK, phone="+33 1 00 00 00 00, PIN 123"), Language.EN)
    assert (
        f"Join the Visio meeting: {LINK.link} (phone: +33 1 00 00 00 00, PIN 123)" in letter.plain
    )
    assert "(phone: +33 1" in letter.html


@pytest.mark.parametrize("language", list(Language))
def test_a_series_says_so(language: Language):
    one, all_of_it = (
        organiser_letter(replace(LINK, series=is_series), language) for is_series in (False, True)
    )
    assert len(all_of_it.plain) > len(one.plain)


def test_the_answer_has_no_link_and_its_file():
    letter = organiser_letter(ANSWER, Language.FR)
    assert LINK.link not in letter.plain + letter.html
    mail = message(letter, sender=mailbox(letter.sender), now=START)
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    assert part["Content-Type"] == "text/calendar; method=REPLY; charset=UTF-8"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_title_is_no_link_and_no_markup():
    letter = organiser_letter(replace(LINK, title="<b>evil.example"), Language.FR)
    assert "evil.example" not in letter.plain
    assert "<b>" not in letter.html


def test_without_a_title_it_has_a_name():
    assert "Réunion Visio" in organiser_letter(replace(LINK, title=""), Language.FR).subject
