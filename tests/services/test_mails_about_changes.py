"""Guests with a mailed link get a mail about changes: once, with the facts that hold."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.agenda import Kind
from bridge.domain.mail import MailKind
from bridge.domain.message import Notice, phrase
from bridge.domain.salon import Salon
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.i18n import Language
from bridge.ports import Letter
from bridge.services.invitations.invitations import Guest
from bridge.services.news import SETTLES, tell_guests
from tests.defaults import quota_limits
from tests.doubles.ports import FakePost, Killed, MortalWorks
from tests.services.house import ALICE, HOUR, MINUTE, SALON, START, House
from tests.wiring import DOOR, minter

LEA, NOE = Guest("Léa Roux", "lea@partenaire.example"), Guest("Noé", "noe@partenaire.example")
SECOND = timedelta(seconds=1)
ON_ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""These do not depend on the database."""


@pytest_asyncio.fixture(loop_scope="session")
async def met(house: House) -> House:
    """A meeting at ten, with two guests who have their mail, and one with a link by hand."""
    await house.met(start=START + HOUR)
    await house.invited(LEA, NOE, Guest("Jean Dupont"))
    await house.run_due()
    await house.shown()
    assert [one.kind for one in house.composed] == [MailKind.INVITATION] * 2
    house.composed.clear()
    house.post.sent.clear()
    return house


async def ended(house: House) -> None:
    async with house.store() as work:
        await house.meetings.end(work, (await house.of())[1])


async def extended(house: House, by: timedelta = HOUR) -> None:
    async with house.store() as work:
        await house.meetings.extend(work, (await house.of())[1], by)


async def withdrawn(house: House, *names: str) -> None:
    _, occurrence = await house.of()
    async with house.store() as work:
        known = await work.invitations.of_occurrence(occurrence.id)
        whom = [one for one in known if not names or one.name in names]
        await house.invitations.revoke(work, occurrence, whom)


def told(house: House) -> list[tuple[str, MailKind]]:
    """Return the content of the sent mails."""
    return [(one.to.partition("@")[0], one.kind) for one in house.composed]


class TestOnBothDatabases:
    async def test_cancelled_before_it_began(self, met: House):
        await ended(met)
        await met.run_until(START + SETTLES - SECOND)
        assert told(met) == []
        await met.run_until(START + 3 * HOUR)
        assert told(met) == [("lea", MailKind.CANCELLATION), ("noe", MailKind.CANCELLATION)]
        assert {one.link for one in met.composed} == {""}
        assert {one.start for one in met.composed} == {START + HOUR}
        assert await met.sentences("mail.news-late") == []

    async def test_cancelled_while_the_mail_of_an_extension_is_being_sent(self, met: House):
        """The sender has read old facts: it finds the row changed, and reads again."""
        await extended(met)
        met.clock.forward(SETTLES)
        (_, mail), *_ = [key for key in await met.planned() if key[0] is Kind.MAIL]

        class Slow(FakePost):
            async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
                await ended(met)
                await super().send(letter, sending)

        met.letters = replace(met.letters, post=Slow())
        await met.letters.deliver(met.due(Kind.MAIL, mail))
        met.wire(met.store)
        await met.run_until(START + HOUR)
        assert len(met.post.sent) == 2
        assert {one.plain for one in met.post.sent} == {""}


@ON_ONE
class TestTold:
    async def test_ended_while_it_ran_is_told_to_nobody(self, met: House):
        await met.run_until(START + HOUR + MINUTE)
        await ended(met)
        await met.run_until(START + 3 * HOUR)
        assert told(met) == []

    async def test_extended_says_until_when_with_the_same_link(self, met: House):
        await extended(met)
        await met.run_until(START + 2 * MINUTE)
        assert told(met) == [("lea", MailKind.CHANGE), ("noe", MailKind.CHANGE)]
        lea = (await met.guests())[0]
        assert met.composed[0].link == f"{DOOR}/j/{minter().code(lea.id, 0, 'k1')}"
        assert met.composed[0].window.closes == START + 3 * HOUR + 15 * MINUTE
        await met.run_until(START + 4 * HOUR)
        assert len(met.composed) == 2

    async def test_a_link_that_lasts_longer_by_itself_is_told_nothing(self, met: House):
        met.clock.forward(SECOND)
        await met.invited(LEA, event="longer", until=START + 5 * HOUR)
        await met.run_due()
        met.composed.clear()
        await extended(met)
        await met.run_until(START + 2 * MINUTE)
        assert told(met) == [("noe", MailKind.CHANGE)]

    async def test_one_link_alone_is_extended(self, met: House):
        _, occurrence = await met.of()
        (lea, *_) = await met.guests()
        async with met.store() as work:
            await met.invitations.extend(work, occurrence, [lea], HOUR)
        await met.run_until(START + 2 * MINUTE)
        assert told(met) == [("lea", MailKind.CHANGE)]

    async def test_a_withdrawal_is_mailed_once(self, met: House):
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + 3 * HOUR)
        assert told(met) == [("lea", MailKind.WITHDRAWAL)]

    async def test_who_had_no_mail_is_told_nothing(self, house: House):
        """Their address was refused, or the inviter passed the link on."""
        house.post.troubles.append(MailRefused())
        await house.met(start=START + HOUR)
        await house.invited(LEA, Guest("Jean Dupont"))
        await house.run_due()
        house.composed.clear()
        await withdrawn(house)
        await ended(house)
        await house.run_until(START + 3 * HOUR)
        assert told(house) == []

    async def test_whom_nobody_confirmed_may_have_it_and_is_told(self, house: House):
        house.post.troubles.append(MailUnconfirmed())
        await house.met(start=START + HOUR)
        await house.invited(LEA)
        await house.run_due()
        house.composed.clear()
        await ended(house)
        await house.run_until(START + 3 * HOUR)
        assert told(house) == [("lea", MailKind.CANCELLATION)]

    async def test_a_link_that_is_over_anyway_is_withdrawn_in_silence(self, met: House):
        await met.run_until(START + 4 * HOUR)
        await withdrawn(met)
        await met.run_until(START + 5 * HOUR)
        assert told(met) == []


