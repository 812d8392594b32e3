"""Salons' settings and agents, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.agent import Agent, Identity, Method
from bridge.domain.meeting import AccessLevel
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import SalonId
from bridge.store import Store
from tests.contract.store_samples import ORGANISER, SALON, START

NEW = SalonId("!new:agent.tchap")


class TestSalons:
    async def test_comes_back_as_it_was(self, store: Store):
        first = Salon(id=SALON)
        second = Salon(
            id=SALON,
            language=Language.EN,
            zone="Indian/Reunion",
            level=AccessLevel.RESTRICTED,
            names=True,
        )
        for kept in (first, second):
            async with store() as work:
                await work.salons.save(kept)
            async with store.reading() as work:
                assert await work.salons.get(SALON) == kept

    async def test_settings_follow_an_upgrade(self, store: Store):
        async with store() as work:
            await work.salons.moved(SALON, NEW)  # nothing was set: nothing follows
            assert await work.salons.get(NEW) is None
            await work.salons.save(Salon(id=SALON, language=Language.EN))
            await work.salons.moved(SALON, NEW)
        async with store.reading() as work:
            assert await work.salons.get(SALON) is None
            assert await work.salons.get(NEW) == Salon(id=NEW, language=Language.EN)

    async def test_what_the_new_salon_chose_stays(self, store: Store):
        async with store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
            await work.salons.save(Salon(id=NEW, zone="Indian/Reunion"))
            await work.salons.moved(SALON, NEW)
            assert await work.salons.get(NEW) == Salon(id=NEW, zone="Indian/Reunion")


class TestAgents:
    async def test_comes_back_as_it_was(self, store: Store):
        seen = Agent(user=ORGANISER, name="Camille", identity=None, seen_at=START)
        known = replace(
            seen,
            identity=Identity("camille@agent.example", Method.RULE),
            seen_at=START + timedelta(days=1),
        )
        async with store.reading() as work:
            assert await work.agents.get(ORGANISER) is None
        for kept in (seen, known):
            async with store() as work:
                await work.agents.save(kept)
            async with store.reading() as work:
                assert await work.agents.get(ORGANISER) == kept
