"""A message to a guest or an organiser, as data; it is worded, with its link, when it leaves."""

from dataclasses import dataclass
from datetime import datetime

from bridge.ids import InvitationId, MailId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An invitation's link to be mailed. No address, name or code: those are read on leaving."""

    id: MailId
    invitation: InvitationId
    number: int
    asked_at: datetime
    sent_at: datetime | None = None
    failed: str | None = None
