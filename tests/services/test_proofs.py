"""Guests who must show a code or a PIN: the wait, the cost of a guess, the salon's notices."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bridge.domain.admission import KNOCK, REDIRECT
from bridge.domain.agenda import Kind
from bridge.domain.codes import Minter
from bridge.domain.invitation import Standing
from bridge.domain.proof import LASTS, MOST, SPAN, TRIES, Proof
from bridge.domain.seat import SeatEnd
from bridge.errors import InvitationRefused, MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import VisitId
from bridge.ports import Letter
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.proofs import ProofOutcome, Proving, pin_of
from tests.doubles.ports import Killed, MortalWorks
from tests.services.house import ALICE, HOUR, MINUTE, START, House
from tests.wiring import minter

LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def comes(
    house: House, proof: Proof | None = Proof.MAIL, guest: Guest = LEA
) -> tuple[Invited, Entered]:
    (invited,) = await house.invited(guest, event=f"invite-{guest.key}", proof=proof)
    return invited, await house.visited(invited, guest.name)


async def standing(house: House, entered: Entered) -> Standing:
    view = await WalkIns(house.tools, house.admissions).arrive(entered.visit, entered.secret)
    assert view is not None
    return view.standing


async def ask(house: House, entered: Entered) -> ProofOutcome | None:
    outcome = await house.proofs.ask(entered.visit, entered.secret)
    await house.run_due()
    return outcome


async def show(house: House, entered: Entered, typed: str) -> ProofOutcome | None:
    return await house.proofs.show(entered.visit, entered.secret, typed)


async def mailed(house: House, entered: Entered) -> str:
    """Ask for a code; return the one that arrived."""
    before = len(house.post.sent)
    assert await ask(house, entered) is ProofOutcome.SENT
    *_, letter = house.post.sent[before:]
    assert letter.to == LEA.email
    return letter.plain


async def proving(house: House, entered: Entered) -> Proving:
    found = await house.proofs.read(entered.visit)
    assert found is not None
    return found


def other(digits: str) -> str:
    """Return other digits than these."""
    return f"{(int(digits) + 1) % 10**6:06}"


async def parameters(house: House) -> object:
    """Return the last notice's parameters about the waiting guest."""
    told = (await house.sentences("guest.waits"))[-1].parameters["from"]
    assert isinstance(told, dict)
    assert told.keys() == {"$guest", "salon", "told"}
    return told["told"]


