"""Calendar servers in memory: they keep events, change as by other clients, and fail on demand."""

import re
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from pydantic import SecretStr

from bridge.domain.calendar import CalendarAuth, CalendarLogin, SyncMode
from bridge.errors import (
    CalendarAddressRefused,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarUnconfirmed,
    EventOvertaken,
    EventRefused,
    ParvisError,
    SyncTokenRefused,
    SyncUnsupported,
)
from bridge.ports.calendar_servers import (
    FoundAccount,
    FoundCalendar,
    HomeNews,
    ObjectChanges,
    ObjectText,
)

_UID = re.compile(r"^UID:(.*?)\r?$", re.MULTILINE)
_START = re.compile(r"^DTSTART[^:]*:(\d{8})(?:T(\d{6}))?", re.MULTILINE)
_TOKEN = "https://calendars.example/sync/"


@dataclass
class FakeCalendar:
    """A calendar; its state is the number of its last change."""

    url: str
    name: str = ""
    writable: bool = True
    mode: SyncMode = SyncMode.SYNC
    """Without SYNC it knows no sync-collection."""
    ctags: bool = True
    says_etag: bool = True
    """Whether an answer to a PUT has the new ETag."""
    rewrite: Callable[[str], str] = str
    """The server's own changes to what is written."""
    objects: dict[str, ObjectText] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    """The paths that changed or went away, oldest first."""
    oldest: int = 0
    """Tokens from before this change are refused."""

    @property
    def state(self) -> int:
        return len(self.history)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def keep(self, href: str, text: str) -> str:
        etag = f'"{secrets.token_hex(8)}"'
        self.objects[href] = ObjectText(etag, self.rewrite(text))
        self.history.append(href)
        return etag

    def drop(self, href: str) -> None:
        del self.objects[href]
        self.history.append(href)

    def found(self) -> FoundCalendar:
        return FoundCalendar(
            url=self.url,
            name=self.name,
            ctag=f"ctag-{self.state}" if self.ctags else "",
            token=f"{_TOKEN}{self.state}" if self.mode is SyncMode.SYNC else "",
            writable=self.writable,
            mode=self.mode,
        )


@dataclass
class FakeAccount:
    """An account of a server."""

    home: str
    user: str
    secret: SecretStr
    addresses: tuple[str, ...] = ()
    schedules: bool = False
    calendars: dict[str, FakeCalendar] = field(default_factory=dict)
    """By URL."""

    @property
    def login(self) -> CalendarLogin:
        return CalendarLogin(auth=CalendarAuth.BASIC, user=self.user, secret=self.secret)


