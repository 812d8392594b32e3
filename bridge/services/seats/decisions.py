"""Admissions from the salon: the use cases of the admission mode `livekit`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

import structlog
from pydantic import SecretStr

from bridge.domain.invitation import Standing, Visit
from bridge.domain.names import without_civility
from bridge.domain.rights import Recorded, RoomFacts, Source, facts_of, ordered
from bridge.domain.seat import IDENTITY, Seat
from bridge.errors import GuestAmbiguous, GuestUnknown, MediaAway, MediaUnreachable
from bridge.ids import ActorId, InvitationId, OccurrenceId, VisitId
from bridge.ports import MediaRooms, Passes, SeatPass, UnitOfWork
from bridge.ports.work import HasInvitations, HasVisits, ReadsVisits
from bridge.services.enforcement.ejection import Ejections
from bridge.services.seats.grant import Seating
from bridge.services.tools import Tools
from bridge.services.visits.asking import VisitOutcome, answered, numbered
from bridge.services.visits.snapshot import (
    Admission,
    admission_held,
    admission_of,
    admissions_of,
    shown,
)

log = structlog.get_logger()

_ANY_ROOM = "parvis"
"""The name of no room: we only ask whether the server answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The data with which a visit's own browser joins the meeting."""

    standing: Standing
    url: str
    """The media server's address for browsers."""
    name: str = field(repr=False)
    closes: datetime
    token: SecretStr | None = None
    """Only while the visit is admitted."""
    recorded: Recorded | None = None
    """The recordings of the meeting at this moment: guests are told before they enter."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of an answer about a guest."""

    name: str
    standing: Standing
    first: bool
    """This answer counted: no earlier answer, and no end of the time, had decided already."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Use cases on seats; those that take a `UnitOfWork` run in the command's transaction."""

    tools: Tools
    ejections: Ejections
    """Ejects guests, and knows the media server."""
    passes: Passes
    url: str
    """The media server's address for browsers."""

    @property
    def media(self) -> MediaRooms:
        """The media server."""
        return self.ejections.media

    # --- at the door ----------------------------------------------------------------------------

    async def pass_of(self, visit: VisitId, secret: str) -> Pass | None:
        """Return the pass of the visit's own browser now; `None` for anybody else.

        A reloaded page may ask again any number of times: the seat's identity stays. Raises
        MediaUnreachable: a guest whom we could not eject, or could not tell that the meeting is
        recorded, gets no token.
        """
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
        if admission is None or not admission.belongs_to(secret):
            return None
        now = self.tools.now()
        given = Pass(
            standing=admission.standing(now),
            url=self.url,
            name=shown(admission),
            closes=admission.window.closes,
        )
        if given.standing is not Standing.ADMITTED or admission.seat is None:
            return given
        facts = await self._facts(admission.seat.room)
        token = self._token(admission, admission.seat, now, sources=facts.sources)
        return replace(given, token=token, recorded=facts.recorded)

    async def _facts(self, room: str) -> RoomFacts:
        with self.ejections.counted():
            return facts_of(await self.media.metadata(room))

    def _token(
        self, admission: Admission, seat: Seat, now: datetime, *, sources: frozenset[Source]
    ) -> SecretStr:
        invitation = admission.invitation
        allowed = self.tools.policy.sources & sources
        if invitation.terms is not None:
            allowed &= invitation.terms.sources
        asked = SeatPass(
            room=seat.room,
            identity=seat.identity,
            name=seat.name or shown(admission),
            organisation=invitation.organisation,
            assurance=admission.assurance.value,
            until=admission.window.closes,
            sources=ordered(allowed),
            attributes=seat.look.attributes,
        )
        return self.passes.issue(asked, now)

    # --- from the salon -------------------------------------------------------------------------

    async def waiting(self, work: ReadsVisits, *occurrences: OccurrenceId) -> Sequence[Visit]:
        """Return the visits that wait for an answer, the longest-waiting first per occurrence."""
        now = self.tools.now()
        asking = [visit for one in occurrences for visit in await work.visits.asking(one)]
        found = [await admission_held(work, visit.id, self.tools.policy) for visit in asking]
        stands = {one.visit.id: one.standing(now) for one in found if one is not None}
        return [visit for visit in asking if stands.get(visit.id) is Standing.WAITING]

    async def removed(self, work: ReadsVisits, *occurrences: OccurrenceId) -> Sequence[Visit]:
        """Return the visits that a host removed and nobody has let back in."""
        now = self.tools.now()
        known = [await admissions_of(work, one, self.tools.policy) for one in occurrences]
        visits = [one for each in known for one in each]
        return [one.visit for one in visits if one.standing(now) is Standing.REMOVED]

    async def find(
        self,
        work: ReadsVisits,
        occurrences: Sequence[OccurrenceId],
        words: str,
        *,
        back: bool = False,
    ) -> Visit:
        """Return the visit that waits under a number or name, or a part of one, or waits alone.

        An address means the visits with the link that was mailed to it. Without words, the only
        one that waits. With `back`, also a visit that a host removed, if none waits under that
        name. Raises GuestUnknown, GuestAmbiguous.
        """
        waiting = await self.waiting(work, *occurrences)
        number = number_of(words)
        if number:
            return await _numbered(work, occurrences, waiting, number)
        emails = await _emails(work, occurrences)
        found = _named(waiting, words, emails)
        if back and not found:
            found = _named(await self.removed(work, *occurrences), words, emails)
        if not found:
            raise GuestUnknown(words=words)
        if len(found) > 1:
            names = numbered(found, emails=emails)
            raise GuestAmbiguous(words=words, names=names, first=found[0].number)
        return found[0]

    async def demand_media(self) -> None:
        """Refuse to admit while we could eject nobody. Raises MediaAway.

        It waits for the media server: call it before a transaction, never in one.
        """
        try:
            with self.ejections.counted():
                await self.media.metadata(_ANY_ROOM)
        except MediaUnreachable as error:
            raise MediaAway from error

    async def decide(
        self, work: UnitOfWork, admission: Admission, *, admit: bool, by: ActorId
    ) -> Decided:
        """Admit or refuse a visit that this transaction holds; the first answer counts.

        The salon reads it. A visit that a host removed may be let back in. Raises TakeoversSpent
        before anything is written, and the guest waits on.
        """
        visit, now = admission.visit.id, self.tools.now()
        stands = admission.standing(now)
        if stands is not Standing.WAITING and not (admit and stands is Standing.REMOVED):
            return Decided(admission.visit.name, stands, first=False)
        cause = f"{IDENTITY}{uuid4()}" if admit else f"no:{admission.visit.asked_at}"
        if admit:
            await Seating(self.tools.policy).give(work, admission, cause, by=by, now=now)
        else:
            await work.visits.refuse(visit, now, by=by)
        stands = Standing.ADMITTED if admit else Standing.REFUSED
        outcome = VisitOutcome(visit=visit, became=stands.value, by=by)
        await answered(work, admission, outcome, self.tools.policy, cause=cause, now=now)
        log.info("guest.decided", visit=str(visit), outcome=stands.value)
        return Decided(admission.visit.name, stands, first=True)


