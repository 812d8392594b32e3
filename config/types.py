"""The types of single values: durations with a unit, addresses without surprises."""

import re
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, SecretStr
from pydantic_core import PydanticCustomError

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PART = re.compile(r"(\d+)\s*(ms|s|m|h|d)\s*")


def _duration(value: object) -> timedelta:
    """Read "10m", "1h30m", "7d"; a bare number would be seconds for some, minutes for others."""
    if isinstance(value, timedelta):
        return value
    parts = _PART.findall(value) if isinstance(value, str) else []
    if not parts or _PART.sub("", str(value)).strip():
        raise PydanticCustomError("duration", "write a duration with its unit: 30s, 10m, 2h, 7d")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def written(value: timedelta) -> str:
    """Return a duration in the form of the settings file, in the largest units that fit."""
    millis = round(value / timedelta(milliseconds=1))
    text = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, millis = divmod(millis, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def address(value: str) -> str:
    """Check a base address and return it without its last slash."""
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        port = 0
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not plain:
        raise PydanticCustomError(
            "address", "write an address like https://host or https://host:port/path"
        )
    return value.rstrip("/")


def _homeserver(value: str) -> str:
    """Check an address in which `{server}` and `{instance}` stand for parts of the bot's id."""
    address(value.replace("{server}", "a").replace("{instance}", "a"))
    return value


def _origin(value: str) -> str:
    """Check the address that guests see: secure cookies need https, except on this machine."""
    try:
        found = address(value)
    except PydanticCustomError:
        found = ""
    parts = urlsplit(found)
    if not found or parts.path:
        raise PydanticCustomError("origin", "write an address without a path: https://host")
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise PydanticCustomError("here", "must be https, except on this machine")
    return found


def _media(value: str) -> str:
    """Check the media server's address for browsers: camera pages are https, so wss."""
    scheme, _, rest = value.partition("://")
    if scheme not in {"ws", "wss"}:
        raise PydanticCustomError("media", "write an address like wss://host")
    _origin(f"http{scheme.removeprefix('ws')}://{rest}")
    return value.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise PydanticCustomError("zone", "write a time zone like Europe/Paris")
    return value


def _mailbox(value: str) -> str:
    if parseaddr(value)[1] != value or "@" not in value[1:-1] or not value.isprintable():
        raise PydanticCustomError("mailbox", "write an e-mail address alone: parvis@example.org")
    return value


def _user(value: str) -> str:
    if not re.fullmatch(r"@[^:\s]+:[^\s/]+", value):
        raise PydanticCustomError("user", "write a Matrix id like @visio:example.org")
    return value


def _prefix(value: str) -> str:
    if value.startswith("/") or not value.isprintable() or any(map(str.isspace, value)):
        raise PydanticCustomError(
            "prefix", "write a word without spaces that begins with no slash, like !visio"
        )
    return value


def _server(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.\-\[\]:]+", value):
        raise PydanticCustomError("server", "write a homeserver's name like agent.example.org")
    return value.lower()


def _domain(value: str) -> str:
    return value.strip().removeprefix("@").lower()


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError:
        raise PydanticCustomError("network", "write a network like 10.1.0.0/16") from None


def _rule(value: str) -> str:
    name, at, domain = value.partition("@")
    if not at or not domain or name.count("{localpart}") != 1 or " " in value:
        raise PydanticCustomError("rule", 'write "{localpart}@" and a domain')
    return value


def _database(value: SecretStr) -> SecretStr:
    """Check the kind of database, and that SQLite's has a file; the store chooses the driver."""
    scheme, _, rest = value.get_secret_value().partition("://")
    scheme = scheme.partition("+")[0]
    no_file = scheme == "sqlite" and (not rest.startswith("/") or rest[1:] in {"", ":memory:"})
    if scheme not in {"sqlite", "postgresql"} or no_file:
        raise PydanticCustomError(
            "database", "write sqlite:///folder/parvis.db or postgresql://user@host/parvis"
        )
    return value


def _proxy(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PydanticCustomError("proxy", "write a proxy like http://proxy.example.org:3128")
    return value


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(written, return_type=str)
]
Address = Annotated[str, AfterValidator(address)]
"""An http or https address without query, password or last slash."""
Origin = Annotated[str, AfterValidator(_origin)]
MediaUrl = Annotated[str, AfterValidator(_media)]
Zone = Annotated[str, AfterValidator(_zone)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
HomeserverUrl = Annotated[str, AfterValidator(_homeserver)]
MatrixUser = Annotated[str, AfterValidator(_user)]
CommandPrefix = Annotated[str, AfterValidator(_prefix)]
ServerName = Annotated[str, AfterValidator(_server)]
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
Template = Annotated[str, AfterValidator(_rule)]
"""An e-mail address with {localpart} in it."""
Domain = Annotated[str, AfterValidator(_domain)]
Database = Annotated[SecretStr, AfterValidator(_database)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
