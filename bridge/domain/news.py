"""News that a guest is owed: the present state, if their last mail said something else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.event import instant
from bridge.domain.invitation import LIVING, Invitation
from bridge.domain.mail import Mail, MailKind, told_organiser
from bridge.domain.meeting import Occurrence
from bridge.domain.told_words import ToldWords
from bridge.domain.window import Graces
from bridge.ids import MailId, UserId


@dataclass(frozen=True, slots=True)
class News:
    """The state of a guest's link, as a mail says it."""

    kind: MailKind
    until: datetime | None = None
    """Until when the link works; `None` if it leads nowhere."""
    start: datetime | None = None
    end: datetime | None = None
    before: tuple[datetime, datetime] | None = None
    """The time that the guest was told before, of a meeting that has another one now."""
    words: ToldWords | None = None
    """The title and topics; `None`: they don't matter, or nobody knows which were told."""


def holds(
    one: Invitation,
    occurrence: Occurrence,
    graces: Graces,
    now: datetime,
    words: ToldWords | None = None,
) -> News | None:
    """Return the true state of a link now; `None` once it does not matter any more.

    `words` are the occurrence's present ones.
    """
    if occurrence.void:
        return News(MailKind.CANCELLATION)
    if replace(one, revoked_at=None).state(occurrence, graces, now) not in LIVING:
        return None
    if one.revoked_at is not None:
        return News(MailKind.WITHDRAWAL)
    closes = one.window(occurrence, graces).closes
    return News(MailKind.CHANGE, closes, occurrence.start, occurrence.due_end, words=words)


def of_date(mail: Mail, occurrence: Occurrence, graces: Graces) -> Mail:
    """Return a mail as it speaks of one date: a series' mail speaks of all its dates."""
    series, original = mail.series, occurrence.original
    if series is None or series.recurrence is None or original is None or not mail.kind.leads:
        return mail
    if original in series.recurrence.without:
        return replace(mail, kind=MailKind.CANCELLATION, until=None)
    shifted = {one.original: one for one in series.shifted}.get(original)
    start = instant(original if shifted is None else shifted.start, series.zone)
    end = start + (series.length if shifted is None else shifted.length)
    words = None if mail.words is None else mail.words.of_date(occurrence.id)
    return replace(mail, until=end + graces.after, starts_at=start, ends_at=end, words=words)


def owed(one: Invitation, true: News | None, mails: Sequence[Mail], by: MailId) -> News | None:
    """Return the news that the mail `by` has to tell a guest, `None` for none.

    `mails` are all that the guest was mailed, or will be, about the date of `true`. A guest who was
    never mailed a link is owed nothing; nor is a guest whose last mail says the present state. That
    mail may be `by` itself, sent without an answer: then it says the same again, or another mail
    says the present state by now.
    """
    left = sorted((mail for mail in mails if mail.left_at is not None), key=_left)
    if true is None or not left:
        return None
    told = left[-1]
    if true.until is None:
        said = News(told.kind, told.until)
        same = said == true if told.id == by else not said.kind.leads
    else:
        if told.number != one.number:
            return None  # the mail with the present link says it
        said = News(told.kind, told.until, told.starts_at, told.ends_at, words=told.words)
        same = told.kind.leads and _same(said, true)
    if told.id == by:
        return replace(said, before=_before(left[:-1], said)) if same else None
    return None if same else _changed(true, left)


def handed(mails: Sequence[Mail], organiser: UserId) -> bool:
    """Tell whether a guest's calendar names another agent as the organiser.

    `mails` are all that the guest was mailed, or will be.
    """
    return told_organiser(mails) not in (None, organiser)


def organiser_news(true: News | None, mails: Sequence[Mail], organiser: UserId) -> News | None:
    """Return the news of another organiser that a guest is owed, who is owed no other."""
    if true is None or true.until is None or not handed(mails, organiser):
        return None
    return replace(true, kind=MailKind.ORGANISER)


def _left(mail: Mail) -> tuple[datetime, MailId]:
    assert mail.left_at is not None
    return mail.left_at, mail.id


def _same(said: News, true: News) -> bool:
    """Tell whether a mail says the present time, window and words; an older one says less."""
    worded = None in (said.words, true.words) or said.words == true.words
    return worded and said.until == true.until and said.start in (None, true.start)


def _changed(true: News, left: Sequence[Mail]) -> News:
    """Return the news after these mails, which say something else."""
    told = left[-1]
    if true.until is None:
        return true
    if not told.kind.leads:
        return replace(true, kind=MailKind.REOPENING)
    earlier = told.until is not None and true.until < told.until
    if earlier or told.starts_at not in (None, true.start):
        return replace(true, kind=MailKind.MOVED, before=_before(left, true))
    if told.until != true.until or told.words is None or true.words is None:
        return true
    renamed = told.words.title != true.words.title
    return replace(true, kind=MailKind.RENAMED if renamed else MailKind.TOPICS)


def _before(left: Sequence[Mail], true: News) -> tuple[datetime, datetime] | None:
    """Return the time that the last of these mails says, if it is another than the present one."""
    told = next((one for one in reversed(left) if one.starts_at is not None), None)
    if told is None or told.starts_at is None or told.ends_at is None:
        return None
    before = told.starts_at, told.ends_at
    return None if before == (true.start, true.end) else before
