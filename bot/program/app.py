"""The composition root: wires roles from settings. The only module that may import everything."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path

import structlog

from bot.program.access import StoredCredentials
from bot.program.backlog import StoredBacklog
from bot.program.bot_role import ConnectionHealth, speak
from bot.program.calendar_hosts import CalendarHosts
from bot.program.existing import NotSetUp
from bot.program.federating import Federation, our_keys, ring_folder
from bot.program.folders import kept_in
from bot.program.health import Health, make_admin, serve_admin
from bot.program.listening import listening
from bot.program.losses import require_database
from bot.program.pulse import Pulse
from bot.program.upkeep import Upkeep
from bot.program.values import mail_domain
from bot.program.wiring import Core, build
from bridge.agenda.after_commit import after_commit
from bridge.agenda.embedded import EmbeddedEngine
from bridge.clock import SystemClock
from bridge.i18n import Language
from bridge.ids import UserId
from bridge.partners.openid import OpenIdClient
from bridge.ports.engine import Engine
from bridge.services.auditing import note_operator
from bridge.services.calendars.linking import Linking
from bridge.services.federation.approvals import Approvals
from bridge.services.federation.ending import Ending
from bridge.services.federation.events import GrantRequests
from bridge.services.federation.exchange import Exchange
from bridge.services.federation.hearing import HostNews
from bridge.services.people import AgentNames
from bridge.store import Store
from bridge.store.tx import Changed
from config.rules import require_account
from config.settings import Settings
from federation.door.app import make_app
from federation.door.listen import serve
from federation.door.settings import DoorLimits, DoorOptions, Notices, Rate
from federation.keys import KeyRing
from federation.protocol.app import Protocol, make_federation

log = structlog.get_logger()


class ProcessRole(StrEnum):
    """A role of a process (docs/architecture.md); without a chosen one, a process runs all."""

    BOT = "bot"
    DOOR = "door"
    WORKER = "worker"
    FEDERATION = "federation"


async def run(
    settings: Settings,
    roles: Collection[ProcessRole] = frozenset(ProcessRole),
    *,
    from_now: bool = False,
) -> None:
    """Run the roles until a signal ends them; they finish the work they have begun.

    `from_now` is for a database restored from a backup (`bridge.store.anew`).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    if ProcessRole.BOT in roles:
        await require_database(settings)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(
            build(settings, alone=True, from_now=from_now, federated=True)
        )
        if ProcessRole.BOT in roles:
            await _require_account(core)
            kept_in("matrix.store", settings.matrix.store)
        async with core.store() as work:
            await note_operator(work, "run.from-now" if from_now else "run", "begun")
        line = ConnectionHealth() if ProcessRole.BOT in roles else None
        engine = _engine(core) if ProcessRole.WORKER in roles else None
        await stack.enter_async_context(_admin(core, line, engine))
        if ProcessRole.DOOR in roles:
            await stack.enter_async_context(_door(core))
        if ProcessRole.FEDERATION in roles and core.federation is not None:
            await stack.enter_async_context(_federation(core, core.federation))
        if engine is None:
            await stack.enter_async_context(after_commit(core.store, core.work.urgent))
        async with asyncio.TaskGroup() as group:
            group.create_task(core.steps.run(stop))
            if engine is not None:
                group.create_task(engine.run(core.work, stop))
            bot = None
            if line is not None:
                upkeep = Upkeep(line, alone=set(roles) == {ProcessRole.BOT})
                bot = group.create_task(upkeep.run(partial(speak, core, line, stop), stop))
            log.info("parvis.started", roles=sorted(roles))
            await stop.wait()
            if bot is not None and line is not None and line.account is None:
                bot.cancel()  # it waits for a homeserver that does not answer, or for an operator


async def _require_account(core: Core) -> None:
    """Demand a way to sign in, unless an earlier start left one. Raises SettingsError."""
    me = UserId(core.settings.matrix.user)
    if await StoredCredentials(core.store.secrets, me).load() is None:
        require_account(core.settings)


def _engine(core: Core) -> Engine:
    return EmbeddedEngine(
        core.store,
        core.tools.clock,
        observer=core.note,
        steps=core.steps,
    )


@asynccontextmanager
async def _admin(
    core: Core, line: ConnectionHealth | None, engine: Engine | None
) -> AsyncIterator[None]:
    database = StoredBacklog(core.store)
    health = Health(
        database=database,
        pulse=Pulse(database, core.tools.clock, time.monotonic),
        clock=core.tools.clock,
        vitals=core.vitals,
        user=UserId(core.settings.matrix.user),
        account=line,
        worker=engine,
        folders=_folders(core, line),
        account_expires=core.settings.matrix.account_expires,
        hosts=None if engine is None else CalendarHosts(core.store, time.monotonic),
        started=core.tools.now(),
    )
    admin = core.settings.admin
    server = serve_admin(make_admin(health, core.metrics), admin.host, admin.port)
    async with listening("admin", server, admin.host, admin.port):
        yield


