"""Versions of events that are mailed, merged in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from bridge.domain.mailed import MailedEvent, mailed_id
from bridge.errors import EventUnreadable
from bridge.ids import UserId
from tests.unit.bot.mailroom import BOX, TEXTS, request, vevent

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ALICE = UserId("@alice:agent.tchap")
PARIS = "TZID=Europe/Paris"


def series(sequence: int = 0, start: str = "20261203T140000", rule: str = "WEEKLY", **more: str):
    end = f"{start[:9]}{int(start[9:11]) + 1:02}{start[11:]}"
    lines = {f"DTSTART;{PARIS}": start, f"DTEND;{PARIS}": end, **more}
    return vevent(SEQUENCE=str(sequence), RRULE=f"FREQ={rule};COUNT=3", **lines)


def date(original: str, start: str, sequence: int = 1, **more: str) -> str:
    return vevent(
        SEQUENCE=str(sequence),
        **{
            f"RECURRENCE-ID;{PARIS}": original,
            f"DTSTART;{PARIS}": start,
            f"DTEND;{PARIS}": f"{start[:9]}{int(start[9:11]) + 1:02}{start[11:]}",
            **more,
        },
    )


async def merged(*mails: str) -> str:
    known = ""
    for one in mails:
        found = await TEXTS.merge(known, one, NOW, cancels="METHOD:CANCEL" in one)
        known = known if found is None else found.text
    return known


async def test_the_order_of_mails_is_of_no_matter():
    mails = [
        request(series(0)),
        request(series(1, SUMMARY="Budget")),
        request(date("20261210T140000", "20261210T160000")),
        request(date("20261217T140000", "20261217T140000", 2), method="CANCEL"),
    ]
    ends = set()
    for some in permutations(mails):
        event = await TEXTS.read(await merged(*some))
        ends.add(tuple(sorted(event.fields().items())))
        assert event.title == "Budget"
    assert len(ends) == 1


async def test_dates_apart_move_with_their_series_by_the_rule():
    known = await merged(request(series(0)), request(date("20261210T140000", "20261211T090000", 5)))
    event = await TEXTS.read(await merged_on(known, request(series(1, "20261203T153000"))))
    (one,) = event.dates
    assert one.original == datetime(2026, 12, 10, 15, 30)
    assert one.start == datetime(2026, 12, 11, 9)


async def merged_on(known: str, mail: str) -> str:
    found = await TEXTS.merge(known, mail, NOW)
    assert found is not None
    return found.text


async def test_another_rule_has_other_dates():
    known = await merged(request(series(0)), request(date("20261210T140000", "20261211T090000", 5)))
    event = await TEXTS.read(await merged_on(known, request(series(1, rule="DAILY"))))
    assert event.dates == ()


async def test_no_clock_is_ahead_of_ours():
    known = await merged(request(vevent(DTSTAMP="20991231T000000Z")))
    assert "20991231" not in known
    later = NOW + timedelta(hours=1)
    found = await TEXTS.merge(
        known, request(vevent(SUMMARY="Budget", DTSTAMP="20261201T093000Z")), later
    )
    assert found is not None
    assert found.event.title == "Budget"


async def test_the_same_version_again_is_nothing():
    known = await merged(request())
    assert await TEXTS.merge(known, request(), NOW) is None
    assert await TEXTS.merge(known, request(vevent(DTSTAMP="")), NOW) is None


async def test_a_cancellation_says_little_and_keeps_the_rest():
    known = await merged(request(vevent(SEQUENCE="3")))
    bare = vevent(SEQUENCE="3", DTSTAMP="20261201T083000Z", DTSTART="", DTEND="", SUMMARY="")
    found = await TEXTS.merge(known, request(bare, method="CANCEL"), NOW, cancels=True)
    assert found is not None
    assert found.event.cancelled
    assert found.event.start == datetime(2026, 12, 3, 14)
    assert found.owed == ()


@pytest.mark.parametrize(
    "text",
    [
        request(vevent(), vevent()),
        request(date("20261210T140000", "20261210T160000")).replace(
            "RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;"
        ),
        request(vevent(DESCRIPTION="x" * 600_000)),
        "",
    ],
)
async def test_what_has_no_one_reading_is_refused(text: str):
    with pytest.raises(EventUnreadable):
        await TEXTS.merge("", text, NOW)


async def test_what_grows_too_long_is_refused_and_the_known_stays():
    known = await merged(request(vevent(DESCRIPTION="x" * 400_000)))
    long = date("20261210T140000", "20261210T160000", DESCRIPTION="y" * 400_000)
    with pytest.raises(EventUnreadable):
        await TEXTS.merge(known, request(long), NOW)


async def test_an_acceptance_names_its_date_as_the_series_does():
    text = await merged(request(series(0)), request(date("20261210T140000", "20261210T160000")))
    event = MailedEvent(
        id=mailed_id(ALICE, "u"),
        owner=ALICE,
        uid="comite@beta.gouv.fr",
        text=text,
        organizer="alice@beta.gouv.fr",
        invited=BOX,
        changed_at=NOW,
    )
    part = datetime(2026, 12, 10, 13, tzinfo=UTC).isoformat()
    said = TEXTS.acceptance(event, part, 1, NOW)
    assert said is not None
    assert b"RECURRENCE-ID;TZID=Europe/Paris:20261210T140000" in said
    assert b"BEGIN:VTIMEZONE" in said
    assert b"DTSTAMP:20261201T090000Z" in said
    assert b"RRULE" not in said.partition(b"BEGIN:VEVENT")[2]
    assert TEXTS.acceptance(event, "gone", 1, NOW) is None
