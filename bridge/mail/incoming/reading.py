"""Reads a mail that arrived: one that answers an invitation, reports a failure, or invites us."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from email.message import Message
from hashlib import sha256
from typing import Any

from bridge.calendars.scheduling import Scheduling, scheduling_of
from bridge.domain.addresses import read_address
from bridge.domain.incoming import (
    Bounced,
    CounterProposal,
    GuestReplies,
    IncomingContent,
    IncomingMail,
    Summons,
    Unrelated,
)
from bridge.errors import EventUnreadable, IncomingUnreadable
from bridge.mail.incoming.bounces import bounced
from bridge.mail.incoming.parts import leaves, opened, text_of, value, values
from bridge.mail.incoming.verdict import vouched

_CALENDARS = ("text/calendar", "application/ics")
"""In the order in which they are believed."""
_LISTS = {"bulk", "junk", "list", "auto_reply"}
_HEADER: Callable[[str, str], Any] = HeaderRegistry()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingReading:
    """Implements `bridge.ports.IncomingReader`."""

    server: str
    """The name by which our mail server signs its verdicts (authserv-id)."""
    domain: str
    """The right-hand side of our Message-IDs."""
    zone: str
    """The IANA zone of times that name none."""

    async def read(self, content: bytes) -> IncomingMail:
        """Return a mail, read in a thread. Raises IncomingUnreadable."""
        return await asyncio.to_thread(self.read_now, content)

    def read_now(self, content: bytes) -> IncomingMail:
        """Return a mail. Raises IncomingUnreadable."""
        mail = opened(content)
        try:
            sender = _sender(mail)
            name = value(mail, "Message-ID")
            known = f"{name}\n{sender}".encode(errors="replace") if name else content
            return IncomingMail(
                digest=sha256(known).hexdigest()[:32],
                sender=sender,
                verified=vouched(
                    values(mail, "Authentication-Results"), self.server, sender.rpartition("@")[2]
                ),
                automatic=_automatic(mail),
                content=self._content(mail),
            )
        except (ValueError, LookupError, RecursionError, AttributeError) as error:
            # The standard library raises these for some broken headers.
            raise IncomingUnreadable("broken") from error

    def _content(self, mail: Message) -> IncomingContent:
        failed = bounced(mail, self.domain)
        if failed is not None:
            return Bounced(failed)
        for kind in _CALENDARS:
            for part in leaves(mail):
                if part.get_content_type() == kind:
                    found = self._calendar(text_of(part), part)
                    if not isinstance(found, Unrelated):
                        return found
        return Unrelated()

    def _calendar(self, text: str, part: Message) -> IncomingContent:
        try:
            read = scheduling_of(text, self.zone)
        except EventUnreadable:
            return Unrelated()
        named = str(part.get_param("method", "") or "").upper()
        if named and read.method and named != read.method:
            return Unrelated()  # RFC 6047 §2.4: they are the same
        if not (named or read.method) and read.replies:
            # Some calendars take METHOD out (docs/interop/mail.md). Whom it invites is seen later.
            return Summons("CANCEL" if read.cancelled else "REQUEST", text)
        return _meant(read, text)


def _meant(read: Scheduling, text: str) -> IncomingContent:
    match read.method:
        case "REPLY" if read.replies:
            return GuestReplies(read.replies)
        case "COUNTER" if len(read.replies) == 1:
            return CounterProposal(read.replies[0])
        case "REQUEST" | "CANCEL" if read.replies:
            return Summons(read.method, text)
        case _:
            return Unrelated()


def _sender(mail: Message) -> str:
    """Return the address of the one mailbox in the one From; empty if there is another number.

    DMARC is about the domain of this header, and says nothing of several (RFC 7489, 6.6.1).
    """
    written = value(mail, "From")
    if not written:
        return ""
    try:
        header = _HEADER("From", written)
        [group] = header.groups
    except (HeaderParseError, ValueError, IndexError):
        return ""
    if header.defects or group.display_name is not None or len(group.addresses) != 1:
        return ""
    found = read_address(group.addresses[0].addr_spec)
    return "" if found is None else found.lower()


def _automatic(mail: Message) -> bool:
    """Tell whether no person wrote to us alone (RFC 3834): such a mail is never answered."""
    submitted = value(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if values(mail, "Auto-Submitted") and submitted != "no":
        return True
    if {one.strip().lower() for one in values(mail, "Precedence")} & _LISTS:
        return True
    empty = any(one.strip() == "<>" for one in values(mail, "Return-Path"))
    return empty or bool(values(mail, "List-Id"))
