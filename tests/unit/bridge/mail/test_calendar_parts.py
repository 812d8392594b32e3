"""The calendar file in a mail, as a real mail server gets it."""

import re
from base64 import b64decode
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from bridge.domain.answer import Answer
from bridge.domain.mail import MailKind
from bridge.domain.series import Recurrence
from bridge.i18n import Language
from bridge.mail.invite import invitation_letter
from bridge.mail.send import MailServer, SmtpPost
from bridge.services.invitations.drafts import InvitationFacts
from tests.doubles.clocks import SetClock
from tests.servers.smtp import Mail, mail_server
from tests.spaces import as_typed
from tests.unit.bridge.calendars.ics import ALICE, event, opened, wall
from tests.unit.bridge.mail.kit import LINK, NOW, SENDER, START, told

EVENT = event(start=wall("2026-12-01T14:30"))
VISIO = re.compile(rb"visio\.numerique|tel:|PIN", re.IGNORECASE)


def dated(kind: MailKind = MailKind.INVITATION, **changes: object) -> InvitationFacts:
    given = {"event": EVENT, "organizer": ALICE, "made_at": NOW, **changes}
    return told(kind, **given)


async def sent(facts: InvitationFacts) -> Mail:
    async with mail_server() as server:
        ours = MailServer(host="127.0.0.1", port=server.port, sender=SENDER.address, timeout=5)
        await SmtpPost(ours, SetClock(NOW)).send(invitation_letter(facts, SENDER), _nothing)
        (mail,) = server.received
    return mail


async def _nothing() -> None:
    """Nothing is written down before the message leaves."""


def parts(mail: Mail) -> list[EmailMessage]:
    return list(mail.message.walk())


def shown(mail: Mail) -> Any:
    """The file from which mail readers offer to answer."""
    (part,) = [one for one in parts(mail) if one.get_content_type() == "text/calendar"]
    return opened(str(part.get_content()))


async def test_its_parts_are_those_that_mail_readers_understand() -> None:
    mail = await sent(dated())
    assert [one.get_content_type() for one in parts(mail)] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    heads = [
        (str(one["Content-Transfer-Encoding"]), one["Content-Disposition"]) for one in parts(mail)
    ]
    assert heads == [
        ("None", None),
        ("None", None),
        ("quoted-printable", None),
        ("quoted-printable", None),
        ("base64", None),
        ("base64", 'attachment; filename="invite.ics"'),
    ]


async def test_each_byte_of_the_calendar_s_head_is_as_it_must_be() -> None:
    raw = (await sent(dated())).raw
    head = (
        b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    assert raw.count(head) == 1
    _, _, rest = raw.partition(head)
    body = rest.partition(b"\r\n\r\n")[0].partition(b"\r\n--")[0]
    attached = re.search(
        rb"Content-Transfer-Encoding: base64\r\n"
        rb'Content-Disposition: attachment; filename="invite\.ics"\r\n'
        rb'Content-Type: application/ics; name="invite\.ics"\r\n'
        rb"MIME-Version: 1\.0\r\n\r\n(.*?)\r\n--",
        raw,
        re.DOTALL,
    )
    assert attached is not None
    assert b64decode(body) == b64decode(attached[1])
    assert b64decode(body).startswith(b"BEGIN:VCALENDAR\r\n")
    assert raw.isascii()


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", Language)
async def test_each_kind_of_mail_invites_or_cancels(kind: MailKind, language: Language) -> None:
    mail = await sent(dated(kind, language=language))
    made = shown(mail)
    (found,) = made.events
    assert made["METHOD"] == ("REQUEST" if kind.leads else "CANCEL")
    assert (str(found["UID"]), found["DTSTAMP"].dt) == (EVENT.uid, NOW)
    assert found.start == START
    described = as_typed(str(found["DESCRIPTION"]))
    if kind.leads:
        assert described.endswith(f"\n{'─' * 30}")
        assert described.split("\n")[-3] == LINK
        assert str(found["LOCATION"]) == str(found["URL"]) == LINK
    else:
        assert LINK.encode() not in b"".join(
            payload
            for one in parts(mail)
            if isinstance(payload := one.get_payload(decode=True), bytes)
        )


async def test_the_day_is_in_words_and_a_change_in_the_subject() -> None:
    before = START.replace(day=2), START.replace(day=2, hour=15)
    mail = await sent(dated(MailKind.MOVED, before=before))
    assert mail.subject == (
        "Déplacée : Comité de suivi, mardi 1er décembre 2026 à 14h30 (Jeanne Martin)"
    )
    text = mail.text().replace("\r\n", "\n")
    assert "Quand : mardi 1er décembre 2026, 14h30–17h00 (heure de Paris)\n" in text
    assert "Au lieu de : mercredi 2 décembre 2026, 14h30–16h30 (heure de Paris)\n" in text
    english = await sent(dated(MailKind.MOVED, before=before, language=Language.EN))
    assert english.subject.startswith("Moved: Comité de suivi, Tuesday, 1 December 2026")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "NEEDS-ACTION"),
        (Answer.YES, "ACCEPTED"),
        (Answer.MAYBE, "TENTATIVE"),
        (Answer.NO, "DECLINED"),
    ],
)
async def test_what_the_guest_answered_is_kept(answer: Answer | None, said: str) -> None:
    (found,) = shown(await sent(dated(answer=answer))).events
    assert found["ATTENDEE"].params["PARTSTAT"] == said


