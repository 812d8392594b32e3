"""Clients for the checks; opening them asks nothing and makes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import ClientSession

from bot.matrix.crosssigning import CrossSigningKeys
from bot.matrix.settings import Access
from bot.program.access import StoredCredentials, StoredSeeds
from bot.program.checks.machine import schema
from bot.program.checks.media import LastWebhook
from bot.program.keyring import KeysMissing
from bot.program.values import box_server, media_access, smtp_server, visio_access
from bot.program.wiring import DatabaseAway, open_database
from bridge.clock import Clock, SystemClock
from bridge.errors import ParvisError
from bridge.http import Timeouts, open_session
from bridge.ids import UserId
from bridge.livekit.rooms import MAX_ANSWER, LiveKitRooms
from bridge.mail.letterbox import ImapBox
from bridge.mail.send import SmtpPost
from bridge.ports import MediaRooms
from bridge.ports.agent_calendars import HostTally
from bridge.services.enforcement.webhooks import FOREIGN, GENUINE
from bridge.store import DATABASE_ERRORS, SealBroken, Store, UnknownDatabase
from bridge.store.schema import HEAD
from bridge.visio.client import VisioClient
from bridge.visio.knock import VisioWaitingRoom
from config.settings import Settings

_T = TypeVar("_T")

_QUICK = Timeouts(connect=5.0, total=15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedParts:
    """Clients of all services that Parvis talks to."""

    clock: Clock
    matrix: ClientSession
    web: ClientSession
    """Connects as a guest's browser does: without a proxy."""
    visio: VisioClient
    media: MediaRooms | None
    """Only if we hold a key of it."""
    lobby: VisioWaitingRoom | None
    """Only if we knock at Visio."""
    mail: SmtpPost
    box: ImapBox | None
    """Only if we read one."""
    access: Access | None
    """The bot's access to its account, if there is one already."""
    known: bool = True
    """Whether the database could be asked for that access, or there is no database yet."""
    master: str | None = None
    """The public key of the bot's identity, if it has one already."""
    hosts: Sequence[HostTally] | None = None
    """The accounts at calendar hosts, if the database could be asked."""
    told: LastWebhook | None = None
    """The media server's last webhooks to the door, if we expect any."""


@asynccontextmanager
async def open_parts(
    settings: Settings, *, stored: bool = True, keyed: bool = True
) -> AsyncIterator[CheckedParts]:
    """Open the clients of this deployment.

    If their secrets are missing: without `stored` nothing is read from the database, and without
    `keyed` nothing is asked with the media server's key.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        homeserver, instance = settings.matrix, settings.visio
        outside = await enter(
            open_session(_QUICK, reuse=False, proxy=instance.proxy, ca_file=instance.ca_file)
        )
        yield CheckedParts(
            clock=clock,
            matrix=await enter(
                open_session(_QUICK, proxy=homeserver.proxy, ca_file=homeserver.ca_file)
            ),
            web=await enter(open_session(_QUICK)),
            visio=VisioClient(outside, visio_access(settings), clock=clock, timeouts=_QUICK),
            media=await _media(settings, stack, clock) if keyed else None,
            lobby=_lobby(settings, outside, clock),
            mail=SmtpPost(smtp_server(settings), clock),
            box=_box(settings, stack),
            access=await access_of(settings) if stored else None,
            known=await readable(settings) if stored else False,
            master=await master_of(settings) if stored else None,
            hosts=await hosts_of(settings) if stored else None,
            told=await told_of(settings) if stored else None,
        )


async def _media(settings: Settings, stack: AsyncExitStack, clock: Clock) -> MediaRooms | None:
    access = media_access(settings)
    if access is None:
        return None
    session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
    return LiveKitRooms(session, access, clock=clock)


def _box(settings: Settings, stack: AsyncExitStack) -> ImapBox | None:
    server = box_server(settings)
    if server is None:
        return None
    box = ImapBox(server)
    stack.callback(box.close)
    return box


def _lobby(settings: Settings, session: ClientSession, clock: Clock) -> VisioWaitingRoom | None:
    if settings.media.way != "knock" or settings.media.url is None:
        return None
    return VisioWaitingRoom(session, settings.visio.url, settings.media.url, clock=clock)


async def access_of(settings: Settings) -> Access | None:
    """Return the access given in the settings, otherwise the one a login left in the database."""
    matrix = settings.matrix
    if matrix.token is not None and matrix.device is not None:
        return Access(access_token=matrix.token, device_id=matrix.device)

    async def left(store: Store) -> Access | None:
        return await StoredCredentials(store.secrets, UserId(matrix.user)).load()

    return await asked(settings, left)


async def master_of(settings: Settings) -> str | None:
    """Return the public key of the identity that the bot keeps."""
    me = UserId(settings.matrix.user)

    async def kept(store: Store) -> str | None:
        seeds = await StoredSeeds(store.secrets, me).load()
        return None if seeds is None else CrossSigningKeys.of(me, seeds).public("master")

    return await asked(settings, kept)


async def told_of(settings: Settings) -> LastWebhook | None:
    """Return the times of the media server's last webhooks; `None` if we can't know."""

    async def noted(store: Store) -> LastWebhook:
        async with store.reading() as work:
            return LastWebhook(await work.once.last(GENUINE), await work.once.last(FOREIGN))

    return None if media_access(settings) is None else await asked(settings, noted)


async def hosts_of(settings: Settings) -> Sequence[HostTally] | None:
    """Return the accounts at calendar hosts; `None` if we can't know."""

    async def counted(store: Store) -> Sequence[HostTally]:
        async with store.reading(long=True) as work:
            return await work.calendars.tally()

    return await asked(settings, counted)


async def readable(settings: Settings) -> bool:
    """Tell whether a database can be asked; one that is not there has nothing to tell."""
    if await asked(settings, _there):
        return True
    try:
        return await schema(settings.store.url.get_secret_value()) is None
    except (*DATABASE_ERRORS, UnknownDatabase):
        return False


async def _there(_: Store) -> bool:
    return True


async def asked(settings: Settings, ask: Callable[[Store], Awaitable[_T]]) -> _T | None:
    """Return the database's answer, `None` if there is none that is ours and current."""
    keys = settings.keys.model_copy(update={"create": False})
    try:
        if await schema(settings.store.url.get_secret_value()) != HEAD:
            return None  # opening it would make or change it
        async with open_database(settings.model_copy(update={"keys": keys})) as store:
            return await ask(store)
    except (*DATABASE_ERRORS, DatabaseAway, ParvisError, KeysMissing, SealBroken, UnknownDatabase):
        return None  # the check of the database says it better
