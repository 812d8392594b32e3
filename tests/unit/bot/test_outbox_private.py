"""A message that should have notified people in a lost salon mentions them in a direct message."""

from bot.matrix.events import SendRefused
from bridge.domain.message import Notice, ToSalon
from tests.unit.bot.office import ALICE, BOB, SALON, Office


async def test_those_for_whom_it_would_have_rung_are_told(office: Office):
    office.account.troubles.append(SendRefused("M_FORBIDDEN"))
    async with office.house.store() as work:
        await work.outbox.post(
            Notice(
                idempotency_key="a",
                to=ToSalon(salon=SALON),
                template="text.colon",
                mentions=(ALICE, BOB),
            )
        )
    await office.flush()
    assert not office.bodies()
    assert len(office.private(ALICE)) == 1
    assert len(office.private(BOB)) == 1


async def test_who_has_left_the_salon_is_not(office: Office):
    office.account.enter(SALON, [BOB])
    office.account.troubles.append(SendRefused("M_FORBIDDEN"))
    async with office.house.store() as work:
        await work.outbox.post(
            Notice(
                idempotency_key="a",
                to=ToSalon(salon=SALON),
                template="text.colon",
                mentions=(ALICE, BOB),
            )
        )
    await office.flush()
    assert office.private(ALICE) == []
    assert len(office.private(BOB)) == 1


async def test_others_are_not(office: Office):
    office.account.troubles.append(SendRefused("M_FORBIDDEN"))
    async with office.house.store() as work:
        await work.outbox.post(
            Notice(idempotency_key="a", to=ToSalon(salon=SALON), template="text.colon")
        )
    await office.flush()
    assert not office.account.sent


async def test_nobody_is_told_twice(office: Office):
    office.account.troubles += [SendRefused("M_FORBIDDEN")] * 2
    async with office.house.store() as work:
        await work.outbox.post(
            Notice(
                idempotency_key="a",
                to=ToSalon(salon=SALON),
                template="text.colon",
                mentions=(ALICE,),
            )
        )
    await office.flush()
    assert not office.account.sent
