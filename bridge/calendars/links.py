"""Links to meetings in an event: where calendars put them, and where we do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from urllib.parse import urlsplit, urlunsplit

from bridge.calendars.content import Component, ContentLine, text_line, unescaped

OUR_ID = "X-TCHAP-VISIO-ID"
RULE = "─" * 10
"""Begins and ends our block of a description, as Meet's Outlook add-in has it."""
_LONGEST_LINK = 2_000
_MOST_LINKS = 200
"""Of one property."""
_LINK = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_RULED = re.compile(r"─{10,}")
_HOSTS = (
    "visio.numerique.gouv.fr",
    "webconf.numerique.gouv.fr",
    "meet.jit.si",
    "teams.microsoft.com",
    "teams.live.com",
    "zoom.us",
    "meet.google.com",
    "webex.com",
    "whereby.com",
    "meet.starleaf.com",
    "gotomeeting.com",
)
"""Platforms whose links in free text are meetings; the hosts below them too."""
_NAMED = re.compile(r"(?:bbb|bigbluebutton|jitsi|meet|visio|webconf|webinaire)\d*\.")
"""Names of hosts that run a platform for meetings of their own."""
_TEXTS = ("LOCATION", "DESCRIPTION")
_DEDICATED = ("X-OPENPAAS-VIDEOCONFERENCE", "X-GOOGLE-CONFERENCE")
_MICROSOFT = re.compile(r"X-MICROSOFT-.*MEETING.*")
_ORDER = ("CONFERENCE", "X-OPENPAAS-VIDEOCONFERENCE", "URL", *_TEXTS, "X-GOOGLE-CONFERENCE")
_MEDIA = {"VIDEO", "AUDIO", "SCREEN"}


@dataclass(frozen=True, slots=True)
class Block:
    """Our lines at the end of a description."""

    before: str
    link: str
    phone: str
    topics: str
    after: str


@dataclass(frozen=True, slots=True)
class ToldLink:
    """The link of one event, as our block tells it."""

    link: str
    phone: str = ""
    topics: str = ""
    apart: bool = False
    """Without a link: whether the line stands for it that each date has its own."""


