"""Mails that arrive: their kind, their sender, and whether our mail server vouches for it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge.calendars.content import parsed
from bridge.calendars.links import MeetingLinks
from bridge.calendars.reading import event_of, found_in
from bridge.domain.answer import Answer
from bridge.domain.incoming import Bounced, CounterProposal, GuestReplies, Summons, Unrelated
from bridge.errors import IncomingUnreadable
from tests.unit.bridge.mail.arriving import (
    OURS,
    SERVER,
    calendar,
    mailed,
    passes,
    read,
    reply,
)

PARTNER = "partenaire.example"
MAIL = "01993c00-0000-7000-8000-000000000001"


# --- who sent it --------------------------------------------------------------------------------


def test_the_topmost_verdict_of_our_server_counts():
    assert read(mailed()).verified
    assert read(mailed()).sender == "lea@partenaire.example"
    assert read(mailed(verdicts=(passes(PARTNER), "other.example; dmarc=fail"))).verified


@pytest.mark.parametrize(
    "verdict",
    [
        f"{SERVER.upper()}; dmarc=PASS header.from=Partenaire.Example",
        f"{SERVER} 1; dkim=pass header.d=x.example; dmarc=pass (p=reject; dis=none) header.from={PARTNER}",
        f'{SERVER}; dmarc=pass reason="a;b=c (" header.from={PARTNER}',
        f"{SERVER}; dmarc/1=pass header.from={PARTNER};",
        f"(note \\) (more)) {SERVER}; dmarc = pass action=none header.from={PARTNER}",
    ],
)
def test_a_verdict_is_read_as_servers_write_it(verdict: str):
    assert read(mailed(verdicts=(verdict,))).verified


@pytest.mark.parametrize(
    "verdicts",
    [
        (),
        ("",),
        (f"{SERVER}; none",),
        (f"{SERVER}; dmarc=none header.from={PARTNER}",),
        (f"{SERVER}; dmarc=fail header.from={PARTNER}",),
        (f"{SERVER}; spf=pass smtp.mailfrom={PARTNER}; dkim=pass header.d={PARTNER}",),
        (f"{SERVER}; dmarc=pass header.from=elsewhere.example",),
        (f"{SERVER}; dmarc=pass",),
        ("other.example; dmarc=none", passes(PARTNER)),
        (passes(PARTNER, "mx.parvis.example.evil.example"), passes(PARTNER)),
        (f"{SERVER}; dmarc=fail header.from={PARTNER}; dmarc=pass header.from={PARTNER}",),
        (f"{SERVER}; (dmarc=pass header.from={PARTNER})",),
        (f'{SERVER}; spf=pass smtp.mailfrom="x; dmarc=pass header.from={PARTNER}"',),
        (f'{SERVER}; spf=pass smtp.mailfrom=x ";" dmarc "=" pass header.from={PARTNER}',),
        (f"{SERVER}; dmarc=pass header.from={PARTNER} (never closed",),
        (f"{SERVER}; dmarc=pass header.from={PARTNER} header.from=elsewhere.example",),
    ],
)
def test_nobody_else_vouches(verdicts: tuple[str, ...]):
    assert not read(mailed(verdicts=verdicts)).verified


@pytest.mark.parametrize(
    "written",
    [
        "lea@partenaire.example, chef@partenaire.example",
        "Groupe: lea@partenaire.example;",
        "lea",
        "",
    ],
)
def test_a_from_without_one_address_is_nobodys(written: str):
    content = mailed().replace("Léa Roux <lea@partenaire.example>".encode(), b"X")
    head, _, rest = content.partition(b"From: ")
    changed = head + b"From: " + written.encode() + b"\r\n" + rest.partition(b"\r\n")[2]
    found = read(changed)
    assert (found.sender, found.verified) == ("", False)


def test_two_froms_are_nobodys():
    content = b"From: lea@partenaire.example\r\n" + mailed()
    assert (read(content).sender, read(content).verified) == ("", False)


def test_a_domain_is_compared_without_case():
    found = read(mailed(sender="Jo <Jo@XN--Strae-OQA.example>"))
    assert (found.sender, found.verified) == ("jo@xn--strae-oqa.example", True)


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Auto_Submitted": "auto-generated; owner=x"}, True),
        ({"Precedence": "Bulk"}, True),
        ({"Precedence": "first-class"}, False),
        ({"List_Id": "<equipe.partenaire.example>"}, True),
        ({"Return_Path": "<>"}, True),
        ({"Return_Path": "<lea@partenaire.example>"}, False),
    ],
)
def test_what_a_program_sent_is_known(headers: dict[str, Any], automatic: bool):
    assert read(mailed(**headers)).automatic is automatic


def test_the_same_mail_has_the_same_digest():
    assert read(mailed(Received="by a")).digest == read(mailed(Received="by b")).digest
    assert read(mailed()).digest != read(mailed(message_id="<reply-2@partenaire.example>")).digest
    other = mailed(sender="x@elsewhere.example")
    assert read(mailed()).digest != read(other).digest


# --- what it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/calendar", "application/ics"])
def test_a_reply_is_read(kind: str):
    text = reply("u@parvis.example", "TENTATIVE", SEQUENCE="3")
    content = read(mailed(text, kind=kind)).content
    assert isinstance(content, GuestReplies)
    (one,) = content.replies
    assert (one.uid, one.attendee) == ("u@parvis.example", "lea@partenaire.example")
    assert (one.answer, one.sequence, one.original) == (Answer.MAYBE, 3, None)
    assert one.stamp == datetime(2026, 12, 1, 9, 5, tzinfo=UTC)


def test_scheme_and_address_are_compared_without_case():
    text = reply("c21@exemple", "ACCEPTED").replace(
        "mailto:lea@partenaire.example", "MAILTO:Lea@Partenaire.example"
    )
    content = read(mailed(text)).content
    assert isinstance(content, GuestReplies)
    assert [(one.attendee, one.answer) for one in content.replies] == [
        ("lea@partenaire.example", Answer.YES)
    ]


def test_a_date_of_a_series_is_named_by_its_moment():
    lines = {"RECURRENCE-ID;TZID=Europe/Paris": "20270112T100000"}
    content = read(mailed(reply("u@parvis.example", "DECLINED", **lines))).content
    assert isinstance(content, GuestReplies)
    assert content.replies[0].original == datetime(2027, 1, 12, 9, tzinfo=UTC)


def test_another_time_is_proposed():
    text = calendar(
        "COUNTER",
        "UID:u@parvis.example",
        "SEQUENCE:1",
        "DTSTAMP:20261201T090500Z",
        "DTSTART;TZID=Europe/Paris:20270112T140000",
        "DTEND;TZID=Europe/Paris:20270112T150000",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:lea@partenaire.example",
    )
    content = read(mailed(text, method="COUNTER")).content
    assert isinstance(content, CounterProposal)
    assert content.wish.start == datetime(2027, 1, 12, 13, tzinfo=UTC)
    assert content.wish.length == timedelta(hours=1)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_invitation_of_ours_keeps_its_text(method: str):
    text = calendar(method, "UID:c11@exemple", "DTSTART:20270112T090000Z", "SUMMARY:Mardi")
    content = read(mailed(text, method=method)).content
    assert isinstance(content, Summons)
    assert (content.method, content.text) == (method, text)


def test_a_letter_that_a_fold_cuts_in_two_is_read():
    title = "Réunion de préparation du comité stratégique régional – délégués"
    text = calendar("REQUEST", "UID:c19@exemple", "DTSTART:20270112T090000Z", f"SUMMARY:{title}")
    whole = text.encode()
    cut = whole.index("é str".encode()) + 1
    content = read(mailed(whole[:cut] + b"\r\n " + whole[cut:])).content
    assert isinstance(content, Summons)
    links = MeetingLinks("https://visio.example", "Lien", "Ordre du jour")
    assert event_of(found_in(parsed(content.text), "UTC"), links).title == title


@pytest.mark.parametrize(
    "content",
    [
        mailed(),
        mailed("BEGIN:VCALENDAR\r\n"),
        mailed(calendar("PUBLISH", "UID:x")),
        mailed(calendar("REFRESH", "UID:x")),
        mailed(reply("u", "ACCEPTED"), method="REQUEST"),
        mailed(reply("u", "ACCEPTED"), kind="text/plain"),
        mailed(b"\xff" * 1000),
    ],
)
def test_others_are_left_alone(content: bytes):
    assert read(content).content == Unrelated()


def test_a_calendar_in_a_forwarded_mail_is_not_the_senders():
    inner = mailed(reply("u@parvis.example", "ACCEPTED"))
    head = b"From: eve@partenaire.example\r\nContent-Type: message/rfc822\r\n\r\n"
    assert read(head + inner).content == Unrelated()


# --- reports ------------------------------------------------------------------------------------


def report(
    *,
    action: str = "failed",
    enclosed: str = "message/rfc822",
    message_id: str = "",
    head: str = "",
) -> bytes:
    """Return a report of a mail server, as RFC 3464 has it."""
    named = message_id or f"<{MAIL}.2@{OURS}>"
    return f"""\
