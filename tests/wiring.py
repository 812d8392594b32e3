"""The product's parts wired for tests: what `bot/program/wiring.py` does with settings and servers.

Houses get their parts here alone. Parts that the product composes by a function of its own are
composed by that function.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot.conversation.bucket import Bucket
from bot.conversation.outbox import OutboxSender
from bot.conversation.router import Router
from bot.conversation.talk import Talk
from bot.conversation.wording import Wording
from bot.matrix.events import Account
from bridge.calendars.holidays import KnownHolidays
from bridge.calendars.recurrence import Recurrences
from bridge.clock import Monotonic
from bridge.domain.capability import Capability, merged
from bridge.domain.codes import Minter
from bridge.i18n import Language, catalogues
from bridge.mail.decline import declining_letter
from bridge.metrics import Metrics
from bridge.ports import Identities, Letter, MediaRooms, Passes, Post, WaitingRoom, Webhooks
from bridge.services.calendars.wire import CalendarWorld
from bridge.services.calendars.wire import calendars as kept_in_step
from bridge.services.enforcement.wire import Enforcement
from bridge.services.incoming.wire import PostOffice, incoming
from bridge.services.invitations.drafts import Drafting, InvitationFacts
from bridge.services.invitations.invitations import Invitations
from bridge.services.invitations.mail import Letters
from bridge.services.invitations.wire import invitations
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.visio_rooms import RoomMaking
from bridge.services.meetings.wire import meetings
from bridge.services.reminders.wire import reminders
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.knocking import Knocking
from bridge.services.seats.modes import Admitting, HostAdmits, SalonAdmits, VisioAdmits
from bridge.services.series.carrying import Carrying
from bridge.services.series.wire import series
from bridge.services.series.zone_rules import ZoneRules
from bridge.services.tools import Tools
from bridge.services.visits.code_mail import CodeFacts, CodeLetters
from bridge.services.visits.wire import visits
from bridge.store.sending import Sending
from tests.defaults import SETTINGS
from tests.doubles.ports import FakeWebhooks
from tests.unit.bridge.mail.kit import SENDER

DOOR = "https://visio-externes.example"
MEDIA = "wss://media.example:7880"
MAIL_DOMAIN = "parvis.example"
PREFIX = "!visio"


def minter() -> Minter:
    """Return what makes the codes of links; links by the older key are valid too."""
    return Minter({"k1": b"1" * 32, "k0": b"0" * 32}, "k1")


@dataclass(frozen=True, slots=True)
class Lobby:
    """Visio's waiting room, and the media server's address for the pages of those who knock."""

    room: WaitingRoom
    url: str


@dataclass(frozen=True, slots=True)
class Media:
    """A media server of which we hold a key."""

    rooms: MediaRooms
    passes: Passes
    url: str
    """Its address for browsers."""
    webhooks: Webhooks = field(default_factory=FakeWebhooks)
    """Reads its webhooks to the door."""


def admitting(
    tools: Tools,
    *,
    media: Media | None = None,
    lobby: Lobby | None = None,
    metrics: Metrics | None = None,
    monotonic: Monotonic = time.monotonic,
) -> Admitting:
    """Return the policy's admission mode at work, with those of its neighbours that it uses.

    Rooms are polled by `monotonic`.
    """
    mode = tools.policy.mode
    if not mode.ours:
        return VisioAdmits()
    rooms = enforcement = None
    if mode.ejects:
        assert media is not None
        rooms = media.rooms
        enforcement = Enforcement.of(tools, rooms, media.webhooks, metrics)
        enforcement.polling.monotonic = monotonic
    endings = Endings(
        tools=tools,
        media=rooms,
        meetings=Meetings(tools),
        invitations=Invitations(minter(), tools),
    )
    if mode.knocks:
        assert lobby is not None
        knocking = Knocking(tools, lobby.room, lobby.url, metrics, rooms)
        return HostAdmits(knocking=knocking, endings=endings, enforcement=enforcement)
    assert media is not None
    assert enforcement is not None
    seats = Seats(tools, enforcement.ejections, media.passes, media.url)
    return SalonAdmits(tools=tools, seats=seats, endings=endings, enforcement=enforcement)


def enforcement_of(mode: Admitting) -> Enforcement:
    """Return the enforcement of a mode that has one."""
    assert not isinstance(mode, VisioAdmits)
    assert mode.enforcement is not None
    return mode.enforcement


def endings_of(mode: Admitting) -> Endings:
    """Return the end of meetings in a mode that has guests meet on a page of ours."""
    assert not isinstance(mode, VisioAdmits)
    return mode.endings


def seats_of(mode: Admitting) -> Seats:
    """Return the seats of the mode in which the salon admits."""
    assert isinstance(mode, SalonAdmits)
    return mode.seats


def knocking_of(mode: Admitting) -> Knocking:
    """Return the knocks of the mode in which Visio's host admits."""
    assert isinstance(mode, HostAdmits)
    return mode.knocking


