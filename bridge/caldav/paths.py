"""Paths of calendars and events in one form, so that two spellings of one path are equal."""

import posixpath
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from yarl import URL

LONGEST_PATH = 1500
"""Characters."""
_NORMAL = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.~@:-]*)+", re.ASCII)
"""Paths that are normal as they are, as most: to decode and encode one again takes ten times."""
_KEPT = "@~:"
"""Written as they are, besides letters, digits and `-._`; the rest is percent-encoded."""


class PathRefused(ValueError):
    """A path that no server has: too long, or one that climbs (`..`)."""


def normal(path: str) -> str:
    """Return an absolute path, percent-encoded in one way. Raises PathRefused."""
    if len(path) <= LONGEST_PATH and _NORMAL.fullmatch(path):
        return path
    segments = [quote(unquote_to_bytes(one), safe=_KEPT) for one in path.split("/")]
    found = "/".join(segments)
    if not path.startswith("/") or len(found) > LONGEST_PATH or {".", ".."} & set(segments):
        raise PathRefused
    return found


def path_of(href: str, base: URL) -> str:
    """Return the path of an href in an answer about `base`.

    Raises PathRefused for one of another host: we would take its events for this server's.
    """
    if len(href) <= LONGEST_PATH and _NORMAL.fullmatch(href) and not href.startswith("//"):
        return href
    try:
        parts = urlsplit(href.strip())
        host = parts.hostname
    except ValueError as error:
        raise PathRefused from error
    if host is not None and host.rstrip(".").lower() != (base.host or "").rstrip(".").lower():
        raise PathRefused
    path = parts.path
    if not path.startswith("/"):
        path = posixpath.join(posixpath.dirname(base.raw_path) + "/", path)
    return normal(path)


def is_in(path: str, collection: str) -> bool:
    """Tell whether a path is that of a member of a collection, which ends with a slash itself."""
    return path.startswith(collection) and path != collection and not path.endswith("/")
