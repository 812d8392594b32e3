"""The operator's choices that services need."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.admission import AdmissionMode
from bridge.domain.meeting import AccessLevel
from bridge.domain.proof import Proof
from bridge.domain.quota import QuotaLimits
from bridge.domain.rights import Source
from bridge.domain.window import Graces


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Durations and limits. `config.sections` states and checks them; nothing is repeated here."""

    zone: str
    graces: Graces
    duration: timedelta
    """The length of a meeting without a stated end."""
    longest: timedelta
    level: AccessLevel
    guests_per_meeting: int
    denied_domains: frozenset[str]
    announce_every: timedelta
    forget_after: timedelta
    stale_after: timedelta
    moderator_level: int
    room_per_date: bool
    """Dates that a series gets later have a Visio room of their own."""
    keep_trying: timedelta
    mode: AdmissionMode
    sources: frozenset[Source]
    """The most that guests may send; the meeting's host may allow less."""
    gated: bool
    """The media server's proxy asks the door about every connection."""
    takeovers: int
    """How often another device with the same link may take over."""
    warn_before: tuple[timedelta, ...]
    """How long before guests have to leave the salon is warned; the first warning offers to
    extend."""
    prolong_by: timedelta
    """By how much a reaction extends the meeting."""
    remind_before: timedelta
    """How long before a meeting its salon is reminded, unless it chose otherwise; 0: at its
    start."""
    remind_late: timedelta
    """A reminder that is later than this is dropped."""
    snooze: timedelta
    """How long after a reminder it comes again, if its reader asks for that by a reaction."""
    proof: Proof
    """The proof that guests give besides their link, unless an invitation says otherwise."""
    waiting_room: bool
    """Whether the salon is also asked about a guest who gave a proof; about a link alone it always
    is."""
    limits: QuotaLimits
    visits_per_invitation: int = 100
    """Browsers that may wait with one link; one more replaces the oldest. No setting has it."""

    @property
    def walk_in(self) -> bool:
        """Whether a guest who gave a proof comes in without a question to the salon."""
        return self.mode.asks_salon and not self.waiting_room