class TestMail:
    async def test_the_salon_is_asked_once_the_code_is_shown(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        assert await standing(meeting_house, lea) is Standing.PROVING
        assert await meeting_house.sentences("guest.waits") == []
        code = await mailed(meeting_house, lea)
        assert (
            await show(meeting_house, lea, f" {code[:3]} {code[3:]}\u00a0") is ProofOutcome.PROVED
        )
        assert await standing(meeting_house, lea) is Standing.WAITING
        assert await parameters(meeting_house) == {
            "$phrase": "guest.verified",
            "facts": {
                "email": "lea@partenaire.example",
                "assurance": {"$phrase": "assurance.mail-code", "facts": {}},
            },
        }

    async def test_a_mail_that_was_only_sent_verifies_nothing(self, meeting_house: House):
        await comes(meeting_house, proof=None)
        assert await parameters(meeting_house) == {
            "$phrase": "guest.mailed",
            "facts": {
                "email": "lea@partenaire.example",
                "assurance": {"$phrase": "assurance.unverified", "facts": {}},
            },
        }

    async def test_the_token_says_how_well_we_know_them(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await show(meeting_house, lea, await mailed(meeting_house, lea))
        await standing(meeting_house, lea)
        await meeting_house.decided(lea.visit)
        await meeting_house.seats.pass_of(lea.visit, lea.secret)
        assert meeting_house.passes.issued[-1].assurance == "mail-code"

    async def test_it_is_for_the_browser_that_asked(self, meeting_house: House):
        invited, lea = await comes(meeting_house)
        phone = await meeting_house.visited(invited, "Léa")
        code = await mailed(meeting_house, lea)
        assert await show(meeting_house, phone, code) is ProofOutcome.SPENT
        assert await meeting_house.proofs.show(lea.visit, phone.secret, code) is None
        assert await meeting_house.proofs.ask(lea.visit, phone.secret) is None
        assert await show(meeting_house, lea, code) is ProofOutcome.PROVED
        assert await standing(meeting_house, phone) is Standing.PROVING

    async def test_five_wrong_codes_and_the_right_one_comes_too_late(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        code = await mailed(meeting_house, lea)
        for left in range(TRIES - 1, 0, -1):
            assert await show(meeting_house, lea, other(code)) is ProofOutcome.WRONG
            assert (await proving(meeting_house, lea)).left == left
        assert await show(meeting_house, lea, other(code)) is ProofOutcome.SPENT
        assert await show(meeting_house, lea, code) is ProofOutcome.SPENT
        meeting_house.clock.forward(SECOND)
        assert (
            await show(meeting_house, lea, await mailed(meeting_house, lea)) is ProofOutcome.PROVED
        )

    async def test_what_is_no_code_costs_no_try(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        code = await mailed(meeting_house, lea)
        for typed in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", code + "\x00", "9" * 10_000):
            assert await show(meeting_house, lea, typed) is ProofOutcome.UNREAD
        assert (await proving(meeting_house, lea)).left == TRIES

    async def test_it_is_good_for_ten_minutes_from_when_it_left(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        assert await proving(meeting_house, lea) == Proving(proof=Proof.MAIL)
        await meeting_house.run_due()
        meeting_house.post.troubles.append(MailUnreachable())
        await ask(meeting_house, lea)
        meeting_house.clock.forward(MINUTE)
        await meeting_house.run_due()
        code = meeting_house.post.sent[-1].plain
        meeting_house.clock.forward(LASTS - SECOND)
        assert (await proving(meeting_house, lea)).until == meeting_house.clock.now() + SECOND
        meeting_house.clock.forward(SECOND)
        assert await show(meeting_house, lea, code) is ProofOutcome.SPENT
        assert await proving(meeting_house, lea) == Proving(proof=Proof.MAIL), "and none failed"

    async def test_only_the_last_one_counts(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        first = await mailed(meeting_house, lea)
        meeting_house.clock.forward(SECOND)
        second = await mailed(meeting_house, lea)
        assert first != second
        assert await show(meeting_house, lea, first) is ProofOutcome.WRONG
        assert await show(meeting_house, lea, second) is ProofOutcome.PROVED

    async def test_three_in_an_hour_whoever_asks(self, meeting_house: House):
        invited, lea = await comes(meeting_house)
        others = [await meeting_house.visited(invited, "Robot") for _ in range(MOST - 1)]
        for entered in (lea, *others):
            assert await ask(meeting_house, entered) is ProofOutcome.SENT
            meeting_house.clock.forward(MINUTE)
        asked = len(meeting_house.post.sent)
        assert await ask(meeting_house, lea) is ProofOutcome.LATER
        assert (await proving(meeting_house, lea)).again_at == START + SPAN
        assert len(meeting_house.post.sent) == asked
        meeting_house.choose(graces=replace(meeting_house.policy.graces, after=HOUR))
        meeting_house.clock.at = START + SPAN
        assert await ask(meeting_house, lea) is ProofOutcome.SENT

    async def test_three_in_an_hour_however_many_browsers_follow_the_link(
        self, meeting_house: House
    ):
        meeting_house.choose(visits_per_invitation=2)
        invited, lea = await comes(meeting_house)
        asked = [await meeting_house.proofs.ask(lea.visit, lea.secret) for _ in range(MOST)]
        assert asked == [ProofOutcome.SENT] * MOST
        for _ in range(3):
            meeting_house.clock.forward(SECOND)
            another = await meeting_house.visited(invited)
        assert await meeting_house.proofs.ask(another.visit, another.secret) is ProofOutcome.LATER

    async def test_an_address_that_is_refused_is_told(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        meeting_house.post.troubles.append(MailRefused())
        await ask(meeting_house, lea)
        assert (await proving(meeting_house, lea)).failed
        (told,) = await meeting_house.sentences("mail.code-failed")
        assert told.confidant == ALICE
        count = meeting_house.metrics.registry.get_sample_value
        assert count("parvis_mails_total", {"outcome": "refused"}) == 1

    @pytest.mark.parametrize("trouble", [None, MailRefused()])
    async def test_a_visit_that_went_while_its_code_left_is_no_matter(
        self, meeting_house: House, trouble: MailRefused | None
    ):
        invited, lea = await comes(meeting_house)
        await meeting_house.run_due()
        await meeting_house.proofs.ask(lea.visit, lea.secret)

        class Slow:
            async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
                assert letter.to == LEA.email
                await sending()
                async with meeting_house.store() as work:
                    await work.visits.invalidate(invited.invitation.id)
                if trouble is not None:
                    raise trouble

        meeting_house.codes = replace(meeting_house.codes, post=Slow())
        await meeting_house.run_due()
        assert Kind.CODE not in {kind for kind, _ in await meeting_house.planned()}
        assert await meeting_house.proofs.read(lea.visit) is None

    async def test_a_lost_answer_sends_no_second_code_and_its_guest_asks_for_another(
        self, meeting_house: House
    ):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        meeting_house.post.sent.clear()
        meeting_house.post.troubles.append(MailUnconfirmed())
        await ask(meeting_house, lea)
        assert not (await proving(meeting_house, lea)).failed
        await meeting_house.run_until(START + LASTS)
        assert len(meeting_house.post.sent) == 1
        assert await meeting_house.sentences("mail.code-failed") == []
        assert await ask(meeting_house, lea) is ProofOutcome.SENT
        assert len(meeting_house.post.sent) == 2

    async def test_killed_once_it_left_the_code_is_not_sent_again(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        meeting_house.post.sent.clear()
        await meeting_house.proofs.ask(lea.visit, lea.secret)
        meeting_house.wire(MortalWorks(meeting_house.store, dies_at=1, after=True))
        with pytest.raises(Killed):
            await meeting_house.run_due()
        meeting_house.wire(meeting_house.store)
        async with meeting_house.store() as work:
            await work.agenda.release(now=meeting_house.clock.now())
        await meeting_house.run_due()
        assert meeting_house.post.sent == []
        assert not (await proving(meeting_house, lea)).failed

    async def test_what_is_refused_for_now_after_data_is_tried_again(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        meeting_house.post.sent.clear()
        meeting_house.post.reads_first = True
        meeting_house.post.troubles.append(MailUnreachable())
        await ask(meeting_house, lea)
        await meeting_house.run_until(START + MINUTE)
        assert len(meeting_house.post.sent) == 1

    async def test_a_server_that_stays_away_is_tried_for_ten_minutes(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        meeting_house.post.troubles.extend([MailUnreachable()] * 100)
        await ask(meeting_house, lea)
        await meeting_house.run_until(START + LASTS + MINUTE)
        assert (await proving(meeting_house, lea)).failed
        assert len(await meeting_house.sentences("mail.code-failed")) == 1

    async def test_outside_the_window_nothing_is_mailed(self, meeting_house: House):
        await meeting_house.met("later", start=START + HOUR)
        (invited,) = await meeting_house.invited(LEA, to="later", proof=Proof.MAIL)
        lea = await meeting_house.visited(invited)
        assert await standing(meeting_house, lea) is Standing.EARLY
        assert await ask(meeting_house, lea) is ProofOutcome.ELSEWHERE
        assert await show(meeting_house, lea, "123456") is ProofOutcome.ELSEWHERE

    async def test_a_link_that_was_withdrawn_mails_nothing_more(self, meeting_house: House):
        invited, lea = await comes(meeting_house)
        await meeting_house.run_due()
        sent = len(meeting_house.post.sent)
        await meeting_house.proofs.ask(lea.visit, lea.secret)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.invitations.revoke(work, occurrence, [invited.invitation])
        await meeting_house.run_due()
        assert len(meeting_house.post.sent) == sent

    async def test_a_meeting_that_ended_mails_nothing_more(self, meeting_house: House):
        _, lea = await comes(meeting_house)
        await meeting_house.run_due()
        sent = len(meeting_house.post.sent)
        await meeting_house.proofs.ask(lea.visit, lea.secret)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_due()
        assert len(meeting_house.post.sent) == sent

    async def test_where_visio_admits_they_go_on_once_it_is_shown(self, meeting_house: House):
        meeting_house.choose(mode=REDIRECT)
        _, lea = await comes(meeting_house)
        assert await standing(meeting_house, lea) is Standing.PROVING
        await show(meeting_house, lea, await mailed(meeting_house, lea))
        assert await standing(meeting_house, lea) is Standing.OPEN
        (told,) = await meeting_house.sentences("guest.followed")
        assert "guest.verified" in repr(told.parameters)

    async def test_nobody_knocks_at_visio_before_it_is_shown(self, meeting_house: House):
        meeting_house.choose(mode=KNOCK)
        _, lea = await comes(meeting_house)
        admission = await meeting_house.admissions.read(lea.visit)
        assert admission is not None
        assert await meeting_house.knocking.knock(admission) is Standing.PROVING
        assert meeting_house.lobby.knocked == []
        await show(meeting_house, lea, await mailed(meeting_house, lea))
        assert await standing(meeting_house, lea) is Standing.WAITING
        (told,) = await meeting_house.sentences("guest.knocks")
        assert "guest.verified" in repr(told.parameters)


class TestPin:
    async def pin(self, house: House) -> str:
        (invitation,) = await house.guests()
        return pin_of(invitation, minter())

    async def test_is_told_to_the_inviter_alone_and_kept_nowhere(self, meeting_house: House):
        _, jean = await comes(meeting_house, Proof.PIN, JEAN)
        pin = await self.pin(meeting_house)
        (told,) = await meeting_house.messages("invite.pin")
        assert (told.confidant, told.to.salon) == (ALICE, None)
        assert pin not in repr(told)
        assert await show(meeting_house, jean, pin) is ProofOutcome.PROVED
        assert await standing(meeting_house, jean) is Standing.WAITING
        assert "assurance.pin" in repr(await parameters(meeting_house))

    async def test_is_not_mailed_when_asked(self, meeting_house: House):
        _, lea = await comes(meeting_house, Proof.PIN)
        assert await ask(meeting_house, lea) is ProofOutcome.ELSEWHERE

    async def test_five_wrong_ones_lock_the_link_on_every_device(self, meeting_house: House):
        invited, lea = await comes(meeting_house, Proof.PIN)
        phone = await meeting_house.visited(invited, "Léa")
        pin = await self.pin(meeting_house)
        for n in range(TRIES):
            entered = (lea, phone)[n % 2]
            assert await show(meeting_house, entered, other(pin)) is ProofOutcome.WRONG
        assert await standing(meeting_house, lea) is Standing.LOCKED
        assert await standing(meeting_house, phone) is Standing.LOCKED
        assert await show(meeting_house, lea, pin) is ProofOutcome.ELSEWHERE
        (told,) = await meeting_house.sentences("guest.locked")
        assert (told.confidant, told.mentions) == (ALICE, (ALICE,))

    async def test_who_is_inside_stays_when_their_locked_link_is_replaced(
        self, meeting_house: House
    ):
        """Somebody else had their link, and guessed; their page still works, after a reload too."""
        invited, lea = await comes(meeting_house, Proof.PIN)
        pin = await self.pin(meeting_house)
        assert await show(meeting_house, lea, pin) is ProofOutcome.PROVED
        await meeting_house.decided(lea.visit)
        stranger = await meeting_house.visited(invited, "Léa")
        for _ in range(TRIES):
            await show(meeting_house, stranger, other(pin))
        await meeting_house.invited(LEA, event="again")
        given = await meeting_house.seats.pass_of(lea.visit, lea.secret)
        assert given is not None
        assert given.token is not None
        assert await meeting_house.admissions.arrive(stranger.visit, stranger.secret) is None

    async def test_the_page_tells_how_many_tries_are_left(self, meeting_house: House):
        _, lea = await comes(meeting_house, Proof.PIN)
        assert await proving(meeting_house, lea) == Proving(proof=Proof.PIN)
        await show(meeting_house, lea, other(await self.pin(meeting_house)))
        assert (await proving(meeting_house, lea)).left == TRIES - 1

    async def test_another_link_has_another_pin(self, meeting_house: House):
        _, lea = await comes(meeting_house, Proof.PIN)
        old = await self.pin(meeting_house)
        for _ in range(TRIES):
            await show(meeting_house, lea, other(old))
        (again,) = await meeting_house.invited(LEA, event="again")
        assert again.invitation.number == 1
        new = await self.pin(meeting_house)
        assert new != old
        lea = await meeting_house.visited(again)
        assert await show(meeting_house, lea, old) is ProofOutcome.WRONG
        assert await show(meeting_house, lea, new) is ProofOutcome.PROVED
        assert await meeting_house.proofs.show(lea.visit, "x" * 22, new) is None

    async def test_inviting_again_without_a_lock_keeps_link_and_pin(self, meeting_house: House):
        await comes(meeting_house, Proof.PIN)
        old = await self.pin(meeting_house)
        await meeting_house.invited(LEA, event="again")
        assert await self.pin(meeting_house) == old


async def test_under_a_key_file_that_was_removed_nothing_is_right(meeting_house: House):
    _, lea = await comes(meeting_house, Proof.PIN)
    pin = await TestPin().pin(meeting_house)
    gone = replace(meeting_house.proofs, minter=Minter({"k9": b"9" * 32}, "k9"))
    assert await gone.show(lea.visit, lea.secret, pin) is ProofOutcome.WRONG


class TestPolicy:
    @pytest.mark.parametrize(
        ("policy", "said", "guest", "wanted"),
        [
            (Proof.NONE, None, LEA, Proof.NONE),
            (Proof.NONE, Proof.PIN, LEA, Proof.PIN),
            (Proof.MAIL, None, LEA, Proof.MAIL),
            (Proof.MAIL, None, JEAN, Proof.PIN),
            (Proof.MAIL, Proof.PIN, LEA, Proof.PIN),
            (Proof.PIN, None, LEA, Proof.PIN),
        ],
    )
    async def test_the_deployment_s_unless_the_invitation_says_otherwise(
        self, meeting_house: House, policy: Proof, said: Proof | None, guest: Guest, wanted: Proof
    ):
        meeting_house.choose(proof=policy)
        (invited,) = await meeting_house.invited(guest, proof=said)
        assert invited.invitation.proof is wanted

    async def test_a_policy_that_came_later_holds_for_who_is_invited_again(
        self, meeting_house: House
    ):
        await meeting_house.invited(LEA)
        meeting_house.choose(proof=Proof.MAIL)
        (again,) = await meeting_house.invited(LEA, event="again")
        assert again.invitation.proof is Proof.MAIL
        (again,) = await meeting_house.invited(LEA, event="pin", proof=Proof.PIN)
        assert again.invitation.proof is Proof.PIN
        (again,) = await meeting_house.invited(LEA, event="kept")
        assert again.invitation.proof is Proof.PIN

    async def test_a_code_needs_an_address(self, meeting_house: House):
        with pytest.raises(InvitationRefused) as refused:
            await meeting_house.invited(LEA, JEAN, proof=Proof.MAIL)
        assert refused.value.parameters["reason"] == "code-unmailed"
        assert await meeting_house.guests() == []

    async def test_who_owes_nothing_is_shown_nothing_to_type(self, meeting_house: House):
        _, lea = await comes(meeting_house, None)
        assert await meeting_house.proofs.read(lea.visit) is None

    async def test_who_is_inside_need_not_show_what_is_asked_later(self, meeting_house: House):
        _, lea = await comes(meeting_house, None)
        await meeting_house.decided(lea.visit)
        await meeting_house.invited(LEA, event="again", proof=Proof.PIN)
        assert await standing(meeting_house, lea) is Standing.ADMITTED


class TestWithoutWaitingRoom:
    @pytest.fixture
    def walk_in_house(self, meeting_house: House) -> House:
        meeting_house.choose(waiting_room=False)
        return meeting_house

    async def proved(self, house: House, entered: Entered) -> None:
        await show(house, entered, await mailed(house, entered))

    async def test_a_link_alone_waits(self, walk_in_house: House):
        _, lea = await comes(walk_in_house, None)
        assert await standing(walk_in_house, lea) is Standing.WAITING
        assert len(await walk_in_house.sentences("guest.waits")) == 1

    async def test_a_link_alone_waits_at_its_first_sight_of_the_page_too(
        self, walk_in_house: House
    ):
        """No question about it exists yet, which would keep it from walking in."""
        (invited,) = await walk_in_house.invited(LEA)
        one = invited.invitation
        code = minter().code(one.id, one.number, one.key)
        lea = await walk_in_house.admissions.enter(code, name="Léa", language="fr")
        assert lea is not None
        assert await standing(walk_in_house, lea) is Standing.WAITING
        assert len(await walk_in_house.sentences("guest.waits")) == 1
        assert await walk_in_house.sentences("guest.walked-in") == []

    async def test_who_shows_a_proof_has_a_seat_at_once(self, walk_in_house: House):
        _, lea = await comes(walk_in_house)
        await self.proved(walk_in_house, lea)
        await walk_in_house.shown()
        assert await standing(walk_in_house, lea) is Standing.ADMITTED
        assert len(await walk_in_house.messages("card")) == 1, "it counts who is inside"
        assert await walk_in_house.sentences("guest.waits") == []
        (told,) = await walk_in_house.sentences("guest.walked-in")
        assert told.parameters["name"] == "Léa Roux"
        given = await walk_in_house.seats.pass_of(lea.visit, lea.secret)
        assert given is not None
        assert given.token is not None
        assert await standing(walk_in_house, lea) is Standing.ADMITTED
        assert len(await walk_in_house.sentences("guest.walked-in")) == 1

    async def test_nobody_is_seated_by_another_browser(self, walk_in_house: House):
        _, lea = await comes(walk_in_house)
        await self.proved(walk_in_house, lea)
        walking = WalkIns(walk_in_house.tools, walk_in_house.admissions)
        assert await walking.arrive(lea.visit, "x" * 22) is None
        assert await walking.arrive(VisitId(UUID(int=1)), lea.secret) is None
        async with walk_in_house.store.reading() as work:
            assert await work.seats.of_visit(lea.visit) is None
        assert await walk_in_house.sentences("guest.walked-in") == []

    async def test_a_link_that_moved_too_often_is_asked_about(self, walk_in_house: House):
        walk_in_house.choose(takeovers=1)
        invited, lea = await comes(walk_in_house)
        devices = [lea, await walk_in_house.visited(invited), await walk_in_house.visited(invited)]
        for device in devices:
            walk_in_house.clock.forward(SECOND)
            await self.proved(walk_in_house, device)
            found = await standing(walk_in_house, device)
        assert found is Standing.WAITING
        assert len(await walk_in_house.sentences("guest.waits")) == 1

    @pytest.mark.parametrize("why", [SeatEnd.REMOVED, SeatEnd.ALTERED])
    async def test_who_was_put_out_is_asked_about_on_another_device(
        self, walk_in_house: House, why: SeatEnd
    ):
        invited, lea = await comes(walk_in_house)
        await self.proved(walk_in_house, lea)
        assert await standing(walk_in_house, lea) is Standing.ADMITTED
        async with walk_in_house.store() as work:
            seat = await work.seats.of_visit(lea.visit)
            assert seat is not None
            await work.seats.save(seat.ended(walk_in_house.clock.now(), why))
        phone = await walk_in_house.visited(invited)
        await self.proved(walk_in_house, phone)
        assert await standing(walk_in_house, phone) is Standing.WAITING
        _, jean = await comes(walk_in_house, Proof.PIN, JEAN)
        (pin,) = [
            pin_of(one, minter()) for one in await walk_in_house.guests() if one.name == JEAN.name
        ]
        assert await show(walk_in_house, jean, pin) is ProofOutcome.PROVED
        assert await standing(walk_in_house, jean) is Standing.ADMITTED, "another guest"

    async def test_who_was_turned_away_once_is_asked_about(self, walk_in_house: House):
        invited, lea = await comes(walk_in_house)
        await self.proved(walk_in_house, lea)
        walk_in_house.choose(waiting_room=True)
        assert await standing(walk_in_house, lea) is Standing.WAITING
        await walk_in_house.decided(lea.visit, admit=False)
        walk_in_house.choose(waiting_room=False)
        again = await walk_in_house.visited(invited)
        await self.proved(walk_in_house, again)
        assert await standing(walk_in_house, again) is Standing.WAITING
        assert len(await walk_in_house.sentences("guest.waits")) == 2

    async def test_who_was_turned_away_is_not_forgotten_for_opening_the_link_often(
        self, walk_in_house: House
    ):
        walk_in_house.choose(visits_per_invitation=2)
        invited, lea = await comes(walk_in_house, Proof.PIN)
        pin = pin_of(invited.invitation, minter())
        await show(walk_in_house, lea, pin)
        await walk_in_house.admissions.arrive(lea.visit, lea.secret)
        await walk_in_house.decided(lea.visit, admit=False)
        for _ in range(3):
            walk_in_house.clock.forward(SECOND)
            another = await walk_in_house.visited(invited)
        await show(walk_in_house, another, pin)
        assert await standing(walk_in_house, another) is Standing.WAITING

    async def test_the_organiser_is_called_when_another_device_takes_over(
        self, walk_in_house: House
    ):
        invited, lea = await comes(walk_in_house)
        await self.proved(walk_in_house, lea)
        assert await standing(walk_in_house, lea) is Standing.ADMITTED
        walk_in_house.clock.forward(SECOND)
        phone = await walk_in_house.visited(invited)
        await self.proved(walk_in_house, phone)
        assert await standing(walk_in_house, phone) is Standing.ADMITTED
        (told,) = await walk_in_house.sentences("guest.moved")
        assert told.mentions == (ALICE,)  # nobody decided it, not even the inviter
