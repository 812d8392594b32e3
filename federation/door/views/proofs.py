"""A guest's proof besides the link: they ask for a code, and type a code or a PIN."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.services.visits.proofs import ProofOutcome, Proofs
from federation.door.cookies import visit_of
from federation.door.forms import FormRefused, read_form
from federation.door.language import switched
from federation.door.said import PROOFS
from federation.door.views.guests import GuestViews


@dataclass(frozen=True, slots=True)
class ProofViews:
    """The handler of `/m/…/proof`: both forms lead back to the visit, which shows the result."""

    guests: GuestViews
    proofs: Proofs

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return (web.post(r"/m/{visit:[0-9a-f]{32}}/proof", self.take),)

    async def take(self, request: web.Request) -> web.Response:
        """Mail a code or check what was typed, for the visit's own browser."""
        guests = self.guests
        wait = guests.gate.repeats(request, request.match_info["visit"])
        turned_away = guests.turned_away(request, wait)
        if turned_away is not None:
            return turned_away
        try:
            fields = await read_form(request, guests.settings.limits.patience)
        except FormRefused as error:
            guests.metrics.refused("form")
            return guests.answers.problem(request, error.status)
        outcome = await self._judged(request, fields.get("code"))
        if outcome is None:
            return guests.answers.problem(request, 403, "lost")
        guests.metrics.proved(outcome)
        return _back(request, outcome)

    async def _judged(self, request: web.Request, typed: str | None) -> ProofOutcome | None:
        named = request.match_info["visit"]
        secret = self.guests.cookies.read(request, named)
        if secret is None:
            return None
        if typed is None:
            return await self.proofs.ask(visit_of(named), secret)
        return await self.proofs.show(visit_of(named), secret, typed)


def _back(request: web.Request, outcome: ProofOutcome) -> web.Response:
    language = switched(request)
    asked = [f"said={outcome.value}"] if outcome in PROOFS else []
    asked += [] if language is None else [f"lang={language.value}"]
    query = f"?{'&'.join(asked)}" if asked else ""
    location = f"/m/{request.match_info['visit']}{query}"
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