_NUMBER = re.compile(r"(?:n[°ºo]\s?|#)?([0-9]{1,4})\.?", re.IGNORECASE)


def number_of(words: str) -> int:
    """Return the number of a device that words give, as a question lists it; 0 for no number."""
    found = _NUMBER.fullmatch(words.strip())
    return int(found[1]) if found else 0


async def _numbered(
    work: HasVisits, occurrences: Sequence[OccurrenceId], waiting: Sequence[Visit], number: int
) -> Visit:
    """Return the waiting visit of a number that only one device of these occurrences ever had.

    So it is the one whose number the author read, who may have left meanwhile. Raises GuestUnknown,
    GuestAmbiguous.
    """
    ever = sum([await work.visits.numbered(one, number) for one in occurrences])
    found = [one for one in waiting if one.number == number]
    if ever > 1:
        raise GuestAmbiguous(reason="number", number=number)
    if not found:
        reason = "number" if waiting else "nobody-waits"
        raise GuestUnknown(reason=reason, number=number, names=numbered(waiting))
    return found[0]


async def _emails(
    work: HasInvitations, occurrences: Sequence[OccurrenceId]
) -> Mapping[InvitationId, str]:
    """Return the address to which the link of each invitation was mailed."""
    known = [await work.invitations.of_occurrence(one) for one in occurrences]
    return {one.id: one.email for each in known for one in each}


def _named(
    people: Sequence[Visit], words: str, emails: Mapping[InvitationId, str]
) -> Sequence[Visit]:
    """Return those with that address or name, otherwise those whose name contains the words."""
    wanted = words.casefold().strip()
    if "@" in wanted:
        invited = [one for one in people if emails.get(one.invitation, "").casefold() == wanted]
        if invited:
            return invited
    exact = [one for one in people if one.name.casefold() == wanted]
    part = without_civility(wanted)
    return exact or [one for one in people if part in one.name.casefold()]
