"""Column types, apart from any database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from bridge.domain.meeting import AccessLevel
from bridge.store.types import Choice, Moment

LITE, POST = sqlite.dialect(), postgresql.dialect()
PARIS = timezone(timedelta(hours=2))


def test_moments_keep_their_instant_and_their_microseconds():
    local = datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=PARIS)
    for dialect in (LITE, POST):
        kept = Moment().process_bind_param(local, dialect)
        back = Moment().process_result_value(kept, dialect)
        assert back == local
        assert back is not None
        assert back.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    naive = datetime(2026, 7, 1)
    with pytest.raises(ValueError, match="zone"):
        Moment().process_bind_param(naive, LITE)


def test_nothing_stays_nothing():
    for kind in (Moment(), Choice(AccessLevel)):
        assert kind.process_bind_param(None, LITE) is None
        assert kind.process_result_value(None, LITE) is None


def test_choices_are_their_words():
    choice = Choice(AccessLevel)
    assert choice.process_bind_param(AccessLevel.PUBLIC, LITE) == "public"
    assert choice.process_result_value("public", LITE) is AccessLevel.PUBLIC
    with pytest.raises(ValueError, match="invented"):
        choice.process_result_value("invented", LITE)
