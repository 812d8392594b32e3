"""Mails to guests of a series: its rule once, then one date by its name, or all dates in one mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest_asyncio

from bridge.domain.event import GuestEvent
from bridge.domain.mail import Mail, MailKind
from bridge.domain.scope import NamedOccurrences, WholeSeries
from bridge.domain.series import Reach
from bridge.errors import MailUnconfirmed
from bridge.services.invitations.drafts import InvitationFacts
from bridge.services.invitations.invitations import Guest
from tests.services.house import HOUR, MINUTE, House
from tests.services.test_series import WEEK, planned
from tests.services.test_series_changes import TUESDAY, Weekly

LEA = Guest("Léa Roux", "lea@partenaire.example")
SECOND = TUESDAY + WEEK


class Told:
    """A series whose guest has their invitation."""

    def __init__(self, weekly: Weekly) -> None:
        self.weekly, self.house = weekly, weekly.house

    @property
    def mails(self) -> list[InvitationFacts]:
        return self.house.composed

    @property
    def kinds(self) -> list[MailKind]:
        return [one.kind for one in self.mails]

    def event(self, number: int = -1) -> GuestEvent:
        event = self.mails[number].event
        assert event is not None
        return event

    async def later(self) -> None:
        await self.house.run_until(self.house.clock.now() + 5 * MINUTE)

    async def rows(self) -> Sequence[Mail]:
        (date, *_) = self.weekly.made.occurrences
        async with self.house.store.reading() as work:
            (guest,) = await work.invitations.of_occurrence(date.id)
            return await work.mails.to([guest.id])


@pytest_asyncio.fixture(loop_scope="session")
async def told(house: House) -> Told:
    """Tuesdays at ten, without an end."""
    weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    return Told(weekly)


async def test_an_invitation_says_the_rule_and_the_next_dates(told: Told):
    event = told.event()
    assert (event.start, event.length, event.zone) == (TUESDAY, HOUR, "Europe/Paris")
    assert event.recurrence is not None
    assert event.recurrence.rule == "FREQ=WEEKLY"
    assert event.original is None
    (mail,) = told.mails
    assert [start.isoformat() for start, _ in mail.dates] == [
        f"2027-01-{day}T09:00:00+00:00" for day in ("05", "12", "19", "26")
    ]
    (row,) = await told.rows()
    assert row.series == event


async def test_one_date_moved_is_one_mail_about_it(told: Told):
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.MOVED]
    event, mail = told.event(), told.mails[-1]
    assert (event.uid, event.original, event.start) == (
        told.event(0).uid,
        SECOND,
        datetime(2027, 1, 13, 14),
    )
    assert (event.recurrence, event.sequence) == (None, 1)
    assert mail.before is not None
    assert mail.before[0].isoformat() == "2027-01-12T09:00:00+00:00"
    assert mail.dates == ()


async def test_one_date_cancelled_is_not_the_end_of_the_series(told: Told):
    await told.weekly.cancel(SECOND)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.CANCELLATION]
    event = told.event()
    assert (event.uid, event.original, event.sequence) == (told.event(0).uid, SECOND, 1)
    assert told.house.post.sent[-1].calendars[0].method == "CANCEL"


async def test_those_that_follow_begin_another_series_in_one_mail(told: Told):
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14), Reach.FOLLOWING)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.DATES]
    old, new, ended = told.event(0), told.event(), told.mails[-1].ended
    assert new.uid != old.uid
    assert new.recurrence is not None
    assert new.start == datetime(2027, 1, 13, 14)
    assert ended is not None
    assert (ended.uid, ended.start) == (old.uid, TUESDAY)
    assert ended.recurrence is not None
    assert ended.recurrence.rule == "FREQ=WEEKLY;UNTIL=20270113T135959"
    assert new.sequence == ended.sequence == 1
    # Once more: the second series ends, and a third begins.
    await told.weekly.move(datetime(2027, 1, 20, 14), datetime(2027, 1, 21, 9), Reach.FOLLOWING)
    await told.later()
    assert told.kinds[2:] == [MailKind.DATES]
    third, again = told.event(), told.mails[-1].ended
    assert again is not None
    assert again.uid == new.uid
    assert len({old.uid, new.uid, third.uid}) == 3


async def test_all_moved_keep_their_uid(told: Told):
    await told.weekly.move(TUESDAY, datetime(2027, 1, 4, 10), Reach.ALL)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.DATES]
    assert (told.event().uid, told.event().start) == (told.event(0).uid, datetime(2027, 1, 4, 10))
    assert told.mails[-1].ended is None


async def test_those_that_follow_cancelled_end_the_series(told: Told):
    await told.weekly.cancel(SECOND, Reach.FOLLOWING)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.DATES]
    event = told.event()
    assert event.uid == told.event(0).uid
    assert event.recurrence is not None
    assert "UNTIL=20270112T095959" in event.recurrence.rule
    assert told.mails[-1].ended is None


async def test_all_cancelled_is_one_cancellation(told: Told):
    await told.weekly.cancel(TUESDAY, Reach.ALL)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.CANCELLATION]
    assert (told.event().uid, told.event().original) == (told.event(0).uid, None)


async def test_two_dates_within_a_minute_are_one_mail(told: Told):
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.weekly.cancel(SECOND + WEEK)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.DATES]
    event = told.event()
    assert event.uid == told.event(0).uid
    assert [one.start for one in event.shifted] == [datetime(2027, 1, 13, 14)]
    assert event.recurrence is not None
    assert event.recurrence.without == (SECOND + WEEK,)


async def test_a_date_and_then_another_are_two_mails(told: Told):
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.later()
    await told.weekly.move(SECOND + WEEK, datetime(2027, 1, 20, 14))
    await told.later()
    assert told.kinds[1:] == [MailKind.MOVED] * 2
    assert [told.event(n).original for n in (1, 2)] == [SECOND, SECOND + WEEK]
    assert [told.event(n).sequence for n in (0, 1, 2)] == [0, 1, 2]


async def test_moved_and_back_within_a_minute_is_told_to_nobody(told: Told):
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.weekly.move(datetime(2027, 1, 13, 14), SECOND)
    await told.later()
    assert told.kinds == [MailKind.INVITATION]


async def test_who_is_invited_after_a_change_is_told_the_exceptions(house: House):
    weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
    await weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await weekly.cancel(SECOND + WEEK)
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    told = Told(weekly)
    event = told.event()
    assert [(one.original, one.start) for one in event.shifted] == [
        (SECOND, datetime(2027, 1, 13, 14))
    ]
    assert event.recurrence is not None
    assert event.recurrence.without == (SECOND + WEEK,)
    # A change of the moved date names what the guest knows, not what the rule says.
    await weekly.move(datetime(2027, 1, 13, 14), datetime(2027, 1, 14, 9))
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.MOVED]
    before = told.mails[-1].before
    assert before is not None
    assert before[0].isoformat() == "2027-01-13T13:00:00+00:00"


async def test_a_lost_answer_says_the_same_again(told: Told):
    told.house.post.troubles.append(MailUnconfirmed())
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.house.run_until(told.house.clock.now() + HOUR)
    first, second = told.mails[1:]
    assert first.message_id == second.message_id
    assert [one.event.sequence for one in (first, second) if one.event] == [1, 1]


async def test_a_whole_change_whose_answer_is_lost_is_told_again(told: Told):
    told.house.post.troubles.append(MailUnconfirmed())
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14), Reach.FOLLOWING)
    await told.house.run_until(told.house.clock.now() + HOUR)
    first, second = told.mails[1:]
    assert (first.kind, second.kind) == (MailKind.DATES, MailKind.DATES)
    assert first.event is not None
    assert second.event is not None
    assert (first.event.uid, first.event.sequence) == (second.event.uid, second.event.sequence)
    assert first.message_id == second.message_id
    assert first.ended == second.ended


async def test_withdrawn_the_whole_series_goes(told: Told):
    async with told.house.store() as work:
        date = told.weekly.made.occurrences[0]
        known = await work.invitations.of_occurrence(date.id)
        await told.house.invitations.revoke(work, date, known)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.WITHDRAWAL]
    assert (told.event().uid, told.event().original) == (told.event(0).uid, None)


async def test_a_guest_of_some_dates_has_each_as_an_event_of_its_own(house: House):
    weekly = Weekly(house, await planned(house, "FREQ=WEEKLY;COUNT=3", TUESDAY))
    first, _, third = weekly.made.occurrences
    await house.invited(LEA, scope=NamedOccurrences(frozenset({first.id, third.id})))
    await house.run_due()
    told = Told(weekly)
    assert str(first.id) in told.event().uid
    await weekly.move(third.wall_start, datetime(2027, 1, 20, 14))
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.MOVED]
    assert str(third.id) in told.event().uid
    assert told.event().original is None
    assert told.event().start == datetime(2027, 1, 20, 14)
    assert timedelta() < told.event().length


async def test_without_a_file_the_same_is_told_in_words(house: House):
    house.shows_organiser = False
    house.wire(house.store)
    told = Told(Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY)))
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    await told.weekly.move(SECOND, datetime(2027, 1, 13, 14))
    await told.later()
    await told.weekly.move(SECOND + WEEK, datetime(2027, 1, 20, 14), Reach.FOLLOWING)
    await told.later()
    assert told.kinds == [MailKind.INVITATION, MailKind.MOVED, MailKind.DATES]
    assert [one.calendars for one in house.post.sent] == [()] * 3
    assert {one.sequence for one in await told.rows()} == {None}
