"""The services' ports in memory: they record calls and fail on demand."""

import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from bridge.domain.agent import Holder, Identity, Method
from bridge.domain.looks import Look
from bridge.domain.meeting import AccessLevel, Phone, VisioRoom
from bridge.domain.rights import Source
from bridge.domain.seat import Seat
from bridge.errors import (
    InboxUnreachable,
    MailError,
    MailUnconfirmed,
    MailUnreachable,
    MediaUnreachable,
    VisioError,
)
from bridge.ids import UserId, VisioRoomId
from bridge.ports import (
    Hook,
    Knock,
    Letter,
    LobbyEntry,
    Participant,
    SeatPass,
    UnitOfWork,
    UnitsOfWork,
)
from bridge.ports.incoming import ArrivedMail


@dataclass
class FakeVisio:
    """Makes rooms (`bridge.ports.VisioRooms`); `troubles` come first, one for each request."""

    troubles: deque[VisioError] = field(default_factory=deque)
    phone: Phone | None = None
    asked: list[tuple[str, AccessLevel]] = field(default_factory=list)
    made: list[VisioRoom] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Another party's act while Visio makes the room."""
    origin: str = "https://visio.example"

    async def create(self, agent_email: str, level: AccessLevel) -> VisioRoom:
        self.asked.append((agent_email, level))
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.troubles:
            raise self.troubles.popleft()
        slug = f"abc-defg-{len(self.made):03}"
        room = VisioRoom(
            id=VisioRoomId(UUID(bytes=secrets.token_bytes(16))),
            slug=slug,
            url=f"{self.origin}/{slug}",
            level=level,
            phone=self.phone,
        )
        self.made.append(room)
        return room


@dataclass
class FakePost:
    """A mail server (`bridge.ports.Post`); `troubles` come first, one for each letter.

    A letter that it does not confirm, it has accepted.
    """

    troubles: deque[MailError] = field(default_factory=deque)
    sent: list[Letter] = field(default_factory=list)
    """Every letter that was handed over, repeated ones too."""
    reads_first: bool = False
    """Whether it says only after DATA that it can't accept a letter now."""

    async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
        trouble = self.troubles.popleft() if self.troubles else None
        if self.reads_first or not isinstance(trouble, MailUnreachable):
            await sending()
        if trouble is None or isinstance(trouble, MailUnconfirmed):
            self.sent.append(letter)
        if trouble is not None:
            raise trouble

    def seen(self) -> list[Letter]:
        """Return the mails that clients show: those with the same Message-ID are one."""
        return list({letter.message_id: letter for letter in self.sent}.values())


@dataclass
class FakeLetterbox:
    """A box of mails (`bridge.ports.incoming.Letterbox`); while `away` it can't be reached."""

    mails: dict[int, bytes | None] = field(default_factory=dict)
    """By their numbers, those that are not handled."""
    aside: list[int] = field(default_factory=list)
    away: bool = False
    forgets: bool = False
    """Whether it loses the marks of mails that are handled."""
    looks: int = 0
    _last: int = 0

    def receive(self, content: bytes | None) -> int:
        """Put a mail in the box; `None` is one that is too large."""
        self._last += 1
        self.mails[self._last] = content
        return self._last

    async def arrived(self, most: int) -> Sequence[ArrivedMail]:
        self.looks += 1
        if self.away:
            raise InboxUnreachable
        return [ArrivedMail(1, one, self.mails[one]) for one in sorted(self.mails)[:most]]

    async def handled(self, mail: ArrivedMail, *, aside: bool) -> None:
        if self.away:
            raise InboxUnreachable
        if aside:
            self.aside.append(mail.number)
        if not self.forgets:
            del self.mails[mail.number]

    async def leave(self) -> None:
        pass


VISIO_COLOR = "hsl(212, 53%, 57%)"


@dataclass
class FakeMedia:
    """A media server's rooms (`bridge.ports.MediaRooms`); a removed participant may be added again.

    While `away` it does not answer. `acts` lists all that it was asked to do.
    """

    rooms: dict[str, set[str]] = field(default_factory=dict)
    known: dict[str, Participant] = field(default_factory=dict)
    """Its further knowledge of participants, by identity."""
    away: bool = False
    looked: list[str] = field(default_factory=list)
    """The rooms whose participants were asked for."""
    acts: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Another party's act while it lists the rooms."""
    told: dict[str, str] = field(default_factory=dict)
    """The metadata of each room."""
    refuses: int | None = None
    """The status with which it refuses to change how others see a participant."""

    def enter(self, room: str, identity: str, name: str = "", *, person: bool = True) -> None:
        self.rooms.setdefault(room, set()).add(identity)
        self.known[identity] = Participant(identity, name, person=person)

    def sit(self, seat: Seat) -> None:
        """Have a guest join with the pass of a seat, or Visio's, and so with its name and marks."""
        self.enter(seat.room, seat.identity, seat.name or "")
        visio = {"color": VISIO_COLOR} if seat.knocked else {}
        self.change(seat.identity, **visio, **seat.look.attributes)

    def change(self, identity: str, name: str | None = None, **attributes: str) -> None:
        """Change how others see a participant, as another participant might."""
        one = self.known[identity]
        look = {key: value for key, value in {**one.attributes, **attributes}.items() if value}
        self.known[identity] = replace(one, name=name or one.name, attributes=look)

    def leave(self, room: str, identity: str) -> None:
        self.rooms[room].discard(identity)

    async def participants(self, room: str) -> Sequence[Participant]:
        self._answer()
        self.looked.append(room)
        return [self.known[one] for one in sorted(self.rooms.get(room, ()))]

    async def open_rooms(self, names: Sequence[str]) -> Collection[str]:
        self._answer()
        if self.meanwhile is not None:
            await self.meanwhile()
        return [name for name in names if name in self.rooms]

    async def metadata(self, room: str) -> str:
        self._answer()
        return self.told.get(room, "")

    async def silence(self, room: str, identity: str) -> bool:
        self._answer()
        self.acts.append(("silence", identity))
        return identity in self.rooms.get(room, ())

    async def limit(self, room: str, identity: str, sources: Collection[Source]) -> bool:
        self._answer()
        self.acts.append(("limit", identity))
        self.known[identity] = replace(self.known[identity], sources=frozenset(sources))
        return identity in self.rooms.get(room, ())

    async def restore(self, room: str, identity: str, look: Look) -> bool:
        self._answer()
        if self.refuses is not None:
            raise MediaUnreachable(status=self.refuses)
        self.acts.append(("restore", identity))
        self.change(identity, look.name, **look.attributes)
        return identity in self.rooms.get(room, ())

    async def remove(self, room: str, identity: str) -> bool:
        self._answer()
        self.acts.append(("remove", identity))
        present = identity in self.rooms.get(room, ())
        self.rooms.get(room, set()).discard(identity)
        return present

    async def close(self, room: str) -> None:
        self._answer()
        self.acts.append(("close", room))
        self.rooms.pop(room, None)

    def _answer(self) -> None:
        if self.away:
            raise MediaUnreachable


