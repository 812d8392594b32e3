"""Arrivals at the door: a guest's link opens a visit, and the salon hears of it.

Nothing here needs a key: codes and cookies are only ever digested. Everything is read when it is
used, so that an organiser's extension, move or withdrawal acts at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.codes import LinkState, digest_of
from bridge.domain.invitation import Invitation, Standing, Visit
from bridge.domain.message import Edit, MessageRef, Notice, Priority, guest, person, phrase
from bridge.domain.question import SIGNS
from bridge.domain.topics import topics_of
from bridge.domain.welcome import welcome_of
from bridge.ids import InvitationId, OccurrenceId, UserId, VisitId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import ReadsVisits
from bridge.services.cards import refresh_card
from bridge.services.scopes import date_of
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools
from bridge.services.visits.asking import ask
from bridge.services.visits.snapshot import (
    Admission,
    View,
    about,
    admission_held,
    admission_of,
    admissions_of,
    whence,
)

_SECRET = 16
_GOES_ON = (Standing.WAITING, Standing.ADMITTED)
_NAMES = 5
"""The most names given with one link that a notice tells the salon."""


_WELCOME = frozenset(
    {
        Standing.EARLY,
        Standing.PREPARING,
        Standing.PROVING,
        Standing.WAITING,
        Standing.ADMITTED,
    }
)
"""Guests who read their salon's words: not those whose link leads nowhere any more."""


