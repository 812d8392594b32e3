"""Two organisations: their people come to each other's meetings, and either side ends it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bridge.domain.invitation import Assurance
from bridge.domain.partner import EntryTerm
from bridge.ids import PartyId
from bridge.services.federation.ending import Ending
from tests.federation.pair import ALICE, BOB, SALON, Pair, Side, open_pair


@pytest.fixture
async def pair(tmp_path: Path, migrated: Path) -> AsyncIterator[Pair]:
    async with open_pair(tmp_path, migrated) as opened:
        yield opened


async def joined(guests: Side, address: str, event: str = "join") -> str:
    """Ask for a seat, and return the message with the link."""
    told = await guests.says(f"rejoindre {address}", event)
    assert "Je vous réponds ici" in told[0]
    return told[-1]


@pytest.mark.parametrize("turned", [False, True])
async def test_the_sentence_holds_both_ways(pair: Pair, turned: bool):
    host, guests = (pair.b, pair.a) if turned else (pair.a, pair.b)
    address = await host.meet()
    told = await joined(guests, address)
    assert "« Point budget »" in told
    assert f"chez {host.name}" in told
    assert f"{host.home.door}/j/" in told
    assert "vous fait patienter" in told
    assert host.home.privacy in told
    async with guests.store.reading() as work:
        (mine,) = await work.received_grants.of_user(BOB, since=guests.clock.now())
    async with host.store.reading() as work:
        (theirs,) = await work.grants.of_partner(guests.home.issuer)
        invitation = await work.invitations.get(theirs.invitation)
    assert mine.grant == str(theirs.id)
    assert invitation is not None
    assert (invitation.assurance, mine.partner) == (Assurance.FEDERATED, host.home.issuer)


async def test_a_move_a_cancellation_and_the_list_are_read_in_ones_own_chat(pair: Pair):
    a, b = pair.a, pair.b
    address = await a.meet("demain 14h Point budget")
    await joined(b, address)
    (listed,) = await b.says("liste", "list")
    assert "« Point budget », chez Ministère A" in listed
    await a.office.says("!visio déplacer demain 16h", "move")
    await pair.settle()
    moved = b.read()[-1]
    assert "a changé d’heure" in moved
    assert "16" in moved
    (listed,) = await b.says("liste", "list-2")
    assert "16" in listed
    await a.office.says("!visio annuler", "cancel")
    await pair.settle()
    assert "« Point budget », chez Ministère A, est annulée" in b.read()[-1]
    (listed,) = await b.says("liste", "list-3")
    assert "Ministère A" not in listed


async def test_a_withdrawal_by_the_organiser_reaches_its_person(pair: Pair):
    address = await pair.a.meet()
    await joined(pair.b, address)
    await pair.a.office.says("!visio retirer bob", "withdraw")
    await pair.settle()
    assert "Ministère A a retiré votre place dans « Point budget »" in pair.b.read()[-1]
    told = await pair.b.says(address, "again")
    assert "ne vous donne pas accès" in told[-1]


async def test_a_seat_that_is_given_back_ends_at_the_host(pair: Pair):
    a, b = pair.a, pair.b
    await joined(b, await a.meet())
    told = await b.says("rejoindre annuler", "return")
    assert told[0].startswith("Vous avez rendu votre place dans « Point budget »")
    async with a.store.reading() as work:
        assert await work.grants.of_partner(b.home.issuer) == []
    async with b.store.reading() as work:
        assert await work.received_grants.of_partner(a.home.issuer) == []
    assert any("a rendu son accès" in one for one in a.office.bodies()) or await _settled(pair)
    assert await b.says("rejoindre annuler", "none") == [
        "Vous n’avez ni place ni demande chez un partenaire."
    ]


async def _settled(pair: Pair) -> bool:
    await pair.settle()
    return any("a rendu son accès" in one for one in pair.a.office.bodies())


async def test_the_kill_switch_reaches_the_people_of_the_partner(pair: Pair):
    a, b = pair.a, pair.b
    await joined(b, await a.meet())
    ending = Ending(a.house.tools, a.house.invitations)
    assert await ending.switched(b.home.issuer, enabled=False, by=PartyId("operator")) == 1
    await pair.settle()
    assert "a retiré votre place" in b.read()[-1]
    told = await b.says(a.house.visio.made[-1].url, "again")
    assert "n’a pas d’accord en vigueur avec notre organisation" in told[-1]


async def test_a_request_that_waits_for_the_salon(pair: Pair):
    a, b = pair.a, pair.b
    await a.agree(b, entry=EntryTerm.APPROVAL)
    address = await a.meet()
    told = await b.says(address, "join")
    assert "Ministère A a bien reçu votre demande" in told[-1]
    assert len(await b.says(address, "join-2")) == 1, "asked already"
    await a.settle()
    question = a.office.account.seen(SALON)[-1]
    assert "bob, de Ministère B" in question.body
    await a.office.reacts(question.event, "✅", sender=ALICE)
    pair.forward(timedelta(seconds=6))
    await b.settle()
    assert "Vous entrez sans attendre" in b.read()[-1]


async def test_an_organiser_who_does_not_decide_is_no_endless_wait(pair: Pair):
    a, b = pair.a, pair.b
    await a.agree(b, entry=EntryTerm.APPROVAL)
    await b.says(await a.meet(), "join")
    for _ in range(4):
        pair.forward(timedelta(minutes=5))
        await b.settle()
    assert "Personne n’a accepté" in b.read()[-1] or "personne n’a répondu" in b.read()[-1]
    async with b.store.reading() as work:
        assert await work.received_grants.of_user(BOB, since=b.clock.now()) == []


async def test_a_partner_that_is_away_is_retried_and_its_people_are_told(pair: Pair):
    a, b = pair.a, pair.b
    address = await a.meet()
    a.away = True
    assert len(await b.says(address, "join")) == 1
    for _ in range(8):
        pair.forward(timedelta(seconds=31))
        await b.settle()
    assert sum("ne répond pas pour l’instant" in one for one in b.read()) == 1
    a.away = False
    pair.forward(timedelta(seconds=61))
    await b.settle()
    assert f"{a.home.door}/j/" in b.read()[-1]


async def test_a_partner_that_stays_away_is_given_up(pair: Pair):
    pair.a.away = True
    await pair.b.says("https://visio.a.example/abc-defg-hij", "join")
    for _ in range(20):
        pair.forward(timedelta(minutes=1))
        await pair.b.settle()
    assert "n’a pas répondu : je n’ai pas de place" in pair.b.read()[-1]


async def test_an_event_waits_for_a_partner_that_is_away(pair: Pair):
    a, b = pair.a, pair.b
    await joined(b, await a.meet("demain 14h Point budget"))
    b.away = True
    await a.office.says("!visio déplacer demain 16h", "move")
    await a.office.says("!visio déplacer demain 17h", "move-2")
    await pair.settle()
    assert "a changé d’heure" not in b.read()[-1]
    b.away = False
    pair.forward(timedelta(seconds=61))
    await pair.settle()
    moved = [one for one in b.read() if "a changé d’heure" in one]
    assert len(moved) == 1, "of two moves the last is told"
    assert "17" in moved[0]


async def test_an_answer_that_is_lost_leaves_one_living_grant(pair: Pair):
    a, b = pair.a, pair.b
    address = await a.meet()

    async def lost(_: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "40"})

    await b.says("https://visio.a.example/zzz-zzzz-zzz", "warm")
    a.handlers.append(lost)
    assert len(await b.says(address, "join")) == 1
    pair.forward(timedelta(seconds=39))
    asked = len(a.asked)
    await b.settle()
    assert len(a.asked) == asked, "it asked for a pause"
    pair.forward(timedelta(seconds=2))
    await b.settle()
    assert f"{a.home.door}/j/" in b.read()[-1]
    async with a.store.reading() as work:
        assert len(await work.grants.of_partner(b.home.issuer)) == 1


@pytest.mark.parametrize(("ahead", "told"), [(25, "/j/"), (45, "pas reconnu la signature")])
async def test_clocks_may_differ_by_thirty_seconds(pair: Pair, ahead: int, told: str):
    address = await pair.a.meet()
    pair.b.clock.forward(seconds=ahead)
    assert told in (await pair.b.says(address, "join"))[-1]


async def test_the_host_learns_what_its_agreement_says_and_no_more(pair: Pair):
    a, b = pair.a, pair.b
    await b.agree(a, tells=frozenset())
    await joined(b, await a.meet())
    async with a.store.reading() as work:
        (grant,) = await work.grants.of_partner(b.home.issuer)
        invitation = await work.invitations.get(grant.invitation)
    assert invitation is not None
    assert invitation.name == "Ministère B (Ministère B)"
    assert invitation.email == ""


async def test_a_link_of_our_own_is_answered_as_lien_is(pair: Pair):
    a = pair.a
    address = await a.meet()
    told = await a.says(f"{address}?lang=fr", "own", by=ALICE)
    assert address in told[0]
    assert "Point budget" in told[0]
    told = await a.says(f"{a.home.door}/j/abcdefghijklmnopqrstuv", "door", by=ALICE)
    assert "lien d’invité de notre propre organisation" in told[0]


async def test_an_address_of_nobody_or_of_several_is_told(pair: Pair):
    a, b = pair.a, pair.b
    told = await b.says("https://visio.c.example/abc-defg-hij", "nobody")
    assert "n’appartient à aucune organisation partenaire" in told[-1]
    address = await a.meet()
    b.share_visio(a)
    told = await b.says(address, "which")
    line = told[-1].splitlines()[-1].removeprefix("- ")
    assert line.startswith("!visio rejoindre https")
    assert line.endswith('chez "Ministère A"')
    told = await b.says(line, "named")
    assert f"{a.home.door}/j/" in told[-1]


async def test_there_is_a_pace_and_a_right(pair: Pair):
    a, b = pair.a, pair.b
    for number in range(10):
        await b.says(f"https://visio.c.example/abc-defg-{number:03}", f"n{number}")
    told = await b.says("https://visio.c.example/abc-defg-zzz", "over")
    assert "10 places chez des partenaires en dix minutes" in told[-1]
    b.office.home = None
    b.office.wire(b.store)
    told = await b.says(await a.meet(), "none")
    assert "Il n’y a pas d’organisation partenaire" in told[0]
