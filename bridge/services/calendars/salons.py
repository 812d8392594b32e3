"""Calendars of salons: their new events become meetings there.

A calendar is given by an agent whose own it is. Its right is theirs of the moment when an event
comes: who is no moderator then has a calendar that rests.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import structlog

from bridge.domain.authority import Act
from bridge.domain.calendar import AgentCalendar, CalendarAccount
from bridge.domain.cause import Cause
from bridge.domain.message import Notice, Parameter, ToPerson, ToSalon, in_salon, person, phrase
from bridge.domain.salon_calendar import MOST_ASKED_ABOUT, CalendarQuestion
from bridge.errors import NotAllowed
from bridge.ids import CalendarId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.calendars.naming import name_of
from bridge.services.naming import same_title
from bridge.services.permissions import demand_here
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnedCalendar:
    """A calendar with the account of its owner."""

    account: CalendarAccount
    calendar: AgentCalendar

    @property
    def name(self) -> str:
        """Its name as people read it."""
        return name_of(self.calendar)


@dataclass(frozen=True, slots=True)
class SalonCalendars:
    """Use cases that give a salon a calendar, and end that."""

    tools: Tools

    async def own(self, work: UnitOfWork, owner: UserId) -> Sequence[OwnedCalendar]:
        """Return an agent's linked calendars, by name."""
        account = await work.calendars.account_of(owner)
        known = [] if account is None else await work.calendars.calendars_of(account.id)
        owned = [OwnedCalendar(account, one) for one in known if account is not None]
        return sorted(owned, key=lambda one: one.name.casefold())

    def meant(
        self, own: Sequence[OwnedCalendar], salon: SalonId, name: str
    ) -> OwnedCalendar | None:
        """Return the calendar with this name; without one the only one that it can be.

        The calendar of its owner's own meetings is meant by its name alone. `None`: ask.
        """
        if name:
            found = [one for one in own if same_title(one.name, name)]
        else:
            found = [
                one for one in own if not one.calendar.ours and one.calendar.salon in (None, salon)
            ]
        return found[0] if len(found) == 1 else None

    async def ask(
        self, work: UnitOfWork, cause: Cause, own: Sequence[OwnedCalendar], template: str
    ) -> Sequence[CalendarId]:
        """Ask the author by direct message which calendar it is; return those that it offers."""
        to, salon = cause.private, cause.salon
        assert to is not None, "whoever types has an account"
        assert salon is not None, "it was typed there"
        free = [one for one in own if one.calendar.salon in (None, salon)][:MOST_ASKED_ABOUT]
        offered = [one.calendar.id for one in free]
        rows = [
            phrase(
                "salon-calendar.row-own" if one.calendar.ours else "salon-calendar.row",
                {"number": number, "name": one.name},
            )
            for number, one in enumerate(free, 1)
        ]
        key = CalendarQuestion(line=cause.event, salon=salon, calendars=offered).key
        await work.outbox.post(
            Notice(
                idempotency_key=key if offered else f"direct:{cause.event}:0",
                to=to,
                template=template if offered else "salon-calendar.all-given",
                parameters={
                    "question": in_salon(phrase("salon-calendar.question"), salon),
                    "rows": rows,
                    "names": ", ".join(one.name for one in own),
                },
                mentions=(to.user,),
            )
        )
        return offered

    async def give(
        self, work: UnitOfWork, cause: Cause, owned: OwnedCalendar, salon: SalonId
    ) -> bool:
        """Have new events of the author's calendar become meetings of a salon; tell it.

        `False` if it is another salon's. Raises NotAllowed.
        """
        demand_here(Act.SALON_CALENDAR, cause.actor, salon, self.tools.policy)
        calendar = owned.calendar
        if calendar.salon not in (None, salon):
            return False
        await work.calendars.assign(calendar.id, salon)
        log.info("calendar.given", calendar=str(calendar.id), salon=salon)
        account = cause.account or owned.account.account
        await work.outbox.post(
            Notice(
                idempotency_key=f"answer:{cause.event}:given",
                to=ToSalon(salon=salon, account=account, author=cause.actor.user),
                template="salon-calendar.given",
                parameters={"name": owned.name, "who": person(owned.account.owner)},
            )
        )
        return True

    async def take(
        self, work: UnitOfWork, cause: Cause, salon: SalonId | None, name: str
    ) -> Sequence[OwnedCalendar]:
        """End it for a salon's calendars, or for the author's own; return those.

        In a salon, who linked one ends theirs, and moderators anybody's; elsewhere the author's own
        calendars are meant, of whatever salon. Raises NotAllowed.
        """
        by = cause.actor.user
        known: Sequence[OwnedCalendar]
        if salon is None:
            assert by is not None, "whoever types has an account"
            known = [one for one in await self.own(work, by) if one.calendar.salon is not None]
        else:
            known = await self.of(work, salon)
        meant = [one for one in known if not name or same_title(one.name, name)]
        mine = [one for one in meant if one.account.owner == by]
        if salon is not None and len(mine) < len(meant):
            try:
                demand_here(Act.SALON_CALENDAR, cause.actor, salon, self.tools.policy)
            except NotAllowed:
                if not mine:
                    raise
                meant = mine
        for one in meant:
            await self.end(work, one, key=cause.event)
        return meant

    async def of(self, work: UnitOfWork, salon: SalonId) -> Sequence[OwnedCalendar]:
        """Return a salon's calendars."""
        found = []
        for calendar in await work.calendars.calendars_in(salon):
            account = await work.calendars.account(calendar.account)
            if account is not None:
                found.append(OwnedCalendar(account, calendar))
        return found

    async def end(self, work: UnitOfWork, owned: OwnedCalendar, *, key: str) -> None:
        """Make no meetings of a calendar's new events any more, and tell its salon."""
        await work.calendars.assign(owned.calendar.id, None)
        log.info("calendar.taken-back", calendar=str(owned.calendar.id))
        await tell_ended(work, owned.account, [owned.calendar], key=key)

    async def left(
        self, work: UnitOfWork, salon: SalonId, departed: Collection[UserId], *, key: str
    ) -> None:
        """End it for the calendars of those who left a salon."""
        for one in await self.of(work, salon):
            if one.account.owner in departed:
                await self.end(work, one, key=key)
                await work.outbox.post(_told(one, "salon-calendar.left", key))

    async def lost(self, work: UnitOfWork, salon: SalonId, *, key: str) -> None:
        """End it for all calendars of a salon that we are in no more; tell their owners."""
        for one in await self.of(work, salon):
            await work.calendars.assign(one.calendar.id, None)
            await work.outbox.post(_told(one, "salon-calendar.lost", key))


async def tell_ended(
    work: UnitOfWork,
    account: CalendarAccount,
    calendars: Iterable[AgentCalendar],
    *,
    key: str = "gone",
) -> None:
    """Tell salons that new events of calendars of theirs don't become meetings any more."""
    for one in calendars:
        if one.salon is None:
            continue
        await work.outbox.post(
            Notice(
                idempotency_key=f"salon-calendar-ended:{one.id}:{key}",
                to=ToSalon(salon=one.salon, account=account.account),
                template="salon-calendar.ended",
                parameters={"name": name_of(one), "who": person(account.owner)},
            )
        )


def _told(owned: OwnedCalendar, template: str, key: str) -> Notice:
    told: dict[str, Parameter] = {"name": owned.name}
    return Notice(
        idempotency_key=f"{template}:{owned.calendar.id}:{key}",
        to=ToPerson(user=owned.account.owner, account=owned.account.account),
        template=template,
        parameters=told,
        mentions=(owned.account.owner,),
    )
