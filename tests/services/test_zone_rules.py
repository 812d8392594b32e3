"""When the rules of zones change, what is planned keeps its wall time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.calendars.zones import rules_version
from bridge.domain.agenda import Kind
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.series.zone_rules import ZoneRules
from tests.services.house import HOUR, House, said
from tests.services.test_series import dates, planned

FIRST = datetime(2027, 6, 7, 9)


def without_summer_time(zone: str) -> ZoneInfo:
    """Return rules by which clocks in Europe stay as they are in winter."""
    files = {"Europe/Paris": "Africa/Algiers"}  # an hour ahead of UTC all year round
    for folder in ("/usr/share/zoneinfo", *_packaged()):
        path = Path(folder) / files.get(zone, zone)
        if path.is_file():
            with path.open("rb") as rules:
                return ZoneInfo.from_file(rules, key=zone)
    raise AssertionError(zone)


def _packaged() -> list[str]:
    import tzdata  # noqa: PLC0415

    return [str(Path(tzdata.__file__).parent / "zoneinfo")]


def rules(house: House, version: str, zones: Callable[[str], ZoneInfo]) -> ZoneRules:
    return ZoneRules(house.tools, version, zones)


async def test_a_series_keeps_its_hour_and_all_that_depends_on_it_moves(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", FIRST)
    await house.run_due()
    await house.shown()
    assert [one.start.hour for one in made.occurrences] == [7, 7, 7]
    await rules(house, "2026d", without_summer_time).look(house.clock.now())
    after = await dates(house, made.meeting.id)
    assert [one.start.hour for one in after] == [8, 8, 8]
    assert [one.wall_start for one in after] == [one.wall_start for one in made.occurrences]
    assert [one.original for one in after] == [one.original for one in made.occurrences]
    assert all(one.end - one.start == HOUR for one in after)
    rows, first = await house.planned(), after[1]
    assert rows[Kind.OPEN, str(first.id)] == first.start - house.policy.graces.before
    assert rows[Kind.NEXT, str(first.id)] == first.start - timedelta(days=1)
    assert [one.occurrence for one in await house.messages("card")] == [one.id for one in after]  # type: ignore[union-attr]


async def test_a_meeting_that_is_once_keeps_its_hour_and_its_guest_is_told(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    await house.met(start=datetime(2027, 6, 7, 7, tzinfo=UTC))
    await house.invited(Guest("Léa Roux", "lea@partenaire.example"))
    await house.run_due()
    await rules(house, "2026d", without_summer_time).look(house.clock.now())
    assert (await house.of())[1].start == datetime(2027, 6, 7, 8, tzinfo=UTC)
    await house.run_until(house.clock.now() + timedelta(minutes=2))
    assert len(house.post.sent) == 2


async def test_each_version_is_looked_at_once(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    await planned(house, "FREQ=WEEKLY;COUNT=3", FIRST)
    asked = []

    def counting(zone: str) -> ZoneInfo:
        asked.append(zone)
        return ZoneInfo(zone)

    looking = rules(house, "2026d", counting)
    await looking.look(house.clock.now())
    await looking.look(house.clock.now())
    assert len(asked) == 3
    await rules(house, "2026e", counting).look(house.clock.now())
    assert len(asked) == 6


async def test_what_is_past_or_cancelled_stays(house: House):
    house.clock.at = datetime(2027, 6, 7, 7, 30, tzinfo=UTC)
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", FIRST + timedelta(days=7))
    async with house.store() as work:
        await house.meetings.end(work, made.occurrences[0])
    house.clock.at = made.occurrences[1].start + timedelta(minutes=1)
    assert await rules(house, "2026d", without_summer_time).derive(house.clock.now()) == 1


async def test_what_another_process_has_derived_stays(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", FIRST)
    asked = []

    def once(zone: str) -> ZoneInfo:
        asked.append(zone)
        return without_summer_time(zone) if len(asked) == 1 else ZoneInfo(zone)

    assert await rules(house, "2026d", once).derive(house.clock.now()) == 0
    assert list(await dates(house, made.meeting.id)) == list(made.occurrences)


async def test_many_are_derived_page_by_page(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    await planned(house, "FREQ=WEEKLY;COUNT=7", FIRST)
    again = replace(rules(house, "2026d", without_summer_time), page=2)
    assert await again.derive(house.clock.now()) == 7
    assert await again.derive(house.clock.now()) == 0


async def test_more_than_a_page_may_begin_at_one_moment(house: House):
    house.clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    start = datetime(2027, 6, 7, 7, tzinfo=UTC)
    for number in range(5):
        async with house.store() as work:
            wanted = MeetingRequest(title=str(number), start=start)
            assert await house.meetings.ask(work, said(str(number)), wanted)
    again = replace(rules(house, "2026d", without_summer_time), page=2)
    assert await again.derive(house.clock.now()) == 5


def test_the_version_of_these_rules_is_known(tmp_path: Path):
    assert rules_version() != "?"
    assert rules_version([tmp_path]).startswith("20"), "of the package tzdata"
    (tmp_path / "+VERSION").write_text("2031a\n")
    assert rules_version([tmp_path]) == "2031a"
    (tmp_path / "tzdata.zi").write_text("# version 2032b\nR A\n")
    assert rules_version([tmp_path]) == "2032b"
