"""Direct messages: one encrypted salon per person, found again through `m.direct`.

A salon's members decide whether it is private, never the label that `m.direct` gives it: a direct
message that a third person joined is a salon like others. On Tchap a direct message is locked to
its first two members, so a salon can't be turned into another person's.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import structlog

from bot.matrix.directmaking import MakingDirects
from bot.matrix.errors import Refusal
from bot.matrix.raw import Json, route, texts
from bot.matrix.state import Rooms
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId

log = structlog.get_logger()


class Directs:
    """The account's direct messages."""

    def __init__(self, wire: MatrixWire, rooms: Rooms, user: UserId, making: MakingDirects) -> None:
        self._wire = wire
        self._maker = making
        self._rooms = rooms
        self._user = user
        self._known: dict[str, list[str]] | None = None
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writing = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._pairs: set[SalonId] = set()

    async def get(self, user: UserId, *, prefer: SalonId | None = None) -> SalonId:
        """Return a direct message in which `user` and we are alone; make it if there is none.

        `prefer` before others, if it is one. Raises MatrixTrouble.
        """
        async with self._making[user]:
            known = reversed((await self._load()).get(user, []))
            first = [] if prefer is None else [prefer]
            for salon in (*first, *map(SalonId, known)):
                if await self._usable(salon, user):
                    return salon
            of_others = {one for salons in (await self._load()).values() for one in salons}
            salon = await self._maker.make(user, self._user, but=of_others)
            await self.remember(user, salon)
            self._maker.made(user)
            return salon

    async def remember(self, user: UserId, salon: SalonId) -> None:
        """Record a direct message, for us and for the account's other clients."""
        async with self._writing:
            self._known = None  # another client of the account may have written since
            known = await self._load()
            if salon in known.get(user, []):
                return
            changed = {**known, user: [*known.get(user, []), salon]}
            await self._wire.put(self._path, changed)
            self._known = changed

    async def load(self) -> None:
        """Read which salons are direct messages. Raises MatrixTrouble."""
        await self._load()

    def learn_at_once(self, salon: SalonId) -> bool:
        """Find out whether a salon is between one person and us; False: `learn` has to ask.

        Lines in a salon with more people are not for us.
        """
        self._pairs.discard(salon)  # perhaps we can't tell any more
        if self._known is None:
            return False
        if not any(salon in salons for salons in self._known.values()):
            return True
        room = self._rooms.known(salon)
        if room is not None and room.confidant(self._user) is not None:
            self._pairs.add(salon)
        return room is not None

    async def learn(self, salon: SalonId) -> None:
        """Find out whether a salon is between one person and us. Raises MatrixTrouble."""
        if await self.is_private(salon):
            self._pairs.add(salon)
        else:
            self._pairs.discard(salon)

    def between_us(self, salon: SalonId) -> bool:
        """Return whether a salon was learned to be between one person and us."""
        return salon in self._pairs

    async def is_private(self, salon: SalonId) -> bool:
        """Return whether this is a direct message in which one person and we are alone."""
        if not any(salon in salons for salons in (await self._load()).values()):
            return False
        return (await self._rooms.get(salon)).confidant(self._user) is not None

    @property
    def _path(self) -> str:
        return route("user", self._user, "account_data", "m.direct")

    async def _load(self) -> Mapping[str, list[str]]:
        async with self._loading:
            if self._known is None:
                try:
                    answer: Json = await self._wire.get(self._path)
                except Refusal as refusal:
                    if refusal.errcode != "M_NOT_FOUND":
                        raise
                    answer = {}
                self._known = {user: texts(answer, user) for user in answer}
            return self._known

    async def _usable(self, salon: SalonId, user: UserId) -> bool:
        """Return whether `user` and we are alone there, and nobody else can read it."""
        try:
            room = await self._rooms.get(salon)
        except Refusal as refusal:
            if refusal.passing:
                raise
            return False
        return room.confidant(self._user) == user
