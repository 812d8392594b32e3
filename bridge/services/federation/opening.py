"""Meetings that their organiser opens to a partner's people, or closes again."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.domain.effective import tags_of
from bridge.domain.grant import GrantEnd
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.partner import Direction, Partner
from bridge.ids import ActorId, MeetingId
from bridge.ports import UnitOfWork
from bridge.ports.work import HasPartners
from bridge.services.federation.ending import Ending
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class MeetingOpening:
    """Use cases on what is open to whom; all take the command's transaction."""

    tools: Tools
    ending: Ending

    async def partners(self, work: HasPartners) -> Sequence[Partner]:
        """Return the partners whose people may come to our meetings now, by their labels."""
        now = self.tools.now()
        return [
            one
            for one in await work.partners.all()
            if one.in_force(now) and Direction.INBOUND in one.directions
        ]

    async def open(
        self, work: UnitOfWork, about: tuple[Meeting, Occurrence], partner: Partner, by: ActorId
    ) -> bool | None:
        """Open all dates of a meeting; `False` if they were, `None` if the agreement bars it."""
        meeting, occurrence = about
        if partner.meetings.tags_denied & tags_of(occurrence.titled(meeting)):
            return None
        return await work.grants.open(meeting.id, partner.issuer, by, self.tools.now())

    async def close(
        self, work: UnitOfWork, meeting: Meeting, partner: Partner, by: ActorId
    ) -> int | None:
        """Close a meeting and end its grants; return how many, `None` if it was not open."""
        opened = await work.grants.close(meeting.id, partner.issuer)
        grants = await work.grants.of_meeting(meeting.id, partner.issuer)
        ended = await self.ending.end(work, partner, grants, GrantEnd.CLOSED, by=by)
        return len(ended) if opened or ended else None


async def opened_to(work: UnitOfWork, meeting: MeetingId) -> Sequence[Partner]:
    """Return the partners to whom a meeting's organiser opened it."""
    found = [await work.partners.get(one) for one in sorted(await work.grants.opened(meeting))]
    return [one for one in found if one is not None]


def meant_partner(partners: Sequence[Partner], words: str) -> Partner | None:
    """Return the one partner whose label is, or has, these words; `None` for none or several."""
    wanted = words.casefold().strip()
    exact = [one for one in partners if wanted == one.label.casefold()]
    partly = [one for one in partners if wanted and wanted in one.label.casefold()]
    found = exact or partly
    return found[0] if len(found) == 1 else None
