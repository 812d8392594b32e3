"""Two organisations: their people come to each other's meetings, and either side ends it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.domain.invitation import Assurance
from tests.federation.pair import BOB, Pair, Side, open_pair


@pytest.fixture
async def pair(tmp_path: Path, migrated: Path) -> AsyncIterator[Pair]:
    async with open_pair(tmp_path, migrated) as opened:
        yield opened


async def joined(guests: Side, address: str, event: str = "join") -> str:
    """Ask for a seat, and return the message with the link."""
    told = await guests.says(f"rejoindre {address}", event)
    assert "Je vous réponds ici" in told[0]
    return told[-1]


@pytest.mark.parametrize("turned", [False, True])
async def test_the_sentence_holds_both_ways(pair: Pair, turned: bool):
    host, guests = (pair.b, pair.a) if turned else (pair.a, pair.b)
    address = await host.meet()
    told = await joined(guests, address)
    assert "« Point budget »" in told
    assert f"chez {host.name}" in told
    assert f"{host.home.door}/j/" in told
    assert "vous fait patienter" in told
    assert host.home.privacy in told
    async with guests.store.reading() as work:
        (mine,) = await work.received_grants.of_user(BOB, since=guests.clock.now())
    async with host.store.reading() as work:
        (theirs,) = await work.grants.of_partner(guests.home.issuer)
        invitation = await work.invitations.get(theirs.invitation)
    assert mine.grant == str(theirs.id)
    assert invitation is not None
    assert (invitation.assurance, mine.partner) == (Assurance.FEDERATED, host.home.issuer)
