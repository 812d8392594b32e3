"""Use cases for every cause: a calendar's change, a host's page, an operator's line, a chat."""

import pytest

from bridge.domain.authority import Act
from bridge.domain.cause import OPERATOR, Actor, Cause, Party
from bridge.domain.mail import MailKind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Card, CardEdit, ToPerson
from bridge.domain.proof import Proof
from bridge.errors import IdentityUnresolved, MailRefused, NotAllowed
from bridge.services.invitations.invitations import Guest, Invited, Terms
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.permissions import allows, demand
from tests.services.house import ALICE, BOB, HOUR, START, House, said

LEA = Guest("Léa Roux", "lea@partenaire.example")
CALENDAR = Cause(
    key="calendar:work/7f3a@agent.tchap", actor=Actor(party=Party.CALENDAR, name=ALICE)
)
"""An event in Alice's calendar; no salon knows of it."""


async def planned(house: House, cause: Cause = CALENDAR) -> tuple[Meeting, Occurrence]:
    async with house.store() as work:
        made = await house.meetings.ask(
            work, cause, MeetingRequest(title="Budget", start=START + HOUR)
        )
        assert made is not None
    await house.run_due()
    async with house.store.reading() as work:
        both = await work.meetings.both(made[1].id)
        assert both is not None
        return both


async def invited(
    house: House,
    cause: Cause,
    about: tuple[Meeting, Occurrence],
    proof: Proof | None = None,
) -> Invited:
    async with house.store() as work:
        (one,) = await house.invitations.invite(work, cause, about, [LEA], Terms(proof=proof))
        return one


class TestAMeetingWithoutASalon:
    async def test_its_organiser_has_the_card(self, house: House):
        meeting, occurrence = await planned(house)
        assert meeting.salon is None
        assert meeting.room is not None
        (card,) = await house.shown()
        assert isinstance(card, Card)
        assert (card.occurrence, card.to) == (occurrence.id, ToPerson(user=ALICE))
        await invited(house, CALENDAR, (meeting, occurrence))
        (edit,) = [one for one in await house.shown() if one.coalesce_key]
        assert isinstance(edit, CardEdit)
        assert (edit.occurrence, edit.to) == (occurrence.id, ToPerson(user=ALICE))

    async def test_once_for_a_key(self, house: House):
        meeting, _ = await planned(house)
        async with house.store() as work:
            assert await house.meetings.ask(work, CALENDAR, MeetingRequest(title="Budget")) is None
        assert meeting.source == CALENDAR.key
        assert meeting.line is None, "no answer can reply to it"

    async def test_what_visio_refuses_is_told_to_its_organiser(self, house: House):
        house.identities.emails.clear()
        await planned(house)
        (told,) = await house.shown()
        assert told.to == ToPerson(user=ALICE)

    async def test_it_is_its_organisers_alone(self, house: House):
        meeting, _ = await planned(house)
        for act in (Act.INVITE, Act.EXTEND, Act.END, Act.HOST):
            assert allows(act, CALENDAR, meeting, house.policy)
            with pytest.raises(NotAllowed):
                demand(act, said("x", by=BOB), meeting, house.policy)

    async def test_its_organiser_finds_it_from_their_direct_message(self, house: House):
        meeting, _ = await planned(house)
        async with house.store() as work:
            found, _ = await house.meetings.current(work, said("x", direct=True), Act.LINK)
            assert found == meeting
            assert await house.meetings.listed(work, CALENDAR) != []

    async def test_a_guest_who_follows_their_link_is_told_to_the_organiser(self, house: House):
        one = await invited(house, CALENDAR, await planned(house))
        await house.shown()
        house.clock.at = START + HOUR
        await house.visited(one)
        (told, _) = await house.shown()
        assert (told.template, told.confidant, told.mentions) == ("guest.followed", ALICE, (ALICE,))


class TestOtherCauses:
    async def test_an_invitation_from_the_hosts_page(self, house: House):
        about = await house.met()
        assert about[0].salon is not None
        page = Cause(key="form-7", actor=Actor(name=ALICE))
        one = await invited(house, page, about, proof=Proof.PIN)
        assert one.invitation.invited_by == ALICE
        (pin,) = [told for told in await house.shown() if told.template == "invite.pin"]
        assert pin.to == ToPerson(user=ALICE)

    async def test_an_invitation_by_a_party_without_an_account(self, house: House):
        about = await house.met()
        await house.shown()
        typed = Cause(key="line-7", actor=OPERATOR)
        one = await invited(house, typed, about)
        assert one.invitation.invited_by == "operator"
        await house.run_due()
        (mail,) = house.composed
        assert (mail.to, mail.kind) == (LEA.email, MailKind.INVITATION)
        assert [told.template for told in await house.shown()] == ["card"]

    async def test_what_becomes_of_it_is_told_to_the_organiser(self, house: House):
        about = await house.met()
        house.post.troubles.append(MailRefused())
        await invited(house, Cause(key="line-7", actor=OPERATOR), about)
        await house.run_due()
        (told,) = [one for one in await house.shown() if one.template == "mail.refused"]
        assert told.confidant == ALICE

    async def test_nobody_without_an_account_organises(self, house: House):
        with pytest.raises(IdentityUnresolved):
            await planned(house, Cause(key="line-7", actor=OPERATOR))
