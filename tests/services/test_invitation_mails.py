"""A guest's mail is sent once, with the link that works, or its inviter is told why not."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import pytest_asyncio

from bridge.domain.admission import MODES, AdmissionMode
from bridge.domain.agenda import Kind
from bridge.domain.agent import Agent
from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail
from bridge.domain.message import CardEdit, Notice, span
from bridge.errors import MailError, MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import MailId, uuid7
from bridge.metrics import Metrics
from bridge.ports import Letter
from bridge.services.invitations.invitations import Guest
from tests.doubles.ports import FakePost, Killed, MortalWorks
from tests.services.house import ALICE, HOUR, MINUTE, START, House, said
from tests.wiring import DOOR, minter

LEA = Guest("Léa Roux", "lea@partenaire.example")


@pytest_asyncio.fixture(loop_scope="session")
async def met(house: House) -> House:
    """A meeting at ten that an agent with a name has asked for."""
    async with house.store() as work:
        await work.agents.save(
            Agent(user=ALICE, name="Alice Martin [Dinum]", identity=None, seen_at=START)
        )
    await house.met(start=START + HOUR)
    await house.shown()
    return house


async def invited(house: House, event: str = "invite") -> Invitation:
    (one,) = await house.invited(LEA, event=event)
    return one.invitation


async def mails(house: House) -> list[Mail]:
    found = []
    for kind, key in await house.planned():
        if kind is Kind.MAIL:
            async with house.store.reading() as work:
                found.append(await work.mails.get(MailId(UUID(key))))
    return [one for one in found if one is not None]


class TestLeaving:
    async def test_once_with_the_link_the_window_and_who_invites(self, met: House):
        lea = await invited(met)
        await met.run_due()
        (letter,) = met.post.sent
        (parameters,) = met.composed
        assert letter.to == "lea@partenaire.example"
        assert letter.plain == f"{DOOR}/j/{minter().code(lea.id, 0, 'k1')}"
        assert (parameters.guest, parameters.title, parameters.inviter) == (
            "Léa Roux",
            "Budget ask",
            "Alice Martin",
        )
        assert (parameters.start, parameters.end, parameters.zone) == (
            START + HOUR,
            START + 2 * HOUR,
            "Europe/Paris",
        )
        assert (parameters.window.opens, parameters.window.closes) == (
            START + 50 * MINUTE,
            START + 135 * MINUTE,
        )
        await met.run_until(START + 3 * HOUR)
        assert len(met.post.sent) == 1
        assert letter.message_id.endswith("@parvis.example>")

    @pytest.mark.parametrize("mode", MODES)
    async def test_who_is_invited_reads_what_this_mode_is(self, house: House, mode: AdmissionMode):
        house.choose(mode=mode)
        await house.met()
        await invited(house)
        await house.run_due()
        assert house.composed[0].mode is mode

    async def test_an_inviter_nobody_has_seen(self, house: House):
        await house.met()
        await invited(house)
        await house.run_due()
        assert house.composed[0].inviter == ""

    async def test_asked_again_is_another_mail_with_the_same_link(self, met: House):
        await invited(met)
        await met.run_due()
        await invited(met, "again")
        await met.run_due()
        one, two = met.post.sent
        assert one.plain == two.plain
        assert one.message_id != two.message_id

    async def test_a_meeting_that_moved_meanwhile_is_told_as_it_is(self, met: House):
        await invited(met)
        async with met.store() as work:
            await met.meetings.extend(work, (await met.of())[1], HOUR)
        await met.run_due()
        assert met.composed[0].end == START + 3 * HOUR

    async def test_a_row_that_is_run_again_changes_nothing(self, met: House):
        await invited(met)
        (mail,) = await mails(met)
        await met.run_due()
        assert await met.letters.deliver(met.due(Kind.MAIL, mail.id)) is None
        nothing = met.due(Kind.MAIL, uuid7(START))
        assert await met.letters.deliver(nothing) is None
        assert len(met.post.sent) == 1


class TestNothingToSend:
    async def test_a_link_withdrawn_meanwhile_is_not_mailed(self, met: House):
        lea = await invited(met)
        _, occurrence = await met.of()
        async with met.store() as work:
            await met.invitations.revoke(work, occurrence, [lea])
        await met.run_due()
        assert met.post.sent == []

    async def test_a_newer_link_meanwhile(self, met: House):
        lea = await invited(met)
        _, occurrence = await met.of()
        async with met.store() as work:
            await met.invitations.revoke(work, occurrence, [lea])
        await invited(met, "again")
        await met.run_due()
        (letter,) = met.post.sent
        assert letter.plain.endswith(minter().code(lea.id, 1, "k1"))

    @pytest.mark.parametrize("begun", [False, True])
    async def test_the_meeting_was_ended(self, met: House, begun: bool):
        await invited(met)
        if begun:
            met.clock.forward(70 * MINUTE)
        async with met.store() as work:
            await met.meetings.end(work, (await met.of())[1])
        await met.run_due()
        assert met.post.sent == []
        assert [one.template for one in await met.messages()] == ["card"]

    async def test_the_address_was_forgotten(self, met: House):
        await invited(met)
        async with met.store() as work:
            await work.invitations.forget((await met.of())[1].id)
        await met.run_due()
        assert met.post.sent == []


class TestRefused:
    async def test_the_inviter_is_told_and_the_card_shows_it(self, met: House):
        met.post.troubles.append(MailRefused())
        await invited(met)
        await met.shown()
        await met.run_due()
        told, card = await met.messages()
        assert (told.template, told.confidant, told.mentions) == ("mail.refused", ALICE, (ALICE,))
        assert isinstance(told, Notice)
        assert told.parameters == {"guest": "Léa Roux", "email": "lea@partenaire.example"}
        assert isinstance(card, CardEdit)
        assert card.occurrence == (await met.of())[1].id
        assert [one.mail_refused for one in await met.guests()] == [True]
        await met.run_until(START + 3 * HOUR)
        assert len(await met.sentences("mail.refused")) == 1

    async def test_a_link_withdrawn_while_it_was_being_sent_is_still_dead(self, met: House):
        lea = await invited(met)
        _, occurrence = await met.of()
        (mail,) = await mails(met)
        async with met.store() as work:
            await met.invitations.revoke(work, occurrence, [lea])
        await met.letters._failed(mail, lea, "refused")
        (kept,) = await met.guests()
        assert kept.revoked_at is not None

    async def test_killed_before_it_was_told(self, met: House):
        """The refusal is lost with the process, and comes again with the retry."""
        met.post.troubles.extend([MailRefused(), MailRefused()])
        await invited(met)
        (mail,) = await mails(met)
        met.wire(MortalWorks(met.store, dies_at=2))
        with pytest.raises(Killed):
            await met.letters.deliver(met.due(Kind.MAIL, mail.id))
        met.wire(met.store)
        await met.run_until(START + HOUR)
        assert len(await met.sentences("mail.refused")) == 1


class TestUnreachable:
    async def test_it_leaves_when_the_server_is_back(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(3))
        await invited(met)
        await met.shown()
        await met.run_until(START + MINUTE)
        assert len(met.post.sent) == 1
        assert await met.messages() == []

    async def test_the_inviter_hears_once_that_it_is_late(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(12))
        await invited(met)
        await met.run_until(START + 2 * HOUR)
        assert len(met.post.sent) == 1
        (late,) = await met.sentences("mail.late")
        assert (late.confidant, late.mentions) == (ALICE, (ALICE,))

    async def test_delays_grow_and_end_in_a_sentence(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(1000))
        await met.met("far", start=START + timedelta(days=3))
        await met.shown()
        await met.invited(LEA, to="far")
        (mail,) = await mails(met)
        times = []
        while (due := (await met.planned()).get((Kind.MAIL, str(mail.id)))) is not None:
            met.clock.at = due
            times.append(due)
            await met.run_due()
        delays = [later - earlier for earlier, later in pairwise(times)]
        assert delays == sorted(delays)
        assert (delays[0], delays[-1]) == (timedelta(seconds=2), 10 * MINUTE)
        assert times[-1] - START > timedelta(hours=24)
        assert [one.template for one in await met.messages() if one.confidant] == [
            "mail.late",
            "mail.unreachable",
        ]
        assert [one.mail_refused for one in await met.guests("far")] == [True]

    async def test_whose_window_closed_first_is_told_too(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(1000))
        await invited(met)
        await met.run_until(START + 3 * HOUR)
        assert met.post.sent == []
        assert [one.template for one in await met.messages() if one.confidant] == [
            "mail.late",
            "mail.unreachable",
        ]
        assert Kind.MAIL not in {kind for kind, _ in await met.planned()}


class TestUnconfirmed:
    """A mail that the server may have accepted is retried late, and sent at most three times."""

    async def test_it_is_sent_again_after_half_an_hour_and_then_it_is_known(self, met: House):
        met.post.troubles.append(MailUnconfirmed())
        await invited(met)
        await met.run_until(START + 29 * MINUTE)
        assert len(met.post.sent) == 1
        (told,) = await met.sentences("mail.unconfirmed")
        assert (told.confidant, told.mentions) == (ALICE, (ALICE,))
        assert told.parameters["span"] == span(30 * MINUTE)
        await met.run_until(START + 2 * HOUR)
        assert len(met.post.sent) == 2
        assert len(met.post.seen()) == 1, "the same Message-ID"
        assert [one.template for one in await met.messages() if one.confidant] == [
            "mail.unconfirmed"
        ]

    async def test_three_times_in_all_and_who_invites_reads_what_is_known(self, met: House):
        met.post.troubles.extend(MailUnconfirmed() for _ in range(1000))
        await invited(met)
        await met.run_until(START + 2 * HOUR)
        assert len(met.post.sent) == 3
        assert len(met.post.seen()) == 1
        assert [one.template for one in await met.messages() if one.confidant] == [
            "mail.unconfirmed",
            "mail.never-confirmed",
        ]
        assert [one.mail_refused for one in await met.guests()] == [False]
        assert Kind.MAIL not in {kind for kind, _ in await met.planned()}

    @pytest.mark.parametrize("reads_first", [False, True])
    async def test_what_is_refused_for_now_meanwhile_is_tried_again_soon(
        self, met: House, reads_first: bool
    ):
        """The server accepted nothing then, so that it does not count."""
        met.post.reads_first = reads_first
        met.post.troubles.append(MailUnconfirmed())
        met.post.troubles.extend(MailUnreachable() for _ in range(4))
        await invited(met)
        await met.run_until(START + 2 * HOUR)
        assert len(met.post.sent) == 2
        assert [one.template for one in await met.messages() if one.confidant] == [
            "mail.unconfirmed"
        ]

    async def test_the_meeting_is_over_first(self, house: House):
        await house.met(start=START - 50 * MINUTE)
        house.post.troubles.append(MailUnconfirmed())
        await invited(house)
        await house.run_until(START + 2 * HOUR)
        assert len(house.post.sent) == 1
        assert [one.template for one in await house.messages() if one.confidant] == [
            "mail.unconfirmed",
            "mail.never-confirmed",
        ]

    @pytest.mark.parametrize(("dies_at", "after"), [(1, True), (2, False)])
    async def test_killed_between_its_leaving_and_the_answer(
        self, met: House, dies_at: int, after: bool
    ):
        """Before the message left, or after the server accepted it: nobody knows."""
        await invited(met)
        (mail,) = await mails(met)
        met.wire(MortalWorks(met.store, dies_at, after))
        with pytest.raises(Killed):
            await met.letters.deliver(met.due(Kind.MAIL, mail.id))
        taken = len(met.post.sent)
        assert taken == (0 if after else 1)
        met.wire(met.store)
        await met.run_due()
        assert len(met.post.sent) == taken
        assert len(await met.sentences("mail.unconfirmed")) == 1
        await met.run_until(START + 31 * MINUTE)
        assert len(met.post.sent) == taken + 1
        assert len(met.post.seen()) == 1

    async def test_killed_before_that_was_written_it_leaves_once(self, met: House):
        await invited(met)
        (mail,) = await mails(met)
        met.wire(MortalWorks(met.store, dies_at=1))
        with pytest.raises(Killed):
            await met.letters.deliver(met.due(Kind.MAIL, mail.id))
        met.wire(met.store)
        await met.run_due()
        assert len(met.post.sent) == 1
        assert await met.sentences("mail.unconfirmed") == []

    async def test_killed_each_time_it_leaves_three_times_at_most(self, met: House):
        await invited(met)
        (mail,) = await mails(met)
        for _ in range(6):
            met.wire(MortalWorks(met.store, dies_at=2))
            with suppress(Killed):
                await met.letters.deliver(met.due(Kind.MAIL, mail.id))
            met.clock.forward(31 * MINUTE)
        met.wire(met.store)
        await met.run_due()
        assert len(met.post.sent) == 3
        assert len(await met.sentences("mail.never-confirmed")) == 1

    async def test_two_workers_with_one_mail_send_it_once(self, met: House):
        """The slow worker finds, before its message leaves, that the row has changed."""
        await invited(met)
        (mail,) = await mails(met)
        slow = met.post

        class Slow(FakePost):
            async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
                met.letters = replace(met.letters, post=slow)
                await met.letters.deliver(met.due(Kind.MAIL, mail.id))
                await super().send(letter, sending)

        met.letters = replace(met.letters, post=(late := Slow()))
        await met.letters.deliver(met.due(Kind.MAIL, mail.id))
        assert (len(slow.sent), len(late.sent)) == (1, 0)


@pytest.mark.parametrize(
    ("troubles", "outcomes"),
    [
        ([], {"sent": 1}),
        ([MailRefused()], {"refused": 1}),
        ([MailUnreachable(), MailUnreachable()], {"unreachable": 2, "sent": 1}),
        ([MailUnconfirmed()], {"unconfirmed": 1, "sent": 1}),
        ([MailUnconfirmed()] * 3, {"unconfirmed": 3, "abandoned": 1}),
    ],
    ids=str,
)
async def test_each_try_is_counted(met: House, troubles: list[MailError], outcomes: dict[str, int]):
    metrics = Metrics("1")
    met.letters = replace(met.letters, metrics=metrics)
    met.post.troubles.extend(troubles)
    await invited(met)
    await met.run_until(START + 2 * HOUR)
    found = {
        sample.labels["outcome"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "parvis_mails_total"
    }
    assert found == outcomes


def test_letters_show_no_address_in_a_log():
    assert "lea@" not in repr(LEA)
    assert "lea@" not in repr(said("x"))
