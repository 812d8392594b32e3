"""Guests keep the name and the marks with which they were admitted, whoever changes them.

Whoever holds a token that the media server renewed may change a name through Visio's own API, and
whoever knocks at Visio once more may come in under another (docs/interop/livekit.md). So each look
into a room compares, and puts back what is not as it was admitted.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus

import structlog

from bridge.domain.looks import COLOR, Look
from bridge.domain.seat import Seat
from bridge.errors import MediaUnreachable
from bridge.ports import Participant
from bridge.services.ejections import Ejections
from bridge.services.removals import Removals

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Restoring:
    """Puts back how others see guests; who changes it a third time within a minute is put out."""

    ejections: Ejections

    async def restored(self, room: str, one: Participant, seat: Seat) -> Participant:
        """Return a guest as others are to see them, after having put back what was changed.

        `seat` is read after `one` was seen. Raises MediaUnreachable; then the next look tries it
        again, and the change has not counted.
        """
        seat = await self._learnt(one, seat)
        amended = seat.look.amends(one.look)
        if amended is None:
            return one
        await self._amend(room, seat, amended)
        attributes = {**one.attributes, **amended.attributes}
        return replace(
            one,
            name=amended.name or one.name,
            attributes={key: value for key, value in attributes.items() if value},
        )

    async def _learnt(self, one: Participant, seat: Seat) -> Seat:
        """Keep the colour that Visio chose for whom it admitted, when it is first seen."""
        color = one.attributes.get(COLOR)
        if not seat.knocked or seat.color is not None or not color:
            return seat
        learnt = replace(seat, color=color)
        await self._note(learnt)
        return learnt

    async def _amend(self, room: str, seat: Seat, amended: Look) -> None:
        now = self.ejections.clock.now()
        again = seat.just_altered(now)
        if seat.altered_often(now) and not again:
            await self._put_out(seat)
            return
        try:
            there = await self.ejections.media.restore(room, seat.identity, amended)
        except MediaUnreachable as error:
            if error.facts.get("status") != HTTPStatus.BAD_REQUEST:
                raise
            await self._put_out(seat)  # its operator allows shorter names than the one admitted
            return
        if there and not again:
            await self._note(seat.altered(self.ejections.clock.now()))
            log.warning("guest.restored", room=room, seat=str(seat.id))
            if self.ejections.metrics is not None:
                self.ejections.metrics.restored.inc()

    async def _note(self, seat: Seat) -> None:
        async with self.ejections.works() as work:
            await work.seats.looks(seat)

    async def _put_out(self, seat: Seat) -> None:
        ejections = self.ejections
        await Removals(ejections.works, ejections.clock, ejections.policy).for_altering(seat)
