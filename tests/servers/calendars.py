"""A calendar server of the tests: where it is, and who has an account there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import SecretStr

from bridge.caldav.guard import CalendarNetworks
from bridge.domain.calendar import CalendarLogin


@dataclass(frozen=True, slots=True)
class CalendarServer:
    """A running server on loopback; `home` is the path of a person's calendars."""

    url: str
    homes: Mapping[str, str]
    passwords: Mapping[str, str] = field(default_factory=dict)
    """None: the server asks for none, and is one person's."""

    def home(self, user: str) -> str:
        return f"{self.url}{self.homes[user]}"

    def login(self, user: str) -> CalendarLogin:
        return CalendarLogin(user=user, secret=SecretStr(self.passwords.get(user, "any")))


def on_loopback(*urls: str) -> CalendarNetworks:
    """Return what an operator allows who has these servers on their own machine."""
    parts = [urlsplit(one) for one in urls]
    return CalendarNetworks(
        networks=(ip_network("127.0.0.0/8"),),
        hosts=frozenset(),
        ports=frozenset({one.port or 443 for one in parts}),
        insecure=frozenset({one.hostname or "" for one in parts if one.scheme == "http"}),
    )
