"""Links to the page on which agents link their calendars, and the accounts that came of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bridge.domain.agenda import Kind
from bridge.domain.calendar import AgentCalendar, CalendarAccount
from bridge.domain.calendar_link import LINK_LASTS, LINKS_PACE, CalendarLink
from bridge.domain.cause import Cause
from bridge.domain.codes import Minter
from bridge.domain.message import CalendarPageLink, ToPerson, moment
from bridge.errors import LimitReached, NotAllowed
from bridge.ids import CalendarLinkId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import HasAgents, HasCalendars
from bridge.services.calendars.naming import name_of
from bridge.services.calendars.salons import tell_ended
from bridge.services.quotas import whole_minute
from bridge.services.tools import Tools

log = structlog.get_logger()

NUMBER = 0
"""The number in every code: another link is another row with an id of its own."""


@dataclass(frozen=True, slots=True)
class LinkedCalendars:
    """An agent's account with its calendars."""

    account: CalendarAccount
    calendars: Sequence[AgentCalendar]
    first_read: int = 0
    """Events that were read of calendars whose first reading goes on."""

    @property
    def host(self) -> str:
        """The server's name, which says nothing of its owner."""
        return host_of(self.account)

    @property
    def written(self) -> AgentCalendar | None:
        """The calendar into which its owner's meetings are written."""
        return next((one for one in self.calendars if one.ours), None)


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """The use cases of an agent's commands on their own account."""

    minter: Minter
    tools: Tools

    async def invite(self, work: UnitOfWork, cause: Cause) -> CalendarLink:
        """Send the author a link, by direct message; their earlier link stops working.

        Raises NotAllowed for an actor who is no agent with a Matrix account, LimitReached.
        """
        to = _owner(cause)
        now, key = self.tools.now(), self.minter.current
        again = await work.once.take(f"calendar-link:{to.user}", now, LINKS_PACE)
        if again is not None:
            at = moment(whole_minute(again), await zone_of(work, to.user, self.tools))
            raise LimitReached(reason="calendar-links", at=at, limit=LINKS_PACE.most)
        identity = CalendarLinkId(uuid7(now))
        link = CalendarLink(
            id=identity,
            owner=to.user,
            account=to.account,
            digest=self.minter.digest(identity, NUMBER, key),
            key=key,
            created_at=now,
            expires_at=now + LINK_LASTS,
        )
        await work.calendar_links.add(link)
        once = f"direct:{cause.event}:0"
        await work.outbox.post(CalendarPageLink(idempotency_key=once, to=to, link=link.id))
        return link

    async def unlink(self, work: UnitOfWork, cause: Cause) -> CalendarAccount | None:
        """Forget the author's account at once, with its login; `None` if they have none.

        What was written into their calendar stays there. Raises NotAllowed.
        """
        known = await work.calendars.account_of(_owner(cause).user)
        account = None if known is None else await work.calendars.account(known.id)
        if account is None:
            return None
        await drop(work, account)
        log.info("calendar.unlinked", account=str(account.id))
        return account


async def state(work: HasCalendars, owner: UserId) -> LinkedCalendars | None:
    """Return an agent's account as it is; `None` if they have none."""
    account = await work.calendars.account_of(owner)
    if account is None:
        return None
    calendars = await work.calendars.calendars_of(account.id)
    by_name = sorted(calendars, key=lambda one: name_of(one).casefold())
    return LinkedCalendars(account, by_name, await work.calendars.first_read(account.id))


async def drop(work: UnitOfWork, account: CalendarAccount) -> None:
    """Delete an account that is locked, and the work that is planned for it.

    The salons of its calendars are told.
    """
    await tell_ended(work, account, await work.calendars.calendars_of(account.id))
    await work.calendars.drop_account(account.id)
    await work.agenda.drop(Kind.POLL, [str(account.id)])


async def zone_of(work: HasAgents, owner: UserId, tools: Tools) -> str:
    """Return the zone in which an agent reads times in direct messages."""
    return await work.agents.zone(owner) or tools.policy.zone


def code_of(link: CalendarLink, minter: Minter) -> str:
    """Return the 22 characters of a link."""
    return minter.code(link.id, NUMBER, link.key)


def host_of(account: CalendarAccount) -> str:
    """Return the name of an account's server."""
    return account.host


def _owner(cause: Cause) -> ToPerson:
    to = cause.private
    if to is None or cause.actor.outside:
        raise NotAllowed(reason="outside")
    return to
