"""The audit of use cases: every admission and its end, who decided it, and nobody's name."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from bridge.domain.agenda import Kind
from bridge.domain.audit import AuditKind, AuditRecord, pseudonym
from bridge.domain.proof import Proof
from bridge.domain.seat import SeatEnd
from bridge.errors import InvitationRefused, NotAllowed
from bridge.ports import LobbyEntry
from bridge.services.auditing import note_operator, note_refused_line
from bridge.services.enforcement.host_removals import Removals
from bridge.services.invitations.invitations import Guest
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.proofs import pin_of
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House
from tests.services.test_knocking import inside as let_in
from tests.services.test_knocking import knock, waiting
from tests.services.test_seats import inside, seat
from tests.wiring import minter

LEA = Guest("Léa Canari-Martin", "lea.canari@exemple.fr")

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def told(house: House, kind: AuditKind) -> list[dict[str, Any]]:
    """Return what the audit says of a kind, oldest first, without the ids."""
    ids = {"meeting", "invitation", "seat", "subject", "by"}
    found = [one.said for one in await house.audited() if one.kind == kind]
    return [{name: one[name] for name in one if name not in ids} for one in found]


async def only(house: House, kind: AuditKind) -> AuditRecord:
    (found,) = [one for one in await house.audited() if one.kind == kind]
    return found


async def name_of(house: House, person: str) -> str:
    """Return a person's pseudonym this month."""
    assert house.store.audit is not None
    (salt,) = (await house.store.audit.salts()).values()
    return pseudonym(salt, person)


async def withdrawn(house: House) -> None:
    _, occurrence = await house.of()
    async with house.store() as work:
        known = await work.invitations.of_occurrence(occurrence.id)
        await house.invitations.revoke(work, occurrence, known, by=ALICE)


