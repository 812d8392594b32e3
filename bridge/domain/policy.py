"""The deployer's choices that services ask about."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bridge.domain.meeting import AccessLevel
from bridge.domain.proof import Proof
from bridge.domain.quota import QuotaLimits
from bridge.domain.rights import ALL, Source
from bridge.domain.window import Graces


class Way(StrEnum):
    """How guests are admitted, and so what can be promised (docs/security.md)."""

    REDIRECT = "redirect"
    """They are sent to Visio's own page, and its waiting room decides."""
    KNOCK = "knock"
    """They stay on our page; we knock at Visio's waiting room, where the host admits."""
    LIVEKIT = "livekit"
    """They stay on our page, and agents admit them from the salon."""

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
    """Of a meeting without a stated end."""
    longest: timedelta = timedelta(hours=12)
    level: AccessLevel = AccessLevel.TRUSTED
    guests_per_meeting: int = 50
    visits_per_invitation: int = 100
    """Browsers that may wait with one link; one more takes the place of the oldest."""
    denied_domains: frozenset[str] = frozenset()
    announce_every: timedelta = timedelta(minutes=10)
    forget_after: timedelta = timedelta(days=7)
    stale_after: timedelta = timedelta(minutes=10)
    moderator_level: int = 50
    keep_trying: timedelta = timedelta(hours=2)
    way: Way = Way.REDIRECT
    sources: frozenset[Source] = ALL
    """What guests may send at most; the meeting's host may allow less."""
    keyed: bool = False
    """We hold a key of the media server, which is what puts people out. `livekit` needs one."""
    gated: bool = False
    """The media server's proxy asks the door about everybody who connects."""
    takeovers: int = 3
    """How often another device with the same link may take over."""
    warn_before: tuple[timedelta, ...] = (timedelta(minutes=5), timedelta(minutes=1))
    """How long before guests have to leave the salon is told; the first time it may put it off."""
    prolong_by: timedelta = timedelta(minutes=30)
    """By how much a reaction puts it off."""
    proof: Proof = Proof.NONE
    """What guests show besides their link, unless an invitation says otherwise."""
    waiting_room: bool = True
    """Whether who has shown a proof is asked about too; a link alone always is."""
    limits: QuotaLimits = field(default_factory=QuotaLimits)

    @property
    def ejects(self) -> bool:
        """Whether who is inside is out when their time is over."""
        return self.way is Way.LIVEKIT or (self.way is Way.KNOCK and self.keyed)

    @property
    def counts(self) -> bool:
        """Whether who is in a meeting is known."""
        return self.way is Way.LIVEKIT or self.keyed

    @property
    def walk_in(self) -> bool:
        """Whether who has shown a proof comes in without being asked about."""
        return self.way is Way.LIVEKIT and not self.waiting_room
