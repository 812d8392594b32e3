"""The host's page of the door: who waits, who is admitted, and the buttons that answer."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from aiohttp import web

from bridge.domain.host import Deed
from bridge.errors import MediaAway, TakeoversSpent
from bridge.ids import HostId, VisitId
from bridge.services.host_page.desk import Desk, Desks, Opening
from federation.door.boundary import busy
from federation.door.cookies import Cookies
from federation.door.desks import desk_stamp
from federation.door.feeds import CALENDAR, meeting_file
from federation.door.forms import FormRefused, read_form
from federation.door.language import switched
from federation.door.said import DESK, said
from federation.door.status import FRESH
from federation.door.streams import HEADERS, PER_VISIT
from federation.door.views.guests import JSON, GuestViews

log = structlog.get_logger()

_LATER = 60.0
_BEAT = 15
"""After this many checks a page receives the same state again, which shows that its stream
stands."""
_FILE = {
    "Content-Type": CALENDAR,
    "Content-Disposition": 'attachment; filename="visio.ics"',
    "Cache-Control": "no-store",
}
_SAID = {True: "done", False: "late"}


@dataclass(frozen=True, slots=True)
class HostViews:
    """Handlers of `/h/…`. A GET changes nothing; every form comes from our own page."""

    guests: GuestViews
    desks: Desks
    cookies: Cookies
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _open: Counter[str] = field(default_factory=Counter)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes; none answers HEAD, which would reveal that something is there."""
        link, host = r"/h/{code:[A-Za-z0-9_-]{22}}", r"/h/{host:[0-9a-f]{32}}"
        return (
            web.get(link, self.show, allow_head=False),
            web.post(link, self.open),
            web.get(f"{host}/events", self.tell, allow_head=False),
            web.get(f"{host}/status", self.status, allow_head=False),
            web.get(f"{host}/event.ics", self.event, allow_head=False),
            web.get(host, self.desk, allow_head=False),
            web.post(host, self.act),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show the page that is the same for every code, and change nothing."""
        answers = self.guests.answers
        return answers.page(answers.pages.desks[answers.language(request)])

    async def open(self, request: web.Request) -> web.Response:
        """Give the link to this browser and send it to its page."""
        guests, code = self.guests, request.match_info["code"]
        link = await self.desks.link(code)
        refused = guests.turned_away(request, guests.gate.sends(request, link))
        if refused is not None:
            return refused
        wait = guests.gate.enters(request, code)
        if wait:
            guests.metrics.refused("rate")
            return busy(guests.answers, request, wait)
        opened = await self.desks.open(code)
        if opened is None:
            guests.missed(request, link)
            return guests.answers.problem(request, 404, "no-host")
        if isinstance(opened, Opening):
            return guests.answers.problem(request, 409, f"host-{opened.value}")
        response = _onward(request, f"/h/{opened.host.hex}")
        self.cookies.write(request, response, opened.host, opened.secret)
        guests.gate.holders.gave(self.cookies.pair(opened.host, opened.secret))
        return response

    async def desk(self, request: web.Request) -> web.Response:
        """Show guests who wait, are admitted or are out, to the link's own browser."""
        desk = await self._read(request)
        if desk is None:
            return self.guests.answers.problem(request, 403, "host-lost")
        answers = self.guests.answers
        named = await self.guests.named(desk.user)
        page = answers.pages.desk(
            desk,
            answers.language(request),
            named=named,
            now=self.guests.clock.now(),
            said=said(request, DESK),
            host=request.match_info["host"],
        )
        return answers.page(page)

    async def event(self, request: web.Request) -> web.Response:
        """Give the meeting as a file for the host's calendar; once it is over, show the page."""
        desk = await self._read(request)
        if desk is None:
            return self.guests.answers.problem(request, 403, "host-lost")
        if desk.over:
            return _onward(request, f"/h/{request.match_info['host']}")
        shown = self.desks.event(desk, self.guests.settings.mail_domain)
        language = self.guests.answers.language(request)
        body = meeting_file(shown, language, self.guests.clock.now())
        return web.Response(body=body, headers=_FILE)

    async def act(self, request: web.Request) -> web.Response:
        """Do a button's act on one device; the page then says whether it took effect."""
        guests, named = self.guests, request.match_info["host"]
        refused = guests.turned_away(request, guests.gate.repeats(request, named))
        if refused is not None:
            return refused
        try:
            fields = await read_form(request, guests.settings.limits.patience)
            visit, deed = VisitId(UUID(fields.get("visit", ""))), Deed(fields.get("do", ""))
        except FormRefused as error:
            guests.metrics.refused("form")
            return guests.answers.problem(request, error.status)
        except ValueError:
            guests.metrics.refused("form")
            return guests.answers.problem(request, 400)
        secret = self.cookies.read(request, named)
        host = HostId(UUID(hex=named))
        try:
            done = None if secret is None else await self.desks.act(host, secret, visit, deed)
        except (TakeoversSpent, MediaAway) as error:
            told = "media" if isinstance(error, MediaAway) else "spent"
            return _onward(request, f"/h/{named}", told=told)
        if done is None:
            return guests.answers.problem(request, 403, "host-lost")
        return _onward(request, f"/h/{named}", told=_SAID[done.first])

    async def status(self, request: web.Request) -> web.Response:
        """Tell a page without a stream whether it should change."""
        desk = await self._read(request)
        if desk is None:
            return self.guests.answers.problem(request, 403, "host-lost")
        return web.Response(body=_told(desk), headers=JSON)

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """Send the page what `/status` answers, at every change, until it leaves."""
        guests, named = self.guests, request.match_info["host"]
        desk = await self._read(request)
        if desk is None:
            return guests.answers.problem(request, 403, "host-lost")
        network = guests.gate.network(request)
        keys = (named, network)
        full = self._open[named] >= PER_VISIT
        if full or self._open[network] >= guests.settings.limits.streams:
            guests.metrics.refused("streams")
            return busy(guests.answers, request, _LATER)
        response = web.StreamResponse(headers=HEADERS)
        self._open.update(keys)
        try:
            with guests.metrics.streams.track_inprogress(), suppress(ConnectionError):
                await response.prepare(request)
                await self._keep_true(request, response, desk)
        except Exception as error:  # noqa: BLE001 - the response has begun: no other can follow
            # For example the database does not answer: the page asks for itself.
            log.error("door.streams.failed", error=type(error).__name__)  # noqa: TRY400
        finally:
            self._open.subtract(keys)
            for key in keys:
                if not self._open[key]:
                    del self._open[key]
        return response

    async def _keep_true(
        self, request: web.Request, response: web.StreamResponse, desk: Desk | None
    ) -> None:
        told, silent = b"", 0
        while desk is not None and not self.ending.is_set():
            news = _told(desk)
            silent += 1
            if news != told or silent >= _BEAT:
                await response.write(b"data: %b\n\n" % news)
                told, silent = news, 0
            with suppress(TimeoutError):
                async with asyncio.timeout(FRESH):
                    await self.ending.wait()
            desk = None if request.transport is None else await self._read(request)

    async def end(self, app: web.Application) -> None:
        """End all streams for good, so that nobody waits for them to end."""
        del app
        self.ending.set()

    async def _read(self, request: web.Request) -> Desk | None:
        named = request.match_info["host"]
        secret = self.cookies.read(request, named)
        desk = None if secret is None else await self.desks.read(HostId(UUID(hex=named)), secret)
        if desk is not None:
            self.guests.gate.holders.checked(request, named)
        return desk


def _told(desk: Desk) -> bytes:
    return json.dumps({"stamp": desk_stamp(desk)}).encode()


def _onward(request: web.Request, path: str, *, told: str = "") -> web.Response:
    """Send the browser on, in the language that was chosen on the page."""
    language = switched(request)
    asked = [f"said={told}" if told else "", "" if language is None else f"lang={language.value}"]
    query = "&".join(one for one in asked if one)
    location = f"{path}?{query}" if query else path
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
