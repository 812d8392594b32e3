"""Keeps guests as they were admitted: their name and marks, and the tracks that they may send.

A guest with a token that the media server renewed can change their name through Visio's own API,
and one who knocks at Visio again may come in under another name (docs/interop/livekit.md). So each
poll of a room compares, and restores what differs from the admission.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

import structlog

from bridge.domain.looks import COLOR, Look
from bridge.domain.seat import Seat
from bridge.errors import MediaUnreachable
from bridge.ports import Participant
from bridge.services.enforcement.ejection import Ejections, by_turns, raise_first
from bridge.services.enforcement.host_removals import Removals
from bridge.services.tools import Tools

log = structlog.get_logger()

AT_ONCE = 10
"""Guests of a room restored concurrently: unlike an ejection, no notice of it can be lost."""


@dataclass(frozen=True, slots=True)
class SeenGuest:
    """A guest after a poll: as others are to see them, and the change of their seat, if any."""

    one: Participant
    news: Seat | None = None


@dataclass(frozen=True, slots=True)
class Restoring:
    """Restores guests' names and marks; ejects guests who change them a third time in a minute."""

    tools: Tools
    ejections: Ejections

    async def kept(
        self, room: str, guests: Iterable[tuple[Participant, Seat]]
    ) -> Sequence[Participant]:
        """Keep a room's guests as they were admitted; return them as others are to see them.

        Their seats are read after the poll, and all changes of seats written in one transaction.
        Raises MediaUnreachable for guests whom the media server failed to restore, after all others
        are done: the next poll retries, and their change has not counted.
        """
        outcomes = await by_turns((partial(self._kept, room, *pair) for pair in guests), AT_ONCE)
        done = [one for one in outcomes if isinstance(one, SeenGuest)]
        await self._note([one.news for one in done if one.news is not None])
        return [one.one for one in raise_first(outcomes)]

    async def _kept(self, room: str, one: Participant, seat: Seat) -> SeenGuest:
        await self._limited(room, one)
        learnt = _learnt(one, seat)
        news = None if learnt is seat else learnt
        amended = learnt.look.amends(one.look)
        if amended is None:
            return SeenGuest(one, news)
        attributes = {**one.attributes, **amended.attributes}
        seen = replace(
            one,
            name=amended.name or one.name,
            attributes={key: value for key, value in attributes.items() if value},
        )
        return SeenGuest(seen, await self._amended(room, learnt, amended) or news)

    async def _limited(self, room: str, one: Participant) -> None:
        """Revoke permissions that Visio's host gave a guest beyond those the operator allows."""
        ejections = self.ejections
        if not one.sources <= self.tools.policy.sources:
            left = one.sources & self.tools.policy.sources
            await ejections.media.limit(room, one.identity, left)
            log.info("guest.limited", room=room)

    async def _amended(self, room: str, seat: Seat, amended: Look) -> Seat | None:
        """Restore a change, or eject a guest who keeps changing; return the seat if it counts."""
        now = self.tools.now()
        again = seat.just_altered(now)
        if seat.altered_often(now) and not again:
            await self._put_out(seat)
            return None
        try:
            there = await self.ejections.media.restore(room, seat.identity, amended)
        except MediaUnreachable as error:
            if error.parameters.get("status") != HTTPStatus.BAD_REQUEST:
                raise
            # The media server's operator allows shorter names than the one admitted.
            await self._put_out(seat)
            return None
        if again or not there:
            return None
        log.warning("guest.restored", room=room, seat=str(seat.id))
        if self.ejections.metrics is not None:
            self.ejections.metrics.restored.inc()
        return seat.altered(self.tools.now())

    async def _put_out(self, seat: Seat) -> None:
        await Removals(self.tools).for_altering(seat)

    async def _note(self, news: Sequence[Seat]) -> None:
        if not news:
            return
        async with self.tools.works() as work:
            for seat in sorted(news, key=lambda one: one.id):
                await work.seats.looks(seat)


def _learnt(one: Participant, seat: Seat) -> Seat:
    """Return a seat with the colour that Visio chose for a guest it admitted, once we see it."""
    color = one.attributes.get(COLOR)
    return replace(seat, color=color) if seat.knocked and seat.color is None and color else seat
