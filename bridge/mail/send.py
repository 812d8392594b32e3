"""Hands letters to the mail server: the only place that speaks SMTP."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiosmtplib
from pydantic import SecretStr

from bridge.clock import Clock
from bridge.errors import MailRefused, MailUnreachable
from bridge.mail.headers import mailbox, message
from bridge.ports import Letter

_PERMANENT = 500
_STEPS = 8
"""A whole conversation may last this many times the timeout of a step."""
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class Tls(StrEnum):
    """How the conversation is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    """Begins in clear, and ends there if the server does not offer TLS."""
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where letters leave from, and under which name."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    tls: Tls = Tls.NONE
    user: str | None = None
    password: SecretStr | None = None
    timeout: float = 30.0
    """Seconds for each step."""
    ca_file: Path | None = None


class SmtpPost:
    """Sends each letter over a connection of its own; implements `bridge.ports.Post`."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        """Read the certificate authorities once; raises OSError when they can't be read."""
        self._server = server
        self._clock = clock
        self._trust = ssl.create_default_context()
        if server.ca_file is not None:
            self._trust.load_verify_locations(server.ca_file)

    async def send(self, letter: Letter) -> None:
        """Send a letter; see `bridge.ports.Post`."""
        sender = mailbox(self._server.sender, self._server.sender_name)
        mail = message(letter, sender=sender, now=self._clock.now())
        recipient = mail["To"].addresses[0].addr_spec
        async with self._connected() as smtp:
            await smtp.mail(sender.addr_spec)
            try:
                await smtp.rcpt(recipient)
                await smtp.data(mail.as_bytes())
            except aiosmtplib.SMTPRecipientRefused as error:
                raise _answered(error, "RCPT") from None
            except aiosmtplib.SMTPDataError as error:
                raise _answered(error, "DATA") from None

    async def probe(self) -> None:
        """Connect, sign in and leave. Raises MailUnreachable."""
        async with self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Open a conversation; whatever breaks it off is MailUnreachable.

        Their texts may quote addresses, so only codes and names of errors are kept.
        """
        try:
            async with asyncio.timeout(self._server.timeout * _STEPS), self._client() as smtp:
                yield smtp
        except aiosmtplib.SMTPResponseException as error:
            raise _unreachable(error.code, error.message, type(error).__name__) from None
        except (aiosmtplib.SMTPException, OSError) as error:  # a timeout and TLS are OSErrors
            raise MailUnreachable(type(error).__name__) from None

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password.get_secret_value() if server.password else None,
            local_hostname=mailbox(server.sender).domain,  # else the name server is asked for ours
            timeout=server.timeout,
            use_tls=server.tls is Tls.TLS,
            start_tls=server.tls is Tls.STARTTLS,
            tls_context=None if server.tls is Tls.NONE else self._trust,
        )


def _answered(
    error: aiosmtplib.SMTPResponseException, command: str
) -> MailRefused | MailUnreachable:
    """Tell a refusal of this letter, for good, from one for now (RFC 5321 §4.2.1)."""
    if error.code < _PERMANENT:
        return _unreachable(error.code, error.message, command)
    return MailRefused(_code(error.code, error.message, command), code=error.code)


def _unreachable(code: int, text: str, what: str) -> MailUnreachable:
    return MailUnreachable(_code(code, text, what), code=code)


def _code(code: int, text: str, what: str) -> str:
    enhanced = _ENHANCED.search(text)
    return f"{what}: {code} {enhanced[0]}" if enhanced else f"{what}: {code}"
