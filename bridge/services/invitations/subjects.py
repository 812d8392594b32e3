"""The subject of a mail: one date, or a series of which its guest gets all dates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.event import GuestEvent
from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.news import News, handed, holds, of_date, organiser_news, owed
from bridge.domain.series import Series
from bridge.domain.told_words import ToldWords, words_of, words_of_series
from bridge.domain.window import Graces
from bridge.services.invitations.events import continued, date_event, exception, series_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A mail with all that it may speak of, as read from the database."""

    mail: Mail
    mails: Sequence[Mail]
    """All mails to the guest, this one too."""
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence
    """Its own date, or that to which the link leads."""
    series: Series | None = None
    """Set for a guest of all dates of a series."""
    dates: Sequence[Occurrence] = ()
    """The series' dates, by their original start; cancelled ones and past ones too."""

    @property
    def told(self) -> GuestEvent | None:
        """The series as the guest's calendar had it before this mail."""
        last = self._last
        return None if last is None else last.series

    @property
    def _last(self) -> Mail | None:
        others = (one for one in self.mails if one.id != self.mail.id)
        left = [one for one in others if one.left_at and one.series is not None]
        return max(left, key=lambda one: (one.left_at, one.id), default=None)

    @property
    def speaks_of_all(self) -> bool:
        """Whether the mail says the series, and no date of its own."""
        return self.series is not None and self.mail.occurrence is None

    @property
    def title(self) -> str:
        """The title that the mail says: of all dates, or of its own."""
        if self.series is not None and self.speaks_of_all:
            return self.series.title or self.meeting.title
        return self.occurrence.titled(self.meeting)

    @property
    def words(self) -> ToldWords:
        """The words that the mail says, as digests."""
        if self.series is not None and self.speaks_of_all:
            return words_of_series(self.meeting, self.series, self.dates)
        return words_of(self.meeting, self.occurrence)

    def event(self, domain: str) -> tuple[GuestEvent, GuestEvent | None]:
        """Return the event that the mail says, and the end of the series before it, if any."""
        if self.series is None:
            return date_event(self.invitation, self.occurrence, domain), None
        if not self.speaks_of_all and self.told is not None:
            return exception(self.told, self.occurrence), None
        event = series_event(self.invitation, self.series, self.dates, domain)
        return continued(event, self.told, self.invitation, domain)

    @property
    def handed(self) -> bool:
        """Whether its guest's calendar names another organiser."""
        others = [one for one in self.mails if one.id != self.mail.id]
        return handed(others, self.meeting.organiser)

    def coming(self, now: datetime, most: int) -> Sequence[Occurrence]:
        """Return the next planned dates."""
        known = sorted(self.dates, key=lambda one: one.start)
        return [one for one in known if not one.void and one.end > now][:most]


def news_of(subject: Subject, graces: Graces, now: datetime) -> tuple[Subject, News] | None:
    """Return the news that a guest is owed, with what it is about; `None` for none."""
    if subject.series is not None and subject.invitation.revoked_at is not None:
        subject = replace(subject, mail=replace(subject.mail, occurrence=None))
        true = holds(subject.invitation, subject.occurrence, graces, now)
        about = [one for one in subject.mails if one.occurrence is None]
        says = owed(subject.invitation, true, about, by=subject.mail.id)
        return None if says is None else (subject, says)
    if subject.series is None or subject.mail.left_at is not None:
        # Sent without an answer, it says the same again, or nothing.
        says = _owed(subject, subject.occurrence, graces, now)
        if says is None and subject.mail.left_at is None:
            true = holds(subject.invitation, subject.occurrence, graces, now)
            says = organiser_news(true, subject.mails, subject.meeting.organiser)
        return None if says is None else (subject, says)
    return _of_series(subject, subject.series, graces, now)


def _of_series(
    subject: Subject, series: Series, graces: Graces, now: datetime
) -> tuple[Subject, News] | None:
    """Return news about one date if only that changed, else about all of them."""
    changed = [
        (date, says)
        for date in subject.dates
        if (says := _owed(subject, date, graces, now)) is not None
    ]
    told = subject.told
    other = told is not None and told.core != series.core
    if len(changed) == 1 and not other and not subject.handed:
        date, says = changed[0]
        mail = replace(subject.mail, occurrence=date.id)
        return replace(subject, mail=mail, occurrence=date), says
    if not changed and not other and not subject.handed:
        return None
    whole = replace(subject, mail=replace(subject.mail, occurrence=None))
    coming = subject.coming(now, 1)
    if not coming:
        return whole, News(MailKind.CANCELLATION)
    closes = subject.invitation.window(coming[0], graces).closes
    kinds = {says.kind for _, says in changed}
    kind = MailKind.DATES if changed or other else MailKind.ORGANISER
    if kinds and not other and kinds <= {MailKind.RENAMED, MailKind.TOPICS}:
        kind = MailKind.RENAMED if MailKind.RENAMED in kinds else MailKind.TOPICS
    return replace(whole, occurrence=coming[0]), News(kind, closes)


def _owed(subject: Subject, date: Occurrence, graces: Graces, now: datetime) -> News | None:
    one, own = subject.invitation, subject.mail
    about = {None, date.id} if subject.series is not None else {None, own.occurrence}
    mails = [of_date(mail, date, graces) for mail in subject.mails if mail.occurrence in about]
    true = holds(one, date, graces, now, words_of(subject.meeting, date))
    return owed(one, true, mails, by=own.id)
