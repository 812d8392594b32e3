"""`agenda lier`, `agenda délier`, `agenda état`: in a direct message, and never in a salon."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.calendar import CalendarAccountState
from bridge.domain.calendar_link import LINK_LASTS, LINKS_PACE
from bridge.ids import SalonId
from bridge.services.calendars.linking import CalendarChoice, Linking
from tests.doubles.calendars import FakeCalendars
from tests.services.test_linking import HOME, LOGIN
from tests.unit.bot.office import ALICE, PAUL, SALON, START, Office
from tests.wiring import DOOR

LINK = re.compile(re.escape(DOOR) + r"/calendar/([A-Za-z0-9_-]{22})")
DIRECT = SalonId("!direct-alice:agent.tchap")
ELSEWHERE = "Je vous réponds en message direct."


def linking(office: Office) -> Linking:
    servers = FakeCalendars()
    servers.account(HOME, "Travail", "Famille", password="hush-hush")
    return Linking(office.house.tools, servers, office.house.store.vault)


def code_in(bodies: list[str]) -> str:
    (found,) = LINK.findall(bodies[-1])
    return str(found)


def last(office: Office) -> str:
    """Return the last direct message, without what keeps clients from making links of names."""
    return office.private()[-1].replace("\u2060", "")


async def link(office: Office) -> None:
    """Link Alice's calendars as she does."""
    await office.says("!visio agenda lier", "link")
    page = linking(office)
    code = code_in(office.private())
    offer = await page.look(code, HOME, LOGIN)
    await page.choose(code, offer, CalendarChoice(read=frozenset({1}), write=0, shares_free=True))
    await office.flush()


@pytest.mark.parametrize("line", ["!visio agenda lier", "!visio calendar link"])
async def test_a_link_comes_by_direct_message_alone(office: Office, line: str):
    (answer,) = [one for one in await office.says(line) if one.salon == SALON]
    assert answer.body == ELSEWHERE
    (told,) = office.private()
    assert told.startswith("Pour lier votre agenda : ")
    assert "jusqu’à 10h30" in told
    assert not LINK.search("\n".join(office.bodies()))
    assert await linking(office).offer(code_in([told])) is not None


async def test_a_link_that_has_expired_is_not_sent(office: Office):
    await office.record(office.line("!visio agenda lier"))
    await office.handle()
    office.house.clock.forward(LINK_LASTS)
    await office.flush()
    assert office.private() == []


async def test_a_direct_message_is_answered_there(office: Office):
    office.account.enter(DIRECT, [ALICE], direct=True)
    said = await office.says("agenda état", "a", salon=DIRECT)
    assert [one.body for one in said] == [
        "Vous n’avez lié aucun agenda. Pour en lier un : !visio agenda lier"
    ]
    said = await office.says("agenda lier", "b", salon=DIRECT)
    assert len(said) == 1
    assert LINK.search(said[0].body)


async def test_the_state_names_calendars_to_their_owner_alone(office: Office):
    await link(office)
    assert last(office) == (
        "Votre agenda est lié, sur dav.example. Agendas lus : Famille, Travail. "
        "Réunions écrites dans : Travail. Ce n’était pas vous ? Tapez !visio agenda délier."
    )
    (answer,) = [one for one in await office.says("!visio agenda état", "s") if one.salon == SALON]
    assert answer.body == ELSEWHERE
    assert last(office).splitlines() == [
        "Votre agenda :",
        "- Serveur : dav.example",
        "- Agendas lus : Famille, Travail",
        "- Réunions écrites dans : Travail",
        "- Vos collègues peuvent demander vos disponibilités",
        "- Pas encore lu",
    ]
    assert "dav.example" not in "\n".join(office.bodies())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ok_at": START}, "Dernière lecture : 10h00"),
        ({"state": CalendarAccountState.REFUSED}, "Liez l’agenda de nouveau : !visio agenda lier"),
        ({"state": CalendarAccountState.GONE}, "ne sont plus à leur adresse"),
        ({"failures": 4, "ok_at": START - timedelta(hours=1)}, "pas bien depuis 09h00"),
    ],
)
async def test_the_state_says_what_to_mend(office: Office, changes: dict[str, object], told: str):
    await link(office)
    async with office.house.store() as work:
        account = await work.calendars.account_of(ALICE)
        assert account is not None
        await work.calendars.save_account(replace(account, **changes))  # type: ignore[arg-type]  # as named
    await office.says("!visio agenda état", "s")
    assert told in last(office)


async def test_the_state_names_a_suspect_calendar(office: Office):
    await link(office)
    async with office.house.store() as work:
        account = await work.calendars.account_of(ALICE)
        assert account is not None
        one = next(one for one in await work.calendars.calendars_of(account.id) if one.ours)
        await work.calendars.save_calendars(replace(one, suspect_since=START))
    await office.says("!visio calendar status", "s")
    assert "depuis 10h00, trop d’événements manquent d’un coup dans Travail" in last(office)


async def test_unlinking_forgets_everything(office: Office):
    await link(office)
    (answer,) = [
        one for one in await office.says("!visio agenda délier", "u") if one.salon == SALON
    ]
    assert answer.body == ELSEWHERE
    assert "Votre agenda sur dav.example n’est plus lié" in last(office)
    await office.says("!visio agenda délier", "again")
    assert last(office).startswith("Vous n’avez lié aucun agenda")


async def test_links_are_limited(office: Office):
    for n in range(LINKS_PACE.most):
        await office.says("!visio agenda lier", f"n{n}")
    (answer,) = await office.says("!visio agenda lier", "more")
    assert answer.body.startswith("Pas de nouveau lien pour l’instant")
    assert "À partir de 10h12" in answer.body


async def test_somebody_from_outside_has_no_calendar_here(office: Office):
    (answer,) = await office.says("!visio agenda lier", "x", sender=PAUL)
    assert answer.salon == SALON
    assert office.private(PAUL) == []


@pytest.mark.parametrize("line", ["agenda lier", "agenda délier", "agenda état"])
async def test_where_the_operator_has_none_nobody_links_one(office: Office, line: str):
    office.calendars = False
    office.wire(office.house.store)
    (answer,) = await office.says(f"!visio {line}")
    assert answer.body.startswith("On ne peut pas lier d’agenda ici")
    assert office.private() == []
