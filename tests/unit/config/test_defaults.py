"""A setting's default is stated in `config.sections` alone; what a part repeats is held here."""

from dataclasses import MISSING, fields

import pytest

from bridge.domain.policy import Policy
from bridge.domain.quota import QuotaLimits
from bridge.domain.window import Graces
from bridge.http import Timeouts
from bridge.mail.send import MailServer
from bridge.store.retention import DEFAULT_KEEP
from federation.door.settings import DoorLimits, DoorOptions
from tests.defaults import SETTINGS, default_policy, door_limits, door_options

UNSET = {
    Policy: {"visits_per_invitation"},
    Graces: set(),
    QuotaLimits: set(),
    DoorLimits: {"beat", "signs", "patience", "networks"},
    DoorOptions: set(),
}
"""Fields with a default, because no setting has them."""


@pytest.mark.parametrize("values", UNSET, ids=lambda values: values.__name__)
def test_what_a_setting_states_has_no_default_of_its_own(values: type) -> None:
    defaults = {
        one.name
        for one in fields(values)
        if (one.default, one.default_factory) != (MISSING, MISSING)
    }
    assert defaults == UNSET[values]


def test_the_policy_is_that_of_the_settings() -> None:
    policy, rules = default_policy(), SETTINGS.meetings
    assert policy.graces == Graces(before=rules.grace_before, after=rules.grace_after)
    assert policy.limits == QuotaLimits(**SETTINGS.limits.model_dump())
    assert (policy.duration, policy.longest) == (rules.duration, rules.longest)


def test_the_door_s_limits_are_those_of_the_settings() -> None:
    limits, told = door_limits(), SETTINGS.door.limits
    assert (limits.requests.burst, limits.entries.burst) == (told.requests, told.forms)
    assert (limits.per_code.burst, limits.misses.burst) == (told.per_link, told.misses)
    assert limits.streams == told.streams
    assert door_options().notices.kept_days == SETTINGS.meetings.forget_after.days


def test_what_is_still_said_twice_is_the_same() -> None:
    """Parts that tests and `parvis check` build without settings."""
    assert SETTINGS.meetings.keep == DEFAULT_KEEP
    visio, timeouts = SETTINGS.visio, Timeouts()
    assert visio.connect_timeout.total_seconds() == timeouts.connect
    assert visio.total_timeout.total_seconds() == timeouts.total
    assert SETTINGS.store.synchronous == "normal", "`open_store` starts so too"
    server = {one.name: one.default for one in fields(MailServer)}
    assert server["tls"] == SETTINGS.mail.tls
