"""The host's page: a host sees the guests who wait, are in or are out, and decides about them.

A host's answer is as good as the salon's: the first answer counts, wherever it is given.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import assert_never
from uuid import uuid4

import structlog

from bridge.domain.authority import Act, may
from bridge.domain.codes import LinkState, digest_of
from bridge.domain.feed import FeedEvent
from bridge.domain.host import Deed, HostLink
from bridge.domain.invitation import Standing
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.policy import Policy
from bridge.domain.seat import IDENTITY, SeatEnd
from bridge.ids import ActorId, HostId, UserId, VisitId
from bridge.ports import UnitOfWork
from bridge.ports.work import HasMeetings, ReadsVisits
from bridge.services.feeds.dates import Showing
from bridge.services.host_page.links import closes_at, is_over
from bridge.services.permissions import role_in
from bridge.services.seats.decisions import Decided, Seats
from bridge.services.seats.grant import Seating
from bridge.services.timebox import end_seat
from bridge.services.tools import Tools
from bridge.services.visits.asking import VisitOutcome, answered
from bridge.services.visits.snapshot import Admission, admission_held, admissions_of

log = structlog.get_logger()

_SECRET = 16


class Opening(StrEnum):
    """Reasons why a known host's link opens nothing."""

    TAKEN = "taken"
    """Another browser has opened it."""
    OVER = "over"
    LOST = "lost"
    """Its holder may not answer at this door any more."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that this browser opened, and the secret that it keeps in a cookie."""

    host: HostId
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One device, as the host sees it."""

    admission: Admission
    standing: Standing
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A host's view at one moment, each part in the order of arrival."""

    meeting: Meeting
    occurrence: Occurrence
    user: UserId
    """The agent in whose name the host acts."""
    opens: datetime
    over: bool
    rows: Sequence[Row] = ()

    @property
    def title(self) -> str:
        """The title that the host reads."""
        return self.occurrence.titled(self.meeting)

    def those(self, *standings: Standing) -> Sequence[Row]:
        """Return the devices with one of these standings."""
        return [row for row in self.rows if row.standing in standings]


