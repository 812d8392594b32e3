"""The core: the parts that every role shares, opened and wired."""

from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version

import structlog

from bot.program.federating import Federation, open_federation
from bot.program.folders import kept_in
from bot.program.keyring import KeyForeign, key_file
from bot.program.letters import guest_letter
from bot.program.linkkeys import Watch
from bot.program.losses import audit_keys, foreign, links_keys, rows_keys
from bot.program.neighbours import Neighbours, open_neighbours
from bot.program.values import (
    answers_to,
    audit_upkeep,
    describing_of,
    drafting_of,
    identities_of,
    incoming_reading,
    mail_domain,
    mail_sender,
    media_access,
    policy_of,
    poll_pace,
)
from bridge.agenda import Ran
from bridge.calendars.event_texts import ICalendarTexts
from bridge.calendars.holidays import KnownHolidays
from bridge.calendars.mailed import SummonedTexts
from bridge.calendars.recurrence import Recurrences
from bridge.calendars.zones import rules_version
from bridge.clock import Clock, Steps, SystemClock
from bridge.domain.capability import Capability, merged
from bridge.domain.codes import Minter
from bridge.i18n import Language
from bridge.identities.resolvers import Chain
from bridge.ids import UserId
from bridge.livekit.grants import LiveKitPasses
from bridge.livekit.webhooks import LiveKitWebhooks
from bridge.mail.code import code_letter
from bridge.mail.decline import declining_letter
from bridge.mail.organiser import organiser_letter
from bridge.metrics import Metrics
from bridge.partners.subjects import PairwiseSubjects
from bridge.ports import Expansion, Identities, Post
from bridge.ports.calendar_servers import CalendarServers
from bridge.services.audit.wire import audit
from bridge.services.calendars.describing import Describing
from bridge.services.calendars.wire import CalendarWorld, MailedWorld, calendars
from bridge.services.enforcement.wire import Enforcement
from bridge.services.federation.elsewhere import JoinRequests
from bridge.services.federation.ending import Ending
from bridge.services.federation.reporting import PartnerReports
from bridge.services.federation.wire import asked_of_partners
from bridge.services.federation.wire import federation as partnerships
from bridge.services.incoming.wire import InvitedBox, PostOffice, incoming
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
from bridge.services.visits.code_mail import CodeLetters
from bridge.services.visits.wire import visits
from bridge.store import SealBroken, Store, Vault, open_store
from bridge.store.anew import begin_from_now
from bridge.store.audit import AuditKeyForeign
from bridge.store.engine import file_of
from bridge.store.sole import Alone, Right, sole
from bridge.store.wire import upkeep
from bridge.vitals import Vitals
from config.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts that every role shares: database, clock, capabilities."""

    settings: Settings
    store: Store
    tools: Tools
    steps: Steps
    """Tells when somebody sets the machine's clock."""
    metrics: Metrics
    vitals: Vitals
    minter: Minter
    identities: Chain
    invitations: Invitations
    carrying: Carrying
    """Knows when series take place."""
    admitting: Admitting
    """The admission mode at work."""
    calendars: CalendarServers | None
    """Agents' calendar servers, if agents may link their calendars."""
    world: CalendarWorld | None
    """How calendars are kept in step with meetings, if agents may link theirs."""
    mailed: MailedWorld | None
    """How events are read to which agents invite us by mail, if a box is read."""
    federation: Federation | None
    """Our side of the federation with partners, if there is any."""
    work: Capability
    """The handlers and tasks that an engine runs."""

    def note(self, run: Ran) -> None:
        """Count a run of the agenda."""
        self.metrics.ran(run.kind, run.late.total_seconds(), failed=run.failed)


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    alone: bool = False,
    from_now: bool = False,
    federated: bool = False,
    clock: Clock | None = None,
    neighbours: Neighbours | None = None,
) -> AsyncIterator[Core]:
    """Open the parts that every role shares, and close them in the end; `alone` as in `open_store`.

    `from_now` is for a database restored from a backup (`bridge.store.anew`). `federated`: with our
    keys of the federation. Without `neighbours` it opens the servers of the settings.
    """
    clock = clock or SystemClock()
    vitals, metrics = Vitals(clock), Metrics(version("parvis"))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(settings, alone=alone, clock=clock))
        if store.audit is not None:
            await store.audit.prepare(clock.now())
        if from_now:  # before we compare the keys of links, which queues new card edits
            dropped = await begin_from_now(store.begin)
            log.warning("store.begun_from_now", **asdict(dropped))
        if neighbours is None:
            opening = open_neighbours(settings, clock, vitals, metrics)
            neighbours = await stack.enter_async_context(opening)
        federation = None
        if federated:
            federation = await stack.enter_async_context(open_federation(settings, store, clock))
        links = await links_keys(settings, store)
        minter = Minter(links.keys, links.current)
        tools = Tools(store, clock, policy_of(settings))
        invited = Invitations(minter, tools)
        await Watch(store, invited, clock, settings.keys.folder).look(links)
        identities = identities_of(settings)
        admitting = _admitting(settings, tools, invited, neighbours, metrics)
        making = RoomMaking(tools, neighbours.visio, identities, metrics)
        carrying = Carrying(tools, Recurrences(), KnownHolidays())
        post, patience = neighbours.post, neighbours.post_patience
        letters = _letters(
            settings, tools, post, minter=minter, metrics=metrics, identities=identities
        )
        codes = _codes(settings, tools, post, minter=minter, metrics=metrics)
        describing = describing_of(settings)
        world = _world(settings, neighbours.calendars, describing, carrying.expansion)
        mailed = None if neighbours.box is None else _mailed(settings, describing)
        office = _post_office(settings, neighbours, mailed, identities)
        yield Core(
            settings=settings,
            store=store,
            tools=tools,
            steps=Steps(clock),
            metrics=metrics,
            vitals=vitals,
            minter=minter,
            identities=identities,
            invitations=invited,
            carrying=carrying,
            admitting=admitting,
            calendars=neighbours.calendars,
            world=world,
            mailed=mailed,
            federation=federation,
            work=merged(
                [
                    meetings(tools, making, patience=neighbours.visio_patience),
                    invitations(
                        letters,
                        partial(declining_letter, sender=mail_sender(settings)),
                        patience=patience,
                    ),
                    visits(tools, codes, patience=patience),
                    series(carrying, ZoneRules(tools, rules_version())),
                    reminders(tools, metrics),
                    partnerships(tools, Ending(tools, invited), metrics),
                    incoming(tools, office, metrics),
                    admitting.capability(),
                    Capability() if world is None else calendars(tools, world),
                    Capability() if federation is None else _partners(tools, store, federation),
                    upkeep(store),
                    audit(audit_upkeep(settings, store.audit)),
                    neighbours.work,
                ]
            ),
        )


