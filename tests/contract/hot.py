"""Questions that Parvis asks its database each second, for each command and each request.

By the names of the repositories' methods. A test holds that none is left out: a new one is added
here, or to `SELDOM` with the reason why its time may grow with the tables.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from pydantic import SecretStr

from bridge.domain.agenda import Due, Kind
from bridge.domain.agent import Agent
from bridge.domain.answer import Answer, Answered
from bridge.domain.audit import AuditFact, AuditKind
from bridge.domain.authority import ABSENT
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarLogin,
    CalendarObject,
)
from bridge.domain.calendar_link import CalendarLink
from bridge.domain.change import Change, ChangeKind, Former
from bridge.domain.colleague import Colleague
from bridge.domain.feed import Feed
from bridge.domain.grant import Grant, GrantRequest
from bridge.domain.host import HostLink
from bridge.domain.mail import MailKind
from bridge.domain.mailed import (
    InviterAddress,
    MailedEvent,
    OrganiserMailKind,
    mail_to_organiser,
    mailed_id,
    sender_id,
)
from bridge.domain.offer import Offer
from bridge.domain.partner import Issuer
from bridge.domain.presence import Presence
from bridge.domain.proof import Challenge, Proof
from bridge.domain.question import Question
from bridge.domain.quota import Pace
from bridge.domain.received_grant import ReceivedGrant
from bridge.domain.reminder import Reminder
from bridge.domain.salon import Salon
from bridge.domain.scope import NamedOccurrences, WholeSeries
from bridge.domain.seat import Seat
from bridge.domain.series import Recurrence, Series
from bridge.i18n import Language
from bridge.ids import (
    CalendarAccountId,
    CalendarId,
    CalendarLinkId,
    CalendarObjectId,
    ChallengeId,
    ChangeId,
    FeedId,
    GrantId,
    GrantRequestId,
    HostId,
    OfferId,
    QuestionId,
    ReceivedGrantId,
    ReminderId,
    SalonId,
    SeatId,
    UserId,
    uuid7,
)
from bridge.store import InboxRow, Store, StoreWork
from bridge.store.agenda import AgendaOutcome, Claimable
from bridge.store.audit import AuditLedger
from bridge.store.claims import Claimed
from tests.contract.store_samples import (
    ORGANISER,
    SALON,
    START,
    edit,
    event,
    invitation,
    mail,
    meeting,
    message,
    occurrence,
    room,
    visit,
)

Ask: TypeAlias = Callable[[StoreWork], Awaitable[object]]

BOT = UserId("@visio:agent.tchap")
KINDS = Claimable(list(Kind))
HOUR, MINUTE, MONTH = timedelta(hours=1), timedelta(minutes=1), timedelta(days=30)

LATELY = START - 15 * MINUTE
MEETING = meeting(room=room())
assert MEETING.thread is not None
THREAD = MEETING.thread
DATED = replace(
    occurrence(MEETING, card=event("card")),
    original=datetime(2026, 12, 1, 9),
    start=START - 10 * MINUTE,
    end=START + 50 * MINUTE,
    wall=None,
)
WALL = DATED.wall_start
RULE = Series(
    meeting=MEETING.id,
    start=WALL,
    length=HOUR,
    zone=DATED.zone,
    recurrence=Recurrence(
        rule="FREQ=WEEKLY", without=(WALL + 7 * 24 * HOUR,), besides=(WALL + HOUR,), holidays="FR"
    ),
    title="Point",
    closed=(WALL + 14 * 24 * HOUR,),
    closed_until=WALL + MONTH,
)
GUEST = invitation(DATED)
NAMED = replace(
    invitation(DATED), scope=NamedOccurrences(frozenset({DATED.id})), until=None, waiting_since=None
)
SERIES = replace(invitation(DATED), scope=WholeSeries(), until=None, waiting_since=None)
BROWSER = visit(GUEST)
SEAT = Seat(
    id=SeatId(uuid7(START)),
    visit=BROWSER.id,
    invitation=GUEST.id,
    occurrence=DATED.id,
    room=str(uuid7(START)),
    identity=f"guest-{uuid7(START)}",
    admitted_at=START,
    admitted_by=ORGANISER,
)
NAMING = replace(DATED, colleagues=(Colleague(ORGANISER, "Camille"),))
QUESTION = Question(
    id=QuestionId(uuid7(START)),
    invitation=GUEST.id,
    occurrence=DATED.id,
    asked_at=START,
    told_at=START,
    notice=event("question"),
)
OFFER = Offer(
    id=OfferId(uuid7(START)), occurrence=DATED.id, closes=DATED.end, notice=event("offer")
)
CHANGE = Change(
    id=ChangeId(uuid7(START)),
    meeting=MEETING.id,
    kind=ChangeKind.MOVE,
    by=ORGANISER,
    at=START - MINUTE,
    source="moved",
    title="",
    before=(Former.of(DATED, DATED),),
)
REMINDER = Reminder(
    id=ReminderId(uuid7(START)),
    occurrence=DATED.id,
    user=ORGANISER,
    before=10 * MINUTE,
    at=START - 20 * MINUTE,
    start=DATED.start,
    created_at=START - HOUR,
)
ACCOUNT = CalendarAccount(
    id=CalendarAccountId(uuid7(START)),
    owner=ORGANISER,
    home="https://dav.example/camille/",
    login=CalendarLogin(user="camille", secret=SecretStr("app-password")),
    addresses=("camille@ville.example",),
    linked_at=START - HOUR,
)
CALENDAR = AgentCalendar(
    id=CalendarId(uuid7(START)),
    account=ACCOUNT.id,
    url="https://dav.example/camille/work/",
    name="Travail",
    ours=True,
    salon=SALON,
)
COPY = CalendarObject(
    id=CalendarObjectId(uuid7(START)),
    calendar=CALENDAR.id,
    href="/camille/work/1.ics",
    etag='"1"',
    uid="1@parvis",
    meeting=MEETING.id,
    base={"title": "digest"},
)
LINK = CalendarLink(
    id=CalendarLinkId(uuid7(START)),
    owner=ORGANISER,
    digest=b"linked",
    key="k1",
    created_at=START,
    expires_at=START + HOUR,
)
MAILED = MailedEvent(
    id=mailed_id(ORGANISER, "mailed@exchange"),
    owner=ORGANISER,
    uid="mailed@exchange",
    text="BEGIN:VCALENDAR",
    organizer="camille@ville.example",
    meeting=MEETING.id,
    base={"title": "digest"},
    owed=(("", 1),),
    named=(ORGANISER,),
    proposed=("lea@partenaire.example",),
    changed_at=START,
)
MAIL_SENDER = InviterAddress(
    id=sender_id(ORGANISER, "camille@ville.example"), owner=ORGANISER, asked_at=START
)
ACCEPTANCE = mail_to_organiser(MAILED.id, OrganiserMailKind.ACCEPTANCE, START, sequence=1)
CHALLENGE = Challenge(
    id=ChallengeId(uuid7(START)),
    visit=BROWSER.id,
    invitation=GUEST.id,
    key="k1",
    asked_at=START,
)
GRANT = Grant(
    id=GrantId(uuid7(START)),
    issuer=Issuer("https://invites.b.example"),
    subject=b"subject",
    invitation=GUEST.id,
    number=0,
    token="token",
    created_at=START,
)
ASKING = GrantRequest(
    id=GrantRequestId(uuid7(START)),
    issuer=GRANT.issuer,
    subject=GRANT.subject,
    occurrence=DATED.id,
    name="Léa",
    organisation="Ministère B",
    asked_at=START,
    expires_at=START + HOUR,
    polled_at=START,
)
HOST = HostLink(
    id=HostId(uuid7(START)),
    occurrence=DATED.id,
    user=ORGANISER,
    created_at=START,
    digest=GUEST.digest,
    key="k1",
)
FEED = Feed(
    id=FeedId(uuid7(START)),
    whose=SALON,
    created_at=START,
    digest=b"feed",
    key="k1",
    language=Language.FR,
    name="Projet",
)
PARTNER = Issuer("https://invites.b.example")
RECEIVED = ReceivedGrant(
    id=ReceivedGrantId(uuid7(START)),
    user=ORGANISER,
    resource="https://visio.b.example/abc-defg-hij",
    asked_at=START,
    partner=PARTNER,
    grant="g",
)
OWN_FEED = replace(FEED, id=FeedId(uuid7(START)), whose=ORGANISER, digest=b"own")
MAIL = replace(mail(GUEST), asked_by=ORGANISER, kind=MailKind.INVITATION)
ANSWERED = Answered(occurrence=DATED.id, who=GUEST.id, answer=Answer.YES, at=START)
COMES = Answered(occurrence=DATED.id, who=ORGANISER, answer=Answer.YES, at=START)
PRESENCE = Presence(occurrence=DATED.id, began_at=START, looked_at=START, people=1, peak=1)
AGENT = Agent(user=ORGANISER, name="Camille", identity=None, seen_at=START)
LINE = event("line")
CLAIMED = Claimed(Due(Kind.OPEN, "held", START), 1, 1)


async def present(store: Store) -> None:
    """Insert one meeting that goes on, with one row of each kind, and messages that wait."""
    async with store() as work:
        await work.meetings.add(MEETING, DATED)
        await work.series.save(RULE)
        await work.expected.note(NAMING)
        for guest in (GUEST, NAMED, SERIES):
            await work.invitations.add(guest)
        await work.visits.add(BROWSER)
        await work.questions.add(QUESTION)
        await work.visits.listed(BROWSER.id, QUESTION.id, 1, START - HOUR)
        await work.seats.add(SEAT)
        await work.offers.add(OFFER)
        await work.changes.add(CHANGE)
        await work.reminders.add(REMINDER)
        await work.calendars.add_account(ACCOUNT)
        await work.calendars.save_calendars(CALENDAR)
        await work.calendars.save_objects(COPY)
        await work.calendar_links.add(LINK)
        await work.mailed.save(MAILED)
        await work.mailed.save_sender(MAIL_SENDER)
        await work.mailed.ask(ACCEPTANCE)
        await work.challenges.add(CHALLENGE)
        await work.grants.add(GRANT)
        await work.grants.ask(ASKING)
        await work.grants.open(MEETING.id, GRANT.issuer, ORGANISER, START)
        await work.hosts.add(HOST)
        await work.received_grants.add(RECEIVED)
        await work.feeds.add(FEED)
        await work.feeds.add(OWN_FEED)
        await work.feeds.expects(DATED.id, [ORGANISER])
        await work.feeds.stand(OWN_FEED.id, SalonId("!left:agent.tchap"), present=False)
        await work.mails.add(MAIL)
        await work.presences.add(PRESENCE)
        await work.answers.put(ANSWERED)
        await work.answers.put(COMES)
        await work.agents.save(AGENT)
        await work.salons.save(Salon(id=SALON))
        await work.agenda.plan([Due(Kind.OPEN, str(n), START) for n in range(5)])
        for n in range(5):
            await work.outbox.post(message(f"waits-{n}"))
    rows = [line(LINE), *(line(event()) for _ in range(4))]
    await store.inbox.record(BOT, "s1", rows)


def line(of: str) -> InboxRow:
    """Return a recorded event."""
    return InboxRow(
        event=event(of.removeprefix("$")),
        account=BOT,
        salon=SALON,
        kind="message",
        payload={},
        received_at=START,
    )


async def settled(work: StoreWork) -> None:
    """Write what came of what was claimed."""
    again = AgendaOutcome(CLAIMED, at=START + MINUTE)
    await work.agenda.settle(
        [AgendaOutcome(CLAIMED), again, AgendaOutcome(CLAIMED, retry_at=START)]
    )


async def asked(work: StoreWork) -> None:
    """Insert a meeting, which is a new one each time."""
    fresh = meeting()
    await work.meetings.add(fresh, occurrence(fresh))


READ: Mapping[str, Ask] = {
    "meetings.get": lambda work: work.meetings.get(MEETING.id),
    "meetings.occurrence": lambda work: work.meetings.occurrence(DATED.id),
    "meetings.both": lambda work: work.meetings.both(DATED.id),
    "meetings.occurrences_of": lambda work: work.meetings.occurrences_of(MEETING.id),
    "meetings.place_of": lambda work: work.meetings.place_of(DATED.id),
    "meetings.by_card": lambda work: work.meetings.by_card(event()),
    "meetings.of_salon": lambda work: work.meetings.of_salon(SALON, ending_after=LATELY, most=20),
    "meetings.of_organiser": lambda work: work.meetings.of_organiser(
        ORGANISER, ending_after=LATELY, most=20
    ),
    "meetings.answered_by": lambda work: work.meetings.answered_by(
        ORGANISER, ending_after=LATELY, most=20
    ),
    "meetings.of_thread": lambda work: work.meetings.of_thread(THREAD, ending_after=LATELY),
    "meetings.lately_in": lambda work: work.meetings.lately_in(
        SALON, asked_after=START - MINUTE, ending_after=START
    ),
    "meetings.unmade_in": lambda work: work.meetings.unmade_in(SALON, ending_after=START - MONTH),
    "meetings.unmade_by": lambda work: work.meetings.unmade_by(
        ORGANISER, ending_after=START - MONTH
    ),
    "meetings.asked_by": lambda work: work.meetings.asked_by(ORGANISER, START - HOUR),
    "meetings.asked_in": lambda work: work.meetings.asked_in(SALON, START - HOUR),
    "meetings.of_series": lambda work: work.meetings.of_series(MEETING.id, since=WALL),
    "meetings.places": lambda work: work.meetings.places(MEETING.id, since=WALL),
    "meetings.planned_of": lambda work: work.meetings.planned_of(MEETING.id, ending_after=START),
    "expected.of": lambda work: work.expected.of(ORGANISER, ending_after=LATELY, most=20),
    "series.several": lambda work: work.series.several([MEETING.id]),
    "series.get": lambda work: work.series.get(MEETING.id),
    "meetings.touched": lambda work: work.meetings.touched(within=MINUTE),
    "invitations.get": lambda work: work.invitations.get(GUEST.id),
    "invitations.get, of named dates": lambda work: work.invitations.get(NAMED.id),
    "invitations.by_digest": lambda work: work.invitations.by_digest(GUEST.digest),
    "invitations.of_occurrence": lambda work: work.invitations.of_occurrence(DATED.id),
    "invitations.invited_by": lambda work: work.invitations.invited_by(ORGANISER, START - HOUR),
    "visits.get": lambda work: work.visits.get(BROWSER.id),
    "visits.place": lambda work: work.visits.place(BROWSER.id),
    "visits.followed_since": lambda work: work.visits.followed_since(GUEST.id, START - HOUR),
    "visits.of_question": lambda work: work.visits.of_question(QUESTION.id),
    "visits.pending": lambda work: work.visits.pending(QUESTION.id),
    "visits.numbered": lambda work: work.visits.numbered(DATED.id, 1),
    "visits.of_occurrence": lambda work: work.visits.of_occurrence(DATED.id),
    "visits.asking": lambda work: work.visits.asking(DATED.id),
    "visits.count": lambda work: work.visits.count(GUEST.id),
    "visits.language": lambda work: work.visits.language(GUEST.id),
    "questions.get": lambda work: work.questions.get(QUESTION.id),
    "questions.place": lambda work: work.questions.place(QUESTION.id),
    "questions.by_notice": lambda work: work.questions.by_notice(event("question")),
    "questions.open": lambda work: work.questions.open(GUEST.id),
    "questions.of_occurrence": lambda work: work.questions.of_occurrence(DATED.id),
    "questions.last": lambda work: work.questions.last(DATED.id),
    "questions.silent": lambda work: work.questions.silent(START),
    "answers.of": lambda work: work.answers.of(DATED.id, GUEST.id),
    "answers.of_occurrence": lambda work: work.answers.of_occurrence(DATED.id),
    "seats.get": lambda work: work.seats.get(SEAT.id),
    "seats.peek": lambda work: work.seats.peek(SEAT.id),
    "seats.of_visit": lambda work: work.seats.of_visit(BROWSER.id),
    "seats.of_occurrence": lambda work: work.seats.of_occurrence(DATED.id),
    "seats.held": lambda work: work.seats.held(DATED.id),
    "seats.by_identity": lambda work: work.seats.by_identity(SEAT.identity),
    "seats.watched": lambda work: work.seats.watched(START),
    "seats.count": lambda work: work.seats.count(),
    "presences.followed": lambda work: work.presences.followed(
        starting_before=START + 10 * MINUTE, ending_after=LATELY
    ),
    "presences.get": lambda work: work.presences.get(DATED.id),
    "presences.count": lambda work: work.presences.count(),
    "offers.get": lambda work: work.offers.get(OFFER.id),
    "offers.by_notice": lambda work: work.offers.by_notice(event("offer")),
    "offers.standing": lambda work: work.offers.standing(DATED.id),
    "changes.last_of": lambda work: work.changes.last_of(MEETING.id, since=START - HOUR),
    "changes.last_by": lambda work: work.changes.last_by(ORGANISER, since=START - HOUR),
    "reminders.get": lambda work: work.reminders.get(REMINDER.id),
    "meetings.several": lambda work: work.meetings.several([DATED.id]),
    "agents.zones": lambda work: work.agents.zones([ORGANISER]),
    "reminders.of_occurrence": lambda work: work.reminders.of_occurrence(DATED.id),
    "reminders.waiting": lambda work: work.reminders.waiting(ORGANISER),
    "reminders.count": lambda work: work.reminders.count(ORGANISER),
    "reminders.choice": lambda work: work.reminders.choice(DATED.id),
    "calendars.account": lambda work: work.calendars.account(ACCOUNT.id),
    "calendars.known": lambda work: work.calendars.known([ACCOUNT.id]),
    "calendars.account_of": lambda work: work.calendars.account_of(ORGANISER),
    "calendars.accounts_of": lambda work: work.calendars.accounts_of([ORGANISER]),
    "calendars.calendars_of": lambda work: work.calendars.calendars_of(ACCOUNT.id),
    "calendars.calendar": lambda work: work.calendars.calendar(CALENDAR.id),
    "calendars.calendars_in": lambda work: work.calendars.calendars_in(SALON),
    "calendars.object": lambda work: work.calendars.object(COPY.id),
    "calendars.objects_of": lambda work: work.calendars.objects_of(CALENDAR.id),
    "calendars.objects_at": lambda work: work.calendars.objects_at(CALENDAR.id, [COPY.href]),
    "calendars.paths_of_copies": lambda work: work.calendars.paths_of_copies(CALENDAR.id),
    "calendars.copies_of": lambda work: work.calendars.copies_of(MEETING.id),
    "calendars.uids_of_copies": lambda work: work.calendars.uids_of_copies([COPY.uid]),
    "calendars.copy_by_uid": lambda work: work.calendars.copy_by_uid(COPY.uid),
    "mailed.sender": lambda work: work.mailed.sender(MAIL_SENDER.id),
    "mailed.get": lambda work: work.mailed.get(MAILED.id),
    "mailed.waiting": lambda work: work.mailed.waiting(ORGANISER),
    "mailed.of_meeting": lambda work: work.mailed.of_meeting(MEETING.id),
    "mailed.meeting_by_uid": lambda work: work.mailed.meeting_by_uid(MAILED.uid),
    "mailed.followed": lambda work: work.mailed.followed([MAILED.uid]),
    "mailed.mail": lambda work: work.mailed.mail(ACCEPTANCE.id),
    "calendar_links.get": lambda work: work.calendar_links.get(LINK.id),
    "calendar_links.by_digest": lambda work: work.calendar_links.by_digest(LINK.digest),
    "challenges.get": lambda work: work.challenges.get(CHALLENGE.id),
    "challenges.last": lambda work: work.challenges.last(BROWSER.id),
    "challenges.since": lambda work: work.challenges.since(GUEST.id, START - HOUR),
    "received_grants.get": lambda work: work.received_grants.get(RECEIVED.id),
    "received_grants.by_grant": lambda work: work.received_grants.by_grant(PARTNER, "g"),
    "received_grants.of_resource": lambda work: work.received_grants.of_resource(
        PARTNER, RECEIVED.resource
    ),
    "received_grants.of_partner": lambda work: work.received_grants.of_partner(PARTNER),
    "received_grants.of_user": lambda work: work.received_grants.of_user(ORGANISER, since=START),
    "meetings.in_room": lambda work: work.meetings.in_room("abc-defg-hij"),
    "grants.get": lambda work: work.grants.get(GRANT.id),
    "grants.of_token": lambda work: work.grants.of_token(GRANT.token),
    "grants.of_person": lambda work: work.grants.of_person(GRANT.issuer, [GRANT.subject]),
    "grants.dates": lambda work: work.grants.dates([GRANT.id]),
    "grants.given": lambda work: work.grants.given(GRANT.issuer, START - HOUR),
    "grants.request": lambda work: work.grants.request(ASKING.id),
    "grants.requests_of": lambda work: work.grants.requests_of(
        GRANT.issuer, [GRANT.subject], DATED.id
    ),
    "grants.opened": lambda work: work.grants.opened(MEETING.id),
    "grants.statement": lambda work: work.grants.statement(GRANT.issuer),
    "grants.of_invitation": lambda work: work.grants.of_invitation(GUEST.id),
    "partners.get": lambda work: work.partners.get(PARTNER),
    "feeds.of": lambda work: work.feeds.of(SALON),
    "feeds.get": lambda work: work.feeds.get(FEED.id),
    "feeds.by_digest": lambda work: work.feeds.by_digest(FEED.digest),
    "feeds.dates_of_salon": lambda work: work.feeds.dates_of_salon(SALON, since=LATELY, most=20),
    "feeds.dates_of_agent": lambda work: work.feeds.dates_of_agent(OWN_FEED, since=LATELY, most=20),
    "hosts.get": lambda work: work.hosts.get(HOST.id),
    "hosts.by_digest": lambda work: work.hosts.by_digest(GUEST.digest),
    "hosts.of_salon": lambda work: work.hosts.of_salon(SALON),
    "agenda.next": lambda work: work.agenda.next(KINDS),
    "agenda.waiting": lambda work: work.agenda.waiting(now=START),
    "agenda.planned": lambda work: work.agenda.planned([Kind.MAIL], until=START + 24 * HOUR),
    "outbox.event_of": lambda work: work.outbox.event_of("12"),
    "outbox.key_of": lambda work: work.outbox.key_of(event("card")),
    "outbox.left": lambda work: work.outbox.left(event(), SALON),
    "outbox.left_at": lambda work: work.outbox.left_at("12"),
    "mails.get": lambda work: work.mails.get(MAIL.id),
    "mails.to": lambda work: work.mails.to([GUEST.id]),
    "mails.asked_by": lambda work: work.mails.asked_by(ORGANISER, START - HOUR),
    "salons.get": lambda work: work.salons.get(SALON),
    "agents.zone": lambda work: work.agents.zone(ORGANISER),
    "agents.get": lambda work: work.agents.get(ORGANISER),
    "once.last": lambda work: work.once.last("x"),
}
"""Questions of transactions that only read, or of any."""

WRITE: Mapping[str, Ask] = {
    "meetings.add": asked,
    "meetings.add_occurrences": lambda work: work.meetings.add_occurrences(
        MEETING, occurrence(MEETING)
    ),
    "grants.use": lambda work: work.grants.use(b"fresh", until=START),
    "grants.add": lambda work: work.grants.add(
        replace(GRANT, id=GrantId(uuid7(START)), token="another")
    ),
    "grants.save": lambda work: work.grants.save(GRANT),
    "grants.ask": lambda work: work.grants.ask(replace(ASKING, id=GrantRequestId(uuid7(START)))),
    "grants.save_request": lambda work: work.grants.save_request(ASKING),
    "expected.note": lambda work: work.expected.note(NAMING),
    "series.save": lambda work: work.series.save(RULE),
    "meetings.save": lambda work: work.meetings.save(MEETING),
    "meetings.hand_over": lambda work: work.meetings.hand_over(
        MEETING, [replace(DATED, own_room=replace(room(), owner=ORGANISER))]
    ),
    "meetings.save_occurrence": lambda work: work.meetings.save_occurrence(DATED),
    "invitations.add": lambda work: work.invitations.add(invitation(DATED)),
    "invitations.save": lambda work: work.invitations.save(GUEST),
    "invitations.waits": lambda work: work.invitations.waits(GUEST, START),
    "invitations.announce": lambda work: work.invitations.announce(
        GUEST, now=START, unless_after=START - HOUR
    ),
    "invitations.forget": lambda work: work.invitations.forget(DATED.id),
    "visits.add": lambda work: work.visits.add(visit(GUEST)),
    "visits.followed": lambda work: work.visits.followed(BROWSER.id, START),
    "visits.knocks": lambda work: work.visits.knocks(BROWSER.id, "x"),
    "visits.listed": lambda work: work.visits.listed(BROWSER.id, QUESTION.id, 1, START),
    "visits.back": lambda work: work.visits.back(BROWSER.id, START),
    "visits.left": lambda work: work.visits.left(BROWSER.id, START),
    "visits.seen": lambda work: work.visits.seen([BROWSER.id], START),
    "visits.refuse": lambda work: work.visits.refuse(BROWSER.id, START),
    "visits.prove": lambda work: work.visits.prove(BROWSER.id, Proof.MAIL),
    "visits.clear_refusal": lambda work: work.visits.clear_refusal(BROWSER.id),
    "visits.unlist": lambda work: work.visits.unlist(QUESTION.id),
    "visits.keep": lambda work: work.visits.keep(GUEST.id, newest=3),
    "visits.invalidate": lambda work: work.visits.invalidate(GUEST.id),
    "questions.add": lambda work: work.questions.add(
        replace(QUESTION, id=QuestionId(uuid7(START)))
    ),
    "questions.save": lambda work: work.questions.save(QUESTION),
    "answers.put": lambda work: work.answers.put(ANSWERED),
    "answers.forget": lambda work: work.answers.forget(DATED.id),
    "seats.add": lambda work: work.seats.add(
        replace(SEAT, id=SeatId(uuid7(START)), identity=str(uuid7(START)))
    ),
    "seats.save": lambda work: work.seats.save(SEAT),
    "seats.out": lambda work: work.seats.out(SEAT.id, START),
    "seats.seen": lambda work: work.seats.seen(SEAT.id, START),
    "seats.looks": lambda work: work.seats.looks(SEAT),
    "presences.add": lambda work: work.presences.add(PRESENCE),
    "presences.save": lambda work: work.presences.save(PRESENCE),
    "presences.forget": lambda work: work.presences.forget(DATED.id),
    "offers.add": lambda work: work.offers.add(replace(OFFER, id=OfferId(uuid7(START)))),
    "offers.save": lambda work: work.offers.save(OFFER),
    "changes.add": lambda work: work.changes.add(
        replace(CHANGE, id=ChangeId(uuid7(START)), source="again")
    ),
    "changes.restored": lambda work: work.changes.restored(CHANGE, START),
    "reminders.add": lambda work: work.reminders.add(
        replace(REMINDER, id=ReminderId(uuid7(START)))
    ),
    "reminders.hold": lambda work: work.reminders.hold(REMINDER.id),
    "reminders.take": lambda work: work.reminders.take(REMINDER.id, START, 50),
    "reminders.save": lambda work: work.reminders.save(REMINDER),
    "reminders.drop": lambda work: work.reminders.drop(DATED.id, ORGANISER),
    "calendars.add_account": lambda work: work.calendars.add_account(
        replace(ACCOUNT, id=CalendarAccountId(uuid7(START)), owner=BOT)
    ),
    "calendars.save_account": lambda work: work.calendars.save_account(ACCOUNT),
    "calendars.drop_account": lambda work: work.calendars.drop_account(ACCOUNT.id),
    "calendars.save_calendars": lambda work: work.calendars.save_calendars(CALENDAR),
    "calendars.drop_calendars": lambda work: work.calendars.drop_calendars([CALENDAR.id]),
    "calendars.save_objects": lambda work: work.calendars.save_objects(COPY),
    "calendars.note_events": lambda work: work.calendars.note_events(
        CALENDAR.id, {"/alice/perso/other.ics": '"1"'}
    ),
    "calendars.drop_objects": lambda work: work.calendars.drop_objects([COPY.id]),
    "mailed.save": lambda work: work.mailed.save(MAILED),
    "mailed.save_sender": lambda work: work.mailed.save_sender(MAIL_SENDER),
    "mailed.drop": lambda work: work.mailed.drop([MAILED.id]),
    "mailed.ask": lambda work: work.mailed.ask(
        mail_to_organiser(MAILED.id, OrganiserMailKind.ACCEPTANCE, START, sequence=2)
    ),
    "mailed.save_mail": lambda work: work.mailed.save_mail(ACCEPTANCE),
    "calendar_links.add": lambda work: work.calendar_links.add(
        replace(LINK, id=CalendarLinkId(uuid7(START)))
    ),
    "calendar_links.save": lambda work: work.calendar_links.save(LINK),
    "challenges.add": lambda work: work.challenges.add(
        replace(CHALLENGE, id=ChallengeId(uuid7(START)))
    ),
    "challenges.save": lambda work: work.challenges.save(CHALLENGE),
    "received_grants.add": lambda work: work.received_grants.add(
        replace(RECEIVED, id=ReceivedGrantId(uuid7(START)))
    ),
    "received_grants.save": lambda work: work.received_grants.save(RECEIVED),
    "feeds.add": lambda work: work.feeds.add(FEED),
    "feeds.drop": lambda work: work.feeds.drop(SALON),
    "feeds.stand": lambda work: work.feeds.stand(OWN_FEED.id, SALON, present=True),
    "feeds.expects": lambda work: work.feeds.expects(DATED.id, [ORGANISER]),
    "hosts.add": lambda work: work.hosts.add(HOST),
    "hosts.open": lambda work: work.hosts.open(HOST.id, b"s", START),
    "hosts.stand": lambda work: work.hosts.stand(HOST.id, ABSENT),
    "hosts.forget": lambda work: work.hosts.forget(DATED.id),
    "agenda.plan": lambda work: work.agenda.plan([Due(Kind.OPEN, "new", START)]),
    "agenda.at_once": lambda work: work.agenda.at_once(Kind.OPEN, "new"),
    "agenda.claim": lambda work: work.agenda.claim(KINDS, now=START, limit=9, lease=MINUTE),
    "agenda.settle": settled,
    "agenda.renew": lambda work: work.agenda.renew([CLAIMED], until=START + MINUTE),
    "agenda.finish": lambda work: work.agenda.finish(CLAIMED.due),
    "agenda.finish_all": lambda work: work.agenda.finish_all([CLAIMED.due]),
    "agenda.unless": lambda work: work.agenda.unless(Due(Kind.OPEN, "1", START)),
    "agenda.hasten": lambda work: work.agenda.hasten(Kind.DECLINE, "1f"),
    "agenda.drop_all": lambda work: work.agenda.drop_all(Kind.DECLINE, "1f"),
    "agenda.drop": lambda work: work.agenda.drop(Kind.OPEN, ["1", "2"]),
    "outbox.post": lambda work: work.outbox.post(edit("new")),
    "outbox.post_all": lambda work: work.outbox.post_all([message("all")]),
    "outbox.again": lambda work: work.outbox.again(message("again")),
    "mails.add": lambda work: work.mails.add(mail(GUEST)),
    "mails.save": lambda work: work.mails.save(MAIL),
    "salons.save": lambda work: work.salons.save(Salon(id=SALON)),
    "agents.choose_zone": lambda work: work.agents.choose_zone(ORGANISER, "Europe/Paris"),
    "agents.add": lambda work: work.agents.add(
        Agent(user=ORGANISER, name="", identity=None, seen_at=START)
    ),
    "agents.save": lambda work: work.agents.save(AGENT),
    "inbox.done": lambda work: work.inbox.done(LINE),
    "inbox.leave": lambda work: work.inbox.leave(
        event("calendar:new"), account=BOT, salon=SALON, kind="calendar-changed", payload={}
    ),
    "inbox.taken_back": lambda work: work.inbox.taken_back(LINE, SALON),
    "once.claim": lambda work: work.once.claim("x", START, unless_after=START - HOUR),
    "once.take": lambda work: work.once.take("x", START, Pace(3)),
    "audit.note": lambda work: work.audit.note(AuditFact(kind=AuditKind.ENDED)),
}
"""Questions of transactions that write."""

QUEUE: Mapping[str, Callable[[Store], Awaitable[object]]] = {
    "store.inbox.position": lambda store: store.inbox.position(BOT),
    "store.inbox.pending": lambda store: store.inbox.pending(BOT, 10),
    "store.inbox.sealed": lambda store: store.inbox.sealed(BOT),
    "store.inbox.record": lambda store: store.inbox.record(BOT, "s2", [line(LINE)]),
    "store.outbox.due": lambda store: store.outbox.due(START, 10),
    "store.outbox.due, in turns": lambda store: store.outbox.due(START, 10, behind={SALON}),
    "store.outbox.event_of": lambda store: store.outbox.event_of("12"),
    "store.outbox.next_at": lambda store: store.outbox.next_at(),
    "store.outbox.oldest_waiting": lambda store: store.outbox.oldest_waiting(START),
    "store.audit.chain": lambda store: ledger(store).chain(START),
    "store.audit.head": lambda store: ledger(store).head(START),
}
"""Questions that open a transaction of their own."""

PURGE: Mapping[str, Callable[[Store], Awaitable[object]]] = {
    "store.retention.events": lambda store: store.retention.events(START - 999 * MONTH),
    "store.retention.messages": lambda store: store.retention.messages(START - 999 * MONTH),
    "store.retention.changes": lambda store: store.retention.changes(START - 999 * MONTH),
    "store.retention.notices": lambda store: store.retention.notices(START - 999 * MONTH),
    "store.retention.meetings": lambda store: store.retention.meetings(START - 999 * MONTH),
    "store.retention.accounts": lambda store: store.retention.accounts(START - 999 * MONTH),
    "store.retention.links": lambda store: store.retention.links(START - 999 * MONTH),
    "store.retention.feeds": lambda store: store.retention.feeds(START - 999 * MONTH),
    "store.retention.assertions": lambda store: store.retention.assertions(START - 999 * MONTH),
    "store.retention.requests": lambda store: store.retention.requests(START - 999 * MONTH),
    "store.retention.agents": lambda store: store.retention.agents(START - 999 * MONTH),
    "store.audit.cut": lambda store: ledger(store).cut(START - 999 * MONTH, START),
}
"""Questions of the hourly purge if nothing is past its time."""

SELDOM: Mapping[str, str] = {
    "meetings.to_come": "when the rules of zones change",
    "agenda.coming": "an operator looks ahead",
    "outbox.waiting": "an operator looks ahead",
    "meetings.moved_salon": "a salon's upgrade moves all its meetings",
    "hosts.salons": "at each start of a bot",
    "calendars.moved_salon": "a salon's upgrade",
    "calendars.assign": "a moderator gives a salon a calendar, or ends that",
    "calendars.tally": "once a minute, by one process, for the metrics",
    "calendars.first_read": "a first reading of thousands of events tells how far it is",
    "salons.moved": "a salon's upgrade",
    "feeds.moved": "a salon's upgrade",
    "feeds.salons": "at each start of a bot",
    "feeds.salons_of": "an agent asks for their feed",
    "feeds.readers": "a salon's members change",
    "grants.of_partner": "an operator switches a partner off",
    "grants.of_meeting": "an organiser closes a meeting to a partner",
    "grants.open": "an organiser opens a meeting to a partner",
    "grants.close": "an organiser closes a meeting to a partner",
    "grants.keep_statement": "a partner's statement is fetched, at most once in 30 s",
    "partners.put": "an operator adds a partner",
    "partners.all": "there are tens of partners",
    "agenda.release": "at each start",
    "agenda.clock_set": "when the clock is set",
    "meetings.note_over": "each hour",
}


def methods() -> set[str]:
    """Return the names of all repositories' methods."""
    found = {}
    for name, kind in inspect.getmembers(StoreWork(None)):  # type: ignore[arg-type]  # never asked
        if not name.startswith("_") and not inspect.ismethod(kind):
            found[name] = type(kind)
    return {
        f"{name}.{method}"
        for name, kind in found.items()
        for method, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not method.startswith("_")
    }


def ledger(store: Store) -> AuditLedger:
    """Return the audit of a store that keeps one."""
    assert store.audit is not None
    return store.audit


async def ask(store: Store, name: str) -> None:
    """Run what is hot, or hourly, by its name; leave nothing behind but what a queue takes."""
    if name in READ:
        async with store.reading() as work:
            await READ[name](work)
    elif name in WRITE:
        with suppress(_NotMeant):
            async with store() as work:
                await WRITE[name](work)
                raise _NotMeant
    else:
        await {**QUEUE, **PURGE}[name](store)


class _NotMeant(Exception):
    """Rolls back."""
