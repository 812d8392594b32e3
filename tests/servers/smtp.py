"""A mail server on loopback that keeps accepted mail, and fails on demand."""

import asyncio
import email
import email.policy
import secrets
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bridge.clock import SystemClock
from tests.servers.certificates import write_self_signed
from tests.spaces import as_typed


class AfterData(StrEnum):
    """Its reaction once a whole message was sent."""

    TAKE = "take"
    DROP = "drop"
    """Keep the message and cut the connection before the answer: the sender can't know."""
    HANG = "hang"
    """Keep nothing and never answer."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes = field(repr=False)
    encrypted: bool
    user: str | None
    """The user who signed in to send it."""
    at: datetime = field(default_factory=SystemClock().now)

    @property
    def subject(self) -> str:
        return as_typed(str(self.message["Subject"]))

    def text(self, kind: str = "plain") -> str:
        """Return the body, `plain` or `html`, as tests write it."""
        body = self.message.get_body((kind,))
        assert body is not None, f"{self.subject} has no {kind} body"
        return as_typed(str(body.get_content()))

    def calendar(self) -> str | None:
        """Return the iCalendar part, shown or attached."""
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        return str(parts[0].get_content()) if parts else None


@dataclass(slots=True)
class MailServer:
    """The server's address, its received mail, and its faults, which may change at any time."""

    port: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    certificate: Path | None = None
    """The authority that a client must trust for STARTTLS."""
    after_data: AfterData = AfterData.TAKE
    looks_for: float = 0
    """Seconds for which it checks a message before it accepts it."""
    answers: dict[str, str] = field(default_factory=dict)
    """The answer to RCPT for an address, or for `*`, everybody: `550 5.1.1 no such mailbox`."""
    received: list[Mail] = field(default_factory=list)
    heard: list[Mail] = field(default_factory=list)
    """Mails whose sender went on after our answer, and so has read it."""
    host: str = "127.0.0.1"
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def refuse(self, address: str = "*") -> None:
        """Refuse mail to `address` for good."""
        self.answers[address] = "550 5.1.1 no such mailbox"

    def defer(self, address: str = "*") -> None:
        """Refuse mail to `address` for now."""
        self.answers[address] = "451 4.3.0 try again later"

    def recover(self) -> None:
        """Stop all faults."""
        self.answers.clear()
        self.after_data = AfterData.TAKE

    def to(self, address: str) -> list[Mail]:
        """Return the mail that `address` received, oldest first."""
        return [mail for mail in self.received if address in mail.recipients]

    async def wait_for(self, wanted: Callable[[Mail], bool], timeout: float = 10) -> Mail:
        """Return the first mail that is `wanted`, already received or not. Raises TimeoutError."""

        def found() -> Mail | None:
            return next((mail for mail in self.received if wanted(mail)), None)

        try:
            async with asyncio.timeout(timeout), self._arrived:
                mail = await self._arrived.wait_for(found)
        except TimeoutError:
            subjects = [mail.subject for mail in self.received]
            raise TimeoutError(f"no such mail within {timeout} s among {subjects}") from None
        assert mail is not None
        return mail

    async def keep(self, mail: Mail) -> None:
        async with self._arrived:
            self.received.append(mail)
            self._arrived.notify_all()


class _Handler:
    """The hooks of aiosmtpd, under its names."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._unheard: list[Mail] = []

    async def handle_RCPT(  # noqa: N802
        self, _smtp: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        answer = self._server.answers.get(address) or self._server.answers.get("*")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 OK"

    async def handle_DATA(self, smtp: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self._server.after_data is AfterData.HANG:
            await asyncio.Event().wait()  # until the connection ends
        await asyncio.sleep(self._server.looks_for)
        raw: bytes = envelope.original_content
        mail = Mail(
            sender=envelope.mail_from,
            recipients=tuple(envelope.rcpt_tos),
            message=email.message_from_bytes(raw, policy=email.policy.default),
            raw=raw,
            encrypted=session.ssl is not None,
            user=session.auth_data.login.decode() if session.authenticated else None,
        )
        await self._server.keep(mail)
        self._unheard.append(mail)
        if self._server.after_data is AfterData.DROP:
            smtp.transport.abort()
        return "250 2.0.0 kept"

    async def handle_QUIT(self, _smtp: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        self._server.heard += self._unheard
        self._unheard.clear()
        return "221 2.0.0 bye"

    def authenticate(
        self, _smtp: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        """Accept the only user."""
        expected = (self._server.username or "").encode(), (self._server.password or "").encode()
        known = (given.login, given.password) == expected
        return AuthResult(success=known, handled=False, auth_data=given if known else None)


@asynccontextmanager
async def mail_server(
    *, starttls: bool = False, sign_in: bool = False
) -> AsyncIterator[MailServer]:
    """Run a mail server on this loop for the block; `sign_in` demands AUTH, within TLS."""
    server = MailServer()
    if sign_in:
        server.username, server.password = "parvis", secrets.token_urlsafe(12)
    connections: list[Any] = []
    with tempfile.TemporaryDirectory(prefix="parvis-smtp-") as folder:
        context = _tls(server, Path(folder)) if starttls or sign_in else None
        listener = await asyncio.get_running_loop().create_server(
            lambda: _accept(server, context, connections), server.host, 0
        )
        server.port = listener.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            listener.close()
            await _hang_up(connections)


def _accept(server: MailServer, context: ssl.SSLContext | None, connections: list[Any]) -> Any:
    handler = _Handler(server)
    smtp = SMTP(
        handler,
        loop=asyncio.get_running_loop(),
        hostname="localhost",
        enable_SMTPUTF8=True,
        tls_context=context,
        require_starttls=context is not None,
        auth_required=server.username is not None,
        authenticator=handler.authenticate,
    )
    connections.append(smtp)
    return smtp


def _tls(server: MailServer, folder: Path) -> ssl.SSLContext:
    server.certificate = folder / "server.pem"
    write_self_signed(server.certificate, folder / "server.key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.certificate, folder / "server.key")
    return context


async def _hang_up(connections: list[Any]) -> None:
    """Close connections that clients left open, so that no task or socket outlives the server."""
    for smtp in connections:
        if smtp.transport is not None:
            with suppress(AttributeError):  # Python 3.11.2 of one that is gone already
                smtp.transport.abort()
    tasks = [smtp._handler_coroutine for smtp in connections if smtp._handler_coroutine]
    for task in tasks:
        task.cancel()  # after a failed handshake nothing else ends it
    await asyncio.gather(*tasks, return_exceptions=True)
