"""The peer: a bare matrix-nio bot, `python -m benchmarks.echo_bot URL USER PASSWORD FOLDER`.

It follows nio's own examples: `sync_forever`, a callback that answers inline, keys in SQLite. It
joins where it is invited and answers `!echo`.
"""

import asyncio
import sys

import nio

MARK = "echo:"
_SYNC_MILLISECONDS = 30_000


class EchoBot:
    """Answers each line that begins with `!echo`."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self._client = client
        client.add_event_callback(self._invited, nio.InviteMemberEvent)
        client.add_event_callback(self._said, nio.RoomMessageText)

    async def _invited(self, room: nio.MatrixRoom, event: nio.InviteMemberEvent) -> None:
        if event.state_key == self._client.user_id:
            await self._client.join(room.room_id)

    async def _said(self, room: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
        if not event.body.startswith("!echo"):
            return
        content = {"msgtype": "m.notice", "body": f"{MARK} {event.body}"}
        await self._client.room_send(
            room.room_id, "m.room.message", content, ignore_unverified_devices=True
        )


async def main(url: str, user: str, password: str, folder: str) -> None:
    """Answer until the process is ended."""
    config = nio.AsyncClientConfig(store=nio.store.SqliteStore, store_sync_tokens=True)
    client = nio.AsyncClient(url, user, store_path=folder, config=config)
    answer = await client.login(password)
    if not isinstance(answer, nio.LoginResponse):
        raise SystemExit(f"{user} can't log in: {answer}")
    await client.sync(full_state=True)
    EchoBot(client)
    print("READY", flush=True)
    await client.sync_forever(_SYNC_MILLISECONDS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
