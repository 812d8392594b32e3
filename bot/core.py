"""What every role shares, opened and wired."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version

import structlog

from bot.folders import kept_in
from bot.identity import Chain
from bot.linkkeys import Watch
from bot.losses import foreign, links_keys, rows_keys
from bot.values import (
    identities_of,
    mail_sender,
    media_access,
    policy_of,
    smtp_server,
    visio_access,
)
from bot.watched import WatchedLobby, WatchedPost, WatchedVisio
from bridge.agenda import LONGEST, Ran
from bridge.agenda.chores import PeriodicTask
from bridge.clock import Clock, Steps, SystemClock
from bridge.domain.agenda import URGENT, Handler, Kind
from bridge.domain.codes import Minter
from bridge.domain.policy import Policy, Way
from bridge.domain.question import SIGNS
from bridge.http import Timeouts, open_session
from bridge.i18n import Language
from bridge.livekit.grants import LiveKitPasses
from bridge.livekit.rooms import MAX_ANSWER, LiveKitRooms
from bridge.livekit.webhooks import LiveKitWebhooks
from bridge.mail.code import code_letter
from bridge.mail.invite import invitation_letter
from bridge.mail.send import SmtpPost
from bridge.metrics import Metrics
from bridge.ports import Identities, Post, Webhooks
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.polling import Rounds
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.enforcement.webhooks import Hearing
from bridge.services.invitations.drafts import Drafting
from bridge.services.invitations.invitations import Invitations
from bridge.services.invitations.mail import Letters
from bridge.services.meetings.attendance import Attendance
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.visio_rooms import RoomMaking
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.knocking import Knocking
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.code_mail import CodeLetters
from bridge.services.visits.unanswered import UnansweredQuestions
from bridge.store import SealBroken, Store, Vault, open_store
from bridge.store.anew import begin_from_now
from bridge.store.engine import file_of
from bridge.store.sole import Alone, Right, sole
from bridge.visio.client import VisioClient
from bridge.visio.knock import MAX_ANSWER as KNOCK_ANSWER
from bridge.visio.knock import PATIENCE, VisioWaitingRoom
from bridge.vitals import Vitals
from config.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every role shares: the database, the clock, the use cases."""

    settings: Settings
    store: Store
    clock: Clock
    steps: Steps
    """Tells when the machine's clock was set."""
    metrics: Metrics
    vitals: Vitals
    policy: Policy
    minter: Minter
    identities: Chain
    making: RoomMaking
    meetings: Meetings
    invitations: Invitations
    letters: Letters
    codes: CodeLetters
    limits: Mapping[Kind, timedelta]
    """How long the agenda's handlers may take that wait for a slow server's answer."""
    admissions: Admissions
    presences: Attendance
    seats: Seats | None
    """Only where we hold a key of the media server."""
    knocking: Knocking | None
    """Only where Visio's host admits guests who are on our page."""
    rounds: Rounds | None
    """What looks into rooms, where we have a key of the media server."""
    webhooks: Webhooks | None

    @property
    def salon_admits(self) -> Seats | None:
        """Return what answers who waits, where the salon does."""
        return self.seats if self.policy.way is Way.LIVEKIT else None

    def handlers(self) -> dict[Kind, Handler]:
        """Return what the agenda runs."""
        handlers: dict[Kind, Handler] = {
            Kind.CREATE: self.making.create,
            Kind.MAIL: self.letters.deliver,
            Kind.CODE: self.codes.deliver,
            Kind.OPEN: self.meetings.turn,
            Kind.CLOSE: self.meetings.turn,
            Kind.FORGET: self.meetings.forget,
            Kind.CARD: self.presences.show,
            Kind.ASKED: self._questions.turn,
        }
        if self.seats is not None:
            handlers[Kind.EJECT] = self.seats.ejections.eject
        elif self.knocking is not None:
            handlers[Kind.EJECT] = self.knocking.lapse
        if self.endings is not None:
            handlers[Kind.WARN] = self.endings.turn
        return handlers

    @property
    def endings(self) -> Endings | None:
        """What is told before guests have to leave, where they are on a page of ours."""
        if not self.policy.way.ours:
            return None
        return Endings(
            works=self.store,
            clock=self.clock,
            policy=self.policy,
            media=None if self.seats is None else self.seats.media,
            meetings=self.meetings,
            invitations=self.invitations,
        )

    def urgent(self) -> dict[Kind, Handler]:
        """Return what a process that has no engine does at once for what it decided itself."""
        return {kind: done for kind, done in self.handlers().items() if kind in URGENT}

    def chores(self) -> list[PeriodicTask]:
        """Return what recurs for no row's sake."""
        chores = []
        if self.rounds is not None:
            chores.append(PeriodicTask("media.sweep", timedelta(seconds=1), self.rounds.go))
        if self.salon_admits is not None:
            chores.append(PeriodicTask("door.silence", SIGNS, self._questions.look))
        return chores

    @property
    def _questions(self) -> UnansweredQuestions:
        return UnansweredQuestions(self.store, self.clock, self.policy)

    def hearing(self) -> Hearing | None:
        """Return what hears the media server, where we have a key of it."""
        if self.rounds is None or self.webhooks is None:
            return None
        removals = Removals(self.store, self.clock, self.policy)
        return Hearing(self.webhooks, removals, self.rounds, self.store, self.clock)

    def note(self, run: Ran) -> None:
        """Count a run of the agenda."""
        self.metrics.ran(run.kind, run.late.total_seconds(), failed=run.failed)


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    alone: bool = False,
    from_now: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[Core]:
    """Open what every role shares, and close it in the end; `alone` as in `open_store`.

    `from_now` is for a database that was put back from a backup (`bridge.store.anew`).
    """
    clock = clock or SystemClock()
    vitals = Vitals(clock)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(settings, alone=alone, clock=clock))
        if from_now:  # before the keys of links are compared: what that has cards show is new
            dropped = await begin_from_now(store.begin)
            log.warning("store.begun_from_now", **asdict(dropped))
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
        client = VisioClient(session, visio_access(settings), clock=clock, timeouts=timeouts)
        smtp = SmtpPost(smtp_server(settings), clock)
        visio, post = WatchedVisio(client, vitals), WatchedPost(smtp, vitals)
        links = await links_keys(settings, store)
        minter, policy = Minter(links.keys, links.current), policy_of(settings)
        invitations = Invitations(minter, clock, policy)
        await Watch(store, invitations, clock, settings.keys.folder).look(links)
        identities = identities_of(settings)
        metrics = Metrics(version("parvis"))
        admissions = Admissions(store, clock, policy)
        seats = await _seats(
            settings, store, stack, vitals=vitals, clock=clock, policy=policy, metrics=metrics
        )
        presences = Attendance(store, clock, policy)
        yield Core(
            settings=settings,
            store=store,
            clock=clock,
            steps=Steps(clock),
            metrics=metrics,
            vitals=vitals,
            policy=policy,
            minter=minter,
            identities=identities,
            making=RoomMaking(store, visio, identities, clock, policy, metrics),
            meetings=Meetings(store, clock, policy),
            invitations=invitations,
            letters=_letters(
                settings,
                store,
                post,
                minter=minter,
                clock=clock,
                metrics=metrics,
                identities=identities,
            ),
            codes=_codes(settings, store, post, minter=minter, clock=clock, metrics=metrics),
            limits=_limits(smtp, client),
            admissions=admissions,
            presences=presences,
            seats=seats,
            rounds=None if seats is None else Rounds(Sweeps(seats.ejections), presences),
            webhooks=_webhooks(settings),
            knocking=await _knocking(
                settings, stack, seats, admissions=admissions, vitals=vitals, metrics=metrics
            ),
        )


