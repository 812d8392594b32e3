"""The page on which an agent links their calendars: found, chosen, proved, then stored.

A server is asked outside of any transaction. Between the page's two forms the login is in no
database: the page carries it, encrypted for its link alone.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import structlog
from pydantic import SecretStr

from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAuth,
    CalendarLogin,
    SyncMode,
)
from bridge.domain.calendar_link import MOST_TRIES, CalendarLink
from bridge.domain.codes import LinkState, digest_of
from bridge.domain.message import Notice, ToPerson, one_line
from bridge.ids import CalendarAccountId, CalendarId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.calendar_servers import CalendarServers, FoundAccount, FoundCalendar
from bridge.ports.seals import Seals
from bridge.services.calendars.links import drop, host_of
from bridge.services.calendars.naming import name_of
from bridge.services.calendars.salons import tell_ended
from bridge.services.tools import Tools

log = structlog.get_logger()

NEW_CALENDAR = "Visio"
"""The name of the calendar that we make."""
MOST_SHOWN = 40
"""Calendars that a page shows."""
MOST_BYTES = 12_000
"""Of the names and URLs of the calendars that a page shows: its form may have 32 KiB."""


class LinkClosed(Exception):
    """The link was used, has expired, or is nobody's; or the form is another link's."""


class TriesSpent(Exception):
    """The link has asked a calendar server as often as it may."""


@dataclass(frozen=True, slots=True)
class Picker:
    """Calendars to choose among."""

    found: FoundAccount
    login: CalendarLogin
    whole: bool = True
    """Whether all calendars are there; a page shows so many."""

    @property
    def calendars(self) -> Sequence[FoundCalendar]:
        """The calendars, in the order of the page."""
        return self.found.calendars


@dataclass(frozen=True, slots=True)
class PickerOffer:
    """A picker, and the field by which its page brings it back."""

    picker: Picker
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChoice:
    """An agent's choice, by the places of calendars in the picker."""

    read: frozenset[int]
    write: int | None
    """`None`: a new one."""
    shares_free: bool = False


