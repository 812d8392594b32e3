"""An agent links their calendars: by a link of half an hour, proved before it is stored."""

import asyncio
from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bridge.domain.agenda import Kind
from bridge.domain.calendar import (
    CalendarAccount,
    CalendarAccountState,
    CalendarLogin,
    CalendarObject,
)
from bridge.domain.calendar_link import LINK_LASTS, LINKS_PACE, MOST_TRIES
from bridge.domain.cause import OPERATOR, Cause
from bridge.domain.codes import LinkState
from bridge.domain.message import CalendarPageLink, Notice, ToPerson
from bridge.errors import (
    CalendarAddressRefused,
    CalendarForbidden,
    CalendarLoginRefused,
    CalendarUnreachable,
    LimitReached,
    NotAllowed,
)
from bridge.ids import CalendarObjectId, UserId, uuid7
from bridge.services.calendars.linking import (
    NEW_CALENDAR,
    CalendarChoice,
    LinkClosed,
    Linking,
    PickerOffer,
    TriesSpent,
)
from bridge.services.calendars.links import CalendarLinks, LinkedCalendars, code_of, state
from tests.doubles.calendars import FakeCalendars
from tests.services.house import ALICE, BOB, START, House, said
from tests.wiring import minter

HOME = "https://dav.example/alice/"
OTHER_HOME = "https://cloud.example/alice/"
LOGIN = CalendarLogin(user="alice", secret=SecretStr("hush-hush"))
WRONG = CalendarLogin(user="alice", secret=SecretStr("wrong"))
NEW = CalendarChoice(read=frozenset(), write=None)


@pytest.fixture
def servers() -> FakeCalendars:
    servers = FakeCalendars()
    servers.account(HOME, "work", "family", password="hush-hush")
    servers.account(OTHER_HOME, "personal", password="hush-hush")
    servers.leads["alice@example.org"] = HOME
    return servers


@pytest.fixture
def linking(house: House, servers: FakeCalendars) -> Linking:
    return Linking(house.tools, servers, house.store.vault)


def links(house: House) -> CalendarLinks:
    return CalendarLinks(minter(), house.tools)


async def invited(house: House, event: str = "link", by: UserId = ALICE) -> str:
    """Ask for a link; return its code."""
    async with house.store() as work:
        link = await links(house).invite(work, said(event, by=by))
    return code_of(link, minter())


async def linked(
    house: House,
    linking: Linking,
    choice: CalendarChoice = NEW,
    *,
    address: str = HOME,
    event: str = "l",
) -> CalendarAccount:
    """Link an account as its owner does."""
    code = await invited(house, event)
    offer = await linking.look(code, address, LOGIN)
    return await linking.choose(code, offer, choice)


async def known(house: House, owner: UserId = ALICE) -> LinkedCalendars | None:
    async with house.store.reading() as work:
        return await state(work, owner)


async def seen(house: House, linking: Linking, code: str) -> PickerOffer:
    offer = await linking.look(code, "alice@example.org", LOGIN)
    return await linking.again(code, offer.token)


class TestInvite:
    async def test_sends_a_link_by_direct_message(self, house: House):
        code = await invited(house)
        (secret,) = await house.messages("calendar.link")
        assert isinstance(secret, CalendarPageLink)
        assert secret.to == ToPerson(user=ALICE)
        async with house.store() as work:
            link = await work.calendar_links.get(secret.link)
        assert link is not None
        assert code not in repr(link)
        assert link.expires_at == START + LINK_LASTS

    async def test_a_later_link_replaces_the_earlier_one(self, house: House, linking: Linking):
        first = await invited(house, "a")
        second = await invited(house, "b")
        theirs = await invited(house, "c", BOB)
        assert await linking.offer(first) is None
        assert await linking.link(first) is LinkState.UNKNOWN
        for code in (second, theirs):
            assert await linking.offer(code) is not None
            assert await linking.link(code) is LinkState.KNOWN

    async def test_is_limited(self, house: House):
        for n in range(LINKS_PACE.most):
            await invited(house, f"n{n}")
        with pytest.raises(LimitReached) as refused:
            await invited(house, "again")
        assert refused.value.parameters["reason"] == "calendar-links"
        await invited(house, "theirs", BOB)
        house.clock.forward(LINKS_PACE.every)
        await invited(house, "later")

    async def test_is_for_agents_alone(self, house: House):
        outside = said(by=UserId("@paul:externe.tchap"), outside=True)
        for cause in (outside, Cause(key="x", actor=OPERATOR)):
            with pytest.raises(NotAllowed):
                async with house.store() as work:
                    await links(house).invite(work, cause)


