"""The composition root: settings become wired roles. The only module that may import everything."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import structlog
from pydantic import SecretStr

from bot.access import StoredCredentials, StoredSeeds
from bot.bucket import Bucket
from bot.commands.context import Commands
from bot.commands.guests import GuestCommands
from bot.commands.help import Health, help_commands
from bot.commands.meet import meeting_commands
from bot.identity import Chain, ServerRule, StaticMap
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
from bridge.clock import Clock, SystemClock
from bridge.domain.agenda import Handler, Kind
from bridge.domain.codes import Minter
from bridge.domain.meeting import AccessLevel
from bridge.domain.policy import Policy
from bridge.domain.window import Graces
from bridge.http import Timeouts, open_session
from bridge.i18n import Language, catalogues
from bridge.ids import SalonId, UserId
from bridge.mail.invite import invitation_letter
from bridge.mail.send import MailServer, SmtpPost, Tls
from bridge.services.admissions import Admissions
from bridge.services.agents import AgentNames
from bridge.services.invitations import Invitations
from bridge.services.letters import Letters
from bridge.services.meetings import Meetings
from bridge.store.inbox import InboxRow
from bridge.store.tx import Changed
from bridge.store.vault import Vault
from bridge.store.work import Store, open_store
from bridge.visio.client import VisioAccess, VisioClient
from config.settings import Settings
from federation.door.app import make_app
from federation.door.listen import serve
from federation.door.settings import DoorSettings, Limits, Notices, Rate

log = structlog.get_logger()

_INBOX = 200
_TCHAP = ".tchap."


class Role(StrEnum):
    """What a process does (design §3); without a role it does all of it."""

    BOT = "bot"
    DOOR = "door"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every role shares: the database, the clock, the use cases."""

    settings: Settings
    store: Store
    clock: Clock
    policy: Policy
    minter: Minter
    identities: Chain
    meetings: Meetings
    invitations: Invitations
    letters: Letters
    admissions: Admissions

    def handlers(self) -> dict[Kind, Handler]:
        """Return what the agenda runs."""
        return {
            Kind.CREATE: self.meetings.create,
            Kind.MAIL: self.letters.deliver,
            Kind.OPEN: self.meetings.turn,
            Kind.CLOSE: self.meetings.turn,
            Kind.FORGET: self.meetings.forget,
        }


@asynccontextmanager
async def build(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Core]:
    """Open what every role shares, and close it in the end."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(settings))
        timeouts = Timeouts(
            connect=settings.visio.connect_timeout.total_seconds(),
            total=settings.visio.total_timeout.total_seconds(),
        )
        session = await stack.enter_async_context(
            open_session(
                timeouts,
                reuse=False,
                proxy=settings.visio.proxy,
                ca_file=settings.visio.ca_file,
            )
        )
        visio = VisioClient(session, visio_access(settings), clock=clock, timeouts=timeouts)
        links = key_set(settings.keys.folder, "links", create=settings.keys.create)
        minter, policy = Minter(links.keys, links.current), policy_of(settings)
        identities = identities_of(settings)
        yield Core(
            settings=settings,
            store=store,
            clock=clock,
            policy=policy,
            minter=minter,
            identities=identities,
            meetings=Meetings(store, visio, identities, clock, policy),
            invitations=Invitations(minter, clock, policy),
            letters=_letters(settings, store, minter, clock, policy),
            admissions=Admissions(store, clock, policy),
        )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Store]:
    """Open the database with the keys of its encrypted columns."""
    rows = key_set(settings.keys.folder, "rows", create=settings.keys.create)
    async with open_store(
        settings.store.url.get_secret_value(),
        vault=Vault(rows.keys, rows.current),
        synchronous="FULL" if settings.store.synchronous == "full" else "NORMAL",
    ) as store:
        yield store


def visio_access(settings: Settings) -> VisioAccess:
    """Return where Visio is and what it gave us."""
    return VisioAccess(
        base_url=settings.visio.url,
        public_url=settings.visio.people_url,
        client_id=settings.visio.client_id,
        client_secret=settings.visio.secret,
    )


def policy_of(settings: Settings) -> Policy:
    """Return the rules of meetings as services take them."""
    rules = settings.meetings
    return Policy(
        zone=rules.zone,
        graces=Graces(before=rules.grace_before, after=rules.grace_after),
        duration=rules.duration,
        longest=rules.longest,
        level=AccessLevel(settings.visio.level),
        guests_per_meeting=rules.guests_per_meeting,
        denied_domains=frozenset(rules.denied_domains),
        announce_every=rules.announce_every,
        forget_after=rules.forget_after,
        stale_after=rules.stale_after,
        moderator_level=rules.moderator_level,
        keep_trying=rules.keep_trying,
    )


def identities_of(settings: Settings) -> Chain:
    """Return the resolvers in order: the operator's table, then the homeservers' rules."""
    table = {UserId(user): email for user, email in settings.identity.map.items()}
    rules = {rule.server: rule.email for rule in settings.identity.rules}
    return Chain((StaticMap(table), ServerRule(rules)))


def smtp_server(settings: Settings) -> MailServer:
    """Return the mail server letters leave from."""
    mail = settings.mail
    return MailServer(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        sender_name=mail.sender_name,
        tls=Tls(mail.tls),
        user=mail.user,
        password=mail.password,
        timeout=mail.timeout.total_seconds(),
        ca_file=mail.ca_file,
    )


def _letters(
    settings: Settings, store: Store, minter: Minter, clock: Clock, policy: Policy
) -> Letters:
    door = settings.door
    return Letters(
        works=store,
        post=SmtpPost(smtp_server(settings), clock),
        compose=partial(invitation_letter, organisation=door.organisation, contact=door.contact),
        minter=minter,
        clock=clock,
        policy=policy,
        door=door.public_url,
        domain=settings.mail.sender.rpartition("@")[2],
    )


# --- roles --------------------------------------------------------------------------------------


async def run(settings: Settings, roles: Collection[Role] = frozenset(Role)) -> None:
    """Run the roles until a signal ends them; what has begun is finished first."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(build(settings))
        account = None
        if Role.BOT in roles:
            account = await stack.enter_async_context(_account(core))
        if Role.DOOR in roles:
            await stack.enter_async_context(_door(core))
        async with asyncio.TaskGroup() as group:
            if Role.WORKER in roles:
                _work(core, group, stop)
            if account is not None:
                _talk(core, account, group, stop)
            log.info("parvis.started", roles=sorted(roles))
            await stop.wait()


def _work(core: Core, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
    engine = EmbeddedEngine(core.store, core.clock)
    group.create_task(engine.run(core.handlers(), stop))


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
    ) as account:
        yield account


def _talk(
    core: Core, account: MatrixAccount, group: asyncio.TaskGroup, stop: asyncio.Event
) -> None:
    router = _router(core, account)

    async def pending(_: int) -> list[InboxRow]:
        return list(await core.store.inbox.pending(account.user, _INBOX))

    handling = Lanes(pending, in_lane, router.handle)
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
    )


def _commands(core: Core, account: MatrixAccount) -> Commands:
    def health() -> Health:
        return Health(account.last_sync_at, account.signed)

    return {
        **meeting_commands(core.meetings),
        **GuestCommands(core.meetings, core.invitations).table(),
        **help_commands(account.user, core.settings.matrix.agents, core.identities, health),
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


def _permalinks(server: str) -> str:
    return "https://tchap.gouv.fr/#/user/" if _TCHAP in server else "https://matrix.to/#/"


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
    app = make_app(settings, core.admissions, people=AgentNames(core.store), clock=core.clock)
    async with serve(app, door.host, door.port):
        yield