def sole_bot(store: Store, settings: Settings) -> AbstractAsyncContextManager[Right | Alone]:
    """Hold for a block the right to be the bot of this account. Raises AlreadyRunning.

    Two processes with one device would take each other's keys away.
    """
    return sole(store, f"the bot {settings.matrix.user}")


class DatabaseAway(Exception):
    """Look whether it runs, and at store.url."""


@contextmanager
def reached() -> Iterator[None]:
    """Say of an OSError of the block that it is the database's. Raises DatabaseAway."""
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
        rows = await rows_keys(settings)
    opening = open_store(
        url,
        vault=Vault(rows.keys, rows.current),
        synchronous="FULL" if settings.store.synchronous == "full" else "NORMAL",
        clock=clock,
        alone=alone and file is not None,
        keep=settings.meetings.keep,
    )
    async with AsyncExitStack() as stack:
        try:
            with reached():
                store = await stack.enter_async_context(opening)
        except SealBroken as broken:
            raise foreign(broken, settings.keys.folder) from broken
        yield store


async def _seats(
    settings: Settings,
    store: Store,
    stack: AsyncExitStack,
    *,
    vitals: Vitals,
    clock: Clock,
    policy: Policy,
    metrics: Metrics,
) -> Seats | None:
    access = media_access(settings)
    if access is None:
        return None
    session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
    rooms = LiveKitRooms(session, access, clock=clock, vitals=vitals)
    url = settings.media.url or ""
    ejections = Ejections(store, clock, policy, rooms, metrics)
    return Seats(store, clock, policy, ejections, LiveKitPasses(access), url)


