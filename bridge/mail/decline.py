"""The text of a mail that a time which its guest proposed is not taken."""

from bridge.i18n import Catalogue, catalogues
from bridge.mail.headers import answerable, mailbox, one_line, told, written_by
from bridge.mail.invite import LONGEST_TITLE, TEMPLATES, MailSender, Sheet, event_description
from bridge.ports import CalendarFile, Letter
from bridge.services.invitations.declining import DeclineFacts

_FILE = "declined.ics"
"""The name of the attached file."""


def declining_letter(facts: DeclineFacts, *, sender: MailSender) -> Letter:
    """Word a mail to a guest who proposed another time: the meeting stays as it is."""
    words = catalogues()[facts.language]
    sheet = _sheet(facts, sender, words)
    return Letter(
        to=facts.to,
        subject=words.text("letter.declined.subject", title=_title(facts, words)),
        plain=TEMPLATES.get_template("guest.txt").render(sheet=sheet),
        html=TEMPLATES.get_template("guest.html").render(sheet=sheet),
        message_id=facts.message_id,
        sender_name=written_by(facts.inviter, sender.name, sender.organisation),
        reply_to=facts.address if answerable(facts.address) else None,
        calendars=(_calendar(facts, sender, words),),
    )


def _calendar(facts: DeclineFacts, sender: MailSender, words: Catalogue) -> CalendarFile:
    # Late: it takes a quarter of a second, and not every process mails.
    from bridge.calendars.itip import (  # noqa: PLC0415
        CalendarUser,
        EventText,
        ItipMethod,
        Parties,
        invitation_file,
    )

    named = facts.organizer_name or sender.organisation or sender.name
    parties = Parties(
        organizer=CalendarUser(mailbox(facts.organizer).addr_spec, told(named)),
        sent_by=mailbox(sender.address).addr_spec,
        guest=CalendarUser(mailbox(facts.to).addr_spec, told(facts.guest)),
        asks=False,
    )
    text = EventText(
        language=facts.language,
        title=_title(facts, words),
        description=event_description(_says(facts, words), facts.link, words),
        link=facts.link,
        stamp=facts.made_at,
    )
    method = ItipMethod.DECLINECOUNTER
    return CalendarFile(method, _FILE, invitation_file(method, facts.event, text, parties))


def _sheet(facts: DeclineFacts, sender: MailSender, words: Catalogue) -> Sheet:
    guest, host = told(facts.guest), told(facts.inviter)
    other = next(one for language, one in catalogues().items() if language is not facts.language)
    lines = [
        (words.text("letter.title"), _title(facts, words)),
        (words.text("letter.when"), words.when(facts.start, facts.end, facts.zone)),
        (words.text("letter.declined.wished"), words.when(*facts.wished, facts.zone)),
    ]
    if host:
        lines.append((words.text("letter.contact"), host))
    return Sheet(
        language=words.language.value,
        band=one_line(sender.organisation or sender.name),
        other_language=other.language.value,
        other=other.text(
            "letter.declined.other", when=other.when(facts.start, facts.end, facts.zone)
        ),
        other_page="",
        other_link="",
        heading=words.text("letter.declined.heading"),
        hello=words.text("letter.hello", guest=guest) if guest else words.text("letter.hello-you"),
        says=_says(facts, words),
        lines=tuple(lines),
        topics=(),
        join="",
        copy="",
        link="",
        after=(words.text("letter.declined.link"),),
    )


def _title(facts: DeclineFacts, words: Catalogue) -> str:
    return told(facts.title, LONGEST_TITLE) or words.text("letter.untitled")


def _says(facts: DeclineFacts, words: Catalogue) -> str:
    return words.text("letter.declined.says", when=words.when(facts.start, facts.end, facts.zone))
