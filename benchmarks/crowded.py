"""Many guests in one page of a real browser: each a Room of livekit-client, as on our own page."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from tests.servers.chromium import chromium, open_page

_CLIENT = (
    Path(__file__).parents[1]
    / "federation/web/node_modules/livekit-client/dist/livekit-client.umd.js"
)
_SCRIPT = """
  window.guests = {};
  LivekitClient.setLogLevel("silent");
  window.enter = async (url, tokens) => {
    await Promise.all(Object.entries(tokens).map(async ([name, token]) => {
      const guest = { room: new LivekitClient.Room(), left: null };
      guest.room.on("disconnected", () => { guest.left ??= Date.now(); });
      await guest.room.connect(url, token);
      window.guests[name] = guest;
    }));
  };
  window.told = names => {
    const left = names.map(name => [name, window.guests[name].left]);
    return left.every(([, moment]) => moment !== null) && Object.fromEntries(left);
  };
  window.comes = (url, token) => {
    window.back?.disconnect();
    window.back = new LivekitClient.Room();
    window.back.connect(url, token).catch(() => {});  // perhaps out before it was quite in
  };
  undefined
"""
PATIENCE = 60_000
"""Milliseconds for all of them to connect, or to learn that they are out."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Guests' clients, by names of ours."""

    page: Page
    origin: str

    async def open(self) -> None:
        """Begin with a fresh page.

        Chromium makes 500 media connections for one page, and counts closed ones.
        """
        await self.page.goto(self.origin)
        await self.page.add_script_tag(path=_CLIENT)
        await self.page.evaluate(_SCRIPT)

    async def enter(self, url: str, tokens: Mapping[str, str]) -> None:
        """Connect everybody at once, and return when all are in; earlier clients are gone."""
        await self.open()
        await self.page.evaluate("([url, tokens]) => enter(url, tokens)", [url, dict(tokens)])

    async def comes(self, url: str, token: str) -> None:
        """Start to connect a client."""
        await self.page.evaluate("([url, token]) => comes(url, token)", [url, token])

    async def left(self, *names: str) -> dict[str, float]:
        """Wait until all of them learnt that they are out; return when, in Unix seconds."""
        found = await self.page.wait_for_function(
            "names => told(names)", arg=names, polling=50, timeout=PATIENCE
        )
        told: dict[str, float] = await found.json_value()
        return {name: moment / 1000 for name, moment in told.items()}


@asynccontextmanager
async def crowd(origin: str) -> AsyncIterator[Crowd]:
    """Open a browser with one page for everybody, of the media server's own origin."""
    async with chromium() as browser, open_page(browser) as page:
        page.set_default_timeout(PATIENCE)
        opened = Crowd(page, origin)
        await opened.open()
        yield opened
