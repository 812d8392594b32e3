"""The operator's choices that services need."""

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
    mode: AdmissionMode = REDIRECT
    sources: frozenset[Source] = ALL
    """The most that guests may send; the meeting's host may allow less."""
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
    def walk_in(self) -> bool:
        """Whether a guest who gave a proof comes in without a question to the salon."""
        return self.mode.asks_salon and not self.waiting_room