@dataclass(frozen=True, slots=True)
class Linking:
    """Use cases of the page; all but `link` and `offer` raise LinkClosed."""

    tools: Tools
    servers: CalendarServers
    seals: Seals

    async def link(self, code: str) -> LinkState:
        """Return the state of a link, by one lookup that waits for no lock."""
        async with self.tools.works.reading() as work:
            known = await work.calendar_links.by_digest(digest_of(code))
        return LinkState.UNKNOWN if known is None else LinkState.KNOWN

    async def offer(self, code: str) -> CalendarLink | None:
        """Return the link of a code, if it may still link an account."""
        async with self.tools.works.reading() as work:
            link = await work.calendar_links.by_digest(digest_of(code))
        return link if link is not None and link.is_open(self.tools.now()) else None

    async def look(self, code: str, address: str, login: CalendarLogin) -> PickerOffer:
        """Find the calendars of an address, and remember nothing.

        Raises TriesSpent, and what `CalendarServers.discover` raises.
        """
        link = await self._tried(code)
        found = await self.servers.discover(address, login)
        shown = _shown(found.calendars)
        whole = len(shown) == len(found.calendars)
        picker = Picker(replace(found, calendars=shown), login, whole)
        return PickerOffer(picker, self._token(link, picker))

    async def again(self, code: str, token: str) -> PickerOffer:
        """Return the offer that a page brings back."""
        link = await self.offer(code)
        if link is None:
            raise LinkClosed
        return PickerOffer(self._picker(link, token), token)

    async def choose(
        self, code: str, offer: PickerOffer, choice: CalendarChoice
    ) -> CalendarAccount:
        """Prove that we may write where the agent chose, and store the account.

        It replaces the owner's earlier one. Raises TriesSpent, and what `CalendarServers.create`
        and `prove` raise.
        """
        await self._tried(code)
        picker = offer.picker
        if choice.write is None:
            written = await self._new(picker)
        else:
            written = picker.calendars[choice.write]
        await self.servers.prove(written.url, picker.login)
        read = [one for n, one in enumerate(picker.calendars) if n in choice.read]
        async with self.tools.works() as work:
            link = await self._open(work, code)
            account = await self._store(work, link, picker, shares_free=choice.shares_free)
            calendars = await self._store_calendars(work, account, [written, *read])
            now = self.tools.now()
            await work.calendar_links.save(replace(link, used_at=now))
            await work.agenda.plan([Due(Kind.POLL, str(account.id), now)])
            await work.outbox.post(_told(link, account, calendars))
        log.info("calendar.linked", account=str(account.id), calendars=len(calendars))
        return account

    async def _new(self, picker: Picker) -> FoundCalendar:
        """Return the calendar that we make, or made before its answer was lost."""
        for one in await self.servers.look(picker.found.home, picker.login):
            if one.name == NEW_CALENDAR and one.writable:
                return one
        return await self.servers.create(picker.found.home, picker.login, NEW_CALENDAR)

    async def _tried(self, code: str) -> CalendarLink:
        """Count one more question to a server, before it is asked. Raises TriesSpent."""
        async with self.tools.works() as work:
            link = await self._open(work, code)
            if link.tries >= MOST_TRIES:
                raise TriesSpent
            await work.calendar_links.save(replace(link, tries=link.tries + 1))
        return link

    async def _open(self, work: UnitOfWork, code: str) -> CalendarLink:
        link = await work.calendar_links.by_digest(digest_of(code))
        if link is None or not link.is_open(self.tools.now()):
            raise LinkClosed
        return link

    async def _store(
        self, work: UnitOfWork, link: CalendarLink, picker: Picker, *, shares_free: bool
    ) -> CalendarAccount:
        """Store the account; at the same server's same place it is the one that is there."""
        known = await work.calendars.account_of(link.owner)
        held = None if known is None else await work.calendars.account(known.id)
        same = held is not None and held.home == picker.found.home
        now = self.tools.now()
        account = CalendarAccount(
            id=held.id if held is not None and same else CalendarAccountId(uuid7(now)),
            owner=link.owner,
            account=link.account,
            home=picker.found.home,
            login=picker.login,
            addresses=picker.found.addresses,
            schedules=picker.found.schedules,
            shares_free=shares_free,
            linked_at=now,
        )
        if same:
            await work.calendars.save_account(account)
            return account
        if held is not None:
            await drop(work, held)
        await work.calendars.add_account(account)
        return account

    async def _store_calendars(
        self, work: UnitOfWork, account: CalendarAccount, chosen: Sequence[FoundCalendar]
    ) -> Sequence[AgentCalendar]:
        """Store the chosen calendars, of which the first is written; drop all others.

        One that is suspect begins anew: nothing is concluded from what is missing there. The salon
        of one that is not chosen any more is told.
        """
        known = {one.url: one for one in await work.calendars.calendars_of(account.id)}
        now, written = self.tools.now(), chosen[0].url
        kept: dict[str, AgentCalendar] = {}
        for one in chosen:
            there = known.get(one.url)
            if there is None or there.suspect_since is not None:
                identity = CalendarId(uuid7(now))
                salon = None if there is None else there.salon
                there = AgentCalendar(
                    id=identity, account=account.id, url=one.url, mode=one.mode, salon=salon
                )
            kept[one.url] = replace(there, name=one.name, ours=one.url == written)
        stay = {one.id for one in kept.values()}
        gone = [one for one in known.values() if one.id not in stay]
        await tell_ended(work, account, [one for one in gone if one.url not in kept])
        await work.calendars.drop_calendars([one.id for one in gone])
        await work.calendars.save_calendars(*kept.values())
        return list(kept.values())

    def _token(self, link: CalendarLink, picker: Picker) -> str:
        found, login = picker.found, picker.login
        value = {
            "home": found.home,
            "addresses": list(found.addresses),
            "schedules": found.schedules,
            "calendars": [[one.url, one.name, one.writable, one.mode] for one in found.calendars],
            "whole": picker.whole,
            "auth": login.auth,
            "user": login.user,
            "secret": login.secret.get_secret_value(),
        }
        return urlsafe_b64encode(self.seals.seal_json(value, _context(link))).decode()

    def _picker(self, link: CalendarLink, token: str) -> Picker:
        try:
            value = self.seals.open_json(b64decode(token, b"-_", validate=True), _context(link))
        except ValueError as error:  # altered, or of another link
            raise LinkClosed from error
        assert isinstance(value, dict)  # ours: nobody else can seal
        found = FoundAccount(
            home=value["home"],
            calendars=[
                FoundCalendar(url=url, name=name, writable=writable, mode=SyncMode(mode))
                for url, name, writable, mode in value["calendars"]
            ],
            addresses=tuple(value["addresses"]),
            schedules=value["schedules"],
        )
        login = CalendarLogin(
            auth=CalendarAuth(value["auth"]),
            user=value["user"],
            secret=SecretStr(value["secret"]),
        )
        return Picker(found, login, value["whole"])


def _context(link: CalendarLink) -> str:
    return f"calendar_links:{link.id}"


def _shown(calendars: Sequence[FoundCalendar]) -> Sequence[FoundCalendar]:
    """Return those that the page shows: the first ones whose names and URLs fit its form."""
    shown: list[FoundCalendar] = []
    left = MOST_BYTES
    for one in calendars:
        left -= len(one.url.encode()) + len(one.name.encode())
        if left < 0 or len(shown) == MOST_SHOWN:
            break
        shown.append(one)
    return shown


def _told(
    link: CalendarLink, account: CalendarAccount, calendars: Collection[AgentCalendar]
) -> Notice:
    """Return the notice to the owner of an account that was linked in their name."""
    names = sorted((name_of(one) for one in calendars), key=str.casefold)
    (written,) = (name_of(one) for one in calendars if one.ours)
    return Notice(
        idempotency_key=f"calendar-linked:{link.id}",
        to=ToPerson(user=link.owner, account=link.account),
        template="calendar.linked",
        parameters={"host": host_of(account), "names": one_line(*names), "written": written},
        mentions=(link.owner,),
    )
