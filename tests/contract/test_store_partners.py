"""Partners in both databases."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.program.agreements import partner_of
from bridge.domain.partner import Issuer, Provider
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
