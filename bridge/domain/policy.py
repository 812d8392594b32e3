"""The deployer's choices that services ask about."""

from dataclasses import dataclass, field
from datetime import timedelta

from bridge.domain.admission import REDIRECT, AdmissionMode
from bridge.domain.meeting import AccessLevel
from bridge.domain.proof import Proof
from bridge.domain.quota import QuotaLimits
from bridge.domain.rights import ALL, Source
from bridge.domain.window import Graces


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
    mode: AdmissionMode = REDIRECT
    sources: frozenset[Source] = ALL
    """What guests may send at most; the meeting's host may allow less."""
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
    def walk_in(self) -> bool:
        """Whether who has shown a proof comes in without being asked about."""
        return self.mode.asks_salon and not self.waiting_room
