"""Answers say how many guests are told the same by mail, and no mail is promised that won't be."""

import pytest
import pytest_asyncio

from bridge.domain.mail import MailKind
from bridge.errors import MailUnreachable
from bridge.services.news import SETTLES
from tests.services.house import HOUR
from tests.unit.bot.office import ALICE, Office

PAIR = "!visio inviter lea@partenaire.example, noe@partenaire.example, Jean"
TWO = "Un mail en prévient 2 partenaires externes."
ONE = "Un mail en prévient 1 partenaire externe."


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office whose meeting at noon has two guests with a mail, and one without an address."""
    await office.says("!visio 12h Budget", "ask")
    await office.says(PAIR, "invite")
    await office.house.run_due()
    office.house.composed.clear()
    return office


async def mailed(office: Office) -> list[MailKind]:
    """Let what is owed leave; return it."""
    office.house.clock.forward(SETTLES)
    await office.house.run_due()
    return [one.kind for one in office.house.composed]


class TestTold:
    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("annuler", MailKind.CANCELLATION),
            ("terminer", MailKind.CANCELLATION),
            ("prolonger 30min", MailKind.CHANGE),
            ("renommer Revue", MailKind.RENAMED),
            ("retirer tous", MailKind.WITHDRAWAL),
        ],
    )
    async def test_all_who_have_a_link_by_mail(self, met: Office, line: str, kind: MailKind):
        (answer,) = await met.says(f"!visio {line}", "b")
        assert answer.body.splitlines()[-1] == TWO
        assert await mailed(met) == [kind] * 2

    async def test_topics_too(self, met: Office):
        said = await met.says("!visio ordre du jour : 1. Budget", "b")
        assert TWO in [one.body.splitlines()[-1] for one in said]
        assert await mailed(met) == [MailKind.TOPICS] * 2

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("prolonger lea@partenaire.example 30min", MailKind.CHANGE),
            ("retirer lea@partenaire.example", MailKind.WITHDRAWAL),
        ],
    )
    async def test_the_one_that_it_concerns(self, met: Office, line: str, kind: MailKind):
        (answer,) = await met.says(f"!visio {line}", "b")
        assert answer.body.splitlines()[-1] == ONE
        assert await mailed(met) == [kind]

    async def test_by_a_reaction_too(self, met: Office):
        (_, occurrence), before = await met.house.of(), len(met.account.sent)
        assert occurrence.card is not None
        await met.reacts(occurrence.card, "↩️", "undo", sender=ALICE)
        bodies = [one.body for one in met.account.sent[before:] if one.edits is None]
        assert [body.splitlines()[-1] for body in bodies] == [TWO]

    async def test_in_english(self, met: Office):
        await met.says("!visio langue en", "b")
        (answer,) = await met.says("!visio extend 30min", "c")
        assert answer.body.splitlines()[-1] == "2 guests are told so by e-mail."


class TestNotTold:
    async def test_nobody_has_an_address(self, met: Office):
        (answer,) = await met.says("!visio retirer Jean", "b")
        assert "mail" not in answer.body
        assert await mailed(met) == []

    async def test_an_end_during_the_meeting(self, met: Office):
        met.house.clock.forward(3 * HOUR)
        (answer,) = await met.says("!visio terminer", "b")
        assert "mail" not in answer.body
        assert await mailed(met) == []

    async def test_whose_invitation_has_not_left(self, met: Office):
        met.house.post.troubles.append(MailUnreachable())
        await met.says("!visio inviter ada@partenaire.example", "b")
        (answer,) = await met.says("!visio retirer ada@partenaire.example", "c")
        assert "mail" not in answer.body
        assert MailKind.WITHDRAWAL not in await mailed(met)

    async def test_what_is_taken_back_within_the_minute(self, met: Office):
        await met.says("!visio annuler", "b")
        (_, occurrence) = await met.house.of()
        assert occurrence.card is not None
        (answer,) = await met.says("!visio prolonger 30min", "c", reply_to=occurrence.card)
        assert answer.body.splitlines()[-1] == TWO, "their links lead on for longer"
        assert await mailed(met) == [MailKind.CHANGE] * 2
