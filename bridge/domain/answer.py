"""An answer to an invitation: whether somebody comes to one occurrence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.ids import InvitationId, OccurrenceId, UserId


class Answer(StrEnum):
    """The reply to the question whether somebody comes."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The last answer of one who is invited; an earlier one of theirs is gone."""

    occurrence: OccurrenceId
    who: UserId | InvitationId
    """An agent, or a guest by their invitation."""
    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answered what."""

    yes: int = 0
    maybe: int = 0
    no: int = 0


NO_ANSWERS = Tally()


def tally(answers: Iterable[Answered]) -> Tally:
    """Count answers."""
    found = Counter(one.answer for one in answers)
    return Tally(found[Answer.YES], found[Answer.MAYBE], found[Answer.NO])
