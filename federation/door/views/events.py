"""The stream on which a guest's page receives the visit's state, as soon as it changes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from bridge.clock import Clock
from federation.door.boundary import busy
from federation.door.streams import HEADERS, Streams
from federation.door.views.guests import GuestViews

_LATER = 60.0
"""Seconds after which a browser with too many streams may try again; meanwhile the page polls."""


@dataclass(frozen=True, slots=True)
class EventViews:
    """The handler of `/m/…/events`."""

    guests: GuestViews
    streams: Streams
    clock: Clock

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return (web.get(r"/m/{visit:[0-9a-f]{32}}/events", self.tell, allow_head=False),)

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """Send the visit's own browser the answer of `/status`, until either side leaves."""
        guests, named = self.guests, request.match_info["visit"]
        own = await guests.own(request)
        while own is not None and not guests.cache.current(named, own[0]):
            own = await guests.own(request)
        if own is None:
            return guests.answers.problem(request, 403, "lost")
        network = guests.gate.network(request)
        if self.streams.full(named, network):
            guests.metrics.refused("streams")
            return busy(guests.answers, request, _LATER)
        told, admission = own
        response = web.StreamResponse(headers=HEADERS)
        with (
            guests.metrics.streams.track_inprogress(),
            self.streams.opened(named, network, request, admission, told) as stream,
            suppress(ConnectionError),  # its browser left
        ):
            guests.here(named, admission)
            await response.prepare(request)
            await stream.write(response, self.clock)
        return response
