"""A mail before it was sent, once it was, and while nobody knows."""

from dataclasses import replace

import pytest

from bridge.domain.mail import Mail, MailKind
from bridge.ids import InvitationId, MailId
from tests.unit.bridge.domain.samples import END, ID, MINUTE, START

NEWS = [kind for kind in MailKind if kind is not MailKind.INVITATION]


def mail(kind: MailKind = MailKind.CHANGE) -> Mail:
    known = InvitationId(ID)
    return Mail(id=MailId(ID), invitation=known, number=1, asked_at=START, kind=kind)


def test_eight_kinds_say_that_the_link_leads_to_the_meeting():
    leading = {
        MailKind.INVITATION,
        MailKind.CHANGE,
        MailKind.MOVED,
        MailKind.DATES,
        MailKind.ORGANISER,
        MailKind.RENAMED,
        MailKind.TOPICS,
        MailKind.REOPENING,
    }
    assert {kind for kind in MailKind if kind.leads} == leading


@pytest.mark.parametrize("kind", NEWS)
def test_news_waits_until_it_is_sent_or_has_failed(kind: MailKind):
    waiting = mail(kind)
    assert waiting.waits
    assert not waiting.offered(START).waits
    assert not replace(waiting, sent_at=START).waits
    assert not replace(waiting, failed="550").waits


def test_an_invitation_is_no_news():
    assert not mail(MailKind.INVITATION).waits


def test_it_may_have_arrived_when_it_was_last_sent():
    assert mail().left_at is None
    sent = replace(mail(), sent_at=START)
    assert sent.left_at == START
    assert sent.offered(START + MINUTE).left_at == START + MINUTE


def test_each_time_without_an_answer_counts():
    twice = mail().offered(START).offered(START + MINUTE)
    assert (twice.offers, twice.offered_at) == (2, START + MINUTE)


def test_it_keeps_what_it_said():
    said = mail().saying(MailKind.REOPENING, number=3, until=END)
    assert (said.kind, said.number, said.until) == (MailKind.REOPENING, 3, END)