@pytest.mark.parametrize("organizer", ["", "é@exemple.fr", "a@b\r\nBcc: c@d.example"])
async def test_without_somebody_who_reads_the_answers_there_is_no_calendar(organizer: str) -> None:
    letter = invitation_letter(dated(organizer=organizer), SENDER)
    assert letter.calendars == ()
    mail = await sent(dated(organizer=organizer))
    assert [one.get_content_type() for one in parts(mail)] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


async def test_one_guest_is_invited_once_by_us_alone() -> None:
    """An agent's own server never sees this address: one mail for each change, ours."""
    mail = await sent(dated())
    (found,) = shown(mail).events
    assert not isinstance(found["ATTENDEE"], list)
    assert mail.recipients == (str(found["ATTENDEE"]).removeprefix("mailto:"),)


async def test_no_part_has_the_address_of_visio_or_a_pin() -> None:
    mail = await sent(dated())
    for one in parts(mail):
        if one.get_content_type() in {"text/calendar", "application/ics"}:
            payload = one.get_payload(decode=True)
            assert isinstance(payload, bytes)
            assert not VISIO.search(payload)


async def test_this_and_those_that_follow_is_one_mail_with_two_files() -> None:
    """The new series is the invitation; the end of the old one is a file beside it."""
    rule = Recurrence(rule="FREQ=WEEKLY;BYDAY=TU")
    fresh = replace(EVENT, uid="second@exemple.gouv.fr", recurrence=rule)
    old = replace(EVENT, recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130T143000"))
    mail = await sent(dated(MailKind.MOVED, event=fresh, ended=replace(old, sequence=1)))
    files = {
        str(one.get_filename()): opened(one.get_payload(decode=True))  # type: ignore[arg-type]
        for one in parts(mail)
        if one.get_content_type() == "application/ics"
    }
    assert set(files) == {"invite.ics", "ended.ics"}
    (begun,), (ended,) = (one.events for one in files.values())
    assert [str(one["UID"]) for one in (begun, ended)] == [fresh.uid, old.uid]
    assert ended["RRULE"]["UNTIL"][0].isoformat() == "2026-11-30T13:30:00+00:00"
    assert str(shown(mail).events[0]["UID"]) == fresh.uid
    assert "Le fichier joint ended.ics" in " ".join(mail.text().split())


@pytest.mark.parametrize(
    ("language", "label"), [(Language.FR, "Ordre du jour :"), (Language.EN, "Topics:")]
)
async def test_the_topics_are_in_both_parts_and_above_the_link(
    language: Language, label: str
) -> None:
    mail = await sent(dated(topics="1. Budget <2027>\n\n2. Calendrier", language=language))
    texts = {
        one.get_content_type(): as_typed(str(one.get_content())).replace("\r\n", "\n")
        for one in parts(mail)
        if one.get_content_maintype() == "text"
    }
    plain, html = texts["text/plain"], texts["text/html"]
    assert f"\n{label}\n1. Budget <2027>\n\n2. Calendrier\n\n" in plain
    assert f"<strong>{label}</strong>\n<br>1. Budget &lt;2027&gt;\n<br>\n<br>2. Calendrier" in html
    said = as_typed(str(shown(mail).events[0]["DESCRIPTION"]))
    assert f"\n\n{label}\n1. Budget <2027>\n\n2. Calendrier\n\n─" in said


async def test_without_topics_nothing_names_them() -> None:
    for one in parts(await sent(dated())):
        if one.get_content_maintype() == "text":
            assert "Ordre du jour" not in str(one.get_content())


def test_a_letter_hides_its_files_from_logs() -> None:
    letter = invitation_letter(dated(), SENDER)
    assert "VCALENDAR" not in repr(letter)