@dataclass
class FakeCalendars:
    """Implements `bridge.ports.calendar_servers.CalendarServers`.

    `troubles` come first: one for each call of the method of that name. What a server does not
    confirm (CalendarUnconfirmed), it has done; after all other troubles it has done nothing.
    """

    accounts: dict[str, FakeAccount] = field(default_factory=dict)
    """By the URL of their home."""
    leads: dict[str, str] = field(default_factory=dict)
    """From an e-mail address or a domain to an account's home."""
    troubles: defaultdict[str, deque[ParvisError]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    unread: int = 0
    """Looks whose answer was known already."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every call: the method, and the address or path that it is about."""

    def account(
        self, home: str, *calendars: str, user: str = "alice", password: str = "secret"
    ) -> FakeAccount:
        """Add an account with calendars of these names, which are also the ends of their URLs."""
        made = FakeAccount(home, user, SecretStr(password), (f"{user}@example.org",))
        for name in calendars:
            made.calendars[f"{home}{name}/"] = FakeCalendar(f"{home}{name}/", name)
        self.accounts[home] = made
        return made

    def edit(self, href: str, text: str) -> str:
        """Write an event as another client would, without conditions; return its ETag."""
        return self._holding(href).keep(href, text)

    def remove(self, href: str) -> None:
        """Delete an event as another client would."""
        self._holding(href).drop(href)

    def move(self, href: str, to: str) -> None:
        """Move an event as another client would."""
        text = self.text(href)
        self.remove(href)
        self.edit(to, text)

    def text(self, href: str) -> str:
        """Return an event as the server has it."""
        return self._holding(href).objects[href].text

    def forget_tokens(self, url: str) -> None:
        """Make all tokens of a calendar void that it has given so far."""
        calendar = self.calendar(url)
        calendar.history.append("")
        calendar.oldest = calendar.state

    def calendar(self, url: str) -> FakeCalendar:
        """Return a calendar by its URL, whosever it is."""
        return next(one.calendars[url] for one in self.accounts.values() if url in one.calendars)

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(1 for name, _ in self.asked if name == method)

    async def discover(self, address: str, login: CalendarLogin) -> FoundAccount:
        self._ask("discover", address)
        homes = [home for home in self.accounts if address.startswith(home)]
        home = self.leads.get(address) or (homes[0] if homes else None)
        if home is None:
            raise CalendarAddressRefused("no calendar there")
        account = self._let_in(home, login)
        return FoundAccount(
            home=home,
            calendars=[one.found() for one in account.calendars.values()],
            addresses=account.addresses,
            schedules=account.schedules,
        )

    async def create(self, home: str, login: CalendarLogin, name: str) -> FoundCalendar:
        self._ask("create", home)
        account = self._let_in(home, login)
        made = FakeCalendar(f"{home}{secrets.token_hex(8)}/", name)
        account.calendars[made.url] = made
        return made.found()

    async def prove(self, url: str, login: CalendarLogin) -> None:
        self._ask("prove", url)
        if not self._of(url, login).writable:
            raise CalendarForbidden("read only")

    async def look(self, home: str, login: CalendarLogin) -> Sequence[FoundCalendar]:
        self._ask("look", home)
        return [one.found() for one in self._let_in(home, login).calendars.values()]

    async def news(self, home: str, login: CalendarLogin, known: bytes) -> HomeNews:
        found = await self.look(home, login)
        mark = sha256(repr([(one.name, one) for one in found]).encode()).digest()
        self.unread += mark == known
        return HomeNews(mark, None if mark == known else found)

    async def changes(self, url: str, login: CalendarLogin, token: str) -> ObjectChanges:
        self._ask("changes", url)
        calendar = self._of(url, login)
        if calendar.mode is not SyncMode.SYNC:
            raise SyncUnsupported
        since = token.removeprefix(_TOKEN)
        if token and not since.isdigit():
            raise SyncTokenRefused
        first = int(since or 0)
        if token and not calendar.oldest <= first <= calendar.state:
            raise SyncTokenRefused
        touched = set(calendar.history[first:]) if token else set(calendar.objects)
        return ObjectChanges(
            changed={
                href: calendar.objects[href].etag for href in touched if href in calendar.objects
            },
            gone=frozenset(touched - set(calendar.objects) - {""}),
            token=f"{_TOKEN}{calendar.state}",
        )

    async def listing(self, url: str, login: CalendarLogin) -> Mapping[str, str]:
        self._ask("listing", url)
        return {href: one.etag for href, one in self._of(url, login).objects.items()}

    async def window(
        self, url: str, login: CalendarLogin, since: datetime, before: datetime
    ) -> Mapping[str, str]:
        self._ask("window", url)
        return {
            href: one.etag
            for href, one in self._of(url, login).objects.items()
            if _may_be(one.text, since, before)
        }

    async def fetch(
        self, url: str, login: CalendarLogin, hrefs: Sequence[str]
    ) -> Mapping[str, ObjectText]:
        self._ask("fetch", url)
        objects = self._of(url, login).objects
        return {href: objects[href] for href in hrefs if href in objects}

    async def put(
        self, url: str, login: CalendarLogin, href: str, text: str, etag: str | None
    ) -> str | None:
        unconfirmed = self._ask("put", href)
        calendar = self._of(url, login)
        if etag == "":
            raise EventRefused("no ETag")
        if not calendar.writable:
            raise CalendarForbidden("read only")
        known = calendar.objects.get(href)
        if (known.etag if known else None) != etag or (
            etag is None and _uid(text) in {_uid(one.text) for one in calendar.objects.values()}
        ):
            raise unconfirmed or EventOvertaken
        new = calendar.keep(href, text)
        if unconfirmed:
            raise unconfirmed
        return new if calendar.says_etag else None

    async def delete(self, url: str, login: CalendarLogin, href: str, etag: str) -> None:
        unconfirmed = self._ask("delete", href)
        calendar = self._of(url, login)
        if etag == "":
            raise EventRefused("no ETag")
        if not calendar.writable:
            raise CalendarForbidden("read only")
        known = calendar.objects.get(href)
        if known is None:
            raise unconfirmed or CalendarGone
        if known.etag != etag:
            raise unconfirmed or EventOvertaken
        calendar.drop(href)
        if unconfirmed:
            raise unconfirmed

    def _ask(self, method: str, about: str) -> CalendarUnconfirmed | None:
        """Note a call; raise its trouble, unless it comes after the act."""
        self.asked.append((method, about))
        if not self.troubles[method]:
            return None
        trouble = self.troubles[method].popleft()
        if isinstance(trouble, CalendarUnconfirmed):
            return trouble
        raise trouble

    def _let_in(self, home: str, login: CalendarLogin) -> FakeAccount:
        account = self.accounts.get(home)
        if account is None:
            raise CalendarGone
        if (login.user, login.secret) != (account.user, account.secret):
            raise CalendarLoginRefused
        return account

    def _of(self, url: str, login: CalendarLogin) -> FakeCalendar:
        for home, account in self.accounts.items():
            if url.startswith(home):
                self._let_in(home, login)
                if url in account.calendars:
                    return account.calendars[url]
        raise CalendarGone

    def _holding(self, href: str) -> FakeCalendar:
        """Return the calendar to which a path belongs."""
        return next(
            one
            for account in self.accounts.values()
            for one in account.calendars.values()
            if href.startswith(one.path)
        )


def _uid(text: str) -> str:
    found = _UID.search(text)
    return found[1] if found else ""


def _may_be(text: str, since: datetime, before: datetime) -> bool:
    """Tell whether an event may be in some time, a series always; coarsely, as servers do."""
    starts = _START.findall(text)
    if not starts or "RRULE" in text:
        return True
    day = timedelta(days=1)
    moments = [
        datetime.strptime(date + (time or "000000"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        for date, time in starts
    ]
    return any(since - day <= one < before + day for one in moments)
