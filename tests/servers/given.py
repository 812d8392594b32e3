"""A calendar server of your own, on which the tests of calendars run too.

PARVIS_CALDAV_URL, PARVIS_CALDAV_USER and PARVIS_CALDAV_PASSWORD name it. The tests make calendars
called `NAME` there, and delete those that they made.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bridge.caldav.guard import CalendarNetworks
from bridge.caldav.servers import open_calendars
from bridge.clock import SystemClock
from bridge.domain.calendar import CalendarLogin
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import CalendarServers, FoundAccount

NAME = "Réunions (essai de Parvis)"
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class GivenServer:
    """An account at a server that was given."""

    calendars: CalendarServers
    account: FoundAccount
    login: CalendarLogin


_WORDS = ("PARVIS_CALDAV_URL", "PARVIS_CALDAV_USER", "PARVIS_CALDAV_PASSWORD")
_SET = {name: os.environ.get(name, "") for name in _WORDS}
"""As they were at the start: tests run without our variables (`tests/conftest.py`)."""


def kinds() -> list[str]:
    """Return the name of its tests, if there is such a server."""
    return ["given"] if all(_SET.values()) else []


@asynccontextmanager
async def given() -> AsyncIterator[GivenServer]:
    """Find the account at the server that was given; delete the tests' calendars at the end."""
    address, user, password = _SET.values()
    login = CalendarLogin(user=user, secret=SecretStr(password))
    networks = _networks(address)
    async with open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as ours:
        account = await ours.discover(address, login)
        before = {one.url for one in account.calendars}
        try:
            yield GivenServer(ours, account, login)
        finally:
            for one in await ours.look(account.home, login):
                if one.name == NAME and one.url not in before:
                    await _delete(one.url, login)


def _networks(address: str) -> CalendarNetworks:
    parts = urlsplit(address)
    plain = {parts.hostname or ""} if parts.scheme == "http" else set()
    ports = {443, 8443, parts.port or 443}
    return CalendarNetworks(
        networks=_ANYWHERE, hosts=frozenset(), ports=frozenset(ports), insecure=frozenset(plain)
    )


async def _delete(url: str, login: CalendarLogin) -> None:
    header = aiohttp.encode_basic_auth(login.user, login.secret.get_secret_value(), "utf-8")
    async with (
        aiohttp.ClientSession(headers={"Authorization": header}) as session,
        session.delete(url) as answer,
    ):
        assert answer.status in {200, 204, 404}, f"{url} was not deleted: {answer.status}"
