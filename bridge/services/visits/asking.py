"""Questions to the salon about the devices that wait with one guest's link: one message for all.

It is edited in place as devices come, leave and are answered; only the first one notifies people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Invitation, Standing, Visit, standing
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import (
    Edit,
    Notice,
    Parameter,
    Parameters,
    Priority,
    Prompt,
    QuestionRef,
    guest,
    person,
    phrase,
)
from bridge.domain.policy import Policy
from bridge.domain.question import Question
from bridge.domain.seat import PATIENCE
from bridge.ids import ActorId, InvitationId, QuestionId, SalonId, VisitId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import ReadsQuestions
from bridge.services.cards import refresh_card
from bridge.services.naming import titled
from bridge.services.telling import answers_to, to_meeting
from bridge.services.visits.snapshot import Admission, about, whence

log = structlog.get_logger()

YES, NO = "✅", "❌"
"""The reactions with which a salon answers."""
_SHOWN = 10
"""The most devices that a message lists; the host's page shows them all."""
_BECAME = {
    Standing.ADMITTED: "admitted",
    Standing.REFUSED: "refused",
    Standing.REMOVED: "removed",
    Standing.REPLACED: "replaced",
}
_GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOutcome:
    """A decision about one visit, or its present outcome."""

    visit: VisitId
    became: str
    by: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A question with its list as it stands at `now`, by the devices' numbers."""

    question: Question
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence
    devices: Sequence[Admission]
    other: bool
    """Another device with the same link was let in."""
    policy: Policy
    now: datetime

    @property
    def link(self) -> Standing:
        """The link's standing, for anybody who follows it."""
        ready = self.occurrence.room_in(self.meeting) is not None
        graces = self.policy.graces
        return standing(self.invitation, self.occurrence, graces, self.now, ready=ready)

    @property
    def closes(self) -> datetime:
        """When the link stops working."""
        return self.invitation.window(self.occurrence, self.policy.graces).closes

    @property
    def unanswered(self) -> Sequence[Admission]:
        """Devices without a decision, whether their page is open or not."""
        return [
            one
            for one in self.devices
            if one.standing(self.now) is Standing.WAITING and one.visit.asked_at is not None
        ]

    @property
    def waiting(self) -> Sequence[Admission]:
        """Devices that wait at this moment."""
        return [one for one in self.unanswered if one.visit.left_at is None]

    def about(self, device: Admission) -> Parameters:
        """Return the parameters of a sentence about a waiting device."""
        return about(device, other=self.other)


async def listing_of(
    work: ReadsQuestions, identity: QuestionId, policy: Policy, now: datetime
) -> Listing | None:
    """Return a question with its list, locked from the top down (`admission_held`)."""
    place = await work.questions.place(identity)
    if place is None:
        return None
    both = await work.meetings.both(place.occurrence)
    invitation = await work.invitations.get(place.invitation)
    question = await work.questions.get(identity)
    if both is None or invitation is None or question is None:
        return None  # it was erased meanwhile
    invitation = invitation.on(place.occurrence)
    visits = await work.visits.of_question(identity)
    seats = {one.visit: one for one in await work.seats.of_occurrence(place.occurrence)}
    meeting, occurrence = both
    inside = any(one.held and one.invitation == invitation.id for one in seats.values())
    return Listing(
        question=question,
        invitation=invitation,
        meeting=meeting,
        occurrence=occurrence,
        devices=[
            Admission(
                visit,
                invitation,
                meeting,
                occurrence,
                policy.graces,
                policy.mode,
                seats.get(visit.id),
            )
            for visit in visits
        ],
        other=inside,
        policy=policy,
        now=now,
    )


# --- asking -------------------------------------------------------------------------------------


async def ask(work: UnitOfWork, admission: Admission, policy: Policy, now: datetime) -> None:
    """Ask the salon about a waiting visit, once, and again after its seat has ended.

    While a question about its link is open, the visit joins its list; the agenda edits the message.
    """
    question = await _open(work, admission, policy, now)
    if question is None:
        await _begin(work, admission, now)
        return
    visit = admission.visit
    listed = admission.asked and visit.question == question.id
    if listed and visit.left_at is None:
        await work.visits.seen([visit.id], now)
        return
    number = visit.number or await work.questions.last(admission.occurrence.id) + 1
    if listed:
        await work.visits.back(visit.id, now)
    else:
        await work.visits.listed(visit.id, question.id, number, now)
    changed = replace(question.changed(), last=max(question.last, number))
    await work.questions.save(changed)
    await work.agenda.plan([Due(Kind.ASKED, str(question.id), max(now, changed.settles))])


