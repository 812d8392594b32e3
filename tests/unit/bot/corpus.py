"""Puts each line of the corpus to the reader alone, and judges what it reads.

Playing a line (tests/corpus/judge.py) takes some twenty times as long, so the whole corpus is played by
`make bench` and a part of it by tests; this looks at every line each time. What a command then
meets in a salon is not seen here: "none", "ask" and "colleague" are right for any command that
they are right for.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.language.command import Command
from bot.language.commands.door import Admit, TurnAway
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.commands.meetings import Cancel, End
from bot.language.commands.remind import Remind
from bot.language.commands.salon import SetLanguage, ShowSettings
from bot.language.meeting import Meet
from bot.language.options import parse
from bot.matrix.events import IncomingMessage
from bridge.errors import Refused
from bridge.i18n import Language
from bridge.ids import EventId, SalonId
from tests.corpus.judge import Judged, Verdict
from tests.corpus.play import WORDS
from tests.corpus.reader import Line as Row
from tests.corpus.situations import ALICE, NOW, PARIS, PARVIS, SITUATIONS
from tests.defaults import default_policy

HOUR = timedelta(hours=1)

_DEEDS = (
    Meet,
    Invite,
    Resend,
    Extend,
    Revoke,
    Cancel,
    End,
    Admit,
    TurnAway,
    Remind,
    SetLanguage,
    ShowSettings,
)
_BESIDES = {
    "invite": {"resend", "none", "ask", "colleague"},
    "end": {"cancel", "none", "ask"},
    "cancel": {"end", "none", "ask"},
    "list": {"none"},
    "react": {"silent"},
}
_MAY_MEET = {"none", "ask"}
_COLLEAGUE = "bob@beta.gouv.fr"
"""Gets no link of a guest: that is decided where accounts are known."""


def judged(those: Iterable[Row]) -> list[Judged]:
    """Return the result of each line."""
    return [_judge(row) for row in those]


def _judge(row: Row) -> Judged:
    try:
        command = _read(row.line, row)
    except Refused as refusal:
        return _refused(row, str(refusal.parameters["example"]))
    if command is None:
        return Judged(row, Verdict.RIGHT if "silent" in row.allowed else Verdict.OTHER, "silent")
    word = WORDS[type(command)]
    right = {f"refuse:{word}"} if _open(command) else set()
    right |= {word, *_BESIDES.get(word, _MAY_MEET if word != "meet" else set())}
    if not right.intersection(row.allowed):
        return Judged(row, Verdict.UNWANTED if isinstance(command, _DEEDS) else Verdict.OTHER, word)
    return Judged(row, Verdict.RIGHT if _keeps(command, row) else Verdict.UNWANTED, word)


def _open(command: Command) -> bool:
    """Tell whether the guests, or the meeting's times, decide what a line comes to."""
    if isinstance(command, Extend):
        return command.on is not None
    unnamed = isinstance(command, Resend | Revoke) and not command.who
    return unnamed and not (isinstance(command, Revoke) and command.everybody)


def _refused(row: Row, example: str) -> Judged:
    """Judge a refusal by what its line does; offering help is offering nothing."""
    try:
        command = _read(example, row)
    except Refused:
        command = None
    if command is None:
        return Judged(row, Verdict.MISLEADING, f"unreadable: {example}")
    word = WORDS[type(command)]
    right = {f"refuse:{each}" for each in (word, *_BESIDES.get(word, ()))}
    right |= {"help", "refuse", "not-yet"} if word == "help" else _met(command)
    if not right.intersection(row.allowed):
        verdict = Verdict.OTHER if word == "help" else Verdict.MISLEADING
        return Judged(row, verdict, f"refuse:{word} {example}")
    verdict = Verdict.RIGHT if _keeps(command, row) else Verdict.MISLEADING
    return Judged(row, verdict, f"refuse:{word} {example}")


def _met(command: Command) -> set[str]:
    """Return the results that an offered line may have when typed, besides its deed."""
    if not isinstance(command, _DEEDS) or isinstance(command, Meet):
        return set()
    besides = {"not-yet"} if isinstance(command, Admit | TurnAway) else set()
    return {"none", *besides, *({"colleague"} if isinstance(command, Invite) else ())}


def _read(body: str, row: Row) -> Command | None:
    message = IncomingMessage(
        event=EventId("$1"),
        salon=SalonId("!1"),
        sender=ALICE,
        sent_at=NOW,
        body=body,
        mentions=frozenset({PARVIS} if row.situation == "mention" else ()),
        reply_to=EventId("$card") if row.situation == "reply-to-card" else None,
    )
    return parse(
        message,
        me=PARVIS,
        my_name="Parvis",
        prefix="!visio",
        now=NOW,
        zone=PARIS.key,
        language=Language(row.lang),
        longest=default_policy().longest,
        bare=row.situation == "direct-message",
        replied=row.situation == "reply-to-card",
        titles=tuple(one.title for one in SITUATIONS[row.situation]),
    )


def _keeps(command: Command, row: Row) -> bool:
    """Tell whether a command holds all that the line said."""
    if isinstance(command, Meet):
        return all(_kept(command, key, value) for key, value in row.keeps)
    people = dict(row.keeps).get("people", "").casefold().split(",")
    if isinstance(command, Invite) and people != [""]:
        typed = " ".join(one.typed for one in command.people).casefold()
        return all(one in typed for one in people)
    if isinstance(command, Resend) and people != [""]:
        return command.who.casefold() in people[0] or people[0] in command.who.casefold()
    return True


def _kept(meet: Meet, key: str, value: str) -> bool:
    match key:
        case "title":
            return " ".join(meet.title.replace("’", "'").split()) == value
        case "start":
            return _local(meet.start).startswith(value)
        case "length":
            span = HOUR if meet.end is None else meet.end - (meet.start or NOW)
            return round(span / timedelta(minutes=1)) == int(value)
        case "until":
            return _local(meet.end) == value
        case "people":
            named = {one.email or one.name for one in meet.people} - {_COLLEAGUE}
            return named == set(value.split(",")) - {_COLLEAGUE}
    raise ValueError(key)


def _local(moment: datetime | None) -> str:
    return "now" if moment is None else moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")
