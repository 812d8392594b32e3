"""Guests' browsers at the door, and where the recorded links lead."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from aiohttp import ClientSession

from tests.yesterday.installation import INSTALLATION

PUBLIC = "https://externes.parvis.test"
HEADINGS = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
WAITS = "Votre arrivée est annoncée"
PROVES = "Confirmez que c’est bien vous"
EARLY = "La réunion n’est pas encore ouverte"
WITHDRAWN = "Votre invitation a été retirée"
OVER = "La réunion est terminée"
LEADS = {
    "jean@partenaire.example": WAITS,
    "omar@partenaire.example": WAITS,
    "lea@autre.example": WAITS,
    "sara@partenaire.example": WAITS,
    "hugo@autre.example": WAITS,
    "eva@partenaire.example": WAITS,
    "nadia@partenaire.example": PROVES,
    "Paul Petit": PROVES,
    "ana@partner.example": EARLY,
    "ben@partner.example": EARLY,
    "retire@autre.example": WITHDRAWN,
    "gone@partner.example": WITHDRAWN,
    "ines@partenaire.example": WITHDRAWN,
    "late@partner.example": OVER,
    "off@partner.example": OVER,
}
"""The page of a guest who follows a link in another browser, and types a name."""


def path(whose: str) -> str:
    """Return the path of a recorded link."""
    return str(INSTALLATION["links"][whose]["link"]).removeprefix(PUBLIC)


def heading(page: str) -> str:
    """Return a page's first words."""
    return str(HEADINGS.findall(page)[0])


class Browser:
    """Speaks to the door as the reverse proxy passes it on."""

    def __init__(self, session: ClientSession, door: str) -> None:
        self._session = session
        self._door = door
        self.cookies: dict[str, str] = {}

    def of(self, cookies: Mapping[str, str]) -> "Browser":
        """Return one that has been there."""
        made = Browser(self._session, self._door)
        made.cookies.update(cookies)
        return made

    async def enter(self, path: str, **form: str) -> str:
        """Send the form of a page; return the text of the page to which that leads."""
        status, location, text = await self.ask("POST", path, data=form)
        return text if status != 303 else await self.read(location)

    async def tries(self, whose: str) -> str:
        """Follow a recorded link as somebody new; return what the page says to which it leads."""
        return heading(await Browser(self._session, self._door).enter(path(whose), name="Jean"))

    async def read(self, path: str) -> str:
        """Return the text of a page."""
        _, _, text = await self.ask("GET", path)
        return text

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str, str]:
        """Return status, where it leads, and text."""
        headers = {
            "Host": PUBLIC.removeprefix("https://"),
            "Origin": PUBLIC,
            "X-Forwarded-For": "203.0.113.7",
            "Accept-Language": "fr",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        async with self._session.request(
            method, self._door + path, headers=headers, allow_redirects=False, **more
        ) as answer:
            self.cookies |= {name: one.value for name, one in answer.cookies.items()}
            text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
            return answer.status, answer.headers.get("Location", ""), text
