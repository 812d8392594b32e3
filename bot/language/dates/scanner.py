"""The state of a scan of a folded line for words of time, as each kind of words reads it."""

from datetime import tzinfo

from bot.language.clock import START, Form, hour_of
from bot.language.dates.day import Calendar
from bot.language.dates.time_patterns import LEAD
from bot.language.dates.time_words import TimeWords


class Scanner:
    """A folded line, and the words of time that were read in it."""

    def __init__(self, text: str, folded: str, calendar: Calendar, zone: tzinfo) -> None:
        self.text, self.folded, self.calendar, self.zone = text, folded, calendar, zone
        self.got = TimeWords()
        self.named = " time" in folded or "/" in folded

    def _after(self, at: int) -> bool:
        """Tell whether a place comes just after words of time."""
        if not self.got.spans:
            return False
        return not self.folded[self.got.spans[-1][1] : at].strip(" ,()-:;")

    def _beside(self, at: int, end: int) -> bool:
        """Tell whether vague words are beside words of time, or before all others."""
        first = not self.folded[:at].strip(" ,") or LEAD.fullmatch(self.folded, 0, at)
        return bool(first) or self._after(at) or self._before_hour(end)

    def _before_hour(self, end: int) -> bool:
        match = START.match(self.folded, skip(self.folded, end))
        return match is not None and (
            match["at"] is not None or hour_of(match, "1").form is not Form.BARE
        )


def skip(text: str, at: int) -> int:
    """Return the place of the next word from a place on."""
    return len(text) - len(text[at:].lstrip(" ,;("))
