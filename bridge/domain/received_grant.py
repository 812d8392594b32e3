"""A grant that a partner gives one of our people: their seat in a meeting of the partner's."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.partner import Issuer
from bridge.ids import ReceivedGrantId, UserId

PATIENCE = timedelta(minutes=15)
"""How long we wait for a partner's organiser, and retry at a partner that is away."""


class ReceivedState(StrEnum):
    """The state of a request, and of the grant that came of it."""

    ASKING = "asking"
    """The partner has not answered yet."""
    PENDING = "pending"
    """The partner's organiser has not decided yet."""
    HELD = "held"
    RETURNING = "returning"
    """Its person gave it back; the partner does not know yet."""
    ENDED = "ended"
    """Refused, given back, withdrawn, cancelled or over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedGrant:
    """A grant for one of our people, from the moment they ask; an agent has one for a meeting."""

    id: ReceivedGrantId
    user: UserId
    account: UserId | None = None
    """The bot's account that they wrote to."""
    resource: str = field(repr=False)
    """The address of the meeting, as they gave it."""
    asked_at: datetime
    partner: Issuer | None = None
    """The partner whose meeting it is; `None`: not known yet."""
    state: ReceivedState = ReceivedState.ASKING
    request: str = ""
    """The partner's id of the request that waits for its organiser."""
    grant: str = ""
    """The partner's id of the grant, which both sides have in their audit."""
    link: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    host: str = ""
    """The organisation that hosts."""
    privacy: str = ""
    """The address of its privacy notice."""
    opens: datetime | None = None
    closes: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    zone: str = ""
    waiting_room: bool = True
    """Whether the host lets them in at the door, as every guest."""
    ended_at: datetime | None = None

    def waits_until(self) -> datetime:
        """Return from when on the request is given up."""
        return self.asked_at + PATIENCE

    def ended(self, now: datetime) -> "ReceivedGrant":
        """Return it as it is once it is over: its secrets are gone."""
        return replace(self, state=ReceivedState.ENDED, link="", token="", ended_at=now)

    @property
    def waits(self) -> bool:
        """Whether the partner has not decided yet."""
        return self.state in (ReceivedState.ASKING, ReceivedState.PENDING)

    def moved(self, starts: datetime, ends: datetime) -> "ReceivedGrant":
        """Return it with the meeting at another time; its window moves as the ends of that do."""
        opens, closes = self.opens, self.closes
        if opens is not None and self.starts is not None:
            opens += starts - self.starts
        if closes is not None and self.ends is not None:
            closes += ends - self.ends
        return replace(self, starts=starts, ends=ends, opens=opens, closes=closes)

    def is_to_come(self, now: datetime) -> bool:
        """Tell whether it is held, and leads into the meeting now or later."""
        return self.state is ReceivedState.HELD and (self.closes is None or now < self.closes)
