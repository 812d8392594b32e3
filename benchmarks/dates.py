"""How many phrases about times are read wrongly, and how fast, beside the library dateparser."""

import gc
from collections.abc import Callable, Iterable, Sequence
from time import process_time

import dateparser
from dateparser.search import search_dates

from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median
from bridge.i18n import Language
from tests.corpus.phrases import Phrase, phrases

BOUNDS = {
    "dates.wrong": Bound("value", "≤", 0, "phrases"),
    "dates.refused": Bound("value", "≤", 5, "%"),
    "dates.unrefused": Bound("value", "≤", 0, "phrases"),
    "dates.rate": Bound("ratio", "≥", 10, "/s"),
    "dates.longest": Bound("value", "≤", 5, "ms"),
}
_ROUNDS = 5


async def measure(options: Options) -> Sequence[Measure]:
    """Read the corpus in rounds that alternate with dateparser's; of the longest, the median."""
    those = [one for language in Language for one in phrases(language)]
    readings = [(one, one.read()) for one in those]  # the first loads the library of holidays
    wrong = sum(not one.is_right(found) for one, found in readings if found.refused is None)
    plain = [found for one, found in readings if not one.refused]
    refused = sum(found.refused is not None for found in plain)
    unrefused = sum(found.refused is None for one, found in readings if one.refused)
    guessed = [_parsed(one) for one in those]
    rates, parsing, peers, longest = [], [], [], []
    gc.collect()
    for _ in range(options.rounds(_ROUNDS)):
        rates.append(_rate(those, lambda one: one.read()))
        parsing.append(_rate(those, _parsed))
        peers.append(_rate(those, _searched))
        longest.append(max(_took(one) for one in those))
    right = sum(_same(one, found) for one, found in zip(those, guessed, strict=True))
    return [
        Measure("dates.wrong", wrong, "phrases"),
        Measure("dates.refused", 100 * refused / len(plain), "%"),
        Measure("dates.unrefused", unrefused, "phrases"),
        Measure("dates.rate", median(rates), "/s", median(peers)),
        Measure("dates.rate.parse", median(rates), "/s", median(parsing)),
        Measure("dates.longest", median(longest), "ms"),
        Measure(
            "dates.right",
            _share(one.is_right(found) for one, found in readings),
            "%",
            100 * right / len(those),
        ),
    ]


def _share(right: Iterable[bool]) -> float:
    found = list(right)
    return 100 * sum(found) / len(found)


def _parsed(one: Phrase) -> object:
    """Have dateparser read a phrase as one date."""
    return dateparser.parse(one.phrase, languages=[one.language.value], settings=_settings(one))


def _searched(one: Phrase) -> object:
    """Have dateparser find the dates in a phrase, and their words, as we do."""
    return search_dates(one.phrase, languages=[one.language.value], settings=_settings(one))


def _settings(one: Phrase) -> dict[str, object]:
    return {"RELATIVE_BASE": one.now.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}


def _same(one: Phrase, found: object) -> bool:
    """Tell whether dateparser has a phrase's start, or nothing where that is refused."""
    if found is None or one.refused:
        return found is None and one.refused
    return str(found)[:16].replace(" ", "T") == one.accepted[0].partition("@")[0]


def _rate(those: Sequence[Phrase], read: Callable[[Phrase], object]) -> float:
    began = process_time()
    for one in those:
        read(one)
    return len(those) / (process_time() - began)


def _took(one: Phrase) -> float:
    began = process_time()
    one.read()
    return 1000 * (process_time() - began)


SUBJECT = Subject("dates", measure, BOUNDS)