def _world(
    settings: Settings,
    servers: CalendarServers | None,
    describing: Describing,
    expansion: Expansion,
) -> CalendarWorld | None:
    """Return the calendars to keep in step, and how; `None` if agents may link none."""
    if servers is None:
        return None
    return CalendarWorld(
        servers=servers,
        texts=_texts(settings),
        pace=poll_pace(settings),
        describing=describing,
        bot=UserId(settings.matrix.user),
        expansion=expansion,
    )


def _mailed(settings: Settings, describing: Describing) -> MailedWorld:
    """Return how events are read to which agents invite our box."""
    box = answers_to(settings) or settings.mail.sender
    return MailedWorld(
        texts=SummonedTexts(_texts(settings)),
        describing=describing,
        box=box,
        ours=frozenset({box.lower(), settings.mail.sender.lower()}),
        bot=UserId(settings.matrix.user),
    )


def _texts(settings: Settings) -> ICalendarTexts:
    return ICalendarTexts(
        zone=settings.meetings.zone,
        visio=settings.visio.people_url,
        language=Language(settings.language),
    )


def _partners(tools: Tools, store: Store, federation: Federation) -> Capability:
    requests = JoinRequests(
        tools=tools,
        servers=federation.asking,
        directory=federation.directory,
        pseudonyms=PairwiseSubjects(store.secrets),
        home=federation.home,
    )
    return asked_of_partners(requests, PartnerReports(tools, federation.asking))


def sole_bot(store: Store, settings: Settings) -> AbstractAsyncContextManager[Right | Alone]:
    """Hold for a block the right to be the bot of this account. Raises AlreadyRunning.

    Two processes with one device would take keys from each other.
    """
    return sole(store, f"the bot {settings.matrix.user}")