class TestTheSalonAdmits:
    async def test_an_admission(self, meeting_house: House):
        _, held = await inside(meeting_house, LEA)
        record = await only(meeting_house, AuditKind.ADMITTED)
        assert record.said == {
            "by": await name_of(meeting_house, BOB),
            "subject": await name_of(meeting_house, "lea.canari@exemple.fr"),
            "meeting": str(held.occurrence),
            "invitation": str(held.invitation),
            "seat": str(held.id),
            "decided_by": "salon",
            "mode": "livekit",
        }

    async def test_a_refusal(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        await meeting_house.decided(entered.visit, admit=False)
        await meeting_house.decided(entered.visit, admit=False, by=ALICE)
        record = await only(meeting_house, AuditKind.REFUSED)
        assert record.said["by"] == await name_of(meeting_house, BOB)
        assert (record.said["rule"], record.said["decided_by"]) == ("answer", "salon")

    async def test_a_withdrawal_with_the_measured_time(self, meeting_house: House):
        await inside(meeting_house, LEA)
        await withdrawn(meeting_house)
        assert await told(meeting_house, AuditKind.WITHDRAWN) == [{}]
        assert await told(meeting_house, AuditKind.ENDED) == [{"rule": "revoked"}]
        assert await told(meeting_house, AuditKind.OUT) == []
        meeting_house.clock.forward(milliseconds=340)
        await meeting_house.run_due()
        assert await told(meeting_house, AuditKind.OUT) == [{"rule": "revoked", "ms": 340}]
        await meeting_house.run_until(START + 2 * HOUR)
        assert len(await told(meeting_house, AuditKind.OUT)) == 1

    async def test_the_end_of_the_window(self, meeting_house: House):
        await inside(meeting_house, LEA)
        await meeting_house.run_until(START + 3 * HOUR)
        assert await told(meeting_house, AuditKind.ENDED) == [{"rule": "window"}]
        (out,) = await told(meeting_house, AuditKind.OUT)
        assert out["rule"] == "window"

    async def test_a_removal_by_the_host(self, meeting_house: House):
        _, held = await inside(meeting_house, LEA)
        await Removals(meeting_house.tools).by_host(held.room, held.identity)
        assert await told(meeting_house, AuditKind.ENDED) == [{"rule": SeatEnd.REMOVED.value}]

    async def test_a_guest_whom_nobody_decides(self, meeting_house: House):
        meeting_house.choose(waiting_room=False, proof=Proof.PIN)
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        pin = pin_of(invited.invitation, minter())
        await meeting_house.proofs.show(entered.visit, entered.secret, pin)
        arrivals = WalkIns(meeting_house.tools, meeting_house.admissions)
        await arrivals.arrive(entered.visit, entered.secret)
        record = await only(meeting_house, AuditKind.ADMITTED)
        assert record.said["decided_by"] == "policy"
        assert "by" not in record.said

    async def test_a_link_locked_after_wrong_proofs(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA, proof=Proof.PIN)
        entered = await meeting_house.visited(invited)
        wrong = f"{(int(pin_of(invited.invitation, minter())) + 1) % 10**6:06}"
        for _ in range(9):
            await meeting_house.proofs.show(entered.visit, entered.secret, wrong)
        assert await told(meeting_house, AuditKind.LOCKED) == [{"rule": "proof"}]

    async def test_another_device(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        for _ in range(2):
            entered = await meeting_house.visited(invited)
            await meeting_house.decided(entered.visit)
        assert len(await told(meeting_house, AuditKind.ADMITTED)) == 2
        assert await told(meeting_house, AuditKind.ENDED) == [{"rule": "replaced"}]


class TestTheHostAdmits:
    async def test_an_admission_names_nobody(self, knocking_house: House):
        await let_in(knocking_house, LEA)
        record = await only(knocking_house, AuditKind.ADMITTED)
        assert (record.said["decided_by"], record.said["mode"]) == ("host", "knock")
        assert "by" not in record.said

    async def test_a_refusal(self, knocking_house: House):
        entered, identity = await waiting(knocking_house, LEA)
        knocking_house.lobby.decide(identity, LobbyEntry.DENIED)
        await knock(knocking_house, entered)
        assert await told(knocking_house, AuditKind.REFUSED) == [
            {"rule": "answer", "decided_by": "host"}
        ]

    async def test_a_refusal_by_the_limit_of_devices(self, knocking_house: House):
        knocking_house.choose(takeovers=0)
        (invited,) = await knocking_house.invited(LEA)
        for _ in range(2):
            entered = await knocking_house.visited(invited)
            await accepted(knocking_house, entered)
        assert await told(knocking_house, AuditKind.REFUSED) == [
            {"rule": "takeovers", "decided_by": "policy"}
        ]

    async def test_an_end_that_nobody_measures(self, knocking_house: House):
        await let_in(knocking_house, LEA)
        await knocking_house.run_until(START + 3 * HOUR)
        assert await told(knocking_house, AuditKind.ENDED) == [{"rule": "window"}]
        assert await told(knocking_house, AuditKind.OUT) == [
            {"rule": "window", "outcome": "unmeasured"}
        ]


async def accepted(house: House, entered: Entered) -> None:
    await knock(house, entered)
    house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
    await knock(house, entered)


class TestInvitations:
    async def test_issued_once(self, meeting_house: House):
        await meeting_house.invited(LEA, Guest("Jean"))
        await meeting_house.invited(LEA, event="again")
        records = [one for one in await meeting_house.audited() if one.kind == AuditKind.ISSUED]
        assert len(records) == 2
        assert {one.said["by"] for one in records} == {await name_of(meeting_house, ALICE)}
        jean = [
            one for one in records if one.said["subject"] != await name_of(meeting_house, LEA.email)
        ]
        assert jean[0].said["subject"] == await name_of(meeting_house, jean[0].said["invitation"])

    async def test_issued_anew_with_another_link(self, meeting_house: House):
        await meeting_house.invited(LEA)
        await withdrawn(meeting_house)
        await meeting_house.invited(LEA, event="again")
        assert len(await told(meeting_house, AuditKind.ISSUED)) == 1
        assert len(await told(meeting_house, AuditKind.RENEWED)) == 1

    async def test_extended(self, meeting_house: House):
        await meeting_house.invited(LEA)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            await meeting_house.invitations.extend(work, occurrence, known, MINUTE, actor=ALICE)
        assert await told(meeting_house, AuditKind.EXTENDED) == [{}]

    async def test_expired_once(self, meeting_house: House):
        await meeting_house.invited(LEA)
        _, occurrence = await meeting_house.of()
        await meeting_house.run_until(START + 3 * HOUR)
        meetings = meeting_house.meetings
        await meetings.turn(meeting_house.due(Kind.CLOSE, occurrence.id))
        assert await told(meeting_house, AuditKind.EXPIRED) == [{}]
        await meeting_house.run_until(START + 240 * HOUR)
        assert await told(meeting_house, AuditKind.ERASED) == [{"count": 1}]

    async def test_a_withdrawn_one_does_not_expire(self, meeting_house: House):
        await meeting_house.invited(LEA)
        await withdrawn(meeting_house)
        await meeting_house.run_until(START + 3 * HOUR)
        assert await told(meeting_house, AuditKind.EXPIRED) == []


class TestRefusedLines:
    @pytest.mark.parametrize(
        ("error", "rule"),
        [
            (NotAllowed(reason="organiser"), "not-allowed.organiser"),
            (InvitationRefused(reason="domain", domain="canari.fr"), "invitation-refused.domain"),
            (NotAllowed(), "not-allowed"),
        ],
    )
    async def test_name_their_rule(self, house: House, error: NotAllowed, rule: str):
        async with house.store() as work:
            await note_refused_line(work, error, ALICE)
        record = await only(house, AuditKind.LINE_REFUSED)
        assert record.said == {"by": await name_of(house, ALICE), "rule": rule}


async def test_the_operator_has_a_name_of_ours(house: House):
    async with house.store() as work:
        await note_operator(work, "keys.rotate")
    record = await only(house, AuditKind.OPERATOR)
    assert record.said == {"by": "operator", "command": "keys.rotate", "outcome": "done"}


async def test_a_record_stands_only_with_its_cause(meeting_house: House):
    (invited,) = await meeting_house.invited(LEA)
    entered = await meeting_house.visited(invited)
    before = len(await meeting_house.audited())
    meeting_house.choose(takeovers=0)
    with pytest.raises(LookupError):
        await fails(meeting_house, entered)
    assert len(await meeting_house.audited()) == before


async def fails(house: House, entered: Entered) -> None:
    async with house.store() as work:
        found = await house.admissions.read(entered.visit)
        assert found is not None
        await house.seats.decide(work, found, admit=True, by=BOB)
        raise LookupError


async def test_no_name_address_code_or_token_is_in_a_row(meeting_house: House):
    """All of what is secret or a person's, planted as itself, is looked for in the raw rows."""
    (invited,) = await meeting_house.invited(LEA, proof=Proof.PIN)
    one = invited.invitation
    entered = await meeting_house.visited(invited, LEA.name)
    pin = pin_of(one, minter())
    await meeting_house.proofs.show(entered.visit, entered.secret, pin)
    await meeting_house.decided(entered.visit)
    given = await meeting_house.seats.pass_of(entered.visit, entered.secret)
    assert given is not None
    assert given.token is not None
    held = await seat(meeting_house, entered)
    await withdrawn(meeting_house)
    await meeting_house.run_due()
    await meeting_house.audited()
    async with meeting_house.store.begin(writing=False) as tx:
        rows = (await tx.connection.execute(text("SELECT * FROM audit"))).all()
    assert len(rows) > 4
    shown = "\n".join(str(value) for row in rows for value in row).casefold()
    planted = [
        *("canari", "lea", "léa", "alice", "bob", "exemple.fr", "budget"),
        minter().code(one.id, one.number, one.key),
        entered.secret,
        given.token.get_secret_value(),
        held.identity,
        f'"{pin}"',
    ]
    assert [word for word in planted if word.casefold() in shown] == []
    assert UUID(rows[0].id).version == 7


async def test_what_is_off_costs_nothing(house: House):
    house.store.book = None
    await house.met(start=START)
    await house.invited(replace(LEA))
    assert await house.audited() == []
