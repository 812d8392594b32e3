"""Agents' calendar accounts, their calendars and events, and the links to link them."""

from dataclasses import replace
from datetime import timedelta
from uuid import RFC_4122

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bridge.domain.agent import Agent
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarAuth,
    CalendarLogin,
    CalendarObject,
    SyncMode,
)
from bridge.ids import (
    CalendarAccountId,
    CalendarId,
    CalendarLinkId,
    CalendarObjectId,
    UserId,
    uuid7,
)
from bridge.ports.agent_calendars import HostTally, KnownCalendar, KnownObject
from bridge.store import Store, Vault, open_store
from bridge.store.links import LinkKeys
from tests.contract.hot import ACCOUNT, CALENDAR, COPY, LINK
from tests.contract.store_samples import ORGANISER, SALON, START, meeting, occurrence

OTHER = UserId("@sasha:agent.tchap")
DAY = timedelta(days=1)
FULL = replace(
    ACCOUNT,
    account=UserId("@visio:agent.tchap"),
    login=CalendarLogin(auth=CalendarAuth.BEARER, secret=SecretStr("a-token-of-theirs")),
    schedules=True,
    shares_free=True,
    state=CalendarAccountState.REFUSED,
    failures=3,
    polled_at=START,
    ok_at=START - DAY,
    changed_at=START - 2 * DAY,
)


def account(owner: UserId) -> CalendarAccount:
    return replace(ACCOUNT, id=CalendarAccountId(uuid7(START)), owner=owner)


def calendar(of: CalendarAccount, name: str = "Travail") -> AgentCalendar:
    return replace(
        CALENDAR, id=CalendarId(uuid7(START + DAY)), account=of.id, name=name, salon=None
    )


def event_at(of: AgentCalendar, href: str) -> CalendarObject:
    identity = CalendarObjectId(uuid7(START + DAY))
    return CalendarObject(id=identity, calendar=of.id, href=href, etag=f'"{href}"')


async def linked(store: Store) -> None:
    """Keep an account with one calendar and nothing in it."""
    async with store() as work:
        await work.calendars.add_account(ACCOUNT)
        await work.calendars.save_calendars(CALENDAR)


