"""A code: good for ten minutes and five tries, however its six digits are typed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.proof import LASTS, TRIES, Challenge, typed_digits
from bridge.ids import ChallengeId, InvitationId, VisitId
from tests.unit.bridge.domain.samples import ID, MINUTE, START

MOMENT = timedelta(milliseconds=1)
ASKED = Challenge(
    id=ChallengeId(ID),
    visit=VisitId(ID),
    invitation=InvitationId(ID),
    key="k1",
    asked_at=START,
)


def test_it_lasts_from_when_it_was_sent():
    sent = replace(ASKED, sent_at=START + MINUTE)
    assert ASKED.ends_at == START + LASTS
    assert sent.ends_at == START + MINUTE + LASTS
    assert sent.open(sent.ends_at - MOMENT)
    assert not sent.open(sent.ends_at)


def test_after_so_many_wrong_answers_the_right_one_is_not_accepted():
    code = ASKED
    for _ in range(TRIES):
        assert code.open(START)
        code = code.tried()
    assert code.tries == TRIES
    assert not code.open(START)


def test_what_could_not_be_sent_is_accepted_never():
    assert not replace(ASKED, failed="550").open(START)


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "12.34.56", "1·2·3·4·5·6"])
def test_six_digits_with_any_separators(typed: str):
    assert typed_digits(typed) == "123456"


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "１２３４５６", "12345²", "123/456"]
)
def test_anything_else_is_no_code(typed: str):
    assert typed_digits(typed) is None
