"""Plays a line as a user meets it, through the router, the use cases and the store.

What is compared is what the salon then reads and what has changed, not what the reader read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from bot.language.command import Command, Polite
from bot.language.commands.calendar import VERBS as CALENDAR
from bot.language.commands.door import TurnAway
from bot.language.commands.guests import Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.commands.mailed import VERBS as MAILED
from bot.language.commands.meetings import Link
from bot.language.commands.salon import Diagnose
from bot.language.meeting import MEET
from bot.language.vocabulary import VERBS
from bridge.domain.message import Message, Notice
from bridge.ids import EventId
from tests.corpus.changes import Shown, changes_of, local, shown
from tests.corpus.reader import Line
from tests.corpus.situations import ALICE, DIRECT, NOW, PARVIS, Heard, Stage
from tests.services.house import SALON
from tests.spaces import as_typed
from tests.wiring import PREFIX

TELLS: Mapping[str, frozenset[str]] = {
    "meeting.list": frozenset({"list"}),
    "meeting.list-first": frozenset({"list"}),
    "meeting.list-today": frozenset({"list"}),
    "meeting.list-week": frozenset({"list"}),
    "meeting.list-empty-today": frozenset({"list", "none"}),
    "meeting.list-empty-week": frozenset({"list", "none"}),
    "meeting.days": frozenset({"list"}),
    "meeting.days-first": frozenset({"list"}),
    "meeting.days-today": frozenset({"list"}),
    "meeting.days-week": frozenset({"list"}),
    "meeting.list-empty": frozenset({"list", "none"}),
    "meeting.link": frozenset({"link"}),
    "meeting.retrying": frozenset({"link"}),
    "guests.list": frozenset({"guests"}),
    "guests.none": frozenset({"guests", "none"}),
    "coming.list": frozenset({"guests"}),
    "help.all": frozenset({"help"}),
    "help.subject": frozenset({"help"}),
    "diagnose.all": frozenset({"diagnostic"}),
    "calendar.privately": frozenset({"calendar"}),
    "calendar.link": frozenset({"calendar"}),
    "calendar.none": frozenset({"calendar", "none"}),
    "mailed.not-set-up": frozenset({"calendar"}),
    "slots.found": frozenset({"slot"}),
    "slots.none": frozenset({"slot", "none"}),
    "slots.nobody": frozenset({"slot", "none"}),
    "host.sent": frozenset({"host"}),
    "host.link": frozenset({"host"}),
    "salon-calendar.given": frozenset({"salon-calendar"}),
    "salon-calendar.which": frozenset({"salon-calendar"}),
    "salon-calendar.unknown": frozenset({"salon-calendar"}),
    "salon-calendar.here": frozenset({"salon-calendar", "none"}),
    "salon-calendar.taken": frozenset({"salon-calendar-end"}),
    "salon-calendar.ended": frozenset({"salon-calendar-end"}),
    "salon-calendar.none": frozenset({"salon-calendar-end", "none"}),
    "feed.sent": frozenset({"feed"}),
    "feed.link": frozenset({"feed"}),
    "feed.withdrawn-own": frozenset({"feed-withdraw"}),
    "feed.withdrawn-salon": frozenset({"feed-withdraw"}),
    "feed.none-own": frozenset({"feed-withdraw", "none"}),
    "feed.none-salon": frozenset({"feed-withdraw", "none"}),
    "reminder.list": frozenset({"reminders"}),
    "reminder.list-empty": frozenset({"reminders", "none"}),
    "reminder.none-of": frozenset({"none"}),
    "reminder.past": frozenset({"refuse"}),
    "reminder.past-begun": frozenset({"refuse"}),
    "meeting.topics": frozenset({"topics"}),
    "partner.none": frozenset({"none", "refuse"}),
    "join.no-partner": frozenset({"none"}),
    "join.none": frozenset({"none"}),
    "settings.all": frozenset({"settings"}),
    "language.set": frozenset({"language"}),
    "line.heard": frozenset({"react"}),
    "admit.in-visio": frozenset({"not-yet", "refuse"}),
    "invite.none-alive": frozenset({"none"}),
    "error.no-meeting.day": frozenset({"none"}),
    "error.no-meeting": frozenset({"none"}),
    "error.guest-unknown": frozenset({"none"}),
    "error.guest-unknown.nobody-waits": frozenset({"none"}),
    "error.guest-unknown.waiting": frozenset({"none"}),
    "error.meeting-ambiguous": frozenset({"ask"}),
    "error.meeting-ambiguous.direct": frozenset({"ask"}),
}
"""The kind of an answer, by its sentence, if nothing has changed."""
NOT_YET = "error.misunderstood.verb-unknown"
"""The refusal of what can't be done yet."""
DOES: Mapping[str, frozenset[str]] = {
    "room": frozenset({"meet"}),
    "withdrawn": frozenset({"withdraw"}),
    "extended": frozenset({"extend"}),
    "end": frozenset({"end", "cancel"}),
    "moved": frozenset({"move"}),
    "renamed": frozenset({"rename"}),
    "organiser": frozenset({"hand-over", "take-over"}),
    "admitted": frozenset({"admit"}),
    "denied": frozenset({"deny"}),
    "reminder": frozenset({"remind"}),
    "topics": frozenset({"topics"}),
    "language": frozenset({"language"}),
    "setting": frozenset({"settings"}),
}
"""The kind of an answer, by its changes; for links the command tells more."""
WORDS: Mapping[type[Any], str] = {
    **{verb.command: verb.key for verb in (MEET, *VERBS)},
    Revoke: "withdraw",
    TurnAway: "deny",
    Diagnose: "diagnostic",
    Polite: "react",
    **{one.command: "calendar" for one in (*CALENDAR, *MAILED)},
}
"""The README's word for each command."""
_ALIKE = {"end": {"cancel"}, "cancel": {"end"}}
COLLEAGUES = frozenset({"invite.colleague", "invite.colleague-elsewhere"})
_CODE = re.compile("<code>(.*?)</code>")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a line: the kinds of its answers, and its changes."""

    words: frozenset[str]
    changes: frozenset[str]
    before: Shown
    after: Shown
    body: str = ""
    """The messages that the salon, or the author alone, reads."""
    example: str = ""
    """The line that a refusal offers."""
    command: Command | None = None
    """As which command the line was run, if it was."""

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs that the line is; where it asks which meeting is meant, its command's."""
        verb = WORDS.get(type(self.command))
        if verb is None or "ask" not in self.words:
            return self.words
        return self.words | {verb, *_ALIKE.get(verb, ())}


