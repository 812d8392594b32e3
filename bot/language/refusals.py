"""Reasons for refusing a line, each with one example that works in its place.

`parameters["reason"]` is stable: with the error's code it names the sentence.
`parameters["understood"]` is the subject of the refusal, as typed, safe to show.
`parameters["example"]` is a whole line to paste; the tests read every one of them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.errors import Misunderstood, TimeRefused
from bridge.i18n import Language

FR, EN = Language.FR, Language.EN


class Reason(StrEnum):
    """Reasons of TimeRefused (the first group) and of Misunderstood."""

    PAST = "past"
    PAST_END = "past-end"
    IMPOSSIBLE = "impossible"
    GAP = "gap"
    """The clocks go forward over this time."""
    FOLD = "fold"
    """The clocks go back: this time comes twice."""
    END_BEFORE_START = "end-before-start"
    TOO_LONG = "too-long"
    TOO_SHORT = "too-short"
    TOO_FAR = "too-far"

    NO_TIME = "no-time"
    """A day without an hour."""
    HOUR_AMBIGUOUS = "hour-ambiguous"
    """"at 3": morning or afternoon?"""
    LENGTH_AMBIGUOUS = "length-ambiguous"
    """`2h` alone: at two, or for two hours?"""
    END_AMBIGUOUS = "end-ambiguous"
    """`9h 10h`: until ten, or for ten hours?"""
    TWO_ENDS = "two-ends"
    MIDNIGHT = "midnight"
    DATE_UNKNOWN = "date-unknown"
    """Words of time that we do not read yet: weekdays, months, recurrence."""
    MINUTES_APART = "minutes-apart"
    """`14h 30`: half past, or thirty of something?"""
    TIME_MISPLACED = "time-misplaced"
    """A time after the title."""
    TIMES_SEVERAL = "times-several"
    """`14h ou 15h`: which?"""
    TITLE_NUMERIC = "title-numeric"
    TITLE_ADDRESS = "title-address"
    """A web address, which would be mailed to people under our name."""
    TITLE_UNSEEN = "title-unseen"
    PEOPLE_IN_TITLE = "people-in-title"
    VERB_MISTYPED = "verb-mistyped"
    VERB_UNKNOWN = "verb-unknown"
    """An act that Parvis does not offer yet."""
    WISH = "wish"
    """Words that ask for something else than a meeting."""
    QUESTION = "question"
    """A line that would act without its question mark."""
    TITLE_DOUBTED = "title-doubted"
    """Words that are a title only in quotes."""
    DAY_AMBIGUOUS = "day-ambiguous"
    """`jeudi prochain` on a Wednesday: tomorrow, or in a week?"""
    DAY_MISSING = "day-missing"
    """"next week": which day?"""
    WEEKDAY = "weekday"
    """A date that is another weekday than the one typed."""
    RECURRENCE = "recurrence"
    ZONE = "zone"
    """An hour of another zone."""
    ZONE_UNKNOWN = "zone-unknown"
    TITLE_UNMARKED = "title-unmarked"
    """Words after a mention of us: as likely thanks as a title."""
    WORDS_UNEXPECTED = "words-unexpected"
    UNTIL_UNREAD = "until-unread"
    LENGTH_MISSING = "length-missing"
    MOVE_MISSING = "move-missing"
    """`déplacer la réunion`: to when?"""
    TITLE_MISSING = "title-missing"
    TITLE_UNKNOWN = "title-unknown"
    """`annuler Budgt`: no meeting to come has that title."""
    LANGUAGE_UNKNOWN = "language-unknown"
    SETTING_UNKNOWN = "setting-unknown"
    PEOPLE_MISSING = "people-missing"
    ADDRESS_INVALID = "address-invalid"
    NAME_UNREAD = "name-unread"
    NOBODY = "nobody"
    """Words among people that are no person: `par SMS`, `mon collègue Bob`."""
    PEOPLE_UNADDRESSED = "people-unaddressed"
    """A name alone among the people of a new meeting."""
    PEOPLE_APART = "people-apart"
    """Perhaps one person, perhaps two: `Bob, Zoé <zoe@x.example>`."""
    PEOPLE_TOO_MANY = "people-too-many"
    ONE_PERSON = "one-person"
    REMINDER_AMBIGUOUS = "reminder-ambiguous"
    """`9h` alone: at nine, or nine hours before?"""
    REMINDER_UNREAD = "reminder-unread"
    TOPICS_TIMED = "topics-timed"
    """`ordre du jour Budget demain 14h`: the topics, or the title of a meeting?"""


JEAN = "Jean Dupont <jean.dupont@partenaire.example>"
_NEXT = {FR: "{moment}{rest}", EN: "{moment}{rest}"}
_LINE = {FR: "{line}", EN: "{line}"}
UNTIL = {FR: "demain 14h30", EN: "tomorrow 14:30"}
"""The end in examples for lines without a readable one."""
_HALF_HOUR = {FR: "{start}30min", EN: "{start}30min"}
_LIST = {FR: "liste", EN: "list"}
_NOBODY = {FR: "", EN: ""}

EXAMPLES: Mapping[Reason, Mapping[Language, str]] = {
    Reason.PAST: _NEXT,
    Reason.PAST_END: {FR: "pendant 30min", EN: "for 30min"},
    Reason.IMPOSSIBLE: _NEXT,
    Reason.GAP: _NEXT,
    Reason.FOLD: _NEXT,
    Reason.END_BEFORE_START: _HALF_HOUR,
    Reason.TOO_LONG: _HALF_HOUR,
    Reason.TOO_SHORT: _HALF_HOUR,
    Reason.TOO_FAR: _NEXT,
    Reason.NO_TIME: {FR: "{day} {hour}{rest}", EN: "{day} {hour}{rest}"},
    Reason.HOUR_AMBIGUOUS: _NEXT,
    Reason.LENGTH_AMBIGUOUS: {FR: "pendant {length}", EN: "for {length}"},
    Reason.END_AMBIGUOUS: {FR: "{start}-{end}", EN: "{start}-{end}"},
    Reason.TWO_ENDS: {FR: "{start}{length}", EN: "{start}{length}"},
    Reason.MIDNIGHT: _NEXT,
    Reason.DATE_UNKNOWN: _LINE,
    Reason.DAY_AMBIGUOUS: _LINE,
    Reason.DAY_MISSING: _LINE,
    Reason.WEEKDAY: _LINE,
    Reason.RECURRENCE: _LINE,
    Reason.ZONE: _LINE,
    Reason.ZONE_UNKNOWN: _LINE,
    Reason.MINUTES_APART: _LINE,
    Reason.TIME_MISPLACED: _LINE,
    Reason.TIMES_SEVERAL: _LINE,
    Reason.TITLE_NUMERIC: _LINE,
    Reason.TITLE_ADDRESS: _LINE,
    Reason.TOPICS_TIMED: {FR: ": {line}", EN: ": {line}"},
    Reason.TITLE_UNSEEN: _LINE,
    Reason.MOVE_MISSING: UNTIL,
    Reason.TITLE_MISSING: _LINE,
    Reason.TITLE_UNKNOWN: _LINE,
    Reason.PEOPLE_IN_TITLE: _LINE,
    Reason.VERB_MISTYPED: _LINE,
    Reason.VERB_UNKNOWN: _LINE,
    Reason.WISH: _LINE,
    Reason.QUESTION: _LINE,
    Reason.TITLE_DOUBTED: _LINE,
    Reason.TITLE_UNMARKED: _LINE,
    Reason.WORDS_UNEXPECTED: _NOBODY,
    Reason.UNTIL_UNREAD: _NEXT,
    Reason.LENGTH_MISSING: {FR: "30min", EN: "30min"},
    Reason.LANGUAGE_UNKNOWN: {FR: "en", EN: "fr"},
    Reason.SETTING_UNKNOWN: {FR: "noms oui", EN: "names yes"},
    Reason.PEOPLE_MISSING: {FR: JEAN, EN: JEAN},
    Reason.ADDRESS_INVALID: {FR: "{who}", EN: "{who}"},
    Reason.NAME_UNREAD: {FR: "{who}", EN: "{who}"},
    Reason.NOBODY: {FR: "{who}", EN: "{who}"},
    Reason.PEOPLE_UNADDRESSED: _LINE,
    Reason.PEOPLE_APART: {FR: "{who}", EN: "{who}"},
    Reason.PEOPLE_TOO_MANY: {FR: JEAN, EN: JEAN},
    Reason.REMINDER_AMBIGUOUS: _LINE,
    Reason.REMINDER_UNREAD: {FR: "15min", EN: "15min"},
    Reason.ONE_PERSON: {FR: "{who}", EN: "{who}"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The context for reading a line, and the text around the words in an example.

    `now` is aware; `longest` bounds a meeting. An example is `lead`, its own words, then `tail`.
    """

    now: datetime
    zone: tzinfo
    language: Language
    longest: timedelta
    lead: str
    tail: str = ""
    typed: str = ""
    """The words that we judge."""
    titles: tuple[str, ...] = ()
    """Those of the meetings that are planned where the line is typed."""

    @property
    def listing(self) -> "Here":
        """The same for the example that lists the meetings."""
        return replace(self, lead=f"{self.lead.split()[0]} {_LIST[self.language]}", tail="")

    @property
    def bare(self) -> "Here":
        """The same for examples with only their own words after the lead."""
        return replace(self, tail="")

    def example(self, reason: Reason, **parameters: str) -> str:
        """Return the whole corrected line for a reason."""
        words = EXAMPLES[reason][self.language].format(**parameters).lstrip()
        return " ".join(part for part in (self.lead, words, self.tail) if part)


_TOLD = ("hours", "limit", "date", "weekday", "zone", "titles")


def _told(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Return the limits that sentences name; do not store the typed words twice."""
    return {name: parameters[name] for name in _TOLD if name in parameters}


def _quotable(understood: str, here: Here) -> str:
    return clean_words(understood, LONGEST_NAME) or here.lead


def time_refused(
    reason: Reason, here: Here, understood: str = "", **parameters: str
) -> TimeRefused:
    """Return the refusal of a past or impossible time; `parameters` fill its example in."""
    return TimeRefused(
        reason.value,
        reason=reason.value,
        understood=_quotable(understood or here.typed, here),
        example=here.example(reason, **parameters),
        **_told(parameters),
    )


def misunderstood(
    reason: Reason, here: Here, understood: str = "", **parameters: str
) -> Misunderstood:
    """Return the refusal of words that we can't read; `parameters` fill its example in."""
    return Misunderstood(
        reason.value,
        reason=reason.value,
        understood=_quotable(understood or here.typed, here),
        example=here.example(reason, **parameters),
        **_told(parameters),
    )
