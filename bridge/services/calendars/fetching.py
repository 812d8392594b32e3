"""Fetches the texts of events, some with each request."""

from collections.abc import Collection, Iterator, Sequence

from bridge.domain.calendar import AgentCalendar, CalendarAccount
from bridge.ports.calendar_servers import CalendarServers, ObjectText

_AT_ONCE = 100
"""Events that one request fetches."""


async def fetched(
    servers: CalendarServers,
    account: CalendarAccount,
    calendar: AgentCalendar,
    hrefs: Collection[str],
) -> dict[str, ObjectText]:
    """Return the events that are there of these, by path. Raises CalendarError."""
    found: dict[str, ObjectText] = {}
    for part in parts(hrefs):
        found |= await servers.fetch(calendar.url, account.login, part)
    return found


def parts(hrefs: Collection[str]) -> Iterator[Sequence[str]]:
    """Return paths in order, as many at a time as one request fetches."""
    wanted = sorted(hrefs)
    return (wanted[first : first + _AT_ONCE] for first in range(0, len(wanted), _AT_ONCE))
