"""`ouvrir à`, `fermer à`, and ✅ ❌ on the question about a partner's person."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.domain.grant import GrantRequest
from bridge.domain.home import HomeInstance
from bridge.domain.partner import Issuer
from bridge.domain.vouched import Assertion
from bridge.ids import GrantRequestId
from bridge.services.federation.approvals import Approvals, Undecided
from tests.services.house import ALICE, BOB
from tests.services.test_federated_guests import PARTNER
from tests.unit.bot.office import Office

HOME = HomeInstance(
    issuer=Issuer("https://invites.a.example"),
    visio="https://visio.example",
    door="https://door.example",
    organisation="Ministère A",
    contact="",
    privacy="",
    grants_per_hour=100,
    approval=timedelta(minutes=15),
)


async def agreed(office: Office) -> None:
    async with office.house.store() as work:
        await work.partners.put(PARTNER, office.house.clock.now())


async def opened(office: Office) -> frozenset[Issuer]:
    meeting, _ = await office.house.of()
    async with office.house.store.reading() as work:
        return await work.grants.opened(meeting.id)


async def told(office: Office, line: str, event: str, **more: Any) -> str:
    (said,) = await office.says(line, event, **more)
    return said.body.replace("\xa0", " ")


async def test_a_meeting_is_opened_and_closed(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    assert "Aucun accord" in await told(office, '!visio ouvrir à "Ministère B"', "a")
    await agreed(office)
    assert "est ouverte à Ministère B" in await told(office, '!visio ouvrir à "Ministère B"', "b")
    assert await opened(office) == {PARTNER.issuer}
    assert "ouverte aux agents de Ministère B" in await told(office, "!visio invités", "i")
    assert "déjà ouverte" in await told(office, "!visio ouvrir à ministère b", "c")
    assert "Ministère B" in await told(office, "!visio ouvrir à Ministère C", "d")
    assert "n’est plus ouverte" in await told(office, '!visio fermer à "Ministère B"', "e")
    assert await opened(office) == frozenset()
    assert "n’est pas ouverte" in await told(office, "!visio close to Ministère B", "f")


async def test_only_the_organiser_and_moderators_open(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await agreed(office)
    await office.says('!visio ouvrir à "Ministère B"', "b", sender=BOB)
    assert await opened(office) == frozenset()


@pytest.mark.parametrize(("key", "approved"), [("✅", True), ("❌", False)])
async def test_the_salon_decides_a_request(office: Office, key: str, approved: bool):
    await office.says('!visio demain 14h "Point"', "ask")
    request = await asked(office)
    await office.flush()
    notice = await office.house.event_of(f"partner-asks:{request}")
    await office.reacts(notice, key)
    await office.flush()
    async with office.house.store.reading() as work:
        known = await work.grants.request(request)
    assert known is not None
    assert (known.approved, known.decided_by) == (approved, BOB)
    again = "❌" if approved else "✅"
    await office.reacts(notice, again, event="r2", sender=ALICE)
    async with office.house.store.reading() as work:
        after: GrantRequest | None = await work.grants.request(request)
    assert after == known, "the first decision stays"


async def asked(office: Office) -> GrantRequestId:
    """Have a partner's person ask to come."""
    house = office.house
    about = await house.of()
    now = house.clock.now()
    assertion = Assertion(
        issuer=PARTNER.issuer,
        subject="lea",
        jti="1",
        resource="https://visio.example/a",
        issued_at=now,
        expires_at=now,
        name="Léa Martin",
    )
    async with house.store() as work:
        answered = await Approvals(house.tools, HOME).poll(
            work, PARTNER, assertion, about, subjects=(b"lea",), request=""
        )
    assert isinstance(answered, Undecided)
    return answered.request
