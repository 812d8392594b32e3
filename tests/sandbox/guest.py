"""A guest with a browser of their own: follows a link, types a name, keeps cookies."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin

import aiohttp

_TAGS = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]+>", re.DOTALL)
_MOVED = {301, 302, 303, 307, 308}


@dataclass(slots=True)
class Page:
    """A page as the browser shows it."""

    url: str
    status: int
    html: str
    location: str = ""

    @property
    def text(self) -> str:
        """Return the words on the page, a line each."""
        text = unescape(_TAGS.sub("\n", self.html))
        return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@dataclass(slots=True)
class Guest:
    """Speaks HTTP as a browser without scripts does; the browser tests use a real one."""

    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, url: str) -> Page:
        """Follow a link; a redirect elsewhere is not followed but shown."""
        return await self._go("GET", url)

    async def enter(self, url: str, name: str) -> Page:
        """Type a name on the page of a link, send it, and follow the redirect."""
        return await self._follow(await self.send(url, name), "/".join(url.split("/")[:3]))

    async def send(self, url: str, name: str) -> Page:
        """Type a name on the page of a link, and send it; follow no redirect yet."""
        origin = "/".join(url.split("/")[:3])
        return await self._go("POST", url, data={"name": name}, headers={"Origin": origin})

    async def again(self, url: str) -> Page:
        """Reload a page."""
        return await self._follow(await self._go("GET", url), "/".join(url.split("/")[:3]))

    async def _follow(self, page: Page, origin: str) -> Page:
        while page.status in _MOVED and urljoin(page.url, page.location).startswith(origin):
            page = await self._go("GET", urljoin(page.url, page.location))
        return page

    async def _go(
        self,
        method: str,
        url: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept-Language": "fr", **(headers or {}), **({"Cookie": jar} if jar else {})}
        async with self.session.request(
            method, url, data=data, headers=sent, allow_redirects=False
        ) as answer:
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            where = answer.headers.get("Location", "")
            return Page(url, answer.status, await answer.text(), where)
