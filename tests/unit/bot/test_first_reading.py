"""The message that tells an owner how far the first reading of their calendars is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.calendar import CalendarLogin
from bridge.errors import CalendarUnreachable
from bridge.ids import SalonId
from bridge.ports.calendar_servers import ObjectText
from tests.doubles.account import Sent
from tests.doubles.calendars import FakeAccount, FakeCalendars
from tests.unit.bot.desk import SERVER, Desk, event_text
from tests.unit.bot.office import ALICE, Office

DIRECT = SalonId(f"!direct-{ALICE[1:]}")
HOME = f"{SERVER}/alice/"
MANY = 1_500
DONE = "Votre agenda est lu : 1 500 événements. Vos réunions et votre agenda se suivent."


@dataclass
class SlowCalendars(FakeCalendars):
    """A server that takes its time for each answer with events."""

    took: Callable[[int], Awaitable[None]] | None = None
    """Hears the number of each such answer."""
    answers: int = 0

    async def fetch(
        self, url: str, login: CalendarLogin, hrefs: Sequence[str]
    ) -> Mapping[str, ObjectText]:
        self.answers += 1
        if self.took is not None:
            await self.took(self.answers)
        return await FakeCalendars.fetch(self, url, login, hrefs)


def large(servers: FakeCalendars, events: int) -> FakeAccount:
    """Give a server an account with so many events in its calendar."""
    made = servers.account(HOME, "perso", user="alice")
    (calendar,) = made.calendars.values()
    for n in range(events):
        calendar.keep(f"{calendar.path}{n}.ics", event_text(f"event-{n}", title=f"Point {n}"))
    return made


def slow(office: Office, seconds: float = 1) -> tuple[Desk, SlowCalendars]:
    """Return a desk whose server takes so long for each answer; what is to be sent goes out."""
    servers = SlowCalendars()
    desk = Desk(office.house, servers=servers)

    async def took(_: int) -> None:
        desk.house.clock.forward(timedelta(seconds=seconds))
        await desk.office.flush()

    servers.took = took
    return desk, servers


def told(desk: Desk) -> list[Sent]:
    """Return what was sent to Alice, edits too."""
    return [one for one in desk.office.account.sent if one.salon == DIRECT]


def shown(desk: Desk) -> list[str]:
    """Return what Alice reads."""
    return desk.office.private()


async def test_a_long_one_is_told_in_one_message_to_its_end(office: Office):
    desk, servers = slow(office)
    await desk.link(known=large(servers, MANY))
    first, *edits = told(desk)
    assert first.edits is None
    assert first.body == (
        "Lecture de votre agenda : 1 000 événements lus. Vous n’avez rien à faire."
    )
    assert {one.edits for one in edits} == {first.event}
    assert shown(desk) == [DONE]
    before = len(told(desk))
    await desk.poll()
    assert len(told(desk)) == before


async def test_one_that_is_cut_off_goes_on_where_it_was(office: Office):
    desk, servers = slow(office)

    async def cut(answer: int) -> None:
        desk.house.clock.forward(timedelta(seconds=1))
        await desk.office.flush()
        if answer == 13:
            raise CalendarUnreachable("cut")

    servers.took = cut
    await desk.link(known=large(servers, MANY))
    (line,) = shown(desk)
    assert line.startswith("Lecture de votre agenda : 1 000 événements lus")
    await desk.says("!visio agenda état", "state")
    assert "Première lecture en cours : 1 000 événements lus" in shown(desk)[-1]
    desk.office.wire(desk.house.store)  # a new process
    servers.answers = 0
    servers.took = None
    await desk.poll()
    assert servers.answers == 5  # what was noted is not read again
    assert shown(desk)[0] == DONE
    await desk.says("!visio agenda état", "again")
    assert "Dernière lecture" in shown(desk)[-1]


async def test_a_short_one_is_not_worth_a_message(office: Office):
    desk, servers = slow(office, seconds=0)
    await desk.link(known=large(servers, MANY))
    assert not told(desk)


async def test_one_of_few_events_is_not_worth_a_message(office: Office):
    desk, servers = slow(office, seconds=30)
    await desk.link(known=large(servers, 900))
    assert not told(desk)


async def test_an_event_that_is_over_asks_for_nothing_and_a_series_that_goes_on_does(
    office: Office,
):
    desk, servers = slow(office, seconds=0)
    made = large(servers, 0)
    (calendar,) = made.calendars.values()
    over = event_text("over", title="Bilan #visio", start=datetime(2026, 11, 3, 14))
    long_ago = event_text(
        "series",
        start=datetime(2020, 1, 7, 14),
        title="Mêlée #vi\r\n sio",
        lines=("RRULE:FREQ=WEEKLY",),
    )
    lasting = over.replace("UID:over", "UID:lasting").replace("DTEND;TZID", "X-END;TZID")
    calendar.keep(f"{calendar.path}over.ics", over)
    calendar.keep(f"{calendar.path}series.ics", long_ago)
    calendar.keep(
        f"{calendar.path}lasting.ics", lasting.replace("END:VEVENT", "DURATION:P60D\r\nEND:VEVENT")
    )
    await desk.link(known=made)
    texts = {href: servers.text(href) for href in desk.hrefs()}
    asked = {href for href, text in texts.items() if "X-TCHAP-VISIO-ID" in text}
    assert asked == {f"{calendar.path}series.ics", f"{calendar.path}lasting.ics"}
