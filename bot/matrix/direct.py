"""Direct messages: one encrypted salon per person, found again through `m.direct`.

On Tchap a direct message is locked to its first two members, so it can't be made from another one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

import structlog

from bot.matrix.errors import AccountUnusable, MatrixTrouble, Refusal
from bot.matrix.raw import Json, route, text, texts
from bot.matrix.state import Rooms
from bot.matrix.wire import Wire
from bridge.ids import SalonId, UserId

log = structlog.get_logger()

_BOTH = 2


class Directs:
    """The account's direct messages."""

    def __init__(self, wire: Wire, rooms: Rooms, user: UserId) -> None:
        self._wire = wire
        self._rooms = rooms
        self._user = user
        self._known: dict[str, list[str]] | None = None
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writing = asyncio.Lock()
        self._pairs: set[SalonId] = set()

    async def get(self, user: UserId) -> SalonId:
        """Return the direct message with `user`, made if there is none. Raises MatrixTrouble."""
        async with self._making[user]:
            for salon in reversed((await self._load()).get(user, [])):
                if await self._usable(SalonId(salon), user):
                    return SalonId(salon)
            return await self._make(user)

    async def remember(self, user: UserId, salon: SalonId) -> None:
        """Note a direct message, for us and for the account's other clients."""
        async with self._writing:
            self._known = None  # another client of the account may have written since
            known = await self._load()
            if salon in known.get(user, []):
                return
            changed = {**known, user: [*known.get(user, []), salon]}
            await self._wire.put(self._path, changed)
            self._known = changed

    async def learn(self, salons: Iterable[SalonId]) -> None:
        """Find out which of these salons are between one person and us, as far as can be told.

        Where more people are, what they say to each other is not for us.
        """
        try:
            for salon in salons:
                if await self.is_direct(salon):
                    room = (await self._rooms.get(salon)).salon
                    if len(room.members | room.invited) <= _BOTH:
                        self._pairs.add(salon)
                    else:
                        self._pairs.discard(salon)
        except AccountUnusable:
            raise
        except MatrixTrouble as trouble:
            log.warning("matrix.directs_unknown", reason=str(trouble))

    def between_us(self, salon: SalonId) -> bool:
        """Return whether a salon was learned to be between one person and us."""
        return salon in self._pairs

    async def is_direct(self, salon: SalonId) -> bool:
        """Return whether a salon is one of the account's direct messages."""
        return any(salon in salons for salons in (await self._load()).values())

    @property
    def _path(self) -> str:
        return route("user", self._user, "account_data", "m.direct")

    async def _load(self) -> Mapping[str, list[str]]:
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
        """Return whether both are still there and what is said stays between them."""
        try:
            room = await self._rooms.get(salon)
        except Refusal as refusal:
            if refusal.passing:
                raise
            return False
        present = self._user in room.salon.members and user in room.salon.members | room.invited
        return present and room.salon.encrypted

    async def _make(self, user: UserId) -> SalonId:
        content = {"algorithm": "m.megolm.v1.aes-sha2"}
        body = {
            "preset": "trusted_private_chat",
            "is_direct": True,
            "invite": [user],
            "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": content}],
        }
        answer = await self._wire.post(route("createRoom"), body)
        salon = SalonId(text(answer, "room_id"))
        self._rooms.dirty(salon)  # a sync may have read it while nobody was invited yet
        self._rooms.remember_encrypted(salon)
        await self.remember(user, salon)
        log.info("matrix.direct_made", salon=salon)
        return salon