class TestAccounts:
    async def test_are_kept_and_replaced(self, store: Store):
        bare = replace(ACCOUNT, addresses=(), account=None)
        async with store() as work:
            assert await work.calendars.account(ACCOUNT.id) is None
            await work.calendars.add_account(bare)
        async with store() as work:
            assert await work.calendars.account(ACCOUNT.id) == bare
            await work.calendars.save_account(FULL)
        async with store.reading() as work:
            assert await work.calendars.account_of(ORGANISER) == FULL
            assert await work.calendars.account_of(OTHER) is None
            (tally,) = await work.calendars.tally()
            assert tally == HostTally(host=FULL.host, refused=1)

    async def test_are_counted_by_host_and_how_they_are(self, store: Store):
        there = "https://dav.other.example/"
        late, early = START + 2 * DAY, START + DAY
        known = [
            replace(account(UserId("@a:a.example")), ok_at=early),
            replace(account(UserId("@b:a.example")), ok_at=late, failures=3),
            replace(account(UserId("@c:a.example")), state=CalendarAccountState.GONE),
            replace(account(UserId("@d:a.example")), home=there),
        ]
        async with store() as work:
            for one in known:
                await work.calendars.add_account(one)
        async with store.reading() as work:
            first, second = await work.calendars.tally()
        assert first == HostTally(host=known[0].host, well=1, away=1, gone=1, ok_at=late)
        assert second == HostTally(host="dav.other.example", well=1, ok_at=known[3].ok_at)
        assert (first.linked, second.linked) == (3, 1)

    async def test_are_known_with_the_states_of_their_calendars(self, store: Store):
        other, second = account(OTHER), calendar(ACCOUNT)
        await linked(store)
        async with store() as work:
            await work.calendars.add_account(other)
            await work.calendars.save_calendars(second)
        async with store.reading() as work:
            asked = [ACCOUNT.id, other.id, CalendarAccountId(uuid7(START))]
            found = {one.id: one for one in await work.calendars.known(asked)}
        mine = found.pop(ACCOUNT.id)
        assert (mine.home, mine.login, mine.state) == (ACCOUNT.home, ACCOUNT.login, ACCOUNT.state)
        assert (mine.failures, mine.ok_at) == (ACCOUNT.failures, ACCOUNT.ok_at)
        assert mine.changed_at == ACCOUNT.changed_at
        assert list(mine.calendars) == [
            KnownCalendar(one.url, one.ctag, one.token, one.reconciled_at)
            for one in sorted((CALENDAR, second), key=lambda one: one.id)
        ]
        assert found.pop(other.id).calendars == ()
        assert not found

    async def test_are_one_for_each_agent(self, store: Store):
        await linked(store)
        with pytest.raises(IntegrityError):
            async with store() as work:
                await work.calendars.add_account(account(ORGANISER))

    async def test_are_found_for_many_agents(self, store: Store):
        many = [account(UserId(f"@agent-{n}:a")) for n in range(1_100)]
        async with store() as work:
            for one in many:
                await work.calendars.add_account(one)
        async with store.reading() as work:
            found = await work.calendars.accounts_of({*(one.owner for one in many), OTHER})
            assert {one.id for one in found} == {one.id for one in many}

    async def test_go_with_all_that_hangs_on_them(self, store: Store):
        other = account(OTHER)
        theirs = calendar(other)
        await linked(store)
        async with store() as work:
            await work.calendars.add_account(other)
            await work.calendars.save_calendars(theirs)
            await work.calendars.save_objects(event_at(CALENDAR, "/1"), event_at(theirs, "/1"))
        async with store() as work:
            await work.calendars.drop_account(ACCOUNT.id)
        async with store.reading() as work:
            assert await work.calendars.account_of(ORGANISER) is None
            assert not await work.calendars.calendars_of(ACCOUNT.id)
            assert not await work.calendars.objects_of(CALENDAR.id)
            assert await work.calendars.calendars_of(other.id) == [theirs]
            assert len(await work.calendars.objects_of(theirs.id)) == 1

    async def test_go_once_their_agents_are_forgotten(self, store: Store):
        """An agent who still uses Parvis keeps theirs, however long ago it was linked."""
        async with store() as work:
            for owner, seen in ((ORGANISER, START), (OTHER, START + 400 * DAY)):
                await work.agents.save(Agent(user=owner, name="", identity=None, seen_at=seen))
                await work.calendars.add_account(account(owner))
        await store.purge(START + 396 * DAY)
        async with store.reading() as work:
            assert len(await work.calendars.accounts_of([ORGANISER, OTHER])) == 2
        await store.purge(START + 397 * DAY)
        async with store.reading() as work:
            (left,) = await work.calendars.accounts_of([ORGANISER, OTHER])
            assert left.owner == OTHER

    async def test_a_new_one_waits_for_no_agents_row(self, store: Store):
        await linked(store)
        await store.purge(START + 30 * DAY)
        async with store.reading() as work:
            assert await work.calendars.account_of(ORGANISER) == ACCOUNT


class TestCalendars:
    async def test_are_kept_replaced_and_dropped(self, store: Store):
        await linked(store)
        second = calendar(ACCOUNT, name="")
        changed = replace(
            CALENDAR,
            name="Mairie",
            mode=SyncMode.LISTING,
            ctag="c",
            token="t",
            ours=False,
            reconciled_at=START,
            suspect_since=START,
        )
        async with store() as work:
            await work.calendars.save_calendars(changed, second)
        async with store() as work:
            assert await work.calendars.calendar(CALENDAR.id) == changed
            assert await work.calendars.calendars_of(ACCOUNT.id) == [changed, second]
            await work.calendars.drop_calendars([second.id])
            assert await work.calendars.calendars_of(ACCOUNT.id) == [changed]

    async def test_keep_their_salon_until_they_are_given_another(self, store: Store):
        await linked(store)
        async with store() as work:
            await work.calendars.assign(CALENDAR.id, None)
        async with store() as work:
            await work.calendars.save_calendars(CALENDAR)  # as a look has read it before
        async with store() as work:
            assert await work.calendars.calendar(CALENDAR.id) == replace(CALENDAR, salon=None)
            await work.calendars.assign(CALENDAR.id, SALON)
        async with store() as work:
            assert await work.calendars.calendars_in(SALON) == [CALENDAR]

    async def test_follow_their_salon(self, store: Store):
        await linked(store)
        new = type(SALON)("!new:agent.tchap")
        async with store() as work:
            assert await work.calendars.calendars_in(SALON) == [CALENDAR]
            await work.calendars.moved_salon(SALON, new)
        async with store.reading() as work:
            assert not await work.calendars.calendars_in(SALON)
            assert await work.calendars.calendars_in(new) == [replace(CALENDAR, salon=new)]


