"""The door as an aiohttp application: everything is wired here, nothing is global."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from prometheus_client import CollectorRegistry

from bridge.clock import Steps
from bridge.domain.codes import Minter
from bridge.ports.federation import PartnerProviders
from bridge.services.calendars.linking import Linking
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.signalling_gate import Signalling
from bridge.services.federation.sign_ins import SignIns
from bridge.services.feeds.reading import FeedReading
from bridge.services.host_page.desk import Desks
from bridge.services.seats.modes import Admitting, VisioAdmits
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions, PeopleNames
from bridge.services.visits.coming import Coming
from bridge.services.visits.proofs import Proofs
from federation.door.answers import Answers
from federation.door.boundary import Boundary
from federation.door.cookies import Cookies
from federation.door.entrances import NOBODY_WATCHES, OpenPages, WaitingPages, entrance_of
from federation.door.feeds import FeedFiles
from federation.door.forms import LARGEST
from federation.door.gate import HOOKS, Gate
from federation.door.headers import meeting_headers, security_headers
from federation.door.hints import Hints
from federation.door.metrics import DoorMetrics
from federation.door.pages import Pages
from federation.door.settings import DoorOptions
from federation.door.statics import assets
from federation.door.status import VisitCache
from federation.door.streams import Streams
from federation.door.views.calendar import CalendarViews
from federation.door.views.coming import ComingViews
from federation.door.views.events import EventViews
from federation.door.views.feeds import FeedViews
from federation.door.views.guests import GuestViews
from federation.door.views.hooks import HookViews, unheard
from federation.door.views.host import HostViews
from federation.door.views.plain import PlainViews
from federation.door.views.proofs import ProofViews
from federation.door.views.seats import SeatViews
from federation.door.views.sign_ins import SignInViews, tickets
from federation.door.views.signalling import SignallingViews

VISIO_ADMITS = VisioAdmits()
Subscribe: TypeAlias = Callable[[Callable[[], None]], Callable[[], None]]
"""Registers a function to call when this process changed what guests' pages show; returns the
function that removes it."""


def make_app(
    settings: DoorOptions,
    tools: Tools,
    *,
    minter: Minter,
    people: PeopleNames,
    registry: CollectorRegistry | None = None,
    admitting: Admitting = VISIO_ADMITS,
    news: Subscribe | None = None,
    steps: Steps | None = None,
    linking: Linking | None = None,
    providers: PartnerProviders | None = None,
) -> web.Application:
    """Return the public web application; health and metrics are served elsewhere.

    Except where Visio's own page is `admitting`, guests wait and meet on a page of ours, which must
    have been built. `news` reaches pages at once; without it, changes reach them within a second.
    When `steps` report that the clock was set, pages are updated. `linking` is for the page on
    which agents link their calendars; at partners' `providers` their people
    may sign in. Raises FileNotFoundError.
    """
    files = assets()
    admissions, clock = Admissions(tools), tools.clock
    answers = Answers(Pages(settings, files, tools.policy), settings.language)
    metrics = DoorMetrics(registry)
    gate = Gate(settings)
    cache = VisitCache(admissions)
    streams = Streams(cache, clock, settings.limits)
    entrance = entrance_of(
        admitting, admissions, WaitingPages(cache, streams, clock), settings.limits, metrics
    )
    if entrance is not None and not files.joins:
        raise FileNotFoundError("federation/door/static/web is not built (make web)")
    sign_ins = None if providers is None else SignIns(tools, providers, settings.public_url)
    guests = GuestViews(
        settings=settings,
        answers=answers,
        admissions=admissions,
        people=people,
        clock=clock,
        gate=gate,
        metrics=metrics,
        cookies=Cookies(secure=settings.secure),
        cache=cache,
        walkins=WalkIns(tools, admissions),
        proofs=Proofs(tools, minter),
        joining={} if entrance is None else meeting_headers(settings, entrance.url),
        sign_ins=sign_ins,
        open_pages=NOBODY_WATCHES if entrance is None else entrance.pages,
    )
    boundary = Boundary(settings, answers, gate, metrics)
    app = web.Application(middlewares=[boundary.middleware()], client_max_size=LARGEST)
    app.add_routes([*PlainViews(answers, files).routes(), *guests.routes()])
    app.add_routes(ProofViews(guests, guests.proofs).routes())
    if sign_ins is not None:
        begun = tickets(secure=settings.secure)
        app.add_routes(SignInViews(guests, sign_ins, begun).routes())
    coming = Coming(
        tools=tools, minter=minter, door=settings.public_url, domain=settings.mail_domain
    )
    app.add_routes(ComingViews(guests, coming).routes())
    if linking is not None:
        app.add_routes(CalendarViews(guests, linking).routes())
    feeds = FeedReading(tools, settings.mail_domain)
    app.add_routes(FeedViews(answers, gate, metrics, feeds, FeedFiles(feeds)).routes())
    if entrance is not None:
        app.add_routes(EventViews(guests, streams, clock).routes())
        app.add_routes(SeatViews(guests, entrance.passes, Removals(tools)).routes())
        app.add_routes(SignallingViews(answers, Signalling(tools)).routes())
        _connect(app, streams, news, entrance.pages)
    if entrance is not None and entrance.seats is not None:
        desks = Desks(tools, entrance.seats)
        hosts = HostViews(guests, desks, Cookies(secure=settings.secure, of="host"))
        app.add_routes(hosts.routes())
        app.on_shutdown.append(hosts.end)
    hearing = None if entrance is None else entrance.hearing
    if hearing is not None:
        hints = Hints(hearing.polling.poll)
        patience = settings.limits.patience
        app.add_routes(HookViews(answers, metrics, hearing, hints, patience).routes())
        app.cleanup_ctx.append(_following(hints))
    else:
        app.router.add_post(HOOKS, unheard)
    if steps is not None:
        app.cleanup_ctx.append(_watching(steps, cache))
    app.on_response_prepare.append(_dressing(settings))
    _refuse_twice(app)
    return app


def _refuse_twice(app: web.Application) -> None:
    """Raise ValueError if two parts add the same route: aiohttp would serve the first alone."""
    known = Counter((one.method, _place(one.resource)) for one in app.router.routes())
    if twice := [route for route, count in known.items() if count > 1]:
        raise ValueError(f"served twice: {twice}")


def _place(resource: web.AbstractResource | None) -> str:
    return "" if resource is None else resource.canonical


def _connect(
    app: web.Application,
    streams: Streams,
    news: Subscribe | None,
    pages: OpenPages,
) -> None:
    async def listening(app: web.Application) -> AsyncIterator[None]:
        del app
        stop = None if news is None else news(streams.look)
        yield
        if stop is not None:
            stop()

    async def ending(app: web.Application) -> None:
        del app
        await pages.end()
        await streams.end()  # before the server waits for responses under way

    app.cleanup_ctx.append(listening)
    app.on_shutdown.append(ending)


def _watching(steps: Steps, cache: VisitCache) -> Callable[[web.Application], AsyncIterator[None]]:
    async def watch(app: web.Application) -> AsyncIterator[None]:
        del app
        stop = steps.on_step(lambda _: cache.clock_set())
        yield
        stop()

    return watch


def _following(hints: Hints) -> Callable[[web.Application], AsyncIterator[None]]:
    async def follow(app: web.Application) -> AsyncIterator[None]:
        del app
        running = asyncio.create_task(hints.run())
        yield
        running.cancel()
        await asyncio.wait({running})

    return follow


def _dressing(
    settings: DoorOptions,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    headers = security_headers(settings)

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        del request
        own = response.headers
        if "Content-Security-Policy" not in own:
            own.update(headers)
        else:  # the page where guests meet has some of its own
            for name, value in headers.items():
                own.setdefault(name, value)
        own.popall("Server", None)

    return dress
