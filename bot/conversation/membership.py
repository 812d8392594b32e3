"""Our membership of salons: joining, being removed, following an upgrade."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.conversation.salon import is_agent
from bot.matrix.events import (
    Account,
    Arrived,
    Joined,
    LevelsChanged,
    MembersChanged,
    Removed,
    SalonState,
    SendRefused,
    Upgraded,
)
from bridge.domain.authority import Membership
from bridge.domain.message import Notice, Priority, ToPerson, ToSalon
from bridge.ids import EventId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.calendars.salons import SalonCalendars
from bridge.services.cards import card_message, refresh_card, topics_note
from bridge.services.meetings.absences import Absences
from bridge.services.tools import Tools

_MONTH = timedelta(days=30)
_CALLED = 5
"""The most moderators whom a message mentions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comings:
    """Handles changes of our membership of salons."""

    tools: Tools
    account: Account
    name: str
    """The name that people see beside our lines."""
    servers: Collection[str]
    """Homeservers of agents."""

    async def joined(self, joined: Joined) -> None:
        """Tell in one notice what we read and store, and show the meetings that moved here."""
        state = await self._state(joined.salon)
        if state is not None and state.space:
            await self.decline(joined.event, joined.salon, tell=joined.invited_by)
            return
        old = None if state is None else state.predecessor
        if old is not None and not await self.account.follows(old, joined.salon):
            old = None
        async with self.tools.works() as work:
            if not await work.inbox.done(joined.event):
                return
            if old is not None:
                await self._move(work, old, joined.salon)
            await self._greet(work, joined, state)
            await self._cards(work, joined.salon)
        await self._hold_to(joined.salon)

    async def _greet(self, work: UnitOfWork, joined: Joined, state: SalonState | None) -> None:
        # Nobody invites us into a direct message that we opened, or where we followed a salon.
        if joined.invited_by is None or (state is not None and not self._may_speak(state)):
            return
        if await self._is_new(work, joined.salon):
            # In a direct message we read every line, and that person must know it.
            direct = state is not None and state.direct
            greeting = Notice(
                idempotency_key=f"greet:{joined.event}",
                to=ToSalon(salon=joined.salon, account=self.account.user),
                template="salon.greeting-direct" if direct else "salon.greeting",
                parameters={"n": self.tools.policy.forget_after.days, "name": self.name},
            )
            await work.outbox.post(greeting)

    async def decline(self, event: EventId, space: SalonId, *, tell: UserId | None) -> None:
        """Leave a space, which is no place to talk in, and tell the person who invited us."""
        with suppress(SendRefused):  # we are out already
            await self.account.leave(space)
        async with self.tools.works() as work:
            if await work.inbox.done(event) and tell is not None:
                told = Notice(
                    idempotency_key=f"space:{event}",
                    to=ToPerson(user=tell, account=self.account.user),
                    template="salon.space",
                    mentions=(tell,),
                )
                await work.outbox.post(told)

    async def levels(self, changed: LevelsChanged) -> None:
        """Show the cards that we could not show while we might not write there."""
        await self._hold_to(changed.salon)
        state = await self._state(changed.salon)
        async with self.tools.works() as work:
            if not await work.inbox.done(changed.event):
                return
            if state is None or not self._may_speak(state):
                return
            await self._cards(work, changed.salon)
            if await work.once.last(f"unshown:{changed.salon}") is not None:
                await self._refresh(work, changed.salon)

    async def arrived(self, arrived: Arrived) -> None:
        """Refresh the cards, without the phone, if somebody from outside may read them now."""
        async with self.tools.works() as work:
            if not await work.inbox.done(arrived.event):
                return
            await self._refresh(work, arrived.salon)

    async def members_changed(self, changed: MembersChanged) -> None:
        """Record what the homeserver says of those on whom a meeting depends.

        The holders of host links, readers of feeds, owners of the salon's calendars, and
        organisers, of whom the salon is told once if they left.
        """
        await self._hold_to(changed.salon)
        async with self.tools.works.reading() as work:
            meets = await self._absences.any_meeting(work, changed.salon)
            given = bool(await work.calendars.calendars_in(changed.salon))
        state = await self._state(changed.salon) if meets or given else None
        async with self.tools.works() as work:
            if await work.inbox.done(changed.event) and state is not None:
                if given:  # accounts are locked before meetings
                    salons, key = SalonCalendars(self.tools), changed.event
                    await salons.left(work, changed.salon, state.departed, key=key)
                called = self._moderators(state)
                await self._absences.note(work, changed.salon, state.departed, called)

    def _moderators(self, state: SalonState) -> list[UserId]:
        """Return moderators to notify: a few, those of the highest level first."""
        level, us = self.tools.policy.moderator_level, self.account.user
        known = [
            one
            for one in state.members - {us}
            if is_agent(one, self.servers) and state.level(one) >= level
        ]
        return sorted(known, key=lambda one: (-state.level(one), one))[:_CALLED]

    @property
    def _absences(self) -> Absences:
        return Absences(self.tools)

    async def _hold_to(self, salon: SalonId) -> None:
        """Give the salon's host links the rights that the homeserver gives their holders now.

        Agents' feeds show others' meetings of the salon only while they are in it.
        """
        async with self.tools.works.reading() as work:
            if not await work.hosts.of_salon(salon) and not await work.feeds.readers(salon):
                return
        # Outside the salon we can see nobody's rights.
        state = await self._state(salon) or SalonState(salon=salon)
        async with self.tools.works() as work:
            for link in await work.hosts.of_salon(salon):
                known = Membership(link.user in state.members, state.level(link.user))
                await work.hosts.stand(link.id, known)
            for feed in await work.feeds.readers(salon):
                await work.feeds.stand(feed.id, salon, present=feed.whose in state.members)

    async def removed(self, removed: Removed) -> None:
        """Tell the organisers of the salon's meetings, unless we left because they had left.

        Its feed is gone, and its calendars are its own no more.
        """
        await self._hold_to(removed.salon)
        async with self.tools.works() as work:
            if not await work.inbox.done(removed.event):
                return
            await work.feeds.drop(removed.salon)
            await SalonCalendars(self.tools).lost(work, removed.salon, key=removed.event)
            if removed.by == self.account.user:
                return
            after = self.tools.now() - self.tools.policy.graces.after
            found = await work.meetings.of_salon(removed.salon, ending_after=after)
            for user in sorted({meeting.organiser for meeting, _ in found}):
                count = sum(meeting.organiser == user for meeting, _ in found)
                await work.outbox.post(
                    Notice(
                        idempotency_key=f"removed:{removed.event}:{user}",
                        to=ToPerson(user=user, account=self.account.user),
                        template="salon.removed",
                        parameters={"n": count},
                        mentions=(user,),
                    )
                )

    async def upgraded(self, upgraded: Upgraded) -> None:
        """Move the salon's meetings to its successor, if the successor names this salon too.

        We can read it only once we are there: if that is later, `joined` moves them.
        """
        there = upgraded.replacement
        follows = await self.account.follows(upgraded.salon, there)
        async with self.tools.works() as work:
            if await work.inbox.done(upgraded.event) and follows:
                await self._move(work, upgraded.salon, there)
                await self._cards(work, there)
        await self._hold_to(there)

    async def _move(self, work: UnitOfWork, old: SalonId, new: SalonId) -> None:
        after = self.tools.now() - self.tools.policy.graces.after
        await self._is_new(work, new)
        for meeting, occurrence in await work.meetings.of_salon(old, ending_after=after):
            # Neither an edit nor a thread can leave its own salon.
            await work.meetings.save(replace(meeting, thread=None))
            await work.meetings.save_occurrence(replace(occurrence, card=None))
        await work.meetings.moved_salon(old, new)
        await work.calendars.moved_salon(old, new)
        await work.salons.moved(old, new)
        await work.feeds.moved(old, new)

    async def _cards(self, work: UnitOfWork, salon: SalonId) -> None:
        """Show every meeting of the salon that has no card in it; each once."""
        after = self.tools.now() - self.tools.policy.graces.after
        for meeting, occurrence in await work.meetings.of_salon(salon, ending_after=after):
            if occurrence.room_in(meeting) is not None and occurrence.card is None:
                card = card_message(meeting, occurrence)
                await work.outbox.again(replace(card, priority=Priority.NOTICE))
                if meeting.topics:
                    await work.outbox.again(topics_note(meeting, occurrence))

    async def _refresh(self, work: UnitOfWork, salon: SalonId) -> None:
        """Edit the salon's cards to the present state."""
        after = self.tools.now() - self.tools.policy.graces.after
        for _, occurrence in await work.meetings.of_salon(salon, ending_after=after):
            if occurrence.card is not None:
                await refresh_card(work, occurrence.id)

    async def _is_new(self, work: UnitOfWork, salon: SalonId) -> bool:
        """Tell whether we have not introduced ourselves there yet; record that we have now."""
        now = self.tools.now()
        return await work.once.claim(f"greeted:{salon}", now, unless_after=now - _MONTH)

    async def _state(self, salon: SalonId) -> SalonState | None:
        """Return a salon's state; None if we are not in it, or no more. Raises SendLater."""
        try:
            return await self.account.salon(salon)
        except SendRefused:
            return None

    def _may_speak(self, state: SalonState) -> bool:
        return state.may_speak(self.account.user)