@ON_ONE
class TestOneMail:
    """A change undone within a minute is told to nobody; all others go into one mail."""

    async def test_withdrawn_and_invited_again_is_the_new_link_alone(self, met: House):
        await withdrawn(met, "Léa Roux")
        met.clock.forward(30 * SECOND)
        await met.invited(LEA, event="again")
        await met.run_until(START + 3 * HOUR)
        assert told(met) == [("lea", MailKind.INVITATION)]

    async def test_invited_again_while_the_mail_server_is_away(self, met: House):
        """The news are due before the new link could be sent, and add nothing to it."""
        await withdrawn(met, "Léa Roux")
        await met.invited(LEA, event="again")
        met.post.troubles.extend(MailUnreachable() for _ in range(8))
        await met.run_until(START + HOUR)
        assert [kind for _, kind in told(met)][-1] is MailKind.INVITATION
        assert {kind for _, kind in told(met)} == {MailKind.INVITATION}
        assert len(met.post.sent) == 1

    async def test_the_new_link_and_a_longer_one_while_the_mail_server_is_away(self, met: House):
        """An unsent invitation says what holds when it is sent."""
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + 5 * MINUTE)
        met.post.troubles.extend(MailUnreachable() for _ in range(12))
        await met.invited(LEA, event="again")
        await extended(met)
        await met.run_until(START + HOUR)
        said = {kind for who, kind in told(met) if who == "lea"}
        assert said == {MailKind.WITHDRAWAL, MailKind.INVITATION}

    async def test_a_meeting_cancelled_and_reopened_at_once_mails_nothing(self, met: House):
        _, occurrence = await met.of()
        await ended(met)
        async with met.store() as work:
            await work.meetings.save_occurrence(occurrence)
            await tell_guests(work, occurrence, met.clock.now())
        await met.run_until(START + HOUR)
        assert told(met) == []

    async def test_cancelled_told_and_reopened_takes_place_after_all(self, met: House):
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        met.composed.clear()
        await extended(met)
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.REOPENING), ("noe", MailKind.REOPENING)]
        assert met.composed[0].link.startswith(DOOR)

    async def test_extended_three_times_is_told_once(self, met: House):
        for _ in range(3):
            await extended(met, 10 * MINUTE)
            met.clock.forward(10 * SECOND)
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.CHANGE), ("noe", MailKind.CHANGE)]
        assert met.composed[0].window.closes == START + 2 * HOUR + 45 * MINUTE

    async def test_extended_and_then_cancelled(self, met: House):
        await extended(met)
        await ended(met)
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.CANCELLATION), ("noe", MailKind.CANCELLATION)]

    async def test_withdrawn_from_what_is_cancelled_is_told_once(self, met: House):
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        await withdrawn(met)
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.CANCELLATION), ("noe", MailKind.CANCELLATION)]

    async def test_withdrawn_and_told_hears_of_no_cancellation(self, met: House):
        await withdrawn(met)
        await met.run_until(START + 5 * MINUTE)
        await ended(met)
        await met.run_until(START + HOUR)
        assert {kind for _, kind in told(met)} == {MailKind.WITHDRAWAL}