@dataclass(frozen=True, slots=True)
class MeetingLinks:
    """Finds and writes links to meetings."""

    visio: str
    """Visio's address."""
    join: str
    """The words before a link."""
    topics: str
    """The words before topics."""
    apart: tuple[str, ...] = ()
    """The line that says that each date has a link of its own; also as other languages have it."""

    def is_visio(self, link: str) -> bool:
        """Tell whether a link is one to a room of our Visio."""
        ours, theirs = urlsplit(self.visio.rstrip("/") + "/"), _split(link)
        return (
            (ours.scheme, ours.netloc.lower()) == (theirs[0].lower(), theirs[1].lower())
            and theirs[2].startswith(ours.path)
            and len(theirs[2]) > len(ours.path)
        )

    def found(self, part: Component) -> str:
        """Return an event's first link to a meeting: ours, if it says that it is a copy of one."""
        if part.first(OUR_ID) is not None:
            for link in (one for line in _ordered(part) for one in _links(line)):
                if self.is_visio(link):
                    return self._plain(link)
        for line in _ordered(part):
            for link in _links(line):
                if self._is_meeting(line, link):
                    return self._plain(link)
        return ""

    def _plain(self, link: str) -> str:
        """Return a link; one to our Visio without what others append (`?from=…`)."""
        if not self.is_visio(link):
            return link
        scheme, host, path, _, _ = _split(link)
        return urlunsplit((scheme.lower(), host.lower(), path.rstrip("/"), "", ""))

    def _is_meeting(self, line: ContentLine, link: str) -> bool:
        if line.name in _DEDICATED or _MICROSOFT.fullmatch(line.name):
            return True
        if line.name == "CONFERENCE":
            features = {one.strip().upper() for one in line.parameter("FEATURE").split(",")}
            if features == {""} or features & _MEDIA:
                return True
        host = _split(link)[1].rpartition("@")[2].partition(":")[0].lower()
        known = any(host == one or host.endswith(f".{one}") for one in _HOSTS)
        return known or bool(_NAMED.match(host)) or self.is_visio(link)

    def block(self, description: str) -> Block | None:
        """Return the block of a description with a link to our Visio, or with the line instead."""
        rows = description.split("\n")
        ruled = [at for at, row in enumerate(rows) if _RULED.fullmatch(row.strip())]
        for first, last in pairwise(ruled):
            inside = rows[first + 1 : last]
            if [_spaced(one) for one in inside if one.strip()][:1] in self._lines:
                return Block("\n".join(rows[:first]), "", "", "", "\n".join(rows[last + 1 :]))
            for at, row in enumerate(inside):
                link = _LINK.search(row)
                if link is not None and self.is_visio(_trimmed(link[0])):
                    phone, topics = _said(inside[at + 1 :])
                    return Block(
                        "\n".join(rows[:first]),
                        self._plain(_trimmed(link[0])),
                        phone,
                        topics,
                        "\n".join(rows[last + 1 :]),
                    )
        return None

    @property
    def _lines(self) -> list[list[str]]:
        return [[_spaced(one)] for one in self.apart]

    def with_block(self, description: str, told: ToldLink) -> str:
        """Return a description with our block: in its place, else at the end; or without it."""
        known = self.block(description)
        before = description if known is None else known.before
        after = "" if known is None else known.after
        if not told.link and not told.apart:
            return description if known is None else _joined(before.rstrip("\n"), after)
        rows = [RULE, self.join, told.link, *_rows(told.phone)]
        if said := told.topics.strip("\n"):
            rows += ["", self.topics, said]
        if not told.link:
            rows = [RULE, *self.apart[:1]]
        gap = "\n\n" if before and known is None else "\n" if before else ""
        block = "\n".join([*rows, RULE])
        return f"{before}{gap}{block}" + (f"\n{after}" if after else "")

    def write(self, part: Component, told: ToldLink, *, texts: bool) -> None:
        """Set the links of an event where ours are, or where nothing is; or take ours out.

        Without `texts` its place and its description stay.
        """
        link = told.link
        self._place(part, "URL", link)
        if texts:
            self._place(part, "LOCATION", link)
            self._describe(part, told)
        self._conference(part, link)
        line = part.first("X-OPENPAAS-VIDEOCONFERENCE")
        if line is not None and self._ours(line.value):
            part.put(line.name, *([ContentLine(f"{line.name}:{link}")] if link else []))

    def _ours(self, value: str) -> bool:
        return self.is_visio(unescaped(value).strip())

    def _place(self, part: Component, name: str, link: str) -> None:
        """Set a property that names one place, unless a person wrote another one."""
        line = part.first(name)
        if line is not None and line.value.strip() and not self._ours(line.value):
            return
        if line is not None and link and self._plain(unescaped(line.value).strip()) == link:
            return
        made = text_line(name, link) if name in _TEXTS else ContentLine(f"{name}:{link}")
        if link or (line is not None and line.value.strip()):
            part.put(name, *([made] if link else []))

    def _describe(self, part: Component, told: ToldLink) -> None:
        line = part.first("DESCRIPTION")
        said = "" if line is None else unescaped(line.value)
        known = self.block(said)
        same = known is not None and (known.link, known.phone, known.topics) == (
            told.link,
            "\n".join(_rows(told.phone)),
            told.topics.strip("\n"),
        )
        new = said if same and (told.link or told.apart) else self.with_block(said, told)
        if new == said:
            return
        made = text_line("DESCRIPTION", new)
        if line is not None:
            head = line.text[: len(line.text) - len(line.value)]
            made = ContentLine(head + made.value)
        part.put("DESCRIPTION", *([made] if new else []))

    def _conference(self, part: Component, link: str) -> None:
        """Set our one CONFERENCE; those of other programs stay."""
        lines = part.all("CONFERENCE")
        kept = [one for one in lines if not self._ours(one.value)]
        ours = [one for one in lines if self._ours(one.value)]
        if link and any(self._plain(one.value.strip()) == link for one in ours):
            return
        if link:
            kept.append(ContentLine(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Visio:{link}"))
        if link or ours:
            part.put("CONFERENCE", *kept)


def _ordered(part: Component) -> Iterator[ContentLine]:
    for name in _ORDER:
        yield from part.all(name)
    yield from (one for one in part.lines if one.name.startswith("X-MICROSOFT-"))


def _links(line: ContentLine) -> Iterator[str]:
    said = line.value if line.name in ("CONFERENCE", "URL") else unescaped(line.value)
    for one in islice(_LINK.finditer(said), _MOST_LINKS):
        if len(link := _trimmed(one[0])) <= _LONGEST_LINK:
            yield link


def _trimmed(link: str) -> str:
    return link.rstrip(".),;]")


def _split(link: str) -> tuple[str, str, str, str, str]:
    try:
        return tuple(urlsplit(link))  # type: ignore[return-value]
    except ValueError:
        return ("", "", "", "", "")


def _said(rows: list[str]) -> tuple[str, str]:
    """Return the phone's words and the topics of the rows after a block's link."""
    plain = [one.rstrip() for one in rows]
    blank = plain.index("") if "" in plain else len(plain)
    return "\n".join(plain[:blank]), "\n".join(plain[blank + 2 :]).strip("\n")


def _rows(text: str) -> list[str]:
    return [one.rstrip() for one in text.split("\n") if one.strip()]


def _spaced(text: str) -> str:
    """Return a line with common spaces: servers may replace the others."""
    return " ".join(text.split())


def _joined(before: str, after: str) -> str:
    return f"{before}\n{after}" if before and after else before or after
