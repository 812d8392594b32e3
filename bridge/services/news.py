"""Guests are told by mail when what they were mailed does not hold any more."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import Occurrence
from bridge.domain.news import holds, owed
from bridge.domain.window import Graces
from bridge.ids import InvitationId, MailId, uuid7
from bridge.ports import UnitOfWork

SETTLES = timedelta(minutes=1)
"""How long news wait: what is taken back meanwhile is told to nobody."""


async def tell_guests(
    work: UnitOfWork,
    occurrence: Occurrence,
    now: datetime,
    whom: Collection[InvitationId] | None = None,
) -> None:
    """Have guests told by mail, in a minute, what has changed for them by then.

    Call it in the transaction that cancels, extends, reopens or moves an occurrence, or that
    changes the links of `whom`; without `whom` it is about all whose link was not withdrawn. What
    the mail says, and whether there is one at all, is decided when it leaves
    (`bridge/domain/news.py`): called too often it costs nobody a mail.
    """
    told = await _concerned(work, occurrence, whom)
    if not told:
        return
    mails = await work.mails.to(sorted(told))
    waiting = {mail.invitation: mail for mail in mails if mail.waits}
    due = []
    for guest in sorted({mail.invitation for mail in mails}):
        mail = waiting.get(guest)
        if mail is None:
            mail = _blank(guest, told[guest].number, now)
            await work.mails.add(mail)
        else:
            # Whoever is about to send it finds another row, and looks again at what holds.
            mail = replace(mail, asked_at=now)
            await work.mails.save(mail)
        due.append(Due(Kind.MAIL, str(mail.id), now + SETTLES))
    await work.agenda.plan(due)


async def count_told(
    work: UnitOfWork,
    occurrence: Occurrence,
    graces: Graces,
    now: datetime,
    whom: Collection[InvitationId] | None = None,
) -> int:
    """Return how many guests the mails that `tell_guests` planned will tell something.

    Call it after it, in the same transaction. A guest whose invitation has not left yet is none.
    """
    told = await _concerned(work, occurrence, whom)
    mails = await work.mails.to(sorted(told)) if told else ()
    count = 0
    for waiting in (mail for mail in mails if mail.waits):
        one = told[waiting.invitation]
        theirs = [mail for mail in mails if mail.invitation == one.id]
        true = holds(one, occurrence, graces, now)
        count += owed(one, true, theirs, waiting.id) is not None
    return count


async def _concerned(
    work: UnitOfWork, occurrence: Occurrence, whom: Collection[InvitationId] | None
) -> Mapping[InvitationId, Invitation]:
    known = await work.invitations.of_occurrence(occurrence.id)
    return {
        one.id: one
        for one in known
        if one.email and (one.revoked_at is None if whom is None else one.id in whom)
    }


def _blank(guest: InvitationId, number: int, now: datetime) -> Mail:
    return Mail(
        id=MailId(uuid7(now)),
        invitation=guest,
        number=number,
        asked_at=now,
        kind=MailKind.CHANGE,
    )
