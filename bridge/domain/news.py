"""News that a guest is owed: the present state, if their last mail said something else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.invitation import LIVING, Invitation
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import Occurrence
from bridge.domain.window import Graces
from bridge.ids import MailId


@dataclass(frozen=True, slots=True)
class News:
    """The state of a guest's link, as a mail says it."""

    kind: MailKind
    until: datetime | None = None
    """Until when the link works; `None` if it leads nowhere."""


def holds(one: Invitation, occurrence: Occurrence, graces: Graces, now: datetime) -> News | None:
    """Return the true state of a link now; `None` once it does not matter any more."""
    if occurrence.void:
        return News(MailKind.CANCELLATION)
    if replace(one, revoked_at=None).state(occurrence, graces, now) not in LIVING:
        return None
    if one.revoked_at is not None:
        return News(MailKind.WITHDRAWAL)
    return News(MailKind.CHANGE, one.window(occurrence, graces).closes)


def owed(one: Invitation, true: News | None, mails: Sequence[Mail], by: MailId) -> News | None:
    """Return the news that the mail `by` has to tell a guest, `None` for none.

    `mails` are all that the guest was mailed, or will be. A guest who was never mailed a link is
    owed nothing; nor is a guest whose last mail says the present state. That mail may be `by`
    itself, sent without an answer: then it says the same again, or another mail says the present
    state by now.
    """
    left = [(mail.left_at, mail) for mail in mails if mail.left_at is not None]
    if true is None or not left:
        return None
    _, told = max(left, key=lambda pair: pair[0])
    said = News(told.kind, told.until)
    if true.until is not None:
        if told.number != one.number:
            return None  # the mail with the present link says it
        same = said.kind.leads and said.until == true.until
        if not said.kind.leads:
            true = replace(true, kind=MailKind.REOPENING)
    else:
        same = said == true if told.id == by else not said.kind.leads
    if told.id == by:
        return said if same else None
    return None if same else true