class DatabaseAway(Exception):
    """Check that it runs, and check store.url."""


@contextmanager
def reached() -> Iterator[None]:
    """Raise DatabaseAway for an OSError of the block."""
    try:
        yield
    except OSError as error:
        raise DatabaseAway(str(error)) from error


@asynccontextmanager
async def open_database(
    settings: Settings, *, alone: bool = False, clock: Clock | None = None
) -> AsyncIterator[Store]:
    """Open the database with the keys of its encrypted columns; `alone` as in `open_store`."""
    url = settings.store.url.get_secret_value()
    if file := file_of(url):
        kept_in("store.url", file.parent)
    with reached():
        rows, audited = await rows_keys(settings), await audit_keys(settings)
    opening = open_store(
        url,
        vault=Vault(rows.keys, rows.current),
        synchronous="FULL" if settings.store.synchronous == "full" else "NORMAL",
        clock=clock,
        alone=alone and file is not None,
        keep=settings.meetings.keep,
        audit=audited,
    )
    async with AsyncExitStack() as stack:
        try:
            with reached():
                store = await stack.enter_async_context(opening)
        except SealBroken as broken:
            raise foreign(broken, settings.keys.folder) from broken
        if store.audit is not None:
            try:
                await store.audit.recognise()
            except AuditKeyForeign as other:
                raise KeyForeign(str(key_file(settings.keys.folder, "audit", other.key))) from other
        yield store


def _admitting(
    settings: Settings,
    tools: Tools,
    invited: Invitations,
    neighbours: Neighbours,
    metrics: Metrics,
) -> Admitting:
    """Return the admission mode at work: only this function chooses it."""
    mode, url, media = tools.policy.mode, settings.media.url, neighbours.media
    if not mode.ours or url is None:
        return VisioAdmits()
    access, enforcement = media_access(settings), None
    if access is not None and media is not None:
        enforcement = Enforcement.of(tools, media, LiveKitWebhooks(access), metrics)
    endings = Endings(tools=tools, media=media, meetings=Meetings(tools), invitations=invited)
    if mode.knocks:
        assert neighbours.lobby is not None
        knocking = Knocking(tools, neighbours.lobby, url, metrics, media)
        return HostAdmits(knocking=knocking, endings=endings, enforcement=enforcement)
    assert access is not None
    assert enforcement is not None
    seats = Seats(tools, enforcement.ejections, LiveKitPasses(access), url)
    return SalonAdmits(tools=tools, seats=seats, endings=endings, enforcement=enforcement)


def _post_office(
    settings: Settings,
    neighbours: Neighbours,
    mailed: MailedWorld | None,
    identities: Identities,
) -> PostOffice | None:
    if neighbours.box is None or mailed is None:
        return None
    return PostOffice(
        box=neighbours.box,
        reader=incoming_reading(settings),
        every=settings.inbox.every,
        domain=mail_domain(settings),
        invited=InvitedBox(
            texts=mailed.texts,
            identities=identities,
            ours=mailed.ours,
            bot=mailed.bot,
            post=neighbours.post,
            compose=partial(organiser_letter, language=Language(settings.language)),
            patience=neighbours.post_patience,
            services=frozenset(one.lower() for one in settings.inbox.services),
        ),
    )


def _letters(
    settings: Settings,
    tools: Tools,
    post: Post,
    *,
    minter: Minter,
    metrics: Metrics,
    identities: Identities,
) -> Letters:
    mail = settings.mail
    return Letters(
        tools=tools,
        post=post,
        compose=partial(guest_letter, sender=mail_sender(settings)),
        drafting=drafting_of(settings, tools.policy, minter),
        identities=identities if mail.show_organiser else None,
        answers_to=answers_to(settings),
        organizer=mail.organizer,
        again=mail.retry_unconfirmed,
        metrics=metrics,
    )


def _codes(
    settings: Settings, tools: Tools, post: Post, *, minter: Minter, metrics: Metrics
) -> CodeLetters:
    return CodeLetters(
        tools=tools,
        post=post,
        compose=code_letter,
        minter=minter,
        metrics=metrics,
        domain=mail_domain(settings),
    )
