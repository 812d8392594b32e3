"""A participant without media: LiveKit's signalling alone, which already is a place in the room.

The server's messages are protobuf, each with one field of a `oneof`. We read only which field it is
and, for the renewed token, its text.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

JOINED, LEFT, RENEWED = 1, 8, 16
"""Numbers of fields of `SignalResponse` (livekit_rtc.proto)."""
LEAVE = bytes.fromhex("4200")
"""`SignalRequest{leave: LeaveRequest{}}`."""
JOIN_REQUEST = base64.urlsafe_b64encode(bytes.fromhex("1204" + "0a02" + "0801")).decode()
"""`WrappedJoinRequest{join_request: JoinRequest{client_info: ClientInfo{sdk: JS}}}`."""
PATHS = {
    "/rtc/v1": {"join_request": JOIN_REQUEST},
    "/rtc": {"protocol": "15", "sdk": "js"},
}
"""Paths to connect to, the newer one first, with the parameters that each needs besides the
token."""


class Signal:
    """One connection. It stays in the room until it is closed, or removed."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket

    async def until(self, field: int) -> bytes:
        """Wait for a message with that field and return its content."""
        while (message := await self._next()) is not None:
            tag, rest = _varint(message)
            if tag >> 3 == field:
                length, content = _varint(rest)
                return content[:length]
        raise AssertionError(f"the server hung up: {self._socket.close_code}")

    async def renewed(self) -> str:
        """Wait for the next token that the server sends, and return it."""
        return (await self.until(RENEWED)).decode()

    async def leave(self) -> None:
        """Tell the server that we leave, as clients do."""
        await self._socket.send_bytes(LEAVE)

    async def ended(self) -> list[int]:
        """Wait until the server has closed the connection; return its last messages' fields."""
        fields = []
        while (message := await self._next()) is not None:
            tag, _ = _varint(message)
            fields.append(tag >> 3)
        return fields

    async def _next(self) -> bytes | None:
        message = await self._socket.receive()
        return bytes(message.data) if message.type is WSMsgType.BINARY else None


@asynccontextmanager
async def joined(
    session: ClientSession, url: str, token: str, *, path: str = "/rtc/v1", **asked: str
) -> AsyncIterator[Signal]:
    """Stay in the room for the block. Raises aiohttp's WSServerHandshakeError if refused."""
    query = {"access_token": token, **PATHS[path], **asked}
    async with session.ws_connect(f"{url}{path}", params=query) as socket:
        signal = Signal(socket)
        await signal.until(JOINED)
        yield signal


def _varint(data: bytes) -> tuple[int, bytes]:
    """Read protobuf's integer, seven bits a byte from the lowest up; return the rest after it."""
    value = 0
    for place, byte in enumerate(data):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, data[place + 1 :]
    raise ValueError("cut short")
