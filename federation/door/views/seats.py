"""An admitted guest's passes to the meeting, and their page's report that the host removed them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from bridge.domain.invitation import Standing
from bridge.errors import MediaUnreachable, VisioError
from bridge.ids import VisitId
from bridge.services.enforcement.host_removals import Removals
from bridge.services.seats.decisions import Pass
from federation.door.cookies import visit_of
from federation.door.entrances import GivesPasses
from federation.door.views.guests import JSON, GuestViews

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SeatViews:
    """The handlers of `/m/…/pass`, given again at will for two minutes, and `/m/…/removed`."""

    guests: GuestViews
    passes: GivesPasses
    removals: Removals

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        visit = r"/m/{visit:[0-9a-f]{32}}"
        return (
            web.post(f"{visit}/pass", self.give),
            web.post(f"{visit}/removed", self.removed),
        )

    async def give(self, request: web.Request) -> web.Response:
        """Give the visit's own browser a pass; 409 and its state while there is none."""
        turned_away = self._turned_away(request)
        if turned_away is not None:
            return turned_away
        visit, secret = self._own(request)
        try:
            given = None if secret is None else await self.passes.pass_of(visit, secret)
        except (VisioError, MediaUnreachable) as error:
            # A guest whom Visio's host admitted gets Visio's token. A guest whom the salon admitted
            # gets none while we could not eject them. The page asks again.
            log.warning("door.pass.failed", code=error.code, detail=str(error))
            return _answer({"state": Standing.ADMITTED.value, "away": True}, 409)
        if given is None:
            return self.guests.answers.problem(request, 403, "lost")
        if given.token is None:
            return _answer({"state": given.standing.value}, 409)
        return _answer(self._told(given, given.token.get_secret_value()), 200)

    async def removed(self, request: web.Request) -> web.Response:
        """Take the page's report that the host removed it from the meeting; answer its state."""
        turned_away = self._turned_away(request)
        if turned_away is not None:
            return turned_away
        visit, secret = self._own(request)
        stands = None if secret is None else await self.removals.by_own_page(visit, secret)
        if stands is None:
            return self.guests.answers.problem(request, 403, "lost")
        return _answer({"state": stands.value}, 200)

    def _turned_away(self, request: web.Request) -> web.Response | None:
        wait = self.guests.gate.repeats(request, request.match_info["visit"])
        return self.guests.turned_away(request, wait)

    def _own(self, request: web.Request) -> tuple[VisitId, str | None]:
        named = request.match_info["visit"]
        return visit_of(named), self.guests.cookies.read(request, named)

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