def letters(
    tools: Tools,
    post: Post,
    compose: Callable[[InvitationFacts], Letter],
    *,
    identities: Identities | None,
    organizer: str | None = None,
    answers_to: str | None = None,
) -> Letters:
    """Return the mails with guests' links; without `identities` they name no inviter."""
    drafting = Drafting(minter=minter(), policy=tools.policy, door=DOOR, domain=MAIL_DOMAIN)
    return Letters(
        tools=tools,
        post=post,
        compose=compose,
        drafting=drafting,
        identities=identities,
        answers_to=answers_to,
        organizer=organizer,
        again=SETTINGS.mail.retry_unconfirmed,
    )


def codes(
    tools: Tools,
    post: Post,
    compose: Callable[[CodeFacts], Letter],
    metrics: Metrics | None = None,
) -> CodeLetters:
    """Return the mails with codes that prove an address."""
    return CodeLetters(
        tools=tools,
        post=post,
        compose=compose,
        minter=minter(),
        domain=MAIL_DOMAIN,
        metrics=metrics,
    )


def carrying(tools: Tools) -> Carrying:
    """Return what knows when series take place, and waits for it on a busy machine."""
    return Carrying(tools, Recurrences(limit=60), KnownHolidays())


def work(
    tools: Tools,
    *,
    making: RoomMaking,
    letters: Letters,
    codes: CodeLetters,
    mode: Admitting,
    metrics: Metrics | None = None,
    calendars: CalendarWorld | None = None,
    office: PostOffice | None = None,
) -> Capability:
    """Return what an engine runs; no server of a test needs patience."""
    return merged(
        [
            *([] if calendars is None else [kept_in_step(tools, calendars)]),
            meetings(tools, making, patience=timedelta()),
            invitations(letters, partial(declining_letter, sender=SENDER), patience=timedelta()),
            visits(tools, codes, patience=timedelta()),
            series(carrying(tools), ZoneRules(tools, "2026c")),
            mode.capability(),
            reminders(tools, metrics),
            incoming(tools, office, metrics),
        ]
    )


@dataclass(slots=True, kw_only=True)
class Speaker:
    """One account's conversation."""

    router: Router
    wording: Wording
    sender: OutboxSender


def speaker(
    tools: Tools,
    account: Account,
    outbox: Sending,
    *,
    talk: Talk,
    identities: Identities,
    servers: Sequence[str],
    bucket: Bucket,
    metrics: Metrics | None = None,
) -> Speaker:
    """Return what `bot/program/bot_role.py` runs for an account; agents are on `servers`."""
    router = Router(
        tools=tools,
        account=account,
        talk=talk,
        identities=identities,
        servers=servers,
        language=Language.FR,
        prefix=PREFIX,
        name="Parvis",
        metrics=metrics,
    )
    wording = Wording(
        tools=tools,
        account=account,
        catalogues=catalogues(),
        language=Language.FR,
        minter=minter(),
        servers=servers,
        door=DOOR,
        prefix=PREFIX,
    )
    sender = OutboxSender(
        outbox=outbox, account=account, wording=wording, bucket=bucket, clock=tools.clock
    )
    return Speaker(router=router, wording=wording, sender=sender)
