"""Phrases as people write them have their one reading, and those without one are refused."""

import gc
from datetime import timedelta
from time import process_time

import pytest

from bot.language.dates.reading import Reading
from bot.language.refusals import Reason
from bridge.i18n import Language
from tests.corpus.phrases import Phrase, phrases

LEAST = 300
MOST_REFUSED = 0.05
SLOWEST = timedelta(milliseconds=5)
ROUNDS = 5


@pytest.fixture(scope="module", params=Language)
def those(request: pytest.FixtureRequest) -> list[Phrase]:
    return phrases(request.param)


@pytest.fixture(scope="module")
def readings(those: list[Phrase]) -> list[tuple[Phrase, Reading]]:
    return [(one, one.read()) for one in those]


def test_the_corpus_is_large(those: list[Phrase]):
    assert len(those) >= LEAST
    assert len({(one.now, one.zone, one.phrase) for one in those}) == len(those)


def test_no_phrase_is_read_wrongly(readings: list[tuple[Phrase, Reading]]):
    read = [(one, reading) for one, reading in readings if reading.refused is None]
    assert [(one.phrase, reading) for one, reading in read if not one.is_right(reading)] == []


def test_few_phrases_with_one_reading_are_refused(readings: list[tuple[Phrase, Reading]]):
    plain = [(one, reading) for one, reading in readings if not one.refused]
    refused = [one.phrase for one, reading in plain if reading.refused is not None]
    assert len(refused) <= MOST_REFUSED * len(plain), refused


def test_what_must_be_refused_is_refused_for_its_reason(readings: list[tuple[Phrase, Reading]]):
    must = [(one, reading) for one, reading in readings if one.refused]
    assert [one.phrase for one, reading in must if not one.is_right(reading)] == []


def test_a_refusal_has_one_line_that_works(readings: list[tuple[Phrase, Reading]]):
    for one, reading in readings:
        if reading.refused is None:
            continue
        assert reading.refused.code in list(Reason)
        again = one.read(reading.refused.example)
        assert again.refused is None, (one.phrase, reading.refused)
        assert (again.start, again.end) != (None, None), (one.phrase, reading.refused)


def test_places_are_those_of_the_words(readings: list[tuple[Phrase, Reading]]):
    for one, reading in readings:
        ends = [0, *(end for _, end in reading.spans)]
        starts = [start for start, _ in reading.spans]
        assert all(end <= start for end, start in zip(ends, starts, strict=False)), one.phrase
        assert all(start < end <= len(one.phrase) for start, end in reading.spans), one.phrase


def test_no_phrase_takes_long(those: list[Phrase]):
    for one in those:
        one.read()
    gc.collect()
    slow = {one.phrase for one in those}
    for _ in range(ROUNDS):
        slow = {one.phrase for one in those if one.phrase in slow and _took(one) > SLOWEST}
    assert slow == set()


def _took(one: Phrase) -> timedelta:
    began = process_time()
    one.read()
    return timedelta(seconds=process_time() - began)