def _webhooks(settings: Settings) -> Webhooks | None:
    access = media_access(settings)
    return None if access is None else LiveKitWebhooks(access)


async def _knocking(
    settings: Settings,
    stack: AsyncExitStack,
    seats: Seats | None,
    *,
    admissions: Admissions,
    vitals: Vitals,
    metrics: Metrics,
) -> Knocking | None:
    visio, url = settings.visio, settings.media.url
    if admissions.policy.way is not Way.KNOCK or url is None:
        return None
    session = await stack.enter_async_context(
        open_session(PATIENCE, max_body=KNOCK_ANSWER, proxy=visio.proxy, ca_file=visio.ca_file)
    )
    lobby = VisioWaitingRoom(session, visio.url, url, clock=admissions.clock)
    return Knocking(
        admissions.works,
        admissions.clock,
        admissions.policy,
        WatchedLobby(lobby, vitals),
        url,
        metrics,
        None if seats is None else seats.media,
    )


def _limits(post: SmtpPost, visio: VisioClient) -> dict[Kind, timedelta]:
    """Return each handler's limit: all that it may wait for, and as much as the others have."""
    mail = post.longest + LONGEST
    return {Kind.MAIL: mail, Kind.CODE: mail, Kind.CREATE: visio.longest + LONGEST}


def _letters(
    settings: Settings,
    store: Store,
    post: Post,
    *,
    minter: Minter,
    clock: Clock,
    metrics: Metrics,
    identities: Identities,
) -> Letters:
    mail, door = settings.mail, settings.door
    return Letters(
        works=store,
        post=post,
        compose=partial(invitation_letter, sender=mail_sender(settings)),
        drafting=Drafting(
            minter=minter,
            policy=policy_of(settings),
            door=door.public_url,
            domain=mail.sender.rpartition("@")[2],
            language=Language(settings.language),
        ),
        clock=clock,
        identities=identities if mail.show_organiser else None,
        again=mail.retry_unconfirmed,
        metrics=metrics,
    )


def _codes(
    settings: Settings,
    store: Store,
    post: Post,
    *,
    minter: Minter,
    clock: Clock,
    metrics: Metrics,
) -> CodeLetters:
    return CodeLetters(
        works=store,
        post=post,
        compose=code_letter,
        minter=minter,
        clock=clock,
        policy=policy_of(settings),
        metrics=metrics,
        domain=settings.mail.sender.rpartition("@")[2],
    )
