"""A question: each change of its list has a text of its own, shown after a while."""

from bridge.domain.question import SETTLE, Question
from bridge.ids import InvitationId, OccurrenceId, QuestionId
from tests.unit.bridge.domain.samples import ID, MINUTE, START

ASKED = Question(
    id=QuestionId(ID),
    invitation=InvitationId(ID),
    occurrence=OccurrenceId(ID),
    asked_at=START,
    told_at=START,
    last=1,
)


def test_its_text_is_stale_from_a_change_until_it_is_shown():
    assert not ASKED.stale
    changed = ASKED.changed()
    assert changed.stale
    shown = changed.shown(START + MINUTE)
    assert not shown.stale
    assert (shown.told_at, shown.settles) == (START + MINUTE, START + MINUTE + SETTLE)


def test_each_list_has_a_message_of_its_own():
    first, second, third = ASKED, ASKED.changed(), ASKED.changed().changed()
    assert len({one.idempotency_key for one in (first, second, third)}) == 3
    assert first.idempotency_key == f"asks:{ID}", "edits coalesce_key into this one"
    assert all(
        one.idempotency_key.startswith(f"{first.idempotency_key}:") for one in (second, third)
    )


def test_it_closes_once():
    closed = ASKED.closed(START + MINUTE)
    assert closed.closed_at == START + MINUTE
    assert closed.closed(START + 2 * MINUTE) == closed
