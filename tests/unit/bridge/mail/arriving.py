"""Mails as other programs write them, for tests of what arrives."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from bridge.domain.incoming import IncomingMail
from bridge.mail.incoming.reading import IncomingReading

OURS = "parvis.example"
SERVER = "mx.parvis.example"
READING = IncomingReading(server=SERVER, domain=OURS, zone="Europe/Paris")
ZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def passes(domain: str, server: str = SERVER) -> str:
    """Return the verdict of our mail server that DMARC passes for a domain."""
    return f"{server}; spf=pass smtp.mailfrom={domain}; dmarc=pass (p=none) header.from={domain}"


def calendar(method: str, *lines: str, head: str = ZONE) -> str:
    """Return a calendar with one event."""
    body = "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Exemple//Agenda 1//FR\nMETHOD:{method}\n"
    return f"{text}{head}{body}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def reply(uid: str, answer: str, *, attendee: str = "lea@partenaire.example", **more: str) -> str:
    """Return a calendar that answers; `more` are further lines, by their names."""
    lines = {"SEQUENCE": "0", "DTSTAMP": "20261201T090500Z", **more}
    return calendar(
        "REPLY",
        f"UID:{uid}",
        *(f"{name.replace('_', '-')}:{said}" for name, said in lines.items()),
        "ORGANIZER;CN=Visio:mailto:visio@parvis.example",
        f"ATTENDEE;PARTSTAT={answer}:mailto:{attendee}",
    )


def mailed(
    text: str | bytes | None = None,
    *,
    sender: str = "Léa Roux <lea@partenaire.example>",
    verdicts: tuple[str, ...] | None = None,
    kind: str = "text/calendar",
    method: str = "",
    message_id: str = "<reply-1@partenaire.example>",
    **headers: Any,
) -> bytes:
    """Return a mail with a calendar beside its text; `headers` by their names with underscores."""
    mail = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2].strip(">")
    for one in (passes(domain),) if verdicts is None else verdicts:
        mail["Authentication-Results"] = one
    mail["From"] = sender
    mail["To"] = "visio@parvis.example"
    mail["Subject"] = "Accepté : Budget"
    mail["Message-ID"] = message_id
    for name, said in headers.items():
        mail[name.replace("_", "-")] = said
    mail.set_content("Léa a accepté.")
    if text is not None:
        content = text if isinstance(text, bytes) else text.encode()
        main, _, sub = kind.partition("/")
        params = {"charset": "utf-8", **({"method": method} if method else {})}
        mail.add_alternative(content, maintype=main, subtype=sub, params=params)
    return mail.as_bytes()


def read(content: bytes) -> IncomingMail:
    """Read a mail."""
    return READING.read_now(content)
