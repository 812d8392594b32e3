"""What the services need from outside, as small Protocols named for their role."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr

from bridge.domain.agenda import Due, Kind
from bridge.domain.agent import Agent, Identity
from bridge.domain.host import HostLink
from bridge.domain.invitation import Invitation, Place, Visit
from bridge.domain.mail import Mail
from bridge.domain.meeting import AccessLevel, Meeting, Occurrence, VisioRoom
from bridge.domain.message import Message
from bridge.domain.offer import Offer
from bridge.domain.presence import Presence
from bridge.domain.proof import Challenge, Proof
from bridge.domain.rights import ALL, Source
from bridge.domain.salon import Salon
from bridge.domain.seat import Seat
from bridge.ids import (
    ChallengeId,
    EventId,
    HostId,
    InvitationId,
    MailId,
    MeetingId,
    OccurrenceId,
    OfferId,
    SalonId,
    SeatId,
    UserId,
    VisioRoomId,
    VisitId,
)

# --- the database ---------------------------------------------------------------------------


class Meetings(Protocol):
    """Meetings and their occurrences."""

    async def add(self, meeting: Meeting, occurrence: Occurrence) -> bool:
        """Keep both, unless their source event has a meeting already; tell whether kept."""
        ...

    async def get(self, meeting: MeetingId) -> Meeting | None:
        """Return a meeting."""
        ...

    async def occurrence(self, occurrence: OccurrenceId) -> Occurrence | None:
        """Return an occurrence."""
        ...

    async def both(self, occurrence: OccurrenceId) -> tuple[Meeting, Occurrence] | None:
        """Return an occurrence with its meeting."""
        ...

    async def occurrence_of(self, meeting: MeetingId) -> Occurrence | None:
        """Return the only occurrence of a meeting without recurrence."""
        ...

    async def salon_of(self, occurrence: OccurrenceId) -> SalonId | None:
        """Return where an occurrence has its card, once its room is there; holds nothing."""
        ...

    async def by_card(self, event: EventId) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting whose card or source command this event is."""
        ...

    async def of_salon(
        self, salon: SalonId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the salon's planned occurrences that end after that moment, by start."""
        ...

    async def of_organiser(
        self, organiser: UserId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return an organiser's planned occurrences that end after that moment, by start."""
        ...

    async def save(self, meeting: Meeting) -> None:
        """Replace a meeting's row."""
        ...

    async def save_occurrence(self, occurrence: Occurrence) -> None:
        """Replace an occurrence's row."""
        ...

    async def touched(self, *, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return of which occurrences guests are told other things since so long ago, and when.

        A transaction is found under the moment of its change, not of its commit, on the clock of
        who made it: ask a few seconds further back than you were told.
        """
        ...

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Follow a salon's upgrade: its meetings are now in the new one."""
        ...


class Invitations(Protocol):
    """Guests' passes."""

    async def add(self, invitation: Invitation) -> None:
        """Keep a new invitation."""
        ...

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        ...

    async def occurrence_of(self, invitation: InvitationId) -> OccurrenceId | None:
        """Return what an invitation is to, without holding anything."""
        ...

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose present link has this digest."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations to an occurrence, revoked ones too, oldest first."""
        ...

    async def save(self, invitation: Invitation) -> None:
        """Replace an invitation's row."""
        ...

    async def waits(self, invitation: InvitationId, now: datetime) -> None:
        """Note since when somebody has waited with it; the first time counts."""
        ...

    async def announce(
        self, invitation: InvitationId, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Note that the salon is told now; `False` when it was told after `unless_after`."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank an occurrence's guests' names and addresses, drop their visits; return how many."""
        ...


class Visits(Protocol):
    """Browsers that followed a link."""

    async def add(self, visit: Visit) -> None:
        """Keep a new visit."""
        ...

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        ...

    async def place(self, visit: VisitId) -> Place | None:
        """Return what a visit hangs on, without holding anything: none of it ever changes."""
        ...

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Note that this visit was sent on to the meeting."""
        ...

    async def knocks(self, visit: VisitId, identity: str) -> None:
        """Note with which identity we knock at Visio for it from now on."""
        ...

    async def asks(self, visit: VisitId, now: datetime, *, unless_after: datetime) -> bool:
        """Note that the salon is asked now; `False` when it was asked after `unless_after`."""
        ...

    async def refuse(self, visit: VisitId, now: datetime) -> bool:
        """Note that the salon refuses it; `False` when it has already."""
        ...

    async def prove(self, visit: VisitId, proof: Proof) -> None:
        """Note what a visit has shown besides its link."""
        ...

    async def pardon(self, visit: VisitId) -> None:
        """Take back a refusal."""
        ...

    async def unasked(self, visit: VisitId, since: datetime) -> bool:
        """Take back the question of that moment; `False` when it was refused, or is another."""
        ...

    async def by_notice(self, event: EventId) -> VisitId | None:
        """Return the visit that a message in the salon asks about, without holding it."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return all visits to an occurrence."""
        ...

    async def asking(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return the visits about which the salon was asked and has not refused, oldest first.

        Without holding their rows; some may have a seat by now.
        """
        ...

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has."""
        ...

    async def device(self, visit: Visit) -> int:
        """Return the how many-th browser a visit is of those that asked with the same link."""
        ...

    async def keep(self, invitation: InvitationId, *, newest: int) -> None:
        """Drop all but so many visits of an invitation; the others' browsers are strangers.

        Whoever was let in is not dropped: others with the same link must not put them out.
        """
        ...

    async def estrange(self, invitation: InvitationId) -> None:
        """Know none of an invitation's browsers any more, but whoever has a seat."""
        ...


class Seats(Protocol):
    """Places in meetings, and who had one."""

    async def add(self, seat: Seat) -> None:
        """Keep a new seat."""
        ...

    async def get(self, seat: SeatId) -> Seat | None:
        """Return a seat."""
        ...

    async def peek(self, seat: SeatId) -> Seat | None:
        """Return a seat without holding it."""
        ...

    async def of_visit(self, visit: VisitId) -> Seat | None:
        """Return the last seat a visit was given."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return all seats of an occurrence, those given up too, oldest first."""
        ...

    async def held(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return the seats of an occurrence that nobody gave up, oldest first."""
        ...

    async def by_identity(self, identity: str) -> Seat | None:
        """Return whose an identity on the media server is."""
        ...

    async def watched(self, now: datetime) -> Sequence[Seat]:
        """Return the seats that are held, and those whose bearer is not out or may come back."""
        ...

    async def out(self, seat: SeatId, until: datetime) -> bool:
        """Note that the bearer of a seat that ended is out, and may come back until then.

        `False` when it is known already, or the seat is held.
        """
        ...

    async def seen(self, seat: SeatId, until: datetime) -> None:
        """Note until when the bearer of a seat that ended may come back again."""
        ...

    async def save(self, seat: Seat) -> None:
        """Replace a seat's row; its page is told."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """An occurrence whose room is looked into, for as long as its window is open."""

    occurrence: OccurrenceId
    room: str
    names: bool = False
    """Its salon wants to be told who was there."""


class Presences(Protocol):
    """Who is, and was, in meetings."""

    async def followed(
        self, *, starting_before: datetime, ending_after: datetime
    ) -> Sequence[Followed]:
        """Return the planned occurrences between these moments that have a room."""
        ...

    async def add(self, presence: Presence) -> bool:
        """Keep that somebody came; `False` when it is kept already."""
        ...

    async def get(self, occurrence: OccurrenceId) -> Presence | None:
        """Return what is known of an occurrence to which somebody came."""
        ...

    async def unclosed(self) -> Sequence[Presence]:
        """Return the meetings that are not over."""
        ...

    async def save(self, presence: Presence) -> None:
        """Replace what is known."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Blank the names of who was there."""
        ...


class Offers(Protocol):
    """Notices by which a salon may put off when guests have to leave."""

    async def add(self, offer: Offer) -> None:
        """Keep a new offer."""
        ...

    async def get(self, offer: OfferId) -> Offer | None:
        """Return an offer."""
        ...

    async def by_notice(self, event: EventId) -> Offer | None:
        """Return the offer that a message in the salon makes, without holding it."""
        ...

    async def standing(self, occurrence: OccurrenceId) -> Sequence[Offer]:
        """Return the offers for an occurrence of which nothing became yet, oldest first."""
        ...

    async def save(self, offer: Offer) -> None:
        """Replace what became of an offer."""
        ...


class Challenges(Protocol):
    """Codes that were mailed to guests."""

    async def add(self, challenge: Challenge) -> None:
        """Keep a new one."""
        ...

    async def get(self, challenge: ChallengeId) -> Challenge | None:
        """Return one."""
        ...

    async def last(self, visit: VisitId) -> Challenge | None:
        """Return the last one of a visit, the only one that counts."""
        ...

    async def since(self, invitation: InvitationId, moment: datetime) -> Sequence[Challenge]:
        """Return those asked for after a moment with an invitation, oldest first."""
        ...

    async def save(self, challenge: Challenge) -> None:
        """Replace one's row."""
        ...


class Hosts(Protocol):
    """Links to the host's page of the door."""

    async def add(self, link: HostLink) -> None:
        """Keep a new link; what this person had for the same occurrence is dead."""
        ...

    async def get(self, host: HostId) -> HostLink | None:
        """Return a link."""
        ...

    async def by_digest(self, digest: bytes) -> HostLink | None:
        """Return the link whose code has this digest."""
        ...

    async def open(self, host: HostId, session: bytes, now: datetime) -> bool:
        """Give the link to the browser that opens it; `False` when another one has it."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Drop the links of an occurrence; return how many."""
        ...


class Agenda(Protocol):
    """What must happen later; part of the transaction that causes it."""

    async def plan(self, items: Sequence[Due]) -> None:
        """Plan, or plan again at another time: (kind, key) is unique."""
        ...

    async def drop(self, kind: Kind, keys: Sequence[str]) -> None:
        """Forget what was planned."""
        ...


class Outbox(Protocol):
    """Messages to Matrix that are to leave."""

    async def post(self, message: Message) -> bool:
        """Queue a message, once per `dedupe`; one that collapses replaces its unsent elder."""
        ...

    async def event_of(self, dedupe: str) -> EventId | None:
        """Return the event as which a message left, in the last days."""
        ...


class Mails(Protocol):
    """Messages to be mailed."""

    async def add(self, mail: Mail) -> None:
        """Keep a mail to be sent."""
        ...

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        ...

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        ...


class Salons(Protocol):
    """Settings of salons."""

    async def get(self, salon: SalonId) -> Salon | None:
        """Return a salon's settings, `None` before anything was set."""
        ...

    async def save(self, salon: Salon) -> None:
        """Keep a salon's settings."""
        ...

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's settings to the salon that replaces it."""
        ...


class Agents(Protocol):
    """What is kept of agents who used Parvis."""

    async def get(self, user: UserId) -> Agent | None:
        """Return an agent who was seen before."""
        ...

    async def save(self, agent: Agent) -> None:
        """Insert or replace an agent's row."""
        ...


class Once(Protocol):
    """Things that are said once in a while."""

    async def claim(self, name: str, now: datetime, *, unless_after: datetime) -> bool:
        """Note that it happens now; `False` when it happened after `unless_after` already."""
        ...

    async def last(self, name: str) -> datetime | None:
        """Return when it happened last, as far as that was noted."""
        ...


class Inbox(Protocol):
    """Events from Matrix that are to be handled; the bot's journal fills it."""

    async def done(self, event: EventId) -> bool:
        """Mark an event handled and blank its line; `False` if it was already."""
        ...


class Work(Protocol):
    """One transaction: everything done through it holds together, or nothing does."""

    @property
    def meetings(self) -> Meetings: ...  # noqa: D102
    @property
    def invitations(self) -> Invitations: ...  # noqa: D102
    @property
    def visits(self) -> Visits: ...  # noqa: D102
    @property
    def seats(self) -> Seats: ...  # noqa: D102
    @property
    def presences(self) -> Presences: ...  # noqa: D102
    @property
    def offers(self) -> Offers: ...  # noqa: D102
    @property
    def challenges(self) -> Challenges: ...  # noqa: D102
    @property
    def hosts(self) -> Hosts: ...  # noqa: D102
    @property
    def agenda(self) -> Agenda: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def mails(self) -> Mails: ...  # noqa: D102
    @property
    def salons(self) -> Salons: ...  # noqa: D102
    @property
    def agents(self) -> Agents: ...  # noqa: D102
    @property
    def once(self) -> Once: ...  # noqa: D102
    @property
    def inbox(self) -> Inbox: ...  # noqa: D102


class Works(Protocol):
    """Opens transactions: `async with works() as work`. Leaving without an error commits."""

    def __call__(self) -> AbstractAsyncContextManager[Work]:
        """Begin a transaction that may write."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """Begin a transaction that only reads, and waits for no writer."""
        ...


# --- the world ------------------------------------------------------------------------------


class VisioRooms(Protocol):
    """The video platform's rooms, created in an agent's name."""

    async def create(self, agent_email: str, level: AccessLevel) -> VisioRoom:
        """Create a room owned by the agent.

        Raises VisioUnreachable (asking again is safe), VisioUnconfirmed (it is not), and the
        other VisioErrors, which a person must mend.
        """
        ...

    async def probe(self, agent_email: str | None) -> None:
        """Check credentials, and delegation for an e-mail; creates nothing. Raises VisioError."""
        ...


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room of the media server, as it lists them."""

    identity: str
    name: str = field(default="", repr=False)
    person: bool = True
    """False for what records, transcribes or streams."""
    sources: frozenset[Source] = ALL
    """What they may send at this moment."""


class MediaRooms(Protocol):
    """The media server's rooms; a room is named by its Visio room's id.

    Everything may be asked again. Every method raises MediaUnreachable: then nobody knows.
    """

    async def participants(self, room: str) -> Sequence[Participant]:
        """Return who is in a room; nobody is in one that does not exist."""
        ...

    async def open_rooms(self, names: Sequence[str]) -> Collection[str]:
        """Return which of these rooms exist at all, with one question."""
        ...

    async def metadata(self, room: str) -> str:
        """Return what Visio's server wrote on a room; nothing is on one that does not exist."""
        ...

    async def silence(self, room: str, identity: str) -> bool:
        """Take every permission away, at once; `False` when nobody there is called that."""
        ...

    async def limit(self, room: str, identity: str, sources: Collection[Source]) -> bool:
        """Leave a guest no more to send than `sources`; `False` when nobody there is called that.

        What they send of the rest ends at once.
        """
        ...

    async def remove(self, room: str, identity: str) -> bool:
        """Cut one connection; `False` when nobody there is called that.

        It revokes nothing: a token that they still hold brings them back.
        """
        ...

    async def close(self, room: str) -> None:
        """Delete a room, with everybody in it; one that is gone already is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Something that happened in a room, as the media server told it."""

    id: str
    """The same for what is told twice."""
    room: str
    moves: bool
    """Somebody may have come or gone."""
    removed: str | None = field(default=None, repr=False)
    """Whom somebody put out: a host in Visio's page, or we ourselves."""


class Webhooks(Protocol):
    """Reads what the media server tells; whatever is lost or comes late, its lists decide."""

    def read(self, token: str, body: bytes, now: datetime) -> Hook | None:
        """Return what a body says, `None` unless our key vouches for these very bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPass:
    """What a guest's token says, once they are admitted."""

    room: str
    identity: str
    """`guest-<uuid4>`, a new one for each admission."""
    name: str = field(repr=False)
    """With its suffix: "Jean Dupont (externe – partenaire.example)"."""
    organisation: str = field(repr=False)
    assurance: str
    until: datetime
    """The end of the guest's window. The token itself ends long before."""
    sources: Sequence[Source]
    """What the guest may send; none is nothing."""


class Passes(Protocol):
    """Makes the tokens that guests show to the media server."""

    def issue(self, seat: SeatPass, now: datetime) -> SecretStr:
        """Return a token that is good for two minutes from now."""
        ...


class Entry(StrEnum):
    """What Visio's waiting room answers who knocks."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Knock:
    """An answer of Visio's waiting room."""

    entry: Entry
    url: str = ""
    """Where the media server is, for browsers, once accepted."""
    token: SecretStr | None = None
    """Good for hours: only for the browser of who was accepted, and kept nowhere."""


class WaitingRoom(Protocol):
    """Visio's waiting room, where the host sees who knocks and lets them in."""

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        """Knock, or knock on: who does not for three seconds is forgotten.

        `identity` is a UUID of our choice, `name` what the host reads. Asking again is always
        safe, and once accepted brings a new token. Raises VisioError.
        """
        ...

    async def probe(self) -> None:
        """Look whether it answers, without knocking. Raises VisioError."""
        ...


class Identities(Protocol):
    """Finds the e-mail of an agent; a typed address is never trusted as the sender's."""

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the agent's identity, or `None` when nothing vouches for one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message ready to leave: it holds a link, so it is never kept nor logged."""

    to: str = field(repr=False)
    subject: str = field(repr=False)
    plain: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    reply_to: str | None = field(default=None, repr=False)


class Post(Protocol):
    """Sends mail."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the mail server.

        Raises MailRefused (for good) or MailUnreachable (later). The same `message_id` may be
        sent twice after a crash; mail clients show it once.
        """
        ...