class TestEvents:
    async def test_thousands_are_kept_and_forgotten(self, store: Store):
        await linked(store)
        many = [event_at(CALENDAR, f"/camille/work/{n}.ics") for n in range(10_000)]
        async with store() as work:
            await work.calendars.save_objects(*many)
        async with store() as work:
            found = await work.calendars.objects_of(CALENDAR.id)
            known = {KnownObject(one.id, one.href, one.etag, None, None) for one in many}
            assert set(found) == known
            wanted = many[10:1_600]
            some = await work.calendars.objects_at(CALENDAR.id, [one.href for one in wanted])
            assert sorted(some, key=lambda one: one.id) == sorted(wanted, key=lambda one: one.id)
            await work.calendars.save_objects(*(replace(one, etag='"2"') for one in many[:600]))
            await work.calendars.drop_objects([one.id for one in many[600:]])
        async with store.reading() as work:
            left = await work.calendars.objects_of(CALENDAR.id)
            assert [one.etag for one in left] == ['"2"'] * 600

    async def test_at_one_path_there_is_one(self, store: Store):
        await linked(store)
        with pytest.raises(IntegrityError):
            async with store() as work:
                await work.calendars.save_objects(
                    event_at(CALENDAR, "/1"), event_at(CALENDAR, "/1")
                )

    async def test_copies_are_found_by_meeting_and_by_uid(self, store: Store):
        await linked(store)
        held = meeting()
        other = account(OTHER)
        theirs = calendar(other)
        uid = "long-" * 2_000
        mine = replace(
            COPY, meeting=held.id, uid=uid, gone_at=START, writes=2, wrote="a1", wrote_at=START
        )
        copy = replace(event_at(theirs, "/a"), meeting=held.id, uid=uid)
        async with store() as work:
            await work.meetings.add(held, occurrence(held))
            await work.calendars.add_account(other)
            await work.calendars.save_calendars(theirs)
            await work.calendars.save_objects(mine, copy, event_at(CALENDAR, "/b"))
        async with store() as work:
            assert await work.calendars.object(mine.id) == mine
            assert await work.calendars.copies_of(held.id) == [mine, copy]
            assert await work.calendars.copy_by_uid(uid) == [mine, copy]
            assert not await work.calendars.copy_by_uid("")

    async def test_those_that_concern_no_meeting_are_noted_and_copies_stay(self, store: Store):
        await linked(store)
        held = meeting()
        copy = replace(COPY, meeting=held.id, etag='"mine"')
        missed = replace(event_at(CALENDAR, "/missed"), gone_at=START)
        fresh = {f"/{n}": f'"é{n}"' for n in range(1_200)}
        async with store() as work:
            await work.meetings.add(held, occurrence(held))
            await work.calendars.save_objects(copy, missed)
            await work.calendars.note_events(CALENDAR.id, {})
            await work.calendars.note_events(
                CALENDAR.id, {**fresh, "/missed": "", copy.href: '"theirs"'}
            )
            await work.calendars.note_events(CALENDAR.id, {"/7": '"later"'})
        async with store.reading() as work:
            known = {one.href: one for one in await work.calendars.objects_of(CALENDAR.id)}
            assert known.pop(copy.href).etag == '"mine"'
            assert {href: one.etag for href, one in known.items()} == {
                **fresh,
                "/missed": "",
                "/7": '"later"',
            }
            assert not any(one.gone_at for one in known.values())
            assert {one.id.version for one in known.values()} == {7}
            assert {one.id.variant for one in known.values()} == {RFC_4122}
            (whole,) = await work.calendars.objects_at(CALENDAR.id, ["/7"])
            assert whole == CalendarObject(
                id=known["/7"].id, calendar=CALENDAR.id, href="/7", etag='"later"'
            )
            assert await work.calendars.paths_of_copies(CALENDAR.id) == {copy.href}

    async def test_are_counted_until_their_calendar_is_read(self, store: Store):
        second = calendar(ACCOUNT)
        async with store() as work:
            await work.calendars.add_account(ACCOUNT)
            await work.calendars.save_calendars(
                replace(CALENDAR, reconciled_at=START), replace(second, reconciled_at=None)
            )
            await work.calendars.note_events(CALENDAR.id, {"/a": "", "/b": ""})
            await work.calendars.note_events(second.id, {"/c": ""})
        async with store.reading() as work:
            assert await work.calendars.first_read(ACCOUNT.id) == 1

    async def test_copies_go_with_their_meeting(self, store: Store):
        await linked(store)
        held = meeting()
        async with store() as work:
            await work.meetings.add(held, replace(occurrence(held), start=START, end=START + DAY))
            await work.calendars.save_objects(
                replace(COPY, meeting=held.id), event_at(CALENDAR, "/b")
            )
        await store.retention.meetings(START + 2 * DAY)
        async with store.reading() as work:
            (left,) = await work.calendars.objects_of(CALENDAR.id)
            assert left.href == "/b"


