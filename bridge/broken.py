"""Reasons why another machine gives no useful answer, if the system has no number for them."""

import ssl
from enum import StrEnum
from typing import Final


class Broken(StrEnum):
    """An obstacle between us and an answer; names a sentence of `parvis check`."""

    AUTHORITY = "authority"
    """Its certificate comes from an authority that this machine does not know."""
    NAME = "name"
    """Its certificate is another machine's."""
    EXPIRED = "expired"
    TLS = "tls"
    """It speaks no TLS, or none that we speak."""
    REDIRECT = "redirect"
    PROXY = "proxy"
    """The proxy in our settings refuses."""
    LANGUAGE = "language"
    """The server there speaks another protocol than expected."""
    HUNG_UP = "hung-up"
    TIME = "time"
    LOGIN = "login"
    ACCOUNT = "account"
    """A database refuses its user or their password."""
    NO_DATABASE = "no-database"
    CROWDED = "crowded"
    CLOSED = "closed"
    """A database's file can't be opened."""
    LOCKED = "locked"
    READ_ONLY = "read-only"
    FULL = "full"
    DISK = "disk"
    RIGHTS = "rights"
    """A database's user lacks rights that we need."""
    SCOPE = "scope"
    """Our application lacks the rights for its task."""
    WITHOUT = "without"
    """A mail server that lacks what the settings ask for: encryption, or signing in."""


_EXPIRED: Final = {9, 10}
_NAMES: Final = {62, 64}
"""OpenSSL's codes (x509_vfy.h): not yet or no longer valid; another host, another address."""

_BY_NAME: Final = {
    "RedirectRefused": Broken.REDIRECT,
    "ClientHttpProxyError": Broken.PROXY,
    "ClientResponseError": Broken.LANGUAGE,
    "ClientPayloadError": Broken.LANGUAGE,
    "BodyTooLarge": Broken.LANGUAGE,
    "ServerDisconnectedError": Broken.HUNG_UP,
    "SMTPServerDisconnected": Broken.HUNG_UP,
    "SMTPTimeoutError": Broken.TIME,
    "TimeoutError": Broken.TIME,
    "SMTPNotSupported": Broken.WITHOUT,
}
"""By the names of libraries' errors, which are imported in one place each."""


_BY_STATE: Final = {
    "28000": Broken.ACCOUNT,
    "28P01": Broken.ACCOUNT,
    "3D000": Broken.NO_DATABASE,
    "53300": Broken.CROWDED,
    "53100": Broken.FULL,
    "25006": Broken.READ_ONLY,
    "42501": Broken.RIGHTS,
    "SQLITE_CANTOPEN": Broken.CLOSED,
    "SQLITE_BUSY": Broken.LOCKED,
    "SQLITE_LOCKED": Broken.LOCKED,
    "SQLITE_READONLY": Broken.READ_ONLY,
    "SQLITE_FULL": Broken.FULL,
    "SQLITE_IOERR": Broken.DISK,
}
"""By PostgreSQL's SQLSTATE (its appendix A), and by how the names of SQLite's codes begin."""


def broken(error: BaseException) -> Broken | None:
    """Return the reason behind an error without a system's number; it contains no secret."""
    one: BaseException | None = error
    while one is not None:
        for found in (getattr(one, "certificate_error", None), getattr(one, "os_error", None), one):
            if isinstance(found, ssl.SSLError):
                return _of_tls(found)
        said = getattr(one, "orig", None)  # where SQLAlchemy keeps the driver's error
        name = "_".join(str(getattr(said, "sqlite_errorname", "")).split("_")[:2])
        for state in (getattr(said, "sqlstate", None), name):
            if state in _BY_STATE:
                return _BY_STATE[state]
        for kind in type(one).__mro__:
            if kind.__name__ in _BY_NAME:
                return _BY_NAME[kind.__name__]
        one = one.__cause__
    return None


def parameters_of(error: BaseException) -> dict[str, object]:
    """Return the reason as a parameter of our own error, which then need not chain theirs."""
    found = broken(error)
    return {} if found is None else {"why": found}


def _of_tls(error: ssl.SSLError) -> Broken:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Broken.TLS
    if error.verify_code in _EXPIRED:
        return Broken.EXPIRED
    return Broken.NAME if error.verify_code in _NAMES else Broken.AUTHORITY
