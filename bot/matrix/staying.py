"""Leaving salons where nobody is left, and handing back an administrator's role.

When the last administrator leaves, Tchap appoints another: it must not choose the bot.
"""

import structlog

from bot.matrix.raw import Json, route, table
from bot.matrix.state import Room, Rooms
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId

log = structlog.get_logger()

ADMINISTRATOR = 100
"""The level that may change levels, unless a salon says otherwise."""


class Staying:
    """Looks after the salons that one account is in."""

    def __init__(self, wire: MatrixWire, rooms: Rooms, user: UserId) -> None:
        self._wire = wire
        self._rooms = rooms
        self._user = user

    async def look(self, salon: SalonId) -> None:
        """Leave if nobody else is there or to come; hand an administrator's role back.

        Raises MatrixTrouble.
        """
        room = await self._rooms.get(salon)
        if self._user not in room.salon.members:
            return
        # A new salon has nobody yet: its invitations follow one by one.
        if not self._others(room) and room.salon.departed:
            log.info("matrix.left_alone", salon=salon)
            await self._wire.post(route("rooms", salon, "leave"))
        elif self._should_step_down(room):
            await self._step_down(salon)

    def _others(self, room: Room) -> frozenset[UserId]:
        return (room.salon.members | room.invited) - {self._user}

    def _should_step_down(self, room: Room) -> bool:
        """Return whether we are an administrator, and not the only one.

        Not in a salon of two: when the other leaves it, so do we.
        """
        others = self._others(room)
        runs = any(room.salon.level(other) >= ADMINISTRATOR for other in others)
        return runs and len(others) > 1 and room.salon.level(self._user) >= ADMINISTRATOR

    async def _step_down(self, salon: SalonId) -> None:
        path = route("rooms", salon, "state", "m.room.power_levels", "")
        levels = await self._wire.get(path)
        users: Json = table(levels, "users")
        if self._user in users:  # a creator of version 12 is above all levels, and stays there
            given = {user: level for user, level in users.items() if user != self._user}
            await self._wire.put(path, {**levels, "users": given})
            log.info("matrix.stepped_down", salon=salon)
