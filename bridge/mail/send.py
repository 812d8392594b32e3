"""Hands letters to the mail server: the only place that speaks SMTP."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import aiosmtplib
from pydantic import SecretStr

from bridge.broken import Broken, parameters_of
from bridge.clock import Clock
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.mail.headers import mailbox, message
from bridge.ports import Letter

_LOGIN = (530, 534, 535, 538)
"""Reply codes to a client that signs in wrongly, or not at all (RFC 4954 §6)."""
_REFUSED_FOR_NOW, _PERMANENT = 400, 500
_STEPS = 10
"""The waits before and after the message itself: the connection, its greeting, TLS, two EHLO, two
for AUTH, MAIL, RCPT, and QUIT at the end."""
_AFTER_DATA = 600.0
"""Seconds for an answer from DATA on (RFC 5321 §4.5.3.2): servers check a message before they
accept it, and a client that leaves earlier sends it a second time."""
_DATA_ANSWERS = 2
"""One to DATA, one to the message."""
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class Tls(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    """Begins in clear text, and ends there if the server does not offer TLS."""
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The mail server, and the name under which it sends letters."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    tls: Tls = Tls.NONE
    user: str | None = None
    password: SecretStr | None = None
    timeout: float
    """Seconds for each step before DATA."""
    after_data: float = _AFTER_DATA
    """Seconds for each answer from DATA on."""
    ca_file: Path | None = None


class SmtpPost:
    """Sends each letter over a connection of its own; implements `bridge.ports.Post`."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        """Read the certificate authorities once; raises OSError if they can't be read."""
        self._server = server
        self._clock = clock
        self._trust = ssl.create_default_context()
        if server.ca_file is not None:
            self._trust.load_verify_locations(server.ca_file)

    @property
    def longest(self) -> timedelta:
        """Return the longest time that sending a letter may take, whatever the mail server does."""
        steps = self._server.timeout * _STEPS
        return timedelta(seconds=steps + self._server.after_data * _DATA_ANSWERS)

    async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
        """Send a letter; see `bridge.ports.Post`."""
        name = letter.sender_name or self._server.sender_name
        sender = mailbox(letter.sender or self._server.sender, name)
        mail = message(letter, sender=sender, now=self._clock.now())
        taken = False
        try:
            async with self._connected() as (smtp, limit):
                await smtp.mail(mailbox(self._server.sender).addr_spec)
                await _address(smtp, mail["To"].addresses[0].addr_spec)
                limit.reschedule(None)  # the rest has its own limit, and must not be cancelled
                await sending()
                await self._hand_over(smtp, mail.as_bytes())
                taken = True
        except MailUnreachable:
            if not taken:  # else only the farewell failed
                raise

    async def _hand_over(self, smtp: aiosmtplib.SMTP, message: bytes) -> None:
        """Send the message itself. Without an answer nobody knows what became of it."""
        try:
            await smtp.data(message, timeout=self._server.after_data)
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= _REFUSED_FOR_NOW:
                raise _answered(error, "DATA") from None
            raise MailUnconfirmed(f"DATA: {type(error).__name__}") from None

    async def probe(self) -> None:
        """Connect, sign in and leave. Raises MailUnreachable."""
        async with self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[aiosmtplib.SMTP, asyncio.Timeout]]:
        """Open a connection, with one limit for all of it; raise MailUnreachable if it breaks.

        The server's texts may quote addresses, so only codes and names of errors are kept.
        """
        whole = self._server.timeout * _STEPS
        try:
            async with asyncio.timeout(whole) as limit, self._client() as smtp:
                yield smtp, limit
        except aiosmtplib.SMTPResponseException as error:
            raise _unreachable(error.code, error.message, type(error).__name__) from None
        except (aiosmtplib.SMTPException, OSError) as error:  # a timeout and TLS are OSErrors
            raise MailUnreachable(type(error).__name__, **_why(error)) from _system_error(error)

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password.get_secret_value() if server.password else None,
            local_hostname=mailbox(server.sender).domain,  # else it asks DNS for ours
            timeout=server.timeout,
            use_tls=server.tls is Tls.TLS,
            start_tls=server.tls is Tls.STARTTLS,
            tls_context=None if server.tls is Tls.NONE else self._trust,
        )


def _system_error(error: BaseException) -> OSError | None:
    """Return why there is no connection, without a server's words, which may quote addresses."""
    both = (error, error.__cause__)
    return next((one for one in both if isinstance(one, OSError) and one.errno), None)


def _why(error: BaseException) -> dict[str, object]:
    """Return the reason, as a parameter; the library has no name for STARTTLS and signing in."""
    plain = type(error) is aiosmtplib.SMTPException
    return {"why": Broken.WITHOUT} if plain else parameters_of(error)


async def _address(smtp: aiosmtplib.SMTP, recipient: str) -> None:
    try:
        await smtp.rcpt(recipient)
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _answered(error, "RCPT") from None


def _answered(
    error: aiosmtplib.SMTPResponseException, command: str
) -> MailRefused | MailUnreachable:
    """Tell a permanent refusal of this letter from a temporary one (RFC 5321 §4.2.1)."""
    if error.code < _PERMANENT:
        return _unreachable(error.code, error.message, command)
    return MailRefused(_code(error.code, error.message, command), code=error.code)


def _unreachable(code: int, text: str, what: str) -> MailUnreachable:
    told: dict[str, object] = {"code": code}
    if code in _LOGIN:
        told["why"] = Broken.LOGIN
    elif code < 0:  # the library's own, for what is no answer
        told["why"] = Broken.LANGUAGE
    return MailUnreachable(_code(code, text, what), **told)


def _code(code: int, text: str, what: str) -> str:
    enhanced = _ENHANCED.search(text)
    return f"{what}: {code} {enhanced[0]}" if enhanced else f"{what}: {code}"