@dataclass(frozen=True, slots=True)
class Player:
    """Types lines of the corpus, each in its own situation."""

    stage: Stage

    async def typed(self, row: Line, body: str | None = None) -> Outcome:
        """Type the line of a row, or another one where it is typed; return what it came to."""
        scene = await self.stage.scene(row)
        office, line = scene.office, row.line if body is None else body
        before = shown(self.stage.looking)
        message = office.line(
            line,
            "typed",
            sender=ALICE,
            salon=DIRECT if row.situation == "direct-message" else SALON,
            reply_to=scene.card,
            mentions=_mentions(row, line),
        )
        await office.record(message)
        await office.handle()
        await office.house.run_due()
        posted = [one for one in await office.house.messages() if _answers(one)]
        sent = len(office.account.sent)
        await office.flush()
        return _outcome(office, posted, sent, before, shown(self.stage.looking))


def _mentions(row: Line, line: str) -> frozenset[Any]:
    named = row.situation == "mention" and not line.startswith(PREFIX)
    return frozenset({PARVIS} if named else ())


def _answers(message: Message) -> bool:
    """Tell whether a message answers the line; a card and a guest's link do not."""
    answers = message.idempotency_key.startswith(("answer:", "reaction:", "direct:"))
    return answers or message.template == "host.link"


