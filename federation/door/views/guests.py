"""A guest's steps: the page of the link, its form, the visit, and a waiting page's requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.clock import Clock
from bridge.domain.codes import LinkState
from bridge.domain.invitation import Standing
from bridge.domain.names import LONGEST_NAME, clean_name
from bridge.i18n import Language
from bridge.ids import UserId
from bridge.services.federation.sign_ins import SignIns
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.visits.arrivals import Admissions, PeopleNames
from bridge.services.visits.proofs import Proofs
from bridge.services.visits.snapshot import Admission, View
from federation.door.answers import Answers
from federation.door.boundary import busy
from federation.door.cookies import Cookies, visit_of
from federation.door.entrances import OpenPages
from federation.door.forms import FormRefused, read_form
from federation.door.gate import Gate
from federation.door.language import switched
from federation.door.metrics import DoorMetrics
from federation.door.pages import JOINING, ProofPrompt
from federation.door.people import LocalParts
from federation.door.said import PROOFS, SIGN_INS, said
from federation.door.settings import DoorOptions
from federation.door.status import VisitCache, VisitSnapshot

JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestViews:
    """Handlers of `/j/…` and `/m/…`."""

    settings: DoorOptions
    answers: Answers
    admissions: Admissions
    people: PeopleNames
    clock: Clock
    gate: Gate
    metrics: DoorMetrics
    cookies: Cookies
    cache: VisitCache
    walkins: WalkIns
    proofs: Proofs
    joining: Mapping[str, str]
    """Headers of the page where guests meet, instead of those of other pages."""
    open_pages: OpenPages
    sign_ins: SignIns | None = None
    """Sign-ins at guests' own organisations, if there are partners."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes; none answers HEAD, which would reveal that something is there."""
        link, visit = r"/j/{code:[A-Za-z0-9_-]{22}}", r"/m/{visit:[0-9a-f]{32}}"
        return (
            web.get(link, self.show, allow_head=False),
            web.post(link, self.enter),
            web.get(f"{visit}/status", self.status, allow_head=False),  # asked most, tried first
            web.get(visit, self.visit, allow_head=False),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show the page that is the same for every code, and change nothing."""
        return self.answers.page(self.answers.pages.entries[self.answers.language(request)])

    async def enter(self, request: web.Request) -> web.Response:
        """Open a visit and send the browser to it.

        The link is looked up first: a good one is never refused for its neighbours' bad ones.
        """
        link = await self.admissions.link(request.match_info["code"])
        turned_away = self.turned_away(request, self.gate.sends(request, link))
        if turned_away is not None:
            return turned_away
        try:
            fields = await read_form(request, self.settings.limits.patience)
        except FormRefused as error:
            self.metrics.refused("form")
            return self.answers.problem(request, error.status)
        language = self.answers.language(request)
        typed = fields.get("name", "")
        name = clean_name(typed)
        if not name:
            page = self.answers.pages.entry(language, typed=typed[:LONGEST_NAME])
            return self.answers.page(page, 422)
        return await self._enter(request, link, name, language)

    def turned_away(self, request: web.Request, wait: float) -> web.Response | None:
        """Return why a form is not read, if it isn't; `wait`: for how many seconds."""
        if wait:
            self.metrics.refused("rate")
            return busy(self.answers, request, wait)
        if not self.same_origin(request):
            self.metrics.refused("origin")
            return self.answers.problem(request, 403)
        return None

    def same_origin(self, request: web.Request) -> bool:
        """Tell whether a page of ours sends this, as far as a browser says so."""
        origin = request.headers.get("Origin", "null")
        if origin != "null":
            return origin == self.settings.origin
        return request.headers.get("Sec-Fetch-Site") == "same-origin"

    async def _enter(
        self, request: web.Request, link: LinkState, name: str, language: Language
    ) -> web.Response:
        code = request.match_info["code"]
        wait = self.gate.enters(request, code)
        if wait:
            self.metrics.refused("rate")
            return busy(self.answers, request, wait)
        held = self.cookies.held(request)
        entered = await self.admissions.enter(code, name=name, language=language, held=held)
        if entered is None:
            self.missed(request, link)
            return self.answers.problem(request, 404, "unknown")
        self.metrics.visits.inc()
        response = web.Response(
            status=303,
            headers={"Location": f"/m/{entered.visit.hex}", "Cache-Control": "no-store"},
        )
        self.cookies.write(request, response, entered.visit, entered.secret)
        self.gate.holders.gave(self.cookies.pair(entered.visit, entered.secret))
        return response

    def missed(self, request: web.Request, link: LinkState) -> None:
        """Count a guess; a link that was erased is none."""
        if link is LinkState.UNKNOWN:
            self.gate.missed(request)
            self.metrics.misses.inc()

    async def visit(self, request: web.Request) -> web.Response:
        """Show the visit's state, or send the guest on to the meeting."""
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            # A browser that loads pages ahead of a click would announce a guest who is not there.
            return web.Response(status=403, headers={"Cache-Control": "no-store"})
        named = request.match_info["visit"]
        visit, secret = visit_of(named), self.cookies.read(request, named)
        view = None if secret is None else await self.walkins.arrive(visit, secret)
        if view is None:
            return self.answers.problem(request, 403, "lost")
        self.gate.holders.checked(request, named)
        if view.room is None:
            return await self._stands(request, view)
        self.metrics.followed.inc()
        return await self._onward(request, view, view.room)

    async def _onward(self, request: web.Request, view: View, room: str) -> web.Response:
        if room.startswith(f"{self.settings.visio_origin}/"):
            return web.Response(status=303, headers={"Location": room, "Cache-Control": "no-store"})
        # Our policy names one origin to which forms may lead; any other needs a click.
        language = switched(request) or Language(view.language)
        organiser = await self.named(view.organiser)
        pages = self.answers.pages
        return self.answers.page(pages.onward(view, language, organiser=organiser, room=room))

    async def _stands(self, request: web.Request, view: View) -> web.Response:
        language = switched(request) or Language(view.language)
        organiser = await self.named(view.organiser)
        pages, now = self.answers.pages, self.clock.now()
        if view.standing is Standing.PROVING:
            return await self._proves(request, view, language, organiser)
        named = request.match_info["visit"]
        shown = pages.visit(view, language, organiser=organiser, now=now, visit=named)
        page = self.answers.page(shown)
        if view.standing in JOINING:
            page.headers.update(self.joining)
        return page

    async def _proves(
        self, request: web.Request, view: View, language: Language, organiser: str
    ) -> web.Response:
        named, pages = request.match_info["visit"], self.answers.pages
        proving = await self.proofs.read(visit_of(named))
        if proving is None:  # it was shown a moment ago, in another tab
            return web.Response(status=303, headers={"Location": request.path})
        sign_ins = self.sign_ins
        offered = None if sign_ins is None else await sign_ins.offered(visit_of(named))
        asked = ProofPrompt(
            proving,
            visit=named,
            said=said(request, PROOFS | SIGN_INS),
            now=self.clock.now(),
            organisation=offered,
        )
        return self.answers.page(pages.prove(view, language, organiser=organiser, asked=asked))

    async def named(self, user: UserId) -> str:
        """Return the name of an agent that people from outside may read."""
        return await self.people.name(user) or LocalParts.guess(user)

    async def status(self, request: web.Request) -> web.Response:
        """Tell a waiting page its state, and when the door opens."""
        own = await self.own(request)
        if own is None:
            return self.answers.problem(request, 403, "lost")
        told, admission = own
        named = request.match_info["visit"]
        self.here(named, admission, asks=True)
        body = told.body(admission, self.clock.now(), away=named in self.cache.away)
        return web.Response(body=body, headers=JSON)

    def here(self, visit: str, admission: Admission, *, asks: bool = False) -> None:
        """Note that a visit's page is open: it has a stream, or `asks`."""
        self.open_pages.here(visit, admission, asks=asks)

    async def own(self, request: web.Request) -> tuple[VisitSnapshot, Admission] | None:
        """Return the visit's state, to its own browser only."""
        named = request.match_info["visit"]
        secret = self.cookies.read(request, named)
        told = None if secret is None else await self.cache.get(named)
        if told is None or secret is None or told.admission is None:
            return None
        if not told.admission.belongs_to(secret):
            return None
        self.gate.holders.checked(request, named)
        return told, told.admission
