"""Every reason for which a line is refused has a sentence, with what was understood."""

import pytest

from bot.conversation.refusals import refusal
from bot.language.refusals import Reason
from bridge.errors import Misunderstood, TimeRefused
from bridge.i18n import Language, catalogues

_TIMES = list(Reason)[: list(Reason).index(Reason.NO_TIME)]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_has_a_sentence_and_an_example(reason, language):
    error = TimeRefused if reason in _TIMES else Misunderstood
    parameters = {
        "reason": reason.value,
        "understood": "X",
        "example": "!visio demain 9h",
        "limit": "50",
        "date": "2026-12-01",
        "weekday": "lundi",
        "zone": "Europe/Paris",
        "titles": "Budget",
    }
    key, filled = refusal(error(reason.value, **parameters))
    sentence = catalogues()[language].text(key, **filled)
    assert "`!visio demain 9h`" in sentence
    assert "{" not in sentence