def _outcome(
    office: Heard, posted: list[Message], sent: int, before: Shown, after: Shown
) -> Outcome:
    command = office.commanded[-1] if office.commanded else None
    changes = frozenset({*changes_of(before, after), *_chosen(posted)})
    said = [
        one.content
        for one in office.account.sent[sent:]
        if one.kind == "m.room.message" and one.edits is None and _to_the_line(one.content)
    ]
    example = ""
    refused = any(one.template.startswith("error.") for one in posted)
    if refused and not any(one.template in TELLS for one in posted):
        found = _CODE.findall(" ".join(str(one["formatted_body"]) for one in said))
        lines = [as_typed(unescape(one)) for one in found]
        example = next((one for one in lines if one.startswith(PREFIX)), "")
    return Outcome(
        _words(posted, changes, command),
        changes,
        before,
        after,
        "\n".join(as_typed(str(one["body"])) for one in said),
        example,
        command,
    )


def _to_the_line(content: Mapping[str, Any]) -> bool:
    relation = content.get("m.relates_to", {})
    return bool(relation.get("m.in_reply_to", {}).get("event_id") == EventId("$typed"))


def _words(
    posted: list[Message], changes: frozenset[str], command: Command | None
) -> frozenset[str]:
    """Return the kinds of answer."""
    kinds = {change.partition(":")[0] for change in changes}
    done = frozenset().union(*(DOES.get(kind, frozenset()) for kind in kinds))
    if kinds & {"guest", "mail"} and "room" not in kinds:
        again = isinstance(command, Resend) or "guest" not in kinds
        done |= {"resend", "invite"} if again else {"invite"}
    told = frozenset().union(*(_told(one, command) for one in posted))
    return done or told or frozenset({"silent"})


def _told(message: Message, command: Command | None) -> frozenset[str]:
    if isinstance(command, Link) and message.template == "meeting.list":
        return frozenset({"link"})
    if isinstance(command, Invite) and COLLEAGUES & _phrases(message):
        return frozenset({"colleague"})
    if message.template == NOT_YET:
        return frozenset({"not-yet", "refuse"})
    return TELLS.get(message.template, frozenset({"refuse"}))


def _phrases(message: Message) -> set[object]:
    rows = message.parameters.get("rows") if isinstance(message, Notice) else None
    return (
        {one.get("$phrase") for one in rows if isinstance(one, dict)}
        if isinstance(rows, list)
        else set()
    )


def _chosen(posted: Iterable[Message]) -> Iterable[str]:
    for one in posted:
        if one.template == "language.set":
            yield "language"
        if one.template in ("settings.names-on", "settings.names-off"):
            yield "setting"


def kept(outcome: Outcome, keeps: Iterable[tuple[str, str]], line: str) -> list[str]:
    """Return the parts of a line that its outcome loses; `line` names the people."""
    return [key for key, value in keeps if not _holds(outcome, key, value, line)]


def _holds(outcome: Outcome, key: str, value: str, line: str) -> bool:
    if key == "people":
        return all(one.casefold() in line.casefold() for one in value.split(","))
    if key == "until":
        return value in {local(one) for one in _ends(outcome)}
    made = [
        one
        for key, one in outcome.after.occurrences.items()
        if key not in outcome.before.occurrences
    ]
    if not made:
        return "room" not in outcome.changes
    occurrence = min(made, key=lambda one: one.starts_at)
    match key:
        case "title":
            title = outcome.after.meetings[occurrence.meeting].title
            return " ".join(title.replace("’", "'").split()) == value
        case "start":
            wanted = local(NOW) if value == "now" else value
            return local(occurrence.starts_at).startswith(wanted)
        case "length":
            return bool(
                (occurrence.ends_at - occurrence.starts_at).total_seconds() == 60 * int(value)
            )
    raise ValueError(key)


def _ends(outcome: Outcome) -> Iterable[datetime]:
    """Return the ends that a line has set."""
    before, after = outcome.before, outcome.after
    for key, now in after.occurrences.items():
        was = before.occurrences.get(key)
        if was is None or was.ends_at != now.ends_at:
            yield now.ends_at
    for key, link in after.invitations.items():
        old = before.invitations.get(key)
        if link.until is not None and (old is None or old.until != link.until):
            yield link.until
