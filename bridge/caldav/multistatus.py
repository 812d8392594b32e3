"""Answers in XML (RFC 4918 §13), read with suspicion: what is cut, huge or no XML changes nothing.

Entities, DTDs and the network are off; the parser's own limits on depth and text stay on. An answer
longer than 128 KiB is read in a thread.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element as Element

from bridge.caldav.guard import LONGEST_URL
from bridge.errors import CalendarUnreadable

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
SERVER = "{http://calendarserver.org/ns/}"
MOST_MEMBERS = 50_000
ASIDE = 128 << 10
"""Bytes from which an answer is read in a thread; less is read in a millisecond or two."""
_MULTISTATUS, _RESPONSE, _TOKEN = f"{DAV}multistatus", f"{DAV}response", f"{DAV}sync-token"
_STATUS_OF, _PROPERTIES = f"{DAV}status", f"{DAV}prop"
_STATUS = re.compile(r"HTTP/\d(?:\.\d)? +(\d{3})")
_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
"""A strong one (RFC 9110 §8.8.3)."""


class DavProperty(NamedTuple):
    """A property's value: no element of a large answer is kept for it.

    A tuple, as a calendar's first reading makes tens of thousands.
    """

    text: str = ""
    tags: frozenset[str] = frozenset()
    """The names of all elements in it, and the `name` of each that has one."""
    hrefs: tuple[str, ...] = ()


_NOTHING = DavProperty()


@dataclass(frozen=True, slots=True)
class DavMember:
    """A resource, as an answer describes it."""

    href: str
    status: int | None
    """Of the resource as a whole, if its properties have none of their own."""
    found: Mapping[str, DavProperty] = field(repr=False)
    """Its properties with status 200, by name."""
    refused: int | None = None
    """The status of properties that it does not show, if it shows none."""

    def text(self, name: str) -> str:
        """Return a property's text; empty if it is not there."""
        return self.found.get(name, _NOTHING).text

    def hrefs(self, name: str) -> tuple[str, ...]:
        """Return the URLs in a property."""
        return self.found.get(name, _NOTHING).hrefs

    def has(self, name: str, inside: str) -> bool:
        """Tell whether a property holds an element of this name, or one whose `name` it is."""
        return inside in self.found.get(name, _NOTHING).tags

    @property
    def etag(self) -> str:
        """Its ETag, if it is a strong one; else empty."""
        return strong(self.text(f"{DAV}getetag"))


@dataclass(frozen=True, slots=True)
class MultiStatus:
    """An answer about several resources."""

    members: tuple[DavMember, ...]
    token: str = ""
    """The sync token."""


def strong(etag: str | None) -> str:
    """Return an ETag if it is a strong one, which alone may stand in If-Match; else nothing."""
    found = (etag or "").strip()
    return found if _ETAG.fullmatch(found) else ""


async def read_multistatus(body: bytes, most: int = MOST_MEMBERS) -> MultiStatus:
    """Read an answer about several resources. Raises CalendarUnreadable."""
    if len(body) > ASIDE:
        return await asyncio.to_thread(parse, body, most)
    return parse(body, most)


def parse(body: bytes, most: int = MOST_MEMBERS) -> MultiStatus:
    """Read an answer about several resources. Raises CalendarUnreadable."""
    members: list[DavMember] = []
    token = ""
    try:
        for element in _elements(body):
            if element.tag == _RESPONSE:
                members += _members(element)
            elif element.tag == _TOKEN:
                token = (element.text or "").strip()
            if len(members) > most:
                raise CalendarUnreadable("too many members")
    except (etree.XMLSyntaxError, ValueError) as error:  # ValueError: text beyond XML's
        raise CalendarUnreadable("no XML, or cut") from error
    return MultiStatus(tuple(members), token)


def condition(body: bytes) -> str:
    """Return the condition that a refusal names (RFC 4918 §16), such as `{DAV:}valid-sync-token`.

    Empty if it names none that can be read. Servers put words of their own beside it.
    """
    if not body or len(body) > ASIDE:
        return ""
    try:
        root = etree.fromstring(body, _parser())
    except (etree.XMLSyntaxError, ValueError):
        return ""
    if root.tag != f"{DAV}error":
        return ""
    named = (str(one.tag) for one in root)
    return next((one for one in named if one.startswith((DAV, CALDAV))), "")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _elements(body: bytes) -> Iterator[Element]:
    """Give the children of a multistatus; raise CalendarUnreadable for another root."""
    if len(body) > ASIDE:
        yield from _one_by_one(body)
        return
    root = etree.fromstring(body, _parser())
    _demand_multistatus(root)
    yield from root


def _one_by_one(body: bytes) -> Iterator[Element]:
    """Give the children of a large multistatus as they end, and free each."""
    reader = etree.iterparse(
        BytesIO(body),
        events=("end",),
        tag=(_RESPONSE, _TOKEN),  # events of all elements would cost ten times as much
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in reader:
        parent = element.getparent()
        if parent is not None and parent.tag == _MULTISTATUS and parent.getparent() is None:
            yield element
            parent.remove(element)
    _demand_multistatus(reader.root)


def _demand_multistatus(root: Element | None) -> None:
    if root is None or root.tag != _MULTISTATUS:
        raise CalendarUnreadable("no multistatus")


def _members(response: Element) -> Iterator[DavMember]:
    """Give the members of a response: one with properties, or several with a status."""
    hrefs: list[str] = []
    whole: int | None = None
    refused: int | None = None
    found: dict[str, DavProperty] = {}
    for child in response:
        match child.tag:
            case "{DAV:}href":
                hrefs.append((child.text or "").strip())
            case "{DAV:}status":
                whole = _status(child)
            case "{DAV:}propstat":
                status, properties = _propstat(child)
                if status == HTTPStatus.OK:
                    found |= properties
                elif status != HTTPStatus.NOT_FOUND:
                    refused = status
    if not hrefs or any(not href or len(href) > LONGEST_URL for href in hrefs):
        raise CalendarUnreadable("a member without a path")
    for href in hrefs:
        yield DavMember(href, whole, found, None if found else refused)


def _propstat(element: Element) -> tuple[int, dict[str, DavProperty]]:
    status: int = HTTPStatus.OK
    found: dict[str, DavProperty] = {}
    for child in element:
        tag = child.tag
        if tag == _STATUS_OF:
            status = _status(child)
        elif tag == _PROPERTIES:
            found = {str(one.tag): _property(one) for one in child}
    return status, found


def _property(element: Element) -> DavProperty:
    text = (element.text or "").strip()
    if len(element) == 0:
        return DavProperty(text)
    inside = list(element.iterdescendants())
    return DavProperty(
        text,
        frozenset(str(one.tag) for one in inside) | {one.get("name", "") for one in inside},
        tuple((one.text or "").strip() for one in inside if one.tag == f"{DAV}href"),
    )


def _status(element: Element) -> int:
    return _code(element.text or "")


@lru_cache(maxsize=64)
def _code(line: str) -> int:
    """Return the code in a status line; nearly all lines of an answer are the same one."""
    match = _STATUS.match(line.strip())
    if match is None:
        raise CalendarUnreadable("no status")
    return int(match[1])
