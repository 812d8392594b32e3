"""An agreement's file: deny by default, and refused when it is not plain."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from bot.program.agreements import partner_of
from bridge.domain.partner import Acr, Direction, EntryTerm, Hours, OpenedBy, Vouching
from bridge.domain.rights import Source
from config.agreements import read_agreement

LEAST = """
partner = "https://invites.b.example"
label = "Ministère B"
valid = { from = 2026-12-01, until = 2027-11-30 }
"""
WHOLE = """
partner = "https://invites.b.example"
label = "Ministère B"
federation_key = "sha256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
direction = ["inbound", "outbound"]
methods = ["bridge", "matrix_openid"]
admission = "waiting_room"
[subjects]
email_domains = ["bund.example"]
mxid_servers = ["matrix.bund.example"]
assurance_min = "substantial"
[meetings]
open_by = "tag"
tags_allowed = ["Fédération"]
tags_denied = ["restreint"]
[time]
grace_before = "15m"
max_duration = "2h"
hours = "Mo-Fr 07:00-21:00 Europe/Paris"
[limits]
guests_per_meeting = 5
[rights]
publish = ["microphone"]
screen_share = "organiser"
[data]
retain_days = 3
send = ["name", "org"]
[valid]
from = 2026-12-01
until = 2027-11-30
"""


def test_what_is_not_written_is_denied():
    partner = partner_of(read_agreement(LEAST))
    assert partner.directions == frozenset()
    assert partner.methods == frozenset()
    assert partner.entry is EntryTerm.APPROVAL
    assert partner.meetings.open_by is OpenedBy.ORGANISER
    assert not partner.takes(Vouching.BRIDGE)
    assert partner.sources == {Source.CAMERA, Source.MICROPHONE}


def test_each_field_is_read():
    partner = partner_of(read_agreement(WHOLE))
    assert partner.thumbprint == "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
    assert partner.directions == frozenset(Direction)
    assert partner.takes(Vouching.BRIDGE)
    assert not partner.takes(Vouching.OIDC)
    assert partner.subjects.assurance_min is Acr.SUBSTANTIAL
    assert partner.meetings.tags_allowed == {"fédération"}
    assert partner.times.before == timedelta(minutes=15)
    assert partner.times.hours == Hours(
        first=0, last=4, begins=time(7), ends=time(21), zone="Europe/Paris"
    )
    assert partner.sources == {Source.MICROPHONE, Source.SCREEN, Source.SCREEN_AUDIO}
    assert partner.tells == {"name", "org"}
    assert (partner.begins, partner.ends) == (date(2026, 12, 1), date(2027, 11, 30))


@pytest.mark.parametrize(
    "line",
    [
        'federation_key = "short"',
        'admission = "always"',
        'time = { hours = "Mo-Fr 21:00-07:00 Europe/Paris" }',
        'time = { hours = "Mo-Fr 07:00-25:00 Europe/Paris" }',
        'time = { hours = "Mo-Fr 07:00-21:00 Europe/Lutetia" }',
        'methods = ["trust"]',
        "unknown = 1",
        'subjects = { email_domains = ["*"] }',
        'data = { send = ["birth_date"] }',
    ],
)
def test_a_field_that_is_not_plain_is_refused(line: str):
    with pytest.raises(ValidationError):
        read_agreement(line + LEAST)


def test_an_agreement_is_in_force_on_its_days_alone():
    partner = partner_of(read_agreement(LEAST))
    assert not partner.in_force(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert partner.in_force(datetime(2026, 12, 1, tzinfo=UTC))
    assert partner.in_force(datetime(2027, 11, 30, 23, 59, tzinfo=UTC))
    assert not partner.in_force(datetime(2027, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (datetime(2026, 12, 4, 6, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 4, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 4, 20, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 5, 10, 0, tzinfo=UTC), False),
    ],
)
def test_hours_are_those_of_their_zone(moment: datetime, inside: bool):
    hours = Hours(first=0, last=4, begins=time(7), ends=time(21), zone="Europe/Paris")
    assert hours.hold(moment) is inside
