"""A seat: held, ended once, watched as long as its guest could come back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.invitation import NOBODYS, Standing, Visit
from bridge.domain.looks import AUTHENTICATED, COLOR, ROLE, color_of
from bridge.domain.seat import (
    ALTERED_WITHIN,
    RENEWABLE,
    SAME_CHANGE,
    VISIO_REMEMBERS,
    VISIO_TOKEN,
    Seat,
    SeatEnd,
    bearer,
    perhaps,
    reason_of,
    seated,
)
from bridge.ids import InvitationId, OccurrenceId, SeatId, UserId, VisitId
from tests.unit.bridge.domain.samples import END, ID, MINUTE, START

MOMENT = timedelta(milliseconds=1)
KNOCK = "2f5c0c61-3b4f-4a39-8d0b-4d9f6c7a1a11"
OURS = f"guest-{KNOCK}"
HELD = Seat(
    id=SeatId(ID),
    visit=VisitId(ID),
    invitation=InvitationId(ID),
    occurrence=OccurrenceId(ID),
    room="room",
    identity=OURS,
    admitted_at=START,
    admitted_by=UserId("@alice:agent.tchap"),
    name="ext. Léa",
)
KNOCKED = replace(HELD, identity=KNOCK)
OUT = END + MINUTE
VISIT = Visit(
    id=VisitId(ID),
    invitation=InvitationId(ID),
    occurrence=OccurrenceId(ID),
    digest=b"d" * 32,
    name="Léa",
    language="fr",
    created_at=START,
)


def test_it_is_held_until_it_ends_for_one_reason():
    assert HELD.held
    assert not HELD.pending_ejection
    ended = HELD.ended(END, SeatEnd.REVOKED)
    assert not ended.held
    assert ended.ended(OUT, SeatEnd.WINDOW) == ended
    assert ended.pending_ejection, "nobody has put them out yet"
    assert not replace(ended, watched_until=OUT).pending_ejection


def test_how_its_guest_is_to_be_seen():
    plain = {ROLE: "", AUTHENTICATED: "false"}
    assert HELD.look.attributes == {**plain, COLOR: color_of(OURS)}
    assert HELD.look.name == "ext. Léa"
    assert KNOCKED.look.attributes == plain, "until Visio's colour was seen"
    assert replace(KNOCKED, color="hsl(1, 50%, 20%)").look.attributes[COLOR] == "hsl(1, 50%, 20%)"


def test_two_overlapping_polls_see_one_change():
    assert not HELD.just_altered(START)
    once = HELD.altered(START)
    assert once.just_altered(START + SAME_CHANGE - MOMENT)
    assert not once.just_altered(START + SAME_CHANGE)


def test_the_third_change_in_a_minute_is_one_too_many():
    once = HELD.altered(START)
    twice = once.altered(START + timedelta(seconds=30))
    assert not HELD.altered_often(START)
    assert not once.altered_often(START + MOMENT)
    assert twice.altered_often(START + ALTERED_WITHIN)
    assert not twice.altered_often(START + ALTERED_WITHIN + MOMENT)


def test_tokens_of_ours_run_out_soon_and_those_of_visio_late():
    assert HELD.tokens_expire_at(OUT) == OUT + RENEWABLE
    assert KNOCKED.tokens_expire_at(OUT) == START + VISIO_REMEMBERS + VISIO_TOKEN + RENEWABLE
    late = START + VISIO_REMEMBERS + MINUTE
    assert KNOCKED.tokens_expire_at(late) == late + VISIO_TOKEN + RENEWABLE


def test_who_was_seen_again_is_watched_longer_and_never_shorter():
    ended = HELD.ended(END, SeatEnd.WINDOW)
    assert ended.returned(OUT) == OUT + RENEWABLE
    far = OUT + timedelta(hours=9)
    assert replace(ended, watched_until=far).returned(OUT) == far
    assert replace(ended, watched_until=OUT).returned(OUT) == OUT + RENEWABLE


@pytest.mark.parametrize("gated", [True, False])
def test_behind_a_gate_nobody_is_watched_for_long(gated: bool):
    ended = HELD.ended(END, SeatEnd.WINDOW)
    out = replace(ended, watched_until=OUT)
    later = END + RENEWABLE
    assert HELD.watched(later, gated=gated)
    assert ended.watched(later, gated=gated), "they may still be inside"
    assert out.watched(later - MOMENT, gated=gated)
    assert out.watched(later, gated=gated) is not gated


@pytest.mark.parametrize("identity", [OURS, f"{OURS}#x"])
def test_a_second_presence_of_a_guest_is_theirs(identity: str):
    assert bearer(identity) == OURS
    assert perhaps(identity.removeprefix("guest-")) == KNOCK


@pytest.mark.parametrize("identity", ["", "agent-7", KNOCK, "#guest-x"])
def test_nobody_else_bears_an_identity_of_ours(identity: str):
    assert bearer(identity) is None


@pytest.mark.parametrize("identity", ["", OURS, KNOCK.upper(), KNOCK[:-1], f"{KNOCK}0"])
def test_only_what_looks_so_may_be_a_knock(identity: str):
    assert perhaps(identity) is None


@pytest.mark.parametrize(
    ("why", "stands"),
    [
        (SeatEnd.REMOVED, Standing.REMOVED),
        (SeatEnd.ALTERED, Standing.REMOVED),
        (SeatEnd.REPLACED, Standing.REPLACED),
        (SeatEnd.WINDOW, Standing.WAITING),
        (SeatEnd.MEETING, Standing.WAITING),
        (SeatEnd.REVOKED, Standing.WAITING),
        (SeatEnd.LAPSED, Standing.WAITING),
    ],
)
def test_where_a_guest_stands_after_their_seat(why: SeatEnd, stands: Standing):
    assert seated(VISIT, HELD) is Standing.ADMITTED
    assert seated(VISIT, HELD.ended(END, why)) is stands


def test_where_a_guest_stands_without_a_seat():
    assert seated(VISIT, None) is Standing.WAITING
    assert seated(replace(VISIT, refused_at=START), None) is Standing.REFUSED
    assert seated(replace(VISIT, refused_at=START), HELD) is Standing.ADMITTED


def test_a_visit_is_invalidated_once_no_browser_is_known_by_it():
    assert not VISIT.invalidated
    assert replace(VISIT, digest=NOBODYS).invalidated


def test_why_a_seat_ends_with_its_link():
    assert reason_of(Standing.REVOKED) is SeatEnd.REVOKED
    assert reason_of(Standing.ENDED) is reason_of(Standing.CANCELLED) is SeatEnd.MEETING
    assert reason_of(Standing.OVER) is SeatEnd.WINDOW