async def _open(
    work: UnitOfWork, admission: Admission, policy: Policy, now: datetime
) -> Question | None:
    """Return the open question about this link, if others wait in it; close those without any."""
    found = None
    for question in await work.questions.open(admission.invitation.id):
        if question.occurrence != admission.occurrence.id:
            continue  # of another date; it ends with that date's window
        if not question.back and await work.visits.pending(question.id):
            found = question
            continue
        listing = await listing_of(work, question.id, policy, now)
        assert listing is not None
        await close(work, listing, "back" if question.back else _GONE)
    return found


async def _begin(work: UnitOfWork, admission: Admission, now: datetime) -> None:
    visit, meeting, occurrence = admission.visit, admission.meeting, admission.occurrence
    number = visit.number or await work.questions.last(occurrence.id) + 1
    question = Question(
        id=QuestionId(uuid7(now)),
        invitation=admission.invitation.id,
        occurrence=occurrence.id,
        asked_at=now,
        told_at=now,
        last=number,
    )
    await work.questions.add(question)
    await work.visits.listed(visit.id, question.id, number, now)
    held = await work.seats.held(occurrence.id)
    other = any(seat.invitation == admission.invitation.id for seat in held)
    notice = Prompt(
        idempotency_key=question.idempotency_key,
        to=to_meeting(meeting),
        about=QuestionRef(question.id),
        template="guest.waits",
        mentions=(meeting.organiser,),
        thread=meeting.thread,
        parameters=about(admission, other=other),
    )
    await work.outbox.post(notice)
    for answer in answers_to(notice, YES, NO):
        await work.outbox.post(answer)
    first = min(now + PATIENCE, admission.window.closes)
    await work.agenda.plan([Due(Kind.ASKED, str(question.id), first)])
    await refresh_card(work, occurrence.id)


# --- telling ------------------------------------------------------------------------------------


async def edit(work: UnitOfWork, listing: Listing, *, priority: Priority = Priority.EDIT) -> None:
    """Queue an edit that shows the question's present list."""
    question = listing.question
    template, parameters = _words(listing)
    await work.questions.save(question.shown(listing.now))
    await work.outbox.post(
        _edit(listing, question.idempotency_key, template, parameters, priority=priority)
    )
    await refresh_card(work, listing.occurrence.id)


async def close(work: UnitOfWork, listing: Listing, became: str) -> None:
    """End a question without an answer; guests who wait again then get a new one."""
    question = listing.question
    outcomes = {one.visit.id: became for one in listing.unanswered}
    template, parameters = _end(listing, outcomes, became)
    await _closed(work, listing)
    await work.outbox.post(_edit(listing, f"gone:{question.id}", template, parameters))
    await refresh_card(work, listing.occurrence.id)
    log.info("guest.unanswered", question=str(question.id))


async def answered(
    work: UnitOfWork,
    admission: Admission,
    outcome: VisitOutcome,
    policy: Policy,
    *,
    cause: str,
    now: datetime,
) -> None:
    """Tell a decision about a guest, once for each `cause`.

    It edits the question, and closes it when nobody in its list waits any more; a guest who walked
    in has no question, and for them it is a notice.
    """
    visit = admission.visit
    asked = visit.question
    listing = None if asked is None else await listing_of(work, asked, policy, now)
    idempotency_key = f"decided:{visit.id}:{cause}"
    if listing is None:
        await work.outbox.post(_notice(admission, outcome, idempotency_key))
    elif listing.question.closed_at is None and listing.waiting:
        changed = replace(listing, question=listing.question.changed())
        await edit(work, changed, priority=Priority.ANSWER)
    else:
        template, parameters = _end(listing, {visit.id: outcome.became}, _GONE, by=outcome.by)
        await _closed(work, listing)
        await work.outbox.post(_edit(listing, idempotency_key, template, parameters))
    await refresh_card(work, admission.occurrence.id)


async def _closed(work: UnitOfWork, listing: Listing) -> None:
    question = listing.question
    await work.questions.save(question.changed().shown(listing.now).closed(listing.now))
    await work.visits.unlist(question.id)
    await work.agenda.drop(Kind.ASKED, [str(question.id)])


def _edit(
    listing: Listing,
    idempotency_key: str,
    template: str,
    parameters: Parameters,
    *,
    priority: Priority = Priority.ANSWER,
) -> Edit:
    question = listing.question
    if question.notice is None:
        priority = max(priority, Priority.NOTICE)  # not before the question itself
    return Edit(
        idempotency_key=idempotency_key,
        to=to_meeting(listing.meeting),
        of=QuestionRef(question.id),
        template=template,
        parameters=parameters,
        priority=priority,
    )