@dataclass(frozen=True, slots=True)
class Desks:
    """Use cases of the host's page."""

    tools: Tools
    seats: Seats

    async def link(self, code: str) -> LinkState:
        """Return the state of a host's link, by one lookup that waits for no lock."""
        async with self.tools.works.reading() as work:
            known = await work.hosts.by_digest(digest_of(code))
        return LinkState.UNKNOWN if known is None else LinkState.KNOWN

    async def open(self, code: str) -> Opened | Opening | None:
        """Bind the link to this browser; `None` for a code that does not exist, or no more."""
        now = self.tools.now()
        async with self.tools.works.reading() as work:  # a guessed code waits for no writer
            link = await work.hosts.by_digest(digest_of(code))
            occurrence = None if link is None else await work.meetings.occurrence(link.occurrence)
            if link is None or occurrence is None:
                return None
            if not await _entitled(work, link, self.tools.policy):
                return Opening.LOST
            closes = await closes_at(work, occurrence, self.tools.policy)
        if is_over(occurrence, closes, now):
            return Opening.OVER
        secret = secrets.token_urlsafe(_SECRET)
        async with self.tools.works() as work:
            if not await work.hosts.open(link.id, digest_of(secret), now):
                return Opening.TAKEN
        log.info("host.opened", host=str(link.id))
        return Opened(link.id, secret)

    async def read(self, host: HostId, secret: str) -> Desk | None:
        """Return the view of the link's own browser now; `None` for anybody else.

        Its own holder gets `None` too, once they have left the salon or moderate it no longer.
        """
        async with self.tools.works.reading() as work:
            link = await self._own(work, host, secret)
            return None if link is None else await self._desk(work, link)

    async def _own(self, work: UnitOfWork, host: HostId, secret: str) -> HostLink | None:
        """Return the link of this browser, while its holder may use a host's page."""
        link = await work.hosts.get(host)
        if link is None or link.session is None:
            return None
        if not compare_digest(link.session, digest_of(secret)):
            return None
        return link if await _entitled(work, link, self.tools.policy) else None

    async def _desk(self, work: ReadsVisits, link: HostLink) -> Desk:
        policy, now = self.tools.policy, self.tools.now()
        occurrence = await work.meetings.occurrence(link.occurrence)
        assert occurrence is not None
        meeting = await work.meetings.get(occurrence.meeting)
        assert meeting is not None
        over = is_over(occurrence, await closes_at(work, occurrence, policy), now)
        desk = Desk(
            meeting=meeting,
            occurrence=occurrence,
            user=link.user,
            opens=occurrence.start - policy.graces.before,
            over=over,
        )
        if over:
            return desk
        found = [_row(one, now) for one in await admissions_of(work, occurrence.id, policy)]
        rows = sorted((row for row in found if row is not None), key=lambda row: row.since)
        return replace(desk, rows=rows)

    def event(self, desk: Desk, domain: str) -> FeedEvent:
        """Return the meeting for its host's calendar; `domain` ends its UID."""
        showing = Showing(
            domain=domain,
            since=self.tools.now(),
            links=True,
            topics=self.tools.policy.limits.topics,
        )
        return showing.date(desk.meeting, desk.occurrence)

    async def act(self, host: HostId, secret: str, visit: VisitId, deed: Deed) -> Decided | None:
        """Do a host's deed about one device; `None` for anybody else.

        `Decided.first` is false if somebody was faster, or the device's standing has changed.
        Raises TakeoversSpent, MediaAway, and then changes nothing.
        """
        async with self.tools.works.reading() as work:
            link = await self._own(work, host, secret)
        if link is None:
            return None
        if deed in (Deed.ADMIT, Deed.READMIT):
            await self.seats.demand_media()
        async with self.tools.works() as work:
            admission = await admission_held(work, visit, self.tools.policy)
            if admission is None or admission.occurrence.id != link.occurrence:
                return None
            match deed:
                case Deed.ADMIT | Deed.REFUSE:
                    admit = deed is Deed.ADMIT
                    return await self.seats.decide(work, admission, admit=admit, by=link.user)
                case Deed.PUT_OUT:
                    return await self._put_out(work, admission, link.user)
                case Deed.READMIT:
                    return await self._readmit(work, admission, link.user)
                case _:
                    assert_never(deed)

    async def _put_out(self, work: UnitOfWork, admission: Admission, by: ActorId) -> Decided:
        """End a seat; its device stays out until somebody lets it in again."""
        now = self.tools.now()
        stands, seat = admission.standing(now), admission.seat
        if stands is not Standing.ADMITTED or seat is None:
            return Decided(admission.visit.name, stands, first=False)
        await end_seat(work, seat, SeatEnd.REMOVED, now, by=by)
        return await self._done(work, admission, Standing.REMOVED, by=by, cause=f"out:{seat.id}")

    async def _readmit(self, work: UnitOfWork, admission: Admission, by: ActorId) -> Decided:
        """Let a removed or refused guest in, without another question."""
        now = self.tools.now()
        stands = admission.standing(now)
        if stands not in (Standing.REMOVED, Standing.REFUSED):
            return Decided(admission.visit.name, stands, first=False)
        await work.visits.clear_refusal(admission.visit.id)
        identity = f"{IDENTITY}{uuid4()}"
        await Seating(self.tools.policy).give(work, admission, identity, by=by, now=now)
        return await self._done(work, admission, Standing.ADMITTED, by=by, cause=f"in:{identity}")

    async def _done(
        self, work: UnitOfWork, admission: Admission, stands: Standing, *, by: ActorId, cause: str
    ) -> Decided:
        visit, now = admission.visit, self.tools.now()
        became = "readmitted" if stands is Standing.ADMITTED else stands.value
        outcome = VisitOutcome(visit=visit.id, became=became, by=by)
        await answered(work, admission, outcome, self.tools.policy, cause=cause, now=now)
        log.info("guest.decided", visit=str(visit.id), outcome=became)
        return Decided(visit.name, stands, first=True)


async def _entitled(work: HasMeetings, link: HostLink, policy: Policy) -> bool:
    """Tell whether a link's holder may use a host's page now."""
    both = await work.meetings.both(link.occurrence)
    return both is not None and may(Act.HOST, role_in(link.holder, both[0], policy))


def _row(admission: Admission, now: datetime) -> Row | None:
    """Return a device as a row, if a host may act on it."""
    visit, seat = admission.visit, admission.seat
    stands = admission.standing(now)
    match stands:
        case Standing.WAITING:
            listed = admission.asked and visit.left_at is None
            since = visit.asked_at if listed else None
        case Standing.ADMITTED:
            since = None if seat is None else seat.admitted_at
        case Standing.REMOVED:
            since = None if seat is None else seat.ended_at
        case Standing.REFUSED:
            since = visit.refused_at
        case _:
            since = None
    return None if since is None else Row(admission, stands, since)
