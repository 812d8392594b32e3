"""The text of an invitation, and of a mail that tells its guest of a change.

One template serves all: an invitation has a link and how to use it, a mail that there is no meeting
has none. It is in the guest's language; one line is in the other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bridge.domain.answer import Answer
from bridge.domain.mail import MailKind
from bridge.domain.names import unlinked
from bridge.domain.proof import Proof
from bridge.i18n import Catalogue, catalogues
from bridge.mail.headers import answerable, mailbox, one_line, told, written_by
from bridge.ports import CalendarFile, Letter
from bridge.services.invitations.drafts import InvitationFacts

if TYPE_CHECKING:
    from bridge.calendars.itip import Parties

TEMPLATES = Environment(
    loader=PackageLoader("bridge.mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
LONGEST_TITLE = 120
INVITE, ENDED = "invite.ics", "ended.ics"
"""The names of attached files."""
_RULE = "─" * 30
"""The line above and below a link in an event: Visio's add-in for Outlook draws it too."""
_PARTSTAT = {
    None: "NEEDS-ACTION",
    Answer.YES: "ACCEPTED",
    Answer.MAYBE: "TENTATIVE",
    Answer.NO: "DECLINED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSender:
    """The mails' sender, as the operator names it."""

    address: str
    name: str
    organisation: str = ""
    """The organisation that runs the door."""
    door: str
    """The door's public origin, without a slash at the end."""
    contact: str | None = None
    """The address that answers questions about personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The content of a mail, in the order of its sentences; both its parts show it."""

    language: str
    band: str
    """The organisation whose door it is."""
    other_language: str
    other: str
    """The mail in one line of the other language."""
    other_page: str
    other_link: str
    heading: str
    hello: str
    says: str
    lines: tuple[tuple[str, str], ...]
    """Title, time, window and who invites, with their labels."""
    topics: tuple[str, ...]
    """Their label, then their lines; empty if there are none."""
    join: str
    copy: str
    link: str
    """Empty if there is none to follow, and then the mail shows nothing of it."""
    after: tuple[str, ...]


def invitation_letter(facts: InvitationFacts, sender: MailSender) -> Letter:
    """Word a mail to a guest."""
    words = catalogues()[facts.language]
    sheet = _sheet(facts, sender, words)
    return Letter(
        to=facts.to,
        subject=_subject(facts, words),
        plain=TEMPLATES.get_template("guest.txt").render(sheet=sheet),
        html=TEMPLATES.get_template("guest.html").render(sheet=sheet),
        message_id=facts.message_id,
        sender_name=written_by(facts.inviter, sender.name, sender.organisation),
        reply_to=_address(facts) or None,
        calendars=_calendars(facts, sender, sheet, words),
    )


def _calendars(
    facts: InvitationFacts, sender: MailSender, sheet: Sheet, words: Catalogue
) -> tuple[CalendarFile, ...]:
    """Return the calendar file, if there is somebody to whom its answers can go.

    A series that begins where another one ends has that one's end in a file of its own: two UIDs in
    one invitation are not understood (docs/decisions/0040-invitations-in-calendars.md).
    """
    event, made_at = facts.event, facts.made_at
    if event is None or made_at is None or not answerable(facts.organizer):
        return ()
    # Late: it takes a quarter of a second, and not every process mails.
    from bridge.calendars.itip import EventText, ItipMethod, invitation_file  # noqa: PLC0415

    method = ItipMethod.REQUEST if facts.kind.leads else ItipMethod.CANCEL
    text = EventText(
        language=facts.language,
        title=told(facts.title, LONGEST_TITLE) or words.text("letter.untitled"),
        description=event_description(sheet.says, facts.link, words, topics=facts.topics),
        link=facts.link,
        stamp=made_at,
    )
    parties = _parties(facts, sender)
    files = [CalendarFile(method, INVITE, invitation_file(method, event, text, parties))]
    if facts.ended is not None:
        content = invitation_file(ItipMethod.REQUEST, facts.ended, text, parties)
        files.append(CalendarFile(ItipMethod.REQUEST, ENDED, content))
    return tuple(files)


def _parties(facts: InvitationFacts, sender: MailSender) -> "Parties":
    from bridge.calendars.itip import CalendarUser, Parties  # noqa: PLC0415 - as above

    named = facts.organizer_name or sender.organisation or sender.name
    return Parties(
        organizer=CalendarUser(mailbox(facts.organizer).addr_spec, told(named)),
        sent_by=mailbox(sender.address).addr_spec,
        guest=CalendarUser(mailbox(facts.to).addr_spec, told(facts.guest)),
        answer=_PARTSTAT[facts.answer],
    )


def event_description(says: str, link: str, words: Catalogue, *, topics: str = "") -> str:
    """Return the words of an event: its topics, and its link between two lines at the end."""
    block = [_RULE, words.text("letter.join"), link, words.text("letter.personal"), _RULE]
    parts = [says, "\n".join(_topics(topics, words)), "\n".join(block) if link else ""]
    return "\n\n".join(part for part in parts if part)


def _topics(topics: str, words: Catalogue) -> tuple[str, ...]:
    """Return the label and the lines of a meeting's topics, in which nothing is a link."""
    if not topics:
        return ()
    return words.text("letter.topics"), *(unlinked(row) for row in topics.split("\n"))


def _sheet(facts: InvitationFacts, sender: MailSender, words: Catalogue) -> Sheet:
    guest = told(facts.guest)
    host = _host(told(facts.inviter), sender.organisation, words)
    other = next(one for language, one in catalogues().items() if language is not facts.language)
    return Sheet(
        language=words.language.value,
        band=one_line(sender.organisation or sender.name),
        other_language=other.language.value,
        other=_said(f"letter.other.{facts.kind}", facts, other),
        other_page=other.text("letter.other-page"),
        other_link=facts.link and f"{facts.link}?lang={other.language.value}",
        heading=words.text(f"letter.heading.{facts.kind}"),
        hello=words.text("letter.hello", guest=guest) if guest else words.text("letter.hello-you"),
        says=_said(f"letter.says.{facts.kind}", facts, words, host),
        lines=_lines(facts, host, words),
        topics=_topics(facts.topics, words),
        join=words.text("letter.join"),
        copy=words.text("letter.copy"),
        link=facts.link,
        after=tuple(_after(facts, sender, host, words)),
    )


def _said(key: str, facts: InvitationFacts, words: Catalogue, host: str = "") -> str:
    return words.text(
        key,
        host=host or words.text("letter.host-unknown"),
        when=words.when(facts.start, facts.end, facts.zone),
        until=_until(facts, words),
    )


def _subject(facts: InvitationFacts, words: Catalogue) -> str:
    """Return a subject that tells this meeting from others: its title, when, and by whom."""
    name = told(facts.inviter)
    about = words.text(
        "letter.about-by" if name else "letter.about",
        title=told(facts.title, LONGEST_TITLE) or words.text("letter.untitled"),
        day=words.date(facts.start, facts.zone),
        time=words.time(facts.start, facts.zone),
        name=name,
    )
    return words.text(f"letter.subject.{facts.kind}", about=about, until=_until(facts, words))


def _lines(facts: InvitationFacts, host: str, words: Catalogue) -> tuple[tuple[str, str], ...]:
    title = told(facts.title, LONGEST_TITLE) or words.text("letter.untitled")
    lines = [
        (words.text("letter.title"), title),
        (words.text("letter.when"), words.when(facts.start, facts.end, facts.zone)),
    ]
    if facts.rule:
        lines.append((words.text("letter.rule"), facts.rule))
    if len(facts.dates) > 1:
        dates = (_date(start, facts.zone, words) for start, _ in facts.dates)
        lines.append((words.text("letter.dates"), ", ".join(dates)))
    if facts.before is not None:
        lines.append((words.text("letter.before"), words.when(*facts.before, facts.zone)))
    if facts.link:
        lines.append((words.text("letter.valid"), _window(facts, words)))
    contact = ", ".join(part for part in (host, _address(facts)) if part)
    if contact:
        lines.append((words.text("letter.contact"), contact))
    return tuple(lines)


def _date(start: datetime, zone: str, words: Catalogue) -> str:
    return words.text("date.day-time", day=words.date(start, zone), time=words.time(start, zone))


def _after(facts: InvitationFacts, sender: MailSender, host: str, words: Catalogue) -> list[str]:
    after = []
    if facts.link:
        door = f"{words.text('letter.door')} {words.text(f'letter.way-{facts.mode.name}')}"
        after += [words.text("letter.personal"), door]
        if facts.proof is not Proof.NONE:
            after.append(words.text(f"letter.proof-{facts.proof}"))
    if facts.ended is not None and answerable(facts.organizer):
        after.append(words.text("letter.ended", file=ENDED))
    after.append(_ask(facts, host, words))
    genuine = "letter.genuine" if facts.link else "letter.genuine-dead"
    starts = unlinked(f"{sender.door}/")
    after.append(words.text(genuine, sender=sender.address, door=starts))
    if facts.kind is MailKind.INVITATION:
        after.append(words.text("letter.unexpected"))
    if sender.contact is not None:
        after.append(words.text("letter.data", contact=sender.contact))
    return after


def _ask(facts: InvitationFacts, host: str, words: Catalogue) -> str:
    question = words.text("letter.question" if facts.link else "letter.question-dead")
    if _address(facts):
        return words.text("letter.ask-reply", question=question)
    key = "letter.ask" if host else "letter.ask-unknown"
    return words.text(key, question=question, host=host)


def _address(facts: InvitationFacts) -> str:
    """Return the address to which a guest may answer; empty if there is none."""
    return facts.address if answerable(facts.address) else ""


def _until(facts: InvitationFacts, words: Catalogue) -> str:
    """Return the end of the link's window, with the day unless it is the meeting's."""
    zone, closes = facts.zone, facts.window.closes
    last, time = words.date(closes, zone), words.time(closes, zone)
    if last == words.date(facts.start, zone):
        return words.text("letter.until", closes=time)
    return words.text("letter.until-day", last=last, closes=time)


def _window(facts: InvitationFacts, words: Catalogue) -> str:
    """Return the link's window, with the days unless both are the meeting's."""
    zone, ends = facts.zone, (facts.window.opens, facts.window.closes)
    opens, closes = (words.time(end, zone) for end in ends)
    first, last = (words.date(end, zone) for end in ends)
    if first == last == words.date(facts.start, zone):
        return words.text("letter.window", opens=opens, closes=closes)
    return words.text("letter.window-days", first=first, opens=opens, last=last, closes=closes)


def _host(name: str, organisation: str, words: Catalogue) -> str:
    """Return the name of the person who invites; empty if nobody knows it."""
    if name and organisation:
        return words.text("letter.host", name=name, organisation=organisation)
    return name or organisation