From: MAILER-DAEMON@mx.partenaire.example
To: visio@parvis.example
Auto-Submitted: auto-replied
Return-Path: <>
Message-ID: <bounce@mx.partenaire.example>
{head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

It did not work.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.partenaire.example

Final-Recipient: rfc822; lea@partenaire.example
Action: {action}
Status: 5.1.1

--cut
Content-Type: {enclosed}

From: visio@parvis.example
Message-ID: {named}
Subject: Invitation

--cut--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize("enclosed", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_our_mail(enclosed: str):
    found = read(report(enclosed=enclosed))
    assert found.content == Bounced(UUID(MAIL))  # type: ignore[arg-type]
    assert found.automatic


def test_a_report_without_our_mail_names_it_in_its_head():
    head = f"In-Reply-To: <{MAIL}@{OURS}>\n"
    found = read(report(enclosed="text/plain", head=head))
    assert found.content == Bounced(UUID(MAIL))  # type: ignore[arg-type]


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_a_report_of_anything_else_is_none(action: str):
    assert read(report(action=action)).content == Unrelated()


@pytest.mark.parametrize(
    "message_id", [f"<{MAIL}@elsewhere.example>", "<x@parvis.example>", f"<{MAIL}@{OURS}.x>"]
)
def test_a_report_about_the_mail_of_others_is_none(message_id: str):
    assert read(report(message_id=message_id)).content == Unrelated()


# --- limits -------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    return (f"From: a@b.example\r\n{parts}\r\nx").encode()


def many(parts: int) -> bytes:
    body = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * parts
    return f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n{body}--b--\r\n'.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"From: a@b.example\r\n\r\n" + b"x" * (10 * 1024 * 1024),
        b"X: " + b"y" * 300_000,
        many(51),
        many(20_000),
        nested(60),
        nested(4_000),
    ],
    ids=["long", "head", "parts", "marks", "deep", "deeper"],
)
def test_a_bomb_is_refused(content: bytes):
    with pytest.raises(IncomingUnreadable):
        read(content)


@pytest.mark.parametrize(
    "head",
    [
        b"From: " + b"(" * 30_000 + b"\r\n",
        b"From: " + b"a@b.example, " * 2_000 + b"\r\n",
        b"From: " + b"=?utf-8?q?a?= " * 2_000 + b"<a@b.example>\r\n",
        b"Authentication-Results: " + b"(" * 16_000 + b"\r\n",
        b"Authentication-Results: " + b'"' * 16_001 + b"\r\n",
        b"Content-Type: text/calendar; " + b"a*0=b; " * 4_000 + b"\r\n",
        b"From: \xff\xfe@\xff\r\n",
        b"Content-Type: text/calendar; charset=nonsense\r\n",
    ],
)
def test_a_strange_head_vouches_for_nobody(head: bytes):
    with suppress(IncomingUnreadable):
        assert not read(head + b"\r\nx").verified
