"""Events to partners: a meeting of ours has another time, is cancelled, or a grant is withdrawn.

The agenda has one row for each grant, and its handler tells the present state: of several changes a
partner that was away hears the last one, and no partner waits for another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog

from bridge.domain.agenda import Due
from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.partner import Partner
from bridge.domain.vouched import PartnerEventKind
from bridge.errors import PartnerAway
from bridge.ids import GrantId
from bridge.ports.federation import PartnerServers
from bridge.services.tools import Tools

log = structlog.get_logger()

_NAMES = UUID("5b0f1c0e-8f3c-4f0a-9c39-6f3b5d0f7a11")
"""The namespace of the ids that events derive from their row and state: one that is repeated has
the same id."""
_LASTS = timedelta(days=1)
"""How long after the end of a window its partner is still told."""
_THEIRS = frozenset({GrantEnd.REPLACED, GrantEnd.RETURNED})
"""Ends that the partner caused itself."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A grant, with all that tells its state."""

    grant: Grant
    partner: Partner
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class PartnerReports:
    """Handler of the agenda."""

    tools: Tools
    servers: PartnerServers

    async def send(self, due: Due) -> datetime | None:
        """Tell a grant's partner its state now. Raises PartnerAway, PartnerUntrusted: then again.

        After a day it is no news any more.
        """
        known = await self._known(GrantId(UUID(due.key)))
        if known is None:
            return None
        now = self.tools.now()
        window = known.invitation.window(known.occurrence, self.tools.policy.graces)
        if now >= max(window.closes, due.at) + _LASTS:
            return None
        kind, claims = _event(known)
        jti = str(uuid5(_NAMES, f"{due.cause} {kind} {sorted(claims.items())}"))
        try:
            await self.servers.tell(known.partner, kind, claims, jti)
        except PartnerAway as away:
            if not away.after:
                raise
            return now + timedelta(seconds=away.after)
        log.info("partner.told", partner=known.partner.issuer, kind=kind.value, grant=due.key)
        return None

    async def _known(self, named: GrantId) -> _Known | None:
        async with self.tools.works.reading() as work:
            grant = await work.grants.get(named)
            if grant is None or grant.why in _THEIRS:
                return None
            partner = await work.partners.get(grant.issuer)
            invitation = await work.invitations.get(grant.invitation)
            date = (await work.grants.dates([named])).get(named)
            occurrence = None if date is None else await work.meetings.occurrence(date)
            if partner is None or invitation is None or occurrence is None:
                return None
            meeting = await work.meetings.get(occurrence.meeting)
        if meeting is None:
            return None
        return _Known(grant, partner, invitation, meeting, occurrence)


def _event(known: _Known) -> tuple[PartnerEventKind, dict[str, str]]:
    """Return the event for a grant's state; its id tells the partner which."""
    occurrence = known.occurrence
    room = occurrence.room_in(known.meeting)
    claims = {"grant_id": str(known.grant.id)}
    if room is not None:
        claims["resource"] = room.url
    if occurrence.void:
        return PartnerEventKind.CANCELLED, claims
    if not known.grant.leads(known.invitation):
        return PartnerEventKind.REVOKED, claims
    times = {"start": occurrence.start.isoformat(), "end": occurrence.due_end.isoformat()}
    return PartnerEventKind.MOVED, {**claims, **times}
