"""Every reason has an example and a sentence in both languages, and a line that meets it."""

import pytest

from bot.language.refusals import EXAMPLES, Reason
from bridge.i18n import Language, catalogues

from .reading import ME, message, refused
from .test_dates import REFUSED as TIMES
from .test_options import REFUSED as VERBS

MANY = ("inviter " + ", ".join(f"p{number}@x.example" for number in range(51)), "people-too-many")
ODD = ("inviter Jean_Dupont", "name-unread")
NOBODY = ("inviter jean@x.example par SMS", "nobody")
APART = ("inviter Bob, Zoé <zoe@x.example>", "people-apart")
LONE = ("16h Revue avec lea@x.example; Bob", "people-unaddressed")
AGAIN = ("demain 14h ou 15h Revue", "times-several")
REMINDERS = ("rappel 9h", "reminder-ambiguous"), ("rappel 9999min", "reminder-unread")
UNTITLED = ("annuler Budgt", "title-unknown")
TOPICS = ("ordre du jour Budget demain 16h", "topics-timed")
MENTIONED = message("Parvis Point budget", mentions=frozenset({ME}))
LINES = {
    reason: typed
    for typed, reason, *_ in [
        *TIMES,
        *VERBS,
        *(MANY, ODD, NOBODY, APART, LONE, AGAIN, UNTITLED, TOPICS),
        *REMINDERS,
    ]
}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("language", Language)
def test_a_line_meets_it_and_its_example_is_read(reason: Reason, language: Language):
    typed = MENTIONED if reason is Reason.TITLE_UNMARKED else f"!visio {LINES[reason]}"
    refusal = refused(typed, language=language, titles=("Budget",))
    assert refusal.parameters["reason"] == reason
    assert refusal.parameters["understood"]
    sentence = catalogues()[language].text(
        f"error.{refusal.code}.{reason}", **{k: str(v) for k, v in refusal.parameters.items()}
    )
    assert str(refusal.parameters["example"]) in sentence


def test_every_reason_has_an_example_in_both_languages():
    assert set(EXAMPLES) == set(Reason)
    assert all(set(examples) == set(Language) for examples in EXAMPLES.values())
