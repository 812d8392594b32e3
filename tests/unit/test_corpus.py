"""The corpus of typed lines has the form that its README describes."""

import re
from collections import Counter

from tests.corpus.reader import LINES, Line, read

LEAST = 300
SITUATIONS = {
    "salon-empty",
    "salon-one-planned",
    "salon-one-live",
    "salon-two-planned",
    "salon-two-live",
    "reply-to-card",
    "door-waiting",
    "direct-message",
    "mention",
}
CHANGES = {
    "meet": {"room", "guest"},
    "invite": {"guest", "mail"},
    "resend": {"mail"},
    "withdraw": {"withdrawn"},
    "extend": {"extended"},
    "end": {"end"},
    "cancel": {"end"},
    "move": {"moved"},
    "rename": {"renamed"},
    "admit": {"admitted"},
    "deny": {"denied"},
    "language": {"language"},
    "settings": {"setting"},
    "remind": {"reminder"},
    "topics": {"topics"},
    "hand-over": {"organiser"},
    "take-over": {"organiser"},
}
SHOWS = {
    "list",
    "guests",
    "link",
    "help",
    "diagnostic",
    "host",
    "reminders",
    "calendar",
    "slot",
    "feed",
    "feed-withdraw",
    "salon-calendar",
    "salon-calendar-end",
}
MAY_SHOW = {"settings", "topics", "remind"}
"""Verbs that may only show something."""
TELLS = {"none", "ask", "not-yet", "colleague", "refuse", "react", "silent"}
MOMENT = r"\d{4}-\d\d-\d\d"
KEEPS = {
    "title": r".*",
    "start": rf"now|{MOMENT}( \d\d:\d\d)?",
    "length": r"[1-9]\d*",
    "people": r"[^,]+(,[^,]+)*",
    "until": rf"{MOMENT} \d\d:\d\d",
}
UNSEEN = re.compile(r"[\u00a0\u00ad\u200b-\u200f\u202f\u2028\u2029\u2060\ufeff]")


def verbs(line: Line) -> set[str]:
    return {answer for answer in line.allowed if answer in CHANGES}


def test_both_languages_have_enough_lines_in_every_situation():
    lines = read()
    assert all(count >= LEAST for count in Counter(one.lang for one in lines).values())
    for lang in ("fr", "en"):
        assert {one.situation for one in lines if one.lang == lang} == SITUATIONS


def test_no_line_is_there_twice():
    counted = Counter((one.lang, one.line, one.situation) for one in read())
    assert [key for key, count in counted.items() if count > 1] == []


def test_answers_are_words_of_the_closed_vocabulary():
    known = {*CHANGES, *SHOWS, *TELLS, *(f"refuse:{verb}" for verb in (*CHANGES, *SHOWS))}
    for one in read():
        assert set(one.allowed) <= known, one
        assert len(set(one.allowed)) == len(one.allowed), one


def test_a_line_changes_what_its_right_answers_change():
    for one in read():
        kinds = {change.partition(":")[0] for change in one.may_change}
        assert len(set(one.may_change)) == len(one.may_change), one
        for verb in verbs(one):
            assert kinds <= CHANGES[verb] if kinds else verb in MAY_SHOW, one
        assert verbs(one) or not kinds, one
        assert ("room" in kinds) == ("meet" in verbs(one)), one


def test_what_is_kept_can_be_compared():
    for one in read():
        keys = [key for key, _ in one.keeps]
        assert len(set(keys)) == len(keys), one
        for key, value in one.keeps:
            assert re.fullmatch(KEEPS[key], value), one
        if "meet" in one.allowed and "refuse" not in one.allowed:
            assert one.keeps, one


def test_a_character_that_cant_be_seen_is_written_as_its_number():
    assert UNSEEN.findall(LINES.read_text(encoding="utf-8")) == []
