"""Bytes to the door and back, for requests that no client would send."""

import asyncio
import re

from tests.door.house import House

CLOSE = b"Connection: close\r\n"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


async def raw(house: House, request: bytes, patience: float = 1.0) -> bytes:
    """Send bytes and return the answer until the door hangs up, or waits for more in vain."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rpartition(":")[2]))
    heard = bytearray()
    try:
        writer.write(request)
        await writer.drain()
        while True:
            async with asyncio.timeout(patience):
                more = await reader.read(65_536)
            if not more:
                break
            heard += more
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return bytes(heard)


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in STATUS.findall(answer)]


def host(house: House) -> bytes:
    return b"Host: " + house.url.removeprefix("http://").encode()
