"""Guests on a partner's word: at the door, in the meeting, and when their partner is switched off."""

from dataclasses import replace
from datetime import timedelta

from bot.program.agreements import partner_of
from bridge.domain.grant import Grant
from bridge.domain.guest_terms import GuestTerms
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.rights import Source
from bridge.domain.seat import SeatEnd
from bridge.ids import GrantId, PartyId, uuid7
from bridge.services.federation.ending import Ending
from bridge.services.federation.exchange import actor_of
from bridge.services.federation.wire import Agreements
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.visits.arrivals import Entered
from config.agreements import read_agreement
from tests.services.house import House
from tests.services.test_seats import code_of, inside, seat, standing

PARTNER = partner_of(
    read_agreement(
        """
        partner = "https://invites.b.example"
        label = "Ministère B"
        direction = ["inbound"]
        methods = ["bridge"]
        valid = { from = 2026-11-01, until = 2027-11-30 }
        """
    )
)
TERMS = GuestTerms(
    before=timedelta(minutes=10),
    after=timedelta(minutes=1),
    takeovers=0,
    sources=frozenset({Source.MICROPHONE}),
    chat=True,
)


async def granted(house: House, *, walks_in: bool = False) -> tuple[Invitation, Grant]:
    """Return what a partner's person got."""
    _, occurrence = await house.of()
    terms = replace(TERMS, walks_in=walks_in)
    async with house.store() as work:
        await work.partners.put(PARTNER, house.clock.now())
        invitation = await house.invitations.vouched(
            work,
            occurrence,
            Guest("Léa Martin (Ministère B)"),
            terms,
            by=actor_of(PARTNER.issuer),
            found=None,
        )
        grant = Grant(
            id=GrantId(uuid7(house.clock.now())),
            issuer=PARTNER.issuer,
            subject=b"lea",
            invitation=invitation.id,
            number=invitation.number,
            token=str(invitation.id),
            created_at=house.clock.now(),
        )
        await work.grants.add(grant)
    return invitation, grant


async def comes(house: House, invitation: Invitation, name: str = "Somebody else") -> Entered:
    code = code_of(Invited(invitation, again=False))
    entered = await house.admissions.enter(code, name=name, language="fr")
    assert entered is not None
    await WalkIns(house.tools, house.admissions).arrive(entered.visit, entered.secret)
    return entered


async def test_the_salon_is_asked_under_the_name_that_is_vouched_for(quiet_house: House):
    invitation, _ = await granted(quiet_house)
    lea = await comes(quiet_house, invitation)
    assert await standing(quiet_house, lea) is Standing.WAITING
    (asked,) = await quiet_house.sentences("guest.waits")
    assert asked.parameters["name"] == "Léa Martin (Ministère B)"


async def test_who_was_approved_walks_in_and_sends_no_more_than_agreed(quiet_house: House):
    invitation, _ = await granted(quiet_house, walks_in=True)
    lea = await comes(quiet_house, invitation)
    assert await standing(quiet_house, lea) is Standing.ADMITTED
    assert quiet_house.passes.issued[-1].sources == (Source.MICROPHONE,)
    assert await quiet_house.sentences("guest.waits") == []


async def test_the_agreements_graces_narrow_the_window(quiet_house: House):
    invitation, _ = await granted(quiet_house)
    _, occurrence = await quiet_house.of()
    window = invitation.window(occurrence, quiet_house.policy.graces)
    assert window.closes == occurrence.end + timedelta(minutes=1)
    async with quiet_house.store.reading() as work:
        read = await work.invitations.get(invitation.id)
    assert read == invitation


async def test_another_device_asks_for_its_own_place_only_as_often_as_agreed(quiet_house: House):
    invitation, _ = await granted(quiet_house, walks_in=True)
    first = await comes(quiet_house, invitation)
    second = await comes(quiet_house, invitation)
    assert await standing(quiet_house, first) is Standing.ADMITTED
    assert await standing(quiet_house, second) is Standing.WAITING


async def test_the_kill_switch_ends_seats_and_leaves_others(quiet_house: House):
    """F05: with nothing of the partner's server; the salon is told why; others stay."""
    invitation, grant = await granted(quiet_house, walks_in=True)
    lea = await comes(quiet_house, invitation)
    held = await seat(quiet_house, lea)
    quiet_house.media.sit(held)
    jean, other = await inside(quiet_house)
    ending = Ending(quiet_house.tools, quiet_house.invitations)
    by = PartyId("operator")
    assert await ending.switched(PARTNER.issuer, enabled=False, by=by) == 1
    await quiet_house.run_due()
    ended = await seat(quiet_house, lea)
    assert ended.why is SeatEnd.REVOKED
    assert quiet_house.media.rooms[held.room] == {other.identity}
    assert await standing(quiet_house, jean) is Standing.ADMITTED
    (told,) = await quiet_house.sentences("partner.ended.suspended")
    assert told.parameters["partner"] == "Ministère B"
    async with quiet_house.store.reading() as work:
        known = await work.grants.get(grant.id)
    assert known is not None
    assert known.ended_at == quiet_house.clock.now()
    assert await ending.switched(PARTNER.issuer, enabled=False, by=by) == 0


async def test_an_agreements_end_ends_its_grants(quiet_house: House):
    invitation, _ = await granted(quiet_house)
    ending = Ending(quiet_house.tools, quiet_house.invitations)
    agreements = Agreements(quiet_house.tools, ending, quiet_house.metrics)
    await agreements.look(quiet_house.clock.now())
    async with quiet_house.store.reading() as work:
        known = await work.invitations.get(invitation.id)
    assert known is not None
    assert known.revoked_at is None
    quiet_house.clock.forward(timedelta(days=400))
    await agreements.look(quiet_house.clock.now())
    async with quiet_house.store.reading() as work:
        assert list(await work.grants.of_partner(PARTNER.issuer)) == []
