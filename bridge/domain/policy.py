"""The operator's choices that services need."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bridge.domain.meeting import AccessLevel
from bridge.domain.proof import Proof
from bridge.domain.quota import QuotaLimits
from bridge.domain.rights import ALL, Source
from bridge.domain.window import Graces


class Way(StrEnum):
    """The admission mode, which decides what can be promised (docs/security.md)."""

    REDIRECT = "redirect"
    """Guests are sent to Visio's own page, and its waiting room decides."""
    KNOCK = "knock"
    """Guests stay on our page; we knock at Visio's waiting room, where the host admits."""
    LIVEKIT = "livekit"
    """Guests stay on our page, and agents admit them from the salon."""

    @property
    def ours(self) -> bool:
        """Whether guests wait and meet on a page of ours, with a seat."""
        return self is not Way.REDIRECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Durations and limits, checked by the settings."""

    zone: str = "Europe/Paris"
    graces: Graces = field(default_factory=Graces)
    duration: timedelta = timedelta(minutes=60)
    """The length of a meeting without a stated end."""
    longest: timedelta = timedelta(hours=12)
    level: AccessLevel = AccessLevel.TRUSTED
    guests_per_meeting: int = 50
    visits_per_invitation: int = 100
    """Browsers that may wait with one link; one more replaces the oldest."""
    denied_domains: frozenset[str] = frozenset()
    announce_every: timedelta = timedelta(minutes=10)
    forget_after: timedelta = timedelta(days=7)
    stale_after: timedelta = timedelta(minutes=10)
    moderator_level: int = 50
    keep_trying: timedelta = timedelta(hours=2)
    way: Way = Way.REDIRECT
    sources: frozenset[Source] = ALL
    """The most that guests may send; the meeting's host may allow less."""
    keyed: bool = False
    """We hold a key of the media server, which lets us eject guests. `livekit` needs one."""
    gated: bool = False
    """The media server's proxy asks the door about every connection."""
    takeovers: int = 3
    """How often another device with the same link may take over."""
    warn_before: tuple[timedelta, ...] = (timedelta(minutes=5), timedelta(minutes=1))
    """How long before guests have to leave the salon is warned; the first warning offers to
    extend."""
    prolong_by: timedelta = timedelta(minutes=30)
    """By how much a reaction extends the meeting."""
    proof: Proof = Proof.NONE
    """The proof that guests give besides their link, unless an invitation says otherwise."""
    waiting_room: bool = True
    """Whether the salon is also asked about a guest who gave a proof; about a link alone it always
    is."""
    limits: QuotaLimits = field(default_factory=QuotaLimits)

    @property
    def ejects(self) -> bool:
        """Whether a guest who is inside is ejected when their time is over."""
        return self.way is Way.LIVEKIT or (self.way is Way.KNOCK and self.keyed)

    @property
    def counts(self) -> bool:
        """Whether we know who is in a meeting."""
        return self.way is Way.LIVEKIT or self.keyed

    @property
    def walk_in(self) -> bool:
        """Whether a guest who gave a proof comes in without a question to the salon."""
        return self.way is Way.LIVEKIT and not self.waiting_room
