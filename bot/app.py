"""The composition root: settings become wired roles. The only module that may import everything."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

import structlog
from pydantic import SecretStr

from bot.access import StoredCredentials, StoredSeeds
from bot.admin import Health, make_admin, serve_admin
from bot.backlog import StoredBacklog
from bot.bucket import Bucket
from bot.commands.context import Commands
from bot.commands.guests import GuestCommands
from bot.commands.help import Standing, help_commands
from bot.commands.meet import meeting_commands
from bot.core import Core, build, sole_bot
from bot.journal import DatabaseJournal
from bot.keyring import key_set
from bot.lanes import Lanes
from bot.language.line import is_addressed
from bot.matrix.account import MatrixAccount, open_account
from bot.matrix.settings import MatrixSettings
from bot.outbox import Sender
from bot.router import Router, in_lane
from bot.salon import is_agent
from bot.wording import Wording
from bridge.agenda.embedded import EmbeddedEngine
from bridge.agenda.haste import haste
from bridge.clock import SystemClock
from bridge.i18n import Language, catalogues
from bridge.ids import SalonId, UserId
from bridge.services.agents import AgentNames
from bridge.store import DATABASE_ERRORS, Store
from bridge.store.inbox import InboxRow
from bridge.store.tx import Changed
from config.settings import Settings
from federation.door.app import make_app
from federation.door.listen import serve
from federation.door.settings import DoorSettings, Limits, Notices, Rate
from federation.keys import KeyRing

log = structlog.get_logger()

_INBOX = 200
_TCHAP = ".tchap."
RING = "federation"
"""The folder of our signing keys, within the folder of all keys."""


class Role(StrEnum):
    """What a process does (design §3); without a role it does all of it."""

    BOT = "bot"
    DOOR = "door"
    WORKER = "worker"


async def run(settings: Settings, roles: Collection[Role] = frozenset(Role)) -> None:
    """Run the roles until a signal ends them; what has begun is finished first."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(build(settings, alone=True))
        line = Line() if Role.BOT in roles else None
        await stack.enter_async_context(_admin(core, line, works=Role.WORKER in roles))
        if Role.DOOR in roles:
            await stack.enter_async_context(_door(core))
        if Role.WORKER not in roles:
            await stack.enter_async_context(haste(core.store, core.urgent()))
        async with asyncio.TaskGroup() as group:
            if Role.WORKER in roles:
                engine = EmbeddedEngine(
                    core.store, core.clock, chores=core.chores(), observer=core.note
                )
                group.create_task(engine.run(core.handlers(), stop))
            bot = None if line is None else group.create_task(_bot(core, line, stop))
            log.info("parvis.started", roles=sorted(roles))
            await stop.wait()
            if bot is not None and line is not None and line.account is None:
                bot.cancel()  # it waits for a homeserver that does not answer


@dataclass(slots=True)
class Line:
    """The bot's connection as health sees it, from before it exists (`bot.admin.Account`)."""

    account: MatrixAccount | None = None

    @property
    def last_sync_at(self) -> datetime | None:
        """When the homeserver last answered."""
        return None if self.account is None else self.account.last_sync_at

    @property
    def signed(self) -> bool:
        """Whether every client hears the bot."""
        return self.account is not None and self.account.signed

    @property
    def forged_total(self) -> int:
        """How many lines were encrypted by somebody else than their sender."""
        return 0 if self.account is None else self.account.forged_total

    @property
    def sync_failures_total(self) -> int:
        """How often the homeserver did not answer a sync."""
        return 0 if self.account is None else self.account.sync_failures_total

    @property
    def undecryptable_total(self) -> int:
        """How many lines never got their key."""
        return 0 if self.account is None else self.account.undecryptable_total


@asynccontextmanager
async def _admin(core: Core, line: Line | None, *, works: bool) -> AsyncIterator[None]:
    health = Health(
        database=StoredBacklog(core.store),
        clock=core.clock,
        account=line,
        works=works,
        account_expires=core.settings.matrix.account_expires,
    )
    admin = core.settings.admin
    async with serve_admin(make_admin(health, core.metrics), admin.host, admin.port):
        yield


async def _bot(core: Core, line: Line, stop: asyncio.Event) -> None:
    async with (
        sole_bot(core.store, core.settings),
        _account(core) as account,
        asyncio.TaskGroup() as group,
    ):
        line.account = account
        group.create_task(account.introduce(core.settings.matrix.display_name))
        _talk(core, account, group, stop)


@asynccontextmanager
async def _account(core: Core) -> AsyncIterator[MatrixAccount]:
    matrix = core.settings.matrix
    me = UserId(matrix.user)
    device = key_set(core.settings.keys.folder, "device", create=core.settings.keys.create)
    settings = MatrixSettings(
        homeserver=matrix.client_url,
        user=me,
        store=matrix.store,
        pickle_secret=SecretStr(device.keys[device.current].hex()),
        access_token=matrix.token,
        device_id=matrix.device,
        password=matrix.password,
        device_name=matrix.device_name,
        proxy=None if matrix.proxy is None else matrix.proxy.get_secret_value(),
        ca_file=matrix.ca_file,
    )

    def may_join(inviter: UserId, _: SalonId) -> bool:
        if matrix.invites == "agents":
            return is_agent(inviter, matrix.agents)
        return matrix.invites == "anyone"

    async with open_account(
        settings,
        DatabaseJournal(core.store.inbox, me, core.clock),
        StoredSeeds(core.store.secrets, me),
        StoredCredentials(core.store.secrets, me),
        clock=core.clock,
        addressed=partial(is_addressed, me=me, my_name=matrix.display_name, prefix=matrix.prefix),
        may_join=may_join,
        outside=lambda user: not is_agent(user, matrix.agents),
    ) as account:
        yield account


