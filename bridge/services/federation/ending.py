"""The ends of grants: by the partner, by the organiser, by the operator.

To end one withdraws its invitation, so guests inside are ejected by the path of every guest. None
needs the partner's server.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, one_line, visitor
from bridge.domain.partner import Issuer, Partner
from bridge.ids import ActorId, OccurrenceId, PartyId
from bridge.ports import UnitOfWork
from bridge.services.auditing import note_grants_ended, note_operator
from bridge.services.federation import recording
from bridge.services.invitations.invitations import Invitations
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class Ending:
    """Use cases that end grants."""

    tools: Tools
    invitations: Invitations

    async def switched(self, issuer: Issuer, *, enabled: bool, by: PartyId) -> int | None:
        """Switch a partner on or off; return how many grants that ended, `None` if it is unknown.

        Off: its living grants end in this transaction, and its people are ejected right after.
        """
        now = self.tools.now()
        async with self.tools.works() as work:
            partner = await work.partners.get(issuer)
            if partner is None:
                return None
            await work.partners.put(replace(partner, enabled=enabled), now)
            command = "partners.enable" if enabled else "partners.disable"
            await note_operator(work, command, partner=issuer)
            if enabled:
                return 0
            grants = await work.grants.of_partner(issuer)
            return len(await self.end(work, partner, grants, GrantEnd.SUSPENDED, by=by))

    async def cut(self, issuer: Issuer, *, by: PartyId) -> int:
        """End all living grants of a partner; return how many. Its people are ejected."""
        async with self.tools.works() as work:
            partner = await work.partners.get(issuer)
            if partner is None:
                return 0
            grants = await work.grants.of_partner(issuer)
            return len(await self.end(work, partner, grants, GrantEnd.SUSPENDED, by=by))

    async def lapsed(self) -> int:
        """End the grants of partners whose agreement is over; return how many."""
        now, count = self.tools.now(), 0
        async with self.tools.works.reading() as work:
            over = [one.issuer for one in await work.partners.all() if not one.in_force(now)]
        for issuer in over:
            async with self.tools.works.reading() as work:
                if not await work.grants.of_partner(issuer):
                    continue
            async with self.tools.works() as work:
                partner = await work.partners.get(issuer)
                if partner is None or partner.in_force(now):
                    continue
                grants = await work.grants.of_partner(issuer)
                by = PartyId("agreement")
                count += len(await self.end(work, partner, grants, GrantEnd.SUSPENDED, by=by))
        return count

    async def end(
        self,
        work: UnitOfWork,
        partner: Partner,
        grants: Sequence[Grant],
        why: GrantEnd,
        *,
        by: ActorId,
    ) -> Sequence[Grant]:
        """End grants in the caller's transaction, and withdraw what still leads somewhere.

        A grant whose guest was withdrawn already stays as it is: else its partner could give it
        back, and ask for another. Returns those that ended.

        Meetings are locked in the order of their ids, each before its invitations
        (docs/decisions/0012-order-of-locks.md).
        """
        now = self.tools.now()
        living = [one for one in grants if one.ended_at is None]
        if not living:
            return ()
        dates = await work.grants.dates([one.id for one in living])
        at_date: dict[OccurrenceId, list[Grant]] = defaultdict(list)
        for one in living:
            if one.id in dates:
                at_date[dates[one.id]].append(one)
        ending = [one for one in living if one.id not in dates]
        for date in sorted(at_date):
            ending += await self._withdraw(work, partner, date, at_date[date], why)
        over = [one.ended(now, why) for one in ending]
        await work.grants.save(*over)
        await note_grants_ended(work, over, by=by)
        recording.ended(over, why, by=by, now=now)
        return over

    async def _withdraw(
        self,
        work: UnitOfWork,
        partner: Partner,
        date: OccurrenceId,
        grants: Collection[Grant],
        why: GrantEnd,
    ) -> list[Grant]:
        """Withdraw the guests of one date; return the grants that led there until now."""
        both = await work.meetings.both(date)
        if both is None:
            return list(grants)
        ending = {one.invitation: one for one in grants}
        known = await work.invitations.of_occurrence(date)
        whom = [one for one in known if one.id in ending and ending[one.id].leads(one)]
        revoked = await self.invitations.revoke(work, both[1], whom)
        if revoked:
            await self._tell(work, partner, both, revoked, why)
        return [ending[one.id] for one in whom]

    async def _tell(
        self,
        work: UnitOfWork,
        partner: Partner,
        about: tuple[Meeting, Occurrence],
        whom: Sequence[Invitation],
        why: GrantEnd,
    ) -> None:
        """Tell the salon who does not come any more, and why; the organiser knows what they did."""
        meeting, occurrence = about
        if why is GrantEnd.CLOSED:
            return
        await work.outbox.post(
            Notice(
                idempotency_key=f"grants-ended:{occurrence.id}:{whom[0].id}:{whom[0].number}",
                to=to_meeting(meeting),
                template=f"partner.ended.{why.value}",
                thread=meeting.thread,
                parameters={
                    "partner": partner.label,
                    "names": one_line(*(visitor(one.name, one.id) for one in whom)),
                    "title": titled(meeting, occurrence),
                },
            )
        )