@dataclass
class FakePasses:
    """Makes tokens that name their holder (`bridge.ports.Passes`)."""

    issued: list[SeatPass] = field(default_factory=list)

    def issue(self, seat: SeatPass, now: datetime) -> SecretStr:
        self.issued.append(seat)
        return SecretStr(f"{seat.identity}@{now.isoformat()}")


@dataclass
class FakeLobby:
    """Visio's waiting room (`bridge.ports.WaitingRoom`); `troubles` come first, one a knock."""

    decided: dict[str, LobbyEntry] = field(default_factory=dict)
    """The host's decisions by identity; everybody else waits."""
    troubles: deque[VisioError] = field(default_factory=deque)
    knocked: list[tuple[str, str]] = field(default_factory=list)
    """The identity and the name of each knock."""
    url: str = "wss://media.example:7880"
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Another party's act while Visio answers."""

    def decide(self, identity: str, entry: LobbyEntry) -> None:
        self.decided[identity] = entry

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        self.knocked.append((identity, name))
        if self.troubles:
            raise self.troubles.popleft()
        entry = self.decided.get(identity, LobbyEntry.WAITING)
        if self.meanwhile is not None:
            await self.meanwhile()
        if entry is not LobbyEntry.ACCEPTED:
            return Knock(entry)
        return Knock(entry, self.url, SecretStr(f"visio:{room}:{identity}:{len(self.knocked)}"))


@dataclass
class FakeIdentities:
    """Knows the e-mails that it was given (`bridge.ports.Identities`)."""

    emails: dict[UserId, str]

    async def resolve(self, user: UserId) -> Identity | None:
        email = self.emails.get(user)
        return None if email is None else Identity(email, Method.MAP)

    async def holder(self, email: str) -> Holder | None:
        found = (
            user for user, known in self.emails.items() if known.casefold() == email.casefold()
        )
        return next(map(Holder, found), None)

    async def owners(self, email: str) -> frozenset[UserId]:
        known = self.emails.items()
        return frozenset(user for user, one in known if one.casefold() == email.casefold())


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even `except Exception`."""


@dataclass
class MortalWorks:
    """Transactions of a process that dies at its n-th commit, just before it or just after."""

    works: UnitsOfWork
    dies_at: int = 0
    """Counted from 1; 0 lives for ever."""
    after: bool = False
    commits: int = 0

    @asynccontextmanager
    async def _mortal(self) -> AsyncIterator[UnitOfWork]:
        async with self.works() as work:
            yield work
            self.commits += 1
            if self.commits == self.dies_at and not self.after:
                raise Killed
        if self.commits == self.dies_at:
            raise Killed

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._mortal()

    def reading(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.works.reading(long=long)


@dataclass
class Forestalled:
    """Transactions that another party forestalls: `act` comes before each that may write."""

    works: UnitsOfWork
    act: Callable[[], Awaitable[None]]

    @asynccontextmanager
    async def _late(self) -> AsyncIterator[UnitOfWork]:
        await self.act()
        async with self.works() as work:
            yield work

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._late()

    def reading(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.works.reading(long=long)


@dataclass
class FailingWorks:
    """Transactions of a database that fails as many times as there are `faults`."""

    works: UnitsOfWork
    faults: list[Exception]

    @asynccontextmanager
    async def _failing(self, *, reading: bool) -> AsyncIterator[UnitOfWork]:
        if self.faults:
            raise self.faults.pop(0)
        async with self.works.reading() if reading else self.works() as work:
            yield work

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._failing(reading=False)

    def reading(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        del long
        return self._failing(reading=True)


class FakeWebhooks:
    """Reads hooks whose body is their id (`bridge.ports.Webhooks`)."""

    def read(self, token: str, body: bytes, now: datetime) -> Hook | None:  # noqa: ARG002 - the port's
        return Hook(id=body.decode(), room="r", moves=True) if token else None
