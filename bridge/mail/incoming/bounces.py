"""Reports of mail servers that a mail of ours could not be delivered (RFC 3464)."""

import re
from collections.abc import Iterator
from email.message import Message
from uuid import UUID

from bridge.ids import MailId
from bridge.mail.incoming.parts import content_of, value, values

_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.[0-9]{1,9})?@([^<>\s]+)>")
_ID = re.compile(
    rb"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,998}>)", re.IGNORECASE | re.MULTILINE
)
_LONGEST_HEAD = 256 * 1024


def bounced(mail: Message, domain: str) -> MailId | None:
    """Return the mail of ours that was not delivered for good; `None` if it reports no such thing.

    A report that a mail is late, or was delivered, is none.
    """
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    parts = [one for one in mail.get_payload() if isinstance(one, Message)]
    reports = [one for one in parts if one.get_content_type() == "message/delivery-status"]
    if not any(map(_failed, reports)):
        return None
    others = [one for one in parts if one not in reports]
    for said in (*_originals(others), *values(mail, "In-Reply-To"), *values(mail, "References")):
        if (found := ours(said, domain)) is not None:
            return found
    return None


def ours(message_id: str, domain: str) -> MailId | None:
    """Return the mail of ours that a Message-ID names."""
    for found in _OURS.finditer(message_id.lower()):
        if found[2] == domain.lower():
            return MailId(UUID(found[1]))
    return None


def _failed(report: Message) -> bool:
    """Tell whether a report says of a recipient that the mail was not delivered."""
    blocks = report.get_payload()
    return isinstance(blocks, list) and any(
        isinstance(one, Message) and value(one, "Action").lower() == "failed" for one in blocks
    )


def _originals(parts: list[Message]) -> Iterator[str]:
    """Yield the Message-ID of the mail that a report encloses, whole or its head alone."""
    for part in parts:
        match part.get_content_type():
            case "message/rfc822" | "message/global":
                enclosed = part.get_payload()
                if isinstance(enclosed, list) and enclosed and isinstance(enclosed[0], Message):
                    yield value(enclosed[0], "Message-ID")
            case "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers":
                for one in _ID.findall(content_of(part)[:_LONGEST_HEAD]):
                    yield one.decode("ascii", errors="replace")
