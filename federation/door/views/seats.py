"""What a guest who was let in needs to take part: a pass for two minutes, as often as it asks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.services.seats import Pass, Seats
from federation.door.boundary import busy
from federation.door.cookies import visit_of
from federation.door.views.guests import JSON, GuestViews


@dataclass(frozen=True, slots=True)
class SeatViews:
    """The handler of `/m/…/pass`."""

    guests: GuestViews
    seats: Seats

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return (web.post(r"/m/{visit:[0-9a-f]{32}}/pass", self.give),)

    async def give(self, request: web.Request) -> web.Response:
        """Give the visit's own browser a pass; 409 and where it stands while nobody let it in."""
        guests = self.guests
        wait = guests.gate.sends(request)
        if wait:
            guests.metrics.refused("rate")
            return busy(guests.answers, request, wait)
        if not guests.same_origin(request):
            guests.metrics.refused("origin")
            return guests.answers.problem(request, 403)
        named = request.match_info["visit"]
        secret = guests.cookies.read(request, named)
        given = None if secret is None else await self.seats.pass_of(visit_of(named), secret)
        if given is None:
            return guests.answers.problem(request, 403, "lost")
        if given.token is None:
            return _answer({"state": given.standing.value}, 409)
        return _answer(self._told(given, given.token.get_secret_value()), 200)

    def _told(self, given: Pass, token: str) -> dict[str, object]:
        left = max(0.0, (given.closes - self.guests.clock.now()).total_seconds())
        return {
            "url": given.url,
            "token": token,
            "closes_in": round(left, 3),
            "name": given.name,
            "recorded": given.recorded or "",
        }


def _answer(told: dict[str, object], status: int) -> web.Response:
    return web.Response(body=json.dumps(told).encode(), status=status, headers=JSON)