class TestLook:
    async def test_finds_calendars_and_stores_nothing(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        offer = await seen(house, linking, await invited(house))
        assert [one.name for one in offer.picker.calendars] == ["work", "family"]
        assert offer.picker.login == LOGIN
        assert offer.picker.found.addresses == ("alice@example.org",)
        assert await known(house) is None
        assert servers.count("discover") == 1

    async def test_the_field_between_the_forms_hides_the_login(
        self, house: House, linking: Linking
    ):
        code = await invited(house)
        offer = await linking.look(code, HOME, LOGIN)
        assert b"hush" not in urlsafe_b64decode(offer.token)
        assert "hush" not in repr(offer)
        theirs = await invited(house, "theirs", BOB)
        for token in (offer.token[:-8], "", "no base64", f"{offer.token}!", "A" * 40):
            with pytest.raises(LinkClosed):
                await linking.again(code, token)
        with pytest.raises(LinkClosed):
            await linking.again(theirs, offer.token)

    async def test_a_wrong_password_is_tried_once(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        code = await invited(house)
        with pytest.raises(CalendarLoginRefused):
            await linking.look(code, HOME, WRONG)
        assert servers.count("discover") == 1
        assert (await linking.look(code, HOME, LOGIN)).picker.calendars

    async def test_a_link_asks_ten_times_at_most(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        code = await invited(house)
        for _ in range(MOST_TRIES):
            with pytest.raises(CalendarAddressRefused):
                await linking.look(code, "https://nowhere.example/", LOGIN)
        with pytest.raises(TriesSpent):
            await linking.look(code, HOME, LOGIN)
        assert servers.count("discover") == MOST_TRIES

    async def test_an_expired_link_asks_nobody(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        code = await invited(house)
        offer = await linking.look(code, HOME, LOGIN)
        house.clock.forward(LINK_LASTS)
        for asking in (
            linking.look(code, HOME, LOGIN),
            linking.again(code, offer.token),
            linking.choose(code, offer, NEW),
            linking.look("x" * 22, HOME, LOGIN),
        ):
            with pytest.raises(LinkClosed):
                await asking
        assert servers.count("discover") == 1
        assert servers.count("prove") == 0

    async def test_shows_so_many_calendars_and_says_so(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        servers.account(HOME, *(f"{n:03}" for n in range(200)), password="hush-hush")
        offer = await linking.look(await invited(house), HOME, LOGIN)
        assert len(offer.picker.calendars) == 40
        assert not offer.picker.whole
        servers.account(HOME, *(f"{n:0500}" for n in range(200)), password="hush-hush")
        offer = await linking.look(await invited(house, "b"), HOME, LOGIN)
        assert len(offer.token) < 24_000, "of the 32 KiB of a form"


class TestChoose:
    async def test_stores_what_was_chosen_and_tells_the_owner(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        choice = CalendarChoice(read=frozenset({1}), write=0, shares_free=True)
        account = await linked(house, linking, choice)
        found = await known(house)
        assert found is not None
        assert found.account == account
        assert (account.login, account.home, account.shares_free) == (LOGIN, HOME, True)
        assert [(one.name, one.ours) for one in found.calendars] == [
            ("family", False),
            ("work", True),
        ]
        assert found.host == "dav.example"
        assert servers.count("prove") == 1
        assert (await house.planned())[Kind.POLL, str(account.id)] == START
        (told,) = await house.messages("calendar.linked")
        assert isinstance(told, Notice)
        assert told.to == ToPerson(user=ALICE)
        assert told.parameters["written"] == "work"

    async def test_makes_a_calendar_once(
        self, house: House, linking: Linking, servers: FakeCalendars
    ):
        """Its answer may be lost: the one that is there by then is taken."""
        code = await invited(house)
        offer = await linking.look(code, HOME, LOGIN)
        servers.troubles["prove"].append(CalendarUnreachable("slow"))
        with pytest.raises(CalendarUnreachable):
            await linking.choose(code, offer, NEW)
        assert await known(house) is None
        await linking.choose(code, offer, NEW)
        assert servers.count("create") == 1
        found = await known(house)
        assert found is not None
        assert [one.name for one in found.calendars] == [NEW_CALENDAR]

    @pytest.mark.parametrize("trouble", [CalendarForbidden("403"), CalendarUnreachable("away")])
    async def test_stores_nothing_where_it_may_not_write(
        self, house: House, linking: Linking, servers: FakeCalendars, trouble: Exception
    ):
        code = await invited(house)
        offer = await linking.look(code, HOME, LOGIN)
        servers.troubles["prove"].append(trouble)  # type: ignore[arg-type]  # both are errors of ours
        with pytest.raises(type(trouble)):
            await linking.choose(code, offer, CalendarChoice(read=frozenset({0}), write=1))
        assert await known(house) is None
        assert await linking.offer(code) is not None, "the link still works"

    async def test_a_link_works_once(self, house: House, linking: Linking):
        code = await invited(house)
        offer = await linking.look(code, HOME, LOGIN)
        results = await asyncio.gather(
            *(linking.choose(code, offer, NEW) for _ in range(2)), return_exceptions=True
        )
        assert [isinstance(one, LinkClosed) for one in results].count(True) == 1
        with pytest.raises(LinkClosed):
            await linking.choose(code, offer, NEW)
        assert len(await house.messages("calendar.linked")) == 1

    async def test_another_account_replaces_the_first(self, house: House, linking: Linking):
        first = await linked(house, linking)
        second = await linked(house, linking, address=OTHER_HOME, event="again")
        assert second.id != first.id
        found = await known(house)
        assert found is not None
        assert found.account == second
        polls = {key for kind, key in await house.planned() if kind is Kind.POLL}
        assert polls == {str(second.id)}
        async with house.store.reading() as work:
            assert not await work.calendars.calendars_of(first.id)

    async def test_linking_again_after_a_new_password_keeps_what_is_known(
        self, house: House, linking: Linking
    ):
        """Of what is read again nothing begins anew, so that no event is taken for a new one."""
        both = CalendarChoice(read=frozenset({1}), write=0)
        first = await linked(house, linking, both)
        found = await known(house)
        assert found is not None
        family, work_calendar = found.calendars
        event = CalendarObject(
            id=CalendarObjectId(uuid7(START)), calendar=work_calendar.id, href="/1", etag='"1"'
        )
        async with house.store() as work:
            refused = CalendarAccountState.REFUSED
            await work.calendars.save_account(replace(first, state=refused, failures=2))
            await work.calendars.save_calendars(replace(work_calendar, ctag="7"))
            await work.calendars.save_objects(event)
        again = await linked(
            house, linking, CalendarChoice(read=frozenset(), write=0), event="again"
        )
        assert again.id == first.id
        found = await known(house)
        assert found is not None
        assert (found.account.state, found.account.failures) == (CalendarAccountState.READY, 0)
        (kept,) = found.calendars
        assert (kept.id, kept.ctag, kept.ours) == (work_calendar.id, "7", True)
        async with house.store.reading() as work:
            assert await work.calendars.object(event.id) == event
            assert await work.calendars.calendar(family.id) is None

    async def test_a_suspect_calendar_begins_anew(self, house: House, linking: Linking):
        await linked(house, linking, CalendarChoice(read=frozenset(), write=0))
        found = await known(house)
        assert found is not None
        (calendar,) = found.calendars
        async with house.store() as work:
            await work.calendars.save_calendars(replace(calendar, suspect_since=START))
        await linked(house, linking, CalendarChoice(read=frozenset(), write=0), event="again")
        found = await known(house)
        assert found is not None
        (fresh,) = found.calendars
        assert fresh.id != calendar.id
        assert fresh.suspect_since is None


class TestUnlink:
    async def test_forgets_the_account_at_once(self, house: House, linking: Linking):
        account = await linked(house, linking)
        async with house.store() as work:
            assert await links(house).unlink(work, said("theirs", by=BOB)) is None
            assert await links(house).unlink(work, said("mine")) == account
        assert await known(house) is None
        assert Kind.POLL not in {kind for kind, _ in await house.planned()}
