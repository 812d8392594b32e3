"""A message to a guest or an organiser, as data; it is worded, with its link, when it leaves."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bridge.ids import ActorId, InvitationId, MailId

MOST_OFFERS = 3
"""How often a message is sent whose mail server never says whether it took it."""


class MailKind(StrEnum):
    """What a mail is for."""

    INVITATION = "invitation"
    """Somebody wants it sent, perhaps again: it counts against their quota."""
    CHANGE = "change"
    """Their link works longer than they were told. As all that follow: a guest is owed it, and no
    quota counts it or holds it back."""
    REOPENING = "reopening"
    """They were told that it is cancelled, and it takes place after all."""
    CANCELLATION = "cancellation"
    """The meeting does not take place."""
    WITHDRAWAL = "withdrawal"
    """Their link leads nowhere any more."""

    @property
    def leads(self) -> bool:
        """Whether it says that its guest's link leads to the meeting."""
        return self not in (MailKind.CANCELLATION, MailKind.WITHDRAWAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is to be mailed to a guest. No address, name or code: those are read on leaving.

    So is what there is to tell: `kind`, `number` and `until` are as the message says once it left.
    """

    id: MailId
    invitation: InvitationId
    number: int
    asked_at: datetime
    asked_by: ActorId | None = None
    """Whose command it is; `None` where nobody's is, or it is older than this column."""
    kind: MailKind = MailKind.INVITATION
    sent_at: datetime | None = None
    failed: str | None = None
    offers: int = 0
    """How often the message was sent, each time without an answer that says what became of it."""
    offered_at: datetime | None = None
    """When it was sent so for the last time."""
    until: datetime | None = None
    """Until when the link works, as the message says; `None` where it leads nowhere, or where the
    message is older than this column."""

    @property
    def left_at(self) -> datetime | None:
        """When it may have reached its guest for the last time; `None` while it can't have."""
        return self.offered_at or self.sent_at

    @property
    def waits(self) -> bool:
        """Whether it is news that has not left: it will say what holds when it does."""
        fresh = self.left_at is None and self.failed is None
        return fresh and self.kind is not MailKind.INVITATION

    def saying(self, kind: MailKind, *, number: int, until: datetime | None) -> "Mail":
        """Return it with what its message says."""
        return replace(self, kind=kind, number=number, until=until)

    def offered(self, now: datetime) -> "Mail":
        """Return it as it is while nobody knows whether the mail server has taken it."""
        return replace(self, offers=self.offers + 1, offered_at=now)
