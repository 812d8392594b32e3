"""The shapes of addresses: of servers, pages, proxies and databases, without surprises."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"\w([\w.-]*\w)?\.?")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_DATABASE_OPTIONS = {"sslmode", "ssl", "host", "port", "prepared_statement_cache_size"}
"""The options that may follow a "?" (bridge/store/engine.py)."""


def _parts(value: str) -> SplitResult | None:
    """Return the parts of an address, `None` if it can't be one: a space, a port in letters."""
    if not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 or not _is_host(parts.hostname or "") else parts


def _is_host(value: str) -> bool:
    return _is_ip(value) or bool(_NAME.fullmatch(value))


def _is_ip(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def is_here(host: str) -> bool:
    """Tell whether a host is this machine's loopback, by its name or number."""
    if _is_ip(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _web(value: str) -> SplitResult:
    parts = _parts(value)
    if parts is None or parts.scheme not in {"http", "https"}:
        raise PydanticCustomError(
            "address", "write an address like https://host or https://host:port/path"
        )
    return parts


def address(value: str) -> str:
    """Check a base address and return it without its last slash."""
    parts = _web(value)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise PydanticCustomError(
            "plain_address", 'write the address without a name or password, "?" or "#"'
        )
    return value.rstrip("/")


def _page(value: str) -> str:
    """Check the address of a page, which may have a path and a query."""
    _web(value)
    return value


def _without(*ends: str) -> Callable[[str], str]:
    """Refuse an address with an ending that we add ourselves."""

    def check(value: str) -> str:
        for end in ends:
            if f"{end}/" in f"{value}/":
                raise PydanticCustomError(
                    "added", "write the address without {path}, which Parvis adds", {"path": end}
                )
        return value

    return check


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
    if not found or urlsplit(found).path:
        raise PydanticCustomError("origin", "write an address without a path: https://host")
    if urlsplit(found).scheme == "http" and not is_here(urlsplit(found).hostname or ""):
        raise PydanticCustomError("here", "must be https, except on this machine")
    return found


def _secure(value: str) -> str:
    """Check an https address, which is kept to the letter: its owner states it so."""
    parts = _web(value)
    if parts.scheme != "https" or parts.query or parts.fragment or parts.username:
        raise PydanticCustomError("secure", "write an https address without a name, ? or #")
    return value


def _media(value: str) -> str:
    """Check the media server's address for browsers: camera pages are https, so wss."""
    parts = _parts(value)
    if parts is None or parts.scheme not in {"ws", "wss"}:
        raise PydanticCustomError("media", "write an address like wss://host")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise PydanticCustomError("media_origin", "write an address without a path: wss://host")
    if parts.scheme == "ws" and not is_here(parts.hostname or ""):
        raise PydanticCustomError("media_here", "must be wss, except on this machine")
    return value.rstrip("/")


def _host(value: str) -> str:
    """Check a machine's name or number; its port has a key of its own."""
    if not _is_host(value):
        raise PydanticCustomError(
            "host", 'write the name or IP address of the machine, without port, brackets or "://"'
        )
    return value


def _proxy(value: SecretStr) -> SecretStr:
    parts = _parts(value.get_secret_value())
    if parts is None or parts.scheme not in {"http", "https"}:
        raise PydanticCustomError("proxy", "write a proxy like http://proxy.example.org:3128")
    return value


def _database(value: SecretStr) -> SecretStr:
    """Check the kind of database, and its address; the store chooses the driver."""
    text = value.get_secret_value()
    scheme, _, rest = text.partition("://")
    scheme = scheme.partition("+")[0]
    if scheme == "postgresql":
        _server(text)
    elif scheme != "sqlite" or not rest.startswith("/") or not _is_file(rest[1:]):
        raise PydanticCustomError(
            "database", "write sqlite:///folder/parvis.db or postgresql://user@host/parvis"
        )
    return value


def _is_file(path: str) -> bool:
    return path not in {"", ":memory:"} and not path.endswith("/") and "?" not in path


def _server(text: str) -> None:
    """Check a PostgreSQL server's address; its password may hold an address's separators."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError:
        parts = None
    strays = parts is None or parts.netloc.count("@") > 1 or "@" in parts.path or parts.fragment
    if parts is None or strays:
        raise PydanticCustomError(
            "database_server",
            "write sqlite:///folder/parvis.db or postgresql://user@host/parvis; in a password,"
            ' %40 for "@", %2F for "/", %23 for "#"',
        )
    options = parse_qs(parts.query, keep_blank_values=True)
    if options.keys() - _DATABASE_OPTIONS:
        raise PydanticCustomError(
            "database_option", 'after "?" write sslmode=…, host=… or port=…, and nothing else'
        )
    if not {*options.get("sslmode", ()), *options.get("ssl", ())}.issubset(_SSL_MODES):
        raise PydanticCustomError(
            "database_ssl",
            "sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
        )


HostName = Annotated[str, AfterValidator(_host)]
Address = Annotated[str, AfterValidator(address)]
"""An http or https address without query, password or last slash."""
SecureUrl = Annotated[str, AfterValidator(_secure)]
PageUrl = Annotated[str, AfterValidator(_page)]
WebOrigin = Annotated[str, AfterValidator(_origin)]
VisioUrl = Annotated[Address, AfterValidator(_without("/external-api", "/api/v1.0"))]
HomeserverUrl = Annotated[str, AfterValidator(_homeserver), AfterValidator(_without("/_matrix"))]
MediaUrl = Annotated[str, AfterValidator(_media)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
