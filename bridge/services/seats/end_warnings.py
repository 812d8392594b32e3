"""Warnings to a salon before guests have to leave, with a reaction that extends their time.

One notice covers all guests of a meeting who leave at the same moment. It is about guests who are
inside: if nobody is, it notifies nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bridge.domain.agenda import Due
from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.invitation import Invitation, Standing, standing
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import (
    Edit,
    Notice,
    OfferRef,
    Parameter,
    Priority,
    Prompt,
    moment,
    person,
    phrase,
    span,
)
from bridge.domain.offer import Offer
from bridge.domain.seat import Seat
from bridge.domain.window import window_of
from bridge.errors import MediaUnreachable, Refused
from bridge.ids import ActorId, EventId, OccurrenceId, OfferId, uuid7
from bridge.ports import MediaRooms, UnitOfWork
from bridge.ports.work import HasOnce, OffersMoreTime
from bridge.services.invitations.invitations import Invitations
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import titled
from bridge.services.permissions import demand
from bridge.services.telling import answers_to, to_meeting
from bridge.services.tools import Tools

log = structlog.get_logger()

_DAY = timedelta(days=1)
LATER = "⏩"
"""The reaction that extends."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The guests of a meeting who have to leave at the same moment."""

    closes: datetime
    seats: Sequence[Seat]
    invitations: Sequence[Invitation]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A meeting, its guests grouped by the moment they have to leave, and the offers made."""

    meeting: Meeting
    occurrence: Occurrence
    groups: Sequence[Leaving]
    offers: Sequence[Offer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Warns of ends to come, and extends."""

    tools: Tools
    media: MediaRooms | None
    """`None` without a key of the media server: then everybody with a seat counts as inside."""
    meetings: Meetings
    invitations: Invitations

    # --- by the clock ---------------------------------------------------------------------------

    async def turn(self, due: Due) -> datetime | None:
        """Agenda handler: send the warnings that are due now; return the next moment."""
        identity, now = OccurrenceId(UUID(due.key)), self.tools.now()
        async with self.tools.works.reading() as work:
            state = await self._state(work, identity, now)
        inside = await self._inside(state, now)
        async with self.tools.works() as work:
            state = await self._state(work, identity, now)
            if state is None:
                return None
            for offer in state.offers:
                await self._settle(work, state, offer, now)
            for group in state.groups:
                await self._tell(work, state, group, inside=inside, now=now)
        return self._next(state, now)

    async def foreseen(
        self, work: UnitOfWork, identity: OccurrenceId, now: datetime
    ) -> list[tuple[datetime, Prompt | Notice]]:
        """Return the warnings to come, if all guests with a seat are inside then and stay."""
        state = await self._state(work, identity, now)
        found: list[tuple[datetime, Prompt | Notice]] = []
        for group in () if state is None else state.groups:
            assert state is not None
            known = next((one for one in state.offers if one.closes == group.closes), None)
            offer = known or Offer(id=OfferId(identity), occurrence=identity, closes=group.closes)
            first = known is None
            for before in self.tools.policy.warn_before:
                at, n = group.closes - before, len(group.seats)
                if at > now and first:
                    found.append((at, self._prompt(state, group, offer, n=n, now=at)))
                elif at > now:
                    found.append((at, _again(state, group, offer, n=n, now=at)))
                first = first and at <= now
        return found

    async def _state(self, work: UnitOfWork, identity: OccurrenceId, now: datetime) -> State | None:
        found = await work.meetings.both(identity)
        if found is None:
            return None
        meeting, occurrence = found
        known = {one.id: one for one in await work.invitations.of_occurrence(identity)}
        leaving: dict[datetime, list[Seat]] = {}
        for seat in await work.seats.held(identity):
            one, graces = known[seat.invitation], self.tools.policy.graces
            if standing(one, occurrence, graces, now, ready=True) is Standing.OPEN:
                closes = one.window(occurrence, graces).closes
                leaving.setdefault(closes, []).append(seat)
        groups = [
            Leaving(closes, seats, [known[seat.invitation] for seat in seats])
            for closes, seats in sorted(leaving.items())
        ]
        offers = await work.offers.standing(identity)
        return State(meeting=meeting, occurrence=occurrence, groups=groups, offers=offers)

    async def _inside(self, state: State | None, now: datetime) -> Collection[str] | None:
        """Return the identities in the room; `None` if we can't know, or need not."""
        groups = () if state is None else state.groups
        near = [group for group in groups if self._passed(group, now)]
        if not near or self.media is None:
            return None
        rooms = {seat.room for group in near for seat in group.seats}
        try:
            present = [one for room in rooms for one in await self.media.participants(room)]
        except MediaUnreachable:
            return None  # rather one warning too many
        return {one.identity.partition("#")[0] for one in present}

    def _passed(self, group: Leaving, now: datetime) -> list[int]:
        """Return the warnings of an end that are due, by their index in the policy."""
        return [
            number
            for number, before in enumerate(self.tools.policy.warn_before)
            if group.closes - before <= now
        ]

    async def _tell(
        self,
        work: OffersMoreTime,
        state: State,
        group: Leaving,
        *,
        inside: Collection[str] | None,
        now: datetime,
    ) -> None:
        passed = self._passed(group, now)
        there = [seat for seat in group.seats if inside is None or seat.identity in inside]
        if not passed or not there:
            return
        offer = next((one for one in state.offers if one.closes == group.closes), None)
        if offer is None:
            await self._offer(work, state, group, n=len(there), now=now)
        elif passed[-1] and await self._first_time(work, offer, passed[-1], now):
            again = _again(state, group, offer, n=len(there), now=now)
            await work.outbox.post(replace(again, idempotency_key=f"ends:{offer.id}:{passed[-1]}"))

    async def _offer(
        self, work: OffersMoreTime, state: State, group: Leaving, *, n: int, now: datetime
    ) -> None:
        offer = Offer(id=OfferId(uuid7(now)), occurrence=state.occurrence.id, closes=group.closes)
        await work.offers.add(offer)
        for number in self._passed(group, now):
            await self._first_time(work, offer, number, now)
        notice = self._prompt(state, group, offer, n=n, now=now)
        await work.outbox.post(notice)
        for answer in answers_to(notice, LATER):
            await work.outbox.post(answer)
        log.info("guest.warned", occurrence=str(state.occurrence.id), count=n)

    def _prompt(
        self, state: State, group: Leaving, offer: Offer, *, n: int, now: datetime
    ) -> Prompt:
        meeting = state.meeting
        parameters: dict[str, Parameter] = {
            "by": span(self.tools.policy.prolong_by),
            "organiser": person(meeting.organiser),
            "typed": self._typed(state, group),
        }
        return Prompt(
            idempotency_key=f"ends:{offer.id}",
            to=to_meeting(meeting),
            about=OfferRef(offer.id),
            template="guest.ends",
            thread=meeting.thread,
            mentions=(meeting.organiser,),
            parameters=parameters | _parameters(state, group, n=n, now=now),
        )

    async def _first_time(self, work: HasOnce, offer: Offer, number: int, now: datetime) -> bool:
        name = f"ends:{offer.id}:{number}"
        return await work.once.claim(name, now, unless_after=now - _DAY)

    def _typed(self, state: State, group: Leaving) -> Parameter:
        """Return the line that people type instead of reacting, without the prefix."""
        minutes = round(self.tools.policy.prolong_by.total_seconds() / 60)
        if self._is_all(state.occurrence, group.closes):
            return phrase("guest.ends.typed", {"minutes": minutes})
        first = group.invitations[0]
        guest = first.email or first.name
        return phrase("guest.ends.typed-one", {"minutes": minutes, "guest": guest})

    def _is_all(self, occurrence: Occurrence, closes: datetime) -> bool:
        """Tell whether a moment is the end of the meeting's own window, not that of some links."""
        return closes == window_of(occurrence, self.tools.policy.graces).closes

    def _next(self, state: State, now: datetime) -> datetime | None:
        moments = [
            group.closes - before
            for group in state.groups
            for before in (*self.tools.policy.warn_before, timedelta())
        ]
        return min((one for one in moments if one > now), default=None)

    # --- the outcome of an offer ----------------------------------------------------------------

    async def _settle(
        self, work: OffersMoreTime, state: State, offer: Offer, now: datetime
    ) -> None:
        """Edit the notice of an end that is past or has moved."""
        if any(group.closes == offer.closes for group in state.groups):
            return
        await work.offers.save(offer.settled(now))
        until = max((group.closes for group in state.groups), default=None)
        parameters: dict[str, Parameter] = {"title": titled(state.meeting, state.occurrence)}
        zone = state.occurrence.zone
        if until is None or now >= offer.closes:
            parameters |= {"at": moment(min(offer.closes, now), zone)}
            await work.outbox.post(_outcome(state.meeting, offer, "guest.ends.over", parameters))
        else:
            parameters |= {"at": moment(until, zone)}
            await work.outbox.post(_outcome(state.meeting, offer, "guest.ends.moved", parameters))

    async def prolong(self, work: UnitOfWork, notice: EventId, cause: Cause) -> bool:
        """Move the end that a notice warns of: once, for an actor who may extend the meeting.

        Tell whether it moved. Raises Refused if a limit of the policy is reached.
        """
        found = await work.offers.by_notice(notice)
        both = None if found is None else await work.meetings.both(found.occurrence)
        if found is None or both is None or both[0].salon != cause.salon:
            return False
        meeting, occurrence = both
        try:
            demand(Act.EXTEND, cause, meeting, self.tools.policy)
        except Refused:
            log.info("offer.refused", offer=str(found.id))
            return False
        now = self.tools.now()
        known = await work.invitations.of_occurrence(occurrence.id)
        offer = await work.offers.get(found.id)
        if offer is None or offer.settled_at is not None or now >= offer.closes:
            return False
        until = await self._extend(work, occurrence, offer.closes, known, cause.by)
        await work.offers.save(offer.settled(now))
        parameters: dict[str, Parameter] = {
            "title": titled(meeting, occurrence),
            "by": span(self.tools.policy.prolong_by),
            "who": person(cause.by),
            "at": moment(until, occurrence.zone),
        }
        told = _outcome(meeting, offer, "guest.ends.extended", parameters)
        await work.outbox.post(replace(told, priority=Priority.ANSWER))  # an answer to the reaction
        log.info("offer.taken", offer=str(offer.id))
        return True

    async def _extend(
        self,
        work: UnitOfWork,
        occurrence: Occurrence,
        closes: datetime,
        known: Sequence[Invitation],
        who: ActorId,
    ) -> datetime:
        """Do the same as the command, for the meeting or for these links; return the new end."""
        by, graces = self.tools.policy.prolong_by, self.tools.policy.graces
        if self._is_all(occurrence, closes):
            later = await self.meetings.extend(work, occurrence, by)
            return window_of(later, graces).closes
        whom = [
            one
            for one in known
            if one.revoked_at is None and one.window(occurrence, graces).closes == closes
        ]
        await self.invitations.extend(work, occurrence, whom, by, actor=who)
        return closes + by


def _again(state: State, group: Leaving, offer: Offer, *, n: int, now: datetime) -> Notice:
    return Notice(
        idempotency_key=f"ends:{offer.id}",
        to=to_meeting(state.meeting),
        template="guest.ends-again",
        thread=state.meeting.thread,
        reply_to=offer.notice,
        parameters=_parameters(state, group, n=n, now=now),
    )


def _parameters(state: State, group: Leaving, *, n: int, now: datetime) -> dict[str, Parameter]:
    return {
        "title": titled(state.meeting, state.occurrence),
        "n": n,
        "at": moment(group.closes, state.occurrence.zone),
        "left": span(group.closes - now),
    }


def _outcome(
    meeting: Meeting, offer: Offer, template: str, parameters: Mapping[str, Parameter]
) -> Edit:
    return Edit(
        idempotency_key=f"offer:{offer.id}",
        to=to_meeting(meeting),
        of=OfferRef(offer.id),
        template=template,
        parameters=parameters,
    )
