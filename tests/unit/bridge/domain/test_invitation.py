"""A pass: what a person decided counts before what time did."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.invitation import InvitationState, Standing, has_namesake, meant, standing
from bridge.domain.meeting import OccurrenceState
from bridge.domain.proof import TRIES, Proof
from bridge.ids import InvitationId
from tests.unit.bridge.domain.samples import (
    END,
    GRACES,
    MINUTE,
    START,
    invitation,
    occurrence,
)

LATE = END + 15 * MINUTE


@pytest.mark.parametrize(
    ("of", "at", "now", "state"),
    [
        ({}, {}, START - timedelta(days=9), InvitationState.CREATED),
        ({}, {}, START, InvitationState.CREATED),
        ({"waiting_since": START}, {}, START, InvitationState.WAITING),
        ({}, {}, LATE, InvitationState.EXPIRED),
        ({"waiting_since": START}, {}, LATE, InvitationState.EXPIRED),
        ({"until": LATE + MINUTE}, {}, LATE, InvitationState.CREATED),
        ({"until": START + MINUTE}, {}, START + MINUTE, InvitationState.EXPIRED),
        ({}, {"state": OccurrenceState.ENDED}, START, InvitationState.ENDED),
        ({}, {"state": OccurrenceState.ENDED}, LATE, InvitationState.ENDED),
        ({}, {"state": OccurrenceState.CANCELLED}, START, InvitationState.CANCELLED),
        ({"revoked_at": START}, {}, START, InvitationState.REVOKED),
        ({"revoked_at": START, "waiting_since": START}, {}, LATE, InvitationState.REVOKED),
        (
            {"revoked_at": START},
            {"state": OccurrenceState.ENDED},
            START,
            InvitationState.REVOKED,
        ),
    ],
)
def test_an_invitation_has_one_state_at_each_moment(
    of: dict[str, object], at: dict[str, object], now: datetime, state: InvitationState
):
    assert invitation(**of).state(occurrence(**at), GRACES, now) is state


@pytest.mark.parametrize(
    ("of", "at", "now", "ready", "told"),
    [
        ({}, {}, START - 11 * MINUTE, True, Standing.EARLY),
        ({}, {}, START - 11 * MINUTE, False, Standing.EARLY),
        ({}, {}, START - 10 * MINUTE, True, Standing.OPEN),
        ({"waiting_since": START}, {}, START, True, Standing.OPEN),
        ({}, {}, START, False, Standing.PREPARING),
        ({}, {}, LATE, True, Standing.OVER),
        ({}, {"state": OccurrenceState.ENDED}, START, True, Standing.ENDED),
        ({}, {"state": OccurrenceState.CANCELLED}, START, False, Standing.CANCELLED),
        ({"revoked_at": START}, {}, START - timedelta(days=1), True, Standing.REVOKED),
    ],
)
def test_a_link_tells_its_guest_how_it_stands(
    of: dict[str, object], at: dict[str, object], now: datetime, ready: bool, told: Standing
):
    found = standing(invitation(**of), occurrence(**at), GRACES, now, ready=ready)
    assert found is told


def test_extended_from_its_end_or_from_now():
    hour = timedelta(hours=1)
    here = occurrence()
    assert invitation().extended(hour, here, GRACES, START).until == LATE + hour
    assert invitation().extended(hour, here, GRACES, LATE + MINUTE).until == LATE + MINUTE + hour
    own = invitation(until=START + MINUTE)
    assert own.extended(hour, here, GRACES, START).until == START + MINUTE + hour


def test_what_a_guest_is_called():
    assert invitation().shown == "Léa Roux"
    assert invitation(name="").shown == "lea@partenaire.example"
    assert invitation().organisation == "partenaire.example"
    assert invitation(email="").organisation == ""


def test_a_guest_without_name_and_address_is_forgotten():
    assert invitation(name="", email="").forgotten
    assert not invitation(name="").forgotten
    assert not invitation(email="").forgotten


def test_no_digest_in_a_log():
    assert "dddd" not in repr(invitation())


def test_only_wrong_pins_lock_a_link():
    assert invitation(proof=Proof.PIN, pin_tries=TRIES).locked
    assert not invitation(proof=Proof.PIN, pin_tries=TRIES - 1).locked
    assert not invitation(proof=Proof.MAIL, pin_tries=TRIES).locked


def test_a_link_leads_somewhere_until_it_closes_or_is_withdrawn_before():
    assert invitation().leads_until(occurrence(), GRACES) == LATE
    assert invitation(revoked_at=START).leads_until(occurrence(), GRACES) == START
    assert invitation(revoked_at=LATE + MINUTE).leads_until(occurrence(), GRACES) == LATE


@pytest.mark.parametrize(
    ("words", "exact", "some"),
    [
        ("léa roux", ["Léa Roux"], ["Léa Roux"]),
        (" LEA@partenaire.example", ["Léa Roux"], ["Léa Roux"]),
        ("Mme Roux", [], ["Léa Roux", "Jean Roux"]),
        ("partenaire", [], ["Léa Roux", "Jean Roux"]),
        ("jean", [], ["Jean Roux"]),
        ("claire", [], []),
        ("", [], []),
        ("  ", [], []),
    ],
)
def test_words_mean_guests_exactly_or_in_part(words: str, exact: list[str], some: list[str]):
    known = [invitation(), invitation(name="Jean Roux", email="jr@partenaire.example")]
    found = meant(known, words)
    assert [[one.name for one in each] for each in found] == [exact, some]


def test_a_namesake_is_another_guest():
    other = InvitationId(UUID(int=2))
    mine, same = invitation(), invitation(id=other, name="LÉA roux")
    assert has_namesake(mine, [mine, same])
    assert not has_namesake(mine, [mine, invitation(id=other, name="Jean Roux")])