def _talk(
    core: Core, account: MatrixAccount, group: asyncio.TaskGroup, stop: asyncio.Event
) -> None:
    router = _router(core, account)

    async def pending(_: int) -> list[InboxRow]:
        return list(await core.store.inbox.pending(account.user, _INBOX))

    handling = Lanes(pending, in_lane, router.handle, troubles=DATABASE_ERRORS)
    sender = _sender(core, account)

    def changed(what: Changed) -> None:
        if what.inbox:
            handling.wake()
        if what.outbox:
            sender.lanes.wake()

    core.store.on_commit(changed)
    group.create_task(account.run(stop, handling.wake))
    group.create_task(handling.run(stop))
    group.create_task(sender.run(stop))


def _router(core: Core, account: MatrixAccount) -> Router:
    settings = core.settings
    return Router(
        works=core.store,
        account=account,
        commands=_commands(core, account),
        identities=core.identities,
        policy=core.policy,
        clock=core.clock,
        servers=settings.matrix.agents,
        language=Language(settings.language),
        prefix=settings.matrix.prefix,
        name=settings.matrix.display_name,
        metrics=core.metrics,
        seats=core.salon_admits,
        endings=core.endings,
    )


def _commands(core: Core, account: MatrixAccount) -> Commands:
    def standing() -> Standing:
        return Standing(account.last_sync_at, signed=account.signed)

    return {
        **meeting_commands(core.meetings, core.identities),
        **GuestCommands(core.meetings, core.invitations, core.salon_admits).table(),
        **help_commands(
            account.user,
            core.settings.matrix.agents,
            core.identities,
            standing,
            core.policy.way,
        ),
    }


def _sender(core: Core, account: MatrixAccount) -> Sender:
    settings = core.settings
    wording = Wording(
        works=core.store,
        account=account,
        catalogues=catalogues(),
        language=Language(settings.language),
        minter=core.minter,
        policy=core.policy,
        clock=core.clock,
        servers=settings.matrix.agents,
        door=settings.door.public_url,
        prefix=settings.matrix.prefix,
        permalinks=_permalinks(settings.matrix.server),
    )
    bucket = Bucket(settings.matrix.rate, settings.matrix.burst, time.monotonic)
    return Sender(
        outbox=core.store.outbox,
        account=account,
        wording=wording,
        bucket=bucket,
        clock=core.clock,
    )


def rotate_ring(settings: Settings, *, compromised: bool = False) -> tuple[str, str]:
    """Make another key of the ring sign, or make the ring; return the ids of it and of the next.

    Raises KeysUnusable, and changes nothing, while partners may not know the next key yet.
    """
    folder = settings.keys.folder / RING
    if settings.keys.create and not any(folder.glob("key-*.pem")):
        ring = KeyRing.create(folder)
    else:
        ring = KeyRing.rotate(folder, now=SystemClock().now(), compromised=compromised)
    return ring.current.kid, ring.next.kid


def _permalinks(server: str) -> str:
    return "https://tchap.gouv.fr/#/user/" if _TCHAP in server else "https://matrix.to/#/"


def _touched(store: Store, look: Callable[[], None]) -> Callable[[], None]:
    """Have `look` called when this process changed something that guests are told."""

    def heard(what: Changed) -> None:
        if what.guests:
            look()

    return store.on_commit(heard)


@asynccontextmanager
async def _door(core: Core) -> AsyncIterator[None]:
    door = core.settings.door
    settings = DoorSettings(
        public_url=door.public_url,
        visio_origin=core.settings.visio.people_url,
        trusted_proxies=door.trusted_proxies,
        forwarded_hops=door.forwarded_hops,
        limits=Limits(
            requests=Rate(door.limits.requests, 60),
            entries=Rate(door.limits.forms, 60),
            per_code=Rate(door.limits.per_link, 600),
            misses=Rate(door.limits.misses, 600),
            streams=door.limits.streams,
        ),
        notices=Notices(
            organisation=door.organisation,
            accessibility=door.accessibility_url or "",
            legal=door.legal_url or "",
            privacy=door.privacy_url or "",
            kept_days=core.policy.forget_after.days,
        ),
        language=Language(core.settings.language),
    )
    app = make_app(
        settings,
        core.admissions,
        people=AgentNames(core.store),
        minter=core.minter,
        clock=core.clock,
        registry=core.metrics.registry,
        seats=core.seats if core.knocking is None else core.knocking,
        hearing=core.hearing(),
        news=partial(_touched, core.store),
    )
    async with serve(app, door.host, door.port):
        yield
