"""A salon as Element lays it out on a telephone: a drawing by its sizes, and no picture of Element.

Its text is 15 px on lines of 22.5 px, in a column that leaves 64 px of 390 to the avatar. A font of
Debian's replaces Element's own, Inter, and is spaced to its width.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf")
"""That font, from Debian's fonts-dejavu-extra: with another one lines break elsewhere."""
PHONE = ViewportSize(width=390, height=844)

_STYLE = """
:root { color-scheme: light }
body { margin: 0; padding: 8px 0; background: #fff; color: #1b1d22;
       font: 15px/1.5 "DejaVu Sans Condensed", sans-serif; letter-spacing: 0.0055em }
article { position: relative; padding: 6px 0 6px 52px; margin-right: 12px }
article > i { position: absolute; left: 12px; top: 10px; width: 30px; border-radius: 15px;
              background: #0d7f66; color: #fff; text-align: center; font-style: normal;
              line-height: 30px }
article.asker > i { background: #6c4bb6 }
h2 { margin: 0; font-size: 15px; color: #0b6552 }
article.asker h2 { color: #5a3c9e }
.notice { color: #5b6068 }
p { margin: 0 0 8px }
p:last-child { margin-bottom: 0 }
ul { margin: 0 0 8px; padding-left: 22px }
code { padding: 0 3px; border-radius: 4px; background: #eef0f3; font: 13px monospace }
a { color: #0b57a4 }
.reactions span { display: inline-block; margin: 4px 4px 0 0; padding: 0 8px; font-size: 13px;
                  border: 1px solid #b6bcc6; border-radius: 12px }
"""

_SIGN = (
    '<svg width="15" height="15" viewBox="0 0 16 16" style="vertical-align:-2px">'
    '<rect width="16" height="16" rx="3" fill="{colour}"/>'
    '<path d="{path}" fill="none" stroke="#fff" stroke-width="2.5"/></svg>'
)
_SIGNS = {
    "✅": ("#1f8a3b", "M3.5 8.5l3 3 6-7"),
    "❌": ("#c9302c", "M4 4l8 8M12 4l-8 8"),
}

_LINES = """id => {
  const lines = [];
  const walker = document.createTreeWalker(document.getElementById(id), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) {
      const middle = box.top + box.height / 2;
      if (!lines.some(line => Math.abs(line - middle) < 8)) lines.push(middle);
    }
  }
  return lines.length;
}"""


@dataclass(frozen=True, slots=True)
class Bubble:
    """The last version of a message: its author, and the content that Element shows."""

    name: str
    html: str
    notice: bool = False
    asker: bool = False
    reactions: Sequence[str] = ()

    @classmethod
    def of(cls, content: dict[str, Any], name: str = "Parvis") -> "Bubble":
        """Return the bubble of a message of ours."""
        shown = content.get("m.new_content", content)
        return cls(name, str(shown["formatted_body"]), notice=shown["msgtype"] == "m.notice")


async def draw(page: Page, bubbles: Iterable[Bubble]) -> None:
    """Show messages one under the other; each has the id `m0`, `m1` …"""
    articles = "".join(_article(number, one) for number, one in enumerate(bubbles))
    for sign, (colour, path) in _SIGNS.items():  # few machines have a typeface with these
        articles = articles.replace(sign, _SIGN.format(colour=colour, path=path))
    await page.set_content(
        f'<!doctype html><html lang="fr"><title>Salon</title><style>{_STYLE}</style>'
        f"<main>{articles}</main>"
    )


async def lines(page: Page, number: int = 0) -> int:
    """Return the number of text lines of a message."""
    found = await page.evaluate(_LINES, f"m{number}")
    return int(found)


def _article(number: int, one: Bubble) -> str:
    name, kind = escape(one.name), "asker" if one.asker else "bot"
    hands = "".join(f"<span>{escape(key)} 1</span>" for key in one.reactions)
    return (
        f'<article class="{kind}"><i>{name[:1]}</i><h2>{name}</h2>'
        f'<div id="m{number}"{" class=notice" if one.notice else ""}>{one.html}</div>'
        f'<div class="reactions">{hands}</div></article>'
    )
