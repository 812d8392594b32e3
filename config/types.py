"""The types of single values: durations with a unit, addresses without surprises."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FOREVER = timedelta(days=36_500)
"""More would lead beyond the calendar."""
_PART = re.compile(r"(\d+)\s*(ms|s|m|h|d)\s*")


def _duration(value: object) -> timedelta:
    """Read "10m", "1h30m", "7d"; a bare number would be seconds for some, minutes for others."""
    if isinstance(value, timedelta):
        return value
    parts = _PART.findall(value) if isinstance(value, str) else []
    if not parts or _PART.sub("", str(value)).strip():
        raise PydanticCustomError("duration", "write a duration with its unit: 30s, 10m, 2h, 7d")
    try:
        found = sum(
            (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta()
        )
    except OverflowError:
        found = timedelta.max
    if found > _FOREVER:
        raise PydanticCustomError("at_most", "must be {most} or less", {"most": written(_FOREVER)})
    return found


def written(value: timedelta) -> str:
    """Return a duration in the form of the settings file, in the largest units that fit."""
    millis = round(value / timedelta(milliseconds=1))
    text = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, millis = divmod(millis, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _some(value: timedelta) -> timedelta:
    """Refuse a duration of zero if it would mean no wait at all."""
    if not value:
        raise PydanticCustomError("no_time", "write a duration longer than 0s")
    return value


def between(least: timedelta, most: timedelta) -> Callable[[timedelta], timedelta]:
    """Return a validator of durations; it names the bounds as people write them."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            bound = {"least": written(least)}
            raise PydanticCustomError("at_least", "must be {least} or more", bound)
        if value > most:
            bound = {"most": written(most)}
            raise PydanticCustomError("at_most", "must be {most} or less", bound)
        return value

    return check


def _line(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("line", "write a text of one line")
    return value


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise PydanticCustomError("text", "write a text of one line that is not blank")
    return value


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
    found = value.strip().removeprefix("@").lower()
    if not _DOMAIN.fullmatch(found):
        raise PydanticCustomError(
            "domain", 'write an e-mail domain alone, without "@" or "*": interieur.gouv.fr'
        )
    return found


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError:
        raise PydanticCustomError(
            "network",
            "write an address like 10.1.0.7, or a network like 10.1.0.0/16, with zeros after its"
            " prefix",
        ) from None


def _rule(value: str) -> str:
    name, at, domain = value.partition("@")
    if not at or not domain or name.count("{localpart}") != 1 or " " in value:
        raise PydanticCustomError("rule", 'write "{localpart}@" and a domain')
    return value


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(written, return_type=str)
]
Timeout = Annotated[Duration, AfterValidator(_some)]
OneLine = Annotated[str, AfterValidator(_line)]
"""A text of one line; there may be none."""
NonBlank = Annotated[str, AfterValidator(_text)]
"""A text of one line."""
ZoneName = Annotated[str, AfterValidator(_zone)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
MatrixUser = Annotated[str, AfterValidator(_user)]
CommandPrefix = Annotated[str, AfterValidator(_prefix)]
ServerName = Annotated[str, AfterValidator(_server)]
IpNetwork = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
Template = Annotated[str, AfterValidator(_rule)]
"""An e-mail address with {localpart} in it."""
Domain = Annotated[str, AfterValidator(_domain)]
