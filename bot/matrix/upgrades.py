"""Upgrades of salons, believed only if both sides state them.

Anybody may close a salon of theirs with `m.room.tombstone` and name any other as its replacement;
anybody may make a salon and name any other as its predecessor. Only the people of both can do both.
"""

from bot.matrix.errors import Refusal
from bot.matrix.events import MayJoin
from bot.matrix.state import Room, Rooms
from bridge.ids import SalonId, UserId


class Upgrades:
    """Tells which salon replaces which."""

    def __init__(self, rooms: Rooms, user: UserId, may_join: MayJoin) -> None:
        self._rooms = rooms
        self._user = user
        self._may_join = may_join

    async def follows(self, old: SalonId, new: SalonId) -> bool:
        """Tell whether `new`, where we are, and `old` name each other.

        The closer of `old` must be somebody whose invitation we would accept. `False` while one of
        the two can't be read. Raises MatrixTrouble.
        """
        if not await self.named(old, new):
            return False
        closed = await self._room(old)
        tombstone = None if closed is None else closed.tombstone
        if tombstone is None or tombstone.replacement != new:
            return False
        return self._may_join(tombstone.by, new)

    async def named(self, old: SalonId, new: SalonId) -> bool:
        """Tell whether `new`, where we are, says that it replaces `old`. Raises MatrixTrouble."""
        room = await self._inside(new)
        return room is not None and room.salon.predecessor == old and not room.salon.space

    async def is_in(self, salon: SalonId) -> bool:
        """Tell whether we are in a salon, as far as we may read it. Raises MatrixTrouble."""
        return await self._inside(salon) is not None

    async def _inside(self, salon: SalonId) -> Room | None:
        room = await self._room(salon)
        return room if room is not None and self._user in room.salon.members else None

    async def _room(self, salon: SalonId) -> Room | None:
        try:
            return await self._rooms.fresh(salon)
        except Refusal as refusal:
            if refusal.passing:
                raise
            return None
