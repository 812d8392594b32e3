"""Opens the bytes of a mail within limits: strangers send them."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import default

from bridge.errors import IncomingUnreadable

LONGEST_MAIL = 10 * 1024 * 1024
"""Bytes of a mail."""
MOST_PARTS = 50
_LONGEST_HEAD = 256 * 1024
"""Bytes before the first empty line."""
_LONGEST_LINE = 8 * 1024
"""Characters of one header that is read: some take time in proportion to their square."""
_MOST_MARKS = 2_000
"""Lines that might begin a part: reading them takes time, and no mail for us has so many."""
_LONGEST_KIND, _LONGEST_KINDS = 4 * 1024, 64 * 1024
"""Bytes of what says the kind of a part, and of all parts: the library reads these at once."""
_MARK = re.compile(rb"^--", re.MULTILINE)
_KIND = re.compile(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")


def opened(content: bytes) -> EmailMessage:
    """Return a mail. Raises IncomingUnreadable."""
    if len(content) > LONGEST_MAIL:
        raise IncomingUnreadable("long")
    head = _HEAD_ENDS.search(content)
    if (len(content) if head is None else head.start()) > _LONGEST_HEAD:
        raise IncomingUnreadable("head")
    if sum(1 for _ in _MARK.finditer(content)) > _MOST_MARKS:
        raise IncomingUnreadable("parts")
    kinds = [len(one[0]) for one in _KIND.finditer(content)]
    if sum(kinds) > _LONGEST_KINDS or max(kinds, default=0) > _LONGEST_KIND:
        raise IncomingUnreadable("kinds")
    try:
        mail = message_from_bytes(content, policy=default)
        count = sum(1 for _ in mail.walk())
    except (MessageError, RecursionError, ValueError, LookupError) as error:
        raise IncomingUnreadable("broken") from error
    if count > MOST_PARTS:
        raise IncomingUnreadable("parts")
    return mail


def values(part: Message, name: str) -> list[str]:
    """Return the values of all headers of a name as they are written, unfolded, topmost first.

    Those that are too long to be read are empty.
    """
    found = (str(value) for key, value in part.raw_items() if key.lower() == name.lower())
    return ["".join(one.splitlines()) if len(one) <= _LONGEST_LINE else "" for one in found]


def value(part: Message, name: str) -> str:
    """Return the value of the only header of a name; empty if there is none, or several."""
    found = values(part, name)
    return found[0].strip() if len(found) == 1 else ""


def leaves(mail: Message) -> Iterator[Message]:
    """Yield the parts of a mail that hold content, without those of mails that it forwards."""
    if mail.get_content_maintype() == "multipart" and mail.is_multipart():
        for one in mail.get_payload():
            if isinstance(one, Message):
                yield from leaves(one)
    elif not mail.is_multipart():
        yield mail


def content_of(part: Message) -> bytes:
    """Return the bytes of a part without its transfer encoding."""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def text_of(part: Message) -> str:
    """Return a part's text; bytes that are no UTF-8 are left as `surrogateescape` does.

    A fold may cut a letter in two, so that UTF-8 is read for good only once it is unfolded.
    """
    named = (part.get_content_charset() or "utf-8").lower()
    if named not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            return content_of(part).decode(named)
        except (LookupError, ValueError):
            pass
    return content_of(part).decode("utf-8", errors="surrogateescape")