@ON_ONE
class TestLost:
    """Nothing is lost or sent twice, whatever happens to the mail server and to us."""

    async def test_the_mail_server_is_away_and_then_the_truth_of_then_leaves(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(6))
        await extended(met)
        await met.run_until(START + 2 * MINUTE)
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + 50 * MINUTE)
        sent = {(one.to, one.plain == "") for one in met.post.sent}
        assert sent == {("lea@partenaire.example", True), ("noe@partenaire.example", False)}
        assert len(met.post.sent) == 2

    async def test_no_answer_is_sent_again_as_the_same_message(self, met: House):
        met.post.troubles.append(MailUnconfirmed())
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.WITHDRAWAL)] * 2
        assert len(met.post.seen()) == 1
        assert [one for one in await met.messages() if one.confidant] == [], (
            "nobody waits for a link"
        )

    async def test_no_answer_and_the_truth_is_another_by_then(self, met: House):
        met.post.troubles.append(MailUnconfirmed())
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + 10 * MINUTE)
        await met.invited(LEA, event="again")
        await met.run_until(START + HOUR)
        assert told(met) == [("lea", MailKind.WITHDRAWAL), ("lea", MailKind.INVITATION)]

    async def test_told_one_thing_without_an_answer_and_then_another(self, met: House):
        met.post.troubles.append(MailUnconfirmed())
        await extended(met)
        await met.run_until(START + 10 * MINUTE)
        await ended(met)
        await met.run_until(START + 3 * HOUR)
        assert [kind for who, kind in told(met) if who == "lea"] == [
            MailKind.CHANGE,
            MailKind.CANCELLATION,
        ]

    async def test_who_invited_hears_that_a_guest_was_not_told(self, met: House):
        met.post.troubles.append(MailRefused())
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + HOUR)
        (failed,) = [one for one in await met.messages() if one.confidant]
        assert (failed.template, failed.confidant) == ("mail.news-failed", ALICE)
        assert isinstance(failed, Notice)
        assert failed.parameters["news"] == phrase("mail.news.withdrawal")
        assert [one.mail_refused for one in await met.guests()] == [False] * 3

    async def test_who_invited_hears_that_it_is_late(self, met: House):
        met.post.troubles.extend(MailUnreachable() for _ in range(8))
        await withdrawn(met, "Léa Roux")
        await met.run_until(START + HOUR)
        (late,) = [one for one in await met.messages() if one.confidant]
        assert late.template == "mail.news-late"
        assert len(met.post.sent) == 1

    async def test_the_address_is_forgotten_first(self, met: House):
        await ended(met)
        async with met.store() as work:
            await work.invitations.forget((await met.of())[1].id)
        await met.run_until(START + HOUR)
        assert told(met) == []

    @pytest.mark.long
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    async def test_killed_at_each_commit(
        self, house_maker: Callable[[], Awaitable[House]], after: bool
    ):
        """The mail is sent once, or, if nobody can know whether it was, as the same message."""
        for number in range(1, 5):
            house = await house_maker()
            await house.met(start=START + HOUR)
            await house.invited(LEA)
            await house.run_due()
            house.post.sent.clear()
            works = MortalWorks(house.store, number, after)
            _, occurrence = await house.of()
            house.wire(works)
            with suppress(Killed):
                async with works() as work:
                    await house.meetings.end(work, occurrence)
                await house.run_until(START + 2 * MINUTE)
            house.wire(house.store)
            if number == 1 and not after:
                assert Kind.MAIL not in {kind for kind, _ in await house.planned()}
                continue
            async with house.store() as work:
                await work.agenda.release(now=house.clock.now())
            await house.run_until(START + HOUR)
            assert {one.plain for one in house.post.sent} == {""}
            assert len(house.post.seen()) == 1


@ON_ONE
class TestWhoWrites:
    async def test_the_address_of_who_invites_comes_from_the_table(self, met: House):
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        assert {one.address for one in met.composed} == {"alice@beta.gouv.fr"}

    async def test_or_is_not_shown(self, met: House):
        met.shows_organiser = False
        met.wire(met.store)
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        assert {one.address for one in met.composed} == {""}

    async def test_an_inviter_whom_the_table_has_not(self, met: House):
        met.identities.emails.clear()
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        assert {one.address for one in met.composed} == {""}

    async def test_in_the_salon_s_language_until_the_guest_chose_one(self, met: House):
        async with met.store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
        _, noe, *_ = await met.guests()
        code = minter().code(noe.id, 0, "k1")
        assert await met.admissions.enter(code, name="Noé", language="fr") is not None
        await ended(met)
        await met.run_until(START + 5 * MINUTE)
        languages = {one.to[:3]: one.language for one in met.composed}
        assert languages == {"lea": Language.EN, "noe": Language.FR}


@ON_ONE
async def test_no_quota_holds_them_back(house: House):
    house.choose(limits=quota_limits(mails=2))
    await house.met(start=START + HOUR)
    await house.invited(LEA, NOE)
    await house.run_due()
    house.composed.clear()
    await ended(house)
    await house.run_until(START + 5 * MINUTE)
    assert len(house.composed) == 2
