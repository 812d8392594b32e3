"""Guests who must show a code or a PIN: the wait, the cost of a guess, the salon's notices."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.admission import KNOCK, LIVEKIT, REDIRECT
from bridge.domain.agenda import Kind
from bridge.domain.codes import Minter
from bridge.domain.invitation import Standing
from bridge.domain.proof import LASTS, MOST, SPAN, TRIES, Proof
from bridge.domain.seat import SeatEnd
from bridge.errors import InvitationRefused, MailRefused, MailUnconfirmed, MailUnreachable
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


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


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
    async def test_the_salon_is_asked_once_the_code_is_shown(self, house: House):
        _, lea = await comes(house)
        assert await standing(house, lea) is Standing.PROVING
        assert await house.sentences("guest.waits") == []
        code = await mailed(house, lea)
        assert await show(house, lea, f" {code[:3]} {code[3:]}\u00a0") is ProofOutcome.PROVED
        assert await standing(house, lea) is Standing.WAITING
        assert await parameters(house) == {
            "$phrase": "guest.verified",
            "facts": {
                "email": "lea@partenaire.example",
                "assurance": {"$phrase": "assurance.mail-code", "facts": {}},
            },
        }

    async def test_a_mail_that_was_only_sent_verifies_nothing(self, house: House):
        await comes(house, proof=None)
        assert await parameters(house) == {
            "$phrase": "guest.mailed",
            "facts": {
                "email": "lea@partenaire.example",
                "assurance": {"$phrase": "assurance.unverified", "facts": {}},
            },
        }

    async def test_the_token_says_how_well_we_know_them(self, house: House):
        _, lea = await comes(house)
        await show(house, lea, await mailed(house, lea))
        await standing(house, lea)
        await house.decided(lea.visit)
        await house.seats.pass_of(lea.visit, lea.secret)
        assert house.passes.issued[-1].assurance == "mail-code"

    async def test_it_is_for_the_browser_that_asked(self, house: House):
        invited, lea = await comes(house)
        phone = await house.visited(invited, "Léa")
        code = await mailed(house, lea)
        assert await show(house, phone, code) is ProofOutcome.SPENT
        assert await house.proofs.show(lea.visit, phone.secret, code) is None
        assert await house.proofs.ask(lea.visit, phone.secret) is None
        assert await show(house, lea, code) is ProofOutcome.PROVED
        assert await standing(house, phone) is Standing.PROVING

    async def test_five_wrong_codes_and_the_right_one_comes_too_late(self, house: House):
        _, lea = await comes(house)
        code = await mailed(house, lea)
        for left in range(TRIES - 1, 0, -1):
            assert await show(house, lea, other(code)) is ProofOutcome.WRONG
            assert (await proving(house, lea)).left == left
        assert await show(house, lea, other(code)) is ProofOutcome.SPENT
        assert await show(house, lea, code) is ProofOutcome.SPENT
        house.clock.forward(SECOND)
        assert await show(house, lea, await mailed(house, lea)) is ProofOutcome.PROVED

    async def test_what_is_no_code_costs_no_try(self, house: House):
        _, lea = await comes(house)
        code = await mailed(house, lea)
        for typed in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", code + "\x00", "9" * 10_000):
            assert await show(house, lea, typed) is ProofOutcome.UNREAD
        assert (await proving(house, lea)).left == TRIES

    async def test_it_is_good_for_ten_minutes_from_when_it_left(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        house.post.troubles.append(MailUnreachable())
        await ask(house, lea)
        house.clock.forward(MINUTE)
        await house.run_due()
        code = house.post.sent[-1].plain
        house.clock.forward(LASTS - SECOND)
        assert (await proving(house, lea)).until == house.clock.now() + SECOND
        house.clock.forward(SECOND)
        assert await show(house, lea, code) is ProofOutcome.SPENT
        assert (await proving(house, lea)).until is None

    async def test_only_the_last_one_counts(self, house: House):
        _, lea = await comes(house)
        first = await mailed(house, lea)
        house.clock.forward(SECOND)
        second = await mailed(house, lea)
        assert first != second
        assert await show(house, lea, first) is ProofOutcome.WRONG
        assert await show(house, lea, second) is ProofOutcome.PROVED

    async def test_three_in_an_hour_whoever_asks(self, house: House):
        invited, lea = await comes(house)
        others = [await house.visited(invited, "Robot") for _ in range(MOST - 1)]
        for entered in (lea, *others):
            assert await ask(house, entered) is ProofOutcome.SENT
            house.clock.forward(MINUTE)
        asked = len(house.post.sent)
        assert await ask(house, lea) is ProofOutcome.LATER
        assert (await proving(house, lea)).again_at == START + SPAN
        assert len(house.post.sent) == asked
        house.choose(graces=replace(house.policy.graces, after=HOUR))
        house.clock.at = START + SPAN
        assert await ask(house, lea) is ProofOutcome.SENT

    async def test_three_in_an_hour_however_many_browsers_follow_the_link(self, house: House):
        house.choose(visits_per_invitation=2)
        invited, lea = await comes(house)
        asked = [await house.proofs.ask(lea.visit, lea.secret) for _ in range(MOST)]
        assert asked == [ProofOutcome.SENT] * MOST
        for _ in range(3):
            house.clock.forward(SECOND)
            another = await house.visited(invited)
        assert await house.proofs.ask(another.visit, another.secret) is ProofOutcome.LATER

    async def test_an_address_that_is_refused_is_told(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        house.post.troubles.append(MailRefused())
        await ask(house, lea)
        assert (await proving(house, lea)).failed
        (told,) = await house.sentences("mail.code-failed")
        assert told.confidant == ALICE
        count = house.metrics.registry.get_sample_value
        assert count("parvis_mails_total", {"outcome": "refused"}) == 1

    @pytest.mark.parametrize("trouble", [None, MailRefused()])
    async def test_a_visit_that_went_while_its_code_left_is_no_matter(
        self, house: House, trouble: MailRefused | None
    ):
        invited, lea = await comes(house)
        await house.run_due()
        await house.proofs.ask(lea.visit, lea.secret)

        class Slow:
            async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
                assert letter.to == LEA.email
                await sending()
                async with house.store() as work:
                    await work.visits.invalidate(invited.invitation.id)
                if trouble is not None:
                    raise trouble

        house.codes = replace(house.codes, post=Slow())
        await house.run_due()
        assert Kind.CODE not in {kind for kind, _ in await house.planned()}
        assert await house.proofs.read(lea.visit) is None

    async def test_a_lost_answer_sends_no_second_code_and_its_guest_asks_for_another(
        self, house: House
    ):
        _, lea = await comes(house)
        await house.run_due()
        house.post.sent.clear()
        house.post.troubles.append(MailUnconfirmed())
        await ask(house, lea)
        assert not (await proving(house, lea)).failed
        await house.run_until(START + LASTS)
        assert len(house.post.sent) == 1
        assert await house.sentences("mail.code-failed") == []
        assert await ask(house, lea) is ProofOutcome.SENT
        assert len(house.post.sent) == 2

    async def test_killed_once_it_left_the_code_is_not_sent_again(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        house.post.sent.clear()
        await house.proofs.ask(lea.visit, lea.secret)
        house.wire(MortalWorks(house.store, dies_at=1, after=True))
        with pytest.raises(Killed):
            await house.run_due()
        house.wire(house.store)
        async with house.store() as work:
            await work.agenda.release(now=house.clock.now())
        await house.run_due()
        assert house.post.sent == []
        assert not (await proving(house, lea)).failed

    async def test_what_is_refused_for_now_after_data_is_tried_again(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        house.post.sent.clear()
        house.post.reads_first = True
        house.post.troubles.append(MailUnreachable())
        await ask(house, lea)
        await house.run_until(START + MINUTE)
        assert len(house.post.sent) == 1

    async def test_a_server_that_stays_away_is_tried_for_ten_minutes(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        house.post.troubles.extend([MailUnreachable()] * 100)
        await ask(house, lea)
        await house.run_until(START + LASTS + MINUTE)
        assert (await proving(house, lea)).failed
        assert len(await house.sentences("mail.code-failed")) == 1

    async def test_outside_the_window_nothing_is_mailed(self, house: House):
        await house.met("later", start=START + HOUR)
        (invited,) = await house.invited(LEA, to="later", proof=Proof.MAIL)
        lea = await house.visited(invited)
        assert await standing(house, lea) is Standing.EARLY
        assert await ask(house, lea) is ProofOutcome.ELSEWHERE
        assert await show(house, lea, "123456") is ProofOutcome.ELSEWHERE

    async def test_a_link_that_was_withdrawn_mails_nothing_more(self, house: House):
        invited, lea = await comes(house)
        await house.run_due()
        sent = len(house.post.sent)
        await house.proofs.ask(lea.visit, lea.secret)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.invitations.revoke(work, occurrence, [invited.invitation])
        await house.run_due()
        assert len(house.post.sent) == sent

    async def test_a_meeting_that_ended_mails_nothing_more(self, house: House):
        _, lea = await comes(house)
        await house.run_due()
        sent = len(house.post.sent)
        await house.proofs.ask(lea.visit, lea.secret)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        await house.run_due()
        assert len(house.post.sent) == sent

    async def test_where_visio_admits_they_go_on_once_it_is_shown(self, house: House):
        house.choose(mode=REDIRECT)
        _, lea = await comes(house)
        assert await standing(house, lea) is Standing.PROVING
        await show(house, lea, await mailed(house, lea))
        assert await standing(house, lea) is Standing.OPEN
        (told,) = await house.sentences("guest.followed")
        assert "guest.verified" in repr(told.parameters)

    async def test_nobody_knocks_at_visio_before_it_is_shown(self, house: House):
        house.choose(mode=KNOCK)
        _, lea = await comes(house)
        admission = await house.admissions.read(lea.visit)
        assert admission is not None
        assert await house.knocking.knock(admission) is Standing.PROVING
        assert house.lobby.knocked == []
        await show(house, lea, await mailed(house, lea))
        assert await standing(house, lea) is Standing.WAITING
        (told,) = await house.sentences("guest.knocks")
        assert "guest.verified" in repr(told.parameters)


class TestPin:
    async def pin(self, house: House) -> str:
        (invitation,) = await house.guests()
        return pin_of(invitation, minter())

    async def test_is_told_to_the_inviter_alone_and_kept_nowhere(self, house: House):
        _, jean = await comes(house, Proof.PIN, JEAN)
        pin = await self.pin(house)
        (told,) = await house.messages("invite.pin")
        assert (told.confidant, told.to.salon) == (ALICE, None)
        assert pin not in repr(told)
        assert await show(house, jean, pin) is ProofOutcome.PROVED
        assert await standing(house, jean) is Standing.WAITING
        assert "assurance.pin" in repr(await parameters(house))

    async def test_is_not_mailed_when_asked(self, house: House):
        _, lea = await comes(house, Proof.PIN)
        assert await ask(house, lea) is ProofOutcome.ELSEWHERE

    async def test_five_wrong_ones_lock_the_link_on_every_device(self, house: House):
        invited, lea = await comes(house, Proof.PIN)
        phone = await house.visited(invited, "Léa")
        pin = await self.pin(house)
        for n in range(TRIES):
            entered = (lea, phone)[n % 2]
            assert await show(house, entered, other(pin)) is ProofOutcome.WRONG
        assert await standing(house, lea) is Standing.LOCKED
        assert await standing(house, phone) is Standing.LOCKED
        assert await show(house, lea, pin) is ProofOutcome.ELSEWHERE
        (told,) = await house.sentences("guest.locked")
        assert told.confidant == ALICE

    async def test_who_is_inside_stays_when_their_locked_link_is_replaced(self, house: House):
        """Somebody else had their link, and guessed; their page still works, after a reload too."""
        invited, lea = await comes(house, Proof.PIN)
        pin = await self.pin(house)
        assert await show(house, lea, pin) is ProofOutcome.PROVED
        await house.decided(lea.visit)
        stranger = await house.visited(invited, "Léa")
        for _ in range(TRIES):
            await show(house, stranger, other(pin))
        await house.invited(LEA, event="again")
        given = await house.seats.pass_of(lea.visit, lea.secret)
        assert given is not None
        assert given.token is not None
        assert await house.admissions.arrive(stranger.visit, stranger.secret) is None

    async def test_another_link_has_another_pin(self, house: House):
        _, lea = await comes(house, Proof.PIN)
        old = await self.pin(house)
        for _ in range(TRIES):
            await show(house, lea, other(old))
        (again,) = await house.invited(LEA, event="again")
        assert again.invitation.number == 1
        new = await self.pin(house)
        assert new != old
        lea = await house.visited(again)
        assert await show(house, lea, old) is ProofOutcome.WRONG
        assert await show(house, lea, new) is ProofOutcome.PROVED
        assert await house.proofs.show(lea.visit, "x" * 22, new) is None

    async def test_inviting_again_without_a_lock_keeps_link_and_pin(self, house: House):
        await comes(house, Proof.PIN)
        old = await self.pin(house)
        await house.invited(LEA, event="again")
        assert await self.pin(house) == old


async def test_under_a_key_file_that_was_removed_nothing_is_right(house: House):
    _, lea = await comes(house, Proof.PIN)
    pin = await TestPin().pin(house)
    gone = replace(house.proofs, minter=Minter({"k9": b"9" * 32}, "k9"))
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
        self, house: House, policy: Proof, said: Proof | None, guest: Guest, wanted: Proof
    ):
        house.choose(proof=policy)
        (invited,) = await house.invited(guest, proof=said)
        assert invited.invitation.proof is wanted

    async def test_a_policy_that_came_later_holds_for_who_is_invited_again(self, house: House):
        await house.invited(LEA)
        house.choose(proof=Proof.MAIL)
        (again,) = await house.invited(LEA, event="again")
        assert again.invitation.proof is Proof.MAIL
        (again,) = await house.invited(LEA, event="pin", proof=Proof.PIN)
        assert again.invitation.proof is Proof.PIN
        (again,) = await house.invited(LEA, event="kept")
        assert again.invitation.proof is Proof.PIN

    async def test_a_code_needs_an_address(self, house: House):
        with pytest.raises(InvitationRefused) as refused:
            await house.invited(LEA, JEAN, proof=Proof.MAIL)
        assert refused.value.parameters["reason"] == "code-unmailed"
        assert await house.guests() == []

    async def test_who_owes_nothing_is_shown_nothing_to_type(self, house: House):
        _, lea = await comes(house, None)
        assert await house.proofs.read(lea.visit) is None

    async def test_who_is_inside_need_not_show_what_is_asked_later(self, house: House):
        _, lea = await comes(house, None)
        await house.decided(lea.visit)
        await house.invited(LEA, event="again", proof=Proof.PIN)
        assert await standing(house, lea) is Standing.ADMITTED


class TestWithoutWaitingRoom:
    @pytest.fixture
    def house(self, house: House) -> House:
        house.choose(waiting_room=False)
        return house

    async def proved(self, house: House, entered: Entered) -> None:
        await show(house, entered, await mailed(house, entered))

    async def test_a_link_alone_waits(self, house: House):
        _, lea = await comes(house, None)
        assert await standing(house, lea) is Standing.WAITING
        assert len(await house.sentences("guest.waits")) == 1

    async def test_who_shows_a_proof_has_a_seat_at_once(self, house: House):
        _, lea = await comes(house)
        await self.proved(house, lea)
        assert await standing(house, lea) is Standing.ADMITTED
        assert await house.sentences("guest.waits") == []
        (told,) = await house.sentences("guest.walked-in")
        assert told.parameters["name"] == "Léa Roux"
        given = await house.seats.pass_of(lea.visit, lea.secret)
        assert given is not None
        assert given.token is not None
        assert await standing(house, lea) is Standing.ADMITTED
        assert len(await house.sentences("guest.walked-in")) == 1

    async def test_nobody_is_seated_by_another_browser(self, house: House):
        _, lea = await comes(house)
        await self.proved(house, lea)
        walking = WalkIns(house.tools, house.admissions)
        assert await walking.arrive(lea.visit, "x" * 22) is None
        async with house.store.reading() as work:
            assert await work.seats.of_visit(lea.visit) is None
        assert await house.sentences("guest.walked-in") == []

    async def test_a_link_that_moved_too_often_is_asked_about(self, house: House):
        house.choose(takeovers=1)
        invited, lea = await comes(house)
        devices = [lea, await house.visited(invited), await house.visited(invited)]
        for device in devices:
            house.clock.forward(SECOND)
            await self.proved(house, device)
            found = await standing(house, device)
        assert found is Standing.WAITING
        assert len(await house.sentences("guest.waits")) == 1

    async def test_who_was_put_out_is_asked_about_on_another_device(self, house: House):
        invited, lea = await comes(house)
        await self.proved(house, lea)
        assert await standing(house, lea) is Standing.ADMITTED
        async with house.store() as work:
            seat = await work.seats.of_visit(lea.visit)
            assert seat is not None
            await work.seats.save(seat.ended(house.clock.now(), SeatEnd.REMOVED))
        phone = await house.visited(invited)
        await self.proved(house, phone)
        assert await standing(house, phone) is Standing.WAITING

    async def test_who_was_turned_away_once_is_asked_about(self, house: House):
        invited, lea = await comes(house)
        await self.proved(house, lea)
        house.choose(waiting_room=True)
        assert await standing(house, lea) is Standing.WAITING
        await house.decided(lea.visit, admit=False)
        house.choose(waiting_room=False)
        again = await house.visited(invited)
        await self.proved(house, again)
        assert await standing(house, again) is Standing.WAITING
        assert len(await house.sentences("guest.waits")) == 2

    async def test_who_was_turned_away_is_not_forgotten_for_opening_the_link_often(
        self, house: House
    ):
        house.choose(visits_per_invitation=2)
        invited, lea = await comes(house, Proof.PIN)
        pin = pin_of(invited.invitation, minter())
        await show(house, lea, pin)
        await house.admissions.arrive(lea.visit, lea.secret)
        await house.decided(lea.visit, admit=False)
        for _ in range(3):
            house.clock.forward(SECOND)
            another = await house.visited(invited)
        await show(house, another, pin)
        assert await standing(house, another) is Standing.WAITING

    async def test_the_organiser_is_called_when_another_device_takes_over(self, house: House):
        invited, lea = await comes(house)
        await self.proved(house, lea)
        assert await standing(house, lea) is Standing.ADMITTED
        house.clock.forward(SECOND)
        phone = await house.visited(invited)
        await self.proved(house, phone)
        assert await standing(house, phone) is Standing.ADMITTED
        (told,) = await house.sentences("guest.moved")
        assert told.mentions == (ALICE,)  # nobody decided it, not even the inviter
