"""Mails that tell guests when their earlier mail does not hold any more."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.counter import beginning
from bridge.domain.invitation import Assurance, Invitation
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.news import handed, holds, of_date, owed
from bridge.domain.scope import OneOccurrence, WholeSeries
from bridge.domain.series import Series
from bridge.domain.told_words import words_of
from bridge.domain.window import Graces
from bridge.ids import InvitationId, MailId, OccurrenceId, uuid7
from bridge.ports.work import HasInvitations, MailsGuests, TellsGuests

SETTLES = timedelta(minutes=1)
"""The delay before a mail of news: a change that is undone meanwhile is told to nobody."""


URGENT = timedelta(minutes=15)
"""Of a change of a start that is nearer, old or new, guests hear at once."""


def settles_in(now: datetime, *starts: datetime) -> timedelta:
    """Return the delay before guests hear of a change of these starts."""
    return timedelta() if min(starts) - now < URGENT else SETTLES


async def tell_guests(
    work: TellsGuests,
    occurrence: Occurrence,
    now: datetime,
    whom: Collection[InvitationId] | None = None,
    *,
    settles: timedelta = SETTLES,
) -> None:
    """Plan mails that tell guests, in a minute, what has changed for them by then.

    Call it in the transaction that cancels, extends, reopens or moves an occurrence, or that
    changes the links of `whom`; without `whom` it tells all guests whose link was not withdrawn.
    When a mail is due, `bridge/domain/news.py` decides what it says and whether it is sent at all:
    an unnecessary call sends no mail. `settles`: the delay before the mail. Partners' instances
    hear at once of what concerns their people.
    """
    await _tell_partners(work, occurrence, now, whom)
    told = await _concerned(work, occurrence, whom)
    if not told:
        return
    # Whoever proposed another time hears whether this is it.
    await work.agenda.hasten(Kind.DECLINE, beginning(occurrence.id))
    mails = await work.mails.to(sorted(told))
    waiting = {
        mail.invitation: mail
        for mail in mails
        if mail.waits and _joins(mail, told[mail.invitation], occurrence)
    }
    due = []
    for guest in sorted({mail.invitation for mail in mails}):
        mail = waiting.get(guest)
        if mail is None:
            mail = _blank(told[guest], occurrence, now)
            await work.mails.add(mail)
        else:
            # A process that is about to send it finds the row changed, and reads the facts again.
            same = mail.occurrence == _date(told[guest], occurrence)
            mail = replace(mail, asked_at=now, occurrence=mail.occurrence if same else None)
            await work.mails.save(mail)
        due.append(Due(Kind.MAIL, str(mail.id), now + settles))
    await work.agenda.plan(due)


async def _tell_partners(
    work: TellsGuests,
    occurrence: Occurrence,
    now: datetime,
    whom: Collection[InvitationId] | None,
) -> None:
    due = []
    for one in await work.invitations.of_occurrence(occurrence.id):
        if one.assurance is Assurance.FEDERATED and (whom is None or one.id in whom):
            grants = await work.grants.of_invitation(one.id)
            due += [Due(Kind.REPORT, str(grant.id), now) for grant in grants]
    await work.agenda.plan(due)


async def count_told(
    work: MailsGuests,
    occurrence: Occurrence,
    graces: Graces,
    now: datetime,
    whom: Collection[InvitationId] | None = None,
) -> int:
    """Return how many guests the mails planned by `tell_guests` will reach with news.

    Call it after `tell_guests`, in the same transaction. A guest whose invitation has not been sent
    yet does not count.
    """
    told = await _concerned(work, occurrence, whom)
    mails = await work.mails.to(sorted(told)) if told else ()
    series = await work.series.get(occurrence.meeting) if told else None
    meeting = await work.meetings.get(occurrence.meeting) if told else None
    words = None if meeting is None else words_of(meeting, occurrence)
    count = 0
    for waiting in (mail for mail in mails if mail.waits):
        one = told[waiting.invitation]
        date = _date(one, occurrence)
        if not _joins(waiting, one, occurrence):
            continue
        theirs = [
            of_date(mail, occurrence, graces)
            for mail in mails
            if mail.invitation == one.id and mail.occurrence in (None, date)
        ]
        true = holds(one, occurrence, graces, now, words)
        other = _another(one, mails, series)
        count += other or owed(one, true, theirs, waiting.id) is not None
    return count


async def tell_of_organiser(
    work: TellsGuests, meeting: Meeting, dates: Iterable[Occurrence], now: datetime
) -> int:
    """Plan mails that tell guests of a meeting's new organiser; return to how many.

    Those in whose calendar another agent is the organiser, each once, of the first of these dates
    that is theirs. A mail is not sent if that is not so any more when it is due.
    """
    seen: set[InvitationId] = set()
    count = 0
    for occurrence in dates:
        known = await _concerned(work, occurrence, None)
        fresh = sorted(known.keys() - seen)
        seen.update(fresh)
        mails = await work.mails.to(fresh) if fresh else ()
        whom = {
            guest
            for guest in fresh
            if handed([one for one in mails if one.invitation == guest], meeting.organiser)
        }
        if whom:
            await tell_guests(work, occurrence, now, whom)
        count += len(whom)
    return count


def _another(one: Invitation, mails: Iterable[Mail], series: Series | None) -> bool:
    """Tell whether a guest was told another series than the present one."""
    if series is None or not isinstance(one.scope, WholeSeries):
        return False
    left = [
        (mail.left_at, mail.id, mail.series)
        for mail in mails
        if mail.invitation == one.id and mail.left_at is not None and mail.series is not None
    ]
    told = max(left, default=None, key=lambda sent: sent[:2])
    return told is not None and told[2].core != series.core


async def _concerned(
    work: HasInvitations, occurrence: Occurrence, whom: Collection[InvitationId] | None
) -> Mapping[InvitationId, Invitation]:
    known = await work.invitations.of_occurrence(occurrence.id)
    return {
        one.id: one
        for one in known
        if one.email and (one.revoked_at is None if whom is None else one.id in whom)
    }


def _date(one: Invitation, occurrence: Occurrence) -> OccurrenceId | None:
    """Return the date that news is about, as a mail keeps it: none if the guest has only one."""
    return None if isinstance(one.scope, OneOccurrence) else occurrence.id


def _joins(waiting: Mail, one: Invitation, occurrence: Occurrence) -> bool:
    """Tell whether an unsent mail will tell this too: one for all dates of a series."""
    series = isinstance(one.scope, WholeSeries) and occurrence.original is not None
    return series or waiting.occurrence == _date(one, occurrence)


def _blank(guest: Invitation, occurrence: Occurrence, now: datetime) -> Mail:
    return Mail(
        id=MailId(uuid7(now)),
        invitation=guest.id,
        number=guest.number,
        occurrence=_date(guest, occurrence),
        asked_at=now,
        kind=MailKind.CHANGE,
    )
