"""Partners in both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.program.agreements import partner_of
from bridge.domain.partner import Issuer, Provider
from bridge.domain.received_grant import ReceivedGrant, ReceivedState
from bridge.ids import ReceivedGrantId, UserId, uuid7
from bridge.store import Store
from config.agreements import read_agreement
from tests.unit.bot.test_agreements import WHOLE

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


class TestPartners:
    async def test_a_partner_is_read_as_it_was_written(self, store: Store):
        provider = Provider(issuer=Issuer("https://idp.b.example"), client="parvis", secret="s3")
        partner = replace(partner_of(read_agreement(WHOLE)), provider=provider)
        other = replace(partner, issuer=Issuer("https://invites.c.example"), label="Agence C")
        async with store() as work:
            assert await work.partners.put(partner, NOW)
            assert await work.partners.put(other, NOW)
        async with store() as work:
            assert not await work.partners.put(replace(partner, enabled=False), NOW)
        async with store.reading() as work:
            assert await work.partners.get(partner.issuer) == replace(partner, enabled=False)
            assert await work.partners.get(Issuer("https://invites.d.example")) is None
            assert [one.label for one in await work.partners.all()] == ["Agence C", "Ministère B"]


PARTNER = Issuer("https://invites.b.example")
ROOM = "https://visio.b.example/abc-defg-hij"
ALICE = UserId("@alice:agent.tchap")


def received(**more: Any) -> ReceivedGrant:
    values: dict[str, Any] = {
        "id": ReceivedGrantId(uuid7(NOW)),
        "user": ALICE,
        "resource": ROOM,
        "asked_at": NOW,
    }
    return ReceivedGrant(**{**values, **more})


class TestReceivedGrants:
    async def test_a_grant_is_read_as_it_was_written(self, store: Store):
        asked = received()
        async with store() as work:
            await work.received_grants.add(asked)
        held = replace(
            asked,
            partner=PARTNER,
            state=ReceivedState.HELD,
            grant="g1",
            link="https://invites.b.example/j/x",
            token="t",
            title="Budget",
            host="Ministère B",
            opens=NOW,
            closes=NOW + timedelta(hours=1),
        )
        async with store() as work:
            assert await work.received_grants.get(asked.id) == asked
            await work.received_grants.save(held)
        async with store() as work:
            assert await work.received_grants.by_grant(PARTNER, "g1") == held
            assert await work.received_grants.of_resource(PARTNER, ROOM) == [held]
            assert await work.received_grants.of_partner(PARTNER) == [held]
            assert await work.received_grants.of_user(ALICE, since=NOW) == [held]
            over = NOW + timedelta(hours=1)
            assert await work.received_grants.of_user(ALICE, since=over) == []

    async def test_what_is_over_keeps_no_secret_and_is_found_by_its_id_alone(self, store: Store):
        held = received(partner=PARTNER, state=ReceivedState.HELD, grant="g1", link="l", token="t")
        async with store() as work:
            await work.received_grants.add(held)
            await work.received_grants.save(held.ended(NOW))
        async with store() as work:
            found = await work.received_grants.get(held.id)
            assert found is not None
            assert (found.link, found.token, found.title) == ("", "", "")
            assert await work.received_grants.by_grant(PARTNER, "g1") is None
            assert await work.received_grants.of_partner(PARTNER) == []
