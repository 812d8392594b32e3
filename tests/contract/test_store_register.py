"""The operators' search for invitations, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.agent import Agent, Identity, Method
from bridge.domain.meeting import OccurrenceState
from bridge.store import Store
from bridge.store.register import living
from tests.contract.store_samples import ORGANISER, SALON, START, invitation, meeting, occurrence


class TestRegister:
    async def test_tells_guests_whose_links_may_still_work(self, store: Store):
        held, ended = meeting("one"), meeting("two")
        dated, over = occurrence(held), occurrence(ended)
        first = replace(invitation(dated, email="lea@partenaire.example"), until=None)
        longer = replace(invitation(dated), until=dated.end + timedelta(hours=2), name="Éléonore")
        agent = Agent(
            user=ORGANISER,
            name="Alice Martin",
            identity=Identity("alice@beta.example", Method.MAP),
            seen_at=START,
        )
        async with store() as work:
            await work.meetings.add(held, dated)
            await work.meetings.add(ended, replace(over, state=OccurrenceState.ENDED))
            for one in (first, longer, invitation(over)):
                await work.invitations.add(one)

        both = await living(store.begin, now=START, ended_after=START)
        assert {one.invitation for one in both} == {first.id, longer.id}
        assert {one.agent for one in both} == {ORGANISER}
        assert {one.salon for one in both} == {SALON}
        (late,) = await living(store.begin, now=dated.end, ended_after=dated.end)
        assert (late.invitation, late.occurrence) == (longer.id, dated.id)
        assert late.guest == "Éléonore alex@partenaire.example"
        assert not await living(store.begin, now=dated.end + timedelta(3), ended_after=dated.end)

        async with store() as work:
            await work.agents.save(agent)
        (known, _) = await living(store.begin, now=START, ended_after=START)
        assert known.agent == f"{ORGANISER} Alice Martin alice@beta.example"
