"""A request to a calendar server, its limits, and what its answer says of time."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from multidict import CIMultiDictProxy
from yarl import URL

from bridge.domain.calendar import CalendarAuth, CalendarLogin
from bridge.errors import CalendarLoginRefused

MAX_BODY = 8 << 20
MAX_FIRST_BODY = 64 << 20
"""Bytes of the first listing of a calendar."""
LONGEST_PAUSE = timedelta(hours=1)
DEFAULT_PAUSE = timedelta(minutes=1)
"""After a 429 that names none."""
_UNSENDABLE = set("\r\n\0")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time and how many bytes one call may take, its repetitions included."""

    total: float
    """Seconds, until the last byte of the answer; waiting for our turn does not count."""
    silence: float
    """Seconds without a byte, after which it is tried again."""
    max_body: int


POLL = Limits(30, 12, MAX_BODY)
FIRST = Limits(120, 110, MAX_FIRST_BODY)


@dataclass(frozen=True, slots=True)
class DavRequest:
    """A request. Only an idempotent one is repeated after a lost answer, or a failure."""

    method: str
    url: URL
    login: CalendarLogin | None = None
    body: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    first: bool = False
    """Whether it may take as long as a whole calendar does."""

    @property
    def writes(self) -> bool:
        """Whether it may have had an effect if its answer is lost."""
        return self.method not in {"PROPFIND", "REPORT", "GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class DavReply:
    """An answer that has a meaning for its request."""

    status: int
    headers: CIMultiDictProxy[str] = field(repr=False)
    body: bytes = field(repr=False)
    url: URL
    """The URL that answered, wherever it moved."""


def authorization(login: CalendarLogin) -> str:
    """Return the header that signs in. Raises CalendarLoginRefused for what no header can hold."""
    secret = login.secret.get_secret_value()
    if login.auth is CalendarAuth.BEARER:
        if not secret.isascii() or not secret.isprintable() or " " in secret or not secret:
            raise CalendarLoginRefused("not a token")
        return f"Bearer {secret}"
    if ":" in login.user or _UNSENDABLE & set(login.user + secret):
        raise CalendarLoginRefused("not a name and a password")
    return "Basic " + b64encode(f"{login.user}:{secret}".encode()).decode("ascii")


def pause_of(retry_after: str | None, *, now: datetime) -> timedelta:
    """Read a Retry-After: seconds or a date (RFC 9110 §10.2.3); at most an hour."""
    if retry_after is None:
        return DEFAULT_PAUSE
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), LONGEST_PAUSE.total_seconds()))
    try:
        pause = parsedate_to_datetime(retry_after) - now
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without a zone
        return DEFAULT_PAUSE
    return min(max(pause, timedelta(0)), LONGEST_PAUSE)
