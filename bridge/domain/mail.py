"""A mail to a guest or an organiser, as data; it is worded, with its link, when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bridge.domain.event import GuestEvent
from bridge.domain.told_words import ToldWords
from bridge.ids import ActorId, InvitationId, MailId, OccurrenceId, UserId

MOST_OFFERS = 3
"""How often a mail is sent when the mail server never says whether it accepted it."""


class MailKind(StrEnum):
    """The purpose of a mail."""

    INVITATION = "invitation"
    """A person asked for it to be sent, perhaps again: it counts against their quota."""
    CHANGE = "change"
    """The link works longer than the guest was told. The guest is owed this mail and all kinds that
    follow: no quota counts them or holds them back."""
    MOVED = "moved"
    """The meeting has another time than the guest was told."""
    DATES = "dates"
    """Several dates of a series have changed, or its rule."""
    ORGANISER = "organiser"
    """Another agent organises the meeting, as the event in the guest's calendar says."""
    RENAMED = "renamed"
    """The meeting has another title."""
    TOPICS = "topics"
    """The meeting has other topics."""
    REOPENING = "reopening"
    """The guest was told that the meeting is cancelled, and it takes place after all."""
    CANCELLATION = "cancellation"
    """The meeting does not take place."""
    WITHDRAWAL = "withdrawal"
    """The guest's link leads nowhere any more."""

    @property
    def leads(self) -> bool:
        """Whether it says that its guest's link leads to the meeting."""
        return self not in (MailKind.CANCELLATION, MailKind.WITHDRAWAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to send to a guest. It holds no address, name or code: those are read when it is sent.

    So is its content: once it was sent, `kind`, `number`, `until`, the times and what follows them
    are as the mail says.
    """

    id: MailId
    invitation: InvitationId
    number: int
    asked_at: datetime
    asked_by: ActorId | None = None
    """The person whose command asked for it; `None` if nobody's did, or it is older than this
    column."""
    kind: MailKind = MailKind.INVITATION
    sent_at: datetime | None = None
    failed: str | None = None
    offers: int = 0
    """How often the mail was sent, each time without an answer from the mail server."""
    offered_at: datetime | None = None
    """When it was last sent so."""
    until: datetime | None = None
    """Until when the link works, as the mail says; `None` if it leads nowhere, or if the mail is
    older than this column."""
    occurrence: OccurrenceId | None = None
    """The date that it is about, of an invitation to more than one; `None`: all of them."""
    starts_at: datetime | None = None
    """The meeting's time, as the mail says; `None` if the mail is older than these columns."""
    ends_at: datetime | None = None
    sequence: int | None = None
    """The SEQUENCE of its calendar file; `None` if it has none."""
    fingerprint: str | None = None
    """The digest of what that file says (`GuestEvent.fingerprint`)."""
    series: GuestEvent | None = None
    """The series that the mail tells; `None` if it tells one date."""
    organiser: UserId | None = None
    """The agent whom its calendar file names as ORGANIZER, with their own address; `None` if it
    names nobody so."""
    words: ToldWords | None = None
    """The title and topics that it says; `None` if it is older than this column."""

    @property
    def left_at(self) -> datetime | None:
        """When it may last have reached its guest; `None` while it can't have."""
        return self.offered_at or self.sent_at

    @property
    def waits(self) -> bool:
        """Whether it is news that was not sent yet: it will say what is true when it is."""
        fresh = self.left_at is None and self.failed is None
        return fresh and self.kind is not MailKind.INVITATION

    def saying(self, kind: MailKind, *, number: int, until: datetime | None) -> "Mail":
        """Return it with the content that its mail says."""
        return replace(self, kind=kind, number=number, until=until)

    def telling(
        self, event: GuestEvent | None, *, filed: bool, organiser: UserId | None = None
    ) -> "Mail":
        """Return it with the event that it tells, and what its calendar file says if it has one."""
        series = None if event is None or event.recurrence is None else event
        if event is None or not filed:
            return replace(self, sequence=None, fingerprint=None, series=series, organiser=None)
        said = event.fingerprint(number=self.number, cancelled=not self.kind.leads)
        return replace(
            self, sequence=event.sequence, fingerprint=said, series=series, organiser=organiser
        )

    def offered(self, now: datetime) -> "Mail":
        """Return it as it is while nobody knows whether the mail server has accepted it."""
        return replace(self, offers=self.offers + 1, offered_at=now)


def sequence_of(mails: Sequence[Mail], about: OccurrenceId | None, fingerprint: str) -> int:
    """Return the SEQUENCE of a calendar file that says `fingerprint`: it rises with each change.

    `mails` are all that its guest was sent, or will be. It never falls, and what was said last has
    the same number when it is said again, whether or not its answer was lost.
    """
    told = [one for one in mails if one.left_at is not None and one.sequence is not None]
    highest = max((one.sequence or 0 for one in told), default=None)
    if highest is None:
        return 0
    same = [one for one in told if one.occurrence == about]
    last = max(same, key=lambda one: (one.left_at, one.id), default=None)
    said = last is not None and (last.fingerprint, last.sequence) == (fingerprint, highest)
    return highest if said else highest + 1


def told_organiser(mails: Sequence[Mail]) -> UserId | None:
    """Return the ORGANIZER that a guest's calendar has from these mails; `None`: no agent.

    `mails` are all that the guest was sent, or will be.
    """
    told = [one for one in mails if one.left_at is not None and one.sequence is not None]
    last = max(told, key=lambda one: (one.left_at, one.id), default=None)
    return None if last is None else last.organiser
