"""A guest signs in at their own organisation: there and back."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.domain.sign_in import SIGN_IN_LASTS, began_in
from bridge.services.federation.sign_ins import Begun, SignInOutcome, SignIns
from federation.door.cookies import Cookies, visit_of
from federation.door.forms import FormRefused, read_form
from federation.door.language import switched
from federation.door.said import SIGN_INS
from federation.door.views.guests import GuestViews

TICKETS = "sign-in"
"""The cookies with the secrets of sign-ins that have begun."""
_TICKET = 16


@dataclass(frozen=True, slots=True)
class SignInViews:
    """The handlers of `/m/…/sign-in`, and of the address to which providers send people back."""

    guests: GuestViews
    sign_ins: SignIns
    tickets: Cookies

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (
            web.post(r"/m/{visit:[0-9a-f]{32}}/sign-in", self.begin),
            web.get(r"/sign-in/{place:[0-9a-f]{16}}", self.finish, allow_head=False),
        )

    async def begin(self, request: web.Request) -> web.Response:
        """Send the visit's own browser to its guest's organisation.

        It is a page and no redirect: Chromium holds each redirect after a form against our
        `form-action`, and an organisation's sign-in may lead over any number of servers.
        """
        guests, named = self.guests, request.match_info["visit"]
        turned_away = guests.turned_away(request, guests.gate.repeats(request, named))
        if turned_away is not None:
            return turned_away
        try:
            await read_form(request, guests.settings.limits.patience)
        except FormRefused as error:
            guests.metrics.refused("form")
            return guests.answers.problem(request, error.status)
        secret = guests.cookies.read(request, named)
        ticket = secrets.token_urlsafe(_TICKET)
        visit = visit_of(named)
        begun = None if secret is None else await self.sign_ins.begin(visit, secret, ticket)
        if begun is None:
            return guests.answers.problem(request, 403, "lost")
        if isinstance(begun, SignInOutcome):
            return self._back(request, named, begun)
        response = self._onward(request, begun)
        self.tickets.write(request, response, visit, ticket)
        return response

    def _onward(self, request: web.Request, begun: Begun) -> web.Response:
        answers = self.guests.answers
        page = answers.pages.signing_in(begun, answers.language(request))
        return answers.page(page)

    async def finish(self, request: web.Request) -> web.Response:
        """Take a provider's answer: a GET from elsewhere, which our two cookies come with."""
        guests = self.guests
        answer = _answer(request)
        named = began_in(answer.get("state", ""))
        if named is None:
            return guests.answers.problem(request, 400)
        visit = named[0]
        wait = guests.gate.repeats(request, visit)
        if wait:
            return guests.turned_away(request, wait) or guests.answers.problem(request, 429)
        secret, ticket = guests.cookies.read(request, visit), self.tickets.read(request, visit)
        if secret is None:
            return guests.answers.problem(request, 403, "lost")
        if ticket is None:
            return self._back(request, visit, SignInOutcome.STALE)
        place = request.match_info["place"]
        outcome = await self.sign_ins.finish(visit_of(visit), secret, ticket, place, answer)
        if outcome is None:
            return guests.answers.problem(request, 403, "lost")
        response = self._back(request, visit, outcome)
        self.tickets.forget(response, visit_of(visit))
        return response

    def _back(self, request: web.Request, visit: str, outcome: SignInOutcome) -> web.Response:
        self.guests.metrics.signed_in(outcome)
        language = switched(request)
        asked = [f"said={outcome.value}"] if outcome in SIGN_INS else []
        asked += [] if language is None else [f"lang={language.value}"]
        query = f"?{'&'.join(asked)}" if asked else ""
        headers = {"Location": f"/m/{visit}{query}", "Cache-Control": "no-store"}
        return web.Response(status=303, headers=headers)


def tickets(*, secure: bool) -> Cookies:
    """Return the cookies of sign-ins that have begun."""
    return Cookies(secure=secure, of=TICKETS, lasts=int(SIGN_IN_LASTS.total_seconds()))


def _answer(request: web.Request) -> Mapping[str, str]:
    """Return the parameters of an answer; none if one comes twice."""
    query = request.query
    return {} if len(query) != len(set(query)) else dict(query)
