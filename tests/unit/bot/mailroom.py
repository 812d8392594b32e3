"""An office with a box, to which agents' calendars mail events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from bridge.calendars.event_texts import ICalendarTexts
from bridge.calendars.mailed import SummonedTexts
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from bridge.mail.organiser import organiser_letter
from bridge.metrics import Metrics
from bridge.ports import Letter
from bridge.ports.incoming import Letterbox
from bridge.services.calendars.describing import Describing
from bridge.services.calendars.wire import MailedWorld
from bridge.services.incoming.postmaster import Postmaster
from bridge.services.incoming.wire import InvitedBox, PostOffice, postmaster_of
from tests.doubles.ports import FakeLetterbox
from tests.services.house import ALICE, MINUTE
from tests.unit.bot.desk import Desk
from tests.unit.bot.office import VISIO, Office
from tests.unit.bridge.mail.arriving import READING, ZONE, mailed
from tests.wiring import MAIL_DOMAIN

BOX = "visio@parvis.example"
SERVICE = "agenda@suite.example"
FROM = "Alice Martin <alice@beta.gouv.fr>"
TEXTS = SummonedTexts(ICalendarTexts(zone="Europe/Paris", visio=VISIO, language=Language.FR))


def vevent(**lines: str) -> str:
    """Return an event of Alice's that invites us; `lines` by their names, empty: none."""
    said = {
        "UID": "comite@beta.gouv.fr",
        "SEQUENCE": "0",
        "DTSTAMP": "20261201T080000Z",
        "DTSTART;TZID=Europe/Paris": "20261203T140000",
        "DTEND;TZID=Europe/Paris": "20261203T150000",
        "SUMMARY": "Comité",
        "ORGANIZER;CN=Alice Martin": "mailto:alice@beta.gouv.fr",
        "ATTENDEE;CN=Parvis;RSVP=TRUE;PARTSTAT=NEEDS-ACTION": f"MAILTO:{BOX}",
    }
    names = {name.partition(";")[0] for name in lines}
    kept = {name: one for name, one in said.items() if name.partition(";")[0] not in names}
    both = [*kept.items(), *lines.items()]
    rows = [f"{name}:{one}" for name, one in both if one]
    return "\n".join(["BEGIN:VEVENT", *rows, "END:VEVENT"])


def request(*events: str, method: str = "REQUEST") -> str:
    """Return a calendar as it is mailed."""
    head = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Exemple//Agenda 1//FR\nMETHOD:{method}\n"
    body = "\n".join(events or (vevent(),))
    return f"{head}{ZONE}{body}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def guests(*addresses: str) -> dict[str, str]:
    """Return the lines of further people of an event."""
    return {f"ATTENDEE;CN=P{n}": f"mailto:{one}" for n, one in enumerate(addresses)}


@dataclass
class Mailroom:
    """A desk whose agents mail our box."""

    desk: Desk
    real: Letterbox | None = None
    """A real box, of which `box` then knows nothing."""
    box: FakeLetterbox = field(default_factory=FakeLetterbox)
    sent: int = 0

    def __post_init__(self) -> None:
        house = self.desk.house
        ours = frozenset({BOX})
        self.office.mailed = MailedWorld(
            texts=TEXTS,
            describing=Describing(MAIL_DOMAIN, "Réunion Visio"),
            box=BOX,
            ours=ours,
            bot=self.office.account.user,
        )
        self.metrics = Metrics()
        house.office = PostOffice(
            box=self.real or self.box,
            reader=READING,
            every=MINUTE,
            domain=MAIL_DOMAIN,
            invited=InvitedBox(
                texts=TEXTS,
                identities=house.identities,
                ours=ours,
                bot=self.office.account.user,
                post=house.post,
                compose=partial(organiser_letter, language=Language.FR),
                patience=timedelta(),
                services=frozenset({SERVICE}),
            ),
        )
        self.office.wire(house.store)

    @property
    def office(self) -> Office:
        return self.desk.office

    def open(self) -> Postmaster:
        """Start a process that looks into the box."""
        assert self.desk.house.office is not None
        return postmaster_of(self.desk.house.tools, self.desk.house.office, self.metrics)

    async def look(self) -> None:
        """Look into the box, and do all that follows."""
        await self.open().look(self.desk.house.clock.now())
        await self.desk.settle()

    async def gets(self, *texts: str, **headers: Any) -> None:
        """Have mails arrive, in this order, and do all that follows."""
        for text in texts:
            self.sent += 1
            said = {"sender": FROM, "message_id": f"<{self.sent}@beta.gouv.fr>", **headers}
            self.box.receive(mailed(text, **said))
        await self.look()

    async def confirmed(self) -> None:
        """Have Alice say that mails of her address are hers."""
        await self.desk.says("!visio agenda mails oui", "sure")

    def question(self) -> EventId:
        """Return the last question whether mails are Alice's."""
        asked = [one for one in self.private_events() if "Est-ce bien vous" in one.body]
        last: EventId = asked[-1].event
        return last

    def private_events(self, user: UserId = ALICE) -> Sequence[Any]:
        salon = SalonId(f"!direct-{user[1:]}")
        return [one for one in self.office.account.sent if one.salon == salon]

    def private(self, user: UserId = ALICE) -> list[str]:
        """Return the direct messages to an agent, with ordinary spaces."""
        found = self.office.private(user)
        return [one.replace("\u00a0", " ").replace("\u202f", " ") for one in found]

    def cards(self, user: UserId = ALICE) -> list[str]:
        """Return the cards in an agent's direct message."""
        return [one for one in self.private(user) if "Rejoindre la réunion" in one]

    @property
    def letters(self) -> list[Letter]:
        """The mails that left."""
        return self.desk.house.post.sent

    def answers(self) -> list[str]:
        """Return the calendar files by which we accepted."""
        return [one.content.decode() for letter in self.letters for one in letter.calendars]

    def links(self) -> list[Letter]:
        """Return the mails with a link."""
        return [one for one in self.letters if one.subject.startswith("Lien Visio")]

    async def walls(self) -> list[str]:
        """Return the planned dates of all meetings, as clocks show them."""
        async with self.desk.house.store.reading() as work:
            known = await work.meetings.of_organiser(
                ALICE, ending_after=self.desk.house.clock.now(), most=100
            )
        return sorted(f"{one.wall_start:%m-%d %H:%M}" for _, one in known if not one.void)

    async def meetings(self) -> int:
        """Return how many meetings there are to come."""
        async with self.desk.house.store.reading() as work:
            known = await work.meetings.of_organiser(
                ALICE, ending_after=self.desk.house.clock.now(), most=100
            )
        return len({meeting.id for meeting, _ in known})

    def count(self, outcome: str) -> float:
        """Return how many mails had this outcome."""
        found = self.metrics.registry.get_sample_value(
            "parvis_mails_in_total", {"outcome": outcome}
        )
        return found or 0