def _notice(admission: Admission, outcome: VisitOutcome, idempotency_key: str) -> Notice:
    parameters: Parameters = {
        "name": admission.visit.name,
        "outcome": outcome.became,
        "by": person(outcome.by),
    }
    return Notice(
        idempotency_key=idempotency_key,
        to=to_meeting(admission.meeting),
        template="guest.waits.outcome",
        thread=admission.meeting.thread,
        parameters=parameters,
    )


# --- words --------------------------------------------------------------------------------------


def numbered(
    visits: Sequence[Visit],
    salon: SalonId | None = None,
    emails: Mapping[InvitationId, str] | None = None,
) -> list[Parameter]:
    """Return the names that guests typed, with the numbers by which people answer.

    One on each line, so that no name reads as two; marked if a member of `salon` has the name. With
    `emails`, the addresses of their links, these distinguish guests who typed the same name.
    """
    rows: list[Parameter] = []
    typed = Counter(one.name.casefold() for one in visits)
    for one in visits:
        email = (emails or {}).get(one.invitation, "")
        shared = typed[one.name.casefold()] > 1
        name = f"{one.name} ({email})" if email and shared else one.name
        row = phrase("guest.row.waits", {"number": one.number, "name": name})
        rows.append(row if salon is None else guest(one.name, salon, row))
    return _first(rows)


def _first(rows: list[Parameter]) -> list[Parameter]:
    """Return at most as many rows as a message should have."""
    more = len(rows) - _SHOWN
    return rows if more <= 0 else [*rows[:_SHOWN], phrase("guest.row.more", {"n": more})]


def _words(listing: Listing) -> tuple[str, Parameters]:
    """Return the sentence of an open question, and its parameters."""
    waiting, devices = listing.waiting, listing.devices
    rows = _rows(listing, [one for one in devices if one not in waiting], {})
    match len(waiting):
        case 0 if len(devices) == 1:
            return "guest.waits.away", listing.about(devices[0])
        case 0:
            return "guest.waits.nobody", {"title": _title(listing), "rows": rows}
        case 1 if rows:
            waits = phrase("guest.waits", listing.about(waiting[0]))
            return "guest.waits.rest", {"waits": waits, "rows": rows}
        case 1:
            return "guest.waits", listing.about(waiting[0])
        case _:
            told = several(listing)
            return "guest.waits.several", {**told, "names": [*_names(listing), *rows]}


def several(listing: Listing) -> Parameters:
    """Return the parameters of a sentence about several devices that wait with one link."""
    waiting = listing.waiting
    return {
        "from": whence(waiting[0], other=listing.other),
        "title": _title(listing),
        "count": len(waiting),
        "names": _names(listing),
        "first": waiting[0].visit.number,
    }


def _names(listing: Listing) -> list[Parameter]:
    return numbered([one.visit for one in listing.waiting], listing.meeting.salon)


def _end(
    listing: Listing, became: Mapping[VisitId, str], otherwise: str, *, by: ActorId | None = None
) -> tuple[str, Parameters]:
    """Return the sentence of a question that is over, and its parameters."""
    devices = listing.devices
    if not devices:
        return "guest.waits.over", {"name": listing.invitation.shown, "outcome": otherwise}
    if len(devices) > 1:
        rows = _rows(listing, devices, became, by=by)
        return "guest.waits.settled", {"title": _title(listing), "rows": rows}
    (only,) = devices
    outcome = became.get(only.visit.id, otherwise)
    parameters: dict[str, Parameter] = {"name": only.visit.name, "outcome": outcome}
    if by is None:
        return "guest.waits.over", parameters
    return "guest.waits.outcome", parameters | {"by": person(by)}


def _rows(
    listing: Listing,
    devices: Sequence[Admission],
    became: Mapping[VisitId, str],
    *,
    by: ActorId | None = None,
) -> list[Parameter]:
    return _first([_row(one, listing.now, became.get(one.visit.id), by) for one in devices])


def _row(device: Admission, now: datetime, became: str | None, by: ActorId | None) -> Parameter:
    name = device.visit.name
    stands = device.standing(now)
    if became is None and stands is Standing.WAITING:
        return phrase("guest.row.away", {"name": name})
    if became is None:
        became, by = _BECAME.get(stands, _GONE), _decider(device, stands)
    parameters = {"name": name, "outcome": phrase(f"guest.outcome.{became}")}
    if by is None or became == _GONE:
        return phrase("guest.waits.over", parameters)
    return phrase("guest.waits.outcome", {**parameters, "by": person(by)})


def _decider(device: Admission, stands: Standing) -> ActorId | None:
    if stands is Standing.REFUSED:
        return device.visit.refused_by
    seat = device.seat
    return seat.admitted_by if stands is Standing.ADMITTED and seat is not None else None


def _title(listing: Listing) -> Parameter:
    return titled(listing.meeting, listing.occurrence)
