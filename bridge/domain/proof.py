"""A guest's proof besides their link: a code mailed to them, or a PIN told to them.

Both are derived from a key file when they are needed, as links are: no database, outbox or log ever
holds one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.ids import ChallengeId, InvitationId, VisitId

DIGITS = 6
TRIES = 5
"""Wrong answers after which a code, or the PIN of one link, is worth nothing."""
LASTS = timedelta(minutes=10)
"""How long a mailed code is valid, from when it was sent."""
MOST = 3
"""Codes mailed within `SPAN` for one invitation, whoever asks."""
SPAN = timedelta(hours=1)


class Proof(StrEnum):
    """The proof that is demanded before a guest may wait for the salon."""

    NONE = "none"
    MAIL = "mail"
    """Six digits sent to the address of the invitation."""
    PIN = "pin"
    """Six digits that the inviter tells the guest by another channel than the link."""
    OIDC = "oidc"
    """A sign-in at the OpenID provider of the guest's organisation: offered, never demanded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A code that was mailed for one browser; no other browser can use it."""

    id: ChallengeId
    visit: VisitId
    invitation: InvitationId
    key: str
    """The key file from which the code derives."""
    asked_at: datetime
    sent_at: datetime | None = None
    failed: str | None = None
    """Why its mail could not be sent."""
    tries: int = 0

    @property
    def ends_at(self) -> datetime:
        """When the code expires."""
        return (self.sent_at or self.asked_at) + LASTS

    def open(self, now: datetime) -> bool:
        """Tell whether the right code would be accepted now."""
        return self.failed is None and self.tries < TRIES and now < self.ends_at

    def tried(self) -> "Challenge":
        """Return it after another wrong answer."""
        return replace(self, tries=self.tries + 1)


def typed_digits(typed: str) -> str | None:
    """Return the six digits that a guest typed, with any separators; `None` for anything else."""
    kept = "".join(char for char in typed[:64] if not char.isspace() and char not in "-.·")
    return kept if len(kept) == DIGITS and kept.isascii() and kept.isdigit() else None
