"""A person's Matrix client for tests and the sandbox: real encryption, no product code.

It is plain matrix-nio with its own sync loop, so that code which the bot does not share reads the
bot's messages.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import nio

from tests.servers.synapse import Person
from tests.spaces import as_typed

SYNC_MILLISECONDS = 10_000
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event as the person's client shows it: decrypted if possible."""

    room: str
    event: str
    sender: str
    type: str
    content: Mapping[str, Any]
    sent_at: datetime
    encrypted: bool
    """Whether it was encrypted and could be decrypted."""
    state_key: str | None = None

    @property
    def body(self) -> str:
        """The plain text as tests write it, empty if there is none."""
        return as_typed(str(self.content.get("body", "")))

    @property
    def readable(self) -> bool:
        """False while the key is missing."""
        return self.type != "m.room.encrypted"

    @property
    def replaces(self) -> str | None:
        """The event that this one edits."""
        relation = self.content.get("m.relates_to") or {}
        return relation.get("event_id") if relation.get("rel_type") == "m.replace" else None


class MatrixUser:
    """A logged-in person; use `matrix_user` to get one."""

    def __init__(self, url: str, person: Person, device: str) -> None:
        config = nio.AsyncClientConfig(store=nio.store.SqliteMemoryStore, request_timeout=30)
        self.person = person
        self.nio = nio.AsyncClient(url, person.user, device, config=config)
        self.nio.add_event_callback(self._on_event, (nio.Event, nio.BadEvent, nio.UnknownBadEvent))
        self.nio.add_response_callback(self._on_sync, nio.SyncResponse)
        self._seen: dict[str, Seen] = {}
        self._changed = asyncio.Condition()

    @property
    def user(self) -> str:
        """The person's Matrix id."""
        return self.person.user

    async def create_room(
        self,
        name: str = "Salon",
        *,
        encrypted: bool = True,
        invite: Sequence[str] = (),
        version: str | None = None,
        direct: bool = False,
        state: Sequence[Mapping[str, Any]] = (),
        public: bool = False,
        predecessor: str | None = None,
        space: bool = False,
    ) -> str:
        """Create a salon and return its id once the sync shows it."""
        initial = [dict(each) for each in state]
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            initial.append({"type": "m.room.encryption", "state_key": "", "content": content})
        presets = nio.RoomPreset
        preset = presets.public_chat if public else presets.private_chat
        answer = await self.nio.room_create(
            name=None if direct else name,
            preset=presets.trusted_private_chat if direct else preset,
            is_direct=direct,
            invite=list(invite),
            initial_state=initial,
            room_version=version,
            predecessor={"room_id": predecessor} if predecessor else None,
            space=space,
        )
        room = str(_good(answer, nio.RoomCreateResponse).room_id)
        await self.until(lambda: room in self.nio.rooms)
        return room

    async def invite(self, room: str, user: str) -> None:
        """Invite somebody."""
        _good(await self.nio.room_invite(room, user), nio.RoomInviteResponse)

    async def join(self, room: str) -> None:
        """Join, and return once the sync shows the salon."""
        _good(await self.nio.join(room), nio.JoinResponse)
        await self.until(lambda: room in self.nio.rooms)

    async def leave(self, room: str) -> None:
        """Leave a salon."""
        _good(await self.nio.room_leave(room), nio.RoomLeaveResponse)

    async def kick(self, room: str, user: str, reason: str | None = None) -> None:
        """Remove somebody from a salon."""
        _good(await self.nio.room_kick(room, user, reason), nio.RoomKickResponse)

    async def put_state(
        self, room: str, kind: str, content: Mapping[str, Any], state_key: str = ""
    ) -> str:
        """Send a state event and return its id."""
        answer = await self.nio.room_put_state(room, kind, dict(content), state_key)
        return str(_good(answer, nio.RoomPutStateResponse).event_id)

    async def send(
        self,
        room: str,
        body: str,
        *,
        extra: Mapping[str, Any] | None = None,
        kind: str = "m.room.message",
    ) -> str:
        """Write a line and return its event id; `extra` is merged into the content."""
        return await self.send_content(
            room, {"msgtype": "m.text", "body": body, **(extra or {})}, kind=kind
        )

    async def send_content(
        self, room: str, content: Mapping[str, Any], *, kind: str = "m.room.message"
    ) -> str:
        """Send any event and return its id."""
        answer = await self.nio.room_send(room, kind, dict(content), ignore_unverified_devices=True)
        return str(_good(answer, nio.RoomSendResponse).event_id)

    async def react(self, room: str, event: str, key: str) -> str:
        """React to an event and return the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return await self.send_content(room, {"m.relates_to": relation}, kind="m.reaction")

    async def redact(self, room: str, event: str) -> None:
        """Redact an event."""
        _good(await self.nio.room_redact(room, event), nio.RoomRedactResponse)

    async def wait_for(self, predicate: Callable[[Seen], bool], timeout: float = PATIENCE) -> Seen:
        """Return the first event, past or to come, that satisfies the predicate."""
        found: list[Seen] = []

        def ready() -> bool:
            found[:] = [each for each in self._seen.values() if predicate(each)][:1]
            return bool(found)

        await self.until(ready, timeout)
        return found[0]

    async def until(self, ready: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Return once `ready` is true; it is checked after each event and each sync."""
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(ready), timeout)

    async def wait_member(self, room: str, user: str, timeout: float = PATIENCE) -> None:
        """Return once our client knows that `user` has joined, so that they get the next key."""
        await self.wait_for(
            lambda e: (
                (e.room, e.type, e.state_key, e.content.get("membership"))
                == (room, "m.room.member", user, "join")
            ),
            timeout,
        )

    def history(self, room: str) -> list[Seen]:
        """Return the events of a salon so far, in the order of the sync."""
        return [each for each in self._seen.values() if each.room == room]

    async def _on_event(self, room: Any, event: Any) -> None:
        source = event.source
        seen = Seen(
            room=room.room_id,
            event=str(source.get("event_id", "")),
            sender=str(source.get("sender", "")),
            type=str(source.get("type", "")),
            content=source.get("content") or {},
            sent_at=datetime.fromtimestamp(source.get("origin_server_ts", 0) / 1000, UTC),
            encrypted=bool(getattr(event, "decrypted", False)),
            state_key=source.get("state_key"),
        )
        async with self._changed:
            self._seen[seen.event or repr(source)] = seen
            self._changed.notify_all()

    async def _on_sync(self, _response: Any) -> None:
        async with self._changed:
            self._changed.notify_all()


@contextlib.asynccontextmanager
async def matrix_user(url: str, person: Person, *, device: str = "") -> AsyncIterator[MatrixUser]:
    """Log a person in on a new device and keep it in sync for the length of the block."""
    user = MatrixUser(url, person, device)
    try:
        _good(await user.nio.login(person.password), nio.LoginResponse)
        _good(await user.nio.sync(full_state=True), nio.SyncResponse)
        if user.nio.should_upload_keys:
            _good(await user.nio.keys_upload(), nio.KeysUploadResponse)
        task = asyncio.create_task(_sync(user.nio))
        try:
            yield user
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    finally:
        await user.nio.close()


async def _sync(client: nio.AsyncClient) -> None:
    while True:
        # Sending and syncing may request the same devices at once; nio treats that as a mistake.
        with contextlib.suppress(nio.LocalProtocolError):
            await client.sync_forever(SYNC_MILLISECONDS)


def _good(answer: Any, kind: type) -> Any:
    assert isinstance(answer, kind), f"the homeserver answered {answer}"
    return answer