class TestLinks:
    async def test_a_later_one_replaces_those_not_used(self, store: Store):
        used = replace(LINK, used_at=START, tries=2, account=UserId("@visio:a"))
        later = replace(LINK, id=CalendarLinkId(uuid7(START)), digest=b"later")
        last = replace(LINK, id=CalendarLinkId(uuid7(START)), digest=b"last")
        theirs = replace(LINK, id=CalendarLinkId(uuid7(START)), digest=b"x", owner=OTHER)
        async with store() as work:
            await work.calendar_links.add(LINK)
            await work.calendar_links.save(used)
            for link in (theirs, later, last):
                await work.calendar_links.add(link)
        async with store() as work:
            assert await work.calendar_links.get(LINK.id) == used
            assert await work.calendar_links.by_digest(b"later") is None
            assert await work.calendar_links.by_digest(b"last") == last
            assert await work.calendar_links.by_digest(b"x") == theirs

    async def test_are_gone_after_a_day(self, store: Store):
        async with store() as work:
            await work.calendar_links.add(LINK)
        await store.purge(START + DAY)
        async with store() as work:
            assert await work.calendar_links.get(LINK.id) == LINK
        await store.purge(START + DAY + timedelta(seconds=1))
        async with store() as work:
            assert await work.calendar_links.get(LINK.id) is None

    async def test_go_with_the_key_from_which_they_derive(self, store: Store):
        async with store() as work:
            await work.calendar_links.add(LINK)
        keys = LinkKeys(store.begin)
        assert await keys.in_use() == {LINK.key}
        assert await keys.withdraw([LINK.key], START) == 0, "neither a guest's nor a host's"
        assert await keys.in_use() == set()


class TestSecrecy:
    async def test_no_login_name_or_address_is_readable(self, store: Store):
        held = meeting()
        async with store() as work:
            await work.meetings.add(held, occurrence(held))
        await linked(store)
        async with store() as work:
            await work.calendars.save_objects(replace(COPY, meeting=held.id))
        async with store.begin(writing=False) as tx:
            cells = [
                cell
                for table in ("calendar_accounts", "calendars", "calendar_objects")
                for row in await tx.connection.execute(text(f"SELECT * FROM {table}"))
                for cell in row
            ]
        stored = b" ".join(one if isinstance(one, bytes) else str(one).encode() for one in cells)
        assert b"https://dav.example/camille/" in stored
        for secret in ("app-password", "camille@ville.example", "Travail", COPY.uid):
            assert secret.encode() not in stored
        assert "app-password" not in repr(ACCOUNT)

    async def test_a_new_key_takes_them_over(self, own: Store, store_url: str):
        await linked(own)
        keys = {"k1": b"k" * 32, "k2": b"n" * 32}
        async with open_store(store_url, vault=Vault(keys, "k2")) as rotating:
            assert await rotating.reseal() >= 3
        async with (
            open_store(store_url, vault=Vault({"k2": keys["k2"]}, "k2")) as rotated,
            rotated.reading() as work,
        ):
            assert await work.calendars.account_of(ORGANISER) == ACCOUNT
            assert await work.calendars.calendars_of(ACCOUNT.id) == [CALENDAR]
