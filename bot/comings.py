"""Coming into a salon, being removed from it, following it elsewhere."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.matrix.events import Account, Arrived, Joined, Removed, SendRefused, Upgraded
from bridge.clock import Clock
from bridge.domain.message import Message, Worth
from bridge.domain.policy import Policy
from bridge.ids import SalonId
from bridge.ports import Work, Works
from bridge.services.cards import card_message, refresh_card

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comings:
    """Handles what happens to our membership of salons."""

    works: Works
    account: Account
    policy: Policy
    clock: Clock
    name: str
    """What people see beside our lines."""

    async def joined(self, joined: Joined) -> None:
        """Say in one notice what we read and keep, and show the meetings that moved here."""
        async with self.works() as work:
            if not await work.inbox.done(joined.event):
                return
            # Nobody invites us into a direct message that we opened, or where we followed a salon.
            if joined.invited_by is not None and await self._is_new(work, joined.salon):
                greeting = Message(
                    dedupe=f"greet:{joined.event}",
                    template="salon.greeting",
                    salon=joined.salon,
                    facts={"n": self.policy.forget_after.days, "name": self.name},
                )
                await work.outbox.post(greeting)
            await self._cards(work, joined.salon)

    async def arrived(self, arrived: Arrived) -> None:
        """Show the cards again where somebody from outside may read them: without the phone."""
        async with self.works() as work:
            if not await work.inbox.done(arrived.event):
                return
            after = self.clock.now() - self.policy.graces.after
            for _, occurrence in await work.meetings.of_salon(arrived.salon, ending_after=after):
                if occurrence.card is not None:
                    await refresh_card(work, occurrence.id)

    async def removed(self, removed: Removed) -> None:
        """Tell the organisers of the salon's meetings, unless we left because they had."""
        async with self.works() as work:
            if not await work.inbox.done(removed.event) or removed.by == self.account.user:
                return
            after = self.clock.now() - self.policy.graces.after
            found = await work.meetings.of_salon(removed.salon, ending_after=after)
            for user in sorted({meeting.organiser for meeting, _ in found}):
                count = sum(meeting.organiser == user for meeting, _ in found)
                await work.outbox.post(
                    Message(
                        dedupe=f"removed:{removed.event}:{user}",
                        template="salon.removed",
                        user=user,
                        facts={"n": count},
                        rings=(user,),
                    )
                )

    async def upgraded(self, upgraded: Upgraded) -> None:
        """Move the salon's meetings to the one that goes on, and show them once we are there.

        We may be there already, or come only when somebody invites us: the cards leave when both
        are true, whichever is the later, so the question whether we are there comes after the move.
        """
        there = upgraded.replacement
        async with self.works() as work:
            await self._move(work, upgraded.salon, there)
        present = await self._is_in(there)
        async with self.works() as work:
            if await work.inbox.done(upgraded.event) and present:
                await self._cards(work, there)

    async def _move(self, work: Work, old: SalonId, new: SalonId) -> None:
        after = self.clock.now() - self.policy.graces.after
        await self._is_new(work, new)
        for meeting, occurrence in await work.meetings.of_salon(old, ending_after=after):
            # Neither an edit nor a thread can leave its own salon.
            await work.meetings.save(replace(meeting, thread=None))
            await work.meetings.save_occurrence(replace(occurrence, card=None))
        await work.meetings.moved_salon(old, new)
        await work.salons.moved(old, new)

    async def _cards(self, work: Work, salon: SalonId) -> None:
        """Show every meeting of the salon that has no card in it; each once."""
        after = self.clock.now() - self.policy.graces.after
        for meeting, occurrence in await work.meetings.of_salon(salon, ending_after=after):
            if meeting.room is not None and occurrence.card is None:
                card = card_message(meeting, occurrence)
                await work.outbox.post(replace(card, worth=Worth.NOTICE))

    async def _is_new(self, work: Work, salon: SalonId) -> bool:
        """Tell whether nobody there was told who we are; from now on they were."""
        now = self.clock.now()
        return await work.once.claim(f"greeted:{salon}", now, unless_after=now - _MONTH)

    async def _is_in(self, salon: SalonId) -> bool:
        try:
            state = await self.account.salon(salon)
        except SendRefused:
            return False
        return self.account.user in state.members
