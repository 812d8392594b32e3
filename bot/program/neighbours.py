"""The servers that use cases reach, as clients opened from settings."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bot.program.values import (
    box_server,
    calendar_networks,
    media_access,
    smtp_server,
    visio_access,
)
from bot.program.watched import WatchedBox, WatchedLobby, WatchedPost, WatchedVisio
from bridge.clock import Clock
from bridge.domain.capability import Capability
from bridge.http import Timeouts, open_session
from bridge.livekit.rooms import MAX_ANSWER, LiveKitRooms
from bridge.mail.letterbox import ImapBox
from bridge.mail.send import SmtpPost
from bridge.metrics import Metrics
from bridge.ports import MediaRooms, Post, VisioRooms, WaitingRoom
from bridge.ports.calendar_servers import CalendarServers
from bridge.ports.incoming import Letterbox
from bridge.visio.client import VisioClient
from bridge.visio.knock import MAX_ANSWER as KNOCK_ANSWER
from bridge.visio.knock import PATIENCE, VisioWaitingRoom
from bridge.vitals import Vitals
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The ports' implementations, all of them or doubles."""

    visio: VisioRooms
    work: Capability = field(default_factory=Capability)
    """The clients' own periodic tasks."""
    visio_patience: timedelta
    """How long making a room may wait for Visio."""
    post: Post
    post_patience: timedelta
    """How long the mail server may take to accept a mail."""
    media: MediaRooms | None = None
    """Only if we hold a key of the media server."""
    lobby: WaitingRoom | None = None
    """Only if we knock at Visio's waiting room."""
    calendars: CalendarServers | None = None
    """Only if agents may link their calendars."""
    box: Letterbox | None = None
    """Only if answers to our mails are read."""


@asynccontextmanager
async def open_neighbours(
    settings: Settings, clock: Clock, vitals: Vitals, metrics: Metrics
) -> AsyncIterator[Neighbours]:
    """Open the clients for the block; each call's outcome is noted in `vitals`."""
    visio = settings.visio
    timeouts = Timeouts(
        connect=visio.connect_timeout.total_seconds(), total=visio.total_timeout.total_seconds()
    )
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            open_session(timeouts, reuse=False, proxy=visio.proxy, ca_file=visio.ca_file)
        )
        client = VisioClient(session, visio_access(settings), clock=clock, timeouts=timeouts)
        smtp = SmtpPost(smtp_server(settings), clock)
        yield Neighbours(
            visio=WatchedVisio(client, vitals),
            work=client.capability(),
            visio_patience=client.longest,
            post=WatchedPost(smtp, vitals),
            post_patience=smtp.longest,
            media=await _media(settings, stack, clock, vitals),
            lobby=await _lobby(settings, stack, clock, vitals),
            calendars=await _calendars(settings, stack, clock, metrics),
            box=_box(settings, stack, vitals),
        )


def _box(settings: Settings, stack: AsyncExitStack, vitals: Vitals) -> Letterbox | None:
    server = box_server(settings)
    if server is None:
        return None
    box = ImapBox(server)
    stack.callback(box.close)
    return WatchedBox(box, vitals)


async def _media(
    settings: Settings, stack: AsyncExitStack, clock: Clock, vitals: Vitals
) -> MediaRooms | None:
    access = media_access(settings)
    if access is None:
        return None
    session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
    return LiveKitRooms(session, access, clock=clock, vitals=vitals)


async def _lobby(
    settings: Settings, stack: AsyncExitStack, clock: Clock, vitals: Vitals
) -> WaitingRoom | None:
    visio, media = settings.visio, settings.media
    if media.way != "knock" or media.url is None:
        return None
    session = await stack.enter_async_context(
        open_session(PATIENCE, max_body=KNOCK_ANSWER, proxy=visio.proxy, ca_file=visio.ca_file)
    )
    return WatchedLobby(VisioWaitingRoom(session, visio.url, media.url, clock=clock), vitals)


async def _calendars(
    settings: Settings, stack: AsyncExitStack, clock: Clock, metrics: Metrics
) -> CalendarServers | None:
    if not settings.calendars.enabled:
        return None
    # Late: its libraries take a while to load, and most installations link no calendar.
    from bridge.caldav.servers import open_calendars  # noqa: PLC0415

    opening = open_calendars(
        calendar_networks(settings),
        clock=clock,
        metrics=metrics,
        rate=settings.calendars.rate,
        ca_file=settings.calendars.ca_file,
    )
    return await stack.enter_async_context(opening)
