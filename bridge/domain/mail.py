"""A message to a guest or an organiser, as data; it is worded, with its link, when it leaves."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bridge.ids import InvitationId, MailId, UserId

MOST_OFFERS = 3
"""How often a message is sent whose mail server never says whether it took it."""


class MailKind(StrEnum):
    """What a mail is for."""

    INVITATION = "invitation"
    """Somebody wants it sent, perhaps again: it counts against their quota."""
    CHANGE = "change"
    """Who was invited is owed it; no quota counts it or holds it back."""
    CANCELLATION = "cancellation"
    """As `CHANGE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An invitation's link to be mailed. No address, name or code: those are read on leaving."""

    id: MailId
    invitation: InvitationId
    number: int
    asked_at: datetime
    asked_by: UserId | None = None
    """Whose command it is; `None` where nobody's is, or it is older than this column."""
    kind: MailKind = MailKind.INVITATION
    sent_at: datetime | None = None
    failed: str | None = None
    offers: int = 0
    """How often the message was sent, each time without an answer that says what became of it."""
    offered_at: datetime | None = None
    """When it was sent so for the last time."""

    def offered(self, now: datetime) -> "Mail":
        """Return it as it is while nobody knows whether the mail server has taken it."""
        return replace(self, offers=self.offers + 1, offered_at=now)
