"""Bodies of requests in XML."""

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_NAMES = (
    ' xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
)

ACCOUNT = (
    "<current-user-principal/><principal-URL/><resourcetype/><C:calendar-home-set/>"
    "<C:calendar-user-address-set/>"
)
CALENDARS = (
    "<resourcetype/><displayname/><sync-token/><current-user-privilege-set/>"
    "<supported-report-set/><S:getctag/><C:supported-calendar-component-set/>"
)
ETAGS = "<getetag/><resourcetype/>"
ETAG = "<getetag/>"


def propfind(properties: str) -> str:
    """Ask for properties."""
    return f"{_HEAD}<propfind{_NAMES}><prop>{properties}</prop></propfind>"


def sync_collection(token: str) -> str:
    """Ask for the changes since a token (RFC 6578)."""
    return (
        f"{_HEAD}<sync-collection{_NAMES}><sync-token>{escape(token)}</sync-token>"
        f"<sync-level>1</sync-level><prop>{ETAG}</prop></sync-collection>"
    )


def time_range(since: datetime, before: datetime) -> str:
    """Ask for the ETags of the events of some time; both moments are aware."""
    return (
        f"{_HEAD}<C:calendar-query{_NAMES}><prop>{ETAG}</prop><C:filter>"
        '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{_utc(since)}" end="{_utc(before)}"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    )


def multiget(hrefs: Iterable[str]) -> str:
    """Ask for events with their ETags."""
    paths = "".join(f"<href>{escape(href)}</href>" for href in hrefs)
    return (
        f"{_HEAD}<C:calendar-multiget{_NAMES}><prop>{ETAG}<C:calendar-data/></prop>{paths}"
        "</C:calendar-multiget>"
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