class PeopleNames(Protocol):
    """Knows people's display names."""

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

    tools: Tools

    async def link(self, code: str) -> LinkState:
        """Return the state of a link, by one lookup that waits for no lock and changes nothing."""
        async with self.tools.works.reading() as work:
            invitation = await work.invitations.by_digest(digest_of(code))
        if invitation is None:
            return LinkState.UNKNOWN
        return LinkState.ERASED if invitation.forgotten else LinkState.KNOWN

    async def enter(
        self,
        code: str,
        *,
        name: str,
        language: str,
        held: Sequence[tuple[VisitId, str]] = (),
    ) -> Entered | None:
        """Open a visit for the holder of a code; `None` for a code that does not exist, or no more.

        `held` are the browser's visits, with their secrets: one that waits or was let in with this
        link under the same name goes on, as it is the same device.

        It consumes nothing, so a mail scanner that submits the form costs its guest nothing. An
        unknown code never waits for, nor delays, a writer.
        """
        digest = digest_of(code)
        most = self.tools.policy.visits_per_invitation
        async with self.tools.works.reading() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            if invitation.terms is not None:
                name = invitation.name  # as its partner vouches for it, whatever is typed
            again = await self._again(work, invitation.id, name, held)
            if again is not None:
                return again
            full = await work.visits.count(invitation.id) >= most
            date = await date_of(work, invitation, self.tools.policy, self.tools.now())
        if date is None:
            return None
        secret = secrets.token_urlsafe(_SECRET)
        now = self.tools.now()
        async with self.tools.works() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            if full:
                await work.visits.keep(invitation.id, newest=most - 1)
            visit = Visit(
                id=VisitId(uuid7(now)),
                invitation=invitation.id,
                occurrence=date,
                digest=digest_of(secret),
                name=name,
                language=language,
                created_at=now,
            )
            await work.visits.add(visit)
            dated = invitation.on(date)
            if dated.waiting_since is None and dated.revoked_at is None:
                await work.invitations.waits(dated, now)
        return Entered(visit.id, secret)

    async def _again(
        self, work: ReadsVisits, link: InvitationId, name: str, held: Sequence[tuple[VisitId, str]]
    ) -> Entered | None:
        for visit, secret in held:
            known = await admission_of(work, visit, self.tools.policy)
            if known is None or known.invitation.id != link or known.visit.name != name:
                continue
            if known.standing(self.tools.now()) in _GOES_ON and known.belongs_to(secret):
                return Entered(visit, secret)
        return None

    async def read(self, visit: VisitId) -> Admission | None:
        """Return a visit with all it depends on; the caller checks whose it is."""
        async with self.tools.works.reading() as work:
            return await admission_of(work, visit, self.tools.policy)

    async def read_all(self, occurrence: OccurrenceId) -> Sequence[Admission]:
        """Return all visits to an occurrence as `read` does, at the cost of one."""
        async with self.tools.works.reading() as work:
            return await admissions_of(work, occurrence, self.tools.policy)

    async def touched(self, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return the occurrences that changed within this time for their guests, and when."""
        async with self.tools.works.reading() as work:
            return await work.meetings.touched(within=within)

    async def arrive(self, visit: VisitId, secret: str) -> View | None:
        """Return the view of the visit's own browser now, `None` for anybody else.

        While the door is open, record the visit and tell the salon: of one invitation at most once
        per `policy.announce_every`, however many browsers follow it and however often.
        """
        admission = await self.read(visit)
        if admission is None or not admission.belongs_to(secret):
            return None
        now = self.tools.now()
        view = admission.view(now)
        knocks = view.standing is Standing.WAITING and admission.mode.knocks
        if view.standing is Standing.WAITING and not knocks and not _listed(admission, now):
            await self._ask(visit, now)
        in_visio = knocks or view.standing is Standing.OPEN
        if in_visio and not self._known(admission, now):
            async with self.tools.works() as work:
                await self._announce(work, admission, now)
                await work.visits.followed(visit, now)
        return await self._welcomed(view, admission)

    async def _welcomed(self, view: View, admission: Admission) -> View:
        """Return a view with what a guest who may still come reads and has answered."""
        if view.standing not in _WELCOME:
            return view
        salon, limits = admission.meeting.salon, self.tools.policy.limits
        async with self.tools.works.reading() as work:
            known = None if salon is None else await work.salons.get(salon)
            said = await work.answers.of(admission.occurrence.id, admission.invitation.id)
        return replace(
            view,
            welcome=welcome_of(known, limits.welcome),
            topics=topics_of(admission.meeting, limits.topics),
            answer=None if said is None else said.answer,
        )

    def _known(self, admission: Admission, now: datetime) -> bool:
        """Tell whether this arrival is no news: reloading a page waits for no writer."""
        told = admission.invitation.announced_at
        followed = admission.visit.followed_at is not None
        return followed and told is not None and told > now - self.tools.policy.announce_every

    async def here(self, visits: Sequence[VisitId]) -> None:
        """Record the visits whose pages are open, and list again those who had left a question.

        It locks nothing while it records, and skips visits that are being answered.
        """
        now = self.tools.now()
        async with self.tools.works() as work:
            unlisted = await work.visits.seen(visits, now)
        for visit in unlisted:
            await self._ask(visit, now)

    async def _ask(self, visit: VisitId, now: datetime) -> None:
        """Ask the salon about a visit, if it still waits."""
        async with self.tools.works() as work:
            held = await admission_held(work, visit, self.tools.policy)
            if held is not None and held.standing(now) is Standing.WAITING:
                await ask(work, held, self.tools.policy, now)

    async def _announce(self, work: UnitOfWork, admission: Admission, now: datetime) -> None:
        invitation, meeting = admission.invitation, admission.meeting
        every = self.tools.policy.announce_every
        told = await work.invitations.announce(invitation, now=now, unless_after=now - every)
        if not told:
            await self._also(work, admission)
            return
        await work.outbox.post(
            Notice(
                idempotency_key=self._announced(invitation, now),
                to=to_meeting(meeting),
                template="guest.knocks" if admission.mode.knocks else "guest.followed",
                mentions=(admission.host,),
                thread=meeting.thread,
                parameters={**about(admission), "organiser": person(admission.host)},
            )
        )
        await refresh_card(work, admission.occurrence.id)

    async def _also(self, work: UnitOfWork, admission: Admission) -> None:
        """Add a new name to the salon's notice; a few names at most."""
        visit = admission.visit
        known = await work.invitations.get(visit.invitation)
        if known is None:
            return
        invitation = known.on(visit.occurrence)
        told = invitation.announced_at
        if told is None:
            return
        names = await work.visits.followed_since(invitation.id, told)
        if visit.name.casefold() in {one.casefold() for one in names} or len(names) > _NAMES:
            return
        salon = admission.meeting.salon
        rows = [
            guest(one, salon, phrase("guest.row.name", {"name": one}))
            for one in [*names, visit.name][:_NAMES]
        ]
        if len(names) == _NAMES:
            rows.append(phrase("guest.row.others"))
        first = self._announced(invitation, told)
        meeting, parameters = admission.meeting, about(admission)
        await work.outbox.post(
            Edit(
                idempotency_key=f"{first}:{len(names)}",
                to=to_meeting(meeting),
                of=MessageRef(first),
                template="guest.names",
                parameters={
                    "from": whence(admission),
                    "title": parameters["title"],
                    "organiser": person(admission.host),
                    "names": rows,
                },
                priority=Priority.EDIT,
            )
        )

    def _announced(self, invitation: Invitation, at: datetime) -> str:
        """Return the idempotency key of the announcement made at a moment."""
        bucket = int(at.timestamp() // self.tools.policy.announce_every.total_seconds())
        return f"announce:{invitation.id}:{invitation.number}:{bucket}"


def _listed(admission: Admission, now: datetime) -> bool:
    """Tell whether a question lists a visit and we know that its page is open."""
    visit = admission.visit
    seen = visit.seen_at is not None and visit.seen_at > now - SIGNS
    return admission.asked and visit.left_at is None and seen