def _folders(core: Core, line: ConnectionHealth | None) -> list[Path]:
    """Return this process's folders: the bot writes its device's keys, all roles an SQLite file."""
    file = core.store.engines.path
    beside = [] if file is None else [file.parent]
    return beside if line is None else [core.settings.matrix.store, *beside]


def rotate_ring(settings: Settings, *, compromised: bool = False) -> tuple[str, str]:
    """Have the ring's next key sign, or make the ring; return the ids of the key and the next one.

    Raises KeysUnusable, and changes nothing, while partners may not know the next key yet, and
    NotSetUp if there are no keys at all.
    """
    if not settings.keys.folder.is_dir():
        raise NotSetUp(str(settings.keys.folder))
    folder = ring_folder(settings)
    if settings.keys.create and not any(folder.glob("key-*.pem")):
        ring = KeyRing.create(folder)
    else:
        ring = KeyRing.rotate(folder, now=SystemClock().now(), compromised=compromised)
    return ring.current.kid, ring.next.kid


def shown_keys(settings: Settings) -> tuple[str, list[str]]:
    """Return the federation key's thumbprint and the ids of the ring's keys.

    Both are made if they are missing and `keys.create` says so. Raises KeysUnusable, NotSetUp.
    """
    if not settings.keys.folder.is_dir():
        raise NotSetUp(str(settings.keys.folder))
    ring, pinned = our_keys(settings)
    return pinned.kid, list(ring.keys.by_kid)


def _touched(store: Store, look: Callable[[], None]) -> Callable[[], None]:
    """Call `look` when this process commits a change for guests; return a call that stops it."""

    def heard(what: Changed) -> None:
        if what.guests:
            look()

    return store.on_commit(heard)


def door_options(settings: Settings) -> DoorOptions:
    """Return all that the door needs to know."""
    door = settings.door
    return DoorOptions(
        public_url=door.public_url,
        visio_origin=settings.visio.people_url,
        trusted_proxies=door.trusted_proxies,
        forwarded_hops=door.forwarded_hops,
        limits=door_limits(settings),
        notices=Notices(
            organisation=door.organisation,
            accessibility=door.accessibility_url or "",
            legal=door.legal_url or "",
            privacy=door.privacy_url or "",
            kept_days=settings.meetings.forget_after.days,
        ),
        mail_domain=mail_domain(settings),
        language=Language(settings.language),
    )


def door_limits(settings: Settings) -> DoorLimits:
    """Return how much one network may ask of the door: per minute, or per ten minutes."""
    limits = settings.door.limits
    return DoorLimits(
        requests=Rate(limits.requests, 60),
        entries=Rate(limits.forms, 60),
        per_code=Rate(limits.per_link, 600),
        misses=Rate(limits.misses, 600),
        streams=limits.streams,
    )


def _linking(core: Core) -> Linking | None:
    servers = core.calendars
    return None if servers is None else Linking(core.tools, servers, core.store.vault)


@asynccontextmanager
async def _door(core: Core) -> AsyncIterator[None]:
    door, settings = core.settings.door, door_options(core.settings)
    app = make_app(
        settings,
        core.tools,
        people=AgentNames(core.store),
        minter=core.minter,
        registry=core.metrics.registry,
        admitting=core.admitting,
        news=partial(_touched, core.store),
        steps=core.steps,
        linking=_linking(core),
        providers=_providers(core),
    )
    async with listening("door", serve(app, door.host, door.port), door.host, door.port):
        yield


def _providers(core: Core) -> OpenIdClient | None:
    federation = core.federation
    return None if federation is None else OpenIdClient(federation.requests, core.tools.clock)


def federation_options(settings: Settings, federation: Federation) -> DoorOptions:
    """Return the boundary of role federation: the door's, at the address of our issuer."""
    return replace(door_options(settings), public_url=federation.home.issuer)


@asynccontextmanager
async def _federation(core: Core, federation: Federation) -> AsyncIterator[None]:
    own = core.settings.federation
    exchange = Exchange(
        tools=core.tools,
        invitations=core.invitations,
        approvals=Approvals(core.tools, federation.home),
        tokens=federation.tokens,
        signs=federation.ring,
        home=federation.home,
    )
    parts = Protocol(
        pinned=federation.pinned,
        ring=federation.ring,
        exchange=exchange,
        requests=GrantRequests(
            core.tools,
            Ending(core.tools, core.invitations),
            federation.tokens,
            federation.home,
            HostNews(core.tools),
        ),
        clock=core.tools.clock,
    )
    options = federation_options(core.settings, federation)
    app = make_federation(options, parts, registry=core.metrics.registry)
    async with listening("federation", serve(app, own.host, own.port), own.host, own.port):
        yield
