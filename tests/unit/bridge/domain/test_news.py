"""A guest is owed the truth if their last mail said something else."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import OccurrenceState
from bridge.domain.news import News, holds, owed
from bridge.ids import InvitationId, MailId
from tests.unit.bridge.domain.samples import END, GRACES, ID, MINUTE, START, invitation, occurrence

CLOSES = END + 15 * MINUTE
BEFORE = START - timedelta(hours=1)
TOLD, BY = MailId(UUID(int=1)), MailId(UUID(int=2))
LEADS = News(MailKind.CHANGE, CLOSES, START, END)
GUEST = invitation(number=2)


def mailed(
    kind: MailKind = MailKind.INVITATION,
    until: datetime | None = CLOSES,
    *,
    number: int = 2,
    sent: datetime | None = BEFORE,
    name: MailId = TOLD,
) -> Mail:
    return Mail(
        id=name,
        invitation=InvitationId(ID),
        number=number,
        asked_at=BEFORE,
        kind=kind,
        until=until,
        sent_at=sent,
    )


@pytest.mark.parametrize(
    ("guest", "state", "now", "true"),
    [
        (invitation(), {}, START, LEADS),
        (invitation(until=END), {}, START, News(MailKind.CHANGE, END, START, END)),
        (invitation(revoked_at=START), {}, START, News(MailKind.WITHDRAWAL)),
        (invitation(), {}, CLOSES, None),
        (invitation(revoked_at=START), {}, CLOSES, None),
        (invitation(), {"state": OccurrenceState.ENDED}, START + MINUTE, None),
        (invitation(), {"state": OccurrenceState.CANCELLED}, START, News(MailKind.CANCELLATION)),
    ],
)
def test_what_is_true_of_a_link(
    guest: Invitation, state: dict[str, object], now: datetime, true: News | None
):
    assert holds(guest, occurrence(**state), GRACES, now) == true


LATER = News(MailKind.CHANGE, CLOSES + MINUTE)
REOPENED = News(MailKind.REOPENING, CLOSES, START, END)
GONE, CANCELLED = News(MailKind.WITHDRAWAL), News(MailKind.CANCELLATION)


@pytest.mark.parametrize(
    ("true", "mails", "news"),
    [
        (None, [mailed()], None),
        (LEADS, [], None),
        (LEADS, [mailed(sent=None)], None),
        (LATER, [mailed(sent=None)], None),
        (LATER, [mailed(), mailed(MailKind.CHANGE, sent=None, name=BY)], LATER),
        (LEADS, [mailed()], None),
        (LATER, [mailed()], LATER),
        (LATER, [mailed(number=1)], None),
        (GONE, [mailed()], GONE),
        (GONE, [mailed(number=1)], GONE),
        (GONE, [mailed(MailKind.WITHDRAWAL, None)], None),
        (GONE, [mailed(MailKind.CANCELLATION, None)], None),
        (LEADS, [mailed(MailKind.CANCELLATION, None)], REOPENED),
        (LEADS, [mailed(MailKind.CANCELLATION)], REOPENED),
        (LEADS, [mailed(), mailed(MailKind.CANCELLATION, None, sent=START, name=BY)], None),
        (GONE, [mailed(MailKind.WITHDRAWAL, None), mailed(sent=START)], GONE),
    ],
)
def test_what_a_guest_is_owed(true: News | None, mails: list[Mail], news: News | None):
    """The last row but one: the mail itself was sent, and says no longer what is true."""
    assert owed(GUEST, true, mails, BY) == news


@pytest.mark.parametrize("kind", [MailKind.CHANGE, MailKind.REOPENING])
def test_a_mail_that_was_sent_without_an_answer_says_the_same_again(kind: MailKind):
    mine = mailed(kind, name=BY)
    assert owed(GUEST, LEADS, [mine], BY) == News(kind, CLOSES)
    assert owed(GUEST, LATER, [mine], BY) is None, "another mail says that"


def test_a_withdrawal_without_an_answer_is_said_again_while_it_is_true():
    mine = mailed(MailKind.WITHDRAWAL, None, name=BY)
    assert owed(GUEST, GONE, [mine], BY) == GONE
    assert owed(GUEST, CANCELLED, [mine], BY) is None
