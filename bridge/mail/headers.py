"""A letter as a MIME message, safe from header injection."""

import re
import unicodedata
from base64 import encodebytes
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, compat32
from email.utils import format_datetime
from typing import Any

import idna

from bridge.domain.names import clean_name, unlinked
from bridge.errors import MailRefused
from bridge.french import FIXED, THIN
from bridge.ports import CalendarFile, Letter

_BREAKS = {"Cc", "Zl", "Zp"}
_HIDDEN = {"Cf", "Cs", "Co", "Cn"}
_BLANKS = re.compile(rf"\s{{2,}}|[^\S{FIXED}{THIN}]")
"""Blanks that become one space: all but a no-break space that stands alone, as in French."""
LONGEST_SUBJECT = 200
_ENCODED_LINE = 75
"""Characters of an encoded word at most (RFC 2047 §2)."""


class _KeepsBlanks(EmailPolicy):
    """Writes a name or subject that is not ASCII as one run of encoded words, blanks included.

    The folding of Python 3.11 loses a blank between two encoded words at the end of some lines:
    readers of mails would see "samedi5 décembre".
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the header on its lines, each of ASCII alone."""
        if name == "Subject" and not value.isascii():
            return f"{name}: {self._encoded(value, name)}{self.linesep}"
        if name == "From" and not value.isascii():
            (sender,) = value.addresses
            named = self._encoded(sender.display_name, name)
            return f"{name}: {named}{self.linesep} <{sender.addr_spec}>{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the same, as bytes."""
        if name in {"Subject", "From"}:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)

    def _encoded(self, text: str, name: str) -> str:
        header = Header(str(text), "utf-8", maxlinelen=_ENCODED_LINE, header_name=name)
        return header.encode(linesep=self.linesep)


_POLICY = _KeepsBlanks(linesep=SMTP.linesep)


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """Return `text` on one line without control, bidi and zero-width characters, cut if long."""
    kept = (
        " " if category in _BREAKS else char
        for char in text
        if (category := unicodedata.category(char)) not in _HIDDEN
    )
    line = _BLANKS.sub(" ", "".join(kept)).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def told(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """Return a typed text for the body of a mail: on one line, without a clickable address."""
    return unlinked(one_line(text, longest))


def mailbox(address: str, name: str = "") -> Address:
    """Return an address as ASCII, its domain by IDNA 2008: `straße.de` is not `strasse.de`.

    Raises MailRefused for a text that can't be an address, or needs SMTPUTF8 (RFC 6531), which too
    few servers along the way have for a link that must arrive.
    """
    local, _, domain = address.rpartition("@")
    if not (local and local.isascii() and local.isprintable()):
        raise MailRefused("no address that mail servers take")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode()
        return Address(display_name=told(name), username=local, domain=ascii_domain)
    except (idna.IDNAError, ValueError):
        raise MailRefused("no address that mail servers take") from None


def answerable(address: str) -> bool:
    """Tell whether a guest's answer can be sent there."""
    try:
        mailbox(address)
    except MailRefused:
        return False
    return True


def written_by(name: str, sender: str, organisation: str = "") -> str:
    """Return the name beside our address: "Alice Martin via Visio (Organisation)".

    The address stays ours, or the mail would fail the checks of its domain (DMARC). Agents choose
    their name: no part of it can be read as an address or as an organisation.
    """
    agent = clean_name(name).replace(",", " ")
    named = f"{' '.join(agent.split())} via {sender}" if agent else sender
    return f"{named} ({organisation})" if organisation else named


def message(letter: Letter, *, sender: Address, now: datetime) -> EmailMessage:
    """Return the letter with all its parts, marked as automatic for other robots (RFC 3834).

    The first calendar file is the last form of the text: mail readers that know calendars show it,
    and offer to answer. It has no Content-Disposition, or some of them would see a file alone; it
    is attached besides, for those who open files (docs/interop/mail.md).
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = mailbox(letter.to)
    if letter.reply_to is not None:
        mail["Reply-To"] = mailbox(letter.reply_to)
    mail["Subject"] = unlinked(one_line(letter.subject))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = one_line(letter.message_id)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.plain, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.calendars:
        mail.attach(_shown(letter.calendars[0]))
    for one in letter.calendars:
        mail.add_attachment(
            one.content,
            maintype="application",
            subtype="ics",
            filename=one.name,
            params={"name": one.name},
        )
    return mail


def _shown(calendar: CalendarFile) -> EmailMessage:
    """Return a calendar file as a form of the text, its bytes as they are.

    Its head is written as it stands here: other policies put quotes around the parameters.
    """
    part = EmailMessage(policy=compat32)
    part["Content-Type"] = f"text/calendar; method={calendar.method}; charset=UTF-8"
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(calendar.content).decode())
    return part
