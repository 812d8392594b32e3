"""What a guest's link does: a visit, its state, the way to the meeting.

Nothing here needs a key: codes and cookies are only ever digested. Everything is read when it is
used, so that what an organiser extends, moves or withdraws acts at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bridge.clock import Clock
from bridge.domain.agenda import Due, Kind
from bridge.domain.codes import Link, digest_of
from bridge.domain.invitation import Standing, Visit
from bridge.domain.message import Message, person
from bridge.domain.policy import Policy, Way
from bridge.domain.seat import PATIENCE
from bridge.ids import OccurrenceId, UserId, VisitId, uuid7
from bridge.ports import Work, Works
from bridge.services.admission import (
    Admission,
    View,
    about,
    admission_held,
    admission_of,
    admissions_of,
)
from bridge.services.cards import refresh_card

YES, NO = "✅", "❌"
"""The reactions with which a salon answers."""
_SECRET = 16


class People(Protocol):
    """Knows people by the name others know them by."""

    async def name(self, user: UserId) -> str:
        """Return a name to show; never an address."""
        ...


@dataclass(frozen=True, slots=True)
class Entered:
    """A visit that was opened, and the secret that its browser keeps in a cookie."""

    visit: VisitId
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admissions:
    """Use cases of the door."""

    works: Works
    clock: Clock
    policy: Policy

    async def link(self, code: str) -> Link:
        """Return what a link is, by one lookup that waits for nobody and changes nothing."""
        async with self.works.reading() as work:
            invitation = await work.invitations.by_digest(digest_of(code))
        if invitation is None:
            return Link.UNKNOWN
        return Link.ERASED if invitation.forgotten else Link.KNOWN

    async def enter(self, code: str, *, name: str, language: str) -> Entered | None:
        """Open a visit for the holder of a code; `None` for a code nobody has, or no longer has.

        It consumes nothing, so a mail scanner that submits the form costs its guest nothing. An
        unknown code never waits for, nor holds up, anybody who writes.
        """
        digest = digest_of(code)
        most = self.policy.visits_per_invitation
        async with self.works.reading() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            full = await work.visits.count(invitation.id) >= most
        secret = secrets.token_urlsafe(_SECRET)
        now = self.clock.now()
        async with self.works() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            if full:
                await work.visits.keep(invitation.id, newest=most - 1)
            visit = Visit(
                id=VisitId(uuid7(now)),
                invitation=invitation.id,
                digest=digest_of(secret),
                name=name,
                language=language,
                created_at=now,
            )
            await work.visits.add(visit)
            if invitation.waiting_since is None and invitation.revoked_at is None:
                await work.invitations.waits(invitation.id, now)
        return Entered(visit.id, secret)

    async def read(self, visit: VisitId) -> Admission | None:
        """Return a visit with all it depends on; whose it is remains to be checked."""
        async with self.works.reading() as work:
            return await admission_of(work, visit, self.policy)

    async def read_all(self, occurrence: OccurrenceId) -> Sequence[Admission]:
        """Return all visits to an occurrence, as `read` does each; they cost no more than one."""
        async with self.works.reading() as work:
            return await admissions_of(work, occurrence, self.policy)

    async def touched(self, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return of which occurrences guests are told other things since so long ago, and when."""
        async with self.works.reading() as work:
            return await work.meetings.touched(within=within)

    async def arrive(self, visit: VisitId, secret: str) -> View | None:
        """Return what the visit's own browser may know now, `None` for anybody else.

        While the door is open, note the visit and tell the salon. It hears of one invitation at
        most once per `policy.announce_every`, however many browsers follow it and however often.
        """
        admission = await self.read(visit)
        if admission is None or not admission.belongs_to(secret):
            return None
        now = self.clock.now()
        view = admission.view(now)
        knocks = view.standing is Standing.WAITING and admission.way is Way.KNOCK
        if view.standing is Standing.WAITING and not knocks and not admission.asked:
            async with self.works() as work:
                held = await admission_held(work, visit, self.policy)
                if held is not None and held.standing(now) is Standing.WAITING:
                    await self._ask(work, held, now)
        in_visio = knocks or view.standing is Standing.OPEN
        if in_visio and not self._known(admission, now):
            async with self.works() as work:
                await self._announce(work, admission, now)
                await work.visits.followed(visit, now)
        return view

    def _known(self, admission: Admission, now: datetime) -> bool:
        """Tell whether this arrival is no news: reloading a page waits for nobody who writes."""
        told = admission.invitation.announced_at
        followed = admission.visit.followed_at is not None
        return followed and told is not None and told > now - self.policy.announce_every

    async def _ask(self, work: Work, admission: Admission, now: datetime) -> None:
        """Ask the salon about a visitor who waits: once, and again after a seat has ended."""
        visit, meeting = admission.visit, admission.meeting
        asked = await work.visits.asks(visit.id, now, unless_after=admission.answered)
        if not asked:
            return
        facts = about(admission, device=await work.visits.device(visit))
        notice = Message(
            dedupe=f"asks:{visit.id}:{now.isoformat()}",
            template="guest.waits",
            salon=meeting.salon,
            rings=(meeting.organiser,),
            thread=meeting.thread,
            about_visit=visit.id,
            facts=facts,
        )
        await work.outbox.post(notice)
        first = min(now + PATIENCE, admission.window.closes)
        await work.agenda.plan([Due(Kind.ASKED, str(visit.id), first)])
        for key in (YES, NO):
            dedupe = f"{notice.dedupe}:{key}"
            answer = replace(
                notice, dedupe=dedupe, template="guest.answer", rings=(), facts={"key": key}
            )
            await work.outbox.post(answer)
        await refresh_card(work, admission.occurrence.id)

    async def _announce(self, work: Work, admission: Admission, now: datetime) -> None:
        invitation, meeting = admission.invitation, admission.meeting
        every = self.policy.announce_every
        told = await work.invitations.announce(invitation.id, now=now, unless_after=now - every)
        if not told:
            return
        bucket = int(now.timestamp() // every.total_seconds())
        await work.outbox.post(
            Message(
                dedupe=f"announce:{invitation.id}:{invitation.number}:{bucket}",
                template="guest.knocks" if admission.way is Way.KNOCK else "guest.followed",
                salon=meeting.salon,
                rings=(meeting.organiser,),
                thread=meeting.thread,
                facts={**about(admission), "organiser": person(meeting.organiser)},
            )
        )
        await refresh_card(work, invitation.occurrence)
