"""The whole line that we offer if a time was not read, or if a title is none.

It keeps the line's title, its length or end, and its people.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.language.gather import Gathered, gather
from bot.language.line import Line, WordKind
from bot.language.mistyped_dates import mistyped_day
from bot.language.moments import say, say_hour, say_minutes, today
from bot.language.nearest import doubted, offered, unsure
from bot.language.objects import ends_as_noun
from bot.language.pieces import Pieces, pieces_of
from bot.language.questions import asks
from bot.language.refusals import Here, Reason, misunderstood, time_refused
from bot.language.sentences import Said, said, states
from bot.language.settle import UNTIL_TYPED, Span, settle
from bot.language.text import EDGES, fold, plain, quoted
from bot.language.thanks import polite
from bot.language.timelike import BEGINS_MONTH, UNREAD, timelike
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish, addressed, begins_wish, created, wish_of
from bot.language.zones import zone_at
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

_MERGES = re.compile(
    r"(?:h|heures?|hours?|hrs?|mn|min(?:ute)?s?|[ap]m?|d[eu]|in|le|on|to|till|until|et|moins"
    r"|matin|soir|apres|morning|afternoon|evening|heure|utc|gmt|en|dans|maintenant|now)\b"
)
"""Beginnings of titles that a time before them would swallow."""
_QUALIFIER = re.compile(
    r"""[\s,(]*(?:et\s(?:demie?|quart)\b|moins\s(?:le|un|cinq|dix|vingt|[0-9])|o'clock\b|sharp\b
      |(?:environ|pile|precises?|tapantes?)(?![\w'-])|[0-9]{1,3}'(?!\w)
      |[0-9]{1,2}[.][0-5][0-9](?![\w.])|(?:ou|or)\s(?:a\s|at\s)?[0-9]|[ap]\.?\s?m\b)""",
    re.VERBOSE,
)
_FIGURES = re.compile(
    r"[\s,]*(?:a\s|at\s)?(?:(?:[01][0-9]|2[0-3])[0-5][0-9]|[0-9]{1,2}[.][0-5][0-9]"
    r"|[0-9]{1,2}\s?-\s?[0-9]{1,2})(?![\w:./-])"
)
"""`demain 1430`."""
_WEEKDAYS = {
    Language.FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


# --- unread words -------------------------------------------------------------------------------


def title_at(line: Line, at: int, found: Pieces, here: Here) -> int:
    """Return the start of the title, after the time that ends at `at`.

    Raises Misunderstood, TimeRefused for a word of time that we do not read.
    """
    if found.start is not None:
        start = len(line.text) - len(line.text[at:].lstrip(" ,"))
        zone = zone_at(line.text, line.shadow, start, here.zone)
        if zone is not None:
            if zone.zone is None or not _same(found, replace(here, zone=zone.zone), here):
                raise offer(line, here)
            at = zone.end + line.text.startswith(")", zone.end)
    if timelike(line.shadow, at) or _qualified(line, at, found, here):
        raise offer(line, here)
    return at


def _same(found: Pieces, there: Here, here: Here) -> bool:
    """Tell whether a time is the same moment in both zones; a refused time counts as the same."""
    try:
        return settle(found, there) == settle(found, here)
    except Refused:
        return False


def _qualified(line: Line, at: int, found: Pieces, here: Here) -> bool:
    """Tell whether the words after a time still belong to it."""
    if found.start is None and found.day is None:
        return False
    if found.start is None and _FIGURES.match(line.shadow, at):
        return True
    word = next((word for word in line.words if word.start >= at), None)
    typo = word is not None and word.kind is WordKind.BARE and found.day is None
    if typo and word is not None and mistyped_day(fold(word.text).rstrip(",."), here):
        return True
    return found.start is not None and _QUALIFIER.match(line.shadow, at) is not None


# --- offered lines ------------------------------------------------------------------------------


def offer(line: Line, here: Here) -> Refused:
    """Return the refusal of a line with an unread time, with a line that keeps the rest."""
    got = gather(line, here)
    wish = wish_of(got.title, timed=True)
    if wish is not None and wish.ask not in (Ask.MEET, Ask.INVITE):
        return _at_a_time(wish, here)
    if wish is not None and wish.ask is Ask.MEET:
        got.title = created(wish)
    elif states(Said.of(line, here.language)):
        return unsure(line, here, EDGES)
    else:
        check_said(got.title, here, timed=True)
    if not got.sure or got.unknown or _said_of(got):
        return _as_title(line, got, here)
    return _settled(got, here)


def _said_of(got: Gathered) -> bool:
    """Tell whether a date belongs to the title: "Comité du lundi", without an hour."""
    if got.pieces.start is not None or got.at is not None or got.front:
        return False
    return re.match(r"(?:du|de|d'|of|des)\s", fold(got.said)) is not None


def _settled(got: Gathered, here: Here) -> Refused:
    tail = " ".join(part for part in (typed_title(got.title), here.tail) if part)
    there = replace(here, zone=got.zone or here.zone, tail=tail, typed=got.said or got.foreign)
    pieces = _possible(got, here)
    try:
        span = _delayed(got, there) if got.at is not None else settle(pieces, there)
    except Refused as refusal:
        if got.fault is None and got.zone is None:
            return _first_of(got, refusal, here) if got.again else refusal
        text = _converted(str(refusal.parameters["example"]), there, here)
    else:
        text = f"{written(span, pieces, here)} {tail}".strip()
    return _told(got, text, here)


def _first_of(got: Gathered, refusal: Refused, here: Here) -> Refused:
    """Return the refusal of several times, if the first one needs a correction too."""
    line = str(refusal.parameters["example"]).removeprefix(here.lead).strip()
    return misunderstood(Reason.TIMES_SEVERAL, here.bare, got.again, line=line)


def _possible(got: Gathered, here: Here) -> Pieces:
    missing = got.fault in (Reason.IMPOSSIBLE, Reason.DAY_MISSING) and got.pieces.day is None
    return replace(got.pieces, day=today(here) + timedelta(days=1)) if missing else got.pieces


def _delayed(got: Gathered, here: Here) -> Span:
    """Return the end of a delay, perhaps on another day."""
    assert got.at is not None
    start = got.at.replace(tzinfo=here.zone).astimezone(UTC)
    length, end = got.pieces.length, got.pieces.end
    if length is None and end is None:
        return Span(start)
    after = settle(replace(got.pieces, start=None, day=None), here)
    if length is None or after.end is None:
        return Span(start, after.end)
    return Span(start, start + length.span)


def _converted(example: str, there: Here, here: Here) -> str:
    """Return a line with another zone's time converted to ours."""
    text = example.removeprefix(there.lead).strip()
    line = Line.of(text)
    found, at = pieces_of(line.shadow, there)
    return f"{written(settle(found, there), found, here)} {text[at:].strip()}".strip()


def written(span: Span, pieces: Pieces, here: Here) -> str:
    """Return a time as one types it, with its length or its end."""
    if span.end is None:
        return "" if span.start is None else say(_wall(span.start, here), here)
    last = _wall(span.end, here)
    if span.start is None:
        if pieces.length is not None:
            return say_minutes(pieces.length.span)
        return f"{UNTIL_TYPED[here.language]} {say(last, here)}"
    first = _wall(span.start, here)
    if pieces.end is not None and last.date() == first.date():
        return f"{say(first, here)}-{say_hour(60 * last.hour + last.minute, here)}"
    return f"{say(first, here)} {say_minutes(span.end - span.start)}"


def _wall(moment: datetime, here: Here) -> datetime:
    return moment.astimezone(here.zone).replace(tzinfo=None)


def _told(got: Gathered, text: str, here: Here) -> Refused:
    """Return the refusal that names the unread, or wrong, part of a time."""
    here, said = here.bare, got.said or got.foreign
    if got.zone is not None:
        return misunderstood(Reason.ZONE, here, got.foreign, line=text, zone=str(here.zone))
    if got.again:
        return misunderstood(Reason.TIMES_SEVERAL, here, got.again, line=text)
    if got.fault is Reason.IMPOSSIBLE:
        return time_refused(Reason.IMPOSSIBLE, here, said, moment=text, rest="")
    if got.fault is Reason.WEEKDAY and got.pieces.day is not None:
        day = _WEEKDAYS[here.language][got.pieces.day.weekday()]
        date = got.pieces.day.isoformat()
        return misunderstood(Reason.WEEKDAY, here, said, line=text, weekday=day, date=date)
    if got.fault is not None:
        return misunderstood(got.fault, here, said, line=text)
    read = got.dated is None and not got.vague
    reason = Reason.TIME_MISPLACED if read else Reason.DATE_UNKNOWN
    return misunderstood(reason, here, said, line=text)


def _as_title(line: Line, got: Gathered, here: Here) -> Refused:
    """Return the refusal of words of time that we never read: in quotes they are a title."""
    found, at = pieces_of(line.shadow, here)
    rest = line.part(at)
    tail = " ".join(part for part in (quoted(rest.title), here.tail) if part)
    try:
        settle(found, replace(here, typed=line.text[:at].strip(), tail=tail))
    except Refused as refusal:
        return refusal
    text = f"{line.text[:at].strip(EDGES)} {tail}".strip()
    if got.unknown:
        here = here.bare
        return misunderstood(Reason.ZONE_UNKNOWN, here, got.foreign, line=text, zone=str(here.zone))
    place = timelike(line.shadow, at)
    said = got.said if place is None else line.text[place[0] : place[1]]
    return misunderstood(Reason.DATE_UNKNOWN, here.bare, said, line=text)


# --- titles -------------------------------------------------------------------------------------


def check_free(rest: Line, before: str, here: Here) -> None:
    """Refuse a title that begins with a wish, or addresses somebody. Raises Misunderstood."""
    whole = " ".join(part for part in (before.strip(EDGES), quoted(rest.title), here.tail) if part)
    wish = wish_of(rest, timed=bool(before.strip(EDGES)))
    if wish is not None and wish.ask is Ask.MEET:
        title = typed_title(created(wish))
        parts = (before.strip(EDGES), title, here.tail)
        raise offered(wish, here, " ".join(part for part in parts if part) or whole)
    if wish is not None and wish.ask is Ask.END and ends_as_noun(wish.said, wish.rest):
        raise doubted(rest, here, whole)
    if wish is not None and wish.ask is not Ask.INVITE:
        raise _at_a_time(wish, here)
    if before.strip(EDGES) and (wish is not None or addressed(rest) or asks(rest)):
        raise doubted(rest, here, whole)
    check_said(rest, here, timed=bool(before.strip(EDGES)))
    if wish is not None or addressed(rest) or asks(rest):
        raise doubted(rest, here, whole)


def _at_a_time(wish: Wish, here: Here) -> Misunderstood:
    """Return the refusal of a wish with a time: we don't know its subject, if it has one."""
    return offered(wish, here, NAMES["help"][here.language] if wish.rest.words else "")


def check_said(rest: Line, here: Here, *, timed: bool = False) -> None:
    """Refuse words that are more likely speech, or a month, than a title. Raises Misunderstood."""
    check_unread(rest, here)
    if said(rest, here.language, timed=timed):
        raise unsure(rest, here, EDGES)


def check_unread(rest: Line, here: Here, *, first: bool = False) -> None:
    """Refuse a month, a season or a past week; `first`: only in front. Raises Misunderstood."""
    unread, text = _unread(rest), rest.text.strip()
    if unread and (not first or (text.startswith(unread) and text[:1].islower())):
        line = quoted(rest.title) if _ends_in(unread, rest, here) else NAMES["help"][here.language]
        raise misunderstood(Reason.DATE_UNKNOWN, here.bare, unread, line=line)


def _ends_in(unread: str, rest: Line, here: Here) -> bool:
    """Tell whether a month's words end a certain title: `Point d'étape fin mai`."""
    text = rest.text.strip()
    title = rest.part(0, len(rest.text.rstrip()) - len(unread))
    ends = text.endswith(unread) and text[:1].isupper() and len(title.words) > 1
    return ends and not (here.tail or said(title, here.language) or begins_wish(title))


def _unread(rest: Line) -> str:
    """Return the words for a month or a season, which is no day; empty if there are none."""
    small = rest.text.strip()[:1].islower()
    found = UNREAD.search(rest.shadow) or (BEGINS_MONTH.match(rest.shadow) if small else None)
    return "" if found is None else rest.text[found.start() : found.end()].strip()


def typed_title(rest: Line) -> str:
    """Return a title as one types it: in quotes if it could mean something else."""
    bare = all(word.kind is WordKind.BARE for word in rest.words)
    return free_title(rest.title) if bare or not rest.title else quoted(rest.title)


def free_title(title: str) -> str:
    """Return words of a title as one types them."""
    line = Line.of(title)
    simple = plain(title) and not _MERGES.match(fold(title)) and not is_doubtful(line)
    return title if simple or not title else quoted(title)


def is_doubtful(rest: Line) -> bool:
    """Tell whether words are as likely a wish, thanks or speech as a title."""
    return bool(begins_wish(rest) or polite(rest) or addressed(rest))


def rewritten(line: Line, here: Here, read: Callable[[Line, Here], object]) -> str:
    """Return a line, without its lead, with the meaning of `line`, or nearly so."""
    try:
        read(line, here)
    except Refused as refusal:
        return str(refusal.parameters["example"]).removeprefix(here.lead).strip()
    return " ".join(part for part in (line.text.strip(EDGES), here.tail) if part)
