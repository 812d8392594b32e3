"""The numbers that guides, pages and sentences promise; who changes one changes those too."""

from datetime import timedelta

import pytest

from bridge.domain import presence, proof, question, seat
from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT, AdmissionMode
from bridge.domain.window import Graces
from tests.defaults import default_policy, quota_limits

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICY = default_policy()


def test_a_link_opens_ten_minutes_before_and_closes_a_quarter_of_an_hour_after():
    assert default_policy().graces == Graces(before=10 * MINUTE, after=15 * MINUTE)


def test_a_meeting_lasts_an_hour_and_never_more_than_twelve():
    assert (POLICY.duration, POLICY.longest) == (HOUR, 12 * HOUR)


def test_guests_are_told_of_their_end_twice():
    assert POLICY.warn_before == (5 * MINUTE, MINUTE)


def test_moderators_have_the_power_that_matrix_gives_them():
    assert POLICY.moderator_level == 50


def test_an_agent_may_ask_for_so_much_in_an_hour():
    limits = quota_limits()
    assert (limits.rooms, limits.addresses, limits.mails) == (30, 100, 300)


def test_a_code_has_six_digits_five_tries_and_ten_minutes_and_there_are_three_in_an_hour():
    assert (proof.DIGITS, proof.TRIES, proof.LASTS) == (6, 5, 10 * MINUTE)
    assert (proof.MOST, proof.SPAN) == (3, HOUR)


def test_a_guest_who_waits_is_asked_about_so_long():
    assert seat.PATIENCE == 2 * MINUTE
    assert timedelta(seconds=30) == question.ABSENT


def test_a_third_change_of_the_name_within_a_minute_ejects():
    assert seat.ALTERED_WITHIN == MINUTE


def test_tokens_live_as_long_as_was_observed():
    assert seat.RENEWABLE == 11 * MINUTE
    assert seat.VISIO_REMEMBERS == seat.VISIO_TOKEN == 6 * HOUR
    assert timedelta(seconds=20) == presence.EMPTY


@pytest.mark.parametrize("mode", [REDIRECT, KNOCK, KNOCK_KEYED, LIVEKIT])
def test_nobody_walks_in_unless_the_salon_admits_and_wants_no_waiting_room(mode: AdmissionMode):
    assert not default_policy(mode=mode).walk_in
    assert default_policy(mode=mode, waiting_room=False).walk_in is (mode is LIVEKIT)
