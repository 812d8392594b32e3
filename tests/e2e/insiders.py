"""Guests whom the salon lets in, connected to the media server without a browser."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from tests.e2e.house import PATIENCE, Doorway, House, Salon, link_in
from tests.sandbox.guest import Guest
from tests.servers.livekit import LiveKit
from tests.servers.livekit_signal import Signal, joined


def settings(server: LiveKit) -> dict[str, object]:
    """Return the settings for a media server."""
    secret = server.ours.secret.get_secret_value()
    return {"way": "livekit", "url": server.ws_url, "key": server.ours.key, "secret": secret}


@dataclass(slots=True)
class Inside:
    """A guest whom the salon let in, connected to the media server."""

    signal: Signal
    guest: Guest
    visit: str
    """The address of their page."""

    async def token(self) -> str:
        """Have the page ask for a new token, as after a reload."""
        return await token_of(self.guest, self.visit)

    async def goes_on(self) -> bool:
        """Tell whether the connection holds."""
        try:
            async with asyncio.timeout(0.2):
                await self.signal.ended()
        except TimeoutError:
            return True
        return False


async def token_of(guest: Guest, visit: str) -> str:
    jar = "; ".join(f"{key}={value}" for key, value in guest.cookies.items())
    headers = {"Origin": visit.partition("/m/")[0], "Cookie": jar}
    async with guest.session.post(f"{visit}/pass", headers=headers) as answer:
        return str((await answer.json())["token"])


@contextlib.asynccontextmanager
async def let_in(
    house: House, door: Doorway, salon: Salon, server: LiveKit, name: str
) -> AsyncIterator[Inside]:
    """Invite somebody, who comes; have Alice let them in, and them connect."""
    address = f"{name.casefold()}@partenaire.example"
    await salon.says(f"!visio inviter {address}")
    letter = await house.world.mail.wait_for(lambda one: address in one.recipients, PATIENCE)
    guest = door.guest()
    page = await guest.enter(link_in(letter), name)
    notice = await salon.answer(f"{name} (")
    await house.alice.react(salon.id, notice.event, "✅")
    await house.sees(
        lambda event: event.replaces == notice.event and "entrée accordée" in event.body, "let in"
    )
    token = await token_of(guest, page.url)
    async with aiohttp.ClientSession() as web, joined(web, server.url, token) as signal_:
        yield Inside(signal_, guest, page.url)
