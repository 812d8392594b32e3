"""Reads the box by IMAP, in a thread: the only place that knows IMAPClient, which blocks."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from imapclient import FLAGGED, SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError
from pydantic import SecretStr

from bridge.broken import Broken, parameters_of
from bridge.errors import InboxUnreachable
from bridge.mail.incoming.parts import LONGEST_MAIL
from bridge.ports.incoming import ArrivedMail

_AT_ONCE = 2 * LONGEST_MAIL
"""Bytes of mails that are in memory together."""
_Made = TypeVar("_Made")


class BoxTls(StrEnum):
    """How the connection to the box is protected."""

    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxServer:
    """The IMAP server, and the folder to read."""

    host: str
    port: int
    tls: BoxTls
    user: str
    password: SecretStr
    folder: str
    timeout: float
    """Seconds for each step."""
    ca_file: Path | None = None


class ImapBox:
    """Implements `bridge.ports.incoming.Letterbox`; one connection for each look.

    A mail that is seen counts as handled, and one that is set aside is flagged as well.
    """

    def __init__(self, server: BoxServer) -> None:
        """Read the certificate authorities once; raises OSError if they can't be read."""
        self._server = server
        self._trust = ssl.create_default_context()
        if server.ca_file is not None:
            self._trust.load_verify_locations(server.ca_file)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="box")
        self._client: IMAPClient | None = None
        self._validity = 0

    async def arrived(self, most: int) -> Sequence[ArrivedMail]:
        """Return the oldest unseen mails, fewer if they are large. Raises InboxUnreachable."""
        return await self._do(lambda: self._arrived(most))

    async def handled(self, mail: ArrivedMail, *, aside: bool) -> None:
        """Mark a mail as seen, and flag it if it is set aside. Raises InboxUnreachable."""
        await self._do(lambda: self._handled(mail, aside=aside))

    async def probe(self) -> int:
        """Return how many mails wait, and leave. Raises InboxUnreachable."""
        try:
            return await self._do(lambda: len(self._waiting(self._opened())))
        finally:
            await self.leave()

    async def leave(self) -> None:
        """Close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._leave)

    def close(self) -> None:
        """Break off what is under way, and end the thread."""
        client = self._client
        if client is not None:
            with suppress(OSError, IMAPClientError):
                client.socket().shutdown(2)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _do(self, step: Callable[[], _Made]) -> _Made:
        """Run a step in the thread. The server's words may quote addresses, and are not kept."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, step)
        except LoginError:
            raise InboxUnreachable("login", why=Broken.LOGIN) from None
        except IMAPClientError as error:
            raise InboxUnreachable(type(error).__name__, why=Broken.LANGUAGE) from None
        except (OSError, ValueError, LookupError) as error:
            raise InboxUnreachable(type(error).__name__, **parameters_of(error)) from _number(error)

    # --- in the thread --------------------------------------------------------------------------

    def _arrived(self, most: int) -> list[ArrivedMail]:
        client = self._opened()
        numbers = self._waiting(client)[:most]
        sizes = client.fetch(numbers, ["RFC822.SIZE"]) if numbers else {}
        found, room = list[ArrivedMail](), _AT_ONCE
        for number in numbers:
            size = int(sizes.get(number, {}).get(b"RFC822.SIZE", 0))
            room -= min(size, LONGEST_MAIL)
            if room < 0 and found:
                break
            content = self._content(client, number) if size <= LONGEST_MAIL else None
            found.append(ArrivedMail(self._validity, number, content))
        return found

    def _content(self, client: IMAPClient, number: int) -> bytes | None:
        """Return a mail's bytes, and leave it unseen."""
        found: Any = client.fetch([number], ["BODY.PEEK[]"]).get(number, {}).get(b"BODY[]")
        return found if isinstance(found, bytes) else None

    def _handled(self, mail: ArrivedMail, *, aside: bool) -> None:
        client = self._opened()
        if mail.validity == self._validity:
            client.add_flags([mail.number], [SEEN, FLAGGED] if aside else [SEEN], silent=True)

    def _waiting(self, client: IMAPClient) -> list[int]:
        return sorted(client.search(["UNSEEN", "UNDELETED"]))

    def _opened(self) -> IMAPClient:
        if self._client is not None:
            return self._client
        server = self._server
        client = IMAPClient(
            server.host,
            port=server.port,
            ssl=server.tls is BoxTls.TLS,
            ssl_context=self._trust,
            timeout=SocketTimeout(connect=server.timeout, read=server.timeout),
        )
        try:
            if server.tls is BoxTls.STARTTLS:
                client.starttls(self._trust)
            self._sign_in(client)
            chosen = client.select_folder(server.folder)
        except BaseException:
            _abandon(client)
            raise
        if b"READ-ONLY" in chosen:
            _abandon(client)
            raise InboxUnreachable("read-only", why=Broken.READ_ONLY)
        self._validity = int(chosen.get(b"UIDVALIDITY", 0))
        self._client = client
        return client

    def _sign_in(self, client: IMAPClient) -> None:
        user, password = self._server.user, self._server.password.get_secret_value()
        if b"AUTH=PLAIN" in client.capabilities():
            client.plain_login(user, password)  # takes letters beyond ASCII
        else:
            client.login(user, password)

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.logout()
        except (OSError, IMAPClientError, ValueError):
            _abandon(client)


def _number(error: Exception) -> OSError | None:
    """Return an error of the system's, which has a number instead of a server's words."""
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError):
        return None
    return error if error.errno else None


def _abandon(client: IMAPClient) -> None:
    with suppress(OSError, IMAPClientError, ValueError):
        client.shutdown()
